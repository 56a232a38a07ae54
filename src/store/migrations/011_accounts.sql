-- People: state is "invited" until the first sign-in, "active" or "disabled". Accounts of programs: their secrets are tokens
-- whose role is the account's; names stay taken after the end of an account.
ALTER TABLE users ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
ALTER TABLE users ADD COLUMN signed_in_ms {integer} NOT NULL DEFAULT 0;
CREATE TABLE service_accounts (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    deleted_ms {integer} NOT NULL,
    UNIQUE (organization_id, name)
) {table};
ALTER TABLE api_tokens ADD COLUMN service_account_id {integer} REFERENCES service_accounts (id);
CREATE INDEX api_tokens_of_service_account ON api_tokens (service_account_id) WHERE service_account_id IS NOT NULL;
