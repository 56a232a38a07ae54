#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scan Now beside bulk work: all workers of a server read images of 10 GB, as fast as a made-up registry streams them, and single
images are asked for meanwhile. The time is taken from asking to the state "pulling" as the API shows it. Ends with status 1 if the
95th percentile is above 2 s.   usage: scan_now.py TIDEWAITER [REQUESTS [WORKERS]]"""
import contextlib
import gzip
import hashlib
import http.client
import http.server
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/integration"))
import fake_registry
import memory_sample
import tiny_registry
from real_registry import free_port

P95_SECONDS_MAX = 2
WAIT_SECONDS_MAX = 120
LARGE_BYTES = 10_000_000_000
FILE_BYTES = 64 << 20
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
VERSION = "2025-09-17"


class Large:
    """A layer of files of 64 MiB that do not compress, as gzip members' stored blocks: the same piece again and again, so that
    sending it costs next to nothing. Its digest is never reached."""
    head = b"\x1f\x8b\x08" + bytes(7)

    def __init__(self):
        content = os.urandom(1 << 20) * (FILE_BYTES >> 20)
        archive = tiny_registry.tar({"data/part": "x"})[:512]
        header = bytearray(archive)
        header[124:136] = b"%011o\0" % len(content)
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        packer = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
        self.piece = packer.compress(bytes(header) + content) + packer.flush(zlib.Z_FULL_FLUSH)
        self.pieces = LARGE_BYTES // len(self.piece) + 1
        self.size = len(self.head) + self.pieces * len(self.piece)


class Registry(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.host = "127.0.0.1:%d" % self.server_address[1]
        self.large, self.blobs, self.manifests, self.tags, self.streaming = Large(), {}, {}, {}, set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """The server goes away in the midst of a layer."""

    def put(self, repository, layers, large=None):
        document = json.loads(fake_registry.image_with([(blob, LAYER, {}) for blob in layers], self.blobs))
        if large:
            document["layers"].append({"mediaType": LAYER, "digest": large, "size": self.large.size})
            config = json.dumps({"os": "linux", "architecture": "amd64", "config": {}, "rootfs": {
                "type": "layers", "diff_ids": [fake_registry.digest(b"%d" % i) for i in range(len(layers) + 1)]}}).encode()
            self.blobs[fake_registry.digest(config)] = config
            document["config"].update(digest=fake_registry.digest(config), size=len(config))
        manifest = json.dumps(document).encode()
        self.manifests[fake_registry.digest(manifest)] = manifest
        self.tags[repository] = fake_registry.digest(manifest)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0].removeprefix("/v2/")
        if path == "_catalog":
            return self.send(json.dumps({"repositories": sorted(self.server.tags)}).encode(), "application/json")
        if path.endswith("/tags/list"):
            return self.send(json.dumps({"name": path[:-10], "tags": ["1.0"]}).encode(), "application/json")
        if "/manifests/" in path:
            repository, name = path.split("/manifests/")
            digest = name if name in self.server.manifests else self.server.tags[repository]
            return self.send(self.server.manifests[digest], fake_registry.MANIFEST, digest)
        if "/blobs/" in path:
            digest = path.rsplit("/", 1)[1]
            blob = self.server.blobs.get(digest)
            return self.stream(digest) if blob is None else self.send(blob, "application/octet-stream")
        return self.send(b"{}", "application/json")

    do_HEAD = do_GET

    def send(self, content, kind, digest=None):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if digest:
            self.send_header("Docker-Content-Digest", digest)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def stream(self, digest):
        large = self.server.large
        self.send_response(200)
        self.send_header("Content-Length", str(large.size))
        self.end_headers()
        self.wfile.write(large.head)
        self.server.streaming.add(digest)
        try:
            for _ in range(large.pieces):
                self.wfile.write(large.piece)
        finally:
            self.server.streaming.discard(digest)

    def log_message(self, *_):
        pass


def small(number):
    return gzip.compress(tiny_registry.tar({"etc/os-release": tiny_registry.OS_RELEASE, "var/lib/dpkg/status": tiny_registry.status(
        {"openssl": "3.0.1-1", "package-%d" % number: "1.%d" % number})}), mtime=0)


class Api:
    def __init__(self, address, token):
        self.connection = http.client.HTTPConnection(address, timeout=WAIT_SECONDS_MAX)
        self.token = token
        self.base = "/rest/orgs/" + self.ask("GET", "/rest/orgs")["data"][0]["id"]

    def ask(self, method, path, body=None):
        self.connection.request(method, path + "?version=" + VERSION, body and json.dumps(body), {
            "Authorization": "token " + self.token, "Content-Type": "application/vnd.api+json"})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status < 300, (path, answer.status, text)
        return json.loads(text)

    def seconds_to_pulling(self, image):
        began = time.monotonic()
        asked = self.ask("POST", self.base + "/scan_requests", {"data": {
            "type": "scan_request", "attributes": {"image": image}}})["data"]
        while asked["attributes"]["status"] == "queued":
            if time.monotonic() - began > WAIT_SECONDS_MAX:
                raise SystemExit("a request stayed in the queue")
            time.sleep(0.005)
            asked = self.ask("GET", "%s/scan_requests/%s" % (self.base, asked["id"]))["data"]
        assert asked["attributes"]["status"] != "failed", asked
        return time.monotonic() - began


def wait(is_met, what):
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not is_met():
        if time.monotonic() > deadline:
            raise SystemExit(what)
        time.sleep(0.05)


def main(program, requests=60, workers=2):
    program, requests, workers = os.path.abspath(program), int(requests), int(workers)
    registry = Registry()
    for i in range(2 * workers):
        registry.put("large/app%d" % i, [small(-i)], "sha256:" + hashlib.sha256(b"large %d" % i).hexdigest())
    for i in range(requests):
        registry.put("team/app%d" % i, [small(i)])
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "TIDEWAITER_DATA": folder + "/data"}

        def run(*arguments):
            return subprocess.run([program, *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout

        tiny_registry.write_advisories(folder + "/osv")
        for name in ("large", "team"):
            run("integration", "add", name, "--url", "http://%s/%s" % (registry.host, name))
        run("feed", "update", "--from", folder + "/osv", "--ecosystem", "Debian", "--index", folder + "/data/index")
        address = "127.0.0.1:%d" % free_port()
        with open(folder + "/log", "wb") as log:
            server = subprocess.Popen([program, "serve", "--listen", address, "--network-allow", "127.0.0.1", "--workers",
                                       str(workers)], env=environment, stdout=log, stderr=log)
        try:
            wait(lambda: re.search(rb'"ready"', open(folder + "/log", "rb").read()), "the server did not come up")
            api = Api(address, run("token", "create", "bench", "--role", "admin").strip())
            run("integration", "scan", "large", "--detach")
            wait(lambda: len(registry.streaming) == workers, "the workers did not take the large images")
            taken, busy, memory = [], [], 0
            for i in range(requests):
                busy.append(len(registry.streaming))
                taken.append(api.seconds_to_pulling("%s/team/app%d:1.0" % (registry.host, i)))
                memory = max(memory, memory_sample.process_bytes(server.pid))
                time.sleep(0.1)
        finally:
            server.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(60)
            server.kill()
    taken.sort()
    p95 = taken[-(-len(taken) * 95 // 100) - 1]
    print("%d requests, %d workers, at least %d of them at an image of 10 GB: median %.0f ms, 95th percentile %.0f ms, longest %.0f ms; "
          "server %.1f MB; load %.1f" % (len(taken), workers, min(busy), 1e3 * statistics.median(taken), 1e3 * p95, 1e3 * taken[-1],
                                         memory / 1e6, os.getloadavg()[0]))
    sys.exit(1 if p95 > P95_SECONDS_MAX or min(busy) < workers else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
