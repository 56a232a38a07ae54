/* SPDX-License-Identifier: Apache-2.0 */
/* By labels of the image. */
#include "policy/rule.h"

static const char *const required_members[] = {"key", "requiredLabels", "value", NULL};

static const struct image_setting *find(const struct policy_image *image, struct view key)
{
    for (size_t i = 0; i < image->config->label_count; i++) {
        if (view_equal(image->config->labels[i].name, key))
            return &image->config->labels[i];
    }
    return NULL;
}

static enum answer exists(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    *reason = arena_format(arena, "the image has the label \"%.*s\"", VIEW_PRINT(predicate->key));
    return answer_of(find(image, predicate->key) != NULL);
}

static enum answer is_missing(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    *reason = arena_format(arena, "the image has no label \"%.*s\"", VIEW_PRINT(predicate->key));
    return answer_of(find(image, predicate->key) == NULL);
}

static enum answer lacks_value(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    const struct image_setting *label = find(image, predicate->key);
    *reason = arena_format(arena, "the label \"%.*s\" does not contain \"%.*s\"", VIEW_PRINT(predicate->key),
        VIEW_PRINT(predicate->value));
    return answer_of(label == NULL || view_find_text(label->value, predicate->value) == label->value.size);
}

static void read_required(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate_read_key_and_value(reader, extra, predicate);
    predicate->texts = document_text_list(reader, extra, "requiredLabels", POLICY_TEXTS_MAX, POLICY_TEXT_BYTES_MAX);
}

static void write_required(const struct predicate *predicate, struct json_writer *writer)
{
    predicate_write_key_and_value(predicate, writer);
    json_key(writer, "requiredLabels");
    json_begin_array(writer);
    for (size_t i = 0; i < predicate->texts.count; i++)
        json_write(writer, predicate->texts.items[i]);
    json_end_array(writer);
}

static enum answer lacks_required(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    const struct image_setting *label = find(image, predicate->key);
    if (label == NULL || !view_equal(label->value, predicate->value))
        return ANSWER_NO;
    for (size_t i = 0; i < predicate->texts.count; i++) {
        struct view required = predicate->texts.items[i];
        if (find(image, required) != NULL)
            continue;
        *reason = arena_format(arena, "the image has the label \"%.*s\" with \"%.*s\", but no label \"%.*s\"",
            VIEW_PRINT(predicate->key), VIEW_PRINT(predicate->value), VIEW_PRINT(required));
        return ANSWER_YES;
    }
    return ANSWER_NO;
}

static const struct predicate_kind kinds[] = {
    {.type = "imageConfigLabelExists",
        .rule = RULE_LABEL,
        .members = predicate_key_members,
        .text = "there is a label `key`",
        .read = predicate_read_key,
        .write = predicate_write_key,
        .image = exists},
    {.type = "imageConfigLabelNotExists",
        .rule = RULE_LABEL,
        .members = predicate_key_members,
        .text = "there is no label `key`",
        .read = predicate_read_key,
        .write = predicate_write_key,
        .image = is_missing},
    {.type = "imageConfigLabelNotContains",
        .rule = RULE_LABEL,
        .members = predicate_key_and_value_members,
        .text = "there is no label `key`, or it does not contain `value`",
        .read = predicate_read_key_and_value,
        .write = predicate_write_key_and_value,
        .image = lacks_value},
    {.type = "imageConfigLabelWithValueAndLabelsExist",
        .rule = RULE_LABEL,
        .members = required_members,
        .text = "the label `key` is `value`, but one of `requiredLabels` is missing",
        .read = read_required,
        .write = write_required,
        .image = lacks_required},
};

const struct predicate_set rule_label = {kinds, sizeof(kinds) / sizeof(kinds[0])};
