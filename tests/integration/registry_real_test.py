#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our registry client against the real docker-registry, filled by skopeo: plain and with TLS and a password.
usage: registry_real_test.py PROBE"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import real_registry
from tiny_registry import Layout

PROBE = sys.argv.pop(1)
TOOLS = real_registry.TOOLS + ["htpasswd", "openssl"]


def write_layout(folder):
    """An OCI layout with two platforms and an attestation under one name, as BuildKit writes it."""
    layout = Layout(folder)
    images = [layout.image([{"etc/%s-%d" % (architecture, number): os.urandom(150000).hex() for number in range(3)}],
                           architecture) for architecture in ("amd64", "arm64")]
    attestation = layout.attestation()
    attestation["annotations"] = {"vnd.docker.reference.type": "attestation-manifest"}
    index = layout.index(images + [attestation])
    layout.name("multi", index)
    layout.name("single", images[0])
    two = layout.image([{"lower": "text"}, {"upper": "text"}],
                       history=[{"created_by": "ADD lower"}, {"created_by": "ADD upper"}])
    layout.name("two", two)
    with open("%s/blobs/sha256/%s" % (folder, two["digest"].removeprefix("sha256:")), "rb") as file:
        layers = [layer["digest"] for layer in json.load(file)["layers"]]
    return index["digest"], [entry["digest"] for entry in images], layers


class RealRegistryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tidewaiter-registry-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.index, cls.images, cls.layers = write_layout(cls.folder + "/layout")
        real_registry.make_certificates(cls.folder)
        real_registry.make_passwords(cls.folder, "alice", "s3cret")
        cls.plain = cls.serve("plain", sections="catalog: {maxentries: 2}\ncompatibility: {schema1: {enabled: true}}\n")
        cls.secured = cls.serve("secured", real_registry.server_tls(cls.folder), real_registry.passwords(cls.folder),
                                log_level="info")
        for name in ("demo/multi", "a/one", "b/two", "c/three"):
            cls.copy("multi" if name == "demo/multi" else "single", cls.plain, name + ":1.0", "--all",
                     "--dest-tls-verify=false")
        cls.copy("single", cls.plain, "demo/multi:docker", "--dest-tls-verify=false", "--format", "v2s2")
        cls.copy("two", cls.plain, "old/app:1.0", "--dest-tls-verify=false", "--format", "v2s1")
        cls.copy("single", cls.secured, "demo/app:1.0", "--dest-creds", "alice:s3cret", "--dest-cert-dir",
                 cls.folder + "/trust")
        cls.secured_registry = cls.secured
        cls.plain, cls.secured = cls.plain.host, cls.secured.host

    @classmethod
    def serve(cls, name, http="", sections="", **more):
        registry = real_registry.RealRegistry(cls.folder, name, http, sections, **more)
        cls.addClassCleanup(registry.stop)
        return registry

    @classmethod
    def copy(cls, image, registry, target, *options):
        registry.copy("oci:layout:" + image, target, *options)

    def probe(self, *arguments, environment=None, status=0):
        with tempfile.TemporaryDirectory() as home:
            run = subprocess.run([PROBE, "--allow", "127.0.0.0/8", *arguments], text=True, stdout=subprocess.PIPE,
                                 timeout=60, check=False,
                                 env={"HOME": home, "PATH": "/usr/bin:/bin", **(environment or {}),
                                      **{k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}})
        self.assertEqual(run.returncode, status, run.stdout)
        self.assertNotIn("s3cret", run.stdout)
        return run.stdout.splitlines()

    def test_loopback_falls_back_to_http(self):
        self.assertEqual(self.probe("ping", self.plain), ["ok http://" + self.plain])

    def test_lists_the_whole_catalog(self):
        self.assertEqual(self.probe("repositories", self.plain),
                         ["a/one", "b/two", "c/three", "demo/multi", "old/app", "5 names, 0 skipped, complete"])

    def test_lists_tags_with_their_digests(self):
        lines = self.probe("entries", self.plain, "demo/multi")
        self.assertIn("1.0 " + self.index, lines)
        self.assertEqual(len([line for line in lines if line.startswith("docker sha256:")]), 1)
        self.assertEqual(lines[-1], "2 names, 0 skipped, complete")

    def test_resolves_and_hashes_a_tag(self):
        self.assertEqual(self.probe("resolve", self.plain + "/demo/multi:1.0"), [self.index])
        self.assertTrue(self.probe("manifest", self.plain + "/demo/multi:1.0")[0].startswith(self.index))

    def test_pulls_every_platform_but_the_attestation(self):
        lines = self.probe("pull", self.plain + "/demo/multi:1.0")
        self.assertEqual(lines[0], "root %s 2 images 0 missing" % self.index)
        self.assertEqual([line.split()[2] for line in lines if line.startswith("image")],
                         ["linux/amd64", "linux/arm64"])
        self.assertEqual(len([line for line in lines if line.startswith("layer")]), 2)

    def test_pulls_one_platform_by_digest(self):
        lines = self.probe("pull", "%s/demo/multi@%s" % (self.plain, self.index), "linux/arm64")
        self.assertEqual(lines[1].split()[:2], ["image", self.images[1]])

    def test_pulls_docker_schema_2(self):
        self.assertIn("image ", "\n".join(self.probe("pull", self.plain + "/demo/multi:docker")))

    def test_pulls_docker_schema_1_by_tag_and_by_digest(self):
        digest = self.probe("resolve", self.plain + "/old/app:1.0")[0]
        lines = self.probe("pull", self.plain + "/old/app:1.0")
        self.assertEqual(lines[0], "root %s 1 images 0 missing" % digest)
        self.assertEqual(lines[1].split()[:3], ["image", digest, "linux/amd64"])
        self.assertEqual([line.split()[1] for line in lines[2:4]], self.layers)
        self.assertEqual(self.probe("pull", "%s/old/app@%s" % (self.plain, digest)), lines)

    def test_names_what_does_not_exist(self):
        self.assertIn("MANIFEST_UNKNOWN", self.probe("pull", self.plain + "/demo/multi:2.0", status=4)[0])
        self.assertIn("NAME_UNKNOWN", self.probe("tags", self.plain, "no/such", status=4)[0])

    def test_trusts_only_the_given_certificate(self):
        line = self.probe("ping", self.secured, status=6)[0]
        self.assertIn("certificate", line)

    def test_a_password_is_wanted_and_checked(self):
        trust = ["--ca", self.folder + "/ca.crt"]
        alice = {"TIDEWAITER_REGISTRY_USERNAME": "alice", "TIDEWAITER_REGISTRY_PASSWORD": "s3cret"}
        line = self.probe(*trust, "pull", self.secured + "/demo/app:1.0", status=5)[0]
        self.assertIn("none were given", line)
        wrong = dict(alice, TIDEWAITER_REGISTRY_PASSWORD="other")
        self.assertIn("wrong", self.probe(*trust, "ping", self.secured, environment=wrong, status=5)[0])
        self.assertEqual(self.probe(*trust, "ping", self.secured, environment=alice), ["ok https://" + self.secured])
        self.assertIn("image ", "\n".join(self.probe(*trust, "pull", self.secured + "/demo/app:1.0",
                                                     environment=alice)))

    def test_speaks_http_2_over_one_connection(self):
        """The registry's own log tells: the protocol in its access lines, the caller's port in the others."""
        seen = len(self.secured_registry.access_lines()), len(self.secured_registry.answered())
        alice = {"TIDEWAITER_REGISTRY_USERNAME": "alice", "TIDEWAITER_REGISTRY_PASSWORD": "s3cret"}
        self.probe("--ca", self.folder + "/ca.crt", "pull", self.secured + "/demo/app:1.0", environment=alice)
        lines = self.secured_registry.access_lines()[seen[0]:]
        self.assertGreaterEqual(len(lines), 4, lines)  # a challenge, the manifest, its config and its layer
        self.assertEqual({line.split('"')[1].split()[-1] for line in lines}, {"HTTP/2.0"})
        callers = {line["http.request.remoteaddr"] for line in self.secured_registry.answered()[seen[1]:]}
        self.assertEqual(len(callers), 1, callers)

    def test_logs_in_with_what_skopeo_wrote(self):
        real_registry.run_tool(self.folder, "skopeo", "login", "--authfile", self.folder + "/config.json", "--cert-dir",
                               self.folder + "/trust", "-u", "alice", "-p", "s3cret", self.secured)
        lines = self.probe("--ca", self.folder + "/ca.crt", "tags", self.secured, "demo/app",
                           environment={"DOCKER_CONFIG": self.folder})
        self.assertEqual(lines[0], "1.0")

    def test_ssl_cert_file_is_respected(self):
        lines = self.probe("ping", self.secured, environment={"SSL_CERT_FILE": self.folder + "/ca.crt"}, status=5)
        self.assertIn("denied", lines[0])


if __name__ == "__main__":
    absent = real_registry.absent(TOOLS)
    if absent:
        print("skipped: %s not installed" % ", ".join(absent))
        sys.exit(77)
    unittest.main()
