# SPDX-License-Identifier: Apache-2.0
"""The APIs of registry vendors, in the shapes that their documentation gives (the section of the protocol notes stands at
each class; `unproven` names what was never seen for real). Every list has two items a page and a malformed entry; what goes
wrong on the way is the scenario's business (Faults)."""
import base64
import hashlib
import hmac
import http.server
import json
import re
import subprocess
import tempfile
import time
import urllib.parse

from fake_registry import Answer, compact, json_answer

SPACE = "acme"
NAMES = ["app", "tool", "web"]
TAGS = ["1.0", "1.1", "latest"]
PUSHED_S = 1795169472  # 2026-11-20T10:11:12Z
PASSWORD = "s3cret-" + "x" * 20
EVIL = "evil.example"


def digest_of(name, tag):
    return "sha256:" + hashlib.sha256(("%s:%s" % (name, tag)).encode()).hexdigest()


def pushed(name, tag):
    return PUSHED_S + 60 * NAMES.index(name) + TAGS.index(tag)


def stamp(seconds, end="Z"):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + end


def jwt(expires_s):
    def part(value):
        return base64.urlsafe_b64encode(compact(value)).rstrip(b"=").decode()
    return "%s.%s.%s" % (part({"alg": "none"}), part({"exp": expires_s}), part({}))


def cut(items, start):
    """Two items from `start` on, and where the next page starts; None at the end."""
    return items[start:start + 2], start + 2 if start + 2 < len(items) else None


class Vendor:
    """One type. `host` is what the integration names; `fields` what its user fills in; `source` what its times are."""
    host = "registry.example"
    fields = {"username": "alice", "password": PASSWORD}
    source = "tag-updated"
    has_catalog = False
    allow = ()
    needs_renewal = False  # the token can be renewed, so that an old one is refused for good

    def __init__(self):
        self.generation = 1  # of renewable tokens

    def name(self, name):
        return "%s/%s" % (SPACE, name)

    def short(self, repository):
        return repository.rsplit("/", 1)[-1]

    def time_of(self, name, tag):
        return pushed(name, tag) * 1000

    # What a request is.

    def is_api(self, request):
        """Whether faults may hit it: a list of the vendor's API."""
        raise NotImplementedError

    def api(self, request):
        """The answer; None: not of the API."""
        raise NotImplementedError

    def is_allowed(self, request):
        return request.authorization == "Basic " + base64.b64encode(("alice:%s" % PASSWORD).encode()).decode()

    def refuse(self):
        return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})

    def expire(self):
        """A token stops being good: the answer to who still sends it."""
        self.generation += 1
        return self.refuse()

    # The registry behind it.

    def repository_of(self, path):
        return self.short(path[len("/v2/"):path.rindex("/manifests/" if "/manifests/" in path else "/tags/")])

    def core(self, request):
        if not self.is_core_allowed(request):
            return self.refuse_core(request)
        if request.path == "/v2/":
            return json_answer({})
        if request.path == "/v2/_catalog" and self.has_catalog:
            return json_answer({"repositories": [self.name(name) for name in NAMES]})
        if request.path.startswith("/v2/") and request.path.endswith("/tags/list"):
            return json_answer({"tags": TAGS + [None, ""]}) if self.repository_of(request.path) in NAMES else Answer(404)
        if request.path.startswith("/v2/") and "/manifests/" in request.path:
            name, tag = self.repository_of(request.path), request.path.rsplit("/", 1)[1]
            if name in NAMES and tag in TAGS:
                return Answer(200, b"{}", {"Docker-Content-Digest": digest_of(name, tag)})
        return Answer(404, b"404")

    def is_core_allowed(self, request):
        return self.is_allowed(request)

    def refuse_core(self, request):
        return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})


class BearerCore(Vendor):
    """A registry with a token service at the same host."""
    realm_path = "/token"
    realm_host = None

    def realm(self, request):
        return "https://%s%s" % (self.realm_host or request.host, self.realm_path)

    def is_core_allowed(self, request):
        return request.authorization.startswith("Bearer core-")

    def refuse_core(self, request):
        return Answer(401, b"", {"WWW-Authenticate": 'Bearer realm="%s",service="%s"' % (self.realm(request), self.host)})

    def token_service(self, request):
        fields = request.form or request.query
        return json_answer({"token": "core-" + fields.get("scope", ""), "expires_in": 300})


def numbered(request, items, member=None, first=1):
    """?page=1 …; an empty page ends."""
    start = (int(request.query.get("page", first)) - first) * 2
    page = items[start:start + 2]
    return json_answer(page if member is None else {member: page, "total_count": len(items)})


def linked(request, items, wrap=lambda page: page):
    """Link: rel="next" with the start of the next page."""
    page, following = cut(items, int(request.query.get("start", 0)))
    headers = {}
    if following is not None:
        headers["Link"] = '<%s?start=%d>; rel="next"' % (request.path_as_sent, following)
    return json_answer(wrap(page), **headers)


