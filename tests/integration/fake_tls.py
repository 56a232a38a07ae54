# SPDX-License-Identifier: Apache-2.0
"""Hosts with real names on loopback: a TLS server whose certificate is good for all of them, behind a proxy (CONNECT) that
leads every connection to it. So clients ask the very URLs that they would ask in the wild."""
import http.server
import os
import select
import socket
import ssl
import subprocess
import tempfile
import threading

# A wildcard stands for one label, and not for names below a top-level domain.
NAMES = """acme.azurecr.io acme.example api.digitalocean.com api.ecr-public.us-east-1.amazonaws.com
api.ecr.eu-central-1.amazonaws.com api.ecr.eu-west-1.amazonaws.com api.github.com api.openshift.example api.scaleway.com
*.dkr.ecr.eu-central-1.amazonaws.com *.dkr.ecr.eu-west-1.amazonaws.com *.docker.io *.googleapis.com *.pkg.dev *.icr.io
artifacts.eu-frankfurt-1.oci.oraclecloud.com *.cn-hangzhou.aliyuncs.com *.cn-hangzhou.cr.aliyuncs.com
*.aliyuncs.com evil.example fra.ocir.io gcr.io ghcr.io gitea.example gitlab.example harbor.example hub.docker.com
iam.cloud.ibm.com login.microsoftonline.com nexus.example organizations.us-east-1.amazonaws.com public.ecr.aws
quay.example registry.digitalocean.com registry.gitlab.example registry.openshift.example rg.fr-par.scw.cloud
*.eu-central-1.amazonaws.com *.eu-west-1.amazonaws.com zot.example""".split()


def make_certificate(folder):
    """An authority and a server certificate for all names."""
    authority, key = os.path.join(folder, "ca.pem"), os.path.join(folder, "server.pem")
    names = ",".join("DNS:" + name for name in NAMES)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    ca_key, request, extensions = (os.path.join(folder, name) for name in ("ca.key", "request.pem", "extensions"))
    with open(extensions, "w", encoding="ascii") as file:
        file.write("subjectAltName=%s\n" % names)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", ca_key, "-out", authority, "-days", "2", "-subj", "/CN=test authority",
            "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", *curve, "-keyout", key, "-out", request, "-subj", "/CN=test server")
    certificate = os.path.join(folder, "certificate.pem")
    openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", certificate)
    return authority, certificate, key


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Clients that go away early are part of the tests."""


class Proxy(http.server.BaseHTTPRequestHandler):
    """CONNECT leads to the TLS server; plain requests are answered by the same handler function."""
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        upstream = socket.create_connection(self.server.upstream)
        self.send_response(200)
        self.end_headers()
        pair = [self.connection, upstream]
        try:
            while True:
                ready, _, _ = select.select(pair, [], [], 60)
                if not ready:
                    break
                for side in ready:
                    data = side.recv(65536)
                    if not data:
                        return
                    pair[1 - pair.index(side)].sendall(data)
        except OSError:
            pass
        finally:
            upstream.close()
            self.close_connection = True

    def plain(self):
        self.server.handler.respond(self)

    do_GET = do_PUT = do_POST = plain

    def log_message(self, *arguments):
        pass


class Hosts:
    """Serves `handler` (a BaseHTTPRequestHandler with a `respond` function) under all names."""

    def __init__(self, handler, scenario):
        self.folder = tempfile.TemporaryDirectory()
        self.authority, certificate, key = make_certificate(self.folder.name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.tls = QuietServer(("127.0.0.1", 0), handler)
        self.tls.socket = context.wrap_socket(self.tls.socket, server_side=True, do_handshake_on_connect=False)
        self.proxy = QuietServer(("127.0.0.1", 0), Proxy)
        self.proxy.upstream = self.tls.server_address
        self.proxy.handler = handler
        for server in (self.tls, self.proxy):
            server.scenario = scenario
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.address = "http://127.0.0.1:%d" % self.proxy.server_address[1]

    def close(self):
        for server in (self.tls, self.proxy):
            server.shutdown()
            server.server_close()
        self.folder.cleanup()
