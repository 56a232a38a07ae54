# SPDX-License-Identifier: Apache-2.0
"""A registry in which every tag of every repository exists and is no image. It counts what it is asked for, and can hold
answers back."""
import contextlib
import hashlib
import http.server
import json
import threading

SECONDS_MAX = 120
ARTIFACT = "application/vnd.example.config"  # not an image: nothing to scan


def manifest(repository, tag):
    return json.dumps({"schemaVersion": 2, "config": {"mediaType": ARTIFACT, "size": 2, "digest": "sha256:" + "4" * 64},
                       "layers": [], "annotations": {"name": "%s:%s" % (repository, tag)}}).encode()


class Answer(http.server.BaseHTTPRequestHandler):
    """Counts what was asked, and answers for manifests only while the registry is open."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        registry, body, headers = self.server.registry, b"{}", {}
        with registry.lock:
            registry.asked.append((self.command, self.path))
            if registry.stops_after is not None and len(registry.asked) >= registry.stops_after:
                registry.opened.clear()
        if self.path.startswith("/v2/_catalog"):
            body = json.dumps({"repositories": registry.repositories}).encode()
        elif self.path.endswith("/tags/list") or "/tags/list?" in self.path:
            body = json.dumps({"tags": registry.tags}).encode()
        elif "/manifests/" in self.path:
            registry.opened.wait(SECONDS_MAX)
            repository, name = self.path[len("/v2/"):].split("/manifests/")
            with registry.lock:
                body = registry.known[name] if name.startswith("sha256:") else manifest(repository, name)
                digest = "sha256:" + hashlib.sha256(body).hexdigest()
                registry.known[digest] = body
            headers["Docker-Content-Digest"] = digest
        self.send_response_only(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def handle(self):
        with contextlib.suppress(ConnectionError):  # its client may have been killed
            super().handle()

    def log_message(self, *arguments):
        pass


class CountingRegistry:
    def __init__(self):
        self.lock, self.opened = threading.Lock(), threading.Event()
        self.opened.set()
        self.asked, self.known = [], {}
        self.stops_after = None  # closes at so many requests
        self.repositories, self.tags = ["team/app"], ["1.0"]
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.registry = self
        self.host = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def count(self, method, path):
        with self.lock:
            return self.asked.count((method, path))

    def stop(self):
        self.opened.set()
        self.server.shutdown()
        self.server.server_close()
