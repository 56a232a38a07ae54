# SPDX-License-Identifier: Apache-2.0
"""The real docker-registry on loopback, and pushes to it by plain requests: a client of its own would take longer than what
is measured."""
import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/integration"))
import real_registry

READY_SECONDS_MAX = 60
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"


def free_host():
    return "127.0.0.1:%d" % real_registry.free_port()


class Registry:
    def __init__(self, folder, host, sections=""):
        """`sections` are appended to its configuration."""
        self.host = host
        with open(folder + "/registry.yml", "w", encoding="utf-8") as file:
            file.write("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/registry}}\n"
                       "http: {addr: \"%s\"}\n%s" % (folder, self.host, sections))
        with open(folder + "/registry.log", "wb") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", folder + "/registry.yml"], stdout=log,
                                            stderr=log)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while self.ask("GET", "/v2/")[0] != 200:
            if time.monotonic() > deadline:
                self.close()
                raise SystemExit("docker-registry did not come up")
            time.sleep(0.05)

    def ask(self, method, path, body=None, **headers):
        """Status, 0 if nobody answered, and headers."""
        connection = http.client.HTTPConnection(self.host, timeout=600)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers
        except ConnectionError:
            return 0, {}
        finally:
            connection.close()

    def blob(self, repository, content):
        """Its digest and size."""
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        _, headers = self.ask("POST", "/v2/%s/blobs/uploads/" % repository)
        place = re.sub("^https?://[^/]*", "", headers["Location"])
        status, _ = self.ask("PUT", "%s%sdigest=%s" % (place, "&" if "?" in place else "?", digest), content,
                             Content_Type="application/octet-stream")
        if status != 201:
            raise SystemExit("docker-registry answered an upload with %d" % status)
        return {"digest": digest, "size": len(content)}

    def image(self, repository, tag, layers):
        """Layers are pairs of the compressed bytes and the digest of the tar in them. Gives the manifest's digest."""
        blobs = [{"mediaType": LAYER, **self.blob(repository, content)} for content, _ in layers]
        config = self.blob(repository, json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {
            "type": "layers", "diff_ids": [digest for _, digest in layers]}}).encode())
        document = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": blobs,
                               "config": {"mediaType": CONFIG, **config}}).encode()
        status, _ = self.ask("PUT", "/v2/%s/manifests/%s" % (repository, tag), document, Content_Type=MANIFEST)
        if status != 201:
            raise SystemExit("docker-registry answered a manifest with %d" % status)
        return "sha256:" + hashlib.sha256(document).hexdigest()

    def close(self):
        self.process.terminate()
        self.process.wait(30)
