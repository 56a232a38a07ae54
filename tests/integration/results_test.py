#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry's results from the list of images down to one vulnerability, in the order in which somebody looks at them: search,
filters and orders, overview, vulnerabilities, packages, comparison, exports.   usage: results_test.py TIDEWAITER

Real programs: docker-registry, skopeo, the server; the advisories are made up, with CVE-2023-44487 as NVD, CISA and FIRST
publish it: with a vector, in the list of what is known to be exploited, and with an EPSS score."""
import contextlib
import csv
import gzip
import http.client
import io
import json
import sqlite3
import sys
import time
import unittest
import urllib.parse

from image_layout import OS_RELEASE, Layout, advisory, paragraph, status, tar, write_feed
from served_registry import SECONDS_MAX, VERSION, ServedRegistry

EXECUTABLE = sys.argv.pop(1)
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
LOW = "CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N"
KNOWN = "CVE-2023-44487"


def image(folder, packages, own=()):
    layout = Layout(folder)
    base = {"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(*(paragraph(*item) for item in packages))}
    layout.add_layer(tar(base))
    if own:
        layout.add_layer(tar({"var/lib/dpkg/status": status(*(paragraph(*item) for item in [*packages, *own]))}))
    layout.finish("it")
    return layout


class ResultsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = ServedRegistry(cls, EXECUTABLE)
        folder = cls.place.folder
        feeds = folder / "feeds"
        write_feed(feeds, [advisory(KNOWN, "nghttp2", "1.52.0-1+deb12u1", vector=HIGH),
                           advisory("CVE-2026-0001", "openssl", "3.0.15-1", vector=CRITICAL),
                           advisory("CVE-2026-0002", "openssl", None, vector=LOW),
                           advisory("CVE-2026-0003", "zlib", None, vector=CRITICAL)])
        (feeds / "kev").mkdir()
        (feeds / "kev" / "known_exploited_vulnerabilities.json").write_text(json.dumps({
            "count": 1, "vulnerabilities": [{"cveID": KNOWN, "dateAdded": "2023-10-10", "dueDate": "2023-10-31",
                                             "knownRansomwareCampaignUse": "Unknown"}]}))
        (feeds / "epss").mkdir()
        (feeds / "epss" / "epss_scores-2026-08-01.csv").write_text(
            f"#score_date:2026-08-01T00:00:00+0000\n{KNOWN},0.94,0.999\nCVE-2026-0001,0.01,0.2\n")
        (feeds / "nvd").mkdir()
        (feeds / "nvd" / "nvdcve-2.0-2023.json.gz").write_bytes(gzip.compress(json.dumps({"vulnerabilities": [{"cve": {
            "id": KNOWN, "published": "2023-10-10T14:15:10.883", "metrics": {"cvssMetricV31": [
                {"cvssData": {"vectorString": HIGH}}], "cvssMetricV2": [
                {"cvssData": {"vectorString": "AV:N/AC:L/Au:N/C:N/I:N/A:C"}}]}}}]}).encode()))
        cls.place.expect("feed", "update", "--from", feeds, "--data", folder / "data", "--ecosystem", "Debian")
        old = [("nghttp2", "1.52.0-1"), ("openssl", "3.0.14-1")]
        cls.place.push("team/app:1", image(folder / "one", old, [("zlib", "1.2.13-1")]))
        cls.place.push("team/app:2", image(folder / "two", [("nghttp2", "1.52.0-1+deb12u1"), ("openssl", "3.0.15-1")]))
        cls.place.push("web:1", image(folder / "three", [("openssl", "3.0.14-1")]))
        cls.images = cls.place.serve()
        cls.images = cls.place.wait_for(lambda images: images["team/app:1"]["attributes"]["kev_count"] == 1)

    def listed(self, what, **query):
        query = urllib.parse.urlencode({"version": VERSION, "limit": 100, **query})
        return self.place.ask(f"/rest/orgs/{self.place.organization}/{what}?{query}")

    def names(self, **query):
        """The images of a list in its order; its count is that of the list."""
        document = self.listed("images", **query)
        self.assertEqual(document["meta"]["count"], len(document["data"]))
        return [row["attributes"]["reference"].removeprefix(self.place.host + "/") for row in document["data"]]

    def findings(self, name, **query):
        document = self.listed(f"images/{self.images[name]['id']}/findings", **query)
        return [row["attributes"] for row in document["data"]]

    def test_1_images_are_browsed_and_searched(self):
        self.assertEqual(self.names(), ["team/app:1", "team/app:2", "web:1"])
        self.assertEqual(self.names(search="TEAM/"), ["team/app:1", "team/app:2"])
        self.assertEqual(self.names(search='"1"'), ["team/app:1", "web:1"])
        self.assertEqual(self.names(search='"team/app:2"'), ["team/app:2"])
        self.assertEqual(self.names(repository="web"), ["web:1"])
        digest = self.images["web:1"]["attributes"]["digest"]
        self.assertEqual(self.names(search=digest[:30]), ["web:1"])
        self.assertEqual(self.names(search=digest[7:22]), ["web:1"])

    def test_2_scores_and_exploits_are_reviewed(self):
        self.assertEqual(self.names(sort="-score"), ["team/app:1", "web:1", "team/app:2"])
        self.assertEqual(self.names(sort="-exploitable")[0], "team/app:1")
        self.assertEqual(self.names(sort="severity")[0], "team/app:2")
        first = self.images["team/app:1"]["attributes"]
        self.assertEqual(first["score"], 901)
        self.assertEqual(first["score_reasons"][0], "1 known to be exploited")
        self.assertEqual((first["exploitable_count"], first["kev_count"], first["unfixed_count"]), (1, 1, 2))
        self.assertEqual(self.names(severity="critical", has_fix="true"), ["team/app:1", "web:1"])
        self.assertEqual(self.names(severity="critical", has_fix="true", exploitable="true"), [])
        self.assertEqual(self.names(has_fix="true", kev="true"), ["team/app:1"])
        self.assertIsNotNone(first["last_seen_at"])
        self.assertIsNotNone(first["feeds_date"])

    def test_3_each_counter_is_the_length_of_its_list(self):
        for name, image in self.images.items():
            counts = image["attributes"]
            lists = {"vulnerability_count": {}, "fixable_count": {"has_fix": "true"}, "kev_count": {"kev": "true"},
                     "unfixed_count": {"has_fix": "false"}, "exploitable_count": {"exploitable": "true"}}
            for counter, query in lists.items():
                found = {row["vulnerability"] for row in self.findings(name, **query)}
                self.assertEqual(counts[counter], len(found), (name, counter))
            for severity, count in counts["severity_counts"].items():
                self.assertEqual(count, len({row["vulnerability"] for row in self.findings(name, severity=severity)}))

    def test_4_a_vulnerability_is_told_with_its_sources(self):
        found = self.findings("team/app:1", vulnerability=KNOWN)
        self.assertEqual(len(found), 1)
        self.assertEqual(found[0]["kev_added_at"], "2023-10-10T00:00:00Z")
        self.assertEqual(found[0]["kev_due_at"], "2023-10-31T00:00:00Z")
        self.assertEqual(found[0]["epss_score"], 0.94)
        self.assertEqual({(rating["source"], rating["version"], rating["base_score"]) for rating in found[0]["cvss"]},
                         {("osv", "3.1", 7.5), ("nvd", "3.1", 7.5), ("nvd", "2.0", 7.8)})
        self.assertEqual(found[0]["published_at"], "2023-10-10T14:15:10Z")
        self.assertEqual(found[0]["fixed_versions"], ["1.52.0-1+deb12u1"])
        self.assertEqual([row["vulnerability"] for row in self.findings("team/app:1", epss_gte="0.5")], [KNOWN])
        self.assertEqual({row["vulnerability"] for row in self.findings("team/app:1", cvss_gte="9")},
                         {"CVE-2026-0001", "CVE-2026-0003"})
        self.assertEqual({row["vulnerability"] for row in self.findings("team/app:1", package="zlib")},
                         {"CVE-2026-0003"})

    def test_4_findings_are_filtered_by_age_and_acceptance(self):
        def names(**query):
            return {row["vulnerability"] for row in self.findings("team/app:1", **query)}
        everything = names()
        self.assertEqual(names(age_gte="300"), {KNOWN})
        self.assertEqual(names(age_gte="36500"), set())
        self.assertEqual(names(first_seen_before="2000-01-01T00:00:00Z"), set())
        self.assertEqual(names(first_seen_before="2999-01-01T00:00:00Z"), everything)
        self.assertEqual((names(accepted="true"), names(accepted="false")), (set(), everything))
        self.place.expect("risk", "accept", "--vulnerability", KNOWN, "--image", self.place.host + "/team/*",
                          "--reason", "RiskMitigated", "--description", "HTTP/2 is switched off")
        self.assertEqual((names(accepted="true"), names(accepted="false")), ({KNOWN}, everything - {KNOWN}))
        self.assertEqual(names(accepted="true", kev="true"), {KNOWN})
        found = self.findings("team/app:1", accepted="true")
        self.assertEqual(found[0]["accepted_risk"]["description"], "HTTP/2 is switched off")
        row = next(iter(self.listed("images", repository="team/app", search='"team/app:1"')["data"]))
        self.assertEqual(row["attributes"]["accepted_count"], 1)
        self.assertEqual({row["accepted_risk"] for row in self.findings("team/app:1", accepted="false")}, {None})

    def test_4_what_to_do_is_told_to_the_developer(self):
        row = self.images["team/app:1"]["id"]
        found = self.findings("team/app:1", vulnerability=KNOWN)[0]
        self.assertEqual(found["page"], f"/images/{row}/explanations/{KNOWN}")
        document = self.place.ask(found["permalink"])["data"]
        self.assertEqual((document["type"], document["id"]), ("explanation", KNOWN))
        told = document["attributes"]["findings"][0]
        self.assertEqual((told["smallest_fixed_version"], told["locations"][0]["layer"]), ("1.52.0-1+deb12u1", 0))
        self.assertEqual(told["command"], "RUN apt-get update && apt-get install -y --only-upgrade nghttp2 && "
                         "rm -rf /var/lib/apt/lists/*")
        self.assertIn("by osv", told["severity_reason"])
        self.assertIsNotNone(told["first_seen_at"])
        missing = self.place.ask(f"/rest/orgs/{self.place.organization}/images/{row}/explanations/CVE-1?version={VERSION}")
        self.assertEqual((missing["data"]["attributes"]["is_reported"], missing["data"]["attributes"]["findings"]), (False, []))
        text = self.stream(found["permalink"].split(self.place.organization + "/")[1], "text/markdown")
        self.assertIn(f"### {KNOWN} in nghttp2 1.52.0-1\n", text)
        self.assertIn("* **fix:** <code>1.52.0-1+deb12u1</code>", text)
        self.assertIn(f"* **permalink:** <code>{found['page']}</code>", text)
        shown = self.place.expect("explain", "team/app:1", KNOWN)
        for part in ("  since:  ", "  to do:         Install nghttp2 1.52.0-1+deb12u1 or later", "  permalink:     " + found["page"] + "\n"):
            self.assertIn(part, shown)
        self.assertIn("## ", self.place.expect("explain", "team/app:1", KNOWN, "--format", "markdown"))
        refused = self.place.home.run("explain", "team/app:1", KNOWN, "--format", "pdf", "--data", self.place.folder / "data")
        self.assertIn('there is no format "pdf"', refused.stderr)

    def test_5_packages_come_most_dangerous_first(self):
        document = self.listed(f"images/{self.images['team/app:1']['id']}/packages", sort="-severity")
        self.assertEqual([row["attributes"]["name"] for row in document["data"]], ["openssl", "zlib", "nghttp2"])
        self.assertEqual(document["data"][0]["attributes"]["severity_counts"]["critical"], 1)

    def test_6_two_tags_are_compared(self):
        old, new = (self.images[name]["id"] for name in ("team/app:1", "team/app:2"))
        document = self.listed(f"images/{new}/compare", **{"with": old})
        changes = {(row["attributes"]["change"], row["attributes"]["vulnerability"]) for row in document["data"]}
        self.assertEqual(changes, {("fixed", KNOWN), ("fixed", "CVE-2026-0001"), ("fixed", "CVE-2026-0003"),
                                   ("unchanged", "CVE-2026-0002")})
        result = self.place.home.run("image", "diff", "team/app:1", "team/app:2")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("0 new, 3 fixed, 1 unchanged", result.stdout)
        self.assertEqual(self.place.home.run("image", "diff", "team/app:2", "team/app:1").returncode, 1)

    def test_7_the_command_line_tells_the_same(self):
        result = self.place.expect("image", "list", "--severity", "critical", "--has-fix")
        self.assertEqual([line.split()[0].removeprefix(self.place.host + "/") for line in result.splitlines()[1:]],
                         ["team/app:1", "web:1"])
        shown = self.place.expect("image", "show", "team/app:1", "--kev")
        self.assertIn("1 of 1 findings", shown)
        self.assertIn("1 known to be exploited", shown)
        self.assertIn("openssl", self.place.expect("image", "show", "web:1", "--packages"))

    def stream(self, what, kind):
        connection = http.client.HTTPConnection(self.place.address, timeout=SECONDS_MAX)
        connection.request("GET", f"/rest/orgs/{self.place.organization}/{what}", None,
                           {"Authorization": "token " + self.place.token, "Accept": kind})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.assertEqual(answer.status, 200, text)
        self.assertTrue(answer.headers["Content-Type"].startswith(kind))
        return text

    def test_8_lists_are_exported_whole(self):
        query = f"images?version={VERSION}&limit=10&sort=-score"
        rows = list(csv.DictReader(io.StringIO(self.stream(query, "text/csv"))))
        self.assertEqual([row["reference"].removeprefix(self.place.host + "/") for row in rows],
                         ["team/app:1", "web:1", "team/app:2"])
        self.assertEqual(rows[0]["severity_counts.critical"], "2")
        self.assertEqual(rows[0]["score"], "901")
        lines = [json.loads(line) for line in self.stream(query, "application/x-ndjson").splitlines()]
        self.assertEqual([line["id"] for line in lines], [row["id"] for row in rows])
        self.assertEqual(lines[0]["severity_counts"]["critical"], 2)
        name = "team/app:1"
        query = f"images/{self.images[name]['id']}/findings?version={VERSION}&severity=critical"
        rows = list(csv.DictReader(io.StringIO(self.stream(query, "text/csv"))))
        self.assertEqual(len(rows), self.images[name]["attributes"]["severity_counts"]["critical"])


    def test_9_registries_repositories_and_issues(self):
        repositories = {row["attributes"]["name"]: row["attributes"] for row in self.listed("repositories")["data"]}
        self.assertEqual({name: row["image_count"] for name, row in repositories.items()}, {"team/app": 2, "web": 1})
        self.assertEqual(repositories["team/app"]["images_by_worst_severity"],
                         {"critical": 1, "high": 0, "medium": 0, "low": 1, "negligible": 0, "unknown": 0, "none": 0})
        self.assertEqual((repositories["team/app"]["score"], repositories["web"]["kev_image_count"]), (901, 0))
        order = [row["attributes"]["name"] for row in self.listed("repositories", sort="score")["data"]]
        self.assertEqual(order, ["web", "team/app"])
        self.assertEqual(len(self.listed("repositories", search="TEAM")["data"]), 1)
        self.assertEqual(len(self.listed("repositories", kev="true")["data"]), 1)
        registry = self.listed("registries")["data"][0]["attributes"]
        self.assertEqual((registry["name"], registry["repository_count"], registry["image_count"]), ("local", 2, 3))
        issues = self.ask_dated("issues", "2024-01-23")["data"]
        self.assertEqual(len(issues), sum(row["attributes"]["vulnerability_count"] for row in self.images.values()))
        known = next(issue for issue in issues if issue["attributes"]["key"] == KNOWN)
        self.assertEqual(known["attributes"]["severities"][0]["score"], 7.5)
        self.assertEqual(known["attributes"]["exploit_details"]["sources"], ["CISA"])
        self.assertEqual(known["attributes"]["coordinates"][0]["representations"],
                         [{"dependency": {"package_name": "nghttp2", "package_version": "1.52.0-1"}}])
        self.assertEqual(self.ask_dated("issues/" + known["id"], "2024-01-23")["data"], known)
        project = known["relationships"]["scan_item"]["data"]["id"]
        of_project = self.ask_dated("issues", "2024-01-23", **{"scan_item.id": project})["data"]
        self.assertEqual(len(of_project), self.images["team/app:1"]["attributes"]["vulnerability_count"])
        critical = self.ask_dated("issues", "2024-01-23", effective_severity_level="critical")["data"]
        self.assertEqual({issue["attributes"]["key"] for issue in critical}, {"CVE-2026-0001", "CVE-2026-0003"})
        self.assertEqual(self.ask_dated("issues", "2024-01-23", status="resolved")["data"], [])

    def ask_dated(self, what, version, **query):
        more = {"limit": 100} if "/" not in what else {}
        return self.place.ask(f"/rest/orgs/{self.place.organization}/{what}?" +
                              urllib.parse.urlencode({"version": version, **more, **query}))

    def send(self, method, path, body=None, token=True):
        """(status, headers, text)"""
        connection = http.client.HTTPConnection(self.place.address, timeout=SECONDS_MAX)
        headers = {"Content-Type": "application/vnd.api+json"}
        if token:
            headers["Authorization"] = "token " + self.place.token
        connection.request(method, path, body and json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def export(self, **attributes):
        """The finished export's document."""
        base = f"/rest/orgs/{self.place.organization}"
        version = "?version=2024-10-15"
        status, headers, text = self.send("POST", f"{base}/export{version}", {"data": {
            "type": "export", "attributes": {"dataset": "issues", "formats": ["csv"], **attributes}}})
        self.assertEqual(status, 202, text)
        self.assertTrue(int(headers["Retry-After"]))
        made = json.loads(text)["data"]
        self.assertEqual(headers["Content-Location"], f"{base}/jobs/export/{made['id']}")
        self.assertEqual(made["links"]["self"], f"{base}/export/{made['id']}")
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            status, headers, text = self.send("GET", f"{base}/jobs/export/{made['id']}{version}")
            self.assertEqual(status, 200, text)
            job = json.loads(text)["data"]["attributes"]
            if job["status"] == "FINISHED":
                break
            self.assertIn(job["status"], ("PENDING", "STARTED"))
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertEqual(headers["Content-Location"], made["links"]["self"])
        return json.loads(self.send("GET", made["links"]["self"] + version)[2])["data"]["attributes"]

    def fetch(self, result, kind="text/csv", read=lambda text: list(csv.DictReader(io.StringIO(text)))):
        """The rows of the file as anybody with its address gets it."""
        place = urllib.parse.urlsplit(result["url"])
        self.assertEqual((place.scheme, place.netloc), ("http", self.place.address))
        status, headers, text = self.send("GET", place.path, token=False)
        self.assertEqual(status, 200, text)
        self.assertTrue(headers["Content-Type"].startswith(kind))
        self.assertIn("." + kind.partition("/")[2].removeprefix("x-"), headers["Content-Disposition"])
        self.assertEqual(len(text.encode()), result["file_size"])
        rows = read(text)
        self.assertEqual(len(rows), result["row_count"])
        return rows

    def test_issues_are_exported_as_a_file(self):
        whole = self.export()
        rows = self.fetch(whole["results"][0])
        issues = self.ask_dated("issues", "2024-01-23")["data"]
        self.assertEqual(whole["row_count"], len(issues))
        self.assertEqual({row["ISSUE_URL"].rpartition("/")[2] for row in rows}, {issue["id"] for issue in issues})
        chosen = self.export(columns=["PROJECT_NAME", "PROBLEM_ID", "EPSS_SCORE", "EXPLOIT_MATURITY"],
                             filters={"cve": [KNOWN], "introduced": {"from": "2020-01-01T00:00:00Z"}})
        self.assertEqual(chosen["introduced_date_range"], {"from": "2020-01-01T00:00:00Z"})
        self.assertEqual(self.fetch(chosen["results"][0]), [
            {"PROJECT_NAME": "team/app:1", "PROBLEM_ID": KNOWN, "EPSS_SCORE": "0.94000", "EXPLOIT_MATURITY": "Mature"}])
        as_json = self.export(formats=["ndjson"], columns=["PROBLEM_ID", "CVE", "EPSS_SCORE"], filters={"cve": [KNOWN]})
        self.assertEqual(as_json["formats"], ["ndjson"])
        self.assertEqual(self.fetch(as_json["results"][0], "application/x-ndjson", lambda text: [
            json.loads(line) for line in text.splitlines()]), [{"PROBLEM_ID": KNOWN, "CVE": [KNOWN], "EPSS_SCORE": 0.94}])
        over = urllib.parse.urlsplit(self.export(url_expiration_seconds=0)["results"][0]["url"]).path
        self.assertEqual(self.send("GET", over, token=False)[0], 404)
        self.assertEqual(self.send("GET", over[:-1] + "x", token=False)[0], 404)
        status, _, text = self.send("POST", f"/rest/orgs/{self.place.organization}/export?version=2024-10-15", {"data": {
            "type": "export", "attributes": {"dataset": "issues", "formats": ["csv"], "columns": ["COLOUR"]}}})
        self.assertEqual(status, 400)
        self.assertEqual(json.loads(text)["errors"][0]["source"]["pointer"], "/data/attributes/columns")

    def count_day(self):
        """Has the server count the present day at once instead of within an hour."""
        with contextlib.closing(sqlite3.connect(self.place.folder / "data/tidewaiter.db", timeout=SECONDS_MAX)) as store:
            with store:
                store.execute("UPDATE jobs SET state = 0, finished_ms = 0 WHERE kind = 'count'")
            deadline = time.monotonic() + SECONDS_MAX
            while store.execute("SELECT state FROM jobs WHERE kind = 'count'").fetchall() != [(2,)]:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)

    def test_a_day_has_what_its_images_have(self):
        self.count_day()
        registry = self.listed("registries")["data"][0]["id"]
        for place in ({}, {"integration_id": registry}, {"integration_id": registry, "repository": "team/app"}):
            days = self.listed("daily_counters", **place)["data"]
            self.assertEqual(len(days), 1)
            day = days[0]["attributes"]
            rows = self.listed("images", **place)["data"]
            found = {}
            for row in rows:
                for finding in self.listed(f"images/{row['id']}/findings")["data"]:
                    finding = finding["attributes"]
                    found.setdefault(finding["vulnerability"], []).append(finding)
            self.assertEqual((day["date"], day["image_count"]), (days[0]["id"], len(rows)))
            self.assertEqual(day["vulnerability_count"], len(found))
            self.assertEqual(day["kev_count"], 1)
            self.assertEqual(day["severity_counts"]["critical"],
                             sum(any(item["severity"] == "critical" for item in items) for items in found.values()))
            self.assertEqual(day["score"], 901)
        self.assertEqual(self.listed("daily_counters", days_from="2100-01-01T00:00:00Z")["data"], [])
        shown = self.place.expect("trend", "--integration", "local", "--repository", "team/app").splitlines()
        self.assertEqual(shown[1].split()[:2], [day["date"], str(day["image_count"])])
        refused = self.place.home.run("trend", "--repository", "team/app")
        self.assertEqual(refused.returncode, 64)
        self.assertIn("needs --integration", refused.stderr)


if __name__ == "__main__":
    unittest.main()
