#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Organizations, users and tokens: the commands on the host and the API of a real server.   usage: accounts_test.py TIDEWAITER"""
import http.client
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

EXECUTABLE = sys.argv.pop(1)
SECONDS_MAX = 120
VERSION = "2025-09-17"
UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$")
TOKEN = re.compile(r"^tw_[0-9a-f]{64}$")


class AccountsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-accounts-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = None
        self.start()
        self.addCleanup(self.stop)

    def start(self, *options):
        log = self.folder / "log"
        log.write_text("")
        with open(log, "ab") as stderr, open(self.folder / "output", "ab") as stdout:
            self.server = subprocess.Popen(
                [EXECUTABLE, "serve", "--listen", "127.0.0.1:0", "--data", self.folder / "data", "--sandbox", "best-effort",
                 *options], stdout=stdout, stderr=stderr)
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline and self.server.poll() is None:
            ready = [json.loads(line) for line in log.read_text().splitlines() if '"ready"' in line]
            if ready:
                self.url = ready[0]["url"]
                return
            time.sleep(0.05)
        self.fail("the server did not start: " + log.read_text())

    def stop(self):
        if self.server is not None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait()
            self.server = None

    def run_command(self, *words):
        return subprocess.run([EXECUTABLE, *words, "--data", self.folder / "data"], capture_output=True, text=True,
                              timeout=SECONDS_MAX, check=False)

    def expect(self, *words):
        result = self.run_command(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def request(self, method, path, token=None, body=None, cookie=None, csrf=None):
        connection = http.client.HTTPConnection(self.url.split("//")[1], timeout=SECONDS_MAX)
        headers = {"Content-Type": "application/vnd.api+json"}
        if token:
            headers["Authorization"] = "token " + token
        if cookie:
            headers |= {"Cookie": cookie, "Origin": self.url, "X-CSRF-Token": csrf or ""}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    def ask(self, method, path, token, body=None, status=200):
        separator = "&" if "?" in path else "?"
        answer = self.request(method, f"{path}{separator}version={VERSION}", token, body)
        self.assertEqual(answer.status, status, (method, path, answer.content))
        return json.loads(answer.content) if answer.content else None

    def test_an_organization_is_made_and_entered_from_the_host(self):
        made = self.expect("org", "create", "second").strip()
        self.assertRegex(made, UUID)
        self.assertIn("already", self.run_command("org", "create", "second").stderr)
        lines = [line.split() for line in self.expect("org", "list").splitlines()[1:]]
        self.assertEqual([(line[0], line[3]) for line in lines], [("default", "1"), ("second", "1")])
        link = self.expect("org", "bootstrap", "second", "--url", self.url + "/").strip()
        self.assertTrue(link.startswith(self.url + "/session?token=tw_"), link)
        answer = self.request("GET", link[len(self.url):])
        self.assertEqual(answer.status, 303)
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        answer = self.request("GET", f"/rest/self?version={VERSION}", cookie=cookie)
        self.assertEqual(json.loads(answer.content)["data"]["attributes"]["organization"], made)
        self.assertEqual(self.request("GET", link[len(self.url):]).status, 403)
        self.assertEqual(self.run_command("org", "bootstrap", "third").returncode, 4)

    def test_a_token_belongs_to_one_organization(self):
        other = self.expect("org", "create", "second").strip()
        token = self.expect("token", "create", "reader", "--role", "viewer", "--org", "second").strip()
        self.assertRegex(token, TOKEN)
        self.assertEqual([item["id"] for item in self.ask("GET", "/rest/orgs", token)["data"]], [other])
        self.assertNotIn("reader", self.expect("token", "list"))
        self.assertIn("reader", self.expect("token", "list", "--org", "second"))
        self.expect("token", "revoke", "reader", "--org", other)
        self.ask("GET", "/rest/orgs", token, status=401)


if __name__ == "__main__":
    unittest.main()
