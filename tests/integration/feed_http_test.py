#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds from addresses: repositories and archives that are found through other files, validators of one file and of several.

usage: feed_http_test.py TIDEWAITER
"""
import gzip
import hashlib
import os
import sys
import unittest

from feed_folder import FeedFolder
from feed_server import FeedServer
from rpm_feeds_test import BASE, Vex, fixed, tar, updateinfo


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


def secdb(release, version):
    return ('{"distroversion": "%s", "reponame": "main", "packages": [{"pkg": {"name": "musl", "secfixes": {"%s": ["CVE-2026-0001"]}}}]}'
            % (release, version)).encode()


if __name__ == "__main__":
    FeedFolder.tidewaiter = os.path.abspath(sys.argv.pop(1))
    unittest.main()
