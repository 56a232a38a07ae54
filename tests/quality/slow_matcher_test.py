# SPDX-License-Identifier: Apache-2.0
"""The second opinion must itself be right: its orders against the tables, its answers and --compare on a small feed."""
import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
import unittest.mock
import zipfile

sys.dont_write_bytecode = True
import slow_matcher  # noqa: E402
import slow_orders  # noqa: E402

TABLES = os.path.join(os.path.dirname(__file__), "..", "tables", "versions")


def record(name, events, **members):
    affected = {"package": {"ecosystem": "Debian:12", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"affected": [affected], **members}


RECORDS = [
    record("openssl", [{"introduced": "0"}, {"fixed": "3.0.11-2"}], id="DSA-1-1",
           upstream=["CVE-2024-0001", "CVE-2024-0002"]),
    record("openssl", [{"introduced": "0"}, {"fixed": "3.0.11-1"}], id="DSA-2-1", upstream=["CVE-2024-0003"]),
    record("openssl", [{"introduced": "0"}], id="DSA-3-1", withdrawn="2020-01-01T00:00:00Z"),
    record("zlib", [{"introduced": "0"}, {"fixed": "0"}], id="DSA-4-1"),
    record("zlib", [{"introduced": "0"}], id="DSA-5-1"),
]
IMAGE = {
    "distribution": {"id": "debian", "version_id": "12"},
    "packages": [
        {"type": "deb", "name": "libssl3", "version": "3.0.11-1+b1", "source_name": "openssl", "source_version": "3.0.11-1"},
        {"type": "deb", "name": "zlib1g", "version": "1:1.2.13-1", "source_name": "zlib", "source_version": "1:1.2.13-1"},
    ],
}
FINDINGS = [
    {"id": "CVE-2024-0001", "package": "libssl3", "version": "3.0.11-1+b1", "fixed_versions": ["3.0.11-2"]},
    {"id": "CVE-2024-0002", "package": "libssl3", "version": "3.0.11-1+b1", "fixed_versions": ["3.0.11-2"]},
    {"id": "DSA-5-1", "package": "zlib1g", "version": "1:1.2.13-1", "fixed_versions": []},
]


class Orders(unittest.TestCase):
    def check(self, name, compare):
        with open(os.path.join(TABLES, name + ".txt"), encoding="utf-8") as table:
            rows = [line.rstrip("\n") for line in table if " < " in line or " = " in line]
        rows = [row for row in rows if not row.startswith(("#", "!")) and "hello" not in row]
        self.assertGreater(len(rows), 15)
        for row in rows:
            a, b = row.replace(" = ", " < ").split(" < ")
            expected = -1 if " < " in row else 0
            self.assertEqual((compare(a, b), compare(b, a)), (expected, -expected), row)

    def test_orders_agree_with_the_tables(self):
        self.check("dpkg", slow_matcher.dpkg_compare)
        self.check("alpine", slow_matcher.apk_compare)
        self.check("semver", slow_matcher.semver_compare)
        self.check("rpm", slow_orders.rpm_compare)
        self.check("pep440", slow_orders.pep440_compare)
        self.check("rubygems", slow_orders.gem_compare)

    def test_what_dpkg_refuses_has_no_order(self):
        for text in ("", "1.0-", ":1.0", "1:", "a:1.0", "2147483648:1.0", "1.0 beta"):
            self.assertIsNone(slow_matcher.dpkg_compare(text, "1.0"), text)


class Answers(unittest.TestCase):
    def run_main(self, image, *options):
        """Exit status and output of the program over RECORDS."""
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, "osv", "Debian"))
            with zipfile.ZipFile(os.path.join(folder, "osv", "Debian", "all.zip"), "w") as archive:
                for one in RECORDS:
                    archive.writestr(one["id"] + ".json", json.dumps(one))
            report = os.path.join(folder, "report.json")
            with open(report, "w", encoding="utf-8") as out:
                json.dump(image, out)
            output = io.StringIO()
            arguments = ["slow_matcher.py", folder, *options, report]
            with unittest.mock.patch.object(sys, "argv", arguments), contextlib.redirect_stdout(output):
                return slow_matcher.main(), output.getvalue()

    def test_counts_and_rows_are_printed(self):
        status, output = self.run_main(IMAGE)
        self.assertEqual(status, 0)
        self.assertIn("2 packages, 3 findings, 2 fixable, 3 vulnerabilities", output)
        self.assertIn("CVE-2024-0001\tlibssl3\t3.0.11-1+b1\t3.0.11-2", output)

    def test_an_equal_report_passes(self):
        self.assertEqual(self.run_main({**IMAGE, "findings": FINDINGS}, "--compare")[0], 0)

    def test_a_report_that_differs_fails(self):
        other_fix = [{**FINDINGS[0], "fixed_versions": []}] + FINDINGS[1:]
        for findings in (FINDINGS[1:], FINDINGS + [{**FINDINGS[0], "id": "CVE-2024-0009"}], FINDINGS + FINDINGS[:1], other_fix):
            self.assertEqual(self.run_main({**IMAGE, "findings": findings}, "--compare")[0], 1)


if __name__ == "__main__":
    unittest.main()
