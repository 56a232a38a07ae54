#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long a check of a whole registry takes, what it asks for, and what the server holds in memory meanwhile, against a
registry of REPOSITORIES x TAGS that answers every request after DELAY milliseconds. Two syncs by a server: in the first
everything is new, in the second nothing is. Ends with status 1 if a budget is missed.

usage: crawl.py TIDEWAITER [check|memory] [--repositories N] [--tags N] [--delay-ms N] [--connections N] [--newest N]

check:  200 x 50, 20 ms, 4 connections: each listing within 60 s, the second one without a GET of a manifest
memory: 2,000 x 500, no delay, the newest tag of each repository imported: the server within 64 MB"""
import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/integration"))
import memory_sample

ARTIFACT = "application/vnd.example.config"  # not an image: nothing to scan, so that the crawl alone is measured
SCENARIOS = {"check": {"repositories": 200, "tags": 50, "delay_ms": 20, "connections": 4, "newest": 0},
             "memory": {"repositories": 2000, "tags": 500, "delay_ms": 0, "connections": 4, "newest": 1}}
SECONDS_MAX = {"check": 60}
MEMORY_BYTES_MAX = 64e6
WAIT_SECONDS_MAX = 3600


def manifest(repository, tag):
    return json.dumps({"schemaVersion": 2, "config": {"mediaType": ARTIFACT, "size": 2, "digest": "sha256:" + "4" * 64},
                       "layers": [], "annotations": {"name": "%s:%s" % (repository, tag)}}).encode()


class Registry:
    """The protocol and no more, on one loop: the registry must not be what is measured."""

    def __init__(self, options):
        self.options = options
        self.counts, self.known = {}, {}
        self.open = self.open_max = 0
        self.tag_list = json.dumps({"tags": ["1.%d" % i for i in range(options.tags)]}).encode()
        self.loop = asyncio.new_event_loop()
        server = self.loop.run_until_complete(self.loop.create_server(lambda: Peer(self), "127.0.0.1", 0, backlog=1000))
        self.address = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def restart_counts(self):
        self.counts, self.open_max = {}, self.open

    def count(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def find(self, repository, name):
        """A tag's manifest, or the one of that digest."""
        if not name.startswith("sha256:"):
            document = manifest(repository, name)
            digest = "sha256:" + hashlib.sha256(document).hexdigest()
            self.known[digest] = (repository, name)
            return digest, document
        return name, manifest(*self.known[name])

    def answer(self, method, path):
        if path == "/v2/":
            self.count("ping")
            return b"{}", ""
        if path.startswith("/v2/_catalog"):
            self.count("catalog")
            start = int(path.split("last=")[1]) if "last=" in path else 0
            page = ["team/app%d" % i for i in range(start, min(start + 1000, self.options.repositories))]
            more = start + 1000 < self.options.repositories
            link = 'Link: </v2/_catalog?n=1000&last=%d>; rel="next"\r\n' % (start + 1000) if more else ""
            return json.dumps({"repositories": page}).encode(), link
        if "/tags/list" in path:
            self.count("tags")
            return self.tag_list, ""
        self.count("manifest " + method)
        repository, name = path[len("/v2/"):].split("/manifests/")
        digest, document = self.find(repository, name)
        return document, "Docker-Content-Digest: %s\r\n" % digest


class Peer(asyncio.Protocol):
    """One connection; requests have no bodies."""

    def __init__(self, registry):
        self.registry, self.transport, self.data = registry, None, b""

    def connection_made(self, transport):
        self.transport = transport
        self.registry.open += 1
        self.registry.open_max = max(self.registry.open_max, self.registry.open)

    def connection_lost(self, exc):
        self.registry.open -= 1

    def data_received(self, data):
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, _, self.data = self.data.partition(b"\r\n\r\n")
            method, path = head[:head.index(b"\r\n")].decode().split(" ", 2)[:2]
            if self.registry.options.delay_ms:
                self.registry.loop.call_later(self.registry.options.delay_ms / 1000, self.reply, method, path)
            else:
                self.reply(method, path)

    def reply(self, method, path):
        if self.transport.is_closing():
            return
        body, more = self.registry.answer(method, path)
        self.transport.write(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), more)).encode() +
                             (b"" if method == "HEAD" else body))


