#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Findings of generated images over the real feeds equal those of the slow matcher, row by row.

usage: slow_matcher_test.py TIDEWAITER SOURCE_ROOT

The images hold packages that the feeds name, at the fixed version, just below it, and far from it. The feeds lie in
$TIDEWAITER_SHARED/feeds or ../shared/feeds; exit status 77 means skipped: they are not there.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from image_layout import OS_RELEASE, Home, Layout, paragraph, status, tar

SKIPPED = 77
SECONDS_MAX = 280
PACKAGES_MAX = 150
ECOSYSTEMS = ("Debian", "Alpine")
RELEASES = ("Debian:11", "Debian:12", "Alpine:v3.11", "Alpine:v3.20")


def fixed_versions(feeds, base):
    """release → package → fixed versions, from the records."""
    found = {}
    with zipfile.ZipFile(feeds / "osv" / base / "all.zip") as archive:
        for member in archive.namelist():
            for affected in json.loads(archive.read(member)).get("affected") or []:
                package = affected.get("package") or {}
                for one in affected.get("ranges") or []:
                    for event in one.get("events") or []:
                        if "fixed" in event and event["fixed"] != "0":
                            names = found.setdefault(package.get("ecosystem"), {})
                            names.setdefault(package.get("name"), set()).add(event["fixed"])
    return found


def below(version, base):
    """Sorts before it: '~' before the end in dpkg's order, a release candidate before the release in apk's."""
    if base == "Debian":
        return version + "~"
    number, _, revision = version.rpartition("-r")
    return f"{number}_rc1-r{revision}" if number else version


def installed(versions, base):
    """Up to PACKAGES_MAX packages spread over the names, each in one of three places around a fixed version."""
    names = sorted(versions)
    chosen = []
    for i, name in enumerate(names[::max(1, len(names) // PACKAGES_MAX)]):
        fixed = sorted(versions[name])[i % len(versions[name])]
        chosen.append((name, (fixed, below(fixed, base), "0.0.1-r0" if base == "Alpine" else "0.0.1-1")[i % 3]))
    return chosen


def database(release, versions):
    base, _, number = release.partition(":")
    packages = installed(versions, base)
    if base == "Debian":
        return {"etc/os-release": OS_RELEASE.replace("12", number).replace("bookworm", "bullseye" if number == "11" else
                                                                           "bookworm"),
                "var/lib/dpkg/status": status(*(paragraph(name, version) for name, version in packages))}, len(packages)
    text = "\n".join(f"P:{name}\nV:{version}\nA:x86_64\no:{name}\n" for name, version in packages)
    return {"etc/os-release": f'ID=alpine\nVERSION_ID={number.removeprefix("v")}.0\n',
            "lib/apk/db/installed": text + "\n"}, len(packages)


def main():
    executable, source = sys.argv[1:]
    shared = pathlib.Path(os.environ.get("TIDEWAITER_SHARED") or pathlib.Path(source).resolve().parent / "shared")
    feeds = shared / "feeds"
    if not (feeds / "osv").is_dir():
        print(f"skipped: there is no {feeds}/osv")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="tidewaiter-slow-") as temporary:
        folder = pathlib.Path(temporary)
        home = Home(executable, folder, SECONDS_MAX)
        # Without the feeds about vulnerabilities: what these reject is another rule than whether a version is affected.
        home.update_feed(feeds / "osv", *ECOSYSTEMS)
        by_base = {base: fixed_versions(feeds, base) for base in ECOSYSTEMS}
        reports = []
        for release in RELEASES:
            name = release.replace(":", "-")
            files, count = database(release, by_base[release.partition(":")[0]].get(release, {}))
            layout = Layout(folder / name)
            layout.add_layer(tar(files))
            result = home.run("scan", layout.finish(), "--format", "json", "--allow-stale")
            report = json.loads(result.stdout)
            if len(report["packages"]) != count or not report["findings"]:
                print(f"{release}: {len(report['packages'])} of {count} packages, {len(report['findings'])} findings: "
                      f"{report['gaps']}")
                return 1
            reports.append(folder / f"{name}.json")
            reports[-1].write_text(result.stdout)
        matcher = pathlib.Path(source) / "tests" / "quality" / "slow_matcher.py"
        return subprocess.run([sys.executable, matcher, feeds, "--compare", *reports], timeout=SECONDS_MAX).returncode


if __name__ == "__main__":
    sys.exit(main())
