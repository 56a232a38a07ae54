-- Words in braces are the backend's: {key} an integer key that the database gives, {integer} 64 bits, {real}, {bytes},
-- {table} what ends a table, {clustered} the same for a table that is stored in the order of its primary key.
-- Times are milliseconds since 1970 in UTC. A column is NULL only where "unknown" has a meaning of its own.

CREATE TABLE organizations (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    created_ms {integer} NOT NULL
) {table};

CREATE TABLE users (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    UNIQUE (organization_id, name)
) {table};

CREATE TABLE sign_in_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    user_id {integer} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_ms {integer} NOT NULL,
    expires_ms {integer} NOT NULL
) {table};

CREATE TABLE sessions (
    hash TEXT NOT NULL PRIMARY KEY,
    user_id {integer} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_ms {integer} NOT NULL,
    used_ms {integer} NOT NULL
) {table};

CREATE TABLE integrations (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    host TEXT NOT NULL,
    path TEXT NOT NULL,
    is_plain_http {integer} NOT NULL,
    created_ms {integer} NOT NULL,
    UNIQUE (organization_id, name)
) {table};

CREATE TABLE sync_runs (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    integration_id {integer} NOT NULL REFERENCES integrations (id),
    state TEXT NOT NULL,
    who TEXT NOT NULL,
    error TEXT NOT NULL,
    started_ms {integer} NOT NULL,
    finished_ms {integer} NOT NULL,
    repositories {integer} NOT NULL,
    repositories_done {integer} NOT NULL,
    tags {integer} NOT NULL,
    images_new {integer} NOT NULL,
    images_unchanged {integer} NOT NULL,
    artifacts {integer} NOT NULL,
    errors {integer} NOT NULL
) {table};
CREATE UNIQUE INDEX sync_runs_running ON sync_runs (integration_id) WHERE state = 'running';
CREATE INDEX sync_runs_of_integration ON sync_runs (integration_id, id);
CREATE INDEX sync_runs_of_organization ON sync_runs (organization_id, id);

-- listed_run_id: the last run that listed the repository to its end.
CREATE TABLE repositories (
    id {key},
    integration_id {integer} NOT NULL REFERENCES integrations (id),
    name TEXT NOT NULL,
    first_observed_ms {integer} NOT NULL,
    listed_run_id {integer} REFERENCES sync_runs (id),
    UNIQUE (integration_id, name)
) {table};

-- A row for each (tag, digest) that a repository had, written only on change. last_seen_run_id is NULL as long as the tag
-- is there at this digest: it was last seen by the repository's listed_run_id.
CREATE TABLE observed_tags (
    id {key},
    repository_id {integer} NOT NULL REFERENCES repositories (id),
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    from_run_id {integer} NOT NULL REFERENCES sync_runs (id),
    last_seen_run_id {integer} REFERENCES sync_runs (id),
    pushed_ms {integer},
    push_source TEXT NOT NULL,
    first_observed_ms {integer} NOT NULL
) {table};
CREATE UNIQUE INDEX observed_tags_present ON observed_tags (repository_id, tag) WHERE last_seen_run_id IS NULL;

CREATE TABLE sync_changes (
    id {key},
    run_id {integer} NOT NULL REFERENCES sync_runs (id),
    repository_id {integer} NOT NULL REFERENCES repositories (id),
    change TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    previous_digest TEXT NOT NULL,
    at_ms {integer} NOT NULL
) {table};
CREATE INDEX sync_changes_of_run ON sync_changes (run_id, id);

CREATE TABLE targets (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    repository_id {integer} NOT NULL UNIQUE REFERENCES repositories (id),
    created_ms {integer} NOT NULL
) {table};
CREATE INDEX targets_of_organization ON targets (organization_id, id);

-- snapshot_id: the one at the digest that the tag names now.
CREATE TABLE projects (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    target_id {integer} NOT NULL REFERENCES targets (id),
    tag TEXT NOT NULL,
    snapshot_id {integer},
    created_ms {integer} NOT NULL,
    UNIQUE (target_id, tag)
) {table};
CREATE INDEX projects_of_organization ON projects (organization_id, id);

-- kind: image, index, artifact.
CREATE TABLE snapshots (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    project_id {integer} NOT NULL REFERENCES projects (id),
    repository_id {integer} NOT NULL REFERENCES repositories (id),
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    artifact_type TEXT NOT NULL,
    missing_platforms {integer} NOT NULL,
    is_finished {integer} NOT NULL,
    created_ms {integer} NOT NULL
) {table};
CREATE INDEX snapshots_of_project ON snapshots (project_id);
CREATE INDEX snapshots_of_digest ON snapshots (digest, repository_id);

