#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How soon Kubernetes has the answer whether what somebody starts may run: AdmissionReviews of Deployments over the store of
results.py (100,000 images unless told otherwise), by several clients at once, each of them about ten times a second and of other images
each time, while another program writes beside them. Every finding has the detail that a real one has, so that it costs what a real one costs.

usage: admission.py TIDEWAITER [--images N] [--packages N] [--vulnerabilities N] [--clients N] [--seconds N] [--keep FOLDER]

Prints for each kind of object: answers, how many were refused, median, 99th percentile, and the CPU time of the server and of the
clients for one answer. Ends with status 1 if a 99th percentile is above 20 ms."""
import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

import results
from real_registry import free_port, wait_until_open

BUDGET_MS = 20
PAUSE_SECONDS = 0.1
DETAIL = {"severity_source": "Debian", "aliases": ["GHSA-aaaa-bbbb-cccc"], "fixed_versions": ["1.0-2"], "evidence": [{
    "feed": "osv", "advisory": "DSA-5000-1", "ecosystem": "Debian:12", "name": "source-1", "version": "1.0-1", "introduced": "0",
    "fixed": "1.0-2", "last_affected": "", "is_listed": False, "order": "dpkg", "modified": "2026-01-01T00:00:00Z"}]}
RULES = [{"ruleType": "vulnSeverityAndThreats", "predicates": [{"type": "vulnSeverity", "extra": {"level": "critical"}}]}]
PAGE = "application/vnd.api+json"


def reference(repository, tag):
    return "registry.example/team-%d/service-%d:%s" % (repository % 40, repository, tag)


def kinds(stored):
    """{name: a function from chance to the names of the images of one Deployment}; `stored` are (repository, tag, digest)."""
    def tag(chance):
        repository, name, _ = chance.choice(stored)
        return reference(repository, name)

    def digest(chance):
        repository, _, digest = chance.choice(stored)
        return reference(repository, "").rstrip(":") + "@" + digest

    def unknown(chance):
        return reference(chance.randint(1, results.REPOSITORIES), "none-%d" % chance.randint(0, 10 ** 9))
    return {"one image, by tag": lambda chance: [tag(chance)], "one image, by digest": lambda chance: [digest(chance)],
            "one image, never scanned": lambda chance: [unknown(chance)],
            "three images": lambda chance: [tag(chance), digest(chance), unknown(chance)]}


def review(images):
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": str(uuid.uuid4()), "namespace": "default", "object": {"kind": "Deployment", "spec": {"template": {"spec": {
            "containers": [{"name": "c%d" % i, "image": image} for i, image in enumerate(images)]}}}}}})


def client(address, token, path, stored, name, seconds, seed, answers):
    chance = random.Random(seed)
    choose = kinds(stored)[name]
    connection = http.client.HTTPConnection(address, timeout=60)
    times, refused, ends = [], 0, time.monotonic() + seconds
    while time.monotonic() < ends or not times:
        body = review(choose(chance))
        began = time.monotonic()
        connection.request("POST", path, body, {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        times.append(time.monotonic() - began)
        if answer.status != 200:
            raise RuntimeError("%d %s" % (answer.status, text[:300]))
        refused += not json.loads(text)["response"]["allowed"]
        time.sleep(chance.uniform(0, 2 * PAUSE_SECONDS))
    answers.put((times, refused, sum(resource.getrusage(resource.RUSAGE_SELF)[:2])))


def ask_all(ask, name, options, seconds, seed):
    answers = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=client, args=(*ask, name, seconds, seed + i, answers)) for i in range(options.clients)]
    for one in clients:
        one.start()
    found = [answers.get(timeout=seconds + 120) for _ in clients]
    for one in clients:
        one.join()
    return found


def measure(server, ask, name, options):
    ask_all(ask, name, options, 1, options.clients)  # the server has just started
    before = results.cpu_of(server.pid)
    found = ask_all(ask, name, options, options.seconds, 0)
    times = sorted(t for some, _, _ in found for t in some)
    p99 = times[min(len(times) - 1, len(times) * 99 // 100)] * 1000
    cpu = (results.cpu_of(server.pid) - before) / len(times) * 1000
    print("%-26s %7d %8d %8.1f %8.1f %8.2f %8.2f%s" % (
        name, len(times), sum(refused for _, refused, _ in found), times[len(times) // 2] * 1000, p99, cpu,
        sum(c for *_, c in found) / len(times) * 1000, "  over" if p99 > BUDGET_MS else ""), flush=True)
    return p99


def add_policy(address, token, organization):
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("POST", "/rest/orgs/%s/vulnerability_policies?version=%s" % (organization, results.VERSION), json.dumps({"data": {
        "type": "vulnerability_policy", "attributes": {
            "name": "bench-%s" % uuid.uuid4(), "bundles": [{"name": "critical", "rules": RULES}],
            "stages": [{"name": "admission_control", "configuration": [
                {"scope": "*", "behaviour": "reject", "unknownImageAction": "reject"}]}]}}}),
        {"Authorization": "token " + token, "Content-Type": PAGE})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 201, (answer.status, text)


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("tidewaiter")
    for name, default in (("images", 100_000), ("packages", 300_000), ("vulnerabilities", 20_000), ("clients", 8), ("seconds", 5)):
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--keep", help="make or use the store in this folder, and leave it there")
    return parser.parse_args()


def serve(options, environment, stack):
    """(the server's process, its address)"""
    address = "127.0.0.1:%d" % free_port()
    server = subprocess.Popen([options.tidewaiter, "serve", "--listen", address, "--rate-limit", "0"], env=environment,
                              stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    stack.callback(server.wait)
    stack.callback(server.send_signal, signal.SIGTERM)
    wait_until_open(server, address)
    return server, address


def prepare(store):
    """The organization, and (repository, tag, digest) of images."""
    with contextlib.closing(sqlite3.connect(store)) as database:
        with database:
            database.execute("DELETE FROM vulnerability_policies WHERE name LIKE 'bench-%'")  # of an earlier run over this store
            database.execute("UPDATE package_findings SET detail = ? WHERE detail = '{}'", (json.dumps(DETAIL),))
        return database.execute("SELECT uuid FROM organizations ORDER BY id LIMIT 1").fetchone()[0], database.execute(
            "SELECT targets.repository_id, projects.tag, snapshots.digest FROM projects JOIN targets ON targets.id = projects.target_id "
            "JOIN snapshots ON snapshots.id = projects.snapshot_id ORDER BY projects.id % 977 LIMIT 5000").fetchall()


def main():
    options = parse_arguments()
    with contextlib.ExitStack() as stack:
        folder = options.keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="tidewaiter-admission-"))
        run, store, environment = results.open_store(options, folder)
        organization, stored = prepare(store)
        server, address = serve(options, environment, stack)
        add_policy(address, run("token", "create", "admin-%s" % uuid.uuid4(), "--role", "admin").strip(), organization)
        print("all images evaluated in %.0f s" % results.wait_for_evaluation(store), flush=True)
        token = run("token", "create", "cluster-%s" % uuid.uuid4(), "--role", "ci-scanner").strip()
        stop = multiprocessing.Event()
        stack.callback(stop.set)
        multiprocessing.Process(target=results.write, args=(store, stop)).start()
        print("%d images, %d clients, load %.1f" % (options.images, options.clients, os.getloadavg()[0]))
        print("%-26s %7s %8s %8s %8s %8s %8s" % ("reviewed", "count", "refused", "p50 ms", "p99 ms", "CPU ms", "client"))
        worst = max(measure(server, (address, token, "/admission/" + organization, stored), name, options) for name in kinds(stored))
        return 0 if worst <= BUDGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
