-- CVSS vectors that the feeds about vulnerabilities give, "TYPE VECTOR" one a line; NULL if there are none. Those of advisories are in
-- ratings.
ALTER TABLE vulnerabilities ADD COLUMN facts_ratings TEXT;
