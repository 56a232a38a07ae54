/* SPDX-License-Identifier: Apache-2.0 */
/* By the user that a container of the image runs as. The group behind ":" does not count; without a user, and with id 0, it
   is root. */
#include "policy/rule.h"

static const char *const user_members[] = {"user", NULL};
static const char *const list_members[] = {"operator", "users", NULL};

static struct view normal(struct view user)
{
    int64_t id;
    user = view_trim(view_cut(&user, ':'));
    bool is_root = user.size == 0 || (view_to_integer(user, &id) && id == 0);
    return is_root ? view_text("root") : user;
}

static struct view user_of(const struct policy_image *image, struct arena *arena, struct view *reason)
{
    struct view user = normal(image->config->user);
    *reason = arena_format(arena, "the image runs as \"%.*s\"", VIEW_PRINT(user));
    return user;
}

static enum answer is_root(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    (void)predicate;
    return answer_of(view_is(user_of(image, arena, reason), "root"));
}

static void read_user(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->value = document_text(reader, extra, "user", true, POLICY_TEXT_BYTES_MAX);
}

static void write_user(const struct predicate *predicate, struct json_writer *writer)
{
    json_pair(writer, "user", predicate->value);
}

static enum answer is_not(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    return answer_of(!view_equal(user_of(image, arena, reason), normal(predicate->value)));
}

static void read_list(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate_read_list(reader, extra, "users", predicate);
}

static void write_list(const struct predicate *predicate, struct json_writer *writer)
{
    predicate_write_list(predicate, "users", writer);
}

static enum answer is_in_list(
    const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason)
{
    struct view user = user_of(image, arena, reason);
    bool is_listed = false;
    for (size_t i = 0; i < predicate->texts.count; i++)
        is_listed = is_listed || view_equal(user, normal(predicate->texts.items[i]));
    return answer_of(is_listed != predicate->is_negated);
}

static const struct predicate_kind kinds[] = {
    {.type = "imageConfigDefaultUserIsRoot",
        .rule = RULE_DEFAULT_USER,
        .text = "the image runs as root",
        .image = is_root},
    {.type = "imageConfigDefaultUserIsNot",
        .rule = RULE_DEFAULT_USER,
        .members = user_members,
        .text = "the image runs as another user than `user`",
        .read = read_user,
        .write = write_user,
        .image = is_not},
    {.type = "imageConfigDefaultUserList",
        .rule = RULE_DEFAULT_USER,
        .members = list_members,
        .text = "the image's user is one (`IN`) or none (`NOT_IN`) of `users`",
        .read = read_list,
        .write = write_list,
        .image = is_in_list},
};

const struct predicate_set rule_default_user = {kinds, sizeof(kinds) / sizeof(kinds[0])};
