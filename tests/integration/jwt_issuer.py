# SPDX-License-Identifier: Apache-2.0
"""An issuer of signed tokens as Google's is: RS256 by openssl, and a key set over HTTP on loopback that counts who asks."""
import base64
import hashlib
import hmac
import http.server
import json
import subprocess
import threading
import time

ISSUER = "https://accounts.google.com"


def coded(content):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Key:
    def __init__(self, folder, name="key-1", file="key"):
        self.name, self.path = name, str(folder / (file + ".pem"))
        self.run("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.path)
        modulus = self.run("rsa", "-in", self.path, "-noout", "-modulus").decode().strip().partition("=")[2]
        self.public = {"kty": "RSA", "kid": name, "alg": "RS256", "use": "sig", "n": coded(bytes.fromhex(modulus)),
                       "e": "AQAB"}

    @staticmethod
    def run(*words, content=b""):
        return subprocess.run(["openssl", *words], input=content, capture_output=True, check=True, timeout=60).stdout

    def token(self, claims, **header):
        text = "%s.%s" % (coded({"alg": "RS256", "kid": self.name, "typ": "JWT", **header}), coded(claims))
        return "%s.%s" % (text, coded(self.run("dgst", "-sha256", "-sign", self.path, content=text.encode())))

    def mac_token(self, claims):
        """Signed with the public key as if it were a shared secret."""
        text = "%s.%s" % (coded({"alg": "HS256", "kid": self.name}), coded(claims))
        return "%s.%s" % (text, coded(hmac.new(json.dumps(self.public).encode(), text.encode(), hashlib.sha256).digest()))


def claims(**changed):
    now = int(time.time())
    return {"aud": "https://scan.example.com", "azp": "113", "email": "push@acme-prod.iam.gserviceaccount.com",
            "email_verified": True, "exp": now + 3600, "iat": now, "iss": ISSUER, "sub": "113", **changed}


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        issuer = self.server.issuer
        issuer.asked += 1
        body = json.dumps({"keys": issuer.keys}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Issuer:
    def __init__(self, *keys):
        self.keys, self.asked = [key.public for key in keys], 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.issuer = self
        self.url = "http://127.0.0.1:%d/certs" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
