-- What people should know of how a sync run went beside its result, each text once a run.
CREATE TABLE sync_notes (
    id {key},
    run_id {integer} NOT NULL REFERENCES sync_runs (id),
    text TEXT NOT NULL,
    at_ms {integer} NOT NULL
) {table};
CREATE UNIQUE INDEX sync_notes_of_run ON sync_notes (run_id, text);
