/* SPDX-License-Identifier: Apache-2.0 */
/* What files of the golden cases cannot show: which files are looked at, and the versions that Go programs tell. */
#include "tests/unit/package/recorder.h"
#include "tests/unit/test.h"

#include "package/go_build_info.h"

static bool is_looked_at(const char *path, uint64_t size, uint32_t mode)
{
    const struct analyzer_file file = {view_text(path), size, mode};
    return analyzer_to_look(&file) != NULL;
}

static void looks_at_programs_and_libraries_only(void **state)
{
    (void)state;
    assert_true(is_looked_at("app", 64, 0755));
    assert_true(is_looked_at("app", 64, 0100));
    assert_true(is_looked_at("script", 3, 0755));
    assert_false(is_looked_at("script", 2, 0755));
    assert_false(is_looked_at("script.sh", 1000, 0644));
    assert_false(is_looked_at("short.so", 63, 0644));
    assert_false(is_looked_at("usr/share/doc/app", 1000, 0644));
    assert_true(is_looked_at("usr/lib/libssl.so", 1000, 0644));
    assert_true(is_looked_at("usr/lib/libssl.so.3", 1000, 0644));
    assert_true(is_looked_at("a/native.node", 1000, 0));
    assert_true(is_looked_at("C/app.exe", 1000, 0644));
    assert_false(is_looked_at("a.so.d/text", 1000, 0644));
    assert_false(is_looked_at("a.sound", 1000, 0644));
}

static void names_releases_of_the_go_library_as_osv_does(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"go1.22.3", "1.22.3"},
        {"go1.21", "1.21.0"},
        {"go1.21rc2", "1.21.0-rc.2"},
        {"go1.18beta1", "1.18.0-beta.1"},
        {"go1.20.5 X:boringcrypto", "1.20.5"},
        {"go1.26-X:foo", "1.26.0"},
        {"go1.24.1 (Red Hat 1.24.1-1.el9)", "1.24.1"},
        {"go1.22.3-custom", "1.22.3"},
        {"devel go1.23-abc", ""},
        {"go1.23-devel_abc", ""},
        {"go1", ""},
        {"go", ""},
        {"", ""},
        {"go..1", ""},
    };
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_view_equal(go_library_version(arena, view_text(rows[i][0])), rows[i][1]);
}

static void takes_the_version_that_the_linker_was_told(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"\"-s -w -X main.version=1.2.3\"", "1.2.3"},
        {"-X=main.Version=v1.2.3", "v1.2.3"},
        {"\"-X 'example.org/app/build.ver=2.0' -X main.commit=1234\"", "2.0"},
        {"-X main.version=1.0 -X other.Version=1.0", "1.0"},
        {"-X main.version=1.0 -X other.Version=2.0", ""},
        {"-X main.version=dev", ""},
        {"-X main.goversion=1.0", ""},
        {"main.version=1.0", ""},
        {"-X", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_view_equal(go_linker_version(view_text(rows[i][0])), rows[i][1]);
}

/* Every length of every golden program is read without a byte beyond it. */
static void survives_programs_that_are_cut(void **state)
{
    (void)state;
    static const char *const files[] = {"go/input/usr/local/bin/inline", "go/input/usr/local/bin/app.exe",
        "go/input/usr/local/bin/mach", "go/input/usr/local/bin/pointers-32-big-endian",
        "rust/input/usr/local/bin/crates"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        struct view whole =
            recorder_file(arena, arena_format(arena, "tests/golden/analyzers/executable/%s", files[i]).data);
        assert_non_null(whole.data);
        for (size_t size = EXECUTABLE_HEAD_BYTES; size <= whole.size; size++) {
            AUTO_ARENA *small = arena_new();
            struct recorder recorder;
            struct error err;
            recorder_init(&recorder, small);
            assert_ok(recorder_run(&recorder, "app", view_slice(whole, 0, size), &err), &err);
            if (size == whole.size)
                assert_true(recorder.packages.count > 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_at_programs_and_libraries_only),
        cmocka_unit_test(names_releases_of_the_go_library_as_osv_does),
        cmocka_unit_test(takes_the_version_that_the_linker_was_told),
        cmocka_unit_test(survives_programs_that_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
