-- Images that the policy selects and the run left to the next one, because it had reached its cap.
ALTER TABLE sync_runs ADD COLUMN backlog {integer} NOT NULL DEFAULT 0;
