#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Webhooks: a call only hints at a tag, which is then asked for once however many calls name it, and imported only if
policy, deletions by users and caps let it in. What is unknown, wrong or forged is refused alike.

usage: hook_test.py TIDEWAITER true|false     (the last: whether it is built with sanitizers, which take memory)"""
import base64
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

import memory_sample
import jwt_issuer
from counting_registry import CountingRegistry
from real_registry import free_port

PROGRAM = os.path.abspath(sys.argv[1])
IS_SANITIZED = sys.argv[2] == "true"
del sys.argv[1:3]
SECONDS_MAX = 120
CALLS, TAGS, CALLERS = 1000, 50, 8
# A sanitized build has a map of all memory and keeps what was freed, of which it is told to keep little.
MEMORY_BYTES_MAX = 96e6 if IS_SANITIZED else 64e6
MEMORY_GROWTH_BYTES_MAX = 16e6
KEEP_LITTLE = ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
GOOGLE = {"webhook_audience": "https://scan.example.com", "webhook_email": "push@acme-prod.iam.gserviceaccount.com"}


def event(tag, repository="team/app"):
    return json.dumps({"events": [{"action": "push", "target": {"repository": repository, "tag": tag}}]})


class HookTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-hook-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TIDEWAITER_DATA": str(self.folder / "data"),
                            **{name: value for name, value in os.environ.items() if "SAN_OPTIONS" in name}}
        self.environment["ASAN_OPTIONS"] = self.environment.get("ASAN_OPTIONS", "") + KEEP_LITTLE
        self.registry = CountingRegistry()
        self.addCleanup(self.registry.stop)
        self.run_program("integration", "add", "hooked", "--url", "http://" + self.registry.host)
        self.address = self.hook("hooked", "distribution")

    def hook(self, name, sender):
        printed = self.run_program("integration", "hook", name, "--sender", sender, "--url", "http://x")
        return printed.split()[0][len("http://x"):]

    def run_program(self, *arguments, stdin=""):
        done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              input=stdin, timeout=SECONDS_MAX, check=False, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def start_server(self, *options):
        self.port = free_port()
        with open(self.folder / "log", "ab") as log:
            self.server = subprocess.Popen(
                [PROGRAM, "serve", "--listen", "127.0.0.1:%d" % self.port, "--network-allow", "127.0.0.1", "--sandbox",
                 "best-effort", "--workers", "1", *options], env=self.environment, stdout=log, stderr=log)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.send_signal, signal.SIGTERM)
        self.wait_until(lambda: '"ready"' in (self.folder / "log").read_text(), "the server did not come up")

    def wait_until(self, is_met, message):
        deadline = time.monotonic() + SECONDS_MAX
        while not is_met():
            self.assertLess(time.monotonic(), deadline, message + "\n" + (self.folder / "log").read_text()[-3000:])
            time.sleep(0.05)

    def ask_store(self, sql, *values):
        with contextlib.closing(sqlite3.connect("file:%s/data/tidewaiter.db?mode=ro" % self.folder, uri=True)) as database:
            return database.execute(sql, values).fetchall()

    def wait_until_idle(self):
        self.wait_until(lambda: self.ask_store("SELECT count(*) FROM jobs WHERE state < 2")[0][0] == 0,
                        "jobs were not done in time")

    def projects(self):
        return sorted("%s:%s" % row for row in self.ask_store(
            "SELECT repositories.name, projects.tag FROM projects JOIN targets ON targets.id = projects.target_id "
            "JOIN repositories ON repositories.id = targets.repository_id"))

    def connect(self):
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX))

    @staticmethod
    def call_over(connection, path, body, headers, method="POST"):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)

    def call(self, path, body, method="POST", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        with self.connect() as connection:
            return self.call_over(connection, path, body, headers, method)

    def assert_refused_alike(self, answers):
        """As an address that does not exist, but for what differs between any two answers."""
        unknown = self.call("/hooks/distribution/00000000-0000-4000-8000-000000000000/x", "{}")
        self.assertEqual(unknown[0], 404)
        for answer in (unknown, *answers):
            for name in ("Date", "X-Request-Id", "snyk-request-id", "request-id"):
                answer[2].pop(name, None)
        for answer in answers:
            self.assertEqual(answer, unknown)

    def storm(self, first):
        """One of several senders, on its own connection; all statuses."""
        with self.connect() as connection:
            return [self.call_over(connection, self.address, event("1.%d" % (number % TAGS)), {})[0]
                    for number in range(first, CALLS, CALLERS)]

    def test_many_calls_make_one_check_of_each_tag(self):
        self.start_server()
        self.registry.opened.clear()
        self.assertEqual(self.call(self.address, event("1.0"))[0], 202)
        first = "/v2/team/app/manifests/1.0"
        self.wait_until(lambda: self.registry.count("HEAD", first) == 1, "the tag was not asked for")
        # The only worker waits for the registry now, so that nothing is checked while the calls come in.
        with concurrent.futures.ThreadPoolExecutor(CALLERS) as callers:
            statuses = [status for part in callers.map(self.storm, range(CALLERS)) for status in part]
            self.assertEqual((len(statuses), set(statuses)), (CALLS, {202}))
            memory = memory_sample.process_bytes(self.server.pid)
            self.assertLess(memory, MEMORY_BYTES_MAX)
            statuses = [status for part in callers.map(self.storm, range(CALLERS)) for status in part]
        self.assertEqual((len(statuses), set(statuses)), (CALLS, {202}))
        grown = memory_sample.process_bytes(self.server.pid) - memory
        print("memory after %d calls: %.1f MB, after as many more: %+.1f MB" % (CALLS, memory / 1e6, grown / 1e6), flush=True)
        self.assertLess(grown, MEMORY_GROWTH_BYTES_MAX)
        self.registry.opened.set()
        self.wait_until_idle()
        counts = [self.registry.count("HEAD", "/v2/team/app/manifests/1.%d" % tag) for tag in range(TAGS)]
        # The calls that came while 1.0 was being asked for may have meant something newer.
        self.assertEqual(counts, [2] + [1] * (TAGS - 1))
        self.assertEqual(self.ask_store("SELECT count(*) FROM jobs WHERE kind = 'hook'")[0][0], TAGS + 1)
        self.assertEqual(len(self.projects()), TAGS)

    def test_unknown_wrong_and_forged_calls_are_refused_alike(self):
        self.run_program("integration", "edit", "hooked", "--secret-stdin", "webhook_secret", stdin="Bearer planted")
        self.start_server()
        integration, secret = self.address.split("/")[3:5]
        other = "0" if secret[-1] != "0" else "1"
        unknown = "00000000-0000-4000-8000-000000000000"
        paths = ["/hooks/distribution/%s/%s%s" % (integration, secret[:-1], other),
                 "/hooks/distribution/%s/%s" % (integration, secret[:-1]),
                 "/hooks/distribution/%s/%s" % (unknown, secret), "/hooks/distribution/nobody/" + secret,
                 "/hooks/no-such/%s/%s" % (integration, secret)]
        answers = [self.call(path, event("1.0"), Authorization="Bearer planted") for path in paths]
        answers += [self.call(self.address, event("1.0")), self.call(self.address, event("1.0"), Authorization="Bearer x"),
                    self.call(self.address, "{", Authorization="Bearer x")]
        self.assert_refused_alike(answers)
        self.assertEqual(self.ask_store("SELECT count(*) FROM jobs WHERE kind = 'hook'")[0][0], 0)
        self.assertEqual(self.call(self.address, event("1.0"), Authorization="Bearer planted")[0], 202)

    def test_a_stored_secret_shuts_out_senders_that_cannot_prove_it(self):
        self.run_program("integration", "edit", "hooked", "--secret-stdin", "webhook_secret", stdin="planted")
        self.start_server()
        body = json.dumps({"repository": {"repo_name": "team/app"}, "push_data": {"tag": "1.0"}})
        self.assert_refused_alike([self.call(self.address.replace("distribution", name), body) for name in
                                   ("dockerhub", "quay")])

    def test_an_authorization_header_is_the_senders_own_and_no_failed_sign_in(self):
        self.run_program("integration", "edit", "hooked", "--secret-stdin", "webhook_secret", stdin="Bearer planted")
        self.start_server()
        self.assert_refused_alike([self.call(self.address, event("1.0"), Authorization="Bearer wrong") for _ in range(70)])
        self.assertEqual(self.call(self.address, event("1.0"), Authorization="Bearer planted")[0], 202)

    def test_the_delay_is_an_option_of_the_server(self):
        self.start_server("--webhook-delay", "45")
        before_ms = time.time() * 1000
        self.assertEqual(self.call(self.address, event("1.0"))[0], 202)
        after_ms = time.time() * 1000
        planned_ms = self.ask_store("SELECT not_before_ms FROM jobs WHERE kind = 'hook'")[0][0]
        self.assertTrue(before_ms + 44990 <= planned_ms <= after_ms + 45010, (before_ms, planned_ms, after_ms))

    # Google's Pub/Sub

    def add_google(self, **fields):
        words = [word for name, value in {**GOOGLE, **fields}.items() for word in ("--field", name + "=" + value)]
        self.run_program("integration", "add", "google", "--type", "gar", "--url", "http://%s/acme-prod" % self.registry.host,
                         "--anonymous", *words)
        return self.hook("google", "google")

    @staticmethod
    def pushed(tag="1.4.2"):
        data = json.dumps({"action": "INSERT", "tag": "europe-west1-docker.pkg.dev/acme-prod/images/app:" + tag})
        return json.dumps({"message": {"data": base64.b64encode(data.encode()).decode(), "messageId": "1"}})

    def test_a_token_that_google_signed_is_believed_and_no_other(self):
        key, forger = jwt_issuer.Key(self.folder), jwt_issuer.Key(self.folder, file="forger")
        issuer = jwt_issuer.Issuer(key)
        self.addCleanup(issuer.stop)
        address = self.add_google(webhook_keys_url=issuer.url)
        self.start_server()
        good, claims = key.token(jwt_issuer.claims()), jwt_issuer.claims
        wrong = ["", "Bearer", "Bearer " + good[:-4], "Basic " + good, "Bearer " + forger.token(claims()),
                 "Bearer " + key.mac_token(claims()), "Bearer " + key.token(claims(), alg="none"),
                 "Bearer " + key.token(claims(aud="https://other.example.com")),
                 "Bearer " + key.token(claims(email="push@other.iam.gserviceaccount.com")),
                 "Bearer " + key.token(claims(email_verified=False)),
                 "Bearer " + key.token(claims(iss="https://accounts.example.com")),
                 "Bearer " + key.token(claims(exp=1)), "Bearer " + key.token(claims(), kid="unknown")]
        self.assert_refused_alike([self.call(address, self.pushed(), Authorization=value) for value in wrong])
        self.assert_refused_alike([self.call(address.replace("/google/", "/distribution/"), event("1.0"),
                                             Authorization="Bearer " + good)])
        self.assertEqual(self.ask_store("SELECT count(*) FROM jobs WHERE kind = 'hook'")[0][0], 0)
        self.assertEqual(self.call(address, self.pushed(), Authorization="Bearer " + good)[0], 202)
        self.assertEqual(issuer.asked, 1)  # however many calls came, and whatever keys they named
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["acme-prod/images/app:1.4.2"])

    def test_keys_are_fetched_from_where_the_outbound_rule_allows_only(self):
        key = jwt_issuer.Key(self.folder)
        issuer = jwt_issuer.Issuer(key)
        self.addCleanup(issuer.stop)
        address = self.add_google(webhook_keys_url=issuer.url.replace("127.0.0.1", "127.0.0.2"))
        self.start_server()
        self.assert_refused_alike([self.call(address, self.pushed(),
                                             Authorization="Bearer " + key.token(jwt_issuer.claims()))])
        self.assertIn("webhook refused", (self.folder / "log").read_text())
        self.assertIn("127.0.0.2", (self.folder / "log").read_text())

    # Azure's Event Grid

    def test_event_grid_is_answered_before_it_sends(self):
        address = self.address.replace("/distribution/", "/acr/")
        self.start_server()
        asked = {"WebHook_Request_Origin": "eventgrid.azure.net"}
        status, body, headers = self.call(address, None, method="OPTIONS", **asked)
        self.assertEqual((status, body, headers["WebHook-Allowed-Origin"]), (200, b"", "eventgrid.azure.net"))
        validation = json.dumps([{"id": "1", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {
            "validationCode": "512d38b6", "validationUrl": "http://%s/never" % self.registry.host}}])
        status, body, _ = self.call(address, validation, aeg_event_type="SubscriptionValidation")
        self.assertEqual((status, json.loads(body)), (200, {"validationResponse": "512d38b6"}))
        self.assertEqual(self.registry.count("GET", "/never"), 0)
        wrong = address[:-1] + ("0" if address[-1] != "0" else "1")
        self.assert_refused_alike([
            self.call(wrong, None, method="OPTIONS", **asked), self.call(address, None, method="OPTIONS"),
            self.call(self.address, None, method="OPTIONS", **asked),
            self.call(address, None, method="OPTIONS", WebHook_Request_Origin="a b/<x>"),
            self.call(wrong, validation, aeg_event_type="SubscriptionValidation")])

    def test_event_grid_sends_its_own_events_and_cloud_events(self):
        self.start_server()
        address = self.address.replace("/distribution/", "/acr/")
        data = [{"id": "1", "action": "push", "target": {"repository": "team/app", "tag": "2.%d" % i}} for i in range(4)]
        cloud = [{"specversion": "1.0", "type": "Microsoft.ContainerRegistry.ImagePushed", "data": one} for one in data]
        grid = {"id": "1", "eventType": "Microsoft.ContainerRegistry.ImagePushed", "data": data[2]}
        for body in (cloud[0], [cloud[1]], [grid], data[3]):
            self.assertEqual(self.call(address, json.dumps(body), aeg_event_type="Notification")[0], 202)
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:2.%d" % i for i in range(4)])

    def test_what_a_user_deleted_stays_deleted(self):
        self.run_program("sync", "run", "hooked", "--network-allow", "127.0.0.1", "--workers", "1")
        with contextlib.closing(sqlite3.connect(self.folder / "data/tidewaiter.db")) as database, database:
            database.execute("INSERT INTO tombstones (repository_id, tag, created_ms, who) "
                             "SELECT id, '2.0', 1, 'somebody' FROM repositories WHERE name = 'team/app'")
        self.start_server()
        for tag in ("2.0", "2.1"):
            self.assertEqual(self.call(self.address, event(tag))[0], 202)
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0", "team/app:2.1"])
        self.registry.tags = ["1.0", "2.0", "2.1"]
        self.run_program("sync", "run", "hooked", "--detach")
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0", "team/app:2.1"])

    def test_the_import_policy_chooses_among_what_is_pushed(self):
        policy = self.folder / "policy.json"
        policy.write_text(json.dumps({"name": "releases", "import_policy": {
            "name": "releases", "type": "Regex", "policy": {"tag": "^[0-9.]+$"}}}))
        self.run_program("import-policy", "set", "--integration", "hooked", str(policy))
        self.start_server()
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0"])
        lists = self.registry.count("GET", "/v2/_catalog?n=1000")
        for tag, repository in (("2.0", "team/app"), ("nightly", "team/app"), ("3.0", "team/new")):
            self.assertEqual(self.call(self.address, event(tag, repository))[0], 202)
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0", "team/app:2.0", "team/new:3.0"])
        self.assertEqual(self.registry.count("GET", "/v2/_catalog?n=1000"), lists)  # no whole run for a hint

    def test_caps_on_repositories_hold(self):
        self.run_program("integration", "edit", "hooked", "--max-repositories", "1")
        self.run_program("sync", "run", "hooked", "--network-allow", "127.0.0.1", "--workers", "1")
        self.start_server()
        for tag, repository in (("2.0", "team/app"), ("1.0", "team/new")):
            self.assertEqual(self.call(self.address, event(tag, repository))[0], 202)
        self.wait_until_idle()
        self.assertEqual(self.projects(), ["team/app:1.0", "team/app:2.0"])


if __name__ == "__main__":
    signal.alarm(900)
    unittest.main()
