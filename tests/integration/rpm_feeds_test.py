#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds of rpm distributions from a folder: fixed builds by product, minor release, module stream and architecture, why there is
no fix, what was never affected, refusal of what is cut short. The documents are made up in the published forms:
https://redhatproductsecurity.github.io/security-data-guidelines/csaf-vex (VEX files, csaf_vex_<date>.tar.zst),
https://alas.aws.amazon.com and https://docs.aws.amazon.com/linux (updateinfo.xml of Amazon's repositories, extras of Amazon Linux 2),
https://linux.oracle.com/security/oval (OVAL definitions of patches).

usage: rpm_feeds_test.py TIDEWAITER
"""
import bz2
import gzip
import json
import lzma
import os
import pathlib
import sys
import tempfile
import unittest

from feed_folder import FeedFolder, tar

BASE = "cpe:/o:redhat:enterprise_linux:8::baseos"
APPSTREAM = "cpe:/a:redhat:enterprise_linux:8::appstream"
EUS = "cpe:/o:redhat:rhel_eus:8.6::baseos"
OPENSHIFT = "cpe:/a:redhat:openshift:4.12::el8"


class Vex:
    """A VEX file of Red Hat's."""

    def __init__(self, cve, severity="Important"):
        self.products, self.relationships, self.remediations, self.threats, self.scores = {}, [], [], [], []
        self.status = {}
        self.document = {
            "document": {"category": "csaf_vex", "csaf_version": "2.0", "title": "a \\ \"title\" \u00e9\U0001f600",
                         "notes": [{"category": "legal_disclaimer", "text": "x" * 5000}],
                         "aggregate_severity": {"text": severity, "namespace": "https://access.redhat.com/"},
                         "publisher": {"name": "Red Hat Product Security", "category": "vendor"},
                         "tracking": {"id": cve, "current_release_date": "2026-01-02T03:04:05+00:00",
                                      "initial_release_date": "2026-01-01T00:00:00+00:00"}},
            "product_tree": {"branches": [{"category": "vendor", "name": "Red Hat", "branches": []}],
                             "relationships": self.relationships},
            "vulnerabilities": [{"cve": cve, "title": f"flaw {cve}", "release_date": "2026-01-01T00:00:00Z", "notes": [],
                                 "product_status": self.status, "remediations": self.remediations,
                                 "threats": self.threats, "scores": self.scores}]}

    def product(self, id_, **helper):
        if id_ not in self.products:
            self.products[id_] = {"category": "product_version", "name": id_, "product": {
                "name": id_, "product_id": id_, **({"product_identification_helper": helper} if helper else {})}}
            self.document["product_tree"]["branches"][0]["branches"].append(self.products[id_])
        return id_

    def relate(self, component, platform):
        id_ = f"{platform}:{component}"
        self.relationships.append({"category": "default_component_of", "product_reference": component,
                                   "relates_to_product_reference": platform,
                                   "full_product_name": {"name": id_, "product_id": id_}})
        return id_

    def add(self, status, platform, cpe, component, purl=None, module=None, why=None, impact=None):
        self.product(platform, cpe=cpe)
        if module:
            platform = self.relate(self.product(module[0], purl=module[1]), platform)
        id_ = self.relate(self.product(component, **({"purl": purl} if purl else {})), platform)
        self.status.setdefault(status, []).append(id_)
        if why:
            category = "none_available" if why in ("Affected", "Fix deferred") else "no_fix_planned"
            self.remediations.append({"details": why, "product_ids": [id_], "category": category})
        elif status == "fixed":
            self.remediations.append({"category": "vendor_fix", "details": "update", "product_ids": [id_]})
        if impact:
            self.threats.append({"category": "impact", "details": impact, "product_ids": [id_]})
        return self


def fixed(vex, platform, cpe, name, version, arch="x86_64", epoch=None, **more):
    purl = f"pkg:rpm/redhat/{name}@{version.replace('+', '%2B')}?arch={arch}" + (f"&epoch={epoch}" if epoch else "")
    return vex.add("fixed", platform, cpe, f"{name}-{epoch or 0}:{version}.{arch}", purl, **more)


