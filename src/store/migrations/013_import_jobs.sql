-- Imports that a person asked for. state: pending, complete, failed. importer: the user, "" for a token.
CREATE TABLE import_jobs (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    integration_id {integer} NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    who TEXT NOT NULL,
    importer TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    finished_ms {integer} NOT NULL
) {table};
CREATE INDEX import_jobs_of_organization ON import_jobs (organization_id, id);
CREATE INDEX import_jobs_by_age ON import_jobs (created_ms);

-- What was asked for, in its order. status: pending, imported, failed. imported: how many tags.
CREATE TABLE import_job_items (
    import_job_id {integer} NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    position {integer} NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    message TEXT NOT NULL,
    imported {integer} NOT NULL,
    project_id TEXT NOT NULL,
    PRIMARY KEY (import_job_id, position)
) {clustered};
