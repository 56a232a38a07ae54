# SPDX-License-Identifier: Apache-2.0
"""Version orders for the second opinion, written from the published rules and apart from the C code. Each function gives
-1, 0, 1, or None if a version is none."""
import itertools
import re


def sign(number):
    return (number > 0) - (number < 0)


def rpm_segments(text):
    """Digits, letters, '~' and '^'; everything else only separates."""
    return re.findall(r"\d+|[A-Za-z]+|~|\^", text)


def rpm_part_compare(a, b):
    for left, right in itertools.zip_longest(rpm_segments(a), rpm_segments(b)):
        if left == right:
            continue
        if "~" in (left, right):
            return -1 if left == "~" else 1
        if left is None or right is None:
            return -1 if left is None else 1
        if "^" in (left, right):
            return -1 if left == "^" else 1
        if left.isdigit() and right.isdigit():
            if int(left) != int(right):
                return sign(int(left) - int(right))
        elif left.isdigit() or right.isdigit():
            return 1 if left.isdigit() else -1
        else:
            return -1 if left < right else 1
    return 0


def rpm_split(text):
    epoch, colon, rest = text.partition(":")
    if not colon:
        epoch, rest = "0", text
    version, _, release = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch or 0), version, release


def rpm_compare(a, b):
    left, right = rpm_split(a), rpm_split(b)
    order = sign(left[0] - right[0]) or rpm_part_compare(left[1], right[1])
    if order or not left[2] or not right[2]:
        return order or bool(left[2]) - bool(right[2])
    return rpm_part_compare(left[2], right[2])


PEP440 = re.compile(r"""v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)
    (?P<pre>[-_.]?(?P<pre_kind>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<pre_number>\d*))?
    (?P<post>-(?P<post_bare>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>\d*))?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>\d*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?""", re.VERBOSE)
PRE_RANKS = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}


def pep440_key(text):
    match = PEP440.fullmatch(text.strip().lower())
    if match is None:
        return None
    release = [int(number) for number in match["release"].split(".")]
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    post = -1 if match["post"] is None else int(match["post_bare"] or match["post_number"] or 0)
    dev = float("inf") if match["dev"] is None else int(match["dev_number"] or 0)
    if match["pre"]:
        pre = (PRE_RANKS[match["pre_kind"]], int(match["pre_number"] or 0))
    elif match["post"] is None and match["dev"] is not None:
        pre = (-1, 0)
    else:
        pre = (3, 0)
    local = [] if match["local"] is None else [
        (1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"[-_.]", match["local"])]
    return (int(match["epoch"] or 0), release, pre, post, dev, local)


def pep440_compare(a, b):
    left, right = pep440_key(a), pep440_key(b)
    return None if left is None or right is None else (left > right) - (left < right)


def pypi_compare(version, boundary):
    """A label of a build ("+cu118") counts only against a boundary that has one."""
    return pep440_compare(version if "+" in boundary else version.partition("+")[0], boundary)


def gem_segments(text):
    if not re.fullmatch(r"\s*(\d+(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)?\s*", text):
        return None
    parts = re.findall(r"\d+|[a-z]+", text.strip().replace("-", ".pre."), re.IGNORECASE) or ["0"]
    segments = [int(part) if part.isdigit() else part for part in parts]
    first_word = next((i for i, part in enumerate(segments) if isinstance(part, str)), len(segments))
    numbers, rest = segments[:first_word], segments[first_word:]
    for list_ in (numbers, rest):
        while list_ and list_[-1] == 0:
            list_.pop()
    return numbers + rest


def gem_compare(a, b):
    left, right = gem_segments(a), gem_segments(b)
    if left is None or right is None:
        return None
    for one, other in itertools.zip_longest(left, right, fillvalue=0):
        if one == other:
            continue
        if isinstance(one, str) != isinstance(other, str):
            return -1 if isinstance(one, str) else 1
        return -1 if one < other else 1
    return 0
