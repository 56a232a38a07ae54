/* SPDX-License-Identifier: Apache-2.0 */
/* Java archives with all that is in them; the same bytes are also read as each of the texts that they hold, which a fuzzer
   does not reach through compression and checksums.
   Fuzzes: src/package/java*.c src/package/java_artifacts.def src/package/analyzer_java.c src/stream/zip_archive.c */
#include "tests/fuzz/fuzz.h"

#include "package/database.h"
#include "package/java.h"

static void on_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    (void)analysis;
    AUTO_ARENA *arena = arena_new();
    FUZZ_CHECK(package->type == PACKAGE_MAVEN);
    FUZZ_CHECK(package->name.size > 0 && database_field_is_valid(package->version));
    FUZZ_CHECK(view_starts_with(package_purl(arena, package, view_text(""), view_text("")), "pkg:maven/"));
    FUZZ_CHECK(installation->inner_path.size == 0 || installation->inner_path.data[0] != '/');
}

static void on_fact(struct analysis *analysis, const char *name, struct view value)
{
    (void)analysis;
    (void)name;
    (void)value;
    FUZZ_CHECK(false);
}

static void on_owned(struct analysis *analysis, struct view owner, struct view path)
{
    (void)owner;
    on_fact(analysis, "", path);
}

static void on_gap(struct analysis *analysis, enum gap_kind kind, const char *reason)
{
    (void)analysis;
    FUZZ_CHECK(kind < GAP_KIND_COUNT && strlen(reason) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct java_limits limits = {1 << 20, 4 << 20, 1000};
    struct analysis analysis = {on_package, on_fact, on_owned, on_gap};
    struct view content = view_of(data, size);
    struct error err = {.code = ERROR_NONE};
    bool is_read = java_read(view_text("lib/name-1.0.jar"), content, &limits, &analysis, &err);
    FUZZ_CHECK(is_read || err.code != ERROR_NONE);
    AUTO_ARENA *arena = arena_new();
    struct java_identity identity = {0};
    struct java_manifest manifest = {0};
    java_read_properties(arena, content, &identity);
    java_read_manifest(arena, content, &manifest);
    if (java_identify(arena, &manifest, view_slice(content, 0, 40), &identity))
        FUZZ_CHECK(database_field_is_valid(identity.artifact) && identity.version.size > 0);
    struct view licenses = {0};
    java_read_pom(arena, content, &identity, &licenses);
    FUZZ_CHECK(identity.group.size == 0 || database_field_is_valid(identity.group));
    return 0;
}
