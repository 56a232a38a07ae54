/* SPDX-License-Identifier: Apache-2.0 */
/* The analyzers of language packages on made-up files: the first byte ('0' and up) picks a path, the rest is its content. What is
   reported must keep the promises of package.h and analyzer.h.
   Fuzzes: src/package/analyzer_*.c src/package/python*.c src/package/assignment.c src/base/node*.c src/base/xml.c */
#include "tests/fuzz/fuzz.h"

#include "package/analyzer.h"
#include "package/database.h"

static const char *const paths[] = {
#define SYSTEM_PATH(path)
#define LANGUAGE_PATH(path) path,
#define OWN_TARGET(name)
#include "tests/fuzz/analyzer_paths.def"
#undef SYSTEM_PATH
#undef LANGUAGE_PATH
#undef OWN_TARGET
};

static void on_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    (void)analysis;
    AUTO_ARENA *arena = arena_new();
    FUZZ_CHECK(package->type < PACKAGE_TYPE_COUNT && !package_type_is_system(package->type));
    FUZZ_CHECK(database_field_is_valid(package->name));
    FUZZ_CHECK(package->version.size == 0 || database_field_is_valid(package->version));
    FUZZ_CHECK(installation != NULL); /* licences of any length: the record cuts them and tells so */
    struct view purl = package_purl(arena, package, view_text("debian"), view_text("12"));
    FUZZ_CHECK(view_starts_with(purl, "pkg:") && view_find(purl, ' ') == purl.size);
}

static void on_fact(struct analysis *analysis, const char *name, struct view value)
{
    (void)analysis, (void)name, (void)value;
    FUZZ_CHECK(false); /* facts are of distributions */
}

static void on_owned(struct analysis *analysis, struct view owner, struct view path)
{
    (void)analysis, (void)owner, (void)path;
    FUZZ_CHECK(false); /* and so are owners */
}

static void on_gap(struct analysis *analysis, enum gap_kind kind, const char *reason)
{
    (void)analysis;
    FUZZ_CHECK(kind < GAP_KIND_COUNT && strlen(reason) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct analysis analysis = {on_package, on_fact, on_owned, on_gap};
    struct view path = view_text(paths[(data[0] - '0') % (sizeof(paths) / sizeof(paths[0]))]);
    const struct analyzer *analyzer = analyzer_for(path);
    FUZZ_CHECK(analyzer != NULL);
    struct error err = {.code = ERROR_NONE};
    bool is_read = analyzer->read(path, view_of(data + 1, size - 1), &analysis, &err);
    bool is_known = err.code == ERROR_INVALID || err.code == ERROR_LIMIT || err.code == ERROR_CORRUPT ||
                    err.code == ERROR_UNSUPPORTED;
    FUZZ_CHECK(is_read || is_known);
    return 0;
}
