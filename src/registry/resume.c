/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/resume.h"

#include "base/memory.h"

#include <stdlib.h>

struct resuming_source {
    struct source base;
    struct registry *registry;
    struct arena *arena; /* holds the repository's name */
    struct blob_place place;
    struct source *content; /* NULL: it broke */
    uint64_t position;
    uint64_t resumed_at;
    unsigned resumes; /* since RESUME_PROGRESS_BYTES came */
};

/* Failures of a connection; others would come again. */
static bool is_broken_off(const struct error *err)
{
    return err->code == ERROR_UNREACHABLE || err->code == ERROR_TIMEOUT || err->code == ERROR_CORRUPT;
}

/* Reads what was read before from a registry that sends everything again. */
static bool pass_over(struct source *content, uint64_t count, struct error *err)
{
    char bytes[16384];
    while (count > 0) {
        size_t got = 0;
        if (!source_read(content, bytes, count < sizeof(bytes) ? (size_t)count : sizeof(bytes), &got, err))
            return false;
        if (got == 0)
            return error_set(err, ERROR_CORRUPT, "it is shorter than before");
        count -= got;
    }
    return true;
}

static bool open_again(struct resuming_source *resuming, struct error *err)
{
    struct source *opened = NULL;
    uint64_t first = 0;
    if (!registry_blob_open_at(resuming->registry, &resuming->place, resuming->position, &opened, &first, err))
        return false;
    AUTO_SOURCE *content = opened;
    if (!pass_over(content, resuming->position - first, err))
        return false;
    resuming->content = content;
    content = NULL;
    return true;
}

/* `err` tells why the content broke off, and why it could not be resumed if that fails. */
static bool resume(struct resuming_source *resuming, struct error *err)
{
    source_close(resuming->content);
    resuming->content = NULL;
    if (resuming->position - resuming->resumed_at >= RESUME_PROGRESS_BYTES)
        resuming->resumes = 0;
    resuming->resumed_at = resuming->position;
    while (is_broken_off(err) && resuming->resumes < RESUMES_MAX) {
        if (!http_client_wait(resuming->registry->client, NULL, resuming->resumes++, err))
            return false;
        if (open_again(resuming, err))
            return true;
    }
    return false;
}

static bool resuming_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct resuming_source *resuming = (struct resuming_source *)source;
    for (;;) {
        size_t count = 0;
        bool is_read = resuming->content != NULL && source_read(resuming->content, bytes, size, &count, err);
        bool is_end = resuming->position == resuming->place.size || (is_read && resuming->place.size == UINT64_MAX);
        if (is_end || (is_read && count > 0)) { /* how a connection ends behind the content is no matter */
            resuming->position += count;
            *got = count;
            return true;
        }
        if (is_read)
            error_set(err, ERROR_CORRUPT, "the content of %s ends after %llu of %llu bytes",
                resuming->place.digest.text, (unsigned long long)resuming->position,
                (unsigned long long)resuming->place.size);
        if (!resume(resuming, err))
            return false;
    }
}

static void resuming_close(struct source *source)
{
    struct resuming_source *resuming = (struct resuming_source *)source;
    source_close(resuming->content);
    arena_free(resuming->arena);
    free(resuming);
}

struct source *registry_resuming_source(
    struct registry *registry, const struct blob_place *place, struct source *content)
{
    static const struct source_type type = {.name = "blob", .read = resuming_read, .close = resuming_close};
    struct resuming_source *resuming = memory_alloc(sizeof(*resuming));
    *resuming = (struct resuming_source){
        .base = {&type}, .registry = registry, .arena = arena_new(), .place = *place, .content = content};
    resuming->place.repository = arena_copy(resuming->arena, place->repository);
    return &resuming->base;
}
