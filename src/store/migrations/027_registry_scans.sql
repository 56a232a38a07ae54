-- Registry scans. scan_schedule: as sync/schedule.h says, '' = weekly. next_scan_ms: 0 = it is still to be reckoned.
-- kind of a run: sync, scan.
ALTER TABLE integrations ADD COLUMN scan_schedule TEXT NOT NULL DEFAULT '';
ALTER TABLE integrations ADD COLUMN next_scan_ms {integer} NOT NULL DEFAULT 0;
ALTER TABLE sync_runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'sync';
