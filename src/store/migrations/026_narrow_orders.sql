-- One index has all that filters look at; the others are only for orders, since counters move in them with every feed commit.
DROP INDEX snapshot_images_by_reference;
DROP INDEX snapshot_images_by_key;
DROP INDEX snapshot_images_by_rank;
DROP INDEX snapshot_images_by_urgency;
DROP INDEX snapshot_images_by_score;
DROP INDEX snapshot_images_by_count;
DROP INDEX snapshot_images_by_built;
CREATE INDEX snapshot_images_by_reference ON snapshot_images
    (organization_id, is_current, search_text, id, state, is_image, integration_id, platform, kinds, verdict, built_ms, repository_id);
CREATE INDEX snapshot_images_by_key ON snapshot_images (organization_id, is_current, id);
CREATE INDEX snapshot_images_by_rank ON snapshot_images (organization_id, is_current, rank, id);
CREATE INDEX snapshot_images_by_urgency ON snapshot_images (organization_id, is_current, urgency, id);
CREATE INDEX snapshot_images_by_score ON snapshot_images (organization_id, is_current, score, id);
CREATE INDEX snapshot_images_by_count ON snapshot_images (organization_id, is_current, vulnerabilities, id);
CREATE INDEX snapshot_images_by_built ON snapshot_images (organization_id, is_current, built_ms, id);

-- What repositories and registries have.
DROP INDEX snapshot_images_of_repository;
CREATE INDEX snapshot_images_of_repository ON snapshot_images (repository_id, is_current, is_image, state, kinds, score, scanned_ms);
CREATE INDEX snapshot_images_of_integration ON snapshot_images (integration_id, is_current, is_image, state, kinds, score, scanned_ms, repository_id);
