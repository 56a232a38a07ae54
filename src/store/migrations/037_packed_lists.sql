-- How many vulnerabilities of each kind an image has, packed for 64 neighbouring keys of images (store/image_tallies.h), since a
-- feed commit changes those of nearly all. image_keys: what lists sort and filter by that follows from them. They are counted
-- again from the findings after this migration.
DROP TABLE image_counters;
CREATE TABLE image_tallies (
    chunk {integer} NOT NULL PRIMARY KEY,
    tallies {bytes} NOT NULL
) {table};
CREATE TABLE image_keys (
    chunk {integer} NOT NULL PRIMARY KEY,
    keys {bytes} NOT NULL
) {table};

DROP INDEX snapshot_images_by_reference;
DROP INDEX snapshot_images_by_key;
DROP INDEX snapshot_images_by_rank;
DROP INDEX snapshot_images_by_urgency;
DROP INDEX snapshot_images_by_score;
DROP INDEX snapshot_images_by_count;
DROP INDEX snapshot_images_by_built;
DROP INDEX snapshot_images_of_repository;
DROP INDEX snapshot_images_of_integration;
ALTER TABLE snapshot_images DROP COLUMN rank;
ALTER TABLE snapshot_images DROP COLUMN urgency;
ALTER TABLE snapshot_images DROP COLUMN score;
ALTER TABLE snapshot_images DROP COLUMN vulnerabilities;
ALTER TABLE snapshot_images DROP COLUMN kinds;
CREATE INDEX snapshot_images_by_reference ON snapshot_images (organization_id, is_current, search_text);
CREATE INDEX snapshot_images_of_repository ON snapshot_images (repository_id, is_current, is_image, scanned_ms);
CREATE INDEX snapshot_images_of_integration ON snapshot_images (integration_id, is_current, is_image, scanned_ms);
CREATE INDEX snapshot_images_unscanned ON snapshot_images (state) WHERE is_current = 1 AND is_image = 1 AND state <> 1;

-- What a list looks at in every row of snapshot_images, packed for 64 neighbouring keys of one organization (store/list_scan.h);
-- id: organization * 4294967296 + key / 64. NULL: rows have changed, the next commit packs them again.
CREATE TABLE list_keys (
    id {integer} NOT NULL PRIMARY KEY,
    keys {bytes}
) {table};
CREATE INDEX list_keys_changed ON list_keys (id) WHERE keys IS NULL;
CREATE TABLE list_texts (
    id {integer} NOT NULL PRIMARY KEY,
    texts {bytes}
) {table};
CREATE INDEX list_texts_changed ON list_texts (id) WHERE texts IS NULL;

CREATE TRIGGER snapshot_images_added AFTER INSERT ON snapshot_images BEGIN
    INSERT INTO list_keys (id) VALUES (NEW.organization_id * 4294967296 + NEW.id / 64)
        ON CONFLICT (id) DO UPDATE SET keys = NULL WHERE keys IS NOT NULL;
    INSERT INTO list_texts (id) VALUES (NEW.organization_id * 4294967296 + NEW.id / 64)
        ON CONFLICT (id) DO UPDATE SET texts = NULL WHERE texts IS NOT NULL;
END;
CREATE TRIGGER snapshot_images_removed AFTER DELETE ON snapshot_images BEGIN
    UPDATE list_keys SET keys = NULL WHERE id = OLD.organization_id * 4294967296 + OLD.id / 64 AND keys IS NOT NULL;
    UPDATE list_texts SET texts = NULL WHERE id = OLD.organization_id * 4294967296 + OLD.id / 64 AND texts IS NOT NULL;
END;
CREATE TRIGGER snapshot_images_changed AFTER UPDATE OF
    is_current, is_image, state, image_id, integration_id, repository_id, verdict, built_ms ON snapshot_images BEGIN
    UPDATE list_keys SET keys = NULL WHERE id = NEW.organization_id * 4294967296 + NEW.id / 64 AND keys IS NOT NULL;
END;
CREATE TRIGGER snapshot_images_renamed AFTER UPDATE OF search_text, platform ON snapshot_images BEGIN
    UPDATE list_texts SET texts = NULL WHERE id = NEW.organization_id * 4294967296 + NEW.id / 64 AND texts IS NOT NULL;
END;
INSERT INTO list_keys (id) SELECT DISTINCT organization_id * 4294967296 + id / 64 FROM snapshot_images;
INSERT INTO list_texts (id) SELECT DISTINCT organization_id * 4294967296 + id / 64 FROM snapshot_images;
