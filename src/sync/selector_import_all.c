/* SPDX-License-Identifier: Apache-2.0 */
/* ImportAll: every tag. */
#include "sync/selector.h"

static void decide(const struct selector *selector, const struct selection_input *input, const struct observed_tag *tag,
    struct selection *selection)
{
    (void)selector;
    (void)input;
    (void)tag;
    selection->is_selected = true;
    selection->reason = SELECTION_ALL;
}

const struct selector_kind selector_import_all = {.type = "ImportAll", .decide = decide};
