#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tidewaiter packages` against `rpm -qa` on the same databases.   usage: … TIDEWAITER SOURCE_ROOT

Packages are built by rpmbuild and installed by rpm into a SQLite database. Its header blobs then go into every container
and page size that there is, in both byte orders. Exit status 77 means skipped: rpm is not installed.
"""
import importlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from image_layout import Home, Layout, tar

SKIPPED = 77
FORMAT = r"%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t%{VENDOR}\t%{MODULARITYLABEL}\t%{LICENSE}\n"
FIELDS = ("name", "epoch", "version", "release", "arch", "source_rpm", "vendor", "modularity", "licenses")
PAGE_SIZES = (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
DATABASE = "var/lib/rpm"

SPEC = """
Name: whole
Version: 1.2~rc1
Release: 3%{{?dist}}
Epoch: 2
Summary: a package with others
License: GPL-2.0-only AND MIT
Vendor: Red Hat, Inc.
BuildArch: noarch
ModularityLabel: stream:1:20240101:abcdef
%description
Text.
{subpackages}
%install
mkdir -p %{{buildroot}}/usr/share/whole
for i in $(seq 1 900); do echo $i >%{{buildroot}}/usr/share/whole/file-$i; done
%files
/usr/share/whole/*
%ghost /usr/share/whole-ghost
{files}
"""
SUBPACKAGE = "%package part-{i}\nSummary: part {i}\nLicense: MIT\nVersion: 1.{i}\n{epoch}%description part-{i}\n{text}\n"


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {result.stdout[-2000:]}{result.stderr[-2000:]}")
    return result.stdout


def build_packages(folder):
    """Forty packages of one source; descriptions of many sizes give headers of many sizes."""
    parts = range(1, 40)
    spec = folder / "whole.spec"
    spec.write_text(SPEC.format(
        subpackages="".join(SUBPACKAGE.format(i=i, epoch=f"Epoch: {i % 3}\n" if i % 3 else "", text="word " * (i * i))
                            for i in parts),
        files="".join(f"%files part-{i}\n" for i in parts)))
    run("rpmbuild", "-bb", "--nodeps", "--define", f"_topdir {folder}", "--define", "dist .el9",
        "--define", "_build_id_links none", str(spec))
    return sorted(folder.glob("RPMS/**/*.rpm"))


def rpm(database, *arguments, backend="sqlite"):
    return run("rpm", "--dbpath", str(database), "--define", f"_db_backend {backend}", *arguments)


def rpm_rows(database, backend="sqlite"):
    lines = rpm(database, "-qa", "--qf", FORMAT, backend=backend).splitlines()
    return sorted(tuple("" if field == "(none)" else field for field in line.split("\t")) for line in lines)


