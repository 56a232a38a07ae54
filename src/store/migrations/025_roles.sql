-- Roles of an organization beside the predefined ones; permissions: names, separated by spaces.
CREATE TABLE roles (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    permissions TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    UNIQUE (organization_id, name)
) {table};

-- The account that syncs run as whose policy names no other; made when the first one runs.
ALTER TABLE service_accounts ADD COLUMN is_built_in {integer} NOT NULL DEFAULT 0;

-- Argon2id; empty = none, the user signs in by links only.
ALTER TABLE users ADD COLUMN password TEXT NOT NULL DEFAULT '';
