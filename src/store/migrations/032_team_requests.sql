-- The team that owns what a scan request or an import names, by the repository's name: that may have no row yet.
-- Kept in line with the patterns of teams, like repositories.team_id.
ALTER TABLE scan_requests ADD COLUMN team_id {integer} REFERENCES teams (id) ON DELETE SET NULL;
ALTER TABLE import_job_items ADD COLUMN team_id {integer} REFERENCES teams (id) ON DELETE SET NULL;
