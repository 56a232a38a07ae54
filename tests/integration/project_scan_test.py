#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looking up the tags of single projects against a real docker-registry: by each project's own frequency, and when somebody asks.
The clock is moved by moving what the store noted into the past.

usage: project_scan_test.py TIDEWAITER"""
import collections
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import sys
import tempfile
import unittest

import real_registry
from gated_server import SECONDS_MAX, ServedTest
from image_layout import OS_RELEASE, Home, Layout, paragraph, status, tar

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS


class ProjectScanTest(ServedTest):
    program = PROGRAM

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-project-scan-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = Home(self.program, self.folder, SECONDS_MAX)
        self.home.environment["TIDEWAITER_DATA"] = str(self.folder / "data")
        self.host = None
        self.start_registry()
        self.host = self.registry.host
        self.images = 0
        self.expect("integration", "add", "connected", "--url", "http://" + self.host)
        self.server = None
        self.token = self.expect("token", "create", "admin", "--role", "admin").strip()

    def start_registry(self):
        self.registry = real_registry.RealRegistry(str(self.folder), log_level="info", host=self.host)
        self.addCleanup(self.registry.stop)

    def put(self, name, *packages):
        """Each package is a layer of its own, above the one that all images have."""
        self.images += 1
        layout = Layout(self.folder / f"image-{self.images}")
        for package in ("base", *packages):
            layout.add_layer(tar({"etc/os-release": OS_RELEASE,
                                  f"var/lib/dpkg/status.d/{package}": paragraph(package, "1-1"),
                                  "var/lib/dpkg/status": status(paragraph(package, "1-1"))}))
        layout.finish("it")
        self.registry.copy(f"oci:{layout.folder}:it", name)

    def store(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "data/tidewaiter.db", timeout=60)) as database, database:
            return database.execute(sql, values).fetchall()

    def wait_until_idle(self):
        self.wait(lambda: self.store("SELECT count(*) FROM jobs WHERE state < 2")[0][0] == 0, "jobs were not done")

    def begin(self, *names):
        for name in names:
            self.put(name)
        self.serve()
        self.expect("project", "import", *names)
        self.wait_until_idle()

    def pass_time(self, milliseconds):
        self.store("UPDATE projects SET looked_ms = looked_ms - ?, due_ms = due_ms - ?", milliseconds, milliseconds)
        self.store("UPDATE integrations SET next_look_ms = next_look_ms - ? WHERE next_look_ms > 0", milliseconds)

    def runs(self):
        return self.store("SELECT state, who, tags, images_new, images_unchanged, errors FROM sync_runs WHERE kind = 'projects' "
                          "AND finished_ms > 0 AND integration_id = (SELECT min(id) FROM integrations) ORDER BY id")

    def wait_for_runs(self, count):
        self.wait(lambda: len(self.runs()) >= count, "the run did not come")
        self.wait_until_idle()
        self.assertEqual(len(self.runs()), count)
        return self.runs()[-1]

    def look_once(self):
        """The server has looked for due projects: it found the one of another registry, which does not answer, to be due."""
        self.expect("integration", "add", "canary", "--url", f"http://127.0.0.1:{real_registry.free_port()}")
        self.store("INSERT INTO repositories (integration_id, name, first_observed_ms) SELECT id, 'c', 0 FROM integrations WHERE "
                   "name = 'canary'")
        self.store("INSERT INTO targets (uuid, organization_id, repository_id, created_ms) SELECT 'canary', 1, id, 0 FROM "
                   "repositories WHERE name = 'c'")
        self.store("INSERT INTO projects (uuid, organization_id, target_id, tag, created_ms, registry_id) SELECT 'canary', 1, "
                   "targets.id, '1', 0, repositories.integration_id FROM targets JOIN repositories ON repositories.id = "
                   "repository_id WHERE repositories.name = 'c'")
        self.wait(lambda: self.store("SELECT next_look_ms > 0 FROM integrations WHERE name = 'canary'") == [(1,)],
                  "nothing was looked for")
        self.store("UPDATE projects SET is_active = 0 WHERE uuid = 'canary'")
        self.store("UPDATE jobs SET state = 4, finished_ms = 1 WHERE kind = 'project_scan' AND key = (SELECT uuid FROM integrations "
                   "WHERE name = 'canary')")

    def answered(self, since=0):
        """What the registry was asked for by the server: (method, path)."""
        return [(line["http.request.method"], line["http.request.uri"]) for line in self.registry.answered()[since:]
                if "skopeo" not in line.get("http.request.useragent", "")]

    def project(self, name):
        [project] = self.ask("GET", "$/projects?names=" + name, 200)["data"]
        return project

    def digests(self):
        return dict(self.store(
            "SELECT repositories.name || ':' || projects.tag, snapshots.digest FROM projects JOIN targets ON targets.id = "
            "target_id JOIN repositories ON repositories.id = targets.repository_id JOIN snapshots ON snapshots.id = "
            "projects.snapshot_id"))

    def test_each_project_is_looked_up_by_its_own_frequency(self):
        names = ["a/daily:1", "a/same:1", "b/weekly:1", "b/never:1"]
        self.begin(*names)
        self.expect("project", "edit", "b/weekly:1", "--frequency", "weekly")
        self.assertIn("  never  looked up ", self.expect("project", "edit", "b/never:1", "--frequency", "never"))
        before = self.digests()
        for name in names:
            if name != "a/same:1":
                self.put(name, "new-" + name[2:-2])
        self.pass_time(DAY_MS - HOUR_MS)
        seen = len(self.registry.answered())
        self.look_once()
        self.assertEqual((self.runs(), self.answered(seen)), ([], []))

        self.pass_time(HOUR_MS)
        self.assertEqual(self.wait_for_runs(1), ("finished", "schedule", 2, 1, 1, 0))
        moved = [name for name, digest in self.digests().items() if digest != before[name]]
        self.assertEqual(moved, ["a/daily:1"])
        asked = self.answered(seen)
        self.assertEqual([one for one in asked if "/a/same/" in one[1]], [("HEAD", "/v2/a/same/manifests/1")])
        self.assertEqual([uri for _, uri in asked if "/b/" in uri or "_catalog" in uri or "tags/list" in uri], [])
        # Of what moved only the new layer is fetched, beside manifest and config.
        self.assertEqual(len([uri for method, uri in asked if method == "GET" and "/a/daily/blobs/" in uri]), 2)
        [[change]] = self.store("SELECT change || ' ' || tag || ' ' || reason FROM sync_changes JOIN sync_runs ON sync_runs.id = "
                                "run_id WHERE kind = 'projects'")
        self.assertEqual(change, "refreshed 1 scan")
        attributes = self.project("a/same:1")["attributes"]
        self.assertEqual(attributes["tag_looked_up_by"], "schedule")
        self.assertGreater(attributes["next_look_up_at"], attributes["tag_looked_up_at"])
        self.assertIsNone(self.project("b/never:1")["attributes"]["next_look_up_at"])

        self.pass_time(6 * DAY_MS)
        self.assertEqual(self.wait_for_runs(2), ("finished", "schedule", 3, 1, 2, 0))
        moved = [name for name, digest in self.digests().items() if digest != before[name]]
        self.assertEqual(sorted(moved), ["a/daily:1", "b/weekly:1"])
        self.pass_time(100 * DAY_MS)
        self.assertEqual(self.wait_for_runs(3), ("finished", "schedule", 3, 0, 3, 0))
        self.assertEqual(self.digests()["b/never:1"], before["b/never:1"])

    def test_a_person_has_one_project_looked_up_now(self):
        self.begin("a/one:1", "a/two:1")
        before = self.digests()
        self.assertIn("a/one:1 is unchanged", self.expect("project", "scan", "a/one:1"))
        for name in before:
            self.put(name, "new")
        self.assertIn("a/one:1 moved: it is refreshed", self.expect("project", "scan", "a/one:1"))
        self.assertEqual([name for name, digest in self.digests().items() if digest != before[name]], ["a/one:1"])
        two = self.project("a/two:1")["id"]
        queued = self.ask("POST", f"$/projects/{two}/scan", 202)["data"]
        run = self.wait(lambda: (lambda run: run if run["status"] == "finished" else None)(
            self.ask("GET", "$/sync_runs/" + queued["id"], 200)["data"]["attributes"])
            if self.store("SELECT 1 FROM sync_runs WHERE uuid = ?", queued["id"]) else None, "it never ended")
        self.assertEqual((run["kind"], run["started_by"], run["images_imported"]), ("projects", "admin", 1))
        self.assertNotEqual(self.digests()["a/two:1"], before["a/two:1"])
        self.assertEqual(self.project("a/two:1")["attributes"]["tag_looked_up_by"], "person")
        self.wait_until_idle()
        self.assertIn("single projects, 1 tags", self.expect("sync", "status"))
        self.registry.delete("a/two:1")
        self.assertIn("a/two:1 is not in the registry", self.expect("project", "scan", "a/two:1"))
        self.assertEqual(len(self.digests()), 2)
        self.ask("PATCH", "$/projects/" + two, 200,
                 {"data": {"type": "project", "id": two, "attributes": {"status": "inactive"}, "relationships": {}}})
        self.ask("POST", f"$/projects/{two}/scan", 409)
        self.ask("POST", "$/projects/00000000-0000-4000-8000-000000000000/scan", 404)

    def test_a_registry_that_is_down_is_told_and_asked_again_later(self):
        self.begin("a/one:1", "a/two:1")
        before = self.digests()
        self.put("a/one:1", "new")
        self.registry.stop()
        self.pass_time(DAY_MS)
        self.wait(lambda: self.store("SELECT attempt > 0 AND state = 0 FROM jobs WHERE kind = 'project_scan'") == [(1,)],
                  "it was not tried")
        self.store("UPDATE jobs SET attempt = 5 WHERE kind = 'project_scan'")  # as if its tries were used up
        self.store("UPDATE jobs SET not_before_ms = 0 WHERE kind = 'project_scan'")
        state = self.wait_for_runs(1)
        self.assertEqual(state[:3], ("failed", "schedule", 0))
        self.assertIn("projects could not be looked up", self.expect("status"))
        [[error]] = self.store("SELECT error FROM sync_runs WHERE kind = 'projects'")
        self.assertIn("127.0.0.1", error)
        # They are still due, and nothing begins before the hour is over.
        self.assertEqual(self.store("SELECT count(*) FROM projects WHERE due_ms <= (SELECT next_look_ms FROM integrations)"),
                         [(2,)])
        self.start_registry()
        self.pass_time(HOUR_MS)
        self.assertEqual(self.wait_for_runs(2), ("finished", "schedule", 2, 1, 1, 0))
        self.assertNotEqual(self.digests(), before)
        self.assertNotIn("could not be looked up", self.expect("status"))

    def test_more_than_a_page_of_projects_costs_one_request_each(self):
        self.put("a/many:0")
        tags = self.folder / "registry/docker/registry/v2/repositories/a/many/_manifests/tags"
        for number in range(1, 250):
            shutil.copytree(tags / "0", tags / str(number))
        self.serve()
        self.expect("project", "import", "a/many")
        self.wait_until_idle()
        self.pass_time(DAY_MS)
        seen = len(self.registry.answered())
        self.assertEqual(self.wait_for_runs(1), ("finished", "schedule", 250, 0, 250, 0))
        asked = collections.Counter(self.answered(seen))
        self.assertEqual(asked.pop(("GET", "/v2/")), 1)
        self.assertEqual(asked, {("HEAD", f"/v2/a/many/manifests/{number}"): 1 for number in range(250)})

    def test_it_acts_as_the_account_of_the_import_policy(self):
        self.begin("a/one:1")
        before = self.digests()
        self.expect("service-account", "create", "robot", "--role", "sync-operator")
        (self.folder / "policy.json").write_text(json.dumps({
            "name": "all", "run_as": "robot", "import_policy": {"name": "all", "type": "ImportAll"}}))
        self.expect("import-policy", "set", "--integration", "connected", str(self.folder / "policy.json"))
        self.wait_until_idle()
        self.put("a/one:1", "new")
        self.expect("service-account", "edit", "robot", "--role", "viewer")
        refused = self.home.run("project", "scan", "a/one:1")
        self.assertEqual((refused.returncode, self.digests()), (2, before))
        self.assertIn("lacks the permission", refused.stdout)
        self.expect("service-account", "edit", "robot", "--role", "sync-operator")
        self.expect("project", "scan", "a/one:1")
        self.assertNotEqual(self.digests(), before)

    def test_a_tag_that_is_gone_stays_until_a_listing_and_does_not_stop_the_others(self):
        self.begin("a/gone:1", "b/kept:1")
        self.registry.delete("a/gone:1")
        self.put("b/kept:1", "new")
        before = self.digests()
        self.pass_time(DAY_MS)
        self.assertEqual(self.wait_for_runs(1), ("finished", "schedule", 1, 1, 0, 0))
        self.assertEqual(self.digests()["a/gone:1"], before["a/gone:1"])
        self.assertNotEqual(self.digests()["b/kept:1"], before["b/kept:1"])
        self.assertIn("a/gone:1 is not in the registry", self.expect("sync", "status"))

    def test_what_a_sync_listed_is_not_asked_again(self):
        self.begin("a/one:1", "a/two:1")
        self.pass_time(DAY_MS - HOUR_MS)
        self.expect("integration", "scan", "connected")
        self.wait_until_idle()
        self.assertEqual(self.project("a/one:1")["attributes"]["tag_looked_up_by"], "registry-scan")
        self.pass_time(DAY_MS - HOUR_MS)
        self.look_once()
        self.assertEqual(self.runs(), [])
        self.pass_time(HOUR_MS)
        self.assertEqual(self.wait_for_runs(1), ("finished", "schedule", 2, 0, 2, 0))


if __name__ == "__main__":
    signal.alarm(900)
    unittest.main()
