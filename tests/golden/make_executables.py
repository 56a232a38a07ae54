#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the programs of tests/golden/analyzers/executable again: the least of ELF, PE and Mach-O around what is read."""
import json
import pathlib
import struct
import zlib

CASES = pathlib.Path(__file__).resolve().parent / "analyzers" / "executable"
BASE = 0x400000
MAGIC = b"\xff Go buildinf:"


def elf(sections=(), data=b"", wide=True, order="<", kind=2):
    """Header, one writable segment with `data` at BASE, named sections behind it."""
    word = "Q" if wide else "I"
    header_size, program_size, section_size = (64, 56, 64) if wide else (52, 32, 40)
    data_offset = 128
    names = b"\0.shstrtab\0"
    body = data.ljust(8, b"\0")
    table = [struct.pack(order + ("IIQQQQIIQQ" if wide else "10I"), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    rows = []
    for name, content in sections:
        body += b"\0" * (-(data_offset + len(body)) % 16)
        rows.append((len(names), data_offset + len(body), len(content)))
        names += name.encode() + b"\0"
        body += content
    rows.append((1, data_offset + len(body), len(names)))
    body += names
    for name, offset, size in rows:
        table.append(struct.pack(order + "II" + word * 4 + "II" + word * 2, name, 1, 2, BASE + offset - data_offset,
                                 offset, size, 0, 0, 1, 0))
    section_offset = data_offset + len(body)
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    header = ident + struct.pack(order + "HHI" + word * 3 + "I6H", kind, 62, 1, BASE, header_size,
                                 section_offset if sections else 0, 0, header_size, program_size, 1, section_size,
                                 len(table) if sections else 0, len(table) - 1 if sections else 0)
    load = (1, 6, data_offset, BASE, BASE, len(data), len(data), 16) if wide else \
           (1, data_offset, BASE, BASE, len(data), len(data), 6, 16)
    program = struct.pack(order + ("IIQQQQQQ" if wide else "8I"), *load)
    out = (header + program).ljust(data_offset, b"\0") + body
    return out + b"".join(table) if sections else out


def pe(data, image_base=0x140000000, address=0x1000):
    header = b"MZ".ljust(0x3c, b"\0") + struct.pack("<I", 0x40)
    optional = struct.pack("<H", 0x20b).ljust(24, b"\0") + struct.pack("<Q", image_base)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 2)
    section = struct.pack("<8sIIIIIIHHI", b".data", len(data), address, len(data), 0x200, 0, 0, 0, 0, 0xC0000040)
    return (header + coff + optional + section).ljust(0x200, b"\0") + data


def mach(content, order="<"):
    name, offset = b"__go_buildinfo", 0x200
    section = struct.pack(order + "16s16sQQIIIIIIII", name, b"__DATA", 0x1000, len(content), offset, 4, 0, 0, 0, 0, 0, 0)
    segment = struct.pack(order + "II16sQQQQIIII", 0x19, 72 + len(section), b"__DATA", 0x1000, len(content), offset,
                          len(content), 3, 3, 1, 0) + section
    header = struct.pack(order + "IIIIIIII", 0xfeedfacf, 0x1000007, 3, 2, 1, len(segment), 0, 0)
    return (header + segment).ljust(offset, b"\0") + content


def fat(*images):
    offset, table, body = 0x1000, b"", b""
    for image in images:
        table += struct.pack(">IIIII", 0x1000007, 3, offset + len(body), len(image), 12)
        body += image
    return (struct.pack(">II", 0xcafebabe, len(images)) + table).ljust(offset, b"\0") + body


def varint(number):
    out = b""
    while number >= 128:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def framed(lines):
    return b"0w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6" + "".join(line + "\n" for line in lines).encode() + \
        b"\xf92C1\x86\x18 r\x00\x82B\x10A\x16\xd8\xf2" if lines else b""


def inline(version, lines):
    modules = framed(lines)
    return (MAGIC + bytes([8, 2])).ljust(32, b"\0") + varint(len(version)) + version.encode() + \
        varint(len(modules)) + modules


def pointers(version, lines, base, size=8, order="<"):
    """The form before Go 1.18: two pointers to string headers, which point to the bytes."""
    number = order + ("Q" if size == 8 else "I")
    modules = framed(lines)
    texts = base + 32 + 4 * size
    record = (MAGIC + bytes([size, 0 if order == "<" else 1])).ljust(16, b"\0")
    record += struct.pack(number, base + 32) + struct.pack(number, base + 32 + 2 * size)
    record = record.ljust(32, b"\0")
    record += struct.pack(number, texts) + struct.pack(number, len(version))
    record += struct.pack(number, texts + len(version)) + struct.pack(number, len(modules))
    return record + version.encode() + modules


LINES = ["path\texample.org/cmd/app", "mod\texample.org/app\t(devel)\t", "dep\tgolang.org/x/net\tv0.7.0\th1:sum=",
         "dep\tgithub.com/old/name\tv1.0.0", "=>\tgithub.com/new/name\tv1.2.3\th1:sum=", "dep\texample.org/local\tv0.1.0",
         "=>\t./local\t(devel)\t", "dep\tgithub.com/docker/docker\tv20.10.7+incompatible\th1:x=", "dep\t\tv1.0.0\t",
         "build\t-ldflags=\"-s -w -X main.version=1.4.2\"", "build\tGOOS=linux"]
CRATES = {"packages": [{"name": "app", "version": "0.1.0", "source": "local", "root": True, "dependencies": [1, 2]},
                       {"name": "serde", "version": "1.0.190", "source": "crates.io"},
                       {"name": "cc", "version": "1.0.83", "source": "crates.io", "kind": "build"},
                       {"name": "serde", "version": "1.0.190", "source": "crates.io"},
                       {"name": "", "version": "1"}], "format": 1}
PACKED = zlib.compress(json.dumps(CRATES).encode())
PAGE = b"\0" * 16
FILES = {
    "go": {
        "inline": elf([(".go.buildinfo", inline("go1.22.3", LINES))]),
        "no-sections": elf(data=PAGE + inline("go1.21rc2", LINES[:2])),
        "pointers-32-big-endian": elf(data=pointers("go1.12.17", LINES[:3], BASE, 4, ">"), wide=False, order=">"),
        "app.exe": pe(pointers("go1.16.5 X:boringcrypto", LINES, 0x140001000)),
        "mach": mach(inline("go1.20", ["mod\texample.org/tagged\tv1.0.1"])),
        "fat": fat(mach(b"nothing"), mach(inline("go1.24.1-X:foo", []))),
        "devel": elf([(".go.buildinfo", inline("go1.23-devel_abcdef", []))]),
        "not-aligned": elf(data=b"12345678" + inline("go1.22", [])),
    },
    "rust": {
        "crates": elf([(".dep-v0", PACKED)]),
        "library.so": elf([(".dep-v0", PACKED)], kind=3),
        "no-json": elf([(".dep-v0", zlib.compress(b"[1,"))]),
        "no-zlib": elf([(".dep-v0", b"plain")]),
        "too-large": elf([(".dep-v0", zlib.compress(b" " * (9 << 20), 9))]),
    },
    "signature": {
        "node": elf(data=b"..https://nodejs.org/node.js/v20.11.1/node-v20.11.1.tar.gz\0"),
        "python3.11": elf(data=b"\0003.1\0003.11.4\0003.11.4\0003.12.1\0"),
        "libpython3.12.so.1.0": elf(data=b"\0003.12.0rc1+\0"),
        "python3": elf(data=b"\0003.9.2\0003.10.1\0"),
        "postgres": elf(data=b"upgrading to PostgreSQL 9.1.\0PostgreSQL 15.6 (Debian 15.6-0+deb12u1) on x86_64\0"),
        "redis-server": elf(data=b"\0001.2.3\0007.2.4buildkitsandbox-17040672000000000000\0"),
        "mysqld": elf(data=b"/usr/src/mysql-8.0.36/sql\0"),
        "mariadbd": elf(data=b"MariaDB-server\00010.11.6-MariaDB\0"),
        "nginx": elf(data=b"nginx version: openresty/1.25.3.1\0"),
        "haproxy": elf(data=b"HA-Proxy version 1.8.30, released 2021/04/12\0"),
        "openssl": elf(data=b"\0OpenSSL 1.1.1w  11 Sep 2023\0"),
        "bash": elf(data=b"@(#)Bash version 5.2.15(1) release GNU\0"),
        "ruby": elf(data=b"\0ruby 3.1.2p20 (2022-04-12 revision 4491bb740a)\0"),
        "php-fpm": elf(data=b"X-Powered-By: PHP/8.2.15\0"),
        "perl": elf(data=b"/usr/local/lib/perl5/5.38.2\0"),
        "jq": elf(data=b"\0001.6\0"),
        "gzip": elf(data=b"\0001.12\0002.13\0"),
        "httpd": elf(data=b"\0Apache/2.4\0\0Apache/2.4.58 (Unix)\0"),
        "erlexec": elf(data=b"/usr/src/otp_src_25.3.2.6/erts/etc/unix/erlexec.c\0"),
        "beam.smp": elf(data=b"/usr/local/src/otp-26.0/lib\0/usr/local/src/otp-26.2.1/erts/emulator\0"),
        "gcc-13": elf(data=b"\0GCC: (Debian 12.2.0-14) 12.2.0\0GCC: (GNU) 13.1.0\0"),
        "elixir": b"#!/bin/sh\nset -e\n\nELIXIR_VERSION=1.15.7\n\nusage() {\n  echo OTP\n}\n",
        "wp": b"#!/usr/bin/env php\n<?php\n# wp-cli/wp-cli 2.9.0\n",
        "other": elf(data=b"\0OpenSSL 1.1.1w  11 Sep 2023\0"),
        "curl": elf(data=b"\0curl/. is no version"),
    },
    "unknown": {
        "empty-elf": elf(),
        "object.o": elf(kind=1),
        "core": elf(kind=4),
        "script": b"#!/bin/sh\n".ljust(100, b"#"),
        "Class.class": b"\xca\xfe\xba\xbe\0\0\0\x34".ljust(100, b"\0"),
        "cut": elf([(".go.buildinfo", inline("go1.22.3", LINES))])[:150],
        "bad-sections": elf([(".go.buildinfo", inline("go1.22.3", LINES))])[:-30],
        "MZ.txt": b"MZ is a text".ljust(100, b" "),
    },
}


def main():
    for case, files in FILES.items():
        for name, content in files.items():
            path = CASES / case / "input" / "usr/local/bin" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


main()
