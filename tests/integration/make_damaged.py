#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes OCI layouts of images that a scanner must survive.

usage: make_damaged.py DIRECTORY [CASE…]      one layout DIRECTORY/CASE for each case, all of them by default
       make_damaged.py --list                 the cases and what each is

Large layers are streamed, so memory stays small; what repeats is compressed once. Manifest, config and index are valid
around each of them."""
import hashlib
import json
import os
import pathlib
import struct
import sys
import tarfile
import zlib

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
MIB = 1 << 20

OS_RELEASE = b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'


def stanza(name, version):
    return (f"Package: {name}\nStatus: install ok installed\nPriority: optional\nSection: libs\nInstalled-Size: 100\n"
            f"Maintainer: Nobody <nobody@example.org>\nArchitecture: amd64\nVersion: {version}\n"
            f"Description: a package of a test\n\n").encode()


STATUS = stanza("openssl", "3.0.9-1") + stanza("zlib1g", "1:1.2.13.dfsg-1")


class Blob:
    """A file that is hashed while it is written, and gets its digest as name."""

    def __init__(self, layout):
        self.folder = layout / "blobs" / "sha256"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / ".unfinished"
        self.stream = open(self.path, "wb")
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data):
        self.stream.write(data)
        self.hash.update(data)
        self.size += len(data)

    def finish(self, name=None):
        """The descriptor; `name` and its size stand in for the true ones."""
        self.stream.close()
        digest = self.hash.hexdigest()
        described = name or (digest, self.size)
        os.replace(self.path, self.folder / described[0])
        return {"digest": "sha256:" + described[0], "size": described[1]}


def put(layout, data):
    blob = Blob(layout)
    blob.write(data)
    return blob.finish()


def write_image(layout, layers):
    """Config, manifest and index over layer descriptors. The diff_ids are made up where nobody inflates 10 GB."""
    config = {"architecture": "amd64", "os": "linux", "config": {},
              "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE,
                "config": {"mediaType": CONFIG_TYPE, **put(layout, json.dumps(config).encode())},
                "layers": [{"mediaType": LAYER_TYPE, **layer} for layer in layers]}
    entry = {"mediaType": MANIFEST_TYPE, **put(layout, json.dumps(manifest).encode()),
             "annotations": {"org.opencontainers.image.ref.name": "latest"}}
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


def member(name, data=b"", kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mode = kind, target, len(data), 0o644
    padding = -len(data) % 512
    return info.tobuf(tarfile.GNU_FORMAT) + data + b"\0" * padding


def header(name, size):
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info.tobuf(tarfile.GNU_FORMAT)


END = b"\0" * 1024
ROOT = member("etc/os-release", OS_RELEASE) + member("var/lib/dpkg/status", STATUS)


def gzip_member(data, level=6):
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    return GZIP_HEADER + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xffffffff)


class GzipWriter:
    """One member, with pieces of which some were compressed before."""

    def __init__(self, blob, level=1):
        self.blob, self.level = blob, level
        self.crc, self.size = 0, 0
        blob.write(GZIP_HEADER)

    def compress(self, data):
        """Compressed so that it can stand anywhere."""
        deflate = zlib.compressobj(self.level, zlib.DEFLATED, -15)
        return deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH)

    def write(self, data, compressed=None):
        self.blob.write(compressed or self.compress(data))
        self.crc = zlib.crc32(data, self.crc)
        self.size += len(data)

    def finish(self):
        self.blob.write(zlib.compressobj(1, zlib.DEFLATED, -15).flush())
        self.blob.write(struct.pack("<II", self.crc, self.size & 0xffffffff))


def sound(layout):
    """nothing is wrong with it; for comparison"""
    write_image(layout, [put(layout, gzip_member(ROOT + END))])


def cut_layer(layout):
    """a gzip layer that ends in its middle, under the digest of what is left"""
    whole = gzip_member(ROOT + member("usr/share/noise", os.urandom(200000)) + END)
    write_image(layout, [put(layout, whole[:len(whole) // 2])])


def cut_blob(layout):
    """a layer file shorter than its descriptor says, as after a broken download"""
    whole = gzip_member(ROOT + member("usr/share/noise", os.urandom(200000)) + END)
    blob = Blob(layout)
    blob.write(whole[:len(whole) // 2])
    write_image(layout, [blob.finish((hashlib.sha256(whole).hexdigest(), len(whole)))])


def cut_tar(layout):
    """a whole gzip stream around half a tar, above a sound layer"""
    cut = (member("usr/share/noise", os.urandom(200000)) + END)[:100000]
    write_image(layout, [put(layout, gzip_member(ROOT + END)), put(layout, gzip_member(cut))])


def flipped_bit(layout):
    """one bit of the upper layer's compressed data is wrong"""
    upper = bytearray(gzip_member(member("usr/share/noise", os.urandom(200000)) + END))
    upper[len(upper) // 2] ^= 4
    write_image(layout, [put(layout, gzip_member(ROOT + END)), put(layout, bytes(upper))])


def wrong_digest(layout):
    """a sound layer of the right size under the digest of another one"""
    whole = gzip_member(ROOT + END)
    blob = Blob(layout)
    blob.write(whole)
    write_image(layout, [blob.finish((hashlib.sha256(b"another layer").hexdigest(), len(whole)))])


def gzip_bomb(layout):
    """10 GB of zeros in 10 MB of gzip, the most that deflate can do; 40 members"""
    piece = gzip_member(b"\0" * (256 * MIB), 9)
    blob = Blob(layout)
    blob.write(gzip_member(ROOT + header("zeros", 10240 * MIB)))
    for _ in range(40):
        blob.write(piece)
    blob.write(gzip_member(END))
    write_image(layout, [blob.finish()])


def zstd_bomb(layout):
    """10 GB of zeros in 330 kB of zstd, by blocks of one repeated byte"""
    def raw_frame(data):
        return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data)) + b"".join(
            struct.pack("<I", (len(data[i:i + 65536]) << 3) | (i + 65536 >= len(data)))[:3] + data[i:i + 65536]
            for i in range(0, len(data), 65536))

    # RFC 8878 3.1.1: no content size, window of 8 MiB; RLE blocks of 128 KiB; the last one empty.
    block = struct.pack("<I", (128 * 1024 << 3) | 2)[:3] + b"\0"
    blob = Blob(layout)
    blob.write(raw_frame(ROOT + header("zeros", 10240 * MIB)))
    blob.write(b"\x28\xb5\x2f\xfd\0\x68" + block * (10240 * 8) + struct.pack("<I", 1)[:3])
    blob.write(raw_frame(END))
    write_image(layout, [blob.finish()])


