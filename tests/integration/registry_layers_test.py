#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Layers as registries really send them, and as nobody should: every compression whatever its media type says, encrypted and
foreign ones, and trees with whiteouts, links and names that try to lead elsewhere.

usage: registry_layers_test.py TIDEWAITER"""
import gzip
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

import fake_registry
from image_layout import LAYER, OS_RELEASE, Home, digest_of, paragraph, status, tar

EXECUTABLE = sys.argv.pop(1) if len(sys.argv) > 1 else ""
STATUS = "var/lib/dpkg/status"
TAR, GZIP, ZSTD = LAYER, LAYER + "+gzip", LAYER + "+zstd"
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
MEBIBYTE = 1 << 20


def members(*entries):
    """A tar of (path, text or bytes) and (path, type, target) in exactly this order."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, *rest in entries:
            entry = tarfile.TarInfo(path)
            data = b""
            if len(rest) == 2:
                entry.type, entry.linkname = rest
            else:
                data = rest[0].encode() if isinstance(rest[0], str) else rest[0]
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return content.getvalue()


def packages(*names):
    return status(*(paragraph(name, "1-1") for name in names))


BASE = members(("etc/os-release", OS_RELEASE), (STATUS, packages("a", "b")))


def pack(content):
    return gzip.compress(content, 1, mtime=0)


def zstd(content):
    return subprocess.run(["zstd", "-q", "-c"], input=content, capture_output=True, check=True, timeout=60).stdout


def skippable(content):
    return (0x184D2A53).to_bytes(4, "little") + len(content).to_bytes(4, "little") + content


class LayersTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-registry-layers-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = Home(EXECUTABLE, self.folder)

    def read(self, *layers):
        """What is found in an image of these (blob, media type, descriptor members), as names and as gaps."""
        self.registry = fake_registry.Holding([(*layer, {})[:3] for layer in layers])
        self.addCleanup(self.registry.close)
        done = self.home.run("packages", "http://%s/team/app:1.0" % self.registry.registry.address, "--no-cache",
                             "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("Sanitizer", done.stderr)
        report = json.loads(done.stdout)
        return [package["name"] for package in report["packages"]], \
            [(gap["kind"], gap["path"]) for gap in report["gaps"]]

    def assert_read(self, *layers, names=("a", "b")):
        self.assertEqual(self.read(*layers), (list(names), []))

    def tree(self, *layers, names, gaps=()):
        self.assertEqual(self.read(*((pack(layer), GZIP) for layer in layers)), (list(names), list(gaps)))

    # compression

    def test_gzip_may_have_many_members(self):
        self.assert_read((b"".join(pack(BASE[start:start + 700]) for start in range(0, len(BASE), 700)), GZIP))

    def test_zstd_may_have_frames_to_be_skipped(self):
        if shutil.which("zstd") is None:
            self.skipTest("zstd is not installed")
        half = len(BASE) // 2
        self.assert_read((skippable(b"first") + zstd(BASE[:half]) + skippable(b"") + zstd(BASE[half:]) +
                          skippable(bytes(5000)), ZSTD))

    def test_the_content_wins_over_the_media_type(self):
        blobs = {"gzip": pack(BASE), "tar": BASE}
        if shutil.which("zstd") is not None:
            blobs["zstd"] = zstd(BASE)
        for name, blob in blobs.items():
            for media_type in (TAR, GZIP, ZSTD):
                with self.subTest(is_really=name, says=media_type):
                    self.assert_read((blob, media_type))

    # layers that are not to be had

    def test_an_encrypted_layer_is_told_and_not_fetched(self):
        names, gaps = self.read((pack(BASE), GZIP), (b"sealed", GZIP + "+encrypted"))
        self.assertEqual((names, gaps), (["a", "b"], [("encrypted-layer", digest_of(b"sealed"))]))
        self.assertFalse(any(digest_of(b"sealed") in entry[2] for entry in self.registry.log))

    def test_a_foreign_layer_is_asked_of_the_registry_alone(self):
        elsewhere = fake_registry.Plain()
        self.addCleanup(elsewhere.close)
        more = {"urls": ["http://%s/v2/layer" % elsewhere.registry.address]}
        self.assert_read((pack(BASE), FOREIGN, more))  # it has it all the same
        names, gaps = self.read((pack(BASE), GZIP), (None, FOREIGN, more))
        self.assertEqual((names, gaps), (["a", "b"], [("foreign-layer", digest_of(b"nothing"))]))
        self.assertEqual(elsewhere.log, [])

    # trees

    def test_a_whiteout_hides_what_is_below_and_never_its_siblings(self):
        own, whiteout = (STATUS, packages("c")), ("var/lib/dpkg/.wh.status", "")
        self.tree(BASE, members(own, whiteout), names=["c"])
        self.tree(BASE, members(whiteout, own), names=["c"])
        self.tree(BASE, members(("var/lib/.wh.dpkg", "")), names=[], gaps=[("database-removed", "var/lib/dpkg/status")])

    def test_an_opaque_directory_hides_what_is_below_wherever_its_mark_stands(self):
        lower = members(("var/lib/dpkg/status.d/x", paragraph("x", "1-1", status=None)),
                        ("etc/os-release", OS_RELEASE))
        own = ("var/lib/dpkg/status.d/y", paragraph("y", "1-1", status=None))
        mark = ("var/lib/dpkg/status.d/.wh..wh..opq", "")
        for upper in (members(own, mark), members(mark, own)):
            self.tree(lower, upper, names=["y"])

    def test_marks_of_aufs_and_a_whiteout_of_nothing_hide_nothing(self):
        self.tree(BASE, members(("var/lib/dpkg/.wh.", ""), ("var/lib/dpkg/.wh..wh.plnk/1.2", ""),
                                ("var/lib/dpkg/.wh..wh.aufs", "")), names=["a", "b"])

    def test_names_cannot_climb_out_of_the_image(self):
        for prefix in ("/", "./", "../../../", "/../..//", "usr/../"):
            with self.subTest(prefix):
                self.tree(BASE, members((prefix + STATUS, packages("c"))), names=["c"])
        self.assertFalse(any("c" == path.name for path in self.folder.rglob("*")))

    def test_links_lead_around_inside_of_the_image_only(self):
        outside = self.folder / "outside"
        outside.write_text(packages("stolen"))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            for target in (str(outside), "../" * 20 + str(outside).lstrip("/")):
                with self.subTest(kind=kind, target=target):
                    names, _ = self.read((pack(members(("etc/os-release", OS_RELEASE), (STATUS, kind, target))), GZIP))
                    self.assertEqual(names, [])

    def test_a_hard_link_names_a_file_of_its_own_layer_or_of_one_below(self):
        kept, link = ("usr/lib/os-release", OS_RELEASE), ("etc/os-release", tarfile.LNKTYPE, "usr/lib/os-release")
        self.tree(members(kept, link, (STATUS, packages("a"))), names=["a"])
        self.tree(members(kept, (STATUS, packages("a"))), members(link), names=["a"])

    def test_a_hard_link_to_what_was_not_kept_is_told(self):
        """A layer is read once: what no analyzer asked for is gone when a link to it comes."""
        release, kept = ("etc/os-release", OS_RELEASE), ("var/lib/dpkg/status-new", packages("c"))
        link = (STATUS, tarfile.LNKTYPE, kept[0])
        told = [("unreadable-file", STATUS), ("no-package-database", "")]
        self.tree(members(release, kept, link), names=[], gaps=told)
        self.tree(members(release, kept), members(link), names=[], gaps=told)

    def test_devices_are_no_files(self):
        nodes = [("dev/null", tarfile.CHRTYPE, ""), ("dev/sda", tarfile.BLKTYPE, ""), ("run/fifo", tarfile.FIFOTYPE, "")]
        self.tree(BASE, members(*nodes), names=["a", "b"])
        names, gaps = self.read((pack(BASE), GZIP), (pack(members((STATUS, tarfile.CHRTYPE, ""))), GZIP))
        self.assertEqual(names, [])
        self.assertNotEqual(gaps, [])

    def test_a_path_of_ten_thousand_directories_is_a_gap(self):
        deep = "d/" * 10000 + "file"
        names, gaps = self.read((pack(BASE), GZIP), (pack(members((deep, "x"), ("etc/after", "y"))), GZIP))
        self.assertEqual(names, ["a", "b"])
        self.assertEqual([kind for kind, _ in gaps], ["unreadable-file"])

    def test_a_bomb_is_a_gap_of_its_layer(self):
        bomb = pack(members(("bomb", bytes(200 * MEBIBYTE))))
        names, gaps = self.read((pack(BASE), GZIP), (bomb, GZIP))
        self.assertEqual((names, gaps), (["a", "b"], [("limit-reached", digest_of(bomb))]))


if __name__ == "__main__":
    unittest.main()
