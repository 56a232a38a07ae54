# SPDX-License-Identifier: Apache-2.0
"""Runs versions/trivy-isvulnerable.jsonl through `tidewaiter satisfies`: a version is vulnerable if it is in one of the
vulnerable ranges, or none are named, and in none of the patched and unaffected ones."""
import json
import subprocess
import sys

import corpora


def ask(language, ranges, version):
    """Whether one of the ranges holds the version; None if one cannot be read."""
    lines = "".join(f"{constraint}\t{version}\n" for constraint in ranges)
    run = subprocess.run([sys.argv[1], "satisfies", language], input=lines.encode(), capture_output=True, check=True)
    answers = run.stdout.decode().splitlines()
    assert len(answers) == len(ranges)
    return None if "invalid" in answers else "1" in answers


def is_vulnerable(row):
    """The rule above; a version that is none is not vulnerable."""
    if row["vulnerable"] and not ask(row["ecosystem"], row["vulnerable"], row["version"]):
        return False
    secure = row["patched"] + row["unaffected"]
    return not secure or ask(row["ecosystem"], secure, row["version"]) is False


def main():
    with open(corpora.path("versions", "trivy-isvulnerable.jsonl"), encoding="utf-8") as table:
        rows = [json.loads(line) for line in table if line.strip()]
    differences = [f"{row['name']}: {row}" for row in rows if is_vulnerable(row) != row["want"]]
    corpora.finish(len(rows), differences)


main()
