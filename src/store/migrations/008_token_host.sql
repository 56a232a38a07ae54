-- The host whose token service gets an integration's credentials: what the registry named at the first test that went well,
-- or what somebody confirmed since. Empty: none yet.
ALTER TABLE integrations ADD COLUMN token_host TEXT NOT NULL DEFAULT '';