class Dockerhub(BearerCore):
    """2.2; unproven: the digest of the tag itself."""
    host = "docker.io"
    fields = {"username": SPACE, "password": PASSWORD}
    needs_renewal = True

    def is_api(self, request):
        return request.host == "hub.docker.com" and request.path != "/v2/auth/token"

    def is_allowed(self, request):
        return request.authorization == "Bearer hub-%d" % self.generation

    def page(self, request, items):
        page, following = cut(items, int(request.query.get("page", 1)) * 2 - 2)
        link = "https://hub.docker.com%s?page=%d&page_size=2" % (request.path, following // 2 + 1) if following else None
        return json_answer({"count": len(items), "next": link, "previous": None, "results": page})

    def api(self, request):
        path = request.path
        if request.host == "auth.docker.io":
            return self.token_service(request)
        if request.host != "hub.docker.com":
            return None
        if path == "/v2/auth/token":
            good = request.json() == {"identifier": SPACE, "secret": PASSWORD}
            return json_answer({"access_token": "hub-%d" % self.generation}) if good else json_answer({}, 401)
        if path == "/v2/repositories/namespaces":
            return json_answer({"namespaces": [SPACE, 7]})
        if path == "/v2/repositories/%s/" % SPACE:
            return self.page(request, [{"name": name, "namespace": SPACE} for name in NAMES] + [{"name": None}])
        found = re.fullmatch("/v2/namespaces/%s/repositories/([a-z]+)/tags" % SPACE, path)
        if found and found[1] in NAMES:
            return self.page(request, [self.tag(found[1], tag) for tag in TAGS] + [{"digest": 3}])
        return json_answer({"detail": "Object not found"}, 404)

    @staticmethod
    def tag(name, tag):
        entry = {"name": tag, "tag_last_pushed": stamp(pushed(name, tag), ".345678Z"),
                 "images": [{"digest": digest_of(name, tag), "architecture": "amd64"}]}
        if tag == "1.0":
            entry["digest"] = digest_of(name, tag)
        if tag == "latest":
            entry["images"] *= 2  # several platforms: the index is looked up
        return entry

    def time_of(self, name, tag):
        return pushed(name, tag) * 1000 + 345

    def realm(self, request):
        return "https://auth.docker.io/token"


class Aws(Vendor):
    """2.3: signatures are verified with an implementation of our own."""
    fields = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": PASSWORD}
    source = "digest-pushed"
    needs_renewal = True
    secret = PASSWORD

    def is_api(self, request):
        return "x-amz-target" in request.headers and not request.headers["x-amz-target"].endswith("Token")

    def verify(self, request, service, region):
        found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
                             r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})", request.authorization)
        if not found or (found[3], found[4]) != (region, service):
            return False
        names, date = found[5].split(";"), request.headers["x-amz-date"]
        if not {"host", "x-amz-date"} <= set(names) or names != sorted(names):
            return False
        lines = "".join("%s:%s\n" % (name, request.headers[name].strip()) for name in names)
        canonical = "%s\n%s\n%s\n%s\n%s\n%s" % (request.command, request.path, urllib.parse.urlsplit(
            request.full_path).query, lines, found[5], hashlib.sha256(request.body).hexdigest())
        text = "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s" % (
            date, found[2], region, service, hashlib.sha256(canonical.encode()).hexdigest())
        key = ("AWS4" + self.secret_of(found[1])).encode()
        for part in (found[2], region, service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.compare_digest(hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), found[6])

    def secret_of(self, _key):
        return self.secret

    def refuse(self):
        return json_answer({"__type": "com.amazon.coral.service#ExpiredTokenException", "message": "expired"}, 400)

    @staticmethod
    def page(request, member, items):
        page, following = cut(items, int(request.json().get("nextToken", 0)))
        return json_answer({member: page, **({"nextToken": str(following)} if following else {})})


class Ecr(Aws):
    """2.3"""
    account, region = "123456789012", "eu-west-1"
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"

    def is_core_allowed(self, request):
        return request.authorization == "Basic " + base64.b64encode(b"AWS:ecr-password").decode()

    def api(self, request):
        found = re.fullmatch(r"api\.ecr\.([a-z0-9-]+)\.amazonaws\.com", request.host)
        if not found:
            return None
        if not self.verify(request, "ecr", found[1]):
            return json_answer({"__type": "InvalidSignatureException", "message": "no"}, 403)
        operation = request.headers["x-amz-target"].split(".")[1]
        if operation == "GetAuthorizationToken":
            token = base64.b64encode(b"AWS:ecr-password").decode()
            return json_answer({"authorizationData": [{"authorizationToken": token, "expiresAt": time.time() + 43200}]})
        if operation == "DescribeRepositories":
            return self.page(request, "repositories", [{"repositoryName": self.plain(n)} for n in NAMES] + [{}])
        name = self.short(request.json()["repositoryName"])
        items = [{"imageDigest": digest_of(name, tag), "imageTags": [tag, "bad tag!"],
                  "imagePushedAt": float("%.6e" % pushed(name, tag))} for tag in TAGS]
        return self.page(request, "imageDetails", items + [{"imageDigest": "sha256:" + "0" * 64}])

    @staticmethod
    def plain(name):
        return "%s/%s" % (SPACE, name)

    def time_of(self, name, tag):
        return int(float("%.6e" % pushed(name, tag)) * 1000)


class EcrRole(Ecr):
    """2.3: the role's keys come from STS, signed with the user's."""
    fields = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": PASSWORD,
              "role_arn": "arn:aws:iam::123456789012:role/scan", "external_id": "ext-1"}

    def secret_of(self, key):
        return PASSWORD if key == "AKIDEXAMPLE" else "role-secret"

    def api(self, request):
        if request.host == "sts.eu-west-1.amazonaws.com":
            good = self.verify(request, "sts", "eu-west-1") and request.form["ExternalId"] == "ext-1"
            good = good and request.form["RoleArn"].endswith(":role/scan") and request.form["Action"] == "AssumeRole"
            return self.keys() if good else Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        if "x-amz-target" in request.headers and "Credential=ASIA" not in request.authorization:
            return json_answer({"__type": "UnrecognizedClientException"}, 400)
        return super().api(request)

    @staticmethod
    def keys():
        return Answer(200, ("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
                            "<SecretAccessKey>role-secret</SecretAccessKey><SessionToken>session</SessionToken>"
                            "<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
                            % stamp(time.time() + 3600)).encode())


