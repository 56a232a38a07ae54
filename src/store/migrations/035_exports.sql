-- Exports that somebody asked for (store/exports.h). document: what is asked for, JSON; key: proves addresses of its file.
-- state: 0 pending, 1 started, 2 finished, 3 errored. bytes: of the file, before it is compressed.
CREATE TABLE exports (
    id {key},
    uuid TEXT NOT NULL UNIQUE,
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    document TEXT NOT NULL,
    key {bytes} NOT NULL,
    state {integer} NOT NULL,
    error TEXT NOT NULL,
    rows {integer} NOT NULL,
    bytes {integer} NOT NULL,
    created_ms {integer} NOT NULL,
    finished_ms {integer} NOT NULL
) {table};
CREATE INDEX exports_of_organization ON exports (organization_id, state);
CREATE INDEX exports_by_age ON exports (created_ms);

-- The file, in parts that are compressed (zstd).
CREATE TABLE export_parts (
    export_id {integer} NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    position {integer} NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (export_id, position)
) {clustered};
