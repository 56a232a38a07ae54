/* SPDX-License-Identifier: Apache-2.0 */
#include "package/distro_red_hat.h"
#include "tests/unit/package/recorder.h"
#include "tests/unit/test.h"

struct file {
    const char *path;
    const char *content;
};

/* Runs the analyzers on the files (up to the one without a path) and detects. */
static struct distro detect(struct arena *arena, const struct file *files)
{
    struct recorder recorder;
    recorder_init(&recorder, arena);
    struct error err;
    for (; files->path != NULL; files++)
        assert_ok(recorder_run(&recorder, files->path, view_text(files->content), &err), &err);
    struct distro distro;
    distro_detect(arena, recorder.facts.items, recorder.facts.count, &distro);
    return distro;
}

#define DETECT(arena, ...) detect((arena), (const struct file[]){__VA_ARGS__, {NULL, NULL}})

static void assert_ecosystem(const struct distro *distro, enum package_type type, const char *expected)
{
    AUTO_ARENA *arena = arena_new();
    assert_view_equal(distro_ecosystem(arena, distro, type), expected);
}

static void refines_debians_release_by_debian_version(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct distro distro =
        DETECT(arena, {"etc/debian_version", "13.5\n"}, {"etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n"});
    assert_view_equal(distro.version_id, "13.5");
    assert_ecosystem(&distro, PACKAGE_DEB, "Debian:13");
    distro = DETECT(arena, {"etc/debian_version", "12.5\n"}, {"etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n"});
    assert_view_equal(distro.version_id, "13");
}

static void ignores_the_debian_version_of_derivatives(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct distro distro = DETECT(
        arena, {"etc/debian_version", "bookworm/sid\n"}, {"etc/os-release", "ID=ubuntu\nVERSION_ID=\"24.04\"\n"});
    assert_view_equal(distro.version_id, "24.04");
    assert_view_equal(distro.version_codename, "");
    assert_ecosystem(&distro, PACKAGE_DEB, "Ubuntu:24.04:LTS");
}

static void tells_testing_and_unstable_by_codename(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct distro distro = DETECT(arena, {"etc/os-release", "ID=debian\nVERSION_CODENAME=forky\n"});
    assert_ecosystem(&distro, PACKAGE_DEB, "Debian:14");
    distro = DETECT(arena, {"etc/os-release", "ID=debian\n"}, {"etc/debian_version", "trixie/sid\n"});
    assert_ecosystem(&distro, PACKAGE_DEB, "Debian:13");
    distro = DETECT(arena, {"etc/os-release", "ID=debian\nVERSION_CODENAME=sid\n"});
    assert_ecosystem(&distro, PACKAGE_DEB, "Debian:sid");
    distro = DETECT(arena, {"etc/os-release", "ID=debian\n"});
    assert_ecosystem(&distro, PACKAGE_DEB, "Debian");
}

static void takes_debian_version_alone(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct distro distro = DETECT(arena, {"etc/debian_version", "3.1\n"}, {"bin/busybox", "BusyBox v1.1 (x)"});
    assert_view_equal(distro.id, "debian");
    assert_view_equal(distro.version_id, "3.1");
    assert_ecosystem(&distro, PACKAGE_DEB, "Debian:3.1");
}

static void trusts_os_release_most_and_busybox_least(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct distro distro = DETECT(arena, {"bin/busybox", "\177ELF BusyBox v1.36.1 (2023-05-19)"},
        {"etc/alpine-release", "3.18.4\n"}, {"usr/lib/os-release", "ID=wolfi\nVERSION_ID=20230201\n"});
    assert_view_equal(distro.id, "wolfi");
    distro =
        DETECT(arena, {"bin/busybox", "BusyBox v1.36.1 ("}, {"etc/alpine-release", "3.18.4\n"}, {"etc/os-release", ""});
    assert_view_equal(distro.id, "alpine");
    assert_view_equal(distro.version_id, "3.18.4");
    distro = DETECT(arena, {"bin/busybox", "BusyBox v1.36.1 ("}, {"etc/os-release", "NAME=Own\n"});
    assert_view_equal(distro.id, "");
    assert_view_equal(distro.name, "Own");
    assert_true(distro.is_known);
    distro = DETECT(arena, {"bin/busybox", "BusyBox v1.36.1 ("});
    assert_view_equal(distro.id, "busybox");
    assert_ecosystem(&distro, PACKAGE_DEB, "");
    assert_ecosystem(&distro, PACKAGE_APK, "");
}

