#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The server is killed at every named fault point and at seeded moments of a sync; after a restart, the store must say what
it says after an undisturbed run.

usage: crash_test.py TIDEWAITER FAULT_POINTS_DEF true|false     (the last: whether the fault points are built in)
"""
import contextlib
import difflib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

import store_dump
import tiny_registry

TIDEWAITER, FAULT_POINTS, HAS_FAULT_POINTS = sys.argv[1:4]
del sys.argv[1:4]
SEED = int(os.environ.get("TIDEWAITER_SEED", "6"))
MOMENTS = 50
KILLS_PER_STORE_MAX = 4
PASSAGES = (1, 2, 3, 5, 9)
FEED_POINT = "feed.before-manifest-rename"
POLICY_POINT = "sync.after-weighing"
REMATCH_POINT = "rematch.before-commit"
WAIT_SECONDS_MAX = 120


def fault_points():
    with open(FAULT_POINTS, encoding="utf-8") as file:
        return re.findall(r'^FAULT\(\w+, "([^"]+)"\)', file.read(), re.MULTILINE)


class Server:
    """One life of the server on a data folder."""

    def __init__(self, data, workers, fault=None):
        self.data = data
        self.log_path = data + ".log"
        self.log_start = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        self.started = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [TIDEWAITER, "serve", "--data", data, "--listen", "127.0.0.1:0", "--network-allow", "127.0.0.1",
                 "--workers", str(workers), "--sandbox", "best-effort"], stdout=log, stderr=log,
                env=environment(fault))

    def kill(self):
        self.process.kill()
        self.process.wait(WAIT_SECONDS_MAX)

    def wait_until_killed(self):
        """False if the server has done all its work and lives."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < deadline:
            try:
                status = self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                if self.is_idle():
                    return False
                continue
            if status == -signal.SIGKILL:
                return True
            raise AssertionError("the server ended with status %d: %s" % (status, self.log()))
        raise AssertionError("the server neither ended nor finished: " + self.log())

    def is_idle(self):
        with contextlib.closing(sqlite3.connect("file:%s/tidewaiter.db?mode=ro" % self.data, uri=True)) as database:
            return open_jobs(database) == 0

    def finish(self):
        """Waits until everything is done, then stops the server as an operator would."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not self.is_idle():
            if self.process.poll() is not None:
                raise AssertionError("the server ended with status %d: %s" % (self.process.returncode, self.log()))
            if time.monotonic() > deadline:
                raise AssertionError("jobs were not done in time: " + self.log())
            time.sleep(0.01)
        taken = time.monotonic() - self.started
        self.wait_until_ready()
        self.stop()
        return taken

    def wait_until_ready(self):
        """Before that, a signal may find a process that does not wait for one yet."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while '"ready"' not in self.log():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the server did not come up: " + self.log())
            time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        status = self.process.wait(WAIT_SECONDS_MAX)
        if status != 0:
            raise AssertionError("the server ended with status %d: %s" % (status, self.log()))

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            file.seek(self.log_start)
            return file.read()


HOME = tempfile.TemporaryDirectory(prefix="tidewaiter-crash-home-")  # with the cache of layers


def environment(fault=None):
    """Nothing of the caller's but what sanitizers want."""
    kept = {name: value for name, value in os.environ.items() if "SAN_OPTIONS" in name}
    return {"HOME": HOME.name, "PATH": "/usr/bin:/bin", **kept, **({"TIDEWAITER_FAULT": fault} if fault else {})}


def open_jobs(database):
    return database.execute("SELECT count(*) FROM jobs WHERE state < 2").fetchone()[0]


