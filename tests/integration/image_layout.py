# SPDX-License-Identifier: Apache-2.0
"""OCI image layouts, tiny advisory feeds and runs of the executable, for the integration tests. Standard library only."""
import datetime
import gzip
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile
import zipfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
OS_RELEASE = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def digest_of_file(path):
    with open(path, "rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def paragraph(name, version, status="install ok installed", **fields):
    """One of a dpkg status file; a status of None is left out, as in status.d."""
    lines = [f"Package: {name}"]
    if status is not None:
        lines.append(f"Status: {status}")
    lines += [f"{field.replace('_', '-')}: {value}" for field, value in {"Architecture": "amd64", **fields}.items()]
    lines += [f"Version: {version}", "Maintainer: Nobody <nobody@example.org>", "Description: made up", " for a test"]
    return "\n".join(lines) + "\n"


def status(*paragraphs):
    return "\n".join(paragraphs)


def tar(files, links=()):
    """A tar of {path: text or bytes; None for a directory} and of (path, target) symlinks."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            data = text.encode() if isinstance(text, str) else text or b""
            entry.type = tarfile.DIRTYPE if text is None else tarfile.REGTYPE
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for path, target in links:
            entry = tarfile.TarInfo(path)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return content.getvalue()


class Layout:
    """An OCI image layout with one image in `folder`; layers are added from the lowest to the uppermost."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.blobs = self.folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        self.layers, self.diff_ids = [], []

    def put(self, content, media_type):
        digest = digest_of(content)
        self.path_of(digest).write_bytes(content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def path_of(self, digest):
        return self.blobs / digest.removeprefix("sha256:")

    def add_layer(self, content, compression="gzip"):
        """A whole tar, compressed here. The digest of the blob comes back."""
        blob = gzip.compress(content, 1, mtime=0) if compression == "gzip" else content
        return self.add_blob(blob, digest_of(content), compression)

    def add_blob(self, blob, diff_id=None, compression="gzip"):
        """A layer blob as it is; damaged ones have no true diff_id, so any will do."""
        return self.add_descriptor(self.put(blob, LAYER + ("+" + compression if compression else "")), diff_id)

    def add_file(self, path, compression="gzip"):
        """A layer blob that lies in a file on the same disk; it is moved into the layout."""
        digest, size = digest_of_file(path), os.path.getsize(path)
        os.rename(path, self.path_of(digest))
        return self.add_descriptor({"mediaType": LAYER + "+" + compression, "digest": digest, "size": size}, None)

    def add_descriptor(self, descriptor, diff_id):
        self.layers.append(descriptor)
        self.diff_ids.append(diff_id or digest_of(b"unknown %d" % len(self.layers)))
        return descriptor["digest"]

    def finish(self, tag="latest", **config):
        """Writes config (with further members), manifest and index; gives the reference."""
        config = self.put(json.dumps({"os": "linux", "architecture": "amd64", "config": {}, **config,
                                      "rootfs": {"type": "layers", "diff_ids": self.diff_ids}}).encode(), CONFIG)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": self.layers}
        descriptor = self.put(json.dumps(manifest).encode(), MANIFEST)
        descriptor["annotations"] = {"org.opencontainers.image.ref.name": tag}
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}))
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        self.manifest_digest = descriptor["digest"]
        return f"oci:{self.folder}"


def time_text(age_days=0):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=age_days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def advisory(name, package, fixed, ecosystem="Debian:12", age_days=0, vector=None):
    """One OSV record; `fixed` None: no fix yet."""
    events = [{"introduced": "0"}] + ([{"fixed": fixed}] if fixed else [])
    record = {"id": name, "modified": time_text(age_days), "published": time_text(age_days), "summary": "made up",
              "affected": [{"package": {"ecosystem": ecosystem, "name": package},
                            "ranges": [{"type": "ECOSYSTEM", "events": events}]}]}
    if vector:
        record["severity"] = [{"type": "CVSS_V3", "score": vector}]
    return record


def write_feed(folder, records, ecosystem="Debian", is_complete=True):
    """A folder laid out as OSV's bucket; incomplete: its list names a record that is not there."""
    place = pathlib.Path(folder) / ecosystem
    place.mkdir(parents=True)
    with zipfile.ZipFile(place / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            archive.writestr(record["id"] + ".json", json.dumps(record))
    listed = [(record["modified"], record["id"]) for record in records]
    if not is_complete:
        listed.append((time_text(), "DSA-9999-1"))
    (place / "modified_id.csv").write_text("".join(f"{modified},{name}\n" for modified, name in listed))


class Home:
    """A folder for one test: the executable's cache and index live in it, and nothing of the caller's environment shows."""

    def __init__(self, executable, folder, seconds_max=120):
        self.executable, self.folder, self.seconds_max = os.path.abspath(executable), pathlib.Path(folder), seconds_max
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.lower().endswith("_proxy") and not key.startswith(("TIDEWAITER_", "XDG_"))}
        self.environment.update(XDG_CACHE_HOME=str(self.folder / "cache"), XDG_STATE_HOME=str(self.folder / "state"),
                                DOCKER_CONFIG=str(self.folder / "docker"), HOME=str(self.folder))

    def run(self, *words):
        return subprocess.run([self.executable, *map(str, words)], env=self.environment, capture_output=True, text=True,
                              errors="replace", timeout=self.seconds_max, cwd=self.folder)

    def update_feed(self, feed, *ecosystems, index=None):
        words = [word for ecosystem in ecosystems or ("Debian",) for word in ("--ecosystem", ecosystem)]
        result = self.run("feed", "update", "--from", feed, *words, *(("--index", index) if index else ()))
        assert result.returncode == 0, result.stdout + result.stderr
        return result