static void prefers_a_clones_own_file_to_redhat_release(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct distro distro =
        DETECT(arena, {"etc/redhat-release", "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n"},
            {"etc/oracle-release", "Oracle Linux Server release 6.10\n"});
    assert_view_equal(distro.id, "ol");
    assert_view_equal(distro.version_id, "6.10");
}

static void knows_nothing_without_evidence(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct distro distro = DETECT(arena, {"etc/os-release", "# empty\n"});
    assert_false(distro.is_known);
    assert_ecosystem(&distro, PACKAGE_RPM, "");
    assert_ecosystem(&distro, PACKAGE_NPM, "npm");
    distro = DETECT(arena, {"etc/os-release", "VERSION_CODENAME=bookworm\n"});
    assert_false(distro.is_known);
}

static void takes_alpines_branch_from_the_repositories(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct distro distro = DETECT(arena, {"etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n"});
    assert_ecosystem(&distro, PACKAGE_APK, "Alpine:v3.18");
    distro = DETECT(arena, {"etc/os-release", "ID=alpine\nVERSION_ID=3.20.0_alpha20240315\n"});
    assert_ecosystem(&distro, PACKAGE_APK, "Alpine:edge");
    distro = DETECT(arena, {"etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n"},
        {"etc/apk/repositories", "https://dl-cdn.alpinelinux.org/alpine/edge/main\n"});
    assert_ecosystem(&distro, PACKAGE_APK, "Alpine:edge");
    distro = DETECT(arena, {"etc/os-release", "ID=alpine\nVERSION_ID=3.9.4\n"},
        {"etc/apk/repositories", "https://host/alpine/v3.9/main\n"},
        {"etc/apk/repositories.d/more.list", "https://host/alpine/v3.18/community\n"});
    assert_view_equal(distro.apk_branch, "v3.18");
    assert_ecosystem(&distro, PACKAGE_APK, "Alpine:v3.18");
    distro = DETECT(arena, {"etc/os-release", "ID=wolfi\nVERSION_ID=20230201\n"},
        {"etc/apk/repositories", "https://host/alpine/v3.9/main\n"});
    assert_ecosystem(&distro, PACKAGE_APK, "Wolfi");
}

struct ecosystem_row {
    const char *os_release;
    enum package_type type;
    const char *ecosystem;
};

static void repositories_of_red_hat_tell_products(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"rhel-9-for-x86_64-baseos-rpms", "cpe:/o:redhat:enterprise_linux:9::baseos"},
        {"rhel-9-for-aarch64-appstream-rpms__9", "cpe:/a:redhat:enterprise_linux:9::appstream"},
        {"rhel-8-for-x86_64-appstream-eus-rpms__8_DOT_6", "cpe:/a:redhat:rhel_eus:8.6::appstream"},
        {"rhel-8-for-s390x-baseos-e4s-rpms__8_DOT_4", "cpe:/o:redhat:rhel_e4s:8.4::baseos"},
        {"rhel-8-for-x86_64-highavailability-tus-debug-rpms", "cpe:/a:redhat:rhel_tus:8::highavailability"},
        {"rhel-7-server-rpms", "cpe:/a:redhat:enterprise_linux:7::server"},
        {"ubi-8-for-x86_64-appstream-rpms", "cpe:/a:redhat:enterprise_linux:8::appstream"},
        {"ubi-9-baseos-rpms", "cpe:/o:redhat:enterprise_linux:9::baseos"},
        {"codeready-builder-for-rhel-9-x86_64-rpms", "cpe:/a:redhat:enterprise_linux:9::crb"},
        {"codeready-builder-for-rhel-9-x86_64-eus-rpms__9_DOT_2", "cpe:/a:redhat:rhel_eus:9.2::crb"},
        {"rhocp-4.14-for-rhel-9-x86_64-rpms", "cpe:/a:redhat:openshift:4.14::el9"},
        {"rhel-9-for-x86_64-appstream-files", ""},
        {"my-own-rpms", ""},
        {"rhel--rpms", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        assert_view_equal(red_hat_product(arena, view_text(rows[i][0])), rows[i][1]);
    }
}

