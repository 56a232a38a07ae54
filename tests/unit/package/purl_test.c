/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "package/purl.h"

static void reads_what_each_type_says(void **state)
{
    (void)state;
    static const struct {
        const char *purl;
        const char *type, *ecosystem, *name, *version, *source_name, *source_version;
    } rows[] = {
        {"pkg:deb/debian/libssl3@3.0.11-1%2Bb1?arch=amd64&distro=debian-12&upstream=openssl%403.0.11-1", "deb",
            "Debian:12", "libssl3", "3.0.11-1+b1", "openssl", "3.0.11-1"},
        {"pkg:deb/debian/curl@7.88?distro=bookworm", "deb", "Debian:12", "curl", "7.88", "curl", "7.88"},
        {"pkg:deb/debian/curl@7.88?epoch=1", "deb", "Debian", "curl", "1:7.88", "curl", "1:7.88"},
        {"pkg:deb/ubuntu/curl@7.88?distro=ubuntu-22.04", "deb", "Ubuntu:22.04:LTS", "curl", "7.88", "curl", "7.88"},
        {"pkg:deb/ubuntu/curl@7.88?distro=jammy", "deb", "Ubuntu:22.04:LTS", "curl", "7.88", "curl", "7.88"},
        {"pkg:deb/ubuntu/curl@7.88?distro=ubuntu-mantic", "deb", "Ubuntu:23.10", "curl", "7.88", "curl", "7.88"},
        {"pkg:deb/ubuntu/curl@7.88", "deb", "Ubuntu", "curl", "7.88", "curl", "7.88"},
        {"pkg:deb/debian/curl@7.88?distro=debian-unstable", "deb", "Debian:sid", "curl", "7.88", "curl", "7.88"},
        {"pkg:apk/alpine/curl@8.5.0-r0?distro=v3.19", "apk", "Alpine:v3.19", "curl", "8.5.0-r0", "curl", "8.5.0-r0"},
        {"pkg:apk/wolfi/curl@8.5.0-r0", "apk", "Wolfi", "curl", "8.5.0-r0", "curl", "8.5.0-r0"},
        {"pkg:rpm/opensuse/bash@5.1-1?distro=opensuse-tumbleweed-20240101", "rpm", "openSUSE:Tumbleweed", "bash", "5.1",
            "", ""},
        {"pkg:rpm/opensuse/bash@5.1-1?distro=opensuse-tumbleweed", "rpm", "openSUSE:Tumbleweed", "bash", "5.1", "", ""},
        {"pkg:rpm/amazonlinux/bash@5.1-1?distro=amazonlinux-2023", "rpm", "Amazon Linux:2023", "bash", "5.1", "", ""},
        {"pkg:gem/nokogiri@1.16.0-x86_64-linux", "gem", "RubyGems", "nokogiri", "1.16.0", "", ""},
        {"pkg:apk/alpine/busybox@1.36.1-r2?distro=alpine-3.18.4", "apk", "Alpine:v3.18", "busybox", "1.36.1-r2",
            "busybox", "1.36.1-r2"},
        {"pkg:apk/alpine/busybox@1.36.1-r2?distro=alpine-edge", "apk", "Alpine:edge", "busybox", "1.36.1-r2", "busybox",
            "1.36.1-r2"},
        {"pkg:apk/wolfi/git@2.0-r0?distro=wolfi-20230201", "apk", "Wolfi", "git", "2.0-r0", "git", "2.0-r0"},
        {"pkg:rpm/redhat/bash@5.1.8-6.el9?distro=rhel-9.3&epoch=1", "rpm", "Red Hat:enterprise_linux:9::baseos", "bash",
            "5.1.8", "", ""},
        {"pkg:rpm/almalinux/bash@5.1.8-6.el9?distro=almalinux-9.1", "rpm", "AlmaLinux:9", "bash", "5.1.8", "", ""},
        {"pkg:rpm/suse/bash@5.1-1?distro=sles-15.5", "rpm", "SUSE:Linux Enterprise Server 15 SP5", "bash", "5.1", "",
            ""},
        {"pkg:rpm/opensuse/bash@5.1-1?distro=opensuse-leap-15.6", "rpm", "openSUSE:Leap 15.6", "bash", "5.1", "", ""},
        {"pkg:rpm/openeuler/bash@5.1-1?distro=openEuler-22.03-LTS-SP3", "rpm", "openEuler:22.03-LTS-SP3", "bash", "5.1",
            "", ""},
        {"pkg:rpm/azurelinux/bash@5.1-1?distro=azurelinux-3.0", "rpm", "Azure Linux:3.0", "bash", "5.1", "", ""},
        {"pkg:npm/%40babel/core@7.0.0", "npm", "npm", "@babel/core", "7.0.0", "", ""},
        {"pkg:npm/@babel/core@7.0.0", "npm", "npm", "@babel/core", "7.0.0", "", ""},
        {"pkg:npm/@babel/core", "npm", "npm", "@babel/core", "", "", ""},
        {"PKG:maven/org.slf4j/slf4j-api@2.0?type=jar", "maven", "Maven", "org.slf4j:slf4j-api", "2.0", "", ""},
        {"pkg://golang/github.com/gorilla/mux@v1.8.0#sub/dir", "golang", "Go", "github.com/gorilla/mux", "v1.8.0", "",
            ""},
        {"pkg:composer/symfony/http-kernel@v5.0", "composer", "Packagist", "symfony/http-kernel", "v5.0", "", ""},
        {"pkg:gem/nokogiri@1.10.4?platform=java", "gem", "RubyGems", "nokogiri", "1.10.4", "", ""},
        {"pkg:swift/github.com/vapor/vapor@4.0.0", "swift", "SwiftURL", "github.com/vapor/vapor", "4.0.0", "", ""},
        {"pkg:conan/openssl/openssl@3.0?user=bincrafters", "conan", "ConanCenter", "openssl", "3.0", "", ""},
        {"pkg:huggingface/microsoft/x@1", "generic", "", "microsoft/x", "1", "", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        struct purl purl;
        struct package package;
        struct distro distro;
        struct error err;
        print_message("%s\n", rows[i].purl);
        assert_ok(purl_parse(arena, view_text(rows[i].purl), &purl, &err), &err);
        purl_read(arena, &purl, &package, &distro);
        assert_string_equal(package_type_name(package.type), rows[i].type);
        assert_view_equal(package.ecosystem, rows[i].ecosystem);
        assert_view_equal(package.name, rows[i].name);
        assert_view_equal(package.version, rows[i].version);
        assert_view_equal(package.source_name, rows[i].source_name);
        assert_view_equal(package.source_version, rows[i].source_version);
    }
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct package written = {.type = PACKAGE_RPM,
        .name = view_text("libstdc++"),
        .version = view_text("11.3~1"),
        .release = view_text("1.el9"),
        .epoch = view_text("2"),
        .arch = view_text("x86_64"),
        .source_rpm = view_text("gcc-11.3~1-1.el9.src.rpm")};
    struct view text = package_purl(arena, &written, view_text("rhel"), view_text("9.3"));
    struct purl purl;
    struct package read;
    struct distro distro;
    struct error err;
    assert_ok(purl_parse(arena, text, &purl, &err), &err);
    purl_read(arena, &purl, &read, &distro);
    assert_view_equal(distro.version_id, "9.3");
    read.ecosystem = written.ecosystem;
    assert_true(view_equal(package_key(arena, &read), package_key(arena, &written)));
}

static void refuses_what_is_no_package_url(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "pkg:", "pkg:npm", "pkg:npm/", "npm/x@1", "pkg:/x@1", "pkg:1npm/x",
        "pkg:n_m/x", "pkg:npm/x%", "pkg:npm/x%2", "pkg:npm/x%zz@1", "pkg:npm/a%00b@1", "pkg:npm/%ff@1",
        "pkg:npm/x@1?a\x01=1&b=2", "pkg:npm/x@1?a=%0a"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        struct purl purl;
        struct error err;
        if (purl_parse(arena, view_text(texts[i]), &purl, &err))
            fail_msg("\"%s\" was accepted", texts[i]);
    }
}

static void limits_are_errors(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    char text[PURL_BYTES_MAX + 20];
    struct purl purl;
    struct error err;
    memset(text, 'x', sizeof(text));
    memcpy(text, "pkg:npm/", 8);
    assert_ok(purl_parse(arena, view_of(text, PURL_BYTES_MAX), &purl, &err), &err);
    assert_fails(purl_parse(arena, view_of(text, PURL_BYTES_MAX + 1), &purl, &err), &err, ERROR_LIMIT);
    struct view many = view_text("pkg:npm/x@1?");
    for (int i = 0; i <= PURL_QUALIFIERS_MAX; i++)
        many = arena_format(arena, "%.*sa%d=1&", VIEW_PRINT(many), i);
    assert_fails(purl_parse(arena, many, &purl, &err), &err, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_each_type_says),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(refuses_what_is_no_package_url),
        cmocka_unit_test(limits_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