class RpmQuery(unittest.TestCase):
    executable = None
    source = None

    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, str(cls.source / "tests" / "golden"))
        cls.make = importlib.import_module("make_rpm_databases")
        cls.temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-rpm-")
        cls.folder = pathlib.Path(cls.temporary.name)
        (cls.folder / "home").mkdir()
        cls.home = Home(cls.executable, cls.folder / "home")
        cls.original = cls.folder / "original"
        database = cls.original / DATABASE
        database.mkdir(parents=True)
        rpm(database, "--initdb")
        rpm(database, "-i", "--justdb", "--nodeps", *map(str, build_packages(cls.folder)))
        rpm(database, "-e", "--justdb", "--nodeps", "whole-part-7", "whole-part-30")
        cls.rows = rpm_rows(database)
        connection = sqlite3.connect(database / "rpmdb.sqlite")
        cls.blobs = dict(connection.execute("SELECT hnum, blob FROM Packages"))
        connection.close()

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def report(self, target):
        result = self.home.run("packages", target, "--format", "json")
        self.assertIn(result.returncode, (0, 2), result.stderr)
        return json.loads(result.stdout)

    def rows_of(self, target):
        report = self.report(target)
        broken = [gap for gap in report["gaps"] if gap["kind"] == "broken-database"]
        self.assertEqual(broken, [])
        rows = []
        for package in report["packages"]:
            licenses = package.get("licenses") or ""
            licenses = " AND ".join(licenses) if isinstance(licenses, list) else licenses
            rows.append(tuple(licenses if field == "licenses" else package.get(field, "") for field in FIELDS))
        return sorted(rows)

    def check(self, name, file, content):
        root = self.folder / "made" / name
        path = root / DATABASE / file
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        self.assertEqual(self.rows_of(f"dir:{root}"), self.rows)
        shutil.rmtree(root)

    def test_lists_what_rpm_lists(self):
        self.assertEqual(len(self.rows), 38)
        self.assertIn(("whole", "2", "1.2~rc1", "3.el9", "noarch", "whole-1.2~rc1-3.el9.src.rpm", "Red Hat, Inc.",
                       "stream:1:20240101:abcdef", "GPL-2.0-only AND MIT"), self.rows)
        self.assertEqual(self.rows_of(f"dir:{self.original}"), self.rows)

    def test_reads_sqlite_of_every_page_size(self):
        for page_size in PAGE_SIZES:
            with self.subTest(page_size=page_size):
                self.check(f"sqlite-{page_size}", "rpmdb.sqlite", self.make.sqlite(self.blobs, page_size))

    def test_reads_ndb(self):
        self.check("ndb", "Packages.db", self.make.ndb(self.blobs, stale=()))

    def test_reads_berkeley_db_of_every_page_size_and_byte_order(self):
        if shutil.which("db5.3_load") is None:
            self.skipTest("db5.3_load (package db5.3-util) is not installed")
        for kind in ("hash", "btree"):
            for page_size in PAGE_SIZES:
                for big_endian in (False, True):
                    with self.subTest(kind=kind, page_size=page_size, big_endian=big_endian):
                        content = self.make.berkeley(self.blobs, kind, page_size, big_endian)
                        self.check(f"{kind}-{page_size}-{big_endian}", "Packages", content)

    def write_log(self, folder, padding=0):
        """A database of at least so many MiB with a log that removes a package and adds one, and what rpm lists then."""
        database = folder / DATABASE
        shutil.copytree(self.original / DATABASE, database)
        path = database / "rpmdb.sqlite"
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("CREATE TABLE padding (bytes BLOB)")
        connection.executemany("INSERT INTO padding (bytes) VALUES (?)", [(os.urandom(1 << 20),)] * padding)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("DELETE FROM Packages WHERE hnum = (SELECT min(hnum) FROM Packages)")
        connection.execute("INSERT INTO Packages (blob) VALUES (?)", (self.make.package("added", "1", "1.el9"),))
        connection.execute("BEGIN")
        connection.execute("DELETE FROM Packages")
        connection.execute("ROLLBACK")
        main, log = path.read_bytes(), pathlib.Path(f"{path}-wal").read_bytes()
        connection.close()
        path.write_bytes(main)
        self.assertGreater(len(log), 32)
        read_by_rpm = self.folder / f"{folder.name}-rpm"
        read_by_rpm.mkdir()
        (read_by_rpm / "rpmdb.sqlite").write_bytes(main)
        (read_by_rpm / "rpmdb.sqlite-wal").write_bytes(log)
        return main, log, rpm_rows(read_by_rpm)

    def test_reads_what_was_committed_to_the_log(self):
        main, log, rows = self.write_log(self.folder / "logged")
        self.assertEqual(len(rows), 38)
        self.assertIn("added", [row[0] for row in rows])
        self.assertEqual(self.rows_of(f"dir:{self.folder / 'logged'}"), self.rows)
        (self.folder / "logged" / DATABASE / "rpmdb.sqlite-wal").write_bytes(log)
        self.assertEqual(self.rows_of(f"dir:{self.folder / 'logged'}"), rows)

    def test_takes_the_log_from_another_layer(self):
        main, log, rows = self.write_log(self.folder / "layered")
        layout = Layout(self.folder / "layout")
        layout.add_layer(tar({f"{DATABASE}/rpmdb.sqlite": main}))
        layout.add_layer(tar({f"{DATABASE}/rpmdb.sqlite-wal": log}))
        self.assertEqual(self.rows_of(layout.finish()), rows)

    def test_keeps_a_large_database_for_the_log_of_another_layer(self):
        """What is kept of it is larger than what a record may take in memory."""
        main, log, rows = self.write_log(self.folder / "large", padding=72)
        layout = Layout(self.folder / "large-layout")
        layout.add_layer(tar({f"{DATABASE}/rpmdb.sqlite": main}))
        layout.add_layer(tar({f"{DATABASE}/rpmdb.sqlite-wal": log}))
        image = layout.finish()
        self.assertEqual(self.rows_of(image), rows)
        kept = [path.stat().st_size for path in self.folder.rglob("*.layer")]
        self.assertGreater(max(kept), 64 << 20)
        self.assertEqual(self.rows_of(image), rows)  # from the cache
        self.assertEqual(list(self.folder.rglob("spool-*")), [])


if __name__ == "__main__":
    RpmQuery.executable, source_root = sys.argv[1:]
    RpmQuery.source = pathlib.Path(source_root)
    if shutil.which("rpmbuild") is None:
        print("skipped: rpm is not installed (make deps)")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1], verbosity=2)
