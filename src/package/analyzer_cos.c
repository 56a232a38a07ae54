/* SPDX-License-Identifier: Apache-2.0 */
/* The package list of Google's Container-Optimized OS. What was needed to build the system only is not in it. */
#include "base/json.h"
#include "package/database.h"

static bool wants(struct view path)
{
    return path.size == 25 && view_is(path, "etc/cos-package-info.json");
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    struct json root;
    struct database database;
    AUTO_JSON *document = json_document_new();
    if (view_trim(content).size == 0)
        return true;
    if (!json_parse(document, content, JSON_BYTES_MAX, "the package list", &root, err))
        return false;
    if (json_type(root) != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "the package list is not an object");
    database_init(&database, analysis, (struct view){0});
    size_t number = 0;
    for (struct json_iterator i = json_each(json_member(root, "installedPackages")); json_next(&i);) {
        struct package package = {
            .type = PACKAGE_COS,
            .name = json_member_string(i.value, "name"),
            .version = json_member_string(i.value, "version"),
        };
        package.source_name = package.name;
        package.source_version = package.version;
        number++;
        if (database_field_is_valid(package.name) && database_field_is_valid(package.version))
            database_package(&database, &package, NULL);
        else
            database_damaged(&database, 0, "package %zu has no valid name and version", number);
    }
    database_finish(&database);
    return true;
}

const struct analyzer analyzer_cos = {
    .name = "cos",
    .version = 1,
    .bytes_max = JSON_BYTES_MAX,
    .wants = wants,
    .read = read,
};
