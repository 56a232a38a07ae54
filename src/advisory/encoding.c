/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/encoding.h"

#include <assert.h>
#include <string.h>

/* Smallest encoded size of one item of each list, in bytes. */
enum {
    NUMBER_BYTES = 4,
    TEXT_BYTES_MIN = NUMBER_BYTES,
    RATING_BYTES_MIN = 2 * TEXT_BYTES_MIN,
    EVENT_BYTES_MIN = NUMBER_BYTES + TEXT_BYTES_MIN,
    RANGE_BYTES_MIN = 2 * NUMBER_BYTES,
    AFFECTED_BYTES_MIN = 4 * TEXT_BYTES_MIN + 4 * NUMBER_BYTES,
    EXPLOIT_BYTES_MIN = 2 * TEXT_BYTES_MIN,
};

/* A list is always shorter than 2^32: each item takes memory. */
static void encode_number(struct buffer *out, size_t number)
{
    assert(number <= UINT32_MAX);
    buffer_append_u32(out, (uint32_t)number);
}

static void encode_texts(struct buffer *out, const struct view *texts, size_t count)
{
    encode_number(out, count);
    for (size_t i = 0; i < count; i++)
        pack_text(out, texts[i]);
}

static void encode_ratings(struct buffer *out, const struct severity_rating *ratings, size_t count)
{
    encode_number(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_text(out, ratings[i].type);
        pack_text(out, ratings[i].score);
    }
}

void encode_head(struct buffer *out, const struct advisory *advisory)
{
    pack_text(out, advisory->id);
    pack_text(out, advisory->summary);
    buffer_append_u64(out, (uint64_t)advisory->modified_ms);
    buffer_append_u64(out, (uint64_t)advisory->published_ms);
    buffer_append_u64(out, (uint64_t)advisory->withdrawn_ms);
    encode_texts(out, advisory->aliases, advisory->alias_count);
    encode_texts(out, advisory->upstream, advisory->upstream_count);
    encode_ratings(out, advisory->ratings, advisory->rating_count);
    pack_text(out, advisory->severity_word);
}

void encode_affected(struct buffer *out, const struct affected *affected)
{
    pack_text(out, affected->ecosystem);
    encode_number(out, affected->range_count);
    for (size_t i = 0; i < affected->range_count; i++) {
        const struct range *range = &affected->ranges[i];
        encode_number(out, range->type);
        encode_number(out, range->event_count);
        for (size_t j = 0; j < range->event_count; j++) {
            encode_number(out, range->events[j].kind);
            pack_text(out, range->events[j].version);
        }
    }
    encode_texts(out, affected->versions, affected->version_count);
    encode_ratings(out, affected->ratings, affected->rating_count);
    pack_text(out, affected->status);
    pack_text(out, affected->module);
    encode_texts(out, affected->architectures, affected->architecture_count);
}

void encode_advisory(struct buffer *out, const struct advisory *advisory)
{
    encode_head(out, advisory);
    encode_number(out, advisory->affected_count);
    for (size_t i = 0; i < advisory->affected_count; i++) {
        pack_text(out, advisory->affected[i].name);
        encode_affected(out, &advisory->affected[i]);
    }
}

/* Which members of the facts are there. */
enum {
    FACT_EPSS = 1,
    FACT_KNOWN_EXPLOITED = 2,
    FACT_RANSOMWARE = 4,
    FACT_DISPUTED = 8,
    FACT_REJECTED = 16,
    FACT_FLAGS = 31,
};

/* As the bits of an IEEE double, so that it comes back as it was. */
static void encode_share(struct buffer *out, double share)
{
    uint64_t bits;
    memcpy(&bits, &share, sizeof(bits));
    buffer_append_u64(out, bits);
}

