#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything works in a network namespace without routes: feeds from files and from another machine's export, scan, explain,
VEX documents.   usage: offline_test.py TIDEWAITER

Runs itself in a namespace of its own; 77 (skipped) where the kernel does not let us make one."""
import errno
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest
import zipfile

SKIPPED = 77
TIDEWAITER = None
CVE = "CVE-2026-0001"
ADVISORY = {
    "id": "DSA-1-1", "modified": "2026-08-01T00:00:00Z", "summary": "a summary", "upstream": [CVE],
    "affected": [{"package": {"ecosystem": "Debian:12", "name": "openssl"},
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.2-1"}]}]}]}
STATUS = """Package: openssl
Status: install ok installed
Maintainer: Debian OpenSSL Team
Architecture: amd64
Version: 3.0.1-1

"""


def make_feeds(folder):
    (folder / "osv" / "Debian").mkdir(parents=True)
    for name in ("kev", "epss", "nvd"):
        (folder / name).mkdir()
    with zipfile.ZipFile(folder / "osv" / "Debian" / "all.zip", "w") as archive:
        archive.writestr("DSA-1-1.json", json.dumps(ADVISORY))
    (folder / "kev" / "known_exploited_vulnerabilities.json").write_text(json.dumps(
        {"count": 1, "vulnerabilities": [{"cveID": CVE, "dateAdded": "2026-08-02", "dueDate": "2026-08-23"}]}))
    (folder / "epss" / "epss_scores-current.csv").write_text(f"cve,epss,percentile\n{CVE},0.25,0.75\n")
    metrics = {"cvssMetricV31": [{"cvssData": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}]}
    (folder / "nvd" / "nvdcve-2.0-2026.json").write_text(json.dumps(
        {"vulnerabilities": [{"cve": {"id": CVE, "metrics": metrics}}]}))


class OfflineTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.root = pathlib.Path(self.temporary.name)
        make_feeds(self.root / "feeds")
        system = self.root / "system"
        for name, text in (("etc/os-release", "ID=debian\nVERSION_ID=12\n"), ("var/lib/dpkg/status", STATUS)):
            (system / name).parent.mkdir(parents=True)
            (system / name).write_text(text)

    def run_program(self, *words, index="index"):
        return subprocess.run([TIDEWAITER, *words, "--index", str(self.root / index)], capture_output=True, text=True,
                              timeout=120)

    def expect(self, *words, index="index"):
        result = self.run_program(*words, index=index)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def test_there_is_no_network(self):
        with socket.socket() as probe, self.assertRaises(OSError) as caught:
            probe.connect(("192.0.2.1", 443))
        self.assertEqual(caught.exception.errno, errno.ENETUNREACH)

    def test_updates_scans_and_explains_from_files(self):
        update = self.run_program("feed", "update", "--from", str(self.root / "feeds"), "--ecosystem", "Debian")
        self.assertEqual(update.returncode, 0, update.stdout + update.stderr)
        target = f"dir:{self.root / 'system'}"
        scan = self.run_program("scan", target, "--format", "json", "--allow-stale")
        self.assertEqual(scan.returncode, 0, scan.stderr)
        findings = json.loads(scan.stdout)["findings"]
        self.assertEqual([finding["id"] for finding in findings], [CVE])
        self.assertEqual((findings[0]["severity"], findings[0]["severity_source"]), ("critical", "nvd"))
        self.assertEqual(findings[0]["epss"], {"score": 0.25, "percentile": 0.75})
        self.assertEqual(findings[0]["kev"]["added"], "2026-08-02T00:00:00Z")
        self.assertEqual([feed["name"] for feed in json.loads(scan.stdout)["feeds"]],
                         ["epss", "kev", "nvd", "osv/Debian"])
        table = self.run_program("scan", target, "--allow-stale")
        self.assertRegex(table.stdout, rf"{CVE} +critical +KEV +openssl ")
        explained = self.run_program("explain", "--scan", target, CVE)
        self.assertEqual(explained.returncode, 0, explained.stderr)
        for text in ("known to be, in CISA's list since 2026-08-02, to be fixed by 2026-08-23", "25.00 % likely",
                     "higher than 75.0 % of all", "CVSS:3.1/AV:N/AC:L", "DSA-1-1, feed osv"):
            self.assertIn(text, explained.stdout)

    def test_imports_an_export_and_applies_vex(self):
        self.expect("feed", "update", "--from", str(self.root / "feeds"), "--ecosystem", "Debian")
        self.expect("feed", "export", str(self.root / "export"))
        self.expect("feed", "import", str(self.root / "export"), index="imported")
        target = f"dir:{self.root / 'system'}"
        scanned = json.loads(self.expect("scan", target, "--format", "json", "--allow-stale", index="imported"))
        self.assertEqual([(finding["id"], finding["severity"]) for finding in scanned["findings"]], [(CVE, "critical")])
        (self.root / "vex.json").write_text(json.dumps({
            "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/vex-1", "author": "Example",
            "timestamp": "2026-08-03T00:00:00Z", "version": 1, "statements": [
                {"vulnerability": {"name": CVE}, "products": [{"@id": "pkg:deb/debian/openssl@3.0.1-1"}],
                 "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path"}]}))
        vex = ("--vex", str(self.root / "vex.json"))
        scanned = json.loads(
            self.expect("scan", target, "--format", "json", "--allow-stale", *vex, index="imported"))
        self.assertEqual((scanned["findings"], [entry["kind"] for entry in scanned["suppressed"]]), ([], ["vex"]))
        explained = self.run_program("explain", "--scan", target, CVE, *vex, index="imported")
        self.assertIn("suppressed:", explained.stdout)

    def test_says_what_it_could_not_reach(self):
        update = self.run_program("feed", "update", "--feed", "kev", "--ecosystem", "Debian")
        self.assertNotEqual(update.returncode, 0)
        self.assertIn("kev: failed", update.stdout)
        self.assertIn("www.cisa.gov", update.stdout)


def main():
    global TIDEWAITER
    if sys.argv[1] != "--inside":
        namespace = ["unshare", "--user", "--map-root-user", "--net"]
        try:
            is_possible = subprocess.run([*namespace, "true"], capture_output=True, timeout=30).returncode == 0
        except FileNotFoundError:
            is_possible = False
        if not is_possible:
            print("skipped: this machine lets us make no network namespace")
            return SKIPPED
        return subprocess.run([*namespace, sys.executable, __file__, "--inside", *sys.argv[1:]]).returncode
    TIDEWAITER = os.path.abspath(sys.argv[2])
    del sys.argv[1:3]
    return 0 if unittest.main(exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
