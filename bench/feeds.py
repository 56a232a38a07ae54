#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What real feeds cost: the import of a whole folder of them, a delta of one record in a hundred with readers beside it, and the
memory of a server that follows.

usage: feeds.py BUILD FEEDS

FEEDS holds osv/ and beside it, where they are there, kev/, epss/, nvd/, secdb/alpine|wolfi, oval/ and redhat/ (archives of
OVAL and CSAF files). They are laid out as a mirror first, which is not measured. BUILD has tidewaiter and bench/index_bench
(ninja -C BUILD tidewaiter bench/index_bench). Memory is RssAnon + RssShmem of the program and of the largest of its children. On a
busy machine wall times are the neighbours' too: the CPU time stands beside them."""
import functools
import gzip
import http.server
import json
import multiprocessing
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/integration"))
from memory_sample import process_bytes, run_sampled
from real_registry import free_port, wait_until_open

SECONDS_MAX = 900
CHANGED_SHARE = 0.01
SETTLE_SECONDS = 20
ROUND_TRIP_SECONDS = 0.02


def lay_out(feeds, stage):
    """As `feed update --from` wants it; gives the names of the ecosystems."""
    names = sorted(path.parent.name for path in (feeds / "osv").glob("*/all.zip"))
    for name in names:
        (stage / name).mkdir(parents=True)
        for file in (feeds / "osv" / name).iterdir():
            shutil.copyfile(file, stage / name / file.name)
    for name in ("kev", "epss", "nvd"):
        if (feeds / name).is_dir():
            shutil.copytree(feeds / name, stage / name)
    for name in ("alpine", "wolfi"):
        if (feeds / "secdb" / name).is_dir():
            shutil.copytree(feeds / "secdb" / name, stage / name)
    for file in feeds.glob("oval/*.xml.gz"):
        release = re.sub(r"^.*?-(\d+\.\d+)-oval.*", r"\1", file.name)
        (stage / "azure").mkdir(exist_ok=True)
        (stage / "azure" / f"azurelinux-{release}-oval.xml").write_bytes(gzip.decompress(file.read_bytes()))
    for file in feeds.glob("redhat/*vex*.tar.xz"):
        (stage / "redhat").mkdir(exist_ok=True)
        with tarfile.open(file) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".json") and "/vex/" in "/" + member.name:
                    (stage / "redhat" / pathlib.Path(member.name).name).write_bytes(archive.extractfile(member).read())
    return names


def change(stage, names, seed):
    """One record in a hundred of each ecosystem: another date, another fixed version, and a file of its own."""
    chosen, changed = random.Random(seed), 0
    for name in names:
        place = stage / name / "all.zip"
        with zipfile.ZipFile(place) as archive:
            records = {member: archive.read(member) for member in archive.namelist()}
        listed = {}
        for member in chosen.sample(sorted(records), max(1, round(len(records) * CHANGED_SHARE))):
            record = json.loads(records[member])
            record["modified"] = listed[record["id"]] = f"2026-11-2{seed}T00:00:00Z"
            for affected in record.get("affected") or []:
                for one in affected.get("ranges") or []:
                    for event in one.get("events") or []:
                        if "fixed" in event and one.get("type") != "GIT":
                            event["fixed"] += ".1" if name not in ("Alpine", "Wolfi", "Chainguard") else "0"
            records[member] = json.dumps(record).encode()
            (stage / name / member).write_bytes(records[member])
            changed += 1
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for member, content in records.items():
                archive.writestr(member, content)
        dates = stage / name / "modified_id.csv"
        if dates.exists():
            lines = [line.split(",", 1) for line in dates.read_text().splitlines()]
            dates.write_text("".join(f"{listed.get(id_, date)},{id_}\n" for date, id_ in lines))
    return changed


class Mirror(http.server.SimpleHTTPRequestHandler):
    """Answers after a round trip. Head and body go out as one: written one after the other, each answer would wait for the
    acknowledgement that the client delays, 40 ms."""
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def send_head(self):
        time.sleep(ROUND_TRIP_SECONDS)
        return super().send_head()

    def log_message(self, *_):
        pass


def from_an_address(program, stage, names, folder, environment):
    """Ecosystems of OSV from a mirror over HTTP, 20 ms away: all of them, then what changed, record by record."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Mirror, directory=stage))
    port = server.server_port
    process = multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True)
    process.start()
    words = [word for name in names for word in ("--ecosystem", name)]
    update = [program, "feed", "update", "--from", f"http://127.0.0.1:{port}/", "--feed", "osv", "--index",
              folder / "remote", *words]
    print(f"{len(names)} ecosystems from an address: {measured(update, environment, folder)[1]}", flush=True)
    changed = change(stage, names, 2)
    print(f"delta of {changed} records from an address: {measured(update, environment, folder)[1]}", flush=True)
    process.terminate()
    process.join(30)
    server.server_close()


def measured(command, environment, folder):
    """Runs it; wall and CPU seconds, memory of the program and of its largest child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result, sampler, seconds = run_sampled(command, environment, folder, SECONDS_MAX)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {result.stdout}{result.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result, f"{seconds:.1f} s wall, {cpu:.1f} s CPU, {sampler.parent_bytes / 1e6:.0f} MB + {sampler.child_bytes / 1e6:.0f} MB"


def main():
    build, feeds = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    program = build / "tidewaiter"
    with tempfile.TemporaryDirectory(prefix="tidewaiter-feeds-") as folder:
        folder = pathlib.Path(folder)
        environment = {**os.environ, "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "TIDEWAITER_DATA": ""}
        del environment["TIDEWAITER_DATA"]
        stage, data = folder / "stage", folder / "data"
        names = lay_out(feeds, stage)
        words = [word for name in names for word in ("--ecosystem", name)]
        update = [program, "feed", "update", "--from", stage, "--data", data, *words]
        log = (folder / "log").open("wb")
        port = free_port()
        with subprocess.Popen([program, "serve", "--data", data, "--listen", f"127.0.0.1:{port}"], env=environment, cwd=folder,
                              stdout=log, stderr=log, stdin=subprocess.DEVNULL) as server:
            try:
                wait_until_open(server, f"127.0.0.1:{port}")
                print(f"load {os.getloadavg()[0]:.1f}; idle server before: {process_bytes(server.pid) / 1e6:.1f} MB", flush=True)
                result, text = measured(update, environment, folder)
                counts = [int(number.replace(",", "")) for number in re.findall(r": ([\d,]+) records", result.stdout)]
                print(f"import of {len(counts)} feeds and ecosystems, {sum(counts)} records: {text}", flush=True)
                changed = change(stage, names, 1)
                readers = subprocess.Popen([build / "bench/index_bench", "read", data / "index", feeds], stdout=subprocess.PIPE,
                                           text=True, env=environment)
                time.sleep(2)
                result, text = measured(update, environment, folder)
                print(f"delta of {changed} changed records: {text}", flush=True)
                readers.send_signal(signal.SIGTERM)
                print(readers.communicate(timeout=60)[0], end="", flush=True)
                time.sleep(SETTLE_SECONDS)
                print(f"idle server after: {process_bytes(server.pid) / 1e6:.1f} MB; load {os.getloadavg()[0]:.1f}", flush=True)
            finally:
                server.terminate()
                server.wait(30)
        from_an_address(program, stage, ["Debian", "Alpine"], folder, environment)
        bench = subprocess.run([build / "bench/index_bench", feeds], capture_output=True, text=True, timeout=SECONDS_MAX, check=True)
        print(bench.stdout, end="")


if __name__ == "__main__":
    main()