static void repositories_of_an_extended_stream_choose_its_advisories(void **state)
{
    (void)state;
    static const struct {
        const char *os_release, *content_sets, *ecosystem;
    } rows[] = {
        {"ID=rhel\nVERSION_ID=9.4\nCPE_NAME=cpe:/o:redhat:enterprise_linux:9::baseos",
            "\"rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_4\"", "Red Hat:rhel_eus:9.4::baseos"},
        {"ID=rhel\nVERSION_ID=9.4\nCPE_NAME=cpe:/o:redhat:enterprise_linux:9::baseos",
            "\"rhel-9-for-x86_64-baseos-rpms\",\"rhel-9-for-x86_64-appstream-rpms\"",
            "Red Hat:enterprise_linux:9::baseos"},
        /* the repository names no minor release: the system's */
        {"ID=rhel\nVERSION_ID=8.6", "\"rhel-8-for-x86_64-appstream-aus-rpms\"", "Red Hat:rhel_aus:8.6::baseos"},
        /* of two minor releases that of the system */
        {"ID=rhel\nVERSION_ID=9.4",
            "\"rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2\",\"rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_4\"",
            "Red Hat:rhel_eus:9.4::baseos"},
        {"ID=rhel\nVERSION_ID=7.9", "\"rhel-7-server-els-rpms\"", "Red Hat:rhel_els:7::baseos"},
        {"ID=rhel\nVERSION_ID=8.10", "\"rhel-8-for-x86_64-baseos-e4s-rpms__8_DOT_4\"", "Red Hat:rhel_e4s:8.4::baseos"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char manifest[256];
        AUTO_ARENA *arena = arena_new();
        snprintf(manifest, sizeof(manifest), "{\"content_sets\":[%s]}", rows[i].content_sets);
        struct distro distro = DETECT(
            arena, {"etc/os-release", rows[i].os_release}, {"root/buildinfo/content_manifests/a.json", manifest});
        assert_ecosystem(&distro, PACKAGE_RPM, rows[i].ecosystem);
    }
}

static void collects_what_red_hats_builds_leave(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct distro distro = DETECT(arena, {"etc/os-release", "ID=rhel\n"},
        {"root/buildinfo/content_manifests/a.json",
            "{\"content_sets\":[\"own\",\"rhel-9-for-x86_64-appstream-rpms\",\"rhel-9-for-x86_64-appstream-source-rpms\"]}"},
        {"usr/share/buildinfo/content-sets.json", "{\"content_sets\":[\"own\"]}"},
        {"usr/share/buildinfo/labels.json",
            "{\"com.redhat.component\":\"x\",\"version\":\"1\",\"release\":\"2\",\"cpe\":\"cpe:/a:redhat:x:1::el9\"}"});
    assert_int_equal(distro.content_sets.count, 3);
    assert_view_equal(distro.content_sets.items[0], "own");
    assert_int_equal(distro.products.count, 2);
    assert_view_equal(distro.products.items[0], "cpe:/a:redhat:enterprise_linux:9::appstream");
    assert_view_equal(distro.products.items[1], "cpe:/a:redhat:x:1::el9");
    assert_int_equal(distro.builds.count, 1);
    assert_view_equal(distro.builds.items[0], "x-1-2");
    assert_ecosystem(&distro, PACKAGE_RPM, "Red Hat:enterprise_linux:9::appstream");
}

static void attached_ubuntu_systems_follow_its_pro_stream(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char status[] = "{\"attached\":true,\"services\":[{\"name\":\"esm-infra\",\"status\":\"enabled\"}]}";
    struct distro distro = DETECT(arena, {"etc/os-release", "ID=ubuntu\nVERSION_ID=\"18.04\"\n"},
        {"var/lib/ubuntu-advantage/status.json", status});
    assert_true(distro.is_ubuntu_pro);
    assert_ecosystem(&distro, PACKAGE_DEB, "Ubuntu:Pro:18.04:LTS");
    assert_null(distro_end_of_life(view_text("Ubuntu:Pro:18.04:LTS"), INT64_MAX / 2));
    distro = DETECT(
        arena, {"etc/os-release", "ID=debian\nVERSION_ID=12\n"}, {"var/lib/ubuntu-advantage/status.json", status});
    assert_ecosystem(&distro, PACKAGE_DEB, "Debian:12");
    distro = DETECT(arena, {"etc/os-release", "ID=ubuntu\nVERSION_ID=\"18.04\"\n"},
        {"var/lib/ubuntu-advantage/status.json",
            "{\"attached\":false,\"services\":[{\"name\":\"esm-infra\",\"status\":\"enabled\"}]}"});
    assert_ecosystem(&distro, PACKAGE_DEB, "Ubuntu:18.04:LTS");
}

static void names_ecosystems_as_osv_does(void **state)
{
    (void)state;
    static const struct ecosystem_row rows[] = {
        {"ID=debian\nVERSION_ID=12", PACKAGE_DEB, "Debian:12"},
        {"ID=raspbian\nVERSION_ID=11", PACKAGE_DEB, "Debian:11"},
        {"ID_LIKE=debian\nVERSION_ID=11", PACKAGE_DEB, "Debian:11"},
        {"ID_LIKE=\"a b c d e f g h i j k l m n o p q r s debian\"\nVERSION_ID=11", PACKAGE_DEB, "Debian:11"},
        {"ID=kali\nID_LIKE=debian\nVERSION_ID=2024.1", PACKAGE_DEB, ""},
        {"ID=ubuntu\nVERSION_ID=22.04", PACKAGE_DEB, "Ubuntu:22.04:LTS"},
        {"ID=ubuntu\nVERSION_ID=23.10", PACKAGE_DEB, "Ubuntu:23.10"},
        {"ID=ubuntu\nVERSION_ID=23.04", PACKAGE_DEB, "Ubuntu:23.04"},
        {"ID=linux\nVERSION_ID=5", PACKAGE_DEB, "Linux:5"},
        {"ID=alpaquita\nVERSION_ID=stream", PACKAGE_APK, "Alpaquita:stream"},
        {"ID=chainguard\nVERSION_ID=20230214", PACKAGE_APK, "Chainguard"},
        {"ID=postmarketos\nVERSION_ID=23.12", PACKAGE_APK, ""},
        {"VERSION_ID=4", PACKAGE_APK, "Alpine:v4"},
        {"ID=rhel\nCPE_NAME=cpe:/o:redhat:enterprise_linux:9::baseos", PACKAGE_RPM,
            "Red Hat:enterprise_linux:9::baseos"},
        {"ID=rhel\nVERSION_ID=8.9", PACKAGE_RPM, "Red Hat:enterprise_linux:8"},
        {"ID=rhel", PACKAGE_RPM, "Red Hat"},
        {"ID=rocky\nVERSION_ID=9.3", PACKAGE_RPM, "Rocky Linux:9"},
        {"ID=almalinux\nVERSION_ID=8.9", PACKAGE_RPM, "AlmaLinux:8"},
        {"ID=openEuler\nVERSION_ID=22.03\nPRETTY_NAME=\"openEuler 22.03 (LTS-SP3)\"", PACKAGE_RPM,
            "openEuler:22.03-LTS-SP3"},
        {"ID=openEuler\nVERSION_ID=24.03\nPRETTY_NAME=\"openEuler 24.03\"", PACKAGE_RPM, "openEuler:24.03"},
        {"ID=openEuler\nVERSION_ID=22.03\nVERSION=\"22.03 (LTS)\"", PACKAGE_RPM, "openEuler:22.03-LTS"},
        {"ID=azurelinux\nVERSION_ID=3.0", PACKAGE_RPM, "Azure Linux:3.0"},
        {"ID=photon\nVERSION_ID=5.0", PACKAGE_RPM, "Photon OS:5.0"},
        {"ID=mageia\nVERSION_ID=9", PACKAGE_RPM, "Mageia:9"},
        {"ID=sles\nPRETTY_NAME=\"SUSE Linux Enterprise Server 15 SP5\"", PACKAGE_RPM,
            "SUSE:Linux Enterprise Server 15 SP5"},
        {"ID=opensuse-leap\nPRETTY_NAME=\"openSUSE Leap 15.6\"", PACKAGE_RPM, "openSUSE:Leap 15.6"},
        {"ID=opensuse-tumbleweed\nPRETTY_NAME=\"openSUSE Tumbleweed\"", PACKAGE_RPM, "openSUSE:Tumbleweed"},
        {"ID=fedora\nVERSION_ID=39", PACKAGE_RPM, ""},
        {"ID=gentoo\nVERSION_ID=2.17", PACKAGE_DEB, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        struct distro distro = DETECT(arena, {"etc/os-release", rows[i].os_release});
        struct view ecosystem = distro_ecosystem(arena, &distro, rows[i].type);
        if (!view_is(ecosystem, rows[i].ecosystem))
            fail_msg("%s: \"%.*s\" is not \"%s\"", rows[i].os_release, VIEW_PRINT(ecosystem), rows[i].ecosystem);
    }
}

static void names_packages_of_a_list_after_their_own_distributions(void **state)
{
    (void)state;
    static const struct {
        const char *ecosystem, *purl;
        enum package_type type;
    } rows[] = {
        {"Debian:12", "pkg:deb/raspbian/a@1?distro=raspbian-12", PACKAGE_DEB},
        {"", "pkg:deb/raspbian/a@1?distro=raspbian-12", PACKAGE_DEB},
        {"Ubuntu:Pro:22.04:LTS", "pkg:deb/ubuntu/a@1?distro=ubuntu-22.04", PACKAGE_DEB},
        {"Alpine:v3.18", "pkg:apk/alpine/a@1?distro=alpine-3.18", PACKAGE_APK},
        {"Wolfi", "pkg:apk/wolfi/a@1?distro=wolfi", PACKAGE_APK},
        {"Red Hat:enterprise_linux:9::baseos", "pkg:rpm/redhat/a@1?distro=rhel-9", PACKAGE_RPM},
        {"SUSE:Linux Enterprise Server 15 SP5", "pkg:rpm/suse/a@1?distro=sles", PACKAGE_RPM},
        {"Nobody Knows:7", "pkg:rpm/a@1", PACKAGE_RPM},
        {"npm", "pkg:npm/a@1", PACKAGE_NPM},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        struct distro distro = DETECT(arena, {"etc/os-release", "ID=raspbian\nVERSION_ID=12"});
        struct package package = {.type = rows[i].type,
            .name = view_text("a"),
            .version = view_text("1"),
            .ecosystem = view_text(rows[i].ecosystem)};
        assert_view_equal(distro_purl(arena, &distro, &package), rows[i].purl);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_packages_of_a_list_after_their_own_distributions),
        cmocka_unit_test(refines_debians_release_by_debian_version),
        cmocka_unit_test(ignores_the_debian_version_of_derivatives),
        cmocka_unit_test(tells_testing_and_unstable_by_codename),
        cmocka_unit_test(takes_debian_version_alone),
        cmocka_unit_test(trusts_os_release_most_and_busybox_least),
        cmocka_unit_test(prefers_a_clones_own_file_to_redhat_release),
        cmocka_unit_test(knows_nothing_without_evidence),
        cmocka_unit_test(takes_alpines_branch_from_the_repositories),
        cmocka_unit_test(repositories_of_red_hat_tell_products),
        cmocka_unit_test(repositories_of_an_extended_stream_choose_its_advisories),
        cmocka_unit_test(collects_what_red_hats_builds_leave),
        cmocka_unit_test(attached_ubuntu_systems_follow_its_pro_stream),
        cmocka_unit_test(names_ecosystems_as_osv_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
