/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "package/package.h"

static void assert_purl(const struct package *package, const char *id, const char *version, const char *expected)
{
    AUTO_ARENA *arena = arena_new();
    assert_view_equal(package_purl(arena, package, view_text(id), view_text(version)), expected);
}

static void names_types_and_finds_them_again(void **state)
{
    (void)state;
    for (int i = 0; i < PACKAGE_TYPE_COUNT; i++) {
        enum package_type type = PACKAGE_TYPE_COUNT;
        assert_true(package_type_parse(view_text(package_type_name((enum package_type)i)), &type));
        assert_int_equal(type, i);
    }
    enum package_type type;
    assert_false(package_type_parse(view_text("DEB"), &type));
    assert_false(package_type_parse(view_text(""), &type));
}

static void writes_the_source_of_a_debian_package_only_where_it_differs(void **state)
{
    (void)state;
    struct package package = {
        .type = PACKAGE_DEB,
        .name = VIEW_LITERAL("libssl3"),
        .version = VIEW_LITERAL("3.0.11-1~deb12u2"),
        .arch = VIEW_LITERAL("amd64"),
        .source_name = VIEW_LITERAL("openssl"),
        .source_version = VIEW_LITERAL("3.0.11-1~deb12u2"),
    };
    assert_purl(&package, "debian", "12",
        "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl");
    package.source_name = package.name;
    assert_purl(&package, "debian", "12", "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12");
    package.source_version = view_text("1:3.0-2");
    assert_purl(&package, "debian", "12",
        "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=libssl3%401%3A3.0-2");
}

static void encodes_what_the_purl_grammar_keeps_for_itself(void **state)
{
    (void)state;
    struct package package = {
        .type = PACKAGE_DEB,
        .name = VIEW_LITERAL("libstdc++6"),
        .version = VIEW_LITERAL("1:2.38.1-5+b1 /?#@%"),
    };
    assert_purl(&package, "ubuntu", "22.04",
        "pkg:deb/ubuntu/libstdc%2B%2B6@1%3A2.38.1-5%2Bb1%20%2F%3F%23%40%25?distro=ubuntu-22.04");
}

static void takes_debians_point_releases_for_one_distribution(void **state)
{
    (void)state;
    struct package package = {.type = PACKAGE_DEB, .name = VIEW_LITERAL("a"), .version = VIEW_LITERAL("1")};
    assert_purl(&package, "debian", "12.5", "pkg:deb/debian/a@1?distro=debian-12");
    package.type = PACKAGE_APK;
    assert_purl(&package, "alpine", "3.18.4", "pkg:apk/alpine/a@1?distro=alpine-3.18.4");
}

static void leaves_out_what_is_not_known(void **state)
{
    (void)state;
    struct package package = {.type = PACKAGE_DEB, .name = VIEW_LITERAL("a")};
    assert_purl(&package, "", "", "pkg:deb/a");
    assert_purl(&package, "debian", "", "pkg:deb/debian/a?distro=debian");
    assert_purl(&package, "", "12", "pkg:deb/a");
}

static void writes_rpm_with_release_epoch_and_source(void **state)
{
    (void)state;
    struct package package = {
        .type = PACKAGE_RPM,
        .name = VIEW_LITERAL("perl-Errno"),
        .version = VIEW_LITERAL("1.30"),
        .release = VIEW_LITERAL("481.el9"),
        .arch = VIEW_LITERAL("x86_64"),
        .epoch = VIEW_LITERAL("1"),
        .source_rpm = VIEW_LITERAL("perl-5.32.1-481.el9.src.rpm"),
    };
    assert_purl(&package, "rhel", "9.3",
        "pkg:rpm/redhat/perl-Errno@1.30-481.el9?arch=x86_64&distro=rhel-9.3&epoch=1&upstream=perl-5.32.1-481.el9.src.rpm");
    package.epoch = view_text("0");
    package.source_rpm = view_text("");
    assert_purl(&package, "opensuse-leap", "15.6",
        "pkg:rpm/opensuse/perl-Errno@1.30-481.el9?arch=x86_64&distro=opensuse-leap-15.6");
}

static void writes_the_namespaces_of_languages(void **state)
{
    (void)state;
    struct package maven = {
        .type = PACKAGE_MAVEN, .name = view_text("org.slf4j:slf4j-api"), .version = view_text("2.0.7")};
    assert_purl(&maven, "debian", "12", "pkg:maven/org.slf4j/slf4j-api@2.0.7");
    struct package go = {.type = PACKAGE_GOLANG, .name = view_text("golang.org/x/net"), .version = view_text("v0.7.0")};
    assert_purl(&go, "debian", "12", "pkg:golang/golang.org/x/net@v0.7.0");
    struct package python = {.type = PACKAGE_PYPI, .name = view_text("Zope_Interface"), .version = view_text("6.0")};
    assert_purl(&python, "debian", "12", "pkg:pypi/zope-interface@6.0");
}

static void puts_an_npm_scope_into_the_namespace(void **state)
{
    (void)state;
    struct package package = {
        .type = PACKAGE_NPM,
        .name = VIEW_LITERAL("@angular/core"),
        .version = VIEW_LITERAL("1.0.0+x"),
    };
    assert_purl(&package, "debian", "12", "pkg:npm/%40angular/core@1.0.0%2Bx");
}

static void tells_packages_apart_by_every_field(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct package package = {.type = PACKAGE_DEB, .name = VIEW_LITERAL("a"), .version = VIEW_LITERAL("1")};
    struct package same = package;
    assert_true(view_equal(package_key(arena, &package), package_key(arena, &same)));
    struct view *const fields[] = {&package.name, &package.version, &package.arch, &package.source_name,
        &package.source_version, &package.epoch, &package.release, &package.source_rpm, &package.modularity,
        &package.vendor, &package.ecosystem};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct view before = *fields[i];
        *fields[i] = view_text("x");
        assert_false(view_equal(package_key(arena, &package), package_key(arena, &same)));
        *fields[i] = before;
    }
    package.type = PACKAGE_APK;
    assert_false(view_equal(package_key(arena, &package), package_key(arena, &same)));
}

static void does_not_mix_up_neighbouring_fields(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct package a = {.type = PACKAGE_DEB, .name = VIEW_LITERAL("a 1:b"), .version = VIEW_LITERAL("")};
    struct package b = {.type = PACKAGE_DEB, .name = VIEW_LITERAL("a"), .version = VIEW_LITERAL("b")};
    assert_false(view_equal(package_key(arena, &a), package_key(arena, &b)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_types_and_finds_them_again),
        cmocka_unit_test(writes_the_source_of_a_debian_package_only_where_it_differs),
        cmocka_unit_test(encodes_what_the_purl_grammar_keeps_for_itself),
        cmocka_unit_test(takes_debians_point_releases_for_one_distribution),
        cmocka_unit_test(leaves_out_what_is_not_known),
        cmocka_unit_test(writes_rpm_with_release_epoch_and_source),
        cmocka_unit_test(writes_the_namespaces_of_languages),
        cmocka_unit_test(puts_an_npm_scope_into_the_namespace),
        cmocka_unit_test(tells_packages_apart_by_every_field),
        cmocka_unit_test(does_not_mix_up_neighbouring_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
