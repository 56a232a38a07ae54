-- Packages of applications in the images of a registry are not counted: its images are stored without them, as images of their
-- own with another layers_hash, so that inventories, findings and counters of one never mix with those of the other.
ALTER TABLE integrations ADD COLUMN without_applications {integer} NOT NULL DEFAULT 0;
ALTER TABLE images ADD COLUMN without_applications {integer} NOT NULL DEFAULT 0;
