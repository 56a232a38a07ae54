/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed/feed_fixture.h"

#include "base/pack.h"
#include "feed/feed_frames.h"

struct channel {
    struct feed_frame_reader reader;
    size_t frame_count;
};

static bool pass_on(void *context, uint32_t type, struct view payload, struct error *err)
{
    struct channel *channel = context;
    channel->frame_count++;
    assert_true(payload.size <= FRAME_BYTES_MAX);
    return feed_frame_read(&channel->reader, type, payload, err);
}

static void carries_records_gaps_and_ids(void **state)
{
    (void)state;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    struct remembered remembered = remembered_new(arena);
    struct channel channel = {.frame_count = 0};
    feed_frame_reader_init(&channel.reader, &remembered.sink);
    struct feed_frame_writer writer;
    feed_frame_writer_init(&writer, pass_on, &channel);

    struct affected *affected = ARENA_ARRAY(arena, struct affected, 30000);
    for (size_t i = 0; i < 30000; i++)
        affected[i] = (struct affected){.ecosystem = view_text("Debian:12"), .name = view_text("a-package-name")};
    struct advisory small = {.id = view_text("SMALL-1")};
    struct advisory large = {.id = view_text("LARGE-1"), .affected = affected, .affected_count = 30000};
    assert_ok(writer.sink.advisory(&writer.sink, &small, &err), &err);
    assert_int_equal(channel.frame_count, 1);
    assert_ok(writer.sink.advisory(&writer.sink, &large, &err), &err);
    assert_int_equal(channel.frame_count, 3); /* one of 1 MiB, and the rest */
    assert_ok(writer.sink.advisory(&writer.sink, &small, &err), &err);
    assert_ok(writer.sink.gap(&writer.sink, view_text("X\x1b[2J\xff"), view_text("why"), &err), &err);
    for (int i = 0; i < 20; i++)
        assert_ok(writer.sink.listed(&writer.sink, view_text("ID"), 1, &err), &err);
    struct vulnerability_facts facts = {.has_epss = true, .epss_score = 0.25, .is_rejected = true, .published_ms = 7};
    for (int i = 0; i < 2000; i++)
        assert_ok(writer.sink.facts(&writer.sink, view_text("CVE-2026-0001"), &facts, &err), &err);
    assert_ok(feed_frame_writer_finish(&writer, &err), &err);
    assert_ok(feed_frame_reader_finish(&channel.reader, &err), &err);

    assert_int_equal(remembered.advisory_count, 3);
    assert_view_equal(remembered.advisories[1], "LARGE-1");
    assert_int_equal(remembered.affected_count, 30000);
    assert_view_equal(remembered.gaps[0], "X?[2J?: why");
    assert_int_equal(remembered.listed_count, 20);
    assert_int_equal(remembered.facts_count, 2000);
    assert_view_equal(remembered.known[63], "CVE-2026-0001");
    assert_true(remembered.facts[63].has_epss && remembered.facts[63].epss_score == 0.25);
    assert_true(remembered.facts[63].is_rejected && !remembered.facts[63].is_known_exploited);
    assert_int_equal(remembered.facts[63].published_ms, 7);
    feed_frame_writer_done(&writer);
    feed_frame_reader_done(&channel.reader);
}

static void makes_a_gap_of_a_record_that_is_too_large(void **state)
{
    (void)state;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    struct remembered remembered = remembered_new(arena);
    struct channel channel = {.frame_count = 0};
    feed_frame_reader_init(&channel.reader, &remembered.sink);
    struct feed_frame_writer writer;
    feed_frame_writer_init(&writer, pass_on, &channel);
    size_t size = 5 * 1024 * 1024;
    struct advisory advisory = {.id = view_text("HUGE-1"), .severity_word = view_of(arena_alloc(arena, size), size)};
    assert_ok(writer.sink.advisory(&writer.sink, &advisory, &err), &err);
    assert_view_equal(remembered.gaps[0], "HUGE-1: the record is too large");
    feed_frame_writer_done(&writer);
    feed_frame_reader_done(&channel.reader);
}

static void breaks_off_at_frames_that_our_child_would_not_write(void **state)
{
    (void)state;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    struct remembered remembered = remembered_new(arena);
    AUTO_BUFFER texts;
    buffer_init(&texts, 1000);
    pack_text(&texts, view_text("a"));
    pack_text(&texts, view_text("\xff"));
    const struct {
        uint32_t type;
        struct view payload;
    } hostile[] = {
        {0, view_text("")},
        {6, view_text("")},
        {FEED_FRAME_FACTS, buffer_view(&texts)},
        {FEED_FRAME_FACTS, view_of("\1\0\0\0a\0\0\0\0", 9)},
        {FEED_FRAME_ADVISORY, view_text("")},
        {FEED_FRAME_ADVISORY, view_text("\xff\xff\xff\xff")},
        {FEED_FRAME_PART, view_text("")},
        {FEED_FRAME_GAP, view_text("")},
        {FEED_FRAME_GAP, buffer_view(&texts)},
        {FEED_FRAME_LISTED, buffer_view(&texts)},
        {FEED_FRAME_LISTED, view_of("\0\0\0\0", 4)},
    };
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct feed_frame_reader reader;
        feed_frame_reader_init(&reader, &remembered.sink);
        assert_fails(feed_frame_read(&reader, hostile[i].type, hostile[i].payload, &err), &err, ERROR_CRASHED);
        feed_frame_reader_done(&reader);
    }
    struct feed_frame_reader reader;
    feed_frame_reader_init(&reader, &remembered.sink);
    char *part = arena_alloc(arena, FRAME_BYTES_MAX);
    for (int i = 0; i < 4; i++)
        assert_ok(feed_frame_read(&reader, FEED_FRAME_PART, view_of(part, FRAME_BYTES_MAX), &err), &err);
    assert_fails(feed_frame_reader_finish(&reader, &err), &err, ERROR_CRASHED);
    assert_fails(feed_frame_read(&reader, FEED_FRAME_PART, view_of(part, FRAME_BYTES_MAX), &err), &err, ERROR_CRASHED);
    feed_frame_reader_done(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_records_gaps_and_ids),
        cmocka_unit_test(makes_a_gap_of_a_record_that_is_too_large),
        cmocka_unit_test(breaks_off_at_frames_that_our_child_would_not_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
