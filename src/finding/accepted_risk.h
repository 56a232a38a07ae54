/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted risks: findings that somebody decided to live with, and why, and for how long. They name things (organization,
   integration, image, repository, tag, package, version, path, vulnerability), never digests, so that they survive a new
   build. What is not given matches everything. The document:

   risks:
     - name: closed port                # may be left out
       vulnerability: CVE-2026-1        # or an alias
       package: openssl
       version: 3.0.7
       path: opt/app*
       image: "registry.example.com/app*"
       reason: RiskMitigated
       description: the port is closed
       expires: 2027-01-31              # counts again from 00:00 UTC of that day
       until_fixed: true                # counts again as soon as a fix exists

   Without vulnerability, package, version, path and rule the image as a whole is accepted. What it is about may also be said in the
   published words, entityType and the like (finding/risk_entity.h). Pure. */
#ifndef FINDING_ACCEPTED_RISK_H
#define FINDING_ACCEPTED_RISK_H

#include "base/document.h"
#include "finding/finding.h"
#include "finding/stage.h"

#define ACCEPTED_RISKS_MAX 10000
#define ACCEPTED_NAME_BYTES_MAX 255
#define ACCEPTED_TEXT_BYTES_MAX 1024
#define ACCEPTED_DESCRIPTION_BYTES_MAX 10000

enum accept_kind { ACCEPT_NOT_VULNERABLE, ACCEPT_TEMPORARY, ACCEPT_WONT_FIX, ACCEPT_KIND_COUNT };
const char *accept_kind_name(enum accept_kind kind); /* "not-vulnerable" "temporary-ignore" "wont-fix" */

enum accept_reason {
#define ACCEPT_REASON(constant, name, kind, text) ACCEPT_REASON_##constant,
#include "finding/accept_reasons.def"
#undef ACCEPT_REASON
    ACCEPT_REASON_COUNT
};
const char *accept_reason_name(enum accept_reason reason); /* "RiskMitigated" */
const char *accept_reason_text(enum accept_reason reason); /* for people */

struct accepted_risk {
    struct view id; /* the store's; empty of a file */
    struct view name; /* what people call it; may be empty */
    /* What: all that are given must match. */
    struct view vulnerability; /* an id or alias, in any case */
    struct view package;
    struct view version; /* as the package manager writes it */
    struct view path; /* of the recording file; '*' stands for any text */
    struct view rule; /* a ruleType of vulnerability policies */
    /* Where. */
    struct view integration; /* its name */
    struct view image; /* "registry.example.com/team/app" without a tag; '*' at its start, its end or both */
    struct view repository; /* "team/app"; '*' stands for any text */
    struct view tag; /* likewise */
    bool has_stage[STAGE_COUNT]; /* none: all */
    /* Why, and until when. */
    enum accept_reason reason;
    enum accept_kind kind;
    struct view description;
    struct view author;
    int64_t created_ms; /* 0 = unknown */
    int64_t expires_ms; /* 0 = never */
    bool until_fixed;
};

/* The image at hand. Parts that are not known match only what does not ask for them. */
struct accepted_place {
    struct view integration;
    struct view image;
    struct view repository;
    struct view tag;
    enum stage stage;
    int64_t now_ms;
};

/* Reads one risk; `pointer` says where in the document it stands. False if there are problems. Texts live in the arena. */
bool accepted_risk_parse(struct arena *arena, struct json document, const char *pointer, struct accepted_risk *risk,
    struct document_problems *problems) MUST_CHECK;

/* Reads {"risks": […]}. */
bool accepted_risks_parse(struct arena *arena, struct json document, struct accepted_risk **risks, size_t *count,
    struct document_problems *problems) MUST_CHECK;

/* The risk with what `changes` gives of name, reason, kind, description, expires (null = never) and until_fixed; what is accepted
   where cannot change. As accepted_risk_parse. */
bool accepted_risk_patch(struct arena *arena, const struct accepted_risk *stored, struct json changes,
    const char *pointer, struct accepted_risk *risk, struct document_problems *problems) MUST_CHECK;

/* Writes the members that are given; `writer` stands inside an object. */
void accepted_risk_write_members(const struct accepted_risk *risk, struct json_writer *writer);

bool accepted_risk_is_expired(const struct accepted_risk *risk, int64_t now_ms);

/* Whether the risk is about this place, and has not expired. */
bool accepted_risk_is_here(const struct accepted_risk *risk, const struct accepted_place *place);

/* Whether it can be about an image of this repository: whatever its tag and stage, and also when it has expired. */
bool accepted_risk_is_of_repository(const struct accepted_risk *risk, const struct accepted_place *place);

/* Whether the repositories that it is about are named one by one, without '*'. */
bool accepted_risk_names_repository(const struct accepted_risk *risk);

/* Whether it is about the image as a whole. */
bool accepted_risk_is_of_image(const struct accepted_risk *risk);

/* Whether a risk of this place covers the finding: not one about a rule or the image, and not one that waits for the fix that
   exists. */
bool accepted_risk_covers(
    const struct accepted_risk *risk, const struct package *package, struct view path, const struct finding *finding);

/* What it is about, for people: "CVE-2026-1 in openssl 3.0.7". */
struct view accepted_risk_text(struct arena *arena, const struct accepted_risk *risk);

#endif
