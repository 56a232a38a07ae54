-- Projects that others are built on (store/base_images.h). schema, expression, label: the versioning of their repository, the same in
-- all its rows.
CREATE TABLE custom_base_images (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    project_id {integer} NOT NULL UNIQUE REFERENCES projects (id) ON DELETE CASCADE,
    is_recommended {integer} NOT NULL,
    schema TEXT NOT NULL,
    expression TEXT NOT NULL,
    label TEXT NOT NULL,
    is_selected {integer} NOT NULL,
    created_ms {integer} NOT NULL
) {table};
CREATE INDEX custom_base_images_of_organization ON custom_base_images (organization_id, id);
