# SPDX-License-Identifier: Apache-2.0
"""What a store says, as text that two stores of the same content have in common: integer keys are replaced by what they
stand for; left out are UUIDs, times of our own clock, and what tells how often something was tried (attempts, recoveries,
leases). Every table must be here."""
import json
import sqlite3
import struct

PROJECT = "i.name || '/' || r.name || ':' || p.tag"
# How far behind the current one: a feed update that was killed uses up a number.
GENERATION = "%s - (SELECT max(number) FROM generations)"
IMAGE = "m.config_digest || ' ' || m.layers_hash"

# Rows of most tables: SELECT … FROM …
QUERIES = {
    "migrations": "number, name FROM migrations",
    "organizations": "name FROM organizations",
    "users": "name, role, state FROM users",
    "service_accounts": "name, role FROM service_accounts",
    "sign_in_tokens": "1 FROM sign_in_tokens",
    "sessions": "1 FROM sessions",
    "integrations": "name, type, host, path, is_plain_http FROM integrations",
    "sync_runs": "i.name, s.state, who, error, repositories, repositories_done, tags, images_new, images_unchanged, "
                 "artifacts, errors, finished_ms > 0 FROM sync_runs s JOIN integrations i ON i.id = s.integration_id",
    "repositories": "i.name, r.name, listed_run_id IS NULL FROM repositories r "
                    "JOIN integrations i ON i.id = r.integration_id",
    "observed_tags": "r.name, tag, digest, last_seen_run_id IS NULL, pushed_ms, push_source FROM observed_tags o "
                     "JOIN repositories r ON r.id = o.repository_id",
    "sync_changes": "r.name, change, tag, digest, previous_digest FROM sync_changes c "
                    "JOIN repositories r ON r.id = c.repository_id",
    "sync_notes": "text FROM sync_notes",
    "api_tokens": "name, role FROM api_tokens",
    "import_policies": "i.name, document, who, is_first_run, held_run_id IS NULL, held_listing, baseline_run_id IS NULL "
                       "FROM import_policies a JOIN integrations i ON i.id = a.integration_id",
    "baselines": "r.name, tag, digest FROM baselines b JOIN repositories r ON r.id = b.repository_id",
    "import_jobs": "i.name, who, state, error FROM import_jobs j JOIN integrations i ON i.id = j.integration_id",
    "import_job_items": "position, name, status, message, imported FROM import_job_items",
    "scan_requests": "i.name, repository, tag, digest, who, state, error, retries, leader_id IS NULL FROM scan_requests s "
                     "JOIN integrations i ON i.id = s.integration_id",
    "running_images": "host, repository, tag, digest, provider FROM running_images",
    "roles": "name, purpose, permissions FROM roles",
    "teams": "name, prefixes, expressions FROM teams",
    "team_members": "t.name, u.name FROM team_members m JOIN teams t ON t.id = m.team_id JOIN users u ON u.id = m.user_id",
    "tombstones": "r.name, tag, who FROM tombstones t JOIN repositories r ON r.id = t.repository_id",
    "complete_listings": "i.name, tags FROM complete_listings l JOIN integrations i ON i.id = l.integration_id",
    "dry_runs": "i.name, document, status, error, summary, total FROM dry_runs d "
                "JOIN integrations i ON i.id = d.integration_id",
    "dry_run_chunks": "part, position, hex(content) FROM dry_run_chunks",
    "integration_fields": "i.name, f.name, value, key_id, hex(sealed) FROM integration_fields f "
                          "JOIN integrations i ON i.id = f.integration_id",
    "audit_events": "actor, action, subject_type, subject_name, detail FROM audit_events",
    "targets": "r.name FROM targets t JOIN repositories r ON r.id = t.repository_id",
    "projects": "r.name, tag, s.digest, origin, gone_ms > 0, out_of_policy_ms > 0, deleted_ms > 0, deleted_by FROM projects p JOIN targets t ON t.id = p.target_id "
                "JOIN repositories r ON r.id = t.repository_id LEFT JOIN snapshots s ON s.id = p.snapshot_id",
    "snapshots": "r.name, p.tag, digest, kind, artifact_type, missing_platforms, is_finished, is_told FROM snapshots s "
                 "JOIN projects p ON p.id = s.project_id JOIN repositories r ON r.id = s.repository_id",
    "images": "config_digest, layers_hash, layers, platform, created_ms FROM images",
    "image_access": "o.name, " + IMAGE + " FROM image_access a JOIN organizations o ON o.id = a.organization_id "
                    "JOIN images m ON m.id = a.image_id",
    "snapshot_images": "reference, search_text, s.digest, manifest, x.platform, is_current, is_image, x.artifact_type, "
                       "state, error, " + IMAGE + ", verdict, accepted, built_ms, scanned_ms > 0, {layers} FROM snapshot_images x "
                       "JOIN snapshots s ON s.id = x.snapshot_id LEFT JOIN images m ON m.id = x.image_id",
    "inventory_details": IMAGE + ", base_layers, unattributed_count, removed_count, hex(unattributed), hex(removed) "
                         "FROM inventory_details d JOIN images m ON m.id = d.image_id",
    "image_configs": IMAGE + ", document FROM image_configs c JOIN images m ON m.id = c.image_id",
    "custom_base_images": "p.uuid IS NOT NULL, c.is_recommended, c.schema, c.expression, c.label, c.is_selected "
                          "FROM custom_base_images c JOIN projects p ON p.id = c.project_id",
    "rule_bundles": "name, document, created_by FROM rule_bundles",
    "vulnerability_policies": "name, document, is_registry, is_admission, created_by FROM vulnerability_policies",
    "policy_bundles": "p.name FROM policy_bundles b JOIN vulnerability_policies p ON p.id = b.policy_id",
    "accepted_risks": "name, document, is_ended FROM accepted_risks",
    "vex_documents": "name, format, author, issued_ms, statements, claims, created_by FROM vex_documents",
    "vex_claims": "d.name, hex(content) FROM vex_claims c JOIN vex_documents d ON d.id = c.document_id",
    "vex_claim_names": "d.name, vulnerability FROM vex_claim_names n JOIN vex_claims c ON c.id = n.claim_id "
                       "JOIN vex_documents d ON d.id = c.document_id",
    "evaluations_due": "x.reference, cause FROM evaluations_due d JOIN snapshot_images x ON x.id = d.row_id",
    "admission_outcomes": "x.reference, outcomes FROM admission_outcomes a JOIN snapshot_images x ON x.id = a.row_id",
    "evaluation_state": "id FROM evaluation_state",
    "layer_records": "blob, analyzers, hex(record) FROM layer_records",
    "layer_record_parts": "blob, part, hex(bytes) FROM layer_record_parts",
    "layer_images": "blob, {first_image} FROM layer_images l JOIN images m ON m.id = l.image_id",
    "inventory_details": IMAGE + ", base_layers, unattributed_count, removed_count, hex(unattributed), hex(removed) "
                         "FROM inventory_details d JOIN images m ON m.id = d.image_id",
    "scan_gaps": IMAGE + ", position, kind, path, reason FROM scan_gaps g JOIN images m ON m.id = g.image_id",
    "packages": "hex(key), type, name, version, arch, source_name, source_version, epoch, release, source_rpm, "
                "modularity, vendor, ecosystem, undecidable, "
                "(SELECT hex(o.key) FROM packages o WHERE o.id = packages.owner_id) FROM packages",
    "suppressed_findings": "hex(p.key), vulnerability, severity, fix_state, summary, detail FROM suppressed_findings s "
                           "JOIN packages p ON p.id = s.package_id",
    "package_keys": "k.ecosystem, k.name, hex(p.key) FROM package_keys k JOIN packages p ON p.id = k.package_id",
    "lagging_packages": "hex(p.key), cause FROM lagging_packages l JOIN packages p ON p.id = l.package_id",
    "lagging_vulnerabilities": "v.name, cause FROM lagging_vulnerabilities l "
                               "JOIN vulnerabilities v ON v.id = l.vulnerability_id",
    "vulnerabilities": "name, summary, ratings, epss, epss_percentile, kev_added_ms, kev_due_ms, published_ms, is_used_by_ransomware, "
                       "is_disputed, exploit, facts_ratings FROM vulnerabilities",
    "package_findings": "hex(p.key), v.name, severity, fix_state, detail, described, " +
                        GENERATION % "changed_generation" + " FROM package_findings f "
                        "JOIN packages p ON p.id = f.package_id JOIN vulnerabilities v ON v.id = f.vulnerability_id",
    "exports": "o.name, document, state, error, rows FROM exports e JOIN organizations o ON o.id = e.organization_id",
    "export_parts": "position, hex(content) FROM export_parts",
    # How it was at a moment of our own clock.
    "counters_daily": "1 FROM counters_daily WHERE 1 = 0",
    "generations": GENERATION % "number" + ", matcher FROM generations",
    "events": "coalesce(v.name, ''), coalesce(hex(p.key), ''), cause, change, before_text, after_text, added, removed, "
              "detail, coalesce(s.digest, '') FROM events e LEFT JOIN vulnerabilities v ON v.id = e.vulnerability_id "
              "LEFT JOIN packages p ON p.id = e.package_id LEFT JOIN snapshots s ON s.id = e.snapshot_id",
    "generation_feeds": "g.name, g.date_ms FROM generation_feeds g "
                        "WHERE generation = (SELECT max(number) FROM generations)",
    "feeds": "name, ecosystem, releases, records, gap_count, date_ms, is_remote, is_complete, is_demo, alarm FROM feeds",
}


