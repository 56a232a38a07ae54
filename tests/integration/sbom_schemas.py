# SPDX-License-Identifier: Apache-2.0
"""Bills of materials against what their projects publish: the schemas of CycloneDX, JSON and XML, from
tools/fetch-sbom-schemas, and the SPDX project's own tool, from tools/fetch-test-tools. What is not there is not checked:
each function says so by its second value."""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tidewaiter-tests"
SCHEMAS = CACHE / "sbom-schemas"
TOOLS = CACHE / "python" / "bin"
SECONDS_MAX = 300


def tool(name):
    """A Python program of tools/fetch-test-tools, or one on the path; None if there is neither."""
    return str(TOOLS / name) if (TOOLS / name).is_file() else shutil.which(name)


@functools.lru_cache
def json_validator(version):
    """The schema of a CycloneDX version, None where it or a validator is missing."""
    try:
        import jsonschema
    except ImportError:
        return None
    if not (SCHEMAS / f"bom-{version}.SNAPSHOT.schema.json").is_file():
        return None
    schema = json.loads((SCHEMAS / f"bom-{version}.SNAPSHOT.schema.json").read_text())
    store = {}
    for name in ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"):
        document = json.loads((SCHEMAS / name).read_text())
        store[document["$id"]] = store["http://cyclonedx.org/schema/" + name] = document
    return jsonschema.Draft7Validator(schema, resolver=jsonschema.RefResolver(schema["$id"], schema, store=store))


def cyclonedx_json_errors(version, text):
    """What the official schema finds wrong, and whether it was there."""
    schema = json_validator(version)
    if schema is None:
        return [], False
    return [f"{list(error.path)}: {error.message[:300]}" for error in schema.iter_errors(json.loads(text))], True


def cyclonedx_xml_errors(version, text):
    ElementTree.fromstring(text)
    schema = SCHEMAS / f"bom-{version}.SNAPSHOT.xsd"
    if not schema.is_file() or shutil.which("xmllint") is None:
        return [], False
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", str(schema), "-"], input=text, capture_output=True,
                          text=True, timeout=SECONDS_MAX, check=False)
    return ([] if done.returncode == 0 else done.stderr.splitlines()[:20]), True


def spdx_errors(text):
    program = tool("pyspdxtools")
    if program is None:
        return [], False
    with tempfile.TemporaryDirectory(prefix="tidewaiter-spdx-") as folder:
        file = pathlib.Path(folder) / "bom.spdx.json"
        file.write_text(text)
        done = subprocess.run([program, "-i", str(file)], capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    return ([] if done.returncode == 0 else (done.stdout + done.stderr).splitlines()[:20]), True
