#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random policies, registries and histories: what a dry run says of a registry that stands still is what the next run does,
and the dry run leaves the store as it was.   usage: executed_test.py TIDEWAITER [CASES [SEED]]

One server and one integration live through all cases, so that each meets what those before it left: projects, marks, tombstones,
baselines and tags that came, moved and went."""
import contextlib
import copy
import os
import random
import sqlite3
import sys
import unittest

from gated_server import ServedTest, layer

PROGRAM = os.path.abspath(sys.argv[1])
CASES = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
REPOSITORIES = ("team/app", "team/web", "team/db")
TAGS_MAX = 12  # few enough that no run holds its deletions
EXPRESSIONS = ("^team/(app|db)$", "web", "^[0-9.]+$", "prod", ".", "^$", "(a+)+$")
# What a dry run may write: itself, its job and its audit event.
OWN_TABLES = ("dry_runs", "dry_run_chunks", "jobs", "audit_events", "api_tokens", "sqlite_sequence")


def random_selector(rng, depth=0):
    kind = rng.choice(["ImportAll", "ImportAll", "ImportAllNew", "Regex", "Recent", "LastNObserved", "SemVer"] +
                      (["And", "Or", "Not"] if depth < 3 else []))
    node = {"type": kind}
    if kind in ("And", "Or"):
        node["sub_policies"] = [random_selector(rng, depth + 1) for _ in range(rng.randint(1, 3))]
    elif kind == "Not":
        node["sub_policies"] = [random_selector(rng, depth + 1)]
    elif kind == "Regex":
        node["policy"] = {key: rng.choice(EXPRESSIONS) for key in rng.choice([["repo"], ["tag"], ["repo", "tag"]])}
    elif kind == "Recent":
        node["policy"] = {"maxAgeDays": rng.randint(1, 6)}
    elif kind == "LastNObserved":
        node["policy"] = {"limitNewestImages": rng.randint(1, 3)}
    elif kind == "SemVer":
        node["policy"] = {"range": rng.choice([">=1.1", "<2.0", "^1.0.0", "=2.0.0-rc.1"])}
    return node


def names(groups):
    return {f"{group['repository']}:{tag['tag']}" for group in groups for tag in group["tags"]}


class ExecutedTest(ServedTest):
    program = PROGRAM

    def rows(self, sql):
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/data/tidewaiter.db?mode=ro", uri=True)) as store:
            return store.execute(sql).fetchall()

    def dump(self):
        tables = [name for name, in self.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: sorted(map(repr, self.rows(f"SELECT * FROM {name}"))) for name in tables if name not in OWN_TABLES}

    def projects(self):
        """The digest that each project is at."""
        return dict(self.rows(
            "SELECT repositories.name || ':' || projects.tag, snapshots.digest FROM projects JOIN targets ON targets.id = "
            "target_id JOIN repositories ON repositories.id = targets.repository_id JOIN snapshots ON snapshots.id = "
            "projects.snapshot_id WHERE projects.deleted_ms = 0"))

    def wait_until_idle(self):
        self.wait(lambda: self.rows("SELECT count(*) FROM jobs WHERE state < 2")[0][0] == 0, "jobs were not done")

    def change_registry(self, rng):
        """A tag comes, moves or goes; never so many that a listing lost half. New ones have new names now and then: those that a
        person deleted stay away."""
        for _ in range(rng.randint(0, 2)):
            tags = [(repository, tag) for repository, tags in self.registry.tags.items() for tag in tags]
            if len(tags) == TAGS_MAX or (rng.random() < 0.3 and len(tags) > TAGS_MAX // 2):
                repository, tag = rng.choice(sorted(tags))
                self.registry.tags[repository].pop(tag)
            elif rng.random() < 0.4:
                repository, tag = rng.choice(sorted(tags))
                self.push(f"{repository}:{tag}", rng.choice(self.layers))
            else:
                self.count += 1
                tag = rng.choice(("prod", "a", f"1.{self.count}", f"2.{self.count}-rc.1"))
                self.push(f"{rng.choice(REPOSITORIES)}:{tag}", rng.choice(self.layers))

    def change_projects(self, rng):
        """A person deletes a project, which leaves a tombstone, or imports an image, which lifts it."""
        if rng.random() < 0.1 and self.projects():
            self.expect("project", "delete", rng.choice(sorted(self.projects())))
        if rng.random() < 0.05:
            listed = [f"{repository}:{tag}" for repository, tags in self.registry.tags.items() for tag in tags]
            self.expect("project", "import", rng.choice(sorted(listed)))
            self.wait_until_idle()

    def dry_run(self, document):
        job = self.ask("POST", self.policy + "/dry_run", 202, document)["data"]["id"]
        place = f"{self.policy}/dry_run/{job}"
        done = self.wait(lambda: [found for found in [self.ask("GET", place, 200)["data"]["attributes"]]
                                  if found["status"] in ("completed", "failed")], "the dry run does not end")[0]
        self.assertEqual(done["status"], "completed", done)
        return done["result"]

    def test_what_a_dry_run_says_is_what_is_done(self):
        self.layers = [layer(("openssl", f"3.0.{number}-1")) for number in range(3)]
        self.token = self.expect("token", "create", "admin", "--role", "admin").strip()
        rng = random.Random(SEED)
        for repository in REPOSITORIES:
            self.push(f"{repository}:1.0", self.layers[0])
        self.serve()
        integration = self.ask("GET", "$/integrations", 200)["data"][0]["id"]
        self.policy = f"$/container_import/{integration}/policy"
        imported = deleted = self.count = 0
        document = None
        for case in range(CASES):
            if case % 100 == 0:
                print(f"{case} cases, {imported} with imports, {deleted} with deletions", flush=True)
            self.change_registry(rng)
            self.change_projects(rng)
            is_kept = document is not None and rng.random() < 0.3  # the stored policy meets its own baseline
            if not is_kept:
                policy = {"name": f"case {case}", "delete_images": rng.random() < 0.5, "import_policy": random_selector(rng)}
                document = {"data": {"type": "container_registry_import_policy", "attributes": {"policy": policy}}}
            with self.subTest(seed=SEED, case=case, policy=policy, tags=copy.deepcopy(self.registry.tags)):
                self.wait_until_idle()
                before, stored = self.projects(), self.dump()
                said = self.dry_run(document)
                self.wait_until_idle()
                self.assertEqual(self.dump(), stored)
                if is_kept:
                    self.expect("sync", "run", "connected", "--detach")
                else:
                    self.ask("POST", self.policy, 201, document)  # a run follows at once
                self.wait_until_idle()
                after = self.projects()
                self.assertEqual(names(said["images_to_import"]),
                                 {name for name in after if before.get(name) != after[name]})
                self.assertEqual(names(said["images_to_delete"]), before.keys() - after.keys())
                imported += len(said["images_to_import"]) > 0
                deleted += len(said["images_to_delete"]) > 0
        print(f"{CASES} cases, {imported} with imports, {deleted} with deletions")
        self.assertGreater(min(imported, deleted) * 20, CASES)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
