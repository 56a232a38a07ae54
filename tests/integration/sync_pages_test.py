#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages on syncs that do not do what is expected: each command that they show is run in the situation that the page is
about, against a real docker-registry, and its output is what the page shows but for ids, times and addresses.

usage: sync_pages_test.py TIDEWAITER; with TIDEWAITER_RENEW_GOLDEN=1 the pages are written anew."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

import real_registry
from image_layout import OS_RELEASE, Home, Layout, paragraph, status, tar

EXECUTABLE = sys.argv.pop(1)
PAGES = pathlib.Path(__file__).resolve().parents[2] / "docs/how-to"
SECONDS_MAX = 120
VERSION = "2025-09-17"
BLOCK = re.compile(r"(<!-- checked: ([a-z-]+) -->\n```text\n)(.*?)(```\n)", re.S)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n", re.M)
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
# What these connect may be on loopback only here.
LOOPBACK = re.compile("^(tidewaiter (?:integration test|sync run) company)$")
# What differs from run to run, and what the pages show in its place.
SAME = ((r"\(127\.0\.0\.1\)", "(192.0.2.7)"), (r"to 127\.0\.0\.1 port \d+ after \d+ ms", "to 192.0.2.7 port 443 after 21 ms"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-11-22T13:03:12Z"),
        (r"due 2026-11-22T", "due 2026-11-23T"), (r"\d{4}-\d\d-\d\d  \d{4}-\d\d-\d\d  \d{4}-\d\d-\d\d", "2026-11-22  2027-02-20  2026-11-22"),
        (r", \d+ s, by", ", 1 s, by"))


def policy_of(kind, name="All", **parameters):
    return {"name": name, "import_policy": {"type": kind, **({"policy": parameters} if parameters else {})}}


class SyncPagesTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-pages-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = Home(EXECUTABLE, self.folder, SECONDS_MAX)
        self.home.environment.update(TIDEWAITER_DATA=str(self.folder / "data"), PATH=f"{os.path.dirname(self.home.executable)}:{os.environ['PATH']}")
        self.shown = {}  # what is real, and what the page shows in its place
        self.serve_registry()
        self.token = self.expect("token", "create", "robot", "--role", "sync-operator").strip()
        self.address = f"127.0.0.1:{real_registry.free_port()}"
        self.start_server()
        self.organization = self.ask("/rest/orgs")["data"][0]["id"]
        self.integration = self.ask(f"/rest/orgs/{self.organization}/integrations")["data"][0]["id"]
        self.home.environment.update(SERVER=f"http://{self.address}", ORG=self.organization, TOKEN=self.token,
                                     INTEGRATION=self.integration)

    def serve_registry(self):
        """With a password, which the integration knows."""
        real_registry.make_passwords(str(self.folder), "robot", "right")
        self.registry = real_registry.RealRegistry(str(self.folder), sections=real_registry.passwords(self.folder))
        self.addCleanup(self.registry.stop)
        self.shown[self.registry.host] = "registry.example.com"
        self.home.environment["PASSWORD"] = "right"
        self.expect("integration", "add", "company", "--url", f"http://{self.registry.host}", "--field", "username=robot",
                    "--secret-env", "password=PASSWORD")

    def start_server(self):
        with open(self.folder / "server.log", "ab") as log:
            server = subprocess.Popen([self.home.executable, "serve", "--listen", self.address, "--network-allow",
                                       "127.0.0.1"], env=self.home.environment,
                                      stdout=log, stderr=log, cwd=self.folder)
        self.addCleanup(server.wait)
        self.addCleanup(server.send_signal, signal.SIGTERM)
        real_registry.wait_until_open(server, self.address)

    def wait_until(self, is_met):
        deadline = time.monotonic() + SECONDS_MAX
        while not is_met():
            self.assertLess(time.monotonic(), deadline, (self.folder / "server.log").read_text()[-2000:])
            time.sleep(0.1)

    def expect(self, *words):
        result = self.home.run(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def ask(self, path):
        connection = http.client.HTTPConnection(self.address, timeout=SECONDS_MAX)
        connection.request("GET", f"{path}?version={VERSION}", None, {"Authorization": "token " + self.token})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        self.assertEqual(answer.status, 200, text)
        return json.loads(text)

    def push(self, *names):
        """An image under each of the names."""
        for number, name in enumerate(names):
            layout = Layout(self.folder / f"image-{number}")
            layout.add_layer(tar({"etc/os-release": OS_RELEASE,
                                  "var/lib/dpkg/status": status(paragraph("bash", f"5.2-{number}"))}))
            layout.finish("it")
            self.registry.copy(f"oci:{layout.folder}:it", name, "--dest-tls-verify=false", "--dest-creds=robot:right")

    def set_policy(self, policy):
        """Ends when its first run has ended."""
        self.write_policy(policy)
        count = self.ended_runs()
        self.expect("import-policy", "set", "policy.json")
        self.wait_until(lambda: self.ended_runs() > count)

    def write_policy(self, policy):
        (self.folder / "policy.json").write_text(json.dumps({"data": {
            "type": "container_registry_import_policy", "attributes": {"policy": policy}}}))

    def ended_runs(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/data/tidewaiter.db?mode=ro", uri=True)) as store:
            return store.execute("SELECT count(*) FROM sync_runs WHERE finished_ms > 0").fetchone()[0]

    def run_command(self, command, former_status):
        command = LOOPBACK.sub(r"\1 --network-allow 127.0.0.1", command)
        result = subprocess.run(["bash", "-c", f"(exit {former_status}); {command}"], env=self.home.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                cwd=self.folder, timeout=SECONDS_MAX, check=False)
        text = result.stdout
        for real, shown in self.shown.items():
            text = text.replace(real, shown)
        for pattern, same in SAME:
            text = re.sub(pattern, same, text)
        ids = {}
        text = re.sub(UUID, lambda match: ids.setdefault(match[0], f"{len(ids) + 1:08d}-0000-4000-8000-000000000000"), text)
        return text + ("" if text.endswith("\n") or not text else "\n"), result.returncode

    def check_page(self, name, situations):
        """`situations` by the names of the page's blocks: what has to be done before its commands are run."""
        page = (PAGES / name).read_text()
        self.assertEqual([match[2] for match in BLOCK.finditer(page)], list(situations))

        def renew(match):
            situations[match[2]]()
            commands, text, former_status = COMMAND.findall(match[3]), "", 0
            self.assertGreater(len(commands), 0, match[0])
            for command in commands:
                output, former_status = self.run_command(command, former_status)
                text += f"$ {command}\n{output}"
            return match[1] + text + match[4]
        renewed = BLOCK.sub(renew, page)
        if os.environ.get("TIDEWAITER_RENEW_GOLDEN"):
            (PAGES / name).write_text(renewed)
            page = renewed
        self.assertEqual(page.splitlines(), renewed.splitlines(), "renew the page: TIDEWAITER_RENEW_GOLDEN=1")

    def test_imports_do_not_run(self):
        def no_right():
            self.push("team/app:1.0")
            self.home.environment["TOKEN"] = self.expect("token", "create", "reader", "--role", "viewer").strip()
            self.write_policy(policy_of("ImportAll"))

        def wrong_id():
            self.home.environment.update(TOKEN=self.token, INTEGRATION="11111111-1111-4111-8111-111111111111")

        def no_right_to_import():
            self.home.environment["INTEGRATION"] = self.integration
            self.expect("service-account", "create", "registry-robot", "--role", "viewer")
            self.set_policy(policy_of("ImportAll") | {"run_as": "registry-robot"})

        self.check_page("imports-do-not-run.md", {
            "no-policy": lambda: None, "no-right": no_right, "wrong-id": wrong_id, "no-right-to-import": no_right_to_import})

    def test_the_registry_refuses_the_credentials(self):
        def wrong_password():
            self.push("team/app:1.0")
            self.home.environment["PASSWORD"] = "changed-since"
            self.expect("integration", "edit", "company", "--secret-env", "password=PASSWORD")
            self.set_policy(policy_of("ImportAll"))

        def right_password():
            self.home.environment["NEW_PASSWORD"] = "right"

        def unreachable():
            self.registry.stop()

        self.check_page("registry-refuses-the-credentials.md", {
            "refused": wrong_password, "mended": right_password, "unreachable": unreachable})

    def test_a_policy_does_not_select_what_it_should(self):
        def no_push_time():
            self.push("mycompany/my-app:prod-1", "mycompany/my-app:prod-2", "mycompany/web:dev", "other/app:prod-1")
            self.expect("sync", "run", "company", "--detach")
            self.wait_until(lambda: self.ended_runs() == 1)
            self.write_policy({"name": "Recent", "import_policy": {"type": "And", "sub_policies": [
                {"type": "Regex", "policy": {"repo": "^mycompany/", "tag": "^prod"}},
                {"type": "Recent", "policy": {"maxAgeDays": 30}}]}})

        def other_names():
            self.write_policy(policy_of("Regex", "Releases", repo="^my-company/", tag="prod"))

        def one_image():
            self.set_policy(policy_of("Regex", "Releases", repo="^mycompany/", tag="^prod-[0-9]$"))

        def wrong_expression():
            self.write_policy(policy_of("Regex", "Releases", repo="^mycompany/(my-app|web$"))

        self.check_page("policy-selects-something-else.md", {
            "no-push-time": no_push_time, "other-names": other_names, "one-image": one_image,
            "wrong-expression": wrong_expression})

    def test_a_deleted_project_stays_away(self):
        def deleted():
            self.push("team/app:1.0", "team/app:2.0")
            self.set_policy(policy_of("ImportAll"))
            self.expect("project", "delete", "team/app:1.0")
            count = self.ended_runs()
            self.expect("sync", "run", "company", "--detach")
            self.wait_until(lambda: self.ended_runs() > count)

        self.check_page("deleted-project-stays-away.md", {"deleted": deleted, "imported": lambda: None})


if __name__ == "__main__":
    absent = real_registry.absent(real_registry.TOOLS + ["htpasswd", "curl"])
    if absent:
        print("skipped: there is no " + ", ".join(absent))
        sys.exit(77)
    unittest.main()
