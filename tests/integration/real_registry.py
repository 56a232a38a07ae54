# SPDX-License-Identifier: Apache-2.0
"""Debian's docker-registry on loopback, with what it needs beside it: certificates, passwords, images. Standard library
only; whoever starts a registry stops it."""
import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import time

TOOLS = ["docker-registry", "skopeo"]
READY_SECONDS_MAX = 120
PORTS = range(20000, 32768)
claims = []  # of the ports given out, as long as this program runs


def absent(tools):
    return [tool for tool in tools if shutil.which(tool) is None]


def free_port():
    """A port of loopback where nothing listens and which no other test is given while this one runs. The kernel gives those
    from 32768 on to clients and to servers that ask for any, so none of them can come between."""
    for port in random.sample(PORTS, len(PORTS)):
        claim = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError), socket.socket() as probe:
            claim.bind("\0tidewaiter-test-port-%d" % port)  # an abstract name, gone with the process
            probe.bind(("127.0.0.1", port))
            claims.append(claim)
            return port
        claim.close()
    raise RuntimeError("every port from %d to %d is taken" % (PORTS[0], PORTS[-1]))


def run_tool(folder, *command):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(command), done.stdout))
    return done.stdout


def wait_until_open(process, host):
    """Until somebody listens at "127.0.0.1:PORT"."""
    name, port = host.split(":")
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((name, int(port)), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the server at %s did not come up" % host)


def make_certificates(folder):
    """In `folder`: ca.crt; server.crt and server.key for localhost and 127.0.0.1; client.crt and client.key; and a folder
    trust/ as skopeo wants it, with the authority and the client's certificate."""
    run_tool(folder, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt",
             "-days", "2", "-subj", "/CN=Test authority")
    for name, more in (("server", "subjectAltName=DNS:localhost,IP:127.0.0.1"), ("client", "subjectAltName=DNS:us")):
        run_tool(folder, "openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out",
                 name + ".csr", "-subj", "/CN=" + name)
        with open("%s/%s.ext" % (folder, name), "w", encoding="utf-8") as file:
            file.write(more + "\n")
        run_tool(folder, "openssl", "x509", "-req", "-in", name + ".csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                 "-CAcreateserial", "-days", "2", "-extfile", name + ".ext", "-out", name + ".crt")
    os.mkdir(folder + "/trust")
    for name, copy in (("ca.crt", "ca.crt"), ("client.crt", "client.cert"), ("client.key", "client.key")):
        shutil.copy("%s/%s" % (folder, name), "%s/trust/%s" % (folder, copy))


def make_passwords(folder, user, password):
    with open(folder + "/htpasswd", "w", encoding="utf-8") as file:
        file.write(run_tool(folder, "htpasswd", "-Bbn", user, password))


class RealRegistry:
    """`http` are more members of the configuration's http section, `sections` more sections, as YAML."""

    def __init__(self, folder, name="registry", http="", sections="", log_level="error", host=None):
        self.folder, self.name, self.host = folder, name, host or "127.0.0.1:%d" % free_port()
        with open("%s/%s.yml" % (folder, name), "w", encoding="utf-8") as file:
            file.write("version: 0.1\nlog: {level: %s, formatter: json}\nstorage:\n  filesystem: {rootdirectory: %s/%s}\n"
                       "  delete: {enabled: true}\nhttp:\n  addr: %s\n  %s\n%s" %
                       (log_level, folder, name, self.host, http, sections))
        with open("%s/%s.log" % (folder, name), "wb") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", name + ".yml"], cwd=folder, stdout=log,
                                            stderr=log)
        try:
            wait_until_open(self.process, self.host)
        except BaseException:
            self.stop()
            raise

    def copy(self, source, target, *options):
        """`source` as skopeo names it: "oci:layout:app"."""
        run_tool(self.folder, "skopeo", "copy", "-q", *(options or ["--dest-tls-verify=false"]), source,
                 "docker://%s/%s" % (self.host, target))

    def delete(self, target, *options):
        """The manifest, and with it every tag of the repository that names it."""
        run_tool(self.folder, "skopeo", "delete", *(options or ["--tls-verify=false"]),
                 "docker://%s/%s" % (self.host, target))

    def answered(self):
        """What the log tells of each answer, with log_level "info": {"http.request.uri": "/v2/", …}."""
        with open("%s/%s.log" % (self.folder, self.name), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.startswith("{")]
        return [line for line in lines if "http.response.status" in line]

    def access_lines(self):
        """The log in the form of web servers: … "GET /v2/ HTTP/2.0" 200 …"""
        with open("%s/%s.log" % (self.folder, self.name), encoding="utf-8") as file:
            return [line for line in file if '] "' in line]

    def stop(self):
        self.process.kill()
        self.process.wait()


def server_tls(folder, more=""):
    """The member tls of the http section, with what make_certificates made."""
    return "tls: {certificate: %s/server.crt, key: %s/server.key%s}" % (folder, folder, more)


def passwords(folder):
    """The section that asks for what make_passwords made."""
    return "auth: {htpasswd: {realm: test-realm, path: %s/htpasswd}}\n" % folder
