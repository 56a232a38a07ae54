/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/plan_chunk.h"

#include "base/clock.h"
#include "base/pack.h"

#include <assert.h>

#define WORDS_MAX 64

/* A chunk: version, the words of three tables, then repositories: name, count of tags, tags. A tag: name, flags, action, then
   reason and clock if it has them, times in milliseconds as differences to those of the tag before. */
enum {
    CHUNK_VERSION = 1,
    TAG_BYTES_MIN = 3,
};

/* Of a tag; stored, never renumbered. */
enum tag_flag { TAG_IS_OBSERVED = 1, TAG_IS_PUSHED = 2, TAG_IS_SELECTION = 4, TAG_FLAGS_END = 8 };

static_assert(
    (int)PLAN_ACTION_COUNT <= WORDS_MAX && (int)SELECTION_REASON_COUNT <= WORDS_MAX, "a reader takes so many words");

struct times {
    int64_t observed_ms;
    int64_t pushed_ms;
};

static void pack_word(struct buffer *chunk, const char *word)
{
    pack_short_text(chunk, view_text(word));
}

void plan_chunk_begin(struct buffer *chunk)
{
    pack_number(chunk, CHUNK_VERSION);
    pack_number(chunk, PLAN_ACTION_COUNT);
    for (int i = 0; i < PLAN_ACTION_COUNT; i++)
        pack_word(chunk, plan_action_name((enum plan_action)i));
    pack_number(chunk, SELECTION_REASON_COUNT);
    for (int i = 0; i < SELECTION_REASON_COUNT; i++)
        pack_word(chunk, selection_reason_code((enum selection_reason)i));
    pack_number(chunk, CLOCK_COUNT);
    for (int i = 0; i < CLOCK_COUNT; i++)
        pack_word(chunk, selection_clock_name((enum selection_clock)i));
}

static void pack_step(struct buffer *chunk, const struct plan_step *step, struct times *before)
{
    const struct observed_tag *observed = step->observed;
    bool is_pushed = observed != NULL && observed->pushed_ms != 0;
    pack_short_text(chunk, step->tag);
    pack_number(chunk, (observed != NULL ? TAG_IS_OBSERVED : 0u) | (is_pushed ? TAG_IS_PUSHED : 0u) |
                           (step->selection != NULL ? TAG_IS_SELECTION : 0u));
    pack_number(chunk, step->action);
    if (step->selection != NULL) {
        pack_number(chunk, step->selection->reason);
        pack_number(chunk, step->selection->clock);
    }
    if (observed != NULL) {
        pack_signed(chunk, observed->first_observed_ms - before->observed_ms);
        before->observed_ms = observed->first_observed_ms;
    }
    if (is_pushed) {
        pack_signed(chunk, observed->pushed_ms - before->pushed_ms);
        before->pushed_ms = observed->pushed_ms;
    }
}

void plan_chunk_add(
    struct buffer *chunk, struct view repository, const struct plan_step *steps, size_t count, plan_step_filter *wants)
{
    struct times before = {0};
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
        wanted += wants(&steps[i]);
    if (wanted == 0)
        return;
    pack_short_text(chunk, repository);
    pack_number(chunk, wanted);
    for (size_t i = 0; i < count; i++) {
        if (wants(&steps[i]))
            pack_step(chunk, &steps[i], &before);
    }
}

struct words {
    struct view items[WORDS_MAX];
    uint64_t count;
};

struct reader {
    struct unpack unpack;
    struct words actions;
    struct words reasons;
    struct words clocks;
};

static void read_words(struct unpack *unpack, struct words *words)
{
    words->count = unpack_number(unpack);
    if (words->count > WORDS_MAX)
        unpack->is_broken = true;
    for (uint64_t i = 0; i < words->count && !unpack->is_broken; i++)
        words->items[i] = unpack_short_text(unpack);
}

static struct view read_word(struct unpack *unpack, const struct words *words)
{
    uint64_t number = unpack_number(unpack);
    if (unpack->is_broken || number >= words->count) {
        unpack->is_broken = true;
        return view_text("");
    }
    return words->items[number];
}

static void write_time(struct json_writer *writer, const char *name, int64_t time_ms)
{
    char time[TIME_TEXT_SIZE];
    time_format(time_ms, time);
    json_pair_text(writer, name, time);
}

static void read_tag(struct reader *reader, struct times *times, struct json_writer *writer)
{
    struct unpack *unpack = &reader->unpack;
    struct view reason = view_text(""), clock = view_text("");
    struct view tag = unpack_short_text(unpack);
    uint64_t flags = unpack_number(unpack);
    struct view action = read_word(unpack, &reader->actions);
    if (flags >= TAG_FLAGS_END)
        unpack->is_broken = true;
    if ((flags & TAG_IS_SELECTION) != 0) {
        reason = read_word(unpack, &reader->reasons);
        clock = read_word(unpack, &reader->clocks);
    }
    json_begin_object(writer);
    json_pair(writer, "tag", tag);
    if ((flags & TAG_IS_OBSERVED) != 0)
        write_time(writer, "observed_at", times->observed_ms = unpack_signed(unpack, times->observed_ms));
    if ((flags & TAG_IS_PUSHED) != 0)
        write_time(writer, "pushed_at", times->pushed_ms = unpack_signed(unpack, times->pushed_ms));
    json_pair(writer, "action", action);
    if ((flags & TAG_IS_SELECTION) != 0) {
        json_pair(writer, "reason", reason);
        json_pair(writer, "clock", clock);
    }
    json_end_object(writer);
}

static void read_repository(struct reader *reader, struct json_writer *writer)
{
    struct times times = {0};
    struct view repository = unpack_short_text(&reader->unpack);
    uint64_t count = unpack_number(&reader->unpack);
    if (count > reader->unpack.rest.size / TAG_BYTES_MIN)
        reader->unpack.is_broken = true;
    json_begin_object(writer);
    json_pair(writer, "repository", repository);
    json_key(writer, "tags");
    json_begin_array(writer);
    for (uint64_t i = 0; i < count && !reader->unpack.is_broken; i++)
        read_tag(reader, &times, writer);
    json_end_array(writer);
    json_end_object(writer);
}

bool plan_chunk_write(struct view chunk, struct json_writer *writer, struct error *err)
{
    struct reader reader = {.unpack = unpack_begin(chunk)};
    if (unpack_number(&reader.unpack) != CHUNK_VERSION)
        reader.unpack.is_broken = true;
    read_words(&reader.unpack, &reader.actions);
    read_words(&reader.unpack, &reader.reasons);
    read_words(&reader.unpack, &reader.clocks);
    while (!reader.unpack.is_broken && reader.unpack.rest.size > 0)
        read_repository(&reader, writer);
    return !reader.unpack.is_broken ||
           error_set(err, ERROR_CORRUPT, "a stored plan is damaged: make the dry run again");
}
