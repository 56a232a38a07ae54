#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tidewaiter feed update` and `feed status` from folders and from a mirror on loopback.   usage: feed_test.py TIDEWAITER"""
import gzip
import http.server
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile

TIDEWAITER = sys.argv.pop(1)
MODIFIED = "2026-08-01T00:00:00Z"


def record(name, package="openssl", ecosystem="Debian:12"):
    return json.dumps({
        "id": name, "modified": MODIFIED, "summary": "a summary",
        "affected": [{"package": {"ecosystem": ecosystem, "name": package},
                      "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}]}]}]})


def zip_of(records):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in records.items():
            archive.writestr(name + ".json", text)
    return content.getvalue()


def records(count, first=0):
    return {f"DSA-{i}-1": record(f"DSA-{i}-1") for i in range(first, first + count)}


def list_of(names):
    return "".join(f"{MODIFIED},{name}\n" for name in names).encode()


class Mirror(http.server.BaseHTTPRequestHandler):
    """Answers from `files`, path to (content, etag); `cut` shortens bodies; `requests` records what came."""

    def do_GET(self):
        server = self.server
        server.requests.append((self.path, self.headers.get("If-None-Match")))
        if self.path in server.statuses:
            self.send_error(server.statuses[self.path])
            return
        if self.path not in server.files:
            self.send_error(404)
            return
        content, etag = server.files[self.path]
        if etag and self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        if etag:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", "Sat, 01 Aug 2026 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(content[:len(content) - server.cut])
        self.close_connection = True

    def log_message(self, *_):
        pass


class FeedTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.root = pathlib.Path(self.temporary.name)
        self.index = self.root / "index"
        self.feed = self.root / "feeds" / "osv"

    def publish(self, ecosystem, content, listed=None):
        folder = self.feed / ecosystem
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "all.zip").write_bytes(content)
        if listed is not None:
            (folder / "modified_id.csv").write_bytes(listed)

    def run_feed(self, *words):
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        return subprocess.run([TIDEWAITER, "feed", *words, "--index", str(self.index)], env=environment,
                              capture_output=True, text=True, timeout=120)

    def update(self, *words, source=None):
        return self.run_feed("update", "--from", source or str(self.root / "feeds"), *words)

    def status(self, *words):
        result = self.run_feed("status", "--format", "json", *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_builds_an_index_from_a_folder(self):
        self.publish("Debian", zip_of(records(3)), list_of(records(3)))
        self.publish("Rocky Linux", zip_of({"RLSA-1": record("RLSA-1", "curl", "Rocky Linux:9")}))
        result = self.update("--ecosystem", "debian:12", "--ecosystem", "Rocky Linux:9", "--ecosystem", "Debian")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertEqual(lines[0], f"Debian: 3 records, no gaps, newest of {MODIFIED}, complete")
        self.assertEqual(lines[1], f"Rocky Linux: 1 records, no gaps, newest of {MODIFIED}, complete")
        self.assertIn("Generation 1 ", lines[2])
        status = self.status("--verify")
        self.assertEqual(status["generation"], 1)
        self.assertEqual([row["name"] for row in status["databases"]], ["osv/Debian", "osv/Rocky Linux"])
        debian = status["databases"][0]
        self.assertEqual((debian["records"], debian["gap_count"], debian["gaps"]), (3, 0, []))
        self.assertEqual((debian["date"], debian["source"]), (MODIFIED, str(self.feed)))
        self.assertEqual((debian["is_remote"], debian["is_complete"], debian["is_intact"]), (False, True, True))
        table = self.run_feed("status")
        self.assertRegex(table.stdout, r"osv/Debian +3 +0 +2026-08-01T00:00:00Z .* yes ")

    def publish_facts(self, feed, name, content):
        folder = self.root / "feeds" / feed
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)

    def publish_catalog(self, count):
        entries = [{"cveID": f"CVE-2026-{i:04}", "dateAdded": "2026-08-01"} for i in range(count)]
        content = json.dumps({"count": count, "vulnerabilities": entries}).encode()
        self.publish_facts("kev", "known_exploited_vulnerabilities.json", content)
        return content

    def test_takes_what_is_known_of_vulnerabilities(self):
        self.publish("Debian", zip_of(records(3)))
        self.assertEqual(self.update("--ecosystem", "Debian").returncode, 0)
        self.assertEqual([row["name"] for row in self.status()["databases"]], ["osv/Debian"])
        self.publish_facts("epss", "epss_scores-2026-08-01.csv.gz", gzip.compress(
            b"#score_date:2026-08-01T00:00:00+0000\nCVE-2026-0001,0.5,0.6\nCVE-2026-0002,0.1,0.2\n"))
        self.publish_facts("epss", "epss_scores-2026-08-02.csv",
                           b"#score_date:2026-08-02T00:00:00+0000\nCVE-2026-0001,0.7,0.8\n")
        catalog = self.publish_catalog(5)
        result = self.update("--ecosystem", "Debian")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("kev: 5 records", result.stdout)
        self.assertIn("epss: 2 records, no gaps, newest of 2026-08-02", result.stdout)
        self.assertEqual([row["name"] for row in self.status()["databases"]], ["epss", "kev", "osv/Debian"])
        for year in (2017, 2018):
            content = json.dumps({"vulnerabilities": [{"cve": {"id": f"CVE-{year}-0001"}}]}).encode()
            self.publish_facts("nvd", f"nvdcve-2.0-{year}.json.gz", gzip.compress(content))
        result = self.update("--feed", "nvd", "--ecosystem", "Debian")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines()[0], "nvd: 2 records, no gaps, unknown date, complete")
        self.assertEqual(self.update("--feed", "nothing", "--ecosystem", "Debian").returncode, 64)
        self.publish_facts("kev", "known_exploited_vulnerabilities.json", catalog[:-1])
        result = self.update("--ecosystem", "Debian")
        self.assertEqual(result.returncode, 10, result.stdout + result.stderr)
        self.assertIn("kev: failed, the last good one stays", result.stdout)
        self.publish_catalog(3)
        result = self.update("--ecosystem", "Debian")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("more than 20 % are gone", result.stdout)
        self.assertEqual([row["records"] for row in self.status("--verify")["databases"]], [2, 5, 2, 3])

    def test_lists_unreadable_records_as_gaps(self):
        content = records(2) | {"DSA-BAD-1": "{", "DSA-BAD-2": json.dumps({"id": "DSA-BAD-2", "withdrawn": "soon"})}
        self.publish("Debian", zip_of(content), list_of(content))
        result = self.update("--ecosystem", "Debian")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("2 records, 2 gaps", result.stdout)
        row = self.status()["databases"][0]
        self.assertTrue(row["is_complete"])
        self.assertEqual([gap["name"] for gap in row["gaps"]], ["DSA-BAD-1", "DSA-BAD-2"])

    def test_is_incomplete_when_the_list_names_others(self):
        self.publish("Debian", zip_of(records(3)), list_of(records(8)))
        result = self.update("--ecosystem", "Debian")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("not complete: modified_id.csv names 5 records that all.zip does not have: "
                      "DSA-3-1, DSA-4-1, DSA-5-1, …", result.stdout)
        self.assertFalse(self.status()["databases"][0]["is_complete"])
        self.publish("Debian", zip_of(records(3)), b"<html>\n")
        self.assertIn("not complete: the list of its records cannot be read",
                      self.update("--ecosystem", "Debian").stdout)

    def test_refuses_a_cut_short_file_and_keeps_the_last_good_one(self):
        whole = zip_of(records(5))
        self.publish("Debian", whole)
        self.assertEqual(self.update("--ecosystem", "Debian").returncode, 0)
        good = self.status()["databases"][0]
        for size in (0, 10, len(whole) // 2, len(whole) - 22, len(whole) - 1):
            self.publish("Debian", whole[:size])
            result = self.update("--ecosystem", "Debian")
            self.assertEqual(result.returncode, 10, result.stdout + result.stderr)
            self.assertIn("failed, the last good one stays", result.stdout)
            self.assertIn("zip", result.stderr)
        row = self.status()["databases"][0]
        self.assertEqual((row["digest"], row["records"]), (good["digest"], 5))
        self.assertIn("zip", row["alarm"])

    def test_updates_the_others_when_one_fails(self):
        self.publish("Debian", zip_of(records(1)))
        self.publish("Alpine", b"no zip file")
        result = self.update("--ecosystem", "Alpine", "--ecosystem", "Debian")
        self.assertEqual(result.returncode, 10)
        self.assertIn("1 of 2 feeds could not be updated", result.stderr)
        self.assertEqual([row["name"] for row in self.status()["databases"]], ["osv/Debian"])

    def test_refuses_a_loss_unless_it_is_accepted(self):
        self.publish("Debian", zip_of(records(10)))
        self.assertEqual(self.update("--ecosystem", "Debian").returncode, 0)
        self.publish("Debian", zip_of(records(7)))
        result = self.update("--ecosystem", "Debian")
        self.assertEqual(result.returncode, 15, result.stderr)
        self.assertIn("--allow-loss", result.stderr)
        self.assertEqual(self.status()["databases"][0]["records"], 10)
        self.assertEqual(self.update("--ecosystem", "Debian", "--allow-loss").returncode, 0)
        self.assertEqual(self.status()["databases"][0]["records"], 7)

    def test_tells_what_to_do_next(self):
        self.publish("Debian", zip_of(records(1)))
        unnamed = self.update()
        self.assertEqual(unnamed.returncode, 64)
        self.assertIn("--ecosystem", unnamed.stderr)
        unknown = self.update("--ecosystem", "Debain")
        self.assertEqual(unknown.returncode, 4)
        self.assertIn('no ecosystem "Debain"; it has Debian', unknown.stderr)
        nowhere = self.update("--ecosystem", "Debian", source=str(self.root / "nowhere"))
        self.assertEqual(nowhere.returncode, 4)
        hostile = self.update("--ecosystem", "../osv/Debian")
        self.assertEqual(hostile.returncode, 3)
        self.assertIn("feed update", self.run_feed("status").stderr)

    def test_notices_damage(self):
        self.publish("Debian", zip_of(records(50)))
        self.assertEqual(self.update("--ecosystem", "Debian").returncode, 0)
        database = next((self.index / "databases").glob("*.cdb"))
        content = bytearray(database.read_bytes())
        content[len(content) // 2] ^= 1
        database.write_bytes(content)
        result = self.run_feed("status", "--verify")
        self.assertEqual(result.returncode, 10)
        self.assertIn("osv/Debian is DAMAGED", result.stdout)
        self.assertIn("tidewaiter feed update --ecosystem 'Debian'", result.stdout)
        self.assertEqual(self.update("--ecosystem", "Debian").returncode, 0)
        self.assertEqual(self.run_feed("status", "--verify").returncode, 0)

    def damage(self, chosen, whole):
        """Changes one file of the index in a way that `chosen` picks; says what it did."""
        path = chosen.choice(sorted(whole))
        content = bytearray(whole[path])
        kind = chosen.choice(["bit", "cut", "longer", "zeros", "missing", "other"])
        at = chosen.randrange(len(content))
        if kind == "bit":
            content[at] ^= 1 << chosen.randrange(8)
        elif kind == "cut":
            del content[at:]
        elif kind == "longer":
            content += b"x"
        elif kind == "zeros":
            content[at:at + 16] = bytes(len(content[at:at + 16]))
        elif kind == "other":
            content = bytearray(whole[chosen.choice(sorted(set(whole) - {path}))])
        if kind == "missing":
            path.unlink()
        else:
            path.write_bytes(content)
        return f"{kind} at {at} of {path.name}", bytes(content) != whole[path] or kind == "missing"

    def test_notices_damage_of_any_kind_and_builds_again(self):
        self.publish("Debian", zip_of(records(30)))
        self.publish_catalog(20)
        self.publish_facts("epss", "epss_scores-current.csv", b"CVE-2026-0001,0.5,0.6\n")
        for seed in range(20):
            shutil.rmtree(self.index, ignore_errors=True)
            self.assertEqual(self.update("--ecosystem", "Debian").returncode, 0)
            whole = {path: path.read_bytes() for path in self.index.rglob("*")
                     if path.is_file() and path.name != "lock" and path.parent.name != "records"}
            self.assertEqual(len(whole), 5)
            what, is_changed = self.damage(random.Random(seed), whole)
            if not is_changed:
                continue  # zeros where zeros were
            with self.subTest(seed=seed, what=what):
                result = self.run_feed("status", "--verify")
                self.assertNotEqual(result.returncode, 0, result.stdout)
                rebuilt = self.update("--ecosystem", "Debian")
                if rebuilt.returncode != 0:  # the list itself is gone: it says what to do
                    self.assertIn("remove it and run", rebuilt.stderr)
                    shutil.rmtree(self.index)
                    self.assertEqual(self.update("--ecosystem", "Debian").returncode, 0)
                self.assertEqual(self.run_feed("status", "--verify").returncode, 0)
                self.assertEqual([row["records"] for row in self.status()["databases"]], [1, 20, 30])

    def mirror(self, files):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
        server.files, server.statuses, server.cut, server.requests = files, {}, 0, []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def stop():
            server.shutdown()
            server.server_close()
            thread.join()
        self.addCleanup(stop)
        return server, f"http://127.0.0.1:{server.server_port}/mirror/"

    def test_fetches_from_a_mirror_and_asks_only_for_news(self):
        files = {"/mirror/ecosystems.txt": (b"Debian\nRocky Linux\n", None),
                 "/mirror/Debian/all.zip": (zip_of(records(4)), '"one"'),
                 "/mirror/Debian/modified_id.csv": (list_of(records(4)), None),
                 "/mirror/Rocky%20Linux/all.zip": (zip_of({"R-1": record("R-1", "curl", "Rocky Linux:9")}), None)}
        server, address = self.mirror(files)
        result = self.update("--ecosystem", "debian", "--ecosystem", "Rocky Linux:9", source=address)
        self.assertEqual(result.returncode, 0, result.stderr)
        row = self.status()["databases"][0]
        self.assertEqual((row["records"], row["is_remote"], row["is_complete"]), (4, True, True))
        self.assertEqual(row["source"], address.rstrip("/"))
        self.assertIn(("/mirror/Debian/all.zip", None), server.requests)

        server.requests.clear()
        result = self.update("--ecosystem", "Debian", source=address)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Debian: unchanged, 4 records", result.stdout)
        self.assertNotIn("/mirror/Debian/all.zip", [path for path, _ in server.requests])
        again = self.status()["databases"][0]
        self.assertEqual(again["digest"], row["digest"])
        self.assertGreaterEqual(again["checked_at"], row["checked_at"])

        files["/mirror/Debian/modified_id.csv"] = (b"", None)
        server.requests.clear()
        self.assertIn("Debian: unchanged, 4 records", self.update("--ecosystem", "Debian", source=address).stdout)
        self.assertIn(("/mirror/Debian/all.zip", '"one"'), server.requests)

        files["/mirror/Debian/modified_id.csv"] = (list_of(records(5)), None)
        files["/mirror/Debian/all.zip"] = (zip_of(records(5)), '"two"')
        self.assertIn("Debian: 5 records", self.update("--ecosystem", "Debian", source=address).stdout)

    def test_does_not_trust_validators_of_a_damaged_database(self):
        server, address = self.mirror({"/mirror/Debian/all.zip": (zip_of(records(4)), '"one"')})
        self.assertEqual(self.update("--ecosystem", "Debian", source=address).returncode, 0)
        database = next((self.index / "databases").glob("*.cdb"))
        database.write_bytes(database.read_bytes()[:-1] + b"\xff")
        server.requests.clear()
        self.assertIn("Debian: 4 records", self.update("--ecosystem", "Debian", source=address).stdout)
        self.assertIn(("/mirror/Debian/all.zip", None), server.requests)
        self.assertEqual(self.run_feed("status", "--verify").returncode, 0)

    def test_takes_every_year_from_a_mirror(self):
        mirror, source = self.mirror({})
        mirror.files["/mirror/Debian/all.zip"] = (zip_of(records(2)), None)
        content = json.dumps({"vulnerabilities": [{"cve": {"id": "CVE-YEAR-0001"}}]})
        for year in range(2002, 2100):
            mirror.files[f"/mirror/nvd/nvdcve-2.0-{year}.json.gz"] = (
                gzip.compress(content.replace("YEAR", str(year)).encode()), '"1"')
        words = ("--ecosystem", "Debian", "--feed", "osv", "--feed", "nvd")
        for _ in range(2):
            mirror.requests.clear()
            result = self.update(*words, source=source)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            asked = [path for path, _ in mirror.requests if path.startswith("/mirror/nvd/")]
            self.assertEqual(asked[-1], "/mirror/nvd/nvdcve-2.0-2002.json.gz")
            self.assertEqual(self.status()["databases"][0]["records"], len(asked))
        del mirror.files["/mirror/nvd/nvdcve-2.0-2010.json.gz"]
        result = self.update(*words, source=source)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("nvd: failed, the last good one stays", result.stdout)
        self.assertIn("has no \"nvdcve-2.0-2010.json.gz\"", result.stdout)

    def test_reports_a_mirror_that_fails(self):
        whole = zip_of(records(2000))
        server, address = self.mirror({"/mirror/Debian/all.zip": (whole, None)})
        self.assertEqual(self.update("--ecosystem", "Debian", source=address).returncode, 0)
        server.cut = len(whole) // 2
        cut = self.update("--ecosystem", "Debian", source=address)
        self.assertEqual(cut.returncode, 10, cut.stderr)
        server.cut = 0
        del server.files["/mirror/Debian/all.zip"]
        absent = self.update("--ecosystem", "Debian", source=address)
        self.assertEqual(absent.returncode, 4, absent.stderr)
        self.assertIn('has no "Debian/all.zip"', absent.stderr)
        server.statuses["/mirror/Debian/all.zip"] = 403
        self.assertEqual(self.update("--ecosystem", "Debian", source=address).returncode, 5)
        self.assertEqual(self.status()["databases"][0]["records"], 2000)


if __name__ == "__main__":
    unittest.main()
