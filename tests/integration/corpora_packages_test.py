#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tidewaiter packages dir:ROOT` on the corpora's package cases.   usage: … TIDEWAITER SOURCE_ROOT

The corpora lie in $TIDEWAITER_SHARED/corpora or ../shared/corpora; exit status 77 means skipped: they are not there.
Differences that we believe to be right are listed in corpora_packages_exceptions.txt, each with its reason: a line is
KIND/CASE | a text that the difference contains | the reason. An entry that matches no difference fails the test.
"""
import fnmatch
import json
import os
import pathlib
import sys
import tempfile

from image_layout import Home

SKIPPED = 77
KINDS = (
    "apk",
    "bitnami",
    "bun-lock",
    "cargo-lock",
    "composer-lock",
    "conan-lock",
    "cos",
    "distro",
    "dotnet-deps",
    "dpkg",
    "gemfile-lock",
    "gemspec",
    "gradle-lock",
    "julia-manifest",
    "mix-lock",
    "npm-installed",
    "npm-lock",
    "opkg",
    "pacman",
    "pdm-lock",
    "php-installed",
    "pipfile-lock",
    "pnpm-lock",
    "podfile-lock",
    "poetry-lock",
    "portage",
    "pubspec-lock",
    "python-installed",
    "renv-lock",
    "requirements",
    "rpm",
    "yarn-lock",
)

# Notes of the corpora on a package that are no fields of the report.
NOTES = ("commit", "dev", "groups", "optional", "type")



class Exceptions:
    """The checked-in list, and which of its entries were needed."""

    def __init__(self, path):
        self.entries, self.used = [], set()
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = [field.strip() for field in line.split("|", 2)]
            if len(fields) != 3 or not all(fields):
                raise ValueError(f"{path.name}:{number}: not of the form KIND/CASE | TEXT | REASON")
            self.entries.append(tuple(fields[:2]))

    def allows(self, case, difference):
        matching = [entry for entry in self.entries if fnmatch.fnmatchcase(case, entry[0]) and entry[1] in difference]
        self.used.update(matching)
        return bool(matching)

    def unused(self):
        return [entry for entry in self.entries if entry not in self.used]


def is_same(wanted, actual):
    """Numbers of the corpora (an epoch) are text in the report."""
    return str(wanted) == actual if type(wanted) is int else wanted == actual


def differs(expected, package):
    """The expected fields that the package has otherwise."""
    return {key: (value, package.get(key)) for key, value in expected.items()
            if key not in NOTES and value not in (None, "") and not is_same(value, package.get(key))}


def check_packages(expected, report):
    wrong, left = [], list(report["packages"])
    for one in expected:
        found = next((package for package in left if package["type"] == one.get("type", package["type"]) and
                      not differs(one, package)), None)
        if found is not None:
            left.remove(found)
        elif not one.get("optional"):
            near = [differs(one, package) for package in left if package["name"] == one.get("name")]
            wrong.append(f"missing {one}; of that name: {near[:2]}")
    names = {one.get("name") for one in expected if one.get("optional")}
    return wrong + [f"too many: {package['name']} {package['version']}" for package in left
                    if package["name"] not in names]


# Names of another tool for distributions, and the ids that their release files give.
FAMILIES = {"amazon": "amzn", "opensuseleap": "opensuse-leap", "redhat": "rhel"}


def facts_of(expected):
    """The expected members in the words of the report, and the version, of which other tools keep only a part."""
    if "os_release_map" in expected:
        return {key.lower(): value for key, value in expected["os_release_map"].items()}, None
    if "trivy_family" in expected:
        family = expected["trivy_family"]
        return {"id": FAMILIES.get(family, family)}, expected.get("version")
    return expected, None


def check_distribution(expected, report):
    distribution, wrong = report["distribution"] or {}, []
    for one in expected:
        facts, version = facts_of(one)
        if differs(facts, distribution):
            wrong.append(str(differs(facts, distribution)))
        if version and (distribution.get("version_id") or "none") not in version:
            wrong.append(f"version_id {distribution.get('version_id')} is not of {version}")
    return wrong


def check_case(home, kind, case):
    expected = json.loads((case / "expected.json").read_text())
    result = home.run("packages", f"dir:{case / 'root'}", "--format", "json")
    if result.returncode not in (0, 2) or not result.stdout:
        return [f"exit status {result.returncode}: {result.stderr.strip()}"]
    report = json.loads(result.stdout)
    return (check_distribution if kind == "distro" else check_packages)(expected, report)


def main():
    executable, source = sys.argv[1:]
    shared = pathlib.Path(os.environ.get("TIDEWAITER_SHARED") or pathlib.Path(source).resolve().parent / "shared")
    folder = shared / "corpora" / "packages"
    if not folder.is_dir():
        print(f"skipped: there is no {folder}")
        return SKIPPED
    exceptions = Exceptions(pathlib.Path(__file__).with_name("corpora_packages_exceptions.txt"))
    failures = count = 0
    with tempfile.TemporaryDirectory(prefix="tidewaiter-corpora-") as temporary:
        home = Home(executable, temporary)
        for kind in KINDS:
            for case in sorted(path for path in (folder / kind).iterdir() if path.is_dir()):
                count += 1
                for wrong in check_case(home, kind, case):
                    if not exceptions.allows(f"{kind}/{case.name}", wrong):
                        failures += 1
                        print(f"{kind}/{case.name}: {wrong}")
    for case, text in exceptions.unused():
        failures += 1
        print(f"corpora_packages_exceptions.txt: nothing differs as {case} | {text} says")
    print(f"{count} cases, {failures} differences")
    return 1 if failures or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
