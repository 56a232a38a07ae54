/* SPDX-License-Identifier: Apache-2.0 */
/* How many vulnerabilities of each kind an image has, and what lists sort and filter by that follows from it. A kind is a
   severity, whether there is a fix, and the worst that is known of attacks; each vulnerability of an image is of one kind: at
   the highest severity that a package of the image gives it, fixable if one of its packages has a fix. Pure. */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include "advisory/advisory.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>

/* What is known of attacks. Stored, never renumbered. */
enum threat {
    THREAT_NONE,
    THREAT_EXPLOIT, /* a public exploit */
    THREAT_KNOWN, /* known to be exploited */
    THREAT_COUNT,
};

enum { KIND_COUNT = SEVERITY_COUNT * 2 * THREAT_COUNT };

static inline int kind_of(enum severity severity, bool is_fixable, enum threat threat)
{
    return ((int)severity * 2 + is_fixable) * THREAT_COUNT + (int)threat;
}

struct tally {
    int64_t kinds[KIND_COUNT];
    int64_t packages;
    int64_t findings; /* package × vulnerability */
    int64_t undecidable; /* packages with an advisory that could not be decided */
};

/* What of the kinds is counted: each member as a set of bits, 0 = all. */
enum { KIND_WITHOUT_FIX = 1, KIND_WITH_FIX = 2 };
struct kind_filter {
    unsigned severities; /* 1 << SEVERITY_… */
    unsigned fixable; /* KIND_WITH… */
    unsigned threats; /* 1 << THREAT_… */
};

int64_t tally_count(const struct tally *tally, struct kind_filter filter);

/* The kinds that a filter lets through, or that a tally has, as a set of bits. */
int64_t kinds_mask(struct kind_filter filter);
int64_t tally_mask(const struct tally *tally);

/* The highest severity in such a set; -1 if it is empty. */
int kinds_worst(int64_t mask);

/* Sort keys that grow with what is worse. Rank: the counts from critical down to unknown, RANK_BITS each, so a rank from
   1 << (RANK_BITS * SEVERITY_HIGH) on has a high vulnerability or worse. Urgency: the count of those with an exploit, public or
   used, then critical down to negligible. */
enum { RANK_BITS = 10, RANK_MAX = (1 << RANK_BITS) - 1 };
int64_t tally_rank(const struct tally *tally);
int64_t tally_urgency(const struct tally *tally);

/* The score of an image, from 0 to 999: the hundreds tell the worst class of vulnerability that it has, the rest how many of
   them (99 = 99 or more). The classes and their order are fixed; another order would be another version. */
enum { SCORE_VERSION = 1, SCORE_CLASS_COUNT = 10, SCORE_CLASS_SIZE = 100 };
int64_t tally_score(const struct tally *tally);

/* Of class 0 (the mildest, without vulnerabilities) to SCORE_CLASS_COUNT - 1: "known to be exploited". */
const char *score_class_name(int score_class);
/* How many vulnerabilities are in the class: each counts in the worst that it is in. */
int64_t tally_class_count(const struct tally *tally, int score_class);

/* As it is stored; an empty text is no tally, which reading tells by `*is_there`. */
void tally_write_kinds(const struct tally *tally, struct buffer *packed);
bool tally_read_kinds(struct view packed, struct tally *tally, bool *is_there, struct error *err) MUST_CHECK;

#endif
