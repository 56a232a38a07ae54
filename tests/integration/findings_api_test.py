#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The findings that the API lists, and the counters of an image, are those of `tidewaiter scan`; also after a rematch.

usage: findings_api_test.py TIDEWAITER SOURCE_ROOT

The image is this machine: its dpkg database with the lists of files, and what Python, Ruby and Node packages it has record
of themselves; above it a layer of packages that nothing owns. The advisories are the real ones of Debian, PyPI, npm and
RubyGems where $TIDEWAITER_SHARED/feeds or ../shared/feeds is there, and always made-up ones for packages inside packages."""
import collections
import json
import os
import pathlib
import re
import sys
import unittest
import zipfile

from image_layout import Layout, advisory, tar, write_feed
from served_registry import ServedRegistry

EXECUTABLE, SOURCE_ROOT = sys.argv[1:3]
del sys.argv[1:3]
SHARED = pathlib.Path(os.environ.get("TIDEWAITER_SHARED") or pathlib.Path(SOURCE_ROOT).resolve().parent / "shared")
REAL = SHARED / "feeds" / "osv"
ECOSYSTEMS = ("Debian", "PyPI", "npm", "RubyGems")
RECORDS = re.compile(r"^(usr/lib/python3/dist-packages/[^/]+\.(dist|egg)-info(/METADATA|/PKG-INFO)?|"
                     r"usr/share/rubygems-integration/.*\.gemspec|usr/share/nodejs/[^/]+/package\.json|"
                     r"usr/lib/node_modules/[^/]+/package\.json)$")
OWNED = re.compile(r"^usr/lib/python3/dist-packages/([^/-]+)-([^/-]+)\.(?:dist|egg)-info")
FILES_MAX = 2000
SEVERITIES = ("unknown", "negligible", "low", "medium", "high", "critical")
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def machine_files():
    """{path: content}: the system's records, and those of language packages; and {record: owner}."""
    root = pathlib.Path("/")
    files = {"etc/os-release": (root / "etc/os-release").read_text(),
             "var/lib/dpkg/status": (root / "var/lib/dpkg/status").read_text(errors="replace")}
    owners = {}
    for listing in sorted((root / "var/lib/dpkg/info").glob("*.list")):
        paths = [line.lstrip("/") for line in listing.read_text(errors="replace").splitlines()]
        wanted = [path for path in paths if RECORDS.match(path) and (root / path).is_file()]
        if not wanted or len(files) > FILES_MAX:
            continue
        files[f"var/lib/dpkg/info/{listing.name}"] = listing.read_text(errors="replace")
        for path in wanted:
            files[path] = (root / path).read_bytes()
            owners[path] = listing.name.removesuffix(".list").partition(":")[0]
    return files, owners


def read_records(place):
    with zipfile.ZipFile(place / "all.zip") as archive:
        return [json.loads(archive.read(member)) for member in archive.namelist()]


class FindingsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        release = pathlib.Path("/etc/os-release").read_text()
        if "ID=debian" not in release:
            raise unittest.SkipTest("this machine is no Debian system")
        cls.release = "Debian:" + re.search(r'VERSION_ID="?(\d+)', release)[1]
        files, owners = machine_files()
        cls.owned = sorted((OWNED.match(path)[1], OWNED.match(path)[2], owner)
                           for path, owner in owners.items() if OWNED.match(path))
        if not cls.owned:
            raise unittest.SkipTest("no Python package of this machine belongs to a package of Debian")
        cls.place = ServedRegistry(cls, EXECUTABLE)
        cls.home = cls.place.home
        machine = Layout(cls.place.folder / "machine")
        machine.add_layer(tar(files))
        machine.finish("it")
        application = Layout(cls.place.folder / "application")
        application.add_layer(tar(files))
        application.add_layer(tar({path.replace("usr/lib/python3/", "usr/local/lib/python3.11/"): content
                                   for path, content in files.items() if OWNED.match(path)}))
        application.finish("it")
        cls.place.push("machine:1", machine)
        cls.place.push("application:1", application)
        cls.update(is_owner_named=True)
        cls.images = cls.place.serve()

    @classmethod
    def update(cls, is_owner_named):
        """Each Python package has a vulnerability; Debian speaks of every second one's owner, or of none of them."""
        folder = cls.place.folder / ("named" if is_owner_named else "unnamed")
        records = {ecosystem: read_records(REAL / ecosystem) if (REAL / ecosystem).is_dir() else []
                   for ecosystem in ECOSYSTEMS}
        records["Debian"] += [advisory(f"DSA-1-{i}", f"nothing-of-it-{i}", "1") for i in range(2 * len(cls.owned))]
        if is_owner_named:
            sources = {owner: cls.source(owner) for *_, owner in cls.owned[::2]}
            records["Debian"] += [advisory(f"DSA-2-{owner}", source, "0.0.1-1", cls.release)
                                  for owner, source in sources.items()]
        records["PyPI"] += [advisory(f"PYSEC-1-{name}", name, None, "PyPI", vector=CRITICAL)
                            for name, _, _ in cls.owned]
        for ecosystem, items in records.items():
            write_feed(folder, items or [advisory(f"X-{ecosystem}", "nothing-of-it", "1", ecosystem)], ecosystem)
        cls.place.expect("feed", "update", "--from", folder, "--data", cls.place.folder / "data",
                         *(word for ecosystem in ECOSYSTEMS for word in ("--ecosystem", ecosystem)))

    @classmethod
    def source(cls, owner):
        """The source package of a binary package of this machine: Debian's advisories name it."""
        text = pathlib.Path("/var/lib/dpkg/status").read_text(errors="replace")
        found = re.search(rf"^Package: {re.escape(owner)}\n(?:.+\n)*", text, re.M)[0]
        source = re.search(r"^Source: (\S+)", found, re.M)
        return source[1] if source else owner

    def compare(self, images):
        """Gives how many findings the command line suppresses."""
        suppressed = 0
        for name, image in images.items():
            scanned = self.home.run("scan", f"http://{self.place.host}/{name}", "--format", "json", "--allow-stale",
                                    "--index", self.place.folder / "data" / "index")
            self.assertIn(scanned.returncode, (0, 2), scanned.stderr)
            report = json.loads(scanned.stdout)
            suppressed += len(report["suppressed"])
            expected = [(finding["id"], finding["package"], finding["version"], finding["path"], finding["severity"])
                        for finding in report["findings"]]
            listed = [(row["vulnerability"], row["package"]["name"], row["package"]["version"], location["path"],
                       row["severity"]) for row in self.place.listed(image, "findings") for location in row["locations"]]
            self.assertCountEqual(listed, expected, name)
            worst = {}
            for identifier, *_, severity in expected:
                worst[identifier] = max(worst.get(identifier, 0), SEVERITIES.index(severity))
            counted = collections.Counter(SEVERITIES[severity] for severity in worst.values())
            counts = image["attributes"]["severity_counts"]
            self.assertEqual({severity: counts[severity] for severity in SEVERITIES},
                             {severity: counted[severity] for severity in SEVERITIES}, name)
        return suppressed

    def test_the_server_finds_what_the_command_line_finds(self):
        self.assertGreaterEqual(self.compare(self.images), len(self.owned) // 2)
        before = self.images["machine:1"]["attributes"]["severity_counts"]
        # Debian does not speak of the owners any more: what was suppressed counts, and the job alone finds out.
        self.update(is_owner_named=False)
        images = self.place.wait_for(
            lambda images: images["machine:1"]["attributes"]["severity_counts"] != before)
        self.compare(images)


if __name__ == "__main__":
    unittest.main()
