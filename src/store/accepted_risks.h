/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted risks of organizations (finding/accepted_risk.h). What a change of them does to verdicts and counters follows in the
   same transaction where few images are concerned, else by a job. Every change leaves an audit event. */
#ifndef STORE_ACCEPTED_RISKS_H
#define STORE_ACCEPTED_RISKS_H

#include "base/uuid.h"
#include "finding/accepted_risk.h"
#include "store/owners.h"
#include "store/store.h"

struct accepted_risk_row {
    struct uuid uuid;
    struct accepted_risk risk; /* with id, author and times */
    struct view updated_by;
    int64_t updated_ms;
    bool is_expired;
    struct view cursor;
};

/* All of them or none; `*made` are the rows. Authors and times of creation are set here. ERROR_LIMIT beyond ACCEPTED_RISKS_MAX of the organization. */
bool store_accept_risks(struct store *store, struct arena *arena, int64_t organization,
    const struct accepted_risk *items, size_t count, struct view who, struct accepted_risk_row **made,
    struct error *err) MUST_CHECK;

bool store_find_accepted_risk(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct accepted_risk_row *row, struct error *err) MUST_CHECK;

/* Replaced by one that accepted_risk_patch made of it: what is accepted where stays. */
bool store_edit_accepted_risk(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct accepted_risk *given, struct view who, struct accepted_risk_row *edited, struct error *err) MUST_CHECK;

bool store_revoke_accepted_risk(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err) MUST_CHECK;

enum accepted_risk_order {
    RISKS_BY_CREATED,
    RISKS_BY_EXPIRES,
    RISKS_BY_KIND,
    RISKS_BY_AUTHOR,
    ACCEPTED_RISK_ORDER_COUNT
};

struct accepted_risk_query {
    struct page_request page;
    enum accepted_risk_order order;
    bool is_descending;
    struct view search; /* in name, author and document */
    struct view vulnerability; /* exactly this one, in any case; empty = all */
    struct view kind; /* accept_kind_name; empty = all */
    bool of_vulnerabilities_only; /* without those that name none */
    bool active_only;
    bool expired_only;
    bool never_only; /* without an end */
    int64_t expires_from_ms; /* 0 = any; with either, only those with an end */
    int64_t expires_before_ms;
    struct owner_filter owners; /* about images of repositories that pass, or of all */
};

/* What a risk is to somebody who sees only the repositories that pass. */
enum risk_reach {
    RISK_ELSEWHERE, /* it is about none of them */
    RISK_SHARED, /* about them, and about others or what is still to come */
    RISK_OWN, /* about them alone: it names its repository */
};
bool store_reach_of_risk(struct store *store, int64_t organization, const struct accepted_risk *risk,
    const struct owner_filter *owners, enum risk_reach *reach, struct error *err) MUST_CHECK;

bool store_list_accepted_risks(struct store *store, struct arena *arena, int64_t organization,
    const struct accepted_risk_query *query, struct accepted_risk_row **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

#endif
