/* SPDX-License-Identifier: Apache-2.0 */
/* Programs and shared libraries, through all recognisers.
   Fuzzes: src/package/executable.c src/package/recogniser_*.c src/package/go_build_info.c src/package/signatures.def
   src/package/analyzer_executable.c */
#include "tests/fuzz/fuzz.h"

#include "package/database.h"
#include "package/executable.h"

static void on_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    (void)analysis;
    (void)installation;
    FUZZ_CHECK(package->type < PACKAGE_TYPE_COUNT && database_field_is_valid(package->name));
    FUZZ_CHECK(package->version.size == 0 || database_field_is_valid(package->version));
}

static void on_fact(struct analysis *analysis, const char *name, struct view value)
{
    (void)analysis;
    FUZZ_CHECK(strcmp(name, EXECUTABLE_ATTRIBUTED_FACT) == 0 && value.size > 0);
}

static void on_owned(struct analysis *analysis, struct view owner, struct view path)
{
    (void)analysis;
    (void)owner;
    (void)path;
    FUZZ_CHECK(false);
}

static void on_gap(struct analysis *analysis, enum gap_kind kind, const char *reason)
{
    (void)analysis;
    FUZZ_CHECK(kind < GAP_KIND_COUNT && strlen(reason) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"usr/local/bin/python3.11", "usr/local/bin/redis-server", "usr/sbin/mariadbd",
        "usr/bin/perl", "usr/bin/postgres"};
    struct analysis analysis = {on_package, on_fact, on_owned, on_gap};
    struct view content = view_of(data, size);
    const struct analyzer *analyzer = analyzer_named(view_text("executable"));
    struct error err;
    if (!analyzer->wants_head(view_slice(content, 0, ANALYZER_HEAD_BYTES)))
        return 0;
    struct view path = view_text(paths[data[size - 1] % (sizeof(paths) / sizeof(paths[0]))]);
    FUZZ_CHECK(analyzer->read(path, content, &analysis, &err));
    return 0;
}
