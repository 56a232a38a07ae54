#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tidewaiter scan --server`: the server scans what it can reach, and judges what only the caller's machine can read.

usage: server_scan_test.py TIDEWAITER"""
import json
import os
import signal
import subprocess
import sys
import unittest

import fake_registry
from fake_registry import digest
from gated_server import ServedTest, layer
from image_layout import Layout, OS_RELEASE, paragraph, status, tar

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
SECONDS_MAX = 120


class ServerScanTest(ServedTest):
    program = PROGRAM

    def scan(self, *words, token=None):
        environment = {**self.home.environment, "TIDEWAITER_DATA": str(self.folder / "elsewhere")}
        token = getattr(self, "token", None) if token is None else token
        if token:
            environment["TIDEWAITER_TOKEN"] = token
        return subprocess.run([PROGRAM, "scan", "--server", "http://" + self.address, *map(str, words)], env=environment,
                              capture_output=True, text=True, timeout=SECONDS_MAX, check=False)

    def layout(self, *packages, **files):
        layout = Layout(self.folder / "layout")
        layout.add_layer(tar({"etc/os-release": OS_RELEASE, **files, "var/lib/dpkg/status": status(
            *(paragraph(name, version) for name, version in packages))}))
        return layout.finish()

    def test_an_image_of_a_connected_registry_is_scanned_there(self):
        self.push("team/app:1.0", self.openssl)
        self.serve()
        done = self.scan("--fail-on", "low", "%s/team/app:1.0" % self.host, "--format", "json", "--unknown-severity", "fail")
        self.assertEqual(done.returncode, 64, done.stderr)  # that is the server's business
        done = self.scan("%s/team/app:1.0" % self.host, "--format", "json")
        self.assertIn(done.returncode, (0, 2), done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual([finding["id"] for finding in report["findings"]], ["DSA-1-1"])
        self.assertEqual([package["name"] for package in report["packages"]], ["openssl"])
        self.assertRegex(done.stderr, "(?s)done +%s/team/app:1.0" % self.host)
        self.assertEqual(self.projects(), [("team/app", "1.0", "manual")])
        self.assertEqual(self.registry.asked(digest(self.openssl)), 1)
        failed = self.scan("%s/team/app:gone" % self.host)
        self.assertEqual(failed.returncode, 9, failed.stderr)
        self.assertIn("failed", failed.stderr)

    def test_what_was_never_pushed_is_inventoried_here_and_judged_there(self):
        self.serve()
        reference = self.layout(("openssl", "3.0.9-1"), ("zlib1g", "1:1.2.13.dfsg-1"))
        done = self.scan(reference, "--format", "json")
        report = json.loads(done.stdout)
        self.assertEqual([finding["id"] for finding in report["findings"]], ["DSA-1-1"])
        self.assertEqual({package["name"]: package["version"] for package in report["packages"]},
                         {"openssl": "3.0.9-1", "zlib1g": "1:1.2.13.dfsg-1"})
        self.assertIn("DSA-1-1", self.scan(reference).stdout)
        self.assertEqual((self.projects(), self.registry.log), ([], []))  # nothing is stored, nobody is asked

    def test_a_stored_policy_judges_what_was_never_pushed(self):
        self.serve()
        for name, vulnerability in (("strict", "DSA-1-1"), ("mild", "DSA-9-9")):
            place = self.folder / (name + ".json")
            place.write_text(json.dumps({"name": name, "bundles": [{"name": name, "rules": [
                {"ruleType": "vulnDenyList", "predicates": [
                    {"type": "denyCVE", "extra": {"vulnIds": [vulnerability]}}]}]}]}))
            self.expect("policy", "set", place)
        reference = self.layout(("openssl", "3.0.9-1"))
        outcomes = {}
        for name in ("strict", "mild"):
            done = self.scan("--policy", name, reference, "--format", "json")
            outcomes[name] = (done.returncode, json.loads(done.stdout)["evaluation"]["policies"][0]["outcome"])
        self.assertEqual(outcomes, {"strict": (1, "failed"), "mild": (0, "passed")})
        done = self.scan("--policy", "nothing", reference)
        self.assertNotIn(done.returncode, (0, 1, 2))
        self.assertIn("nothing", done.stderr)
        self.assertEqual(self.projects(), [])

    def test_a_registry_that_the_server_does_not_know_is_read_from_here(self):
        other = fake_registry.Gated()
        self.addCleanup(other.close)
        other.put("some/app:1.0", fake_registry.image_with(
            [(self.openssl, "application/vnd.oci.image.layer.v1.tar+gzip", {})], other.blobs))
        self.serve()
        done = self.scan("http://%s/some/app:1.0" % other.registry.address, "--format", "json")
        self.assertEqual(done.returncode, 3, done.stderr)  # a scheme is no part of a name on the server
        done = self.scan("%s/some/app:1.0" % other.registry.address, "--format", "json")
        self.assertEqual([finding["id"] for finding in json.loads(done.stdout)["findings"]], ["DSA-1-1"])

    def test_what_could_not_be_read_here_keeps_the_answer_open_there(self):
        self.serve()
        layout = Layout(self.folder / "layout")
        layout.add_layer(tar({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(paragraph("zlib1g", "1-1"))}))
        self.assertEqual(self.scan(layout.finish()).returncode, 0)
        layout.add_blob(b"broken")
        done = self.scan(layout.finish(), "--format", "json")
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("unreadable-layer", [gap["kind"] for gap in json.loads(done.stdout)["gaps"]])

    def test_who_has_no_token_is_told_how_to_get_one(self):
        self.serve()
        done = self.scan("dir:.", token="")
        self.assertEqual(done.returncode, 64)
        self.assertIn("TIDEWAITER_TOKEN", done.stderr)
        done = self.scan("dir:.", token="tw_wrong")
        self.assertEqual(done.returncode, 5, done.stderr)
        for option in (("--vex", "x.json"), ("--index", "."), ("--accept", "x")):
            self.assertEqual(self.scan("dir:.", *option).returncode, 64)

    def test_the_server_bounds_what_it_is_sent(self):
        self.serve()

        def ask(expected, **attributes):
            return self.ask("POST", "$/package_scans", expected, {"data": {"type": "package_scan", "attributes": {
                "reference": "x", "packages": [], **attributes}}})
        ask(400, packages="pkg:npm/a@1")
        ask(400, gaps=[{"kind": "unreadable-layer", "path": "", "reason": "x"}] * 1001)
        ask(400, gaps=[{"kind": "no-such", "path": "", "reason": "x"}])
        ask(400, policies=["x"] * 21)
        ask(400, policies=["no-such"])
        ask(400, format="pdf")
        ask(400, fail_on="worst")
        ask(400, only_fixed="yes")
        ask(400, more=1)
        answer = ask(200, packages=["pkg:deb/debian/openssl@3.0.9-1?distro=debian-12", "no purl\nat all"], format="json")
        attributes = answer["data"]["attributes"]
        report = json.loads(attributes["report"])
        self.assertEqual([finding["id"] for finding in report["findings"]], ["DSA-1-1"])
        self.assertEqual(attributes["verdict"], "could-not-tell")  # of the second nobody knows
        self.assertTrue(attributes["reasons"])


if __name__ == "__main__":
    signal.alarm(900)
    unittest.main()
