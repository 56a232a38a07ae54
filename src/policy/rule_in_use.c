/* SPDX-License-Identifier: Apache-2.0 */
/* By whether the image was reported as running. Where nothing reports running images it cannot tell. */
#include "policy/rule.h"

static enum answer is_in_use(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    (void)predicate;
    (void)finding;
    return image->is_in_use;
}

static const struct predicate_kind kinds[] = {
    {.type = "vulnIsInUse",
        .rule = RULE_SEVERITY_AND_THREATS,
        .text = "the image was reported as running within the last day",
        .finding = is_in_use},
};

const struct predicate_set rule_in_use = {kinds, sizeof(kinds) / sizeof(kinds[0])};
