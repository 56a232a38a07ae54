/* SPDX-License-Identifier: Apache-2.0 */
#include "index/delta.h"

#include "base/pack.h"
#include "index/folder.h"

#include <inttypes.h>
#include <stdio.h>

#define DELTA_FORMAT "tidewaiter index delta 1"

void delta_path(uint64_t number, char path[DELTA_PATH_SIZE])
{
    snprintf(path, DELTA_PATH_SIZE, "deltas/%" PRIu64, number);
}

void delta_write(struct buffer *out, const struct index_delta *delta)
{
    pack_text(out, view_text(DELTA_FORMAT));
    buffer_append_u32(out, (uint32_t)delta->ecosystem_count);
    for (size_t i = 0; i < delta->ecosystem_count; i++)
        pack_text(out, delta->ecosystems[i]);
    buffer_append_u32(out, (uint32_t)delta->name_count);
    for (size_t i = 0; i < delta->name_count; i++) {
        pack_text(out, delta->names[i].ecosystem);
        pack_text(out, delta->names[i].name);
    }
    buffer_append_u32(out, (uint32_t)delta->fact_count);
    for (size_t i = 0; i < delta->fact_count; i++) {
        pack_text(out, delta->facts[i].vulnerability);
        buffer_append_u32(out, delta->facts[i].moves_findings);
    }
}

bool delta_parse(struct arena *arena, struct view content, struct index_delta *delta, struct error *err)
{
    enum { TEXT_MIN = 4 }; /* the length of an empty text */
    struct index_delta read = {0};
    struct unpack unpack = unpack_begin(content);
    bool is_ours = view_is(unpack_text(&unpack), DELTA_FORMAT);
    read.ecosystem_count = unpack_count(&unpack, TEXT_MIN);
    read.ecosystems = ARENA_ARRAY(arena, struct view, read.ecosystem_count);
    for (size_t i = 0; i < read.ecosystem_count; i++)
        read.ecosystems[i] = unpack_text(&unpack);
    read.name_count = unpack_count(&unpack, 2 * (size_t)TEXT_MIN);
    read.names = ARENA_ARRAY(arena, struct index_name, read.name_count);
    for (size_t i = 0; i < read.name_count; i++) {
        read.names[i].ecosystem = unpack_text(&unpack);
        read.names[i].name = unpack_text(&unpack);
    }
    read.fact_count = unpack_count(&unpack, TEXT_MIN + sizeof(uint32_t));
    read.facts = ARENA_ARRAY(arena, struct index_fact, read.fact_count);
    for (size_t i = 0; i < read.fact_count; i++) {
        read.facts[i].vulnerability = unpack_text(&unpack);
        read.facts[i].moves_findings = unpack_u32(&unpack) != 0;
    }
    if (!is_ours || !unpack_is_done(&unpack))
        return error_set(err, ERROR_CORRUPT, "the delta is damaged");
    *delta = read;
    return true;
}

static bool read_delta(const char *folder, const struct index_delta_entry *entry, struct arena *arena,
    struct index_delta *delta, struct error *err)
{
    char path[DELTA_PATH_SIZE];
    AUTO_BUFFER text;
    buffer_init(&text, DELTA_BYTES_MAX);
    delta_path(entry->number, path);
    return folder_read(folder, path, &text, err) && digest_verify(buffer_view(&text), &entry->digest, path, err) &&
           delta_parse(arena, arena_copy(arena, buffer_view(&text)), delta, err);
}

static void *join(
    struct arena *arena, const void *first, size_t *count, const void *more, size_t more_count, size_t size)
{
    char *both = arena_alloc_array(arena, *count + more_count, size);
    if (*count > 0)
        memcpy(both, first, *count * size);
    if (more_count > 0)
        memcpy(both + *count * size, more, more_count * size);
    *count += more_count;
    return both;
}

static void add(struct arena *arena, struct index_delta *all, const struct index_delta *more)
{
    all->ecosystems = join(arena, all->ecosystems, &all->ecosystem_count, more->ecosystems, more->ecosystem_count,
        sizeof(all->ecosystems[0]));
    all->names = join(arena, all->names, &all->name_count, more->names, more->name_count, sizeof(all->names[0]));
    all->facts = join(arena, all->facts, &all->fact_count, more->facts, more->fact_count, sizeof(all->facts[0]));
}

bool delta_since(const char *folder, const struct index_manifest *manifest, uint64_t number,
    const struct digest *digest, struct arena *arena, struct index_delta *delta)
{
    struct index_delta all = {0};
    uint64_t at = manifest->number;
    bool is_there = at == number && digest_equal(&manifest->digest, digest);
    for (size_t i = 0; i < manifest->delta_count && !is_there; i++) {
        const struct index_delta_entry *entry = &manifest->deltas[i];
        struct index_delta more;
        struct error ignored; /* whatever it is: nothing is known of the changes */
        if (entry->number != at || !read_delta(folder, entry, arena, &more, &ignored))
            return false;
        add(arena, &all, &more);
        at = entry->from;
        is_there = at == number && digest_equal(&entry->from_digest, digest);
    }
    if (is_there)
        *delta = all;
    return is_there;
}
