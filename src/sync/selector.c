/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/selector.h"

#define SELECTOR(name) extern const struct selector_kind selector_##name;
#include "sync/selectors.def"
#undef SELECTOR

const struct selector_kind *const selector_kinds[] = {
#define SELECTOR(name) &selector_##name,
#include "sync/selectors.def"
#undef SELECTOR
};
const size_t selector_kind_count = sizeof(selector_kinds) / sizeof(selector_kinds[0]);

static const struct {
    const char *code;
    const char *text;
} reasons[SELECTION_REASON_COUNT] = {
#define SELECTION_REASON(constant, code, text) {code, text},
#include "sync/selection_reasons.def"
#undef SELECTION_REASON
};

const char *selection_reason_code(enum selection_reason reason)
{
    return reasons[reason].code;
}

const char *selection_reason_text(enum selection_reason reason)
{
    return reasons[reason].text;
}

const char *selection_clock_name(enum selection_clock clock)
{
    static const char *const names[CLOCK_COUNT] = {"none", "pushed", "first-observed"};
    return names[clock];
}

const struct selector_kind *selector_kind_named(struct view type)
{
    for (size_t i = 0; i < selector_kind_count; i++) {
        if (view_is(type, selector_kinds[i]->type))
            return selector_kinds[i];
    }
    return NULL;
}

bool selection_clock_of(const struct observed_tag *tag, int64_t *time_ms, enum selection_clock *clock)
{
    bool is_pushed = tag->pushed_ms != 0;
    if (!is_pushed && tag->is_of_first_listing)
        return false;
    *time_ms = is_pushed ? tag->pushed_ms : tag->first_observed_ms;
    *clock = is_pushed ? CLOCK_PUSHED : CLOCK_FIRST_OBSERVED;
    return true;
}

void selector_apply(const struct selector *selector, const struct selection_input *input, struct arena *arena,
    const bool *is_given, struct selection *selections)
{
    const struct observed_repository *repository = input->repository;
    if (selector->kind->apply != NULL) {
        selector->kind->apply(selector, input, arena, is_given, selections);
        return;
    }
    for (size_t i = 0; i < repository->tag_count; i++) {
        if (!is_given[i])
            continue;
        selections[i] = (struct selection){.by = selector};
        selector->kind->decide(selector, input, &repository->tags[i], &selections[i]);
    }
}

void selector_select(const struct selector *selector, const struct selection_input *input, struct arena *arena,
    struct selection *selections)
{
    bool *is_given = ARENA_ARRAY(arena, bool, input->repository->tag_count);
    memset(is_given, true, input->repository->tag_count * sizeof(bool));
    selector_apply(selector, input, arena, is_given, selections);
}
