# SPDX-License-Identifier: Apache-2.0
"""Validates a JSON value against the part of JSON Schema that docs/reference/report.schema.json (2020-12) and OpenAPI 3.0.3
documents use. A keyword that is not known here is an error of the schema: nothing in it may go unchecked."""
import re
import uuid

TYPES = {"array": list, "boolean": bool, "null": type(None), "object": dict, "string": str}
NOTES = {"$schema", "$defs", "title", "description", "example", "default"}
DATE = re.compile(r"^\d{4}-\d\d-\d\d$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")


class SchemaError(Exception):
    pass


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name not in TYPES:
        raise SchemaError(f"unknown type {name!r}")
    return isinstance(value, TYPES[name])


def resolve(root, reference):
    if not reference.startswith("#/"):
        raise SchemaError(f"$ref {reference!r} leads out of the schema")
    for name in reference[2:].split("/"):
        root = root[name]
    return root


def check_object(value, schema, root, place):
    known = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{place}: member {name!r} is missing"
    for name, member in value.items():
        if name in known:
            yield from check(member, known[name], root, f"{place}.{name}")
        elif schema.get("additionalProperties", True) is False:
            yield f"{place}: member {name!r} is not in the schema"
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from check(member, schema["additionalProperties"], root, f"{place}.{name}")


def check_array(value, schema, root, place):
    if len(value) < schema.get("minItems", 0):
        yield f"{place}: fewer than {schema['minItems']} items"
    if len(value) > schema.get("maxItems", len(value)):
        yield f"{place}: more than {schema['maxItems']} items"
    for index, item in enumerate(value):
        yield from check(item, schema.get("items", {}), root, f"{place}[{index}]")


def has_format(value, name):
    if name == "uuid":
        try:
            return str(uuid.UUID(value)) == value.lower()
        except ValueError:
            return False
    if name == "date-time":
        return bool(TIME.match(value))
    if name == "date":
        return bool(DATE.match(value))
    if name in ("string", "uri", "url", "int32", "int64"):
        return True
    raise SchemaError(f"unknown format {name!r}")


def check_scalar(value, schema, place):
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{place}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield f"{place}: {value!r} is too short"
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        yield f"{place}: {value!r} is too long"
    if isinstance(value, str) and "format" in schema and not has_format(value, schema["format"]):
        yield f"{place}: {value!r} is no {schema['format']}"
    if isinstance(value, int) and value < schema.get("minimum", value):
        yield f"{place}: {value} is less than {schema['minimum']}"
    if isinstance(value, int) and value > schema.get("maximum", value):
        yield f"{place}: {value} is more than {schema['maximum']}"
    if isinstance(value, int) and value % schema.get("multipleOf", 1) != 0:
        yield f"{place}: {value} is no multiple of {schema['multipleOf']}"


def check_one_of(value, schema, root, place):
    failures = [list(check(value, choice, root, place)) for choice in schema["oneOf"]]
    fitting = sum(not failure for failure in failures)
    if fitting != 1:
        nearest = min(failures, key=len)
        yield f"{place}: fits {fitting} of {len(failures)} alternatives{': ' if nearest else ''}{'; '.join(nearest)}"


KEYWORDS = NOTES | {"$ref", "additionalProperties", "enum", "format", "items", "maxItems", "maxLength", "maximum", "minItems",
                    "minLength", "minimum", "multipleOf", "nullable", "oneOf", "pattern", "properties", "required", "type"}


def check(value, schema, root, place="report"):
    """What is wrong with the value, as texts that name the place; nothing if it is valid."""
    unknown = set(schema) - KEYWORDS
    if unknown:
        raise SchemaError(f"unknown keywords {sorted(unknown)} at {place}")
    if value is None and schema.get("nullable", False):
        return
    if "type" in schema and not is_type(value, schema["type"]):
        yield f"{place}: not of type {schema['type']}"
        return
    if "$ref" in schema:
        yield from check(value, resolve(root, schema["$ref"]), root, place)
    if "oneOf" in schema:
        yield from check_one_of(value, schema, root, place)
    yield from check_scalar(value, schema, place)
    if isinstance(value, dict):
        yield from check_object(value, schema, root, place)
    if isinstance(value, list):
        yield from check_array(value, schema, root, place)
