/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credential.h"

#include "base/arena.h"
#include "http/url.h"

static const struct credential_field fields[] = {
#define CREDENTIAL_FIELD(type, name, kind, presence, needs, label, help)                                               \
    {type, #name, CREDENTIAL_##kind, PRESENCE_##presence, needs, label, help},
#define PRESENCE_REQUIRED true
#define PRESENCE_OPTIONAL false
#include "registry/credential_fields.def"
#undef CREDENTIAL_FIELD
};

static const size_t field_count = sizeof(fields) / sizeof(fields[0]);

static const char *const kind_names[CREDENTIAL_KIND_COUNT] = {
    [CREDENTIAL_TEXT] = "text",
    [CREDENTIAL_LIST] = "list",
    [CREDENTIAL_URL] = "url",
    [CREDENTIAL_SWITCH] = "switch",
    [CREDENTIAL_SECRET] = "secret",
};

const char *credential_kind_name(enum credential_kind kind)
{
    return kind_names[kind];
}

static const struct credential_field *field_of(struct view type, size_t *index)
{
    for (size_t i = 0; i < field_count; i++) {
        if (view_is(type, fields[i].type) && (*index)-- == 0)
            return &fields[i];
    }
    return NULL;
}

const struct credential_field *credential_field_at(struct view type, size_t index)
{
    const struct credential_field *field = field_of(type, &index);
    return field != NULL ? field : field_of(view_text(""), &index);
}

const struct credential_field *credential_field_find(struct view type, struct view name)
{
    const struct credential_field *field;
    for (size_t i = 0; (field = credential_field_at(type, i)) != NULL; i++) {
        if (view_is(name, field->name))
            return field;
    }
    return NULL;
}

const struct secret *credential_secret(const struct credential_set *set, const char *name)
{
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        if (view_is(view_text(name), set->items[i].field->name))
            return set->items[i].value;
    }
    return NULL;
}

struct view credential_text(const struct credential_set *set, const char *name)
{
    return secret_view(credential_secret(set, name));
}

bool credential_is_on(const struct credential_set *set, const char *name)
{
    return view_is(credential_text(set, name), "true");
}

bool credential_list_next(struct view *rest, struct view *item)
{
    while (rest->size > 0) {
        struct view next = view_trim(view_cut(rest, ','));
        if (next.size > 0) {
            *item = next;
            return true;
        }
    }
    return false;
}

static size_t bytes_max(enum credential_kind kind)
{
    if (kind == CREDENTIAL_SECRET)
        return CREDENTIAL_SECRET_BYTES_MAX;
    return kind == CREDENTIAL_LIST ? CREDENTIAL_LIST_BYTES_MAX : CREDENTIAL_TEXT_BYTES_MAX;
}

static bool has_control_characters(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return true;
    }
    return false;
}

static bool check_url(const struct credential_field *field, struct view value, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct url url;
    return url_parse(arena, value, &url, err) || error_wrap(err, "field \"%s\"", field->name);
}

/* RFC 7617 §2: "the user-id cannot contain a colon". Every type with a user name sends it so. */
static bool is_for_basic(const struct credential_field *field)
{
    return view_is(view_text("username"), field->name);
}

bool credential_value_check(const struct credential_field *field, struct view value, struct error *err)
{
    if (value.size == 0)
        return error_set(err, ERROR_INVALID, "field \"%s\" is empty", field->name);
    if (value.size > bytes_max(field->kind))
        return error_set(err, ERROR_INVALID, "field \"%s\" has %zu bytes, the limit is %zu", field->name, value.size,
            bytes_max(field->kind));
    if (!view_is_utf8(value) || view_find(value, '\0') != value.size)
        return error_set(err, ERROR_INVALID, "field \"%s\" is not UTF-8 text", field->name);
    if (field->kind != CREDENTIAL_SECRET && has_control_characters(value))
        return error_set(err, ERROR_INVALID, "field \"%s\" has control characters", field->name);
    if (field->kind == CREDENTIAL_SWITCH && !view_is(value, "true") && !view_is(value, "false"))
        return error_set(err, ERROR_INVALID, "field \"%s\" is \"true\" or \"false\"", field->name);
    if (is_for_basic(field) && view_find(value, ':') < value.size)
        return error_set(
            err, ERROR_INVALID, "field \"%s\" has a \":\", which HTTP cannot send in a user name", field->name);
    return field->kind != CREDENTIAL_URL || check_url(field, value, err);
}

static bool check_companions(const struct credential_set *set, const struct credential_field *field, struct error *err)
{
    for (struct view rest = view_text(field->needs); rest.size > 0;) {
        struct view needed = view_cut(&rest, ' ');
        bool is_given = false;
        for (size_t i = 0; i < set->count && !is_given; i++)
            is_given = view_is(needed, set->items[i].field->name);
        if (!is_given)
            return error_set(err, ERROR_INVALID, "field \"%.*s\" is missing: \"%s\" was given, which needs it",
                VIEW_PRINT(needed), field->name);
    }
    return true;
}

bool credential_set_check(struct view type, const struct credential_set *set, struct error *err)
{
    const struct credential_field *field;
    for (size_t i = 0; (field = credential_field_at(type, i)) != NULL; i++) {
        bool is_given = credential_secret(set, field->name) != NULL;
        if (!is_given && field->is_required)
            return error_set(
                err, ERROR_INVALID, "field \"%s\" is missing: %s, %s", field->name, field->label, field->help);
        if (is_given && !check_companions(set, field, err))
            return false;
    }
    return true;
}
