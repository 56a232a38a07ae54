#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Integrations against the real docker-registry: TLS modes, client certificates, sealed credentials, and each cause of a
connection test.   usage: integrations_test.py TIDEWAITER"""
import base64
import http.client
import http.server
import json
import os
import resource
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_tls
import fake_vendors
import image_layout
import real_registry
from real_registry import RealRegistry, free_port

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
TOOLS = real_registry.TOOLS + ["htpasswd", "openssl"]
READY_SECONDS_MAX = 20
PASSWORD = "planted-password-51b7"
LOOPBACK = ["--network-allow", "127.0.0.0/8"]


def allow_core_files():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class Answer(http.server.BaseHTTPRequestHandler):
    """A server that answers everything with what its server says."""

    def do_GET(self):
        status, headers, body = self.server.answer(self)
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_POST = do_CONNECT = do_GET

    def log_message(self, *arguments):
        pass


class IntegrationsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tidewaiter-integrations-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        layout = image_layout.Layout(cls.folder + "/layout")
        layout.add_layer(image_layout.tar({"etc/os-release": ""}), compression="")
        layout.finish("one")
        real_registry.make_certificates(cls.folder)
        real_registry.make_passwords(cls.folder, "alice", PASSWORD)
        old = image_layout.Layout(cls.folder + "/old")
        for version, more in (("1.0", ""), ("2.0", "\n" + image_layout.paragraph("new", "1"))):
            old.add_layer(image_layout.tar({"etc/os-release": image_layout.OS_RELEASE, "var/lib/dpkg/status":
                                            image_layout.paragraph("openssl", version) + more}))
        old.finish("one", history=[{"created_by": "ADD lower"}, {"created_by": "ADD upper"}])
        cls.plain = cls.serve("plain", "", "compatibility: {schema1: {enabled: true}}\n", "--dest-tls-verify=false")
        real_registry.run_tool(cls.folder, "skopeo", "copy", "-q", "--dest-tls-verify=false", "--format", "v2s1",
                               "oci:old:one", "docker://%s/old/app:1.0" % cls.plain)
        cls.secured = cls.serve("secured", real_registry.server_tls(cls.folder), real_registry.passwords(cls.folder),
                                "--dest-creds", "alice:" + PASSWORD, "--dest-cert-dir", cls.folder + "/trust")
        cls.mutual = cls.serve("mutual", real_registry.server_tls(cls.folder, ", clientcas: [%s/ca.crt]" % cls.folder),
                               "", "--dest-cert-dir", cls.folder + "/trust")

    @classmethod
    def serve(cls, name, http, sections, *options):
        registry = RealRegistry(cls.folder, name, http, sections)
        cls.addClassCleanup(registry.stop)
        registry.copy("oci:layout:one", "team/app:1.0", *options)
        return registry.host

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="home-", dir=self.folder)

    def run_program(self, *arguments, status=0, stdin="", environment=None):
        done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              input=stdin, timeout=120, check=False,
                              env={"HOME": self.home, "PATH": "/usr/bin:/bin", **(environment or {}),
                                   **{k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}})
        self.assertEqual(done.returncode, status, done.stdout)
        self.assertNotIn(PASSWORD, done.stdout)
        return done.stdout

    def add(self, name, url, *options, status=0, stdin="", environment=None):
        return self.run_program("integration", "add", name, "--url", url, *options, status=status, stdin=stdin,
                                environment=environment)

    def check(self, name, code="ok", status=0):
        report = json.loads(self.run_program("integration", "test", name, "--format", "json", *LOOPBACK,
                                             status=status))
        self.assertEqual(report["code"], code, report)
        return report

    def answering(self, answer, certificate=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        server.answer = answer
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return "127.0.0.1:%d" % server.server_address[1]

    def test_plain_registry_without_credentials(self):
        self.assertIn("http://" + self.plain, self.add("plain", "http://%s/" % self.plain))
        self.assertEqual(self.check("plain")["step"], "done")

    def test_the_three_tls_modes(self):
        self.add("strict", "https://" + self.secured)
        report = self.check("strict", "tls-untrusted", 6)
        self.assertEqual(report["host"], self.secured)
        self.assertEqual(report["address"], "127.0.0.1")
        self.assertEqual(report["step"], "connect")
        self.run_program("integration", "edit", "strict", "--ca-file", self.folder + "/ca.crt", "--field",
                         "username=alice", "--secret-stdin", "password", stdin=PASSWORD + "\n")
        self.check("strict")
        shown = self.run_program("integration", "edit", "strict", "--skip-tls-verify", "--secret-stdin", "password",
                                 stdin=PASSWORD)
        self.assertIn("WITHOUT verifying", shown)
        self.check("strict")
        self.assertIn("skip", self.run_program("integration", "list"))

    def test_a_client_certificate(self):
        self.add("mutual", "https://" + self.mutual, "--ca-file", self.folder + "/ca.crt")
        self.check("mutual", "tls-client-certificate", 6)
        self.run_program("integration", "edit", "mutual", "--client-certificate", self.folder + "/client.crt",
                         "--client-key", self.folder + "/client.key")
        self.check("mutual")
        wrong = self.run_program("integration", "edit", "mutual", "--client-key", self.folder + "/server.key", status=3)
        self.assertIn("does not belong", wrong)

    def test_credentials_are_asked_for_and_checked(self):
        trust = ["--ca-file", self.folder + "/ca.crt"]
        self.add("secured", "https://" + self.secured, *trust)
        self.check("secured", "unauthorized", 5)
        self.run_program("integration", "edit", "secured", "--field", "username=alice", "--secret-env",
                         "password=WRONG", environment={"WRONG": "not-it"})
        self.check("secured", "unauthorized", 5)
        refused = self.run_program("integration", "edit", "secured", "--field", "password=not-on-a-command-line",
                                   status=64)
        self.assertIn("list of processes", refused)

    def test_a_login_of_skopeo_is_taken_over(self):
        real_registry.run_tool(self.folder, "skopeo", "login", "--authfile", self.folder + "/auth.json", "--cert-dir",
                               self.folder + "/trust", "-u", "alice", "-p", PASSWORD, self.secured)
        self.add("imported", "https://" + self.secured, "--ca-file", self.folder + "/ca.crt", "--from-docker-config",
                 environment={"REGISTRY_AUTH_FILE": self.folder + "/auth.json"})
        self.check("imported")

    def write_helper(self, name, script):
        """A credential helper in the PATH of the environment that comes back."""
        programs = self.home + "/programs"
        os.makedirs(programs, exist_ok=True)
        path = "%s/docker-credential-%s" % (programs, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)
        with open(self.home + "/config.json", "w", encoding="utf-8") as file:
            json.dump({"credHelpers": {self.secured: name}}, file)
        return {"PATH": programs + ":/usr/bin:/bin", "DOCKER_CONFIG": self.home, "NOT_FOR_HELPERS": "x"}

    def add_by_helper(self, name, script, status):
        return self.add(name, "https://" + self.secured, "--ca-file", self.folder + "/ca.crt", "--from-docker-config",
                        environment=self.write_helper("test", script), status=status)

    def test_a_credential_helper_is_asked(self):
        answer = json.dumps({"ServerURL": self.secured, "Username": "alice", "Secret": PASSWORD})
        self.add_by_helper("helped", "cat > %s/asked; echo \"$*\" >> %s/asked; env | cut -d= -f1 | sort > %s/environment\n"
                           "cat <<'END'\n%s\nEND\n" % (self.home, self.home, self.home, answer), 0)
        with open(self.home + "/asked", encoding="utf-8") as file:
            self.assertEqual(file.read(), self.secured + "get\n")
        with open(self.home + "/environment", encoding="utf-8") as file:
            self.assertLessEqual(set(file.read().split()), {"HOME", "PATH", "PWD", "OLDPWD", "SHLVL", "_"})
        self.check("helped")

    def test_a_credential_helper_that_fails_is_said(self):
        self.assertIn("there is no login", self.add_by_helper(
            "none", "echo credentials not found in native keychain; exit 1\n", 4))
        self.assertIn("locked", self.add_by_helper("locked", "echo the keychain is locked; exit 1\n", 5))
        self.assertIn("more than 65536 bytes", self.add_by_helper("long", "head -c 100000 /dev/zero\n", 11))
        began = time.monotonic()
        self.assertIn("did not answer in 10 seconds", self.add_by_helper("slow", "sleep 300\n", 7))
        self.assertLess(time.monotonic() - began, 100)
        environment = self.write_helper("test", "")
        os.remove(self.home + "/programs/docker-credential-test")
        self.assertIn("not installed", self.add("absent", "https://" + self.secured, "--from-docker-config",
                                                environment=environment, status=4))

    def test_a_missing_key_is_named_and_not_made_anew(self):
        self.add("secured", "https://" + self.secured, "--ca-file", self.folder + "/ca.crt", "--field",
                 "username=alice", "--secret-stdin", "password", stdin=PASSWORD)
        self.assertIn("***", self.run_program("integration", "show", "secured"))
        state = self.home + "/.local/state/tidewaiter"
        self.assertEqual(os.stat(state + "/keyring").st_mode & 0o777, 0o600)
        self.assertIn("1 secrets were sealed again", self.run_program("key", "rotate", "--forget-old"))
        self.check("secured")
        os.rename(state + "/keyring", state + "/away")
        with sqlite3.connect(state + "/tidewaiter.db") as database:
            key = database.execute("SELECT DISTINCT key_id FROM integration_fields WHERE key_id <> ''").fetchone()[0]
        for command in (["integration", "list"], ["integration", "test", "secured"], ["serve", "--listen", "127.0.0.1:0"]):
            if command[0] == "serve" or command[1] == "test":
                self.assertIn(key, self.run_program(*command, status=4))
        self.assertFalse(os.path.exists(state + "/keyring"))

    def test_a_secret_does_not_follow_to_another_host(self):
        self.add("secured", "https://" + self.secured, "--skip-tls-verify", "--field", "username=alice",
                 "--secret-stdin", "password", stdin=PASSWORD)
        seen = []

        def answer(request):
            seen.append(request.headers.get("Authorization"))
            return 401, {"WWW-Authenticate": 'Basic realm="x"'}, b""
        host = self.answering(answer)
        self.assertIn("1 stored secrets were forgotten",
                      self.run_program("integration", "edit", "secured", "--clear", "skip-tls-verify", "--url",
                                       "http://" + host))
        self.check("secured", "unauthorized", 5)
        self.assertEqual(set(seen), {None})

    def test_sync_run_uses_what_is_stored(self):
        self.add("secured", "https://" + self.secured, "--ca-file", self.folder + "/ca.crt", "--field",
                 "username=alice", "--secret-stdin", "password", "--exclude", "^other/", stdin=PASSWORD)
        self.run_program("feed", "update", "--help")
        self.run_program("sync", "run", "secured", "--detach")
        ended = self.run_program("integration", "remove", "secured", "--keep-projects")
        self.assertIn("kept 0 projects", ended)

    def test_each_cause_has_its_code(self):
        self.add("dns", "https://no-such-host.invalid")
        self.assertEqual(self.check("dns", "dns", 6)["host"], "no-such-host.invalid:443")
        self.add("tcp", "http://127.0.0.1:%d" % free_port())
        self.assertEqual(self.check("tcp", "tcp", 6)["address"], "127.0.0.1")
        self.add("tls", "https://localhost:%s" % self.plain.split(":")[1], "--ca-file", self.folder + "/ca.crt")
        self.check("tls", "tls", 6)
        self.add("proxy", "http://registry.example:5000", "--proxy", "http://127.0.0.1:%d" % free_port())
        self.check("proxy", "proxy", 6)

    def check_answer(self, name, code, status, answer):
        self.add(name, "http://" + self.answering(lambda request: answer))
        return self.check(name, code, status)

    def test_each_answer_has_its_code(self):
        self.check_answer("page", "not-a-registry", 12, (200, {"Content-Type": "text/html"}, b"<html>hello</html>"))
        self.check_answer("forbidden", "forbidden", 5, (403, {}, b"{}"))
        self.check_answer("slow-down", "rate-limited", 8, (429, {"Retry-After": "3600"}, b""))
        self.check_answer("skew", "clock-skew", 5,
                          (401, {"WWW-Authenticate": 'Basic realm="x"', "Date": "Mon, 01 Jan 2001 00:00:00 GMT"}, b""))
        self.check_answer("failed", "server-failed", 9, (500, {}, b""))

    def test_credentials_without_rights_miss_a_scope(self):
        def answer(request):
            if request.path == "/v2/":
                return 200, {"Docker-Distribution-Api-Version": "registry/2.0"}, b"{}"
            return 403, {}, b'{"errors":[{"code":"DENIED","message":"no catalog for you"}]}'
        self.add("scope", "http://" + self.answering(answer), "--field", "username=alice", "--secret-stdin",
                 "password", stdin=PASSWORD)
        self.assertEqual(self.check("scope", "missing-scope", 5)["step"], "list")

    def test_a_realm_on_another_private_host_is_refused_and_can_be_allowed(self):
        realm = "http://10.255.255.1:9/token"
        host = self.answering(lambda request: (401, {"WWW-Authenticate": 'Bearer realm="%s",service="x"' % realm}, b""))
        self.add("realm", "http://" + host)
        report = self.check("realm", "address-refused", 15)
        self.assertIn("10.255.255.1", report["message"])
        self.assertIn('tidewaiter integration edit "realm" --allow-host 10.255.255.1:9', report["message"])

    def test_the_token_service_stays_where_the_first_good_test_found_it(self):
        asked = {"old": [], "new": []}

        def token_service(name):
            def answer(request):
                asked[name].append(request.headers.get("Authorization"))
                return 200, {"Content-Type": "application/json"}, b'{"token":"t","expires_in":300}'
            return self.answering(answer)
        hosts = {name: token_service(name) for name in asked}
        current = ["old"]

        def registry(request):
            if request.headers.get("Authorization") != "Bearer t":
                realm = 'Bearer realm="http://%s/token",service="s"' % hosts[current[0]]
                return 401, {"WWW-Authenticate": realm}, b""
            return 200, {"Content-Type": "application/json"}, b'{"repositories":[]}'
        self.add("pinned", "http://" + self.answering(registry), "--field", "username=alice", "--secret-stdin", "password",
                 stdin=PASSWORD)
        self.assertNotIn("token service", self.run_program("integration", "show", "pinned"))
        self.check("pinned")
        self.assertIn(hosts["old"], self.run_program("integration", "show", "pinned"))
        current[0] = "new"
        report = self.check("pinned", "token-host-changed", 15)
        command = 'tidewaiter integration edit "pinned" --token-host ' + hosts["new"]
        self.assertIn("`%s`" % command, report["message"])
        self.assertEqual(asked["new"], [])
        self.run_program(*command.replace('"', "").split()[1:])
        self.check("pinned")
        self.assertEqual(len(set(asked["new"])), 1)
        port, session, base, _ = self.start_server()
        path = base + "?version=2025-09-17"
        document = json.loads(self.call(port, "GET", path, headers=session)[2])["data"][0]
        path = "%s/%s?version=2025-09-17" % (base, document["id"])

        def change(**attributes):
            body = json.dumps({"data": {"type": "integration", "attributes": attributes}})
            return json.loads(self.call(port, "PATCH", path, body, session)[2])
        self.assertEqual(change(max_tags=3)["data"]["attributes"]["token_host"], hosts["new"])
        self.assertIn("HOST:PORT", change(token_host="http://x/")["errors"][0]["detail"])
        moved = change(url="http://127.0.0.1:9")["data"]["attributes"]
        self.assertEqual((moved["token_host"], moved["credentials"]), (None, {"username": "alice"}))

    def use_every_type(self, ask, hosts):
        """Makes and tests an integration of each type, whose vendor answers; gives the secrets that were told."""
        planted, seen = set(), set()
        fields = {entry["id"]: entry["attributes"]["credential_fields"]
                  for entry in ask("GET", "integration_types", more="&limit=100")["data"]}
        for kind, vendor in fake_vendors.TYPES.items():
            vendor = vendor()
            if vendor.host in seen:
                continue
            seen.add(vendor.host)
            scenario = fake_vendors.Scenario(vendor)
            hosts.tls.scenario = hosts.proxy.scenario = scenario
            attributes = {"profile_name": kind, "integration_type": kind.split()[0], "url": "https://" + vendor.host,
                          "proxy": hosts.address, "ca_certificates": hosts.authority_text,
                          "credentials": {**vendor.fields, "proxy_login": "proxy:planted-proxy-" + kind,
                                          "webhook_secret": "planted-webhook-" + kind}}
            made = ask("POST", "integrations", attributes)["data"]
            secret = [field["name"] for field in fields[made["attributes"]["integration_type"]]
                      if field["kind"] == "secret"]
            planted |= {value for name, value in attributes["credentials"].items() if name in secret}
            report = ask("POST", "integrations/%s/test" % made["id"], {})["data"]["attributes"]
            self.assertIn(report["step"], ("tags", "pull", "done"), (kind, report))  # past the vendor's sign-in
            self.assertTrue(scenario.calls > 0, kind)
        return planted

    def use_every_token(self, ask):
        """The same for what only the protocol's own type has."""
        seen = []

        def answer(request):
            length = int(request.headers.get("Content-Length") or 0)
            seen.append(request.rfile.read(length).decode() + request.headers.get("Authorization", ""))
            if request.path.startswith("/token"):
                return 200, {"Content-Type": "application/json"}, b'{"token":"t"}'
            if request.headers.get("Authorization") in ("Bearer t", "Bearer planted-registry-token"):
                return 200, {"Content-Type": "application/json"}, b'{"repositories":[]}'
            return 401, {"WWW-Authenticate": 'Bearer realm="/token",service="s"'}, b""
        tokens = {name: "planted-" + name.replace("_", "-") for name in ("identity_token", "registry_token")}
        for name, value in tokens.items():
            made = ask("POST", "integrations", {"profile_name": name, "integration_type": "oci", "credentials": {name: value},
                                                "url": "http://" + self.answering(answer)})["data"]
            self.assertTrue(ask("POST", "integrations/%s/test" % made["id"], {})["data"]["attributes"]["ok"])
            self.assertIn(value, " ".join(seen))
        pem = {}
        for name in ("ca.crt", "client.crt", "client.key"):
            with open("%s/%s" % (self.folder, name), encoding="utf-8") as file:
                pem[name] = file.read()
        made = ask("POST", "integrations", {
            "profile_name": "mutual", "integration_type": "oci", "url": "https://" + self.mutual,
            "ca_certificates": pem["ca.crt"], "client_certificate": pem["client.crt"],
            "credentials": {"certificate_key": pem["client.key"], "username": "alice", "password": PASSWORD}})["data"]
        self.assertTrue(ask("POST", "integrations/%s/test" % made["id"], {})["data"]["attributes"]["ok"])
        return {*tokens.values(), PASSWORD, pem["client.key"].splitlines()[5]}

    @staticmethod
    def processes_of(parent):
        """The process and all below it."""
        parents = {}
        for name in os.listdir("/proc"):
            try:
                with open("/proc/%s/stat" % name, encoding="ascii", errors="replace") as file:
                    parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
        found = {parent}
        while True:
            more = {child for child, above in parents.items() if above in found} - found
            if not more:
                return found
            found |= more

    @staticmethod
    def dumps_core(process):
        """Ends it as a crash does, and tells whether a core file was made."""
        process.send_signal(signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGABRT
        return os.WIFSIGNALED(status) and os.WCOREDUMP(status)

    def test_no_credential_of_any_type_is_found_anywhere(self):
        hosts = fake_tls.Hosts(fake_vendors.Handler, None)
        self.addCleanup(hosts.close)
        with open(hosts.authority, encoding="utf-8") as file:
            hosts.authority_text = file.read()
        port, session, base, log = self.start_server("--network-allow", "169.254.169.254", folder=self.home)
        answers = []

        def ask(method, path, attributes=None, more=""):
            body = None if attributes is None else json.dumps({"data": {"type": "integration", "attributes": attributes}})
            answer = self.call(port, method, base.replace("integrations", path) + "?version=2025-09-17" + more, body, session)
            answers.append(str(answer[1]) + answer[2])
            self.assertLess(answer[0], 300, answer)
            return json.loads(answer[2])
        planted = self.use_every_type(ask, hosts) | self.use_every_token(ask)
        self.assertGreater(len(planted), 45)
        for path in ("integrations", "audit_events", "sync_runs"):
            ask("GET", path, more="&limit=100")
        answers += [self.run_program("integration", "show", "ghcr"), self.run_program("integration", "list")]
        places = {"log": self.log_of(log).encode(), "answers": "\n".join(answers).encode()}
        for folder, _, names in os.walk(self.home + "/.local"):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    places[name] = file.read()
        self.assertIn("tidewaiter.db-wal", places)
        processes = self.processes_of(self.server.pid)
        self.assertGreater(len(processes), 1)  # the zygote
        for process in processes:
            for part in ("cmdline", "environ"):
                with open("/proc/%d/%s" % (process, part), "rb") as file:
                    places["%s of process %d" % (part, process)] = file.read()
        for place, content in places.items():
            for secret in planted:
                for form in (secret.encode(), base64.b64encode(secret.encode()),
                             base64.b64encode(("alice:" + secret).encode())):
                    self.assertNotIn(form, content, "in " + place)
        control = subprocess.Popen(["sleep", "60"], cwd=self.home, preexec_fn=allow_core_files)
        if not self.dumps_core(control):
            print("core files: not checked, this system makes none", file=sys.stderr)
        self.assertFalse(self.dumps_core(self.server))

    def start_server(self, *options, folder=None):
        """The server on a free port, a signed-in caller of its API, and its log."""
        log = tempfile.TemporaryFile()
        self.addCleanup(log.close)
        environment = {"HOME": self.home, "PATH": "/usr/bin:/bin",
                       **{k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}}
        port = free_port()
        server = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:%d" % port, *LOOPBACK, "--sandbox",
                                   "best-effort", *options], env=environment, stdout=log, stderr=log, cwd=folder,
                                  preexec_fn=allow_core_files)
        self.server = server
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline and server.poll() is None:
            try:
                self.call(port, "GET", "/healthz")
                break
            except OSError:
                time.sleep(0.05)
        link = self.run_program("sign-in", "--url", "http://127.0.0.1:%d" % port).strip()
        headers = self.call(port, "GET", link[link.index("/session"):])[1]
        cookie = headers["Set-Cookie"].split(";")[0]
        me = json.loads(self.call(port, "GET", "/rest/self?version=2025-09-17", headers={"Cookie": cookie})[2])
        session = {"Cookie": cookie, "X-CSRF-Token": me["data"]["attributes"]["csrf_token"],
                   "Origin": "http://127.0.0.1:%d" % port}
        orgs = json.loads(self.call(port, "GET", "/rest/orgs?version=2025-09-17", headers=session)[2])
        return port, session, "/rest/orgs/%s/integrations" % orgs["data"][0]["id"], log

    @staticmethod
    def call(port, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        content = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, content

    def wait_for_images(self, port, session, base, is_wanted=bool):
        images = base.replace("integrations", "images") + "?version=2025-09-17"
        deadline = time.monotonic() + 60
        found = []
        while time.monotonic() < deadline and not found:
            time.sleep(0.2)
            found = json.loads(self.call(port, "GET", images, headers=session)[2])["data"]
            found = [image for image in found if is_wanted(image)]
        return found

    def log_of(self, log):
        log.seek(0)
        return log.read().decode()

    def test_the_api_makes_tests_changes_and_removes(self):
        port, session, base, log = self.start_server()
        version = "?version=2025-09-17"

        def ask(method, path, attributes=None, more=""):
            body = None if attributes is None else json.dumps(
                {"data": {"type": "integration", "attributes": attributes}})
            status, headers, content = self.call(port, method, base + path + version + more, body, session)
            self.assertNotIn(PASSWORD, content)
            return status, json.loads(content) if content else None
        with open(self.folder + "/ca.crt", encoding="utf-8") as file:
            ca = file.read()
        made = {"profile_name": "api", "integration_type": "oci", "url": "https://%s/" % self.secured,
                "ca_certificates": ca, "credentials": {"username": "alice", "password": PASSWORD}}
        status, document = ask("POST", "", made)
        self.assertEqual(status, 201, document)
        path = "/" + document["data"]["id"]
        self.assertEqual(document["data"]["attributes"]["credentials"], {"password": "***", "username": "alice"})
        self.assertEqual(document["data"]["attributes"]["tls_mode"], "custom-ca")
        self.assertEqual(ask("POST", "", dict(made, profile_name="other"))[0], 409)
        self.assertEqual(ask("POST", "", {"profile_name": "x", "integration_type": "oci"})[0], 400)
        status, document = ask("POST", "", dict(made, url="https://r.example", credentials={"nonsense": "x"}))
        self.assertEqual((status, document["errors"][0]["code"]), (400, "invalid-body"))
        for member, value, pointer in (
                ("credentials", {"nonsense": "x"}, "credentials/nonsense"), ("credentials", {"password": 7},
                                                                             "credentials/password"),
                ("credentials", {"username": "alice"}, "credentials"), ("credentials", [], "credentials"),
                ("integration_type", "no-such", "integration_type"), ("profile_name", "a/b", "profile_name"),
                ("profile_name", 7, "profile_name"), ("url", "ftp://x", "url"), ("proxy", "no proxy", "proxy"),
                ("ca_certificates", "no PEM", "ca_certificates"), ("client_certificate", "no PEM", "client_certificate"),
                ("allowed_hosts", ["a b"], "allowed_hosts"), ("include", ["("], "include"), ("exclude", 7, "exclude"),
                ("max_tags", -1, "max_tags"), ("max_age_days", "x", "max_age_days"), ("token_host", "a b", "token_host"),
                ("skip_tls_verify", "yes", "skip_tls_verify"), ("skip_tls_verify", True, "skip_tls_verify")):
            status, document = ask("POST", "", {**made, "url": "https://r.example", "profile_name": "p", member: value})
            self.assertEqual(status, 400, (member, value, document))
            self.assertEqual(document["errors"][0]["source"], {"pointer": "/data/attributes/" + pointer}, document)
        for name in ("docker-hub", "dockerhub"):
            status, document = ask("POST", "", {"profile_name": name, "integration_type": name,
                                                "url": "https://docker.io/" + name})
            self.assertEqual((status, document["data"]["attributes"]["integration_type"]), (201, "docker-hub"))
        listed = json.loads(self.call(port, "GET", base + version, headers=session)[2])["data"]
        self.assertEqual([entry["attributes"]["integration_type"] for entry in listed], ["oci", "docker-hub", "docker-hub"])
        types = json.loads(self.call(port, "GET", base.replace("integrations", "integration_types") + version + "&limit=100",
                                     headers=session)[2])["data"]
        self.assertLessEqual({"acr", "artifactory-cr", "digitalocean-cr", "docker-hub", "ecr", "gcr", "github-cr",
                              "gitlab-cr", "google-artifact-cr", "harbor-cr", "nexus-cr", "quay-cr", "oci"},
                             {entry["id"] for entry in types})
        status, document = ask("POST", path + "/test", {})
        self.assertEqual(document["data"]["attributes"]["code"], "ok", document)
        status, document = ask("PATCH", path, {"max_tags": 3, "credentials": {"password": "***"}})
        self.assertEqual(document["data"]["attributes"]["max_tags"], 3)
        self.assertEqual(ask("POST", path + "/test", {})[1]["data"]["attributes"]["code"], "ok")
        status, document = ask("PATCH", path, {"ca_certificates": None})
        self.assertEqual(document["data"]["attributes"]["credentials"], {"username": "alice"})
        self.assertEqual(ask("POST", path + "/test", {})[1]["data"]["attributes"]["code"], "tls-untrusted")
        self.assertEqual(ask("DELETE", path)[0], 400)
        self.assertEqual(ask("DELETE", path, more="&projects=delete")[0], 204)
        self.assertEqual(ask("GET", path)[0], 404)
        events = json.loads(self.call(port, "GET", base.replace("integrations", "audit_events") + version,
                                      headers=session)[2])
        self.assertEqual([event["attributes"]["action"] for event in events["data"]],
                         ["integration.delete", "integration.test", "integration.edit", "integration.test",
                          "integration.edit", "integration.test", "integration.create", "integration.create",
                          "integration.create"])
        self.assertNotIn(PASSWORD, self.log_of(log))

    def test_a_webhook_makes_the_server_look(self):
        port, session, base, log = self.start_server()
        self.add("hooked", "http://" + self.plain)
        address = self.run_program("integration", "hook", "hooked", "--url", "http://x").strip()[len("http://x"):]
        event = {"events": [{"action": "push", "target": {"repository": "team/app", "tag": "1.0"}}]}
        secret = address.rsplit("/", 1)[1]
        answers = [self.call(port, "POST", wrong, json.dumps(event)) for wrong in (
            address[:-1] + ("0" if address[-1] != "0" else "1"), address.replace("distribution", "no-such"),
            "/hooks/distribution/nobody/" + secret,
            "/hooks/distribution/00000000-0000-4000-8000-000000000000/" + secret)]
        self.assertEqual([answer[0] for answer in answers], [404] * 4)
        self.assertEqual(len({answer[2] for answer in answers}), 1, answers)
        for _ in range(20):
            self.assertEqual(self.call(port, "POST", address, json.dumps(event))[0], 202)
        self.assertEqual(self.call(port, "POST", address, "{")[0], 400)
        self.assertEqual(len(self.wait_for_images(port, session, base)), 1)
        with sqlite3.connect(self.home + "/.local/state/tidewaiter/tidewaiter.db") as database:
            jobs = database.execute("SELECT count(*) FROM jobs WHERE kind = 'hook'").fetchone()[0]
        self.assertLess(jobs, 20)
        self.run_program("integration", "edit", "hooked", "--secret-stdin", "webhook_secret", stdin="Bearer planted-x9")
        self.assertEqual(self.call(port, "POST", address, json.dumps(event))[0], 404)
        self.assertEqual(self.call(port, "POST", address, json.dumps(event),
                                   {"Authorization": "Bearer planted-x9"})[0], 202)
        self.run_program("integration", "hook", "hooked", "--off")
        self.assertEqual(self.call(port, "POST", address, json.dumps(event))[0], 404)
        text = self.log_of(log)
        self.assertIn("/hooks/***", text)
        self.assertNotIn(secret, text)
        self.assertNotIn("planted-x9", text)

    def test_an_image_of_schema_1_is_inventoried(self):
        text = self.run_program("packages", "--format", "json", self.plain + "/old/app:1.0")
        self.assertEqual(sorted(package["name"] for package in json.loads(text)["packages"]), ["new", "openssl"])
        port, session, base, _ = self.start_server()
        self.add("old", "http://%s/old" % self.plain)
        self.run_program("sync", "run", "old", "--detach")
        found = self.wait_for_images(port, session, base, lambda image: image["attributes"]["platform"])
        self.assertEqual([image["attributes"]["platform"] for image in found], ["linux/amd64"])

    def test_a_real_registry_tells_of_pushes_and_deletions(self):
        port, session, base, log = self.start_server()
        host = "127.0.0.1:%d" % free_port()
        self.add("notified", "http://" + host)
        self.run_program("integration", "edit", "notified", "--secret-stdin", "webhook_secret", stdin="Bearer planted-n1")
        address = self.run_program("integration", "hook", "notified", "--url", "http://127.0.0.1:%d" % port).strip()
        registry = RealRegistry(self.folder, "notified", sections="notifications:\n  endpoints:\n    - name: us\n"
                                "      url: %s\n      timeout: 5s\n      threshold: 3\n      backoff: 1s\n"
                                "      headers: {Authorization: [Bearer planted-n1]}\n" % address, host=host)
        self.addCleanup(registry.stop)
        registry.copy("oci:layout:one", "team/app:1.0")
        found = self.wait_for_images(port, session, base, lambda image: image["attributes"]["platform"])
        self.assertEqual([image["attributes"]["reference"] for image in found], [host + "/team/app:1.0"])
        first = found[0]["attributes"]["digest"]
        registry.copy("oci:old:one", "team/app:1.0")
        moved = self.wait_for_images(port, session, base, lambda image: image["attributes"]["digest"] != first)
        self.assertEqual(len(moved), 1)
        registry.delete("team/app:1.0")  # only a listing tells what is gone: the call makes us ask, and changes nothing
        deadline = time.monotonic() + 60
        jobs = []
        while time.monotonic() < deadline and not (jobs and all(state > 1 for state in jobs)):
            time.sleep(0.5)
            with sqlite3.connect(self.home + "/.local/state/tidewaiter/tidewaiter.db") as database:
                jobs = [row[0] for row in database.execute("SELECT state FROM jobs WHERE kind = 'hook'")]
        self.assertEqual(set(jobs), {2})  # done
        self.assertEqual(len(self.wait_for_images(port, session, base)), 1)
        self.assertNotIn("planted-n1", self.log_of(log))

    def test_equal_places_are_refused(self):
        self.add("one", "docker://registry.example.com/Team/".lower())
        self.assertIn('"one"', self.add("two", "https://registry.example.com:443/team", status=14))
        self.add("three", "https://registry.example.com/team/sub")


if __name__ == "__main__":
    absent = real_registry.absent(TOOLS)
    if absent:
        print("skipped: %s not installed" % ", ".join(absent))
        sys.exit(77)
    signal.alarm(900)
    unittest.main()
