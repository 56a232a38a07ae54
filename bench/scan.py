#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cold scans against a loopback registry beside the floor: one program that inflates each layer blob and hashes the compressed
bytes on one thread, from memory (bench/floor.c). Budgets: wall 1.3 x floor + 2 us an entry + 30 ms, CPU 1.5 x floor + the
same, parent 64 MB, child 64 MB and the largest program, which is held whole. Ends with status 1 if one is missed.

usage: scan.py BUILD [CASE…]     cases, all if none is named:
  debian   Debian 12 with python3, nodejs, default-jre and build-essential in one layer (mmdebstrap makes it, as root)
  200k     200,000 entries, each a file of 300 bytes
  3m       3,000,000 entries, each an empty file
Layers are kept in $TIDEWAITER_BENCH_LAYERS (default: .tidewaiter/bench), so that a second start takes no time."""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zlib

import push

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
LAYERS = pathlib.Path(os.environ.get("TIDEWAITER_BENCH_LAYERS", ROOT / ".tidewaiter/bench")).resolve()
RUNS = 3
PACKAGES = "python3,nodejs,default-jre,build-essential"
OS_RELEASE = b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
STATUS = b"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\nDescription: C library\n\n"
MEMORY_BYTES_MAX = 64e6


class Packer:
    """A file that is compressed as it is written, with what is to be known of it."""

    def __init__(self, path):
        self.file, self.inflated, self.compressor = open(path, "wb"), hashlib.sha256(), zlib.compressobj(6, wbits=31)

    def write(self, data):
        self.inflated.update(data)
        self.file.write(self.compressor.compress(data))

    def close(self):
        self.file.write(self.compressor.flush())
        self.file.close()


def header(name, size):
    """A regular file in the ustar format."""
    block = bytearray(512)
    block[0:len(name)] = name
    block[100:156] = b"0000644\0" b"0000000\0" b"0000000\0" + b"%011o\0" % size + b"00000000000\0" + b" " * 8
    block[156:157] = b"0"
    block[257:265] = b"ustar\0" b"00"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def write_entries(packer, count, size):
    """Content that does not compress: what shrinks to a two-hundredth is held to be a bomb."""
    chance = random.Random(6)
    for name, data in ((b"etc/os-release", OS_RELEASE), (b"var/lib/dpkg/status", STATUS)):
        packer.write(header(name, len(data)) + data + bytes(-len(data) % 512))
    parts = []
    for number in range(count - 2):
        parts.append(header(b"srv/data/%d/%d/entry-%d.dat" % (number // 100000, number // 1000, number), size))
        parts.append(chance.randbytes(size) + bytes(-size % 512))
        if number % 2000 == 1999:
            packer.write(b"".join(parts))
            parts = []
    packer.write(b"".join(parts) + bytes(1024))


def write_debian(packer):
    with tempfile.TemporaryDirectory(dir=LAYERS) as folder:
        tar = folder + "/debian.tar"
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=" + PACKAGES, "bookworm", tar], check=True)
        with open(tar, "rb") as file:
            while data := file.read(1 << 20):
                packer.write(data)


CASES = {"debian": write_debian, "200k": lambda packer: write_entries(packer, 200_000, 300),
         "3m": lambda packer: write_entries(packer, 3_000_000, 0)}


def layer_of(case):
    """The compressed layer's path, the digest of the tar in it, how many entries it has, and the size of the largest program."""
    path, facts = LAYERS / (case + ".tar.gz"), LAYERS / (case + ".json")
    if not facts.exists():
        LAYERS.mkdir(parents=True, exist_ok=True)
        packer = Packer(path)
        CASES[case](packer)
        packer.close()
        with tarfile.open(path, "r|gz") as tar:
            entries = held = 0
            for member in tar:
                entries += 1
                if member.isreg() and member.size > held and tar.extractfile(member).read(4) == b"\x7fELF":
                    held = member.size
                tar.members = []  # else it keeps them all
        facts.write_text(json.dumps({"tar": "sha256:" + packer.inflated.hexdigest(), "entries": entries, "held": held}))
    known = json.loads(facts.read_text())
    return path, known["tar"], known["entries"], known["held"]


