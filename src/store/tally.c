/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tally.h"

#include "store/packed.h"

#include <assert.h>

static_assert(KIND_COUNT < 63, "the kinds of an image are a set of bits");

static bool is_in(unsigned set, int member)
{
    return set == 0 || (set & 1u << member) != 0;
}

int64_t kinds_mask(struct kind_filter filter)
{
    int64_t of_severity = 0; /* the kinds of one severity */
    int64_t mask = 0;
    for (int fixable = 0; fixable < 2; fixable++) {
        for (int threat = 0; threat < THREAT_COUNT; threat++) {
            if (is_in(filter.fixable, fixable) && is_in(filter.threats, threat))
                of_severity |= INT64_C(1) << kind_of((enum severity)0, fixable != 0, (enum threat)threat);
        }
    }
    for (int severity = 0; severity < SEVERITY_COUNT; severity++) {
        if (is_in(filter.severities, severity))
            mask |= of_severity << kind_of((enum severity)severity, false, THREAT_NONE);
    }
    return mask;
}

static int64_t count_mask(const struct tally *tally, int64_t mask)
{
    int64_t count = 0;
    for (uint64_t rest = (uint64_t)mask; rest != 0; rest &= rest - 1)
        count += tally->kinds[__builtin_ctzll(rest)];
    return count;
}

int64_t tally_count(const struct tally *tally, struct kind_filter filter)
{
    return count_mask(tally, kinds_mask(filter));
}

int64_t tally_mask(const struct tally *tally)
{
    int64_t mask = 0;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (tally->kinds[kind] > 0)
            mask |= INT64_C(1) << kind;
    }
    return mask;
}

int kinds_worst(int64_t mask)
{
    return mask == 0 ? -1 : (63 - __builtin_clzll((uint64_t)mask)) / (2 * THREAT_COUNT);
}

static int64_t capped(int64_t count)
{
    return count < RANK_MAX ? count : RANK_MAX;
}

int64_t tally_rank(const struct tally *tally)
{
    int64_t rank = 0;
    for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--)
        rank = rank << RANK_BITS | capped(tally_count(tally, (struct kind_filter){.severities = 1u << severity}));
    return rank;
}

int64_t tally_urgency(const struct tally *tally)
{
    int64_t attacked = tally_count(tally, (struct kind_filter){.threats = 1u << THREAT_EXPLOIT | 1u << THREAT_KNOWN});
    return capped(attacked) << (RANK_BITS * (SEVERITY_COUNT - 1)) | tally_rank(tally) >> RANK_BITS;
}

#define ONLY(severity) (1u << (severity))

/* From the mildest to the worst. */
static const struct {
    const char *name;
    struct kind_filter filter;
} classes[SCORE_CLASS_COUNT] = {
    {"no vulnerability", {0}},
    {"negligible or of unknown severity", {.severities = ONLY(SEVERITY_NEGLIGIBLE) | ONLY(SEVERITY_UNKNOWN)}},
    {"low", {.severities = ONLY(SEVERITY_LOW)}},
    {"medium", {.severities = ONLY(SEVERITY_MEDIUM)}},
    {"high without a fix", {.severities = ONLY(SEVERITY_HIGH), .fixable = KIND_WITHOUT_FIX}},
    {"high with a fix", {.severities = ONLY(SEVERITY_HIGH), .fixable = KIND_WITH_FIX}},
    {"critical without a fix", {.severities = ONLY(SEVERITY_CRITICAL), .fixable = KIND_WITHOUT_FIX}},
    {"critical with a fix", {.severities = ONLY(SEVERITY_CRITICAL), .fixable = KIND_WITH_FIX}},
    {"with a public exploit", {.threats = 1u << THREAT_EXPLOIT}},
    {"known to be exploited", {.threats = 1u << THREAT_KNOWN}},
};

const char *score_class_name(int score_class)
{
    return classes[score_class].name;
}

int64_t tally_class_count(const struct tally *tally, int score_class)
{
    struct kind_filter filter = classes[score_class].filter;
    if (score_class == 0)
        return 0;
    if (filter.threats == 0)
        filter.threats = 1u << THREAT_NONE;
    return tally_count(tally, filter);
}

int64_t tally_score(const struct tally *tally)
{
    for (int i = SCORE_CLASS_COUNT - 1; i > 0; i--) {
        int64_t count = tally_class_count(tally, i);
        if (count > 0)
            return (int64_t)i * SCORE_CLASS_SIZE + (count < SCORE_CLASS_SIZE - 1 ? count : SCORE_CLASS_SIZE - 1);
    }
    return 0;
}

void tally_write_kinds(const struct tally *tally, struct buffer *packed)
{
    packed_write_counts(packed, tally->kinds, KIND_COUNT);
}

bool tally_read_kinds(struct view packed, struct tally *tally, bool *is_there, struct error *err)
{
    *is_there = packed.size > 0;
    return !*is_there || packed_read_counts(packed, tally->kinds, KIND_COUNT, err);
}
