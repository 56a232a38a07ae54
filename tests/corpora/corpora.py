# SPDX-License-Identifier: Apache-2.0
"""Finds the corpora beside the checkout and reports rows that differ."""
import os
import sys

SKIPPED = 77
SHOWN_MAX = 20


def path(*parts):
    """Path of a corpus file; ends the test as skipped if it is absent."""
    root = os.environ.get("TIDEWAITER_SHARED", os.path.join("..", "shared"))
    found = os.path.join(root, "corpora", *parts)
    if not os.path.exists(found):
        print(f"skipped: no {found} (TIDEWAITER_SHARED names the folder above corpora/)")
        sys.exit(SKIPPED)
    return found


def finish(row_count, differences):
    """Prints what differs; ends the test."""
    for difference in differences[:SHOWN_MAX]:
        print(difference)
    print(f"{row_count} rows, {len(differences)} differ")
    sys.exit(1 if differences or row_count == 0 else 0)


class Exceptions:
    """Rows that may differ, from a table beside the tests whose last column says why. An entry that no row needs fails."""

    def __init__(self, name, key_count):
        beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
        with open(beside, encoding="utf-8", newline="\n") as table:
            rows = [line.rstrip("\n").split("\t") for line in table if not line.startswith("#")]
        for row in rows:
            assert len(row) == key_count + 1 and row[-1], f"{name}: {row}"
        self.name = name
        self.unused_keys = {tuple(row[:key_count]) for row in rows}
        self.keys = set(self.unused_keys)

    def take(self, *key):
        """Whether the row is one of the exceptions."""
        self.unused_keys.discard(key)
        return key in self.keys

    def unused(self):
        """A complaint for each entry that no row needed."""
        return [f"{self.name}: not needed: {key}" for key in sorted(self.unused_keys)]
