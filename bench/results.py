#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long the lists and pages of results take over a store of 100,000 images: each of them asked over HTTP by several clients at
once, with parameters that differ from request to request, while another program writes beside them.

usage: results.py TIDEWAITER [--images N] [--packages N] [--vulnerabilities N] [--clients N] [--seconds N] [--keep FOLDER]
       [--only TEXT]

The store is made up: 1,000 repositories, inventories of 100 packages that neighbouring tags share, severities, fixes, exploits and EPSS
by chance. For each question: requests, median, 99th percentile, the CPU time of
the server for one request, and that of the clients. On a busy machine the wall times are the neighbours' too: CPU tells more. The
whole list as CSV comes last, with the server's memory."""
import argparse
import contextlib
import http.client
import multiprocessing
import os
import pathlib
import random
import resource
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/integration"))
from memory_sample import process_bytes
from real_registry import free_port, wait_until_open

VERSION = "2025-09-17"
REPOSITORIES = 1000
INVENTORIES = 5000
PACKAGES_OF_IMAGE = 100
WRITES_A_SECOND = 1000
BUDGET_MS = 50


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def packed_keys(keys):
    out, previous = number(len(keys)), 0
    for key in keys:
        out += number(key - previous)
        previous = key
    return out


def packed_entries(count):
    """One text, then entries (package, layer, path, owner, analyzer, licences, flags)."""
    path = b"var/lib/dpkg/status"
    out = number(1) + number(len(path)) + path + number(count)
    for i in range(count):
        out += number(i) + number(i % 2) + number(1) + number(0) + number(0) + number(0) + number(0)
    return out


RANK_BITS = 10
CHUNK = 64


def tally(packages, findings, threats):
    """What store/image_tallies.h packs of the findings of an image's packages: (tally, key)."""
    whole, rows = {}, 0
    for package in packages:
        for vulnerability, severity, fix_state in findings.get(package, ()):
            old = whole.get(vulnerability, (0, False))
            whole[vulnerability] = (max(old[0], severity), old[1] or fix_state == 1)
            rows += 1
    kinds = [0] * 36
    for vulnerability, (severity, is_fixable) in whole.items():
        kinds[(severity * 2 + is_fixable) * 3 + threats[vulnerability]] += 1
    severities = [sum(kinds[6 * s:6 * s + 6]) for s in range(6)]
    attacked = sum(count for kind, count in enumerate(kinds) if kind % 3 > 0)
    known = sum(kinds[2::3])
    rank = 0
    for count in reversed(severities):
        rank = rank << RANK_BITS | min(count, 1023)
    quiet = lambda severity, is_fixable: kinds[(severity * 2 + is_fixable) * 3]
    classes = [quiet(0, 0) + quiet(0, 1) + quiet(1, 0) + quiet(1, 1), quiet(2, 0) + quiet(2, 1), quiet(3, 0) + quiet(3, 1),
               quiet(4, 0), quiet(4, 1), quiet(5, 0), quiet(5, 1), attacked - known, known]
    score = next(((i + 1) * 100 + min(classes[i], 99) for i in reversed(range(9)) if classes[i] > 0), 0)
    mask = sum(1 << kind for kind, count in enumerate(kinds) if count)
    packed = b"".join(map(number, (len(packages) + 1, rows, 0, mask, *filter(None, kinds))))
    return packed, struct.pack("<QQIHH", rank, mask, len(whole), min(attacked, 1023), score)


