/* SPDX-License-Identifier: Apache-2.0 */
/* LastNObserved: the `limitNewestImages` newest tags of the repository among those given. N counts tags, also where several
   name one digest. Equal times are ordered by SemVer, the higher version first, tags that are no versions last; then by
   name. */
#include "sync/reader.h"
#include "version/semver.h"

#include <stdlib.h>

enum { NEWEST_MAX = 1000000 };

struct candidate {
    const struct observed_tag *tag;
    int64_t time_ms;
    size_t position;
    bool is_version;
};

static void read(struct selector_reader *reader, struct json parameters, struct selector *selector)
{
    static const char *const known[] = {"limitNewestImages", NULL};
    document_check_members(&reader->document, parameters, known);
    selector->number = document_integer(&reader->document, parameters, "limitNewestImages", 1, NEWEST_MAX);
}

static void write(const struct selector *selector, struct json_writer *writer)
{
    json_pair_integer(writer, "limitNewestImages", selector->number);
}

static int newest_first(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;
    if (left->time_ms != right->time_ms)
        return left->time_ms > right->time_ms ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

static int highest_first(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;
    if (left->is_version != right->is_version)
        return left->is_version ? -1 : 1;
    int order = left->is_version ? semver_compare(right->tag->name, left->tag->name) : 0;
    return order != 0 ? order : view_compare(left->tag->name, right->tag->name);
}

/* Times rarely tie, and telling versions takes longer than comparing times: it is done for those that tie. */
static void sort_ties(struct candidate *candidates, size_t count)
{
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && candidates[end].time_ms == candidates[i].time_ms;)
            end++;
        if (end - i == 1)
            continue;
        for (size_t k = i; k < end; k++)
            candidates[k].is_version = semver_is_comparable(candidates[k].tag->name);
        qsort(candidates + i, end - i, sizeof(candidates[0]), highest_first);
    }
}

static void apply(const struct selector *selector, const struct selection_input *input, struct arena *arena,
    const bool *is_given, struct selection *selections)
{
    const struct observed_repository *repository = input->repository;
    struct candidate *candidates = ARENA_ARRAY(arena, struct candidate, repository->tag_count);
    size_t count = 0;
    for (size_t i = 0; i < repository->tag_count; i++) {
        struct candidate *candidate = &candidates[count];
        if (!is_given[i])
            continue;
        selections[i] = (struct selection){.by = selector, .reason = SELECTION_NO_PUSH_TIME};
        *candidate = (struct candidate){.tag = &repository->tags[i], .position = i};
        count += selection_clock_of(candidate->tag, &candidate->time_ms, &selections[i].clock);
    }
    if (count > 0)
        qsort(candidates, count, sizeof(candidates[0]), newest_first);
    sort_ties(candidates, count);
    for (size_t i = 0; i < count; i++) {
        struct selection *selection = &selections[candidates[i].position];
        selection->is_selected = i < (size_t)selector->number;
        selection->reason = selection->is_selected ? SELECTION_AMONG_NEWEST : SELECTION_NOT_AMONG_NEWEST;
    }
}

const struct selector_kind selector_last_n_observed = {
    .type = "LastNObserved",
    .is_window = true,
    .read = read,
    .write = write,
    .apply = apply,
};