class Server:
    """`tidewaiter serve` on a folder, and what its store says."""

    def __init__(self, program, home, connections):
        self.program, self.data = program, home + "/data"
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": home, "TIDEWAITER_DATA": self.data}
        self.process, self.connections, self.log = None, connections, home + "/log"

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments], env=self.environment, stdout=subprocess.PIPE, text=True,
                              check=True).stdout

    def start(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--listen", "127.0.0.1:0", "--network-allow", "127.0.0.1",
                 "--registry-connections", str(self.connections)], env=self.environment, stdout=log, stderr=log)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def ask(self, sql):
        with contextlib.closing(sqlite3.connect("file:%s/tidewaiter.db?mode=ro" % self.data, uri=True)) as database:
            return database.execute(sql).fetchone()

    def sync(self, registry, newest):
        """Seconds of the listing, seconds until nothing is left to do, and the counts of requests after each."""
        more = ["--newest", str(newest)] if newest else []
        started = time.monotonic()
        before = self.ask("SELECT coalesce(max(id), 0) FROM sync_runs")[0]
        self.run("sync", "run", "bench", "--detach", *more)
        listed_s = listed = None
        while True:
            time.sleep(0.2)
            if self.process.poll() is not None:
                raise SystemExit("the server ended: " + open(self.log, encoding="utf-8").read()[-2000:])
            if time.monotonic() - started > WAIT_SECONDS_MAX:
                raise SystemExit("the sync took too long")
            row = self.ask("SELECT finished_ms - started_ms, finished_ms, error FROM sync_runs WHERE id > %d" % before)
            if listed is None and row is not None and row[1] != 0:
                if row[2]:
                    raise SystemExit("the sync failed: " + row[2])
                listed_s, listed = row[0] / 1000, dict(registry.counts)
            if listed is not None and self.ask("SELECT count(*) FROM jobs WHERE state < 2")[0] == 0:
                return listed_s, time.monotonic() - started, listed, dict(registry.counts)


def cpu_seconds(process):
    with open("/proc/%d/stat" % process, encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """The most memory seen of a process, looked at seldom: the machine has other things to do."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.most, self.is_stopped = process, 0, threading.Event()

    def run(self):
        while not self.is_stopped.wait(0.05):
            self.most = max(self.most, memory_sample.process_bytes(self.process))

    def stop(self):
        self.is_stopped.set()
        self.join()


def one_sync(server, registry, title, options):
    registry.restart_counts()
    cpu = cpu_seconds(server.process.pid)
    watch = Watch(server.process.pid)
    watch.start()
    try:
        listed_s, all_s, listed, counts = server.sync(registry, options.newest)
    finally:
        watch.stop()
    cpu = cpu_seconds(server.process.pid) - cpu
    print("%s: listed in %.1f s %s, all done in %.1f s %s" % (title, listed_s, listed, all_s, counts))
    print("   server: %.1f MB, %.1f s of CPU, %d connections; load %.1f" % (
        watch.most / 1e6, cpu, registry.open_max, os.getloadavg()[0]), flush=True)
    return listed_s, watch.most, counts


def read_options():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("scenario", nargs="?", choices=SCENARIOS, default="check")
    for name, value in SCENARIOS["check"].items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(value))
    options = parser.parse_args()
    for name, value in SCENARIOS[options.scenario].items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def main():
    options = read_options()
    registry = Registry(options)
    missed = []
    with tempfile.TemporaryDirectory() as home:
        server = Server(os.path.abspath(options.program), home, options.connections)
        server.run("integration", "add", "bench", "--url", "http://" + registry.address)
        server.start()
        try:
            results = [one_sync(server, registry, title, options) for title in ("first", "second")]
        finally:
            server.stop()
    for seconds, memory, _ in results:
        missed += ["%.1f s for a listing" % seconds] if seconds > SECONDS_MAX.get(options.scenario, seconds) else []
        missed += ["%.1f MB" % (memory / 1e6)] if memory > MEMORY_BYTES_MAX else []
    if results[1][2].get("manifest GET"):
        missed.append("%d GETs of manifests with nothing changed" % results[1][2]["manifest GET"])
    if missed:
        raise SystemExit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