-- An image is its config and its layers: neither a config digest nor a diff_id alone selects a stored result. `layers` are
-- the blob digests from the bottom up, one a line; layers_hash is the sha256 of that text.
CREATE TABLE images (
    id {key},
    config_digest TEXT NOT NULL,
    layers_hash TEXT NOT NULL,
    layers TEXT NOT NULL,
    platform TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    UNIQUE (config_digest, layers_hash)
) {table};

-- Inventories are shared; an image is visible only where its own credential fetched the manifest.
CREATE TABLE image_access (
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    image_id {integer} NOT NULL REFERENCES images (id),
    granted_ms {integer} NOT NULL,
    PRIMARY KEY (organization_id, image_id)
) {clustered};
CREATE INDEX image_access_of_image ON image_access (image_id);

-- The rows of the image list. What a page of the list filters and sorts by stands here and in its indexes, so that no
-- query touches more rows than it shows. state: 0 pending, 1 scanned, 2 failed. rank grows with severity.
CREATE TABLE snapshot_images (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    integration_id {integer} NOT NULL REFERENCES integrations (id),
    snapshot_id {integer} NOT NULL REFERENCES snapshots (id),
    is_current {integer} NOT NULL,
    reference TEXT NOT NULL,
    search_text TEXT NOT NULL,
    manifest TEXT NOT NULL,
    platform TEXT NOT NULL,
    is_image {integer} NOT NULL,
    artifact_type TEXT NOT NULL,
    state {integer} NOT NULL,
    error TEXT NOT NULL,
    image_id {integer} REFERENCES images (id),
    layers_fetched {integer} NOT NULL,
    layers_shared {integer} NOT NULL,
    rank {integer} NOT NULL,
    created_ms {integer} NOT NULL,
    scanned_ms {integer} NOT NULL,
    UNIQUE (snapshot_id, manifest)
) {table};
CREATE INDEX snapshot_images_by_reference ON snapshot_images
    (organization_id, is_current, search_text, id, state, integration_id, is_image);
CREATE INDEX snapshot_images_by_age ON snapshot_images
    (organization_id, is_current, id, search_text, state, integration_id, is_image);
CREATE INDEX snapshot_images_by_rank ON snapshot_images
    (organization_id, is_current, rank, id, search_text, state, integration_id, is_image);
CREATE INDEX snapshot_images_of_image ON snapshot_images (image_id);
CREATE INDEX snapshot_images_of_manifest ON snapshot_images (manifest);

CREATE TABLE layer_records (
    id {key},
    blob TEXT NOT NULL UNIQUE,
    analyzers TEXT NOT NULL,
    record {bytes} NOT NULL,
    created_ms {integer} NOT NULL
) {table};

-- package_ids: the packages of the image as a packed set; entries: path, layer and owner of each (store/packed.h).
-- ecosystems: one a line. gap_count counts scan_gaps, hiding_gap_count those that could hide packages.
CREATE TABLE inventories (
    image_id {integer} NOT NULL PRIMARY KEY REFERENCES images (id),
    distribution TEXT NOT NULL,
    distribution_id TEXT NOT NULL,
    distribution_version TEXT NOT NULL,
    ecosystems TEXT NOT NULL,
    package_count {integer} NOT NULL,
    gap_count {integer} NOT NULL,
    hiding_gap_count {integer} NOT NULL,
    package_ids {bytes} NOT NULL,
    entries {bytes} NOT NULL,
    scanned_ms {integer} NOT NULL
) {table};

-- What could not be read in an image, in the order in which it was met.
CREATE TABLE scan_gaps (
    image_id {integer} NOT NULL REFERENCES images (id),
    position {integer} NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (image_id, position)
) {clustered};

-- Unique over everything that the matcher may read: key is the sha256 of all fields. matched_generation: the generation of
-- advisories that its findings are of; -1 = never matched. undecidable: an advisory that could not be decided.
CREATE TABLE packages (
    id {key},
    key {bytes} NOT NULL UNIQUE,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    arch TEXT NOT NULL,
    source_name TEXT NOT NULL,
    source_version TEXT NOT NULL,
    epoch TEXT NOT NULL,
    release TEXT NOT NULL,
    source_rpm TEXT NOT NULL,
    modularity TEXT NOT NULL,
    vendor TEXT NOT NULL,
    ecosystem TEXT NOT NULL,
    matched_generation {integer} NOT NULL,
    undecidable TEXT NOT NULL
) {table};
CREATE INDEX packages_by_generation ON packages (matched_generation, id);
CREATE INDEX packages_by_ecosystem ON packages (ecosystem);

