# SPDX-License-Identifier: Apache-2.0
"""Answers "A<tab>B" lines by Python's packaging."""
import sys

from packaging.version import Version

for line in sys.stdin:
    a, b = (Version(text) for text in line.rstrip("\n").split("\t"))
    print((a > b) - (a < b))
