-- What is known of an image beside its packages (store/packed.h): the first of the files that no package accounts for, and the
-- packages of lower layers that a later one removed. base_layers: the lowest layers that the image's history shows to be
-- another image's. Counts come before the bytes: lists read them alone.
CREATE TABLE inventory_details (
    image_id {integer} NOT NULL PRIMARY KEY REFERENCES images (id),
    base_layers {integer} NOT NULL,
    unattributed_count {integer} NOT NULL,
    removed_count {integer} NOT NULL,
    unattributed {bytes} NOT NULL,
    removed {bytes} NOT NULL
) {table};
CREATE INDEX inventory_details_by_unattributed ON inventory_details (unattributed_count);

-- An image whose layers are the lowest of another's may be its base.
CREATE INDEX images_of_layers ON images (layers_hash);
