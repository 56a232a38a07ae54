/* SPDX-License-Identifier: Apache-2.0 */
/* ImportAllNew: what is not in the baseline that was taken when the policy was created. */
#include "sync/selector.h"

static void decide(const struct selector *selector, const struct selection_input *input, const struct observed_tag *tag,
    struct selection *selection)
{
    (void)selector;
    (void)input;
    selection->is_selected = !tag->is_baseline;
    selection->reason = tag->is_baseline ? SELECTION_BASELINE : SELECTION_NEW;
}

const struct selector_kind selector_import_all_new = {.type = "ImportAllNew", .decide = decide};
