#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scans of whole registries: every project's tag is looked up again, whatever caps and import policies say of new tags, and only
layers that were never seen are fetched.

usage: registry_scan_test.py TIDEWAITER"""
import contextlib
import gzip
import json
import os
import signal
import sqlite3
import sys
import time
import unittest

from fake_registry import digest
from gated_server import ServedTest, layer
from image_layout import advisory, tar, write_feed

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
HOUR_MS = 3600 * 1000


class RegistryScanTest(ServedTest):
    program = PROGRAM

    def store(self, sql, *values):
        """The server may be busy with its own."""
        with contextlib.closing(sqlite3.connect(self.folder / "data/tidewaiter.db", timeout=60)) as database, database:
            return database.execute(sql, values).fetchall()

    def scan(self, *options):
        return self.expect("integration", "scan", "connected", *options)

    def wait_until_idle(self):
        self.wait(lambda: self.store("SELECT count(*) FROM jobs WHERE state < 2")[0][0] == 0, "jobs were not done")

    def integration(self):
        self.token = getattr(self, "admin", None) or self.expect("token", "create", "admin", "--role", "admin").strip()
        self.admin = self.token
        return self.ask("GET", "$/integrations", 200)["data"][0]

    def digests(self):
        return dict(self.store(
            "SELECT repositories.name || ':' || projects.tag, snapshots.digest FROM projects JOIN targets ON targets.id = "
            "target_id JOIN repositories ON repositories.id = targets.repository_id JOIN snapshots ON snapshots.id = "
            "projects.snapshot_id"))

    def test_without_a_policy_the_newest_tags_of_each_repository_are_taken(self):
        for number in range(9):
            self.push("team/app:1.%d" % number, self.openssl, layer(("app", "1.%d" % number)))
        self.push("elsewhere/app:1.0", self.openssl)
        self.serve()
        self.assertIn("connected: finished, 1 repositories, 5 tags: 5 new", self.scan())
        self.assertEqual([tag for _, tag, _ in self.projects()], ["1.%d" % number for number in range(4, 9)])
        self.wait_until_idle()
        self.assertEqual(self.registry.asked(digest(self.openssl)), 1)
        self.assertIn("5 unchanged", self.scan())
        self.assertEqual(self.registry.asked(digest(self.openssl)), 1)

    def test_every_projects_tag_is_looked_up_whatever_the_caps(self):
        for number in range(3):
            self.push("team/app:1.%d" % number, self.openssl)
        self.push("team/web:1.0", self.openssl)
        self.serve()
        self.expect("project", "import", "team/app:1.0", "team/web:1.0")
        self.wait_until_idle()
        self.expect("integration", "edit", "connected", "--max-tags", "1", "--max-repositories", "1")
        moved = {"team/app:1.0": self.push("team/app:1.0", self.openssl, layer(("new", "1-1"))),  # older than the newest
                 "team/web:1.0": self.push("team/web:1.0", self.openssl, layer(("newer", "1-1")))}  # not listed at all
        self.scan()
        self.wait_until_idle()
        moved["team/app:1.2"] = self.registry.tags["team/app"]["1.2"]  # the newest
        self.assertEqual(self.digests(), moved)
        self.assertEqual(self.registry.asked(digest(self.openssl)), 1)
        self.assertEqual({image["state"] for image in self.images().values()}, {"scanned"})

    def test_what_the_import_policy_would_not_choose_is_looked_up_too(self):
        for name in ("team/app:1.0", "team/app:nightly", "team/app:other"):
            self.push(name, self.openssl)
        policy = self.folder / "policy.json"
        policy.write_text(json.dumps({"name": "releases", "import_policy": {
            "name": "releases", "type": "Regex", "policy": {"tag": "^[0-9.]+$"}}}))
        self.serve()
        self.expect("project", "import", "team/app:nightly")
        self.expect("import-policy", "set", "--integration", "connected", str(policy))
        self.wait_until_idle()
        moved = {name: self.push(name, self.openssl, layer((name[-3:], "1-1")))
                 for name in ("team/app:1.0", "team/app:nightly")}
        self.push("team/app:2.0", layer(("two", "1-1")))
        self.scan()
        self.wait_until_idle()
        self.assertEqual(self.digests(), {**moved, "team/app:2.0": self.registry.tags["team/app"]["2.0"]})

    def test_packages_of_applications_are_counted_or_not_as_the_registry_says(self):
        package = json.dumps({"name": "left-pad", "version": "1.3.0"})
        application = gzip.compress(tar({"app/node_modules/left-pad/package.json": package}), 1, mtime=0)
        write_feed(self.folder / "npm", [advisory("GHSA-1", "left-pad", "1.3.1", "npm")], "npm")
        self.home.update_feed(self.folder / "npm", "npm", index=self.folder / "data" / "index")
        self.push("team/app:1.0", self.openssl, application)
        self.push("team/web:1.0", self.openssl)
        self.serve()
        self.expect("project", "import", "team/app:1.0", "team/web:1.0")
        self.wait_until_idle()
        self.integration()
        denied = {"ruleType": "vulnDenyList", "predicates": [{"type": "denyCVE", "extra": {"vulnIds": ["GHSA-1"]}}]}
        self.ask("POST", "$/vulnerability_policies", 201, {"data": {"type": "vulnerability_policy", "attributes": {
            "name": "gate", "stages": [{"name": "registry"}], "bundles": [{"name": "b", "rules": [denied]}]}}})
        self.wait_until_idle()

        def counts():
            return [(image["package_count"], image["vulnerability_count"], image["policy_verdict"])
                    for _, image in sorted(self.images().items())]

        def set_switch(is_on):
            body = {"data": {"type": "integration_settings", "id": place.split("/")[-2],
                             "attributes": {"container_app_scan_enabled": is_on}}}
            answer = self.ask("PATCH", place, 200, body)["data"]
            self.assertEqual(answer["attributes"], {"container_app_scan_enabled": is_on})
            self.wait_until_idle()

        place = "$/integrations/%s/settings" % self.integration()["id"]
        self.assertEqual(self.ask("GET", place, 200)["data"]["attributes"], {"container_app_scan_enabled": True})
        without, counted = (1, 1, "passed"), (2, 2, "failed")
        self.assertEqual(counts(), [counted, without])
        asked = self.registry.asked(digest(application))
        set_switch(False)
        self.assertEqual(counts(), [without, without])
        self.assertEqual(self.ask("GET", "$/images?verdict=failed", 200)["data"], [])
        [row] = self.ask("GET", "$/images?search=team/app", 200)["data"]
        rules = self.ask("GET", "$/images/%s/policies" % row["id"], 200)["data"]["attributes"]
        self.assertEqual((rules["verdict"], rules["evaluation"]["policies"][0]["outcome"]), ("passed", "passed"))
        findings = self.ask("GET", "$/images/%s/findings" % row["id"], 200)["data"]
        self.assertEqual([one["attributes"]["vulnerability"] for one in findings], ["DSA-1-1"])
        packages = self.ask("GET", "$/images/%s/packages" % row["id"], 200)["data"]
        self.assertEqual([one["attributes"]["type"] for one in packages], ["deb"])

        # What is imported or moved from now on is stored the same way, also where the digest is known.
        self.push("team/web:1.0", self.openssl, application)
        self.scan()
        self.wait_until_idle()
        self.assertEqual(counts(), [without, without])
        set_switch(True)
        self.assertEqual(counts(), [counted, counted])
        self.assertEqual(self.registry.asked(digest(application)), asked)
        self.ask("PATCH", place, 400, {"data": {"type": "integration_settings", "id": place.split("/")[-2],
                                                "attributes": {"container_app_scan_enabled": "no"}}})
        self.expect("integration", "edit", "connected", "--applications", "no")
        self.assertIn("not counted", self.expect("integration", "show", "connected"))
        self.wait_until_idle()
        self.assertEqual(counts(), [without, without])

    def test_lock_files_are_counted_or_not_as_the_registry_says(self):
        lock = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/left-pad": {"version": "1.3.0"}}})
        application = gzip.compress(tar({"app/package-lock.json": lock}), 1, mtime=0)
        self.push("team/app:1.0", self.openssl, application)
        self.serve()
        self.expect("project", "import", "team/app:1.0")
        self.wait_until_idle()

        def types():
            [row] = self.ask("GET", "$/images?search=team/app:1.0", 200)["data"]
            return [one["attributes"]["type"] for one in self.ask("GET", "$/images/%s/packages" % row["id"], 200)["data"]]

        def switch(is_on):
            body = {"data": {"type": "integration", "attributes": {"lock_files": is_on}}}
            self.assertEqual(self.ask("PATCH", place, 200, body)["data"]["attributes"]["lock_files"], is_on)
            self.wait_until_idle()

        place = "$/integrations/" + self.integration()["id"]
        asked = self.registry.asked(digest(application))
        self.assertEqual((self.ask("GET", place, 200)["data"]["attributes"]["lock_files"], types()), (False, ["deb"]))
        switch(True)
        self.assertEqual(types(), ["deb", "npm"])
        # Another tag of the digest takes over what is known, and both change together.
        self.push("team/app:1.1", self.openssl, application)
        self.scan()
        self.wait_until_idle()
        self.assertEqual([image["package_count"] for image in self.images().values()], [2, 2])
        switch(False)
        self.assertEqual((types(), [image["package_count"] for image in self.images().values()]), (["deb"], [1, 1]))
        self.expect("integration", "edit", "connected", "--applications", "no", "--lock-files", "yes")
        self.wait_until_idle()
        self.assertEqual(types(), ["deb"])  # they are packages of applications
        self.assertEqual(self.registry.asked(digest(application)), asked)  # the records of layers have both
        [event] = self.store("SELECT detail FROM audit_events WHERE action = 'integration.edit' ORDER BY id DESC LIMIT 1")
        self.assertIn("with what lock files list", event[0])
        self.ask("PATCH", place, 400, {"data": {"type": "integration", "attributes": {"lock_files": "yes"}}})

    def test_a_tag_that_is_gone_does_not_stop_the_scan(self):
        self.push("team/app:1.0", self.openssl)
        self.push("team/web:1.0", self.openssl)
        self.serve()
        self.expect("project", "import", "team/app:1.0", "team/web:1.0")
        self.wait_until_idle()
        self.expect("integration", "edit", "connected", "--max-repositories", "1")
        del self.registry.tags["team/web"]["1.0"]
        self.assertIn("finished", self.scan())
        self.assertEqual(len(self.projects()), 2)

    def test_the_api_starts_one_scan_at_a_time(self):
        self.push("team/app:1.0", self.openssl)
        self.serve()
        integration = self.integration()
        path = "$/integrations/%s/scan" % integration["id"]
        self.end_server()
        self.serve()
        self.hold_catalog()
        queued = self.ask("POST", path, 202)["data"]
        self.assertEqual((queued["attributes"]["kind"], queued["attributes"]["status"]), ("scan", "queued"))
        self.wait(lambda: self.registry.asked("_catalog"), "it never began")
        self.ask("POST", path, 409)
        self.registry.opened.set()
        run = self.wait(lambda: (lambda run: run if run["status"] == "finished" else None)(
            self.ask("GET", "$/sync_runs/" + queued["id"], 200)["data"]["attributes"]), "it never ended")
        self.assertEqual((run["kind"], run["started_by"]), ("scan", "admin"))
        self.ask("POST", "$/integrations/00000000-0000-4000-8000-000000000000/scan", 404)

    def hold_catalog(self):
        answer = self.registry.answer

        def held(request):
            if request.path == "/v2/_catalog":
                self.registry.opened.wait(120)
            return answer(request)
        self.registry.answer = held

    def test_scans_come_by_their_schedule(self):
        self.push("team/app:1.0", self.openssl)
        self.serve()
        integration = self.integration()
        attributes = self.ask("GET", "$/integrations/" + integration["id"], 200)["data"]["attributes"]
        self.assertEqual(attributes["scan_schedule"], "168")
        next_ms = self.wait(lambda: self.store("SELECT next_scan_ms FROM integrations")[0][0], "no time was reckoned")
        self.assertAlmostEqual(next_ms, time.time() * 1000 + 168 * HOUR_MS, delta=HOUR_MS)
        self.assertEqual(self.store("SELECT count(*) FROM sync_runs"), [(0,)])
        self.store("UPDATE integrations SET next_scan_ms = 1")  # as if a week had passed
        self.wait(lambda: self.projects(), "the scan did not come")
        self.wait_until_idle()
        self.assertEqual(self.store("SELECT kind, who, state FROM sync_runs"), [("scan", "schedule", "finished")])
        self.assertGreater(self.store("SELECT next_scan_ms FROM integrations")[0][0], time.time() * 1000 + 167 * HOUR_MS)
        self.expect("integration", "edit", "connected", "--scan-schedule", "0 6 * * sat")
        saturday_ms = self.wait(lambda: self.store("SELECT next_scan_ms FROM integrations")[0][0], "no new time")
        self.assertEqual(time.strftime("%a %H:%M:%S", time.gmtime(saturday_ms / 1000)), "Sat 06:00:00")
        self.expect("integration", "edit", "connected", "--scan-schedule", "off")
        self.assertEqual(self.store("SELECT next_scan_ms FROM integrations"), [(0,)])
        refused = self.home.run("integration", "edit", "connected", "--scan-schedule", "0 0 31 2 *")
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertIn("never comes", refused.stderr)


if __name__ == "__main__":
    signal.alarm(900)
    unittest.main()
