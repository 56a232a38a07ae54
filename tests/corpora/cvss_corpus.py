# SPDX-License-Identifier: Apache-2.0
"""Runs every row of cvss.tsv through `tidewaiter cvss`, all columns."""
import subprocess
import sys

import corpora


def read_rows():
    """(vector, expected line)"""
    with open(corpora.path("cvss.tsv"), encoding="utf-8", newline="\n") as table:
        for line in table:
            if line.startswith("#"):
                continue
            vector, base, severity, _, temporal, environmental = line.rstrip("\n").split("\t")
            is_invalid = base == "invalid"
            yield vector, "invalid" if is_invalid else "\t".join((base, severity, temporal, environmental))


def main():
    rows = list(read_rows())
    lines = "".join(vector + "\n" for vector, _ in rows)
    run = subprocess.run([sys.argv[1], "cvss"], input=lines.encode(), capture_output=True, check=True)
    answers = run.stdout.decode().splitlines()
    differences = [] if len(answers) == len(rows) else [f"{len(rows)} questions, {len(answers)} answers"]
    exceptions = corpora.Exceptions("cvss_exceptions.tsv", 1)
    for (vector, expected), answer in zip(rows, answers):
        if answer != expected and not exceptions.take(vector):
            differences.append(f"{vector}: {answer!r}, not {expected!r}")
    corpora.finish(len(rows), differences + exceptions.unused())


main()
