/* SPDX-License-Identifier: Apache-2.0 */
#include "package/python.h"

#include "package/listing.h"

/* PEP 503: lower case, and one '-' for each run of '-', '_' and '.'. */
static struct view normalized(struct arena *arena, struct view name)
{
    char *text = arena_text(arena, name);
    size_t size = 0;
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        bool is_separator = byte == '-' || byte == '_' || byte == '.';
        if (!is_separator)
            text[size++] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
        else if (size == 0 || text[size - 1] != '-')
            text[size++] = '-';
    }
    return view_of(text, size);
}

struct headers {
    struct view name;
    struct view version;
    struct view license;
    struct view expression; /* License-Expression */
    struct view classified; /* licences of the classifiers */
};

/* "License :: OSI Approved :: MIT License"; the two first words alone tell nothing. */
static void keep_classifier(struct arena *arena, struct headers *headers, struct view value)
{
    size_t last = view_find_last(value, ':');
    struct view license = view_trim(view_from(value, last + 1));
    if (view_starts_with(value, "License ::") && !view_is(license, "OSI Approved"))
        listing_add_license(arena, &headers->classified, license);
}

/* The expression is exact; the text may be anything, so classifiers go before it. */
static struct view licenses_of(struct arena *arena, const struct headers *headers)
{
    struct view licenses = {0};
    if (headers->expression.size == 0 && headers->classified.size > 0)
        return headers->classified;
    if (headers->expression.size > 0)
        listing_add_license(arena, &licenses, headers->expression);
    else if (!view_is(headers->license, "UNKNOWN"))
        listing_add_license(arena, &licenses, headers->license);
    return licenses;
}

/* The first of a repeated header counts. */
static void keep(struct arena *arena, struct headers *headers, struct view name, struct view value)
{
    struct view *kept = NULL;
    if (view_equal_ignoring_case(name, view_text("Classifier"))) {
        keep_classifier(arena, headers, value);
        return;
    }
    if (view_equal_ignoring_case(name, view_text("Name")))
        kept = &headers->name;
    else if (view_equal_ignoring_case(name, view_text("Version")))
        kept = &headers->version;
    else if (view_equal_ignoring_case(name, view_text("License")))
        kept = &headers->license;
    else if (view_equal_ignoring_case(name, view_text("License-Expression")))
        kept = &headers->expression;
    if (kept != NULL && kept->size == 0)
        *kept = value;
}

bool python_read_metadata(struct view content, struct analysis *analysis, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct headers headers = {0};
    bool has_header = false;
    struct view rest = listing_text(content);
    while (rest.size > 0) {
        struct view line = view_cut_line(&rest);
        if (database_line_is_blank(line) && has_header)
            break;
        size_t colon = view_find(line, ':');
        if (colon == line.size || colon == 0 || line.data[0] == ' ' || line.data[0] == '\t')
            continue;
        has_header = true;
        keep(arena, &headers, view_slice(line, 0, colon), view_trim(view_from(line, colon + 1)));
    }
    if (content.size > 0 && !has_header)
        return error_set(err, ERROR_INVALID, "not Python metadata: no line has the form \"Name: value\"");
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_PYPI);
    if (headers.name.size > 0 && headers.version.size > 0) {
        struct installation installation = {0};
        installation.licenses = licenses_of(arena, &headers);
        listing_add(&listing, normalized(arena, headers.name), headers.version, &installation);
    } else if (has_header) {
        listing_damaged(&listing, "a Python package without %s", headers.name.size == 0 ? "Name" : "Version");
    }
    listing_finish(&listing);
    return true;
}
