#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The packages of a Debian root file system, as `tidewaiter packages dir:ROOT` lists them, are those of dpkg-query.

usage: dpkg_query_test.py TIDEWAITER [ROOT…]      (ROOT: / if none is given)

Rows are compared one by one: name, version, architecture, source name and source version of every package whose files
are on disk. Roots with cases that a healthy system does not have are made up in a temporary folder. Exit status 77 means
skipped: no dpkg-query, or a program without the packages command.
"""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

from image_layout import OS_RELEASE, Layout, paragraph as made_up, status, tar

SKIPPED = 77
SECONDS_MAX = 300
FORMAT = "${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n"

# dpkg(1), "Package states": these have their files on disk.
ON_DISK = {"installed", "half-configured", "unpacked", "triggers-awaited", "triggers-pending"}

Row = collections.namedtuple("Row", "name version arch source_name source_version")

tidewaiter = ""
roots = []


def rows_of_dpkg_query(root):
    output = subprocess.run(["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", FORMAT], check=True,
                            stdout=subprocess.PIPE, text=True, timeout=SECONDS_MAX).stdout
    words = [line.split(" ") for line in output.splitlines()]
    return sorted(Row(*row[1:]) for row in words if row[0] in ON_DISK)


def report_of(target):
    """Status 2 is an answer too: gaps elsewhere on the disk do not change the list of Debian packages."""
    result = subprocess.run([tidewaiter, "packages", "--no-cache", target, "--format", "json"], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, timeout=SECONDS_MAX)
    if result.returncode not in (0, 2):
        raise AssertionError(f"packages {target} ended with {result.returncode}: {result.stderr.strip()}")
    return json.loads(result.stdout)


def rows_of_tidewaiter(report):
    return sorted(Row(package["name"], package["version"], package.get("arch", ""), package["source_name"],
                      package["source_version"])
                  for package in report["packages"] if package["type"] == "deb")


def paragraph(name, status="install ok installed", **fields):
    lines = [f"Package: {name}"]
    if status is not None:
        lines.append(f"Status: {status}")
    lines += [f"{field.replace('_', '-')}: {value}" for field, value in fields.items()]
    lines += ["Maintainer: Nobody <nobody@example.org>", "Description: made up", " for a test"]
    return "\n".join(lines) + "\n"


class DpkgQueryTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="tidewaiter-dpkg-")
        self.root = pathlib.Path(self.folder.name)
        self.write("etc/os-release", 'ID=debian\nVERSION_ID="12"\n')

    def tearDown(self):
        self.folder.cleanup()

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def write_status(self, *paragraphs):
        self.write("var/lib/dpkg/status", "\n".join(paragraphs))

    def check_against_dpkg_query(self, count):
        expected = rows_of_dpkg_query(self.root)
        self.assertEqual(len(expected), count)
        self.assertEqual(rows_of_tidewaiter(report_of(f"dir:{self.root}")), expected)

    def test_lists_what_dpkg_query_lists(self):
        for root in roots:
            with self.subTest(root=root):
                expected = rows_of_dpkg_query(root)
                self.assertGreater(len(expected), 0)
                self.assertEqual(rows_of_tidewaiter(report_of(f"dir:{root}")), expected)

    def test_leaves_out_removed_packages(self):
        self.write_status(paragraph("kept", Architecture="amd64", Version="1.0-1"),
                          paragraph("removed", "deinstall ok config-files", Architecture="amd64", Version="2.0-1"),
                          paragraph("purged", "purge ok not-installed", Architecture="amd64"))
        self.check_against_dpkg_query(1)

    def test_lists_both_of_a_multi_arch_pair(self):
        for_both = dict(Multi_Arch="same", Source="glibc", Version="2.36-9+deb12u4")
        self.write_status(paragraph("libc6", Architecture="amd64", **for_both),
                          paragraph("libc6", Architecture="i386", **for_both))
        self.check_against_dpkg_query(2)

    def test_takes_the_source_version_of_a_rebuild(self):
        self.write_status(paragraph("bsdutils", Architecture="amd64", Source="util-linux (2.38.1-5)",
                                    Version="1:2.38.1-5+b1"))
        self.check_against_dpkg_query(1)

    def test_lists_packages_in_every_state_with_files(self):
        versions = dict(Architecture="all", Version="1")
        self.write_status(paragraph("held", "hold ok installed", **versions),
                          paragraph("to-be-removed", "deinstall ok installed", **versions),
                          paragraph("half-configured", "install ok half-configured", Config_Version="1", **versions),
                          paragraph("unpacked", "install ok unpacked", **versions),
                          paragraph("triggers-pending", "install ok triggers-pending", Triggers_Pending="x",
                                    **versions))
        self.check_against_dpkg_query(5)

    def test_reads_status_d_which_dpkg_query_does_not(self):
        self.write("var/lib/dpkg/status.d/base", paragraph("base-files", None, Version="12.4", Architecture="amd64"))
        self.write("var/lib/dpkg/status.d/bGliYzY=", paragraph("libc6", None, Source="glibc (2.36-9)",
                                                                Version="2.36-9+b1", Architecture="amd64"))
        self.write("var/lib/dpkg/status.d/base.md5sums", "d41d8cd98f00b204e9800998ecf8427e  usr/share/doc/x\n")
        self.write("var/lib/dpkg/status.d/libc6.preinst", "#!/bin/sh\n")
        report = report_of(f"dir:{self.root}")
        self.assertEqual(rows_of_tidewaiter(report),
                         [Row("base-files", "12.4", "amd64", "base-files", "12.4"),
                          Row("libc6", "2.36-9+b1", "amd64", "glibc", "2.36-9")])
        self.assertEqual({package["path"] for package in report["packages"]},
                         {"var/lib/dpkg/status.d/base", "var/lib/dpkg/status.d/bGliYzY="})


class LayersTest(unittest.TestCase):
    """What upper layers replace, remove and hide, by a hand-written list: there is no root file system to ask."""

    BASE = {"etc/os-release": OS_RELEASE,
            "var/lib/dpkg/status": status(made_up("kept", "1.0-1"), made_up("changed", "1.0-1"))}

    def rows(self, *layers):
        with tempfile.TemporaryDirectory(prefix="tidewaiter-layers-") as folder:
            layout = Layout(folder)
            for layer in layers:
                layout.add_layer(tar(layer))
            return [(row.name, row.version) for row in rows_of_tidewaiter(report_of(layout.finish()))]

    def test_an_upper_status_file_replaces_the_lower_one(self):
        upper = status(made_up("kept", "1.0-1"), made_up("changed", "2.0-1"), made_up("new", "3.0-1"))
        self.assertEqual(self.rows(self.BASE, {"var/lib/dpkg/status": upper}),
                         [("changed", "2.0-1"), ("kept", "1.0-1"), ("new", "3.0-1")])

    def test_a_package_removed_in_an_upper_layer_is_gone(self):
        upper = status(made_up("kept", "1.0-1"), made_up("changed", "1.0-1", "deinstall ok config-files"))
        self.assertEqual(self.rows(self.BASE, {"var/lib/dpkg/status": upper}), [("kept", "1.0-1")])

    def test_a_whiteout_hides_the_database(self):
        for hidden in ("var/lib/dpkg/.wh.status", "var/lib/.wh.dpkg", "var/.wh.lib", "var/lib/dpkg/.wh..wh..opq"):
            with self.subTest(hidden=hidden):
                self.assertEqual(self.rows(self.BASE, {hidden: ""}), [])

    def test_a_database_above_a_whiteout_counts(self):
        upper = {"var/lib/.wh.dpkg": ""}
        above = {"var/lib/dpkg/status": status(made_up("again", "4.0-1"))}
        self.assertEqual(self.rows(self.BASE, upper, above), [("again", "4.0-1")])

    def test_an_opaque_directory_keeps_what_its_own_layer_holds(self):
        upper = {"var/lib/dpkg/status": status(made_up("own", "5.0-1")), "var/lib/dpkg/.wh..wh..opq": ""}
        self.assertEqual(self.rows(self.BASE, upper), [("own", "5.0-1")])

    def test_status_d_adds_up_over_layers_and_is_hidden_file_by_file(self):
        one = {"etc/os-release": OS_RELEASE, "var/lib/dpkg/status.d/one": made_up("one", "1-1", None),
               "var/lib/dpkg/status.d/two": made_up("two", "1-1", None)}
        upper = {"var/lib/dpkg/status.d/three": made_up("three", "1-1", None), "var/lib/dpkg/status.d/.wh.two": ""}
        self.assertEqual(self.rows(one, upper), [("one", "1-1"), ("three", "1-1")])


class RealImageTest(unittest.TestCase):
    """Debian's own root file systems, as tools/demo-images writes them, each of one layer."""

    def unpack_database(self, layout, root):
        def read(descriptor):
            return layout / "blobs" / descriptor["digest"].replace(":", "/")
        manifest = json.loads(read(json.loads((layout / "index.json").read_text())["manifests"][0]).read_text())
        self.assertEqual(len(manifest["layers"]), 1)
        with tarfile.open(read(manifest["layers"][0])) as layer:
            for entry in layer:
                if entry.isfile() and entry.name.lstrip("./").startswith("var/lib/dpkg/"):
                    file = root / entry.name.lstrip("./")
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(layer.extractfile(entry).read())

    def test_lists_what_dpkg_query_lists_of_a_real_image(self):
        folder = os.environ.get("TIDEWAITER_DEMO_IMAGES")
        if folder is None:
            self.skipTest("TIDEWAITER_DEMO_IMAGES names no folder with the layouts debian-11 and debian-12")
        for name in ("debian-11", "debian-12"):
            with self.subTest(name=name), tempfile.TemporaryDirectory(prefix="tidewaiter-dpkg-") as root:
                layout = pathlib.Path(folder) / name
                self.unpack_database(layout, pathlib.Path(root))
                expected = rows_of_dpkg_query(root)
                self.assertGreater(len(expected), 50)
                self.assertEqual(rows_of_tidewaiter(report_of(f"oci:{layout}")), expected)


def skip(reason):
    print(reason)
    sys.exit(SKIPPED)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tidewaiter, roots = sys.argv[1], [root.rstrip("/") or "/" for root in sys.argv[2:]] or ["/"]
    if shutil.which("dpkg-query") is None:
        skip("there is no dpkg-query on this machine")
    if shutil.which(tidewaiter) is None:
        skip(f"there is no program {tidewaiter}")
    commands = subprocess.run([tidewaiter, "--help"], stdout=subprocess.PIPE, text=True, timeout=SECONDS_MAX).stdout
    if not any(line.split()[:1] == ["packages"] for line in commands.splitlines()):
        skip(f"{tidewaiter} has no command \"packages\" yet")
    unittest.main(argv=sys.argv[:1], verbosity=2)