class EcrInstance(Ecr):
    """2.3 [K]: IMDSv2."""
    fields = {"ambient": "true"}
    allow = ("169.254.169.254",)

    def api(self, request):
        if request.host == "169.254.169.254":
            if request.command == "PUT" and request.path == "/latest/api/token":
                return Answer(200, b"imds-token")
            if request.headers.get("x-aws-ec2-metadata-token") != "imds-token":
                return Answer(401)
            if request.path.endswith("/security-credentials/"):
                return Answer(200, b"node-role")
            return json_answer({"AccessKeyId": "ASIANODE", "SecretAccessKey": PASSWORD, "Token": "session",
                                "Expiration": stamp(time.time() + 3600)})
        return super().api(request)


class EcrOrganization(EcrRole):
    """2.3 [K]: the shape of ListAccounts."""
    fields = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": PASSWORD, "regions": "eu-west-1, eu-central-1",
              "management_role_arn": "arn:aws:iam::999999999999:role/list", "member_role_name": "scan",
              "accounts": "123456789012,210987654321"}
    places = ["", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/", "210987654321.dkr.ecr.eu-west-1.amazonaws.com/",
              "210987654321.dkr.ecr.eu-central-1.amazonaws.com/"]

    def api(self, request):
        if re.fullmatch(r"sts\.[a-z0-9-]+\.amazonaws\.com", request.host):
            return self.keys()
        if request.host == "organizations.us-east-1.amazonaws.com":
            if not self.verify(request, "organizations", "us-east-1"):
                return json_answer({"__type": "InvalidSignatureException"}, 403)
            accounts = ["123456789012", "210987654321", "333333333333", "444444444444"]
            page, following = cut(accounts, int(request.json().get("NextToken", 0)))
            return json_answer({"Accounts": [{"Id": id, "Status": "SUSPENDED" if id[0] == "4" else "ACTIVE"} for id in page],
                                **({"NextToken": str(following)} if following else {})})
        return super().api(request)

    def names(self):
        return [(place + self.plain(name), name) for place in self.places for name in NAMES]


class EcrPublic(Aws, BearerCore):
    """2.4"""
    host = "public.ecr.aws"
    source = "tag-moved"
    realm_path = "/token/"

    def api(self, request):
        if request.path == "/token/":
            return self.token_service(request)
        if request.host != "api.ecr-public.us-east-1.amazonaws.com":
            return None
        if not self.verify(request, "ecr-public", "us-east-1"):
            return json_answer({"__type": "InvalidSignatureException"}, 403)
        if request.headers["x-amz-target"].endswith(".DescribeRepositories"):
            return self.page(request, "repositories",
                             [{"repositoryUri": "public.ecr.aws/%s" % self.name(name)} for name in NAMES] + [{}])
        name = request.json()["repositoryName"]
        items = [{"imageTag": tag, "createdAt": float(pushed(name, tag)),
                  "imageDetail": {"imageDigest": digest_of(name, tag), "imagePushedAt": 1.0}} for tag in TAGS]
        return self.page(request, "imageTagDetails", items + [{"imageTag": None}])


class Google(BearerCore):
    """2.5: the JWT is verified with the key's public half."""
    source = "digest-pushed"
    needs_renewal = True
    key = None

    def __init__(self):
        super().__init__()
        if Google.key is None:
            Google.key = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                                        check=True, capture_output=True, text=True).stdout
        self.fields = dict(self.fields, key_json=json.dumps({
            "type": "service_account", "project_id": SPACE, "private_key_id": "k1", "private_key": Google.key,
            "client_email": "scan@acme.example", "token_uri": "https://%s/token" % EVIL}))

    fields = {}

    def oauth(self, request):
        header, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in
                                     request.form["assertion"].split("."))
        assert json.loads(header)["alg"] == "RS256" and json.loads(claims)["iss"] == "scan@acme.example"
        with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as signed:
            key.write(Google.key.encode())
            key.flush()
            signed.write(signature)
            signed.flush()
            subprocess.run(["openssl", "dgst", "-sha256", "-prverify", key.name, "-signature", signed.name], check=True,
                           input=request.form["assertion"].rsplit(".", 1)[0].encode(), stdout=subprocess.DEVNULL)
        return json_answer({"access_token": "goog-%d" % self.generation, "expires_in": 3599, "token_type": "Bearer"})

    def token_service(self, request):
        wanted = base64.b64encode(b"oauth2accesstoken:goog-%d" % self.generation).decode()
        good = request.authorization == "Basic " + wanted
        return super().token_service(request) if good else json_answer({}, 401)

    def listing(self, request, name):
        tags = TAGS + ["bad tag!"]
        page, following = cut(tags, int(request.query.get("start", 0)))
        manifests = {digest_of(name, tag) if tag in TAGS else "sha256:zz":
                     {"tag": [tag], "timeUploadedMs": str(pushed(name, tag) * 1000) if tag in TAGS else "0",
                      "timeCreatedMs": "0"} for tag in page}
        link = {"Link": '<%s?start=%d>; rel="next"' % (request.path, following)} if following else {}
        return json_answer({"child": [], "manifest": manifests, "tags": page}, **link)


class Gcr(Google):
    """2.5"""
    host = "gcr.io"

    def is_api(self, request):
        return request.path.endswith("/tags/list") and request.authorization.startswith("Bearer")

    def is_allowed(self, request):
        return self.is_core_allowed(request)

    def refuse(self):
        return Answer(401, b"", {"WWW-Authenticate": 'Bearer realm="https://gcr.io/v2/token",service="gcr.io"'})

    realm_path = "/v2/token"

    def api(self, request):
        if request.host == "oauth2.googleapis.com":
            return self.oauth(request)
        if request.path == "/v2/token":
            return self.token_service(request)
        if not self.is_core_allowed(request):
            return None
        if request.path == "/v2/%s/tags/list" % SPACE:  # the page of children ends in a circle
            page, following = cut(NAMES + ["..", "-bad"], int(request.query.get("start", 0)))
            link = {"Link": '<%s?start=%d>; rel="next"' % (request.path, following)} if following else {}
            return json_answer({"child": page, "manifest": {}, "tags": []}, **link)
        found = re.fullmatch("/v2/%s/([a-z]+)/tags/list" % SPACE, request.path)
        return self.listing(request, found[1]) if found and found[1] in NAMES else None


