#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Advisories with the traps of OSV's evaluation, names, releases and versions, each with a package that it is about or is not.

usage: matching_cases_test.py TIDEWAITER"""
import json
import pathlib
import sys
import tempfile
import unittest

from image_layout import Home, time_text, write_feed

EXECUTABLE = sys.argv.pop(1)
AFFECTED, NOT = True, False


def ranges(*events, kind="ECOSYSTEM"):
    """introduced=0, fixed=1 … as ("introduced", "0"), ("fixed", "1")"""
    return [{"type": kind, "events": [{name: version} for name, version in events]}]


def since(version, *more, kind="ECOSYSTEM"):
    return ranges(("introduced", version), *more, kind=kind)


def fixed(version, start="0", kind="ECOSYSTEM"):
    return since(start, ("fixed", version), kind=kind)


def last(version, start="0", kind="ECOSYSTEM"):
    return since(start, ("last_affected", version), kind=kind)


def element(ecosystem, name, spans=None, versions=None, **more):
    """One of affected[]."""
    return {"package": {"ecosystem": ecosystem, "name": name}, **({"ranges": spans} if spans is not None else {}),
            **({"versions": versions} if versions is not None else {}), **more}


def deb(version, name="a", more="distro=debian-12"):
    return f"pkg:deb/debian/{name}@{version}?{more}"


def semver(*events):
    return ranges(*events, kind="SEMVER")


# why, package URL, affected[], whether it is about the package
EVALUATION = [
    ("0 is before everything", "pkg:npm/a@0.0.0-alpha", [element("npm", "a", fixed("1.0.0", kind="SEMVER"))], AFFECTED),
    ("0 is before a tilde", deb("0~rc1"), [element("Debian:12", "a", fixed("1"))], AFFECTED),
    ("what is fixed is out", "pkg:npm/a@1.0.0", [element("npm", "a", fixed("1.0.0", kind="SEMVER"))], NOT),
    ("a prerelease of the fix is in", "pkg:npm/a@1.0.0-rc.1", [element("npm", "a", fixed("1.0.0", kind="SEMVER"))], AFFECTED),
    ("build metadata is no newer", "pkg:npm/a@1.0.0%2Bbuild", [element("npm", "a", fixed("1.0.0", kind="SEMVER"))], NOT),
    ("the last affected is in", "pkg:npm/a@1.2.3", [element("npm", "a", last("1.2.3", kind="SEMVER"))], AFFECTED),
    ("after the last affected is out", "pkg:npm/a@1.2.4", [element("npm", "a", last("1.2.3", kind="SEMVER"))], NOT),
    ("no end", "pkg:npm/a@99.0.0", [element("npm", "a", since("1.0.0", kind="SEMVER"))], AFFECTED),
    ("before the start", "pkg:npm/a@0.9.9", [element("npm", "a", since("1.0.0", kind="SEMVER"))], NOT),
    ("at the start", "pkg:npm/a@1.0.0", [element("npm", "a", since("1.0.0", kind="SEMVER"))], AFFECTED),
    ("second interval", "pkg:npm/a@2.5.0", [element("npm", "a", semver(("introduced", "0"), ("fixed", "1.0.0"), ("introduced", "2.0.0"),
                                                                       ("fixed", "3.0.0")))], AFFECTED),
    ("between intervals", "pkg:npm/a@1.5.0", [element("npm", "a", semver(("introduced", "0"), ("fixed", "1.0.0"),
                                                                         ("introduced", "2.0.0"), ("fixed", "3.0.0")))], NOT),
    ("events in any order", "pkg:npm/a@2.5.0", [element("npm", "a", semver(("fixed", "3.0.0"), ("introduced", "2.0.0"), ("fixed", "1.0.0"),
                                                                           ("introduced", "0")))], AFFECTED),
    ("fixed and introduced at once: in", "pkg:npm/a@2.0.0", [element("npm", "a", semver(
        ("introduced", "0"), ("fixed", "2.0.0"), ("introduced", "2.0.0"), ("fixed", "3.0.0")))], AFFECTED),
    ("one version alone", "pkg:npm/a@1.0.0", [element("npm", "a", last("1.0.0", "1.0.0", kind="SEMVER"))], AFFECTED),
    ("one version alone, another", "pkg:npm/a@1.0.1", [element("npm", "a", last("1.0.0", "1.0.0", kind="SEMVER"))], NOT),
    ("below the limit", "pkg:npm/a@1.4.0", [element("npm", "a", semver(("introduced", "0"), ("limit", "1.5.0")))], AFFECTED),
    ("at the limit", "pkg:npm/a@1.5.0", [element("npm", "a", semver(("introduced", "0"), ("limit", "1.5.0")))], NOT),
    ("any limit suffices", "pkg:npm/a@1.5.0", [element("npm", "a", semver(("introduced", "0"), ("limit", "1.5.0"), ("limit", "2.0.0")))],
     AFFECTED),
    ("a limit of * is none", "pkg:npm/a@9.0.0", [element("npm", "a", semver(("introduced", "0"), ("limit", "*")))], AFFECTED),
    ("listed", "pkg:npm/a@1.0.0", [element("npm", "a", versions=["0.9.0", "1.0.0"])], AFFECTED),
    ("not listed", "pkg:npm/a@1.0.1", [element("npm", "a", versions=["0.9.0", "1.0.0"])], NOT),
    ("listed, though outside of the range", "pkg:npm/a@5.0.0", [element("npm", "a", fixed("1.0.0", kind="SEMVER"), ["5.0.0"])], AFFECTED),
    ("in the range, though not listed", "pkg:npm/a@0.5.0", [element("npm", "a", fixed("1.0.0", kind="SEMVER"), ["0.1.0"])], AFFECTED),
    ("neither ranges nor versions", "pkg:npm/a@1.0.0", [element("npm", "a")], NOT),
    ("empty lists", "pkg:npm/a@1.0.0", [element("npm", "a", [], [])], NOT),
    ("any of several ranges", "pkg:npm/a@7.0.0", [element("npm", "a", fixed("1.0.0", kind="SEMVER") + fixed("8.0.0", "6.0.0", "SEMVER"))],
     AFFECTED),
    ("any of several elements", "pkg:npm/a@7.0.0", [element("npm", "a", fixed("1.0.0", kind="SEMVER")),
                                                     element("npm", "a", fixed("8.0.0", "6.0.0", "SEMVER"))], AFFECTED),
    ("a range of commits before one of versions", "pkg:npm/a@0.5.0", [element("npm", "a", [
        {"type": "GIT", "repo": "https://example.com/a", "events": [{"introduced": "0"}, {"fixed": "deadbeef"}]}]
        + fixed("1.0.0", kind="SEMVER"))], AFFECTED),
    ("commits alone", "pkg:npm/a@0.5.0", [element("npm", "a", [
        {"type": "GIT", "repo": "https://example.com/a", "events": [{"introduced": "0"}]}])], NOT),
    ("a boundary that is none keeps to itself", "pkg:npm/a@7.0.0", [element("npm", "a", fixed("not a version", kind="SEMVER")
                                                                           + fixed("8.0.0", "6.0.0", "SEMVER"))], AFFECTED),
    ("fixed in 0 is never affected", "pkg:apk/alpine/a@1.0-r0?distro=alpine-3.18", [element("Alpine:v3.18", "a", fixed("0"))], NOT),
    ("no version is no finding", "pkg:npm/a", [element("npm", "a", since("0", kind="SEMVER"))], NOT),
    ("a range of type ECOSYSTEM in the ecosystem's order", "pkg:npm/a@1.0.0-rc.1", [element("npm", "a", fixed("1.0.0"))], AFFECTED),
    ("a short version", "pkg:npm/a@1.2", [element("npm", "a", fixed("1.2.1", kind="SEMVER"))], AFFECTED),
    ("a short version is the fix", "pkg:npm/a@1.2", [element("npm", "a", fixed("1.2.0", kind="SEMVER"))], NOT),
    ("v in front", "pkg:npm/a@v1.1.0", [element("npm", "a", fixed("1.2.0", kind="SEMVER"))], AFFECTED),
    ("a fourth number counts for nothing", "pkg:npm/a@1.2.0.5", [element("npm", "a", fixed("1.2.0", kind="SEMVER"))], NOT),
]

NAMES = [
    ("npm keeps case", "pkg:npm/Foo@1.0.0", [element("npm", "foo", since("0"))], NOT),
    ("npm's scope is part of the name", "pkg:npm/core@1.0.0", [element("npm", "@a/core", since("0"))], NOT),
    ("npm with its scope", "pkg:npm/%40a/core@1.0.0", [element("npm", "@a/core", since("0"))], AFFECTED),
    ("PyPI ignores case, - _ and .", "pkg:pypi/Zope.Interface_X@1.0", [element("PyPI", "zope-interface-x", since("0"))], AFFECTED),
    ("PyPI, the other way round", "pkg:pypi/zope-interface@1.0", [element("PyPI", "Zope__Interface", since("0"))], AFFECTED),
    ("NuGet ignores case", "pkg:nuget/newtonsoft.json@9.0.1", [element("NuGet", "Newtonsoft.Json", fixed("13.0.1"))], AFFECTED),
    ("Packagist ignores case", "pkg:composer/Drupal/Core@8.0.0", [element("Packagist", "drupal/core", since("0"))], AFFECTED),
    ("RubyGems does not", "pkg:gem/Rack@1.0", [element("RubyGems", "rack", since("0"))], NOT),
    ("Maven's group counts", "pkg:maven/org.b/c@1.0", [element("Maven", "org.a:c", since("0"))], NOT),
    ("Maven", "pkg:maven/org.a/c@1.0", [element("Maven", "org.a:c", since("0"))], AFFECTED),
    ("Maven's repository does not count", "pkg:maven/org.a/c@1.0", [element("Maven:https://repo.example.com", "org.a:c", since("0"))], AFFECTED),
    ("Go's major version is part of the path", "pkg:golang/example.com/a@v1.0.0", [element("Go", "example.com/a/v2", since("0"))], NOT),
    ("Go", "pkg:golang/example.com/a/v2@v2.0.1", [element("Go", "example.com/a/v2", fixed("2.0.2", kind="SEMVER"))], AFFECTED),
    ("crates.io: - and _", "pkg:cargo/serde_json@1.0.0", [element("crates.io", "serde-json", since("0"))], AFFECTED),
    ("Swift by URL", "pkg:swift/github.com/a/b@1.0.0", [element("SwiftURL", "github.com/a/b", since("0"))], AFFECTED),
    ("Swift with scheme and suffix", "pkg:swift/github.com/a/b@1.0.0", [element("SwiftURL", "https://github.com/a/b.git", since("0"))],
     AFFECTED),
    ("Hex", "pkg:hex/plug@1.0.0", [element("Hex", "plug", fixed("1.0.1", kind="SEMVER"))], AFFECTED),
    ("another ecosystem with the same name", "pkg:pypi/rack@1.0", [element("RubyGems", "rack", since("0"))], NOT),
    ("Debian by source", deb("1.0-1", "liba1", "distro=debian-12&upstream=a"), [element("Debian:12", "a", fixed("1.0-2"))], AFFECTED),
    ("Debian not by binary", deb("1.0-1", "liba1", "distro=debian-12&upstream=a"), [element("Debian:12", "liba1", fixed("1.0-2"))], NOT),
    ("Debian by the source's version", deb("1:2.0-1", "liba1", "distro=debian-12&upstream=a%401.0-1"),
     [element("Debian:12", "a", fixed("1.0-2"))], AFFECTED),
    ("Alpine by origin", "pkg:apk/alpine/liba@1.0-r0?distro=alpine-3.18&upstream=a", [element("Alpine:v3.18", "a", fixed("1.0-r1"))],
     AFFECTED),
    ("Wolfi by package too", "pkg:apk/wolfi/liba@1.0-r0?upstream=a", [element("Wolfi", "liba", fixed("1.0-r1"))], AFFECTED),
]

RELEASES = [
    ("another release of Debian", deb("1.0-1"), [element("Debian:11", "a", fixed("2"))], NOT),
    ("Debian without release covers all", deb("1.0-1"), [element("Debian", "a", fixed("2"))], AFFECTED),
    ("a point release", deb("1.0-1", more="distro=debian-12.5"), [element("Debian:12", "a", fixed("2"))], AFFECTED),
    ("an unknown release matches nothing", deb("1.0-1", more="arch=amd64"), [element("Debian:12", "a", fixed("2"))], NOT),
    ("a codename", deb("1.0-1", more="distro=bookworm"), [element("Debian:12", "a", fixed("2"))], AFFECTED),
    ("Ubuntu's long-term release", "pkg:deb/ubuntu/a@1.0?distro=ubuntu-22.04", [element("Ubuntu:22.04:LTS", "a", fixed("2"))], AFFECTED),
    ("Ubuntu by codename", "pkg:deb/ubuntu/a@1.0?distro=jammy", [element("Ubuntu:22.04:LTS", "a", fixed("2"))], AFFECTED),
    ("Ubuntu's interim release", "pkg:deb/ubuntu/a@1.0?distro=ubuntu-23.10", [element("Ubuntu:23.10", "a", fixed("2"))], AFFECTED),
    ("another Ubuntu", "pkg:deb/ubuntu/a@1.0?distro=ubuntu-22.04", [element("Ubuntu:20.04:LTS", "a", fixed("2"))], NOT),
    ("Alpine's branch", "pkg:apk/alpine/a@1.0-r0?distro=alpine-3.18.4", [element("Alpine:v3.18", "a", fixed("1.0-r1"))], AFFECTED),
    ("another branch", "pkg:apk/alpine/a@1.0-r0?distro=alpine-3.18.4", [element("Alpine:v3.19", "a", fixed("1.0-r1"))], NOT),
    ("Alma by major version", "pkg:rpm/almalinux/a@1.0-1.el9?distro=almalinux-9.3", [element("AlmaLinux:9", "a", fixed("1.0-2.el9"))],
     AFFECTED),
    ("Rocky by major version", "pkg:rpm/rocky/a@1.0-1.el9?distro=rocky-9.3", [element("Rocky Linux:9", "a", fixed("0:1.0-2.el9"))], AFFECTED),
    ("Azure with and without .0", "pkg:rpm/azurelinux/a@1.0-1.azl3?distro=azurelinux-3.0", [element("Azure Linux:3", "a", fixed("1.0-2.azl3"))],
     AFFECTED),
    ("Mariner as Azure", "pkg:rpm/mariner/a@1.0-1.cm2?distro=mariner-2.0", [element("Azure Linux:2", "a", fixed("1.0-2.cm2"))], AFFECTED),
    ("SUSE by product", "pkg:rpm/suse/a@1.0-1?distro=sles-15.5", [element("SUSE:Linux Enterprise Server 15 SP5", "a", fixed("1.0-2"))],
     AFFECTED),
    ("SUSE by module", "pkg:rpm/suse/a@1.0-1?distro=sles-15.5",
     [element("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "a", fixed("1.0-2"))], AFFECTED),
    ("SUSE, another service pack", "pkg:rpm/suse/a@1.0-1?distro=sles-15.5", [element("SUSE:Linux Enterprise Server 15 SP4", "a", fixed("1.0-2"))],
     NOT),
    ("openSUSE Leap", "pkg:rpm/opensuse/a@1.0-1?distro=opensuse-leap-15.6", [element("openSUSE:Leap 15.6", "a", fixed("1.0-2"))], AFFECTED),
    ("openSUSE Tumbleweed", "pkg:rpm/opensuse/a@1.0-1?distro=opensuse-tumbleweed-20240101",
     [element("openSUSE:Tumbleweed", "a", fixed("1.0-2"))], AFFECTED),
    ("Photon", "pkg:rpm/photon/a@1.0-1.ph5?distro=photon-5.0", [element("Photon OS:5.0", "a", fixed("1.0-2.ph5"))], AFFECTED),
    ("openEuler's service pack", "pkg:rpm/openEuler/a@1.0-1?distro=openEuler-22.03-LTS-SP3",
     [element("openEuler:22.03-LTS-SP3", "a", fixed("1.0-2"))], AFFECTED),
    ("openEuler's data has no epochs", "pkg:rpm/openEuler/a@1.0-1?epoch=2&distro=openEuler-22.03-LTS-SP3",
     [element("openEuler:22.03-LTS-SP3", "a", fixed("1.0-2"))], AFFECTED),
    ("Mageia", "pkg:rpm/mageia/a@1.0-1.mga9?distro=mageia-9", [element("Mageia:9", "a", fixed("1.0-2.mga9"))], AFFECTED),
    ("Wolfi has no releases", "pkg:apk/wolfi/a@1.0-r0?distro=wolfi-20230201", [element("Wolfi", "a", fixed("1.0-r1"))], AFFECTED),
    ("Chainguard is not Wolfi", "pkg:apk/chainguard/a@1.0-r0", [element("Wolfi", "a", fixed("1.0-r1"))], NOT),
    ("Chainguard", "pkg:apk/chainguard/a@1.0-r0", [element("Chainguard", "a", fixed("1.0-r1"))], AFFECTED),
]

VERSIONS = [
    ("dpkg: an epoch is above all", deb("1:0.1-1"), [element("Debian:12", "a", fixed("9.9-9"))], NOT),
    ("dpkg: ~ is below", deb("2.0~rc1-1"), [element("Debian:12", "a", fixed("2.0-1"))], AFFECTED),
    ("dpkg: a backport is below", deb("2.0-1~bpo12%2B1"), [element("Debian:12", "a", fixed("2.0-1"))], AFFECTED),
    ("dpkg: a rebuild is above", deb("2.0-1%2Bb1"), [element("Debian:12", "a", fixed("2.0-1"))], NOT),
    ("dpkg: security fix of the release", deb("2.0-1%2Bdeb12u1"), [element("Debian:12", "a", fixed("2.0-1+deb12u2"))], AFFECTED),
    ("rpm: the epoch of the header", "pkg:rpm/almalinux/a@1.0-1.el9?epoch=1&distro=almalinux-9", [element(
        "AlmaLinux:9", "a", fixed("0:2.0-1.el9"))], NOT),
    ("rpm: a missing epoch is 0", "pkg:rpm/almalinux/a@1.0-1.el9?distro=almalinux-9", [element("AlmaLinux:9", "a", fixed("1:0.5-1.el9"))],
     AFFECTED),
    ("rpm: ^ is above", "pkg:rpm/almalinux/a@1.0%5E20240101-1?distro=almalinux-9", [element("AlmaLinux:9", "a", fixed("1.0-2"))], NOT),
    ("rpm: el9_3 after el9", "pkg:rpm/almalinux/a@1.0-1.el9_3?distro=almalinux-9", [element("AlmaLinux:9", "a", fixed("1.0-1.el9"))], NOT),
    ("rpm: a module's package", "pkg:rpm/almalinux/a@1.0-1.module_el8?distro=almalinux-8&modularitylabel=nodejs:16:8:9",
     [element("AlmaLinux:8", "a", fixed("1.0-2.el8"))], NOT),
    ("apk: _p is above", "pkg:apk/alpine/a@1.0_p1-r0?distro=alpine-3.18", [element("Alpine:v3.18", "a", fixed("1.0-r9"))], NOT),
    ("apk: _rc is below", "pkg:apk/alpine/a@1.0_rc1-r0?distro=alpine-3.18", [element("Alpine:v3.18", "a", fixed("1.0-r0"))], AFFECTED),
    ("PEP 440: rc is below", "pkg:pypi/a@2.0rc1", [element("PyPI", "a", fixed("2.0"))], AFFECTED),
    ("PEP 440: post is above", "pkg:pypi/a@2.0.post1", [element("PyPI", "a", fixed("2.0"))], NOT),
    ("PEP 440: a local version is the version", "pkg:pypi/a@2.0%2Bcu118", [element("PyPI", "a", fixed("2.0"))], NOT),
    ("PEP 440: a local version of the last affected", "pkg:pypi/a@2.0%2Bcu118", [element("PyPI", "a", last("2.0"))], AFFECTED),
    ("PEP 440: 2.0 is 2", "pkg:pypi/a@2", [element("PyPI", "a", versions=["2.0"])], AFFECTED),
    ("PEP 440: listed in another spelling", "pkg:pypi/a@2.0.0rc1", [element("PyPI", "a", versions=["2.0.0-RC.1"])], AFFECTED),
    ("gem: a prerelease is below", "pkg:gem/a@2.0.0.rc1", [element("RubyGems", "a", fixed("2.0.0"))], AFFECTED),
    ("gem: the platform is no version", "pkg:gem/a@2.0.0-x86_64-linux", [element("RubyGems", "a", fixed("2.0.0"))], NOT),
    ("gem: 1.0 is 1", "pkg:gem/a@1.0.0", [element("RubyGems", "a", fixed("1"))], NOT),
    ("Maven: SNAPSHOT is below", "pkg:maven/g/a@1.0-SNAPSHOT", [element("Maven", "g:a", fixed("1.0"))], AFFECTED),
    ("Maven: Final is the release", "pkg:maven/g/a@1.0.Final", [element("Maven", "g:a", fixed("1.0"))], NOT),
    ("Maven: -jre is above", "pkg:maven/g/a@31.0-jre", [element("Maven", "g:a", fixed("31.0"))], NOT),
    ("Maven: 1.10 after 1.9", "pkg:maven/g/a@1.9", [element("Maven", "g:a", fixed("1.10"))], AFFECTED),
    ("Go: a pseudo-version before the fix", "pkg:golang/g.org/a@v0.0.0-20200101000000-abcdefabcdef",
     [element("Go", "g.org/a", fixed("0.0.0-20210101000000-abcdefabcdef", kind="SEMVER"))], AFFECTED),
    ("Go: a pseudo-version after the fix", "pkg:golang/g.org/a@v0.0.0-20220101000000-abcdefabcdef",
     [element("Go", "g.org/a", fixed("0.0.0-20210101000000-abcdefabcdef", kind="SEMVER"))], NOT),
    ("Go: +incompatible", "pkg:golang/g.org/a@v2.0.0%2Bincompatible", [element("Go", "g.org/a", fixed("2.0.0", kind="SEMVER"))], NOT),
    ("Go: stdlib's lower boundary -0", "pkg:golang/stdlib@1.16rc1", [element("Go", "stdlib", fixed("1.16.1", "1.16.0-0", "SEMVER"))],
     AFFECTED),
    ("Go: stdlib with go in front", "pkg:golang/stdlib@go1.20.1", [element("Go", "stdlib", fixed("1.20.2", kind="SEMVER"))], AFFECTED),
    ("NuGet: a fourth number", "pkg:nuget/a@1.0.0.1", [element("NuGet", "a", fixed("1.0.0.2"))], AFFECTED),
    ("NuGet: case of prereleases", "pkg:nuget/a@1.0.0-RC1", [element("NuGet", "a", last("1.0.0-rc1"))], AFFECTED),
    ("Packagist: v in front", "pkg:composer/a/b@v5.4.0", [element("Packagist", "a/b", fixed("5.4.1"))], AFFECTED),
    ("Packagist: listed without v", "pkg:composer/a/b@v5.4.0", [element("Packagist", "a/b", versions=["5.4.0"])], AFFECTED),
    ("crates.io: prerelease", "pkg:cargo/a@1.0.0-alpha.1", [element("crates.io", "a", fixed("1.0.0", kind="SEMVER"))], AFFECTED),
    ("crates.io: a lower boundary -0", "pkg:cargo/a@1.0.0-alpha", [element("crates.io", "a", fixed("1.2.0", "1.0.0-0", "SEMVER"))], AFFECTED),
    ("Pub: build metadata is ordered", "pkg:pub/a@1.0.0%2B1", [element("Pub", "a", fixed("1.0.0+2"))], AFFECTED),
    ("CRAN: 1.0-1 is 1.0.1", "pkg:cran/a@1.0-1", [element("CRAN", "a", fixed("1.0.2"))], AFFECTED),
    ("Hackage", "pkg:hackage/a@1.10", [element("Hackage", "a", fixed("1.9"))], NOT),
    ("Bitnami: a revision is newer", "pkg:bitnami/a@1.2.3-4", [element("Bitnami", "a", fixed("1.2.3", kind="SEMVER"))], NOT),
    ("Julia", "pkg:julia/A@1.2.0?uuid=x", [element("Julia", "A", fixed("1.2.1", kind="SEMVER"))], AFFECTED),
]


class MatchingCases(unittest.TestCase):
    def test_each_advisory_is_about_its_package_or_is_not(self):
        cases = EVALUATION + NAMES + RELEASES + VERSIONS
        by_ecosystem = {}
        for number, (_, _, affected, _) in enumerate(cases):
            base = affected[0]["package"]["ecosystem"].split(":")[0]
            by_ecosystem.setdefault(base, []).append({"id": f"CASE-{number}", "modified": time_text(), "published": time_text(),
                                                      "affected": affected})
        with tempfile.TemporaryDirectory() as folder:
            home = Home(EXECUTABLE, folder, 300)
            folder = pathlib.Path(folder)
            for base, records in by_ecosystem.items():
                write_feed(folder / "feed", records, base)
            words = [word for base in by_ecosystem for word in ("--ecosystem", base)]
            done = home.run("feed", "update", "--from", folder / "feed", *words)
            self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
            (folder / "list").write_text("".join(purl + "\n" for _, purl, _, _ in cases))
            report = home.run("scan", f"purls:{folder / 'list'}", "--format", "json")
            found = {(finding["id"], finding["path"]) for finding in json.loads(report.stdout)["findings"]}
        wrong = [f"{why}: {purl} {'is not' if expected else 'is'} affected by {json.dumps(affected)}"
                 for number, (why, purl, affected, expected) in enumerate(cases)
                 if ((f"CASE-{number}", f"line {number + 1}") in found) != expected]
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
