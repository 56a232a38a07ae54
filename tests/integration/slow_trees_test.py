#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Findings of trees on disk equal those of the slow matcher: packages of npm, PyPI, Go and RubyGems as these install them, at
versions around the boundaries of the real feeds' records, and the packages of this machine, if it is a Debian.

usage: slow_trees_test.py TIDEWAITER SOURCE_ROOT

The feeds lie in $TIDEWAITER_SHARED/feeds or ../shared/feeds; exit status 77 means skipped: they are not there.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from image_layout import Home
from slow_languages_test import near, versions_of

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden"))
import make_executables

SKIPPED = 77
SECONDS_MAX = 280
SEED = 20261122
PACKAGES = 300


def npm(root, name, version):
    folder = root / "app/node_modules" / name
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": name, "version": version}))


def pypi(root, name, version):
    folder = root / "usr/lib/python3/dist-packages" / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n")


def gem(root, name, version):
    folder = root / "var/lib/gems/3.1.0/specifications"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}-{version}.gemspec").write_text(
        f'Gem::Specification.new do |s|\n  s.name = "{name}".freeze\n  s.version = "{version}"\nend\n')


def golang(root, pairs):
    (root / "usr/bin").mkdir(parents=True)
    lines = ["path\texample.org/cmd/app", "mod\texample.org/app\t(devel)\t"]
    lines += [f"dep\t{name}\tv{version.removeprefix('v')}\th1:sum=" for name, version in pairs if name not in ("stdlib", "toolchain")]
    content = make_executables.elf([(".go.buildinfo", make_executables.inline("go1.20.3", lines))])
    (root / "usr/bin/app").write_bytes(content)
    (root / "usr/bin/app").chmod(0o755)


def chosen(feeds, base):
    """Packages at versions from the records, or near them; names that are no file names are left out."""
    random_ = random.Random(SEED)
    versions = {name: known for name, known in versions_of(feeds, base).items()
                if known and " " not in name and (base in ("npm", "Go") or "/" not in name)}
    for name in random_.sample(sorted(versions), min(PACKAGES, len(versions))):
        version = near(random_.choice(versions[name]), base, random_)
        if version and "/" not in version:
            yield name, version


def make_trees(feeds, folder):
    """(name, root, ecosystem)"""
    for base, write in (("npm", npm), ("PyPI", pypi), ("RubyGems", gem)):
        root = folder / base
        for name, version in chosen(feeds, base):
            write(root, name, version)
        yield base, root
    golang(folder / "Go", chosen(feeds, "Go"))
    yield "Go", folder / "Go"
    system = pathlib.Path("/etc/os-release")
    if system.exists() and "ID=debian\n" in system.read_text() and pathlib.Path("/var/lib/dpkg/status").exists():
        root = folder / "system"
        (root / "etc").mkdir(parents=True)
        (root / "var/lib/dpkg").mkdir(parents=True)
        shutil.copyfile(system, root / "etc/os-release")
        shutil.copyfile("/var/lib/dpkg/status", root / "var/lib/dpkg/status")
        yield "Debian", root


def main():
    executable, source = sys.argv[1:]
    shared = pathlib.Path(os.environ.get("TIDEWAITER_SHARED") or pathlib.Path(source).resolve().parent / "shared")
    feeds = shared / "feeds"
    if not (feeds / "osv").is_dir():
        print(f"skipped: there is no {feeds}/osv")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="tidewaiter-trees-") as temporary:
        folder = pathlib.Path(temporary)
        home = Home(executable, folder, SECONDS_MAX)
        home.update_feed(feeds, "npm", "PyPI", "Go", "RubyGems", "Debian")
        reports = []
        for base, root in make_trees(feeds, folder / "trees"):
            result = home.run("scan", f"dir:{root}", "--format", "json", "--allow-stale", "--no-cache")
            report = json.loads(result.stdout)
            # A system that is up to date may have none.
            print(f"{base}: {len(report['packages'])} packages, {len(report['findings'])} findings")
            if len(report["packages"]) < 100 or (base != "Debian" and len(report["findings"]) < 20):
                print(f"too few: {report['gaps'][:3]}")
                return 1
            reports.append(folder / f"{base}.json")
            reports[-1].write_text(result.stdout)
        matcher = pathlib.Path(source) / "tests" / "quality" / "slow_matcher.py"
        return subprocess.run([sys.executable, matcher, feeds, "--compare", *reports], timeout=SECONDS_MAX).returncode


if __name__ == "__main__":
    sys.exit(main())
