/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's built-in facts against real feeds, where they lie beside the checkout. */
#include "tests/unit/feed/feed_fixture.h"

#include "base/map.h"
#include "feed/demo.h"

#include <fcntl.h>
#include <unistd.h>

enum { SKIPPED = 77, TEXT_BYTES_MAX = 64 * 1024 * 1024 };

static const char *feeds_folder;

/* Which rows the records of one feed confirm. */
struct confirmation {
    struct feed_sink sink; /* first */
    bool is_found[64]; /* the advisory is in the feed */
    bool is_confirmed[64];
};

static bool names_vulnerability(const struct advisory *advisory, struct view vulnerability)
{
    for (size_t i = 0; i < advisory->upstream_count; i++) {
        if (view_equal(advisory->upstream[i], vulnerability))
            return true;
    }
    return view_ends_with(advisory->id, vulnerability.data);
}

static bool has_fixed(const struct advisory *advisory, const struct demo_advisory *row)
{
    for (size_t i = 0; i < advisory->affected_count; i++) {
        const struct affected *affected = &advisory->affected[i];
        if (!view_equal(affected->ecosystem, row->ecosystem) || !view_equal(affected->name, row->package))
            continue;
        for (size_t j = 0; j < affected->range_count; j++) {
            const struct range *range = &affected->ranges[j];
            if (range->event_count == 2 && view_is(range->events[0].version, "0") &&
                range->events[1].kind == EVENT_FIXED && view_equal(range->events[1].version, row->fixed))
                return true;
        }
    }
    return false;
}

static bool compare_rows(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    (void)err;
    struct confirmation *confirmation = (struct confirmation *)sink;
    for (size_t i = 0; i < demo_advisory_count; i++) {
        const struct demo_advisory *row = &demo_advisories[i];
        if (!view_equal(row->advisory, advisory->id))
            continue;
        confirmation->is_found[i] = true;
        confirmation->is_confirmed[i] = names_vulnerability(advisory, row->vulnerability) && has_fixed(advisory, row);
    }
    return true;
}

static bool refuse_gap(struct feed_sink *sink, struct view name, struct view reason, struct error *err)
{
    (void)sink;
    return error_set(err, ERROR_INVALID, "%.*s: %.*s", VIEW_PRINT(name), VIEW_PRINT(reason));
}

static void agrees_with_the_feeds(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct error err;
    struct confirmation confirmation = {.sink = {.advisory = compare_rows, .gap = refuse_gap}};
    static const char *const ecosystems[] = {"Alpine", "Debian"};
    for (size_t i = 0; i < 2; i++) {
        int file = open(arena_format(arena, "%s/osv/%s/all.zip", feeds_folder, ecosystems[i]).data, O_RDONLY);
        assert_true(file >= 0);
        AUTO_SOURCE *source = source_from_descriptor(file, true);
        assert_ok(feed_osv.records.read(source, &confirmation.sink, &err), &err);
    }
    size_t found = 0;
    for (size_t i = 0; i < demo_advisory_count; i++) {
        const struct demo_advisory *row = &demo_advisories[i];
        found += confirmation.is_found[i];
        if (confirmation.is_found[i] && !confirmation.is_confirmed[i])
            fail_msg("the feed says something else about \"%.*s\" in \"%.*s\"", VIEW_PRINT(row->vulnerability),
                VIEW_PRINT(row->package));
        if (row->fixed.size > 0 && !confirmation.is_found[i])
            fail_msg("no feed has \"%.*s\"", VIEW_PRINT(row->advisory));
    }
    assert_true(found > 0);
}

static void agrees_with_the_published_vectors(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct error err;
    AUTO_BUFFER text;
    struct map published;
    map_init(&published, arena);
    buffer_init(&text, TEXT_BYTES_MAX);
    int file = open(arena_format(arena, "%s/cvss/cvss_vectors.csv.gz", feeds_folder).data, O_RDONLY);
    assert_true(file >= 0);
    AUTO_SOURCE *source = source_gzip(source_from_descriptor(file, true));
    assert_ok(source_read_all(source, &text, "the vectors", &err), &err);
    for (struct view rest = buffer_view(&text); rest.size > 0;) {
        struct view line = view_cut_line(&rest);
        struct view id = view_cut(&line, ',');
        view_cut(&line, ',');
        view_cut(&line, ',');
        struct view vector = view_cut(&line, ',');
        map_set(&published, arena_format(arena, "%.*s %.*s", VIEW_PRINT(id), VIEW_PRINT(vector)), arena);
    }
    for (size_t i = 0; i < demo_advisory_count; i++) {
        const struct demo_advisory *row = &demo_advisories[i];
        struct view key = arena_format(arena, "%.*s %.*s", VIEW_PRINT(row->vulnerability), VIEW_PRINT(row->vector));
        if (map_get(&published, key) == NULL)
            fail_msg("nobody published \"%.*s\"", VIEW_PRINT(key));
    }
}

int main(void)
{
    AUTO_ARENA *arena = arena_new();
    const char *shared = getenv("TIDEWAITER_SHARED");
    feeds_folder = arena_format(arena, "%s/feeds", shared == NULL ? "../shared" : shared).data;
    if (access(feeds_folder, R_OK) != 0) {
        printf("no feeds at \"%s\" (TIDEWAITER_SHARED names their folder)\n", feeds_folder);
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_feeds),
        cmocka_unit_test(agrees_with_the_published_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