class Gar(Google):
    """2.5"""
    host = "europe-west1-docker.pkg.dev"
    realm_path = "/v2/token"

    def name(self, name):
        return "%s/images/%s" % (SPACE, name)

    def is_api(self, request):
        return request.host == "artifactregistry.googleapis.com"

    def is_allowed(self, request):
        return request.authorization == "Bearer goog-%d" % self.generation

    def page(self, request, member, items):
        page, following = cut(items, int(request.query.get("pageToken", 0)))
        return json_answer({member: page, **({"nextPageToken": str(following)} if following else {})})

    def api(self, request):
        if request.host == "oauth2.googleapis.com":
            return self.oauth(request)
        if request.path == "/v2/token":
            return self.token_service(request)
        below = "/v1/projects/%s/locations/europe-west1/repositories" % SPACE
        if request.path == below:
            return self.page(request, "repositories", [
                {"name": below[4:] + "/java", "format": "MAVEN"}, {"name": "projects/other/x", "format": "DOCKER"},
                {"name": below[4:] + "/images", "format": "DOCKER"}])
        if request.path == below + "/images/dockerImages":
            return self.page(request, "dockerImages", [
                {"uri": "%s/%s@%s" % (self.host, self.name(name), digest_of(name, TAGS[0]))} for name in NAMES] + [{}])
        found = re.fullmatch("/v2/%s/images/([a-z]+)/tags/list" % SPACE, request.path)
        if found and self.is_core_allowed(request):
            return self.listing(request, found[1])
        return None


class Acr(BearerCore):
    """2.6"""
    host = "acme.azurecr.io"
    fields = {"tenant": "tenant-1", "client_id": "client-1", "client_secret": PASSWORD}
    realm_path = "/oauth2/token"
    has_catalog = True

    def is_api(self, request):
        return request.path.startswith("/acr/v1/") and self.is_core_allowed(request)

    def is_allowed(self, request):
        return self.is_core_allowed(request)

    def refuse(self):
        return Answer(401, b"", {"WWW-Authenticate":
                                 'Bearer realm="https://%s/oauth2/token",service="%s"' % (self.host, self.host)})

    def api(self, request):
        if request.host == "login.microsoftonline.com":
            good = request.path == "/tenant-1/oauth2/v2.0/token" and request.form["client_secret"] == PASSWORD
            return json_answer({"access_token": "aad", "expires_in": 3600}) if good else json_answer({}, 400)
        if request.path == "/oauth2/exchange":
            good = request.form["access_token"] == "aad" and request.form["service"] == self.host
            return json_answer({"refresh_token": jwt(time.time() + 10000)}) if good else json_answer({}, 401)
        if request.path == "/oauth2/token":  # no expires_in
            if request.command != "POST" or "refresh_token" not in request.form:
                return json_answer({}, 401)
            return json_answer({"access_token": "core-" + request.form.get("scope", "")})
        if not self.is_core_allowed(request):
            return None
        if request.path == "/acr/v1/_catalog":
            return linked(request, [self.name(name) for name in NAMES] + [5], lambda page: {"repositories": page})
        found = re.fullmatch("/acr/v1/%s/([a-z]+)/_tags" % SPACE, request.path)
        if not found:
            return None
        if request.authorization != "Bearer core-repository:%s:pull,metadata_read" % self.name(found[1]):
            return Answer(403)  # registries with attribute-based rights take no other scope
        tags = [{"name": tag, "digest": digest_of(found[1], tag), "createdTime": "2020-01-01T00:00:00Z",
                 "lastUpdateTime": stamp(pushed(found[1], tag), ".1234567Z")} for tag in TAGS]
        return linked(request, tags + [{"name": 7}], lambda page: {"tags": page})

    def time_of(self, name, tag):
        return pushed(name, tag) * 1000 + 123


class Harbor(BearerCore):
    """2.7"""
    host = "harbor.example"
    realm_path = "/service/token"

    def is_api(self, request):
        return request.path.startswith("/api/v2.0/")

    def api(self, request):
        path = request.path_as_sent
        if path == "/service/token":
            return self.token_service(request)
        if path == "/api/v2.0/projects":
            return linked(request, [{"name": SPACE}, {"name": ""}, {"project_id": 3}])
        if path == "/api/v2.0/projects/%s/repositories" % SPACE:
            return linked(request, [{"name": self.name(name)} for name in NAMES] + [{"name": "acme/Bad Name"}])
        found = re.fullmatch("/api/v2.0/projects/%s/repositories/([a-z]+)/artifacts" % SPACE, path)
        if not found:
            return None
        artifacts = [{"digest": digest_of(found[1], tag), "push_time": "2020-01-01T00:00:00.000Z", "tags": [
            {"name": tag, "push_time": stamp(pushed(found[1], tag), ".000Z"),
             "pull_time": "0001-01-01T00:00:00.000Z"}]} for tag in TAGS]
        return linked(request, artifacts + [{"digest": "sha256:no", "tags": None}, {"tags": [{"name": 1}]}])


