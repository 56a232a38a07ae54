#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeded mutations of tars give the same tree as Go's archive/tar applied the way containerd does; where they differ, our
reader has to say so with an error or a gap. Skipped where there is no Go.

usage: tar_differential_test.py TAR_LIST      TIDEWAITER_SEEDS: how many (default 10000); TIDEWAITER_SEED: the first
"""
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile

SKIPPED = 77
SEEDS = int(os.environ.get("TIDEWAITER_SEEDS", "10000"))
FIRST = int(os.environ.get("TIDEWAITER_SEED", "0"))
BATCH = 1000
SHOWN_MAX = 5
SECONDS_MAX = 600
BLOCK = 512
HERE = pathlib.Path(__file__).resolve().parent
FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
NAMES = ("a", "d/b", "./c", "d/../e", "/f", "d/.wh.g", "d/.wh..wh..opq", ".wh..wh.aufs", ".wh.", "x" * 120, "y/" * 60 + "z",
         "../../h", "d", "d/", "\xe9", "d//i", "j/.", "var/lib/dpkg/status")


def raw_header(name, kind, size, magic=b"ustar\x0000", **fields):
    """A header block; `fields` by where they stand: at_345=b"…"."""
    block = bytearray(BLOCK)
    fields = {"at_0": name[:100], "at_100": b"0000644\0", "at_124": b"%011o\0" % size, "at_156": kind, "at_257": magic, **fields}
    for place, value in fields.items():
        at = int(place[3:])
        block[at:at + len(value)] = value
    fix_checksum(block, 0)
    return bytes(block)


def whole_blocks(data):
    return data + bytes(-len(data) % BLOCK)


def records(pairs):
    out = b""
    for key, value in pairs:
        body = b" %s=%s\n" % (key, value)
        size = len(body) + 1
        while len(b"%d" % size) + len(body) != size:
            size += 1
        out += b"%d%s" % (size, body)
    return raw_header(b"x", b"x", len(out)) + whole_blocks(out)


def make_sparse(chance):
    """A sparse file in one of GNU's four formats: old, 0.0, 0.1 and 1.0."""
    ranges, at, data = [], 0, b""
    for _ in range(chance.choice((0, 1, 2, 5, 30))):
        at += chance.choice((0, 1, 512, 700))
        length = chance.choice((0, 1, 512, 600))
        ranges.append((at, length))
        data += bytes(chance.randrange(1, 256) for _ in range(length))
        at += length
    real = at + chance.choice((0, 0, 1, 1000))
    form, name = chance.randrange(4), chance.choice(NAMES).encode()
    if form == 0:
        pairs = [b"%011o\0%011o\0" % pair for pair in ranges]
        blocks = [pairs[i:i + 21] for i in range(4, len(pairs), 21)]
        more = b"".join(b"".join(block).ljust(504, b"\0") + (b"\1" if i + 1 < len(blocks) else b"\0") + bytes(7)
                        for i, block in enumerate(blocks))
        return raw_header(name, b"S", len(data), b"ustar  \0", at_386=b"".join(pairs[:4]), at_482=b"\1" if blocks else b"\0",
                          at_483=b"%011o\0" % real) + more + whole_blocks(data)
    numbers = [b"%d" % number for pair in ranges for number in pair]
    if form == 1:
        keys = [(b"GNU.sparse.numbytes" if i % 2 else b"GNU.sparse.offset", number) for i, number in enumerate(numbers)]
        said = [(b"GNU.sparse.size", b"%d" % real), (b"GNU.sparse.numblocks", b"%d" % len(ranges))] + keys
    elif form == 2:
        said = [(b"GNU.sparse.major", b"0"), (b"GNU.sparse.minor", b"1"), (b"GNU.sparse.name", name),
                (b"GNU.sparse.size", b"%d" % real), (b"GNU.sparse.numblocks", b"%d" % len(ranges)),
                (b"GNU.sparse.map", b",".join(numbers))]
    else:
        said = [(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", name),
                (b"GNU.sparse.realsize", b"%d" % real)]
        data = whole_blocks(b"".join(number + b"\n" for number in [b"%d" % len(ranges)] + numbers)) + data
    return records(said) + raw_header(b"GNUSparseFile.0/" + name, b"0", len(data)) + whole_blocks(data)


def make_odd(chance):
    """Headers that Python does not write: a prefix, star's format, the year 2016's of Go, V7, base 256, a global header."""
    name, data = chance.choice(NAMES).encode(), b"odd" * chance.choice((0, 1, 300))
    return whole_blocks(chance.choice((
        raw_header(name, b"0", len(data), at_345=b"p/q"),
        raw_header(name, b"0", len(data), at_345=b"s/t", at_476=b"00000000000\0", at_488=b"00000000000\0", at_508=b"tar\0"),
        raw_header(name, b"0", len(data), b"ustar  \0", at_345=b"go/2016"),
        raw_header(name, b"\0", len(data), b""),
        raw_header(name, b"0", 0, at_124=b"\x80" + len(data).to_bytes(11, "big")),
        records([(b"size", b"%d" % len(data)), (b"path", name)]) + raw_header(b"r", b"0", 7),
        records([(b"path", b"lost")]) + raw_header(b"g", b"g", 0) + raw_header(name, b"0", len(data)),
    )) + data)


def make_tar(chance):
    return bytearray(b"".join(make_part(chance) for _ in range(chance.choice((1, 1, 2, 3)))))


def make_part(chance):
    which = chance.randrange(6)
    return make_sparse(chance) if which == 0 else make_odd(chance) if which == 1 else make_usual(chance)


def make_usual(chance):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=chance.choice(FORMATS)) as archive:
        for _ in range(chance.randint(1, 6)):
            member = tarfile.TarInfo(chance.choice(NAMES))
            member.type = chance.choice((tarfile.REGTYPE, tarfile.REGTYPE, tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE,
                                         tarfile.LNKTYPE, tarfile.FIFOTYPE))
            member.mode = chance.choice((0o644, 0o755, 0o4755))
            if member.type in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                member.linkname = chance.choice(NAMES)
            data = bytes(chance.randrange(256) for _ in range(chance.choice((0, 1, 100, 512, 700))))
            member.size = len(data) if member.type == tarfile.REGTYPE else 0
            try:
                archive.addfile(member, io.BytesIO(data))
            except ValueError:
                continue  # the format cannot hold the name
    return whole_blocks(content.getvalue().rstrip(b"\0"))


