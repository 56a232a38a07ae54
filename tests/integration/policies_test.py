#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Vulnerability policies and accepted risks on the server: the API, the command line, and what they do to images.

usage: policies_test.py TIDEWAITER"""
import http.client
import json
import sys
import unittest

from image_layout import Layout, advisory, tar, write_feed
from served_registry import SECONDS_MAX, VERSION, ServedRegistry

EXECUTABLE = sys.argv.pop(1)
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
OS_RELEASE = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'


def dpkg(*names):
    return "".join(f"Package: {name}\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: all\n\n" for name in names)


def rule(kind, *predicates):
    return {"ruleType": kind, "predicates": [{"type": name, **({"extra": extra} if extra else {})}
                                             for name, extra in predicates]}


SEVERE = rule("vulnSeverityAndThreats", ("vulnSeverity", {"level": "high"}))


class PoliciesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = ServedRegistry(cls, EXECUTABLE)
        for name, packages in {"team/app:1": ("alpha", "beta"), "team/app:2": ("alpha",), "team/clean:1": ("gamma",)}.items():
            layout = Layout(cls.place.folder / name.replace("/", "-").replace(":", "-"))
            layout.add_layer(tar({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": dpkg(*packages)}))
            layout.finish("it")
            cls.place.push(name, layout)
        write_feed(cls.place.folder / "feed", [
            advisory("DSA-1-1", "alpha", "2.0-1", "Debian:12", vector=CRITICAL),
            advisory("DSA-2-1", "beta", None, "Debian:12", vector=CRITICAL),
            advisory("DSA-3-1", "nothing-of-it", "1", "Debian:12")], "Debian")
        cls.place.expect("feed", "update", "--from", cls.place.folder / "feed", "--ecosystem", "Debian",
                         "--data", cls.place.folder / "data")
        cls.images = cls.place.serve()
        cls.boss = cls.place.expect("token", "create", "boss", "--role", "admin").strip()

    def request(self, method, path, attributes=None, kind=None, status=200, query=""):
        connection = http.client.HTTPConnection(self.place.address, timeout=SECONDS_MAX)
        body = None if attributes is None else json.dumps({"data": {"type": kind, "attributes": attributes}})
        headers = {"Authorization": "token " + self.boss}
        if body is not None:
            headers["Content-Type"] = "application/vnd.api+json"
        connection.request(method, f"/rest/orgs/{self.place.organization}/{path}?version={VERSION}{query}", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.assertEqual(answer.status, status, (method, path, text))
        return json.loads(text) if text else None

    def verdict(self, name, policy=""):
        query = "&policy=" + policy if policy else ""
        return self.request("GET", f"images/{self.images[name]['id']}/policies", query=query)["data"]["attributes"]

    def create(self, kind, status=201, **attributes):
        plural = kind[:-1] + "ies" if kind.endswith("y") else kind + "s"
        answer = self.request("POST", plural, attributes, kind, status)
        if status == 201:
            self.addCleanup(self.remove, f"{plural}/{answer['data']['id']}")
        return answer

    def remove(self, path):
        connection = http.client.HTTPConnection(self.place.address, timeout=SECONDS_MAX)
        connection.request("DELETE", f"/rest/orgs/{self.place.organization}/{path}?version={VERSION}", None,
                           {"Authorization": "token " + self.boss})
        self.assertIn(connection.getresponse().status, (204, 404))
        connection.close()

    def registry_policy(self, name="gate", **more):
        return self.create("vulnerability_policy", name=name, stages=[{"name": "registry"}],
                           **{"bundles": [{"name": "b", "rules": [SEVERE]}], **more})

    def test_verdicts_follow_policies_and_risks(self):
        self.assertEqual(self.verdict("team/app:1")["verdict"], "no-policy")
        policy = self.registry_policy()["data"]["id"]
        found = self.verdict("team/app:1")
        self.assertEqual(found["verdict"], "failed")
        violations = found["evaluation"]["policies"][0]["bundles"][0]["rules"][0]["violations"]
        self.assertEqual({(one["vulnerability"], one["package"], one["accepted"]) for one in violations},
                         {("DSA-1-1", "alpha", False), ("DSA-2-1", "beta", False)})
        self.assertEqual(self.verdict("team/clean:1")["verdict"], "passed")
        risk = self.create("accepted_risk", vulnerability="dsa-1-1", reason="RiskMitigated", description="behind a wall",
                           repository="team/app", tag="2", name="wall")["data"]
        self.assertEqual(risk["attributes"]["kind"], "wont-fix")
        self.assertEqual((self.verdict("team/app:1")["verdict"], self.verdict("team/app:2")["verdict"]),
                         ("failed", "accepted"))
        edited = self.request("PATCH", f"accepted_risks/{risk['id']}", {"expires": "2020-01-01"}, "accepted_risk")
        self.assertEqual((edited["data"]["attributes"]["status"], edited["data"]["attributes"]["kind"]),
                         ("expired", "temporary-ignore"))
        self.assertEqual(self.verdict("team/app:2")["verdict"], "failed")
        self.request("PATCH", f"vulnerability_policies/{policy}", {"stages": [{"name": "pipeline"}]}, "vulnerability_policy")
        self.assertEqual(self.verdict("team/app:1")["verdict"], "no-policy")
        self.assertEqual(self.verdict("team/app:1", "gate")["verdict"], "failed")
        self.request("GET", f"images/{self.images['team/app:1']['id']}/policies", query="&policy=unknown", status=404)

    def test_an_accepted_image_leaves_its_policies_failed(self):
        self.registry_policy()
        self.create("accepted_risk", image=f"{self.place.host}/team/*", reason="RiskOwned")
        found = self.verdict("team/app:1")
        self.assertEqual((found["verdict"], found["evaluation"]["policies"][0]["outcome"]), ("accepted", "failed"))
        self.assertEqual(found["accepted_risk"]["reason"], "RiskOwned")

    def test_risks_are_written_in_the_published_words(self):
        risk = self.create("accepted_risk", entityType="vulnerability", entityValue="CVE-2026-9", reason="RiskOwned",
                           context=[{"contextType": "packageNameVersion", "contextValue": "openssl@3.0.7"},
                                    {"contextType": "imagePrefix", "contextValue": f"{self.place.host}/team/"}],
                           expirationDate="2999-01-31")["data"]
        told = risk["attributes"]
        self.assertEqual((told["vulnerability"], told["package"], told["version"], told["image"], told["expires"]),
                         ("CVE-2026-9", "openssl", "3.0.7", f"{self.place.host}/team/*", "2999-01-31T00:00:00Z"))
        self.assertEqual((told["entityType"], told["entityValue"], len(told["context"])), ("vulnerability", "CVE-2026-9", 2))
        listed = self.request("GET", "accepted_risks", query="&limit=100&kind=temporary-ignore")["data"]
        self.assertIn(risk["id"], [item["id"] for item in listed])
        listed = self.request("GET", "accepted_risks", query="&limit=100&kind=not-vulnerable")["data"]
        self.assertNotIn(risk["id"], [item["id"] for item in listed])
        self.create("accepted_risk", 400, entityType="hostName", entityValue="a", reason="RiskOwned")
        self.remove("accepted_risks/" + risk["id"])

    def test_vex_documents_are_applied_and_taken_back(self):
        self.registry_policy()
        document = {"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", "author": "us",
                    "timestamp": "2026-01-02T03:04:05Z", "version": 1, "statements": [
                        {"vulnerability": {"name": "DSA-1-1"}, "status": "not_affected",
                         "justification": "vulnerable_code_not_present",
                         "products": [{"@id": f"pkg:oci/app?repository_url={self.place.host}/team/app&tag=2",
                                       "subcomponents": [{"@id": "pkg:deb/debian/alpha"}]}]}]}
        made = self.create("vex_document", document=document)["data"]
        self.assertEqual((made["attributes"]["document_id"], made["attributes"]["statements"], made["attributes"]["author"]),
                         ("https://example.com/vex/1", 1, "us"))
        self.assertEqual((self.verdict("team/app:1")["verdict"], self.verdict("team/app:2")["verdict"]),
                         ("failed", "accepted"))
        found = self.request("GET", f"images/{self.images['team/app:2']['id']}/findings", query="&accepted=true")["data"]
        self.assertEqual([one["attributes"]["vulnerability"] for one in found], ["DSA-1-1"])
        risk = found[0]["attributes"]["accepted_risk"]
        self.assertEqual((risk["id"], risk["kind"], risk["name"]), (None, "not-vulnerable", "https://example.com/vex/1"))
        self.assertIn('not affected according to VEX document "https://example.com/vex/1", statement 1, of us', risk["description"])
        broken = self.create("vex_document", 400, document={**document, "statements": [{"status": "fixed"}]})
        self.assertEqual(broken["errors"][0]["source"]["pointer"], "/data/attributes/document")
        self.assertIn("statement 1", broken["errors"][0]["detail"])
        self.create("vex_document", 409, document={**document, "timestamp": "2025-01-02T03:04:05Z"})
        self.assertIn("https://example.com/vex/1, us", self.place.expect("vex", "list", "--data", self.place.folder / "data"))
        self.assertIn("deleted", self.place.expect("vex", "delete", made["id"], "--data", self.place.folder / "data"))
        self.assertEqual(self.verdict("team/app:2")["verdict"], "failed")
        self.request("GET", f"vex_documents/{made['id']}", status=404)
        path = self.place.folder / "vex.json"
        path.write_text(json.dumps(document))
        told = self.place.expect("vex", "import", path, "--data", self.place.folder / "data")
        self.assertRegex(told, "^imported .*: 1 statements\n$")
        self.assertEqual(self.verdict("team/app:2")["verdict"], "accepted")
        for one in self.request("GET", "vex_documents")["data"]:
            self.remove("vex_documents/" + one["id"])

    def test_what_a_document_says_is_affected_is_noted_at_the_finding(self):
        self.registry_policy()
        image = self.images["team/app:2"]["id"]

        def document(status, day, **more):
            return {"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/2", "author": "us",
                    "timestamp": f"2026-01-0{day}T03:04:05Z", "version": day, "statements": [
                        {"vulnerability": {"name": "DSA-1-1"}, "status": status, **more,
                         "products": [{"@id": f"pkg:oci/app?repository_url={self.place.host}/team/app&tag=2",
                                       "subcomponents": [{"@id": "pkg:deb/debian/alpha"}]}]}]}

        def notes():
            found = self.request("GET", f"images/{image}/findings")["data"]
            return {one["attributes"]["vulnerability"]: one["attributes"]["vex"] for one in found}
        self.assertEqual(set(notes().values()), {None})
        self.create("vex_document", document=document("under_investigation", 2))
        self.assertEqual(notes()["DSA-1-1"], {"status": "under_investigation", "statement": None, "author": "us",
                                              "document": "https://example.com/vex/2", "time": "2026-01-02T03:04:05Z"})
        self.create("vex_document", document=document("affected", 3, action_statement="switch alpha off"))
        found = notes()
        self.assertEqual((found["DSA-1-1"]["status"], found["DSA-1-1"]["statement"]), ("affected", "switch alpha off"))
        self.assertEqual({note for name, note in found.items() if name != "DSA-1-1"} - {None}, set())
        self.assertEqual(self.verdict("team/app:2")["verdict"], "failed")
        told = self.place.expect("explain", f"{self.place.host}/team/app:2", "DSA-1-1", "--data", self.place.folder / "data")
        self.assertIn('affected, says document "https://example.com/vex/2" of us, 2026-01-03T03:04:05Z: switch alpha off', told)
        self.create("vex_document", document=document("fixed", 4))
        self.assertEqual((notes()["DSA-1-1"], self.verdict("team/app:2")["verdict"]), (None, "accepted"))
        for one in self.request("GET", "vex_documents")["data"]:
            self.remove("vex_documents/" + one["id"])
        self.assertEqual(set(notes().values()), {None})

    def test_a_document_may_have_four_mebibytes(self):
        def document(size):
            return {"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/3", "author": "us",
                    "timestamp": "2026-01-02T03:04:05Z", "version": 1, "tooling": "x" * size, "statements": [
                        {"vulnerability": {"name": "CVE-2026-1"}, "status": "fixed", "products": [{"@id": "pkg:deb/debian/alpha"}]}]}
        made = self.create("vex_document", document=document(4 * 1024 * 1024 - 1000))["data"]
        self.remove("vex_documents/" + made["id"])
        refused = self.announce("vex_documents", 4 * 1024 * 1024 + 1)
        self.assertIn("at most 4194304 bytes are accepted", refused)
        self.assertIn("tidewaiter vex import", refused)
        self.assertIn("at most 1048576 bytes are accepted", self.announce("accepted_risks", 1024 * 1024 + 1))

    def announce(self, path, size):
        """A body that is too large is refused before it is sent."""
        connection = http.client.HTTPConnection(self.place.address, timeout=SECONDS_MAX)
        connection.putrequest("POST", f"/rest/orgs/{self.place.organization}/{path}?version={VERSION}")
        for name, value in (("Authorization", "token " + self.boss), ("Content-Type", "application/vnd.api+json"),
                            ("Content-Length", str(size))):
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        self.assertEqual(answer.status, 413)
        detail = json.loads(answer.read())["errors"][0]["detail"]
        connection.close()
        return detail

    def test_bundles_are_shared_and_copied(self):
        listed = self.request("GET", "rule_bundles")["data"]
        predefined = next(one for one in listed if one["attributes"]["bundle_type"] == "predefined")
        copy = self.create("rule_bundle", name="mine", copy_of=predefined["id"])["data"]
        self.assertEqual(copy["attributes"]["rules"], predefined["attributes"]["rules"])
        self.request("DELETE", f"rule_bundles/{predefined['id']}", status=409)
        self.request("PATCH", f"rule_bundles/{predefined['id']}", {"name": "x"}, "rule_bundle", 409)
        policy = self.registry_policy(bundles=[{"id": copy["id"]}])["data"]
        self.assertEqual(policy["attributes"]["bundles"], [{"id": copy["id"]}])
        resolved = self.request("GET", f"vulnerability_policies/{policy['id']}", query="&resolved=true")["data"]
        self.assertEqual(resolved["attributes"]["bundles"][0]["name"], "mine")
        self.request("DELETE", f"rule_bundles/{copy['id']}", status=409)
        before = self.verdict("team/app:1")["verdict"]
        self.request("PATCH", f"rule_bundles/{copy['id']}", {"rules": [rule("pkgDenyList", (
            "denyPkg", {"packages": [{"name": "gamma"}]}))]}, "rule_bundle")
        self.assertEqual((before, self.verdict("team/app:1")["verdict"], self.verdict("team/clean:1")["verdict"]),
                         ("failed", "passed", "failed"))
        self.create("vulnerability_policy", 400, name="other", bundles=[{"id": "00000000-0000-4000-8000-000000000000"}])
        self.create("vulnerability_policy", 409, name="gate", bundles=[{"id": copy["id"]}])

    def test_ignores_have_the_published_shape(self):
        self.registry_policy()
        condition = {"field": "snyk/asset/finding/v1", "operator": "includes", "value": "DSA-1-1"}
        made = self.request("POST", "policies", {
            "name": "not ours", "action_type": "ignore", "source": "api",
            "action": {"data": {"ignore_type": "not-vulnerable", "reason": "never called"}},
            "conditions_group": {"logical_operator": "and", "conditions": [condition]}}, "policy", 201)["data"]
        self.addCleanup(self.remove, f"policies/{made['id']}")
        attributes = made["attributes"]
        self.assertEqual(set(attributes), {"action", "action_type", "conditions_group", "created_at", "name", "review",
                                           "updated_at"})
        self.assertEqual(attributes["conditions_group"]["conditions"], [condition])
        risk = self.request("GET", f"accepted_risks/{made['id']}")["data"]["attributes"]
        self.assertEqual((risk["vulnerability"], risk["kind"], risk["reason"], risk["description"]),
                         ("DSA-1-1", "not-vulnerable", "RiskNotRelevant", "never called"))
        self.assertEqual(self.verdict("team/app:2")["verdict"], "accepted")
        self.assertEqual([one["id"] for one in self.request("GET", "policies")["data"]], [made["id"]])
        self.assertEqual(self.request("GET", "policies", query="&review=pending")["data"], [])
        self.request("POST", "policies", {
            "name": "n", "action_type": "ignore", "action": {"data": {"ignore_type": "temporary-ignore"}},
            "conditions_group": {"logical_operator": "and", "conditions": [condition]}}, "policy", 400)

    def test_lists_sort_filter_and_page(self):
        for number in range(25):
            self.create("accepted_risk", vulnerability=f"CVE-2026-{number:04}", reason="RiskOwned",
                        **({"expires": f"20{30 + number}-01-01"} if number % 2 else {}))
        pages, query = [], "&limit=10&order_by=expires&order_direction=asc"
        while query:
            document = self.request("GET", "accepted_risks", query=query)
            pages.append([one["attributes"].get("expires") for one in document["data"]])
            following = document["links"].get("next")
            query = "&" + following.split("?", 1)[1].replace(f"version={VERSION}&", "") if following else None
            query = query and query.replace(f"&version={VERSION}", "")
        ends = [end for page in pages for end in page]
        self.assertEqual((len(pages), len(ends)), (3, 25))
        self.assertEqual(ends, sorted(ends, key=lambda end: end or "9"))
        self.assertEqual(len(self.request("GET", "accepted_risks", query="&limit=100&expires_never=true")["data"]), 13)
        self.assertEqual(len(self.request("GET", "accepted_risks", query="&limit=100&expires_before=2034-01-01T00:00:00Z")
                             ["data"]), 2)
        self.assertEqual(len(self.request("GET", "accepted_risks", query="&search=2026-0007")["data"]), 1)
        self.assertEqual(len(self.request("GET", "accepted_risks", query="&vulnerability=cve-2026-0003")["data"]), 1)
        self.assertEqual(self.request("GET", "accepted_risks", query="&status=expired")["data"], [])

    def review(self, image, namespace="default", by_header=True, query="", status=200, **more):
        """The answer to a review of a Deployment with this image, or of the object that is given."""
        pod = {"spec": {"containers": [{"name": "c", "image": image}]}}
        body = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "705ab4f5", "namespace": namespace, "object": {"kind": "Deployment", "spec": {"template": pod}}, **more}}
        path = f"/admission/{self.place.organization}"
        headers = {"Content-Type": "application/json"}
        if by_header:
            headers["Authorization"] = "Bearer " + self.scanner()
        else:
            path += "/" + self.scanner()
        connection = http.client.HTTPConnection(self.place.address, timeout=SECONDS_MAX)
        connection.request("POST", path + "?timeout=10s" + query, json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.assertEqual(answer.status, status, text)
        if status != 200:
            return None
        document = json.loads(text)
        self.assertEqual((document["apiVersion"], document["kind"], document["response"]["uid"]),
                         ("admission.k8s.io/v1", "AdmissionReview", "705ab4f5"))
        return document["response"]

    @classmethod
    def scanner(cls):
        if not hasattr(cls, "scanner_token"):
            cls.scanner_token = cls.place.expect("token", "create", "cluster", "--role", "ci-scanner").strip()
        return cls.scanner_token

    def admission_policy(self, *scopes):
        self.create("vulnerability_policy", name="cluster", bundles=[{"name": "b", "rules": [SEVERE]}],
                    stages=[{"name": "admission_control", "configuration": list(scopes)}])

    def test_admission_rejects_warns_and_scans(self):
        self.assertEqual(self.review(f"{self.place.host}/team/app:1"), {"uid": "705ab4f5", "allowed": True})
        self.admission_policy(
            {"scope": "prod-*", "behaviour": "reject", "unknownImageAction": "reject"},
            {"scope": "test", "behaviour": "warn", "unknownImageAction": "rejectAndScan"})
        refused = self.review(f"{self.place.host}/team/app:1", "prod-web")
        self.assertFalse(refused["allowed"])
        self.assertEqual(refused["status"]["code"], 403)
        self.assertIn('policy "cluster", "b" failed', refused["status"]["message"])
        self.assertIn("DSA-1-1 in alpha", refused["status"]["message"])
        warned = self.review(f"{self.place.host}/team/app:1", "test", by_header=False)
        self.assertTrue(warned["allowed"])
        self.assertIn("failed", warned["warnings"][0])
        self.assertEqual(self.review(f"{self.place.host}/team/clean:1", "prod-web"), {"uid": "705ab4f5", "allowed": True})
        digest = self.images["team/app:1"]["attributes"]["digest"]
        self.assertFalse(self.review(f"{self.place.host}/team/app@{digest}", "prod-web")["allowed"])
        unknown = self.review(f"{self.place.host}/team/unknown:1", "prod-web")
        self.assertIn("was never scanned", unknown["status"]["message"])
        queued = self.review(f"{self.place.host}/team/unknown:2", "test")
        self.assertIn("its scan is queued", queued["status"]["message"])
        self.assertIn("no integration covers", self.review("elsewhere.example/a:1", "test")["status"]["message"])
        self.assertIn("never scanned", self.review("not an image", "prod-web")["status"]["message"])
        elsewhere = self.review(f"{self.place.host}/team/unknown:1", "elsewhere")
        self.assertTrue(elsewhere["allowed"] and elsewhere["warnings"])
        self.create("accepted_risk", vulnerability="DSA-1-1", reason="RiskOwned", stages=["admission_control"])
        self.assertTrue(self.review(f"{self.place.host}/team/app:2", "prod-web")["allowed"])
        self.assertFalse(self.review(f"{self.place.host}/team/app:1", "prod-web")["allowed"])

    def test_admission_looks_into_every_kind_of_object(self):
        self.admission_policy({"scope": "*", "behaviour": "reject", "unknownImageAction": "warn"})
        bad = {"initContainers": [{"image": f"{self.place.host}/team/app:1"}]}
        for thing in ({"spec": bad}, {"spec": {"template": {"spec": bad}}}, {"template": {"spec": bad}},
                      {"spec": {"jobTemplate": {"spec": {"template": {"spec": bad}}}}},
                      {"spec": {"ephemeralContainers": bad["initContainers"]}}):
            self.assertFalse(self.review("", object=thing)["allowed"], thing)
        self.assertTrue(self.review("", object=None, operation="DELETE")["allowed"])
        many = {"spec": {"containers": [{"image": f"a/b:{number}"} for number in range(101)]}}
        self.review("", object=many, status=400)
        self.review("", uid="", status=400)
        self.review("", query="&fail=sometimes", status=400)

    def test_what_cannot_be_told_fails_open_or_closed(self):
        self.create("vulnerability_policy", name="cluster", stages=[{
            "name": "admission_control", "configuration": [{"scope": "*", "behaviour": "reject"}]}],
            bundles=[{"name": "b", "rules": [rule("vulnSeverityAndThreats", ("vulnEpssScoreGte", {"score": 1}))]}])
        self.assertFalse(self.review(f"{self.place.host}/team/app:1")["allowed"])
        opened = self.review(f"{self.place.host}/team/app:1", query="&fail=open")
        self.assertTrue(opened["allowed"])
        self.assertIn("could not tell", opened["warnings"][0])

    def test_the_command_line_does_the_same(self):
        policy = self.place.folder / "policy.yml"
        policy.write_text("name: by hand\nstages: [{name: registry}]\nbundles:\n  - name: b\n    rules:\n      - ruleType: "
                          "vulnSeverityAndThreats\n        predicates: [{type: vulnSeverity, extra: {level: high}}]\n")
        self.assertIn('made vulnerability policy "by hand"', self.place.expect("policy", "set", policy))
        self.addCleanup(lambda: self.home("policy", "delete", "by hand"))
        self.assertIn("changed", self.place.expect("policy", "set", policy))
        self.assertRegex(self.place.expect("policy", "list"), r"by hand +1 +1 .* registry")
        failed = self.home("policy", "evaluate", f"{self.place.host}/team/app:2")
        self.assertEqual((failed.returncode, failed.stderr), (1, ""))
        self.assertIn("failed", failed.stdout)
        identifier = self.place.expect("risk", "accept", "--vulnerability", "DSA-1-1", "--reason", "RiskOwned",
                                       "--expires", "2999-01-01", "--repository", "team/*").strip()
        self.assertEqual(self.home("policy", "evaluate", f"{self.place.host}/team/app:2").returncode, 0)
        document = json.loads(self.place.expect("policy", "evaluate", f"{self.place.host}/team/app:2", "--format", "json"))
        self.assertEqual([one["verdict"] for one in document], ["accepted"])
        self.assertRegex(self.place.expect("risk", "list"), rf"{identifier} \S+ +2999-01-01 +temporary-ignore +RiskOwned")
        self.place.expect("risk", "revoke", identifier)
        self.assertNotIn(identifier, self.place.expect("risk", "list", "--all"))
        self.assertEqual(self.home("risk", "accept", "--reason", "RiskOwned").returncode, 3)
        self.assertEqual(self.home("risk", "revoke", identifier).returncode, 4)
        self.place.expect("policy", "delete", "by hand")
        self.assertEqual(self.home("policy", "delete", "by hand").returncode, 4)

    def test_risks_travel_as_openvex(self):
        self.assertEqual(self.home("risk", "export").returncode, 4)
        for options in (("--vulnerability", "DSA-1-1", "--reason", "RiskNotRelevant", "--image", f"{self.place.host}/team/app",
                         "--tag", "2"),
                        ("--vulnerability", "DSA-2-1", "--reason", "RiskOwned"), ("--package", "gamma", "--reason", "RiskOwned")):
            identifier = self.place.expect("risk", "accept", *options).strip()
            self.addCleanup(self.remove, "accepted_risks/" + identifier)
        exported = self.home("risk", "export")
        self.assertIn("1 accepted risks are left out", exported.stderr)
        document = json.loads(exported.stdout)
        self.assertEqual([(one["vulnerability"]["name"], one["status"]) for one in document["statements"]],
                         [("DSA-1-1", "not_affected"), ("DSA-2-1", "affected")])
        product = document["statements"][0]["products"][0]
        self.assertEqual(product["@id"], f"pkg:oci/app?repository_url={self.place.host}/team/app&tag=2")
        self.assertRegex(product["subcomponents"][0]["@id"], "^pkg:deb/debian/alpha")
        self.assertRegex(document["statements"][1]["products"][0]["@id"], "^pkg:deb/debian/beta")
        for risk in self.request("GET", "accepted_risks", query="&limit=100")["data"]:
            self.remove("accepted_risks/" + risk["id"])
        place = self.place.folder / "ours.vex.json"
        place.write_text(exported.stdout)
        self.registry_policy()
        self.assertIn("1 risks accepted; 1 statements accept nothing", self.place.expect("risk", "import", place))
        self.assertIn("0 risks accepted", self.place.expect("risk", "import", place))
        self.assertEqual((self.verdict("team/app:2")["verdict"], self.verdict("team/app:1")["verdict"]),
                         ("accepted", "failed"))
        for risk in self.request("GET", "accepted_risks", query="&limit=100")["data"]:
            self.assertEqual((risk["attributes"]["package"], risk["attributes"]["tag"]), ("alpha", "2"))
            self.remove("accepted_risks/" + risk["id"])
        place.write_text("{}")
        self.assertEqual(self.home("risk", "import", place).returncode, 3)

    def home(self, *words):
        return self.place.home.run(*words)

    def test_says_where_a_document_is_wrong(self):
        for attributes, pointer in (
                ({"reason": "RiskOwned"}, "/data/attributes"),
                ({"vulnerability": "CVE-1", "reason": "Bored"}, "/data/attributes/reason"),
                ({"vulnerability": "CVE-1", "reason": "Custom"}, "/data/attributes"),
                ({"image": "a@sha256:1", "reason": "RiskOwned"}, "/data/attributes/image"),
                ({"image": "*", "reason": "RiskOwned"}, "/data/attributes/image")):
            answer = self.create("accepted_risk", 400, **attributes)
            self.assertEqual(answer["errors"][0]["source"]["pointer"], pointer, answer)


if __name__ == "__main__":
    unittest.main()
