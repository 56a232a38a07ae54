-- Chunks of dry runs are packed (plan_chunk.h). Results are kept for seven days only: those from before are forgotten.
DELETE FROM dry_runs;
DROP TABLE dry_run_chunks;
CREATE TABLE dry_run_chunks (
    dry_run_id {integer} NOT NULL REFERENCES dry_runs (id) ON DELETE CASCADE,
    part {integer} NOT NULL,
    position {integer} NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (dry_run_id, part, position)
) {clustered};
