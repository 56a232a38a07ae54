#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an export of all issues takes: time, and the memory of the server while the file is written and while it is fetched, which
must not grow with the number of issues. CSV and NDJSON take turns. The store is that of results.py.

usage: export.py TIDEWAITER [--images N] [--packages N] [--vulnerabilities N] [--files N] [--keep FOLDER]

Ends with status 1 if the server ever has more than 100 MB, however many issues there are."""
import argparse
import contextlib
import http.client
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid

import results
from memory_sample import process_bytes
from real_registry import free_port, wait_until_open

VERSION = "2024-10-15"
BYTES_MAX = 100_000_000  # of the whole server: 40 MB are the database's own heap
WAIT_SECONDS_MAX = 3600


class Watch:
    """The most memory that a process has meanwhile."""
    def __init__(self, process):
        self.process, self.most, self.is_over = process, 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def run(self):
        while not self.is_over.wait(0.02):
            self.most = max(self.most, process_bytes(self.process))

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


class Api:
    def __init__(self, address, token):
        self.connection, self.token = http.client.HTTPConnection(address, timeout=600), token

    def ask(self, method, path, body=None):
        self.connection.request(method, path, body and json.dumps(body), {
            "Authorization": "token " + self.token, "Content-Type": "application/vnd.api+json"})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status < 300, (path, answer.status, text[:300])
        return json.loads(text)["data"]


def measure(api, server, base, kind):
    before, cpu, began = process_bytes(server.pid), results.cpu_of(server.pid), time.monotonic()
    with Watch(server.pid) as writing:
        made = api.ask("POST", "%s/export?version=%s" % (base, VERSION), {"data": {"type": "export", "attributes": {
            "dataset": "issues", "formats": [kind]}}})["id"]
        while api.ask("GET", "%s/jobs/export/%s?version=%s" % (base, made, VERSION))["attributes"]["status"] != "FINISHED":
            assert time.monotonic() - began < WAIT_SECONDS_MAX, "the export did not end"
            time.sleep(0.2)
    cpu, taken = results.cpu_of(server.pid) - cpu, time.monotonic() - began
    found = api.ask("GET", "%s/export/%s?version=%s" % (base, made, VERSION))["attributes"]["results"][0]
    size = 0
    with Watch(server.pid) as sending:
        place = urllib.parse.urlsplit(found["url"])
        connection = http.client.HTTPConnection(place.netloc, timeout=600)
        connection.request("GET", place.path)
        answer = connection.getresponse()
        while piece := answer.read(1 << 20):
            size += len(piece)
    assert size == found["file_size"], (size, found)
    print("%-7s %9d rows %8.1f MB %7.1f s, CPU %6.1f s; server %.1f MB before, at most %.1f MB while writing, %.1f MB while sending" % (
        kind, found["row_count"], size / 1e6, taken, cpu, before / 1e6, writing.most / 1e6, sending.most / 1e6), flush=True)
    return max(writing.most, sending.most)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tidewaiter")
    for name, default in (("images", 5_000), ("packages", 300_000), ("vulnerabilities", 20_000), ("files", 2)):
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--keep", help="make or use the store in this folder, and leave it there")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="tidewaiter-export-"))
        run, _, environment = results.open_store(options, folder)
        address = "127.0.0.1:%d" % free_port()
        token = run("token", "create", "export-%s" % uuid.uuid4(), "--role", "admin").strip()
        server = subprocess.Popen([options.tidewaiter, "serve", "--listen", address, "--rate-limit", "0"], env=environment,
                                  stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        stack.callback(server.wait)
        stack.callback(server.send_signal, signal.SIGTERM)
        wait_until_open(server, address)
        api = Api(address, token)
        base = "/rest/orgs/" + api.ask("GET", "/rest/orgs?version=" + results.VERSION)[0]["id"]
        print("%d images, load %.1f" % (options.images, os.getloadavg()[0]))
        kinds = itertools.islice(itertools.cycle(("csv", "ndjson")), options.files)
        return 0 if max(measure(api, server, base, kind) for kind in kinds) <= BYTES_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
