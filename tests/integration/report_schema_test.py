#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `tidewaiter scan` and `tidewaiter packages` print fits docs/reference/report.schema.json, and the gate has three
answers, on a small layout and a small feed that are made here.

usage: report_schema_test.py TIDEWAITER       Exit status 77 means skipped: a program without these commands.
"""
import copy
import gzip
import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

import json_schema

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((ROOT / "docs" / "reference" / "report.schema.json").read_text())
SKIPPED = 77
SECONDS_MAX = 120
PASSED, FAILED, COULD_NOT_TELL = 0, 1, 2
OCI = "application/vnd.oci.image."
OS_RELEASE = 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
PARAGRAPH = "Package: {0}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {1}\nMaintainer: Nobody\n\n"
# The record that affects openssl, and one that fills the feed.
RECORDS = [
    {"schema_version": "1.7.0", "id": "TEST-2026-1", "modified": "2026-01-02T03:04:05Z", "upstream": ["CVE-2026-0001"],
     "summary": "made up", "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
     "affected": [{"package": {"ecosystem": "Debian:12", "name": "openssl"}, "ranges": [
         {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.11-1"}]}]}]},
    {"schema_version": "1.7.0", "id": "TEST-2026-2", "modified": "2026-01-02T03:04:05Z",
     "affected": [{"package": {"ecosystem": "Debian:12", "name": "other"}, "versions": ["1.0-1"]}]},
]

tidewaiter = ""


class Layout:
    """An OCI image layout."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, content, kind, **extra):
        name = hashlib.sha256(content).hexdigest()
        (self.folder / "blobs" / "sha256" / name).write_bytes(content)
        return {"mediaType": OCI + kind, "digest": f"sha256:{name}", "size": len(content), **extra}

    def document(self, value, kind, **extra):
        return self.blob(json.dumps(value).encode(), kind, **extra)

    def layer(self, files):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
        diff_id = "sha256:" + hashlib.sha256(out.getvalue()).hexdigest()
        return self.blob(gzip.compress(out.getvalue(), mtime=0), "layer.v1.tar+gzip"), diff_id

    def image(self, architecture, *layers):
        config = {"architecture": architecture, "os": "linux", "created": "2026-01-02T03:04:05Z",
                  "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]}}
        manifest = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                    "config": self.document(config, "config.v1+json"), "layers": [layer for layer, _ in layers]}
        return self.document(manifest, "manifest.v1+json", platform={"os": "linux", "architecture": architecture})

    def index(self, *manifests):
        return self.document({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": manifests},
                             "index.v1+json")

    def finish(self, **named):
        entries = [{**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}
                   for name, descriptor in named.items()]
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))


