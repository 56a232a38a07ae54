#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long a check of a whole registry takes, what it asks for, and what it holds in memory, against a registry of
REPOSITORIES x TAGS that answers every request after DELAY milliseconds.
usage: crawl.py TIDEWAITER [REPOSITORIES TAGS DELAY CONNECTIONS [NEWEST]]"""
import asyncio
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/integration"))
import memory_sample

ARTIFACT = "application/vnd.example.config"  # not an image: nothing to scan, so that the crawl alone is measured


def manifest(repository, tag):
    return json.dumps({"schemaVersion": 2, "config": {"mediaType": ARTIFACT, "size": 2, "digest": "sha256:" + "4" * 64},
                       "layers": [], "annotations": {"name": "%s:%s" % (repository, tag)}}).encode()


class Fake:
    """The protocol and no more, on one loop: the registry must not be what is measured."""

    def __init__(self, repositories, tags, delay_ms):
        self.repositories, self.tags, self.delay_s = repositories, tags, delay_ms / 1000
        self.counts = {}
        self.open = self.open_max = 0
        self.known = {}
        self.loop = asyncio.new_event_loop()
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

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
            page = ["team/app%d" % i for i in range(start, min(start + 1000, self.repositories))]
            more = start + 1000 < self.repositories
            link = 'Link: </v2/_catalog?n=1000&last=%d>; rel="next"\r\n' % (start + 1000) if more else ""
            return json.dumps({"repositories": page}).encode(), link
        if "/tags/list" in path:
            self.count("tags")
            return json.dumps({"tags": ["1.%d" % i for i in range(self.tags)]}).encode(), ""
        self.count("manifest " + method)
        repository, name = path[len("/v2/"):].split("/manifests/")
        digest, document = self.find(repository, name)
        return document, "Docker-Content-Digest: %s\r\n" % digest

    async def serve(self, reader, writer):
        self.open += 1
        self.open_max = max(self.open_max, self.open)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, path = head.decode().split(" ", 2)[:2]
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                body, more = self.answer(method, path)
                writer.write(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), more)).encode() +
                             (b"" if method == "HEAD" else body))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


def run(program, home, arguments):
    """Runs it; seconds, and the most anonymous memory in bytes."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": home, "TIDEWAITER_DATA": home + "/data"}
    started = time.monotonic()
    process = subprocess.Popen([program, *arguments], env=environment, stdout=subprocess.PIPE, text=True)
    most = 0
    while process.poll() is None:
        most = max(most, memory_sample.process_bytes(process.pid))
        time.sleep(0.05)
    text = process.stdout.read()
    if process.returncode != 0:
        raise SystemExit("%s ended with %d: %s" % (arguments[:2], process.returncode, text))
    return time.monotonic() - started, most, text


def main(program, repositories=200, tags=50, delay_ms=20, connections=4, newest=0):
    fake = Fake(int(repositories), int(tags), int(delay_ms))
    more = ["--newest", str(newest)] if int(newest) else []
    with tempfile.TemporaryDirectory() as home:
        run(program, home, ["integration", "add", "bench", "--url", "http://" + fake.address])
        for title in ("first", "again"):
            fake.counts, fake.open_max = {}, fake.open
            seconds, memory, text = run(program, home, ["sync", "run", "bench", "--network-allow", "127.0.0.1",
                                                        "--connections", str(connections), *more])
            print("%s: %.1f s, %.1f MB, %d connections, %s" % (title, seconds, memory / 1e6, fake.open_max, fake.counts))
            print("   " + text.splitlines()[0], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