class Quay(BearerCore):
    """2.8"""
    host = "quay.example"
    fields = {"username": "acme+robot", "password": PASSWORD, "oauth_token": "oauth-" + PASSWORD, "namespaces": SPACE}
    realm_path = "/v2/auth"
    source = "tag-moved"
    has_catalog = True

    def is_api(self, request):
        return request.path.startswith("/api/v1/")

    def is_allowed(self, request):
        return request.authorization == "Bearer oauth-" + PASSWORD and "X-Requested-With" in request.headers

    def api(self, request):
        if request.path == "/v2/auth":
            return json_answer({"token": "core-" + jwt(time.time() + 600)})
        if request.path == "/api/v1/repository":
            items = [{"namespace": SPACE, "name": name, "kind": "image"} for name in NAMES]
            items += [{"namespace": SPACE, "name": "helm", "kind": "application"}, {"name": None}]
            page, following = cut(items, int(request.query.get("next_page", "start=0").split("=")[1]))
            return json_answer({"repositories": page, **({"next_page": "start=%d" % following} if following else {})})
        found = re.fullmatch("/api/v1/repository/%s/([a-z]+)/tag/" % SPACE, request.path)
        if not found:
            return None
        tags = [{"name": tag, "manifest_digest": digest_of(found[1], tag), "start_ts": pushed(found[1], tag)}
                for tag in TAGS] + [{"name": ["x"]}]
        start = int(request.query.get("page", 1)) * 2 - 2
        return json_answer({"tags": tags[start:start + 2], "has_additional": start + 2 < len(tags)})


class Artifactory(Vendor):
    """2.9"""
    host = "acme.example"
    has_catalog = True

    def is_api(self, request):
        return request.path.startswith("/artifactory/api/") and "/docker/" not in request.path

    def api(self, request):
        if request.path == "/artifactory/api/repositories":
            return json_answer([{"key": SPACE, "type": "LOCAL"}, {"key": "all", "type": "VIRTUAL"}, {"type": "LOCAL"}])
        if request.path == "/artifactory/api/search/aql":
            query = request.body.decode()
            key = re.search(r'"repo":"([^"]*)"', query)[1]
            match = re.search(r'"path":{"\$match":"([a-z]+)/\*"}', query)
            offset, limit = (int(number) for number in re.search(r"offset\((\d+)\)\.limit\((\d+)\)", query).groups())
            items = [] if key != SPACE else [self.item(name, tag) for name in NAMES for tag in TAGS]
            items += [{"path": "app/sha256__" + "0" * 64, "name": "manifest.json"}, {"path": 7}]
            # Filled up, so that there is a second page.
            items = [{"path": "app/sha256__%064d" % i, "name": "manifest.json"} for i in range(limit)] + items
            if match:
                items = [item for item in items if str(item["path"]).startswith(match[1] + "/")]
                if match[1] != "app":
                    items = [{"path": "%s/sha256__%064d" % (match[1], i)} for i in range(limit)] + items
            return json_answer({"results": items[offset:offset + limit]})
        if request.path.startswith("/artifactory/api/docker/%s/v2/" % SPACE):
            request.path = request.path[len("/artifactory/api/docker/" + SPACE):]
            if request.path == "/v2/_catalog":
                return json_answer({"repositories": NAMES})
            return self.core(request)
        return None

    @staticmethod
    def item(name, tag):
        return {"repo": SPACE, "path": "%s/%s" % (name, tag), "name": "manifest.json", "created": "2020-01-01T00:00:00Z",
                "modified": stamp(pushed(name, tag), ".345Z"), "sha256": digest_of(name, tag)[7:]}

    def time_of(self, name, tag):
        return pushed(name, tag) * 1000 + 345


class Nexus(Vendor):
    """2.10"""
    host = "nexus.example"
    has_catalog = True

    def is_api(self, request):
        return request.path.startswith("/service/rest/")

    def api(self, request):
        if request.path == "/service/rest/v1/repositories":
            return json_answer([{"name": "maven", "format": "maven2"}, {"name": SPACE, "format": "docker", "type": "hosted"},
                                {"name": "all", "format": "docker", "type": "group"}, {"format": "docker"}])
        if request.path == "/service/rest/v1/components":
            items = [{"name": name, "version": tag, "assets": [
                {"path": "v2/%s/manifests/%s" % (name, tag), "checksum": {"sha256": digest_of(name, tag)[7:]},
                 "lastModified": stamp(pushed(name, tag), ".345+00:00")}]} for name in NAMES for tag in TAGS]
            items += [{"name": "app", "version": "sha256:" + "0" * 64}, {"name": None}]
            page, following = cut(items, int(request.query.get("continuationToken", 0)))
            return json_answer({"items": page, "continuationToken": None if following is None else str(following)})
        if request.path.startswith("/repository/%s/v2/" % SPACE):
            request.path = request.path[len("/repository/" + SPACE):]
            return json_answer({"repositories": NAMES}) if request.path == "/v2/_catalog" else self.core(request)
        return None

    time_of = Artifactory.time_of


class Gitlab(BearerCore):
    """2.11"""
    host = "registry.gitlab.example"
    realm_host = "gitlab.example"
    realm_path = "/jwt/auth"
    source = "tag-moved"
    has_catalog = True

    def is_api(self, request):
        return request.path.startswith("/api/v4/")

    def is_allowed(self, request):
        return request.headers.get("private-token") == PASSWORD

    def api(self, request):
        if request.path == "/jwt/auth":
            return self.token_service(request)
        if request.path == "/api/v4/projects":
            return linked(request, [{"id": 1, "container_registry_access_level": "enabled"}, {"id": "x"},
                                    {"id": 2, "container_registry_access_level": "disabled"}])
        if request.path == "/api/v4/projects/1/registry/repositories":
            return linked(request, [{"id": 9, "path": self.name(name)} for name in NAMES] + [{"path": "a b"}])
        if not request.path.startswith("/gitlab/v1/") or not self.is_core_allowed(request):
            return None
        if request.path == "/gitlab/v1/":
            return json_answer({})
        found = re.fullmatch("/gitlab/v1/repositories/%s/([a-z]+)/tags/list/" % SPACE, request.path)
        tags = [{"name": tag, "digest": digest_of(found[1], tag), "created_at": "2020-01-01T00:00:00Z",
                 "published_at": stamp(pushed(found[1], tag), ".123Z")} for tag in TAGS]
        return linked(request, tags + [{"name": {}}])

    def time_of(self, name, tag):
        return pushed(name, tag) * 1000 + 123