void encode_facts(struct buffer *out, const struct vulnerability_facts *facts)
{
    encode_number(out, (facts->has_epss ? FACT_EPSS : 0U) | (facts->is_known_exploited ? FACT_KNOWN_EXPLOITED : 0U) |
                           (facts->is_used_by_ransomware ? FACT_RANSOMWARE : 0U) |
                           (facts->is_disputed ? FACT_DISPUTED : 0U) | (facts->is_rejected ? FACT_REJECTED : 0U));
    if (facts->has_epss) {
        encode_share(out, facts->epss_score);
        encode_share(out, facts->epss_percentile);
        buffer_append_u64(out, (uint64_t)facts->epss_date_ms);
    }
    buffer_append_u64(out, (uint64_t)facts->kev_added_ms);
    buffer_append_u64(out, (uint64_t)facts->kev_due_ms);
    buffer_append_u64(out, (uint64_t)facts->published_ms);
    buffer_append_u64(out, (uint64_t)facts->modified_ms);
    pack_text(out, facts->summary);
    encode_ratings(out, facts->ratings, facts->rating_count);
    encode_number(out, facts->exploit_count);
    for (size_t i = 0; i < facts->exploit_count; i++) {
        pack_text(out, facts->exploits[i].source);
        pack_text(out, facts->exploits[i].reference);
    }
}

struct decoder decoder_begin(struct view encoded)
{
    return (struct decoder){.unpack = unpack_begin(encoded)};
}

struct view decode_text(struct decoder *decoder)
{
    struct view text = unpack_text(&decoder->unpack);
    if (decoder->checks_text && !view_is_utf8(text)) {
        decoder->unpack.is_broken = true;
        return view_of(NULL, 0);
    }
    return text;
}

static size_t decode_count(struct decoder *decoder, size_t item_bytes)
{
    return unpack_count(&decoder->unpack, item_bytes);
}

static int64_t decode_time(struct decoder *decoder)
{
    return (int64_t)unpack_u64(&decoder->unpack);
}

static unsigned decode_choice(struct decoder *decoder, unsigned largest)
{
    uint32_t choice = unpack_u32(&decoder->unpack);
    if (choice > largest) {
        decoder->unpack.is_broken = true;
        return 0;
    }
    return choice;
}

static struct view *decode_texts(struct decoder *decoder, struct arena *arena, size_t *count)
{
    *count = decode_count(decoder, TEXT_BYTES_MIN);
    struct view *texts = *count == 0 ? NULL : ARENA_ARRAY(arena, struct view, *count);
    for (size_t i = 0; i < *count; i++)
        texts[i] = decode_text(decoder);
    return texts;
}

static struct severity_rating *decode_ratings(struct decoder *decoder, struct arena *arena, size_t *count)
{
    *count = decode_count(decoder, RATING_BYTES_MIN);
    struct severity_rating *ratings = *count == 0 ? NULL : ARENA_ARRAY(arena, struct severity_rating, *count);
    for (size_t i = 0; i < *count; i++) {
        ratings[i].type = decode_text(decoder);
        ratings[i].score = decode_text(decoder);
        ratings[i].source = view_text("");
    }
    return ratings;
}

void decode_head(struct decoder *decoder, struct arena *arena, struct advisory *advisory)
{
    *advisory = (struct advisory){.affected = NULL};
    advisory->id = decode_text(decoder);
    advisory->summary = decode_text(decoder);
    advisory->modified_ms = decode_time(decoder);
    advisory->published_ms = decode_time(decoder);
    advisory->withdrawn_ms = decode_time(decoder);
    advisory->aliases = decode_texts(decoder, arena, &advisory->alias_count);
    advisory->upstream = decode_texts(decoder, arena, &advisory->upstream_count);
    advisory->ratings = decode_ratings(decoder, arena, &advisory->rating_count);
    advisory->severity_word = decode_text(decoder);
}

