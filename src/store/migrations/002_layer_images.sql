-- The first committed image of an organization that has a layer: there the layer counts as fetched, everywhere else as
-- shared. It follows from what is committed and not from what a cache held, so an interrupted scan changes no count.
CREATE TABLE layer_images (
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    blob TEXT NOT NULL,
    image_id {integer} NOT NULL REFERENCES images (id),
    PRIMARY KEY (organization_id, blob)
) {clustered};
