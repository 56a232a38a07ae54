-- The next job of one kind is found without reading those of others; the worker for Scan Now looks for it all the time.
CREATE INDEX jobs_of_kind ON jobs (kind, lane, id, not_before_ms) WHERE state = 0;
