#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Organizations, users and tokens: the commands on the host and the API of a real server.   usage: accounts_test.py TIDEWAITER"""
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

EXECUTABLE = sys.argv.pop(1)
SECONDS_MAX = 120
VERSION = "2025-09-17"
UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$")
TOKEN = re.compile(r"^tw_[0-9a-f]{64}$")


def document(kind, **attributes):
    return {"data": {"type": kind, "attributes": attributes}}


class AccountsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-accounts-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = None
        self.start()
        self.addCleanup(self.stop)

    def start(self, *options):
        log = self.folder / "log"
        log.write_text("")
        with open(log, "ab") as stderr, open(self.folder / "output", "ab") as stdout:
            self.server = subprocess.Popen(
                [EXECUTABLE, "serve", "--listen", "127.0.0.1:0", "--data", self.folder / "data", "--sandbox", "best-effort",
                 *options], stdout=stdout, stderr=stderr)
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline and self.server.poll() is None:
            ready = [json.loads(line) for line in log.read_text().splitlines() if '"ready"' in line]
            if ready:
                self.url = ready[0]["url"]
                return
            time.sleep(0.05)
        self.fail("the server did not start: " + log.read_text())

    def stop(self):
        if self.server is not None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait()
            self.server = None

    def run_command(self, *words):
        return subprocess.run([EXECUTABLE, *words, "--data", self.folder / "data"], capture_output=True, text=True,
                              timeout=SECONDS_MAX, check=False)

    def expect(self, *words):
        result = self.run_command(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def request(self, method, path, token=None, body=None, cookie=None, csrf=None):
        connection = http.client.HTTPConnection(self.url.split("//")[1], timeout=SECONDS_MAX)
        headers = {"Content-Type": "application/vnd.api+json"}
        if token:
            headers["Authorization"] = "token " + token
        if cookie:
            headers |= {"Cookie": cookie, "Origin": self.url, "X-CSRF-Token": csrf or ""}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    def ask(self, method, path, token, body=None, status=200):
        separator = "&" if "?" in path else "?"
        answer = self.request(method, f"{path}{separator}version={VERSION}", token, body)
        self.assertEqual(answer.status, status, (method, path, answer.content))
        return json.loads(answer.content) if answer.content else None

    def test_an_organization_is_made_and_entered_from_the_host(self):
        made = self.expect("org", "create", "second").strip()
        self.assertRegex(made, UUID)
        self.assertIn("already", self.run_command("org", "create", "second").stderr)
        lines = [line.split() for line in self.expect("org", "list").splitlines()[1:]]
        self.assertEqual([(line[0], line[3]) for line in lines], [("default", "1"), ("second", "1")])
        link = self.expect("org", "bootstrap", "second", "--url", self.url + "/").strip()
        self.assertTrue(link.startswith(self.url + "/session?token=tw_"), link)
        answer = self.request("GET", link[len(self.url):])
        self.assertEqual(answer.status, 303)
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        answer = self.request("GET", f"/rest/self?version={VERSION}", cookie=cookie)
        self.assertEqual(json.loads(answer.content)["data"]["attributes"]["organization"], made)
        self.assertEqual(self.request("GET", link[len(self.url):]).status, 403)
        self.assertEqual(self.run_command("org", "bootstrap", "third").returncode, 4)

    def test_a_token_belongs_to_one_organization(self):
        other = self.expect("org", "create", "second").strip()
        token = self.expect("token", "create", "reader", "--role", "viewer", "--org", "second").strip()
        self.assertRegex(token, TOKEN)
        self.assertEqual([item["id"] for item in self.ask("GET", "/rest/orgs", token)["data"]], [other])
        self.assertNotIn("reader", self.expect("token", "list"))
        self.assertIn("reader", self.expect("token", "list", "--org", "second"))
        self.expect("token", "revoke", "reader", "--org", other)
        self.ask("GET", "/rest/orgs", token, status=401)

    def organization(self, token):
        return "/rest/orgs/" + self.ask("GET", "/rest/orgs", token)["data"][0]["id"]

    def test_people_are_invited_disabled_and_removed(self):
        admin = self.expect("token", "create", "root", "--role", "admin").strip()
        users = self.organization(admin) + "/users"
        made = self.ask("POST", users, admin, document("user", name="Zoë", role="viewer"), 201)["data"]
        answer = self.request("GET", made["attributes"]["sign_in_path"])
        self.assertEqual(answer.status, 303)
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        me = f"/rest/self?version={VERSION}"
        self.assertEqual(self.request("GET", me, cookie=cookie).status, 200)
        self.ask("POST", users, admin, document("user", name="Zoë", role="viewer"), 409)
        self.ask("POST", users, admin, document("user", name="a", role="king"), 400)
        self.assertEqual(self.ask("GET", f"{users}/{made['id']}", admin)["data"]["attributes"]["state"], "active")
        self.ask("PATCH", f"{users}/{made['id']}", admin, document("user", disabled=True))
        self.assertEqual(self.request("GET", me, cookie=cookie).status, 401)
        self.assertIn("disabled", self.expect("user", "list"))
        self.expect("user", "edit", "Zoë", "--enable", "--role", "admin")
        self.assertIn("/session?token=tw_", self.expect("user", "link", "Zoë"))
        first = [user for user in self.ask("GET", users, admin)["data"] if user["attributes"]["name"] == "admin"][0]
        self.ask("DELETE", f"{users}/{first['id']}", admin, status=204)
        self.ask("DELETE", f"{users}/{made['id']}", admin, status=409)  # the last administrator
        self.assertIn("last administrator", self.run_command("user", "remove", "Zoë").stderr)
        self.assertIn("/session?token=tw_", self.expect("user", "create", "third", "--role", "viewer"))

    def sign_in(self, user, password, status=201, **more):
        answer = self.request("POST", f"/rest/session?version={VERSION}",
                              body=document("session", user=user, password=password, **more))
        self.assertEqual(answer.status, status, answer.content)
        return answer

    def test_passwords_sign_in_and_guesses_end(self):
        me = f"/rest/self?version={VERSION}"
        subprocess.run([EXECUTABLE, "user", "password", "admin", "--data", self.folder / "data"], check=True,
                       input="correct horse battery\n", text=True, capture_output=True, timeout=SECONDS_MAX)
        self.assertEqual(self.run_command("user", "password", "nobody").returncode, 64)  # no password on standard input
        answer = self.sign_in("admin", "correct horse battery")
        self.assertEqual(json.loads(answer.content)["data"]["attributes"]["user"], "admin")
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.assertIn("HttpOnly", answer.headers["Set-Cookie"])
        csrf = json.loads(self.request("GET", me, cookie=cookie).content)["data"]["attributes"]["csrf_token"]
        change = f"/rest/self/password?version={VERSION}"
        for attributes, status in (({"password": "another good one"}, 403),
                                   ({"password": "short", "current_password": "correct horse battery"}, 400),
                                   ({"password": "another good one", "current_password": "correct horse battery"}, 200)):
            answer = self.request("POST", change, body=document("password", **attributes), cookie=cookie, csrf=csrf)
            self.assertEqual(answer.status, status, answer.content)
        self.assertEqual(self.request("GET", me, cookie=cookie).status, 200)  # the session that changed it stays
        self.sign_in("admin", "correct horse battery", 401)
        self.sign_in("nobody", "another good one", 401)
        self.sign_in("admin", "another good one", 401, organization="other")
        self.sign_in("admin", "another good one", organization="default")
        for _ in range(9):
            self.sign_in("admin", "a wrong guess", 401)
        answer = self.sign_in("admin", "another good one", 429)
        self.assertIn("Retry-After", answer.headers)
        self.assertNotIn("another good one", (self.folder / "log").read_text())

    def test_roles_of_ones_own_count_at_once(self):
        self.expect("role", "create", "importer", "--permission", "org.read", "--permission", "org.project.read")
        token = self.expect("token", "create", "t", "--role", "importer").strip()
        projects = self.organization(token) + "/projects"
        self.assertEqual(self.request("GET", projects + "?version=2024-05-31", token).status, 200)
        self.expect("role", "edit", "importer", "--permission", "org.read")
        self.assertEqual(self.request("GET", projects + "?version=2024-05-31", token).status, 404)
        self.assertIn("give them another one first", self.run_command("role", "remove", "importer").stderr)
        self.assertEqual(self.run_command("token", "create", "u", "--role", "king").returncode, 64)
        self.assertIn("(predefined)", self.expect("role", "list"))
        admin = self.expect("token", "create", "root", "--role", "admin").strip()
        roles = self.organization(admin) + "/roles"
        made = self.ask("POST", roles, admin, document("role", name="own", permissions=["org.read"]), 201)["data"]
        self.ask("POST", roles, admin, document("role", name="own2", permissions=["org.fly"]), 400)
        self.ask("POST", roles, admin, document("role", name="viewer", permissions=["org.read"]), 409)
        self.ask("PATCH", f"{roles}/{made['id']}", admin, document("role", permissions=["org.read", "org.user.read"]))
        self.ask("DELETE", f"{roles}/{made['id']}", admin, status=204)

    def test_teams_limit_what_a_token_reaches(self):
        self.expect("team", "create", "payments", "--prefix", "pay/", "--regex", "^shop/(cart|till)$")
        self.assertIn("pay/…", self.expect("team", "list"))
        for words in (("project", "list"), ("image", "list"), ("event", "list")):
            self.expect(*words, "--owner", "payments")
            self.expect(*words, "--owner", "none")
            self.assertNotEqual(self.run_command(*words, "--owner", "nobody").returncode, 0)
        token = self.expect("token", "create", "ci", "--role", "viewer", "--team", "payments").strip()
        place = self.organization(token)
        self.assertEqual(self.request("GET", place + "/projects?version=2024-05-31", token).status, 200)
        self.assertEqual(self.ask("GET", place + "/integrations", token)["data"], [])
        self.assertEqual(self.request("GET", place + "/sync_runs?version=2025-09-17", token).status, 404)
        self.assertTrue(self.ask("GET", "/rest/self", token)["data"]["attributes"]["limited"])
        self.expect("user", "create", "alice", "--role", "viewer")
        self.assertIn("alice", self.expect("team", "member", "payments", "alice"))
        self.assertIn("limited to teams", self.expect("user", "edit", "alice", "--limited", "yes"))
        self.assertIn("last administrator", self.run_command("user", "edit", "admin", "--limited", "yes").stderr)
        self.expect("team", "member", "payments", "alice", "--remove")
        self.expect("team", "remove", "payments")

    def test_secrets_of_programs_are_replaced_without_an_interruption(self):
        admin = self.expect("token", "create", "root", "--role", "admin").strip()
        accounts = self.organization(admin) + "/service_accounts"
        made = self.ask("POST", accounts, admin, document("service_account", name="ci", role="ci-scanner"), 201)["data"]
        old = made["attributes"]["api_key"]
        self.assertRegex(old, TOKEN)
        place = f"{accounts}/{made['id']}"
        self.assertNotIn("api_key", self.ask("GET", place, admin)["data"]["attributes"])
        new = self.ask("POST", place + "/secrets", admin, document("service_account", mode="create"))["data"]["attributes"]
        self.ask("POST", place + "/secrets", admin, document("service_account", mode="create"), 409)
        for secret in (old, new["api_key"]):
            self.ask("GET", "/rest/orgs", secret)
        self.ask("POST", place + "/secrets", admin, document("service_account", mode="delete", secret=old))
        self.ask("GET", "/rest/orgs", old, status=401)
        self.ask("GET", "/rest/orgs", new["api_key"])
        self.ask("POST", place + "/secrets", admin, document("service_account", mode="delete", secret=new["api_key"]), 409)
        rotated = self.expect("service-account", "rotate", "ci").strip()
        self.ask("GET", "/rest/orgs", new["api_key"], status=401)
        self.ask("GET", "/rest/orgs", rotated)
        self.assertIn("ci-scanner", self.expect("service-account", "list"))
        self.ask("DELETE", place, admin, status=204)
        self.ask("GET", "/rest/orgs", rotated, status=401)
        self.assertIn("never used again", self.run_command("service-account", "create", "ci", "--role", "viewer").stderr)
        stored = b"".join(path.read_bytes() for path in (self.folder / "data").glob("tidewaiter.db*"))
        for secret in (old, new["api_key"], rotated, admin):
            self.assertNotIn(secret.encode(), stored)

    def test_tokens_are_made_listed_and_warn_before_they_end(self):
        admin = self.expect("token", "create", "root", "--role", "admin").strip()
        tokens = self.organization(admin) + "/tokens"
        made = self.ask("POST", tokens, admin, document("token", name="short", role="viewer", days=3), 201)["data"]
        secret = made["attributes"]["token"]
        answer = self.request("GET", f"/rest/orgs?version={VERSION}", secret)
        self.assertEqual(answer.headers["Tidewaiter-Token-Expires"], made["attributes"]["expires_at"])
        self.assertNotIn("Tidewaiter-Token-Expires", self.request("GET", f"/rest/orgs?version={VERSION}", admin).headers)
        listed = {item["attributes"]["name"]: item["attributes"] for item in self.ask("GET", tokens, admin)["data"]}
        self.assertEqual((listed["short"]["expires_soon"], listed["root"]["expires_soon"]), (True, False))
        self.assertNotIn("token", listed["short"])
        self.ask("DELETE", f"{tokens}/{made['id']}", admin, status=204)
        self.ask("DELETE", f"{tokens}/{made['id']}", admin, status=404)
        self.ask("GET", "/rest/orgs", secret, status=401)

    def test_the_audit_trail_is_searched(self):
        admin = self.expect("token", "create", "root", "--role", "admin").strip()
        self.expect("token", "create", "other", "--role", "viewer")
        logs = self.organization(admin) + "/audit_logs/search"
        search = lambda query: [item["event"] for item in self.ask("GET", logs + query, admin)["data"]["items"]]
        self.assertEqual(search(""), ["org.token.create", "org.token.create"])
        self.assertEqual(search("?events=org.token.create,org.user.edit"), ["org.token.create"] * 2)
        self.assertEqual(search("?exclude_events=org.token.create"), [])
        self.assertEqual(search("?to=2020-01-01T00:00:00Z"), [])
        page = self.ask("GET", logs + "?size=1&sort_order=ASC", admin)
        self.assertEqual(page["data"]["items"][0]["content"]["subject_name"], "root")
        answer = self.request("GET", page["links"]["next"], admin)
        self.assertEqual(json.loads(answer.content)["data"]["items"][0]["content"]["subject_name"], "other")
        for bad in ("?size=0", "?size=101", "?from=yesterday", "?sort_order=UP", "?cursor=x", "?user_id=me",
                    "?events=a&exclude_events=b"):
            self.ask("GET", logs + bad, admin, status=400)

    def test_too_many_requests_wait(self):
        self.stop()
        self.start("--rate-limit", "5")
        token = self.expect("token", "create", "root", "--role", "admin").strip()
        other = self.expect("token", "create", "other", "--role", "admin").strip()
        answers = [self.request("GET", f"/rest/orgs?version={VERSION}", token) for _ in range(20)]
        refused = [answer for answer in answers if answer.status == 429]
        self.assertGreaterEqual(len(refused), 9)  # all but five, or ten if a minute ends meanwhile
        self.assertEqual(answers[0].status, 200)
        self.assertIn(int(refused[0].headers["Retry-After"]), range(1, 61))
        self.assertEqual(json.loads(refused[0].content)["errors"][0]["code"], "rate-limited")
        self.ask("GET", "/rest/orgs", other)
        guesses = [self.request("GET", f"/rest/orgs?version={VERSION}", f"tw_{number:064x}").status for number in range(150)]
        self.assertEqual(guesses[0], 401)
        self.assertIn(429, guesses)

    def test_the_first_start_shows_a_link_once(self):
        self.stop()
        output = (self.folder / "output").read_text()
        self.assertEqual(len(re.findall(r"/session\?token=tw_[0-9a-f]{64}", output)), 1)
        self.assertNotIn("/session?token=tw_", (self.folder / "log").read_text())
        self.start()
        self.stop()
        self.assertEqual((self.folder / "output").read_text(), output)


if __name__ == "__main__":
    unittest.main()
