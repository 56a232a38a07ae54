#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that misbehaves on request, for what a real one cannot be made to do. Standard library only, loopback only,
ephemeral ports. By hand: fake_registry.py SCENARIO prints its address and serves until it is interrupted."""
import base64
import hashlib
import http.server
import json
import sys
import threading
import urllib.parse

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


LAYER = bytes(range(256)) * 4096  # 1 MiB; never unpacked here
CONFIG = compact({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [digest(b"x")]}})


def image_of(layer):
    return compact({
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(CONFIG),
                   "size": len(CONFIG)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest(layer),
                    "size": len(layer)}],
    })


IMAGE = image_of(LAYER)


def child(content, architecture, media_type=MANIFEST):
    return {"mediaType": media_type, "digest": digest(content), "size": len(content),
            "platform": {"os": "linux", "architecture": architecture}}


class Answer:
    def __init__(self, status=200, body=b"", headers=(), cut=None):
        self.status, self.body, self.headers, self.cut = status, body, dict(headers), cut


def json_answer(value, status=200, **headers):
    return Answer(status, compact(value), {"Content-Type": "application/json",
                                           **{name.replace("_", "-"): text for name, text in headers.items()}})


def manifest_answer(content, media_type=MANIFEST, claimed=None):
    return Answer(200, content, {"Content-Type": media_type, "Docker-Content-Digest": claimed or digest(content)})


class Registry:
    """The well-behaved core; a scenario overrides `answer`, or what there is."""
    image, layer = IMAGE, LAYER

    def __init__(self):
        self.blobs = {digest(CONFIG): CONFIG, digest(self.layer): self.layer}
        self.log = []  # (server, method, path with query, Authorization)
        self.counts = {}
        self.servers = [Server(self, "registry"), Server(self, "storage")]
        self.registry, self.storage = self.servers

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def count(self, key):
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]

    def requests(self, server="registry"):
        return [entry for entry in self.log if entry[0] == server]

    def answer(self, request):
        return self.core(request)

    def core(self, request):
        if request.path in ("/v2/", "/v2"):
            return json_answer({})
        if request.path == "/v2/_catalog":
            return json_answer({"repositories": ["team/app"]})
        if request.path.endswith("/tags/list"):
            return json_answer({"name": "team/app", "tags": ["1.0"]})
        if "/manifests/" in request.path:
            name = request.path.rsplit("/", 1)[1]
            found = name in ("1.0", digest(self.image))
            return manifest_answer(self.image) if found else self.unknown("MANIFEST_UNKNOWN")
        if "/blobs/" in request.path:
            blob = self.blobs.get(request.path.rsplit("/", 1)[1])
            return self.unknown("BLOB_UNKNOWN") if blob is None else Answer(200, blob)
        return Answer(404)

    @staticmethod
    def unknown(code):
        return json_answer({"errors": [{"code": code, "message": "not\x1b[31m here"}]}, 404)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, scenario, name):
        super().__init__(("127.0.0.1", 0), Handler)
        self.scenario, self.name = scenario, name
        self.address = "127.0.0.1:%d" % self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that goes away early is part of the tests."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def respond(self):
        url = urllib.parse.urlsplit(self.path)
        self.full_path, self.path, self.query = self.path, url.path, dict(urllib.parse.parse_qsl(url.query))
        self.authorization = self.headers.get("Authorization", "")
        length = int(self.headers.get("Content-Length") or 0)
        self.form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        self.server.scenario.log.append((self.server.name, self.command, self.full_path, self.authorization))
        answer = self.server.scenario.answer(self)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[:answer.cut])
        if answer.cut is not None:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = respond

    def log_message(self, *arguments):
        pass


class Plain(Registry):
    pass


def image_with(layers, blobs):
    """The manifest of an image of given layers, from the lowest up: each its blob, media type and further members of its
    descriptor; a blob of None is not there. What there is is put into `blobs` by its digest."""
    descriptors = []
    for blob, media_type, more in layers:
        if blob is not None:
            blobs[digest(blob)] = blob
        descriptors.append({"mediaType": media_type, "digest": digest(blob or b"nothing"),
                            "size": len(blob or b"nothing"), **more})
    config = compact({"os": "linux", "architecture": "amd64", "config": {}, "rootfs": {
        "type": "layers", "diff_ids": [digest(b"%d" % number) for number in range(len(layers))]}})
    blobs[digest(config)] = config
    return compact({"schemaVersion": 2, "mediaType": MANIFEST, "layers": descriptors, "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(config), "size": len(config)}})


class Holding(Registry):
    """One image of given layers, as for image_with."""

    def __init__(self, layers):
        super().__init__()
        self.image = image_with(layers, self.blobs)


class Gated(Registry):
    """Any number of repositories and tags; blobs in `held` are sent only once `opened` is set."""

    def __init__(self):
        super().__init__()
        self.tags, self.manifests, self.held, self.opened = {}, {}, set(), threading.Event()

    def close(self):
        self.opened.set()
        super().close()

    def put(self, name, document, media_type=MANIFEST):
        """`name` is "repository:tag"."""
        repository, tag = name.split(":")
        self.manifests[digest(document)] = (document, media_type)
        self.tags.setdefault(repository, {})[tag] = digest(document)
        return digest(document)

    def asked(self, text, method="GET"):
        return sum(1 for entry in self.requests() if entry[1] == method and text in entry[2])

    def answer(self, request):
        path = request.path.removeprefix("/v2/")
        if path == "_catalog":
            return json_answer({"repositories": sorted(self.tags)})
        if path.endswith("/tags/list"):
            return json_answer({"name": path[:-len("/tags/list")], "tags": sorted(self.tags[path[:-len("/tags/list")]])})
        if "/manifests/" in path:
            repository, name = path.split("/manifests/")
            found = self.manifests.get(self.tags.get(repository, {}).get(name, name))
            return manifest_answer(*found) if found else self.unknown("MANIFEST_UNKNOWN")
        if "/blobs/" in path and path.rsplit("/", 1)[1] in self.held:
            self.opened.wait(120)
        return self.core(request)


class Bearer(Registry):
    """Tokens of one scope; only alice's carry rights. `bad_tokens` of them are refused as invalid."""
    bad_tokens = 0
    realm = None
    refresh = "identity-token"

    def answer(self, request):
        if request.path == "/token":
            return self.token(request)
        parts = request.path.split("/")
        scope = "registry:catalog:*" if "_catalog" in request.path else "repository:%s:pull" % "/".join(parts[2:4])
        challenge = 'Bearer realm="%s",service="fake, registry"' % (self.realm or "/token?given=1")
        if request.path != "/v2/":
            challenge += ',scope="%s"' % scope
        if request.authorization.startswith("Bearer invalid"):
            return Answer(401, b"", {"WWW-Authenticate": challenge + ',error="invalid_token"'})
        if request.authorization == "Bearer none":
            return Answer(401, b"", {"WWW-Authenticate": challenge + ',error="insufficient_scope"'})
        if request.path != "/v2/" and request.authorization != "Bearer for-" + scope:
            return Answer(401, b"", {"WWW-Authenticate": challenge})
        return self.core(request)

    def token(self, request):
        assert request.query.get("given") == "1" or self.realm, request.full_path
        fields = request.form or request.query
        assert fields["service"] == "fake, registry"
        if self.count("token") <= self.bad_tokens:
            return json_answer({"token": "invalid"})
        known = request.authorization == "Basic " + base64.b64encode(b"alice:s3cret").decode()
        known = known or fields.get("refresh_token") == self.refresh
        if request.authorization and not known:
            return json_answer({"details": "incorrect username or password"}, 401)
        return json_answer({"access_token": "for-" + fields["scope"] if known else "none", "expires_in": 300})


