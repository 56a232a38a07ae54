#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real server on a free port: HTTP behaviour, headers, sessions, and every operation over a filled store.

usage: server_test.py TIDEWAITER FILL_STORE
"""
import base64
import gzip
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TIDEWAITER, FILL_STORE = sys.argv[1:3]
VERSION = "2025-09-17"
HEADER = pathlib.Path(__file__).resolve().parents[2] / "src/api/server.h"
IDLE_SECONDS_MAX = int(re.search(r"#define SERVER_IDLE_SECONDS_MAX (\d+)", HEADER.read_text())[1])
COOKIE = "__Host-tidewaiter"
UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class Server:
    def __init__(self, *options, fill=True):
        self.folder = tempfile.TemporaryDirectory(prefix="tidewaiter-test-")
        self.data = os.path.join(self.folder.name, "data")
        if fill:
            subprocess.run([FILL_STORE, self.data], check=True)
        self.log = open(os.path.join(self.folder.name, "log"), "w+", encoding="utf-8")
        command = [TIDEWAITER, "serve", "--listen", "127.0.0.1:0", "--data", self.data, "--log-level", "debug",
                   "--sandbox", "best-effort", *options]
        self.process = subprocess.Popen(command, stderr=self.log, stdout=subprocess.PIPE)
        self.url = self.wait_until_ready()
        self.port = int(self.url.rsplit(":", 1)[1])
        self.cookie = None
        self.csrf = None

    def lines(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.startswith("{")]

    def wait_until_ready(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for line in self.lines():
                if line["msg"] == "ready":
                    return line["url"]
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        with open(self.log.name, encoding="utf-8") as file:
            raise AssertionError("the server did not start: " + file.read())

    def request(self, method, target, headers=None, body=None, host=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = dict(headers or {})
        headers.setdefault("Host", host or f"127.0.0.1:{self.port}")
        connection.request(method, target, body=body, headers=headers)
        response = connection.getresponse()
        response.content = response.read()
        connection.close()
        return response

    def sign_in(self):
        link = subprocess.run([TIDEWAITER, "sign-in", "--data", self.data, "--url", self.url], check=True,
                              capture_output=True, text=True).stdout.strip()
        assert link.startswith(self.url + "/session?token=tw_"), link
        response = self.request("GET", link[len(self.url):])
        assert response.status == 303, response.status
        self.cookie = response.headers["Set-Cookie"].split(";")[0]
        self.csrf = self.get("/rest/self")["data"]["attributes"]["csrf_token"]
        return link, response

    def ask(self, path, method="GET", **parameters):
        """With the session and the version."""
        query = "&".join(f"{name}={value}" for name, value in {"version": VERSION, **parameters}.items())
        return self.request(method, f"{path}?{query}", {"Cookie": self.cookie or ""})

    def get(self, path, **parameters):
        response = self.ask(path, **parameters)
        assert response.status == 200, (path, response.status, response.content)
        return json.loads(response.content)

    def organization(self):
        return "/rest/orgs/" + self.get("/rest/self")["data"]["attributes"]["organization"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.process.stdout.close()
        self.log.close()
        self.folder.cleanup()
        return status


def error_of(response):
    document = json.loads(response.content)
    assert set(document) == {"jsonapi", "errors"}, document
    assert document["jsonapi"] == {"version": "1.0"}
    return document["errors"][0]


class ServerCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.link, cls.signing_in = cls.server.sign_in()
        cls.org = cls.server.organization()

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        assert status == 0, f"the server ended with status {status}"

    def assert_error(self, response, status, code, parameter=None):
        self.assertEqual(response.status, status, response.content)
        self.assertEqual(response.headers["Content-Type"], "application/vnd.api+json")
        error = error_of(response)
        self.assertEqual((error["status"], error["code"]), (str(status), code))
        self.assertRegex(error["id"], UUID)
        self.assertTrue(error["title"] and error["detail"])
        self.assertEqual(error.get("source"), {"parameter": parameter} if parameter else None)


class Http(ServerCase):
    def test_security_headers_stand_on_every_answer(self):
        targets = ["/healthz", "/readyz", "/metrics", "/", "/nothing", "/rest/self", "/session?token=x", "/openapi"]
        for target in targets:
            headers = self.server.request("GET", target).headers
            for name, value in SECURITY_HEADERS.items():
                self.assertEqual(headers[name], value, target)
            policy = headers["Content-Security-Policy"]
            for rule in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'"):
                self.assertIn(rule, policy)
            self.assertNotIn("unsafe", policy)
            self.assertTrue(headers["Cache-Control"], target)

    def test_a_request_id_is_echoed_or_made(self):
        mine = "4B2F3E06-1d5c-4f0a-9a63-2b9f3a2ad4c1"
        response = self.server.request("GET", "/healthz", {"snyk-request-id": mine})
        self.assertEqual(response.headers["snyk-request-id"], mine.lower())
        for given in ("", "not-a-uuid", mine + "x"):
            response = self.server.request("GET", "/healthz", {"snyk-request-id": given})
            self.assertRegex(response.headers["snyk-request-id"], UUID)

    def test_head_is_get_without_a_body(self):
        for target in ("/healthz", "/openapi", "/"):
            get = self.server.request("GET", target)
            head = self.server.request("HEAD", target)
            self.assertEqual(head.status, get.status)
            self.assertEqual(head.content, b"")
            self.assertEqual(head.headers["Content-Length"], str(len(get.content)), target)

    def test_options_and_405_tell_the_methods(self):
        response = self.server.request("OPTIONS", "/healthz")
        self.assertEqual((response.status, response.headers["Allow"]), (204, "GET, HEAD, OPTIONS"))
        for method in ("POST", "PUT", "DELETE", "TRACE"):
            response = self.server.request(method, "/healthz")
            self.assert_error(response, 405, "method-not-allowed")
            self.assertEqual(response.headers["Allow"], "GET, HEAD, OPTIONS")
        self.assertNotIn("Access-Control-Allow-Origin", self.server.request("OPTIONS", "/rest/self").headers)

    def test_an_unknown_address_is_an_error_and_not_the_page(self):
        for target in ("/rest", "/rest/nothing?version=" + VERSION, "/assets/none.js", "/healthz/x", "/rest/self/"):
            response = self.server.request("GET", target, {"Accept": "text/html"})
            self.assert_error(response, 404, "path-not-found")

    def test_addresses_of_the_ui_get_its_page(self):
        response = self.server.request("GET", "/images/123", {"Accept": "text/html,*/*;q=0.8"})
        self.assertEqual((response.status, response.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertEqual(response.headers["Cache-Control"], "no-cache")
        packed = self.server.request("GET", "/", {"Accept-Encoding": "gzip"})
        plain = self.server.request("GET", "/")
        if packed.headers["Content-Encoding"] == "gzip":
            self.assertEqual(gzip.decompress(packed.content), plain.content)
            self.assertNotEqual(packed.headers["ETag"], plain.headers["ETag"])
        self.assertEqual(self.server.request("GET", "/", {"If-None-Match": plain.headers["ETag"]}).status, 304)
        self.assert_error(self.server.request("GET", "/images/123", {"Accept": "application/json"}), 404,
                          "path-not-found")

    def test_paths_do_not_lead_out_of_the_embedded_files(self):
        for target in ("/../etc/passwd", "/..%2f..%2fetc/passwd", "/assets/../../etc/passwd", "//etc/passwd"):
            self.assertEqual(self.server.request("GET", target).status, 404, target)

    def test_a_foreign_host_is_refused(self):
        for host in ("evil.example", f"evil.example:{self.server.port}", "127.0.0.1.evil.example", "localhost.x"):
            self.assert_error(self.server.request("GET", "/rest/self", host=host), 421, "host-not-allowed")
        for host in ("localhost", f"localhost:{self.server.port}", "[::1]", "LOCALHOST"):
            self.assertEqual(self.server.request("GET", "/healthz", host=host).status, 200, host)

    def send_raw(self, content):
        """Everything that the server answers until it closes. For a request that never becomes whole that may take until its
        idle limit (SERVER_IDLE_SECONDS_MAX in src/api/server.h), so the wait is longer than that."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=IDLE_SECONDS_MAX + 15) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer

    def test_oversized_requests_are_refused(self):
        self.assert_error(self.server.request("GET", "/healthz?" + "a" * 9000), 414, "uri-too-long")
        headers = {f"X-Header-{i}": "x" * 300 for i in range(60)}
        self.assert_error(self.server.request("GET", "/healthz", headers), 431, "headers-too-large")
        headers = {f"X-Header-{i}": "x" for i in range(80)}
        self.assert_error(self.server.request("GET", "/healthz", headers), 431, "headers-too-large")
        answer = self.send_raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200000 + b"\r\n\r\n")
        self.assertRegex(answer, rb"^(HTTP/1\.[01] 4(13|31|14)|$)")
        body = b"x" * (1024 * 1024 + 1)
        answer = self.send_raw(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body))
        self.assertIn(b" 413 ", answer.split(b"\r\n")[0])
        self.assertEqual(self.server.request("GET", "/healthz").status, 200)

    def test_broken_requests_do_not_harm(self):
        for content in (b"", b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00\xff" * 500,
                        b"GET /healthz HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            answer = self.send_raw(content)
            self.assertNotRegex(answer, rb"^HTTP/1\.[01] (2|500)", content)
        self.assertEqual(self.server.request("GET", "/healthz").status, 200)

    def test_slow_clients_do_not_block_others(self):
        slow = []
        try:
            for _ in range(100):
                connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=20)
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: local")
                slow.append(connection)
            begun = time.monotonic()
            self.assertEqual(self.server.request("GET", "/healthz").status, 200)
            self.assertLess(time.monotonic() - begun, 5)
            slow[0].sendall(b"host\r\n\r\n")
            self.assertIn(b"200 OK", slow[0].recv(65536))
        finally:
            for connection in slow:
                connection.close()

    def test_health_readiness_and_metrics(self):
        self.assertEqual(json.loads(self.server.request("GET", "/healthz").content), {"status": "alive"})
        ready = json.loads(self.server.request("GET", "/readyz").content)
        self.assertEqual(ready["status"], "ready")
        text = self.server.request("GET", "/metrics").content.decode()
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{[^}]*\})? -?[0-9.e+]+)$")
        self.assertRegex(text, r'tidewaiter_http_requests_total\{operation="health",status="2xx"\} [1-9]')

    def test_the_openapi_document_describes_what_there_is(self):
        versions = json.loads(self.server.request("GET", "/openapi").content)
        self.assertIn(VERSION, versions)
        self.assertEqual(versions, sorted(versions, reverse=True))
        document = json.loads(self.server.request("GET", "/openapi/" + VERSION).content)
        for path, operations in document["paths"].items():
            for operation in operations.values():
                for parameter in operation["parameters"]:
                    if "$ref" in parameter:
                        name = parameter["$ref"].rsplit("/", 1)[1]
                        self.assertIn(name, document["components"]["parameters"])
                    else:
                        self.assertIn("{" + parameter["name"] + "}", path)
        self.assertIn("/rest/orgs/{org_id}/container_images/{image_id}", document["paths"])
        self.assertNotIn("/rest/self", json.loads(self.server.request("GET", "/openapi/2023-11-02").content)["paths"])
        self.assertEqual(self.server.request("GET", "/openapi/yesterday").status, 404)
        # The published API has both below its base address.
        for path in ("", "/" + VERSION):
            self.assertEqual(self.server.request("GET", "/rest/openapi" + path).content,
                             self.server.request("GET", "/openapi" + path).content)


