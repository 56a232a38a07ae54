#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Layers: the same layer in two images is fetched and analysed once, by the real registry's own access log; the corpus of
merges; and inputs on disk, which all give the same packages.

usage: layers_test.py TIDEWAITER
"""
import collections
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

import image_layout
from image_layout import Home, Layout, OS_RELEASE, paragraph, status, tar
from real_registry import free_port, wait_until_open

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SECONDS_MAX = 120
STATUS = "var/lib/dpkg/status"

tidewaiter = ""


def need(test, *programs):
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        test.skipTest("not installed: " + " ".join(missing))


def names(report):
    return sorted((package["name"], package["version"], package["layer"]) for package in report["packages"])


def base_layer():
    return tar({"etc": None, "etc/os-release": OS_RELEASE, STATUS: status(paragraph("a", "1-1"), paragraph("b", "1-1"))})


def top_layer(version="2-1"):
    return tar({STATUS: status(paragraph("a", version), paragraph("c", "1-1"))})


class WithFolder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tidewaiter-layers-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.home = Home(tidewaiter, self.folder)

    def packages(self, reference, *options):
        done = self.home.run("packages", reference, "--format", "json", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


class RegistryTest(WithFolder):
    """docker-registry writes one line for each request."""

    def setUp(self):
        super().setUp()
        need(self, "docker-registry", "skopeo")
        self.host = "127.0.0.1:%d" % free_port()
        config = self.folder / "registry.yml"
        config.write_text(f"version: 0.1\nlog: {{accesslog: {{disabled: false}}}}\n"
                          f"storage: {{filesystem: {{rootdirectory: {self.folder}/blobs}}}}\nhttp: {{addr: '{self.host}'}}\n")
        self.log = open(self.folder / "registry.log", "w+b")
        self.addCleanup(self.log.close)
        server = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=self.log, stderr=subprocess.STDOUT)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        wait_until_open(server, self.host)

    def push(self, name, *layers):
        layout = Layout(self.folder / name)
        blobs = [layout.add_layer(layer) for layer in layers]
        reference = layout.finish()
        subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false", f"{reference}:latest",
                        f"docker://{self.host}/app:{name}"], check=True, timeout=SECONDS_MAX, env=self.home.environment)
        return blobs

    def fetched(self):
        """How often each blob was fetched since the last call."""
        text = (self.folder / "registry.log").read_bytes()
        new, self.seen = text[getattr(self, "seen", 0):], len(text)
        return collections.Counter(re.findall(rb'"GET /v2/app/blobs/(sha256:[0-9a-f]{64})', new))

    def test_the_same_layer_in_two_images_is_fetched_once(self):
        base, top = self.push("first", base_layer(), top_layer())
        _, other = self.push("second", base_layer(), top_layer("3-1"))
        self.fetched()
        first = self.packages(f"http://{self.host}/app:first")
        self.assertEqual((first["image"]["layers_fetched"], first["image"]["layers_cached"]), (2, 0))
        second = self.packages(f"http://{self.host}/app:second")
        self.assertEqual((second["image"]["layers_fetched"], second["image"]["layers_cached"]), (1, 1))
        counts = self.fetched()
        for blob in (base, top, other):
            self.assertEqual(counts[blob.encode()], 1, counts)
        self.assertEqual(names(second), [("a", "3-1", 1), ("c", "1-1", 1)])

    def test_a_moved_tag_costs_its_new_layer(self):
        base, _ = self.push("moving", base_layer(), top_layer())
        self.packages(f"http://{self.host}/app:moving")
        _, new = self.push("moving2", base_layer(), top_layer("4-1"))
        subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false",
                        f"docker://{self.host}/app:moving2", f"docker://{self.host}/app:moving"], check=True,
                       timeout=SECONDS_MAX, env=self.home.environment)
        self.fetched()
        moved = self.packages(f"http://{self.host}/app:moving")
        counts = self.fetched()
        self.assertEqual((counts[base.encode()], counts[new.encode()]), (0, 1), counts)
        self.assertEqual(names(moved), [("a", "4-1", 1), ("c", "1-1", 1)])


class MergeCorpusTest(WithFolder):
    """corpora/matching/layer-merge.jsonl: layers as tars, and what the image then has."""

    @staticmethod
    def files_of(layer):
        files = {}
        if layer["os"]:
            files["etc/os-release"] = f"ID={layer['os']['Family']}\nVERSION_ID={layer['os']['Name']}\n"
        for database in layer["os_packages"]:
            files[database["file"]] = "".join(f"P:{package['name']}\nV:{package['version']}-r{package['release']}\n\n"
                                              for package in database["packages"])
        for application in layer["applications"]:
            packages = application["packages"]
            if application["type"] == "Bundler":
                files[application["file"]] = "GEM\n  remote: https://rubygems.org/\n  specs:\n" + "".join(
                    f"    {package['name']} ({package['version']})\n" for package in packages)
            elif application["type"] == "Composer":
                files[application["file"]] = json.dumps({"packages": [
                    {"name": package["name"], "version": package["version"]} for package in packages]})
            else:
                for package in packages:
                    files[package["file"]] = ("Gem::Specification.new do |s|\n"
                                              f"  s.name = \"{package['name']}\".freeze\n"
                                              f"  s.version = \"{package['version']}\"\nend\n")
        for path in layer["whiteout_files"]:
            folder, _, name = path.rpartition("/")
            files[f"{folder}/.wh.{name}"] = ""
        for path in layer["opaque_dirs"]:
            files[f"{path}/.wh..wh..opq"] = ""
        return files

    def test_layers_merge_as_the_corpus_says(self):
        shared = pathlib.Path(os.environ.get("TIDEWAITER_SHARED", ROOT.parent / "shared"))
        corpus = shared / "corpora" / "matching" / "layer-merge.jsonl"
        if not corpus.is_file():
            self.skipTest(f"{corpus} is not there")
        for number, line in enumerate(corpus.read_text().splitlines()):
            case = json.loads(line)
            layout = Layout(self.folder / f"case{number}")
            for layer in case["layers"]:
                layout.add_layer(tar(self.files_of(layer)))
            report = self.packages(layout.finish(), "--lock-files", "yes")
            wanted = [(package["name"], f"{package['version']}-r{package['release']}")
                      for package in case["want"]["os_packages"]]
            wanted += [(package["name"], package["version"]) for application in case["want"]["applications"]
                       for package in application["packages"]]
            with self.subTest(case["case"]):
                self.assertEqual(sorted((package["name"], package["version"]) for package in report["packages"]),
                                 sorted(wanted))
                self.assertEqual((report["distribution"]["id"], report["distribution"]["version_id"]),
                                 (case["want"]["os"]["Family"], case["want"]["os"]["Name"]))

    def test_what_a_later_layer_removed_is_listed_apart(self):
        layout = Layout(self.folder / "layout")
        layout.add_layer(base_layer())
        layout.add_layer(top_layer())
        report = self.packages(layout.finish())
        self.assertEqual(names(report), [("a", "2-1", 1), ("c", "1-1", 1)])
        self.assertEqual([(package["name"], package["layer"]) for package in report["removed_packages"]], [("b", 0)])


class InputTest(WithFolder):
    """One image in every form that tools write."""

    EXPECTED = [("a", "2-1", 1), ("c", "1-1", 1)]

    def layout(self):
        layout = Layout(self.folder / "layout")
        layout.add_layer(base_layer())
        layout.add_layer(top_layer())
        return layout, layout.finish()

    @staticmethod
    def archive(path, members):
        with tarfile.open(path, "w") as out:
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                out.addfile(member, io.BytesIO(content))

    def test_what_skopeo_writes(self):
        need(self, "skopeo")
        _, reference = self.layout()
        for form in ("docker-archive", "oci-archive"):
            target = self.folder / (form + ".tar")
            subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", f"{reference}:latest", f"{form}:{target}:x:latest"],
                           check=True, timeout=SECONDS_MAX, env=self.home.environment)
            with self.subTest(form):
                self.assertEqual(names(self.packages(f"{form}:{target}")), self.EXPECTED)

    def test_what_kaniko_writes(self):
        """A Docker archive whose layers are compressed and named by their digests."""
        members, files, diff_ids = {}, [], []
        for layer in (base_layer(), top_layer()):
            blob = gzip.compress(layer, 1, mtime=0)
            name = "sha256:" + hashlib.sha256(blob).hexdigest()
            diff_ids.append("sha256:" + hashlib.sha256(layer).hexdigest())
            members[name.removeprefix("sha256:") + ".tar.gz"] = blob
            files.append(name.removeprefix("sha256:") + ".tar.gz")
        config = json.dumps({"os": "linux", "architecture": "amd64",
                             "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()
        config_name = "sha256:" + hashlib.sha256(config).hexdigest()
        members[config_name] = config
        members["manifest.json"] = json.dumps([{"Config": config_name, "RepoTags": ["x:latest"], "Layers": files}]).encode()
        self.archive(self.folder / "kaniko.tar", members)
        self.assertEqual(names(self.packages(f"docker-archive:{self.folder}/kaniko.tar")), self.EXPECTED)

    def test_what_containerd_exports(self):
        """An OCI layout in a tar that has Docker's manifest.json too: it reads as either."""
        layout, _ = self.layout()
        members = {str(path.relative_to(layout.folder)): path.read_bytes()
                   for path in sorted(layout.folder.rglob("*")) if path.is_file()}
        manifest = json.loads(layout.path_of(layout.manifest_digest).read_text())
        place = "blobs/sha256/{}".format
        members["manifest.json"] = json.dumps([{
            "Config": place(manifest["config"]["digest"].removeprefix("sha256:")), "RepoTags": ["x:latest"],
            "Layers": [place(layer["digest"].removeprefix("sha256:")) for layer in manifest["layers"]]}]).encode()
        self.archive(self.folder / "containerd.tar", members)
        for form in ("oci-archive", "docker-archive"):
            with self.subTest(form):
                self.assertEqual(names(self.packages(f"{form}:{self.folder}/containerd.tar")), self.EXPECTED)

    def test_a_name_of_containerd_may_be_written_short(self):
        layout, _ = self.layout()
        index = json.loads((layout.folder / "index.json").read_text())
        index["manifests"][0]["annotations"] = {"io.containerd.image.name": "docker.io/library/x:1",
                                                "org.opencontainers.image.ref.name": "1"}
        (layout.folder / "index.json").write_text(json.dumps(index))
        for name in ("1", "x:1", "docker.io/library/x:1"):
            with self.subTest(name):
                self.assertEqual(names(self.packages(f"oci:{layout.folder}:{name}")), self.EXPECTED)
        missing = self.home.run("packages", f"oci:{layout.folder}:x:2")
        self.assertEqual(missing.returncode, 4)
        self.assertIn("it has: docker.io/library/x:1", missing.stderr)

    def test_a_directory(self):
        with tarfile.open(fileobj=io.BytesIO(base_layer())) as layer:
            layer.extractall(self.folder / "tree")
        self.assertEqual(names(self.packages(f"dir:{self.folder}/tree")), [("a", "1-1", 0), ("b", "1-1", 0)])

    def test_what_is_no_reference_is_refused_with_advice(self):
        (self.folder / "here.tar").write_bytes(b"")
        for reference, advice in ((f"{self.folder}/here.tar", "docker-archive: before it"), ("./x", "dir:"), ("..", "dir:"),
                                  ("here.tar", "oci-archive:"), ("docker://127.0.0.1/a", 'leave out "docker://"'),
                                  ("docker-daemon:a:latest", "docker-archive:FILE")):
            done = self.home.run("packages", reference)
            with self.subTest(reference):
                self.assertEqual((done.returncode, done.stdout), (64, ""))
                self.assertIn(advice, done.stderr)

    def test_another_form_of_image_is_told_with_the_one_that_reads_it(self):
        self.archive(self.folder / "oci.tar", {"index.json": b"{}"})
        self.archive(self.folder / "docker.tar", {"manifest.json": b"[]"})
        (self.folder / "tree/etc").mkdir(parents=True)
        for reference, advice in (("oci-archive:docker.tar", "docker-archive: reads"), ("docker-archive:oci.tar", "oci-archive: "),
                                  ("oci:tree", "dir: a root file system"), ("docker-archive:/dev/null", "a pipe")):
            done = self.home.run("packages", reference)
            with self.subTest(reference):
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(advice, done.stderr)

    def test_a_docker_archive_tells_how_its_layers_are_compressed(self):
        config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [
            "sha256:" + hashlib.sha256(layer).hexdigest() for layer in (base_layer(), top_layer())]}}).encode()
        self.archive(self.folder / "mixed.tar", {
            "c.json": config, "a": base_layer(), "b": gzip.compress(top_layer(), 1, mtime=0),
            "manifest.json": json.dumps([{"Config": "c.json", "RepoTags": None, "Layers": ["a", "b"]}]).encode()})
        report = self.packages(f"docker-archive:{self.folder}/mixed.tar")
        self.assertEqual([layer["media_type"].partition("diff.")[2] for layer in report["image"]["layers"]],
                         ["tar", "tar.gzip"])
        self.assertEqual(names(report), self.EXPECTED)

    def test_a_table_of_contents_hides_nothing(self):
        """eStargz: a gzip member for each file, then one with a table of contents; here the table leaves a database out."""
        def part(files, is_last=False):
            content = tar(files)
            return content if is_last else content[:len(content) - len(content) % 512].rstrip(b"\0").ljust(
                -(-len(content.rstrip(b"\0")) // 512) * 512, b"\0")
        table = json.dumps({"version": 1, "entries": [{"name": "etc/os-release", "type": "reg", "size": len(OS_RELEASE)}]})
        parts = [part({"etc/os-release": OS_RELEASE}), part({STATUS: paragraph("hidden", "1-1")}),
                 part({"stargz.index.json": table}, True)]
        layout = Layout(self.folder / "layout")
        layout.add_blob(b"".join(gzip.compress(content, 1, mtime=0) for content in parts),
                        "sha256:" + hashlib.sha256(b"".join(parts)).hexdigest())
        self.assertEqual(names(self.packages(layout.finish())), [("hidden", "1-1", 0)])

    def test_zstd_chunked_is_read_whole(self):
        """A zstd frame for each part, then its table of contents in a skippable frame."""
        need(self, "zstd")
        content = tar({"etc/os-release": OS_RELEASE, STATUS: paragraph("hidden", "1-1")})
        frames = [subprocess.run(["zstd", "-q", "-c"], input=content[start:start + 1024], capture_output=True, check=True,
                                 timeout=SECONDS_MAX).stdout for start in range(0, len(content), 1024)]
        table = b'{"version":1,"entries":[]}'
        frames.append((0x184D2A50).to_bytes(4, "little") + len(table).to_bytes(4, "little") + table)
        layout = Layout(self.folder / "layout")
        layout.add_blob(b"".join(frames), "sha256:" + hashlib.sha256(content).hexdigest(), "zstd")
        self.assertEqual(names(self.packages(layout.finish())), [("hidden", "1-1", 0)])

    def test_every_platform_is_read_and_shared_layers_once(self):
        layout = Layout(self.folder / "layout")
        layout.add_layer(base_layer())
        layout.finish()
        manifests = []
        for architecture, version in (("amd64", "2-1"), ("arm64", "3-1")):
            layout.layers, layout.diff_ids = layout.layers[:1], layout.diff_ids[:1]
            layout.add_layer(top_layer(version))
            config = layout.put(json.dumps({"os": "linux", "architecture": architecture, "rootfs": {
                "type": "layers", "diff_ids": layout.diff_ids}}).encode(), image_layout.CONFIG)
            manifest = layout.put(json.dumps({"schemaVersion": 2, "mediaType": image_layout.MANIFEST, "config": config,
                                              "layers": layout.layers}).encode(), image_layout.MANIFEST)
            # The config does not tell the variant.
            variant = {"variant": "v8"} if architecture == "arm64" else {}
            manifests.append({**manifest, "platform": {"os": "linux", "architecture": architecture, **variant}})
        index_type = "application/vnd.oci.image.index.v1+json"
        index = layout.put(json.dumps({"schemaVersion": 2, "mediaType": index_type, "manifests": manifests}).encode(),
                           index_type)
        (layout.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [index]}))
        for options in ((), ("--platform", "all")):
            reports = self.packages(f"oci:{layout.folder}", *options)
            self.assertEqual([(report["image"]["platform"], names(report)) for report in reports],
                             [("linux/amd64", [("a", "2-1", 1), ("c", "1-1", 1)]),
                              ("linux/arm64/v8", [("a", "3-1", 1), ("c", "1-1", 1)])])
            if not options:
                self.assertEqual([report["image"]["layers_fetched"] for report in reports], [2, 1])
        one = self.packages(f"oci:{layout.folder}", "--platform", "linux/arm64")
        self.assertEqual(names(one), [("a", "3-1", 1), ("c", "1-1", 1)])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tidewaiter = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
