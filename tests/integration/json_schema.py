# SPDX-License-Identifier: Apache-2.0
"""Validates a JSON value against the part of JSON Schema 2020-12 that docs/reference/report.schema.json uses. A keyword
that is not known here is an error of the schema: nothing in it may go unchecked."""
import re

TYPES = {"array": list, "boolean": bool, "null": type(None), "object": dict, "string": str}
NOTES = {"$schema", "$defs", "title", "description"}


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


def check_array(value, schema, root, place):
    if len(value) < schema.get("minItems", 0):
        yield f"{place}: fewer than {schema['minItems']} items"
    if len(value) > schema.get("maxItems", len(value)):
        yield f"{place}: more than {schema['maxItems']} items"
    for index, item in enumerate(value):
        yield from check(item, schema.get("items", {}), root, f"{place}[{index}]")


def check_scalar(value, schema, place):
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{place}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield f"{place}: {value!r} is too short"
    if isinstance(value, int) and value < schema.get("minimum", value):
        yield f"{place}: {value} is less than {schema['minimum']}"


def check_one_of(value, schema, root, place):
    failures = [list(check(value, choice, root, place)) for choice in schema["oneOf"]]
    fitting = sum(not failure for failure in failures)
    if fitting != 1:
        nearest = min(failures, key=len)
        yield f"{place}: fits {fitting} of {len(failures)} alternatives{': ' if nearest else ''}{'; '.join(nearest)}"


KEYWORDS = NOTES | {"$ref", "additionalProperties", "enum", "items", "maxItems", "minItems", "minLength", "minimum", "oneOf",
                    "pattern", "properties", "required", "type"}


def check(value, schema, root, place="report"):
    """What is wrong with the value, as texts that name the place; nothing if it is valid."""
    unknown = set(schema) - KEYWORDS
    if unknown:
        raise SchemaError(f"unknown keywords {sorted(unknown)} at {place}")
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
