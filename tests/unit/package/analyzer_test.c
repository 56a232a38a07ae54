/* SPDX-License-Identifier: Apache-2.0 */
/* What golden files show badly: paths, limits, sizes. What analyzers read is in tests/golden/analyzers. */
#include "tests/unit/package/recorder.h"
#include "tests/unit/test.h"

#include "base/buffer.h"
#include "package/assignment.h"
#include "package/database.h"

static void assert_wanted(const char *path, const char *name)
{
    const struct analyzer *analyzer = analyzer_for(view_text(path));
    if (analyzer == NULL && name != NULL)
        fail_msg("nobody wants \"%s\"", path);
    if (analyzer != NULL && (name == NULL || strcmp(analyzer->name, name) != 0))
        fail_msg("\"%s\" is wanted by %s", path, analyzer->name);
}

static void tells_which_analyzer_wants_a_path(void **state)
{
    (void)state;
    assert_wanted("var/lib/dpkg/status", "dpkg");
    assert_wanted("usr/lib/dpkg/status", "dpkg");
    assert_wanted("var/lib/dpkg/status.d/libc6", "dpkg");
    assert_wanted("var/lib/dpkg/status.d/python3.11-minimal", "dpkg");
    assert_wanted("usr/lib/dpkg/status.d/bGliYzY=", "dpkg");
    assert_wanted("var/lib/dpkg/status.d/libc6.md5sums", "dpkg_list");
    assert_wanted("var/lib/dpkg/status.d/libc6.preinst", NULL);
    assert_wanted("var/lib/dpkg/status.d/", NULL);
    assert_wanted("var/lib/dpkg/status.d", NULL);
    assert_wanted("var/lib/dpkg/status.d/a/b", NULL);
    assert_wanted("var/lib/dpkg/status-old", NULL);
    assert_wanted("var/lib/dpkg/available", NULL);
    assert_wanted("opt/var/lib/dpkg/status", NULL);
    assert_wanted("var/lib/dpkg/info/libc6:amd64.list", "dpkg_list");
    assert_wanted("var/lib/dpkg/info/libc6:amd64.md5sums", "dpkg_list");
    assert_wanted("var/lib/dpkg/info/libc6:amd64.conffiles", NULL);
    assert_wanted("var/lib/dpkg/updates/0001", "dpkg");
    assert_wanted("var/lib/dpkg/updates/tmp.i", NULL);
    assert_wanted("lib/apk/db/installed", "apk");
    assert_wanted("usr/lib/apk/db/installed", "apk");
    assert_wanted("lib/apk/db/scripts.tar", NULL);
    assert_wanted("etc/apk/repositories", "apk_repositories");
    assert_wanted("etc/apk/repositories.d/edge.list", "apk_repositories");
    assert_wanted("etc/apk/repositories~", NULL);
    assert_wanted("etc/os-release", "os_release");
    assert_wanted("usr/lib/os-release", "os_release");
    assert_wanted("nix/store/x/etc/os-release", "os_release"); /* a link may lead to it */
    assert_wanted("usr/share/debian-os-release", "os_release");
    assert_wanted("bin/busybox", "busybox");
    assert_wanted("etc/lsb-release", "release_file");
    assert_wanted("etc/system-release-cpe", "release_file");
    assert_wanted("var/lib/rpm/Packages", "rpm");
    assert_wanted("var/lib/rpm/Packages.db", "rpm");
    assert_wanted("usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm");
    assert_wanted("usr/share/rpm/Packages.db", "rpm");
    assert_wanted("usr/share/rpm/Packages-old", NULL);
    assert_wanted("usr/lib/sysimage/rpm/rpmdb.sqlite-wal", "rpm");
    assert_wanted("var/lib/rpm/rpmdb.sqlite-shm", NULL);
    assert_wanted("var/lib/rpm/Basenames", NULL);
    assert_wanted("opt/var/lib/rpm/Packages", NULL);
    assert_wanted("var/lib/pacman/local/gmp-6.2.1-2/desc", "pacman");
    assert_wanted("var/lib/pacman/local/gmp-6.2.1-2/files", "pacman");
    assert_wanted("var/lib/pacman/local/gmp-6.2.1-2/mtree", NULL);
    assert_wanted("var/lib/pacman/local/desc", NULL);
    assert_wanted("var/db/pkg/dev-libs/gmp-6.2.1/PF", "portage");
    assert_wanted("var/db/pkg/dev-libs/gmp-6.2.1/CONTENTS", "portage");
    assert_wanted("var/db/pkg/dev-libs/gmp-6.2.1/a/PF", NULL);
    assert_wanted("usr/lib/opkg/status", "opkg");
    assert_wanted("opt/var/lib/opkg/status", "opkg");
    assert_wanted("usr/lib/opkg/info/ubus.control", "opkg");
    assert_wanted("var/lib/opkg/info/ubus.list", "opkg");
    assert_wanted("usr/lib/opkg/info/ubus.prerm", NULL);
    assert_wanted("etc/cos-package-info.json", "cos");
    assert_wanted("var/lib/rpmmanifest/container-manifest-2", "rpm_manifest");
    assert_wanted("var/lib/rpmmanifest/container-manifest-1", NULL);
    assert_wanted("var/lib/chisel/manifest.wall", "chisel");
    assert_wanted("", NULL);
    assert_wanted("e", NULL);
}

