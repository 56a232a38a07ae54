/* SPDX-License-Identifier: Apache-2.0 */
/* Not: what its one sub-policy leaves of what was given. */
#include "sync/selector.h"

static void apply(const struct selector *selector, const struct selection_input *input, struct arena *arena,
    const bool *is_given, struct selection *selections)
{
    selector_apply(selector->children[0], input, arena, is_given, selections);
    for (size_t i = 0; i < input->repository->tag_count; i++) {
        if (!is_given[i])
            continue;
        selections[i].is_selected = !selections[i].is_selected;
        selections[i].is_negated = !selections[i].is_negated;
    }
}

const struct selector_kind selector_not = {
    .type = "Not",
    .children_min = 1,
    .children_max = 1,
    .apply = apply,
};