class Ghcr(BearerCore):
    """2.12"""
    host = "ghcr.io"
    fields = {"username": "alice", "password": PASSWORD, "owners": "Acme"}
    source = "digest-pushed"

    def is_api(self, request):
        return request.host == "api.github.com"

    def is_allowed(self, request):
        return request.authorization == "Bearer " + PASSWORD and "X-GitHub-Api-Version" in request.headers

    def api(self, request):
        if request.path == "/token":
            return self.token_service(request)
        path = re.sub("/(?:orgs/[Aa]cme|organizations/77)/packages", "", request.path)
        if path == "" and request.host == "api.github.com":
            answer = linked(request, [{"name": name} for name in NAMES] + [{"name": 5}])
        else:
            found = re.fullmatch("/container/([a-z]+)/versions", path)
            if not found:
                return None
            answer = linked(request, [{"name": digest_of(found[1], tag), "created_at": stamp(pushed(found[1], tag)),
                                       "metadata": {"container": {"tags": [tag]}}} for tag in TAGS] +
                            [{"name": "sha256:" + "0" * 64, "metadata": {"container": {"tags": []}}}, {}])
        if "Link" in answer.headers:  # GitHub's links have ids in place of names
            answer.headers["Link"] = re.sub("/orgs/[Aa]cme", "https://api.github.com/organizations/77",
                                            answer.headers["Link"])
        return answer


class Digitalocean(Vendor):
    """2.13"""
    host = "registry.digitalocean.com"
    fields = {"token": PASSWORD}

    def is_api(self, request):
        return request.host == "api.digitalocean.com"

    def is_allowed(self, request):
        return request.authorization == "Bearer " + PASSWORD

    def is_core_allowed(self, request):
        return request.authorization == "Basic " + base64.b64encode(("%s:%s" % (PASSWORD, PASSWORD)).encode()).decode()

    def page(self, request, member, items):
        page, following = cut(items, int(request.query.get("start", 0)))
        link = {"next": "https://%s%s?start=%d" % (request.host, request.path, following)} if following else {}
        return json_answer({member: page, "links": {"pages": link}, "meta": {"total": len(items)}})

    def api(self, request):
        if request.path == "/v2/registries":
            return json_answer({"registries": [{"name": SPACE}, {}]})
        if request.path == "/v2/registries/%s/repositoriesV2" % SPACE:
            return self.page(request, "repositories", [{"name": name} for name in NAMES] + [{"name": "A B"}])
        found = re.fullmatch("/v2/registries/%s/repositories/([a-z]+)/tags" % SPACE, request.path)
        if not found:
            return None
        return self.page(request, "tags", [{"tag": tag, "manifest_digest": digest_of(found[1], tag),
                                            "updated_at": stamp(pushed(found[1], tag))} for tag in TAGS] + [{"tag": 1}])


class Icr(Vendor):
    """2.14: one page a namespace, so two namespaces make two pages."""
    host = "de.icr.io"
    fields = {"api_key": PASSWORD, "account_id": "acc-1", "namespaces": "acme, other"}
    source = ""
    needs_renewal = True

    def is_api(self, request):
        return request.path == "/api/v1/images"

    def is_allowed(self, request):
        return request.authorization == "Bearer iam-%d" % self.generation and request.headers.get("account") == "acc-1"

    def is_core_allowed(self, request):
        return request.authorization == "Basic " + base64.b64encode(("iamapikey:" + PASSWORD).encode()).decode()

    def time_of(self, name, tag):
        return 0

    def api(self, request):
        if request.host == "iam.cloud.ibm.com":
            good = request.form["apikey"] == PASSWORD
            return json_answer({"access_token": "iam-%d" % self.generation, "expires_in": 3600}) if good else Answer(400)
        if request.path != "/api/v1/images":
            return None
        if request.query["namespace"] != SPACE:
            return json_answer([{"DigestTags": {"sha256:xx": ["de.icr.io/other/no-tag"]}}])
        return json_answer([{"DigestTags": {digest_of(name, tag): ["de.icr.io/%s:%s" % (self.name(name), tag)]},
                             "Created": 1795100000} for name in NAMES for tag in TAGS] + [{"DigestTags": None}])


class Openshift(BearerCore):
    """2.15"""
    host = "registry.openshift.example"
    fields = {"token": PASSWORD, "api_url": "https://api.openshift.example:443"}
    realm_path = "/openshift/token"
    source = "tag-moved"
    has_catalog = True

    def is_api(self, request):
        return request.host == "api.openshift.example"

    def is_allowed(self, request):
        return request.authorization == "Bearer " + PASSWORD

    @staticmethod
    def stream(name):
        return {"metadata": {"name": name, "namespace": SPACE}, "status": {"tags": [
            {"tag": tag, "items": [{"created": stamp(pushed(name, tag)), "image": digest_of(name, tag)},
                                   {"created": "2020-01-01T00:00:00Z", "image": "sha256:" + "0" * 64}]} for tag in TAGS] +
            [{"tag": "failed", "items": None}, {"items": [{}]}]}}

    def api(self, request):
        if request.path == "/openshift/token":
            return self.token_service(request)
        below = "/apis/image.openshift.io/v1/"
        if request.path == below + "imagestreams":
            page, following = cut([self.stream(name) for name in NAMES] + [{}], int(request.query.get("continue", 0)))
            return json_answer({"metadata": {"continue": str(following or "")}, "items": page})
        found = re.fullmatch(below + "namespaces/%s/imagestreams/([a-z]+)" % SPACE, request.path)
        return json_answer(self.stream(found[1])) if found else None


