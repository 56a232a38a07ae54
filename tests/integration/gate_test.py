#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs tests/tables/cli/gate.txt: what `tidewaiter scan` answers for options, an image and a state of the feed.

usage: gate_test.py TIDEWAITER TABLE
"""
import pathlib
import sys
import tempfile

from image_layout import OS_RELEASE, Home, Layout, advisory, paragraph, status, tar, write_feed
from real_registry import free_port

HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
DAY_30 = 30


def write_image(folder, name, version="3.0.8-1", gap=False):
    layout = Layout(folder / name)
    layout.add_layer(tar({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": status(paragraph("openssl", version))}))
    if gap:
        layout.add_blob(b"\x1f\x8b\x08 this is no gzip stream")
    return layout.finish()


def write_images(folder):
    nothing = Layout(folder / "nothing")
    nothing.add_layer(tar({"hello": "a binary"}))
    return {
        "affected": write_image(folder, "affected"),
        "fixed": write_image(folder, "fixed", "3.0.9-1"),
        "gap": write_image(folder, "gap", "3.0.9-1", True),
        "affected-gap": write_image(folder, "affected-gap", gap=True),
        "nothing": nothing.finish(),
        "no-file": f"oci:{folder}/absent",
        "no-registry": f"http://127.0.0.1:{free_port()}/team/app:1",
        "bad-reference": "UPPER CASE:::",
        "-": None,
    }


def write_feeds(folder):
    """For each state a cache folder with an index of it; "none" has none."""
    states = {"fresh": dict(vector=HIGH), "unrated": {}, "old": dict(vector=HIGH, age_days=DAY_30),
              "incomplete": dict(vector=HIGH)}
    indexes = {"none": folder / "cache-none"}
    for state, options in states.items():
        write_feed(folder / state, [advisory("DSA-1-1", "openssl", "3.0.9-1", **options)],
                   is_complete=state != "incomplete")
        indexes[state] = folder / f"cache-{state}"
    return indexes


# Documents that options name in braces.
DOCUMENTS = {
    "high": """name: release gate
bundles:
  - name: threats
    rules:
      - ruleType: vulnSeverityAndThreats
        predicates: [{type: vulnSeverity, extra: {level: high}}, {type: vulnIsFixable}]
      - ruleType: vulnDenyList
        predicates: [{type: denyCVE, extra: {vulnIds: [DSA-1-1]}}]
""",
    "critical": """name: critical only
bundles:
  - name: threats
    rules:
      - ruleType: vulnSeverityAndThreats
        predicates: [{type: vulnSeverity, extra: {level: critical}}]
""",
    "cvss": """name: score
bundles:
  - name: b
    rules:
      - ruleType: vulnSeverityAndThreats
        predicates: [{type: vulnCVSS, extra: {value: 7.5}}]
""",
    "epss": """name: likely
bundles:
  - name: b
    rules:
      - ruleType: vulnSeverityAndThreats
        predicates: [{type: vulnEpssScoreGte, extra: {score: 1}}]
""",
    "root": '{"name":"no root","bundles":[{"name":"c","rules":[{"ruleType":"imageConfigDefaultUser",'
            '"predicates":[{"type":"imageConfigDefaultUserIsRoot"}]}]}]}',
    "predefined": "name: by id\nbundles: [{id: 5f3a7a4e-0c1d-4b8e-9a36-6b6a3c1e0a03}]\n",
    "kept": "name: by id\nbundles: [{id: 5f3a7a4e-0c1d-4b8e-9a36-6b6a3c1e0aff}]\n",
    "broken": "name: broken\nbundles: [{name: b, rules: [{ruleType: vulnDenyLists}]}]\n",
    "accepted": "risks: [{vulnerability: DSA-1-1, package: openssl, version: 3.0.8-1, reason: RiskOwned}]\n",
    "accepted-elsewhere": 'risks: [{vulnerability: DSA-1-1, image: "*/other", reason: RiskOwned}]\n',
    "expired": "risks: [{vulnerability: DSA-1-1, expires: 2020-01-01, reason: RiskOwned}]\n",
    "until-fixed": "risks: [{vulnerability: DSA-1-1, until_fixed: true, reason: RiskOwned}]\n",
    "accepted-rule": "risks: [{rule: imageConfigDefaultUser, reason: RiskMitigated, description: a sandbox}]\n",
    "accepted-image": 'risks: [{image: "oci:*", reason: RiskOwned}]\n',
    "accepted-broken": "risks: [{vulnerability: DSA-1-1, reason: because}]\n",
}


def write_documents(folder, images):
    """What stands for each name in braces: a file, or an image."""
    named = {name: target for name, target in images.items() if target}
    for name, text in DOCUMENTS.items():
        path = folder / f"document-{name}"
        path.write_text(text)
        named[name] = str(path)
    return named


def run_row(home, images, indexes, named, row):
    """What is wrong with the answer, or None."""
    image, state, options, expected, text = (part.strip() for part in row.split("|"))
    home.environment["XDG_CACHE_HOME"] = str(indexes[state])
    reference = [images[image]] if images[image] else []
    for name, path in named.items():
        options = options.replace("{" + name + "}", path)
    result = home.run("scan", *options.split(), *reference)
    said = result.stdout + result.stderr
    if str(result.returncode) not in expected.split(" or "):
        return f"exit status {result.returncode}: {said.strip()}"
    if text not in said:
        return f'"{text}" is not in: {said.strip()}'
    # Wrong usage has a second line, which names the help.
    line_count = 2 if result.returncode == 64 else 1
    if result.returncode >= 3 and (len(result.stderr.strip().splitlines()) > line_count or result.stdout):
        return f"an error is one line on stderr: {said.strip()}"
    return None


def main():
    executable, table = sys.argv[1:]
    failures = count = 0
    with tempfile.TemporaryDirectory(prefix="tidewaiter-gate-") as temporary:
        folder = pathlib.Path(temporary)
        home = Home(executable, folder)
        images, indexes = write_images(folder), write_feeds(folder)
        named = write_documents(folder, images)
        for state, cache in indexes.items():
            if state != "none":
                home.environment["XDG_CACHE_HOME"] = str(cache)
                home.update_feed(folder / state)
        for number, line in enumerate(pathlib.Path(table).read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            wrong = run_row(home, images, indexes, named, line)
            count += 1
            if wrong:
                failures += 1
                print(f"{table}:{number}: {line}\n    {wrong}")
    print(f"{count} rows, {failures} failures")
    return 1 if failures or count < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
