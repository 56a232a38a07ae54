/* SPDX-License-Identifier: Apache-2.0 */
/* Zip files made in memory, and a sink that remembers what came. */
#ifndef TESTS_UNIT_FEED_FIXTURE_H
#define TESTS_UNIT_FEED_FIXTURE_H

#include "feed/feed.h"
#include "tests/unit/test.h"

#include <archive.h>
#include <archive_entry.h>

extern const struct feed feed_osv;

struct remembered {
    struct feed_sink sink; /* first */
    struct arena *arena;
    struct view advisories[64]; /* ids */
    size_t advisory_count;
    size_t affected_count;
    struct view known[64]; /* vulnerabilities */
    struct vulnerability_facts facts[64]; /* of them, without lists */
    size_t facts_count;
    struct view gaps[64]; /* "name: reason" */
    size_t gap_count;
    struct view listed[64];
    size_t listed_count;
};

static bool remember_advisory(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    (void)err;
    struct remembered *remembered = (struct remembered *)sink;
    if (remembered->advisory_count < 64)
        remembered->advisories[remembered->advisory_count] = arena_copy(remembered->arena, advisory->id);
    remembered->advisory_count++;
    remembered->affected_count += advisory->affected_count;
    return true;
}

static bool remember_facts(
    struct feed_sink *sink, struct view vulnerability, const struct vulnerability_facts *facts, struct error *err)
{
    (void)err;
    struct remembered *remembered = (struct remembered *)sink;
    if (remembered->facts_count < 64) {
        remembered->known[remembered->facts_count] = arena_copy(remembered->arena, vulnerability);
        remembered->facts[remembered->facts_count] = *facts;
    }
    remembered->facts_count++;
    return true;
}

static bool remember_gap(struct feed_sink *sink, struct view name, struct view reason, struct error *err)
{
    (void)err;
    struct remembered *remembered = (struct remembered *)sink;
    if (remembered->gap_count < 64)
        remembered->gaps[remembered->gap_count] =
            arena_format(remembered->arena, "%.*s: %.*s", VIEW_PRINT(name), VIEW_PRINT(reason));
    remembered->gap_count++;
    return true;
}

static bool remember_listed(struct feed_sink *sink, struct view id, int64_t modified_ms, struct error *err)
{
    (void)modified_ms;
    (void)err;
    struct remembered *remembered = (struct remembered *)sink;
    if (remembered->listed_count < 64)
        remembered->listed[remembered->listed_count] = arena_copy(remembered->arena, id);
    remembered->listed_count++;
    return true;
}

static inline struct remembered remembered_new(struct arena *arena)
{
    return (struct remembered){.sink = {.advisory = remember_advisory,
                                   .facts = remember_facts,
                                   .gap = remember_gap,
                                   .listed = remember_listed},
        .arena = arena};
}

struct zip_file {
    const char *name;
    struct view content;
};

/* In the arena. */
static inline struct view zip_of(struct arena *arena, const struct zip_file *files, size_t count)
{
    size_t size = 64 * 1024;
    for (size_t i = 0; i < count; i++)
        size += 1024 + files[i].content.size * 2;
    char *bytes = arena_alloc(arena, size);
    size_t used;
    struct archive *archive = archive_write_new();
    assert_int_equal(archive_write_set_format_zip(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_in_last_block(archive, 1), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(archive, bytes, size, &used), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, files[i].name);
        archive_entry_set_filetype(entry, files[i].name[strlen(files[i].name) - 1] == '/' ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)files[i].content.size);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(
            archive_write_data(archive, files[i].content.data, files[i].content.size), files[i].content.size);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    return view_of(bytes, used);
}

#define RECORD(id, name)                                                                                               \
    "{\"id\":\"" id                                                                                                    \
    "\",\"modified\":\"2026-01-02T03:04:05Z\",\"affected\":[{\"package\":{\"ecosystem\":\"Debian:12\","                \
    "\"name\":\"" name                                                                                                 \
    "\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"1.0\"}]}]}]}"

#endif
