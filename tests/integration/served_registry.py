# SPDX-License-Identifier: Apache-2.0
"""A real docker-registry, and a server that has synced it, for the tests that compare the API with the command line."""
import http.client
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from image_layout import Home
from real_registry import TOOLS, absent, free_port, wait_until_open

SECONDS_MAX = 120
VERSION = "2025-09-17"
PAGE = 100


class ServedRegistry:
    """`case` is the test's class: what is started here ends with it. Push images, then serve."""

    def __init__(self, case, executable):
        missing = absent(TOOLS)
        if missing:
            raise unittest.SkipTest("not installed: " + " ".join(missing))
        self.case = case
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidewaiter-served-"))
        case.addClassCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = Home(executable, self.folder, SECONDS_MAX)
        self.home.environment["TIDEWAITER_DATA"] = str(self.folder / "data")
        self.host, self.address = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        (self.folder / "registry.yml").write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {self.folder}/registry}}}}\n"
            f"http: {{addr: {self.host}}}\n")
        self.start(["docker-registry", "serve", str(self.folder / "registry.yml")], self.host)
        self.pushed = set()

    def push(self, name, layout, tag="it"):
        self.pushed.add(name)
        subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false",
                        f"oci:{layout.folder}:{tag}", f"docker://{self.host}/{name}"], check=True, timeout=SECONDS_MAX)

    def serve(self):
        """Syncs, starts the server, and gives the images by their names once all are scanned."""
        self.expect("integration", "add", "local", "--url", f"http://{self.host}")
        self.token = self.expect("token", "create", "reader", "--role", "viewer").strip()
        self.expect("sync", "run", "local", "--network-allow", "127.0.0.1")
        self.start([self.home.executable, "serve", "--listen", self.address, "--network-allow", "127.0.0.1"],
                   self.address)
        self.organization = self.ask("/rest/orgs")["data"][0]["id"]
        return self.wait_for(lambda images: set(images) == self.pushed and all(
            image["attributes"]["state"] != "pending" for image in images.values()))

    def images(self):
        return {image["attributes"]["reference"].removeprefix(self.host + "/"): image
                for image in self.ask(f"/rest/orgs/{self.organization}/images")["data"]}

    def wait_for(self, is_ready):
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            images = self.images()
            if is_ready(images):
                return images
            assert time.monotonic() < deadline, images
            time.sleep(0.1)

    def start(self, words, address):
        with open(self.folder / "programs.log", "ab") as log:
            program = subprocess.Popen(words, env=self.home.environment, stdout=log, stderr=log, cwd=self.folder)
        self.case.addClassCleanup(program.wait)
        self.case.addClassCleanup(program.send_signal, signal.SIGTERM)
        try:
            wait_until_open(program, address)
        except RuntimeError as failure:
            raise RuntimeError((self.folder / "programs.log").read_text()[-2000:]) from failure

    def expect(self, *words):
        result = self.home.run(*words)
        assert result.returncode == 0, (words, result.stdout, result.stderr)
        return result.stdout

    def ask(self, path):
        """`path` without the version."""
        connection = http.client.HTTPConnection(self.address, timeout=SECONDS_MAX)
        if path.startswith("/rest") and "version=" not in path:
            path += f"?version={VERSION}&limit={PAGE}"
        connection.request("GET", path, None, {"Authorization": "token " + self.token})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, (path, text)
        return json.loads(text)

    def listed(self, image, what):
        """The attributes of all items of one of the image's lists, page by page."""
        items, page = [], f"/rest/orgs/{self.organization}/images/{image['id']}/{what}"
        while page:
            document = self.ask(page)
            items += [item["attributes"] for item in document["data"]]
            page = document.get("links", {}).get("next")
        return items
