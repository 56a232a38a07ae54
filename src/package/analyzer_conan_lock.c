/* SPDX-License-Identifier: Apache-2.0 */
/* Conan's conan.lock: a graph of nodes in Conan 1 (`ref`, before that `pref`), lists of references in Conan 2. A reference is
   NAME/VERSION[@USER/CHANNEL][#REVISION][:PACKAGE][%TIME]. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("conan.lock"));
}

static void add(struct listing *listing, struct view reference, bool is_development)
{
    size_t end = 0;
    while (end < reference.size && strchr("@#:%", reference.data[end]) == NULL)
        end++;
    struct view version = view_slice(reference, 0, end);
    struct view name = view_cut(&version, '/');
    struct installation installation = {.is_development = is_development};
    if (name.size > 0 && version.size > 0)
        listing_add(listing, name, version, &installation);
}

/* A node with a path is the recipe of the project itself. */
static void add_nodes(struct listing *listing, struct json nodes)
{
    for (struct json_iterator i = json_each(nodes); json_next(&i);) {
        struct view reference = json_member_string(i.value, "ref");
        if (reference.size == 0)
            reference = json_member_string(i.value, "pref");
        if (json_member_string(i.value, "path").size == 0)
            add(listing, reference, view_is(json_member_string(i.value, "context"), "build"));
    }
}

static void add_references(struct listing *listing, struct json references, bool is_development)
{
    for (struct json_iterator i = json_each(references); json_next(&i);)
        add(listing, json_string(i.value), is_development);
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "conan.lock", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_CONAN);
    add_nodes(&listing, json_member(json_member(root, "graph_lock"), "nodes"));
    add_references(&listing, json_member(root, "requires"), false);
    add_references(&listing, json_member(root, "build_requires"), true);
    add_references(&listing, json_member(root, "python_requires"), true);
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_conan_lock = {
    .name = "conan_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
