# SPDX-License-Identifier: Apache-2.0
"""Runs every row of versions/<order>.tsv through `tidewaiter compare`, also mirrored."""
import os
import subprocess
import sys

import corpora

# Files of another tool's variant: test data for ranges and notes, but not orders of ours.
VARIANTS = ("generic-aqua", "npm-loose", "rpm-nevra")
MIRRORED = {"-1": "1", "0": "0", "1": "-1"}


def read_orders(folder):
    """Names of all files <order>.tsv but the variants."""
    names = [name[:-len(".tsv")] for name in sorted(os.listdir(folder))
             if name.endswith(".tsv") and not name.endswith(".ranges.tsv")]
    return [name for name in names if name not in VARIANTS]


def read_rows(order):
    """(a, b, expected); a row without b says that a is no version."""
    with open(corpora.path("versions", order + ".tsv"), encoding="utf-8", newline="\n") as table:
        for line in table:
            if not line.startswith("#"):
                a, b, expected = line.rstrip("\n").split("\t")[:3]
                yield a, b, expected
                if expected in MIRRORED:
                    yield b, a, MIRRORED[expected]


def main():
    row_count, differences = 0, []
    for order in read_orders(corpora.path("versions")):
        rows = list(read_rows(order))
        lines = "".join(f"{a}\t{b}\n" for a, b, _ in rows)
        run = subprocess.run([sys.argv[1], "compare", order], input=lines.encode(), capture_output=True, check=True)
        answers = run.stdout.decode().splitlines()
        if len(answers) != len(rows):
            differences.append(f"{order}: {len(rows)} questions, {len(answers)} answers")
        for row, answer in zip(rows, answers):
            if row[2] != answer:
                differences.append(f"{order}: {row[0]!r} {row[1]!r}: {answer}, not {row[2]}")
        row_count += len(rows)
    corpora.finish(row_count, differences)


main()
