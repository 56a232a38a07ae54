#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our registry client against the real docker-registry, filled by skopeo: plain and with TLS and a password.
usage: registry_real_test.py PROBE"""
import gzip
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

PROBE = sys.argv.pop(1)
TOOLS = ["docker-registry", "skopeo", "htpasswd", "openssl"]
READY_SECONDS_MAX = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_layout(folder):
    """An OCI layout with two platforms and an attestation under one name, as BuildKit writes it."""
    os.makedirs(folder + "/blobs/sha256")

    def put(content, media_type, **more):
        name = hashlib.sha256(content).hexdigest()
        with open(folder + "/blobs/sha256/" + name, "wb") as file:
            file.write(content)
        return {"mediaType": media_type, "digest": "sha256:" + name, "size": len(content), **more}

    def document(value, media_type, **more):
        return put(json.dumps(value).encode(), media_type, **more)

    def image(architecture):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as tar:
            for number in range(3):
                entry = tarfile.TarInfo("etc/%s-%d" % (architecture, number))
                entry.size = 300000
                tar.addfile(entry, io.BytesIO(os.urandom(300000)))
        layer = put(gzip.compress(data.getvalue(), 1), "application/vnd.oci.image.layer.v1.tar+gzip")
        diff_id = "sha256:" + hashlib.sha256(data.getvalue()).hexdigest()
        config = document({"os": "linux", "architecture": architecture,
                           "rootfs": {"type": "layers", "diff_ids": [diff_id]}},
                          "application/vnd.oci.image.config.v1+json")
        return document({"schemaVersion": 2, "config": config, "layers": [layer]},
                        "application/vnd.oci.image.manifest.v1+json",
                        platform={"os": "linux", "architecture": architecture})

    images = [image("amd64"), image("arm64")]
    statement = document({}, "application/vnd.in-toto+json")
    empty = document({"os": "unknown", "architecture": "unknown",
                      "rootfs": {"type": "layers", "diff_ids": [statement["digest"]]}},
                     "application/vnd.oci.image.config.v1+json")
    attestation = document({"schemaVersion": 2, "config": empty, "layers": [statement]},
                           "application/vnd.oci.image.manifest.v1+json",
                           platform={"os": "unknown", "architecture": "unknown"},
                           annotations={"vnd.docker.reference.type": "attestation-manifest"})
    index = document({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                      "manifests": images + [attestation]}, "application/vnd.oci.image.index.v1+json")
    index["annotations"] = {"org.opencontainers.image.ref.name": "multi"}
    single = dict(images[0], annotations={"org.opencontainers.image.ref.name": "single"})
    with open(folder + "/index.json", "w", encoding="utf-8") as file:
        json.dump({"schemaVersion": 2, "manifests": [index, single]}, file)
    with open(folder + "/oci-layout", "w", encoding="utf-8") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')
    return index["digest"], [entry["digest"] for entry in images]


class RealRegistryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tidewaiter-registry-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.index, cls.images = write_layout(cls.folder + "/layout")
        cls.make_certificates()
        cls.plain = cls.serve("plain", "", 'catalog: {maxentries: 2}\n')
        cls.secured = cls.serve("secured", "tls: {certificate: %s/server.crt, key: %s/server.key}" %
                                (cls.folder, cls.folder),
                                "auth: {htpasswd: {realm: test-realm, path: %s/htpasswd}}\n" % cls.folder)
        for name in ("demo/multi", "a/one", "b/two", "c/three"):
            cls.copy("multi" if name == "demo/multi" else "single", cls.plain, name + ":1.0",
                     "--dest-tls-verify=false")
        cls.copy("single", cls.plain, "demo/multi:docker", "--dest-tls-verify=false", "--format", "v2s2")
        cls.copy("single", cls.secured, "demo/app:1.0", "--dest-creds", "alice:s3cret", "--dest-cert-dir",
                 cls.folder + "/trust")

    @classmethod
    def run_tool(cls, *command):
        done = subprocess.run(command, cwd=cls.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError("%s: %s" % (" ".join(command), done.stdout))
        return done.stdout

    @classmethod
    def make_certificates(cls):
        cls.run_tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out",
                     "server.crt", "-days", "2", "-subj", "/CN=localhost", "-addext",
                     "subjectAltName=DNS:localhost,IP:127.0.0.1")
        os.mkdir(cls.folder + "/trust")
        shutil.copy(cls.folder + "/server.crt", cls.folder + "/trust/ca.crt")
        with open(cls.folder + "/htpasswd", "w", encoding="utf-8") as file:
            file.write(cls.run_tool("htpasswd", "-Bbn", "alice", "s3cret"))

    @classmethod
    def serve(cls, name, http, more):
        host = "127.0.0.1:%d" % free_port()
        with open("%s/%s.yml" % (cls.folder, name), "w", encoding="utf-8") as file:
            file.write("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/%s}}\n%s"
                       "http:\n  addr: %s\n  %s\n" % (cls.folder, name, more, host, http))
        with open("%s/%s.log" % (cls.folder, name), "wb") as log:
            server = subprocess.Popen(["docker-registry", "serve", name + ".yml"], cwd=cls.folder, stdout=log,
                                      stderr=log)
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.kill)
        cls.wait_for(server, host)
        return host

    @staticmethod
    def wait_for(server, host):
        deadline = time.monotonic() + READY_SECONDS_MAX
        name, port = host.split(":")
        while time.monotonic() < deadline and server.poll() is None:
            try:
                socket.create_connection((name, int(port)), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("the registry did not come up")

    @classmethod
    def copy(cls, image, host, target, *options):
        cls.run_tool("skopeo", "copy", "-q", "--all", *options, "oci:%s/layout:%s" % (cls.folder, image),
                     "docker://%s/%s" % (host, target))

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
                         ["a/one", "b/two", "c/three", "demo/multi", "4 names, 0 skipped, complete"])

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

    def test_names_what_does_not_exist(self):
        self.assertIn("MANIFEST_UNKNOWN", self.probe("pull", self.plain + "/demo/multi:2.0", status=4)[0])
        self.assertIn("NAME_UNKNOWN", self.probe("tags", self.plain, "no/such", status=4)[0])

    def test_trusts_only_the_given_certificate(self):
        line = self.probe("ping", self.secured, status=6)[0]
        self.assertIn("certificate", line)

    def test_a_password_is_wanted_and_checked(self):
        trust = ["--ca", self.folder + "/server.crt"]
        alice = {"TIDEWAITER_REGISTRY_USERNAME": "alice", "TIDEWAITER_REGISTRY_PASSWORD": "s3cret"}
        line = self.probe(*trust, "pull", self.secured + "/demo/app:1.0", status=5)[0]
        self.assertIn("none were given", line)
        wrong = dict(alice, TIDEWAITER_REGISTRY_PASSWORD="other")
        self.assertIn("wrong", self.probe(*trust, "ping", self.secured, environment=wrong, status=5)[0])
        self.assertEqual(self.probe(*trust, "ping", self.secured, environment=alice), ["ok https://" + self.secured])
        self.assertIn("image ", "\n".join(self.probe(*trust, "pull", self.secured + "/demo/app:1.0",
                                                     environment=alice)))

    def test_logs_in_with_what_skopeo_wrote(self):
        self.run_tool("skopeo", "login", "--authfile", self.folder + "/config.json", "--cert-dir",
                      self.folder + "/trust", "-u", "alice", "-p", "s3cret", self.secured)
        lines = self.probe("--ca", self.folder + "/server.crt", "tags", self.secured, "demo/app",
                           environment={"DOCKER_CONFIG": self.folder})
        self.assertEqual(lines[0], "1.0")

    def test_ssl_cert_file_is_respected(self):
        lines = self.probe("ping", self.secured, environment={"SSL_CERT_FILE": self.folder + "/server.crt"}, status=5)
        self.assertIn("denied", lines[0])


if __name__ == "__main__":
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        print("skipped: %s not installed" % ", ".join(absent))
        sys.exit(77)
    unittest.main()
