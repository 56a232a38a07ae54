#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second opinion on findings: slow, plain, and written apart from the C code (own comparators, own reading of OSV).

usage: slow_matcher.py FEEDS PACKAGES.json...            counts of each image, then one line a row
       slow_matcher.py FEEDS --compare REPORT.json...    exit status 1 and the differences if findings[] are others

FEEDS holds osv/<Ecosystem>/all.zip (or <Ecosystem>/all.zip). PACKAGES.json is what `tidewaiter packages --format json` or
`tidewaiter scan --format json` print: one object, or an array of them. Debian, Ubuntu, Alpine, Wolfi, Chainguard, AlmaLinux
and the languages of LANGUAGES.
"""
import argparse
import datetime
import functools
import json
import os
import re
import sys
import zipfile

import slow_orders
from slow_orders import sign


# -- orders ------------------------------------------------------------------------------------------------------------

def dpkg_key(text):
    """Tokens that Python compares as Debian Policy 5.6.12 says; None if dpkg would refuse the version."""
    match = re.fullmatch(r"\s*(?:(\d+):)?(\S*?)(?:-([^-\s]+))?\s*", text)
    if match is None or match.group(2) == "" or int(match.group(1) or 0) > 2**31 - 1:
        return None
    if match.group(1) is None and ":" in text or match.group(2).endswith("-") and match.group(3) is None:
        return None
    return (int(match.group(1) or 0), dpkg_part(match.group(2)), dpkg_part(match.group(3) or ""))


def dpkg_part(text):
    """[letters, number, letters, number …]; every run of letters ends with 0, so that '~' (-1) sorts before its end."""
    key = []
    for letters, digits in re.findall(r"([^0-9]*)([0-9]*)", text):
        key.append(tuple(dpkg_weight(letter) for letter in letters) + (0,))
        key.append(int(digits or 0))
    while len(key) >= 2 and key[-2:] == [(0,), 0]:
        key = key[:-2]
    return key


def dpkg_weight(letter):
    if letter == "~":
        return -1
    return ord(letter) if letter.isascii() and letter.isalpha() else ord(letter) + 256


def dpkg_parts_compare(a, b):
    """Missing tokens count as no letters and 0."""
    for i in range(max(len(a), len(b))):
        missing = (0,) if i % 2 == 0 else 0
        left = a[i] if i < len(a) else missing
        right = b[i] if i < len(b) else missing
        if left != right:
            return -1 if left < right else 1
    return 0


def dpkg_compare(a, b):
    left, right = dpkg_key(a), dpkg_key(b)
    if left is None or right is None:
        return None
    return sign(left[0] - right[0]) or dpkg_parts_compare(left[1], right[1]) or dpkg_parts_compare(left[2], right[2])


APK_SUFFIXES = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")
APK_END, APK_BROKEN = 7, 8


def apk_tokens(text):
    """(kind, text) of the grammar, then the end, or "broken" where the grammar ends before the text does."""
    steps = (
        ((0,), r"\.(\d+)", 1), ((1,), r"\.(\d+)", 1), ((0, 1), r"([a-z])", 2),
        ((0, 1, 2, 3, 4), r"_(alpha|beta|pre|rc|cvs|svn|git|hg|p)(?![a-z])", 3), ((3,), r"(\d+)", 4),
        ((0, 1, 2, 3, 4), r"~([0-9a-f]+)", 5), ((0, 1, 2, 3, 4, 5), r"-r(\d+)", 6),
    )
    first = re.match(r"\d+", text)
    if first is None:
        return None
    tokens, rest = [(0, first.group())], text[first.end():]
    while rest:
        for kinds, pattern, kind in steps:
            match = re.match(pattern, rest)
            if match and tokens[-1][0] in kinds:
                tokens.append((kind, match.group(1)))
                rest = rest[match.end():]
                break
        else:
            return tokens + [(APK_BROKEN, "")]
    return tokens + [(APK_END, "")]


def apk_token_compare(kind, a, b):
    if kind == 3:
        return sign(APK_SUFFIXES.index(a) - APK_SUFFIXES.index(b))
    if kind in (2, 5) or kind == 1 and (a.startswith("0") or b.startswith("0")):
        return (a > b) - (a < b)
    return sign(int(a) - int(b)) if kind < APK_END else 0


def apk_lists_compare(a, b):
    (left_kind, left), (right_kind, right) = a[0], b[0]
    if left_kind == right_kind:
        order = apk_token_compare(left_kind, left, right)
        return order if order or left_kind >= APK_END else apk_lists_compare(a[1:], b[1:])
    if left_kind == 3 and APK_SUFFIXES.index(left) < APK_SUFFIXES.index(""):
        return -1
    if right_kind == 3 and APK_SUFFIXES.index(right) < APK_SUFFIXES.index(""):
        return 1
    return -1 if left_kind > right_kind else 1


def apk_compare(a, b):
    left, right = apk_tokens(a), apk_tokens(b)
    return None if left is None or right is None else apk_lists_compare(left, right)


def semver_key(text):
    match = re.fullmatch(
        r"\s*[=vV\s]*(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.\d+)*(-[0-9A-Za-z.-]*|[A-Za-z][0-9A-Za-z.-]*)?(?:\+.*)?\s*", text)
    if match is None:
        return None
    numbers = [int(match.group(i) or 0) for i in (1, 2, 3)]
    before = (match.group(4) or "").removeprefix("-").removesuffix(".")
    identifiers = [] if not before else [
        (0, int(part), "") if re.fullmatch(r"\d+", part) else (1, 0, part) for part in before.split(".")]
    return (numbers, match.group(4) is None, identifiers)


def semver_compare(a, b):
    left, right = semver_key(a), semver_key(b)
    return None if left is None or right is None else (left > right) - (left < right)


COMPARES = {"Debian": dpkg_compare, "Ubuntu": dpkg_compare, "Alpine": apk_compare, "Wolfi": apk_compare,
            "Chainguard": apk_compare, "AlmaLinux": slow_orders.rpm_compare, "Go": semver_compare, "PyPI":
            slow_orders.pypi_compare, "RubyGems": slow_orders.gem_compare, "crates.io": semver_compare,
            "npm": semver_compare}

# Type of the report → ecosystem.
LANGUAGES = {"npm": "npm", "pypi": "PyPI", "golang": "Go", "gem": "RubyGems", "cargo": "crates.io"}

# Databases that know better than GitHub's.
HOMES = {"Go": "GO-", "crates.io": "RUSTSEC-"}


# -- OSV ---------------------------------------------------------------------------------------------------------------

def same_ecosystem(advisory, package):
    advisory_base, _, advisory_release = advisory.partition(":")
    package_base, _, package_release = package.partition(":")
    if advisory_base != package_base:
        return False
    if not package_release and package_base not in LANGUAGES.values():
        return not advisory_release
    return not advisory_release or advisory_release == package_release


def in_range(version, events, compare):
    """(True, the fixed version that ends the interval or None), False, or None if something has no order."""
    starts_at_zero = {"introduced": "0"} in events
    bounds = []
    for event in events:
        for kind, bound in event.items():
            is_minus_infinity = bound == "0" and (kind == "introduced" or kind == "fixed" and starts_at_zero)
            order = 1 if is_minus_infinity else compare(version, bound) if bound != "*" else -1
            if order is None:
                return None
            bounds.append((kind, bound, is_minus_infinity, order))
    limits = [order for kind, _, _, order in bounds if kind == "limit"]
    if limits and min(limits) >= 0:
        return False
    ranks = {"fixed": 0, "introduced": 1, "last_affected": 2}

    def precedes(a, b):
        if a[2] or b[2]:
            return -1 if a[2] and not b[2] else 1 if b[2] and not a[2] else (a[0] == "fixed") - (b[0] == "fixed")
        return compare(a[1], b[1]) or ranks[a[0]] - ranks[b[0]]

    points = sorted((bound for bound in bounds if bound[0] != "limit"), key=functools.cmp_to_key(precedes))
    is_affected, fix = False, None
    for kind, bound, _, order in points:
        if kind == "introduced" and order >= 0:
            is_affected = True
        elif kind == "fixed" and order >= 0 or kind == "last_affected" and order > 0:
            is_affected = False
        elif kind in ("fixed", "last_affected") and is_affected:
            fix = bound if kind == "fixed" else None
            break
    return (True, fix) if is_affected else False


def is_listed(version, affected, base):
    """PyPI writes one version in several ways, Go with and without "v"."""
    listed = affected.get("versions") or []
    if base == "PyPI":
        return any(slow_orders.pypi_compare(version, one) == 0 for one in listed) or version in listed
    return version in listed or base == "Go" and version.removeprefix("v") in [one.removeprefix("v") for one in listed]


def evaluate(affected, version, compare, base=""):
    """As in_range, for an element of `affected`."""
    hits, is_unknown = [], False
    for one in affected.get("ranges") or []:
        if one.get("type") == "GIT":
            continue
        answer = in_range(version, one.get("events") or [], compare)
        is_unknown = is_unknown or answer is None
        if answer:
            hits.append(answer[1])
    fixes = sorted((fix for fix in hits if fix), key=functools.cmp_to_key(compare))
    if hits or is_listed(version, affected, base):
        return (True, fixes[0] if fixes else None)
    return None if is_unknown else False


def vulnerabilities(record):
    ids = [record["id"]] + (record.get("aliases") or []) + (record.get("upstream") or [])
    cves = sorted({one for one in ids if re.fullmatch(r"CVE-\d{4}-\d{4,}", one)})
    if not cves and record["affected"][0]["package"]["ecosystem"].startswith("AlmaLinux"):
        cves = sorted({one for one in record.get("related") or [] if re.fullmatch(r"CVE-\d{4}-\d{4,}", one)})
    embedded = re.search(r"-(CVE-\d{4}-\d{4,})$", record["id"])
    return cves or [embedded.group(1) if embedded else record["id"]]


def shown_names(records):
    """id → name of the group that it is in: aliases join, two CVEs never, nor do advisories about several."""
    groups = []

    def join(a, b):
        left = next((group for group in groups if a in group), {a})
        right = next((group for group in groups if b in group), {b})
        cves = {one for one in left | right if one.startswith("CVE-")}
        for group in (left, right):
            if group not in groups:
                groups.append(group)
        if left != right and len(cves) < 2 and len(left | right) <= 32:
            groups.remove(left)
            groups.remove(right)
            groups.append(left | right)

    records = sorted((record for record in records if len(vulnerabilities(record)) == 1), key=lambda one: one["id"])
    for record in records:
        join(record["id"], vulnerabilities(record)[0])
    for record in records:
        for alias in (record.get("aliases") or []) if len(record.get("aliases") or []) <= 5 else []:
            join(record["id"], alias)

    def rank(one):
        return (0 if one.startswith("CVE-") else 2 if one.startswith("GHSA-") else 1, one)

    return {one: min(group, key=rank) for group in groups for one in group}


def are_aliases(a, b):
    return bool({a["id"], *(a.get("aliases") or [])} & {b["id"], *(b.get("aliases") or [])})


def is_modular(affected):
    return any(".module" in bound for one in affected.get("ranges") or [] for event in one.get("events") or []
               for bound in event.values())


def is_of_module(package, record, affected):
    """Modular builds and advisories about them belong together by "name:stream"; without a label nobody knows the stream."""
    label = ":".join(package.get("modularity", "").split(":")[:2])
    if not is_modular(affected):
        return not label and ".module" not in package.get("release", "")
    streams = re.findall(r"(?<!\S)[\w.+-]+:[\w.+-]+", record.get("summary", ""))
    return bool(label) and (not streams or streams[0] == label)


def spelled(name, base):
    if base == "PyPI":
        return re.sub(r"[-_.]+", "-", name).lower()
    return name.lower().replace("_", "-") if base == "crates.io" else name


def is_withdrawn(record, now):
    date = record.get("withdrawn")
    if not date:
        return False
    return datetime.datetime.fromisoformat(re.sub(r"\.\d+", "", date).replace("Z", "+00:00")) <= now


def read_feed(feeds, base, now):
    """name → [(record, affected)], of one ecosystem; None if there is no such feed."""
    for folder in (os.path.join(feeds, "osv", base), os.path.join(feeds, base)):
        path = os.path.join(folder, "all.zip")
        if os.path.exists(path):
            break
    else:
        return None
    by_name = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if not member.endswith(".json"):
                continue
            record = json.loads(archive.read(member))
            if is_withdrawn(record, now):
                continue
            for affected in record.get("affected") or []:
                package = affected.get("package") or {}
                if package.get("ecosystem", "").partition(":")[0] == base:
                    by_name.setdefault(spelled(package.get("name"), base), []).append((record, affected))
    return by_name


# -- images ------------------------------------------------------------------------------------------------------------

def ecosystem_of(distribution, package):
    if package["type"] in LANGUAGES:
        return LANGUAGES[package["type"]]
    distribution = distribution or {}
    name, release = distribution.get("id", "").lower(), distribution.get("version_id", "")
    parts = release.split(".")
    if name == "debian":
        codenames = {"bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"}
        return "Debian:" + (parts[0] or codenames.get(distribution.get("version_codename"), ""))
    if name == "ubuntu":
        is_lts = len(parts) > 1 and int(parts[0]) % 2 == 0 and parts[1] == "04"
        return "Ubuntu:" + release + (":LTS" if is_lts else "")
    if name == "alpine":
        return "Alpine:" + (distribution.get("apk_branch") or "v" + ".".join(parts[:2]))
    if name == "almalinux":
        return "AlmaLinux:" + parts[0]
    return {"wolfi": "Wolfi", "chainguard": "Chainguard"}.get(name)


def names_of(package, ecosystem):
    """(name, version) under which advisories may know the package."""
    own = (package["name"], package["version"])
    if package["type"] == "rpm":
        epoch, release = package.get("epoch"), package.get("release")
        own = (own[0], (epoch + ":" if epoch else "") + own[1] + ("-" + release if release else ""))
    source = (package.get("source_name") or own[0], package.get("source_version") or own[1])
    base = ecosystem.partition(":")[0]
    if base in ("Debian", "Ubuntu", "Alpine"):
        return {source}
    return {own, source} if base in ("Wolfi", "Chainguard") else {own}


class Matcher:
    """Matches images against feeds that are read when they are first needed."""

    def __init__(self, feeds):
        self.feeds, self.read = feeds, {}
        self.now = datetime.datetime.now(datetime.timezone.utc)

    def records(self, base, name):
        if base not in self.read:
            self.read[base] = read_feed(self.feeds, base, self.now)
        return (self.read[base] or {}).get(name, [])

    def match_package(self, distribution, package):
        """vulnerability → set of fixed versions."""
        ecosystem = ecosystem_of(distribution, package)
        found, matches, harmless = {}, [], []
        if ecosystem is None or not package["version"]:
            return found
        base = ecosystem.partition(":")[0]
        for name, version in names_of(package, ecosystem):
            if name == "linux" and re.match("linux-(libc-dev|headers|kbuild)", package["name"]):
                continue  # headers of the kernel have none of its code
            for record, affected in self.records(base, spelled(name, base)):
                if not same_ecosystem(affected["package"]["ecosystem"], ecosystem):
                    continue
                if base == "AlmaLinux" and not is_of_module(package, record, affected):
                    continue
                answer = evaluate(affected, version, COMPARES[base], base)
                if answer:
                    matches.append((record, answer[1]))
                elif answer is False:
                    harmless.append(record)
        if base in HOMES:
            homes = [record for record, _ in matches if record["id"].startswith(HOMES[base])]
            harmless = [one for one in harmless if one["id"].startswith(HOMES[base])]
            matches = [match for match in matches if match[0]["id"].startswith(HOMES[base])
                       or any(are_aliases(match[0], one) for one in homes)
                       or not any(are_aliases(match[0], one) for one in harmless)]
        names = shown_names([record for record, _ in matches])
        for record, fix in matches:
            for one in vulnerabilities(record):
                found.setdefault(names.get(one, one), set()).update([fix] if fix else [])
        return found

    def match_image(self, image):
        """Rows (vulnerability, package, version, arch, path, fixed versions)."""
        rows = []
        for package in image["packages"]:
            for one, fixes in self.match_package(image.get("distribution"), package).items():
                rows.append((one, package["name"], package["version"], package.get("arch", ""), package.get("path", ""),
                             tuple(sorted(fixes))))
        return sorted(rows)


def reported_rows(image):
    return sorted((one["id"], one["package"], one["version"], one.get("arch", ""), one.get("path", ""),
                   tuple(sorted(one["fixed_versions"]))) for one in image["findings"])


def images_of(path):
    with open(path, encoding="utf-8") as report:
        content = json.load(report)
    return content if isinstance(content, list) else [content]


def show(row):
    return "  " + "\t".join(row[:3]) + "\t" + (", ".join(row[5]) or "no fix")


def compare_image(rows, image, reference):
    """Prints the differences; True if there are none."""
    reported = reported_rows(image)
    missing = sorted(set(rows) - set(reported))
    extra = sorted(set(reported) - set(rows))
    repeated = len(reported) - len(set(reported))
    print(f"{reference}: {len(rows)} findings expected, {len(reported)} reported, {len(missing)} missing, "
          f"{len(extra)} too many, {repeated} repeated")
    for title, list_ in (("missing:", missing), ("too many:", extra)):
        if list_:
            print("\n".join([title] + [show(row) for row in list_]))
    return not missing and not extra and repeated == 0


def main():
    parser = argparse.ArgumentParser(description="A second opinion on findings.")
    parser.add_argument("feeds")
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--compare", nargs="+", default=[], metavar="REPORT.json")
    arguments = parser.parse_args()
    matcher, is_equal, image_count = Matcher(arguments.feeds), True, 0
    for path in arguments.packages + arguments.compare:
        for image in images_of(path):
            image_count += 1
            rows = matcher.match_image(image)
            reference = (image.get("image") or {}).get("reference", path)
            if path in arguments.compare:
                is_equal = compare_image(rows, image, reference) and is_equal
                continue
            fixable = sum(1 for row in rows if row[5])
            print(f"{reference}: {len(image['packages'])} packages, {len(rows)} findings, {fixable} fixable, "
                  f"{len({row[0] for row in rows})} vulnerabilities")
            print("\n".join(show(row) for row in rows))
    return 0 if is_equal and image_count > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
