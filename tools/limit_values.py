# SPDX-License-Identifier: Apache-2.0
"""The maxima that the sources define, and docs/reference/limits.tsv, which says what happens beyond each."""
import collections
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
TABLE = ROOT / "docs" / "reference" / "limits.tsv"
# Folders whose maxima can cut content of an image.
FOLDERS = ("base", "stream", "sandbox", "image", "layer", "package", "scan")
NOT_OURS = re.compile(r"U?INT\d*_MAX|SIZE_MAX")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
DEFINITION = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(?P<macro>[A-Z][A-Z0-9_]*_MAX)\b(?!\()[ \t]*(?P<body>[^\n]*)"
                        r"|\b(?P<constant>[A-Z][A-Z0-9_]*_MAX)\s*=(?!=)\s*(?P<value>[^,}\n]+)", re.M)
NUMBER = re.compile(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]*\b")
# What the names of those have in them that count bytes.
OF_BYTES = ("BYTES", "bytes", "_COST_", "_OUTPUT_", "_FIELD_", "_VALUE_", "NAME_MAX", "PAGE_SIZE", "_ROW_")
UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))

Limit = collections.namedtuple("Limit", "file name beyond what tests")


def limits():
    """The rows of the table, in its order."""
    rows = []
    for line in TABLE.read_text().splitlines():
        if not line.startswith("#"):
            file, name, beyond, what, *tests = line.split("\t")
            rows.append(Limit(file, name, beyond, what, split_tests(tests[0] if tests else "")))
    return rows


def split_tests(text):
    """FILE::NAME or FILE::"NAME WITH BLANKS", separated by blanks."""
    return [(file, quoted or word) for file, quoted, word in re.findall(r'(\S+?)::(?:"([^"]+)"|(\S+))', text)]


def source_of(path):
    return COMMENT.sub(" ", path.read_text())


def definitions():
    """(file below src/, name) → expression, of every *_MAX in the folders."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((SOURCE / folder).iterdir()):
            if path.suffix not in (".c", ".cc", ".h"):
                continue
            for match in DEFINITION.finditer(source_of(path)):
                name = match["macro"] or match["constant"]
                if not NOT_OURS.fullmatch(name):
                    found[f"{folder}/{path.name}", name] = (match["body"] or match["value"]).strip()
    return found


def expression_of(limit, known):
    """Of a maximum, or of the first initializer of a member."""
    if (limit.file, limit.name) in known:
        return known[limit.file, limit.name]
    folder = SOURCE / limit.file.split("/", maxsplit=1)[0]
    for path in (SOURCE / limit.file, *sorted(folder.glob(pathlib.Path(limit.file).stem + "*.c")),
                 *sorted(folder.glob("*" + pathlib.Path(limit.file).stem + ".c"))):
        match = re.search(rf"\.{limit.name} = ([^,}}\n]+)", source_of(path))
        if match:
            return match[1]
    raise KeyError(f"{limit.file} gives {limit.name} no value")


def evaluate(expression, file, known):
    """A number; names of other maxima are looked up in the same file first."""
    def look_up(match):
        name = match[0]
        others = [text for (_, other), text in known.items() if other == name]
        return "(%d)" % evaluate(known.get((file, name)) or others[0], file, known)
    text = re.sub(r"\bUINT64_C\(", "(", expression)
    text = re.sub(r"\b[A-Z][A-Z0-9_]*_MAX\b", look_up, NUMBER.sub(r"\1", text))
    if not re.fullmatch(r"[0-9a-fx()+*<\- ]+", text):
        raise ValueError(f"{file}: cannot read the value \"{expression}\"")
    return eval(text, {"__builtins__": {}})  # pylint: disable=eval-used; digits and operators alone


def value_of(limit, known):
    """For people: "256 MiB", "200,000"."""
    number = evaluate(expression_of(limit, known), limit.file, known)
    if any(word in limit.name for word in OF_BYTES):
        for size, unit in UNITS:
            if number >= size and number % size == 0:
                return f"{number // size} {unit}"
        return f"{number:,} bytes"
    return f"{number:,}"