def pad(data):
    data.extend(bytes(-len(data) % BLOCK + 2 * BLOCK))


def fix_checksum(data, start):
    block = data[start:start + BLOCK]
    if len(block) == BLOCK:
        block[148:156] = b" " * 8
        data[start + 148:start + 156] = b"%06o\0 " % sum(block)


def mutate(data, chance):
    """One to three changes; most keep the header's sum right, so that the change is seen and not only refused."""
    for _ in range(chance.randint(0, 3)):
        blocks = len(data) // BLOCK
        start = chance.randrange(max(blocks, 1)) * BLOCK
        what = chance.randrange(7)
        if what == 0 and len(data) > 0:
            data[chance.randrange(len(data))] = chance.randrange(256)
        elif what <= 3 and len(data) >= start + BLOCK:
            place, size = chance.choice(((0, 100), (100, 8), (124, 12), (156, 1), (157, 100), (257, 8), (345, 155)))
            at = start + place + chance.randrange(size)
            data[at] = chance.choice((0, 0x20, 0x2f, 0x30, 0x37, 0x80, 0xff, chance.randrange(256)))
            fix_checksum(data, start)
        elif what == 4:
            data[start:start] = data[start:start + BLOCK]
        elif what == 5:
            del data[start:start + BLOCK]
        elif what == 6 and chance.randrange(4) == 0:
            del data[chance.randrange(len(data) + 1):]
    return data


def tree(entries):
    """What one layer leaves: a later entry replaces, and what is no directory has nothing below it."""
    found, hidden = {}, set()
    for kind, path, detail in entries:
        if kind in ("whiteout", "opaque"):
            hidden.add((kind, path))
            continue
        if kind != "directory" or found.get(path, ("directory",))[0] != "directory":
            below = path + "2f"
            for other in [other for other in found if other.startswith(below)]:
                del found[other]
        found[path] = (kind, detail)
    return found, hidden


def compare(ours, theirs):
    """None, or what is wrong."""
    if ours["gaps"] > 0:
        return None  # told
    if ours["status"] != "ok":
        return "only our reader refuses it" if theirs["status"] == "ok" else None
    if theirs["status"] == "ok":
        return None if tree(ours["entries"]) == tree(theirs["entries"]) else "another tree, and no gap"
    # An unpacker stops here, so no container can have more; but what it has applied until then must not be missing.
    missing = [entry for entry in theirs["entries"] if entry not in ours["entries"]]
    return f"entries are missing: {missing[:3]}" if missing else None


def run(program, names):
    done = subprocess.run([program], input="".join(f"{name}\n" for name in names), capture_output=True, text=True,
                          timeout=SECONDS_MAX, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{program} ended with {done.returncode}: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    if shutil.which("go") is None:
        print("skipped: there is no Go (Debian: golang-go)")
        return SKIPPED
    wrong, told, equal = [], 0, 0
    with tempfile.TemporaryDirectory(prefix="tidewaiter-tar-") as folder:
        reader = os.path.join(folder, "tar_apply")
        subprocess.run(["go", "build", "-o", reader, str(HERE / "tar_apply.go")], check=True, timeout=SECONDS_MAX,
                       env=dict(os.environ, GO111MODULE="off", GOTOOLCHAIN="local", GOFLAGS=""))
        for start in range(FIRST, FIRST + SEEDS, BATCH):
            names = []
            for seed in range(start, min(start + BATCH, FIRST + SEEDS)):
                chance = random.Random(seed)
                data = make_tar(chance)
                pad(data)
                name = os.path.join(folder, str(seed - start))
                pathlib.Path(name).write_bytes(bytes(mutate(data, chance)))
                names.append(name)
            for seed, ours, theirs in zip(range(start, start + len(names)), run(sys.argv[1], names), run(reader, names)):
                reason = compare(ours, theirs)
                if reason is not None:
                    wrong.append((seed, reason, ours, theirs))
                elif ours["status"] != "ok" or ours["gaps"] > 0:
                    told += 1
                else:
                    equal += theirs["status"] == "ok"
    print(f"{SEEDS} seeds from {FIRST}: {equal} trees equal, {told} told by an error or a gap, {len(wrong)} wrong")
    for seed, reason, ours, theirs in wrong[:SHOWN_MAX]:
        print(f"seed {seed}: {reason}\n  ours   {ours}\n  theirs {theirs}")
    if equal < SEEDS // 10:
        print("too few trees were compared: the mutations break everything")
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main())