class Ocir(BearerCore):
    """2.16 [K]: the signature; it is verified with the key's public half."""
    host = "fra.ocir.io"
    source = "digest-pushed"

    def __init__(self):
        super().__init__()
        Google()  # makes the key
        self.fields = {"username": "acme/alice", "password": PASSWORD, "tenancy_id": "ocid1.tenancy", "user_id": "ocid1.user",
                       "key_fingerprint": "aa:bb", "private_key": Google.key, "region": "eu-frankfurt-1"}

    def is_api(self, request):
        return request.host == "artifacts.eu-frankfurt-1.oci.oraclecloud.com"

    def is_allowed(self, request):
        found = re.search(r'keyId="ocid1.tenancy/ocid1.user/aa:bb".*headers="date \(request-target\) host",signature="(.*)"',
                          request.authorization)
        if not found:
            return False
        text = "date: %s\n(request-target): get %s\nhost: %s" % (request.headers["date"], request.full_path, request.host)
        with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as signed:
            key.write(Google.key.encode())
            key.flush()
            signed.write(base64.b64decode(found[1]))
            signed.flush()
            return subprocess.run(["openssl", "dgst", "-sha256", "-prverify", key.name, "-signature", signed.name],
                                  input=text.encode(), stdout=subprocess.DEVNULL, check=False).returncode == 0

    def page(self, request, items):
        page, following = cut(items, int(request.query.get("page", 0)))
        return json_answer({"items": page}, **({"opc-next-page": str(following)} if following else {}))

    def api(self, request):
        if request.path == "/token":
            return self.token_service(request)
        if request.path == "/20160918/container/repositories":
            return self.page(request, [{"displayName": name} for name in NAMES] + [{}])
        if request.path == "/20160918/container/images":
            name = request.query["repositoryName"]
            return self.page(request, [{"digest": digest_of(name, tag), "version": tag, "repositoryName": name,
                                        "timeCreated": stamp(pushed(name, tag), ".345Z")} for tag in TAGS] +
                             [{"digest": "sha256:" + "0" * 64, "repositoryName": name}, {}])
        return None

    time_of = Artifactory.time_of


class Gitea(BearerCore):
    """2.17"""
    host = "gitea.example"
    fields = {"username": "alice", "password": PASSWORD, "owners": SPACE}
    realm_path = "/v2/token"
    has_catalog = True

    def is_api(self, request):
        return request.path.startswith("/api/v1/")

    def is_allowed(self, request):
        return request.authorization == "token " + PASSWORD

    def api(self, request):
        if request.path == "/v2/token":
            return self.token_service(request)
        if request.path != "/api/v1/packages/%s" % SPACE:
            return None
        items = [{"type": "container", "name": name, "version": tag, "created_at": stamp(pushed(name, tag))}
                 for name in NAMES for tag in TAGS] + [{"name": "app", "version": "sha256:" + "0" * 64}, {"name": None}]
        return numbered(request, items)


class Alibaba(Vendor):
    """2.18 [K]: the signature (ROA) is verified with an implementation of our own."""
    host = "registry.cn-hangzhou.aliyuncs.com"
    fields = {"access_key_id": "LTAIEXAMPLE", "access_key_secret": PASSWORD}

    def is_api(self, request):
        return request.host == "cr.cn-hangzhou.aliyuncs.com" and request.path != "/tokens"

    def is_core_allowed(self, request):
        return request.authorization == "Basic " + base64.b64encode(b"cr_temp_user:temp").decode()

    @staticmethod
    def mac(key, text):
        return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()

    def is_allowed(self, request):
        names = sorted(name.lower() for name in request.headers if name.lower().startswith("x-acs-"))
        query = urllib.parse.urlsplit(request.full_path).query
        text = "GET\n%s\n\n\n%s\n%s%s%s" % (request.headers["Accept"], request.headers["Date"], "".join(
            "%s:%s\n" % (name, request.headers[name]) for name in names), request.path,
            "?" + "&".join(sorted(query.split("&"))) if query else "")
        return request.authorization == "acs LTAIEXAMPLE:" + self.mac(PASSWORD, text)

    def api(self, request):
        if request.host != "cr.cn-hangzhou.aliyuncs.com":
            return None
        if request.path == "/tokens":
            return json_answer({"data": {"tempUserName": "cr_temp_user", "authorizationToken": "temp",
                                         "expireDate": int(time.time() * 1000) + 3600000}})
        if request.path == "/namespace":
            return json_answer({"data": {"namespaces": [{"namespace": SPACE}, {}]}})

        def page(member, items):
            start = int(request.query.get("Page", 1)) * 2 - 2
            return json_answer({"data": {"total": len(items), member: items[start:start + 2]}})
        if request.path == "/repos/" + SPACE:
            return page("repos", [{"repoNamespace": SPACE, "repoName": name} for name in NAMES] + [{}])
        found = re.fullmatch("/repos/%s/([a-z]+)/tags" % SPACE, request.path)
        if not found:
            return None
        return page("tags", [{"tag": tag, "digest": digest_of(found[1], tag)[7:], "imageCreate": 1,
                              "imageUpdate": pushed(found[1], tag) * 1000} for tag in TAGS] + [{"tag": 4}])


class AlibabaEnterprise(Alibaba):
    """2.18 [K]: the signature (RPC)."""
    host = "acme-registry.cn-hangzhou.cr.aliyuncs.com"
    fields = dict(Alibaba.fields, instance_id="cri-1")

    def is_api(self, request):
        return request.host == "cr.cn-hangzhou.aliyuncs.com" and request.query.get("Action") != "GetAuthorizationToken"

    def is_allowed(self, request):
        pairs = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(request.full_path).query))
        signature = pairs.pop("Signature", "")
        query = "&".join("%s=%s" % (urllib.parse.quote(k, safe="-._~"), urllib.parse.quote(v, safe="-._~"))
                         for k, v in sorted(pairs.items()))
        return signature == self.mac(PASSWORD + "&", "GET&%2F&" + urllib.parse.quote(query, safe="-._~"))

    def api(self, request):
        if request.host != "cr.cn-hangzhou.aliyuncs.com":
            return None
        action, start = request.query["Action"], int(request.query.get("PageNo", 1)) * 2 - 2
        assert request.query["InstanceId"] == "cri-1"
        if action == "GetAuthorizationToken":
            return json_answer({"TempUsername": "cr_temp_user", "AuthorizationToken": "temp",
                                "ExpireTime": int(time.time() * 1000) + 3600000})
        if action == "ListRepository":
            items = [{"RepoNamespaceName": SPACE, "RepoName": name, "RepoId": "id-" + name} for name in NAMES] + [{}]
            return json_answer({"Repositories": items[start:start + 2], "TotalCount": str(len(items))})
        name = request.query["RepoId"][3:]
        items = [{"Tag": tag, "Digest": digest_of(name, tag)[7:], "ImageUpdate": pushed(name, tag) * 1000} for tag in TAGS]
        return json_answer({"Images": items[start:start + 2]})


