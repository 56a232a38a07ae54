-- What an image's config says of how it runs and was made (store/image_configs.h), as JSON.
CREATE TABLE image_configs (
    image_id {integer} NOT NULL PRIMARY KEY REFERENCES images (id),
    document TEXT NOT NULL
) {table};

-- Bundles of rules and vulnerability policies, as documents. Predefined bundles are the program's and have no row.
CREATE TABLE rule_bundles (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    updated_by TEXT NOT NULL,
    updated_ms {integer} NOT NULL,
    UNIQUE (organization_id, name)
) {table};

-- is_registry, is_admission: the policy is asked at that stage.
CREATE TABLE vulnerability_policies (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    is_registry {integer} NOT NULL,
    is_admission {integer} NOT NULL,
    created_by TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    updated_by TEXT NOT NULL,
    updated_ms {integer} NOT NULL,
    UNIQUE (organization_id, name)
) {table};

-- The bundles by id that policies have.
CREATE TABLE policy_bundles (
    policy_id {integer} NOT NULL REFERENCES vulnerability_policies (id) ON DELETE CASCADE,
    bundle_uuid TEXT NOT NULL,
    PRIMARY KEY (policy_id, bundle_uuid)
) {clustered};
CREATE INDEX policy_bundles_of_bundle ON policy_bundles (bundle_uuid);

-- document: finding/accepted_risk.h. name: what people call it; may be empty. expires_ms: 0 = never. is_ended: the end was
-- noticed, and what it changes was queued.
CREATE TABLE accepted_risks (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    vulnerability TEXT NOT NULL,
    kind TEXT NOT NULL,
    document TEXT NOT NULL,
    expires_ms {integer} NOT NULL,
    is_ended {integer} NOT NULL,
    created_by TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    updated_by TEXT NOT NULL,
    updated_ms {integer} NOT NULL
) {table};
CREATE INDEX accepted_risks_of_organization ON accepted_risks (organization_id, id);
CREATE INDEX accepted_risks_running ON accepted_risks (expires_ms) WHERE is_ended = 0 AND expires_ms > 0;

-- verdict: enum evaluation_outcome; 0 as long as the row is not evaluated. accepted: distinct vulnerabilities that accepted
-- risks cover wherever the image has them; the others split them by severity as image_counters does.
ALTER TABLE snapshot_images ADD COLUMN verdict {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN accepted {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN accepted_critical {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN accepted_high {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN accepted_medium {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN accepted_low {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN accepted_negligible {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN accepted_unknown {integer} NOT NULL DEFAULT 0;
UPDATE snapshot_images SET verdict = 1 WHERE state = 1 AND is_image = 1;

-- Rows of the image list to be evaluated again. cause: enum due_cause.
CREATE TABLE evaluations_due (
    row_id {integer} NOT NULL PRIMARY KEY REFERENCES snapshot_images (id) ON DELETE CASCADE,
    cause {integer} NOT NULL
) {table};

-- What all evaluations go by beside the image: the day, and the state of the feeds. One row.
CREATE TABLE evaluation_state (
    id {integer} NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
) {table};

-- occasion: tells apart what happens to a snapshot more than once in a generation; 0 for all else.
ALTER TABLE events ADD COLUMN occasion {integer} NOT NULL DEFAULT 0;
DROP INDEX events_once;
CREATE UNIQUE INDEX events_once ON events (generation, change, package_id, vulnerability_id, snapshot_id, occasion);
