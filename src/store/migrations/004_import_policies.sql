-- Tokens for programs. hash: SHA-256 of the secret.
CREATE TABLE api_tokens (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_by TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    expires_ms {integer},
    used_ms {integer} NOT NULL,
    revoked_ms {integer} NOT NULL
) {table};
CREATE INDEX api_tokens_of_organization ON api_tokens (organization_id, id);

-- What an integration imports. document: the policy, as the API gives it. posted_ms: when it was made or replaced, which is
-- when its baseline counts from; baseline_run_id: the complete listing that the baseline was taken at. is_first_run: no run
-- has finished since it was changed. held_*: the run that held its deletions, and what its listing looked like.
CREATE TABLE import_policies (
    integration_id {integer} NOT NULL PRIMARY KEY REFERENCES integrations (id) ON DELETE CASCADE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    document TEXT NOT NULL,
    who TEXT NOT NULL,
    posted_ms {integer} NOT NULL,
    changed_ms {integer} NOT NULL,
    next_run_ms {integer} NOT NULL,
    schedule_ms {integer} NOT NULL,
    baseline_run_id {integer},
    is_first_run {integer} NOT NULL,
    held_run_id {integer},
    held_listing TEXT NOT NULL,
    held_ms {integer} NOT NULL,
    approved_run_id {integer}
) {table};
CREATE INDEX import_policies_due ON import_policies (next_run_ms);

-- What was there when the policy was posted.
CREATE TABLE baselines (
    repository_id {integer} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (repository_id, tag, digest)
) {clustered};

-- Tags whose project a user deleted: sync does not bring them back.
CREATE TABLE tombstones (
    repository_id {integer} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    who TEXT NOT NULL,
    PRIMARY KEY (repository_id, tag)
) {clustered};

-- Complete listings of an integration: the first one, and how many tags the last one had.
CREATE TABLE complete_listings (
    integration_id {integer} NOT NULL PRIMARY KEY REFERENCES integrations (id) ON DELETE CASCADE,
    first_run_id {integer} NOT NULL,
    last_run_id {integer} NOT NULL,
    tags {integer} NOT NULL
) {table};

-- origin: sync or manual. gone_ms, out_of_policy_ms, deleted_ms: since when; 0 = not. A deleted project can be restored for
-- seven days.
ALTER TABLE projects ADD COLUMN origin TEXT NOT NULL DEFAULT 'sync';
ALTER TABLE projects ADD COLUMN gone_ms {integer} NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN out_of_policy_ms {integer} NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN deleted_ms {integer} NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN deleted_by TEXT NOT NULL DEFAULT '';
CREATE INDEX projects_deleted ON projects (deleted_ms) WHERE deleted_ms > 0;

-- status: pending, running, completed, failed. result: chunks of the JSON document in dry_run_chunks.
CREATE TABLE dry_runs (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    integration_id {integer} NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    document TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT NOT NULL,
    summary TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    started_ms {integer} NOT NULL,
    completed_ms {integer} NOT NULL,
    total {integer} NOT NULL
) {table};
CREATE INDEX dry_runs_of_integration ON dry_runs (integration_id, status);
CREATE INDEX dry_runs_by_age ON dry_runs (created_ms);
CREATE TABLE dry_run_chunks (
    dry_run_id {integer} NOT NULL REFERENCES dry_runs (id) ON DELETE CASCADE,
    part {integer} NOT NULL,
    position {integer} NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (dry_run_id, part, position)
) {clustered};
