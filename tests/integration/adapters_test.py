#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every type of registry against the shapes of its vendor's API, through everything that goes wrong on the way: two pages, an
expired token in the middle, 429, 503, malformed entries, a hostile redirect, and an API that is closed.
usage: adapters_test.py PROBE"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_tls
import fake_vendors as fake

PROBE = sys.argv.pop(1)
PUBLIC = {"login.microsoftonline.com", "oauth2.googleapis.com", "artifactregistry.googleapis.com", "iam.cloud.ibm.com"}


def expected(vendor):
    """The lines of a whole listing."""
    names = vendor.names() if hasattr(vendor, "names") else [(vendor.name(name), name) for name in fake.NAMES]
    return {"%s:%s %s %d %s" % (full, tag, fake.digest_of(name, tag), vendor.time_of(name, tag), vendor.source)
            for full, name in names for tag in fake.TAGS}


class AdaptersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hosts = fake_tls.Hosts(fake.Handler, None)

    @classmethod
    def tearDownClass(cls):
        cls.hosts.close()

    def crawl(self, kind, faults=(), more=()):
        """Lists everything; the lines of the result, and the scenario."""
        vendor = fake.TYPES[kind]()
        scenario = fake.Scenario(vendor, faults)
        self.hosts.tls.scenario = self.hosts.proxy.scenario = scenario
        fields = [text for name, value in {**vendor.fields, **dict(more)}.items() for text in ("--field", name + "=" + value)]
        allow = [text for address in vendor.allow for text in ("--allow", address)]
        with tempfile.TemporaryDirectory() as home:
            run = subprocess.run(
                [PROBE, "--ca", self.hosts.authority, "--type", kind.split()[0], *fields, *allow, "crawl", vendor.host],
                text=True, stdout=subprocess.PIPE, timeout=120, check=False,
                env={"HOME": home, "PATH": "/usr/bin:/bin", "https_proxy": self.hosts.address,
                     "http_proxy": self.hosts.address,
                     **{k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}})
        self.assertNotIn(fake.PASSWORD, run.stdout)
        self.assertNotIn("\x1b", run.stdout)
        for entry in scenario.log:
            if entry[0] == fake.EVIL:
                self.assertEqual(entry[3:], ("", ""), "another host was told who we are")
        return run.stdout.splitlines(), scenario

    def test_every_type_is_covered(self):
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/registry/adapters.def"),
                  encoding="utf-8") as file:
            rows = {line[8:line.index(")")].replace("_", "-") for line in file if line.startswith("ADAPTER(")}
        self.assertEqual(rows - {"oci"}, {kind.split()[0] for kind in fake.TYPES})

    def test_lists_everything_through_pages_and_faults(self):
        for kind, vendor in fake.TYPES.items():
            with self.subTest(kind):
                lines, scenario = self.crawl(kind, {2: fake.expired, 4: fake.limited, 6: fake.failing})
                entries = {line for line in lines if line.startswith(fake.SPACE + "/") or ".dkr.ecr." in line}
                self.assertEqual(entries, expected(vendor()), "\n".join(lines))
                self.assertIn("complete", lines[-1] if "waited" not in lines[-1] else lines[-2])
                self.assertIn(fake.expired, scenario.done)

    def test_asks_for_nothing_but_what_the_page_about_firewalls_tells(self):
        page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/reference/registry-firewall.md")
        with open(page, encoding="utf-8") as file:
            table = file.read().partition("<!-- checked: requests -->")[2].partition("<!-- end -->")[0]
        rows = {}
        for line in table.strip().splitlines()[2:]:
            types, requests = line.strip("|").split("|")
            for kind in re.findall("`([^`]+)`", types):
                rows[kind] = re.findall("`(GET|POST) ([^`]+)`", requests)
        for kind, vendor in fake.TYPES.items():
            name = kind.split()[0]
            if name not in rows:
                continue
            with self.subTest(kind):
                _, scenario = self.crawl(kind)
                own = {(method, path) for host, method, path, *_ in scenario.log if host not in PUBLIC}
                for method, path in own:
                    self.assertTrue(path.startswith("/v2/") or any(
                        method == known and path.startswith(start) for known, start in rows[name]), (method, path))
                for known, start in rows[name]:
                    self.assertTrue(any(method == known and path.startswith(start) for method, path in own), (known, start))

    def test_a_hostile_redirect_is_not_followed_and_told(self):
        for kind, vendor in fake.TYPES.items():
            with self.subTest(kind):
                names = vendor.names(vendor()) if hasattr(vendor, "names") else [(vendor().name(n), n) for n in fake.NAMES]
                named = ",".join(full for full, _ in names[:1])
                lines, scenario = self.crawl(kind, {"always": fake.hostile}, {"repositories": named})
                text = "\n".join(lines)
                self.assertIn("note ", text)
                self.assertRegex(text, "another host|HTTP status 302")
                if vendor.host != "gcr.io":  # whose API is the protocol's own tag list
                    self.assertIn("%s:1.0 %s" % (names[0][0], fake.digest_of(names[0][1], "1.0")), text)

    def test_a_closed_api_is_stepped_down_from(self):
        for kind, vendor in fake.TYPES.items():
            if vendor.host == "gcr.io":
                continue
            with self.subTest(kind):
                lines, scenario = self.crawl(kind, {"always": fake.forbidden})
                text = "\n".join(lines)
                if not vendor.has_catalog:
                    self.assertIn("error ", text)
                    self.assertIn("not", text)
                    continue
                self.assertIn("the catalog is asked instead", text)
                for name in fake.NAMES:
                    self.assertIn("%s:1.0 %s" % (vendor().name(name), fake.digest_of(name, "1.0")), text)


if __name__ == "__main__":
    unittest.main()
