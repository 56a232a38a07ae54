#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds from addresses: repositories and archives that are found through other files, validators of one file and of several,
deltas by lists of what changed.

usage: feed_http_test.py TIDEWAITER
"""
import gzip
import hashlib
import io
import json
import os
import sys
import threading
import unittest
import zipfile

from fake_tls import Hosts
from feed_folder import FeedFolder, tar
from feed_server import Answer, FeedServer
from image_layout import Home
from rpm_feeds_test import BASE, Vex, fixed, updateinfo


class Served(FeedFolder):
    def setUp(self):
        super().setUp()
        self.server = FeedServer()
        self.addCleanup(self.server.close)

    def run_update(self, feed, *ecosystems, **environment):
        words = [word for ecosystem in ecosystems for word in ("--ecosystem", ecosystem)]
        return self.home.run("feed", "update", "--from", self.server.url, "--feed", feed, *words)

    def refused(self, feed, *ecosystems):
        result = self.run_update(feed, *ecosystems)
        self.assertGreaterEqual(result.returncode, 3, result.stdout)
        self.assertIn("the last good one stays", result.stdout)
        return result.stdout + result.stderr

    def paths(self, command="GET"):
        return [path for method, path, *_ in self.server.asked() if method == command]


class Found(Served):
    def put_repository(self, path, content, checksum=None):
        packed = gzip.compress(content.encode())
        checksum = checksum or hashlib.sha256(packed).hexdigest()
        self.server.files[f"/amazon/{path}/mirror.list"] = f"{self.server.url}/{path}/abc/\n".encode()
        self.server.files[f"/{path}/abc/repodata/repomd.xml"] = (
            '<?xml version="1.0"?><repomd xmlns="http://linux.duke.edu/metadata/repo"><data type="primary"><checksum type="sha256">'
            f'00</checksum><location href="repodata/p.gz"/></data><data type="updateinfo"><checksum type="sha256">{checksum}'
            '</checksum><location href="repodata/u.xml.gz"/></data></repomd>').encode()
        self.server.files[f"/{path}/abc/repodata/u.xml.gz"] = packed

    def test_updates_of_repositories_are_found_and_verified(self):
        core, extra = "2/core/latest/x86_64", "2/extras/docker/latest/x86_64"
        rows = [("a", 0, "1", "2.amzn2", "x86_64")]
        self.put_repository(core, updateinfo(("ALAS2-2026-001", "low", ["CVE-2026-0001"], rows)))
        self.put_repository(extra, updateinfo(("ALAS2DOCKER-2026-001", "low", ["CVE-2026-0002"], rows)))
        self.server.statuses["/amazon/2/extras/ecs/latest/x86_64/mirror.list"] = 403
        self.assertIn("amazon/Amazon Linux: 2 records, no gaps", self.update("amazon", "Amazon Linux"))
        purl = "pkg:rpm/amazon/a@1-1.amzn2?distro=amzn-2"
        self.assertEqual(len(self.scan(purl)), 2)
        self.server.asked()
        self.assertIn("unchanged", self.update("amazon", "Amazon Linux"))
        self.assertFalse([path for path in self.paths() if path.endswith("u.xml.gz")])
        self.put_repository(core, updateinfo(("ALAS2-2026-001", "low", ["CVE-2026-0003"], rows)), "ab" * 32)
        self.assertIn("sha256", self.refused("amazon", "Amazon Linux"))
        name = f"/{core}/abc/repodata/repomd.xml"
        self.server.files[name] = self.server.files[name].replace(b"repodata/u.xml.gz", b"repodata/../../x")
        self.assertIn("does not name a file of it", self.refused("amazon", "Amazon Linux"))
        self.server.files[name] = b"<repomd><data type='updateinfo'>"
        self.refused("amazon", "Amazon Linux")
        self.assertEqual(len(self.scan(purl)), 2)

    def test_the_archive_has_the_name_that_another_file_tells(self):
        vex = fixed(Vex("CVE-2026-0001"), "BaseOS-8.9.0", BASE, "bash", "2-2.el8")
        self.server.files["/redhat/archive_latest.txt"] = b"csaf_vex_2026-01-05.tar.zst\n"
        self.server.files["/redhat/csaf_vex_2026-01-05.tar.zst"] = tar({"1.json": vex.document})
        self.assertIn("redhat/Red Hat: 1 records", self.update("redhat", "Red Hat"))
        for name in (b"../x", b"other.tar.zst", b"<html>", b"csaf_vex_/../../x"):
            self.server.files["/redhat/archive_latest.txt"] = name
            self.assertIn("does not hold the name", self.refused("redhat", "Red Hat"))

    def test_of_several_files_all_must_be_unchanged(self):
        for release in ("v3.10", "v3.11"):
            self.server.files[f"/alpine/{release}/main.json"] = secdb(release, "1.0-r1")
        self.assertIn("alpine/Alpine: 2 records", self.update("alpine", "Alpine"))
        self.server.asked()
        self.assertIn("unchanged", self.update("alpine", "Alpine"))
        self.assertEqual(self.paths(), [])
        self.server.files["/alpine/v3.10/main.json"] = secdb("v3.10", "1.0-r2")
        self.assertNotIn("unchanged", self.update("alpine", "Alpine"))
        self.server.files["/alpine/v3.12/main.json"] = secdb("v3.12", "1.0-r2")
        self.assertIn("alpine/Alpine: 3 records", self.update("alpine", "Alpine"))
        self.server.has_validators = False
        self.assertNotIn("unchanged", self.update("alpine", "Alpine"))
        self.assertNotIn("unchanged", self.update("alpine", "Alpine"))


class Alarms(Served):
    def status(self):
        text = self.home.run("feed", "status").stdout
        (row,) = [row for row in json.loads(self.home.run("feed", "status", "--format", "json").stdout)["databases"]]
        return text, row

    def test_a_refused_feed_raises_an_alarm_until_a_good_one_comes(self):
        path = "/alpine/v3.10/main.json"
        good = self.server.files[path] = secdb("v3.10", "1.0-r1")
        self.update("alpine", "Alpine")
        self.assertNotIn("alarm", self.status()[1])
        self.server.files[path] = good[:-5]
        self.refused("alpine", "Alpine")
        text, first = self.status()
        self.assertIn("alpine/Alpine is NOT UP TO DATE since 20", text)
        self.assertIn("not valid JSON", first["alarm"])
        self.server.statuses[path] = 500
        self.refused("alpine", "Alpine")
        text, row = self.status()
        self.assertIn("500", row["alarm"])
        self.assertEqual((row["alarm_at"], row["digest"]), (first["alarm_at"], first["digest"]))
        self.assertEqual(len(self.scan("pkg:apk/alpine/musl@1.0-r0?distro=alpine-3.10.0")), 1)
        del self.server.statuses[path]
        self.server.files[path] = good
        self.update("alpine", "Alpine")
        text, row = self.status()
        self.assertNotIn("alarm", row)
        self.assertNotIn("NOT UP TO DATE", text)


class Tls(Answer):
    """The same files, by HTTPS."""

    def setup(self):
        super().setup()
        self.server.feeds = self.server.scenario


class Outbound(Served):
    def run_from(self, address, **environment):
        self.home.environment.update(environment)
        return self.home.run("feed", "update", "--from", address, "--feed", "alpine", "--ecosystem", "Alpine")

    def test_feeds_go_through_the_proxy_of_the_environment(self):
        self.server.files["/alpine/v3.10/main.json"] = secdb("v3.10", "1.0-r1")
        result = self.run_from("http://feeds.example", http_proxy=self.server.url, no_proxy="other.example")
        self.assertIn("alpine/Alpine: 1 records", result.stdout, result.stderr)
        self.assertIn("http://feeds.example/alpine/v3.10/main.json", self.server.proxied)
        self.server.proxied.clear()
        self.assertGreaterEqual(self.run_from("http://feeds.example", no_proxy="*.example,feeds.example").returncode, 3)
        self.assertEqual(self.server.proxied, [])

    def test_feeds_trust_the_authority_of_the_environment(self):
        hosts = Hosts(Tls, self.server)
        self.addCleanup(hosts.close)
        self.server.files["/alpine/v3.10/main.json"] = secdb("v3.10", "1.0-r1")
        refused = self.run_from("https://acme.example", https_proxy=hosts.address)
        self.assertGreaterEqual(refused.returncode, 3, refused.stdout)
        self.assertIn("ertificate", refused.stderr)
        result = self.run_from("https://acme.example", SSL_CERT_FILE=hosts.authority)
        self.assertIn("alpine/Alpine: 1 records", result.stdout, result.stderr)


class Resumed(Served):
    PATH = "/alpine/v3.10/main.json"

    def setUp(self):
        super().setUp()
        self.content = self.server.files[self.PATH] = secdb("v3.10", "1.0-r1") + b" " * 300000

    def test_a_download_that_breaks_goes_on_where_it_was(self):
        self.server.cuts[self.PATH] = 200000
        self.assertIn("alpine/Alpine: 1 records", self.update("alpine", "Alpine"))
        asked = [(path, range_) for method, path, range_, _ in self.server.asked() if method == "GET" and path == self.PATH]
        self.assertEqual(asked, [(self.PATH, None), (self.PATH, "bytes=200000-")])

    def test_a_file_that_changed_meanwhile_or_a_server_without_ranges_refuses_it(self):
        self.update("alpine", "Alpine")
        for takes_ranges, has_validators in ((False, True), (True, False)):
            self.server.takes_ranges, self.server.has_validators = takes_ranges, has_validators
            self.server.files[self.PATH] = self.content + b"  "
            self.server.cuts[self.PATH] = 200000
            self.refused("alpine", "Alpine")


class Deltas(Served):
    NAMES = [f"DSA-{i}-1" for i in range(40)]

    def setUp(self):
        super().setUp()
        self.records = {id_: self.record(id_, "2026-01-01T00:00:00Z") for id_ in self.NAMES}
        self.publish()

    def record(self, id_, modified, fixed="2-1", package="zlib"):
        return {"id": id_, "modified": modified, "upstream": ["CVE-2026-" + id_.split("-")[1].zfill(4)], "affected": [
            {"package": {"ecosystem": "Debian:12", "name": package},
             "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}]}

    def publish(self, has_zip=True):
        """As OSV does: the archive, the list with the newest first, and each record."""
        rows = sorted(((record["modified"], id_) for id_, record in self.records.items()), reverse=True)
        self.server.files["/osv/Debian/modified_id.csv"] = "".join(f"{when},{id_}\n" for when, id_ in rows).encode()
        for id_, record in self.records.items():
            self.server.files[f"/osv/Debian/{id_}.json"] = json.dumps(record).encode()
        if has_zip:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as archive:
                for id_, record in self.records.items():
                    archive.writestr(f"{id_}.json", json.dumps(record))
            self.server.files["/osv/Debian/all.zip"] = out.getvalue()

    def run_update(self, feed="osv", *ecosystems):
        ecosystems = ecosystems or ("Debian",)
        words = [word for ecosystem in ecosystems for word in ("--ecosystem", ecosystem)]
        return self.home.run("feed", "update", "--from", self.server.url + ("/osv" if feed == "osv" else ""), "--feed", feed, *words)

    def update(self, *_, **__):
        result = self.run_update()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def make_folder(self, name):
        (self.folder / name).mkdir()
        return self.folder / name

    def fetched(self):
        return sorted(path.rsplit("/", 1)[1] for path in self.paths() if not path.endswith("ecosystems.txt"))

    def fixes(self):
        return {id_: finding["fixed_versions"] for (_, id_), finding in self.scan("pkg:deb/debian/zlib@1-1?distro=debian-12").items()}

    def test_only_what_changed_is_fetched(self):
        self.assertIn("Debian: 40 records", self.update())
        before = self.fixes()
        self.assertIn("all.zip", self.fetched())
        self.update()
        self.assertEqual(self.fetched(), ["modified_id.csv"])
        self.records["DSA-3-1"] = self.record("DSA-3-1", "2026-02-01T00:00:00Z", "3-1")
        self.records["DSA-99-1:x"] = self.record("DSA-99-1:x", "2026-02-02T00:00:00.5Z")
        self.records["DSA-98-1"] = self.record("DSA-98-1", "2025-02-02T00:00:00Z")  # older, but never seen
        del self.records["DSA-4-1"]
        self.publish(has_zip=False)
        self.server.files["/osv/Debian/DSA-99-1%3Ax.json"] = self.server.files["/osv/Debian/DSA-99-1:x.json"]
        self.assertIn("Debian: 41 records, no gaps, newest of 2026-02-02", self.update())
        fetched = self.fetched()
        self.assertEqual(fetched, ["DSA-3-1.json", "DSA-98-1.json", "DSA-99-1%3Ax.json", "modified_id.csv"])
        after = self.fixes()
        self.assertEqual(after.pop("CVE-2026-0003"), ["3-1"])
        self.assertEqual(after.pop("CVE-2026-0098"), ["2-1"])
        self.assertEqual(after.pop("CVE-2026-0099"), ["2-1"])
        self.assertEqual(after, {id_: fix for id_, fix in before.items() if id_ not in ("CVE-2026-0003", "CVE-2026-0004")})
        self.publish()
        self.update()
        self.assertEqual(self.fetched(), ["modified_id.csv"])

    def test_a_delta_is_the_same_as_the_whole(self):
        self.update()
        self.server.asked()
        for i in (1, 5, 7):
            self.records[f"DSA-{i}-1"] = self.record(f"DSA-{i}-1", "2026-03-01T00:00:00Z", "9-1")
        self.publish()
        self.update()
        self.assertNotIn("all.zip", self.fetched())
        by_delta = self.fixes()
        fresh = Home(self.tidewaiter, self.make_folder("fresh"))
        result = fresh.run("feed", "update", "--from", self.server.url + "/osv", "--feed", "osv", "--ecosystem", "Debian")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.home = fresh
        self.assertEqual(self.fixes(), by_delta)

    def test_too_much_or_damaged_is_fetched_as_a_whole(self):
        self.update()
        for i in range(9):
            self.records[f"DSA-{i}-1"] = self.record(f"DSA-{i}-1", "2026-03-01T00:00:00Z", "9-1")
        self.publish()
        self.server.asked()
        self.update()
        self.assertIn("all.zip", self.fetched())
        for path in (self.folder / "cache/tidewaiter/index/records").iterdir():
            path.write_bytes(b"x")
        self.records["DSA-1-1"] = self.record("DSA-1-1", "2026-03-02T00:00:00Z", "9-2")
        self.publish()
        self.update()
        self.assertIn("all.zip", self.fetched())
        self.assertEqual(self.fixes()["CVE-2026-0001"], ["9-2"])

    def test_a_mirror_without_single_records_is_fetched_as_a_whole(self):
        self.update()
        self.records["DSA-1-1"] = self.record("DSA-1-1", "2026-03-02T00:00:00Z", "9-2")
        self.publish()
        del self.server.files["/osv/Debian/DSA-1-1.json"]
        self.server.asked()
        self.update()
        self.assertIn("all.zip", self.fetched())
        self.assertEqual(self.fixes()["CVE-2026-0001"], ["9-2"])

    def change(self, count, **more):
        for i in range(count):
            self.records[f"DSA-{i}-1"] = {**self.record(f"DSA-{i}-1", "2026-03-01T00:00:00Z", "9-1"), **more}
        self.publish()
        self.server.asked()

    def grow(self, count, text=""):
        """Records of which each takes some room in the archive."""
        for i in range(100, 100 + count):
            self.records[f"DSA-{i}-1"] = {**self.record(f"DSA-{i}-1", "2026-01-01T00:00:00Z"), "details": text}
        self.publish()
        self.update()

    def test_records_are_fetched_several_at_once(self):
        self.update()
        self.change(8)
        waiting, most, several = [], [0], threading.Condition()

        def wait(path):
            if not path.endswith("-1.json"):
                return
            with several:
                waiting.append(path)
                most[0] = max(most[0], len(waiting))
                several.notify_all()
                several.wait_for(lambda: most[0] >= 4, 30)
                waiting.remove(path)
        self.server.before = wait
        self.update()
        self.assertEqual(sum(path.endswith("-1.json") for path in self.paths()), 8)
        self.assertGreaterEqual(most[0], 4)
        self.assertLessEqual(most[0], 8)

    def test_large_records_and_those_of_a_busy_server_are_fetched_alone(self):
        self.update()
        busy = ["/osv/Debian/DSA-2-1.json"]

        def stop(path):
            self.server.statuses.clear()
            if path in busy:
                self.server.statuses[busy.pop()] = 503
        self.change(6, details="x" * 1000 * 1000)
        self.server.before = stop
        self.assertIn("Debian: 40 records, no gaps", self.update())
        self.assertEqual((busy, "all.zip" in self.fetched()), ([], False))
        self.assertEqual([self.fixes()[f"CVE-2026-{i:04}"] for i in range(7)], [["9-1"]] * 6 + [["2-1"]])

    def test_the_whole_is_fetched_where_that_costs_less(self):
        self.grow(60)
        self.change(8)
        self.update()
        self.assertEqual(self.fetched(), sorted([f"DSA-{i}-1.json" for i in range(8)] + ["modified_id.csv"]))
        self.change(9, summary="again", modified="2026-03-02T00:00:00Z")
        self.update()
        self.assertIn("all.zip", self.fetched())
        self.grow(60, "x" * 4000)
        self.server.files["/osv/Debian/all.zip"] = b""
        self.change(9, summary="and again", modified="2026-03-03T00:00:00Z")
        self.update()
        self.assertNotIn("all.zip", self.fetched())

    def test_what_the_archive_lacks_is_fetched_after_it(self):
        self.records["DSA-77-1"] = self.record("DSA-77-1", "2026-02-01T00:00:00Z")
        self.publish(has_zip=False)
        self.assertIn("Debian: 41 records, no gaps, newest of 2026-02-01T00:00:00Z, complete", self.update())
        self.assertEqual([name for name in self.fetched() if name != "modified_id.csv"], ["DSA-77-1.json", "all.zip"])
        self.records["DSA-78-1"] = self.record("DSA-78-1", "2026-02-01T00:00:00Z")
        self.publish(has_zip=False)
        self.server.statuses["/osv/Debian/DSA-78-1.json"] = 403
        self.home = Home(self.tidewaiter, self.make_folder("fresh"))
        said = self.update()
        self.assertIn("Debian: 40 records", said)
        self.assertIn("not complete: modified_id.csv names 2 records that all.zip does not have", said)
        self.server.statuses.clear()
        self.server.asked()
        self.assertIn("Debian: 42 records, no gaps, newest of 2026-02-01T00:00:00Z, complete", self.update())
        self.assertEqual(self.fetched(), ["DSA-77-1.json", "DSA-78-1.json", "modified_id.csv"])

    def test_records_that_fail_are_gaps_or_refuse_the_delta(self):
        self.update()
        self.records["DSA-1-1"] = self.record("DSA-1-1", "2026-03-02T00:00:00Z", "9-2")
        self.publish()
        self.server.statuses["/osv/Debian/DSA-1-1.json"] = 403
        result = self.run_update()
        self.assertGreaterEqual(result.returncode, 3)
        self.assertIn("the last good one stays", result.stdout)
        self.assertEqual(self.fixes()["CVE-2026-0001"], ["2-1"])
        del self.server.statuses["/osv/Debian/DSA-1-1.json"]
        self.server.files["/osv/Debian/DSA-1-1.json"] = b'{"id": "DSA-1-1", "affected": 7'
        self.assertIn("39 records, 1 gaps", self.update())
        self.assertNotIn("CVE-2026-0001", self.fixes())

    def test_red_hats_archive_is_followed_by_what_changed_since(self):
        def vex(number, when, fix):
            made = fixed(Vex(f"CVE-2026-{number:04}"), "BaseOS-8.9.0", BASE, "bash", fix)
            made.document["document"]["tracking"]["current_release_date"] = when
            return made.document
        files = {f"2026/cve-2026-{i:04}.json": vex(i, "2026-01-02T00:00:00+00:00", "2-2.el8") for i in range(20)}
        self.server.files["/redhat/archive_latest.txt"] = b"csaf_vex_2026-01-05.tar.zst"
        self.server.files["/redhat/csaf_vex_2026-01-05.tar.zst"] = tar(files)
        rows = {path: "2026-01-02T00:00:00+00:00" for path in files}

        def publish(deletions=()):
            self.server.files["/redhat/changes.csv"] = "".join(f'"{path}","{when}"\n' for path, when in rows.items()).encode()
            self.server.files["/redhat/deletions.csv"] = "".join(f'"{path}","2026-02-09T00:00:00+00:00"\n' for path in deletions).encode()

        def fixes():
            found = self.scan("pkg:rpm/redhat/bash@1-1.el8?arch=x86_64&distro=rhel-8.9")
            return {id_: finding["fixed_versions"] for (_, id_), finding in found.items()}

        def change(number, when, fix):
            path = f"2026/cve-2026-{number:04}.json"
            rows[path] = when
            self.server.files[f"/redhat/{path}"] = json.dumps(vex(number, when, fix)).encode()
        change(1, "2026-01-06T00:00:00+00:00", "3-3.el8")
        publish()
        self.assertIn("redhat/Red Hat: 20 records", self.run_update("redhat", "Red Hat").stdout)
        self.assertEqual(fixes()["CVE-2026-0001"], ["3-3.el8"])
        self.server.asked()
        change(2, "2026-02-06T00:00:00+00:00", "4-4.el8")
        publish(["2026/cve-2026-0003.json"])
        self.assertIn("redhat/Red Hat: 19 records", self.run_update("redhat", "Red Hat").stdout)
        self.assertEqual(self.fetched(), ["changes.csv", "cve-2026-0002.json", "deletions.csv"])
        self.assertEqual((fixes()["CVE-2026-0002"], "CVE-2026-0003" in fixes()), (["4-4.el8"], False))
        rows["../../etc/passwd"] = "2026-03-06T00:00:00+00:00"
        publish()
        self.server.asked()
        self.run_update("redhat", "Red Hat")
        self.assertFalse([path for path in self.paths() if "passwd" in path])


def secdb(release, version):
    return ('{"distroversion": "%s", "reponame": "main", "packages": [{"pkg": {"name": "musl", "secfixes": {"%s": ["CVE-2026-0001"]}}}]}'
            % (release, version)).encode()


if __name__ == "__main__":
    FeedFolder.tidewaiter = os.path.abspath(sys.argv.pop(1))
    unittest.main()
