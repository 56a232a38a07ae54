#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Findings of packages of languages and of an rpm distribution, given as package URLs, equal those of the slow matcher.

usage: slow_languages_test.py TIDEWAITER SOURCE_ROOT

The pairs of package and version are drawn from the real feeds by a seed: versions that records list, boundaries of their
ranges, and made-up ones around them, so that about half are affected. The feeds lie in $TIDEWAITER_SHARED/feeds or
../shared/feeds; exit status 77 means skipped: they are not there.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import urllib.parse
import zipfile

from image_layout import Home

SKIPPED = 77
SECONDS_MAX = 280
SEED = 20261122
PAIRS = 2000
PURL_TYPES = {"npm": "npm", "PyPI": "pypi", "Go": "golang", "RubyGems": "gem", "crates.io": "cargo", "AlmaLinux": "rpm"}


def versions_of(feeds, base):
    """package → versions that its records name."""
    found = {}
    with zipfile.ZipFile(feeds / "osv" / base / "all.zip") as archive:
        for member in archive.namelist():
            for affected in json.loads(archive.read(member)).get("affected") or []:
                package = affected.get("package") or {}
                if package.get("ecosystem", "").partition(":")[0] != base:
                    continue
                names = found.setdefault(package["name"], set())
                names.update((affected.get("versions") or [])[:200])
                for one in affected.get("ranges") or []:
                    names.update(bound for event in one.get("events") or [] for bound in event.values()
                                 if one.get("type") != "GIT")
    return {name: sorted(versions - {"0"}) for name, versions in sorted(found.items())}


def near(version, base, random_):
    """The version, or one around it."""
    if base == "AlmaLinux":
        return random_.choice((version, version.replace(".el", ".0.el"), version.rpartition("-")[0] + "-0.el9"))
    changed = random_.choice((version, version, version + ".1", version.rpartition(".")[0] or version, "0.0.1", "9999.0.0"))
    if base == "PyPI":
        return random_.choice((changed, changed, changed + "rc1", changed + ".post1", changed + "+cu118"))
    return random_.choice((changed, changed, changed + "-rc.1")) if base in ("npm", "Go", "crates.io") else changed


def purl(base, name, version):
    quote = urllib.parse.quote
    epoch, _, rest = version.rpartition(":") if base == "AlmaLinux" else ("", "", version)
    text = f"pkg:{PURL_TYPES[base]}/{'almalinux/' if base == 'AlmaLinux' else ''}{quote(name, safe='/')}@{quote(rest, safe='')}"
    if base != "AlmaLinux":
        return text
    return text + "?arch=x86_64&distro=almalinux-9" + (f"&epoch={epoch}" if epoch else "")


def pairs(feeds, base, random_):
    versions = versions_of(feeds, base)
    names = [name for name, known in versions.items() if known]
    for _ in range(PAIRS):
        name = random_.choice(names)
        yield purl(base, name, near(random_.choice(versions[name]), base, random_))


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
        home.update_feed(feeds, *PURL_TYPES)
        reports = []
        for base in PURL_TYPES:
            list_ = folder / f"{base}.txt"
            list_.write_text("\n".join(sorted(set(pairs(feeds, base, random.Random(SEED))))) + "\n")
            result = home.run("scan", f"purls:{list_}", "--format", "json", "--allow-stale", "--no-cache")
            report = json.loads(result.stdout)
            if len(report["findings"]) < PAIRS // 20:
                print(f"{base}: only {len(report['findings'])} findings of {len(report['packages'])} packages")
                return 1
            reports.append(folder / f"{base}.json")
            reports[-1].write_text(result.stdout)
        matcher = pathlib.Path(source) / "tests" / "quality" / "slow_matcher.py"
        return subprocess.run([sys.executable, matcher, feeds, "--compare", *reports], timeout=SECONDS_MAX).returncode


if __name__ == "__main__":
    sys.exit(main())
