/* SPDX-License-Identifier: Apache-2.0 */
/* An rpm database in any container, and the same bytes as one header blob. What is reported must keep the promises of
   package.h and analyzer.h, and must not be more than the file can hold.
   Fuzzes: src/package/rpm_*.c src/package/sqlite_*.c src/package/analyzer_rpm.c */
#include "tests/fuzz/fuzz.h"

#include "package/rpm_database.h"

struct reported {
    struct analysis analysis;
    size_t packages;
    uint64_t owned_bytes;
};

static bool is_field_pair(struct view text)
{
    return text.size >= 1 && text.size <= 2 * DATABASE_FIELD_MAX + 1;
}

static void on_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    struct reported *reported = (struct reported *)analysis;
    reported->packages++;
    FUZZ_CHECK(package->type == PACKAGE_RPM && installation != NULL);
    FUZZ_CHECK(database_field_is_valid(package->name) && database_field_is_valid(package->version));
    FUZZ_CHECK(database_field_is_valid(package->release) && !view_is(package->name, "gpg-pubkey"));
    FUZZ_CHECK(package->arch.size == 0 || database_field_is_valid(package->arch));
    FUZZ_CHECK(is_field_pair(package->source_name) && is_field_pair(package->source_version));
    int64_t epoch;
    FUZZ_CHECK(package->epoch.size == 0 || (view_to_integer(package->epoch, &epoch) && epoch <= UINT32_MAX));
}

static void on_fact(struct analysis *analysis, const char *name, struct view value)
{
    (void)analysis;
    (void)name;
    (void)value;
    abort(); /* rpm tells nothing of the distribution */
}

static void on_owned(struct analysis *analysis, struct view owner, struct view path)
{
    struct reported *reported = (struct reported *)analysis;
    reported->owned_bytes += path.size;
    FUZZ_CHECK(owner.size > 0 && path.size > 0 && view_find(path, '\0') == path.size);
    FUZZ_CHECK(reported->owned_bytes <= RPM_OWNED_BYTES_MAX);
}

static void on_gap(struct analysis *analysis, enum gap_kind kind, const char *reason)
{
    (void)analysis;
    FUZZ_CHECK(kind < GAP_KIND_COUNT && strlen(reason) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reported reported = {.analysis = {on_package, on_fact, on_owned, on_gap}};
    struct view content = view_of(data, size);
    struct view path = view_text("var/lib/rpm/Packages");
    struct error err = {.code = ERROR_NONE};
    bool is_read = analyzer_named(view_text("rpm"))->read(path, content, &reported.analysis, &err);
    FUZZ_CHECK(is_read || err.code == ERROR_INVALID || err.code == ERROR_NOT_FOUND);
    FUZZ_CHECK(reported.packages <= size / 24);
    /* The part that begins like a log is one. */
    size_t log = view_find_text(content, view_of("\x37\x7f\x06", 3));
    const struct analyzed_file files[] = {{view_text("var/lib/rpm/rpmdb.sqlite"), view_slice(content, 0, log)},
        {view_text("var/lib/rpm/rpmdb.sqlite-wal"), view_from(content, log)}};
    reported.packages = 0;
    reported.owned_bytes = 0;
    is_read = analyzer_named(view_text("rpm"))->read_together(files, 2, &reported.analysis, &err);
    FUZZ_CHECK(is_read || err.code == ERROR_INVALID || err.code == ERROR_NOT_FOUND || err.code == ERROR_LIMIT);
    FUZZ_CHECK(reported.packages <= size / 24);
    reported.owned_bytes = 0;
    struct rpm_database database;
    rpm_database_init(&database, &reported.analysis, size);
    rpm_database_add(&database, 1, content);
    rpm_database_done(&database);
    return 0;
}
