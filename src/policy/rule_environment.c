/* SPDX-License-Identifier: Apache-2.0 */
/* By environment variables of the image; their values are not repeated in reasons. */
#include "policy/rule.h"

static const struct image_setting *find(const struct predicate *predicate, const struct policy_image *image)
{
    for (size_t i = 0; i < image->config->environment_count; i++) {
        if (view_equal(image->config->environment[i].name, predicate->key))
            return &image->config->environment[i];
    }
    return NULL;
}

static enum answer exists(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    *reason = arena_format(arena, "the image sets \"%.*s\"", VIEW_PRINT(predicate->key));
    return answer_of(find(predicate, image) != NULL);
}

static enum answer is_missing(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    *reason = arena_format(arena, "the image does not set \"%.*s\"", VIEW_PRINT(predicate->key));
    return answer_of(find(predicate, image) == NULL);
}

static enum answer contains(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    const struct image_setting *setting = find(predicate, image);
    *reason =
        arena_format(arena, "\"%.*s\" contains \"%.*s\"", VIEW_PRINT(predicate->key), VIEW_PRINT(predicate->value));
    return answer_of(setting != NULL && view_find_text(setting->value, predicate->value) < setting->value.size);
}

static const struct predicate_kind kinds[] = {
    {.type = "imageConfigEnvVariableExists",
        .rule = RULE_ENVIRONMENT,
        .members = predicate_key_members,
        .text = "the variable `key` is set",
        .read = predicate_read_key,
        .write = predicate_write_key,
        .image = exists},
    {.type = "imageConfigEnvVariableNotExists",
        .rule = RULE_ENVIRONMENT,
        .members = predicate_key_members,
        .text = "the variable `key` is not set",
        .read = predicate_read_key,
        .write = predicate_write_key,
        .image = is_missing},
    {.type = "imageConfigEnvVariableContains",
        .rule = RULE_ENVIRONMENT,
        .members = predicate_key_and_value_members,
        .text = "the variable `key` contains `value`",
        .read = predicate_read_key_and_value,
        .write = predicate_write_key_and_value,
        .image = contains},
};

const struct predicate_set rule_environment = {kinds, sizeof(kinds) / sizeof(kinds[0])};
