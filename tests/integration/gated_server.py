# SPDX-License-Identifier: Apache-2.0
"""A registry that can hold answers back (fake_registry.Gated), an integration of its path "team", and a server, for tests of
what the server does with single images and whole registries."""
import contextlib
import gzip
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import fake_registry
from fake_registry import digest
from image_layout import LAYER, OS_RELEASE, Home, advisory, paragraph, status, tar, write_feed

VERSION = "2025-09-17"
SECONDS_MAX = 120


def layer(*packages):
    return gzip.compress(tar({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(
        *(paragraph(name, version) for name, version in packages))}), 1, mtime=0)


class ServedTest(unittest.TestCase):
    program = ""  # the executable

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-scan-request-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = Home(self.program, self.folder, SECONDS_MAX)
        self.home.environment["TIDEWAITER_DATA"] = str(self.folder / "data")
        self.registry = fake_registry.Gated()
        self.addCleanup(self.registry.close)
        self.host = self.registry.registry.address
        write_feed(self.folder / "feed", [advisory("DSA-1-1", "openssl", "3.0.10-1")])
        self.home.update_feed(self.folder / "feed", index=self.folder / "data" / "index")
        self.expect("integration", "add", "connected", "--url", "http://%s/team" % self.host)
        self.openssl = layer(("openssl", "3.0.9-1"))
        self.server = None

    def push(self, name, *layers):
        return self.registry.put(name, fake_registry.image_with([(blob, LAYER + "+gzip", {}) for blob in layers],
                                                                self.registry.blobs))

    def hold(self, *blobs):
        self.registry.held = {digest(blob) for blob in blobs}

    def expect(self, *words):
        done = self.home.run(*words)
        self.assertEqual(done.returncode, 0, (words, done.stdout, done.stderr))
        return done.stdout

    def serve(self):
        if not hasattr(self, "token"):
            self.token = self.expect("token", "create", "tester", "--role", "ci-scanner").strip()
        (self.folder / "log").write_bytes(b"")
        with open(self.folder / "log", "ab") as log:
            self.server = subprocess.Popen(
                [self.program, "serve", "--listen", "127.0.0.1:0", "--network-allow", "127.0.0.1", "--sandbox", "best-effort",
                 "--workers", "1"], env=self.home.environment, stdout=log, stderr=log)
        self.addCleanup(self.end_server)
        self.wait(lambda: '"ready"' in self.log(), "the server did not come up")
        self.address = re.search(r'"ready".*?"url":"http://([^"]+)"', self.log()).group(1)
        self.organization = self.ask("GET", "/rest/orgs", 200)["data"][0]["id"]

    def end_server(self, number=signal.SIGTERM):
        """It must have lived until now."""
        if self.server is not None:
            server, self.server = self.server, None
            self.assertIsNone(server.poll(), self.log()[-3000:])
            server.send_signal(number)
            server.wait()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def wait(self, is_met, message):
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            result = is_met()
            if result:
                return result
            self.assertLess(time.monotonic(), deadline, message + "\n" + self.log()[-3000:])
            time.sleep(0.05)

    def ask(self, method, path, expected, body=None):
        path = path.replace("$", "/rest/orgs/%s" % getattr(self, "organization", ""))
        with contextlib.closing(http.client.HTTPConnection(self.address, timeout=SECONDS_MAX)) as connection:
            connection.request(method, path + ("&" if "?" in path else "?") + "version=" + VERSION,
                               json.dumps(body) if body else None,
                               {"Authorization": "token " + self.token, "Content-Type": "application/vnd.api+json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        self.assertEqual(answer.status, expected, text)
        return json.loads(text)

    def projects(self):
        with contextlib.closing(sqlite3.connect("file:%s/data/tidewaiter.db?mode=ro" % self.folder, uri=True)) as database:
            return sorted(database.execute(
                "SELECT repositories.name, projects.tag, origin FROM projects JOIN targets ON targets.id = target_id JOIN "
                "repositories ON repositories.id = repository_id WHERE deleted_ms = 0").fetchall())

    def images(self):
        return {image["attributes"]["reference"]: image["attributes"]
                for image in self.ask("GET", "$/images?limit=100", 200)["data"]}
