#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`scan --vex` and `explain --vex`: what a document says is not affected or fixed is suppressed with its reason, what it says
is affected is noted, the newest statement counts, and statements that speak of nothing are listed.

usage: vex_test.py TIDEWAITER
"""
import json
import pathlib
import sys
import tempfile
import unittest

import json_schema
from image_layout import OS_RELEASE, Home, Layout, advisory, paragraph, status, tar, write_feed

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((ROOT / "docs" / "reference" / "report.schema.json").read_text())
HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"

tidewaiter = ""


def openvex(*statements, time="2026-01-02T03:04:05Z", author="Example Security"):
    return {"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/vex-1", "author": author,
            "timestamp": time, "version": 1, "statements": list(statements)}


def says(vulnerability, status_, product, *components, **more):
    entry = {"@id": product}
    if components:
        entry["subcomponents"] = [{"@id": component} for component in components]
    return {"vulnerability": {"name": vulnerability}, "products": [entry], "status": status_, **more}


def csaf(purl, status_, platform=None):
    """One CVE, one package; inside a platform with this CPE, or alone."""
    component = {"name": "package", "product_id": "p", "product_identification_helper": {"purl": purl}}
    tree = {"full_product_names": [component]}
    if platform:
        tree["full_product_names"].append(
            {"name": "platform", "product_id": "o", "product_identification_helper": {"cpe": platform}})
        tree["relationships"] = [{"category": "default_component_of", "product_reference": "p",
                                  "relates_to_product_reference": "o",
                                  "full_product_name": {"name": "both", "product_id": "o:p"}}]
    product = "o:p" if platform else "p"
    return {"document": {"category": "csaf_vex", "csaf_version": "2.0", "title": "t",
                         "publisher": {"category": "vendor", "name": "Vendor", "namespace": "https://example.org"},
                         "tracking": {"id": "V-1", "current_release_date": "2026-01-02T03:04:05Z"}},
            "product_tree": tree,
            "vulnerabilities": [{"cve": "CVE-2026-0001", "product_status": {status_: [product]},
                                 "flags": [{"label": "component_not_present", "product_ids": [product]}]}]}


class Vex(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-vex-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.home = Home(tidewaiter, self.folder)
        layout = Layout(self.folder / "image")
        release = OS_RELEASE + "CPE_NAME=cpe:/o:example:debian:12\n"
        layout.add_layer(tar({"etc/os-release": release, "var/lib/dpkg/status": status(
            paragraph("openssl", "3.0.8-1"), paragraph("zlib1g", "1.2-1", Source="zlib"))}))
        self.image = layout.finish()
        self.digest = layout.manifest_digest
        write_feed(self.folder / "feed", [
            {**advisory("DSA-1-1", "openssl", "3.0.9-1", vector=HIGH), "upstream": ["CVE-2026-0001"]},
            {**advisory("DSA-2-1", "zlib", "1.3-1", vector=HIGH), "upstream": ["CVE-2026-0002"]}])
        self.home.update_feed(self.folder / "feed")

    def write(self, name, document):
        path = self.folder / name
        path.write_text(json.dumps(document) if isinstance(document, dict) else document)
        return path

    def scan(self, *documents, image=None):
        words = [word for number, document in enumerate(documents)
                 for word in ("--vex", self.write(f"{number}.json", document))]
        result = self.home.run("scan", image or self.image, "--format", "json", "--fail-on", "low", *words)
        self.assertIn(result.returncode, (0, 1, 2), result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(list(json_schema.check(report, SCHEMA, SCHEMA)), [])
        return report, result.returncode

    def ids(self, report):
        return [finding["id"] for finding in report["findings"]]

    def test_a_package_that_is_not_affected_is_suppressed_with_the_reason(self):
        report, before = self.scan()
        self.assertEqual((self.ids(report), before), (["CVE-2026-0001", "CVE-2026-0002"], 1))
        self.assertNotIn("vex", report)
        statements = [says(cve, "not_affected", purl, justification="vulnerable_code_not_present",
                           impact_statement="built without it")
                      for cve, purl in (("CVE-2026-0001", "pkg:deb/debian/openssl"), ("cve-2026-0002", "pkg:deb/debian/zlib1g"))]
        report, after = self.scan(openvex(*statements))
        self.assertEqual((self.ids(report), after), ([], 0))
        suppressed = report["suppressed"][0]
        self.assertEqual((suppressed["id"], suppressed["kind"]), ("CVE-2026-0001", "vex"))
        for word in ("not affected according to", "statement 1", "https://example.org/vex-1", "Example Security", "2026-01-02T03:04:05Z",
                     "vulnerable_code_not_present", "built without it"):
            self.assertIn(word, suppressed["reason"])
        self.assertEqual(report["vex"]["suppressed_count"], 2)
        self.assertEqual(report["vex"]["unmatched"], [])

    def test_a_statement_about_the_image_covers_everything_or_its_components(self):
        image = f"pkg:oci/app@{self.digest}"
        report, _ = self.scan(openvex(says("CVE-2026-0001", "fixed", image)))
        self.assertEqual(self.ids(report), ["CVE-2026-0002"])
        report, _ = self.scan(openvex(says("CVE-2026-0001", "fixed", image, "pkg:deb/debian/openssl@3.0.8-1?arch=amd64")))
        self.assertEqual(self.ids(report), ["CVE-2026-0002"])
        for product, component in ((image, "pkg:deb/debian/openssl@3.0.9-1"), (image, "pkg:deb/debian/zlib1g"),
                                   ("pkg:oci/app@sha256%3A" + 64 * "0", "pkg:deb/debian/openssl")):
            report, _ = self.scan(openvex(says("CVE-2026-0001", "fixed", product, component)))
            self.assertEqual(self.ids(report), ["CVE-2026-0001", "CVE-2026-0002"])
            self.assertEqual(report["vex"]["unmatched_count"], 1)
            entry = report["vex"]["unmatched"][0]
            self.assertEqual((entry["ids"], entry["status"], entry["product"], entry["component"]),
                             (["CVE-2026-0001"], "fixed", product, component))

    def test_a_finding_that_is_affected_or_under_investigation_is_noted(self):
        report, status_ = self.scan(openvex(
            says("CVE-2026-0001", "affected", "pkg:deb/debian/openssl", action_statement="update"),
            says("CVE-2026-0002", "under_investigation", "pkg:deb/debian/zlib1g")))
        self.assertEqual((self.ids(report), status_), (["CVE-2026-0001", "CVE-2026-0002"], 1))
        self.assertEqual(report["findings"][0]["vex"], {
            "status": "affected", "statement": "update", "document": "https://example.org/vex-1",
            "author": "Example Security", "time": "2026-01-02T03:04:05Z"})
        self.assertEqual(report["findings"][1]["vex"]["status"], "under_investigation")
        self.assertEqual(report["vex"]["noted_count"], 2)

    def test_the_newest_statement_counts_whatever_the_order_of_documents(self):
        purl = "pkg:deb/debian/openssl"
        old = openvex(says("CVE-2026-0001", "fixed", purl))
        new = openvex(says("CVE-2026-0001", "affected", purl, action_statement="x"), time="2026-02-01T00:00:00Z")
        for documents in ((old, new), (new, old)):
            report, _ = self.scan(*documents)
            self.assertEqual(self.ids(report), ["CVE-2026-0001", "CVE-2026-0002"])
            self.assertEqual(report["findings"][0]["vex"]["time"], "2026-02-01T00:00:00Z")
            self.assertEqual(report["vex"]["unmatched_count"], 0)
        newest = says("CVE-2026-0001", "fixed", purl, timestamp="2026-03-01T00:00:00Z")
        report, _ = self.scan(new, openvex(newest))
        self.assertEqual(self.ids(report), ["CVE-2026-0002"])
        same = openvex(says("CVE-2026-0001", "fixed", purl), says("CVE-2026-0001", "affected", purl, action_statement="x"))
        self.assertEqual(len(self.ids(self.scan(same)[0])), 2)
        same["statements"].reverse()
        self.assertEqual(len(self.ids(self.scan(same)[0])), 1)

    def test_csaf_speaks_of_a_package_of_its_platform_only(self):
        purl = "pkg:deb/debian/openssl"
        for document, count in ((csaf(purl, "known_not_affected"), 1), (csaf(purl, "fixed", "cpe:/o:example:debian:12"), 1),
                                (csaf(purl, "fixed", "cpe:/o:example:debian:11"), 2),
                                (csaf(purl, "fixed", "cpe:/o:example:other:12"), 2), (csaf(purl, "known_affected"), 2)):
            report, _ = self.scan(document)
            self.assertEqual(len(report["findings"]), count)
        self.assertEqual(report["vex"]["documents"][0]["format"], "CSAF")
        self.assertEqual(report["findings"][0]["vex"]["author"], "Vendor")

    def test_an_advisorys_other_names_count_as_well(self):
        report, _ = self.scan(openvex(says("DSA-1-1", "fixed", "pkg:deb/debian/openssl")))
        self.assertEqual(self.ids(report), ["CVE-2026-0002"])

    def test_explain_and_the_table_tell(self):
        document = self.write("v.json", openvex(
            says("CVE-2026-0001", "fixed", "pkg:deb/debian/openssl"), says("CVE-2026-0007", "fixed", "pkg:npm/none"),
            says("CVE-2026-0002", "affected", "pkg:deb/debian/zlib1g", action_statement="wait for it")))
        table = self.home.run("scan", self.image, "--vex", document).stdout
        self.assertIn("VEX documents: 1, findings suppressed: 1, noted: 1, statements without a finding: 1", table)
        self.assertIn("VEX statement without a finding: CVE-2026-0007 fixed in pkg:npm/none", table)
        for format_ in ("csv", "markdown", "html", "junit", "sarif"):
            self.assertIn("without a finding", self.home.run("scan", self.image, "--vex", document, "--format", format_).stdout)
        told = self.home.run("explain", self.image, "CVE-2026-0001", "--vex", document)
        self.assertEqual(told.returncode, 1)
        self.assertIn("suppressed:", told.stdout)
        self.assertIn("fixed according to VEX document", told.stdout)
        told = self.home.run("explain", self.image, "CVE-2026-0002", "--vex", document)
        self.assertEqual(told.returncode, 0)
        self.assertIn("wait for it", told.stdout)

    def test_an_invalid_document_is_one_clear_error_and_no_scan(self):
        for document, reason in (("{", "VEX document"), ("[]", "neither OpenVEX"), (openvex(), 'no "statements"'),
                                 (openvex(says("CVE-2026-0001", "not_affected", "pkg:npm/a")), "statement 1"),
                                 ("x" * (21 << 20), "VEX document")):
            result = self.home.run("scan", self.image, "--vex", self.write("bad.json", document))
            self.assertGreaterEqual(result.returncode, 3)
            self.assertEqual((result.stdout, len(result.stderr.strip().splitlines())), ("", 1))
            self.assertIn(reason, result.stderr)
        self.assertIn("absent.json", self.home.run("scan", self.image, "--vex", "absent.json").stderr)


if __name__ == "__main__":
    tidewaiter = sys.argv.pop(1)
    unittest.main()
