#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`feed export`, `feed import` and `feed verify`: records travel in a folder, an archive and a real docker-registry; what is
damaged, cut short, not signed as wanted, older or too small is refused, and the last good feeds serve.

usage: feed_artifact_test.py TIDEWAITER
"""
import filecmp
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

import real_registry
from image_layout import Home, advisory, write_feed

CORRUPT, INVALID, REFUSED = 10, 3, 15
MANY = 45000  # records of random text: more than one piece of an upload

tidewaiter = ""


def records(count, text=""):
    return [{**advisory(f"DSA-{number}-1", "openssl", "1.0-1"), "summary": text} for number in range(1, count + 1)]


class FeedArtifact(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-artifact-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.home = Home(tidewaiter, self.folder, 300)
        self.source, self.target = self.folder / "source", self.folder / "target"

    def feed(self, *words, index=None, status=0, environment=None):
        if environment:
            self.home.environment.update(environment)
        result = self.home.run("feed", *words, "--index", index or self.source)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def update(self, feed_records, name="feed", ecosystem="Debian"):
        shutil.rmtree(self.folder / name, ignore_errors=True)
        write_feed(self.folder / name, feed_records, ecosystem)
        self.feed("update", "--from", self.folder / name, "--ecosystem", ecosystem, "--allow-loss")

    def count(self, index):
        databases = json.loads(self.feed("status", "--format", "json", index=index).stdout)["databases"]
        return {database["name"]: database["records"] for database in databases}

    def checked_at(self):
        return json.loads(self.feed("status", "--format", "json").stdout)["databases"][0]["checked_at"]

    def keys(self, name="key"):
        private, public = self.folder / name, self.folder / (name + ".pub")
        real_registry.run_tool(self.folder, "openssl", "genpkey", "-algorithm", "ed25519", "-out", str(private))
        real_registry.run_tool(self.folder, "openssl", "pkey", "-in", str(private), "-pubout", "-out", str(public))
        return private, public

    def databases(self, index):
        return sorted(path.name for path in (index / "databases").iterdir())

    def test_a_folder_and_an_archive_carry_the_feeds_and_are_the_same_each_time(self):
        self.update(records(5))
        digests = {self.feed("export", place).stdout for place in
                   (self.folder / "one", f"oci:{self.folder}/two", self.folder / "a.tar", "oci-archive:b.tar")}
        self.assertEqual(len(digests), 1)
        self.assertTrue(filecmp.cmp(self.folder / "a.tar", self.folder / "b.tar", shallow=False))
        self.assertEqual(filecmp.dircmp(self.folder / "one", self.folder / "two").diff_files, [])
        for number, place in enumerate((self.folder / "one", self.folder / "a.tar")):
            index = self.folder / f"target{number}"
            self.assertIn("5 records", self.feed("import", place, index=index).stdout)
            self.assertEqual(self.databases(index), self.databases(self.source))
        self.feed("export", self.folder / "again.tar", index=index)
        self.assertEqual(self.count(index), {"osv/Debian": 5})

    def test_what_is_damaged_or_cut_short_changes_nothing(self):
        self.update(records(5))
        self.feed("export", self.folder / "old")
        self.feed("import", self.folder / "old", index=self.target)
        self.update(records(7))
        self.feed("export", self.folder / "new")
        blobs = sorted((self.folder / "new" / "blobs" / "sha256").iterdir())
        self.assertEqual(len(blobs), 3)
        for blob in blobs + [self.folder / "new" / "index.json"]:
            whole = blob.read_bytes()
            ways = [whole[:-1], whole[:len(whole) // 2], b""]
            if blob.name != "index.json":  # it has no digest
                ways.append(whole[:3] + bytes([whole[3] ^ 1]) + whole[4:])
            for damaged in ways:
                blob.write_bytes(damaged)
                result = self.home.run("feed", "import", self.folder / "new", "--index", self.target)
                self.assertGreaterEqual(result.returncode, 3, blob)
                self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
                self.assertEqual(self.count(self.target), {"osv/Debian": 5})
            blob.write_bytes(whole)
        self.feed("export", self.folder / "new.tar")
        archive = (self.folder / "new.tar").read_bytes()
        with tarfile.open(self.folder / "new.tar") as members:
            content_end = max(member.offset_data + member.size for member in members)
        # Behind it stand only the padding of the last file and the end of the archive, which tell nothing.
        for size in [*range(0, content_end, content_end // 20), content_end - 1]:
            (self.folder / "cut.tar").write_bytes(archive[:size])
            self.assertGreaterEqual(
                self.home.run("feed", "import", self.folder / "cut.tar", "--index", self.target).returncode, 3, size)
        self.assertEqual(self.count(self.target), {"osv/Debian": 5})
        self.feed("import", self.folder / "new", index=self.target)
        self.assertEqual(self.count(self.target), {"osv/Debian": 7})

    def test_a_signature_is_checked_where_it_is_wanted(self):
        private, public = self.keys()
        other_public = self.keys("other")[1]
        self.update(records(5))
        self.feed("export", self.folder / "unsigned")
        self.assertIn("signed", self.feed("export", self.folder / "signed", "--sign-key", private).stdout)
        for place, key, status in (("unsigned", public, REFUSED), ("signed", other_public, REFUSED),
                                   ("signed", private, INVALID), ("signed", self.folder / "none", 4)):
            result = self.feed("import", self.folder / place, "--verify-key", key, index=self.target, status=status)
            self.assertIn("nothing was imported", result.stderr)
            self.assertFalse((self.target / "current").exists())
        self.assertIn("signed as wanted",
                      self.feed("import", self.folder / "signed", "--verify-key", public, index=self.target).stdout)
        # The signature of one list is none of another.
        self.update(records(6))
        self.feed("export", self.folder / "changed", "--sign-key", private)
        signatures = []
        for name in ("signed", "changed"):
            descriptor = json.loads((self.folder / name / "index.json").read_text())["manifests"][0]
            path = self.folder / name / "blobs" / "sha256" / descriptor["digest"].removeprefix("sha256:")
            signatures.append((path, json.loads(path.read_text())["annotations"]["io.tidewaiter.signature"]))
        path, right = signatures[1]
        self.replace_manifest(self.folder / "changed", path.read_text().replace(right, signatures[0][1]))
        self.feed("import", self.folder / "changed", "--verify-key", public, index=self.target, status=REFUSED)
        self.feed("export", self.folder / "x", "--sign-key", public, status=INVALID)

    def replace_manifest(self, layout, text):
        name = hashlib.sha256(text.encode()).hexdigest()
        (layout / "blobs" / "sha256" / name).write_text(text)
        index = json.loads((layout / "index.json").read_text())
        index["manifests"][0].update(digest="sha256:" + name, size=len(text))
        (layout / "index.json").write_text(json.dumps(index))

    def test_older_feeds_and_losses_are_refused_unless_accepted(self):
        self.update(records(10))
        self.feed("export", self.folder / "old")
        before = self.checked_at()
        while self.checked_at() == before:  # times are kept in seconds
            self.update(records(11))
        self.feed("export", self.folder / "new")
        self.feed("import", self.folder / "new", index=self.target)
        result = self.feed("import", self.folder / "old", index=self.target, status=REFUSED)
        self.assertIn("older than what is here", result.stderr)
        self.feed("import", self.folder / "old", "--allow-older", index=self.target)
        self.assertEqual(self.count(self.target), {"osv/Debian": 10})
        self.update(records(2))
        self.feed("export", self.folder / "small")
        self.assertIn("more than 20 % are gone",
                      self.feed("import", self.folder / "small", index=self.target, status=REFUSED).stderr)
        self.feed("import", self.folder / "small", "--allow-loss", index=self.target)
        self.assertEqual(self.count(self.target), {"osv/Debian": 2})

    def test_feeds_that_are_not_in_it_stay_and_other_artifacts_are_refused(self):
        self.update(records(3))
        self.feed("export", self.folder / "debian")
        write_feed(self.folder / "npm", [advisory("GHSA-1", "left-pad", "1.0.0", "npm")], "npm")
        self.feed("update", "--from", self.folder / "npm", "--ecosystem", "npm", index=self.target)
        self.feed("import", self.folder / "debian", index=self.target)
        self.assertEqual(self.count(self.target), {"osv/Debian": 3, "osv/npm": 1})
        index = json.loads((self.folder / "debian" / "index.json").read_text())
        name = index["manifests"][0]["digest"].removeprefix("sha256:")
        text = (self.folder / "debian" / "blobs" / "sha256" / name).read_text()
        self.replace_manifest(self.folder / "debian", text.replace("tidewaiter.feeds.v1", "other.v1"))
        self.assertIn("not what", self.feed("import", self.folder / "debian", index=self.target, status=12).stderr)

    def test_verify_builds_a_damaged_database_again_from_its_records(self):
        self.update(records(50, "a summary"))
        self.assertIn("osv/Debian: whole", self.feed("verify").stdout)
        path = next((self.source / "databases").iterdir())
        whole = path.read_bytes()
        generator = random.Random(7)
        for _ in range(20):
            place = generator.randrange(len(whole))
            ways = (whole[:place], whole[:place] + bytes([whole[place] ^ 1 << generator.randrange(8)]) + whole[place + 1:],
                    whole + b"\0", None)
            damaged = generator.choice(ways)
            if damaged is None:
                path.unlink()
            else:
                path.write_bytes(damaged)
            self.assertIn("DAMAGED", self.feed("verify", "--no-rebuild", status=CORRUPT).stdout)
            self.assertIn("built again from its records", self.feed("verify").stdout)
            self.assertEqual(path.read_bytes(), whole)
        kept = next((self.source / "records").iterdir())
        kept.write_bytes(kept.read_bytes()[:-1])
        self.assertIn("its kept records are damaged", self.feed("verify").stdout)
        path.write_bytes(whole[:-1])
        self.assertIn("tidewaiter feed update", self.feed("verify", status=CORRUPT).stderr)

    @unittest.skipIf(real_registry.absent(real_registry.TOOLS + ["htpasswd"]), "needs docker-registry, skopeo, htpasswd")
    def test_a_registry_carries_them_in_pieces(self):
        generator = random.Random(3)
        self.update([{**record, "summary": "%0500x" % generator.getrandbits(2000)} for record in records(MANY)])
        self.assertGreater(max(path.stat().st_size for path in (self.source / "records").iterdir()), 8 << 20)
        real_registry.make_passwords(str(self.folder), "alice", "s3cret")
        registry = real_registry.RealRegistry(str(self.folder), sections=real_registry.passwords(str(self.folder)))
        self.addCleanup(registry.stop)
        place = f"http://{registry.host}/team/feeds:today"
        self.feed("export", place, status=5)
        login = {"TIDEWAITER_REGISTRY_USERNAME": "alice", "TIDEWAITER_REGISTRY_PASSWORD": "s3cret"}
        pushed = self.feed("export", place, environment=login).stdout.strip()
        self.assertEqual(self.feed("export", place).stdout.strip(), pushed)  # everything is there already
        raw = subprocess.run(["skopeo", "inspect", "--raw", "--tls-verify=false", "--creds", "alice:s3cret",
                              f"docker://{registry.host}/team/feeds:today"], capture_output=True, check=True).stdout
        self.assertEqual(json.loads(raw)["artifactType"], "application/vnd.tidewaiter.feeds.v1")
        self.feed("import", place, index=self.target)
        self.assertEqual(self.count(self.target), {"osv/Debian": MANY})
        self.assertEqual(self.databases(self.target), self.databases(self.source))


if __name__ == "__main__":
    tidewaiter = os.path.abspath(sys.argv.pop(1))
    unittest.main()
