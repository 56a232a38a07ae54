/* SPDX-License-Identifier: Apache-2.0 */
/* Every analyzer on made-up files: the first byte ('a' to 'z') picks a path, the rest is its content. What is reported must
   keep the promises of package.h and analyzer.h; facts go on into the detection of the distribution.
   Fuzzes: src/package/analyzer*.c src/package/control_file.c src/package/database.c src/package/distro*.c
   src/package/listing.c src/package/third_party.c src/package/purl.c src/package/package.c */
#include "tests/fuzz/fuzz.h"

#include "package/analyzer.h"
#include "package/database.h"
#include "package/distro.h"

#define FACTS_MAX 32

static const char *const paths[] = {
#define SYSTEM_PATH(path) path,
#define LANGUAGE_PATH(path)
#define OWN_TARGET(name)
#include "tests/fuzz/analyzer_paths.def"
#undef SYSTEM_PATH
#undef LANGUAGE_PATH
#undef OWN_TARGET
};

struct collected {
    struct analysis analysis;
    struct arena *arena;
    struct view path;
    struct distro_fact facts[FACTS_MAX];
    size_t fact_count;
};

static void on_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    (void)analysis;
    AUTO_ARENA *arena = arena_new();
    FUZZ_CHECK(package->type < PACKAGE_TYPE_COUNT);
    FUZZ_CHECK(database_field_is_valid(package->name) && database_field_is_valid(package->version));
    if (package_type_is_system(package->type))
        FUZZ_CHECK(database_field_is_valid(package->source_name) && database_field_is_valid(package->source_version));
    FUZZ_CHECK(package->arch.size == 0 || database_field_is_valid(package->arch));
    struct view purl = package_purl(arena, package, view_text("debian"), view_text("12"));
    FUZZ_CHECK(view_starts_with(purl, "pkg:") && view_find(purl, ' ') == purl.size);
    FUZZ_CHECK(package_key(arena, package).size > package->name.size);
    if (installation != NULL)
        FUZZ_CHECK(installation->inner_path.size == 0 || installation->inner_path.data[0] != '/');
}

static void on_fact(struct analysis *analysis, const char *name, struct view value)
{
    struct collected *collected = (struct collected *)analysis;
    FUZZ_CHECK(value.size > 0 && view_is_utf8(value));
    if (collected->fact_count < FACTS_MAX)
        collected->facts[collected->fact_count++] =
            (struct distro_fact){collected->path, view_text(name), arena_copy(collected->arena, value)};
}

static void on_owned(struct analysis *analysis, struct view owner, struct view path)
{
    (void)analysis;
    FUZZ_CHECK(owner.size == 0 || owner.data != NULL);
    FUZZ_CHECK(path.size > 0 && view_find(path, '\n') == path.size);
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
    AUTO_ARENA *arena = arena_new();
    struct collected collected = {.analysis = {on_package, on_fact, on_owned, on_gap}, .arena = arena};
    collected.path = view_text(paths[(data[0] - 'a') % (sizeof(paths) / sizeof(paths[0]))]);
    const struct analyzer *analyzer = analyzer_for(collected.path);
    FUZZ_CHECK(analyzer != NULL);
    struct error err = {.code = ERROR_NONE};
    bool is_read = analyzer->read(collected.path, view_of(data + 1, size - 1), &collected.analysis, &err);
    bool is_known = err.code == ERROR_INVALID || err.code == ERROR_LIMIT || err.code == ERROR_CORRUPT ||
                    err.code == ERROR_UNSUPPORTED;
    FUZZ_CHECK(is_read || is_known);
    struct distro distro;
    distro_detect(arena, collected.facts, collected.fact_count, &distro);
    for (int type = 0; type < PACKAGE_TYPE_COUNT; type++)
        (void)distro_ecosystem(arena, &distro, (enum package_type)type);
    return 0;
}
