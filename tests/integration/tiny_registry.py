# SPDX-License-Identifier: Apache-2.0
"""A real docker-registry on loopback with a few tiny images, and a folder of advisories that concern them."""
import gzip
import hashlib
import io
import json
import os
import tarfile
import zipfile

from real_registry import TOOLS, RealRegistry

MODIFIED = "2026-08-01T00:00:00Z"
OS_RELEASE = 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'


def status(packages):
    """dpkg's database of packages, {name: version}."""
    return "".join("Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: %s\nDescription: %s\n\n" %
                   (name, version, name) for name, version in packages.items())


def tar(files):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    return data.getvalue()


class Layout:
    """An OCI layout that grows by images; skopeo copies them from there by their names."""

    def __init__(self, folder):
        self.folder = folder
        self.manifests = []
        os.makedirs(folder + "/blobs/sha256")
        with open(folder + "/oci-layout", "w", encoding="utf-8") as file:
            file.write('{"imageLayoutVersion":"1.0.0"}')

    def put(self, content, media_type, **more):
        name = hashlib.sha256(content).hexdigest()
        with open(self.folder + "/blobs/sha256/" + name, "wb") as file:
            file.write(content)
        return {"mediaType": media_type, "digest": "sha256:" + name, "size": len(content), **more}

    def document(self, value, media_type, **more):
        return self.put(json.dumps(value).encode(), media_type, **more)

    def image(self, layers, architecture="amd64", **more):
        content = [tar(files) for files in layers]
        config = self.document({"os": "linux", "architecture": architecture, "rootfs": {
            "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(data).hexdigest() for data in content]}, **more},
            "application/vnd.oci.image.config.v1+json")
        blobs = [self.put(gzip.compress(data, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
                 for data in content]
        return self.document({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                              "config": config, "layers": blobs}, "application/vnd.oci.image.manifest.v1+json",
                             platform={"os": "linux", "architecture": architecture})

    def attestation(self):
        statement = self.document({}, "application/vnd.in-toto+json")
        config = self.document({"os": "unknown", "architecture": "unknown", "rootfs": {
            "type": "layers", "diff_ids": [statement["digest"]]}}, "application/vnd.oci.image.config.v1+json")
        return self.document({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                              "config": config, "layers": [statement]}, "application/vnd.oci.image.manifest.v1+json",
                             platform={"os": "unknown", "architecture": "unknown"},
                             annotations={"vnd.docker.reference.type": "attestation-manifest"})

    def index(self, children):
        media_type = "application/vnd.oci.image.index.v1+json"
        return self.document({"schemaVersion": 2, "mediaType": media_type, "manifests": children}, media_type)

    def chart(self):
        config = self.document({"name": "chart", "version": "1.0.0"}, "application/vnd.cncf.helm.config.v1+json")
        content = self.put(gzip.compress(tar({"chart/Chart.yaml": "name: chart\n"}), mtime=0),
                           "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
        return self.document({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                              "config": config, "layers": [content]}, "application/vnd.oci.image.manifest.v1+json")

    def name(self, name, manifest):
        """Makes the manifest known to skopeo under this name."""
        self.manifests.append(dict(manifest, annotations={"org.opencontainers.image.ref.name": name}))
        with open(self.folder + "/index.json", "w", encoding="utf-8") as file:
            json.dump({"schemaVersion": 2, "manifests": self.manifests}, file)


def write_layout(folder):
    """Image name to the references that the registry shall have it under."""
    layout = Layout(folder)
    base = {"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status({"libc6": "2.36-9", "zlib1g": "1:1.2.13-1"})}
    shared = {"usr/share/doc/shared": "x" * 5000}

    def application(number, architecture="amd64"):
        packages = {"libc6": "2.36-9", "zlib1g": "1:1.2.13-1", "openssl": "3.0.%d-1" % number,
                    "package-%d" % number: "1.%d-1" % number}
        return layout.image([base, shared, {"var/lib/dpkg/status": status(packages)}], architecture)

    layout.name("base", layout.image([base]))
    for number in range(4):
        layout.name("app%d" % number, application(number))
    layout.name("multi", layout.index([application(7), application(8, "arm64"), layout.attestation()]))
    layout.name("chart", layout.chart())
    layout.name("later", application(9))
    return {"base": ["base/debian:12"], "app0": ["team/app:1.0", "team/app:stable"], "app1": ["team/app:1.1"],
            "app2": ["team/other:2.0", "mirror/other:2.0"], "app3": ["team/other:2.1"], "multi": ["team/multi:1"],
            "chart": ["charts/chart:1.0.0"], "later": []}


def write_advisories(folder, is_later=False):
    """A folder laid out as OSV's bucket, with advisories that hit, that miss and that overlap; later one was fixed, one hits
    that missed, and one is new."""
    os.makedirs(folder + "/Debian")

    def record(name, package, fixed, aliases=()):
        events = [{"introduced": "0"}] + ([{"fixed": fixed}] if fixed else [])
        return {"id": name, "modified": MODIFIED, "summary": "about " + package, "aliases": list(aliases), "affected": [
            {"package": {"ecosystem": "Debian:12", "name": package}, "ranges": [
                {"type": "ECOSYSTEM", "events": events}]}]}

    records = [record("DEBIAN-CVE-2024-1", "zlib1g", None, ["CVE-2024-1"]),
               record("DEBIAN-CVE-2024-2", "openssl", "3.0.2-1", ["CVE-2024-2"]),
               record("DEBIAN-CVE-2024-3", "openssl", "3.0.100-1", ["CVE-2024-3"]),
               record("DEBIAN-CVE-2024-4", "libc6", "2.36-1", ["CVE-2024-4"]),
               record("DEBIAN-CVE-2024-5", "package-7", "2.0-1", ["CVE-2024-5"]),
               record("DSA-1-1", "openssl", "3.0.3-1", ["CVE-2024-6"])]
    if is_later:
        records[0] = record("DEBIAN-CVE-2024-1", "zlib1g", "1:99-1", ["CVE-2024-1"])
        records[1] = record("DEBIAN-CVE-2024-2", "openssl", "3.0.99-1", ["CVE-2024-2"])
        records.append(record("DSA-2-1", "zlib1g", None, ["CVE-2024-7"]))
    with zipfile.ZipFile(folder + "/Debian/all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for content in records:
            archive.writestr(content["id"] + ".json", json.dumps(content))


class TinyRegistry(RealRegistry):
    def __init__(self, folder):
        super().__init__(folder)
        try:
            for name, references in write_layout(folder + "/layout").items():
                for reference in references:
                    self.push(name, reference)
        except BaseException:
            self.stop()
            raise

    def push(self, name, reference):
        """An image of the layout, by its name there, as a tag of the registry."""
        self.copy("oci:layout:" + name, reference, "--all", "--preserve-digests", "--dest-tls-verify=false")
