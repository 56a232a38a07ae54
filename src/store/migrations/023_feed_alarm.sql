-- alarm: why a newer state of the feed was refused; empty = the last one was good. alarm_ms: since when.
ALTER TABLE feeds ADD COLUMN alarm TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN alarm_ms {integer} NOT NULL DEFAULT 0;
