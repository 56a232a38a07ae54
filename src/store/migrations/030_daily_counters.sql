-- What places had on a day (store/daily_counters.h). scope: 0 organization, 1 integration, 2 repository; day: since 1970; kinds as in
-- image_counters, each vulnerability once over all images of the place. has_kev, has_exploits: whether feeds told of them.
CREATE TABLE counters_daily (
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    scope {integer} NOT NULL,
    scope_id {integer} NOT NULL,
    day {integer} NOT NULL,
    counted_ms {integer} NOT NULL,
    images {integer} NOT NULL,
    packages {integer} NOT NULL,
    findings {integer} NOT NULL,
    kinds {bytes} NOT NULL,
    has_kev {integer} NOT NULL,
    has_exploits {integer} NOT NULL,
    PRIMARY KEY (organization_id, scope, scope_id, day)
) {clustered};
CREATE INDEX counters_daily_by_day ON counters_daily (day);
