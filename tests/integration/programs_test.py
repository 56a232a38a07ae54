#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is found in real programs and Java archives is what their own tools tell, row by row.

usage: programs_test.py TIDEWAITER [TEST…]

Go: programs that the test builds for Linux and Windows, and those of this machine, against `go version -m`. Rust:
against the lock file of a crate built with `cargo auditable`. Java: the archives in /usr/share/java against their
pom.properties as Python's zipfile reads them. Well-known programs: their copies in a tree without a package database against
dpkg-query. A part whose tool or files are absent is skipped by name; exit status 77 means that nothing was left.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

SKIPPED = 77
SECONDS_MAX = 600
tidewaiter = ""

GO = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
JARS = pathlib.Path("/usr/share/java")

# Programs of Debian packages, and the name under which they are reported.
PROGRAMS = {"/usr/bin/bash": "bash", "/usr/bin/curl": "curl", "/usr/bin/node": "node", "/usr/bin/openssl": "openssl",
            "/usr/bin/perl": "perl", "/usr/bin/python3.11": "python", "/usr/bin/xz": "xz", "/usr/bin/zstd": "zstd",
            "/usr/bin/gzip": "gzip", "/usr/bin/jq": "jq", "/usr/sbin/nginx": "nginx",
            "/usr/lib/jvm/java-17-openjdk-amd64/bin/java": "openjdk"}

# Rows in which we differ on purpose: (part, row) → reason. An entry that no part uses fails.
DIFFERENCES = {}
used_differences = set()


