#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Debian root file system with Python, Node.js, Ruby and Java: `tidewaiter packages dir:ROOT` lists what dpkg-query, Python,
RubyGems and Node.js in that root list themselves, row by row.

usage: debian_tree_test.py TIDEWAITER

mmdebstrap makes the root from Debian's mirror, once: its archive is kept in $XDG_CACHE_HOME/tidewaiter-tests. Exit status 77
means skipped: not root, no mmdebstrap, or no mirror.
"""
import hashlib
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
BUILD_SECONDS_MAX, SECONDS_MAX = 900, 300
PACKAGES = ("python3,python3-requests,nodejs,node-semver,node-chalk,ruby,ruby-mustache,rake,default-jre-headless,"
            "libcommons-io-java")
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tidewaiter-tests"

DPKG = ("dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\\n")
PYTHON = ("python3", "-c", "import importlib.metadata as m\nfor d in m.distributions(): print(d.metadata['Name'], d.version)")
RUBY = ("ruby", "-e", "Gem::Specification.each { |s| puts \"#{s.name} #{s.version}\" }")
NODE = ("node", "-e", """
const fs = require('fs');
for (const root of ['/usr/share/nodejs', '/usr/lib/nodejs', '/usr/lib/x86_64-linux-gnu/nodejs']) {
    const walk = folder => {
        for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
            if (name.startsWith('@')) { walk(folder + '/' + name); continue; }
            const file = folder + '/' + name + '/package.json';
            if (!fs.existsSync(file)) continue;
            const read = JSON.parse(fs.readFileSync(file));
            if (read.name && read.version) console.log(read.name, read.version);
        }
    };
    walk(root);
}""")

# Differences that are right: type, a text of the row, the reason. One that allows nothing fails the test.
ALLOWED = ()


def archive_of_root():
    """The archive's path; None if it cannot be made here."""
    path = CACHE / f"debian-{hashlib.sha256(PACKAGES.encode()).hexdigest()[:12]}.tar"
    if path.exists():
        return path
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None:
        print("skipped: only root can make a root file system, with mmdebstrap")
        return None
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        made = pathlib.Path(folder, "root.tar")
        result = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=" + PACKAGES, "bookworm", made],
                                capture_output=True, text=True, timeout=BUILD_SECONDS_MAX, check=False)
        if result.returncode != 0:
            print(f"skipped: mmdebstrap ended with {result.returncode}: {result.stderr.strip()[-300:]}")
            return None
        made.rename(path)
    return path


def rows_of(root, words):
    done = subprocess.run(["/usr/sbin/chroot", root, *words], capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
                          env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
    if done.returncode != 0:
        raise SystemExit(f"{words[0]} in the root ended with {done.returncode}: {done.stderr[-500:]}")
    return {tuple(line.split()) for line in done.stdout.splitlines()}


def python_name(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def check(kind, expected, found, used):
    wrong = []
    for text, rows in (("missing", expected - found), ("too many", found - expected)):
        for row in sorted(rows):
            allowed = next((entry for entry in ALLOWED if entry[0] == kind and entry[1] in " ".join(row)), None)
            used.add(allowed)
            if allowed is None:
                wrong.append(f"{kind}: {text}: {' '.join(row)}")
    print(f"{kind}: {len(expected)} rows")
    return wrong if expected else wrong + [f"{kind}: the native tool lists nothing"]


def compare(root, report):
    packages = report["packages"]

    def rows(kind, *fields):
        return {tuple(package.get(field, "") for field in fields) for package in packages if package["type"] == kind}

    used = set()
    debian = rows_of(root, DPKG)
    wrong = check("deb", debian, rows("deb", "name", "version", "arch", "source_name", "source_version"), used)
    wrong += check("pypi", {(python_name(name), version) for name, version in rows_of(root, PYTHON)},
                   {(python_name(name), version) for name, version in rows("pypi", "name", "version")}, used)
    wrong += check("gem", rows_of(root, RUBY), rows("gem", "name", "version"), used)
    wrong += check("npm", rows_of(root, NODE), rows("npm", "name", "version"), used)
    # The Java runtime is Debian's package and nothing beside it.
    wrong += [f"jvm: too many: {' '.join(row)}" for row in sorted(rows("jvm", "name", "version"))]
    if ("commons-io:commons-io",) not in rows("maven", "name"):
        wrong.append("maven: commons-io is missing")
    # All of it came out of Debian's packages, and nothing else is in the root.
    wrong += [f"{package['type']}: {package['name']} has no owner" for package in packages
              if package["type"] not in ("deb", "generic") and not package.get("owner")]
    wrong += [f"unattributed: {path}" for path in report["unattributed"]["paths"]]
    return wrong + [f"an entry of ALLOWED is not needed: {entry}" for entry in ALLOWED if entry not in used]


def main():
    archive = archive_of_root()
    if archive is None:
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="tidewaiter-debian-") as folder:
        root = pathlib.Path(folder, "root")
        root.mkdir()
        subprocess.run(["tar", "-xf", archive, "-C", root, "--numeric-owner"], check=True, timeout=SECONDS_MAX)
        result = Home(sys.argv[1], folder).run("packages", f"dir:{root}", "--lock-files", "no", "--no-cache", "--format", "json")
        if not result.stdout:
            raise SystemExit(f"packages ended with {result.returncode}: {result.stderr}")
        wrong = compare(root, json.loads(result.stdout))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
