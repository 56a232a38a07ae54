/* SPDX-License-Identifier: Apache-2.0 */
#include "package/listing.h"

#include <stdarg.h>
#include <stdio.h>

void listing_init(struct listing *listing, struct arena *arena, struct analysis *analysis, enum package_type type)
{
    *listing = (struct listing){.arena = arena, .type = type};
    database_init(&listing->database, analysis, (struct view){0});
    map_init(&listing->packages, arena);
}

void listing_add_package(
    struct listing *listing, const struct package *package, const struct installation *installation)
{
    if (!database_field_is_valid(package->name)) {
        listing_damaged(listing, "\"%.*s\" is not a package name", VIEW_PRINT(view_slice(package->name, 0, 64)));
        return;
    }
    if (package->version.size > 0 && !database_field_is_valid(package->version)) {
        listing_damaged(listing, "package \"%.*s\" has no valid version", VIEW_PRINT(package->name));
        return;
    }
    bool is_development = installation != NULL && installation->is_development;
    struct view key = arena_format(listing->arena, "%s %.*s %.*s", package_type_name(package->type),
        VIEW_PRINT(package->name), VIEW_PRINT(package->version));
    struct listed *known = map_get(&listing->packages, key);
    if (known != NULL) {
        known->installation.is_development = known->installation.is_development && is_development;
        return;
    }
    struct listed *listed = ARENA_NEW(listing->arena, struct listed);
    listed->package = *package;
    if (!database_field_is_valid(package->arch))
        listed->package.arch = (struct view){0};
    if (!database_field_is_valid(package->vendor))
        listed->package.vendor = (struct view){0};
    if (installation != NULL)
        listed->installation = *installation;
    map_set(&listing->packages, key, listed);
}

void listing_add(
    struct listing *listing, struct view name, struct view version, const struct installation *installation)
{
    listing_add_package(
        listing, &(struct package){.type = listing->type, .name = name, .version = version}, installation);
}

void listing_damaged(struct listing *listing, const char *format, ...)
{
    char text[ERROR_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    database_damaged(&listing->database, 0, "%s", text);
}

void listing_finish(struct listing *listing)
{
    for (size_t i = 0; i < listing->packages.count; i++) {
        const struct listed *listed = listing->packages.entries[i].value;
        database_package(&listing->database, &listed->package, &listed->installation);
    }
    database_finish(&listing->database);
}

void listing_add_license(struct arena *arena, struct view *licenses, struct view license)
{
    license = view_trim(license);
    license = view_trim(view_cut_line(&license));
    if (license.size == 0 || licenses->size > ANALYSIS_TEXT_BYTES_MAX)
        return; /* whoever takes the list cuts it and tells so */
    *licenses =
        licenses->size == 0 ? license : arena_format(arena, "%.*s\n%.*s", VIEW_PRINT(*licenses), VIEW_PRINT(license));
}

static void add_json_license(struct arena *arena, struct view *licenses, struct json value)
{
    struct view type = json_member_string(value, "type");
    listing_add_license(arena, licenses, json_string(value));
    listing_add_license(arena, licenses, type.size > 0 ? type : json_member_string(value, "name"));
}

struct view listing_licenses(struct arena *arena, struct json value)
{
    struct view licenses = {0};
    if (json_type(value) != JSON_ARRAY)
        add_json_license(arena, &licenses, value);
    for (struct json_iterator i = json_each(value); json_type(value) == JSON_ARRAY && json_next(&i);)
        add_json_license(arena, &licenses, i.value);
    return licenses;
}

static bool is_hexadecimal(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (!(byte >= '0' && byte <= '9') && !(byte >= 'a' && byte <= 'f'))
            return false;
    }
    return true;
}

struct view listing_commit(struct view place)
{
    enum { SHORT_MIN = 7, WHOLE = 40, WHOLE_SHA256 = 64 };
    size_t hash = view_find_last(place, '#');
    struct view name = view_from(place, hash + 1);
    if (view_ends_with(view_slice(place, 0, hash), ".tgz"))
        return view_text(""); /* Yarn puts the sum of a registry's archive there */
    if (view_starts_with(name, "commit="))
        name = view_from(name, strlen("commit="));
    name = view_slice(name, 0, view_find(name, '&'));
    if (name.size >= SHORT_MIN && name.size <= WHOLE_SHA256 && is_hexadecimal(name))
        return name;
    name = view_from(place, view_find_last(place, '/') + 1);
    bool is_whole = name.size == WHOLE || name.size == WHOLE_SHA256;
    return is_whole && is_hexadecimal(name) ? name : view_text("");
}

struct view listing_text(struct view content)
{
    return view_starts_with(content, "\xef\xbb\xbf") ? view_from(content, 3) : content;
}

bool listing_parse_json(
    struct json_document *document, struct view content, const char *what, struct json *root, struct error *err)
{
    content = view_trim(listing_text(content));
    *root = (struct json){0};
    return content.size == 0 || json_parse(document, content, LISTING_BYTES_MAX, what, root, err);
}
