-- Scan Now. state: queued, pulling, analyzing, matching, done, failed, cancelled. tag is empty where a digest was given; digest
-- is what was given, or what the tag was found to name. leader_id: the request for the same digest whose end this one waits
-- for. requester: the user, "" for a token. Times are 0 as long as the state was not reached.
CREATE TABLE scan_requests (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    integration_id {integer} NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    who TEXT NOT NULL,
    requester TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT NOT NULL,
    retries {integer} NOT NULL,
    job_uuid TEXT NOT NULL,
    leader_id {integer} REFERENCES scan_requests (id) ON DELETE SET NULL,
    project_uuid TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    pulling_ms {integer} NOT NULL,
    analyzing_ms {integer} NOT NULL,
    matching_ms {integer} NOT NULL,
    finished_ms {integer} NOT NULL
) {table};
CREATE INDEX scan_requests_of_organization ON scan_requests (organization_id, id);
CREATE INDEX scan_requests_unfinished ON scan_requests (integration_id, repository) WHERE finished_ms = 0;
CREATE INDEX scan_requests_of_leader ON scan_requests (leader_id) WHERE leader_id IS NOT NULL;
CREATE INDEX scan_requests_by_age ON scan_requests (finished_ms);
