#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every kind of scan gap, from the image that has it to the report that shows it.

usage: gaps_test.py TIDEWAITER GAP_KINDS true|false    (src/layer/gap_kinds.def; whether fault points are built in)"""
import json
import pathlib
import re
import sys
import tempfile
import unittest

from image_layout import LAYER, MANIFEST, OS_RELEASE, Home, Layout, advisory, digest_of, paragraph, status, tar, \
    write_feed

EXECUTABLE, KINDS, HAS_FAULT_POINTS = sys.argv[1:4]
del sys.argv[1:4]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STATUS = "var/lib/dpkg/status"
CHISEL = "var/lib/chisel/manifest.wall"
DEBIAN = {"etc/os-release": OS_RELEASE, STATUS: status(paragraph("openssl", "3.0.9-1"))}
CENTOS = 'ID="centos"\nVERSION_ID="7"\nNAME="CentOS Linux"\nPRETTY_NAME="CentOS Linux 7 (Core)"\n'
RPM = "bash\t5.1.8-1\t1\t1\tvendor\t(none)\t1\tx86_64\t0\tbash-5.1.8-1.src.rpm\n"
RPMS = "var/lib/rpmmanifest/container-manifest-2"
NO_LAYER = digest_of(b"no registry has this")


def image(folder, *layers):
    layout = Layout(folder)
    for files in layers:
        layout.add_layer(files if isinstance(files, bytes) else tar(files))
    return layout


def with_layer(folder, blob, media_type):
    """A Debian image with one more layer; without a blob it is not there."""
    layout = image(folder, DEBIAN)
    descriptor = layout.put(blob, media_type) if blob is not None else \
        {"mediaType": media_type, "digest": NO_LAYER, "size": 100, "urls": ["https://layers.example.com/1"]}
    layout.add_descriptor(descriptor, None)
    return layout


def index_without_a_child(folder):
    layout = image(folder, DEBIAN)
    layout.finish()
    child = json.loads((layout.folder / "index.json").read_text())["manifests"][0]
    absent = {"mediaType": MANIFEST, "digest": NO_LAYER, "size": 100,
              "platform": {"os": "linux", "architecture": "arm64"}}
    media_type = "application/vnd.oci.image.index.v1+json"
    index = layout.put(json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": [
        {**child, "annotations": {}, "platform": {"os": "linux", "architecture": "amd64"}}, absent]}).encode(), media_type)
    (layout.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [index]}))
    return layout


SBOM = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "x", "documentNamespace": "https://example.com/x",
        "packages": [{"name": "a", "SPDXID": "SPDXRef-a", "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/a"}]}]}

# Kind to (what makes the image, what its path is, what its reason holds, further options).
CASES = {
    "broken-database": (lambda folder: image(folder, {**DEBIAN, STATUS: "no paragraph\n"}), STATUS, "Field: value", []),
    "child-crashed": (lambda folder: image(folder, DEBIAN), "sha256:", "", ["PROBE=open"]),
    "database-removed": (lambda folder: image(folder, {**DEBIAN, "app/node_modules/a/package.json":
                                                       '{"name": "a", "version": "1.0.0"}'}, {"var/lib/.wh.dpkg": ""}),
                         STATUS, "removed or emptied", []),
    "encrypted-layer": (lambda folder: with_layer(folder, b"\x8a\x01" * 500, LAYER + "+gzip+encrypted"), "sha256:",
                        "encrypted", []),
    "end-of-life": (lambda folder: image(folder, {**DEBIAN, "etc/os-release": OS_RELEASE.replace("12", "9").replace(
        "bookworm", "stretch")}), "Debian:9", "ended on", []),
    "feed-record": (lambda folder: image(folder, {**DEBIAN, STATUS: status(paragraph("undecided", "1.0-1"))}), "DSA-2-1",
                    "undecided", []),
    "foreign-layer": (lambda folder: with_layer(
        folder, None, "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"), NO_LAYER, "", []),
    "limit-reached": (lambda folder: image(folder, DEBIAN, tar({"zeros": bytes(120 << 20)})), "sha256:", "200 times", []),
    "missing-platform": (index_without_a_child, "", "1 of the index's", ["--platform", "all"]),
    "no-advisories": (lambda folder: image(folder, {**DEBIAN, STATUS: status(
        paragraph("docker-ce", "1-1", Maintainer="Docker <support@docker.com>"))}), "deb", "not the distribution's", []),
    "no-feed": (lambda folder: image(folder, {**DEBIAN, "app/node_modules/a/package.json":
                                              '{"name": "a", "version": "1.0.0"}'}), "npm",
                "tidewaiter feed update --ecosystem \"npm\"", []),
    "no-package-database": (lambda folder: image(folder, {"bin/program": "x"}), "", "package", []),
    "source-unknown": (lambda folder: image(folder, {**DEBIAN, CHISEL: (
        ROOT / "tests/golden/analyzers/chisel/packages/input" / CHISEL).read_bytes()}), CHISEL, "source", []),
    "text-cut": (lambda folder: image(folder, {**DEBIAN, "node_modules/a/package.json": json.dumps(
        {"name": "a", "version": "1.0.0", "license": "x" * 20000})}), "node_modules/a/package.json", "licences", []),
    "timeout": (lambda folder: image(folder, DEBIAN), "sha256:", "", ["PROBE=spin", "--layer-timeout", "1"]),
    "unknown-distribution": (lambda folder: image(folder, {STATUS: DEBIAN[STATUS], RPMS: RPM.replace("vendor", "(none)")}), "", "no release file", []),
    "unreadable-file": (lambda folder: image(folder, tar({STATUS: DEBIAN[STATUS]}, (
        ("etc/os-release", "../usr/lib/os-release"), ("usr/lib/os-release", "../../etc/os-release")))), "etc/os-release",
                        "loop", []),
    "unreadable-layer": (lambda folder: image(folder, DEBIAN, b"\x1f" * 3000), "sha256:", "damaged", []),
    "unsupported-distribution": (lambda folder: image(folder, {"etc/os-release": CENTOS, RPMS: RPM.replace("vendor", "CentOS")}),
                                 "CentOS Linux 7 (Core)", "no feed of advisories", []),
    "version-unknown": (lambda folder: image(folder, {**DEBIAN, "usr/share/sbom/a.spdx.json": json.dumps(SBOM)}), "a",
                        "no version", []),
}


class GapsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-gaps-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.home = Home(EXECUTABLE, cls.folder)
        record = advisory("DSA-2-1", "undecided", "1.0~")
        record["affected"][0]["ranges"][0]["events"] = [{"introduced": "1.0-1:2:3"}, {"fixed": ":::"}]
        write_feed(cls.folder / "feed", [advisory("DSA-1-1", "openssl", "3.0.10-1"), record])
        cls.home.update_feed(cls.folder / "feed")

    def gaps(self, kind):
        make, _, _, options = CASES[kind]
        layout = make(self.folder / kind)
        if not (layout.folder / "index.json").exists():
            layout.finish()
        reference = f"oci:{layout.folder}"
        self.home.environment.pop("TIDEWAITER_PROBE", None)
        for option in [option for option in options if option.startswith("PROBE=")]:
            self.home.environment["TIDEWAITER_PROBE"] = option.removeprefix("PROBE=")
        words = [option for option in options if not option.startswith("PROBE=")]
        result = self.home.run("scan", reference, "--no-cache", "--format", "json", *words)
        self.assertIn(result.returncode, (0, 2), result.stderr)
        report = json.loads(result.stdout)
        return (report if isinstance(report, dict) else report[0])["gaps"]

    def test_every_kind_has_a_case(self):
        kinds = re.findall(r'^GAP_KIND\(\w+, "([a-z-]+)"', pathlib.Path(KINDS).read_text(), re.MULTILINE)
        self.assertEqual(sorted(CASES), sorted(kinds))

    def test_every_kind_is_reported(self):
        for kind, (_, path, reason, options) in CASES.items():
            if HAS_FAULT_POINTS != "true" and any(option.startswith("PROBE=") for option in options):
                continue
            with self.subTest(kind):
                gaps = self.gaps(kind)
                found = [gap for gap in gaps if gap["kind"] == kind and gap["path"].startswith(path)]
                self.assertEqual(len(found), 1, gaps)
                self.assertIn(reason, found[0]["reason"])
                self.assertTrue(found[0]["reason"] and found[0]["consequence"])


if __name__ == "__main__":
    unittest.main()
