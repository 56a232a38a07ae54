# SPDX-License-Identifier: Apache-2.0
"""Answers "A<tab>B" lines by librpm's labelCompare."""
import sys

import rpm


def label(text):
    """(epoch, version, release or None)"""
    epoch, colon, rest = text.partition(":")
    if not colon:
        epoch, rest = "0", text
    version, dash, release = rest.rpartition("-")
    return (epoch, version, release) if dash else (epoch, rest, None)


for line in sys.stdin:
    a, b = line.rstrip("\n").split("\t")
    print(rpm.labelCompare(label(a), label(b)))
