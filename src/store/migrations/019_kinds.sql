-- kinds: how many vulnerabilities of each kind (store/tally.h), packed; NULL: they are still to be counted. exploitable: those with
-- a public exploit or known to be exploited.
ALTER TABLE image_counters ADD COLUMN kinds {bytes};
ALTER TABLE image_counters ADD COLUMN exploitable {integer} NOT NULL DEFAULT 0;

-- What the image list filters and sorts by. kinds: those that occur, as a set of bits; urgency, score: store/tally.h; built_ms: when the
-- image was made, as it says itself; 9223372036854775807 = it does not.
ALTER TABLE snapshot_images ADD COLUMN repository_id {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN kinds {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN urgency {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN score {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN vulnerabilities {integer} NOT NULL DEFAULT 0;
ALTER TABLE snapshot_images ADD COLUMN built_ms {integer} NOT NULL DEFAULT 9223372036854775807;
UPDATE snapshot_images SET repository_id = (SELECT repository_id FROM snapshots WHERE id = snapshot_id),
    built_ms = coalesce((SELECT created_ms FROM images WHERE id = image_id AND created_ms > 0), 9223372036854775807);

-- One index for each order, each with everything that filters look at.
DROP INDEX snapshot_images_by_reference;
DROP INDEX snapshot_images_by_age;
DROP INDEX snapshot_images_by_rank;
CREATE INDEX snapshot_images_by_reference ON snapshot_images
    (organization_id, is_current, search_text, id, state, is_image, integration_id, platform, kinds);
CREATE INDEX snapshot_images_by_key ON snapshot_images
    (organization_id, is_current, id, search_text, state, is_image, integration_id, platform, kinds);
CREATE INDEX snapshot_images_by_rank ON snapshot_images
    (organization_id, is_current, rank, id, search_text, state, is_image, integration_id, platform, kinds);
CREATE INDEX snapshot_images_by_urgency ON snapshot_images
    (organization_id, is_current, urgency, id, search_text, state, is_image, integration_id, platform, kinds);
CREATE INDEX snapshot_images_by_score ON snapshot_images
    (organization_id, is_current, score, id, search_text, state, is_image, integration_id, platform, kinds);
CREATE INDEX snapshot_images_by_count ON snapshot_images
    (organization_id, is_current, vulnerabilities, id, search_text, state, is_image, integration_id, platform, kinds);
CREATE INDEX snapshot_images_by_built ON snapshot_images
    (organization_id, is_current, built_ms, id, search_text, state, is_image, integration_id, platform, kinds);
CREATE INDEX snapshot_images_of_repository ON snapshot_images (repository_id, is_current, state, kinds, score);

-- When a tag was last at a digest that it left.
CREATE INDEX observed_tags_left ON observed_tags (repository_id, tag) WHERE last_seen_run_id IS NOT NULL;

-- Names in quotes are looked up as they are.
CREATE INDEX projects_by_tag ON projects (organization_id, tag);
CREATE INDEX projects_by_owner ON projects (organization_id, owner) WHERE owner <> '';
