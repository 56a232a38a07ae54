# SPDX-License-Identifier: Apache-2.0
"""An HTTP server of feed files, as they are published: ETag and Last-Modified for each, If-None-Match, HEAD, Range with If-Range. It
writes down what was asked, and can break answers off."""
import email.utils
import hashlib
import http.server
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass  # the client had enough of an answer

    def do_HEAD(self):
        self.answer(has_body=False)

    def do_GET(self):
        self.answer(has_body=True)

    def answer(self, has_body):
        feeds = self.server.feeds
        path = self.path.split("://", 1)[-1]
        if self.path.startswith("http://"):  # asked as a proxy
            feeds.proxied.append(self.path)
            path = "/" + path.split("/", 1)[1]
        feeds.requests.append((self.command, path, self.headers.get("Range"), self.headers.get("If-None-Match")))
        feeds.before(path)
        if path in feeds.statuses:
            return self.send(feeds.statuses[path], b"", {}, has_body)
        content = feeds.files.get(path)
        if content is None:
            return self.send(404, b"not here", {}, has_body)
        tag = '"%s"' % hashlib.sha256(content).hexdigest()[:16]
        headers = {"ETag": tag, "Last-Modified": email.utils.formatdate(1767225600, usegmt=True)} if feeds.has_validators else {}
        if headers and self.headers.get("If-None-Match") == tag:
            return self.send(304, b"", headers, has_body)
        start = self.range_start(tag, len(content))
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return self.send(206, content[start:], headers, has_body)
        self.send(200, content, headers, has_body, feeds.cuts.pop(path, None) if has_body else None)

    def range_start(self, tag, size):
        asked = self.headers.get("Range", "")
        if not self.server.feeds.takes_ranges or not asked.startswith("bytes=") or self.headers.get("If-Range", tag) != tag:
            return 0
        start = int(asked[len("bytes="):].split("-")[0] or 0)
        return start if start < size else 0

    def send(self, status, content, headers, has_body, cut=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if has_body and status != 304:
            self.wfile.write(content if cut is None else content[:cut])
            if cut is not None:
                self.close_connection = True


class FeedServer:
    def __init__(self):
        self.files, self.statuses, self.requests, self.proxied = {}, {}, [], []
        self.cuts = {}  # path: the next answer ends after so many bytes
        self.before = lambda path: None  # called in the connection's thread before each answer
        self.takes_ranges = self.has_validators = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        self.server.feeds = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def asked(self):
        """What was asked since the last time."""
        asked, self.requests[:] = list(self.requests), []
        return asked
