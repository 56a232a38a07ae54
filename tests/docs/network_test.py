#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page on network connections names every host that the program has built in.   usage: network_test.py"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "network.md"
LITERAL = re.compile(r'"https?://([^/"\s]+)')
FORMAT = re.compile(r"%[.*]*s")
NOT_CONNECTED = re.compile(r"scope|example|CLUSTER|127\.0\.0\.1|index\.docker\.io", re.I)


def built_in_hosts():
    hosts = {}
    for folder in ("feed", "registry", "http", "job", "daemon"):
        for path in sorted((ROOT / "src" / folder).glob("*.[chd]*")):
            for line in path.read_text().splitlines():
                for host in LITERAL.findall(line):
                    if not NOT_CONNECTED.search(line) and not host.startswith("%"):
                        hosts[FORMAT.sub("REGION", host.removesuffix("%s"))] = path.name
    return hosts


class NetworkTest(unittest.TestCase):
    def test_the_page_names_every_host(self):
        page = PAGE.read_text()
        hosts = built_in_hosts()
        self.assertGreater(len(hosts), 15)
        self.assertIn("nvd.nist.gov", hosts)
        self.assertEqual({host: where for host, where in hosts.items() if f"`{host}`" not in page}, {})


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
