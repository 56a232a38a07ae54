#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tidewaiter demo` with small images: its own registry, and one that wants a password.   usage: demo_test.py TIDEWAITER

A second start uses what the first left, a Ctrl-C ends everything that the demo started, a password is asked at a
terminal only, and what is typed is not shown."""
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from image_layout import OS_RELEASE, Home, Layout, advisory, paragraph, status, tar, write_feed
from real_registry import free_port

EXECUTABLE = sys.argv.pop(1)
SECONDS_MAX = 120
TOOLS = ["docker-registry", "skopeo", "htpasswd"]
FIXABLE = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def write_images(folder):
    """One image with one critical, fixable vulnerability; the list names it twice."""
    layout = Layout(folder / "old")
    layout.add_layer(tar({"etc": None, "etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(
        paragraph("libssl3", "3.0.1-1", Source="openssl"), paragraph("bash", "5.2-1"),
        paragraph("zlib1g", "1:1.2.13.dfsg-1", Source="zlib"))}))
    layout.finish("old")
    (folder / "list").write_text("old demo/old:1\nold demo/old:2\n")


def write_feeds(folder):
    write_feed(folder, [advisory("DSA-1-1", "openssl", "3.0.2-1", vector=FIXABLE)])
    write_feed(folder, [advisory("ALPINE-1", "openssl", "3.0.2-r0", "Alpine:v3.20")], "Alpine")


class DemoTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-demo-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = Home(EXECUTABLE, self.folder, SECONDS_MAX)
        (self.folder / "images").mkdir()
        write_images(self.folder / "images")
        write_feeds(self.folder / "feeds")

    def demo(self, *words):
        return self.home.run("demo", "--state", self.folder / "state", "--images", self.folder / "images", "--feeds",
                             self.folder / "feeds", "--listen", "127.0.0.1:0", *words)

    def assert_table(self, output, *images):
        """Two packages, of which one has one critical and fixable vulnerability."""
        for image in images:
            row = next((line.split() for line in output.splitlines() if line.startswith(image)), None)
            self.assertIsNotNone(row, output)
            self.assertEqual(row[1:9], ["linux/amd64", "3", "1", "0", "0", "0", "0", "1"], output)
        self.assertRegex(output, r"Worst finding:  DSA-1-1 \(critical\) in libssl3 3\.0\.1-1 of .*, fixed in 3\.0\.2-1")
        self.assertNotIn("DEMO DATA", output)

    def test_shows_the_table_of_its_own_registry_and_again_at_a_second_start(self):
        first = self.demo("--once")
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        self.assertIn("2 tags pushed by skopeo", first.stdout)
        self.assertRegex(first.stdout, r"first finding: DSA-1-1")
        port = re.search(r"docker-registry on (127\.0\.0\.1:\d+)", first.stdout).group(1)
        self.assert_table(first.stdout, f"{port}/demo/old:1", f"{port}/demo/old:2")
        second = self.demo("--once")
        self.assertEqual((second.returncode, second.stderr), (0, ""))
        self.assertNotIn("pushed by skopeo", second.stdout)
        self.assertIn("demo/old:2", second.stdout)

    def test_shows_what_a_feed_commit_does_to_stored_images(self):
        self.home.environment["https_proxy"] = f"http://127.0.0.1:{free_port()}"  # nothing answers there
        for _ in range(2):
            result = self.home.run("demo", "--state", self.folder / "state", "--images", self.folder / "images",
                                   "--listen", "127.0.0.1:0", "--once")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertRegex(result.stdout.splitlines()[-1], r"^feed delta applied: 1 new vulnerability in 1 stored "
                             r"image, 0 bytes pulled, \d+\.\d\d s$")
            self.assertRegex(result.stdout, r"demo/old:1 +linux/amd64 +3 ")
        events = self.home.run("event", "list", "--data", self.folder / "state" / "data-demo", "--change", "new").stdout
        self.assertEqual(events.count("CVE-2023-45853"), 2, events)
        self.assertRegex(events, r"advisory new +CVE-2023-45853 high in pkg:deb/debian/zlib1g@\S+ \(1 image: ")

    def test_says_what_to_do_without_images(self):
        (self.folder / "images" / "list").unlink()
        result = self.demo("--once")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("make run", result.stderr)

    def serve_with_password(self):
        host = f"127.0.0.1:{free_port()}"
        htpasswd = subprocess.run(["htpasswd", "-Bbn", "alice", "s3cret"], capture_output=True, text=True, check=True)
        (self.folder / "htpasswd").write_text(htpasswd.stdout)
        (self.folder / "registry.yml").write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {self.folder}/own}}}}\n"
            f"http: {{addr: {host}}}\nauth: {{htpasswd: {{realm: test, path: {self.folder}/htpasswd}}}}\n")
        server = subprocess.Popen(["docker-registry", "serve", self.folder / "registry.yml"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        deadline = time.monotonic() + SECONDS_MAX
        copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", "--dest-creds",
                "alice:s3cret", f"oci:{self.folder}/images/old:old", f"docker://{host}/team/old:1"]
        while subprocess.run(copy, capture_output=True, check=False).returncode != 0:
            self.assertLess(time.monotonic(), deadline, "the registry takes no image")
            time.sleep(0.2)
        return host

    def own(self, host, *words):
        return ["demo", "--state", str(self.folder / "state"), "--registry", host, "--feeds",
                str(self.folder / "feeds"), "--listen", "127.0.0.1:0", *words]

    def test_takes_the_password_of_an_own_registry_from_the_environment(self):
        host = self.serve_with_password()
        self.home.environment.update(TIDEWAITER_REGISTRY_USERNAME="alice", TIDEWAITER_REGISTRY_PASSWORD="s3cret")
        result = self.home.run(*self.own(host, "--once"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assert_table(result.stdout, f"{host}/team/old:1")
        self.home.environment.update(TIDEWAITER_REGISTRY_PASSWORD="wrong-one")
        result = self.home.run(*self.own(host, "--once"))
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("401", result.stderr)
        self.assertNotIn("wrong-one", result.stdout + result.stderr)

    def test_asks_at_a_terminal_and_stops_at_ctrl_c(self):
        host = self.serve_with_password()
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve(self.home.executable, [self.home.executable, *self.own(host)], self.home.environment)
        self.addCleanup(self.kill_group, child)
        shown = self.wait_for(terminal, "", "User name at " + host)
        os.write(terminal, b"alice\n")
        shown = self.wait_for(terminal, shown, "Password at " + host)
        time.sleep(0.5)  # the terminal stops to echo right after the question
        os.write(terminal, b"s3cret\n")
        shown = self.wait_for(terminal, shown, "Ctrl-C stops everything")
        self.assert_table(shown.replace("\r", ""), f"{host}/team/old:1")
        self.assertNotIn("s3cret", shown)
        address = re.search(r"server: http://127\.0\.0\.1:(\d+)", shown).group(1)
        socket.create_connection(("127.0.0.1", int(address)), timeout=10).close()
        os.write(terminal, b"\x03")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.assertRaises(ProcessLookupError, os.killpg, child, 0)

    @staticmethod
    def kill_group(group):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def wait_for(self, terminal, shown, text):
        deadline = time.monotonic() + SECONDS_MAX
        while text not in shown:
            self.assertLess(time.monotonic(), deadline, shown)
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 65536).decode(errors="replace")
        return shown


if __name__ == "__main__":
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("skipped: there is no " + ", ".join(missing))
        sys.exit(77)
    unittest.main()
