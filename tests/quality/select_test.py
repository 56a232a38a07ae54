#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tidewaiter select` against a separately written, slow evaluator, over random policies and registries.
usage: select_test.py TIDEWAITER [CASES [SEED]]

The evaluator works with sets of tag names and sorts with plain tuples; it shares nothing with the program."""
import datetime
import functools
import json
import random
import re
import subprocess
import sys

NOW = datetime.datetime(2026, 11, 21, 12, 0, 0, tzinfo=datetime.timezone.utc)
DAY, HOUR = 86400, 3600
TAGS = ["latest", "1.0.0", "1.1.0", "1.2.0-rc.1", "1.2.0", "2.0", "v2.1.0", "prod", "prod-7", "sha-0a1b2c", "dev",
        "1.10.0", "0.9", "nightly", "edge", "1.2.0-rc.2", "10", "release_3"]
EXPRESSIONS = ["^prod", "^v?[0-9]+\\.[0-9]+\\.[0-9]+$", "latest", "a", "^$", "(a+)+$", "team/.*", "^team/app$", "[0-9]$",
               "(?i)PROD", "dev|edge"]
SEMVER = re.compile(r"^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?$")


WHOLE = re.compile(r"^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?$")
BOUNDS = ["0.9.0", "1.0.0", "1.1.0", "1.2.0-rc.1", "1.2.0-rc.2", "1.2.0", "1.10.0", "2.0.0", "2.1.0"]


def text_of(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def random_policy(rng, depth=0):
    kind = rng.choice(["ImportAll", "ImportAllNew", "Regex", "Recent", "LastNObserved", "RuntimeIntegrations", "SemVer"] +
                      (["And", "And", "Or", "Or", "Not"] if depth < 4 else []))
    node = {"type": kind}
    if kind in ("And", "Or"):
        node["sub_policies"] = [random_policy(rng, depth + 1) for _ in range(rng.randint(1, 3))]
    elif kind == "Not":
        node["sub_policies"] = [random_policy(rng, depth + 1)]
    elif kind == "Regex":
        keys = rng.choice([["repo"], ["tag"], ["repo", "tag"]])
        node["policy"] = {key: rng.choice(EXPRESSIONS) for key in keys}
    elif kind == "Recent":
        node["policy"] = {"maxAgeDays": rng.randint(1, 6)}
    elif kind == "LastNObserved":
        node["policy"] = {"limitNewestImages": rng.randint(1, 5)}
    elif kind == "SemVer":
        node["policy"] = {"range": random_range(rng)}
    elif kind == "RuntimeIntegrations":
        node["policy"] = {"providerName": rng.choice(["sysdig", "other"]), "intervalHours": rng.randint(1, 48)}
    return node


def random_range(rng):
    """Alternatives of one or two comparators, "^" and "~" among them."""
    return " || ".join(
        " ".join(rng.choice([">=", ">", "<", "<=", "=", "^", "~"]) + rng.choice(BOUNDS) for _ in range(rng.randint(1, 2)))
        for _ in range(rng.randint(1, 2)))


def random_time(rng):
    """Often exactly on the edge of a day or an hour, and often equal to another one."""
    now = int(NOW.timestamp())
    return now - rng.choice([rng.randint(0, 8) * DAY, rng.randint(0, 50) * HOUR, rng.randint(0, 8 * DAY),
                             rng.randint(0, 8) * DAY + 1])


def random_repository(rng, name, has_push_times):
    tags = []
    for tag in rng.sample(TAGS, rng.randint(0, len(TAGS))):
        one = {"name": tag, "digest": f"sha256:{rng.randint(0, 3)}", "first_observed_at": text_of(random_time(rng)),
               "is_of_first_listing": rng.random() < 0.4, "is_baseline": rng.random() < 0.5}
        if has_push_times and rng.random() < 0.9:
            one["pushed_at"] = text_of(random_time(rng))
        one["running"] = [{"provider": rng.choice(["sysdig", "other"]), "seen_at": text_of(random_time(rng))}
                          for _ in range(rng.randint(0, 2))]
        tags.append(one)
    return {"name": name, "tags": tags}


def seconds_of(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()


def clock(tag):
    if "pushed_at" in tag:
        return seconds_of(tag["pushed_at"])
    return None if tag["is_of_first_listing"] else seconds_of(tag["first_observed_at"])


def compare_versions(left, right):
    """Semantic Versioning 2.0.0, section 11, for what the names of TAGS hold."""
    numbers = [[int(part or 0) for part in match.groups()[:3]] for match in (left, right)]
    if numbers[0] != numbers[1]:
        return -1 if numbers[0] < numbers[1] else 1
    extras = [match.group(4) for match in (left, right)]
    if extras[0] == extras[1]:
        return 0
    if None in extras:
        return 1 if extras[0] is None else -1
    parts = [[(0, int(part), "") if part.isdigit() else (1, 0, part) for part in extra.split(".")] for extra in extras]
    return -1 if parts[0] < parts[1] else 1


def next_version(match, place):
    """The lowest version with that number counted up: what is below it has the same numbers before."""
    numbers = [int(part) for part in match.groups()[:3]]
    return WHOLE.match(".".join(map(str, [*numbers[:place], numbers[place] + 1, 0, 0][:3])) + "-0")


def meets(version, comparator):
    operator = re.match("[<>=^~]+", comparator).group()
    bound = WHOLE.match(comparator[len(operator):])
    order = compare_versions(version, bound)
    if operator in "^~":
        first = next((i for i in range(3) if int(bound.group(i + 1))), 2) if operator == "^" else 1
        return order >= 0 and compare_versions(version, next_version(bound, first)) < 0
    return {">=": order >= 0, ">": order > 0, "<": order < 0, "<=": order <= 0, "=": order == 0}[operator]


def is_in_range(name, text):
    """As npm has it: a pre-release counts only where a comparator names one of the same numbers."""
    version = WHOLE.match(name)
    if not version:
        return False
    for alternative in text.split(" || "):
        comparators = alternative.split()
        if not all(meets(version, comparator) for comparator in comparators):
            continue
        bounds = [WHOLE.match(comparator.lstrip("<>=^~")) for comparator in comparators]
        if not version.group(4) or any(b.group(4) and b.groups()[:3] == version.groups()[:3] for b in bounds):
            return True
    return False


def compare_newest(left, right):
    if clock(left) != clock(right):
        return -1 if clock(left) > clock(right) else 1
    versions = [SEMVER.match(tag["name"]) for tag in (left, right)]
    if all(versions):
        order = compare_versions(versions[1], versions[0])
        if order:
            return order
    elif any(versions):
        return -1 if versions[0] else 1
    return -1 if left["name"] < right["name"] else 1


def has_window(node):
    return node["type"] == "LastNObserved" or any(map(has_window, node.get("sub_policies", [])))


def evaluate(node, repository, tags, intersects):
    """The tags that the node selects of `tags`. With `intersects`, the other reading of `And`: every part sees all tags."""
    kind, given, now = node["type"], node.get("policy", {}), NOW.timestamp()
    by_name = {tag["name"]: tag for tag in tags}
    if kind == "And":
        left = list(tags)
        for child in [c for c in node["sub_policies"] if not has_window(c)] + \
                     [c for c in node["sub_policies"] if has_window(c)]:
            chosen = evaluate(child, repository, tags if intersects else left, intersects)
            left = [tag for tag in left if tag["name"] in chosen]
        return {tag["name"] for tag in left}
    if kind == "Or":
        return set().union(*(evaluate(child, repository, tags, intersects) for child in node["sub_policies"]))
    if kind == "Not":
        return set(by_name) - evaluate(node["sub_policies"][0], repository, tags, intersects)
    if kind == "LastNObserved":
        dated = sorted((tag for tag in tags if clock(tag) is not None), key=functools.cmp_to_key(compare_newest))
        return {tag["name"] for tag in dated[:given["limitNewestImages"]]}
    return {name for name, tag in by_name.items() if {
        "ImportAll": lambda: True,
        "ImportAllNew": lambda: not tag["is_baseline"],
        "Regex": lambda: re.search(given.get("repo", ""), repository) and re.search(given.get("tag", ""), name),
        "SemVer": lambda: is_in_range(name, given["range"]),
        "Recent": lambda: clock(tag) is not None and clock(tag) >= now - given["maxAgeDays"] * DAY,
        "RuntimeIntegrations": lambda: any(
            one["provider"] == given["providerName"] and seconds_of(one["seen_at"]) >= now - given["intervalHours"] * HOUR
            for one in tag["running"]),
    }[kind]()}


def make_case(rng):
    return {"policy": {"name": "random", "import_policy": random_policy(rng)}, "now": text_of(NOW.timestamp()),
            "repositories": [random_repository(rng, name, rng.random() < 0.7)
                             for name in rng.sample(["team/app", "team/web", "a", "other/b/c"], rng.randint(1, 3))]}


def main():
    executable = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261121
    rng = random.Random(seed)
    cases = [make_case(rng) for _ in range(count)]
    result = subprocess.run([executable, "select"], input="\n".join(map(json.dumps, cases)) + "\n", text=True,
                            capture_output=True, check=True)
    lines = result.stdout.splitlines()
    assert len(lines) == count, result.stderr
    wrong, selected, readings_differ = 0, 0, 0
    for number, (case, line) in enumerate(zip(cases, lines)):
        for repository, answer in zip(case["repositories"], json.loads(line)["repositories"]):
            tree = case["policy"]["import_policy"]
            expected = evaluate(tree, repository["name"], repository["tags"], False)
            actual = {tag["tag"] for tag in answer["tags"] if tag["is_selected"]}
            selected += len(actual)
            readings_differ += expected != evaluate(tree, repository["name"], repository["tags"], True)
            if expected != actual:
                wrong += 1
                print(f"case {number}: expected {sorted(expected)}, got {sorted(actual)}: {json.dumps(tree)}")
    print(f"{count} policies, seed {seed}: {selected} tags selected, {wrong} repositories differ; "
          f"with the other reading of And {readings_differ} would")
    assert readings_differ > count / 1000, "the cases do not tell the two readings of And apart"
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
