#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From an empty server to the results of a private registry, in the order in which somebody does it who reads how to scan a
registry: connect it, scan it, browse and search, look at one image from overview to packages, then have single images scanned at
once.   usage: registry_page_test.py TIDEWAITER

Real programs: docker-registry with TLS and a password, skopeo, the server. The advisories are made up, with CVE-2023-44487 as
NVD, CISA and FIRST publish it."""
import csv
import gzip
import http.client
import io
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
import urllib.parse

import real_registry
from image_layout import OS_RELEASE, Home, Layout, advisory, paragraph, status, tar, write_feed

EXECUTABLE = sys.argv.pop(1)
SECONDS_MAX = 120
VERSION = "2025-09-17"
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
LOW = "CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N"
KNOWN = "CVE-2023-44487"
NVD_FIRST_YEAR = 2002
GATE = {"name": "gate", "stages": [{"name": "registry"}], "bundles": [{"name": "both", "rules": [
    {"ruleType": "vulnSeverityAndThreats", "predicates": [{"type": "vulnSeverity", "extra": {"level": "high"}}]},
    {"ruleType": "vulnSeverityAndThreats", "predicates": [{"type": "vulnExploitable"}]}]}]}


def image(folder, *packages):
    layout = Layout(folder)
    layout.add_layer(tar({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(
        *(paragraph(name, version) for name, version in packages))}))
    layout.finish("it")
    return layout


class RegistryPageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        missing = real_registry.absent(real_registry.TOOLS + ["openssl", "htpasswd"])
        if missing:
            raise unittest.SkipTest("not installed: " + " ".join(missing))
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-registry-page-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        folder = str(cls.folder)
        real_registry.make_certificates(folder)
        real_registry.make_passwords(folder, "alice", "s3cret")
        cls.registry = real_registry.RealRegistry(folder, http=real_registry.server_tls(folder),
                                                  sections=real_registry.passwords(folder))
        cls.addClassCleanup(cls.registry.stop)
        cls.host = cls.registry.host
        cls.home = Home(EXECUTABLE, cls.folder, SECONDS_MAX)
        cls.home.environment["TIDEWAITER_DATA"] = folder + "/data"
        cls.push("team/app:1", ("nghttp2", "1.52.0-1"), ("openssl", "3.0.14-1"), ("zlib", "1.2.13-1"))
        cls.push("team/app:2", ("nghttp2", "1.52.0-1+deb12u1"), ("openssl", "3.0.15-1"))
        cls.push("team/web:1", ("openssl", "3.0.14-1"))
        cls.push("other/tool:1", ("zlib", "1.2.13-1"))
        cls.update_feeds()
        cls.serve()

    @classmethod
    def push(cls, name, *packages):
        folder = cls.folder / name.replace("/", "-").replace(":", "-")
        layout = image(folder, *packages)
        cls.registry.copy(f"oci:{layout.folder}:it", name, "--dest-tls-verify=false", "--dest-creds=alice:s3cret")

    @classmethod
    def update_feeds(cls):
        """Feeds for a server without a way out are folders; see network.md for what is fetched over port 443 otherwise."""
        feeds = cls.folder / "feeds"
        write_feed(feeds, [advisory(KNOWN, "nghttp2", "1.52.0-1+deb12u1"),
                           advisory("CVE-2026-0001", "openssl", "3.0.15-1", vector=CRITICAL),
                           advisory("CVE-2026-0002", "openssl", None, vector=LOW),
                           advisory("CVE-2026-0003", "zlib", None, vector=CRITICAL)])
        record = {"cve": {"id": KNOWN, "published": "2023-10-10T14:15:10.883", "lastModified": "2023-10-13T10:00:00.000",
                          "vulnStatus": "Analyzed", "descriptions": [{"lang": "en", "value": "HTTP/2 Rapid Reset"}],
                          "metrics": {"cvssMetricV31": [{"source": "nvd@nist.gov", "type": "Primary", "cvssData": {
                              "version": "3.1", "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
                              "baseScore": 7.5, "baseSeverity": "HIGH"}}]}}}
        (feeds / "nvd").mkdir()
        for year in range(NVD_FIRST_YEAR, time.gmtime().tm_year + 1):
            content = json.dumps({"format": "NVD_CVE", "vulnerabilities": [record] if year == 2023 else []})
            (feeds / "nvd" / f"nvdcve-2.0-{year}.json.gz").write_bytes(gzip.compress(content.encode()))
        (feeds / "kev").mkdir()
        (feeds / "kev" / "known_exploited_vulnerabilities.json").write_text(json.dumps({
            "count": 1, "vulnerabilities": [{"cveID": KNOWN, "dateAdded": "2023-10-10", "dueDate": "2023-10-31",
                                             "knownRansomwareCampaignUse": "Unknown"}]}))
        (feeds / "epss").mkdir()
        (feeds / "epss" / "epss_scores-2026-08-01.csv").write_text(
            f"#score_date:2026-08-01T00:00:00+0000\ncve,epss,percentile\n{KNOWN},0.94,0.999\nCVE-2026-0001,0.01,0.2\n")
        cls.expect("feed", "update", "--from", feeds, "--data", cls.folder / "data", "--ecosystem", "Debian")

    @classmethod
    def serve(cls):
        log = cls.folder / "log"
        with open(log, "wb") as stderr:
            cls.server = subprocess.Popen([EXECUTABLE, "serve", "--listen", "127.0.0.1:0", "--network-allow", "127.0.0.1",
                                           "--sandbox", "best-effort"], env=cls.home.environment, stdout=stderr, stderr=stderr)
        cls.addClassCleanup(cls.server.wait)
        cls.addClassCleanup(cls.server.send_signal, signal.SIGTERM)
        deadline = time.monotonic() + SECONDS_MAX
        while not (found := re.search(r'"ready".*?"url":"http://([^"]+)"', log.read_text())):
            assert time.monotonic() < deadline and cls.server.poll() is None, log.read_text()
            time.sleep(0.05)
        cls.address = found[1]
        cls.token = cls.expect("token", "create", "admin", "--role", "admin").strip()
        cls.organization = cls.ask("GET", "/rest/orgs")["data"][0]["id"]

    @classmethod
    def expect(cls, *words, status=0):
        done = cls.home.run(*words)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout

    @classmethod
    def send(cls, method, path, body=None, **query):
        connection = http.client.HTTPConnection(cls.address, timeout=SECONDS_MAX)
        path = path.replace("$", "/rest/orgs/" + getattr(cls, "organization", ""))
        connection.request(method, f"{path}?{urllib.parse.urlencode({'version': VERSION, **query})}", body and json.dumps(body),
                           {"Authorization": "token " + cls.token, "Content-Type": "application/vnd.api+json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, json.loads(text)

    @classmethod
    def ask(cls, method, path, body=None, **query):
        status, document = cls.send(method, path, body, **query)
        assert status < 300, (path, status, document)
        return document

    def listed(self, path, **query):
        return [{"id": row["id"], **row["attributes"]} for row in self.ask("GET", path, limit=100, **query)["data"]]

    def names(self, **query):
        return [row["reference"].removeprefix(self.host + "/") for row in self.listed("$/images", **query)]

    def image(self, name):
        [found] = [row for row in self.listed("$/images", search=f'"{name}"') if row["reference"].endswith("/" + name)]
        return found

    def findings(self, name, **query):
        return self.listed(f"$/images/{self.image(name)['id']}/findings", **query)

    def connect(self, name, url, *words):
        secret = self.folder / "secret"
        secret.write_text("s3cret")
        return self.home.run("integration", "add", name, "--url", url, "--field", "username=alice", "--secret-file",
                             f"password={secret}", *words)

    def test_01_each_type_of_registry_has_fields_of_its_own(self):
        types = {row["id"]: row for row in self.listed("$/integration_types")}
        fields = {name: json.dumps(row) for name, row in types.items()}
        self.assertIn("password", fields["oci"])
        self.assertIn("access_key", fields["ecr"])
        self.assertIn("secret_access_key", fields["ecr"])
        self.assertIn("key_json", fields["gcr"])

    def test_02_a_private_registry_is_connected_by_host_and_partial_path(self):
        done = self.connect("team", self.host + "/team")
        self.assertEqual(done.returncode, 0, done.stderr)
        test = self.home.run("integration", "test", "team", "--network-allow", "127.0.0.1")
        self.assertNotEqual(test.returncode, 0)  # nobody knows its authority
        self.assertIn("certificate", test.stdout + test.stderr)
        # Another way to verify drops the password, so that it goes to nobody new: it is given again.
        self.expect("integration", "edit", "team", "--skip-tls-verify", "--secret-file", f"password={self.folder}/secret")
        self.expect("integration", "test", "team", "--network-allow", "127.0.0.1")
        again = self.connect("team", self.host + "/elsewhere")
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("team", again.stderr)
        # Credentials of one repository go before those of the path above it.
        done = self.connect("tool", self.host + "/other/tool", "--skip-tls-verify")
        self.assertEqual(done.returncode, 0, done.stderr)
        for row in self.listed("$/integrations"):
            found = self.ask("GET", f"$/integrations/{row['id']}")["data"]["attributes"]
            self.assertEqual(found["scan_schedule"], "168")  # hours: weekly

    def test_03_a_manual_scan_covers_what_lies_below_the_path(self):
        self.assertEqual(self.names(), [])
        self.expect("integration", "scan", "team", "--timeout", str(SECONDS_MAX))
        deadline = time.monotonic() + SECONDS_MAX
        while [row["state"] for row in self.listed("$/images")] != ["scanned"] * 3:
            self.assertLess(time.monotonic(), deadline, self.listed("$/images"))
            time.sleep(0.1)
        self.assertEqual(self.names(), ["team/app:1", "team/app:2", "team/web:1"])

    def test_04_registries_and_repositories_are_browsed_and_searched(self):
        registries = {row["name"]: row for row in self.listed("$/registries")}
        self.assertEqual((registries["team"]["repository_count"], registries["team"]["image_count"]), (2, 3))
        self.assertEqual([row["name"] for row in self.listed("$/repositories")], ["team/app", "team/web"])
        self.assertEqual([row["name"] for row in self.listed("$/repositories", search="WEB")], ["team/web"])
        self.assertEqual([row["name"] for row in self.listed("$/registries", search="TEA")], ["team"])

    def test_05_images_are_searched_by_name_and_tag(self):
        self.assertEqual(self.names(search="app"), ["team/app:1", "team/app:2"])
        self.assertEqual(self.names(search='"1"'), ["team/app:1", "team/web:1"])
        self.assertEqual(self.names(search="no-such-image"), [])

    def test_06_score_severity_and_exploits_are_reviewed(self):
        self.assertEqual(self.names(sort="-score"), ["team/app:1", "team/web:1", "team/app:2"])
        self.assertEqual(self.names(exploitable="true"), ["team/app:1"])
        self.assertEqual(self.names(severity="critical"), ["team/app:1", "team/web:1"])
        first = self.image("team/app:1")
        self.assertEqual(first["score"], 901)
        self.assertEqual(first["score_reasons"][0], "1 known to be exploited")
        self.assertEqual((first["severity_counts"]["critical"], first["severity_counts"]["high"]), (2, 1))

    def test_07_the_overview_has_packages_and_cells_that_lead_to_lists(self):
        first = self.image("team/app:1")
        packages = f"$/images/{first['id']}/packages"
        self.assertEqual(first["package_count"], len(self.listed(packages)))
        self.assertEqual([row["name"] for row in self.listed(packages, has_fix="true")], ["nghttp2", "openssl"])
        for severity, count in first["severity_counts"].items():
            self.assertEqual(count, len(self.findings("team/app:1", severity=severity)), severity)
        self.assertEqual(first["fixable_count"], len(self.findings("team/app:1", has_fix="true")))
        self.assertEqual(first["exploitable_count"], len(self.findings("team/app:1", exploitable="true")))

    def test_08_vulnerabilities_are_filtered_and_told_with_source_and_fix(self):
        self.assertEqual([row["vulnerability"] for row in self.findings("team/app:1", severity="critical", has_fix="true")],
                         ["CVE-2026-0001"])
        # Of critical severity, with a fix and exploitable: all three of one vulnerability.
        three = {"severity": "critical", "has_fix": "true", "exploitable": "true"}
        self.assertEqual((self.findings("team/app:1", **three), self.names(**three)), ([], []))
        three["severity"] = "high"
        self.assertEqual([row["vulnerability"] for row in self.findings("team/app:1", **three)], [KNOWN])
        self.assertEqual(self.names(**three), ["team/app:1"])
        shown = self.expect("image", "show", "team/app:1", "--severity", "high", "--has-fix", "--exploitable")
        self.assertIn(KNOWN, shown)
        [found] = self.findings("team/app:1", vulnerability=KNOWN)
        self.assertEqual((found["severity"], found["fixed_versions"]), ("high", ["1.52.0-1+deb12u1"]))
        self.assertEqual(found["kev_added_at"], "2023-10-10T00:00:00Z")
        self.assertEqual(found["kev_due_at"], "2023-10-31T00:00:00Z")
        self.assertEqual((found["epss_score"], found["epss_percentile"]), (0.94, 0.999))
        self.assertEqual(found["published_at"], "2023-10-10T14:15:10Z")
        self.assertEqual(found["cvss"][0]["base_score"], 7.5)
        self.assertEqual(found["package"]["name"], "nghttp2")

    def test_09_one_finding_stands_under_each_rule_that_it_violates(self):
        gate = self.folder / "gate.json"
        gate.write_text(json.dumps(GATE))
        self.expect("policy", "set", gate)
        deadline = time.monotonic() + SECONDS_MAX
        while self.image("team/app:1")["policy_verdict"] != "failed":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        first = self.image("team/app:1")
        text = json.dumps(self.ask("GET", f"$/images/{first['id']}/policies")["data"])
        self.assertEqual(text.count(f'"{KNOWN}"'), 2, text)
        self.assertEqual(first["vulnerability_count"], 4)  # and counts once
        self.assertEqual(self.image("team/app:2")["policy_verdict"], "passed")

    def test_10_packages_come_most_dangerous_first(self):
        first = self.image("team/app:1")
        packages = self.listed(f"$/images/{first['id']}/packages", sort="-severity")
        self.assertEqual([row["name"] for row in packages], ["openssl", "zlib", "nghttp2"])
        self.assertEqual(packages[0]["version"], "3.0.14-1")
        for package in packages:
            found = self.findings("team/app:1", package=package["name"])
            for severity, count in package["severity_counts"].items():
                self.assertEqual(count, sum(row["severity"] == severity for row in found), (package["name"], severity))
        dangerous = self.listed(f"$/images/{first['id']}/packages", exploitable="true")
        self.assertEqual([row["name"] for row in dangerous], ["nghttp2"])

    def test_11_an_image_is_scanned_at_once_by_its_reference(self):
        status, refused = self.send("POST", "$/scan_requests", {"data": {
            "type": "scan_request", "attributes": {"image": "elsewhere.example/team/app:1"}}})
        self.assertEqual((status, refused["errors"][0]["code"]), (422, "registry-not-integrated"))
        self.assertIn("integration add", refused["errors"][0]["detail"])
        asked = self.ask("POST", "$/scan_requests", {"data": {
            "type": "scan_request", "attributes": {"image": f"{self.host}/other/tool:1"}}})["data"]
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            [row] = [row for row in self.listed("$/scan_requests") if row["id"] == asked["id"]]
            self.assertIn(row["status"], ("queued", "pulling", "analyzing", "matching", "done"))
            if row["status"] == "done":
                break
            self.assertLess(time.monotonic(), deadline, row)
            time.sleep(0.1)
        # Its row leads to the result, which stands among those of the registries.
        self.assertIsNotNone(row["project_id"])
        self.assertEqual([row["vulnerability"] for row in self.findings("other/tool:1")], ["CVE-2026-0003"])
        self.assertIn("other/tool", [row["name"] for row in self.listed("$/repositories")])
        self.assertIn("other/tool:1", self.names())

    def test_12_what_the_registry_had_once_is_told_apart(self):
        self.assertEqual(self.listed("$/images", obsolete="true"), [])
        before = self.image("team/web:1")
        self.push("team/web:1-new", ("openssl", "3.0.15-1"))
        self.registry.copy(f"docker://{self.host}/team/web:1-new", "team/web:1", "--src-tls-verify=false",
                           "--src-creds=alice:s3cret", "--dest-tls-verify=false", "--dest-creds=alice:s3cret")
        self.expect("scan-request", "add", f"{self.host}/team/web:1", "--wait", "--timeout", str(SECONDS_MAX))
        self.assertNotEqual(self.image("team/web:1")["digest"], before["digest"])
        [old] = self.listed("$/images", obsolete="true")
        self.assertEqual((old["digest"], old["severity_counts"]["critical"]), (before["digest"], 1))

    def test_13_the_whole_list_is_a_table(self):
        connection = http.client.HTTPConnection(self.address, timeout=SECONDS_MAX)
        connection.request("GET", f"/rest/orgs/{self.organization}/images?version={VERSION}&limit=10&sort=reference", None,
                           {"Authorization": "token " + self.token, "Accept": "text/csv"})
        rows = list(csv.DictReader(io.StringIO(connection.getresponse().read().decode())))
        connection.close()
        listed = {row["reference"]: row["vulnerability_count"] for row in self.listed("$/images")}
        self.assertEqual({row["reference"]: int(row["vulnerability_count"]) for row in rows}, listed)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
