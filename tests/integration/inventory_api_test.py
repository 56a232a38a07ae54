#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the API tells of an image is what the command line tells of it.   usage: inventory_api_test.py TIDEWAITER

A server syncs a real docker-registry; for each of its images `tidewaiter packages --format json` gives the same packages,
removed packages, files that no package accounts for, gaps and layers."""
import json
import sys
import unittest

from image_layout import LAYER, OS_RELEASE, Layout, paragraph, status, tar
from served_registry import ServedRegistry

EXECUTABLE = sys.argv.pop(1)
STATUS = "var/lib/dpkg/status"
CENTOS = 'ID="centos"\nVERSION_ID="7"\nNAME="CentOS Linux"\nPRETTY_NAME="CentOS Linux 7 (Core)"\n'
COMMIT = "4bb3e3ae3d1a6b4a6f0ee0bd6a2c1f2f3e4d5c6b"
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + bytes(200)  # a shared library that tells nothing
OF_FINDINGS = ("finding_count", "worst_severity", "severity_counts")  # what the API tells of packages besides
# A package of each kind that carries more than its name.
NPM = {"usr/lib/node_modules/left-pad/package.json": json.dumps(
    {"name": "left-pad", "version": "1.3.0", "license": "WTFPL"})}
PYTHON = {"usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA":
          "Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\nLicense: MIT\n\n"}
COPYRIGHT = {"usr/share/doc/bash/copyright": "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
             "Files: *\nLicense: GPL-3+\n\nFiles: lib/*\nLicense: MIT\n"}
LIST = {"var/lib/dpkg/info/python3-six.list":
        "/.\n/usr\n/usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA\n"}


def history(*steps):
    """(command, has a layer) of each step."""
    return [{"created_by": command} if has_layer else {"created_by": command, "empty_layer": True}
            for command, has_layer in steps]


def write_images(folder):
    """Reference to layout. The second is built on the first, as its history says; the third on the second, which only
    the registry tells; the fourth cannot be read to its end."""
    base = tar({"etc/os-release": OS_RELEASE, **LIST, **PYTHON, **COPYRIGHT, STATUS: status(
        paragraph("bash", "5.2-1"), paragraph("python3-six", "1.16.0-4"),
        paragraph("docker-ce", "5:24.0-1", Maintainer="Docker <support@docker.com>"))})
    application = tar({STATUS: status(paragraph("bash", "5.2-2"), paragraph("python3-six", "1.16.0-4")), **NPM,
                       "opt/libtool.so": ELF, "opt/libother.so": ELF})
    top = tar({"usr/lib/node_modules/.wh.left-pad": "", "opt/.wh.libother.so": ""})
    first, second = ("FROM scratch", True), ('CMD ["bash"]', False)
    for name, layers, steps in (
            ("base:1", [base], history(first, second)),
            ("app:1", [base, application], history(first, second, ("COPY . /opt", True))),
            ("app:2", [base, application, top], None),
            ("broken:1", [base, b"\x1f" * 3000], None)):
        layout = Layout(folder / name.replace(":", "-"))
        for layer in layers:
            layout.add_layer(layer)
        layout.finish("it", **({"history": steps} if steps else {}))
        yield name, layout
    layout = Layout(folder / "encrypted")
    layout.add_layer(base)
    layout.add_descriptor(layout.put(b"\x8a\x01" * 500, LAYER + "+gzip+encrypted"), None)
    layout.finish("it")
    yield "encrypted:1", layout
    layout = Layout(folder / "unsupported")
    layout.add_layer(tar({"etc/os-release": CENTOS, "var/lib/rpmmanifest/container-manifest-2":
                          "bash\t4.2-1\t1\t1\tCentOS\t(none)\t1\tx86_64\t0\tbash-4.2-1.src.rpm\n"}))
    layout.finish("it")
    yield "unsupported:1", layout
    layout = Layout(folder / "old")
    layout.add_layer(tar({"etc/os-release": OS_RELEASE.replace("12", "9"), STATUS: status(paragraph("bash", "4.4-5"))}))
    layout.finish("it")
    yield "old:1", layout


def write_locked_images(folder):
    """The second lacks the lock file of the first."""
    resolved = "git+ssh://git@github.com/u/from-git.git#" + COMMIT
    base = tar({"etc/os-release": OS_RELEASE, STATUS: status(paragraph("bash", "5.2-1")), **NPM,
                "app/package-lock.json": json.dumps({"lockfileVersion": 3, "packages": {
                    "node_modules/from-git": {"version": "1.0.0", "resolved": resolved},
                    "node_modules/locked": {"version": "2.0.0"}}})})
    for name, layers in (("locked:1", [base]), ("locked:2", [base, tar({"app/.wh.package-lock.json": ""})])):
        layout = Layout(folder / name.replace(":", "-"))
        for layer in layers:
            layout.add_layer(layer)
        layout.finish("it")
        yield name, layout


class ComparedTest(unittest.TestCase):
    """Its images, a real registry that has them, and a server that has synced it."""
    write_images = None

    @classmethod
    def setUpClass(cls):
        cls.place = ServedRegistry(cls, EXECUTABLE)
        cls.home, cls.host = cls.place.home, cls.place.host
        for name, layout in cls.write_images(cls.place.folder):
            cls.place.push(name, layout)
        cls.images = cls.place.serve()

    def listed(self, name, what):
        return self.place.listed(self.images[name], what)

    def report(self, name, *options):
        result = self.home.run("packages", f"http://{self.host}/{name}", "--format", "json", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def assert_same_packages(self, api, cli, report):
        """Each member that the command line writes, but for what the API alone knows: base images and findings."""
        self.assertEqual(len(api), len(cli))
        for shown, expected in zip(api, cli):
            for member, value in expected.items():
                if member != "is_base":
                    self.assertEqual(shown[member], value, (expected["name"], member))
            for member in set(shown) - set(expected) - {"is_base", "layer_digest", *OF_FINDINGS}:
                self.assertFalse(shown[member], (expected["name"], member))
            self.assertEqual(shown["layer_digest"], report["image"]["layers"][expected["layer"]]["digest"])


class InventoryTest(ComparedTest):
    write_images = staticmethod(write_images)

    def test_the_api_tells_what_the_command_line_tells(self):
        self.assertEqual(set(self.images), {"base:1", "app:1", "app:2", "broken:1", "encrypted:1",
                                            "unsupported:1", "old:1"})
        for name, image in self.images.items():
            with self.subTest(image=name):
                report, attributes = self.report(name), image["attributes"]
                self.assert_same_packages(self.listed(name, "packages"), report["packages"], report)
                self.assert_same_packages(self.listed(name, "removed_packages"), report["removed_packages"], report)
                self.assertEqual(attributes["package_count"], len(report["packages"]))
                self.assertEqual(attributes["removed_package_count"], len(report["removed_packages"]))
                self.assertEqual(attributes["unattributed_count"], report["unattributed"]["count"])
                self.assertEqual([file["path"] for file in self.listed(name, "unattributed_files")],
                                 report["unattributed"]["paths"])
                self.assertEqual([layer["digest"] for layer in self.listed(name, "layers")],
                                 [layer["digest"] for layer in report["image"]["layers"]])
                scanned = self.home.run("scan", f"http://{self.host}/{name}", "--format", "json")
                self.assertIn(scanned.returncode, (0, 2), scanned.stderr)
                gaps = [{member: gap[member] or "" for member in ("kind", "path", "reason", "consequence")}
                        for gap in self.listed(name, "gaps")]
                self.assertCountEqual(gaps, json.loads(scanned.stdout)["gaps"])

    def test_the_images_hold_what_is_to_be_compared(self):
        report = self.report("app:1")
        self.assertEqual([(package["name"], package["version"]) for package in report["removed_packages"]],
                         [("docker-ce", "5:24.0-1")])
        self.assertEqual(report["unattributed"], {"count": 2, "paths": ["opt/libother.so", "opt/libtool.so"]})
        packages = {package["name"]: package for package in report["packages"]}
        self.assertEqual(packages["left-pad"]["licenses"], ["WTFPL"])
        self.assertEqual(packages["six"]["owner"], "python3-six")
        self.assertEqual(packages["bash"]["licenses"], ["GPL-3+", "MIT"])
        self.assertEqual(self.report("app:2")["unattributed"], {"count": 1, "paths": ["opt/libtool.so"]})
        for name, kind in (("broken:1", "unreadable-layer"), ("encrypted:1", "encrypted-layer"),
                           ("unsupported:1", "unsupported-distribution"), ("old:1", "end-of-life")):
            self.assertIn(kind, [gap["kind"] for gap in self.listed(name, "gaps")])

    def test_base_images_are_told_by_history_and_by_what_the_registry_has(self):
        def layers(name):
            return [(layer["is_base"], layer["base_reference"]) for layer in self.listed(name, "layers")]

        base, application = f"{self.host}/base:1", f"{self.host}/app:1"
        self.assertEqual(layers("base:1"), [(False, None)])
        self.assertEqual(layers("app:1"), [(True, base), (False, None)])
        self.assertEqual(layers("app:2"), [(True, application), (True, application), (False, None)])
        self.assertEqual([layer["is_base"] for layer in self.report("app:1")["image"]["layers"]], [True, False])
        self.assertEqual({package["name"]: package["is_base"] for package in self.listed("app:1", "packages")},
                         {"bash": False, "python3-six": True, "six": True, "left-pad": False})
        for package in self.report("app:1")["packages"]:
            self.assertEqual(package["is_base"], package["layer"] == 0)


class LockFilesTest(ComparedTest):
    write_images = staticmethod(write_locked_images)

    def names(self, name, what):
        return [package["name"] for package in self.listed(name, what)]

    def switch(self, word, packages):
        """The registry's images are scanned again by themselves."""
        self.place.expect("integration", "edit", "local", "--lock-files", word)
        type(self).images = self.place.wait_for(lambda images: (
            images["locked:1"]["attributes"]["package_count"] == packages and
            images["locked:2"]["attributes"]["removed_package_count"] == packages - 2))
        for name in self.images:
            report = self.report(name, "--lock-files", word)
            self.assert_same_packages(self.listed(name, "packages"), report["packages"], report)
            self.assert_same_packages(self.listed(name, "removed_packages"), report["removed_packages"], report)

    def test_a_registry_says_whether_what_lock_files_list_is_counted(self):
        installed = ["bash", "left-pad"]
        self.assertEqual(self.names("locked:1", "packages"), installed)
        self.assertEqual(self.names("locked:2", "removed_packages"), [])
        self.switch("yes", 4)
        self.assertEqual(self.names("locked:1", "packages"), ["bash", "from-git", "left-pad", "locked"])
        self.assertEqual(self.names("locked:2", "packages"), installed)
        for name, what in (("locked:1", "packages"), ("locked:2", "removed_packages")):
            commits = {package["name"]: package["commit"] for package in self.listed(name, what)}
            self.assertEqual((commits["from-git"], commits["locked"]), (COMMIT, None))
        self.assertRegex(self.place.expect("integration", "show", "local"), "lock files +counted")
        self.switch("no", 2)
        self.assertEqual(self.names("locked:1", "packages"), installed)
        refused = self.home.run("integration", "edit", "local", "--lock-files", "auto")
        self.assertEqual(refused.returncode, 64)
        self.assertIn("--lock-files", refused.stderr)


if __name__ == "__main__":
    unittest.main()