class InvalidTokenOnce(Bearer):
    bad_tokens = 1


class InvalidTokenAlways(Bearer):
    bad_tokens = 1000


class RealmAtMetadata(Bearer):
    realm = "http://169.254.169.254/token"


class RealmWithPassword(Bearer):
    realm = "http://user:hidden@127.0.0.1/token"


class TokenWithNewline(Bearer):
    def token(self, request):
        return json_answer({"token": "a\r\nX-Injected: 1"})


class TokenWithoutLifetime(Bearer):
    seconds = None

    def token(self, request):
        answer = json.loads(super().token(request).body)
        answer.pop("expires_in")
        return json_answer(answer | ({} if self.seconds is None else {"expires_in": self.seconds}))


class TokenOfASecond(TokenWithoutLifetime):
    seconds = 1


class Unauthorized(Registry):
    """401 and no word about how."""

    def answer(self, request):
        known = request.authorization == "Basic " + base64.b64encode(b"alice:s3cret").decode()
        return self.core(request) if known else Answer(401)


class Negotiate(Registry):
    def answer(self, request):
        return Answer(401, b"", {"WWW-Authenticate": "Negotiate"})


class Paged(Registry):
    """The catalog two names at a time; `link` says where the next page is."""
    names = ["a", "b", "c", "d", "e"]
    prefix = ""

    def link(self, last):
        return "</v2/_catalog?last=%s&n=2>; rel=\"next\"" % last

    def answer(self, request):
        if request.path != self.prefix + "/v2/_catalog":
            return Answer(404)
        start = self.names.index(request.query["last"]) + 1 if "last" in request.query else 0
        page = self.names[start:start + 2]
        more = start + 2 < len(self.names)
        return json_answer({"repositories": page}, **({"Link": self.link(page[-1])} if more else {}))


