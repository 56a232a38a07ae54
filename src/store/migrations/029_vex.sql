-- VEX documents of organizations (store/vex_documents.h). name: the document's own id; a later version takes its place.
CREATE TABLE vex_documents (
    id {key},
    organization_id {integer} NOT NULL REFERENCES organizations (id),
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    author TEXT NOT NULL,
    issued_ms {integer} NOT NULL,
    statements {integer} NOT NULL,
    claims {integer} NOT NULL,
    created_by TEXT NOT NULL,
    created_ms {integer} NOT NULL,
    UNIQUE (organization_id, name)
) {table};

-- What they say: one vulnerability, one product, one status each. content: vex_claim_pack.
CREATE TABLE vex_claims (
    id {key},
    document_id {integer} NOT NULL REFERENCES vex_documents (id) ON DELETE CASCADE,
    content {bytes} NOT NULL
) {table};
CREATE INDEX vex_claims_of_document ON vex_claims (document_id);

-- Claims by each name of their vulnerability, in upper case.
CREATE TABLE vex_claim_names (
    organization_id {integer} NOT NULL,
    vulnerability TEXT NOT NULL,
    claim_id {integer} NOT NULL REFERENCES vex_claims (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, vulnerability, claim_id)
) {clustered};
CREATE INDEX vex_claim_names_of_claim ON vex_claim_names (claim_id);

-- products: CPEs of the distribution and of what the image was built from, one a line.
ALTER TABLE inventories ADD COLUMN distribution_codename TEXT NOT NULL DEFAULT '';
ALTER TABLE inventories ADD COLUMN products TEXT NOT NULL DEFAULT '';
