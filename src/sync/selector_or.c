/* SPDX-License-Identifier: Apache-2.0 */
/* Or: what at least one sub-policy chooses of what was given to all of them. The first that chooses is the reason. */
#include "sync/selector.h"

static void apply(const struct selector *selector, const struct selection_input *input, struct arena *arena,
    const bool *is_given, struct selection *selections)
{
    size_t count = input->repository->tag_count;
    struct selection *of_child = ARENA_ARRAY(arena, struct selection, count);
    for (size_t child = 0; child < selector->child_count; child++) {
        selector_apply(selector->children[child], input, arena, is_given, of_child);
        for (size_t i = 0; i < count; i++) {
            if (is_given[i] && (child == 0 || !selections[i].is_selected))
                selections[i] = of_child[i];
        }
    }
}

const struct selector_kind selector_or = {
    .type = "Or",
    .children_min = 1,
    .children_max = SELECTOR_NODES_MAX,
    .apply = apply,
};
