#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Webhooks: a call only hints at a tag, which is then asked for once however many calls name it, and imported only if
policy, deletions by users and caps let it in. What is unknown, wrong or forged is refused alike.

usage: hook_test.py TIDEWAITER true|false     (the last: whether it is built with sanitizers, which take memory)"""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

import memory_sample
from counting_registry import CountingRegistry
from real_registry import free_port

PROGRAM = os.path.abspath(sys.argv[1])
IS_SANITIZED = sys.argv[2] == "true"
del sys.argv[1:3]
SECONDS_MAX = 120
CALLS, TAGS, CALLERS = 1000, 50, 8
MEMORY_BYTES_MAX = 64e6


def event(tag, repository="team/app"):
    return json.dumps({"events": [{"action": "push", "target": {"repository": repository, "tag": tag}}]})


class HookTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-hook-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TIDEWAITER_DATA": str(self.folder / "data"),
                            **{name: value for name, value in os.environ.items() if "SAN_OPTIONS" in name}}
        self.registry = CountingRegistry()
        self.addCleanup(self.registry.stop)
        self.run_program("integration", "add", "hooked", "--url", "http://" + self.registry.host)
        self.address = self.run_program("integration", "hook", "hooked", "--url", "http://x").split()[0][len("http://x"):]

    def run_program(self, *arguments, stdin=""):
        done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              input=stdin, timeout=SECONDS_MAX, check=False, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def start_server(self):
        self.port = free_port()
        with open(self.folder / "log", "ab") as log:
            self.server = subprocess.Popen(
                [PROGRAM, "serve", "--listen", "127.0.0.1:%d" % self.port, "--network-allow", "127.0.0.1", "--sandbox",
                 "best-effort", "--workers", "1"], env=self.environment, stdout=log, stderr=log)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.send_signal, signal.SIGTERM)
        self.wait_until(lambda: '"ready"' in (self.folder / "log").read_text(), "the server did not come up")

    def wait_until(self, is_met, message):
        deadline = time.monotonic() + SECONDS_MAX
        while not is_met():
            self.assertLess(time.monotonic(), deadline, message + "\n" + (self.folder / "log").read_text()[-3000:])
            time.sleep(0.05)

    def ask_store(self, sql, *values):
        with contextlib.closing(sqlite3.connect("file:%s/data/tidewaiter.db?mode=ro" % self.folder, uri=True)) as database:
            return database.execute(sql, values).fetchall()

    def wait_until_idle(self):
        self.wait_until(lambda: self.ask_store("SELECT count(*) FROM jobs WHERE state < 2")[0][0] == 0,
                        "jobs were not done in time")

    def projects(self):
        return sorted("%s:%s" % row for row in self.ask_store(
            "SELECT repositories.name, projects.tag FROM projects JOIN targets ON targets.id = projects.target_id "
            "JOIN repositories ON repositories.id = targets.repository_id"))

    def connect(self):
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX))

    @staticmethod
    def call_over(connection, path, body, headers):
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)

    def call(self, path, body, **headers):
        with self.connect() as connection:
            return self.call_over(connection, path, body, headers)

    def storm(self, first):
        """One of several senders, on its own connection; all statuses."""
        with self.connect() as connection:
            return [self.call_over(connection, self.address, event("1.%d" % (number % TAGS)), {})[0]
                    for number in range(first, CALLS, CALLERS)]

    def test_many_calls_make_one_check_of_each_tag(self):
        self.start_server()
        self.registry.opened.clear()
        self.assertEqual(self.call(self.address, event("1.0"))[0], 202)
        first = "/v2/team/app/manifests/1.0"
        self.wait_until(lambda: self.registry.count("HEAD", first) == 1, "the tag was not asked for")
        # The only worker waits for the registry now, so that nothing is checked while the calls come in.
        with concurrent.futures.ThreadPoolExecutor(CALLERS) as callers:
            statuses = [status for part in callers.map(self.storm, range(CALLERS)) for status in part]
        self.assertEqual((len(statuses), set(statuses)), (CALLS, {202}))
        if not IS_SANITIZED:
            self.assertLess(memory_sample.process_bytes(self.server.pid), MEMORY_BYTES_MAX)
        self.registry.opened.set()
        self.wait_until_idle()
        counts = [self.registry.count("HEAD", "/v2/team/app/manifests/1.%d" % tag) for tag in range(TAGS)]
        # The calls that came while 1.0 was being asked for may have meant something newer.
        self.assertEqual(counts, [2] + [1] * (TAGS - 1))
        self.assertEqual(self.ask_store("SELECT count(*) FROM jobs WHERE kind = 'hook'")[0][0], TAGS + 1)
        self.assertEqual(len(self.projects()), TAGS)

    def test_unknown_wrong_and_forged_calls_are_refused_alike(self):
        self.run_program("integration", "edit", "hooked", "--secret-stdin", "webhook_secret", stdin="Bearer planted")
        self.start_server()
        integration, secret = self.address.split("/")[3:5]
        other = "0" if secret[-1] != "0" else "1"
        unknown = "00000000-0000-4000-8000-000000000000"
        paths = ["/hooks/distribution/%s/%s%s" % (integration, secret[:-1], other),
                 "/hooks/distribution/%s/%s" % (integration, secret[:-1]),
                 "/hooks/distribution/%s/%s" % (unknown, secret), "/hooks/distribution/nobody/" + secret,
                 "/hooks/no-such/%s/%s" % (integration, secret)]
        answers = [self.call(path, event("1.0"), Authorization="Bearer planted") for path in paths]
        answers += [self.call(self.address, event("1.0")), self.call(self.address, event("1.0"), Authorization="Bearer x"),
                    self.call(self.address, "{", Authorization="Bearer x")]
        self.assertEqual({answer[:2] for answer in answers}, {(404, answers[0][1])})
        for _, _, headers in answers:
            for name in ("Date", "X-Request-Id", "snyk-request-id", "request-id"):
                headers.pop(name, None)
        self.assertEqual([headers for _, _, headers in answers], [answers[0][2]] * len(answers))
        self.assertEqual(self.ask_store("SELECT count(*) FROM jobs WHERE kind = 'hook'")[0][0], 0)
        self.assertEqual(self.call(self.address, event("1.0"), Authorization="Bearer planted")[0], 202)

    def test_what_a_user_deleted_stays_deleted(self):
        self.run_program("sync", "run", "hooked", "--network-allow", "127.0.0.1", "--workers", "1")
        with contextlib.closing(sqlite3.connect(self.folder / "data/tidewaiter.db")) as database, database:
            database.execute("INSERT INTO tombstones (repository_id, tag, created_ms, who) "
                             "SELECT id, '2.0', 1, 'somebody' FROM repositories WHERE name = 'team/app'")
        self.start_server()
        for tag in ("2.0", "2.1"):
            self.assertEqual(self.call(self.address, event(tag))[0], 202)
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0", "team/app:2.1"])
        self.registry.tags = ["1.0", "2.0", "2.1"]
        self.run_program("sync", "run", "hooked", "--detach")
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0", "team/app:2.1"])

    def test_the_import_policy_chooses_among_what_is_pushed(self):
        policy = self.folder / "policy.json"
        policy.write_text(json.dumps({"name": "releases", "import_policy": {
            "name": "releases", "type": "Regex", "policy": {"tag": "^[0-9.]+$"}}}))
        self.run_program("import-policy", "set", "--integration", "hooked", str(policy))
        self.start_server()
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0"])
        lists = self.registry.count("GET", "/v2/_catalog?n=1000")
        for tag, repository in (("2.0", "team/app"), ("nightly", "team/app"), ("3.0", "team/new")):
            self.assertEqual(self.call(self.address, event(tag, repository))[0], 202)
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0", "team/app:2.0", "team/new:3.0"])
        self.assertEqual(self.registry.count("GET", "/v2/_catalog?n=1000"), lists)  # no whole run for a hint

    def test_caps_on_repositories_hold(self):
        self.run_program("integration", "edit", "hooked", "--max-repositories", "1")
        self.run_program("sync", "run", "hooked", "--network-allow", "127.0.0.1", "--workers", "1")
        self.start_server()
        for tag, repository in (("2.0", "team/app"), ("1.0", "team/new")):
            self.assertEqual(self.call(self.address, event(tag, repository))[0], 202)
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0", "team/app:2.0"])


if __name__ == "__main__":
    signal.alarm(900)
    unittest.main()