class Versions(ServerCase):
    def test_versions_are_negotiated(self):
        def ask(version, path="/rest/self"):
            query = "" if version is None else "?version=" + version
            return self.server.request("GET", path + query, {"Cookie": self.server.cookie})

        response = ask("2026-01-01~beta")
        self.assertEqual(response.status, 200)
        self.assertEqual(response.headers["snyk-version-requested"], "2026-01-01~beta")
        self.assertEqual(response.headers["snyk-version-served"], VERSION)
        self.assertEqual(response.headers["snyk-version-lifecycle-stage"], "ga")
        self.assert_error(ask(None), 400, "version-missing", "version")
        self.assert_error(ask("latest"), 400, "version-invalid", "version")
        self.assert_error(ask("2999-01-01"), 400, "version-in-future", "version")
        self.assert_error(ask("2020-01-01"), 404, "version-not-released", "version")
        response = ask("2023-05-01~beta", self.org + "/container_images")
        self.assertEqual(response.headers["snyk-version-served"], "2023-03-08~beta")
        self.assertEqual(response.headers["snyk-version-lifecycle-stage"], "deprecated")
        self.assertEqual(response.headers["deprecation"], "2023-08-18T00:00:00Z")
        self.assertEqual(response.headers["sunset"], "2023-11-17")


