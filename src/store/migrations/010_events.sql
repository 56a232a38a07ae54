-- What became known, or changed, about stored images: each change once. cause: 0 an advisory, 1 an image, 2 the rules of the
-- matcher. change: enum event_change. Those by an advisory are of a package, or of a vulnerability in all packages (package_id 0), and
-- their images are joined on reading; those by an image are of a snapshot. Keys that do not apply are 0. before_text and after_text: names of
-- severities or fix states. added, removed: findings, in the events that sum up. detail: vulnerabilities, one a line.
CREATE TABLE events (
    id {key},
    uuid TEXT NOT NULL,
    generation {integer} NOT NULL,
    cause {integer} NOT NULL,
    change {integer} NOT NULL,
    vulnerability_id {integer} NOT NULL,
    package_id {integer} NOT NULL,
    snapshot_id {integer} NOT NULL,
    before_text TEXT NOT NULL,
    after_text TEXT NOT NULL,
    added {integer} NOT NULL,
    removed {integer} NOT NULL,
    detail TEXT NOT NULL,
    at_ms {integer} NOT NULL
) {table};
CREATE UNIQUE INDEX events_once ON events (generation, change, package_id, vulnerability_id, snapshot_id);

-- Since when: the generation in which a package first had the finding, and the feeds of each generation.
ALTER TABLE package_findings ADD COLUMN first_generation {integer} NOT NULL DEFAULT 0;
ALTER TABLE package_findings ADD COLUMN first_ms {integer} NOT NULL DEFAULT 0;
CREATE TABLE generation_feeds (
    generation {integer} NOT NULL,
    name TEXT NOT NULL,
    date_ms {integer} NOT NULL,
    PRIMARY KEY (generation, name)
) {clustered};

-- is_told: what the snapshot brought and took away is among the events.
ALTER TABLE snapshots ADD COLUMN is_told {integer} NOT NULL DEFAULT 0;
UPDATE snapshots SET is_told = 1 WHERE is_finished = 1;
