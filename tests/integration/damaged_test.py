#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the executable makes of damaged and hostile images: the right answer, a gap or an error, and always in little
memory.

usage: damaged_test.py TIDEWAITER [Scan|Large|Serve]

Memory counts where the environment's TIDEWAITER_RELEASE names a release build, which then is what the scans run; a
sanitized build takes several times as much, so its figures mean nothing and that check is skipped.
"""
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import make_damaged
from image_layout import MANIFEST, Home, advisory, write_feed
from memory_sample import run_sampled

RELEASE = os.environ.get("TIDEWAITER_RELEASE")
MEBIBYTE = 1 << 20
PARENT_BYTES_MAX = CHILD_BYTES_MAX = 64 * MEBIBYTE
HELD_BYTES_MAX = 256 * MEBIBYTE
SECONDS_MAX = 110
ONE_LINE_MAX = 1000
VERSION = "2025-09-17"

# In a sanitized build the names repeat, which saves most of the time that such an image takes to make.
DISTINCT_NAMES = 6000000 if RELEASE else 100000

tidewaiter = ""


def prepare(folder):
    home = Home(RELEASE or tidewaiter, folder, SECONDS_MAX)
    write_feed(home.folder / "feed", [advisory("DSA-1-1", "openssl", "3.0.10-1")])
    home.update_feed(home.folder / "feed")
    return home


class DamagedCase(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-damaged-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.home = prepare(self.folder)

    def make(self, case, **options):
        layout = self.folder / case
        layout.mkdir()
        make_damaged.CASES[case](layout, **options)
        return f"oci:{layout}"


class ScanCase(DamagedCase):
    def scan(self, case, held_bytes=0, **options):
        reference = self.make(case, **options)
        result, self.memory, seconds = run_sampled(
            [self.home.executable, "scan", reference, "--format", "json"], self.home.environment, self.folder,
            SECONDS_MAX)
        print(f"{case}: status {result.returncode}, {seconds:.1f} s, parent {self.memory.parent_bytes / MEBIBYTE:.1f} MiB, "
              f"child {self.memory.child_bytes / MEBIBYTE:.1f} MiB", flush=True)
        self.assertGreaterEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("Sanitizer", result.stderr)
        if RELEASE:
            self.assertLessEqual(self.memory.parent_bytes, PARENT_BYTES_MAX)
            self.assertLessEqual(self.memory.child_bytes, CHILD_BYTES_MAX + held_bytes)
        self.result = result
        self.report = json.loads(result.stdout) if result.stdout else None

    def versions(self):
        return {package["name"]: package["version"] for package in self.report["packages"]}

    def assert_answer(self, gap_count=0):
        """As of a sound image."""
        self.assertEqual(self.result.returncode, 2 if gap_count else 0, self.result.stdout + self.result.stderr)
        self.assertEqual(len(self.report["gaps"]), gap_count, self.report["gaps"])
        self.assertEqual(self.report["distribution"]["ecosystem"], "Debian:12")
        self.assertEqual(self.versions(), {"openssl": "3.0.9-1", "zlib1g": "1:1.2.13.dfsg-1"})
        self.assertEqual([finding["id"] for finding in self.report["findings"]], ["DSA-1-1"])
        self.assertEqual({package["path"] for package in self.report["packages"]}, {"var/lib/dpkg/status"})

    def assert_gap(self, kind, path, reason):
        """The answer is "could not tell", and the report says which part and why, in one line."""
        self.assertEqual(self.result.returncode, 2, self.result.stdout + self.result.stderr)
        self.assertEqual(self.report["verdict"]["result"], "could-not-tell")
        gaps = [gap for gap in self.report["gaps"] if gap["kind"] == kind and gap["path"] == path]
        gaps = [gap for gap in gaps if re.search(reason, gap["reason"])]
        self.assertEqual(len(gaps), 1, self.report["gaps"])
        self.assertNotIn("\n", gaps[0]["reason"])
        self.assertLess(len(gaps[0]["reason"]), ONE_LINE_MAX)
        self.assertTrue(gaps[0]["consequence"])

    def layer(self, number):
        return self.report["image"]["layers"][number]["digest"]

    def assert_seen_before_the_damage(self):
        """What was read before the damage, or lies in a sound layer below it, counts."""
        self.assertEqual(self.versions()["openssl"], "3.0.9-1")
        self.assertEqual([finding["id"] for finding in self.report["findings"]], ["DSA-1-1"])


class Scan(ScanCase):
    def test_a_sound_image_is_answered(self):
        self.scan("sound")
        self.assert_answer()

    def test_a_layer_that_is_cut_off(self):
        self.scan("cut-layer")
        self.assert_gap("unreadable-layer", self.layer(0), "ends early")
        self.assertEqual(self.report["packages"], [])

    def test_a_tar_that_is_cut_off_in_a_whole_gzip_stream(self):
        self.scan("cut-tar")
        self.assert_gap("unreadable-layer", self.layer(1), "damaged after entry 1")
        self.assert_seen_before_the_damage()

    def test_a_blob_that_is_shorter_than_its_manifest_says(self):
        self.scan("cut-blob")
        self.assert_gap("unreadable-layer", self.layer(0), r"ends after \d+ of \d+ bytes")
        self.assertEqual(self.report["packages"], [])

    def test_a_blob_with_another_digest(self):
        self.scan("wrong-digest")
        self.assert_gap("unreadable-layer", self.layer(0), "has digest sha256:.*expected " + self.layer(0))
        self.assertEqual(self.report["packages"], [])

    def test_nothing_of_a_wrong_blob_is_kept(self):
        """A second scan meets the same; a record in the cache would hide it."""
        reference = self.make("wrong-digest")
        for _ in range(2):
            result = self.home.run("scan", reference, "--format", "json")
            self.assertEqual(result.returncode, 2)
            self.assertEqual(json.loads(result.stdout)["packages"], [])

    def test_one_flipped_bit(self):
        self.scan("flipped-bit")
        self.assert_gap("unreadable-layer", self.layer(1), "gzip|checksum|damaged")
        self.assert_seen_before_the_damage()

    def test_ten_gigabytes_of_zeros_in_gzip(self):
        self.scan("gzip-bomb")
        self.assert_gap("limit-reached", self.layer(-1), "only bombs have")
        self.assert_seen_before_the_damage()

    def test_ten_gigabytes_of_zeros_in_less_than_a_megabyte_of_zstd(self):
        self.scan("zstd-bomb")
        self.assert_gap("limit-reached", self.layer(-1), "only bombs have")
        self.assert_seen_before_the_damage()

    def test_a_dpkg_status_file_of_two_gigabytes(self):
        self.scan("huge-status")
        self.assert_gap("limit-reached", "var/lib/dpkg/status", r"has 2\d{9} bytes, more than the 268435456")
        self.assertEqual(self.report["packages"], [])

    def test_links_that_lead_to_each_other(self):
        self.scan("symlink-loop")
        self.assert_gap("unreadable-file", "etc/os-release", "loop of symbolic links")

    def test_paths_that_climb_or_start_at_the_root(self):
        self.scan("hostile-paths")
        self.assert_answer()

    def test_a_database_in_the_second_gzip_member(self):
        self.scan("second-member")
        self.assert_answer()

    def test_a_second_archive_behind_the_first_is_told(self):
        self.scan("second-archive")
        self.assert_gap("unreadable-layer", self.layer(-1), "followed by other data")
        self.assertEqual(self.report["packages"], [])


class Large(ScanCase):
    def test_six_million_empty_files(self):
        self.scan("many-files", distinct=DISTINCT_NAMES)
        self.assert_gap("limit-reached", self.layer(-1), "more than 5000000 entries")
        self.assert_seen_before_the_damage()

    def test_a_dpkg_status_file_that_can_just_be_held(self):
        self.scan("held-status", held_bytes=HELD_BYTES_MAX)
        self.assertIn(self.result.returncode, (0, 2))
        self.assertGreater(len(self.report["packages"]), 10000)
        if self.result.returncode == 0:
            self.assertEqual((len(self.report["packages"]), self.report["gaps"]), (20000, []))
        else:
            self.assert_gap("limit-reached", "var/lib/dpkg/status", "more packages, links and paths")


class Registry(http.server.BaseHTTPRequestHandler):
    """Serves OCI layouts read-only, blobs as they lie there, so that a damaged one reaches the client."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        repositories = self.server.repositories
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts == ["v2"]:
            return self.answer(b"{}", "application/json")
        if parts == ["v2", "_catalog"]:
            return self.answer(json.dumps({"repositories": sorted(repositories)}).encode(), "application/json")
        folder, digest = repositories.get(parts[1], (None, None))
        if folder is None or len(parts) < 4:
            return self.answer(b"{}", "application/json", 404)
        if parts[2:] == ["tags", "list"]:
            return self.answer(json.dumps({"name": parts[1], "tags": ["latest"]}).encode(), "application/json")
        wanted = digest if parts[3] == "latest" else parts[3]
        blob = folder / "blobs" / "sha256" / wanted.removeprefix("sha256:")
        kind = MANIFEST if parts[2] == "manifests" else "application/octet-stream"
        return self.answer(blob.read_bytes() if blob.exists() else b"{}", kind, 200 if blob.exists() else 404, wanted)

    do_HEAD = do_GET

    def answer(self, content, kind, status=200, digest=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if digest:
            self.send_header("Docker-Content-Digest", digest)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


class Serve(DamagedCase):
    """The same through the server: it stays alive, and the image's row tells."""

    def start_registry(self, *cases):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
        server.repositories = {}
        for case in cases:
            self.make(case)
            digest = json.loads((self.folder / case / "index.json").read_text())["manifests"][0]["digest"]
            server.repositories[case] = (self.folder / case, digest)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def stop():
            server.shutdown()
            server.server_close()
            thread.join()
        self.addCleanup(stop)
        return f"http://127.0.0.1:{server.server_port}"

    def start_server(self):
        self.data = self.folder / "data"
        self.home.update_feed(self.folder / "feed", index=self.data / "index")
        self.log_path = self.folder / "log"
        with open(self.log_path, "wb") as log:
            self.server = subprocess.Popen(
                [self.home.executable, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--network-allow",
                 "127.0.0.1"], stdout=subprocess.PIPE, stderr=log, env=self.home.environment)
        self.addCleanup(self.stop_server)
        ready = self.wait_for(lambda: [line for line in self.log_lines() if line["msg"] == "ready"])
        self.url = ready[0]["url"]

    def stop_server(self):
        self.server.send_signal(signal.SIGTERM)
        try:
            self.assertEqual(self.server.wait(30), 0, self.log_path.read_text())
        finally:
            self.server.kill()
            self.server.wait()
            self.server.stdout.close()

    def log_lines(self):
        return [json.loads(line) for line in self.log_path.read_text().splitlines() if line.startswith("{")]

    def wait_for(self, condition):
        """What `condition` gives, as soon as it gives something; the log if it does not, or if the server ends."""
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline and self.server.poll() is None:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        self.fail(self.log_path.read_text())

    def sign_in(self):
        link = self.home.run("sign-in", "--data", self.data, "--url", self.url).stdout.strip()

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(link, timeout=20)
        except urllib.error.HTTPError as redirect:
            self.assertEqual(redirect.code, 303)
            self.cookie = redirect.headers["Set-Cookie"].split(";")[0]
            redirect.close()
        self.org = "/rest/orgs/" + self.get("/rest/self")["data"]["attributes"]["organization"]

    def get(self, path):
        request = urllib.request.Request(f"{self.url}{path}?version={VERSION}", headers={"Cookie": self.cookie})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as response:
            return json.load(response)

    def sync(self, *cases):
        address = self.start_registry(*cases)
        self.start_server()
        added = self.home.run("integration", "add", "registry", "--url", address, "--data", self.data)
        self.assertEqual(added.returncode, 0, added.stderr)
        started = self.home.run("sync", "run", "registry", "--data", self.data, "--detach")
        self.assertEqual(started.returncode, 0, started.stderr)
        self.sign_in()
        self.wait_for(lambda: self.is_done(len(cases)))
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.url + "/healthz", timeout=20) as health:
            self.assertEqual(health.status, 200)

    def is_done(self, count):
        self.rows = {row["attributes"]["repository"]: row for row in self.get(self.org + "/images")["data"]}
        return len(self.rows) == count and all(
            row["attributes"]["state"] in ("scanned", "failed") for row in self.rows.values())

    def gaps_of(self, repository):
        return [gap["attributes"] for gap in self.get(f"{self.org}/images/{self.rows[repository]['id']}/gaps")["data"]]

    def test_the_server_outlives_damaged_layers_and_shows_them(self):
        self.sync("sound", "cut-layer", "wrong-digest")
        sound = self.rows["sound"]["attributes"]
        self.assertEqual(sound["state"], "scanned")
        self.assertEqual([gap for gap in self.gaps_of("sound") if gap["kind"] == "unreadable-layer"], [])
        for repository, reason in (("cut-layer", "ends early"), ("wrong-digest", "has digest sha256:")):
            with self.subTest(repository=repository):
                row = self.rows[repository]["attributes"]
                gaps = self.gaps_of(repository)
                self.assertEqual((row["state"], row["gap_count"]), ("scanned", len(gaps)))
                self.assertEqual(row["verdict"], "could-not-tell")
                unreadable = [gap for gap in gaps if gap["kind"] == "unreadable-layer"]
                self.assertEqual(len(unreadable), 1, gaps)
                self.assertIn(reason, unreadable[0]["reason"])
                self.assertTrue(unreadable[0]["path"].startswith("sha256:"))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tidewaiter = sys.argv.pop(1)
    if RELEASE is None:
        print("memory is not checked: TIDEWAITER_RELEASE names no release build", flush=True)
    unittest.main(verbosity=2)