-- The images that hold a package, as packed sets of 4,096 neighbouring image keys each: a row per (package, image) would
-- be tens of millions of rows, one set per package would be rewritten whole by every scan.
CREATE TABLE package_images (
    package_id {integer} NOT NULL REFERENCES packages (id),
    chunk {integer} NOT NULL,
    members {bytes} NOT NULL,
    PRIMARY KEY (package_id, chunk)
) {clustered};

-- described_generation: the generation that summary and ratings are of.
CREATE TABLE vulnerabilities (
    id {key},
    name TEXT NOT NULL UNIQUE,
    summary TEXT NOT NULL,
    ratings TEXT NOT NULL,
    described_generation {integer} NOT NULL,
    epss {real},
    epss_percentile {real},
    kev_added_ms {integer},
    exploit TEXT
) {table};

-- severity: 0 unknown, 1 negligible, 2 low, 3 medium, 4 high, 5 critical, as the package's own sources rate it.
-- fix_state: 0 unknown, 1 fixed, 2 not fixed, 3 will not be, 4 deferred, 5 end of life. detail: aliases, source of the severity, fixed versions and evidence as JSON. Rows are written only when they change.
CREATE TABLE package_findings (
    package_id {integer} NOT NULL REFERENCES packages (id),
    vulnerability_id {integer} NOT NULL REFERENCES vulnerabilities (id),
    severity {integer} NOT NULL,
    fix_state {integer} NOT NULL,
    detail TEXT NOT NULL,
    changed_generation {integer} NOT NULL,
    PRIMARY KEY (package_id, vulnerability_id)
) {clustered};
CREATE INDEX package_findings_of_vulnerability ON package_findings (vulnerability_id);

-- Distinct vulnerabilities of the image, but for `findings` (package × vulnerability). kev is NULL without such a feed.
CREATE TABLE image_counters (
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    image_id {integer} NOT NULL REFERENCES images (id),
    packages {integer} NOT NULL,
    vulnerabilities {integer} NOT NULL,
    critical {integer} NOT NULL,
    high {integer} NOT NULL,
    medium {integer} NOT NULL,
    low {integer} NOT NULL,
    negligible {integer} NOT NULL,
    unknown {integer} NOT NULL,
    fixable {integer} NOT NULL,
    unfixed {integer} NOT NULL,
    kev {integer},
    findings {integer} NOT NULL,
    undecidable {integer} NOT NULL,
    PRIMARY KEY (organization_id, image_id)
) {clustered};

CREATE TABLE generations (
    number {integer} NOT NULL PRIMARY KEY,
    created_ms {integer} NOT NULL
) {table};

-- The feeds of the current generation. releases: the complete ecosystems that occur in it, one a line.
CREATE TABLE feeds (
    name TEXT NOT NULL PRIMARY KEY,
    ecosystem TEXT NOT NULL,
    releases TEXT NOT NULL,
    records {integer} NOT NULL,
    gap_count {integer} NOT NULL,
    date_ms {integer} NOT NULL,
    checked_ms {integer} NOT NULL,
    is_remote {integer} NOT NULL,
    is_complete {integer} NOT NULL,
    is_demo {integer} NOT NULL
) {table};

-- state: 0 queued, 1 running, 2 done, 3 failed, 4 cancelled.
CREATE TABLE jobs (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} REFERENCES organizations (id),
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    payload TEXT NOT NULL,
    state {integer} NOT NULL,
    lane {integer} NOT NULL,
    not_before_ms {integer} NOT NULL,
    attempt {integer} NOT NULL,
    recoveries {integer} NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until_ms {integer} NOT NULL,
    is_cancel_requested {integer} NOT NULL,
    error TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    finished_ms {integer} NOT NULL
) {table};
CREATE UNIQUE INDEX jobs_unfinished ON jobs (kind, key, coalesce(organization_id, 0)) WHERE state < 2 AND key <> '';
CREATE INDEX jobs_in_order ON jobs (lane, id, not_before_ms, kind) WHERE state = 0;
CREATE INDEX jobs_running ON jobs (lease_until_ms) WHERE state = 1;
CREATE INDEX jobs_of_state ON jobs (organization_id, state, kind);
CREATE INDEX jobs_ended ON jobs (finished_ms) WHERE state > 1;
