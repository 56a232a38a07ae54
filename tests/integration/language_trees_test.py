#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trees that npm and pip install from their registries, and the gems of this machine: `tidewaiter packages dir:TREE` lists
what the tool itself lists.
usage: … TIDEWAITER SOURCE_ROOT

A tool that is not there, or whose registry does not answer, is skipped and said so; exit status 77 if all are.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from image_layout import Home

SKIPPED = 77
INSTALL_SECONDS = 240

NPM = ("express@4.18.2", "@babel/code-frame@7.22.5", "chalk-alias@npm:chalk@4.1.2")
PIP = ("flask==2.3.3", "setuptools==75.8.0", "zope.interface==6.1", "PyYAML")

# Differences that are right: kind, a part of the path, the reason. An entry that allows nothing fails the test.
ALLOWED = (
    ("pypi", "/pkg_resources/tests/", "a zipped egg that setuptools' own tests carry"),
    ("pypi", "/setuptools/_vendor/", "copies that setuptools brings along and runs, which pip does not look for"),
)


class Skip(Exception):
    """The tool or its registry is not there."""


def run(arguments, folder, **environment):
    """Standard output of a tool that must be there and succeed."""
    if shutil.which(arguments[0]) is None:
        raise Skip(f"there is no {arguments[0]}")
    try:
        result = subprocess.run(arguments, cwd=folder, env={**os.environ, "HOME": str(folder), **environment},
                                capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Skip(f"{arguments[0]} had no answer in {INSTALL_SECONDS} s") from None
    if result.returncode != 0:
        raise Skip(f"{' '.join(arguments[:3])} failed: {result.stderr.strip()[-200:]}")
    return result.stdout


def npm_tree(folder):
    run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", *NPM], folder)
    listed = set()

    def walk(dependencies):
        for key, entry in dependencies.items():
            if "version" in entry:
                listed.add((entry.get("name", key), entry["version"]))
            walk(entry.get("dependencies", {}))

    walk(json.loads(run(["npm", "ls", "--all", "--long", "--json"], folder))["dependencies"])
    return listed


def python_name(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pip_tree(folder):
    target = folder / "lib" / "site-packages"
    run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--target",
         str(target), *PIP], folder)
    rows = json.loads(run([sys.executable, "-m", "pip", "list", "--disable-pip-version-check", "--path", str(target),
                           "--format", "json"], folder))
    return {(python_name(row["name"]), row["version"]) for row in rows}


def gem_tree(folder):
    """The gems of the machine itself: what lies in the interpreter's own folder is listed as "default"."""
    for path in run(["gem", "env", "gempath"], folder).strip().split(":"):
        specifications = pathlib.Path(path) / "specifications"
        if specifications.is_dir():
            shutil.copytree(specifications, folder / specifications.relative_to("/"))
    listed = set()
    for line in run(["gem", "list", "--local"], folder).splitlines():
        match = re.fullmatch(r"(\S+) \((.*)\)", line.strip())
        for version in match.group(2).split(", ") if match else ():
            listed.add((match.group(1), version.removeprefix("default: ").split(" ")[0]))
    return listed


TREES = (("gem", gem_tree), ("npm", npm_tree), ("pypi", pip_tree))


def differences(home, kind, make_tree, folder):
    expected = make_tree(folder)
    if not expected:
        return [f"{kind}: the tool lists nothing"]
    result = home.run("packages", f"dir:{folder}", "--lock-files", "no", "--format", "json")
    if result.returncode not in (0, 2) or not result.stdout:
        return [f"{kind}: exit status {result.returncode}: {result.stderr.strip()}"]
    packages = [package for package in json.loads(result.stdout)["packages"] if package["type"] == kind]
    allowed = [part for one, part, _ in ALLOWED if one == kind]
    unused = [part for part in allowed if not any(part in package["path"] for package in packages)]
    found = {(package["name"], package["version"]) for package in packages
             if not any(part in package["path"] for part in allowed)}
    print(f"{kind}: {len(expected)} packages of the tool, {len(found)} of ours")
    wrong = [("missing", row) for row in sorted(expected - found)]
    wrong += [("too many", row) for row in sorted(found - expected)]
    return [f"{kind}: {what} {name} {version}" for what, (name, version) in wrong] + [
        f"{kind}: nothing differs at {part}" for part in unused]


def main():
    executable = sys.argv[1]
    failures = []
    done = 0
    with tempfile.TemporaryDirectory(prefix="tidewaiter-trees-") as temporary:
        home = Home(executable, temporary)
        for kind, make_tree in TREES:
            folder = pathlib.Path(temporary) / f"tree-{kind}"
            folder.mkdir()
            try:
                failures += differences(home, kind, make_tree, folder)
                done += 1
            except Skip as reason:
                print(f"skipped {kind}: {reason}")
    for failure in failures:
        print(failure)
    return 1 if failures else 0 if done else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
