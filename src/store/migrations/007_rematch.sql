-- The names by which advisories may know a package (finding/query.h): ecosystem without release, name as it is spelled there.
CREATE TABLE package_keys (
    ecosystem TEXT NOT NULL,
    name TEXT NOT NULL,
    package_id {integer} NOT NULL REFERENCES packages (id),
    PRIMARY KEY (ecosystem, name, package_id)
) {clustered};

-- What is to be asked again of the current generation. They are filled with everything at once, so nothing checks that the
-- keys exist; packages and vulnerabilities are never removed. cause: enum lag_cause.
CREATE TABLE lagging_packages (
    package_id {integer} NOT NULL PRIMARY KEY,
    cause {integer} NOT NULL
) {table};
CREATE TABLE lagging_vulnerabilities (
    vulnerability_id {integer} NOT NULL PRIMARY KEY,
    cause {integer} NOT NULL
) {table};

-- digest: of the index's list of databases; empty for advisories without an index. matcher: version of the matcher's rules.
ALTER TABLE generations ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE generations ADD COLUMN matcher {integer} NOT NULL DEFAULT 0;

-- matched_generation is now the generation in which the findings last changed.
DROP INDEX packages_by_generation;

-- described: hash of what the package's advisories say of the vulnerability (summary and ratings); 0 = it has to be said again.
ALTER TABLE package_findings ADD COLUMN described {integer} NOT NULL DEFAULT 0;
