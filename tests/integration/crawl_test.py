#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A listing that is killed goes on at its cursor, a check without changes fetches no manifest, and a running one tells how far
it is.   usage: crawl_test.py TIDEWAITER true|false     (the last: whether fault points are built in)"""
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

from counting_registry import CountingRegistry
from real_registry import free_port

PROGRAM, HAS_FAULT_POINTS = os.path.abspath(sys.argv[1]), sys.argv[2] == "true"
del sys.argv[1:3]
SECONDS_MAX = 120
REPOSITORIES, TAGS, LANES = 30, 3, 2


class CrawlTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-crawl-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TIDEWAITER_DATA": str(self.folder / "data"),
                            **{name: value for name, value in os.environ.items() if "SAN_OPTIONS" in name}}
        self.registry = CountingRegistry()
        self.addCleanup(self.registry.stop)
        self.registry.repositories = ["team/app%d" % number for number in range(REPOSITORIES)]
        self.registry.tags = ["1.%d" % number for number in range(TAGS)]
        self.run_program("integration", "add", "crawled", "--url", "http://" + self.registry.host)

    def run_program(self, *arguments):
        done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=SECONDS_MAX, check=False, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def start_server(self, fault=None):
        self.port = free_port()
        environment = {**self.environment, **({"TIDEWAITER_FAULT": fault} if fault else {})}
        with open(self.folder / "log", "ab") as log:
            server = subprocess.Popen(
                [PROGRAM, "serve", "--listen", "127.0.0.1:%d" % self.port, "--network-allow", "127.0.0.1", "--sandbox",
                 "best-effort"], env=environment, stdout=log, stderr=log)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        return server

    def wait_until(self, is_met, message):
        deadline = time.monotonic() + SECONDS_MAX
        while not is_met():
            self.assertLess(time.monotonic(), deadline, message + "\n" + (self.folder / "log").read_text()[-3000:])
            time.sleep(0.05)

    def ask_store(self, sql):
        with contextlib.closing(sqlite3.connect("file:%s/data/tidewaiter.db?mode=ro" % self.folder, uri=True)) as database:
            return database.execute(sql).fetchall()

    def wait_until_idle(self):
        self.wait_until(lambda: self.ask_store("SELECT count(*) FROM jobs WHERE state < 2")[0][0] == 0,
                        "jobs were not done in time")

    def lists(self):
        return [path for method, path in self.registry.asked if "/tags/list" in path]

    def counts(self):
        return self.ask_store("SELECT state, repositories, repositories_done, tags, images_new, images_unchanged, artifacts, "
                              "errors FROM sync_runs ORDER BY id")

    def test_a_killed_listing_goes_on_at_its_cursor(self):
        if not HAS_FAULT_POINTS:
            self.skipTest("this build has no fault points")
        for number, point in enumerate(("crawl.after-record:10", "crawl.before-list:10")):
            self.registry.asked.clear()
            self.run_program("sync", "run", "--detach")
            killed = self.start_server(point)
            self.wait_until(lambda: killed.poll() is not None, "the server was not killed")
            self.assertEqual(killed.returncode, -signal.SIGKILL)
            known = self.ask_store("SELECT count(*) FROM repositories WHERE listed_run_id = (SELECT max(id) FROM sync_runs)")
            self.assertGreater(known[0][0], 0)
            server = self.start_server()
            self.wait_until_idle()
            server.terminate()
            server.wait(SECONDS_MAX)
            # What was recorded is not listed again; each lane may have been in the middle of one.
            self.assertLessEqual(len(self.lists()), REPOSITORIES + LANES)
            self.assertEqual(len(set(self.lists())), REPOSITORIES)
            all_tags = REPOSITORIES * TAGS
            expected = ("finished", REPOSITORIES, REPOSITORIES, all_tags, 0, 0, all_tags, 0)
            self.assertEqual(self.counts()[number], expected if number == 0 else
                             ("finished", REPOSITORIES, REPOSITORIES, all_tags, 0, all_tags, 0, 0))

    def test_a_check_without_changes_fetches_no_manifest(self):
        self.run_program("sync", "run", "--network-allow", "127.0.0.1")
        manifests = [(method, path) for method, path in self.registry.asked if "/manifests/" in path]
        fetched = [path for method, path in manifests if method == "GET"]
        self.assertEqual(len(fetched), REPOSITORIES * TAGS)  # each once, by its scan
        self.assertEqual(len(set(fetched)), len(fetched))
        self.registry.asked.clear()
        text = self.run_program("sync", "run", "--network-allow", "127.0.0.1")
        self.assertIn("%d unchanged, 0 not an image, 0 could not be read" % (REPOSITORIES * TAGS), text)
        methods = [method for method, path in self.registry.asked if "/manifests/" in path]
        self.assertEqual((methods.count("HEAD"), methods.count("GET")), (REPOSITORIES * TAGS, 0))

    def test_a_running_check_tells_how_far_it_is(self):
        self.start_server()
        self.wait_until(lambda: '"ready"' in (self.folder / "log").read_text(), "the server did not come up")
        token = self.run_program("token", "create", "reader", "--role", "viewer").strip()

        def get(path):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
            with contextlib.closing(connection):
                connection.request("GET", path + "?version=2025-09-17", headers={"Authorization": "token " + token})
                return json.loads(connection.getresponse().read())["data"]
        runs = "/rest/orgs/%s/sync_runs" % get("/rest/orgs")[0]["id"]
        self.registry.stops_after = 40
        self.run_program("sync", "run", "--detach")
        self.wait_until(lambda: not self.registry.opened.is_set() and get(runs)[0]["attributes"]["repositories_done"] > 0,
                        "nothing was listed")
        run = runs + "/" + get(runs)[0]["id"]
        attributes = get(run)["attributes"]
        self.assertEqual(attributes["status"], "running")
        self.assertLess(attributes["repositories_done"], attributes["repositories"])
        self.assertGreater(attributes["estimated_listed_at"], attributes["started_at"])
        self.registry.stops_after = None
        self.registry.opened.set()
        self.wait_until_idle()
        attributes = get(run)["attributes"]
        self.assertEqual((attributes["status"], attributes["repositories_done"], attributes["estimated_listed_at"]),
                         ("finished", REPOSITORIES, None))


if __name__ == "__main__":
    signal.alarm(900)
    unittest.main()