def many_files(layout, distinct=6000000):
    """a tar with 6 million empty files; fewer `distinct` names, which then repeat, are quicker to make"""
    blob = Blob(layout)
    gzip = GzipWriter(blob)
    gzip.write(ROOT)
    template = bytearray(header("f/00000000", 0))
    template[148:156] = b" " * 8
    base = sum(template) - 8 * ord("0")
    kept = {}
    for start in range(0, 6000000, 10000):
        first = start % distinct
        if first in kept:
            gzip.write(*kept[first])
            continue
        rows = bytearray()
        for number in range(first, first + 10000):
            digits = b"%08d" % number
            template[2:10] = digits
            template[148:156] = b"%06o\0 " % (base + sum(digits))
            rows += template
        piece = bytes(rows), gzip.compress(bytes(rows))
        gzip.write(*piece)
        if distinct < 6000000:
            kept[first] = piece
    gzip.write(END)
    gzip.finish()
    write_image(layout, [blob.finish()])


def large_status(layout, bytes_max):
    rows = b"".join(stanza(f"package-{number}", f"1.{number}-1") for number in range(20000))
    rows += b"\n" * (-len(rows) % 512)
    count = bytes_max // len(rows)
    blob = Blob(layout)
    gzip = GzipWriter(blob)
    gzip.write(member("etc/os-release", OS_RELEASE) + header("var/lib/dpkg/status", count * len(rows)))
    compressed = gzip.compress(rows)
    for _ in range(count):
        gzip.write(rows, compressed)
    gzip.write(END)
    gzip.finish()
    write_image(layout, [blob.finish()])


def huge_status(layout):
    """a dpkg status file of 2 GB"""
    large_status(layout, 2048 * MIB)


def held_status(layout):
    """a dpkg status file of just under 256 MiB, the most that is held"""
    large_status(layout, 256 * MIB)


def symlink_loop(layout):
    """os-release and dpkg's folder are links that lead to themselves; another link leads into a loop"""
    data = (member("etc/os-release", kind=tarfile.SYMTYPE, target="../usr/lib/os-release") +
            member("usr/lib/os-release", kind=tarfile.SYMTYPE, target="../../etc/os-release") +
            member("var/lib/dpkg", kind=tarfile.SYMTYPE, target="dpkg") +
            member("var/lib/dpkg/status", STATUS) +
            member("loop/a", kind=tarfile.SYMTYPE, target="b") + member("loop/b", kind=tarfile.SYMTYPE, target="a"))
    write_image(layout, [put(layout, gzip_member(data + END))])


def hostile_paths(layout):
    """the distribution's files under absolute paths and paths with '..'; unpackers keep them below the root"""
    data = (member("/etc/os-release", OS_RELEASE) +
            member("../../../var/lib/dpkg/status", STATUS) +
            member("a/../../../../etc/passwd", b"root:x:0:0::/:/bin/sh\n") +
            member("link", kind=tarfile.SYMTYPE, target="../../../../../../etc/shadow") +
            member("hard", kind=tarfile.LNKTYPE, target="../../../../../../etc/shadow"))
    write_image(layout, [put(layout, gzip_member(data + END))])


def second_member(layout):
    """one tar over two gzip members; dpkg's status is in the second"""
    first = member("etc/os-release", OS_RELEASE)
    second = member("var/lib/dpkg/status", STATUS) + END
    write_image(layout, [put(layout, gzip_member(first) + gzip_member(second))])


def second_archive(layout):
    """a whole tar in each of two gzip members; unpackers see only the first, dpkg's status is in the second"""
    first = member("etc/os-release", OS_RELEASE) + END
    second = member("var/lib/dpkg/status", STATUS) + END
    write_image(layout, [put(layout, gzip_member(first) + gzip_member(second))])


CASES = {case.__name__.replace("_", "-"): case for case in (
    sound, cut_layer, cut_blob, cut_tar, flipped_bit, wrong_digest, gzip_bomb, zstd_bomb, many_files, huge_status,
    held_status, symlink_loop, hostile_paths, second_member, second_archive)}


def main():
    if sys.argv[1:] == ["--list"]:
        for name, case in CASES.items():
            print(f"{name:16}{case.__doc__}")
        return
    if len(sys.argv) < 2 or any(name not in CASES for name in sys.argv[2:]):
        sys.exit(__doc__)
    for name in sys.argv[2:] or CASES:
        layout = pathlib.Path(sys.argv[1]) / name
        layout.mkdir(parents=True, exist_ok=True)
        CASES[name](layout)


if __name__ == "__main__":
    main()
