#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the rpm databases that golden cases and fuzzers start from.   usage: make_rpm_databases.py [GOLDEN_FOLDER]

Berkeley DB files are written by db5.3_load (package db5.3-util), SQLite ones by SQLite; ndb, which no Debian package
writes, by this program. The results are checked in: run this again only to change them.
"""
import pathlib
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zlib

INT8, INT32, STRING, BINARY, STRINGS, I18N = 2, 4, 6, 7, 8, 9
NAME, VERSION, RELEASE, EPOCH, VENDOR, LICENSE, ARCH = 1000, 1001, 1002, 1003, 1011, 1014, 1022
OLD_FILES, STATES, FLAGS, SOURCE, INDEXES, BASES, DIRECTORIES, LABEL = 1027, 1029, 1037, 1044, 1116, 1117, 1118, 5096


def header(tags):
    """A header blob of (tag, type, value) in the order given."""
    index, data = b"", b""
    for tag, kind, value in tags:
        if kind == INT32:
            data += b"\0" * (-len(data) % 4)
            count, body = len(value), struct.pack(f">{len(value)}I", *value)
        elif kind in (INT8, BINARY):
            count, body = len(value), bytes(value)
        else:
            texts = [value] if isinstance(value, str) else value
            count, body = len(texts), b"".join(text.encode("latin-1") + b"\0" for text in texts)
        index += struct.pack(">4I", tag, kind, len(data), count)
        data += body
    return struct.pack(">II", len(tags), len(data)) + index + data


def package(name, version, release, *more, arch="x86_64"):
    return header([(NAME, STRING, name), (VERSION, STRING, version), (RELEASE, STRING, release),
                   (ARCH, STRING, arch), *more])


def packages():
    """By number: what a small image of Red Hat's family may hold."""
    return {
        1: package("glibc", "2.34", "60.el9", (VENDOR, STRING, "Red Hat, Inc."), (LICENSE, STRING, "LGPLv2+ and GPLv2+"),
                   (SOURCE, STRING, "glibc-2.34-60.el9.src.rpm"),
                   (INDEXES, INT32, [0, 1, 1, 1, 1]), (BASES, STRINGS, ["libc.so.6", "ld", "gone", "theirs", "ghost"]),
                   (DIRECTORIES, STRINGS, ["/usr/lib64/", "/usr/bin/"]), (STATES, INT8, [0, 0, 2, 1, 0]),
                   (FLAGS, INT32, [0, 0, 0, 0, 64])),
        2: package("perl-Errno", "1.30", "481.el9", (EPOCH, INT32, [0]), (VENDOR, I18N, ["Red Hat, Inc."]),
                   (SOURCE, STRING, "perl-5.32.1-481.el9.src.rpm")),
        3: package("nodejs", "16.20.2", "8.module+el9", (EPOCH, INT32, [1]), (VENDOR, STRING, "Red Hat, Inc."),
                   (LABEL, STRING, "nodejs:16:9020020240403163301:rhel9"),
                   (SOURCE, STRING, "nodejs-16.20.2-8.module+el9.src.rpm"),
                   (1005, STRING, "long " * 600)),
        5: package("gpg-pubkey", "fd431d51", "4ae0493b", arch="(none)"),
        6: package("htop", "3.2.1", "1.el9", (VENDOR, STRING, "Fedora Project"), (SOURCE, STRING, "odd.rpm")),
        7: package("docker-ce", "24.0.7", "1.el9", (EPOCH, INT32, [3]), (VENDOR, STRING, "Docker"),
                   (SOURCE, STRING, "docker-ce-24.0.7-1.el9.nosrc.rpm"), (NAME, STRING, "docker-ce")),
    }


def ndb(blobs, slot_pages=1, stale=()):
    """Packages.db; the numbers of `stale` have a blob, but no slot."""
    slots, body = b"", b""
    for number, blob in blobs.items():
        padded = struct.pack("<4I", 0x53626C42, number, 1, len(blob)) + blob
        padded += b"\0" * ((-len(padded) - 12) % 16)
        padded += struct.pack("<3I", zlib.adler32(padded), len(blob), 0x45626C42)
        place = (slot_pages * 4096 + len(body)) // 16
        if number not in stale:
            slots += struct.pack("<4I", 0x746F6C53, number, place, len(padded) // 16)
        body += padded
    slots += struct.pack("<4I", 0x746F6C53, 0, 0, 0) * ((slot_pages * 4096 - 32 - len(slots)) // 16)
    return struct.pack("<5I", 0x506D7052, 0, 1, slot_pages, max(blobs) + 1) + b"\0" * 12 + slots + body


def berkeley(blobs, kind="hash", page_size=512, big_endian=False):
    """Packages as db5.3_load writes it. Key 0 holds the next number."""
    order = ">I" if big_endian else "<I"
    rows = {struct.pack(order, 0): struct.pack(order, max(blobs) + 1)}
    rows.update((struct.pack(order, number), blob) for number, blob in blobs.items())
    dump = ["VERSION=3", "format=bytevalue", f"type={kind}", f"db_pagesize={page_size}",
            f"db_lorder={4321 if big_endian else 1234}", "HEADER=END"]
    for key, value in rows.items():
        dump += [" " + key.hex(), " " + value.hex()]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "Packages"
        subprocess.run(["db5.3_load", str(path)], input="\n".join(dump + ["DATA=END", ""]).encode(), check=True)
        return path.read_bytes()


def sqlite(blobs, page_size=512):
    """rpmdb.sqlite, with a table before Packages and enough rows for a tree of two levels."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rpmdb.sqlite"
        database = sqlite3.connect(path)
        database.execute(f"PRAGMA page_size = {page_size}")
        database.execute("CREATE TABLE 'Other' (a, b)")
        database.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        database.executemany("INSERT INTO Packages VALUES (?, ?)", blobs.items())
        database.commit()
        database.close()
        return path.read_bytes()


def cases():
    blobs = packages()
    yield "ndb", "usr/lib/sysimage/rpm/Packages.db", ndb({4: package("removed", "1", "1"), **blobs}, stale=(4,))
    yield "berkeley-hash", "var/lib/rpm/Packages", berkeley(blobs)
    yield "berkeley-hash-big-endian", "var/lib/rpm/Packages", berkeley(blobs, page_size=2048, big_endian=True)
    yield "berkeley-btree", "var/lib/rpm/Packages", berkeley(blobs, kind="btree")
    yield "sqlite", "usr/share/rpm/rpmdb.sqlite", sqlite(blobs)
    old = {1: package("bash", "2.05", "8", (OLD_FILES, STRINGS, ["/bin/bash", "/bin/sh"]), arch="i386")}
    yield "whole-paths", "var/lib/rpm/Packages", berkeley(old)
    broken = {1: b"\0" * 40, 2: package("", "1", "1"), 3: package("a", "", "1"), 4: blobs[1][:-1], 9: blobs[2]}
    yield "damage", "var/lib/rpm/Packages.db", ndb(broken)
    yield "damage", "var/lib/rpm/rpmdb.sqlite", sqlite(blobs)[:4096 + 512]
    yield "damage", "var/lib/rpm/Packages", berkeley(blobs)[:-1024]
    yield "not-a-database", "var/lib/rpm/Packages", b"Package: rpm\nVersion: 1\n" * 4
    yield "empty", "var/lib/rpm/rpmdb.sqlite", b""


def main():
    golden = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "analyzers" / "rpm")
    for name, path, content in cases():
        file = golden / name / "input" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        (golden / name / "expected.json").touch()


if __name__ == "__main__":
    main()