/* An analyzer that nothing fuzzes would be one that nobody tried with what strangers make up. */
static void is_fuzzed_whole(void **state)
{
    (void)state;
    static const char *const paths[] = {
#define SYSTEM_PATH(path) path,
#define LANGUAGE_PATH(path) path,
#define OWN_TARGET(name)
#include "tests/fuzz/analyzer_paths.def"
#undef SYSTEM_PATH
#undef LANGUAGE_PATH
#undef OWN_TARGET
    };
    static const char *const names[] = {
#define SYSTEM_PATH(path)
#define LANGUAGE_PATH(path)
#define OWN_TARGET(name) #name,
#include "tests/fuzz/analyzer_paths.def"
#undef SYSTEM_PATH
#undef LANGUAGE_PATH
#undef OWN_TARGET
    };
    for (size_t i = 0; i < analyzer_count; i++) {
        bool is_fuzzed = false;
        for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++)
            is_fuzzed |= analyzer_for(view_text(paths[k])) == analyzers[i];
        for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
            is_fuzzed |= strcmp(names[k], analyzers[i]->name) == 0;
        if (!is_fuzzed)
            fail_msg("no row of tests/fuzz/analyzer_paths.def is for analyzer \"%s\"", analyzers[i]->name);
    }
    for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
        if (analyzer_for(view_text(paths[k])) == NULL)
            fail_msg("nobody wants \"%s\"", paths[k]);
    }
}

static void has_its_analyzers_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < analyzer_count; i++) {
        assert_ptr_equal(analyzer_named(view_text(analyzers[i]->name)), analyzers[i]);
        assert_true(analyzers[i]->version > 0 && analyzers[i]->bytes_max > 0);
    }
    assert_null(analyzer_named(view_text("none")));
}

static void reads_an_empty_file_of_every_kind(void **state)
{
    (void)state;
    static const char *const paths[] = {"lib/apk/db/installed", "etc/apk/repositories", "bin/busybox",
        "var/lib/dpkg/status", "var/lib/dpkg/info/a.list", "etc/os-release", "etc/lsb-release", "etc/redhat-release",
        "etc/SuSE-release"};
    AUTO_ARENA *arena = arena_new();
    struct recorder recorder;
    recorder_init(&recorder, arena);
    struct error err;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_ok(recorder_run(&recorder, paths[i], view_text(""), &err), &err);
    assert_int_equal(recorder.packages.count + recorder.facts.count + recorder.owned.count + recorder.gaps.count, 0);
}

static void repeat(struct buffer *buffer, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_append_text(buffer, text);
}

static void turns_much_damage_into_few_gaps(void **state)
{
    (void)state;
    AUTO_BUFFER content;
    buffer_init(&content, 1 << 24);
    buffer_append_text(&content, "Package: a\nStatus: install ok installed\nVersion: 1\n");
    repeat(&content, "damage\n", 10000);
    AUTO_ARENA *arena = arena_new();
    struct recorder recorder;
    recorder_init(&recorder, arena);
    struct error err;
    assert_ok(recorder_run(&recorder, "var/lib/dpkg/status", buffer_view(&content), &err), &err);
    assert_int_equal(recorder.packages.count, 1);
    assert_int_equal(recorder.gaps.count, DATABASE_DAMAGE_MAX + 1);
    assert_view_equal(recorder.gaps.items[0].reason, "line 4: neither a field nor the continuation of one");
    assert_view_equal(recorder.gaps.items[DATABASE_DAMAGE_MAX].reason, "9992 more damaged places");
}

static void refuses_names_and_versions_that_are_too_long(void **state)
{
    (void)state;
    for (size_t size = DATABASE_FIELD_MAX; size <= DATABASE_FIELD_MAX + 1; size++) {
        AUTO_BUFFER content;
        buffer_init(&content, 4096);
        buffer_append_text(&content, "P:a\nV:");
        repeat(&content, "1", size);
        AUTO_ARENA *arena = arena_new();
        struct recorder recorder;
        recorder_init(&recorder, arena);
        struct error err;
        assert_ok(recorder_run(&recorder, "lib/apk/db/installed", buffer_view(&content), &err), &err);
        bool is_short = size == DATABASE_FIELD_MAX;
        assert_int_equal(recorder.packages.count, is_short ? 1 : 0);
        assert_int_equal(recorder.gaps.count, is_short ? 0 : 1);
    }
}

static void count_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    (void)package;
    (void)installation;
    ((struct recorder *)analysis)->packages.count++;
}