class PagedAbsolute(Paged):
    def link(self, last):
        return "<https://internal.example:8443/v2/_catalog?last=%s>; rel=next" % last


class PagedWithoutPrefix(Paged):
    prefix = "/reg"


class PagedElsewhere(Paged):
    """Our path refuses the cursor; the link's own path is right."""

    def link(self, last):
        return "</v2/other/_catalog?last=%s>; rel=\"next\"" % last

    def answer(self, request):
        if request.path == "/v2/other/_catalog":
            request.path = "/v2/_catalog"
            return super().answer(request)
        return super().answer(request) if "last" not in request.query else Answer(400)


class PagedLimit(Paged):
    """Refuses every limit of its own choosing, as Distribution does above its maximum."""

    def answer(self, request):
        if request.query.get("n") == "1000":
            return json_answer({"errors": [{"code": "PAGINATION_NUMBER_INVALID"}]}, 400)
        return super().answer(request)


class PagedLoop(Registry):
    def answer(self, request):
        other = "b" if request.query.get("last") == "a" else "a"
        return json_answer({"repositories": ["x" + other]}, Link="</v2/_catalog?last=%s>; rel=\"next\"" % other)


class PagedForever(Registry):
    """Always the same names behind always new links."""

    def answer(self, request):
        return json_answer({"repositories": ["a", "b"]},
                           Link="</v2/_catalog?last=%d>; rel=\"next\"" % self.count("page"))


class PagedTooMany(Registry):
    def answer(self, request):
        page = self.count("page")
        return json_answer({"repositories": ["r%d" % (page * 1000 + i) for i in range(1000)]},
                           Link="</v2/_catalog?last=%d>; rel=\"next\"" % page)


class PagedNowhere(Registry):
    def answer(self, request):
        return json_answer({"errors": []}, Link="</v2/_catalog?last=a>; rel=\"next\"")


class ManyPages(Registry):
    """50,000 tags at once, and the same again whatever `last` says."""

    def answer(self, request):
        return json_answer({"name": "team/app", "tags": ["t%d" % number for number in range(50000)]},
                           Link="</v2/team/app/tags/list?last=t49999>; rel=\"next\"")


class StrangeTags(Registry):
    def answer(self, request):
        tags = ["2", None, "1.0", "", "sha256:" + "a" * 64, "1.0", "a/../b", "x\u001b[31m", 7,
                "sha256-" + "a" * 64 + ".sig", "sha256-" + "b" * 64, "latest"]
        return json_answer({"name": "team/app", "tags": tags})


class NullTags(Registry):
    def answer(self, request):
        return json_answer({"name": "team/app", "tags": None})


class Redirecting(Registry):
    """Blobs are on the other port, which notes what it is sent."""

    def target(self, request):
        return "http://%s%s?X-Amz-Signature=hidden" % (self.storage.address, request.path)

    def answer(self, request):
        if request.server is self.storage:
            return self.core(request)
        known = request.authorization == "Basic " + base64.b64encode(b"alice:s3cret").decode()
        if not known:
            return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        if "/blobs/" in request.path:
            return Answer(307, b"moved", {"Location": self.target(request)})
        return self.core(request)


class RedirectExpired(Redirecting):
    def answer(self, request):
        if request.server is self.storage and self.count("storage") == 1:
            return Answer(403, b"<Error>expired</Error>")
        return super().answer(request)


class RedirectMetadata(Redirecting):
    def target(self, request):
        return "http://169.254.169.254/latest/meta-data/"


class RedirectFile(Redirecting):
    def target(self, request):
        return "file:///etc/passwd"


