#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From a push to the findings: the real docker-registry notifies a server of each push of an image with one new layer, and
the time is taken from the registry's answer to the moment at which the findings are in the server's store. Ends with status 1
if the 95th percentile is above 5 s.   usage: hook.py TIDEWAITER [PUSHES [SECONDS_BETWEEN]]"""
import contextlib
import gzip
import hashlib
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/integration"))
import memory_sample
import push
import tiny_registry

P95_SECONDS_MAX = 5
WAIT_SECONDS_MAX = 120
NOTIFICATIONS = """notifications:
  endpoints:
    - name: tidewaiter
      url: %s
      timeout: 5s
      threshold: 3
      backoff: 1s
      ignoredmediatypes: [application/octet-stream]
"""


def has_findings(database, digest):
    # The kinds of an image stand 8 bytes behind the start of its key, which has 24: store/image_tallies.h.
    return database.execute(
        "SELECT 1 FROM snapshots JOIN snapshot_images ON snapshot_images.snapshot_id = snapshots.id JOIN image_keys "
        "ON chunk = image_id / 64 WHERE snapshots.digest = ? AND snapshot_images.state = 1 "
        "AND substr(keys, image_id % 64 * 24 + 9, 8) <> zeroblob(8)", (digest,)).fetchone() is not None


def packed(files):
    content = tiny_registry.tar(files)
    return gzip.compress(content, mtime=0), "sha256:" + hashlib.sha256(content).hexdigest()


def layers(number):
    base = {"etc/os-release": tiny_registry.OS_RELEASE,
            "var/lib/dpkg/status": tiny_registry.status({"libc6": "2.36-9", "zlib1g": "1:1.2.13-1"})}
    return [packed(base), packed({"var/lib/dpkg/status": tiny_registry.status(
        {"libc6": "2.36-9", "zlib1g": "1:1.2.13-1", "openssl": "3.0.1-1", "package-%d" % number: "1.%d" % number})})]


def measure(registry, data, pushes, between_s):
    """Seconds of each push."""
    taken = []
    with contextlib.closing(sqlite3.connect("file:%s/tidewaiter.db?mode=ro" % data, uri=True)) as database:
        waiting = {}
        pushed = 0
        next_s = time.monotonic()
        while pushed < pushes or waiting:
            now = time.monotonic()
            if pushed < pushes and now >= next_s:
                digest = registry.image("team/app%d" % (pushed % 10), "1.%d" % pushed, layers(pushed))
                waiting[digest] = time.monotonic()
                pushed += 1
                next_s += between_s
            for digest in [digest for digest in waiting if has_findings(database, digest)]:
                taken.append(time.monotonic() - waiting.pop(digest))
            if waiting and now - min(waiting.values()) > WAIT_SECONDS_MAX:
                raise SystemExit("a push led to no findings")
            time.sleep(0.01)
    return taken


def main(program, pushes=100, between_s=1.0):
    program = os.path.abspath(program)
    with tempfile.TemporaryDirectory() as folder:
        data = folder + "/data"
        environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "TIDEWAITER_DATA": data}

        def run(*arguments):
            return subprocess.run([program, *arguments], env=environment, stdout=subprocess.PIPE, text=True,
                                  check=True).stdout

        host, listen = push.free_host(), push.free_host()
        tiny_registry.write_advisories(folder + "/osv")
        run("integration", "add", "bench", "--url", "http://" + host)
        run("feed", "update", "--from", folder + "/osv", "--ecosystem", "Debian", "--index", data + "/index")
        hook = run("integration", "hook", "bench", "--url", "http://" + listen).split()[0]
        with open(folder + "/log", "wb") as log:
            server = subprocess.Popen([program, "serve", "--listen", listen, "--network-allow", "127.0.0.1"],
                                      env=environment, stdout=log, stderr=log)
        registry = push.Registry(folder, host, NOTIFICATIONS % hook)
        try:
            taken = sorted(measure(registry, data, int(pushes), float(between_s)))
            memory = memory_sample.process_bytes(server.pid)
        finally:
            registry.close()
            server.send_signal(signal.SIGTERM)
            server.wait(60)
    p95 = taken[max(0, -(-len(taken) * 95 // 100) - 1)]
    print("%d pushes: median %.2f s, 95th percentile %.2f s, longest %.2f s; server %.1f MB; load %.1f" % (
        len(taken), statistics.median(taken), p95, taken[-1], memory / 1e6, os.getloadavg()[0]))
    sys.exit(1 if p95 > P95_SECONDS_MAX else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
