#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scan Now: single images of connected registries, scanned at once, and what people see of it.

usage: scan_request_test.py TIDEWAITER"""
import contextlib
import http.client
import json
import os
import signal
import sys
import unittest

import fake_registry
from fake_registry import digest
from gated_server import SECONDS_MAX, ServedTest, layer

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""


class ScanRequestTest(ServedTest):
    program = PROGRAM

    def request(self, name, expected=201):
        """The request for an image of the registry, or the error document."""
        document = self.ask("POST", "$/scan_requests", expected, {"data": {
            "type": "scan_request", "attributes": {"image": name if "/" in name and "." in name.split("/")[0] else
                                                   "%s/%s" % (self.host, name)}}})
        return document.get("data", document)

    def state(self, request):
        return self.ask("GET", "$/scan_requests/" + request["id"], 200)["data"]["attributes"]

    def wait_for(self, request, *states):
        return self.wait(lambda: (lambda found: found if found["status"] in states else None)(self.state(request)),
                         "it never was " + " or ".join(states))

    # names

    def test_a_tag_a_digest_or_neither_names_an_image(self):
        found = self.push("team/app:1.0", self.openssl)
        self.push("team/app:latest", layer(("zlib1g", "1-1")))
        self.serve()
        printed = self.expect("scan-request", "add", "--wait", *("%s/team/app%s" % (self.host, end) for end in (
            ":1.0", "", "@" + found)))
        states = [line.split()[:2] for line in printed.splitlines()]
        for end in (":1.0", ":latest", "@" + found):
            seen = [state for state, name in states if name == self.host + "/team/app" + end]
            order = ["queued", "pulling", "analyzing", "matching", "done"]
            self.assertEqual(seen, [state for state in order if state in seen])
            self.assertEqual(seen[-1], "done", printed)
        self.assertEqual(self.projects(), [("team/app", tag, "manual") for tag in ("1.0", "latest", found)])
        images = self.images()
        self.assertEqual({name: image["state"] for name, image in images.items()}, {
            self.host + "/team/app" + end: "scanned" for end in (":1.0", ":latest", "@" + found)})
        self.assertEqual(self.registry.asked(digest(self.openssl)), 1)  # the digest was known by then
        self.assertIn("done", self.expect("scan-request", "list"))
        self.assertIn("no scan request waits", self.expect("scan-request", "list", "--queue"))

    def harbor(self, method, path, body=None, **headers):
        """(status, headers, document)"""
        with contextlib.closing(http.client.HTTPConnection(self.address, timeout=SECONDS_MAX)) as connection:
            connection.request(method, "/harbor/api/v1/" + path, body and json.dumps(body),
                               {"Authorization": "Bearer " + self.token, **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
        return answer.status, answer.headers, json.loads(text) if text else None

    def test_a_harbor_gets_the_findings_of_what_it_has_scanned(self):
        """The conversation of Harbor's scanner adapter API 1.2: metadata, a scan, its report when it is ready."""
        pushed = self.push("team/app:1.0", self.openssl)
        self.serve()
        status, _, metadata = self.harbor("GET", "metadata")
        self.assertEqual(status, 200)
        [report_type] = [kind for kind in metadata["capabilities"][0]["produces_mime_types"]
                         if kind.startswith("application/vnd.security.vulnerability.report")]
        self.hold(self.openssl)
        status, headers, made = self.harbor("POST", "scan", {
            "registry": {"url": "http://" + self.host, "authorization": "Basic bm90OnVzZWQ="},
            "artifact": {"repository": "team/app", "digest": pushed, "tag": "1.0",
                         "mime_type": "application/vnd.oci.image.manifest.v1+json"}},
            **{"Content-Type": "application/vnd.scanner.adapter.scan.request+json; version=1.0"})
        self.assertEqual(status, 202, made)
        path = f"scan/{made['id']}/report"
        status, headers, _ = self.harbor("GET", path, Accept=report_type)
        self.assertEqual((status, headers["Refresh-After"]), (302, "5"))
        self.registry.opened.set()

        def report():
            status, headers, document = self.harbor("GET", path, Accept=report_type)
            self.assertIn(status, (200, 302), document)
            return (headers, document) if status == 200 else None
        headers, document = self.wait(report, "Harbor got no report")
        self.assertEqual(headers["Content-Type"], report_type)
        self.assertEqual(document["artifact"], {"repository": "team/app", "digest": pushed})
        self.assertEqual(document["scanner"]["name"], metadata["scanner"]["name"])
        [found] = document["vulnerabilities"]
        self.assertEqual((found["id"], found["package"], found["version"], found["fix_version"]),
                         ("DSA-1-1", "openssl", "3.0.9-1", "3.0.10-1"))
        self.assertEqual(document["severity"], found["severity"])
        self.assertEqual(self.projects(), [("team/app", pushed, "manual")])

    def test_names_without_a_host_are_docker_hubs(self):
        refused = self.home.run("scan-request", "add", "alpine")
        self.assertEqual(refused.returncode, 4)
        self.assertIn('no integration covers "docker.io/library/alpine"', refused.stderr)
        self.expect("integration", "add", "hub", "--type", "dockerhub", "--url", "https://registry-1.docker.io", "--anonymous")
        self.assertIn("docker.io/library/alpine:latest", self.expect("scan-request", "add", "alpine").replace(
            "registry-1.docker.io", "docker.io"))

    def test_no_host_is_asked_that_no_integration_covers(self):
        other = fake_registry.Gated()
        self.addCleanup(other.close)
        self.push("elsewhere/app:1.0", self.openssl)
        self.serve()
        for name in (other.registry.address + "/team/app:1.0", self.host + "/elsewhere/app:1.0", self.host + "/teams/app"):
            error = self.ask("POST", "$/scan_requests", 422, {"data": {
                "type": "scan_request", "attributes": {"image": name}}})["errors"][0]
            self.assertEqual(error["code"], "registry-not-integrated")
            self.assertIn("integration add", error["detail"])
            self.assertIn("integration add", self.home.run("scan-request", "add", name).stderr)
        for name in ("", "UPPER/case", "a:b:c", "x@sha256:1"):
            self.ask("POST", "$/scan_requests", 400, {"data": {"type": "scan_request", "attributes": {"image": name}}})
        self.assertEqual((other.log, self.registry.log), ([], []))

    # the queue

    def test_bulk_work_does_not_keep_a_request_waiting(self):
        large = layer(("large", "1-1"))
        self.push("team/large:1.0", large)
        self.push("team/app:1.0", self.openssl)
        self.hold(large)
        self.serve()
        self.expect("project", "import", "team/large:1.0")  # the only worker hangs on its layer
        self.wait(lambda: self.registry.asked(digest(large)), "the bulk scan never began")
        request = self.request("team/app:1.0")
        found = self.wait_for(request, "done")
        times = [found[name] for name in ("created_at", "pulling_at", "analyzing_at", "matching_at", "finished_at")]
        self.assertEqual(times, sorted(times))
        self.assertEqual((found["requested_by"], found["integration"], found["reason"]), ("tester", "connected", None))
        self.assertEqual(self.images()[self.host + "/team/large:1.0"]["state"], "pending")
        project = self.ask("GET", "$/projects/" + found["project_id"], 200)["data"]["attributes"]
        self.assertEqual(project["name"], "team/app:1.0")

    def test_a_request_shows_its_place_and_what_it_does(self):
        self.push("team/app:1.0", self.openssl)
        self.push("team/web:1.0", layer(("web", "1-1")))
        self.push("team/db:1.0", layer(("db", "1-1")))
        self.hold(self.openssl, layer(("web", "1-1")))
        self.serve()
        busy = [self.request("team/app:1.0"), self.request("team/web:1.0")]  # the worker, and the one that does nothing else
        for request in busy:
            self.wait_for(request, "analyzing")
        waiting = self.request("team/db:1.0")
        self.assertEqual((self.state(waiting)["status"], self.state(waiting)["position"]), ("queued", 1))
        self.assertEqual(self.state(busy[0])["position"], None)
        self.assertEqual(self.request("team/db:1.0", 200)["id"], waiting["id"])  # once in the queue is enough
        queue = self.ask("GET", "$/scan_requests?queue=true", 200)["data"]
        self.assertEqual([item["id"] for item in queue], [waiting["id"], busy[1]["id"], busy[0]["id"]])
        self.registry.opened.set()
        for request in (*busy, waiting):
            self.wait_for(request, "done")
        self.assertEqual(self.ask("GET", "$/scan_requests?queue=true", 200)["data"], [])

    def test_requests_for_one_digest_fetch_it_once(self):
        for tag in ("1.0", "1.0.7", "stable"):
            self.push("team/app:" + tag, self.openssl)
        self.hold(self.openssl)
        self.serve()
        requests = [self.request("team/app:" + tag) for tag in ("1.0", "1.0.7", "stable")]
        for request in requests:
            self.wait_for(request, "analyzing")  # those that wait show how far the first one is
        self.registry.opened.set()
        for request in requests:
            self.assertIsNotNone(self.wait_for(request, "done")["project_id"])
        self.assertEqual(self.registry.asked(digest(self.openssl)), 1)
        self.assertEqual([tag for _, tag, _ in self.projects()], ["1.0", "1.0.7", "stable"])
        self.assertEqual({image["state"] for image in self.images().values()}, {"scanned"})

    def test_a_cancelled_request_leaves_nothing_and_others_go_on(self):
        for tag in ("1.0", "stable"):
            self.push("team/app:" + tag, self.openssl)
        self.hold(self.openssl)
        self.serve()
        first, second = self.request("team/app:1.0"), self.request("team/app:stable")
        for request in (first, second):
            self.wait_for(request, "analyzing")
        cancelled = self.ask("POST", "$/scan_requests/%s/cancel" % first["id"], 200)["data"]["attributes"]
        self.assertEqual(cancelled["status"], "cancelled")
        self.ask("POST", "$/scan_requests/%s/cancel" % first["id"], 409)
        self.wait(lambda: self.registry.asked(digest(self.openssl)) == 2, "the second request was not taken up")
        self.registry.opened.set()
        self.wait_for(second, "done")
        self.assertEqual(self.projects(), [("team/app", "stable", "manual")])
        self.assertEqual(self.state(first)["status"], "cancelled")
        retried = self.ask("POST", "$/scan_requests/%s/retry" % first["id"], 200)["data"]["attributes"]
        self.assertEqual((retried["retries"], retried["finished_at"]), (1, None))
        self.wait_for(first, "done")
        self.assertEqual(len(self.projects()), 2)

    def test_the_command_line_takes_a_request_back(self):
        self.push("team/app:1.0", self.openssl)
        self.hold(self.openssl)
        self.serve()
        request = self.request("team/app:1.0")
        self.wait_for(request, "analyzing")
        self.expect("scan-request", "cancel", request["id"])
        self.assertEqual(self.state(request)["status"], "cancelled")
        again = self.home.run("scan-request", "cancel", request["id"])
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("cancelled", again.stderr)
        self.registry.opened.set()
        self.assertEqual(self.projects(), [])

    def test_a_request_survives_the_death_of_the_server(self):
        self.push("team/app:1.0", self.openssl)
        self.hold(self.openssl)
        self.serve()
        request = self.request("team/app:1.0")
        self.wait_for(request, "analyzing")
        self.end_server(signal.SIGKILL)
        self.registry.opened.set()
        self.serve()
        self.wait_for(request, "done")
        self.assertEqual(len(self.projects()), 1)

    # failures

    def test_why_a_request_failed_is_said(self):
        self.registry.put("team/chart:1.0", fake_registry.compact({
            "schemaVersion": 2, "mediaType": fake_registry.MANIFEST, "layers": [], "config": {
                "mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": digest(b"{}"), "size": 2}}))
        self.serve()
        reasons = {"team/app:gone": "404|not|MANIFEST_UNKNOWN", "team/chart:1.0": "not an image.*helm"}
        for name, reason in reasons.items():
            found = self.wait_for(self.request(name), "failed")
            self.assertRegex(found["reason"], reason)
            self.assertIsNone(found["project_id"])
        self.assertEqual(self.projects(), [])
        done = self.home.run("scan-request", "add", "--wait", self.host + "/team/app:gone")
        self.assertEqual(done.returncode, 2, done.stdout)
        self.push("team/app:gone", self.openssl)  # it is there now
        failed = [item for item in self.ask("GET", "$/scan_requests", 200)["data"]
                  if item["attributes"]["image"].endswith("gone")][-1]
        self.expect("scan-request", "retry", failed["id"])
        self.wait_for(failed, "done")

    def test_a_registry_that_does_not_answer_is_asked_a_few_times(self):
        self.serve()
        self.registry.close()
        self.registry.servers = []
        request = self.request("team/app:1.0")
        found = self.wait(lambda: (lambda found: found if found["reason"] else None)(self.state(request)), "no reason")
        self.assertIn(self.host.split(":")[1], found["reason"])
        self.assertIn(self.wait_for(request, "failed")["reason"], found["reason"] + self.state(request)["reason"])
        self.assertEqual(self.projects(), [])


if __name__ == "__main__":
    signal.alarm(900)
    unittest.main()