class Sessions(ServerCase):
    def test_the_cookie_is_bound_to_this_host(self):
        cookie = self.signing_in.headers["Set-Cookie"]
        self.assertTrue(cookie.startswith(COOKIE + "=tw_"))
        for part in ("; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Max-Age=604800"):
            self.assertIn(part, cookie)
        self.assertEqual(self.signing_in.headers["Location"], "/")
        self.assertEqual(self.signing_in.headers["Cache-Control"], "no-store")

    def test_a_link_works_once(self):
        response = self.server.request("GET", self.link[len(self.server.url):])
        self.assertEqual(response.status, 403)
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertIn(b"does not work any more", response.content)

    def test_looking_ahead_does_not_use_the_link_up(self):
        link = subprocess.run([TIDEWAITER, "sign-in", "--data", self.server.data, "--url", self.server.url], check=True,
                              capture_output=True, text=True).stdout.strip()
        target = link[len(self.server.url):]
        self.assertNotIn("Set-Cookie", self.server.request("HEAD", target).headers)
        self.assertIn("Set-Cookie", self.server.request("GET", target).headers)

    def test_without_a_session_nothing_is_told(self):
        forged = [None, "", f"{COOKIE}=", f"{COOKIE}=tw_" + "0" * 64, f"{COOKIE}=x'; --", self.server.cookie[:-1],
                  self.server.cookie.replace(COOKIE, "tidewaiter-session")]
        paths = ["/rest/self", "/rest/orgs", self.org + "/images", self.org + "/integrations"]
        for cookie in forged:
            for path in paths:
                headers = {} if cookie is None else {"Cookie": cookie}
                response = self.server.request("GET", f"{path}?version={VERSION}", headers)
                self.assert_error(response, 401, "unauthorized")

    def test_writes_need_origin_and_token(self):
        origin = f"http://127.0.0.1:{self.server.port}"
        target = "/rest/session?version=" + VERSION
        cases = [{}, {"Origin": origin}, {"X-CSRF-Token": self.server.csrf},
                 {"Origin": "http://evil.example", "X-CSRF-Token": self.server.csrf},
                 {"Origin": "null", "X-CSRF-Token": self.server.csrf},
                 {"Origin": origin, "X-CSRF-Token": self.server.csrf[:-1] + "x"}]
        for headers in cases:
            response = self.server.request("DELETE", target, {"Cookie": self.server.cookie, **headers})
            self.assert_error(response, 403, "csrf-refused")
        self.assertEqual(self.server.ask("/rest/self").status, 200)

    def test_signing_out_ends_the_session(self):
        mine = self.server.cookie, self.server.csrf
        try:
            self.server.sign_in()
            headers = {"Cookie": self.server.cookie, "X-CSRF-Token": self.server.csrf,
                       "Origin": f"http://127.0.0.1:{self.server.port}"}
            response = self.server.request("DELETE", "/rest/session?version=" + VERSION, headers)
            self.assertEqual((response.status, response.content), (204, b""))
            self.assertIn("Max-Age=0", response.headers["Set-Cookie"])
            self.assert_error(self.server.ask("/rest/self"), 401, "unauthorized")
        finally:
            self.server.cookie, self.server.csrf = mine

    def test_the_log_holds_no_secret(self):
        text = json.dumps(self.server.lines())
        self.assertIn('"/session"', text)
        self.assertNotIn("tw_", text)


