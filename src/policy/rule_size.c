/* SPDX-License-Identifier: Apache-2.0 */
/* By the size of the image's layers, compressed as the registry keeps them. */
#include "policy/rule.h"

#include "base/text.h"

enum { MEGABYTES_MAX = 1000000, MEGABYTE = 1000000 };
static const char *const members[] = {"megabytes", NULL};

static void read(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->number = document_integer(reader, extra, "megabytes", 1, MEGABYTES_MAX);
}

static void write(const struct predicate *predicate, struct json_writer *writer)
{
    json_pair_integer(writer, "megabytes", predicate->number);
}

static enum answer is_large(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    AUTO_BUFFER size;
    buffer_init(&size, POLICY_TEXT_BYTES_MAX);
    text_append_bytes(&size, image->bytes);
    *reason = arena_format(arena, "the image has %.*s", VIEW_PRINT(buffer_view(&size)));
    return image->bytes == 0 ? ANSWER_UNKNOWN : answer_of(image->bytes / MEGABYTE >= (uint64_t)predicate->number);
}

static const struct predicate_kind kinds[] = {
    {.type = "imageSizeGte",
        .rule = RULE_SIZE,
        .members = members,
        .text = "the layers have `megabytes` MB or more, compressed",
        .read = read,
        .write = write,
        .image = is_large},
};

const struct predicate_set rule_size = {kinds, sizeof(kinds) / sizeof(kinds[0])};