def floor(path):
    """Seconds of wall and CPU, and what the program says of the sizes."""
    out = subprocess.run([BUILD / "bench/floor", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    figures = [float(x) for x in re.findall(r"(?:wall|cpu)_s=(\d+\.\d+)", out)]
    return figures[0], figures[1], out.strip()


def own_memory(pid):
    """RssAnon + RssShmem of a process and its descendants in bytes."""
    found, waiting = {}, [pid]
    while waiting:
        one = waiting.pop()
        try:
            status = pathlib.Path(f"/proc/{one}/status").read_text()
            for task in pathlib.Path(f"/proc/{one}/task").iterdir():
                waiting += [int(x) for x in (task / "children").read_text().split()]
        except (OSError, ValueError):
            continue
        found[one] = 1024 * sum(int(x) for x in re.findall(r"Rss(?:Anon|Shmem):\s+(\d+) kB", status))
    return found


def scan(reference, folder):
    """Seconds of wall and CPU, most memory of the parent and of a child, bytes that the cache holds then."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    cache = pathlib.Path(folder, "cache")
    shutil.rmtree(cache, ignore_errors=True)
    peak = {"parent": 0, "child": 0}
    start = time.monotonic()
    process = subprocess.Popen([BUILD / "tidewaiter", "packages", reference, "--format", "json"], stdout=subprocess.PIPE,
                               env={"PATH": "/usr/bin:/bin", "HOME": folder, "XDG_CACHE_HOME": str(cache)})

    def watch():
        while process.poll() is None:
            for pid, memory in own_memory(process.pid).items():
                key = "parent" if pid == process.pid else "child"
                peak[key] = max(peak[key], memory)
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, _ = process.communicate()
    wall = time.monotonic() - start
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    document = json.loads(out) if process.returncode == 0 else None
    if document is None or document["gaps"]:
        sys.exit(f"scan.py: the scan failed: status {process.returncode}, {document and document['gaps']}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    kept = sum(file.stat().st_size for file in cache.rglob("*") if file.is_file())
    return wall, cpu, peak["parent"], peak["child"], kept


def measure(case, registry, folder):
    """Prints what was found; what is above its budget."""
    path, tar, entries, held = layer_of(case)
    registry.image("bench/" + case, "1", [(path.read_bytes(), tar)])
    floor_wall, floor_cpu, shown = floor(path)
    runs = [scan(f"{registry.host}/bench/{case}:1", folder) for _ in range(RUNS)]
    wall, cpu = (statistics.median(run[i] for run in runs) for i in (0, 1))
    parent, child, kept = (max(run[i] for run in runs) for i in (2, 3, 4))
    allowed = 2e-6 * entries + 0.03
    wall_max, cpu_max = 1.3 * floor_wall + allowed, 1.5 * floor_cpu + allowed
    print(f"{case}: {entries} entries; floor: {shown}")
    print(f"   wall {wall:.2f} s (floor {floor_wall:.2f}, budget {wall_max:.2f}), CPU {cpu:.2f} s (floor {floor_cpu:.2f}, "
          f"budget {cpu_max:.2f}), parent {parent / 1e6:.1f} MB, child {child / 1e6:.1f} MB, cache {kept / 1e6:.1f} MB; "
          f"load {os.getloadavg()[0]:.1f}", flush=True)
    figures = (("wall", wall, wall_max), ("CPU", cpu, cpu_max), ("parent", parent, MEMORY_BYTES_MAX),
               ("child", child, MEMORY_BYTES_MAX + held))
    return ["%s: %s %.4g, at most %.4g" % (case, name, value, most) for name, value, most in figures if value > most]


def main():
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        registry = push.Registry(folder, push.free_host())
        with contextlib.closing(registry):
            for case in sys.argv[2:] or CASES:
                missed += measure(case, registry, folder)
    if missed:
        sys.exit("missed: " + "; ".join(missed))


main()
