# SPDX-License-Identifier: Apache-2.0
"""Runs every row of matching/osv-isaffected.jsonl through `tidewaiter affected`."""
import json
import subprocess
import sys

import corpora


def main():
    with open(corpora.path("matching", "osv-isaffected.jsonl"), encoding="utf-8") as table:
        lines = [line for line in table if line.strip()]
    run = subprocess.run([sys.argv[1], "affected"], input="".join(lines).encode(), capture_output=True, check=True)
    answers = run.stdout.decode().splitlines()
    differences = [] if len(answers) == len(lines) else [f"{len(lines)} questions, {len(answers)} answers"]
    for line, answer in zip(lines, answers):
        row = json.loads(line)
        if answer != json.dumps(row["expected"]):
            differences.append(f"{row['case']}: {answer}, not {row['expected']}: {line[:500]}")
    corpora.finish(len(lines), differences)


main()
