#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real child, after it is locked up, tries what a hostile one would: each act fails, and the scan ends with a gap.

usage: sandbox_probe_test.py TIDEWAITER true|false SANITIZERS    (whether fault points are built in; `none` or their names)
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import image_layout

TIDEWAITER, HAS_FAULT_POINTS, SANITIZERS = sys.argv[1:4]
del sys.argv[1:4]
SECONDS_MAX = 120
SKIPPED = 77
PROBE_C = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "sandbox", "probe.c")

# What the kernel forbids kills the child; what it only refuses, the child reports; what it floods
# or never ends, the parent cuts off.
KILLED = ("connect", "environment", "execute", "fork", "kill", "open", "read-parent", "socket-inet", "socket-netlink",
          "socket-unix", "trace")
EXPECTED = {**dict.fromkeys(KILLED, "child-crashed"), "descriptors": "unreadable-layer", "flood": "limit-reached",
            "memory": "unreadable-layer", "spin": "timeout"}


class SandboxProbeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-probe-")
        layout = image_layout.Layout(os.path.join(cls.temporary.name, "layout"))
        cls.blob = layout.add_layer(image_layout.tar({"etc/os-release": image_layout.OS_RELEASE,
                                                      "var/lib/dpkg/status": image_layout.paragraph("a", "1-1")}))
        cls.reference = layout.finish()

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def gaps(self, act):
        environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(self.temporary.name, "cache"))
        environment.pop("TIDEWAITER_PROBE", None)
        if act is not None:
            environment["TIDEWAITER_PROBE"] = act
        done = subprocess.run([TIDEWAITER, "packages", self.reference, "--no-cache", "--format", "json",
                               *(["--layer-timeout", "1"] if act == "spin" else [])],
                              capture_output=True, text=True, env=environment, timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        return report["packages"], report["gaps"]

    def test_without_a_probe_nothing_is_missing(self):
        packages, gaps = self.gaps(None)
        self.assertEqual(([package["name"] for package in packages], gaps), (["a"], []))

    def test_every_act_is_tried(self):
        with open(PROBE_C, encoding="utf-8") as file:
            acts = re.findall(r'^    \{"([a-z-]+)", \w+\},$', file.read(), re.MULTILINE)
        self.assertEqual(sorted(acts), sorted(EXPECTED))

    def test_every_act_fails_and_the_scan_ends_with_a_gap(self):
        for act, kind in EXPECTED.items():
            with self.subTest(act):
                if act == "memory" and SANITIZERS != "none":
                    print("skipped: memory is not limited under sanitizers; unit test sandbox/as_shipped takes it", file=sys.stderr)
                    continue
                packages, gaps = self.gaps(act)
                self.assertEqual(packages, [])
                about_layer = [gap for gap in gaps if gap["path"] == self.blob]
                self.assertEqual([gap["kind"] for gap in about_layer], [kind], gaps)
                self.assertNotIn("SUCCEEDED", json.dumps(gaps))


if __name__ == "__main__":
    if HAS_FAULT_POINTS != "true":
        print("skipped: built without fault points")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
