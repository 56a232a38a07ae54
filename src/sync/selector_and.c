/* SPDX-License-Identifier: Apache-2.0 */
/* And: what all sub-policies choose, windows last (see selector.h). */
#include "sync/selector.h"

static void apply_child(const struct selector *child, const struct selection_input *input, struct arena *arena,
    bool *is_left, struct selection *selections)
{
    selector_apply(child, input, arena, is_left, selections);
    for (size_t i = 0; i < input->repository->tag_count; i++)
        is_left[i] = is_left[i] && selections[i].is_selected;
}

static void apply(const struct selector *selector, const struct selection_input *input, struct arena *arena,
    const bool *is_given, struct selection *selections)
{
    size_t count = input->repository->tag_count;
    bool *is_left = ARENA_ARRAY(arena, bool, count);
    memcpy(is_left, is_given, count * sizeof(bool));
    for (size_t i = 0; i < selector->child_count; i++) {
        if (!selector->children[i]->has_window)
            apply_child(selector->children[i], input, arena, is_left, selections);
    }
    for (size_t i = 0; i < selector->child_count; i++) {
        if (selector->children[i]->has_window)
            apply_child(selector->children[i], input, arena, is_left, selections);
    }
}

const struct selector_kind selector_and = {
    .type = "And",
    .children_min = 1,
    .children_max = SELECTOR_NODES_MAX,
    .apply = apply,
};
