#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds of single distributions (Debian's tracker, the security databases of Alpine, Wolfi and Chainguard) and indexes of exploits
(Exploit-DB, Metasploit), from a folder: states, releases, what was never affected, one finding for a CVE that several feeds
know, refusal of what is cut short. The documents are made up in the published forms:
https://security-tracker.debian.org/tracker/data/json, https://secdb.alpinelinux.org,
https://documentation.ubuntu.com/security/security-updates/ (osv-all.tar.xz, vex-all.tar.xz),
https://gitlab.com/exploit-database/exploitdb (files_exploits.csv), metasploit-framework db/modules_metadata_base.json.

usage: distribution_feeds_test.py TIDEWAITER
"""
import json
import lzma
import os
import sys
import unittest

from feed_folder import FeedFolder, tar
from image_layout import advisory, write_feed


def status(state, **more):
    return {"status": state, "repositories": {}, "urgency": "not yet assigned", **more}


TRACKER = {
    "openssl": {
        "CVE-2026-0001": {"description": "first", "releases": {
            "bookworm": status("resolved", fixed_version="3.0.9-1", urgency="high"),
            "bullseye": status("open", nodsa="Minor issue", nodsa_reason="ignored", urgency="low"),
            "sid": status("resolved", fixed_version="3.1.0-1")}},
        "CVE-2026-0002": {"releases": {
            "bookworm": status("resolved", fixed_version="0"), "bullseye": status("open", urgency="unimportant")}},
        "CVE-2026-0003": {"releases": {"bookworm": status("open", nodsa="Minor issue", nodsa_reason="postponed")}},
        "CVE-2026-0004": {"releases": {"bookworm": status("undetermined")}},
        "CVE-2026-0005": {"releases": {"bookworm": status("open", urgency="end-of-life")}},
        "CVE-2026-0006": {"releases": {"bookworm": status("open", nodsa="Minor issue", nodsa_reason="")}},
        "CVE-2026-0007": {"releases": {"bookworm": status("odd")}},
        "TEMP-0000000-A1B2C3": {"releases": {"bookworm": status("open")}},
    },
    "zlib": {"CVE-2026-0001": {"releases": {"bookworm": status("resolved", fixed_version="1.3-1")}}},
}


def secdb(name, fixes, **more):
    return {"apkurl": "{{urlprefix}}/{{reponame}}", "archs": ["x86_64"], "packages": [
        {"pkg": {"name": name, "secfixes": fixes}}], **more}


EXPLOITS = ('id,file,description,date_published,author,type,platform,port,date_added,date_updated,verified,codes,tags,aliases,'
            'screenshot_url,application_url,source_url\n'
            '101,exploits/a.py,"One, with ""quotes""\nand a line",2026-01-01,x,remote,linux,,2026-01-01,,1,'
            'CVE-2026-0001;OSVDB-1,,,,,\n'
            '102,exploits/b.py,Two,2026-01-01,x,remote,linux,,2026-01-01,,1,"CVE-2026-0001;CVE-2026-0003",,,,,\r\n'
            '103,exploits/c.py,Three,2026-01-01,x,remote,linux,,2026-01-01,,1,,,,,,\n')
MODULES = {
    "exploit_linux/a": {"name": "A", "fullname": "exploit/linux/a", "type": "exploit",
                        "references": ["CVE-2026-0001", "URL-https://example.org", "CVE-odd"]},
    "auxiliary_scanner/b": {"name": "B", "fullname": "auxiliary/scanner/b", "type": "auxiliary",
                            "references": ["CVE-2026-0003"]},
}


def oval(release, *rows):
    """(id, CVE, package, operation, version)"""
    definitions, tests, objects, states = [], [], [], []
    for number, cve, package, operation, version in rows:
        definitions.append(f'<definition class="vulnerability" id="d:{number}"><metadata><title>{cve} in {package}</title>'
                           f'<reference ref_id="{cve}" source="CVE"/><advisory_date>2026-01-02T03:04:05Z</advisory_date>'
                           f'<advisory_id>{number}-1</advisory_id><severity>High</severity></metadata>'
                           f'<criteria operator="AND"><criterion test_ref="t:{number}"/></criteria></definition>')
        tests.append(f'<l:rpminfo_test id="t:{number}"><l:object object_ref="o:{number}"/>'
                     f'<l:state state_ref="s:{number}"/></l:rpminfo_test>')
        objects.append(f'<l:rpminfo_object id="o:{number}"><l:name>{package}</l:name></l:rpminfo_object>')
        states.append(f'<l:rpminfo_state id="s:{number}"><l:evr operation="{operation}">0:{version}.{release}</l:evr>'
                      '</l:rpminfo_state>')
    return ('<?xml version="1.0"?><oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" '
            'xmlns:l="http://oval.mitre.org/XMLSchema/oval-definitions-5#linux">'
            f'<definitions>{"".join(definitions)}</definitions><tests>{"".join(tests)}</tests>'
            f'<objects>{"".join(objects)}</objects><states>{"".join(states)}</states></oval_definitions>')


class DistributionFeeds(FeedFolder):
    def test_debians_tracker_tells_the_state_of_each_release(self):
        self.write("debian/json", TRACKER)
        told = self.update("Debian")
        self.assertIn("debian/Debian: 8 records, 1 gaps", told)
        self.assertEqual(
            self.states("pkg:deb/debian/libssl3@3.0.8-1?distro=debian-12&upstream=openssl",
                        "pkg:deb/debian/zlib1g@1.2-1?distro=debian-12&upstream=zlib"), {
                ("libssl3", "CVE-2026-0001"): ("fixed", "high", ["3.0.9-1"]),
                ("libssl3", "CVE-2026-0003"): ("deferred", "unknown", []),
                ("libssl3", "CVE-2026-0005"): ("end-of-life", "unknown", []),
                ("libssl3", "CVE-2026-0006"): ("wont-fix", "unknown", []),
                ("libssl3", "TEMP-0000000-A1B2C3"): ("not-fixed", "unknown", []),
                ("zlib1g", "CVE-2026-0001"): ("fixed", "unknown", ["1.3-1"]),
            })
        self.assertEqual(self.states("pkg:deb/debian/openssl@1.1.1-1?distro=debian-11"), {
            ("openssl", "CVE-2026-0001"): ("wont-fix", "low", []),
            ("openssl", "CVE-2026-0002"): ("wont-fix", "negligible", [])})
        self.assertEqual(self.states("pkg:deb/debian/openssl@3.0.9-1?distro=debian-12").get(("openssl", "CVE-2026-0001")), None)
        path = self.folder / "purls"
        path.write_text("pkg:deb/debian/openssl@3.0.8-1?distro=debian-12\n")
        self.assertIn("never-affected", self.home.run("explain", f"purls:{path}", "CVE-2026-0002").stdout)

    def test_two_feeds_make_one_finding_with_the_evidence_of_both(self):
        self.write("debian/json", TRACKER)
        write_feed(self.feeds / "osv", [{**advisory("DSA-1-1", "openssl", "3.0.9-1"), "upstream": ["CVE-2026-0001"]}])
        self.update("Debian")
        finding = self.scan("pkg:deb/debian/openssl@3.0.8-1?distro=debian-12")[("openssl", "CVE-2026-0001")]
        self.assertEqual({evidence["feed"] for evidence in finding["evidence"]}, {"debian", "osv"})
        self.assertEqual((finding["severity"], finding["severity_source"]), ("high", "distribution"))
        self.assertEqual(finding["fixed_versions"], ["3.0.9-1"])

    def test_alpine_has_a_file_for_each_release_and_repository(self):
        for release, repository, fixes in (
                ("v3.19", "main", {"1.0-r1": ["CVE-2026-0001"]}),
                ("v3.20", "main", {"1.0-r2": ["CVE-2026-0001 XSA-1", "CVE-????-?????"], "0": ["CVE-2026-0002"]}),
                ("v3.20", "community", {"2.0-r0": ["GHSA-abcd-efgh-ijkl"]})):
            name = "other" if repository == "community" else "musl"
            self.write(f"alpine/{release}/{repository}.json", secdb(name, fixes, distroversion=release, reponame=repository))
        self.assertIn("alpine/Alpine: 4 records, 1 gaps", self.update("Alpine"))
        for release, version, expected in (("3.19", "1.0-r0", ["1.0-r1"]), ("3.20", "1.0-r1", ["1.0-r2"]), ("3.19", "1.0-r1", None)):
            found = self.scan(f"pkg:apk/alpine/musl@{version}?distro=alpine-{release}.0")
            self.assertEqual([finding["fixed_versions"] for finding in found.values()], [expected] if expected else [])
        self.assertEqual(len(self.scan("pkg:apk/alpine/other@1.0-r0?distro=alpine-3.20.1")), 1)

    def test_wolfi_and_chainguard_have_one_file(self):
        for name in ("wolfi", "chainguard"):
            self.write(f"{name}/security.json", secdb("curl", {"8.0-r1": ["CVE-2026-0001", "GHSA-abcd-efgh-ijkl"]}, reponame="os"))
        told = self.update("Wolfi", "Chainguard")
        self.assertIn("wolfi/Wolfi: 2 records", told)
        self.assertIn("chainguard/Chainguard: 2 records", told)
        for name in ("wolfi", "chainguard"):
            self.assertEqual(set(self.scan(f"pkg:apk/{name}/curl@8.0-r0?distro={name}-20230201")),
                             {("curl", "CVE-2026-0001"), ("curl", "GHSA-abcd-efgh-ijkl")})

    def test_azure_linux_has_definitions_for_each_release(self):
        self.write("azure/azurelinux-3.0-oval.xml", oval(
            "azl3", (1, "CVE-2026-0001", "curl", "less than", "8.9-2"),
            (2, "CVE-2026-0002", "curl", "less than or equal", "8.9-1"), (3, "CVE-2026-0003", "curl", "odd", "1-1")))
        self.write("azure/cbl-mariner-2.0-oval.xml", oval("cm2", (4, "CVE-2026-0001", "curl", "less than", "8.8-1")))
        self.assertIn("azure/Azure Linux: 3 records, 1 gaps", self.update("Azure Linux"))
        purl = "pkg:rpm/azurelinux/curl@{0}?distro=azurelinux-3.0"
        self.assertEqual(self.states(purl.format("8.9-1.azl3")), {
            ("curl", "CVE-2026-0001"): ("fixed", "high", ["0:8.9-2.azl3"]),
            ("curl", "CVE-2026-0002"): ("not-fixed", "high", [])})
        self.assertEqual(self.states(purl.format("8.9-2.azl3")), {})
        for damaged in ("<oval_definitions>", "<html></html>", oval("azl3")[:-5], ""):
            self.write("azure/azurelinux-3.0-oval.xml", damaged)
            result = self.run_update("Azure Linux")
            self.assertIn("the last good one stays", result.stdout)
        self.assertEqual(len(self.states(purl.format("8.9-1.azl3"))), 2)

    def test_ubuntus_archives_tell_fixes_and_what_is_not_affected(self):
        def element(release, package, *events):
            return {"package": {"ecosystem": f"Ubuntu:{release}", "name": package}, "versions": ["1-1"],
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *events]}]}

        def osv(number, *affected):
            return {"id": f"UBUNTU-CVE-2026-{number:04}", "modified": "2026-01-01T00:00:00Z", "upstream": [f"CVE-2026-{number:04}"],
                    "severity": [{"type": "Ubuntu", "score": "medium"}], "affected": list(affected)}

        def statement(status, package, distro, action="", arch="source"):
            return {"vulnerability": {"name": "CVE-2026-0002"}, "status": status, "action_statement": action,
                    "products": [{"@id": f"pkg:deb/ubuntu/{package}@1-1?arch={arch}&distro={distro}"}]}
        files = {"osv/cve/2026/UBUNTU-CVE-2026-0001.json": osv(1, element("22.04:LTS", "zlib", {"fixed": "1-2"}),
                                                               element("Pro:18.04:LTS", "zlib", {"fixed": "1-1+esm1"})),
                 "osv/usn/USN-1-1.json": osv(9, element("22.04:LTS", "zlib")),
                 "osv/cve/2026/odd.json": {"id": 7}}
        self.write("ubuntu/osv/osv-all.tar.xz", lzma.compress(tar(files)))
        wont = "This package (for the given release) is vulnerable, but the Ubuntu Security Team decided to not fix it"
        documents = {"vex/cve/2026/CVE-2026-0002.json": {"timestamp": "2026-01-02T00:00:00Z", "statements": [
            statement("not_affected", "zlib", "jammy"), statement("affected", "bash", "jammy", wont),
            statement("under_investigation", "curl", "jammy"), statement("affected", "perl", "esm-infra/bionic"),
            statement("affected", "zlib", "jammy", arch="amd64"), statement("fixed", "gzip", "jammy"),
            statement("affected", "zlib", "fips/jammy"), statement("affected", "xz-utils", "jammy"),
            statement("not_affected", "xz-utils", "esm-infra/jammy")]},
            "vex/cve/2026/odd.json": {"statements": [{"vulnerability": {"name": "CVE-2026-0003"}, "status": "odd"}]}}
        self.write("ubuntu/vex/vex-all.tar.xz", lzma.compress(tar(documents)))
        self.assertIn("ubuntu/Ubuntu: 2 records, 2 gaps", self.update("Ubuntu"))
        purl = "pkg:deb/ubuntu/{}@1-1?distro=ubuntu-22.04"
        self.assertEqual(self.states(*map(purl.format, ("zlib", "bash", "curl", "gzip", "xz-utils"))), {
            ("xz-utils", "CVE-2026-0002"): ("not-fixed", "unknown", []),
            ("zlib", "CVE-2026-0001"): ("fixed", "medium", ["1-2"]), ("bash", "CVE-2026-0002"): ("wont-fix", "unknown", []),
            ("curl", "CVE-2026-0002"): ("unknown", "unknown", [])})
        self.assertEqual(set(self.scan("pkg:deb/ubuntu/perl@1-1?distro=ubuntu-18.04", "pkg:deb/ubuntu/zlib@1-1?distro=ubuntu-18.04")),
                         {("perl", "CVE-2026-0002"), ("zlib", "CVE-2026-0001")})
        path = self.folder / "purls"
        path.write_text(purl.format("zlib") + "\n")
        self.assertIn("never-affected", self.home.run("explain", f"purls:{path}", "CVE-2026-0002").stdout)
        self.write("ubuntu/vex/vex-all.tar.xz", lzma.compress(tar(documents))[:-30])
        self.assertIn("the last good one stays", self.run_update("Ubuntu").stdout)

    def test_indexes_of_exploits_name_them_at_the_finding(self):
        self.write("debian/json", TRACKER)
        self.write("exploitdb/files_exploits.csv", EXPLOITS)
        self.write("metasploit/modules_metadata_base.json", MODULES)
        told = self.update("Debian")
        self.assertIn("exploitdb: 2 records", told)
        self.assertIn("metasploit: 1 records", told)
        purl = "pkg:deb/debian/openssl@3.0.8-1?distro=debian-12"
        found = self.scan(purl)
        self.assertEqual(found[("openssl", "CVE-2026-0001")]["exploits"], [
            {"source": "exploit-db", "reference": "101"}, {"source": "exploit-db", "reference": "102"},
            {"source": "metasploit", "reference": "exploit/linux/a"}])
        self.assertEqual(found[("openssl", "CVE-2026-0003")]["exploits"], [{"source": "exploit-db", "reference": "102"}])
        self.assertNotIn("exploits", found[("openssl", "CVE-2026-0006")])
        path = self.folder / "purls"
        self.assertIn("exploit/linux/a", self.home.run("explain", f"purls:{path}", "CVE-2026-0001").stdout)

    def test_what_is_cut_short_or_malformed_is_refused_and_the_last_good_one_serves(self):
        files = {"debian/json": json.dumps(TRACKER), "wolfi/security.json": json.dumps(secdb("curl", {"8.0-r1": ["CVE-2026-0001"]})),
                 "exploitdb/files_exploits.csv": EXPLOITS, "metasploit/modules_metadata_base.json": json.dumps(MODULES)}
        for path, content in files.items():
            self.write(path, content)
        self.update("Debian", "Wolfi")
        purls = ("pkg:deb/debian/openssl@3.0.8-1?distro=debian-12", "pkg:apk/wolfi/curl@8.0-r0?distro=wolfi-20230201")
        before = self.scan(*purls)
        for path, content in files.items():
            for damaged in (content[:-3], content[:len(content) // 2], "[]", "", "\0" * 10):
                self.write(path, damaged)
                told = self.run_update("Debian", "Wolfi")
                self.assertGreaterEqual(told.returncode, 3, (path, damaged))
                self.assertIn("the last good one stays", told.stdout)
            self.write(path, content)
        self.assertEqual(self.scan(*purls), before)


if __name__ == "__main__":
    FeedFolder.tidewaiter = os.path.abspath(sys.argv.pop(1))
    unittest.main()