class Scaleway(Vendor):
    """2.19"""
    host = "rg.fr-par.scw.cloud"
    fields = {"secret_key": PASSWORD}

    def is_api(self, request):
        return request.host == "api.scaleway.com"

    def is_allowed(self, request):
        return request.headers.get("x-auth-token") == PASSWORD

    def is_core_allowed(self, request):
        return request.authorization == "Basic " + base64.b64encode(("nologin:" + PASSWORD).encode()).decode()

    def api(self, request):
        below = "/registry/v1/regions/fr-par/"
        if request.path == below + "namespaces":
            return numbered(request, [{"id": "ns-1", "name": SPACE}, {"name": "x"}], "namespaces")
        if request.path == below + "images":
            return numbered(request, [{"id": "img-" + name, "name": name} for name in NAMES] + [{"id": "x", "name": 5}],
                            "images")
        found = re.fullmatch(below + "images/img-([a-z]+)/tags", request.path)
        if not found:
            return None
        return numbered(request, [{"name": tag, "digest": digest_of(found[1], tag), "updated_at": stamp(pushed(found[1], tag))}
                                  for tag in TAGS] + [{"name": None}], "tags")


class Zot(Vendor):
    """2.1: GraphQL; a full page has a hundred items."""
    host = "zot.example"
    source = "tag-moved"
    has_catalog = True

    def is_api(self, request):
        return request.path == "/v2/_zot/ext/search"

    def api(self, request):
        if request.path != "/v2/_zot/ext/search":
            return None
        query = request.query["query"]
        start = int(re.search(r"offset:(\d+)", query)[1])
        fill = [{"Name": "A B", "Tag": "bad tag!"}] * 100
        if "GlobalSearch" in query:
            items = fill + [{"Name": self.name(name)} for name in NAMES]
            return json_answer({"data": {"GlobalSearch": {"Repos": items[start:start + 100]}}})
        name = self.short(re.search(r'repo:"([^"]*)"', query)[1])
        items = fill + [{"Tag": tag, "Digest": digest_of(name, tag), "LastUpdated": "2020-01-01T00:00:00Z",
                         "PushTimestamp": "2021-01-01T00:00:00Z", "TaggedTimestamp": stamp(pushed(name, tag))} for tag in TAGS]
        return json_answer({"data": {"ImageList": {"Results": items[start:start + 100]}}})


TYPES = {"acr": Acr, "alibaba": Alibaba, "alibaba enterprise": AlibabaEnterprise, "artifactory": Artifactory,
         "digitalocean": Digitalocean, "dockerhub": Dockerhub, "ecr": Ecr, "ecr instance": EcrInstance,
         "ecr organization": EcrOrganization, "ecr role": EcrRole, "ecr-public": EcrPublic, "gar": Gar, "gcr": Gcr,
         "ghcr": Ghcr, "gitea": Gitea, "gitlab": Gitlab, "harbor": Harbor, "icr": Icr, "nexus": Nexus,
         "ocir": Ocir, "openshift": Openshift, "quay": Quay, "scaleway": Scaleway, "zot": Zot}


class Scenario:
    """One vendor and what goes wrong: `faults` by the number of the API's request, each once."""

    def __init__(self, vendor, faults=()):
        self.vendor, self.faults = vendor, dict(faults)
        self.calls, self.log, self.done = 0, [], []

    def answer(self, request):
        self.log.append((request.host, request.command, request.full_path, request.authorization,
                         request.headers.get("private-token", "") + request.headers.get("x-auth-token", "")))
        if request.host == EVIL:
            return json_answer({"token": "stolen"})
        if self.vendor.is_api(request):
            self.calls += 1
            fault = self.faults.get("always") or self.faults.pop(self.calls, None)
            if fault is not None:
                self.done.append(fault)
                return fault(self, request)
            if not isinstance(self.vendor, Aws) and not self.vendor.is_allowed(request):
                return self.vendor.refuse()
        answer = self.vendor.api(request)
        return self.vendor.core(request) if answer is None else answer


def expired(scenario, _request):
    return scenario.vendor.expire()


def limited(_scenario, _request):
    return Answer(429, b"slow down", {"Retry-After": "2"})


def failing(_scenario, _request):
    return Answer(503, b"<html>down</html>")


def hostile(_scenario, request):
    return Answer(302, b"", {"Location": "https://%s%s" % (EVIL, request.full_path)})


def forbidden(_scenario, _request):
    return json_answer({"errors": [{"code": "FORBIDDEN", "message": "not\x1b[31m for you"}]}, 403)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def respond(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        self.host = (url.hostname or self.headers["Host"]).split(":")[0]
        self.full_path = url.path + ("?" + url.query if url.query else "")
        self.path_as_sent = url.path
        self.path, self.query = url.path, dict(urllib.parse.parse_qsl(url.query))
        self.authorization = self.headers.get("Authorization", "")
        self.form = dict(urllib.parse.parse_qsl(self.body.decode())) if b"=" in self.body else {}
        self.json = lambda: json.loads(self.body)
        answer = self.server.scenario.answer(self)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = respond

    def log_message(self, *arguments):
        pass
