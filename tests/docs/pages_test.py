#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Links between pages lead to files and headings, the man page is good roff, the help of all commands is consistent.

usage: pages_test.py TIDEWAITER       (runs from the source root)
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MAN_PAGE = ROOT / "packaging" / "man" / "tidewaiter.1"
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
USAGE = 64
SECONDS_MAX = 60

tidewaiter = ""


def pages():
    return [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
            if (ROOT / name).exists()] + sorted((ROOT / "docs").rglob("*.md"))


def anchors_of(page):
    """As GitHub makes them: lower case, punctuation dropped, blanks to hyphens."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def run(*words):
    return subprocess.run([tidewaiter, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=SECONDS_MAX)


class PagesTest(unittest.TestCase):
    def check_link(self, page, link):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if target.suffix in (".png", ".svg"):
            return
        self.assertTrue(target.exists(), f"{page.relative_to(ROOT)} links to {link}, which does not exist")
        if anchor:
            self.assertIn(anchor, anchors_of(target), f"{page.relative_to(ROOT)} links to {link}")

    def test_links_lead_to_files_and_headings(self):
        count = 0
        for page in pages():
            for link in LINK.findall(FENCE.sub("", page.read_text())):
                if not link.startswith(("http://", "https://")):
                    self.check_link(page, link)
                    count += 1
        self.assertGreater(count, 0)

    def test_pictures_are_there(self):
        missing = [f"{page.relative_to(ROOT)}: {link}" for page in pages() for link in LINK.findall(page.read_text())
                   if link.endswith((".png", ".svg")) and not (page.parent / link).exists()]
        if missing:
            self.skipTest("still to be taken: " + ", ".join(missing))

    def test_pages_use_relative_links_inside_the_repository(self):
        for page in pages():
            for link in LINK.findall(page.read_text()):
                self.assertFalse(link.startswith("/"), f"{page.relative_to(ROOT)}: {link}")

    def test_the_schema_of_reports_has_the_names_of_the_tables(self):
        definitions = json.loads((ROOT / "docs/reference/report.schema.json").read_text())["$defs"]
        for table, enum in (("layer/gap_kinds.def", definitions["gap"]["properties"]["kind"]["enum"]),
                            ("package/package_types.def", definitions["package"]["properties"]["type"]["enum"])):
            names = re.findall(r'^[A-Z_]+\(\w+, "([^"]+)"', (ROOT / "src" / table).read_text(), re.M)
            self.assertEqual(sorted(enum), sorted(names), table)

    @unittest.skipIf(shutil.which("groff") is None, "there is no groff on this machine")
    def test_the_man_page_is_good_roff(self):
        result = subprocess.run(["groff", "-man", "-ww", "-Kutf8", "-Tutf8", "-z", str(MAN_PAGE)], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS_MAX)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_markdown_and_man_page_have_every_command_of_the_help(self):
        page, manual = run("help", "--format", "markdown").stdout, run("help", "--format", "man").stdout
        names = [re.split(r"\s{2,}", line.strip())[0] for line in run("help").stdout.splitlines()
                 if line.startswith("  ")]
        self.assertIn("help", names)
        for name in names:
            self.assertIn(f"\n## tidewaiter {name}\n", page)
            self.assertRegex(manual, r"(?m)^\.SS tidewaiter " + re.escape(name.replace("-", "\\-")) + r"(\s|$)")

    def test_the_version_is_told_with_and_without_dashes(self):
        self.assertEqual(run("--version").stdout, run("version").stdout)
        self.assertRegex(run("--version").stdout, r"\d+\.\d+\.\d+")

    def test_help_refuses_formats_that_it_does_not_have(self):
        for words in (["--format", "html"], ["--format", "man", "help"]):
            result = run("help", *words)
            self.assertEqual((result.returncode, result.stdout), (USAGE, ""), words)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tidewaiter = sys.argv[1]
    unittest.main(argv=sys.argv[:1], verbosity=2)