static void ends_after_more_packages_than_any_distribution_has(void **state)
{
    (void)state;
    static const char *const databases[][2] = {
        {"var/lib/dpkg/status", "Package: p%d\nStatus: install ok installed\nVersion: 1\n\n"},
        {"lib/apk/db/installed", "P:p%d\nV:1\n\n"},
    };
    for (size_t i = 0; i < 2; i++) {
        AUTO_BUFFER content;
        buffer_init(&content, 64 << 20);
        for (int j = 0; j < DATABASE_PACKAGES_MAX + 10; j++) {
            char record[128];
            const char *number = strstr(databases[i][1], "%d");
            snprintf(
                record, sizeof(record), "%.*s%d%s", (int)(number - databases[i][1]), databases[i][1], j, number + 2);
            buffer_append_text(&content, record);
        }
        AUTO_ARENA *arena = arena_new();
        struct recorder recorder;
        recorder_init(&recorder, arena);
        recorder.analysis.package = count_package;
        struct error err;
        assert_ok(recorder_run(&recorder, databases[i][0], buffer_view(&content), &err), &err);
        assert_int_equal(recorder.packages.count, DATABASE_PACKAGES_MAX);
        assert_int_equal(recorder.gaps.count, 1);
        assert_int_equal(recorder.gaps.items[0].kind, GAP_LIMIT_REACHED);
    }
}

static void reads_fields_larger_than_64_kib(void **state)
{
    (void)state;
    AUTO_BUFFER content;
    buffer_init(&content, 1 << 24);
    buffer_append_text(&content, "Package: a\nDepends: ");
    repeat(&content, "libsomething (>= 1.0), ", 10000);
    buffer_append_text(&content, "\nStatus: install ok installed\nVersion: 1\n");
    AUTO_ARENA *arena = arena_new();
    struct recorder recorder;
    recorder_init(&recorder, arena);
    struct error err;
    assert_ok(recorder_run(&recorder, "var/lib/dpkg/status", buffer_view(&content), &err), &err);
    assert_int_equal(recorder.packages.count, 1);
    assert_int_equal(recorder.gaps.count, 0);
}

static void refuses_a_path_longer_than_the_file_system_takes(void **state)
{
    (void)state;
    AUTO_BUFFER content;
    buffer_init(&content, 1 << 16);
    buffer_append_text(&content, "P:a\nV:1\nF:");
    repeat(&content, "d", 4090);
    buffer_append_text(&content, "\nR:file5\nR:file56\n");
    AUTO_ARENA *arena = arena_new();
    struct recorder recorder;
    recorder_init(&recorder, arena);
    struct error err;
    assert_ok(recorder_run(&recorder, "lib/apk/db/installed", buffer_view(&content), &err), &err);
    assert_int_equal(recorder.owned.count, 1);
    assert_int_equal(recorder.owned.items[0].size, 4096);
    assert_int_equal(recorder.gaps.count, 1);
}

static void reports_an_os_release_value_that_is_too_long(void **state)
{
    (void)state;
    AUTO_BUFFER content;
    buffer_init(&content, 1 << 16);
    buffer_append_text(&content, "ID=debian\nNAME=");
    repeat(&content, "n", ASSIGNMENT_VALUE_MAX + 1);
    AUTO_ARENA *arena = arena_new();
    struct recorder recorder;
    recorder_init(&recorder, arena);
    struct error err;
    assert_ok(recorder_run(&recorder, "etc/os-release", buffer_view(&content), &err), &err);
    assert_int_equal(recorder.facts.count, 1);
    assert_int_equal(recorder.gaps.count, 1);
    assert_int_equal(recorder.gaps.items[0].kind, GAP_LIMIT_REACHED);
}

static void refuses_files_that_are_no_databases(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct recorder recorder;
    recorder_init(&recorder, arena);
    struct error err;
    assert_fails(recorder_run(&recorder, "var/lib/dpkg/status", view_of("\0\1\2\n\3\4", 6), &err), &err, ERROR_INVALID);
    assert_fails(recorder_run(&recorder, "lib/apk/db/installed", view_text("garbage\n"), &err), &err, ERROR_INVALID);
    assert_int_equal(recorder.gaps.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_which_analyzer_wants_a_path),
        cmocka_unit_test(is_fuzzed_whole),
        cmocka_unit_test(has_its_analyzers_by_name),
        cmocka_unit_test(reads_an_empty_file_of_every_kind),
        cmocka_unit_test(turns_much_damage_into_few_gaps),
        cmocka_unit_test(refuses_names_and_versions_that_are_too_long),
        cmocka_unit_test(ends_after_more_packages_than_any_distribution_has),
        cmocka_unit_test(reads_fields_larger_than_64_kib),
        cmocka_unit_test(refuses_a_path_longer_than_the_file_system_takes),
        cmocka_unit_test(reports_an_os_release_value_that_is_too_long),
        cmocka_unit_test(refuses_files_that_are_no_databases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
