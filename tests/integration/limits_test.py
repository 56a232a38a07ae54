#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Limits on what strangers write, each hit by a file or layer made for it, and found as a gap of the report.

usage: limits_test.py TIDEWAITER

docs/reference/limits.tsv lists all limits with the tests that hit them, which tests/docs/limits_test.py checks."""
import io
import json
import os
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
import zlib

from image_layout import LAYER, OS_RELEASE, Home, Layout, paragraph, status, tar

EXECUTABLE = sys.argv.pop(1)
STATUS = "var/lib/dpkg/status"
MEBIBYTE = 1 << 20


def archive(files, compression=zipfile.ZIP_STORED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as written:
        for name, data in files.items():
            written.writestr(name, data)
    return content.getvalue()


def nested_archives(depth):
    content = archive({"a.txt": "x"})
    for _ in range(depth):
        content = archive({"lib/inner.jar": content})
    return content


def claimed_archive(name, size):
    """Whose entry says that it has so many bytes."""
    content = archive({name: bytes(1000)}, zipfile.ZIP_DEFLATED)
    return content.replace((1000).to_bytes(4, "little"), size.to_bytes(4, "little"))


def mach_o(commands):
    """A program of that many load commands."""
    head = b"\xcf\xfa\xed\xfe" + struct.pack("<6I", 0x01000007, 3, 2, commands, 8 * commands, 0) + bytes(4)
    return head + struct.pack("<2I", 0x32, 8) * commands


def directory_of(count):
    """The end of a zip archive of that many entries, which are nowhere."""
    entries = (b"PK\1\2" + bytes(42)) * count
    return entries + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count & 0xffff, count & 0xffff, len(entries), 0, 0)


def elf(name, content):
    """A program with this section."""
    names = b"\0" + name.encode() + b"\0"
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 64, 0, 64, 0, 0, 64, 3, 2)
    start = 64 + 3 * 64
    sections = bytes(64) + struct.pack("<IIQQQQIIQQ", 1, 1, 0, 0, start, len(content), 0, 0, 1, 0) + \
        struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, start + len(content), len(names), 0, 0, 1, 0)
    return header + sections + content + names


def records(name, *values):
    """A pax header with these records, and an empty file behind it."""
    body = b""
    for key, value in values:
        size = len(key) + len(value) + 3
        body += b"%d %s=%s\n" % (size + len(str(size + len(str(size)))), key, value)
    header = tarfile.TarInfo(name)
    header.type, header.size = tarfile.XHDTYPE, len(body)
    return header.tobuf(tarfile.USTAR_FORMAT) + body + bytes(-len(body) % 512)


def many(count, line):
    return "".join(line % i for i in range(count))


def sparse(path, head, size):
    """A file of that size that takes no room on the disk."""
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(size)


ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + bytes(200)
RPM = "var/lib/rpm/rpmdb.sqlite"
POM = "META-INF/maven/g/a/pom.properties"

# Name: (files, kind of the gap, its path, what its reason holds).
FILES = {
    "packages of a database": ({STATUS: many(200001, "Package: a%d\nStatus: install ok installed\nVersion: 1\n"
                                                     "Architecture: all\n\n")}, "limit-reached", STATUS,
                               "more packages, links and paths"),
    "bytes of a lock file": ({"app/package-lock.json": " " * (16 * MEBIBYTE + 1)}, "limit-reached",
                             "app/package-lock.json", "more than the 16777216"),
    "a value of os-release": ({"etc/os-release": OS_RELEASE + "NAME=" + "x" * 1025}, "limit-reached", "etc/os-release",
                              "longer than 1024 bytes"),
    "a name of a package": ({STATUS: status(paragraph("a" * 513, "1"), paragraph("b", "1"))}, "broken-database", STATUS,
                            "Package"),
    "places of damage": ({STATUS: "stray\n" + many(20, "Package: a%d\nStatus: install ok installed\n\n")},
                         "broken-database", STATUS, "more"),
    "depth of Java archives": ({"a.jar": nested_archives(18)}, "limit-reached", "a.jar", "nested more than 16 times"),
    "ratio of a zip entry": ({"a.jar": archive({POM: bytes(3 * MEBIBYTE)}, zipfile.ZIP_DEFLATED)}, "limit-reached",
                             "a.jar", "200 times"),
    "bytes of pom.properties": ({"a.jar": archive({POM: os.urandom(5 * MEBIBYTE)},
                                                   zipfile.ZIP_DEFLATED)}, "limit-reached", "a.jar",
                                "more than the 4194304"),
    "entries of an egg": ({"a.egg": archive({f"f{i}": "" for i in range(65537)})}, "limit-reached", "a.egg", "65536"),
    "pages of an ndb database": ({"var/lib/rpm/Packages.db": b"RpmP" + bytes(8) + (2049).to_bytes(4, "little") +
                                  bytes(100)}, "broken-database", "var/lib/rpm/Packages.db", "2049 pages"),
    "licences of a Debian package": ({STATUS: status(paragraph("a", "1")), "usr/share/doc/a/copyright": "Format: https://"
                                      "www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n" +
                                      many(3000, "License: made-up-%d\n")}, "text-cut", "usr/share/doc/a/copyright",
                                     "licences of more than 16384 bytes were cut"),
    "licences of an npm package": ({"node_modules/a/package.json": json.dumps({
        "name": "a", "version": "1.0.0", "licenses": [{"type": f"made-up-{i}"} for i in range(3000)]})}, "text-cut",
                                   "node_modules/a/package.json", "licences of more than 16384 bytes were cut"),
    "licences of a pacman package": ({"var/lib/pacman/local/a-1-1/desc": "%NAME%\na\n\n%VERSION%\n1-1\n\n%LICENSE%\n" +
                                      many(3000, "made-up-%d\n")}, "text-cut", "var/lib/pacman/local/a-1-1/desc",
                                     "licences of more than 16384 bytes were cut"),
    "a text of a package": ({"a.jar": archive({"x" * 17000 + ".jar": archive({
        POM: "groupId=g\nartifactId=a\nversion=1\n"})})}, "limit-reached", "a.jar", "more than 16384 bytes was cut"),
    "a value of lsb-release": ({"etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=" + "2" * 1025}, "limit-reached",
                               "etc/lsb-release", "VERSION_ID is longer than 1024 bytes"),
    "an identity of lsb-release": ({"etc/lsb-release": "DISTRIB_ID=" + "x" * 1025}, "limit-reached", "etc/lsb-release",
                                   "NAME is longer than 1024 bytes"),
    "a version of a release file": ({"etc/alpine-release": "3." + "1" * 1025}, "limit-reached", "etc/alpine-release",
                                    "VERSION_ID is longer than 1024 bytes"),
    "a value of a Java home": ({"opt/java/release": 'JAVA_VERSION="' + "1" * 1025 + '"\n'}, "limit-reached",
                               "opt/java/release", "JAVA_VERSION is longer than 1024 bytes"),
    "a value of a Java manifest": ({"a.jar": archive({"META-INF/MANIFEST.MF": "Implementation-Version: 1\n" +
                                                      " 2\n" * 1025})}, "limit-reached", "a.jar", "longer than is read"),
    "a value of pom.properties": ({"a.jar": archive({POM: "groupId=g\nartifactId=a\nversion=" + "1" * 4097})},
                                  "limit-reached", "a.jar", "longer than is read"),
    "bytes that deflate cannot give": ({"a.jar": claimed_archive(POM, 4000000)}, "broken-database", "a.jar",
                                       "more than deflate can give"),
    "entries of a Java archive": ({"a.jar": directory_of(1000001)}, "limit-reached", "a.jar", "1000000"),
    "a name of an npm package": ({"node_modules/a/package.json": json.dumps({"name": "a" * 513, "version": "1.0.0"})},
                                 "broken-database", "node_modules/a/package.json", "name"),
    "parts of a program": ({"a.dylib": mach_o(65536)}, "limit-reached", "a.dylib", "65535 sections or segments"),
    "bytes of a Python egg's metadata": ({"a.egg": archive({"EGG-INFO/PKG-INFO": os.urandom(MEBIBYTE + 1)},
                                                            zipfile.ZIP_DEFLATED)},
                                         "limit-reached", "a.egg", "more than the 1048576"),
    "labels of a Red Hat build": ({"root/buildinfo/labels.json": json.dumps({
        "com.redhat.component": "x" * 1024, "version": "1", "release": "1"})}, "limit-reached",
                                  "root/buildinfo/labels.json", "labels are longer"),
    "levels of YAML": ({"app/pnpm-lock.yaml": "lockfileVersion: '9.0'\npackages: " + "[" * 70 + "]" * 70}, "limit-reached",
                       "app/pnpm-lock.yaml", "64 levels of YAML"),
    "levels of TOML": ({"app/Cargo.lock": "a = " + "[" * 70 + "]" * 70}, "limit-reached", "app/Cargo.lock",
                       "64 levels of TOML"),
    "values of TOML": ({"app/Cargo.lock": "a = [" + "1," * (MEBIBYTE + 1) + "]"}, "limit-reached", "app/Cargo.lock",
                       "1048576 values of TOML"),
    "values of YAML": ({"app/pnpm-lock.yaml": "a:\n" + "- 1\n" * (MEBIBYTE + 1)}, "limit-reached", "app/pnpm-lock.yaml",
                       "1048576 values of YAML"),
    "a name in a bill of materials in XML": ({"bom.xml": '<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>'
                                              '<component type="library"><name>' + "x" * 70000 + "</name><version>1</version>"
                                              "<purl>pkg:npm/" + "x" * 70000 + "@1</purl></component></components></bom>"},
                                             "broken-database", "bom.xml", ""),
    "crates of a program": ({"program.so": elf(".dep-v0", zlib.compress(os.urandom(1 << 10) * (9 << 10)))}, "limit-reached",
                            "program.so", "more than the 8388608"),
    "a page of a Berkeley database": ({"var/lib/rpm/Packages": struct.pack("<3I3I", 0, 0, 0, 0x061561, 9, 131072) + bytes(
        500)}, "broken-database", "var/lib/rpm/Packages", "page size of 131072"),
    "depth of a bill of materials in XML": ({"bom.xml": "<bom>" * 70 + "</bom>" * 70}, "limit-reached", "bom.xml", "nested too deeply"),
    "depth of a bill of materials": ({"bom.json": "[" * 100000}, "broken-database", "bom.json", ""),
}


# Name: (a layer, what the reason of its gap holds).
LAYERS = {
    "bytes of an extended header": (records("a", (b"comment", b"x" * (MEBIBYTE + 1))), "extended header of more than"),
    "ranges of a sparse file": (records("a", (b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0")) +
                                tar({"a": b"131073\n" + b"0\n" * 262146}), "how many ranges"),
}


class LimitsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-limits-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = Home(EXECUTABLE, self.folder)

    def write(self, files):
        tree = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for path, content in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(content.encode() if isinstance(content, str) else content)
        return tree

    def gaps(self, reference):
        result = self.home.run("packages", reference, "--no-cache", "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["gaps"]

    def assert_gap(self, gaps, kind, path, reason):
        found = [gap for gap in gaps if gap["kind"] == kind and gap["path"] == path and reason in gap["reason"]]
        self.assertEqual(len(found), 1, gaps)
        self.assertTrue(found[0]["reason"] and found[0]["consequence"])

    def test_limits_of_files_become_gaps(self):
        for name, (files, kind, path, reason) in FILES.items():
            with self.subTest(name):
                tree = self.write(files)
                self.assert_gap(self.gaps(f"dir:{tree}"), kind, path, reason)
                shutil.rmtree(tree)

    def test_what_fits_into_the_limits_is_whole(self):
        """Long lines, many licences and many relatives are no reason to leave anything out."""
        licenses = [f"made-up-{i}" for i in range(900)]
        tree = self.write({
            STATUS: status(paragraph("a", "1")),
            "etc/os-release": 'ID=derived\nVERSION_ID=12\nID_LIKE="' + " ".join(f"x{i}" for i in range(40)) + ' debian"\n',
            "usr/share/doc/a/copyright": "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n" +
                                         "".join(f"License: {name}\n" for name in licenses),
            "node_modules/b/package.json": json.dumps({"name": "b", "version": "1.0.0", "license": "x" * 5000}),
            "app/requirements.txt": "c" + " " * 9000 + "==1.5 \\\n" + " --hash=sha256:0 \\\n" * 900 + " ; a\nd==2.0\n"})
        result = self.home.run("packages", f"dir:{tree}", "--no-cache", "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        found = {package["name"]: package for package in report["packages"]}
        self.assertEqual([gap for gap in report["gaps"] if gap["kind"] in ("limit-reached", "text-cut")], [])
        self.assertEqual(found["a"]["licenses"], licenses)
        self.assertEqual(found["b"]["licenses"], ["x" * 5000])
        self.assertEqual((found["c"]["version"], found["d"]["version"]), ("1.5", "2.0"))

    def assert_refused(self, reference, reason):
        result = self.home.run("packages", reference, "--no-cache")
        self.assertGreater(result.returncode, 2, result.stdout)
        self.assertIn(reason, result.stderr)

    def rpm_database(self, statements, page_size=4096):
        tree = self.write({"etc/os-release": OS_RELEASE, RPM: ""})
        (tree / RPM).unlink()
        database = sqlite3.connect(tree / RPM)
        database.execute(f"PRAGMA page_size={page_size}")
        for statement in statements:
            database.execute(statement)
        database.commit()
        found = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'Packages'").fetchone()
        database.close()
        return tree, found[0]

    def test_parts_of_an_rpm_database_in_sqlite(self):
        table = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL %s)"
        tree, _ = self.rpm_database([table % "", f"INSERT INTO Packages VALUES (1, zeroblob({33 * MEBIBYTE}))"])
        self.assert_gap(self.gaps(f"dir:{tree}"), "broken-database", RPM, "longer than what is read")
        tree, _ = self.rpm_database([table % f"/* {'x' * 2 * MEBIBYTE} */"])
        self.assert_gap(self.gaps(f"dir:{tree}"), "broken-database", RPM, "longer than what is read")
        tree, root = self.rpm_database([table % "", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                                        "i < 60) INSERT INTO Packages SELECT i, zeroblob(400) FROM n"], 512)
        with open(tree / RPM, "r+b") as file:  # inner pages without cells, each the last child of the one before
            pages = [root, *(page for page in range(2, 40) if page != root)]
            for page, child in zip(pages, pages[1:]):
                file.seek((page - 1) * 512)
                file.write(struct.pack(">BHHHBI", 5, 0, 0, 512, 0, child).ljust(512, b"\0"))
        self.assert_gap(self.gaps(f"dir:{tree}"), "broken-database", RPM, "too deep")

    def test_gaps_of_a_directory_are_told_up_to_a_number(self):
        tree = self.write({STATUS: status(paragraph("a", "1"))})
        place = os.open(tree, os.O_RDONLY)
        for _ in range(16):
            os.mkdir("d" * 240, dir_fd=place)
            below = os.open("d" * 240, os.O_RDONLY, dir_fd=place)
            os.close(place)
            place = below
        for i in range(1005):  # each with a file whose path is too long
            os.mkdir(f"{i:04}", dir_fd=place)
            os.close(os.open(f"{i:04}/" + "f" * 250, os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=place))
        os.close(place)
        gaps = [gap for gap in self.gaps(f"dir:{tree}") if gap["kind"] == "unreadable-file"]
        self.assertEqual(len(gaps), 1001)
        self.assertEqual([gap["reason"] for gap in gaps if gap["path"] == ""], ["5 more files and directories could not be read"])

    def test_a_program_that_is_too_large_is_a_gap_without_being_read(self):
        tree = self.write({STATUS: status(paragraph("a", "1"))})
        sparse(tree / "program.so", ELF, 300 * MEBIBYTE)
        self.assert_gap(self.gaps(f"dir:{tree}"), "limit-reached", "program.so", "268435456")

    def test_a_database_that_is_too_large_together_with_its_log(self):
        tree = self.write({STATUS: status(paragraph("a", "1")), RPM: ""})
        sparse(tree / RPM, b"x", 200 * MEBIBYTE)
        sparse(tree / f"{RPM}-wal", b"x", 100 * MEBIBYTE)
        self.assert_gap(self.gaps(f"dir:{tree}"), "limit-reached", RPM, "more than 268435456 bytes")

    def test_directories_may_be_256_deep(self):
        tree = self.write({STATUS: status(paragraph("a", "1"))})
        os.makedirs(tree / ("d/" * 300))
        gaps = [gap for gap in self.gaps(f"dir:{tree}") if gap["kind"] == "limit-reached"]
        self.assertEqual([gap["reason"] for gap in gaps], ["the directory is nested too deeply"])

    def scan_layer(self, content, compression="gzip", blob=None):
        layout = Layout(self.folder / "layout")
        layout.add_layer(tar({"etc/os-release": OS_RELEASE, STATUS: status(paragraph("a", "1"))}))
        digest = layout.add_layer(content, compression) if blob is None else layout.add_blob(blob, None, compression)
        return digest, self.gaps(layout.finish())

    def test_limits_of_archives_become_gaps(self):
        for name, (content, reason) in LAYERS.items():
            with self.subTest(name):
                digest, gaps = self.scan_layer(content + bytes(1024))
                self.assert_gap(gaps, "unreadable-layer", digest, reason)
                shutil.rmtree(self.folder / "layout")

    def test_bytes_of_a_manifest(self):
        layout = Layout(self.folder / "layout")
        layout.add_layer(tar({"etc/os-release": OS_RELEASE}))
        reference = layout.finish()
        index = json.loads((layout.folder / "index.json").read_text())
        manifest = json.loads(layout.path_of(index["manifests"][0]["digest"]).read_text())
        manifest["annotations"] = {"x": "y" * (9 * MEBIBYTE)}
        index["manifests"][0].update(layout.put(json.dumps(manifest).encode(), index["manifests"][0]["mediaType"]))
        (layout.folder / "index.json").write_text(json.dumps(index))
        self.assert_refused(reference, "larger than 8388608 bytes")

    def test_bytes_of_the_file_of_a_layout(self):
        layout = Layout(self.folder / "layout")
        layout.add_layer(tar({"etc/os-release": OS_RELEASE}))
        reference = layout.finish()
        (layout.folder / "oci-layout").write_text(" " * 5000 + '{"imageLayoutVersion": "1.0.0"}')
        self.assert_refused(reference, "4096 bytes")

    def test_names_that_cannot_be_handled_are_told_up_to_a_number(self):
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as written:
            for i in range(1003):
                written.addfile(tarfile.TarInfo(f"{i}/" + "x/" * 2500))
        digest, gaps = self.scan_layer(content.getvalue())
        self.assertEqual(len([gap for gap in gaps if gap["kind"] == "unreadable-file"]), 1001)
        self.assert_gap(gaps, "unreadable-file", digest, "3 more entries")

    def test_a_window_of_zstd_that_takes_too_much_memory(self):
        if shutil.which("zstd") is None:
            self.skipTest("not installed: zstd")
        place = self.folder / "layer.tar"
        place.write_bytes(tar({"random": os.urandom(1000)}) + bytes(MEBIBYTE))
        # Of a stream nothing tells the size, so the window is as large as asked for.
        stream = subprocess.run(["zstd", "-q", "-1", "--long=27"], input=place.read_bytes(), check=True,
                                capture_output=True).stdout
        digest, gaps = self.scan_layer(None, "zstd", stream)
        self.assert_gap(gaps, "limit-reached", digest, "window of more than 33554432 bytes")

    def test_lines_and_bytes_of_chisels_manifest(self):
        if shutil.which("zstd") is None:
            self.skipTest("not installed: zstd")
        manifest = "var/lib/chisel/manifest.wall"
        package = '{"kind": "package", "name": "a", "version": "1", "arch": "amd64"}\n'
        for text, kind, reason in ((package + '{"kind": "' + "x" * 65536 + '"}\n', "broken-database", "line 2"),
                                   (package + "\n" * (64 * MEBIBYTE), "limit-reached", "67108864")):
            packed = subprocess.run(["zstd", "-q"], input=text.encode(), check=True, capture_output=True).stdout
            gaps = self.gaps(f"dir:{self.write({'etc/os-release': OS_RELEASE, manifest: packed})}")
            self.assert_gap(gaps, kind, manifest, reason)

    def test_members_of_an_archive(self):
        place = self.folder / "image.tar"
        with tarfile.open(place, "w") as written:
            for i in range(100001):
                written.addfile(tarfile.TarInfo(f"f{i}"))
        result = self.home.run("packages", f"docker-archive:{place}", "--no-cache")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("more than 100000 members", result.stderr)

    def test_lists_of_packages(self):
        place = self.folder / "list.txt"
        place.write_text("\n".join(["nonsense"] * 150 + ["pkg:npm/a@1"]))
        gaps = self.gaps(f"purls:{place}")
        self.assertEqual(len([gap for gap in gaps if gap["kind"] == "unreadable-file"]), 101, gaps[:3])
        self.assertTrue(any("50" in gap["reason"] for gap in gaps))
    def test_package_urls_of_a_list(self):
        place = self.folder / "list.txt"
        for url, reason in (("pkg:npm/" + "a" * 5000 + "@1", "more than 4096"),
                            ("pkg:npm/a@1?" + "&".join(f"k{i}=1" for i in range(70)), "more than 64 qualifiers")):
            place.write_text(url + "\npkg:npm/a@1\n")
            gaps = [gap for gap in self.gaps(f"purls:{place}") if gap["kind"] == "unreadable-file"]
            self.assertEqual([reason in gap["reason"] for gap in gaps], [True], gaps)

    def test_bytes_of_lists(self):
        place = self.folder / "list"
        for form, size, reason in (("purls", 64 * MEBIBYTE, "67108864"), ("sbom", 16 * MEBIBYTE, "16777216")):
            sparse(place, b"", size + 1)
            self.assert_refused(f"{form}:{place}", reason)

    def test_packages_of_a_list(self):
        place = self.folder / "list.txt"
        place.write_text("pkg:npm/a@1\n" * 1000001)
        result = self.home.run("packages", f"purls:{place}")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("more than 1000000 packages", result.stderr)


if __name__ == "__main__":
    unittest.main()