class RedirectLoop(Redirecting):
    def target(self, request):
        return "%s?again=%d" % (request.path, self.count("hop"))


class Limited(Registry):
    """429 twice, then the answer."""
    wait = "7"

    def answer(self, request):
        if self.count("all") <= 2:
            return Answer(429, b"", {"Retry-After": self.wait})
        return self.core(request)


class LimitedForLong(Limited):
    wait = "7200"


class Failing(Registry):
    def answer(self, request):
        self.count("all")
        return json_answer({"errors": [{"code": "UNAVAILABLE", "message": "down"}]}, 503)


class WrongManifest(Registry):
    def answer(self, request):
        return manifest_answer(IMAGE + b" ", claimed=digest(IMAGE)) if "/manifests/" in request.path else self.core(request)


class WrongManifestOnce(Registry):
    def answer(self, request):
        if "/manifests/" in request.path and self.count("manifest") == 1:
            return manifest_answer(IMAGE + b" ", claimed=digest(IMAGE))
        return self.core(request)


class ManifestTyped(Registry):
    """The manifest under a media type that is none, or under no type."""
    media_type = "text/html"

    def answer(self, request):
        answer = self.core(request)
        if "/manifests/" in request.path:
            answer.headers["Content-Type"] = self.media_type
            if self.media_type is None:
                answer.headers.pop("Content-Type")
        return answer


class ManifestUntyped(ManifestTyped):
    media_type = None


class ManifestOfTwoKinds(Registry):
    """Whoever looks at `layers` sees another image than whoever looks at `manifests`."""
    image = compact({**json.loads(IMAGE), "manifests": [child(b"other", "amd64")]})


class WeakDigest(Registry):
    def answer(self, request):
        answer = self.core(request)
        if "Docker-Content-Digest" in answer.headers:
            answer.headers["Docker-Content-Digest"] = "md5:" + hashlib.md5(answer.body).hexdigest()
        return answer


class HugeManifest(Registry):
    def answer(self, request):
        return Answer(200, b" " * (9 << 20)) if "/manifests/" in request.path else self.core(request)


class HeadWithoutDigest(Registry):
    def answer(self, request):
        answer = self.core(request)
        answer.headers.pop("Docker-Content-Digest", None)
        return answer


class HeadRefused(Registry):
    def answer(self, request):
        return Answer(405) if request.command == "HEAD" else self.core(request)


class ShortBlob(Registry):
    def answer(self, request):
        answer = self.core(request)
        answer.cut = 70000 if digest(LAYER) in request.path else None
        return answer


class BrokenBlob(Registry):
    """Breaks off every 300,000 bytes of the layer, and knows ranges."""
    kilobytes = 300

    def part(self, request):
        asked = request.headers.get("Range", "bytes=0-")
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def answer(self, request):
        if request.command != "GET" or digest(self.layer) not in request.path:
            return self.core(request)
        first = self.part(request)
        self.sent = getattr(self, "sent", []) + [first]
        headers = {"Content-Range": "bytes %d-%d/%d" % (first, len(self.layer) - 1, len(self.layer))}
        return Answer(206 if "Range" in request.headers else 200, self.layer[first:], headers, cut=self.kilobytes * 1000)


class BrokenRarely(BrokenBlob):
    """More often than is resumed without progress, but far apart."""
    kilobytes = 8500
    layer = bytes(7 * 8500000)
    image = image_of(layer)


class BrokenTooOften(BrokenBlob):
    kilobytes = 20


class BrokenBehindRedirect(BrokenBlob):
    """The storage breaks off; the registry wants a password."""

    def answer(self, request):
        if request.server is self.storage:
            return super().answer(request)
        if request.authorization != "Basic " + base64.b64encode(b"alice:s3cret").decode():
            return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        if digest(LAYER) in request.path:
            return Answer(307, b"", {"Location": "http://%s%s?signed=1" % (self.storage.address, request.path)})
        return self.core(request)


class BrokenWithoutRanges(BrokenBlob):
    """Breaks off once, and then sends everything again."""

    def part(self, request):
        self.kilobytes = 10000 if self.count("layer") > 1 else 300
        return 0

    def answer(self, request):
        answer = super().answer(request)
        answer.status = 200
        return answer


class BrokenWithoutGoodRanges(BrokenBlob):
    """Breaks off once; of ranges it understands nothing, but sends the whole well."""
    breaks = 1

    def answer(self, request):
        self.kilobytes = 300 if len(getattr(self, "sent", [])) < self.breaks else 10000
        return super().answer(request)