class Refusals(ServerCase):
    def test_parameters_and_paths_are_checked(self):
        lists = ["/integrations", "/sync_runs", "/events", "/feeds", "/images", "/container_images"]
        for path in lists:
            for limit in ("0", "15", "110", "x", ""):
                self.assert_error(self.server.ask(self.org + path, limit=limit), 400, "invalid-parameter", "limit")
            for cursor in ("starting_after", "ending_before"):
                response = self.server.ask(self.org + path, **{cursor: "x"})
                self.assert_error(response, 400, "invalid-parameter", cursor)
                foreign = "v1." + base64.urlsafe_b64encode(b'{"id":"%%%"}').decode().rstrip("=")
                self.assertEqual(self.server.ask(self.org + path, **{cursor: foreign}).status, 400, path)
            self.assert_error(self.server.ask(self.org + path, colour="red"), 400, "unknown-parameter", "colour")
        self.assert_error(self.server.ask("/rest/orgs/x/images"), 400, "invalid-parameter")
        self.assert_error(self.server.ask(self.org + "/images/x"), 400, "invalid-parameter")
        self.assert_error(self.server.ask(self.org + "/container_images/sha256:12"), 400, "invalid-parameter")

    def test_what_belongs_to_others_does_not_exist(self):
        other = "/rest/orgs/00000000-0000-4000-8000-000000000000"
        for path in ("/integrations", "/sync_runs", "/feeds", "/images", "/container_images"):
            self.assert_error(self.server.ask(other + path), 404, "entity-not-found")
        image = "/images/00000000-0000-4000-8000-000000000000"
        for path in ("", "/findings", "/packages", "/gaps"):
            self.assert_error(self.server.ask(self.org + image + path), 404, "entity-not-found")
        self.assert_error(self.server.ask(self.org + "/container_images/sha256:" + "0" * 64), 404, "entity-not-found")


