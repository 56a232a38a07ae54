# SPDX-License-Identifier: Apache-2.0
"""Compares answers of the API with an OpenAPI 3.0 document: the operation, its declared statuses, headers, media type and
body. The published document of the import-policy operations is looked for at
$TIDEWAITER_SHARED/spec/import-policy-openapi.yml, or beside the checkout."""
import json
import os
import pathlib
import re
import urllib.parse

import json_schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
PUBLISHED = pathlib.Path(os.environ.get("TIDEWAITER_SHARED", ROOT.parent / "shared")) / "spec/import-policy-openapi.yml"
MEDIA_TYPES = ("application/vnd.api+json", "application/json")


class Contract:
    def __init__(self, document, base=""):
        self.document = document
        self.operations = []
        for pattern, methods in document["paths"].items():
            expression = re.compile("^" + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(base + pattern)) + "$")
            for method in ("get", "post", "patch", "delete"):
                if method in methods:
                    self.operations.append((pattern, expression, method.upper(), methods[method]))

    def resolve(self, value):
        while "$ref" in value:
            value = json_schema.resolve(self.document, value["$ref"])
        return value

    def find(self, method, target):
        """The operation, literal paths before those with names; None if it is not in the document."""
        path = urllib.parse.urlsplit(target).path
        fitting = [(pattern.count("{"), operation) for pattern, expression, of, operation in self.operations
                   if of == method and expression.match(path)]
        return min(fitting, key=lambda found: found[0])[1] if fitting else None

    def check_headers(self, declared, headers):
        for name, header in declared.items():
            header = self.resolve(header)
            value = headers.get(name.lower())
            if value is None:
                if header.get("required", False) or name == "location":
                    yield f"header {name} is missing"
                continue
            yield from json_schema.check(value, header["schema"], self.document, f"header {name}")

    def check_body(self, answer, headers, text):
        content = answer.get("content", {})
        if not content:
            if text:
                yield f"a body where none is declared: {text[:200]!r}"
            return
        media_type = (headers.get("content-type") or "").split(";")[0]
        if media_type not in content:
            yield f"media type {media_type!r} is none of {sorted(content)}"
        elif media_type in MEDIA_TYPES:
            yield from json_schema.check(json.loads(text), content[media_type]["schema"], self.document, "body")

    def check(self, method, target, status, headers, text):
        """What is wrong with an answer, as texts; nothing if it is as declared."""
        headers = {name.lower(): value for name, value in headers.items()}
        if status == 400 and '"version-' in text:
            headers.pop("snyk-version-requested", None)  # told as it was asked, which may be nonsense
        operation = self.find(method, target)
        if operation is None:
            yield f"{method} {target} is not in the document"
            return
        answers = operation["responses"]
        answer = answers.get(str(status), answers.get("default"))
        if answer is None:
            yield f"status {status} is not declared"
            return
        answer = self.resolve(answer)
        yield from self.check_headers(answer.get("headers", {}), headers)
        yield from self.check_body(answer, headers, text)


def published():
    """The published contract; None if it is not here."""
    if not PUBLISHED.is_file():
        return None
    import yaml  # a package of the system, needed only here
    return Contract(yaml.safe_load(PUBLISHED.read_text()), "/rest")
