-- What lock files list is counted in the images of a registry: its images are stored with it as images of their own, as those
-- without packages of applications are.
ALTER TABLE integrations ADD COLUMN with_lock_files {integer} NOT NULL DEFAULT 0;
ALTER TABLE images ADD COLUMN with_lock_files {integer} NOT NULL DEFAULT 0;
