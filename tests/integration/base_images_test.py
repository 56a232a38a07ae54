#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Custom base images over the API and the command line, what they change in the advice to an image that is built on one, and stored
policies at `tidewaiter scan`.

usage: base_images_test.py TIDEWAITER"""
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import unittest

from gated_server import SECONDS_MAX, VERSION, ServedTest, layer
from image_layout import Layout, OS_RELEASE, paragraph, status, tar

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
KIND = "custom_base_image"


class BaseImagesTest(ServedTest):
    program = PROGRAM

    def put_in_order(self):
        """Two repositories of bases, an application on the oldest tag of one, all scanned; the projects by their names."""
        old = layer(("openssl", "3.0.9-1"), ("zlib1g", "1:1.2.13-1"))
        new = layer(("openssl", "3.0.11-1"), ("zlib1g", "1:1.2.13-1"))
        pushed = {"team/base:1.9.0": (old,), "team/base:1.10.0": (new,), "team/base:2.0.0": (layer(("openssl", "3.0.12-1")),),
                  "team/another:12": (layer(("zlib1g", "1:1.3-1")),),
                  "team/app:1": (old, layer(("openssl", "3.0.9-1"), ("zlib1g", "1:1.2.13-1"), ("app", "1-1")))}
        for name, layers in pushed.items():
            self.push(name, *layers)
        self.token = self.expect("token", "create", "boss", "--role", "admin").strip()
        self.serve()
        self.expect("integration", "scan", "connected")
        names = {"%s/%s" % (self.host, name) for name in pushed}
        self.wait(lambda: {name for name, image in self.images().items() if image["state"] == "scanned"} == names, "not all were scanned")
        found = self.ask("GET", "$/projects?limit=100", 200)["data"]
        return {name: next(one["id"] for one in found if one["attributes"]["name"].endswith(name)) for name in pushed}

    def send(self, method, path, status, attributes=None, token=None):
        """(headers, document) of an answer that need not have a body."""
        body = {"data": {"type": KIND, "attributes": attributes}} if attributes is not None else None
        with contextlib.closing(http.client.HTTPConnection(self.address, timeout=SECONDS_MAX)) as connection:
            connection.request(method, path + "?version=" + VERSION, json.dumps(body) if body else None, {
                "Authorization": "token " + (token or self.token), "Content-Type": "application/vnd.api+json"})
            answer = connection.getresponse()
            text = answer.read()
        self.assertEqual(answer.status, status, (method, path, text))
        return answer.headers, json.loads(text) if text else None

    def listed(self, query=""):
        found = self.ask("GET", "$/custom_base_images?limit=100" + query, 200)["data"]
        return [one["attributes"]["repository"].rsplit("/", 1)[1] + ":" + one["attributes"]["tag"] for one in found]

    def advice(self, name):
        found = self.ask("GET", "$/images?limit=100", 200)["data"]
        image = next(one["id"] for one in found if one["attributes"]["reference"].endswith(name))
        told = self.ask("GET", "$/images/%s/base" % image, 200)["data"]["attributes"]
        return told["base_image"], [(update["kind"], update["reference"].rsplit("/", 1)[1],
                                     [one["vulnerability"] for one in update["removed"]]) for update in told["updates"]]

    def test_the_routes(self):
        projects = self.put_in_order()
        place = "/rest/orgs/%s/custom_base_images" % self.organization
        base = self.host + "/team/base:1.9.0"
        self.assertEqual(self.advice("team/app:1"), (base, [
            ("minor", "base:1.10.0", ["DSA-1-1"]), ("major", "base:2.0.0", ["DSA-1-1"])]))
        made = {}
        for name, schema in (("team/base:1.9.0", {"type": "semver"}), ("team/base:1.10.0", None), ("team/another:12", None)):
            headers, answer = self.send("POST", place, 201, {
                "project_id": projects[name], "include_in_recommendations": name != "team/base:1.9.0",
                **({"versioning_schema": schema} if schema else {})})
            made[name] = answer["data"]["id"]
            self.assertEqual(headers["Location"], "%s/%s" % (place, made[name]))
            self.assertEqual(self.send("GET", headers["Location"], 200)[1]["data"], answer["data"])
        self.send("POST", place, 409, {"project_id": projects["team/another:12"], "include_in_recommendations": True})
        self.send("POST", place, 404, {"project_id": self.organization, "include_in_recommendations": True})
        refused = self.send("POST", place, 400, {"project_id": projects["team/app:1"], "include_in_recommendations": True,
                                                 "versioning_schema": {"type": "semver"}})[1]
        self.assertIn("versioning_schema", refused["errors"][0]["source"]["pointer"])
        # Only what is recommended of a repository that has custom base images is offered.
        self.assertEqual(self.advice("team/app:1"), (base, [("minor", "base:1.10.0", ["DSA-1-1"])]))
        self.assertEqual(self.listed(), ["base:1.9.0", "base:1.10.0", "another:12"])
        self.assertEqual(self.listed("&sort_by=repository"), ["another:12", "base:1.10.0", "base:1.9.0"])
        self.assertEqual(self.listed("&sort_by=tag"), ["base:1.10.0", "base:1.9.0", "another:12"])
        self.assertEqual(self.listed("&sort_by=version"), ["another:12", "base:1.9.0", "base:1.10.0"])
        self.assertEqual(self.listed("&sort_by=version&sort_direction=DESC"), ["base:1.10.0", "base:1.9.0", "another:12"])
        self.assertEqual(self.listed("&repository=team/base&include_in_recommendations=true"), ["base:1.10.0"])
        for query in ("sort_by=age", "sort_by=tag&sort_direction=up"):
            self.ask("GET", "$/custom_base_images?" + query, 400)
        self.ask("GET", "$/custom_base_images?sort_by=tag&starting_after=x", 400)
        edited = self.send("PATCH", "%s/%s" % (place, made["team/base:1.10.0"]), 200, {"include_in_recommendations": False})[1]
        self.assertEqual((edited["data"]["attributes"]["include_in_recommendations"], edited["data"]["attributes"]["versioning_schema"]),
                         (False, {"type": "semver"}))
        self.assertEqual(self.advice("team/app:1"), (base, []))
        reader = self.expect("token", "create", "reader", "--role", "viewer").strip()
        self.send("DELETE", "%s/%s" % (place, made["team/another:12"]), 403, token=reader)
        for name in made:
            self.send("DELETE", "%s/%s" % (place, made[name]), 204)
            self.send("GET", "%s/%s" % (place, made[name]), 404)
        self.assertEqual(self.listed(), [])
        self.assertEqual(len(self.advice("team/app:1")[1]), 2)

    def test_the_commands(self):
        self.put_in_order()
        made = self.expect("base-image", "set", "team/base:1.9.0", "--recommend", "no", "--versioning", "semver")
        self.assertRegex(made, "^added [0-9a-f-]{36}$")
        self.assertRegex(self.expect("base-image", "set", "team/base:1.10.0"), "^added ")
        self.assertRegex(self.expect("base-image", "set", "team/base:2.0.0", "--recommend", "no"), "^added ")
        shown = self.expect("image", "base", self.host + "/team/app:1")
        self.assertIn("base image: %s/team/base:1.9.0, 1 layers, 1 vulnerabilities\n" % self.host, shown)
        self.assertRegex(shown, r"minor +%s/team/base:1\.10\.0: removes 1, adds 0, leaves 0\n +- .*DSA-1-1 +openssl" % self.host)
        self.assertNotIn("2.0.0", shown)
        self.assertRegex(self.expect("base-image", "set", "team/base:2.0.0", "--recommend", "yes"), "^changed ")
        self.assertIn("major", self.expect("image", "base", self.host + "/team/app:1"))

        def tags(*words):
            return [line.split()[1].rsplit(":", 1)[1] for line in self.expect("base-image", "list", *words).splitlines()]
        self.assertEqual(tags(), ["1.9.0", "1.10.0", "2.0.0"])
        self.assertEqual(tags("--sort", "tag"), ["1.10.0", "1.9.0", "2.0.0"])
        self.assertEqual(tags("--sort", "version", "--descending"), ["2.0.0", "1.10.0", "1.9.0"])
        self.assertEqual(tags("--repository", "team/another"), [])
        self.assertIn("not recommended  semver", self.expect("base-image", "list"))
        for words, text in ((("set", "team/another:12", "--versioning", "semver"), "MAJOR.MINOR.PATCH"),
                            (("set", "team/another:12", "--versioning", "size"), "single-selection"),
                            (("set", "team/another:12", "--selected"), "--versioning single-selection"),
                            (("set", "team/another:12", "--expression", "a"), "--versioning custom"),
                            (("set", "team/another:12", "--recommend", "perhaps"), "yes or no"),
                            (("set", "team/nothing:1"), "team/nothing:1"),
                            (("list", "--sort", "age"), "version"), (("delete", "x"), "UUID")):
            done = self.home.run("base-image", *words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(text, done.stderr)
        self.expect("base-image", "delete", made.split()[1])
        self.assertEqual(tags(), ["1.10.0", "2.0.0"])

    def test_a_scan_takes_a_stored_policy_by_its_name(self):
        layout = Layout(self.folder / "layout")
        layout.add_layer(tar({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(paragraph("openssl", "3.0.9-1"))}))
        reference = layout.finish()
        for name, vulnerability in (("strict", "DSA-1-1"), ("mild", "DSA-9-9")):
            place = self.folder / (name + ".json")
            place.write_text(json.dumps({"name": name, "bundles": [{"name": name, "rules": [{"ruleType": "vulnDenyList", "predicates": [
                {"type": "denyCVE", "extra": {"vulnIds": [vulnerability]}}]}]}]}))
            self.expect("policy", "set", place)

        def scan(*words):
            return subprocess.run([PROGRAM, "scan", reference, "--format", "json", "--index", self.folder / "data" / "index", *words],
                                  env=self.home.environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        for names, status_of, outcomes in ((("strict",), 1, ["failed"]), (("mild",), 0, ["passed"]),
                                           (("mild", "strict"), 1, ["failed", "passed"])):
            done = scan(*(word for name in names for word in ("--policy", name)))
            self.assertEqual(done.returncode, status_of, done.stderr)
            policies = json.loads(done.stdout)["evaluation"]["policies"]
            self.assertEqual(sorted(policy["outcome"] for policy in policies), outcomes)
        done = scan("--policy", "nothing")
        self.assertNotIn(done.returncode, (0, 1, 2))
        self.assertIn("policy list", done.stderr)


if __name__ == "__main__":
    signal.alarm(900)
    unittest.main()