class BrokenWrongPart(BrokenWithoutGoodRanges):
    """Says and sends another part than was asked for."""

    def part(self, request):
        return max(0, super().part(request) - 7)


class BrokenWrongSize(BrokenWithoutGoodRanges):
    """Says that the blob is shorter than its manifest says."""

    def answer(self, request):
        answer = super().answer(request)
        if "Range" in request.headers:
            answer.status, answer.body, answer.headers = 416, b"", {"Content-Range": "bytes */7"}
        return answer


class BrokenOther(BrokenBlob):
    """Goes on with the bytes of something else."""

    def answer(self, request):
        answer = super().answer(request)
        if answer.status == 206:
            answer.body = bytes(len(answer.body))
        return answer


class BrokenAlways(BrokenWrongSize):
    """The whole breaks off too, every time."""
    breaks = 1000


class LongBlob(Registry):
    def answer(self, request):
        return Answer(200, LAYER + b"more") if digest(LAYER) in request.path else self.core(request)


class OtherBlob(Registry):
    def answer(self, request):
        return Answer(200, LAYER[:-1] + b"!") if digest(LAYER) in request.path else self.core(request)


class FullAcceptOnly(Registry):
    def answer(self, request):
        wanted = [INDEX, MANIFEST, "application/vnd.docker.distribution.manifest.list.v2+json",
                  "application/vnd.docker.distribution.manifest.v2+json"]
        accepted = [part.strip() for part in request.headers.get("Accept", "").split(",")]
        if "/manifests/" in request.path and not all(kind in accepted for kind in wanted):
            return self.unknown("MANIFEST_UNKNOWN")
        return self.core(request)


class Schema1Only(Registry):
    """Signed, and only for who accepts it; the digest covers what was signed. Its top layer was thrown away."""
    kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    payload = compact({"schemaVersion": 1, "name": "team/app", "tag": "1.0", "architecture": "amd64",
                       "fsLayers": [{"blobSum": digest(b"nowhere")}, {"blobSum": digest(LAYER)}],
                       "history": [{"v1Compatibility": '{"throwaway":true,"os":"linux","architecture":"amd64"}'},
                                   {"v1Compatibility": '{"id":"1"}'}]})

    def document(self):
        protected = compact({"formatLength": len(self.payload) - 1, "formatTail": "fQ"})
        encoded = base64.urlsafe_b64encode(protected).rstrip(b"=")
        return self.payload[:-1] + b',"signatures":[{"protected":"' + encoded + b'"}]}'

    def answer(self, request):
        if "/manifests/" not in request.path:
            return self.core(request)
        wanted = (digest(self.payload), "1.0")
        if self.kind not in request.headers.get("Accept", "") or not request.path.endswith(wanted):
            return self.unknown("MANIFEST_UNKNOWN")
        return manifest_answer(self.document(), self.kind, digest(self.payload))


class Schema1Unsigned(Schema1Only):
    kind = "application/vnd.docker.distribution.manifest.v1+json"

    def document(self):
        return self.payload


class Schema1Forged(Schema1Only):
    """Members outside of what was signed."""

    def document(self):
        other = self.payload.replace(digest(LAYER).encode(), digest(b"x").encode())
        return super().document().replace(self.payload[:-1], other[:-1])


class Schema1Unfinished(Schema1Only):
    """Promises more than there is of a layer whose size no manifest tells, and knows that it ends there."""
    ends_at = len(LAYER)

    def answer(self, request):
        if request.command != "GET" or digest(LAYER) not in request.path:
            return super().answer(request)
        self.sent = getattr(self, "sent", []) + [request.headers.get("Range", "")]
        if "Range" in request.headers:
            return Answer(416, b"", {"Content-Range": "bytes */%d" % self.ends_at})
        is_first = self.count("layer") == 1
        return Answer(200, LAYER + b"more", cut=len(LAYER)) if is_first else Answer(200, LAYER)


class Schema1Longer(Schema1Unfinished):
    """Knows that it is longer than what came, but cannot send a part."""
    ends_at = len(LAYER) + 5


