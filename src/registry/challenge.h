/* SPDX-License-Identifier: Apache-2.0 */
/* WWW-Authenticate: what a registry wants to see (RFC 9110 §11.6.1, RFC 6750 §3). Pure. */
#ifndef REGISTRY_CHALLENGE_H
#define REGISTRY_CHALLENGE_H

#include "base/arena.h"
#include "base/error.h"

#define CHALLENGE_BYTES_MAX 8192
#define CHALLENGES_MAX 16

struct challenge {
    struct view scheme; /* lower case: "bearer", "basic" */
    struct view realm;
    struct view service;
    struct view scope;
    struct view error; /* "insufficient_scope", "invalid_token" */
};

struct challenge_list {
    struct challenge *items;
    size_t count;
    size_t capacity;
};

/* Reads one or more challenges; several headers are joined with ", " before. Names are read in either case, values may be
   quoted and hold commas. ERROR_INVALID for text that is no list of challenges, ERROR_LIMIT beyond the maxima. */
bool challenge_parse(
    struct arena *arena, struct view header, struct challenge_list *list, struct error *err) MUST_CHECK;

/* The first Bearer challenge with a realm; else Basic, if `has_password`; else NULL. */
const struct challenge *challenge_choose(const struct challenge_list *list, bool has_password);

/* "basic, negotiate", for messages. */
struct view challenge_schemes(struct arena *arena, const struct challenge_list *list);

#endif