def make_layout(folder):
    layout = Layout(folder)
    bottom = layout.layer({"etc/os-release": OS_RELEASE,
                           "var/lib/dpkg/status": PARAGRAPH.format("openssl", "3.0.9-1") + PARAGRAPH.format("gone", "1-1")})
    top = layout.layer({"var/lib/dpkg/status": PARAGRAPH.format("openssl", "3.0.9-1") + PARAGRAPH.format("new", "2-1")})
    fixed = layout.layer({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": PARAGRAPH.format("openssl", "3.0.11-1")})
    affected, clean = layout.image("amd64", bottom, top), layout.image("arm64", fixed)
    layout.finish(affected=affected, clean=clean, both=layout.index(affected, clean))


def make_feed(folder):
    (folder / "Debian").mkdir(parents=True)
    with zipfile.ZipFile(folder / "Debian" / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for record in RECORDS:
            archive.writestr(f"{record['id']}.json", json.dumps(record))


class ReportSchemaTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-report-")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.environment = dict(os.environ, XDG_CACHE_HOME=str(cls.folder / "cache"))
        make_layout(cls.folder / "layout")
        make_feed(cls.folder / "feed")
        cls.index = str(cls.folder / "index")
        status, _, stderr = cls.run_program("feed", "update", "--from", str(cls.folder / "feed"), "--ecosystem", "Debian",
                                            "--index", cls.index)
        if status != 0:
            raise AssertionError(f"feed update ended with {status}: {stderr}")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def run_program(cls, *words):
        result = subprocess.run([tidewaiter, *words], env=cls.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, timeout=SECONDS_MAX)
        return result.returncode, result.stdout, result.stderr.strip()

    def scan(self, name, *options):
        """(exit status, report)"""
        status, stdout, stderr = self.run_program("scan", f"oci:{self.folder / 'layout'}:{name}", "--format", "json",
                                                  "--index", self.index, *options)
        self.assertIn(status, (PASSED, FAILED, COULD_NOT_TELL), stderr)
        report = json.loads(stdout)
        self.check(report)
        return status, report

    def check(self, report):
        self.assertEqual(list(json_schema.check(report, SCHEMA, SCHEMA)), [])

    def test_a_scan_fits_the_schema(self):
        status, report = self.scan("affected", "--allow-stale", "--fail-on", "high")
        self.assertEqual((status, report["verdict"]["result"]), (FAILED, "failed"))
        self.assertEqual([(finding["id"], finding["severity"], finding["fixed_versions"]) for finding in report["findings"]],
                         [("CVE-2026-0001", "critical", ["3.0.11-1"])])
        self.assertEqual([(package["name"], package["layer"]) for package in report["packages"]],
                         [("new", 1), ("openssl", 0)])
        self.assertEqual([package["name"] for package in report["removed_packages"]], ["gone"])
        self.assertEqual(report["distribution"]["ecosystem"], "Debian:12")

    def packages_of(self, **files):
        with tempfile.TemporaryDirectory(dir=self.folder) as root:
            for name, text in files.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            _, stdout, stderr = self.run_program("packages", f"dir:{root}", "--format", "json")
        report = json.loads(stdout or "null")
        self.assertIsNotNone(report, stderr)
        self.check(report)
        return report

    def test_the_ecosystem_is_the_distributions_and_not_that_of_the_first_package(self):
        report = self.packages_of(**{
            "etc/os-release": OS_RELEASE, "var/lib/dpkg/status": PARAGRAPH.format("openssl", "3.0.9-1"),
            "app/vendor/composer/installed.json": '[{"name": "a/b", "version": "1.0"}]'})
        self.assertEqual([package["type"] for package in report["packages"]], ["composer", "deb"])
        self.assertEqual(report["distribution"]["ecosystem"], "Debian:12")

    def test_the_origin_of_red_hats_images_is_told(self):
        report = self.packages_of(**{
            "etc/os-release": "ID=rhel\nVERSION_ID=9.4\n",
            "usr/share/buildinfo/content-sets.json": '{"content_sets": ["rhel-9-for-x86_64-baseos-rpms"]}',
            "usr/share/buildinfo/labels.json": '{"com.redhat.component": "app", "version": "1", "release": "2"}'})
        self.assertEqual({key: report["distribution"][key] for key in ("content_sets", "products", "builds")},
                         {"content_sets": ["rhel-9-for-x86_64-baseos-rpms"], "builds": ["app-1-2"],
                          "products": ["cpe:/o:redhat:enterprise_linux:9::baseos"]})

    def test_several_platforms_are_an_array(self):
        status, reports = self.scan("both", "--allow-stale", "--fail-on", "high")
        self.assertEqual(status, FAILED)
        self.assertEqual([(report["image"]["platform"], report["verdict"]["result"]) for report in reports],
                         [("linux/amd64", "failed"), ("linux/arm64", "passed")])

    def test_the_gate_passes_an_image_without_findings(self):
        self.assertEqual(self.scan("clean", "--allow-stale", "--fail-on", "low")[0], PASSED)

    def test_the_gate_cannot_tell_with_an_old_feed(self):
        status, report = self.scan("clean", "--fail-on", "low")
        self.assertEqual((status, report["verdict"]["result"]), (COULD_NOT_TELL, "could-not-tell"))
        self.assertIn("older than allowed", " ".join(report["verdict"]["reasons"]))

    def test_the_gate_cannot_tell_without_an_index(self):
        status, stdout, stderr = self.run_program("scan", f"oci:{self.folder / 'layout'}:clean", "--format", "json")
        self.assertEqual(status, COULD_NOT_TELL, stderr)
        report = json.loads(stdout)
        self.check(report)
        self.assertEqual([gap["kind"] for gap in report["gaps"]], ["no-feed"])
        self.assertIn("tidewaiter feed update", report["gaps"][0]["reason"])

    def test_packages_have_the_subset(self):
        status, stdout, stderr = self.run_program("packages", f"oci:{self.folder / 'layout'}:affected", "--format", "json")
        self.assertEqual(status, 0, stderr)
        report = json.loads(stdout)
        self.check(report)
        self.assertEqual(set(report), {"image", "distribution", "packages", "removed_packages", "unattributed", "gaps", "tool"})

    def test_a_directory_fits_the_schema(self):
        tree = self.folder / "tree"
        (tree / "var/lib/dpkg").mkdir(parents=True, exist_ok=True)
        (tree / "var/lib/dpkg/status").write_text(PARAGRAPH.format("openssl", "3.0.9-1"))
        status, stdout, stderr = self.run_program("scan", f"dir:{tree}", "--format", "json", "--index", self.index)
        self.assertEqual(status, COULD_NOT_TELL, stderr)
        report = json.loads(stdout)
        self.check(report)
        self.assertEqual((report["distribution"], report["image"]["layers"]), (None, []))

    def test_the_schema_refuses_what_is_not_a_report(self):
        _, report = self.scan("affected", "--allow-stale")
        for damage in (lambda r: r.pop("image"), lambda r: r.update(extra=1), lambda r: r["image"].update(digest="sha256:1"),
                       lambda r: r["findings"][0].update(severity="severe"), lambda r: r["findings"][0].update(evidence=[]),
                       lambda r: r["packages"][0].update(layer="0"), lambda r: r["packages"][0].update(layer=-1)):
            damaged = copy.deepcopy(report)
            damage(damaged)
            self.assertNotEqual(list(json_schema.check(damaged, SCHEMA, SCHEMA)), [])
        self.assertNotEqual(list(json_schema.check([damaged], SCHEMA, SCHEMA)), [])


def skip(reason):
    print(reason)
    sys.exit(SKIPPED)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tidewaiter = sys.argv[1]
    commands = subprocess.run([tidewaiter, "help"], stdout=subprocess.PIPE, text=True, timeout=SECONDS_MAX).stdout
    for command in ("scan", "packages", "feed update"):
        if not any(line.startswith(f"  {command} ") for line in commands.splitlines()):
            skip(f"the program has no command \"{command}\" yet")
    unittest.main(argv=sys.argv[:1], verbosity=2)