def packages_of(tree):
    result = subprocess.run([tidewaiter, "packages", "--no-cache", f"dir:{tree}", "--format", "json"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SECONDS_MAX)
    if result.returncode not in (0, 2):
        raise AssertionError(f"packages dir:{tree} ended with {result.returncode}: {result.stderr.strip()}")
    return json.loads(result.stdout)


def go_environment(**settings):
    return {**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local",
            "GOWORK": "off", "CGO_ENABLED": "0", **settings}


def rows_of_go(program):
    """Modules as `go version -m` shows them; a replacement takes the place of the line before it."""
    text = subprocess.run([GO, "version", "-m", str(program)], check=True, stdout=subprocess.PIPE, text=True,
                          timeout=SECONDS_MAX).stdout
    rows = []
    for line in text.splitlines()[1:]:
        fields = line.split("\t")
        if fields[1] in ("mod", "dep"):
            rows.append((fields[2], fields[3] if len(fields) > 3 and fields[3] else "(devel)"))
        elif fields[1] == "=>":
            is_local = fields[2].startswith(".") or fields[2].startswith("/")
            rows[-1] = (rows[-1][0], "(devel)") if is_local else (fields[2], fields[3])
    version = re.match(r".*: go(\d+\.\d+)(\.\d+)?", text.splitlines()[0])
    return sorted(set(rows + [("stdlib", version[1] + (version[2] or ".0"))]))


class Programs(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-programs-"))
        self.tree = self.folder / "tree"
        self.tree.mkdir()

    def tearDown(self):
        subprocess.run(["chmod", "-R", "u+w", str(self.folder)], check=False)
        shutil.rmtree(self.folder)

    def compare(self, part, expected, found):
        for row in sorted(set(expected) ^ set(found)):
            if (part, row) in DIFFERENCES:
                used_differences.add((part, row))
                expected = [kept for kept in expected if kept != row]
                found = [kept for kept in found if kept != row]
        self.assertEqual(sorted(expected), sorted(found))

    def test_go_programs_built_here(self):
        if GO is None:
            self.skipTest("there is no go")
        source = self.folder / "source"
        (source / "local").mkdir(parents=True)
        (source / "local/go.mod").write_text("module example.org/local\n\ngo 1.18\n")
        (source / "local/local.go").write_text("package local\n\nconst Name = \"local\"\n")
        (source / "go.mod").write_text("module example.org/app\n\ngo 1.18\n\nrequire example.org/local v0.1.0\n\n"
                                       "replace example.org/local => ./local\n")
        (source / "main.go").write_text("package main\n\nimport \"example.org/local\"\n\nfunc main() { println(local.Name) }\n")
        for system, architecture in (("linux", "amd64"), ("windows", "amd64")):
            target = self.tree / system / architecture / ("app.exe" if system == "windows" else "app")
            subprocess.run([GO, "build", "-ldflags=-s -w", "-o", str(target), "."], cwd=source, check=True,
                           timeout=SECONDS_MAX, env=go_environment(GOOS=system, GOARCH=architecture))
        self.check_go([path for path in self.tree.rglob("app*") if path.is_file()], 2)

    def test_go_programs_of_this_machine(self):
        programs = [path for path in map(shutil.which, ("docker", "terraform", "gofmt", "/usr/local/go/bin/gofmt")) if path]
        if GO is None or not programs:
            self.skipTest("there is no go, or no program of it")
        copies = []
        for i, program in enumerate(programs):
            copies.append(self.tree / str(i) / pathlib.Path(program).name)
            copies[-1].parent.mkdir()
            shutil.copy(program, copies[-1])
        self.check_go(copies, 1)

    def check_go(self, programs, count_min):
        report = packages_of(self.tree)
        count = 0
        for program in programs:
            path = str(program.relative_to(self.tree))
            found = [(package["name"], package["version"]) for package in report["packages"] if package["path"] == path]
            self.compare("go", rows_of_go(program), found)
            count += 1
        self.assertGreaterEqual(count, count_min)

    def test_rust_programs(self):
        cargo = shutil.which("cargo")
        if cargo is None or subprocess.run([cargo, "auditable", "--version"], stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("there is no cargo auditable")
        source = self.folder / "crate"
        for name, dependency in (("library", ""), ("app", "library = { path = \"../library\" }\n")):
            (source / name / "src").mkdir(parents=True)
            (source / name / "Cargo.toml").write_text(f"[package]\nname = \"{name}\"\nversion = \"0.3.1\"\n"
                                                      f"edition = \"2021\"\n[dependencies]\n{dependency}")
        (source / "library/src/lib.rs").write_text("pub fn name() -> &'static str { \"library\" }\n")
        (source / "app/src/main.rs").write_text("fn main() { println!(\"{}\", library::name()); }\n")
        subprocess.run([cargo, "auditable", "build", "--release", "--offline"], cwd=source / "app", check=True,
                       timeout=SECONDS_MAX, env={**os.environ, "CARGO_TARGET_DIR": str(self.folder / "target")})
        shutil.copy(self.folder / "target/release/app", self.tree / "app")
        lock = (source / "app/Cargo.lock").read_text()
        expected = re.findall(r'\[\[package\]\]\nname = "(.*)"\nversion = "(.*)"', lock)
        found = [(package["name"], package["version"]) for package in packages_of(self.tree)["packages"]]
        self.compare("rust", expected, found)

    def test_java_archives(self):
        archives = [path for path in JARS.glob("*.jar") if not path.is_symlink()] if JARS.is_dir() else []
        if not archives:
            self.skipTest(f"{JARS} has no archives")
        expected = []
        for archive in archives:
            shutil.copy(archive, self.tree)
            with zipfile.ZipFile(archive) as opened:
                for name in opened.namelist():
                    if name.rpartition("/")[2] == "pom.properties":
                        lines = opened.read(name).decode().splitlines()
                        pairs = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
                        row = (archive.name, f"{pairs['groupId'].strip()}:{pairs['artifactId'].strip()}",
                               pairs["version"].strip())
                        expected.append(row)
        report = packages_of(self.tree)
        with_maven = {row[0] for row in expected}
        found = [(package["path"], package["name"], package["version"]) for package in report["packages"]
                 if package["path"] in with_maven]
        self.compare("java", set(expected), found)
        named = {package["path"] for package in report["packages"]} | set(report["unattributed"]["paths"])
        self.assertEqual({archive.name for archive in archives} - named, set())

    def test_well_known_programs(self):
        expected = []
        if shutil.which("dpkg-query") is None:
            self.skipTest("there is no dpkg-query")
        for program, name in PROGRAMS.items():
            search = subprocess.run(["dpkg-query", "-S", program, program.replace("/usr/bin", "/bin")], check=False,
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=SECONDS_MAX)
            if not os.path.isfile(program) or ":" not in search.stdout:
                continue
            owner = search.stdout.split(":")[0]
            version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", owner], check=True, text=True,
                                     stdout=subprocess.PIPE, timeout=SECONDS_MAX).stdout
            upstream = re.match(r"[0-9.]+", version.rpartition(":")[2])[0].rstrip(".")
            (self.tree / name).mkdir()
            shutil.copy(program, self.tree / name)
            expected.append((name, upstream))
        if not expected:
            self.skipTest("none of the programs is installed")
        found = [(package["name"], package["version"]) for package in packages_of(self.tree)["packages"]]
        for name, upstream in expected:
            versions = [version for found_name, version in found if found_name == name]
            self.assertEqual(len(versions), 1, name)
            self.assertTrue(versions[0].startswith(upstream) or upstream.startswith(versions[0]), (name, upstream, versions))


class Summary(unittest.TestCase):
    def test_uses_every_difference(self):
        self.assertEqual(set(DIFFERENCES), used_differences)


def main():
    global tidewaiter
    if len(sys.argv) < 2:
        sys.exit("usage: programs_test.py TIDEWAITER [TEST…]")
    tidewaiter = sys.argv.pop(1)
    result = unittest.main(exit=False, verbosity=2).result
    if result.wasSuccessful() and len(result.skipped) == result.testsRun - 1:
        sys.exit(SKIPPED)
    sys.exit(0 if result.wasSuccessful() else 1)


main()
