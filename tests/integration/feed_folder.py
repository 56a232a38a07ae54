# SPDX-License-Identifier: Apache-2.0
"""For tests of feeds: a folder to write their files into, an index that is updated from it, and scans with that index."""
import io
import json
import pathlib
import tarfile
import tempfile
import unittest

from image_layout import Home


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


class FeedFolder(unittest.TestCase):
    tidewaiter = ""  # the program; set by the test

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-feeds-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.home = Home(self.tidewaiter, self.folder)
        self.feeds = self.folder / "feeds"

    def write(self, path, content):
        path = self.feeds / path
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))

    def run_update(self, *ecosystems):
        words = [word for ecosystem in ecosystems for word in ("--ecosystem", ecosystem)]
        words += [word for path in sorted(self.feeds.iterdir()) for word in ("--feed", path.name)]
        return self.home.run("feed", "update", "--from", self.feeds, *words)

    def update(self, *ecosystems, status_=0):
        result = self.run_update(*ecosystems)
        self.assertEqual(result.returncode, status_, result.stdout + result.stderr)
        return result.stdout

    def scan(self, *purls):
        path = self.folder / "purls"
        path.write_text("".join(purl + "\n" for purl in purls))
        return {(finding["package"], finding["id"]): finding for finding in self.scan_target(f"purls:{path}")}

    def scan_target(self, target):
        result = self.home.run("scan", target, "--format", "json", "--allow-gaps")
        self.assertLess(result.returncode, 3, result.stderr)
        return json.loads(result.stdout)["findings"]

    def states(self, *purls):
        return {key: (finding["fix_state"], finding["severity"], finding["fixed_versions"])
                for key, finding in self.scan(*purls).items()}