class Resources(ServerCase):
    """What tests/integration/fill_store.c put in: 25 scanned images, one failed, one waiting, one artifact."""

    def pages(self, path, **parameters):
        """All items, page by page forward; checks the way back as well."""
        document = self.server.get(path, **parameters)
        pages, links = [document["data"]], document["links"]
        self.assertNotIn("prev", links)
        while "next" in links:
            response = self.server.request("GET", links["next"], {"Cookie": self.server.cookie})
            self.assertEqual(response.status, 200, response.content)
            document = json.loads(response.content)
            pages.append(document["data"])
            links = document["links"]
        backwards = [pages[-1]]
        while "prev" in links:
            document = json.loads(self.server.request("GET", links["prev"], {"Cookie": self.server.cookie}).content)
            backwards.append(document["data"])
            links = document["links"]
        forward_ids = [item["id"] for page in pages for item in page]
        backward_ids = [item["id"] for page in reversed(backwards) for item in page]
        self.assertEqual(backward_ids, forward_ids)
        self.assertEqual(len(set(forward_ids)), len(forward_ids), "an item came twice")
        return [item for page in pages for item in page]

    def image(self, tag):
        return self.server.get(self.org + "/images", search="team/app:" + tag)["data"][0]

    def test_self_tells_who_and_what(self):
        document = self.server.get("/rest/self")
        attributes = document["data"]["attributes"]
        self.assertEqual((document["data"]["type"], attributes["name"]), ("user", "admin"))
        self.assertIn("org.project.read", attributes["permissions"])
        kinds = {notice["kind"] for notice in attributes["notices"]}
        self.assertLessEqual(kinds, {"sandbox"})
        self.assertEqual(self.server.get("/rest/orgs")["data"][0]["id"], attributes["organization"])

    def test_integrations_have_the_published_shape(self):
        [integration] = self.pages(self.org + "/integrations")
        self.assertEqual(set(integration), {"type", "id", "attributes", "relationships"})
        self.assertEqual(set(integration["attributes"]),
                         {"profile_name", "integration_type", "created_at", "has_broker"})
        self.assertEqual(integration["attributes"]["profile_name"], "harbour")

    def test_sync_runs_and_feeds(self):
        [run] = self.pages(self.org + "/sync_runs")
        self.assertEqual((run["attributes"]["status"], run["attributes"]["tags"]), ("finished", 28))
        shown = self.server.get(self.org + "/sync_runs/" + run["id"])["data"]["attributes"]
        self.assertEqual({**shown, **run["attributes"]}, shown)
        self.assertEqual((shown["images"], shown["images_scanned"], shown["images_failed"]), (27, 25, 1))
        journal = self.pages(f"{self.org}/sync_runs/{run['id']}/journal")
        self.assertEqual(len(journal), shown["journal_size"])
        imported = self.pages(f"{self.org}/sync_runs/{run['id']}/journal", change="imported")
        self.assertEqual({item["attributes"]["change"] for item in imported}, {"imported"})
        [feed] = self.pages(self.org + "/feeds")
        attributes = feed["attributes"]
        self.assertEqual((attributes["name"], attributes["records"]), ("osv/Debian", 1000))
        self.assertTrue(attributes["is_complete"] and not attributes["is_stale"] and not attributes["is_demo"])
        self.assertEqual(attributes["alarm"], "more than 20 % are gone")
        self.assertEqual(attributes["alarm_at"], attributes["checked_at"])
        self.assertIn('\ntidewaiter_feed_alarm{feed="osv/Debian"} 1\n', self.server.request("GET", "/metrics").content.decode())

    def test_events_tell_of_first_snapshots_in_the_api_and_on_the_command_line(self):
        events = self.pages(self.org + "/events", limit=10)
        self.assertEqual(len(events), 25)
        self.assertEqual({event["attributes"]["change"] for event in events}, {"first-snapshot"})
        self.assertEqual({event["attributes"]["cause"] for event in events}, {"image"})
        self.assertTrue(all(event["attributes"]["added_count"] > 0 for event in events))
        self.assertEqual(len({event["attributes"]["images"][0] for event in events}), 25)
        self.assertEqual(self.pages(self.org + "/events", event="new,resolved"), [])
        self.assert_error(self.server.ask(self.org + "/events", event="other"), 400, "invalid-parameter", "event")
        listed = subprocess.run([TIDEWAITER, "event", "list", "--data", self.server.data, "--change", "first-snapshot"],
                                check=True, capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(len(listed), 25)
        self.assertRegex(listed[0], r"^\d{4}-\d\d-\d\dT\d\d:\d\d image    first-snapshot  \+\d+ \(1 image: .*/team/app:v\d\d\)$")

    def test_the_image_list_is_complete_on_any_page_size(self):
        for limit in (10, 20, 100):
            images = self.pages(self.org + "/images", limit=limit)
            self.assertEqual(len(images), 28)
        self.assertEqual(self.server.get(self.org + "/images")["meta"]["count"], 28)
        document = self.server.get(self.org + "/images", search="app:v1")
        self.assertEqual(document["meta"]["count"], 10)
        self.assertEqual(len(self.pages(self.org + "/images", search="app:v")), 25)
        self.assertEqual(self.server.get(self.org + "/images", search="%25")["data"], [])
        self.assert_error(self.server.ask(self.org + "/images", search="x" * 300), 400, "invalid-parameter", "search")

    def test_a_scanned_image(self):
        image = self.image("v01")
        attributes = image["attributes"]
        self.assertEqual(attributes["reference"], "registry.example.com:5000/team/app:v01")
        self.assertEqual(attributes["state"], "scanned")
        self.assertEqual(attributes["distribution"], "Debian GNU/Linux 12 (bookworm)")
        self.assertEqual(attributes["platform"], "linux/amd64")
        self.assertEqual(attributes["package_count"], 24)
        self.assertEqual(attributes["vulnerability_count"], 48)
        self.assertEqual(attributes["severity_counts"],
                         {"critical": 8, "high": 8, "medium": 8, "low": 8, "negligible": 8, "unknown": 8})
        self.assertEqual((attributes["fixable_count"], attributes["kev_count"], attributes["gap_count"]), (16, None, 0))
        self.assertEqual((attributes["layers_fetched"], attributes["layers_shared"]), (1, 1))
        self.assertEqual((attributes["verdict"], attributes["verdict_reasons"]), (None, []))
        self.assertEqual(self.server.get(self.org + "/images/" + image["id"])["data"], image)

    def test_what_is_not_scanned_has_no_counts(self):
        for tag, state in (("failed", "failed"), ("waiting", "pending"), ("chart", "scanned")):
            attributes = self.image(tag)["attributes"]
            if tag != "chart":
                self.assertEqual(attributes["state"], state)
            self.assertEqual(attributes["is_image"], tag != "chart")
            for name in ("package_count", "severity_counts", "vulnerability_count", "fixable_count", "verdict"):
                self.assertIsNone(attributes[name], tag)
        self.assertEqual(self.image("failed")["attributes"]["error"], "could not read the layer")
        self.assertEqual(self.image("chart")["attributes"]["artifact_type"],
                         "application/vnd.cncf.helm.config.v1+json")

    def test_findings_are_complete_and_filtered(self):
        path = self.org + "/images/" + self.image("v02")["id"] + "/findings"
        self.assertEqual(len(self.pages(path)), 48)
        self.assertEqual(self.server.get(path)["meta"]["count"], 48)
        for parameters, count in (({"severity": "critical"}, 8), ({"severity": "low,unknown"}, 16),
                                  ({"has_fix": "true"}, 16), ({"has_fix": "false"}, 32), ({"search": "lib07"}, 2),
                                  ({"search": "cve-2026-1003"}, 1), ({"severity": "critical", "has_fix": "true"}, 8)):
            self.assertEqual(len(self.pages(path, **parameters)), count, parameters)
        self.assert_error(self.server.ask(path, severity="bad"), 400, "invalid-parameter", "severity")
        self.assert_error(self.server.ask(path, has_fix="maybe"), 400, "invalid-parameter", "has_fix")
        order = [item["attributes"]["severity"] for item in self.pages(path, limit=100)]
        ranks = ["critical", "high", "medium", "low", "negligible", "unknown"]
        self.assertEqual(order, sorted(order, key=ranks.index))

    def test_a_finding_names_its_evidence(self):
        path = self.org + "/images/" + self.image("v03")["id"] + "/findings"
        [finding] = self.server.get(path, search="CVE-2026-1006")["data"]
        attributes = finding["attributes"]
        self.assertEqual((finding["type"], attributes["vulnerability"]), ("finding", "CVE-2026-1006"))
        self.assertEqual(attributes["aliases"], ["DEBIAN-CVE-2026-1006"])
        self.assertEqual((attributes["severity"], attributes["severity_source"]), ("critical", "cvss"))
        self.assertEqual((attributes["fix_state"], attributes["fixed_versions"]), ("fixed", ["2.0-1"]))
        self.assertEqual(attributes["cvss"][0]["type"], "CVSS_V3")
        self.assertEqual(attributes["summary"], "problem <script>alert(6)</script>")
        package = attributes["package"]
        self.assertEqual((package["name"], package["version"], package["type"]), ("lib03", "1.0-1", "deb"))
        self.assertTrue(package["purl"].startswith("pkg:deb/debian/lib03@1.0-1"))
        [location] = attributes["locations"]
        self.assertEqual((location["path"], location["layer"]), ("var/lib/dpkg/status", 0))
        self.assertTrue(location["layer_digest"].startswith("sha256:"))
        [evidence] = attributes["evidence"]
        self.assertEqual((evidence["feed"], evidence["advisory"], evidence["order"], evidence["introduced"],
                          evidence["fixed"], evidence["is_listed"]),
                         ("osv", "DEBIAN-CVE-2026-1006", "dpkg", "0", "2.0-1", False))

    def test_packages_and_gaps(self):
        image = self.org + "/images/" + self.image("v00")["id"]
        self.assertEqual(len(self.pages(image + "/packages")), 24)
        [package] = self.server.get(image + "/packages", search="lib05")["data"]
        attributes = package["attributes"]
        self.assertEqual((attributes["name"], attributes["finding_count"], attributes["layer"]), ("lib05", 2, 0))
        self.assertEqual(attributes["worst_severity"], "negligible")
        attributes = self.image("v00")["attributes"]
        self.assertEqual((attributes["verdict"], attributes["gap_count"]), ("could-not-tell", 1))
        self.assertEqual(attributes["verdict_reasons"],
                         ["unreadable-file usr/lib/x.jar: no end of central directory"])
        [gap] = self.pages(image + "/gaps")
        self.assertEqual((gap["attributes"]["kind"], gap["attributes"]["path"]), ("unreadable-file", "usr/lib/x.jar"))
        self.assertTrue(gap["attributes"]["hides_packages"] and gap["attributes"]["consequence"])

    def test_what_no_package_accounts_for_and_what_was_removed(self):
        attributes = self.image("v00")["attributes"]
        self.assertEqual((attributes["unattributed_count"], attributes["removed_package_count"]), (1200, 1))
        image = self.org + "/images/" + self.image("v00")["id"]
        files = self.pages(image + "/unattributed_files", limit=100)
        self.assertEqual([file["attributes"]["path"] for file in files], [f"opt/bin/tool{i:04}" for i in range(1000)])
        [removed] = self.pages(image + "/removed_packages")
        self.assertEqual((removed["type"], removed["attributes"]["name"], removed["attributes"]["version"]),
                         ("removed_package", "lib00", "0.9-1"))
        self.assertEqual(attributes["package_count"], 24)
        attributes = self.image("v01")["attributes"]
        self.assertEqual((attributes["unattributed_count"], attributes["removed_package_count"]), (0, 0))
        for name in ("unattributed_files", "removed_packages", "layers"):
            self.assert_error(self.server.ask(self.org + "/images/11111111-1111-4111-8111-111111111111/" + name), 404,
                              "entity-not-found")
            self.assertEqual(self.pages(self.org + "/images/" + self.image("waiting")["id"] + "/" + name), [])
        self.assertIn("\ntidewaiter_unattributed_files 1200\n", self.server.request("GET", "/metrics").content.decode())
        self.assertIn("\ntidewaiter_scanned_images 25\n", self.server.request("GET", "/metrics").content.decode())

    def test_container_images_have_the_published_shape(self):
        images = self.pages(self.org + "/container_images")
        self.assertEqual(len(images), 25)
        for image in images:
            self.assertEqual(set(image), {"type", "id", "attributes"})
            self.assertEqual(image["type"], "container_image")
            self.assertRegex(image["id"], r"^sha256:[a-f0-9]{64}$")
            self.assertEqual(set(image["attributes"]), {"platform", "layers", "names"})
            self.assertEqual((image["attributes"]["platform"], len(image["attributes"]["layers"])), ("linux/amd64", 2))
        one = images[7]
        self.assertEqual(self.server.get(self.org + "/container_images/" + one["id"])["data"], one)
        quoted = self.server.get(self.org + "/container_images/" + one["id"].replace(":", "%3A"))
        self.assertEqual(quoted["data"], one)
        wanted = [images[3]["id"], images[1]["id"], "sha256:" + "0" * 64]
        found = self.pages(self.org + "/container_images", image_ids=",".join(wanted))
        self.assertEqual([image["id"] for image in found], wanted[:2])
        [named] = self.pages(self.org + "/container_images", names=one["attributes"]["names"][0])
        self.assertEqual(named, one)
        self.assertEqual(len(self.pages(self.org + "/container_images", platform="linux/x86_64")), 25)
        self.assertEqual(self.pages(self.org + "/container_images", platform="linux/arm64"), [])
        for bad in ("sha256:12", ",".join(["sha256:" + "0" * 64] * 101)):
            self.assert_error(self.server.ask(self.org + "/container_images", image_ids=bad), 400, "invalid-parameter",
                              "image_ids")

    def test_lists_answer_304_while_nothing_changes(self):
        first = self.server.ask(self.org + "/images")
        target = f"{self.org}/images?version={VERSION}"
        again = self.server.request("GET", target, {"Cookie": self.server.cookie, "If-None-Match": first.headers["ETag"]})
        self.assertEqual((again.status, again.content), (304, b""))
        other = self.server.request("GET", target, {"Cookie": self.server.cookie, "If-None-Match": '"x"'})
        self.assertEqual(other.status, 200)
        self.assertEqual(first.headers["Cache-Control"], "private, no-cache")


class Refused(unittest.TestCase):
    def run_serve(self, *options, **environment):
        with tempfile.TemporaryDirectory() as folder:
            return subprocess.run([TIDEWAITER, "serve", "--data", folder, *options], capture_output=True, text=True,
                                  timeout=60, env={**os.environ, **environment})

    def test_other_addresses_than_loopback_need_a_word(self):
        result = self.run_serve("--listen", "0.0.0.0:0")
        self.assertEqual(result.returncode, 64)
        self.assertIn("--behind-proxy", result.stderr)
        self.assertEqual(self.run_serve(TIDEWAITER_LISTEN="[::]:0").returncode, 64)

    def test_wrong_settings_are_named(self):
        for options in (["--listen", "8010"], ["--workers", "0"], ["--log-level", "loud"], ["--sandbox", "off"],
                        ["--host-name", "https://x"], ["--network-allow", "10.0.0.0/99"]):
            result = self.run_serve(*options)
            self.assertEqual(result.returncode, 64, result.stderr)
            self.assertIn(options[0][2:], result.stderr + " listen")
        result = self.run_serve(TIDEWAITER_WORKERS="many")
        self.assertEqual(result.returncode, 64)

    def test_a_taken_port_is_told(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            result = self.run_serve("--listen", "127.0.0.1:%d" % taken.getsockname()[1], "--sandbox", "best-effort")
        self.assertEqual(result.returncode, 14, result.stderr)
        self.assertIn("another program listens", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
