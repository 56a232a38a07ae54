#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every record of the real feeds beside the checkout gets into the index.   usage: feed_real_test.py TIDEWAITER"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

SKIPPED = 77
feeds = pathlib.Path(os.environ.get("TIDEWAITER_SHARED", pathlib.Path(__file__).resolve().parents[3] / "shared")) / "feeds"
if not feeds.is_dir():
    print(f'no feeds at "{feeds}" (TIDEWAITER_SHARED names their folder)')
    sys.exit(SKIPPED)

tidewaiter = sys.argv[1]
failures = 0
with tempfile.TemporaryDirectory() as index:
    names = sorted(path.parent.name for path in (feeds / "osv").glob("*/all.zip"))
    options = [word for name in names for word in ("--ecosystem", name)]
    subprocess.run([tidewaiter, "feed", "update", "--from", str(feeds), "--index", index, *options], check=True)
    status = subprocess.run([tidewaiter, "feed", "status", "--verify", "--format", "json", "--index", index], check=True,
                            capture_output=True, text=True)
    databases = {row["ecosystem"]: row for row in json.loads(status.stdout)["databases"]}
for name in names:
    expected = len(zipfile.ZipFile(feeds / "osv" / name / "all.zip").namelist())
    row = databases.get(name, {})
    found = (row.get("records"), row.get("gap_count"), row.get("is_complete"))
    if found != (expected, 0, True):
        print(f"{name}: expected {expected} records and no gaps, complete; found {found}")
        failures += 1
print(f"{len(names)} ecosystems, {failures} differ")
sys.exit(1 if failures or not names else 0)
