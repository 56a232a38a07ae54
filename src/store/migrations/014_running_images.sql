-- Images that a provider reported as running, with the time of its last report. tag or digest may be empty, not both.
CREATE TABLE running_images (
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    host TEXT NOT NULL,
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    provider TEXT NOT NULL,
    seen_ms {integer} NOT NULL,
    PRIMARY KEY (organization_id, host, repository, tag, digest, provider)
) {clustered};
CREATE INDEX running_images_by_age ON running_images (seen_ms);
