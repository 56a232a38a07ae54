-- Teams own repositories: of several, the one with the longest matching prefix, then the one with a matching expression, in
-- the order of names. prefixes, expressions: one a line. repositories.team_id is kept in line with them; NULL = nobody's.
CREATE TABLE teams (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    prefixes TEXT NOT NULL,
    expressions TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    UNIQUE (organization_id, name)
) {table};
CREATE TABLE team_members (
    team_id {integer} NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id {integer} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, user_id)
) {clustered};
CREATE INDEX teams_of_user ON team_members (user_id);
ALTER TABLE repositories ADD COLUMN team_id {integer} REFERENCES teams (id) ON DELETE SET NULL;
CREATE INDEX repositories_of_team ON repositories (team_id) WHERE team_id IS NOT NULL;

-- The role of a limited user counts for the repositories of the user's teams. limited_to: the UUID of the only team whose
-- repositories a token, or the secrets of a service account, reach; empty = all. Nothing, once the team is gone.
ALTER TABLE users ADD COLUMN is_limited {integer} NOT NULL DEFAULT 0;
ALTER TABLE api_tokens ADD COLUMN limited_to TEXT NOT NULL DEFAULT '';
ALTER TABLE service_accounts ADD COLUMN limited_to TEXT NOT NULL DEFAULT '';
