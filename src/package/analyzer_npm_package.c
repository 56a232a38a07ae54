/* SPDX-License-Identifier: Apache-2.0 */
/* package.json of what npm, yarn or pnpm installed, node_modules/NAME/ or node_modules/@SCOPE/NAME/, and of programs unpacked
   elsewhere. npm docs, "package.json"; names: validate-npm-package-name. */
#include "base/path.h"
#include "package/listing.h"

static const struct view file_name = VIEW_LITERAL("package.json");

/* The directory that holds the package: whether it lies in node_modules at all, and exactly where npm puts packages. */
enum position { OUTSIDE, INSTALLED, INSIDE };

static enum position position_of(struct view path)
{
    struct view directory = path_directory(path_directory(path));
    if (listing_is_file(directory, view_text("node_modules")))
        return INSTALLED;
    struct view scope = path_base(directory);
    if (view_starts_with(scope, "@") && listing_is_file(path_directory(directory), view_text("node_modules")))
        return INSTALLED;
    struct view inside = view_text("node_modules/");
    size_t found = view_find_text(path, inside);
    return found < path.size && (found == 0 || path.data[found - 1] == '/') ? INSIDE : OUTSIDE;
}

/* Inside node_modules all other places are test fixtures and modules of packages. */
static bool wants(struct view path)
{
    return listing_is_file(path, file_name) && position_of(path) != INSIDE;
}

static bool is_url_safe(struct view text)
{
    if (text.size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool is_alphanumeric =
            (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
        if (!is_alphanumeric && strchr("-_.!~*'()", byte) == NULL)
            return false;
    }
    return true;
}

static bool is_name(struct view name)
{
    if (name.size > 0 && name.data[0] == '@') {
        name = view_from(name, 1);
        return is_url_safe(view_cut(&name, '/')) && is_url_safe(name);
    }
    return is_url_safe(name) && name.data[0] != '.' && name.data[0] != '_';
}

/* Extensions of Visual Studio Code and packages of the Unity editor use the file for names of their own. */
static bool is_foreign(struct json root)
{
    return json_is_present(json_member(json_member(root, "engines"), "vscode")) ||
           json_type(json_member(root, "contributes")) == JSON_OBJECT || json_is_present(json_member(root, "unity"));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    enum position position = position_of(path);
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    /* Elsewhere the name is also that of templates and examples. */
    if (!listing_parse_json(document, content, "package.json", &root, err))
        return position == OUTSIDE;
    struct view name = json_member_string(root, "name");
    struct view version = view_trim(json_member_string(root, "version"));
    if (!is_name(name) || version.size == 0 || is_foreign(root))
        return true;
    if (position == OUTSIDE && json_boolean(json_member(root, "private")))
        return true;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_NPM);
    struct json license = json_member(root, "license");
    listing_add(&listing, name, version,
        &(struct installation){
            .licenses = listing_licenses(arena, json_is_present(license) ? license : json_member(root, "licenses"))});
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_npm_package = {
    .name = "npm_package",
    .version = 2,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