class Packed:
    """Reads the packed forms of store/packed.h."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def number(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def text(self):
        size = self.number()
        self.at += size
        return self.data[self.at - size:self.at].decode()


def inventories(database, packages):
    for image, *facts, keys, entries in database.execute(
            "SELECT " + IMAGE + ", distribution, distribution_id, distribution_version, ecosystems, package_count, "
            "gap_count, hiding_gap_count, package_ids, entries FROM inventories v JOIN images m ON m.id = v.image_id"):
        packed = Packed(keys)
        members, last = [], 0
        for _ in range(packed.number()):
            last += packed.number()
            members.append(packages[last])
        packed = Packed(entries)
        texts = [""] + [packed.text() for _ in range(packed.number())]
        rows = []
        for _ in range(packed.number()):
            package, layer, *numbers, flags = (packed.number() for _ in range(7))
            rows.append((members[package], layer, *(texts[number] for number in numbers), flags))
        yield (image, *facts)
        yield from ((image, *row) for row in rows)


def package_images(database, packages):
    images = dict(database.execute("SELECT id, " + IMAGE + " FROM images m"))
    for package, chunk, members in database.execute("SELECT package_id, chunk, members FROM package_images"):
        if len(members) == 512:
            numbers = [i for i in range(4096) if members[i // 8] >> (i % 8) & 1]
        else:
            numbers = struct.unpack("<%dH" % (len(members) // 2), members)
        for number in numbers:
            yield packages[package], images[chunk * 4096 + number]


def jobs(database, _):
    for kind, payload, state, lane, error in database.execute("SELECT kind, payload, state, lane, error FROM jobs"):
        yield kind, json.dumps({name: value for name, value in json.loads(payload).items() if name != "integration"},
                               sort_keys=True), state, lane, error


CHUNK = 64  # of store/image_tallies.h and store/list_scan.h
KINDS = 36


def image_tallies(database, _):
    images = dict(database.execute("SELECT id, " + IMAGE + " FROM images m"))
    for chunk, tallies in database.execute("SELECT chunk, tallies FROM image_tallies"):
        packed = Packed(tallies)
        for i in range(CHUNK):
            packages = packed.number()
            if packages > 0:
                findings, undecidable, mask = (packed.number() for _ in range(3))
                yield (images[chunk * CHUNK + i], packages - 1, findings, undecidable,
                       tuple((kind, packed.number()) for kind in range(KINDS) if mask >> kind & 1))


def image_keys(database, _):
    images = dict(database.execute("SELECT id, " + IMAGE + " FROM images m"))
    for chunk, keys in database.execute("SELECT chunk, keys FROM image_keys"):
        yield from ((images[chunk * CHUNK + i], *key) for i, key in enumerate(struct.iter_unpack("<QQIHH", keys))
                    if chunk * CHUNK + i in images)


def list_keys(database, _):
    references = dict(database.execute("SELECT id, reference FROM snapshot_images"))
    images = dict(database.execute("SELECT id, " + IMAGE + " FROM images m"))
    names = dict(database.execute("SELECT id, name FROM repositories"))
    for chunk, keys in database.execute("SELECT id & 0xffffffff, keys FROM list_keys"):
        for i, (image, integration, repository, *rest) in enumerate(struct.iter_unpack("<IIIqBB", keys)):
            if rest[1] & 1:
                yield references[chunk * CHUNK + i], images.get(image), integration > 0, names.get(repository), *rest


def list_texts(database, _):
    references = dict(database.execute("SELECT id, reference FROM snapshot_images"))
    for chunk, texts in database.execute("SELECT id & 0xffffffff, texts FROM list_texts"):
        at = 4 * CHUNK
        for i, (platform, reference) in enumerate(struct.iter_unpack("<HH", texts[:at])):
            if reference > 0:
                yield references[chunk * CHUNK + i], texts[at:at + platform], texts[at + platform:at + platform + reference]
            at += platform + reference


DECODED = {"inventories": inventories, "package_images": package_images, "jobs": jobs, "image_tallies": image_tallies,
           "image_keys": image_keys, "list_keys": list_keys, "list_texts": list_texts}


def dump(path, has_order):
    """Lines "table: row", sorted. Without `has_order`, scans may have been committed in any order: then which image was
    the first with a layer is left out, and only the sums remain."""
    database = sqlite3.connect(path)
    try:
        tables = {name for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                  if not name.startswith("sqlite_")}
        if tables != set(QUERIES) | set(DECODED):
            raise AssertionError("tables unknown or gone: %s" % sorted(tables ^ (set(QUERIES) | set(DECODED))))
        words = {"{layers}": "layers_fetched, layers_shared" if has_order else "layers_fetched + layers_shared",
                 "{first_image}": IMAGE if has_order else "''"}
        packages = dict(database.execute("SELECT id, hex(key) FROM packages"))
        lines = ["sums: %s" % (database.execute("SELECT sum(layers_fetched), sum(layers_shared) FROM snapshot_images")
                               .fetchone(),)]
        for table, query in QUERIES.items():
            for word, text in words.items():
                query = query.replace(word, text)
            lines += ["%s: %s" % (table, row) for row in database.execute("SELECT " + query)]
        for table, decode in DECODED.items():
            lines += ["%s: %s" % (table, row) for row in decode(database, packages)]
        return sorted(lines)
    finally:
        database.close()
