#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every maximum that can cut content of an image stands in docs/reference/limits.tsv: what happens beyond it, and the tests that
hit it.   usage: limits_test.py"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import limit_values  # noqa: E402  (found by the line above)

KINDS = re.findall(r'^GAP_KIND\(\w+, "([a-z-]+)"', (ROOT / "src/layer/gap_kinds.def").read_text(), re.M)
CUTS = {*KINDS, "refused"}
CUTS_NOTHING = {"shown", "own"}


def has_test(path, name):
    text = path.read_text() if path.exists() else ""
    if path.suffix == ".c":
        return re.search(rf"cmocka_unit_test\w*\({re.escape(name)}\b", text) is not None
    return re.search(rf'^    (def {re.escape(name)}\(|"{re.escape(name)}": )', text, re.M) is not None


class LimitsTest(unittest.TestCase):
    def setUp(self):
        self.limits = limit_values.limits()
        self.known = limit_values.definitions()

    def test_every_maximum_of_the_sources_has_one_row(self):
        rows = [(limit.file, limit.name) for limit in self.limits]
        self.assertEqual(len(rows), len(set(rows)))
        self.assertGreater(len(self.known), 100)
        missing = sorted(set(self.known) - set(rows))
        self.assertEqual(missing, [], "add them to docs/reference/limits.tsv, with a test that hits them")

    def test_every_row_is_a_maximum_of_the_sources(self):
        for limit in self.limits:
            if (limit.file, limit.name) not in self.known:
                self.assertTrue(limit.name.islower(), limit)
                self.assertRegex((ROOT / "src" / limit.file).read_text(), rf"\b{limit.name}\b", limit)

    def test_what_cuts_names_tests_that_exist(self):
        for limit in self.limits:
            with self.subTest(limit.name):
                self.assertIn(limit.beyond, CUTS | CUTS_NOTHING)
                self.assertTrue(limit.what)
                self.assertEqual(bool(limit.tests), limit.beyond in CUTS, limit)
                for file, name in limit.tests:
                    self.assertTrue(has_test(ROOT / file, name), f"{file} has no {name}")

    def test_what_cuts_has_a_value(self):
        for limit in self.limits:
            if limit.beyond in CUTS:
                self.assertRegex(limit_values.value_of(limit, self.known), r"^[1-9][0-9,]*( bytes| [KMG]iB)?$")


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
