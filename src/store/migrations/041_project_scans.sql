-- When a project's tag was last looked up in its registry and by what (store/project_scans.h), and when its frequency wants that
-- again. registry_id: the integration of its repository, so that the due projects of one registry are found without the others.
ALTER TABLE projects ADD COLUMN registry_id {integer} NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN looked_ms {integer} NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN looked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN due_ms {integer} NOT NULL DEFAULT 0;
UPDATE projects SET registry_id = (SELECT repositories.integration_id FROM targets
    JOIN repositories ON repositories.id = targets.repository_id WHERE targets.id = projects.target_id),
    due_ms = CASE WHEN tag LIKE '%:%' THEN 9223372036854775807 ELSE 0 END;
CREATE INDEX projects_due ON projects (registry_id, due_ms)
    WHERE is_active = 1 AND deleted_ms = 0 AND test_frequency <> 'never';

-- next_look_ms: no look at its due projects begins before. A run of kind "projects" lists nothing, and goes beside the one run that
-- may list the registry.
ALTER TABLE integrations ADD COLUMN next_look_ms {integer} NOT NULL DEFAULT 0;
DROP INDEX sync_runs_running;
CREATE UNIQUE INDEX sync_runs_listing ON sync_runs (integration_id) WHERE state = 'running' AND kind <> 'projects';
CREATE INDEX sync_runs_running ON sync_runs (integration_id) WHERE state = 'running';
CREATE INDEX sync_runs_of_registry ON sync_runs (integration_id, id) WHERE kind <> 'projects';
