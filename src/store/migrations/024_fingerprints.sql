-- fingerprint: of everything that the match of the package gave, so that the same answer is known without reading what is stored;
-- 0 = the next answer has to be stored in full.
ALTER TABLE packages ADD COLUMN fingerprint {integer} NOT NULL DEFAULT 0;