class SparseIndex(Registry):
    """An index: one image that is there, one that is not, an attestation, and an artifact."""
    index = compact({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        child(IMAGE, "amd64"), child(b"missing", "arm64"),
        {"mediaType": MANIFEST, "digest": digest(b"attestation"), "size": 11,
         "platform": {"os": "unknown", "architecture": "unknown"}},
        {"mediaType": "application/example", "digest": digest(b"other"), "size": 5}]})

    def answer(self, request):
        return manifest_answer(self.index, INDEX) if request.path.endswith("/manifests/1.0") else self.core(request)


class Indexed(Registry):
    """A tag that names an index; `documents` are found by their digests."""
    documents = ()
    index = None

    def answer(self, request):
        if "/manifests/" not in request.path:
            return self.core(request)
        name = request.path.rsplit("/", 1)[1]
        if name == "1.0":
            return manifest_answer(self.index, INDEX)
        for document in self.documents:
            if digest(document) == name:
                return manifest_answer(document, json.loads(document)["mediaType"])
        return self.core(request)


def index_of(*children):
    return compact({"schemaVersion": 2, "mediaType": INDEX, "manifests": children})


def nested(content, depth):
    """The indexes that lead to a child, from the innermost."""
    documents = [index_of(content)]
    for _ in range(depth - 1):
        documents.append(index_of({"mediaType": INDEX, "digest": digest(documents[-1]), "size": len(documents[-1])}))
    return documents


class NestedIndex(Indexed):
    documents = nested(child(IMAGE, "amd64"), 3)
    index = documents[-1]


class NestedTooDeep(Indexed):
    documents = nested(child(IMAGE, "amd64"), 4)
    index = documents[-1]


class AttestationsOnly(Indexed):
    """Of BuildKit: by its platform, and by its annotation."""
    index = index_of({"mediaType": MANIFEST, "digest": digest(b"a"), "size": 1,
                      "platform": {"os": "unknown", "architecture": "unknown"}},
                     {"mediaType": MANIFEST, "digest": digest(b"b"), "size": 1,
                      "annotations": {"vnd.docker.reference.type": "attestation-manifest"}})


class ManyChildren(Indexed):
    index = index_of(*(child(b"%d" % number, "arch%d" % number) for number in range(2000)))


class SelfReference(Indexed):
    """Names itself, by a digest that is not its own: no document can hold its own digest."""
    claimed = digest(b"itself")
    index = index_of({"mediaType": INDEX, "digest": claimed, "size": 300}, child(IMAGE, "amd64"))

    def answer(self, request):
        if request.path.endswith(self.claimed):
            return manifest_answer(self.index, INDEX, self.claimed)
        return super().answer(request)


class SameChildTwice(Indexed):
    index = index_of(child(IMAGE, "amd64"), child(IMAGE, "arm64"))


class ManyTags(Bearer):
    """Twelve tags; the token is taken back after five lookups, one tag is gone, one always fails, one has no digest in its
    head, and once in between the registry wants to be left alone."""
    valid = 1

    def token(self, request):
        answer = super().token(request)
        number = self.count("token given")
        return json_answer({"token": "%s-%d" % (json.loads(answer.body)["access_token"], number), "expires_in": 300})

    def answer(self, request):
        if request.command != "HEAD":
            if request.authorization.startswith("Bearer for-"):
                request.authorization = request.authorization.rsplit("-", 1)[0]
            return super().answer(request)
        name = request.path.rsplit("/", 1)[1]
        if not request.authorization.endswith("-%d" % self.valid):
            return Answer(401, b"", {"WWW-Authenticate": 'Bearer realm="/token?given=1",service="fake, registry"'})
        found = self.count("found")
        if found == 5:
            self.valid = 2
        if found == 8:
            return Answer(429, b"", {"Retry-After": "3"})
        if name == "gone":
            return Answer(404)
        if name == "broken":
            return Answer(500)
        if name == "headless":
            return Answer(200, b"")
        return manifest_answer(IMAGE)

    def core(self, request):
        return manifest_answer(IMAGE) if "/manifests/" in request.path else super().core(request)


class WebPage(Registry):
    def answer(self, request):
        return Answer(200, b"<html><title>Sign in</title></html>", {"Content-Type": "text/html; charset=utf-8"})


class Nothing(Registry):
    def answer(self, request):
        return Answer(404, b"404 page not found\n", {"Content-Type": "text/plain"})


def scenarios(kind=Registry):
    for scenario in kind.__subclasses__():
        yield scenario.__name__, scenario
        yield from scenarios(scenario)


if __name__ == "__main__":
    fake = dict(scenarios())[sys.argv[1]]()
    print(fake.registry.address, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        fake.close()
