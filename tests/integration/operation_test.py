#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What runs around the results: bills of materials of projects, where an image was seen, metrics, the screen of
`tidewaiter status`, and Harbor's scanner API.   usage: operation_test.py TIDEWAITER FILL_STORE"""
import html
import http.client
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from sbom_schemas import cyclonedx_json_errors, cyclonedx_xml_errors, spdx_errors

EXECUTABLE, FILL_STORE = sys.argv[1:3]
SECONDS_MAX = 120
VERSION = "2025-09-17"
REPORT = "application/vnd.security.vulnerability.report; version=1.1"


class OperationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-operation-"))
        cls.data = cls.folder / "data"
        cls.data.mkdir()
        subprocess.run([FILL_STORE, cls.data], check=True, timeout=SECONDS_MAX)
        log = cls.folder / "log"
        with open(log, "wb") as stderr:
            cls.server = subprocess.Popen([EXECUTABLE, "serve", "--listen", "127.0.0.1:0", "--data", cls.data, "--sandbox",
                                           "best-effort"], stdout=subprocess.DEVNULL, stderr=stderr)
        deadline = time.monotonic() + SECONDS_MAX
        cls.url = None
        while cls.url is None and time.monotonic() < deadline and cls.server.poll() is None:
            ready = [json.loads(line) for line in log.read_text().splitlines() if '"ready"' in line]
            cls.url = ready[0]["url"] if ready else None
            time.sleep(0.05)
        assert cls.url, log.read_text()
        cls.token = cls.command("token", "create", "root", "--role", "admin").strip()
        cls.org = "/rest/orgs/" + cls.get("/rest/orgs")["data"][0]["id"]

    @classmethod
    def tearDownClass(cls):
        cls.server.send_signal(signal.SIGTERM)
        cls.server.wait()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def command(cls, *words):
        return subprocess.run([EXECUTABLE, *words, "--data", cls.data], capture_output=True, text=True, check=True,
                              timeout=SECONDS_MAX).stdout

    @classmethod
    def ask(cls, path, method="GET", body=None, token=None, **headers):
        connection = http.client.HTTPConnection(cls.url.split("//")[1], timeout=SECONDS_MAX)
        headers["Authorization"] = "token " + (token or cls.token)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    @classmethod
    def get(cls, path, version=VERSION):
        answer = cls.ask(f"{path}{'&' if '?' in path else '?'}version={version}")
        assert answer.status == 200, (path, answer.status, answer.content)
        return json.loads(answer.content)

    def project(self, tag):
        [found] = self.get(f"{self.org}/projects?names=team/app:{tag}", "2024-05-31")["data"]
        return found

    def test_a_project_has_a_bill_of_materials(self):
        place = f"{self.org}/projects/{self.project('v00')['id']}/sbom"
        self.assertEqual(self.get(place, "2024-08-22")["data"], {"type": "sbom", "id": self.project("v00")["id"]})
        answer = self.ask(f"{place}?version=2024-08-22&format=cyclonedx1.6%2Bjson")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/vnd.cyclonedx+json"))
        document = json.loads(answer.content)
        self.assertEqual((document["bomFormat"], document["specVersion"]), ("CycloneDX", "1.6"))
        self.assertEqual(len([one for one in document["components"] if one["type"] == "library"]), 24)
        self.assertTrue(all(one["purl"].startswith("pkg:deb/debian/") for one in document["components"]
                            if one["type"] == "library"))
        self.assertEqual(answer.content, self.ask(f"{place}?version=2024-08-22&format=cyclonedx1.6%2Bjson").content)
        answer = self.ask(f"{place}?version=2024-08-22&format=spdx2.3%2Bjson&exclude=licenses")
        document = json.loads(answer.content)
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        self.assertEqual({one["licenseDeclared"] for one in document["packages"]} - {"NOASSERTION"}, set())
        for query, status in (("format=cyclonedx1.3%2Bjson", 400), ("exclude=packages", 400), ("format=x", 400),
                              ("format=spdx2.3%2Bjson&go_module_level=true", 200), ("go_module_level=perhaps", 400)):
            self.assertEqual(self.ask(f"{place}?version=2024-08-22&{query}").status, status, query)
        waiting = f"{self.org}/projects/{self.project('waiting')['id']}/sbom"
        self.assertEqual(self.ask(f"{waiting}?version=2024-08-22&format=spdx2.3%2Bjson").status, 409)
        for version, served in (("2023-01-01~beta", "2022-12-06~beta"), ("2023-06-01", "2023-03-20")):
            self.assertEqual(self.ask(f"{place}?version={version}").headers["snyk-version-served"], served)

    def test_bills_of_materials_fit_the_schemas_of_their_formats(self):
        place = f"{self.org}/projects/{self.project('v00')['id']}/sbom?version=2024-08-22&format="
        packages, checks = {}, []
        for version in ("1.4", "1.5", "1.6"):
            for form, errors_of in (("json", cyclonedx_json_errors), ("xml", cyclonedx_xml_errors)):
                answer = self.ask(f"{place}cyclonedx{version}%2B{form}")
                self.assertEqual((answer.status, answer.headers["Content-Type"]),
                                 (200, f"application/vnd.cyclonedx+{form}"))
                text = answer.content.decode()
                self.assertIn(f"bom/{version}" if form == "xml" else f"bom-{version}", text)
                errors, is_checked = errors_of(version, text)
                self.assertEqual(errors, [], f"{version} {form}")
                packages[version, form] = re.findall(r"pkg:[^\"<]+", text)
                checks.append(is_checked)
        self.assertEqual(len(packages["1.6", "json"]), 24)
        for found in packages.values():
            self.assertEqual([html.unescape(purl) for purl in found], packages["1.6", "json"])
        errors, is_checked = spdx_errors(self.ask(f"{place}spdx2.3%2Bjson").content.decode())
        self.assertEqual(errors, [])
        if not all(checks) or not is_checked:
            self.skipTest("run tools/fetch-sbom-schemas and tools/fetch-test-tools: not all schemas are there")

    def test_an_image_tells_where_it_was_seen(self):
        image = self.get(f"{self.org}/container_images", "2023-11-02")["data"][0]
        refs = f"{self.org}/container_images/{image['id']}/relationships/image_target_refs"
        [one] = self.get(refs, "2023-11-02")["data"]
        self.assertEqual((one["type"], one["attributes"]["platform"]), ("image_target_reference", "linux/amd64"))
        target = self.get(f"{self.org}/targets/{one['attributes']['target_id']}", "2024-02-21")["data"]
        self.assertEqual(target["attributes"]["display_name"], "team/app")
        self.assertIn(one["attributes"]["target_reference"], image["attributes"]["names"][0])
        unknown = refs.replace(image["id"], "sha256:" + "0" * 64)
        self.assertEqual(self.ask(unknown + "?version=2023-11-02").status, 404)

    def test_older_versions_of_targets_and_projects_are_served(self):
        for path, asked, served in (("targets", "2022-01-01~beta", "2021-08-20~beta"), ("targets", "2024-03-01", "2024-02-21"),
                                    ("projects", "2023-03-01", "2023-02-15"), ("projects", "2023-10-01", "2023-09-11"),
                                    ("projects", "2022-01-01~beta", "2021-06-04~beta")):
            answer = self.ask(f"{self.org}/{path}?version={asked}")
            self.assertEqual((answer.status, answer.headers["snyk-version-served"]), (200, served), (path, asked))
        self.assertEqual(self.ask(f"{self.org}/projects?version=2022-01-01").status, 404)

    def test_metrics_tell_of_feeds_queue_and_syncs(self):
        text = self.ask("/metrics").content.decode()
        for line in (r'tidewaiter_feed_records\{feed="[^"]+"\} \d+', r'tidewaiter_feed_age_seconds\{feed="[^"]+"\} \d+',
                     r'tidewaiter_jobs\{state="queued"\} \d+', "tidewaiter_integrations 1", "tidewaiter_images_failed 1",
                     "tidewaiter_integrations_failing 0", r"tidewaiter_sandbox_weakened [01]",
                     "tidewaiter_index_generation 1"):
            self.assertRegex(text, "(?m)^" + line + "$")
        names = re.findall(r"(?m)^# TYPE (\S+)", text)
        self.assertEqual(len(names), len(set(names)))

    def test_one_screen_shows_what_is_wrong_first(self):
        lines = self.command("status").splitlines()
        words = [line.split()[0] for line in lines]
        order = ["PROBLEM", "LOOK", "ok"]
        self.assertEqual(words, sorted(words, key=order.index))
        self.assertTrue(any(line.startswith("ok") and "server: runs" in line for line in lines), lines)
        for name in ("feeds:", "integration ", "queue:", "disk:", "sandbox:"):
            self.assertTrue(any(name in line for line in lines), (name, lines))
        self.assertTrue(all("→ " in line for line in lines if not line.startswith("ok")), lines)
        empty = self.folder / "empty"
        subprocess.run([EXECUTABLE, "org", "list", "--data", empty], check=False, capture_output=True, timeout=SECONDS_MAX)
        shown = subprocess.run([EXECUTABLE, "status", "--data", empty], check=False, capture_output=True, text=True,
                               timeout=SECONDS_MAX)
        if shown.returncode == 0:
            self.assertRegex(shown.stdout.splitlines()[0], r"^PROBLEM +server: none runs .*→ tidewaiter serve$")

    def harbor_scan(self, host, digest, token=None):
        body = json.dumps({"registry": {"url": f"https://{host}", "authorization": "Basic secret"},
                           "artifact": {"repository": "team/app", "digest": digest, "tag": "v00",
                                        "mime_type": "application/vnd.oci.image.manifest.v1+json"}})
        return self.ask("/harbor/api/v1/scan", "POST", body, token,
                        Content_Type="application/vnd.scanner.adapter.scan.request+json; version=1.1")

    def test_harbor_can_use_this_server_as_its_scanner(self):
        answer = self.ask("/harbor/api/v1/metadata")
        self.assertEqual(answer.headers["Content-Type"], "application/vnd.scanner.adapter.metadata+json; version=1.1")
        metadata = json.loads(answer.content)
        self.assertEqual(metadata["scanner"]["name"], "Tidewaiter")
        self.assertIn(REPORT, metadata["capabilities"][0]["produces_mime_types"])
        host = self.get(f"{self.org}/images?limit=10")["data"][0]["attributes"]["reference"].split("/")[0]
        digest = "sha256:" + "ab" * 32
        answer = self.harbor_scan(host, digest)
        self.assertEqual((answer.status, answer.headers["Content-Type"]),
                         (202, "application/vnd.scanner.adapter.scan.response+json; version=1.0"), answer.content)
        report = f"/harbor/api/v1/scan/{json.loads(answer.content)['id']}/report"
        answer = self.ask(report, Accept=REPORT)
        self.assertIn(answer.status, (302, 500))  # the registry is not there: it waits, or it has failed
        if answer.status == 302:
            self.assertEqual(answer.headers["Refresh-After"], "5")
        self.assertEqual(self.ask(report, Accept="application/vnd.security.sbom.report+json; version=1.0").status, 501)
        for given, status in ((("elsewhere.example", digest), 422), ((host, "sha256:12"), 422)):
            answer = self.harbor_scan(*given)
            self.assertEqual((answer.status, set(json.loads(answer.content))), (status, {"error"}))
        answer = self.ask("/harbor/api/v1/scan", "POST", "{")
        self.assertEqual((answer.status, answer.headers["Content-Type"]),
                         (400, "application/vnd.scanner.adapter.error+json; version=1.0"))
        viewer = self.command("token", "create", "harbor", "--role", "viewer").strip()
        self.assertEqual(self.harbor_scan(host, digest, viewer).status, 403)
        self.assertEqual(self.ask("/harbor/api/v1/metadata", token="tw_wrong").status, 401)
        unknown = "/harbor/api/v1/scan/11111111-1111-4111-8111-111111111111/report"
        self.assertEqual(self.ask(unknown).status, 404)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