class RedHat(FeedFolder):
    def write_archive(self, *files, **more):
        documents = {f"2026/{vex.document['document']['tracking']['id'].lower()}.json": vex.document for vex in files}
        self.write("redhat/csaf_vex_2026-01-05.tar.zst", tar({**documents, "changes.csv": b"", **more}))

    def rhel(self, name, version, release=8.9, more=""):
        return f"pkg:rpm/redhat/{name}@{version}?arch=x86_64&distro=rhel-{release}{more}"

    def test_states_come_from_the_products_of_the_release(self):
        vex = Vex("CVE-2026-0001")
        fixed(vex, "BaseOS-8.9.0.Z.MAIN", BASE, "openssl", "1.1.1k-12.el8_9", epoch=1)
        fixed(vex, "8Base-RHOSE-4.12", OPENSHIFT, "openssl", "9.9-1.el8", epoch=1)
        fixed(vex, "BaseOS-8.9.0.Z.MAIN", BASE, "openssl-debuginfo", "1.1.1k-12.el8_9", epoch=1)
        for platform, component, why in (("8", "curl", "Affected"), ("8", "zlib", "Will not fix"), ("8", "expat", "Fix deferred"),
                                         ("6", "curl", "Out of support scope")):
            vex.add("known_affected", f"red_hat_enterprise_linux_{platform}", f"cpe:/o:redhat:enterprise_linux:{platform}",
                    component, f"pkg:rpm/redhat/{component}?arch=src", why=why)
        vex.add("under_investigation", "red_hat_enterprise_linux_8", BASE, "bash", "pkg:rpm/redhat/bash?arch=src")
        vex.add("known_not_affected", "red_hat_enterprise_linux_8", BASE, "gzip", "pkg:rpm/redhat/gzip?arch=src")
        vex.add("known_affected", "red_hat_enterprise_linux_8", BASE, "ubi8/python-39")
        vex.add("fixed", "red_hat_enterprise_linux_8", BASE, "ubi8@sha256:ab_amd64", "pkg:oci/ubi8@sha256:ab?arch=amd64")
        self.write_archive(vex)
        self.assertIn("redhat/Red Hat: 1 records, no gaps", self.update("Red Hat"))
        purls = [self.rhel("openssl", "1.1.1k-9.el8", more="&epoch=1"), self.rhel("openssl-debuginfo", "1-1.el8"),
                 *(self.rhel(name, "1-1.el8") for name in ("curl", "zlib", "expat", "bash", "gzip", "ubi8"))]
        cve = "CVE-2026-0001"
        self.assertEqual(self.states(*purls), {
            ("openssl", cve): ("fixed", "high", ["1:1.1.1k-12.el8_9"]), ("curl", cve): ("not-fixed", "high", []),
            ("zlib", cve): ("wont-fix", "high", []), ("expat", cve): ("deferred", "high", []),
            ("bash", cve): ("unknown", "high", [])})
        self.assertEqual(self.states(self.rhel("curl", "1-1.el6", "6.10")), {("curl", cve): ("end-of-life", "high", [])})
        self.assertEqual(self.states(self.rhel("openssl", "1.1.1k-12.el8_9", more="&epoch=1")), {})
        path = self.folder / "purls"
        path.write_text(self.rhel("gzip", "1-1.el8") + "\n")
        self.assertIn("never-affected", self.home.run("explain", f"purls:{path}", cve).stdout)

    def test_a_folder_of_documents_is_as_good_as_an_archive(self):
        for i in range(1, 4):
            document = fixed(Vex(f"CVE-2026-000{i}"), "BaseOS-8.9.0", BASE, "bash", "2-2.el8").document
            self.write(f"redhat/{'2026/' if i > 1 else ''}cve-2026-000{i}.json", document)
        self.write("redhat/2026/index.txt", "x")
        self.write("redhat/changes.csv", "")
        os.symlink("/etc/passwd", self.feeds / "redhat/2026/link.json")
        self.assertIn("redhat/Red Hat: 3 records, no gaps", self.update("Red Hat"))
        self.write("redhat/2026/cve-2026-0003.json", "{")
        self.assertIn("2 records where it had 3", self.run_update("Red Hat").stdout)
        self.write("redhat/csaf_vex_2026-01-05.tar.zst", tar({
            f"{i}.json": fixed(Vex(f"CVE-2026-000{i}"), "BaseOS-8.9.0", BASE, "bash", "3-2.el8").document for i in range(1, 5)}))
        self.assertIn("redhat/Red Hat: 4 records, no gaps", self.update("Red Hat"))

    def test_each_minor_release_has_its_own_fix(self):
        vex = Vex("CVE-2026-0001")
        for minor, version in (("8.9.0", "2.28-236.el8_9.12"), ("8.9.0", "2.28-236.el8_9.13"), ("8.10.0", "2.28-251.el8_10.1")):
            fixed(vex, f"BaseOS-{minor}.Z.MAIN", BASE, "glibc", version)
        fixed(vex, "BaseOS-8.6.0.Z.EUS", EUS, "glibc", "2.28-189.10.el8_6")
        self.write_archive(vex)
        self.update("Red Hat")
        cases = {"2.28-225.el8": ["2.28-236.el8_9.13"], "2.28-236.el8_9.12": ["2.28-236.el8_9.13"], "2.28-236.el8_9.13": None,
                 "2.28-236.el8_9.14": None, "2.28-251.el8": ["2.28-251.el8_10.1"], "2.28-251.el8_10.1": None}
        for version, expected in cases.items():
            found = self.scan(self.rhel("glibc", version))
            self.assertEqual([finding["fixed_versions"] for finding in found.values()], [expected] if expected else [], version)

    def test_repositories_of_an_image_choose_its_extended_stream(self):
        vex = Vex("CVE-2026-0001")
        for minor, version in (("8.9.0", "2.28-236.el8_9.13"), ("8.10.0", "2.28-251.el8_10.1")):
            fixed(vex, f"BaseOS-{minor}.Z.MAIN", BASE, "glibc", version)
        fixed(vex, "BaseOS-8.6.0.Z.EUS", EUS, "glibc", "2.28-189.10.el8_6")
        later = fixed(Vex("CVE-2026-0002"), "BaseOS-8.9.0.Z.MAIN", BASE, "glibc", "2.28-236.el8_9.14")
        self.write_archive(vex, later)
        self.update("Red Hat")
        of_release, of_stream = ("rhel-8-for-x86_64-baseos-rpms",), ("rhel-8-for-x86_64-baseos-eus-rpms__8_DOT_6",)
        first, second = "CVE-2026-0001", "CVE-2026-0002"
        cases = (
            ("2.28-189.5.el8_6", of_release, {first: ("fixed", ["2.28-236.el8_9.13"]), second: ("fixed", ["2.28-236.el8_9.14"])}),
            ("2.28-189.5.el8_6", of_stream, {first: ("fixed", ["2.28-189.10.el8_6"]), second: ("not-fixed", [])}),
            ("2.28-189.10.el8_6", of_stream, {second: ("not-fixed", [])}),
            ("2.28-236.el8_9.14", of_stream, {}))
        for version, repositories, expected in cases:
            with self.subTest(version=version, repositories=repositories):
                tree = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
                for path, content in {
                        "etc/os-release": "ID=rhel\nVERSION_ID=8.6\nCPE_NAME=cpe:/o:redhat:enterprise_linux:8::baseos\n",
                        "root/buildinfo/content_manifests/a.json": json.dumps({"content_sets": repositories}),
                        "var/lib/rpmmanifest/container-manifest-2":
                            f"glibc\t{version}\t1\t1\tRed Hat, Inc.\t(none)\t1\tx86_64\t0\tglibc-{version}.src.rpm\n"}.items():
                    (tree / path).parent.mkdir(parents=True, exist_ok=True)
                    (tree / path).write_text(content)
                found = self.scan_target(f"dir:{tree}")
                self.assertEqual({finding["id"]: (finding["fix_state"], finding["fixed_versions"]) for finding in found},
                                 expected)

    def test_a_module_stream_is_a_package_of_its_own(self):
        vex = Vex("CVE-2026-0001", "Low")
        build = "1.0-2.module+el8.8.0+1+abc"
        fixed(vex, "AppStream-8.8.0", APPSTREAM, "nodejs", build,
              module=("nodejs:18:8080020230718:63b", "pkg:rpmmod/redhat/nodejs@18:8080020230718:63b"), impact="Moderate")
        vex.add("fixed", "AppStream-8.8.0", APPSTREAM, "npm-x", f"pkg:rpm/redhat/npm@{build.replace('+', '%2B')}?arch=x86_64"
                "&rpmmod=nodejs:18:8080020230718:63b")
        fixed(vex, "AppStream-8.8.0", APPSTREAM, "unnamed", build)
        vex.add("known_affected", "red_hat_enterprise_linux_8", BASE, "nodejs:16/nodejs", why="Will not fix")
        vex.add("known_affected", "red_hat_enterprise_linux_8", BASE, "ruby:2.6/ruby", "pkg:rpmmod/redhat/ruby:2.6/ruby")
        self.write_archive(vex)
        self.update("Red Hat")
        cve = "CVE-2026-0001"

        def states(name, version, label):
            return self.module_states(name, version, label).get((name, cve))
        old = "1.0-1.module+el8.8.0+1+abc"
        self.assertEqual(states("nodejs", old, "nodejs:18:1:a"), ("fixed", "medium", [build]))
        self.assertEqual(states("nodejs", old, "nodejs:16:1:a"), ("wont-fix", "low", []))
        self.assertEqual(states("nodejs", old, "nodejs:20:1:a"), None)
        self.assertEqual(states("nodejs", "1.0-1.el8", None), None)
        self.assertEqual(states("npm", old, "nodejs:18:1:a"), ("fixed", "low", [build]))
        self.assertEqual(states("unnamed", old, "other:1:1:a"), ("fixed", "low", [build]))
        self.assertEqual(states("ruby", old, "ruby:2.6:1:a"), ("not-fixed", "low", []))

    def module_states(self, name, version, label):
        more = "" if label is None else f"&modularitylabel={label}"
        return self.states(self.rhel(name, version.replace("+", "%2B"), more=more))

    def test_builds_for_some_architectures_are_for_those_only(self):
        vex = Vex("CVE-2026-0001")
        for arch in ("s390x", "src"):
            fixed(vex, "BaseOS-8.9.0", BASE, "s390utils", "2-2.el8", arch)
        for arch in ("aarch64", "ppc64le", "s390x", "x86_64", "src"):
            fixed(vex, "BaseOS-8.9.0", BASE, "bash", "2-2.el8", arch)
        self.write_archive(vex)
        self.update("Red Hat")
        self.assertEqual(list(self.scan(self.rhel("s390utils", "1-1.el8"), self.rhel("bash", "1-1.el8"))),
                         [("bash", "CVE-2026-0001")])

    def test_a_document_that_cannot_be_read_is_a_gap_and_an_archive_is_refused(self):
        good = [fixed(Vex(f"CVE-2026-000{i}"), "BaseOS-8.9.0", BASE, "bash", "2-2.el8") for i in range(1, 5)]
        odd = {"document": {"csaf_version": "3.0", "tracking": {"id": "x"}}}
        self.write_archive(*good, **{"2026/a.json": b'{"document": {', "2026/b.json": odd, "2026/c.json": b'{"a": "\xff"}',
                                     "2026/d.json": b"[" * 100 + b"]" * 100})
        self.assertIn("redhat/Red Hat: 4 records, 4 gaps", self.update("Red Hat"))
        purl = self.rhel("bash", "1-1.el8")
        self.assertEqual(len(self.scan(purl)), 4)
        archive = tar({f"{i}.json": vex.document for i, vex in enumerate(good)})
        packed = lzma.compress(archive)
        for damaged in (archive[:-10240], archive[:len(archive) // 2], packed[:-20], packed[:len(packed) // 2], b"", b"x" * 2000,
                        tar({"1.json": good[0].document})):
            self.write("redhat/csaf_vex_2026-01-05.tar.zst", damaged)
            told = self.run_update("Red Hat")
            self.assertGreaterEqual(told.returncode, 3, told.stdout)
            self.assertIn("the last good one stays", told.stdout)
        self.assertEqual(len(self.scan(purl)), 4)
        self.write("redhat/csaf_vex_2026-01-05.tar.zst", packed)
        self.assertIn("redhat/Red Hat: 4 records, no gaps", self.update("Red Hat"))
        self.write("redhat/csaf_vex_2026-02-05.tar.zst", tar({"1.json": good[0].document}))
        self.assertIn("the last good one stays", self.run_update("Red Hat").stdout)


def updateinfo(*updates):
    """(id, severity, [CVE], [(name, epoch, version, release, arch)], module)"""
    text = []
    for id_, severity, cves, packages, *module in updates:
        references = "".join(f'<reference href="https://cve.example/{cve}" id="{cve}" title="" type="cve"/>' for cve in cves)
        rows = "".join(f'<package name="{name}" epoch="{epoch}" version="{version}" release="{release}" arch="{arch}" src="x">'
                       f'<filename>{name}.rpm</filename></package>' for name, epoch, version, release, arch in packages)
        stream = f'<module name="{module[0]}" stream="{module[1]}" version="1" context="c" arch="x86_64"/>' if module else ""
        text.append(f'<update status="final" version="1.4" type="{"bugfix" if severity is None else "security"}" from="x@example.org">'
                    f'<id>{id_}</id><title>{id_}: update</title><issued date="2026-01-02 03:04"/><severity>{severity}</severity>'
                    f'<description>a &amp; b</description><references>{references}</references><pkglist><collection short="c">'
                    f'<name>c</name>{stream}{rows}</collection></pkglist></update>')
    return f'<?xml version="1.0"?>\n<updates>{"".join(text)}</updates>'


class Amazon(FeedFolder):
    def purl(self, name, version, release="2", more=""):
        return f"pkg:rpm/amazon/{name}@{version}?arch=aarch64&distro=amzn-{release}{more}"

    def test_releases_and_extras_are_streams_of_their_own(self):
        self.write("amazon/al2.xml.gz", gzip.compress(updateinfo(
            ("ALAS2-2026-001", "important", ["CVE-2026-0001", "CVE-2026-0002"], [
                ("openssl", 1, "1.0.2k", "25.amzn2", "x86_64"), ("openssl-libs", 1, "1.0.2k", "25.amzn2", "x86_64"),
                ("openssl", 1, "1.0.2k", "25.amzn2", "src")]),
            ("ALAS2-2026-002", "medium", ["CVE-2026-0003"], [("php", 0, "5.4.16", "47.amzn2", "x86_64")]),
            ("ALAS2-2026-003", None, ["CVE-2026-0009"], [("php", 0, "9", "1.amzn2", "x86_64")])).encode()))
        self.write("amazon/al2-extras.xml", updateinfo(
            ("ALAS2PHP8.0-2026-001", "low", ["CVE-2026-0004"], [("php", 0, "8.0.30", "1.amzn2", "x86_64"),
                                                               ("php-pear", 1, "1.10.12", "9.amzn2", "noarch")]),
            ("ALASKERNEL-5.10-2026-001", "low", ["CVE-2026-0005"], [("kernel", 0, "5.10.96", "90.amzn2", "x86_64")])))
        self.write("amazon/al2023.xml", updateinfo(
            ("ALAS2023-2026-001", "Important", ["CVE-2026-0001"], [("openssl", 1, "3.0.8", "1.amzn2023.0.10", "x86_64")])))
        self.write("amazon/al1.xml", updateinfo(
            ("ALAS-2026-001", "critical", ["CVE-2026-0001"], [("openssl", 1, "1.0.2k", "16.150.amzn1", "x86_64")])))
        self.assertIn("amazon/Amazon Linux: 6 records, no gaps", self.update("Amazon Linux"))
        self.assertEqual(self.states(self.purl("openssl-libs", "1.0.2k-24.amzn2", more="&epoch=1")), {
            ("openssl-libs", "CVE-2026-0001"): ("fixed", "high", ["1:1.0.2k-25.amzn2"]),
            ("openssl-libs", "CVE-2026-0002"): ("fixed", "high", ["1:1.0.2k-25.amzn2"])})
        self.assertEqual(self.states(self.purl("openssl", "1.0.2k-25.amzn2", more="&epoch=1")), {})
        self.assertEqual(self.states(self.purl("openssl-other", "1.0-1.amzn2", more="&upstream=openssl-1.0-1.amzn2.src.rpm")), {})
        self.assertEqual(list(self.scan(self.purl("openssl", "3.0.8-1.amzn2023.0.9", "2023", "&epoch=1"))), [("openssl", "CVE-2026-0001")])
        self.assertEqual(list(self.scan(self.purl("openssl", "1.0.2k-1.amzn1", "2018.03", "&epoch=1"))), [("openssl", "CVE-2026-0001")])
        for version, found in (("5.4.16-46.amzn2", ["CVE-2026-0003"]), ("5.4.16-47.amzn2", []), ("7.4.1-1.amzn2", []),
                               ("8.0.29-1.amzn2", ["CVE-2026-0004"]), ("8.0.30-1.amzn2", []), ("8.2.0-1.amzn2", [])):
            self.assertEqual([id_ for _, id_ in self.scan(self.purl("php", version))], found, version)
        self.assertEqual(len(self.scan(self.purl("php-pear", "1.10.11-1.amzn2", more="&epoch=1"))), 1)
        self.assertEqual(self.states(self.purl("kernel", "4.14.1-1.amzn2"), self.purl("kernel", "5.4.1-1.amzn2")), {})
        self.assertEqual(len(self.scan(self.purl("kernel", "5.10.95-1.amzn2"))), 1)

    def test_what_is_cut_short_or_another_document_is_refused(self):
        good = updateinfo(("ALAS2-2026-001", "low", ["CVE-2026-0001"], [("a", 0, "1", "2.amzn2", "x86_64")]))
        self.write("amazon/a.xml", good)
        self.update("Amazon Linux")
        for damaged in (good[:-3], good[:200], "", "<html/>", "<!DOCTYPE x><x>&y;</x>", "<updates>" + "<a>" * 200,
                        good.replace("ALAS2-2026", "ELSA-2026"), updateinfo()):
            self.write("amazon/a.xml", damaged)
            told = self.run_update("Amazon Linux")
            self.assertGreaterEqual(told.returncode, 3, damaged[:40])
            self.assertIn("the last good one stays", told.stdout)
        self.assertEqual(len(self.scan(self.purl("a", "1-1.amzn2"))), 1)


def patches(*definitions):
    """(id, platform, [CVE], [(conditions, name, version)])"""
    text, tests, objects, states, count = [], [], [], [], 0
    for id_, platform, cves, rows in definitions:
        criteria = ""
        for conditions, name, version in rows:
            count += 1
            criteria += '<criteria operator="AND">' + "".join(
                f'<criterion test_ref="c:{count}" comment="{condition}"/>' for condition in conditions)
            criteria += (f'<criteria operator="OR"><criteria operator="AND"><criterion test_ref="t:{count}" '
                         f'comment="{name} is earlier than {version}"/><criterion test_ref="s:1" comment="{name} is signed with the '
                         'Oracle Linux key"/></criteria></criteria></criteria>')
            tests.append(f'<rpminfo_test id="t:{count}"><object object_ref="o:{count}"/><state state_ref="e:{count}"/></rpminfo_test>')
            objects.append(f'<rpminfo_object id="o:{count}"><name>{name}</name></rpminfo_object>')
            states.append(f'<rpminfo_state id="e:{count}"><evr datatype="evr_string" operation="less than">{version}</evr>'
                          '</rpminfo_state>')
        references = "".join(f'<reference source="CVE" ref_id="{cve}" ref_url="https://x"/>' for cve in cves)
        text.append(f'<definition class="patch" id="oval:com.oracle.elsa:def:1"><metadata><title>{id_}:  a security update '
                    f'(MODERATE)</title><affected family="unix"><platform>{platform}</platform></affected>'
                    f'<reference source="elsa" ref_id="{id_}" ref_url="https://x"/>{references}<description>d</description>'
                    f'<advisory><severity>MODERATE</severity><issued date="2026-01-02"/></advisory></metadata>'
                    f'<criteria operator="AND"><criterion test_ref="r:1" comment="{platform} is installed"/>'
                    f'<criteria operator="OR">{criteria}</criteria></criteria></definition>')
    tests.append('<rpminfo_test id="s:1"><object object_ref="o:1"/><state state_ref="k:1"/></rpminfo_test>')
    states.append('<rpminfo_state id="k:1"><signature_keyid operation="equals">ab</signature_keyid></rpminfo_state>')
    return ('<?xml version="1.0"?><oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5">'
            f'<definitions>{"".join(text)}</definitions><tests>{"".join(tests)}</tests><objects>{"".join(objects)}</objects>'
            f'<states>{"".join(states)}</states></oval_definitions>')


class Oracle(FeedFolder):
    X86, ARM = "Oracle Linux arch is x86_64", "Oracle Linux arch is aarch64"

    def purl(self, name, version, release="8.9", more="", arch="x86_64"):
        return f"pkg:rpm/oracle/{name}@{version.replace('+', '%2B')}?arch={arch}&distro=ol-{release}{more}"

    def test_builds_of_a_flavour_meet_updates_of_that_flavour(self):
        self.write("oracle/com.oracle.elsa-all.xml.bz2", bz2.compress(patches(
            ("ELSA-2026-0001", "Oracle Linux 8", ["CVE-2026-0001"], [
                ([self.X86], "openssl", "1:1.1.1k-12.el8_9"), ([self.ARM], "openssl", "1:1.1.1k-13.el8_9")]),
            ("ELSA-2026-0002", "Oracle Linux 8", ["CVE-2026-0002"], [([], "openssl", "2:1.1.1k-12.ksplice1.el8")]),
            ("ELSA-2026-0003", "Oracle Linux 8", ["CVE-2026-0003"], [([], "openssl", "10:1.1.1k-12.el8_fips")]),
            ("ELSA-2026-0004", "Oracle Linux 7", ["CVE-2026-0004"], [
                ([], "kernel-uek", "0:5.4.17-2136.1.el7uek"), ([], "kernel-uek", "0:5.4.17-2136.1.el8uek")]),
            ("ELSA-2026-0005", "Oracle Linux 8", ["CVE-2026-0005"], [
                (["Module nodejs:18 is enabled", self.X86], "nodejs", "1:18.2-1.module+el8.9.0+1+a")]),
            ("ELBA-2026-0006", "Oracle Linux 8", ["CVE-2026-0006"], [([], "openssl", "1:9-9.el8")])).encode()))
        self.assertIn("oracle/Oracle Linux: 5 records, 1 gaps", self.update("Oracle Linux"))
        epoch = "&epoch=1"
        self.assertEqual(self.states(self.purl("openssl", "1.1.1k-1.el8", more=epoch)), {
            ("openssl", "CVE-2026-0001"): ("fixed", "medium", ["1:1.1.1k-12.el8_9"])})
        self.assertEqual(self.states(self.purl("openssl", "1.1.1k-12.el8_9", more=epoch, arch="aarch64")), {
            ("openssl", "CVE-2026-0001"): ("fixed", "medium", ["1:1.1.1k-13.el8_9"])})
        self.assertEqual(self.states(self.purl("openssl", "1.1.1k-12.el8_9", more=epoch)), {})
        for version, cve in (("1.1.1k-1.ksplice1.el8", "CVE-2026-0002"), ("1.1.1k-1.el8_fips", "CVE-2026-0003")):
            self.assertEqual(list(self.scan(self.purl("openssl", version, more=epoch))), [("openssl", cve)])
        self.assertEqual(self.states(self.purl("kernel-uek", "4.14.35-1.el7uek", "7.9"),
                                     self.purl("kernel-uek", "5.4.17-2136.1.el7uek", "7.9")), {})
        for release in ("7", "8"):
            found = self.states(self.purl("kernel-uek", f"5.4.17-2136.0.el{release}uek", release + ".9"))
            self.assertEqual(found[("kernel-uek", "CVE-2026-0004")][2], [f"5.4.17-2136.1.el{release}uek"])
        build = "18.1-1.module+el8.9.0+1+a"
        for label, count in (("&modularitylabel=nodejs:18:1:a", 1), ("&modularitylabel=nodejs:16:1:a", 0), ("", 1)):
            self.assertEqual(len(self.scan(self.purl("nodejs", build, more=epoch + label))), count, label)
        self.assertEqual(len(self.scan(self.purl("nodejs", "18.1-1.el8", more=epoch))), 0)

    def test_updateinfo_of_a_repository_is_read_as_well(self):
        self.write("oracle/updateinfo.xml.gz", gzip.compress(updateinfo(
            ("ELSA-2026-0001", "IMPORTANT", ["CVE-2026-0001"], [("bash", 0, "5", "2.el9", "x86_64"), ("bash", 0, "5", "2.el9", "src")]),
            ("ELSA-2026-0002", "LOW", ["CVE-2026-0002"], [("ruby", 0, "3", "2.module+el9.1.0+1", "x86_64")], "ruby", "3.1"),
            ("ELSA-2026-0003", "LOW", ["CVE-2026-0003"], [("ruby", 0, "3", "2.module+el9.1.0+1", "x86_64")])).encode()))
        self.assertIn("oracle/Oracle Linux: 3 records, no gaps", self.update("Oracle Linux"))
        self.assertEqual(self.states(self.purl("bash", "5-1.el9", "9.3")), {("bash", "CVE-2026-0001"): ("fixed", "high", ["5-2.el9"])})
        self.assertEqual(self.states(self.purl("bash", "5-1.el8", "8.9"), self.purl("bash", "5-1.el9", "9.3", arch="aarch64")), {})
        # Another repository of the same update: what is new is added, what is not is not there twice.
        self.write("oracle/updateinfo-2.xml", updateinfo(
            ("ELSA-2026-0001", "IMPORTANT", ["CVE-2026-0001"], [("bash", 0, "5", "2.el9", "x86_64"), ("bash-doc", 0, "5", "2.el9", "x86_64"),
                                                               ("bash", 0, "5", "3.el9", "aarch64")])))
        self.assertIn("oracle/Oracle Linux: 3 records, no gaps", self.update("Oracle Linux"))
        for name, arch, fix in (("bash", "x86_64", "5-2.el9"), ("bash-doc", "x86_64", "5-2.el9"), ("bash", "aarch64", "5-3.el9")):
            report = self.scan(self.purl(name, "5-1.el9", "9.3", arch=arch))
            self.assertEqual({key: (found["fixed_versions"], len(found["evidence"])) for key, found in report.items()},
                             {(name, "CVE-2026-0001"): ([fix], 1)})
        old = "3-1.module+el9.1.0+1"
        for stream, cves in (("3.1", ["CVE-2026-0002", "CVE-2026-0003"]), ("2.7", ["CVE-2026-0003"])):
            found = self.scan(self.purl("ruby", old, "9.3", f"&modularitylabel=ruby:{stream}:1:a"))
            self.assertEqual([id_ for _, id_ in found], cves)


if __name__ == "__main__":
    FeedFolder.tidewaiter = os.path.abspath(sys.argv.pop(1))
    unittest.main()
