#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs tests/tables/cli/gate.txt: what `tidewaiter scan` answers for options, an image and a state of the feed.

usage: gate_test.py TIDEWAITER TABLE
"""
import pathlib
import socket
import sys
import tempfile

from image_layout import OS_RELEASE, Home, Layout, advisory, paragraph, status, tar, write_feed

HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
DAY_30 = 30


def write_image(folder, name, version="3.0.8-1", gap=False):
    layout = Layout(folder / name)
    layout.add_layer(tar({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(paragraph("openssl", version))}))
    if gap:
        layout.add_blob(b"\x1f\x8b\x08 this is no gzip stream")
    return layout.finish()


def write_images(folder):
    nothing = Layout(folder / "nothing")
    nothing.add_layer(tar({"hello": "a binary"}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    return {
        "affected": write_image(folder, "affected"),
        "fixed": write_image(folder, "fixed", "3.0.9-1"),
        "gap": write_image(folder, "gap", "3.0.9-1", True),
        "affected-gap": write_image(folder, "affected-gap", gap=True),
        "nothing": nothing.finish(),
        "no-file": f"oci:{folder}/absent",
        "no-registry": f"http://127.0.0.1:{closed}/team/app:1",
        "bad-reference": "UPPER CASE:::",
        "-": None,
    }


def write_feeds(folder):
    """For each state a cache folder with an index of it; "none" has none."""
    states = {"fresh": dict(vector=HIGH), "unrated": {}, "old": dict(vector=HIGH, age_days=DAY_30),
              "incomplete": dict(vector=HIGH)}
    indexes = {"none": folder / "cache-none"}
    for state, options in states.items():
        write_feed(folder / state, [advisory("DSA-1-1", "openssl", "3.0.9-1", **options)],
                   is_complete=state != "incomplete")
        indexes[state] = folder / f"cache-{state}"
    return indexes


def run_row(home, images, indexes, row):
    """What is wrong with the answer, or None."""
    image, state, options, expected, text = (part.strip() for part in row.split("|"))
    home.environment["XDG_CACHE_HOME"] = str(indexes[state])
    reference = [images[image]] if images[image] else []
    result = home.run("scan", *options.split(), *reference)
    said = result.stdout + result.stderr
    if str(result.returncode) not in expected.split(" or "):
        return f"exit status {result.returncode}: {said.strip()}"
    if text not in said:
        return f'"{text}" is not in: {said.strip()}'
    # Wrong usage has a second line, which names the help.
    line_count = 2 if result.returncode == 64 else 1
    if result.returncode >= 3 and (len(result.stderr.strip().splitlines()) > line_count or result.stdout):
        return f"an error is one line on stderr: {said.strip()}"
    return None


def main():
    executable, table = sys.argv[1:]
    failures = count = 0
    with tempfile.TemporaryDirectory(prefix="tidewaiter-gate-") as temporary:
        folder = pathlib.Path(temporary)
        home = Home(executable, folder)
        images, indexes = write_images(folder), write_feeds(folder)
        for state, cache in indexes.items():
            if state != "none":
                home.environment["XDG_CACHE_HOME"] = str(cache)
                home.update_feed(folder / state)
        for number, line in enumerate(pathlib.Path(table).read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            wrong = run_row(home, images, indexes, line)
            count += 1
            if wrong:
                failures += 1
                print(f"{table}:{number}: {line}\n    {wrong}")
    print(f"{count} rows, {failures} failures")
    return 1 if failures or count < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
