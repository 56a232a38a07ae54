-- What an integration is told beside its address. Lists have one item a line. hook_hash: SHA-256 of the secret in the
-- address that its registry calls; empty = none. removed_ms: its projects were kept when it was removed.
ALTER TABLE integrations ADD COLUMN updated_ms {integer} NOT NULL DEFAULT 0;
ALTER TABLE integrations ADD COLUMN removed_ms {integer} NOT NULL DEFAULT 0;
ALTER TABLE integrations ADD COLUMN skips_tls {integer} NOT NULL DEFAULT 0;
ALTER TABLE integrations ADD COLUMN authorities TEXT NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN certificate TEXT NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN proxy TEXT NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN proxy_exceptions TEXT NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN allowed_hosts TEXT NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN include TEXT NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN exclude TEXT NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN age_days_max {integer} NOT NULL DEFAULT 0;
ALTER TABLE integrations ADD COLUMN tags_max {integer} NOT NULL DEFAULT 0;
ALTER TABLE integrations ADD COLUMN repositories_max {integer} NOT NULL DEFAULT 0;
ALTER TABLE integrations ADD COLUMN hook_hash TEXT NOT NULL DEFAULT '';

-- The values of credential_fields.def: either shown (value) or sealed by the key key_id (sealed; value is empty).
CREATE TABLE integration_fields (
    integration_id {integer} NOT NULL REFERENCES integrations (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed {bytes},
    PRIMARY KEY (integration_id, name)
) {clustered};

-- Who changed what: one row for each write. Never holds a secret.
CREATE TABLE audit_events (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    at_ms {integer} NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    detail TEXT NOT NULL
) {table};
CREATE INDEX audit_events_of_organization ON audit_events (organization_id, id);
