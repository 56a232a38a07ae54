# SPDX-License-Identifier: Apache-2.0
"""Runs every row of versions/*.ranges.tsv through `tidewaiter satisfies`."""
import os
import subprocess
import sys

import corpora

# Files of another tool's variant: the language that comes nearest; rows that differ are exceptions with a reason.
VARIANTS = {"alpine-match": "alpine", "generic-aqua": "generic", "maven-masahiro": "maven", "npm-includeprerelease": "npm",
            "npm-loose": "npm", "pep440-aqua": "pep440", "rubygems-aqua": "rubygems", "semver-aqua-prerelease": "bitnami"}


def read_rows(folder, name):
    """(range, version, expected)"""
    with open(os.path.join(folder, name + ".ranges.tsv"), encoding="utf-8", newline="\n") as table:
        for line in table:
            if line.startswith("#"):
                continue
            row = line.rstrip("\n").split("\t")[:3]
            if name == "alpine-match":  # "op⇥a b"
                version, bound = row[1].split(" ")
                row[:2] = [row[0] + bound, version]
            yield tuple(row)


def main():
    folder = corpora.path("versions")
    exceptions = corpora.Exceptions("ranges_exceptions.tsv", 3)
    names = sorted(name[:-len(".ranges.tsv")] for name in os.listdir(folder) if name.endswith(".ranges.tsv"))
    row_count, differences = 0, []
    for name in names:
        language = VARIANTS.get(name, name.removeprefix("grype-"))
        rows = list(read_rows(folder, name))
        lines = "".join(f"{constraint}\t{version}\n" for constraint, version, _ in rows)
        run = subprocess.run([sys.argv[1], "satisfies", language], input=lines.encode(), capture_output=True, check=True)
        answers = run.stdout.decode().splitlines()
        if len(answers) != len(rows):
            differences.append(f"{name}: {len(rows)} questions, {len(answers)} answers")
        for (constraint, version, expected), answer in zip(rows, answers):
            if answer != expected and not exceptions.take(name, constraint, version):
                differences.append(f"{name}\t{constraint}\t{version}\t{answer}, not {expected}")
        row_count += len(rows)
    corpora.finish(row_count, differences + exceptions.unused())


main()
