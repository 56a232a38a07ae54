-- What people set for a project. Lists have one value a line; tags are "key:value". owner, importer: users; empty = none.
ALTER TABLE projects ADD COLUMN is_active {integer} NOT NULL DEFAULT 1;
ALTER TABLE projects ADD COLUMN test_frequency TEXT NOT NULL DEFAULT 'daily';
ALTER TABLE projects ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN criticality TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN environment TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN lifecycle TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN importer TEXT NOT NULL DEFAULT '';

-- A deleted target comes back with the next import into its repository.
ALTER TABLE targets ADD COLUMN removed_ms {integer} NOT NULL DEFAULT 0;
