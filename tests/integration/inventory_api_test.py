#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the API tells of an image is what the command line tells of it.   usage: inventory_api_test.py TIDEWAITER

A server syncs a real docker-registry; for each of its images `tidewaiter packages --format json` gives the same packages,
removed packages, files that no package accounts for, gaps and layers."""
import contextlib
import http.client
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from image_layout import LAYER, OS_RELEASE, Home, Layout, paragraph, status, tar

EXECUTABLE = sys.argv.pop(1)
SECONDS_MAX = 120
TOOLS = ["docker-registry", "skopeo"]
VERSION = "2025-09-17"
STATUS = "var/lib/dpkg/status"
CENTOS = 'ID="centos"\nVERSION_ID="7"\nNAME="CentOS Linux"\nPRETTY_NAME="CentOS Linux 7 (Core)"\n'
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + bytes(200)  # a shared library that tells nothing
# A package of each kind that carries more than its name.
NPM = {"usr/lib/node_modules/left-pad/package.json": json.dumps(
    {"name": "left-pad", "version": "1.3.0", "license": "WTFPL"})}
PYTHON = {"usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA":
          "Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\nLicense: MIT\n\n"}
COPYRIGHT = {"usr/share/doc/bash/copyright": "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
             "Files: *\nLicense: GPL-3+\n\nFiles: lib/*\nLicense: MIT\n"}
LIST = {"var/lib/dpkg/info/python3-six.list":
        "/.\n/usr\n/usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA\n"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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


class InventoryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        if missing:
            raise unittest.SkipTest("not installed: " + " ".join(missing))
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-inventory-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.home = Home(EXECUTABLE, cls.folder, SECONDS_MAX)
        cls.home.environment["TIDEWAITER_DATA"] = str(cls.folder / "data")
        cls.host, cls.address = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        (cls.folder / "registry.yml").write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {cls.folder}/registry}}}}\n"
            f"http: {{addr: {cls.host}}}\n")
        cls.start(["docker-registry", "serve", str(cls.folder / "registry.yml")], cls.host)
        for name, layout in write_images(cls.folder):
            subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false",
                            f"oci:{layout.folder}:it", f"docker://{cls.host}/{name}"], check=True, timeout=SECONDS_MAX)
        cls.expect("integration", "add", "local", "--url", f"http://{cls.host}")
        cls.token = cls.expect("token", "create", "reader", "--role", "viewer").strip()
        cls.expect("sync", "run", "local", "--network-allow", "127.0.0.1")
        cls.start([cls.home.executable, "serve", "--listen", cls.address, "--network-allow", "127.0.0.1"], cls.address)
        cls.organization = cls.ask("/rest/orgs")["data"][0]["id"]
        cls.images = {}
        deadline = time.monotonic() + SECONDS_MAX
        while len(cls.images) < 7 or any(image["attributes"]["state"] == "pending" for image in cls.images.values()):
            assert time.monotonic() < deadline, cls.images
            time.sleep(0.1)
            cls.images = {image["attributes"]["reference"].removeprefix(cls.host + "/"): image
                          for image in cls.ask(f"/rest/orgs/{cls.organization}/images")["data"]}

    @classmethod
    def start(cls, words, address):
        with open(cls.folder / "programs.log", "ab") as log:
            program = subprocess.Popen(words, env=cls.home.environment, stdout=log, stderr=log, cwd=cls.folder)
        cls.addClassCleanup(program.wait)
        cls.addClassCleanup(program.send_signal, signal.SIGTERM)
        host, port = address.split(":")
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
                return
            assert time.monotonic() < deadline, (cls.folder / "programs.log").read_text()[-2000:]
            time.sleep(0.05)

    @classmethod
    def expect(cls, *words):
        result = cls.home.run(*words)
        assert result.returncode == 0, (words, result.stdout, result.stderr)
        return result.stdout

    @classmethod
    def ask(cls, path):
        connection = http.client.HTTPConnection(cls.address, timeout=SECONDS_MAX)
        connection.request("GET", f"{path}?version={VERSION}&limit=100", None, {"Authorization": "token " + cls.token})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, (path, text)
        return json.loads(text)

    def listed(self, name, what):
        items = self.ask(f"/rest/orgs/{self.organization}/images/{self.images[name]['id']}/{what}")["data"]
        return [item["attributes"] for item in items]

    def report(self, name):
        result = self.home.run("packages", f"http://{self.host}/{name}", "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def assert_same_packages(self, api, cli, report):
        """Each member that the command line writes, but for what the API alone knows of base images."""
        self.assertEqual(len(api), len(cli))
        for shown, expected in zip(api, cli):
            for member, value in expected.items():
                if member != "is_base":
                    self.assertEqual(shown[member], value, (expected["name"], member))
            for member in set(shown) - set(expected) - {"is_base", "layer_digest", "finding_count", "worst_severity"}:
                self.assertFalse(shown[member], (expected["name"], member))
            self.assertEqual(shown["layer_digest"], report["image"]["layers"][expected["layer"]]["digest"])

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


if __name__ == "__main__":
    unittest.main()
