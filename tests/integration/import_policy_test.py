#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Import policies through the API, against the real docker-registry.   usage: import_policy_test.py TIDEWAITER

Each published example is accepted word by word and imports what its text says; dry runs equal what the next run does and
write nothing; deletions are pruned, held and approved; tokens see what their roles allow."""
import contextlib
import datetime
import http.client
import json
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from image_layout import OS_RELEASE, Home, Layout, paragraph, status, tar
from openapi_contract import PUBLISHED, published
from real_registry import free_port, wait_until_open

EXECUTABLE = sys.argv.pop(1)
SECONDS_MAX = 300
TOOLS = ["docker-registry", "skopeo"]
VERSION = "2025-09-17"
CONTRACT = published()
UNKNOWN = "11111111-1111-4111-8111-111111111111"


def policy_document(policy):
    return {"data": {"type": "container_registry_import_policy", "attributes": {"policy": policy}}}


def names(groups):
    return sorted(f"{group['repository']}:{tag['tag']}" for group in groups for tag in group["tags"])


# The published examples, word by word.
EXAMPLES = [
    {"name": "Import all images from the registry", "import_policy": {"type": "ImportAll"}},
    {"name": "Import only newly pushed images", "import_policy": {"type": "ImportAllNew"}},
    {"name": "Import by pattern", "import_policy": {
        "name": "regex policy", "type": "Regex", "policy": {"tag": "^(latest|prod.*)$", "repo": "^mycompany/.*$"}}},
    {"name": "Import images pushed in the last 30 days", "import_policy": {
        "type": "Recent", "policy": {"maxAgeDays": 30}}},
    {"name": "Import latest versions", "import_policy": {
        "name": "last n policy", "type": "LastNObserved", "policy": {"limitNewestImages": 5}}},
    {"name": "Complex: Import all prod tags OR only new images with the latest tag", "import_policy": {
        "type": "Or", "sub_policies": [
            {"type": "Regex", "policy": {"tag": "^prod.*"}},
            {"type": "And", "sub_policies": [
                {"type": "Regex", "policy": {"tag": "^latest$"}}, {"type": "ImportAllNew"}]}]}},
]
PUBLISHED_PAGE = PUBLISHED.parents[1] / "seeds/sync-your-container-registry.md"
START_MS_MAX = 5000

# The published sample of a dry run that has ended. It is printed without the policy, and its deletions without their
# repository; the published schema requires the one and groups the other.
SAMPLE = {
    "status": "completed", "started_at": "2025-09-17T19:21:32.235084+03:00", "completed_at": "2025-09-17T19:22:09.666331+03:00",
    "result": {
        "images_to_import": [{"repository": "nginx", "tags": [
            {"tag": "1.15.11", "observed_at": "2025-09-17T19:21:53.700553+03:00"},
            {"tag": "1.13.1", "observed_at": "2025-09-17T19:21:53.700554+03:00"}]}],
        "images_to_delete": [{"repository": "nginx", "tags": [
            {"tag": "1.11.8", "observed_at": "2025-09-17T19:21:53.700556+03:00"}]}],
        "total_images_processed": 1367}}


def time_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def without_times(value, sample):
    """`value` with the members only that the sample has, and "a time" in place of times, which must be times."""
    if isinstance(sample, dict):
        return {name: without_times(value[name], sample[name]) for name in sample}
    if isinstance(sample, list):
        return [without_times(item, sample[min(i, len(sample) - 1)]) for i, item in enumerate(value)]
    if isinstance(sample, str) and re.match(r"\d{4}-\d\d-\d\dT", sample):
        return "a time" if time_of(value).tzinfo else value
    return value


class ImportPolicyTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-policy-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = Home(EXECUTABLE, self.folder, SECONDS_MAX)
        self.home.environment["TIDEWAITER_DATA"] = str(self.folder / "data")
        self.host = f"127.0.0.1:{free_port()}"
        (self.folder / "registry.yml").write_text(
            "version: 0.1\nlog: {level: error}\nstorage:\n  delete: {enabled: true}\n"
            f"  filesystem: {{rootdirectory: {self.folder}/registry}}\nhttp: {{addr: {self.host}}}\n")
        self.registry = self.start(["docker-registry", "serve", str(self.folder / "registry.yml")], self.host)
        self.images = 0
        self.expect("integration", "add", "local", "--url", f"http://{self.host}")
        self.token = self.expect("token", "create", "operator", "--role", "sync-operator").strip()
        self.address = f"127.0.0.1:{free_port()}"
        self.start([self.home.executable, "serve", "--listen", self.address, "--network-allow", "127.0.0.1"],
                   self.address)
        self.organization = self.get("/rest/orgs")["data"][0]["id"]
        self.integration = self.get(f"/rest/orgs/{self.organization}/integrations")["data"][0]["id"]
        self.policy = f"/rest/orgs/{self.organization}/container_import/{self.integration}/policy"

    def start(self, words, address):
        """The program, which listens at the address; it is stopped at the end of the test if it still runs."""
        with open(self.folder / "programs.log", "ab") as log:
            program = subprocess.Popen(words, env=self.home.environment, stdout=log, stderr=log, cwd=self.folder)
        self.addCleanup(program.wait)
        self.addCleanup(program.send_signal, signal.SIGTERM)
        wait_until_open(program, address)
        return program

    def wait_until(self, is_met, message):
        deadline = time.monotonic() + SECONDS_MAX
        while not is_met():
            self.assertLess(time.monotonic(), deadline,
                            message + "\n" + (self.folder / "programs.log").read_text()[-2000:])
            time.sleep(0.1)

    def expect(self, *words):
        result = self.home.run(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def push(self, *names_and_tags):
        """One new image under all of the names."""
        self.images += 1
        layout = Layout(self.folder / f"image-{self.images}")
        layout.add_layer(tar({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(
            paragraph("bash", f"5.2-{self.images}"))}))
        layout.finish("it")
        for name in names_and_tags:
            subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false",
                            f"oci:{layout.folder}:it", f"docker://{self.host}/{name}"], check=True, timeout=SECONDS_MAX)

    def delete_tag(self, name):
        """docker-registry deletes by digest: all tags of the image go."""
        subprocess.run(["skopeo", "delete", "--tls-verify=false", f"docker://{self.host}/{name}"], check=True,
                       timeout=SECONDS_MAX)

    def ask(self, method, path, body=None, token=None, version=VERSION, **headers):
        connection = http.client.HTTPConnection(self.address, timeout=SECONDS_MAX)
        headers = {"Authorization": "token " + (token or self.token), **headers}
        if body is not None:
            headers.setdefault("Content-Type", "application/vnd.api+json")
            body = body if isinstance(body, str) else json.dumps(body)
        target = path + (f"{'&' if '?' in path else '?'}version={version}" if version else "")
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if CONTRACT and "/container_import/" in path:
            self.assertEqual(list(CONTRACT.check(method, path, answer.status, answer.headers, text)), [], text[:2000])
        return answer, json.loads(text) if text else None

    def get(self, path):
        answer, document = self.ask("GET", path)
        self.assertEqual(answer.status, 200, document)
        return document

    def set_policy(self, policy, method="POST"):
        answer, document = self.ask(method, self.policy, policy_document(policy))
        self.assertEqual(answer.status, 201 if method == "POST" else 200, document)
        return document["data"]["attributes"]["policy"]

    def runs(self):
        return [run["attributes"] | {"id": run["id"]}
                for run in self.get(f"/rest/orgs/{self.organization}/sync_runs?limit=100")["data"]]

    def wait_for_run(self, count):
        """The newest run, when `count` have ended."""
        self.wait_until(lambda: sum(run["status"] != "running" for run in self.runs()) >= count, "no run has ended")
        return self.runs()[0]

    def sync_now(self):
        """What the schedule does: a run, without waiting for hours."""
        count = len(self.runs())
        self.expect("sync", "run", "local", "--detach")
        return self.wait_for_run(count + 1)

    def imported(self):
        with sqlite3.connect(f"file:{self.folder}/data/tidewaiter.db?mode=ro", uri=True) as store:
            return sorted(row[0] for row in store.execute(
                "SELECT repositories.name || ':' || tag FROM projects JOIN targets ON targets.id = target_id "
                "JOIN repositories ON repositories.id = repository_id WHERE deleted_ms = 0"))

    def dry_run(self, policy):
        answer, document = self.ask("POST", self.policy + "/dry_run", policy_document(policy))
        self.assertEqual(answer.status, 202, document)
        place = answer.headers["Location"]
        self.assertEqual(answer.headers["Content-Location"], place)
        self.wait_until(lambda: self.get(place)["data"]["attributes"]["status"] in ("completed", "failed"),
                        "the dry run does not end")
        attributes = self.get(place)["data"]["attributes"]
        self.assertEqual(attributes["status"], "completed", attributes)
        return attributes

    def started_within_ms(self):
        """How long after the policy was saved its first run started, by the server's clock."""
        with sqlite3.connect(f"file:{self.folder}/data/tidewaiter.db?mode=ro", uri=True) as store:
            return store.execute("SELECT min(started_ms) - (SELECT min(at_ms) FROM audit_events WHERE "
                                 "action = 'container_import_policy.create') FROM sync_runs").fetchone()[0]

    def check_example(self, example, expected_now, push_later, expected_later):
        """A dry run; set by a file, the first run within 5 s; set again in the API's envelope; another run after a push: what
        was said is what is done."""
        dry = self.dry_run(example)["result"]
        self.assertEqual(names(dry["images_to_import"]), expected_now)
        file = self.folder / "example.json"
        file.write_text(json.dumps(example))
        self.expect("import-policy", "set", file)
        self.wait_for_run(1)
        self.assertLessEqual(self.started_within_ms(), START_MS_MAX)
        self.assertEqual(self.imported(), expected_now)
        self.set_policy(example)
        self.wait_for_run(2)
        self.assertEqual(self.imported(), expected_now)
        self.push(*push_later)
        self.sync_now()
        self.assertEqual(self.imported(), expected_later)

    def test_the_examples_are_the_published_ones(self):
        if not PUBLISHED_PAGE.exists():
            self.skipTest("the published page is not there")
        found = []
        for block in re.findall(r"```json\n(.*?)```", PUBLISHED_PAGE.read_text(), re.S):
            with contextlib.suppress(json.JSONDecodeError):
                found.append(json.loads(block))
        self.assertEqual(found, EXAMPLES)

    def test_import_all(self):
        self.push("a:1", "b/c:2")
        self.check_example(EXAMPLES[0], ["a:1", "b/c:2"], ["a:new"], ["a:1", "a:new", "b/c:2"])

    def test_import_all_new(self):
        self.push("a:1", "a:latest")
        self.check_example(EXAMPLES[1], [], ["a:2", "a:latest"], ["a:2", "a:latest"])

    def test_import_by_pattern(self):
        self.push("mycompany/x:latest", "mycompany/x:prod-7", "mycompany/x:dev", "other/x:latest")
        self.check_example(EXAMPLES[2], ["mycompany/x:latest", "mycompany/x:prod-7"], ["mycompany/y:prod"],
                           ["mycompany/x:latest", "mycompany/x:prod-7", "mycompany/y:prod"])

    def test_import_images_pushed_in_the_last_30_days(self):
        self.push("a:there")
        # This registry gives no push times: what was there at the first listing has no age.
        self.assertIn("no push time", self.dry_run(EXAMPLES[3])["result"]["summary"])
        self.check_example(EXAMPLES[3], [], ["a:new"], ["a:new"])

    def test_import_latest_versions(self):
        self.push("a:there")
        self.check_example(EXAMPLES[4], [], [f"a:1.{n}" for n in range(7)], [f"a:1.{n}" for n in range(2, 7)])

    def test_complex_policy(self):
        self.push("a:prod1", "a:latest", "a:dev")
        self.check_example(EXAMPLES[5], ["a:prod1"], ["a:latest", "a:dev2"], ["a:latest", "a:prod1"])

    def test_the_command_line(self):
        self.push("a:1", "a:prod")
        policy = self.folder / "policy.yml"
        policy.write_text("name: by hand\nschedule_frequency_hours: 12\nimport_policy:\n  type: And\n  sub_policies:\n"
                          "    - type: Regex\n      policy: {tag: '^prod'}\n    - type: ImportAll\n")
        self.assertEqual(self.expect("import-policy", "dry-run", policy).splitlines(),
                         ["import  a:prod  (all)", "1 of 2 selected; 1 tag-differs"])
        self.assertIn("every 12 hours", self.expect("import-policy", "set", policy))
        stored = json.loads(self.expect("import-policy", "get"))
        self.assertEqual((stored["name"], stored["schedule_frequency_hours"]), ("by hand", 12))
        self.wait_for_run(1)
        self.assertEqual(self.imported(), ["a:prod"])
        (self.folder / "again.json").write_text(json.dumps(policy_document(stored)))
        self.expect("import-policy", "set", self.folder / "again.json", "--integration", "local")
        self.assertEqual(json.loads(self.expect("import-policy", "get")), stored)
        policy.write_text('{"name": "n", "import_policy": {"type": "Regex", "policy": {"tag": "("}}}')
        result = self.home.run("import-policy", "set", policy)
        self.assertEqual(result.returncode, 3)
        self.assertIn("/import_policy/policy/tag", result.stderr)
        self.expect("import-policy", "delete")
        self.assertNotEqual(self.home.run("import-policy", "get").returncode, 0)

    def test_the_printed_calls_work(self):
        answer, document = self.ask("POST", self.policy + "/dry_run", """{
          "data": { "type": "container_registry_import_policy", "attributes": { "policy": { "name": "Test Policy",
          "import_policy": { "name": "test", "type": "ImportAllNew" } } } } }""", **{"snyk-version": VERSION})
        self.assertEqual((answer.status, document["data"]["type"]), (202, "dry_run_job"))
        answer, document = self.ask("POST", self.policy, policy_document({
            "name": "Import my-app repository", "schedule_frequency_hours": 48, "import_policy": {
                "name": "Regex policy for my-app", "type": "Regex", "policy": {"repo": "^mycompany/my-app$"}}}),
            version="2025-08-21~experimental")
        self.assertEqual((answer.status, answer.headers["Location"]), (201, self.policy))
        self.assertEqual(answer.headers["snyk-version-served"], "2023-10-11~experimental")
        self.assertEqual(answer.headers["snyk-version-lifecycle-stage"], "deprecated")
        self.assertEqual(document["data"]["id"], self.integration)

    def name_again(self, repository, source, tags):
        """The manifest of a tag under more tags, written into the registry's storage: a push of each takes long."""
        place = self.folder / "registry/docker/registry/v2/repositories" / repository / "_manifests/tags"
        for tag in tags:
            shutil.copytree(place / source, place / tag)

    def test_the_sample_of_a_dry_run(self):
        self.push("nginx:1.11.8")
        self.set_policy({"name": "old", "import_policy": {"type": "Regex", "policy": {"tag": "^1\\.11\\.8$"}}})
        run = self.wait_for_run(1)
        self.assertEqual(self.imported(), ["nginx:1.11.8"])
        others = SAMPLE["result"]["total_images_processed"] - 3
        self.name_again("nginx", "1.11.8", ["1.13.1", "1.15.11", *(f"0.{n}" for n in range(others))])
        policy = {"name": "new", "delete_images": True, "import_policy": {
            "type": "Regex", "policy": {"repo": "^nginx$", "tag": "^1\\.1[35]\\."}}}
        attributes = self.dry_run(policy)
        imports, deletions = (attributes["result"][name][0]["tags"] for name in ("images_to_import", "images_to_delete"))
        imports.sort(key=lambda tag: tag["tag"], reverse=True)
        self.assertEqual(without_times(attributes, SAMPLE), without_times(SAMPLE, SAMPLE))
        self.assertEqual(attributes["policy"]["name"], "new")
        # A tag is observed by the first run that lists it, be it a dry one.
        for tags, first, last in ((deletions, run["started_at"], run["finished_at"]),
                                  (imports, attributes["started_at"], attributes["completed_at"])):
            for tag in tags:
                self.assertTrue(time_of(first) <= time_of(tag["observed_at"]) <= time_of(last), (tag, first, last))
        # What the sample lacks: why, and by which clock.
        self.assertEqual({(tag["action"], tag["reason"]) for tag in imports + deletions},
                         {("import", "matches"), ("delete", "tag-differs")})

    def test_versions_of_the_operations(self):
        self.set_policy({"name": "n", "import_policy": {"type": "ImportAll"}})
        rows = [(None, 400, 400, 400), ("yesterday", 400, 400, 400), ("2999-01-01", 400, 400, 400),
                ("2023-10-10", 404, 404, 404), ("2024-01-01", 404, 404, 404), ("2025-09-16", 404, 400, 404),
                ("2025-08-21~experimental", 200, 400, 404), (VERSION, 200, 400, 404), ("2026-03-25", 200, 400, 404),
                ("2026-03-25~beta", 200, 400, 404)]
        for version, crud, dry_post, dry_get in rows:
            self.assertEqual(self.ask("GET", self.policy, version=version)[0].status, crud, version)
            # An empty document is refused only where the operation exists.
            self.assertEqual(self.ask("POST", self.policy + "/dry_run", {}, version=version)[0].status, dry_post, version)
            self.assertEqual(self.ask("GET", f"{self.policy}/dry_run/{UNKNOWN}", version=version)[0].status, dry_get,
                             version)

    def test_life_of_a_policy(self):
        for method in ("GET", "DELETE"):
            self.assertEqual(self.ask(method, self.policy)[0].status, 404)
        patch = {"name": "renamed"}
        self.assertEqual(self.ask("PATCH", self.policy, policy_document(patch))[0].status, 404)
        made = self.set_policy({"name": "n", "import_policy": {"type": "ImportAll"}, "delete_images": True})
        self.assertEqual(made, {"name": "n", "import_policy": {"name": "ImportAll", "type": "ImportAll"},
                                "schedule_frequency_hours": 24, "delete_images": True})
        self.assertEqual(self.set_policy(patch, "PATCH"), made | {"name": "renamed"})
        self.assertEqual(self.set_policy({"delete_images": None, "schedule_frequency_hours": 2}, "PATCH"),
                         made | {"name": "renamed", "delete_images": False, "schedule_frequency_hours": 2})
        self.assertEqual(self.get(self.policy)["data"]["attributes"]["policy"]["schedule_frequency_hours"], 2)
        answer, document = self.ask("DELETE", self.policy)
        self.assertEqual((answer.status, document), (204, None))
        self.assertEqual(self.ask("GET", self.policy)[0].status, 404)

    def test_bad_documents_are_pointed_at(self):
        good = {"name": "n", "import_policy": {"type": "ImportAll"}}
        rows = [
            ("{", None), ([], ""), ({}, "/data"), ({"data": {"type": "x", "attributes": {"policy": good}}}, "/data/type"),
            ({"data": {**policy_document(good)["data"], "id": self.integration}}, "/data/id"),
            ({"data": {"type": "container_registry_import_policy", "attributes": {"policy": good, "a/b": 1}}},
             "/data/attributes/a~1b"),
            (policy_document({"name": "n", "import_policy": {"type": "Nope"}}),
             "/data/attributes/policy/import_policy/type"),
            (policy_document({"name": "n", "import_policy": {"type": "Regex", "policy": {"tag": "("}}}),
             "/data/attributes/policy/import_policy/policy/tag"),
            (policy_document(good | {"schedule_frequency_hours": 1}), "/data/attributes/policy/schedule_frequency_hours"),
        ]
        for body, pointer in rows:
            for path in (self.policy, self.policy + "/dry_run"):
                answer, document = self.ask("POST", path, body)
                self.assertEqual(answer.status, 400, document)
                self.assertEqual(document["errors"][0].get("source", {}).get("pointer"), pointer or None, document)
        answer, _ = self.ask("POST", self.policy, policy_document(good), **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 400)
        self.assertEqual(self.ask("POST", self.policy + "?force=yes", policy_document(good))[0].status, 400)

    def test_roles_and_strangers(self):
        self.set_policy({"name": "n", "import_policy": {"type": "ImportAll"}})
        viewer = self.expect("token", "create", "viewer", "--role", "viewer").strip()
        scanner = self.expect("token", "create", "scanner", "--role", "ci-scanner").strip()
        body = policy_document({"name": "n", "import_policy": {"type": "ImportAll"}})
        dry = self.policy + "/dry_run"
        for token, statuses in ((viewer, (200, 403, 403, 403, 403, 404)), (scanner, (404,) * 6),
                                ("tw_" + "0" * 64, (401,) * 6)):
            calls = [("GET", self.policy, None), ("POST", self.policy, body), ("PATCH", self.policy, body),
                     ("DELETE", self.policy, None), ("POST", dry, body), ("GET", f"{dry}/{UNKNOWN}", None)]
            self.assertEqual(tuple(self.ask(method, path, sent, token)[0].status for method, path, sent in calls), statuses)
        for path in (self.policy.replace(self.organization, UNKNOWN), self.policy.replace(self.integration, UNKNOWN)):
            self.assertEqual(self.ask("GET", path)[0].status, 404)
            self.assertEqual(self.ask("POST", path, body)[0].status, 404)
        self.assertEqual(self.ask("GET", self.policy.replace(self.integration, "no-uuid"))[0].status, 400)
        self.expect("token", "revoke", "viewer")
        self.assertEqual(self.ask("GET", self.policy, token=viewer)[0].status, 401)

    def test_one_dry_run_at_a_time_and_only_of_its_integration(self):
        policy = {"name": "n", "import_policy": {"type": "ImportAll"}}
        answers = [self.ask("POST", self.policy + "/dry_run", policy_document(policy)) for _ in range(8)]
        self.assertEqual({answer.status for answer, _ in answers} - {202}, {409})
        first = next(document for answer, document in answers if answer.status == 202)
        self.assertEqual(self.ask("GET", f"{self.policy}/dry_run/{first['data']['id']}".replace(
            self.integration, UNKNOWN))[0].status, 404)

    def test_a_dry_run_of_an_empty_registry_ends_with_nothing(self):
        result = self.dry_run({"name": "n", "import_policy": {"type": "ImportAll"}})["result"]
        self.assertEqual((result["images_to_import"], result["images_to_delete"], result["total_images_processed"]), ([], [], 0))

    def dump(self):
        with sqlite3.connect(f"file:{self.folder}/data/tidewaiter.db?mode=ro", uri=True) as store:
            return [line for line in store.iterdump() if not any(
                f'INTO "{table}"' in line for table in ("dry_runs", "dry_run_chunks", "jobs", "api_tokens", "audit_events",
                                              "sqlite_sequence"))]

    def test_a_dry_run_writes_nothing_and_says_what_is_deleted(self):
        self.push("a:1", "a:2", "b:1")
        self.set_policy({"name": "n", "import_policy": {"type": "ImportAll"}})
        self.wait_for_run(1)
        self.wait_until(lambda: all(job == 2 for job in self.job_states()), "the scans do not end")
        before = self.dump()
        narrow = {"name": "n", "import_policy": {"type": "Regex", "policy": {"repo": "^a$"}}}
        result = self.dry_run(narrow)["result"]
        self.assertEqual((names(result["images_to_import"]), result["images_to_delete"]), ([], []))
        result = self.dry_run(narrow | {"delete_images": True})["result"]
        self.assertEqual(names(result["images_to_delete"]), ["b:1"])
        self.assertEqual(result["total_images_processed"], 3)
        self.assertEqual(self.dump(), before)
        self.set_policy(narrow | {"delete_images": True})
        self.wait_for_run(2)
        self.assertEqual(self.imported(), ["a:1", "a:2"])

    def job_states(self):
        with sqlite3.connect(f"file:{self.folder}/data/tidewaiter.db?mode=ro", uri=True) as store:
            return [row[0] for row in store.execute("SELECT state FROM jobs")]

    def test_what_is_gone_is_marked_or_pruned(self):
        self.push("a:stays")
        self.push("a:goes")
        self.set_policy({"name": "n", "import_policy": {"type": "ImportAll"}})
        self.wait_for_run(1)
        self.delete_tag("a:goes")
        self.sync_now()
        self.assertEqual(self.imported(), ["a:goes", "a:stays"])
        self.set_policy({"delete_images": True}, "PATCH")
        self.wait_for_run(3)
        self.assertEqual(self.imported(), ["a:stays"])

    def test_mass_deletion_is_held_until_it_is_approved(self):
        self.push(*(f"a:{n}" for n in range(12)))
        self.set_policy({"name": "n", "import_policy": {"type": "ImportAll"}, "delete_images": True})
        self.wait_for_run(1)
        self.assertEqual(len(self.imported()), 12)
        self.set_policy({"import_policy": {"type": "Regex", "policy": {"tag": "^1$"}}}, "PATCH")
        held = self.wait_for_run(2)
        self.assertIn("held", held["error"])
        self.assertEqual(len(self.imported()), 12)
        self.assertTrue(held["is_holding_deletions"])
        self.assertNotEqual(self.home.run("sync", "approve", UNKNOWN).returncode, 0)
        runs = f"/rest/orgs/{self.organization}/sync_runs"
        viewer = self.expect("token", "create", "viewer", "--role", "viewer").strip()
        self.assertEqual(self.ask("POST", f"{runs}/{held['id']}/approve", token=viewer)[0].status, 403)
        self.assertEqual(self.ask("POST", f"{runs}/{UNKNOWN}/approve")[0].status, 404)
        answer, approved = self.ask("POST", f"{runs}/{held['id']}/approve")
        self.assertEqual((answer.status, approved["data"]["attributes"]["is_holding_deletions"]), (200, False))
        self.assertEqual(self.ask("POST", f"{runs}/{self.runs()[-1]['id']}/approve")[0].status, 409)
        done = self.wait_for_run(3)
        self.assertEqual(self.imported(), ["a:1"])
        journal = [item["attributes"] for item in self.get(f"{runs}/{done['id']}/journal?limit=100")["data"]]
        self.assertEqual({(item["change"], item["repository"], item["reason"]) for item in journal},
                         {("deleted", "a", "tag-differs")})
        self.assertEqual(len(journal), 11)

    def projects(self, query=""):
        return {item["attributes"]["name"]: item
                for item in self.get(f"/rest/orgs/{self.organization}/projects?limit=100{query}")["data"]}

    def import_by_hand(self, *images):
        body = {"data": {"type": "import_job", "attributes": {"integration_id": self.integration, "images": images}}}
        answer, document = self.ask("POST", f"/rest/orgs/{self.organization}/import_jobs", body)
        self.assertEqual(answer.status, 201, document)
        place = answer.headers["Location"]
        self.wait_until(lambda: self.get(place)["data"]["attributes"]["status"] != "pending", "the import does not end")
        return self.get(place)["data"]["attributes"]

    def test_a_sync_has_the_rights_of_its_account(self):
        self.push("a:1")
        everything = {"name": "n", "import_policy": {"type": "ImportAll"}}
        answer, document = self.ask("POST", self.policy, policy_document(everything | {"run_as": "robot"}))
        self.assertEqual((answer.status, document["errors"][0]["source"]),
                         (400, {"pointer": "/data/attributes/policy/run_as"}), document)
        self.expect("service-account", "create", "robot", "--role", "viewer")
        self.assertEqual(self.set_policy(everything | {"run_as": "robot"})["run_as"], "robot")
        run = self.wait_for_run(1)
        self.assertEqual(run["status"], "failed")
        self.assertIn('"robot", whose role "viewer" lacks the permission org.project.add', run["error"])
        self.assertEqual(self.imported(), [])
        self.expect("service-account", "edit", "robot", "--role", "sync-operator")
        self.assertEqual(self.sync_now()["status"], "finished")
        self.assertEqual(self.imported(), ["a:1"])
        self.assertNotIn("run_as", self.set_policy(everything))
        self.assertEqual(self.wait_for_run(3)["status"], "finished")
        self.expect("service-account", "edit", "built-in sync", "--role", "viewer")
        self.assertIn("org.project.add", self.sync_now()["error"])
        self.assertIn("give it another role", self.home.run("service-account", "remove", "built-in sync").stderr)

    def test_saving_a_policy_says_that_it_selects_nothing(self):
        self.push("a:1", "b:1")
        self.sync_now()
        recent = {"name": "n", "import_policy": {"type": "Recent", "policy": {"maxAgeDays": 30}}}
        answer, _ = self.ask("POST", self.policy, policy_document(recent))
        self.assertRegex(answer.headers["Tidewaiter-Notice"], r"^0 of 2 selected; 2 no-push-time: .*ImportAll")
        answer, _ = self.ask("PATCH", self.policy, policy_document({"import_policy": {"type": "ImportAll"}}))
        self.assertNotIn("Tidewaiter-Notice", answer.headers)

    def test_an_import_by_hand_tells_that_the_registry_is_away(self):
        self.push("a:1")
        self.registry.send_signal(signal.SIGTERM)
        self.registry.wait()
        body = {"data": {"type": "import_job", "attributes": {"integration_id": self.integration, "images": ["a:1"]}}}
        answer, document = self.ask("POST", f"/rest/orgs/{self.organization}/import_jobs", body)
        self.assertEqual(answer.status, 201, document)
        place = answer.headers["Location"]
        self.wait_until(lambda: self.get(place)["data"]["attributes"]["error"], "the job does not say what is wrong")
        self.assertRegex(self.get(place)["data"]["attributes"]["error"], "tried again soon: .*" + re.escape(self.host))

    def test_projects_are_shown_deleted_and_brought_back(self):
        self.push("a:1", "b/c:2")
        org = f"/rest/orgs/{self.organization}"
        self.set_policy({"name": "n", "import_policy": {"type": "ImportAll"}})
        self.wait_for_run(1)
        self.wait_until(lambda: self.get(f"{org}/images")["meta"]["count"] == 2, "no images")
        projects = self.projects("&meta.latest_issue_counts=true&meta.latest_dependency_total=true&expand=target")
        self.assertEqual(sorted(projects), ["a:1", "b/c:2"])
        one = projects["b/c:2"]
        self.assertEqual(one["attributes"]["settings"]["recurring_tests"], {"frequency": "daily"})
        self.assertEqual(set(one["meta"]["latest_issue_counts"]) - {"updated_at"}, {"critical", "high", "medium", "low"})
        self.assertEqual(one["relationships"]["target"]["data"]["attributes"]["display_name"], "b/c")
        targets = self.get(f"{org}/targets?limit=1&count=true")
        self.assertEqual((len(targets["data"]), targets["meta"]["count"]), (1, 2))
        self.assertEqual(list(self.projects("&names_start_with=b/")), ["b/c:2"])
        self.assertEqual(self.get(f"{org}/projects?meta_count=only&target_reference=1")["meta"]["count"], 1)
        body = {"data": {"type": "project", "id": one["id"], "attributes": {
            "test_frequency": "weekly", "tags": [{"key": "team", "value": "red"}], "environment": ["backend"],
            "business_criticality": ["high"], "lifecycle": ["production"], "status": "inactive"}, "relationships": {}}}
        answer, document = self.ask("PATCH", f"{org}/projects/{one['id']}", body)
        self.assertEqual(answer.status, 200, document)
        self.assertEqual(document["data"]["attributes"]["tags"], [{"key": "team", "value": "red"}])
        self.assertEqual((document["data"]["attributes"]["status"], self.get(f"{org}/images")["meta"]["count"]),
                         ("inactive", 1))
        self.assertEqual(list(self.projects("&tags=team:red&environment=backend")), ["b/c:2"])
        for wrong in ({"environment": ["moon"]}, {"tags": [{"key": "a b", "value": "c"}]}, {"colour": 1}):
            body["data"]["attributes"] = wrong
            self.assertEqual(self.ask("PATCH", f"{org}/projects/{one['id']}", body)[0].status, 400, wrong)
        self.assertEqual(self.ask("DELETE", f"{org}/projects/{projects['a:1']['id']}")[0].status, 204)
        self.assertEqual(self.ask("GET", f"{org}/projects/{projects['a:1']['id']}")[0].status, 404)
        # Neither a run nor another policy brings it back.
        self.set_policy({"name": "other", "import_policy": {"type": "Regex", "policy": {"repo": "a"}}})
        self.wait_for_run(2)
        self.assertEqual(list(self.projects()), ["b/c:2"])
        self.assertIn("a user deleted its project", self.expect("import-policy", "explain", "a:1"))
        self.assertIn("a:1", self.expect("project", "list", "--deleted"))
        self.expect("project", "restore", "a:1")
        self.assertEqual(self.projects()["a:1"]["id"], projects["a:1"]["id"])
        self.expect("project", "delete", "a:1")
        [deleted] = self.get(f"{org}/deleted_projects")["data"]
        self.assertEqual((deleted["id"], deleted["attributes"]["deleted_by"]), (projects["a:1"]["id"], "admin"))
        done = self.import_by_hand("a:1", "a:none", f"{self.host}/b/c", "no/repository:1", "x@y")
        self.assertEqual([item["status"] for item in done["images"]],
                         ["imported", "failed", "imported", "failed", "failed"])
        self.assertIn("not found in the registry", done["images"][1]["message"])
        self.assertEqual(done["images"][0]["project_id"], projects["a:1"]["id"])
        self.assertEqual(sorted(self.projects()), ["a:1", "b/c:2"])
        self.assertEqual(self.home.run("project", "import", "a:1", "a:none").returncode, 2)
        self.assertEqual(self.ask("DELETE", f"{org}/targets/{one['relationships']['target']['data']['id']}")[0].status, 204)
        self.assertEqual(list(self.projects()), ["a:1"])

    def test_what_runs_is_imported_if_a_policy_says_so(self):
        self.push("a:runs", "a:stands")
        body = {"data": {"type": "running_images", "attributes": {"provider_name": "cluster", "images": [
            f"{self.host}/a:runs", "elsewhere.example/b:1"]}}}
        place = f"/rest/orgs/{self.organization}/running_images"
        answer, document = self.ask("POST", place, body)
        self.assertEqual((answer.status, document["data"]["attributes"]["not_imported"]),
                         (200, [f"{self.host}/a:runs", "elsewhere.example/b:1"]))
        self.set_policy({"name": "n", "import_policy": {"type": "RuntimeIntegrations", "policy": {
            "providerName": "cluster", "intervalHours": 1}}})
        self.wait_for_run(1)
        self.assertEqual(self.imported(), ["a:runs"])
        self.assertEqual(self.ask("POST", place, body)[1]["data"]["attributes"]["not_imported"],
                         ["elsewhere.example/b:1"])
        shown = self.expect("import-policy", "explain", "a:stands")
        self.assertIn("not selected", shown)
        body["data"]["attributes"]["images"] = ["a b"]
        self.assertEqual(self.ask("POST", place, body)[0].status, 400)

    def test_runs_are_started_shown_and_journalled(self):
        self.push("a:1", "a:2")
        runs = f"/rest/orgs/{self.organization}/sync_runs"
        body = {"data": {"type": "sync_run", "attributes": {"integration_id": self.integration}}}
        answer, document = self.ask("POST", runs, body)
        self.assertEqual((answer.status, answer.headers["Location"]), (202, f"{runs}/{document['data']['id']}"))
        run = self.wait_for_run(1)
        self.assertEqual((run["id"], run["started_by"], run["changes"]), (document["data"]["id"], "operator", 4))
        unknown = {"data": {"type": "sync_run", "attributes": {"integration_id": UNKNOWN}}}
        self.assertEqual(self.ask("POST", runs, unknown)[0].status, 404)
        self.assertEqual(self.ask("POST", runs, {"data": {"type": "sync_run", "attributes": {}}})[0].status, 400)
        self.assertEqual(self.ask("POST", f"{runs}/{run['id']}/cancel")[0].status, 409)
        self.wait_until(lambda: self.get(f"{runs}/{run['id']}")["data"]["attributes"]["images_scanned"] == 2, "no scans")
        shown = self.get(f"{runs}/{run['id']}")["data"]["attributes"]
        self.assertGreater(shown["bytes"], 0)
        self.assertEqual([item["attributes"]["tag"] for item in self.get(
            f"{runs}/{run['id']}/journal?change=imported")["data"]], ["1", "2"])
        self.assertEqual(self.get(f"{runs}?status=failed")["data"], [])
        self.assertEqual(len(self.get(f"{runs}?integration_id={self.integration}")["data"]), 1)
        self.assertEqual(self.ask("GET", f"{runs}?integration_id=x")[0].status, 400)
        self.assertIn("2 of 2 scanned", self.expect("sync", "status", "--watch"))
        self.assertEqual(len(self.expect("sync", "journal", run["id"]).splitlines()), 4)
        self.assertIn("imported  a:2", self.expect("sync", "journal", "--change", "imported"))
        self.assertNotEqual(self.home.run("sync", "cancel", run["id"]).returncode, 0)


if __name__ == "__main__":
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("skipped: there is no " + ", ".join(missing))
        sys.exit(77)
    unittest.main()