static void decode_range(struct decoder *decoder, struct arena *arena, struct range *range)
{
    range->type = (enum range_type)decode_choice(decoder, RANGE_GIT);
    range->event_count = decode_count(decoder, EVENT_BYTES_MIN);
    range->events = range->event_count == 0 ? NULL : ARENA_ARRAY(arena, struct range_event, range->event_count);
    for (size_t i = 0; i < range->event_count; i++) {
        range->events[i].kind = (enum event_kind)decode_choice(decoder, EVENT_LIMIT);
        range->events[i].version = decode_text(decoder);
    }
}

void decode_affected(struct decoder *decoder, struct arena *arena, struct affected *affected)
{
    *affected = (struct affected){.ranges = NULL};
    affected->ecosystem = decode_text(decoder);
    affected->range_count = decode_count(decoder, RANGE_BYTES_MIN);
    if (affected->range_count > 0)
        affected->ranges = ARENA_ARRAY(arena, struct range, affected->range_count);
    for (size_t i = 0; i < affected->range_count; i++)
        decode_range(decoder, arena, &affected->ranges[i]);
    affected->versions = decode_texts(decoder, arena, &affected->version_count);
    affected->ratings = decode_ratings(decoder, arena, &affected->rating_count);
    affected->status = decode_text(decoder);
    affected->module = decode_text(decoder);
    affected->architectures = decode_texts(decoder, arena, &affected->architecture_count);
}

void decode_advisory(struct decoder *decoder, struct arena *arena, struct advisory *advisory)
{
    decode_head(decoder, arena, advisory);
    size_t count = decode_count(decoder, AFFECTED_BYTES_MIN);
    if (count > 0)
        advisory->affected = ARENA_ARRAY(arena, struct affected, count);
    advisory->affected_count = count;
    for (size_t i = 0; i < count; i++) {
        struct view name = decode_text(decoder);
        decode_affected(decoder, arena, &advisory->affected[i]);
        advisory->affected[i].name = name;
    }
}

/* 0 … 1 */
static double decode_share(struct decoder *decoder)
{
    double share;
    uint64_t bits = unpack_u64(&decoder->unpack);
    memcpy(&share, &bits, sizeof(share));
    if (share >= 0 && share <= 1)
        return share;
    decoder->unpack.is_broken = true;
    return 0;
}

void decode_facts(struct decoder *decoder, struct arena *arena, struct vulnerability_facts *facts)
{
    unsigned flags = decode_choice(decoder, FACT_FLAGS);
    *facts = (struct vulnerability_facts){
        .has_epss = (flags & FACT_EPSS) != 0,
        .is_known_exploited = (flags & FACT_KNOWN_EXPLOITED) != 0,
        .is_used_by_ransomware = (flags & FACT_RANSOMWARE) != 0,
        .is_disputed = (flags & FACT_DISPUTED) != 0,
        .is_rejected = (flags & FACT_REJECTED) != 0,
    };
    if (facts->has_epss) {
        facts->epss_score = decode_share(decoder);
        facts->epss_percentile = decode_share(decoder);
        facts->epss_date_ms = decode_time(decoder);
    }
    facts->kev_added_ms = decode_time(decoder);
    facts->kev_due_ms = decode_time(decoder);
    facts->published_ms = decode_time(decoder);
    facts->modified_ms = decode_time(decoder);
    facts->summary = decode_text(decoder);
    facts->ratings = decode_ratings(decoder, arena, &facts->rating_count);
    facts->exploit_count = decode_count(decoder, EXPLOIT_BYTES_MIN);
    if (facts->exploit_count > 0)
        facts->exploits = ARENA_ARRAY(arena, struct vulnerability_exploit, facts->exploit_count);
    for (size_t i = 0; i < facts->exploit_count; i++) {
        facts->exploits[i].source = decode_text(decoder);
        facts->exploits[i].reference = decode_text(decoder);
    }
}

bool decoder_finish(const struct decoder *decoder, const char *what, struct error *err)
{
    return unpack_is_done(&decoder->unpack) || error_set(err, ERROR_CORRUPT, "%s is damaged", what);
}
