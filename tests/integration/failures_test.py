#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `tidewaiter integration test` says for each cause of a failure, produced for real, is what the page about it shows.
usage: failures_test.py TIDEWAITER; with TIDEWAITER_RENEW_GOLDEN=1 the page is written anew."""
import http.server
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import real_registry
from real_registry import free_port

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = SOURCE + "/docs/how-to/troubleshoot-a-connection.md"
CAUSES = SOURCE + "/src/job/connection_causes.def"
SHOWN = re.compile(r"(<!-- checked: failures -->\n).*?(<!-- end -->)", re.S)
# What differs between two runs or two patch releases of a library.
SAME = ((r"\(127\.0\.0\.1\)", "(192.0.2.7)"), (r"to 127\.0\.0\.1 port \d+ after \d+ ms", "to 192.0.2.7 port 443 after 21 ms"),
        (r"after \d+ milliseconds", "after 60000 milliseconds"), (r"OpenSSL/3\.[\d.]+", "OpenSSL/3.0"))
# A TLS 1.3 server says so after the handshake and hangs up: which of the two the client sees first is chance.
HUNG_UP = re.compile(r"(https://registry\.example\.com/v2/: )(?:OpenSSL SSL_|getpeername|Send failure|Recv failure).*")
CERTIFICATE_ASKED = (r"\1OpenSSL SSL_read: OpenSSL/3.0: error:0A00045C:SSL routines::tlsv13 alert certificate required, "
                     "errno 0")
JSON = {"Content-Type": "application/json"}
PASSWORD = ["--field", "username=alice", "--secret-env", "password=PASSWORD"]


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, headers, body = self.server.answer(self)
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_POST = do_CONNECT = do_GET

    def log_message(self, *arguments):
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that do not like our certificate are part of the test."""


def path_is(path, answer, other=(200, JSON, b"{}")):
    return lambda request: answer if request.path.startswith(path) else other


class FailuresTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tidewaiter-failures-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        real_registry.make_certificates(self.folder)
        self.names = {}  # what stands in the output, and in its place on the page
        self.shown = {}

    def serve(self, answer, wants_tls=False, wants_certificate=False, name="registry.example.com"):
        server = QuietServer(("127.0.0.1", 0), Answer)
        server.answer = answer
        if wants_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.folder + "/server.crt", self.folder + "/server.key")
            if wants_certificate:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self.folder + "/ca.crt")
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return self.named(server.server_address[1], name)

    def named(self, port, name="registry.example.com"):
        self.names["127.0.0.1:%d" % port] = name
        self.names["localhost:%d" % port] = name
        return "127.0.0.1:%d" % port

    def run_program(self, *words):
        return subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
                              check=False, stdin=subprocess.DEVNULL,
                              env={"HOME": self.folder, "PATH": "/usr/bin:/bin", "PASSWORD": "not-it",
                                   "KEY_FILE": '{"type":"external_account"}',
                                   **{k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}})

    def provoke(self, code, url, *options):
        """Adds an integration that fails so, tests it, and keeps what is said."""
        name = "company-" + code
        added = self.run_program("integration", "add", name, "--url", url, "--anonymous", *options)
        self.assertEqual(added.returncode, 0, added.stdout)
        self.keep(code, name)

    def keep(self, code, name):
        result = self.run_program("integration", "test", name, "--network-allow", "127.0.0.0/8")
        self.assertTrue(result.stdout.startswith('"%s": %s: ' % (name, code)), (code, result.stdout))
        text = result.stdout.replace(name, "company")
        for real, shown in self.names.items():
            text = text.replace(real, shown)
        for pattern, same in SAME:
            text = re.sub(pattern, same, text)
        if code == "tls-client-certificate":
            text = HUNG_UP.sub(CERTIFICATE_ASKED, text)
        self.shown[code] = (result.returncode, text)

    def fail_at_the_network(self):
        self.provoke("dns", "https://registry.example.invalid")
        self.provoke("tcp", "http://" + self.named(free_port()))
        self.provoke("proxy", "http://registry.example.com", "--proxy", "http://" + self.named(free_port(), "proxy.example.com"))
        never = threading.Event()
        self.addCleanup(never.set)
        self.provoke("timeout", "http://" + self.serve(lambda request: never.wait(120) or (200, {}, b"")))

    def fail_at_tls(self):
        plain = self.serve(lambda request: (200, JSON, b"{}"))
        self.provoke("tls", "https://localhost:" + plain.split(":")[1], "--ca-file", self.folder + "/ca.crt")
        self.provoke("tls-untrusted", "https://" + self.serve(lambda request: (200, JSON, b"{}"), wants_tls=True))
        self.provoke("tls-client-certificate", "https://" + self.serve(lambda request: (200, JSON, b"{}"), wants_tls=True,
                                                                    wants_certificate=True),
                  "--ca-file", self.folder + "/ca.crt")

    def fail_with_an_answer(self):
        basic = {"WWW-Authenticate": 'Basic realm="registry"'}
        refused = b'{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}'
        answers = {
            "unauthorized": ((401, basic, b""), PASSWORD),
            "forbidden": ((403, JSON, refused), []),
            "rate-limited": ((429, {"Retry-After": "3600"}, b""), []),
            "server-failed": ((500, {}, b""), []),
            "not-a-registry": ((200, {"Content-Type": "text/html"}, b"<html><title>Sign in</title></html>"), []),
            "clock-skew": ((401, {**basic, "Date": "Mon, 01 Jan 2001 00:00:00 GMT"}, b""), PASSWORD),
        }
        for code, (answer, options) in answers.items():
            self.provoke(code, "http://" + self.serve(lambda request, answer=answer: answer), *options)
        self.provoke("missing-scope", "http://" + self.serve(path_is("/v2/_catalog", (403, JSON, refused))), *PASSWORD)
        self.provoke("cannot-list", "http://" + self.serve(path_is("/v2/_catalog", (404, JSON, b"{}"))))
        listing = b'{"repositories":["team/app"]}'

        def broken(request):
            if request.path.startswith("/v2/_catalog"):
                return 200, JSON, listing
            return (200, JSON, b"not JSON") if request.path.endswith("/tags/list?n=1000") or "/tags/" in request.path \
                else (200, JSON, b"{}")
        self.provoke("bad-content", "http://" + self.serve(broken))

    def fail_at_the_token_service(self):
        private = {"WWW-Authenticate": 'Bearer realm="http://10.20.30.40/token",service="registry"'}
        self.provoke("address-refused", "http://" + self.serve(lambda request: (401, private, b"")))
        hosts = [self.serve(lambda request: (200, JSON, b'{"token":"t"}'), name=name)
                 for name in ("auth.example.com", "login.example.net")]

        def registry(request):
            if request.headers.get("Authorization") == "Bearer t":
                return 200, JSON, b'{"repositories":[]}'
            return 401, {"WWW-Authenticate": 'Bearer realm="http://%s/token",service="registry"' % hosts[0]}, b""
        code = "token-host-changed"
        url = "http://" + self.serve(registry)
        self.assertEqual(self.run_program("integration", "add", "company-" + code, "--url", url, *PASSWORD).returncode, 0)
        self.assertEqual(self.run_program("integration", "test", "company-" + code, "--network-allow",
                                          "127.0.0.0/8").returncode, 0)
        hosts.reverse()
        self.keep(code, "company-" + code)

    def test_the_page_shows_what_is_really_said(self):
        self.fail_at_the_network()
        self.fail_at_tls()
        self.fail_with_an_answer()
        self.fail_at_the_token_service()
        self.provoke("other", "https://europe-docker.pkg.dev", "--type", "gar", "--secret-env", "key_json=KEY_FILE")
        with open(CAUSES, encoding="utf-8") as file:
            codes = re.findall(r'^CONNECTION_CAUSE\(\w+, "([a-z-]+)"', file.read(), re.M)
        self.assertEqual(set(codes), set(self.shown))
        text = "".join("\n### `%s`\n\n```text\n$ tidewaiter integration test company\n%s$ echo $?\n%d\n```\n" %
                       (code, self.shown[code][1], self.shown[code][0]) for code in sorted(codes))
        with open(PAGE, encoding="utf-8") as file:
            page = file.read()
        renewed = SHOWN.sub(lambda match: match[1] + text + "\n" + match[2], page)
        if os.environ.get("TIDEWAITER_RENEW_GOLDEN"):
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(renewed)
            page = renewed
        self.assertIn("### `dns`", renewed)
        self.assertEqual(page.splitlines(), renewed.splitlines(), "renew the page: TIDEWAITER_RENEW_GOLDEN=1")


if __name__ == "__main__":
    absent = real_registry.absent(["openssl"])
    if absent:
        print("skipped: openssl is not installed")
        sys.exit(77)
    unittest.main()
