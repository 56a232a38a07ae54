#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Answers of a real server against the documents that describe them: the published one of the import-policy operations, and
the one that the server itself gives, with requests that are made from it.   usage: conformance_test.py TIDEWAITER FILL_STORE

Without the published document its part is skipped, and without Schemathesis that test. A seed other than 1 is taken from $TIDEWAITER_SEED."""
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

from openapi_contract import PUBLISHED, Contract, published
from sbom_schemas import tool

EXECUTABLE, FILL_STORE = (os.path.abspath(name) for name in (sys.argv.pop(1), sys.argv.pop(1)))
SECONDS_MAX = 120
VERSION = "2025-09-17"
UNKNOWN = "11111111-1111-4111-8111-111111111111"
SCHEMATHESIS = tool("schemathesis")
WITHOUT_BODY = ("/test", "/scan", "/approve", "/cancel", "/link", "/restore", "/retry")  # operations that take none
SEED = int(os.environ.get("TIDEWAITER_SEED", "1"))
REQUESTS_PER_OPERATION = 12
ALL = {"name": "all", "import_policy": {"name": "all", "type": "ImportAll"}}


def document_of(policy, **members):
    return {"data": {"type": "container_registry_import_policy", "attributes": {"policy": policy}, **members}}


class Server:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-conformance-"))
        data = self.folder / "data"
        subprocess.run([FILL_STORE, data], check=True)
        self.tokens = {role: subprocess.run(
            [EXECUTABLE, "token", "create", role, "--role", role, "--data", data], check=True, capture_output=True,
            text=True).stdout.strip() for role in ("admin", "ci-scanner", "sync-operator", "viewer")}
        subprocess.run([EXECUTABLE, "service-account", "create", "robot", "--role", "viewer", "--data", data], check=True,
                       capture_output=True)
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [EXECUTABLE, "serve", "--listen", "127.0.0.1:0", "--data", data, "--sandbox", "best-effort", "--rate-limit", "0"], stderr=log,
                stdout=subprocess.DEVNULL)
        self.address = self.wait_until_ready()
        self.organization = self.get("/rest/orgs")["data"][0]["id"]
        self.base = f"/rest/orgs/{self.organization}"
        self.integration = self.get(self.base + "/integrations")["data"][0]["id"]

    def wait_until_ready(self):
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in (self.folder / "log").read_text().splitlines():
                if '"ready"' in line:
                    return json.loads(line)["url"].split("//")[1]
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def ask(self, method, path, body=None, role="admin", version=VERSION, content_type="application/vnd.api+json"):
        connection = http.client.HTTPConnection(self.address, timeout=SECONDS_MAX)
        headers = {"Authorization": "token " + self.tokens.get(role, "tw_unknown")} if role else {}
        if body is not None:
            headers["Content-Type"] = content_type
        if version is not None:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode({"version": version})
        connection.request(method, path, json.dumps(body) if not isinstance(body, (bytes, type(None))) else body, headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def get(self, path):
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, answer.text)
        return json.loads(answer.text)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(SECONDS_MAX)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert status == 0, f"the server ended with status {status}"


class ConformanceCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.policy = f"{cls.server.base}/container_import/{cls.server.integration}/policy"

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def check(self, contract, method, path, **given):
        """Asks, and compares the answer with the document."""
        answer = self.server.ask(method, path, **given)
        problems = list(contract.check(method, path, answer.status, answer.headers, answer.text))
        self.assertEqual(problems, [], (method, path, given, answer.status, answer.text[:2000]))
        self.assertLess(answer.status, 500, (method, path, given, answer.text))
        return answer


@unittest.skipUnless(PUBLISHED.is_file(), f"{PUBLISHED} is not here")
class Published(ConformanceCase):
    """Every status that the six operations can be brought to."""

    @classmethod
    def setUpClass(cls):
        cls.contract = published()
        super().setUpClass()

    def expect(self, status, method, path, **given):
        answer = self.check(self.contract, method, path, **given)
        self.assertEqual(answer.status, status, (method, path, given, answer.text))
        return json.loads(answer.text) if answer.text else None

    def test_answers_are_as_published(self):
        policy, dry_run = self.policy, self.policy + "/dry_run"
        for path in (policy, policy.replace(self.server.integration, UNKNOWN)):
            self.expect(404, "GET", path)
            self.expect(404, "PATCH", path, body=document_of({"name": "x"}))
            self.expect(404, "DELETE", path)
        for method, path, body in (("POST", policy, document_of(ALL)), ("POST", dry_run, document_of(ALL)),
                                   ("PATCH", policy, document_of({"name": "x"})), ("DELETE", policy, None)):
            self.expect(403, method, path, body=body, role="viewer")
            self.expect(404, method, path, body=body, role="ci-scanner")
            self.expect(401, method, path, body=body, role="nobody")
            self.expect(401, method, path, body=body, role=None)
            self.expect(404, method, path.replace(self.server.organization, UNKNOWN), body=body)
            self.expect(400, method, path.replace(self.server.integration, "no-uuid"), body=body)
            self.expect(400, method, path, body=body, version=None)
            self.expect(400, method, path + "?colour=red", body=body)
        self.expect(201, "POST", policy, body=document_of(ALL))
        self.expect(201, "POST", policy, body=document_of(ALL | {"schedule_frequency_hours": 2, "delete_images": True}))
        self.expect(200, "PATCH", policy, body=document_of({"name": "other"}, id=self.server.integration))
        self.expect(200, "GET", policy)
        self.expect(200, "GET", policy + "?limit=20")
        self.expect(400, "GET", policy + "?limit=15")
        run = self.expect(202, "POST", dry_run, body=document_of(ALL))["data"]["id"]
        self.expect(200, "GET", f"{dry_run}/{run}")
        self.expect(404, "GET", f"{dry_run}/{run}", role="viewer")
        self.expect(404, "GET", f"{dry_run}/{UNKNOWN}")
        self.expect(204, "DELETE", policy)

    def test_bad_documents_are_refused_as_published(self):
        bad = [b"", b"{", b"[]", b"null", {}, {"data": None}, document_of(ALL, id=UNKNOWN), document_of(None),
               {"data": {"type": "other", "attributes": {"policy": ALL}}},
               {"data": {"type": "container_registry_import_policy"}},
               document_of({"name": ""}), document_of({"name": "x", "import_policy": {}}),
               document_of(ALL | {"schedule_frequency_hours": 1}), document_of(ALL | {"delete_images": "yes"}),
               document_of({"name": "x", "import_policy": {"type": "Regex", "policy": {"repo": "("}}}),
               document_of({"name": "x", "import_policy": {"type": "And", "sub_policies": []}})]
        for path in (self.policy, self.policy + "/dry_run"):
            for body in bad:
                self.expect(400, "POST", path, body=body)
            self.expect(400, "POST", path, body=document_of(ALL), content_type="application/json")

    def test_versions_are_served_as_published(self):
        # asked | policy operations | dry run POST | dry run GET: what is served, or the status of the refusal
        rows = [(None, 400, 400, 400), ("2025-9-17", 400, 400, 400), ("latest", 400, 400, 400), ("2999-01-01", 400, 400, 400),
                ("2023-10-10", 404, 404, 404), ("2023-10-11", 404, 404, 404), ("2024-10-14", 404, 404, 404),
                ("2024-10-15", 404, "2024-10-15~beta", 404), ("2025-09-16", 404, "2024-10-15~beta", 404),
                ("2025-08-21~experimental", "2023-10-11~experimental", "2024-10-15~beta", 404),
                ("2025-09-17", "2025-09-17", "2025-09-17", "2025-09-17"),
                ("2025-09-17~experimental", "2025-09-17", "2025-09-17", "2025-09-17"),
                ("2026-03-25", "2025-09-17", "2025-09-17", "2025-09-17"),
                ("2026-03-25~beta", "2025-09-17", "2025-09-17", "2025-09-17")]
        policy, dry_run = self.policy, self.policy + "/dry_run"
        for asked, *answers in rows:
            operations = [(answers[0], "POST", policy, document_of(ALL)), (answers[0], "GET", policy, None),
                          (answers[0], "PATCH", policy, document_of({"name": "x"})), (answers[0], "DELETE", policy, None),
                          (answers[1], "POST", dry_run, b"{}"), (answers[2], "GET", f"{dry_run}/{UNKNOWN}", None)]
            for answer, method, path, body in operations:
                got = self.check(self.contract, method, path, body=body, version=asked)
                place = (asked, method, path, got.text)
                if isinstance(answer, int):
                    self.assertEqual(got.status, answer, place)
                    self.assertIn("version-", json.loads(got.text)["errors"][0]["code"], place)
                    continue
                self.assertEqual(got.headers["snyk-version-served"], answer, place)
                is_old = "~" in answer
                self.assertEqual(got.headers["snyk-version-lifecycle-stage"], "deprecated" if is_old else "ga", place)
                self.assertEqual(("sunset" in got.headers, "deprecation" in got.headers), (is_old, is_old), place)
                if body != b"{}" and UNKNOWN not in path:
                    self.assertIn(got.status, (200, 201, 204), place)


class Generator:
    """Values of a schema, and values that it does not allow, from a seed."""

    def __init__(self, contract, seed):
        self.contract = contract
        self.random = random.Random(seed)

    def text(self):
        return self.random.choice(["", "a", "é", "x" * 300, "0", "../..", "' OR 1=1 --", "%00", "\u202e", "a/b:c", "\t"])

    def anything(self):
        return self.random.choice([None, True, 0, -1, 2**63, 1.5, self.text(), [], {}, [None], {"a": {"b": []}}])

    def value(self, schema, depth=0):
        schema = self.contract.resolve(schema)
        if self.random.random() < 0.12:
            return self.anything()
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if "oneOf" in schema:
            return self.value(self.random.choice(schema["oneOf"]), depth)
        kind = schema.get("type")
        if kind == "object":
            known = schema.get("properties", {})
            return {name: self.value(member, depth + 1) for name, member in known.items()
                    if name in schema.get("required", []) or self.random.random() < 0.5}
        if kind == "array":
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(self.random.randrange(3))]
        if kind == "integer":
            return self.random.choice([schema.get("minimum", 0), 1, 7, 100, schema.get("maximum", 2**31)])
        if kind == "boolean":
            return self.random.random() < 0.5
        return self.text() if self.random.random() < 0.7 else self.random.choice(
            ["ImportAll", "oci", "https://new.example", "viewer", "name" + str(self.random.randrange(1000))])


class OwnDocument(ConformanceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.versions = json.loads(cls.server.ask("GET", "/openapi", version=None).text)
        cls.contract = cls.read(VERSION)

    @classmethod
    def read(cls, version):
        return Contract(json.loads(cls.server.ask("GET", "/openapi/" + version, version=None).text))

    def known_id(self, name):
        lists = {"integration_id": "integrations", "image_id": "images", "sync_run_id": "sync_runs",
                 "user_id": "users", "serviceaccount_id": "service_accounts", "target_id": "targets",
                 "project_id": "projects", "import_job_id": "import_jobs"}
        if name == "org_id":
            return self.server.organization
        if name not in lists:
            return UNKNOWN
        items = self.server.get(f"{self.server.base}/{lists[name]}?limit=100")["data"]
        return items[-1]["id"] if items else UNKNOWN  # a generated request may have deleted the last one

    def fill(self, pattern, schemas, generator=None):
        def choose(match):
            schema = schemas[match[1]]
            if "digest" in schema.get("pattern", "") or "sha" in schema.get("pattern", ""):
                return "sha256:" + "0" * 64
            if generator is not None and match[1] != "org_id" and generator.random.random() < 0.1:
                return urllib.parse.quote(generator.text() or "x", safe="")
            return self.known_id(match[1])
        return re.sub(r"\{(\w+)\}", choose, pattern)

    @staticmethod
    def path_schemas(contract, operation):
        parameters = [contract.resolve(parameter) for parameter in operation["parameters"]]
        return ({parameter["name"]: parameter["schema"] for parameter in parameters if parameter["in"] == "path"},
                {parameter["name"]: parameter["schema"] for parameter in parameters
                 if parameter["in"] == "query" and parameter["name"] != "version"})

    def test_every_version_is_described(self):
        self.assertIn(VERSION, self.versions)
        for version in self.versions:
            contract = self.read(version)
            for pattern, _, method, operation in contract.operations:
                self.assertIn("default", operation["responses"], pattern)
                for answer in operation["responses"].values():
                    for media_type, content in answer.get("content", {}).items():
                        if media_type.endswith("+xml"):  # described by a schema of its own kind
                            self.assertEqual(content, {})
                        else:
                            contract.resolve(content["schema"])  # leads somewhere
                for parameter in operation["parameters"]:
                    contract.resolve(parameter)
                if method in ("POST", "PATCH") and not pattern.endswith(WITHOUT_BODY):
                    self.assertIn("requestBody", operation, pattern)

    def test_reading_succeeds_as_described(self):
        for pattern, _, method, operation in self.contract.operations:
            if method != "GET":
                continue
            paths, _ = self.path_schemas(self.contract, operation)
            answer = self.check(self.contract, method, self.fill(pattern, paths))
            if not any(name in pattern for name in ("digest", "job_id")) and UNKNOWN not in self.fill(pattern, paths):
                self.assertIn(str(answer.status), operation["responses"], (pattern, answer.text))

    def test_generated_requests_are_answered_as_described(self):
        generator = Generator(self.contract, SEED)
        sent = 0
        for pattern, _, method, operation in self.contract.operations:
            paths, queries = self.path_schemas(self.contract, operation)
            if "integrations/{integration_id}" in pattern and method == "DELETE" or pattern.endswith("/test"):
                continue  # ends the others' integration; asks other machines
            for _ in range(REQUESTS_PER_OPERATION):
                target = self.fill(pattern, paths, generator)
                query = {name: generator.value(schema) for name, schema in queries.items() if generator.random.random() < 0.3}
                if query:
                    target += "?" + urllib.parse.urlencode({name: str(value).lower() for name, value in query.items()})
                body = None
                if "requestBody" in operation:
                    schema = operation["requestBody"]["content"]["application/vnd.api+json"]["schema"]
                    body = generator.value(schema)
                role = generator.random.choice(["admin", "admin", "admin", "viewer", "ci-scanner", None])
                with self.subTest(seed=SEED, method=method, target=target, body=body):
                    self.check(self.contract, method, target, body=body, role=role)
                sent += 1
        self.assertGreater(sent, 300)

    @unittest.skipUnless(SCHEMATHESIS, "schemathesis is not installed")
    def test_schemathesis_finds_nothing(self):
        options = ["--header", "Authorization: token " + self.server.tokens["admin"], "--checks",
                   "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance",
                   "--exclude-path-regex", "/test$", "--max-examples", "5", "--seed", str(SEED), "--workers", "1",
                   "--phases", "examples,coverage,fuzzing"]
        result = subprocess.run(
            [SCHEMATHESIS, "run", f"http://{self.server.address}/openapi/{VERSION}", "--url",
             f"http://{self.server.address}", *options], capture_output=True, text=True, timeout=10 * SECONDS_MAX,
            cwd=self.server.folder, check=False)
        self.assertEqual(result.returncode, 0, (result.stdout + result.stderr)[-8000:])


if __name__ == "__main__":
    unittest.main()