def fill(path, options):
    chance = random.Random(1)
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    organization = database.execute("SELECT min(id) FROM organizations").fetchone()[0]
    run = database.executemany
    run("INSERT INTO repositories (id, integration_id, name, first_observed_ms) VALUES (?, 1, ?, 1)",
        ((i, "team-%d/service-%d" % (i % 40, i)) for i in range(1, REPOSITORIES + 1)))
    run("INSERT INTO targets (id, uuid, organization_id, repository_id, created_ms) VALUES (?, ?, ?, ?, 1)",
        ((i, str(uuid.uuid4()), organization, i) for i in range(1, REPOSITORIES + 1)))
    run("INSERT INTO vulnerabilities (id, name, summary, ratings, described_generation, epss, epss_percentile, kev_added_ms, exploit, "
        "published_ms) VALUES (?, ?, 'made up', '[]', 1, ?, 0.5, ?, ?, ?)",
        ((i, "CVE-%d-%05d" % (2015 + i % 12, i), chance.random() ** 4, 1000 if chance.random() < 0.01 else None,
          "exploit-db 1" if chance.random() < 0.04 else None, 1_500_000_000_000 + i * 1000)
         for i in range(1, options.vulnerabilities + 1)))
    run("INSERT INTO packages (id, key, type, name, version, arch, source_name, source_version, epoch, release, source_rpm, modularity, "
        "vendor, ecosystem, matched_generation, undecidable) VALUES (?, ?, 'deb', ?, '1.0-1', 'amd64', ?, '1.0-1', '', '', '', '', '', "
        "'Debian:12', 1, '')",
        ((i, b"%032d" % i, "package-%d" % i, "source-%d" % (i // 3)) for i in range(1, options.packages + 1)))
    threats = {i: 2 if kev is not None else 1 if exploit is not None else 0
               for i, kev, exploit in database.execute("SELECT id, kev_added_ms, exploit FROM vulnerabilities")}
    found = {}

    def findings():
        for package in range(1, options.packages + 1):
            for vulnerability in {chance.randint(1, options.vulnerabilities) for _ in range(chance.choice((0, 0, 0, 1, 2, 4)))}:
                severity = chance.choices(range(6), (5, 10, 30, 35, 15, 5))[0]
                fix_state = chance.choice((1, 2))
                found.setdefault(package, []).append((vulnerability, severity, fix_state))
                yield package, vulnerability, severity, fix_state, "{}"
    run("INSERT OR IGNORE INTO package_findings (package_id, vulnerability_id, severity, fix_state, detail, changed_generation) "
        "VALUES (?, ?, ?, ?, ?, 1)", findings())
    entries = packed_entries(PACKAGES_OF_IMAGE)
    chosen = [sorted(chance.sample(range(1, options.packages + 1), PACKAGES_OF_IMAGE)) for _ in range(INVENTORIES)]
    inventories = [packed_keys(packages) for packages in chosen]
    tallies = [tally(packages, found, threats) for packages in chosen]
    tags = max(1, options.images // REPOSITORIES)

    def rows():
        for i in range(1, options.images + 1):
            repository, tag = (i - 1) // tags % REPOSITORIES + 1, "v%d.%d" % (i % tags, i % 7)
            yield i, repository, tag, "sha256:%064x" % (i * 7919)
    run("INSERT INTO projects (id, uuid, organization_id, target_id, tag, snapshot_id, created_ms) VALUES (?, ?, ?, ?, ?, ?, 1)",
        ((i, str(uuid.uuid4()), organization, repository, "%s-%d" % (tag, i), i) for i, repository, tag, _ in rows()))
    run("INSERT INTO snapshots (id, uuid, project_id, repository_id, digest, kind, artifact_type, missing_platforms, is_finished, "
        "created_ms) VALUES (?, ?, ?, ?, ?, 'image', '', 0, 1, 1)",
        ((i, str(uuid.uuid4()), i, repository, digest) for i, repository, _, digest in rows()))
    run("INSERT INTO images (id, config_digest, layers_hash, layers, platform, created_ms) VALUES (?, ?, ?, ?, 'linux/amd64', ?)",
        ((i, "sha256:%064x" % (i * 31), "sha256:%064x" % i, "sha256:%064x\nsha256:%064x" % (1, i), 1_600_000_000_000 + i)
         for i, *_ in rows()))
    run("INSERT INTO image_access (organization_id, image_id, granted_ms) VALUES (?, ?, 1)",
        ((organization, i) for i, *_ in rows()))
    run("INSERT INTO inventories (image_id, distribution, distribution_id, distribution_version, ecosystems, package_count, gap_count, "
        "hiding_gap_count, package_ids, entries, scanned_ms) VALUES (?, 'Debian 12', 'debian', '12', 'Debian:12', ?, 0, 0, ?, ?, 1)",
        ((i, PACKAGES_OF_IMAGE, inventories[i % INVENTORIES], entries) for i, *_ in rows()))
    run("INSERT INTO snapshot_images (uuid, organization_id, integration_id, snapshot_id, is_current, reference, search_text, manifest, "
        "platform, is_image, artifact_type, state, error, image_id, layers_fetched, layers_shared, created_ms, scanned_ms, repository_id, "
        "built_ms, verdict) VALUES (?, ?, 1, ?, 1, ?, ?, ?, ?, 1, '', 1, '', ?, 1, 1, 1, 1, ?, ?, ?)",
        ((str(uuid.uuid4()), organization, i, *["registry.example/team-%d/service-%d:%s-%d" % (repository % 40, repository, tag, i)] * 2,
          digest, chance.choice(("linux/amd64",) * 9 + ("linux/arm64",)), i, repository, 1_600_000_000_000 + i, chance.randint(1, 5)) for i, repository, tag, digest in rows()))
    chunks = [[tallies[i % INVENTORIES] if 0 < i <= options.images else (b"\0", bytes(24)) for i in range(start, start + CHUNK)]
              for start in range(0, options.images + 1, CHUNK)]
    run("INSERT INTO image_tallies (chunk, tallies) VALUES (?, ?)",
        ((i, b"".join(tally for tally, _ in chunk)) for i, chunk in enumerate(chunks)))
    run("INSERT INTO image_keys (chunk, keys) VALUES (?, ?)",
        ((i, b"".join(key for _, key in chunk)) for i, chunk in enumerate(chunks)))
    database.execute("INSERT INTO generations (number, created_ms) VALUES (1, 1)")
    for feed in ("osv/Debian", "kev", "exploitdb"):
        database.execute("INSERT INTO feeds (name, ecosystem, releases, records, gap_count, date_ms, checked_ms, is_remote, is_complete, "
                         "is_demo) VALUES (?, ?, 'Debian:12', 1, 0, ?, ?, 1, 1, 0)",
                         (feed, "Debian" if feed.startswith("osv") else "", int(time.time() * 1000), int(time.time() * 1000)))
    database.commit()
    database.close()


SEVERITIES = ("critical", "high", "medium", "low", "negligible", "unknown")
SORTS = ("reference", "created_at", "-severity", "-exploitable", "-score", "-vulnerability_count", "built_at")


def questions(ids):
    """{name: a function from chance to (path below the organization, query)}"""
    def images(**fixed):
        return lambda chance: ("images", {key: value(chance) if callable(value) else value for key, value in fixed.items()})

    def of_image(what, **fixed):
        return lambda chance: ("images/%s%s" % (chance.choice(ids), what),
                               {key: value(chance) if callable(value) else value for key, value in fixed.items()})
    every = {"by " + sort: images(sort=sort) for sort in SORTS}
    every.update({
        "substring, rare": images(search=lambda c: "service-%d:v%d" % (c.randint(1, REPOSITORIES), c.randint(0, 99))),
        "substring, common": images(search=lambda c: "team-%d" % c.randint(0, 39), sort=lambda c: c.choice(SORTS)),
        "substring, nowhere": images(search=lambda c: "nowhere-%d" % c.randint(0, 10 ** 6)),
        "exact name": images(search=lambda c: '"team-%d/service-%d"' % ((lambda r: (r % 40, r))(c.randint(1, REPOSITORIES)))),
        "digest prefix": images(search=lambda c: "sha256:%064x" % (c.randint(1, 10000) * 7919)),
        "severity": images(severity=lambda c: c.choice(SEVERITIES), sort=lambda c: c.choice(SORTS)),
        "critical, has fix, exploitable": images(severity="critical", has_fix="true", exploitable="true", sort=lambda c: c.choice(SORTS)),
        "kev": images(kev="true", sort=lambda c: c.choice(SORTS)),
        "repository": images(repository=lambda c: "team-%d/service-%d" % ((lambda r: (r % 40, r))(c.randint(1, REPOSITORIES))),
                             sort=lambda c: c.choice(SORTS)),
        "platform": images(platform=lambda c: c.choice(("linux/amd64", "linux/arm64")), sort=lambda c: c.choice(SORTS)),
        "state": images(state=lambda c: c.choice(("scanned", "failed")), sort=lambda c: c.choice(SORTS)),
        "verdict": images(verdict=lambda c: c.choice(("passed", "failed")), sort=lambda c: c.choice(SORTS)),
        "built before": images(built_before=lambda c: "2020-09-13T12:26:%02dZ" % c.randint(40, 59), sort=lambda c: c.choice(SORTS)),
        "obsolete": images(obsolete="true"),
        "image": of_image(""), "findings": of_image("/findings"), "packages": of_image("/packages"),
        "packages by danger": of_image("/packages", sort="-severity"), "layers": of_image("/layers"),
        "findings, filtered": of_image("/findings", severity="critical,high", has_fix="true", epss_gte="0.01"),
        "compare": lambda chance: ("images/%s/compare" % chance.choice(ids), {"with": chance.choice(ids)}),
        "history": of_image("/history")})
    return every


def client(address, token, organization, question, seconds, seed, results):
    chance = random.Random(seed)
    connection = http.client.HTTPConnection(address, timeout=60)
    ids, name = question
    ask = questions(ids)[name]
    times, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends or not times:
        path, query = ask(chance)
        target = "/rest/orgs/%s/%s?%s" % (organization, path, urllib.parse.urlencode({"version": VERSION, **({} if name == "image" else {"limit": 20}), **query}))
        began = time.monotonic()
        connection.request("GET", target, None, {"Authorization": "token " + token})
        answer = connection.getresponse()
        body = answer.read()
        times.append(time.monotonic() - began)
        if answer.status != 200:
            raise RuntimeError("%s: %d %s" % (target, answer.status, body[:300]))
    results.put((times, sum(resource.getrusage(resource.RUSAGE_SELF)[:2])))


CLOCK_SECONDS = 6  # a server has looked at the clock by then


def wait_for_evaluation(store):
    """A new policy, and those of a new day, are asked of all rows once, by a job; the seconds that took."""
    began = time.monotonic()
    time.sleep(CLOCK_SECONDS)
    with contextlib.closing(sqlite3.connect(store)) as database:
        while database.execute("SELECT count(*) FROM evaluations_due").fetchone()[0]:
            time.sleep(0.5)
    return time.monotonic() - began


def write(path, stop):
    """Rows of observations beside the readers, each tenth of a second its share in one transaction."""
    database = sqlite3.connect(path, timeout=60)
    database.execute("CREATE TABLE IF NOT EXISTS bench_rows (id INTEGER PRIMARY KEY, text TEXT)")
    while not stop.is_set():
        with database:
            database.executemany("INSERT INTO bench_rows (text) VALUES (?)",
                                 (("x" * 100,) for _ in range(WRITES_A_SECOND // 10)))
        stop.wait(0.1)


def cpu_of(process):
    fields = pathlib.Path("/proc/%d/stat" % process).read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(server, ask, name, options):
    results = multiprocessing.Queue()
    before = cpu_of(server.pid)
    clients = [multiprocessing.Process(target=client, args=(*ask[:3], (ask[3], name), options.seconds, seed, results))
               for seed in range(options.clients)]
    for one in clients:
        one.start()
    answers = [results.get(timeout=options.seconds + 120) for _ in clients]
    for one in clients:
        one.join()
    times = sorted(t for found, _ in answers for t in found)
    p99 = times[min(len(times) - 1, len(times) * 99 // 100)] * 1000
    cpu = (cpu_of(server.pid) - before) / len(times) * 1000
    print("%-32s %7d %8.1f %8.1f %8.2f %8.2f%s" % (
        name, len(times), times[len(times) // 2] * 1000, p99, cpu, sum(c for _, c in answers) / len(times) * 1000,
        "  over" if p99 > BUDGET_MS else ""), flush=True)
    return p99


def stream(ask, server, images):
    address, token, organization, _ = ask
    connection = http.client.HTTPConnection(address, timeout=600)
    before, most, began, rows = process_bytes(server.pid), 0, time.monotonic(), 0
    connection.request("GET", "/rest/orgs/%s/images?version=%s" % (organization, VERSION), None,
                       {"Authorization": "token " + token, "Accept": "text/csv"})
    answer = connection.getresponse()
    while piece := answer.read(1 << 20):
        rows += piece.count(b"\r\n")
        most = max(most, process_bytes(server.pid))
    print("CSV of all images: %d rows in %.1f s; server %.1f MB before, at most %.1f MB meanwhile" % (
        rows - 1, time.monotonic() - began, before / 1e6, most / 1e6))
    return rows - 1 == images


def open_store(options, folder):
    """(run a command, the store's file); filled if it was not there."""
    environment = {**os.environ, "TIDEWAITER_DATA": folder + "/data"}

    def run(*words):
        return subprocess.run([options.tidewaiter, *words], env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    is_new = not pathlib.Path(folder, "data").exists()
    if is_new:
        run("integration", "add", "bench", "--url", "https://registry.example")
    store = next(pathlib.Path(folder, "data").glob("*.db"))
    if is_new:
        began = time.monotonic()
        fill(store, options)
        print("filled in %.0f s" % (time.monotonic() - began), flush=True)
    return run, store, environment


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tidewaiter")
    for name, default in (("images", 100_000), ("packages", 300_000), ("vulnerabilities", 20_000), ("clients", 8), ("seconds", 5)):
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--only", default="", help="ask only the questions with this in their name")
    parser.add_argument("--keep", help="make or use the store in this folder, and leave it there")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="tidewaiter-results-"))
        run, store, environment = open_store(options, folder)
        token = run("token", "create", "bench-%s" % uuid.uuid4(), "--role", "viewer").strip()
        address = "127.0.0.1:%d" % free_port()
        server = subprocess.Popen([options.tidewaiter, "serve", "--listen", address, "--rate-limit", "0"], env=environment,
                                  stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        stack.callback(server.wait)
        stack.callback(server.send_signal, signal.SIGTERM)
        stop = multiprocessing.Event()
        writer = multiprocessing.Process(target=write, args=(store, stop))
        stack.callback(stop.set)
        database = sqlite3.connect(store)
        organization = database.execute("SELECT uuid FROM organizations ORDER BY id LIMIT 1").fetchone()[0]
        ids = [row[0] for row in database.execute("SELECT uuid FROM snapshot_images ORDER BY id % 977, id LIMIT 2000")]
        database.close()
        ask = (address, token, organization, ids)
        wait_until_open(server, address)
        wait_for_evaluation(store)
        writer.start()
        print("%d images, %d clients, load %.1f" % (options.images, options.clients, os.getloadavg()[0]))
        print("%-32s %7s %8s %8s %8s %8s" % ("question", "count", "p50 ms", "p99 ms", "CPU ms", "client"))
        worst = max(measure(server, ask, name, options) for name in questions(ids) if options.only in name)
        return 0 if stream(ask, server, options.images) and worst <= BUDGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
