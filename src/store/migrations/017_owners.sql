-- owner_id: the package of the distribution that the files of this one belong to, in the images that hold it; 0 = none. The same
-- package with another owner, or with none, is another row: what advisories say of the owner decides whether its findings count.
ALTER TABLE packages ADD COLUMN owner_id {integer} NOT NULL DEFAULT 0;

-- What was found for such a package and does not count, with its reason in what advisories say of the owner. Counted nowhere.
CREATE TABLE suppressed_findings (
    package_id {integer} NOT NULL REFERENCES packages (id),
    vulnerability TEXT NOT NULL,
    severity {integer} NOT NULL,
    fix_state {integer} NOT NULL,
    summary TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (package_id, vulnerability)
) {clustered};
