#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What --format cyclonedx and --format spdx print: CycloneDX against the official schema (tools/fetch-sbom-schemas puts it
where this test looks; without it or without python3-jsonschema that part is skipped visibly), SPDX against the rules of the
specification that are restated here, and both for being the same each time and saying what the JSON report says.

usage: sbom_test.py TIDEWAITER
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from report_schema_test import make_feed, make_layout
from sbom_schemas import cyclonedx_json_errors, spdx_errors

SECONDS_MAX = 120

tidewaiter = ""


def walk(value):
    """All objects in a document."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from walk(member)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


class SbomTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-sbom-")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.environment = dict(os.environ, XDG_CACHE_HOME=str(cls.folder / "cache"))
        make_layout(cls.folder / "layout")
        make_feed(cls.folder / "feed")
        cls.index = str(cls.folder / "index")
        cls.run_program("feed", "update", "--from", str(cls.folder / "feed"), "--ecosystem", "Debian", "--index", cls.index)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def run_program(cls, *arguments, expected=0):
        done = subprocess.run([tidewaiter, *arguments], capture_output=True, text=True, env=cls.environment,
                              timeout=SECONDS_MAX, check=False)
        if done.returncode != expected:
            raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def packages(self, name, form):
        return self.run_program("packages", f"oci:{self.folder}/layout:{name}", "--format", form)

    def tree(self):
        root = self.folder / "tree"
        (root / "etc").mkdir(parents=True, exist_ok=True)
        (root / "etc/os-release").write_text("ID=alpine\nVERSION_ID=3.18.4\n")
        (root / "lib/apk/db").mkdir(parents=True, exist_ok=True)
        (root / "lib/apk/db/installed").write_text("P:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\n\n")
        return f"dir:{root}"

    def inputs(self):
        return {"one platform": f"oci:{self.folder}/layout:affected", "an index": f"oci:{self.folder}/layout:both",
                "a directory": self.tree()}

    def test_the_same_image_gives_the_same_bytes(self):
        for form in ("cyclonedx", "spdx"):
            for what, reference in self.inputs().items():
                first, second = (self.run_program("packages", reference, "--format", form) for _ in range(2))
                self.assertEqual(first, second, f"{form} of {what}")

    def test_cyclonedx_fits_the_official_schema(self):
        documents = {what: self.run_program("packages", reference, "--format", "cyclonedx")
                     for what, reference in self.inputs().items()}
        documents["a scan"] = self.run_program("scan", f"oci:{self.folder}/layout:affected", "--index", self.index,
                                               "--format", "cyclonedx", "--allow-stale", "--allow-gaps")
        for what, text in documents.items():
            errors, is_checked = cyclonedx_json_errors("1.6", text)
            self.assertEqual(errors, [], what)
        if not is_checked:
            self.skipTest("no CycloneDX schema (run tools/fetch-sbom-schemas) or no python3-jsonschema")

    def test_cyclonedx_names_the_packages_of_the_report(self):
        report = json.loads(self.packages("affected", "json"))
        document = json.loads(self.packages("affected", "cyclonedx"))
        libraries = [component for component in document["components"] if component["type"] == "library"]
        self.assertEqual([component["purl"] for component in libraries], [package["purl"] for package in report["packages"]])
        self.assertEqual(document["specVersion"], "1.6")
        self.assertRegex(document["serialNumber"], r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual(document["metadata"]["component"]["version"], report["image"]["digest"])

    def test_references_of_cyclonedx_are_unique_and_lead_somewhere(self):
        text = self.run_program("scan", f"oci:{self.folder}/layout:both", "--index", self.index, "--format", "cyclonedx",
                                "--allow-stale", "--allow-gaps")
        document = json.loads(text)
        names = [value["bom-ref"] for value in walk(document) if "bom-ref" in value]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual([found["id"] for found in document["vulnerabilities"]], ["CVE-2026-0001"])
        for found in document["vulnerabilities"]:
            for affected in found["affects"]:
                self.assertIn(affected["ref"], names)
        for composition in document["compositions"]:
            for name in composition["assemblies"]:
                self.assertIn(name, names)

    def check_spdx(self, document):
        """SPDX 2.3, clauses 6, 7, 10 and 11, and the JSON form's own required members."""
        self.assertEqual((document["spdxVersion"], document["dataLicense"], document["SPDXID"]),
                         ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"))
        self.assertTrue(document["name"])
        self.assertRegex(document["documentNamespace"], r"^[a-z]+:[^#\s]+$")
        self.assertRegex(document["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        for creator in document["creationInfo"]["creators"]:
            self.assertRegex(creator, r"^(Tool|Person|Organization): \S")
        names = {document["SPDXID"]}
        texts = {text["licenseId"] for text in document.get("hasExtractedLicensingInfos", [])}
        for package in document["packages"]:
            self.assertRegex(package["SPDXID"], r"^SPDXRef-[A-Za-z0-9.-]+$")
            self.assertNotIn(package["SPDXID"], names)
            names.add(package["SPDXID"])
            self.assertTrue(package["name"])
            self.assertEqual(package["downloadLocation"], "NOASSERTION")
            self.assertIs(package["filesAnalyzed"], False)
            for license_ref in re.findall(r"LicenseRef-[A-Za-z0-9.-]+", package["licenseDeclared"]):
                self.assertIn(license_ref, texts)
            for reference in package.get("externalRefs", []):
                self.assertEqual((reference["referenceCategory"], reference["referenceType"]), ("PACKAGE-MANAGER", "purl"))
                self.assertRegex(reference["referenceLocator"], r"^pkg:[a-z]+/\S+$")
        described = set()
        for relationship in document["relationships"]:
            self.assertIn(relationship["spdxElementId"], names)
            self.assertIn(relationship["relatedSpdxElement"], names)
            self.assertIn(relationship["relationshipType"], ("DESCRIBES", "CONTAINS"))
            described.add(relationship["relatedSpdxElement"])
        self.assertEqual(described | {document["SPDXID"]}, names)

    def test_spdx_follows_the_specification(self):
        for what, reference in self.inputs().items():
            with self.subTest(what):
                self.check_spdx(json.loads(self.run_program("packages", reference, "--format", "spdx")))

    def test_spdx_passes_the_tool_of_its_project(self):
        for what, reference in self.inputs().items():
            errors, is_checked = spdx_errors(self.run_program("packages", reference, "--format", "spdx"))
            self.assertEqual(errors, [], what)
        if not is_checked:
            self.skipTest("no pyspdxtools (run tools/fetch-test-tools)")

    def test_spdx_names_the_packages_of_the_report(self):
        report = json.loads(self.packages("affected", "json"))
        document = json.loads(self.packages("affected", "spdx"))
        self.assertEqual([reference["referenceLocator"] for package in document["packages"]
                          for reference in package.get("externalRefs", [])],
                         [package["purl"] for package in report["packages"]])

    def test_the_report_of_a_bill_is_that_of_the_image(self):
        members = ("type", "name", "version", "source_name", "source_version", "arch", "ecosystem")
        report = json.loads(self.packages("affected", "json"))
        for form in ("cyclonedx", "spdx"):
            place = self.folder / f"again.{form}.json"
            place.write_text(self.packages("affected", form))
            again = json.loads(self.run_program("packages", f"sbom:{place}", "--format", "json"))
            with self.subTest(form):
                self.assertEqual(sorted(str([package.get(name) for name in members]) for package in again["packages"]),
                                 sorted(str([package.get(name) for name in members]) for package in report["packages"]))
                self.assertEqual([again["distribution"][name] for name in ("id", "version_id")],
                                 [report["distribution"][name] for name in ("id", "version_id")])

    def test_licences_of_a_bill_are_kept_and_long_ones_cut(self):
        bill = self.folder / "licences.json"
        licences = {"a": [{"license": {"id": "MIT"}}, {"license": {"name": "mine"}}], "b": [{"expression": "MIT OR Apache-2.0"}],
                    "c": [{"license": {"name": "long " + "x" * 20000}}]}
        bill.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
            {"type": "library", "bom-ref": name, "purl": f"pkg:npm/{name}@1", "licenses": some} for name, some in licences.items()]}))
        report = json.loads(self.run_program("packages", f"sbom:{bill}", "--format", "json"))
        found = {package["name"]: package["licenses"] for package in report["packages"]}
        self.assertEqual((found["a"], found["b"]), (["MIT", "mine"], ["MIT OR Apache-2.0"]))
        self.assertEqual(found["c"], [("long " + "x" * 20000)[:16384]])
        self.assertEqual([(gap["kind"], gap["path"]) for gap in report["gaps"] if gap["kind"] != "no-feed"], [("text-cut", "c")])
        for form in ("cyclonedx", "spdx"):
            document = self.run_program("packages", f"sbom:{bill}", "--format", form)
            again = self.folder / f"licences-again.{form}.json"
            again.write_text(document)
            report = json.loads(self.run_program("packages", f"sbom:{again}", "--format", "json"))
            with self.subTest(form):
                self.assertIn(["MIT OR Apache-2.0"], [package.get("licenses") for package in report["packages"]])

    def test_licences_that_are_cut_never_count_as_entries_that_cannot_be_read(self):
        bill = self.folder / "many-licences.json"
        bill.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
            {"type": "library", "bom-ref": f"c{number}", "purl": f"pkg:npm/c{number}@1", "licenses": [
                {"license": {"name": "x" * 20000}}]} for number in range(150)]}))
        report = json.loads(self.run_program("packages", f"sbom:{bill}", "--format", "json"))
        self.assertEqual(len(report["packages"]), 150)
        kinds = [gap["kind"] for gap in report["gaps"] if gap["kind"] != "no-feed"]
        self.assertEqual(kinds, ["text-cut"] * 100)

    def test_gaps_stand_in_both(self):
        empty = self.folder / "empty"
        empty.mkdir(exist_ok=True)
        document = json.loads(self.run_program("packages", f"dir:{empty}", "--format", "cyclonedx"))
        self.assertEqual(document["compositions"][0]["aggregate"], "incomplete")
        self.assertIn("tidewaiter:gap:no-package-database",
                      [value["name"] for value in document["metadata"]["component"]["properties"]])
        document = json.loads(self.run_program("packages", f"dir:{empty}", "--format", "spdx"))
        self.check_spdx(document)
        self.assertIn("no-package-database", document["packages"][0]["comment"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tidewaiter = str(pathlib.Path(sys.argv.pop()).resolve())
    unittest.main(verbosity=2)
