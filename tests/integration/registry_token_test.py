#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our registry client against the real docker-registry behind a token service of our own, which signs as the registry
verifies (RS256 with x5c): rights by scope, tokens that run out, layers in zstd, and a deleted tag.
usage: registry_token_test.py PROBE"""
import base64
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import image_layout
import real_registry

PROBE = sys.argv.pop(1)
TOOLS = real_registry.TOOLS + ["openssl"]
USERS = {"alice": "s3cret", "bob": "0ther"}


def encode(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class TokenService(http.server.ThreadingHTTPServer):
    """Alice may do everything, bob may pull below public/. Missing rights give a token without them."""
    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), TokenHandler)
        self.folder, self.lifetime_s, self.given = folder, 300, []
        self.realm = "http://127.0.0.1:%d/token" % self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def token(self, user, scope):
        access = []
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        if user == "alice" or (user == "bob" and name.startswith("public/")):
            access = [{"type": kind, "name": name, "actions": actions.split(",")}]
        with open(self.folder + "/token.crt", encoding="ascii") as file:
            certificate = "".join(file.read().split("-----")[2].split())
        now = int(time.time())
        parts = [{"typ": "JWT", "alg": "RS256", "x5c": [certificate]},
                 {"iss": "test-issuer", "sub": user, "aud": "test-registry", "exp": now + self.lifetime_s, "nbf": now - 5,
                  "iat": now, "jti": os.urandom(8).hex(), "access": access}]
        text = ".".join(encode(json.dumps(part).encode()) for part in parts)
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.folder + "/token.key"],
                                   input=text.encode(), stdout=subprocess.PIPE, check=True).stdout
        return text + "." + encode(signature)


class TokenHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        user = ""
        authorization = self.headers.get("Authorization", "")
        if authorization.startswith("Basic "):
            user, _, password = base64.b64decode(authorization[6:]).decode().partition(":")
            if USERS.get(user) != password:
                return self.reply(401, {"details": "incorrect username or password"})
        scope = query.get("scope", [""])[0]
        self.server.given.append((user, scope))
        return self.reply(200, {"token": self.server.token(user, scope), "expires_in": self.server.lifetime_s})

    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class TokenTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tidewaiter-token-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "token.key", "-out", "token.crt",
                 "-days", "2", "-subj", "/CN=test-issuer")
        cls.service = TokenService(cls.folder)
        cls.addClassCleanup(cls.service.server_close)
        cls.addClassCleanup(cls.service.shutdown)
        server = real_registry.RealRegistry(
            cls.folder, "data", sections="auth: {token: {realm: \"%s\", service: test-registry, issuer: test-issuer, "
            "rootcertbundle: %s/token.crt}}\n" % (cls.service.realm, cls.folder))
        cls.addClassCleanup(server.stop)
        cls.registry = server.host
        cls.layout = image_layout.Layout(cls.folder + "/layout")
        cls.layout.add_layer(image_layout.tar({"etc/name": b"text" * 1000}))
        cls.layout.finish("app")
        cls.digest = cls.layout.manifest_digest
        for name in ("public/app", "private/app"):
            cls.copy("oci:layout:app", name + ":1.0")
        plain = image_layout.Layout(cls.folder + "/plain")
        plain.add_layer(image_layout.tar({"etc/name": b"text" * 1000}), compression="")
        plain.finish("app")
        cls.tool("skopeo", "copy", "-q", "--dest-compress", "--dest-compress-format", "zstd", "oci:plain:app", "dir:zstd")
        cls.copy("dir:zstd", "public/zstd:1.0", "--preserve-digests")

    @classmethod
    def tool(cls, *command):
        return real_registry.run_tool(cls.folder, *command)

    @classmethod
    def copy(cls, source, name, *options):
        cls.tool("skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds", "alice:s3cret", *options, source,
                 "docker://%s/%s" % (cls.registry, name))

    def probe(self, *command, user="alice", expect=0):
        environment = {"HOME": self.folder, "PATH": "/usr/bin:/bin",
                       **{k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}}
        if user:
            environment.update(TIDEWAITER_REGISTRY_USERNAME=user, TIDEWAITER_REGISTRY_PASSWORD=USERS[user])
        run = subprocess.run([PROBE, "--http", "--allow", "127.0.0.0/8", *command], env=environment, text=True,
                             stdout=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(run.returncode, expect, run.stdout)
        return run.stdout

    def test_lists_the_catalog_with_a_token_for_it(self):
        text = self.probe("repositories", self.registry)
        self.assertLessEqual({"private/app", "public/app", "public/zstd"}, set(text.splitlines()))
        self.assertIn(("alice", "registry:catalog:*"), self.service.given)

    def test_pulls_with_a_token_of_one_scope(self):
        self.service.given.clear()
        self.assertIn("image %s" % self.digest, self.probe("pull", self.registry + "/private/app:1.0"))
        self.assertEqual(self.service.given, [("alice", "repository:private/app:pull")])

    def test_a_token_without_rights_is_denied_once(self):
        self.service.given.clear()
        text = self.probe("pull", self.registry + "/private/app:1.0", user="bob", expect=5)
        self.assertIn("repository:private/app:pull", text)
        self.assertEqual(len(self.service.given), 1)
        self.probe("pull", self.registry + "/public/app:1.0", user="bob")
        self.probe("pull", self.registry + "/public/app:1.0", user="", expect=5)

    def test_short_tokens_are_renewed_between_lookups(self):
        self.service.lifetime_s = 5  # less than the margin: each is asked for anew
        self.addCleanup(setattr, self.service, "lifetime_s", 300)
        self.service.given.clear()
        text = self.probe("entries", self.registry, "public/app")
        self.assertIn("1.0 " + self.digest, text)
        self.assertGreaterEqual(len(self.service.given), 2)

    def test_reads_layers_in_zstd(self):
        with open(self.folder + "/zstd/manifest.json", encoding="ascii") as file:
            self.assertIn("zstd", file.read())
        self.assertIn("layer sha256:", self.probe("pull", self.registry + "/public/zstd:1.0"))

    def test_a_deleted_tag_is_gone(self):
        self.copy("oci:layout:app", "public/gone:1.0")
        self.assertIn("1.0 " + self.digest, self.probe("lookup", self.registry, "public/gone", "1.0"))
        self.tool("skopeo", "delete", "--tls-verify=false", "--creds", "alice:s3cret",
                  "docker://%s/public/gone:1.0" % self.registry)
        self.assertIn("1.0 gone", self.probe("lookup", self.registry, "public/gone", "1.0"))
        self.assertIn("0 names", self.probe("tags", self.registry, "public/gone"))


if __name__ == "__main__":
    if real_registry.absent(TOOLS):
        print("skipped: needs " + ", ".join(TOOLS))
        sys.exit(77)
    unittest.main()
