-- Why a journal has a row: the reason of the selection or of the plan, and the clock that decided ("" = none did).
ALTER TABLE sync_changes ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE sync_changes ADD COLUMN clock TEXT NOT NULL DEFAULT '';

-- changes: rows that the run's journal would have without its limit. journal_pruned_ms: since when it is forgotten.
ALTER TABLE sync_runs ADD COLUMN changes {integer} NOT NULL DEFAULT 0;
ALTER TABLE sync_runs ADD COLUMN journal_pruned_ms {integer} NOT NULL DEFAULT 0;
CREATE INDEX sync_runs_with_journal ON sync_runs (finished_ms) WHERE journal_pruned_ms = 0 AND finished_ms > 0;

-- The run that imported it; 0 = none did.
ALTER TABLE snapshots ADD COLUMN run_id {integer} NOT NULL DEFAULT 0;
CREATE INDEX snapshots_of_run ON snapshots (run_id) WHERE run_id > 0;

-- Compressed size of its layers, as its manifest says.
ALTER TABLE snapshot_images ADD COLUMN layer_bytes {integer} NOT NULL DEFAULT 0;
