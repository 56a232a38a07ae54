-- Which packed rows have changed since somebody read them (store/list_cache.h): each one that is packed again gets a number higher
-- than all before. A packed row that is left without rows stays, empty, so that its end is seen too.
ALTER TABLE list_keys ADD COLUMN version {integer} NOT NULL DEFAULT 0;
CREATE INDEX list_keys_by_version ON list_keys (version);
ALTER TABLE image_keys ADD COLUMN version {integer} NOT NULL DEFAULT 0;
CREATE INDEX image_keys_by_version ON image_keys (version);
