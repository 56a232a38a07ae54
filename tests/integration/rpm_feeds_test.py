#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Feeds of rpm distributions from a folder: fixed builds by product, minor release, module stream and architecture, why there is
no fix, what was never affected, refusal of what is cut short. The documents are made up in the published forms:
https://redhatproductsecurity.github.io/security-data-guidelines/csaf-vex (VEX files, csaf_vex_<date>.tar.zst).

usage: rpm_feeds_test.py TIDEWAITER
"""
import io
import json
import lzma
import os
import sys
import tarfile
import unittest

from feed_folder import FeedFolder

BASE = "cpe:/o:redhat:enterprise_linux:8::baseos"
APPSTREAM = "cpe:/a:redhat:enterprise_linux:8::appstream"
EUS = "cpe:/o:redhat:rhel_eus:8.6::baseos"
OPENSHIFT = "cpe:/a:redhat:openshift:4.12::el8"


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


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


if __name__ == "__main__":
    FeedFolder.tidewaiter = os.path.abspath(sys.argv.pop(1))
    unittest.main()
