#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The formats that list findings (sarif, junit, csv, markdown, html): well-formed, the same each time, safe with hostile
names, and never clean when something could not be read. SARIF is also compared with the official schema if
tools/fetch-sbom-schemas has put it where this test looks.

usage: report_formats_test.py TIDEWAITER
"""
import csv
import html.parser
import io
import json
import os
import pathlib
import re
import sys
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

import json_schema
from image_layout import OS_RELEASE, Home, Layout, advisory, paragraph, status, tar, write_feed

PASSED, FAILED, COULD_NOT_TELL, USAGE = 0, 1, 2, 64
FORMATS = ("sarif", "junit", "csv", "markdown", "html")
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
HOSTILE = "=cmd|'/C calc'!A0</td><script>alert(1)</script>[x](http://evil.example){0}`@team\""
HOSTILE_SUMMARY = "+1\x1b[2J\x00\u202e<img src=x onerror=alert(1)> \ufffe www.evil.example"

MANY = 1000  # findings, more than a comment has room for
COMMENT_MAX = 65536  # characters
SCHEMA = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache").joinpath(
    "tidewaiter-tests/sbom-schemas/sarif-2.1.0-rtm.5.json")

tidewaiter = ""

# The required structure of SARIF 2.1.0 (OASIS, section 3) as far as these reports use it. Strict where the standard has a
# closed set of values; unknown members are refused, so that a misspelled one is found.
TEXT = {"type": "object", "required": ["text"], "additionalProperties": False,
        "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"type": "string", "enum": ["none", "note", "warning", "error"]}
SARIF = {
    "type": "object", "required": ["version", "runs"], "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "pattern": "^https://"}, "version": {"type": "string", "enum": ["2.1.0"]},
        "runs": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/run"}}},
    "$defs": {
        "run": {
            "type": "object", "required": ["tool", "results"], "additionalProperties": False, "properties": {
                "tool": {"type": "object", "required": ["driver"], "additionalProperties": False,
                         "properties": {"driver": {"$ref": "#/$defs/driver"}}},
                "automationDetails": {"type": "object", "additionalProperties": False,
                                      "properties": {"id": {"type": "string", "minLength": 1}}},
                "invocations": {"type": "array", "items": {"$ref": "#/$defs/invocation"}},
                "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                "columnKind": {"type": "string", "enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "properties": {"type": "object"}}},
        "driver": {
            "type": "object", "required": ["name"], "additionalProperties": False, "properties": {
                "name": {"type": "string", "minLength": 1}, "version": {"type": "string"},
                "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}}}},
        "rule": {
            "type": "object", "required": ["id", "help"], "additionalProperties": False, "properties": {
                "id": {"type": "string", "minLength": 1}, "shortDescription": TEXT, "fullDescription": TEXT, "help": TEXT,
                "helpUri": {"type": "string", "pattern": r"^https://[A-Za-z0-9._~/%-]+$"},
                "defaultConfiguration": {"type": "object", "additionalProperties": False, "properties": {"level": LEVEL}},
                "properties": {"type": "object", "required": ["tags"], "properties": {
                    "security-severity": {"type": "string", "pattern": r"^(10\.0|[0-9]\.[0-9])$"},
                    "tags": {"type": "array", "items": {"type": "string"}}}}}},
        "invocation": {
            "type": "object", "required": ["executionSuccessful"], "additionalProperties": False, "properties": {
                "executionSuccessful": {"type": "boolean"}, "exitCode": {"type": "integer"},
                "exitCodeDescription": {"type": "string"},
                "toolExecutionNotifications": {"type": "array", "items": {
                    "type": "object", "required": ["message"], "additionalProperties": False,
                    "properties": {"level": LEVEL, "message": TEXT}}}}},
        "result": {
            "type": "object", "required": ["message", "ruleId", "locations", "partialFingerprints"],
            "additionalProperties": False, "properties": {
                "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0}, "level": LEVEL,
                "message": TEXT, "locations": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/location"}},
                "partialFingerprints": {"type": "object", "required": ["tidewaiterResult/v1"], "properties": {
                    "tidewaiterResult/v1": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}}}},
        "location": {
            "type": "object", "required": ["physicalLocation"], "additionalProperties": False, "properties": {
                "physicalLocation": {
                    "type": "object", "required": ["artifactLocation"], "additionalProperties": False, "properties": {
                        "artifactLocation": {"type": "object", "required": ["uri"], "additionalProperties": False,
                                             "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~/%-]+$"}}},
                        "region": {"type": "object", "required": ["startLine"], "additionalProperties": False,
                                   "properties": {"startLine": {"type": "integer", "minimum": 1}}}}},
                "logicalLocations": {"type": "array", "items": {
                    "type": "object", "additionalProperties": False, "properties": {
                        "name": {"type": "string"}, "fullyQualifiedName": {"type": "string"},
                        "kind": {"type": "string"}}}}}},
    },
}


class Page(html.parser.HTMLParser):
    """Elements and text of a page; each element is closed where it must be."""
    VOID = {"meta", "!doctype"}

    def __init__(self, text):
        super().__init__()
        self.names, self.open, self.text = set(), [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.names.add(name)
        if any(key.startswith("on") or key in ("src", "href") for key, _ in attributes):
            raise AssertionError(f"<{name}> with {attributes}")
        if name not in self.VOID:
            self.open.append(name)

    def handle_endtag(self, name):
        if not self.open or self.open.pop() != name:
            raise AssertionError(f"</{name}> closes nothing")

    def handle_data(self, data):
        self.text += data


def write_images(folder):
    images = {}
    for name, files, damaged in (
            ("affected", {"var/lib/dpkg/status": status(paragraph("openssl", "3.0.8-1"), paragraph("zlib", "1-1"))}, False),
            ("rebuilt", {"motd": "hello", "var/lib/dpkg/status": status(paragraph("openssl", "3.0.8-1"))}, False),
            ("clean", {"var/lib/dpkg/status": status(paragraph("openssl", "3.0.9-1"))}, False),
            ("gap", {"var/lib/dpkg/status": status(paragraph("openssl", "3.0.9-1"))}, True)):
        layout = Layout(folder / name)
        layout.add_layer(tar({"etc/os-release": OS_RELEASE, **files}))
        if damaged:
            layout.add_blob(b"\x1f\x8b\x08 this is no gzip stream")
        images[name] = layout.finish()
    many = folder / "many.txt"
    many.write_text("".join(f"pkg:npm/many@1.0.{patch}\n" for patch in range(MANY)))
    purls = folder / "x|<b>`y.txt"
    purls.write_text("pkg:npm/" + urllib.parse.quote(HOSTILE, safe="") + "@1.0.0\n")
    return {**images, "hostile": f"purls:{purls}", "many": f"purls:{many}"}


class ReportFormatsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-formats-")
        folder = pathlib.Path(cls.temporary.name)
        cls.home, cls.images = Home(tidewaiter, folder, 300), write_images(folder)
        write_feed(folder / "feed", [advisory("DSA-1-1", "openssl", "3.0.9-1", vector=CRITICAL),
                                     advisory("DSA-2-1", "zlib", None)])
        hostile = advisory("GHSA-1", HOSTILE, "2.0.0", ecosystem="npm", vector=CRITICAL)
        hostile["summary"] = HOSTILE_SUMMARY
        write_feed(folder / "feed", [hostile, advisory("GHSA-2", "many", "2.0.0", ecosystem="npm", vector=CRITICAL)], "npm")
        cls.home.update_feed(folder / "feed", "Debian", "npm")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def scan(self, name, format_name, *options, expected=FAILED):
        result = self.home.run("scan", self.images[name], "--format", format_name, "--fail-on", "high",
                               "--unknown-severity", "pass", *options)
        self.assertEqual(result.returncode, expected, result.stdout + result.stderr)
        return result.stdout

    def sarif(self, name, *options, expected=FAILED):
        document = json.loads(self.scan(name, "sarif", *options, expected=expected))
        self.assertEqual(list(json_schema.check(document, SARIF, SARIF)), [])
        (run,) = document["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        self.assertEqual(len(set(rules)), len(rules))
        for result in run["results"]:
            self.assertIn(result["ruleId"], rules)
            if "ruleIndex" in result:
                self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
        return run

    def rows(self, name, *options, expected=FAILED):
        text = self.home.folder / "report.csv"
        self.scan(name, "csv", "--output", text, *options, expected=expected)
        content = text.read_bytes().decode()
        self.assertTrue(content.endswith("\r\n"))
        rows = list(csv.reader(io.StringIO(content, newline=""), strict=True))
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        return [dict(zip(rows[0], row)) for row in rows[1:]]

    def test_each_scan_gives_the_same_bytes(self):
        for name in FORMATS:
            self.assertEqual(self.scan("affected", name), self.scan("affected", name), name)

    def test_sarif_has_a_rule_for_each_vulnerability(self):
        run = self.sarif("affected")
        rule, other = run["tool"]["driver"]["rules"]
        self.assertEqual((rule["id"], rule["properties"]["security-severity"]), ("DSA-1-1", "9.8"))
        self.assertNotIn("security-severity", other["properties"])
        result = run["results"][0]
        self.assertEqual((result["level"], result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
                          result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]),
                         ("error", "var/lib/dpkg/status", "openssl@3.0.8-1"))
        self.assertIn("fixed in 3.0.9-1", result["message"]["text"])
        self.assertEqual((run["invocations"][0]["exitCode"], run["properties"]["verdict"]), (FAILED, "failed"))

    def test_sarif_knows_a_finding_again_in_another_build(self):
        first, second = self.sarif("affected"), self.sarif("rebuilt")
        self.assertNotEqual(first["properties"]["digest"], second["properties"]["digest"])
        self.assertEqual(first["results"][0]["partialFingerprints"], second["results"][0]["partialFingerprints"])
        self.assertNotEqual(first["results"][0]["partialFingerprints"], first["results"][1]["partialFingerprints"])

    def test_junit_fails_with_the_gate(self):
        for name, options, expected, numbers in (
                ("affected", (), FAILED, ("3", "2", "0")), ("clean", (), PASSED, ("1", "0", "0")),
                ("gap", (), COULD_NOT_TELL, ("2", "0", "2")), ("gap", ("--allow-gaps",), PASSED, ("2", "0", "0"))):
            suites = ElementTree.fromstring(self.scan(name, "junit", *options, expected=expected))
            self.assertEqual(tuple(suites.get(count) for count in ("tests", "failures", "errors")), numbers, name)
            cases = suites.findall("testsuite/testcase")
            self.assertEqual(len(cases), int(numbers[0]))
            self.assertEqual(sum(case.find("failure") is not None for case in cases), int(numbers[1]))
            self.assertEqual(sum(case.find("error") is not None for case in cases), int(numbers[2]))
        self.assertEqual(suites.find("testsuite").get("skipped"), "1")

    def test_junit_says_what_the_gate_lets_through(self):
        suite = ElementTree.fromstring(self.scan("affected", "junit")).find("testsuite")
        case = next(case for case in suite if case.get("name", "").startswith("zlib@1-1"))
        self.assertIsNone(case.find("failure"))
        self.assertIn("DSA-2-1 (unknown)", case.findtext("system-out"))

    def test_csv_has_a_row_for_each_finding(self):
        rows = self.rows("affected")
        findings = [(row["id"], row["severity"], row["package"], row["fixed_versions"], row["cvss_score"])
                    for row in rows if row["record"] == "finding"]
        self.assertEqual(findings, [("DSA-1-1", "critical", "openssl", "3.0.9-1", "9.8"), ("DSA-2-1", "unknown", "zlib", "", "")])
        self.assertEqual([row["id"] for row in rows if row["record"] == "verdict"], ["failed"])

    def test_markdown_has_tables(self):
        text = self.scan("affected", "markdown")
        self.assertIn("## Tidewaiter: failed", text)
        self.assertIn("| critical | 1 | 1 |", text)
        self.assertIn("| <code>DSA-1-1</code> | critical | <code>openssl</code> | <code>3.0.8-1</code> | <code>3.0.9-1</code> |",
                      text)

    def test_no_report_with_a_gap_is_clean(self):
        for options, expected in (((), COULD_NOT_TELL), (("--allow-gaps",), PASSED)):
            run = self.sarif("gap", *options, expected=expected)
            self.assertIn("tidewaiter/gap/unreadable-layer", [result["ruleId"] for result in run["results"]])
            self.assertEqual(run["invocations"][0]["executionSuccessful"], expected == PASSED)
            self.assertIn("unreadable-layer", [row["id"] for row in self.rows("gap", *options, expected=expected)])
            for name in ("junit", "markdown", "html"):
                text = self.scan("gap", name, *options, expected=expected)
                self.assertIn("unreadable-layer", text)
                self.assertIn("packages of this layer may be missing", text)
                self.assertEqual("--allow-gaps)" in text or "--allow-gaps&#41;" in text, bool(options), name)

    def test_no_report_without_feeds_is_clean(self):
        expected = COULD_NOT_TELL
        before = self.home.environment["XDG_CACHE_HOME"]
        self.addCleanup(self.home.environment.update, XDG_CACHE_HOME=before)
        self.home.environment["XDG_CACHE_HOME"] = str(self.home.folder / "empty")
        run = self.sarif("clean", expected=expected)
        self.assertIn("tidewaiter/could-not-tell", [result["ruleId"] for result in run["results"]])
        self.assertIn("could-not-tell", [row["id"] for row in self.rows("clean", expected=expected)])
        for name, word in (("markdown", "could not tell"), ("html", "could not tell"), ("junit", "<error")):
            self.assertIn(word, self.scan("clean", name, expected=expected))

    def test_hostile_names_are_only_text(self):
        result = self.sarif("hostile")["results"][0]
        self.assertNotRegex(result["message"]["text"], r"(?<!\\)\]\(|(?<!\{)\{0")
        suites = ElementTree.fromstring(self.scan("hostile", "junit"))
        self.assertIn(HOSTILE, suites.find("testsuite/testcase").get("name"))
        page = Page(self.scan("hostile", "html"))
        self.assertEqual(page.open, [])
        self.assertIn(HOSTILE, page.text)
        self.assertEqual(page.names & {"script", "img", "a", "b", "link", "iframe"}, set())
        finding = self.rows("hostile")[0]
        self.assertEqual((finding["package"], finding["text"][:3]), ("'" + HOSTILE, "'+1"))
        for row in self.rows("hostile"):
            for cell in row.values():
                self.assertNotRegex(cell, r"^[=+\-@\t\r\n]")

    def test_hostile_names_are_no_markdown(self):
        for line in self.scan("hostile", "markdown").splitlines():
            if line.startswith("| <code>"):
                self.assertEqual(line.count("|"), 6, line)
            self.assertEqual(set(re.findall(r"<[^>]*>", line)) - {"<code>", "</code>"}, set(), line)
            self.assertNotRegex(line, r"[`@\[]|://|www\.")

    def test_markdown_fits_a_comment(self):
        text = self.scan("many", "markdown")
        self.assertLess(len(text), COMMENT_MAX)
        (left_out,) = re.findall(r"^([0-9]+) more findings;", text, re.MULTILINE)
        self.assertEqual(text.count("| <code>GHSA&#45;2") + text.count("| <code>GHSA-2"), MANY - int(left_out))
        self.assertEqual(len(self.sarif("many")["results"]), MANY)

    def test_nothing_reaches_the_terminal(self):
        for name in FORMATS:
            text = self.scan("hostile", name)
            self.assertEqual([char for char in text if (ord(char) < 32 and char not in "\r\n") or char in "\u202e\x7f"], [], name)

    def test_output_goes_to_a_file(self):
        path = self.home.folder / "report.html"
        self.assertEqual(self.scan("affected", "html", "--output", path), "")
        self.assertEqual(path.read_text(), self.scan("affected", "html"))
        result = self.home.run("scan", self.images["affected"], "--output", self.home.folder / "absent" / "report")
        self.assertNotIn(result.returncode, (PASSED, FAILED, COULD_NOT_TELL))
        self.assertIn("absent", result.stderr)

    def test_an_inventory_is_no_report_of_findings(self):
        for name in FORMATS:
            result = self.home.run("packages", self.images["affected"], "--format", name)
            self.assertEqual((result.returncode, result.stdout), (USAGE, ""))
            self.assertIn("tidewaiter scan", result.stderr)

    def test_the_expected_reports_are_well_formed(self):
        golden = pathlib.Path(__file__).resolve().parent.parent / "golden" / "reports"
        document = json.loads((golden / "sarif.txt").read_text())
        self.assertEqual(list(json_schema.check(document, SARIF, SARIF)), [])
        self.assertEqual(len(ElementTree.parse(golden / "junit.txt").findall(".//failure")), 4)
        self.assertEqual(Page((golden / "html.txt").read_text()).open, [])

    @unittest.skipUnless(SCHEMA.is_file(), "no SARIF schema (run tools/fetch-sbom-schemas)")
    def test_sarif_fits_the_official_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("no python3-jsonschema")
        schema = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text()))
        for name, options, expected in (("affected", (), FAILED), ("hostile", (), FAILED), ("clean", (), PASSED),
                                        ("gap", (), COULD_NOT_TELL), ("gap", ("--allow-gaps",), PASSED)):
            document = json.loads(self.scan(name, "sarif", *options, expected=expected))
            self.assertEqual([error.message[:300] for error in schema.iter_errors(document)], [], name)

    def test_the_schema_refuses_what_is_not_sarif(self):
        text = self.scan("affected", "sarif")
        for damage in (lambda d: d.update(version="2.0.0"), lambda d: d["runs"][0].pop("tool"),
                       lambda d: d["runs"][0]["results"][0].update(level="high"),
                       lambda d: d["runs"][0]["results"][0].pop("message"),
                       lambda d: d["runs"][0]["tool"]["driver"]["rules"][0]["properties"].update({"security-severity": "11"})):
            document = json.loads(text)
            damage(document)
            self.assertNotEqual(list(json_schema.check(document, SARIF, SARIF)), [])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tidewaiter = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=2)