def was_interrupted(data):
    """Whether jobs were open when the server died. Looks at a copy: the store itself is for the next server to recover."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("tidewaiter.db", "tidewaiter.db-wal"):
            if os.path.exists(os.path.join(data, name)):
                shutil.copy(os.path.join(data, name), folder)
        with contextlib.closing(sqlite3.connect(os.path.join(folder, "tidewaiter.db"))) as database:
            return open_jobs(database) > 0


def run(*arguments, fault=None, status=0):
    done = subprocess.run([TIDEWAITER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=WAIT_SECONDS_MAX, env=environment(fault), check=False)
    if done.returncode != status:
        raise AssertionError("%s: status %d: %s" % (" ".join(arguments), done.returncode, done.stdout))
    return done.stdout


class Scenario(unittest.TestCase):
    """A store with open jobs (`prepare`), and what an undisturbed server makes of it."""
    WORKERS = (1,)

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tidewaiter-crash-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.registry = tiny_registry.TinyRegistry(cls.folder)
        cls.addClassCleanup(cls.registry.stop)
        tiny_registry.write_advisories(cls.folder + "/osv")
        cls.prepared = cls.folder + "/prepared"
        run("integration", "add", "local", "--url", "http://" + cls.registry.host, "--data", cls.prepared)
        cls.update_feed(cls.prepared)
        cls.prepare()
        cls.undisturbed, cls.seconds = {}, {}
        for workers in cls.WORKERS:
            with cls.copy_of_prepared() as data:
                cls.seconds[workers] = cls.serve(data, workers).finish()
                cls.undisturbed[workers] = cls.dump(data, workers)

    @classmethod
    def update_feed(cls, data, **more):
        run("feed", "update", "--from", cls.folder + "/osv", "--ecosystem", "Debian", "--index", data + "/index",
            **more)

    @classmethod
    @contextlib.contextmanager
    def copy_of_prepared(cls):
        data = tempfile.mkdtemp(prefix="data-", dir=cls.folder)
        shutil.copytree(cls.prepared, data, dirs_exist_ok=True)
        cls.servers = []
        try:
            yield data
        finally:
            for server in cls.servers:
                server.kill()
            shutil.rmtree(data)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(data + ".log")

    @classmethod
    def serve(cls, data, workers, fault=None):
        server = Server(data, workers, fault)
        cls.servers.append(server)
        return server

    @staticmethod
    def dump(data, workers):
        """Only one worker commits scans in the order of their jobs."""
        return store_dump.dump(os.path.join(data, "tidewaiter.db"), has_order=False)  # a sync lists in two lanes

    def check(self, data, workers, what):
        self.serve(data, workers).finish()
        now = self.dump(data, workers)
        if now != self.undisturbed[workers]:
            difference = difflib.unified_diff(self.undisturbed[workers], now, "undisturbed", what, lineterm="", n=0)
            self.fail("\n".join(line[:400] for line in difference))

    def die_at(self, points):
        for point in points:
            for passage in PASSAGES:
                fault = "%s:%d" % (point, passage)
                with self.subTest(fault=fault), self.copy_of_prepared() as data:
                    if not self.serve(data, 1, fault).wait_until_killed():
                        self.assertGreater(passage, 1, "the fault point is never passed")
                        break
                    self.check(data, 1, "killed at " + fault)


class CrashTest(Scenario):
    """A first sync without an import policy, and the scans that follow."""
    WORKERS = (1, 2)

    @classmethod
    def prepare(cls):
        run("sync", "run", "--detach", "--data", cls.prepared)

    def test_the_undisturbed_run_has_something_to_lose(self):
        tables = {line.split(":")[0] for line in self.undisturbed[1]}
        rows = "\n".join(self.undisturbed[1])
        known = set(store_dump.QUERIES) | set(store_dump.DECODED)
        # Neither a person nor an import policy takes part in these runs, and nothing lags behind at their end.
        unused = {"sessions", "sign_in_tokens", "scan_gaps", "api_tokens", "baselines", "dry_runs",
                  "dry_run_chunks", "counters_daily", "exports", "export_parts", "import_policies",
                  "integration_fields", "lagging_packages",
                  "lagging_vulnerabilities", "sync_notes", "tombstones", "import_jobs", "import_job_items",
                  "running_images", "scan_requests", "suppressed_findings", "rule_bundles",
                  "vulnerability_policies", "policy_bundles", "accepted_risks", "evaluations_due", "admission_outcomes", "teams",
                  "team_members", "roles", "vex_documents", "vex_claims",
                  "vex_claim_names", "layer_record_parts", "custom_base_images"}
        self.assertEqual(known - tables, unused)
        self.assertIn("sync_runs: ('local', 'finished', 'admin', '', 6, 6, 9, 8, 0, 1, 0, 1)", rows)
        self.assertEqual(rows.count("\nimages:"), 7)
        self.assertEqual(rows.count("\nlayer_records:"), 8)

    def test_dies_at_every_fault_point_and_recovers(self):
        self.die_at(point for point in fault_points() if point not in (FEED_POINT, POLICY_POINT, REMATCH_POINT))

    def test_a_killed_feed_update_leaves_no_trace(self):
        with self.copy_of_prepared() as data:
            shutil.rmtree(data + "/index")
            self.update_feed(data, fault=FEED_POINT, status=-signal.SIGKILL)
            self.update_feed(data)
            self.check(data, 1, "killed at " + FEED_POINT)

    def test_recovers_from_seeded_moments(self):
        chance = random.Random(SEED)
        hits = lives = 0
        while hits < MOMENTS:
            with self.copy_of_prepared() as data:
                moments = []
                for _ in range(min(KILLS_PER_STORE_MAX, MOMENTS - hits)):
                    moment = chance.uniform(0, self.seconds[2])
                    server = self.serve(data, 2)
                    time.sleep(moment)
                    server.kill()
                    lives += 1
                    moments.append("%.3f" % moment)
                    if not was_interrupted(data):
                        break
                    hits += 1
                with self.subTest(seed=SEED, seconds=" ".join(moments)):
                    self.check(data, 2, "killed after %s s" % " ".join(moments))
            self.assertLess(lives, 10 * MOMENTS, "the sync is over before it can be killed")
        print("%d of %d kills hit a running sync of %.2f s" % (hits, lives, self.seconds[2]))

    def test_a_stopped_server_gives_its_jobs_back(self):
        chance = random.Random(SEED)
        stopped = 0
        while stopped < 5:
            with self.copy_of_prepared() as data:
                server = self.serve(data, 2)
                server.wait_until_ready()
                time.sleep(chance.uniform(0, self.seconds[2] / 2))
                server.stop()
                if not was_interrupted(data):
                    continue
                stopped += 1
                with contextlib.closing(sqlite3.connect(data + "/tidewaiter.db")) as database:
                    rows = database.execute("SELECT count(*) FROM jobs WHERE state = 1 OR (state = 0 AND attempt > 0)")
                    self.assertEqual(rows.fetchone()[0], 0, "a job is held, or its attempt was counted")
                self.check(data, 2, "stopped")

    def test_a_command_may_work_beside_the_server(self):
        with self.copy_of_prepared() as data:
            server = self.serve(data, 1)
            run("sync", "run", "--data", data, "--network-allow", "127.0.0.1")
            server.finish()
            now = [line for line in self.dump(data, 2) if not line.startswith("jobs:")]
            # The command's own sync, if the queued one was over already, saw everything unchanged.
            repeated = "sync_runs: ('local', 'finished', 'admin', '', 6, 6, 9, 0, 9, 0, 0, 1)"
            self.assertEqual([line for line in now if line != repeated],
                             [line for line in self.undisturbed[2] if not line.startswith("jobs:")])

    def test_a_data_folder_has_one_server(self):
        with self.copy_of_prepared() as data:
            server = self.serve(data, 1)
            server.wait_until_ready()
            message = run("serve", "--data", data, "--listen", "127.0.0.1:0", "--sandbox", "best-effort", status=14)
            self.assertIn("is in use by another server", message)
            server.finish()


class RematchCrashTest(Scenario):
    """Images are stored, and a feed commit changed what is known of them: the match is queued, and no server runs."""

    @classmethod
    def prepare(cls):
        run("sync", "run", "--data", cls.prepared, "--network-allow", "127.0.0.1")
        server = Server(cls.prepared, 2)
        try:
            server.finish()
        finally:
            server.kill()
        cls.before = cls.dump(cls.prepared, 1)
        shutil.rmtree(cls.folder + "/osv")
        tiny_registry.write_advisories(cls.folder + "/osv", is_later=True)
        run("feed", "update", "--from", cls.folder + "/osv", "--ecosystem", "Debian", "--data", cls.prepared)

    @staticmethod
    def findings(lines):
        return [line for line in lines if line.startswith("package_findings:")]

    def test_the_undisturbed_run_finds_something_else(self):
        self.assertNotEqual(self.findings(self.before), self.findings(self.undisturbed[1]))
        self.assertIn("events:", "\n".join(self.undisturbed[1]))

    def test_dies_at_every_fault_point_and_recovers(self):
        self.die_at((REMATCH_POINT, "store.before-commit", "job.after-lease", "job.before-complete"))


class PolicyScenario(Scenario):
    """The registry was synced and scanned once, then changed; a policy that deletes waits for its first run."""

    @classmethod
    def prepare(cls):
        run("sync", "run", "--data", cls.prepared, "--network-allow", "127.0.0.1")
        server = Server(cls.prepared, 2)
        try:
            server.finish()
        finally:
            server.kill()
        cls.change_registry()
        policy = cls.folder + "/policy.json"
        with open(policy, "w", encoding="utf-8") as file:
            json.dump({"name": "crash", "import_policy": cls.SELECTOR, "delete_images": True}, file)
        run("import-policy", "set", policy, "--data", cls.prepared)

    def changes(self, change):
        return sorted(re.findall(r"^sync_changes: \('([^']+)', '%s', '([^']+)'" % change,
                                 "\n".join(self.undisturbed[1]), re.MULTILINE))


class DeletionCrashTest(PolicyScenario):
    SELECTOR = {"type": "Regex", "policy": {"repo": "^(base|charts|team)/"}}

    @classmethod
    def change_registry(cls):
        cls.registry.delete("team/app:1.1")
        cls.registry.push("later", "team/app:1.2")
        cls.registry.push("app3", "base/debian:12")

    def test_the_undisturbed_run_deletes_imports_and_refreshes(self):
        self.assertEqual(self.changes("deleted"), [("mirror/other", "2.0"), ("team/app", "1.1")])
        self.assertEqual(self.changes("moved"), [("base/debian", "12")])
        self.assertIn(("team/app", "1.2"), self.changes("new"))

    def test_dies_at_every_fault_point_and_recovers(self):
        self.die_at(point for point in fault_points() if point not in (FEED_POINT, REMATCH_POINT))


class HeldDeletionCrashTest(PolicyScenario):
    """More than half of what was listed is gone: the deletions wait for a person, however often the run starts again."""
    SELECTOR = {"type": "ImportAll"}

    @classmethod
    def change_registry(cls):
        for reference in ("team/app:1.0", "team/app:1.1", "team/other:2.0", "team/other:2.1", "mirror/other:2.0"):
            cls.registry.delete(reference)

    def test_the_undisturbed_run_deletes_nothing(self):
        self.assertEqual(self.changes("deleted"), [])
        self.assertEqual(len(self.changes("gone-from-registry")), 6)
        self.assertIn("deletions are held", "\n".join(self.undisturbed[1]))

    def test_dies_and_still_deletes_nothing(self):
        self.die_at((POLICY_POINT, "sync.before-end", "job.before-complete"))


if __name__ == "__main__":
    absent = [tool for tool in tiny_registry.TOOLS if shutil.which(tool) is None]
    if absent:
        print("skipped: %s not installed" % ", ".join(absent))
        sys.exit(77)
    if HAS_FAULT_POINTS != "true":
        print("skipped: this build has no fault points; set it up with -Dfault_points=true")
        sys.exit(77)
    unittest.main()
