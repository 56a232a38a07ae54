/* SPDX-License-Identifier: Apache-2.0 */
/* By the age of the image, as its config says. Builds that write no real date cannot tell. */
#include "policy/rule.h"

static enum answer is_old(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    int64_t created_ms = image->config->created_ms;
    enum answer old = predicate_is_older(predicate, created_ms, image->now_ms);
    *reason = old == ANSWER_UNKNOWN
                  ? view_text("the image does not say when it was made")
                  : arena_format(arena, "the image was made on %.*s", VIEW_PRINT(policy_date_write(arena, created_ms)));
    return old;
}

static const struct predicate_kind kinds[] = {
    {.type = "imageConfigCreationDateWithAge",
        .rule = RULE_CREATION_DATE,
        .members = predicate_age_members,
        .text = "the image was made `age` days ago or earlier",
        .read = predicate_read_age,
        .write = predicate_write_age,
        .image = is_old},
};

const struct predicate_set rule_creation_date = {kinds, sizeof(kinds) / sizeof(kinds[0])};
