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
