/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "advisory/ecosystem.h"

static void a_release_is_the_same_as_its_distribution_writes_it(void **state)
{
    (void)state;
    static const struct {
        const char *advisory;
        const char *package;
        bool matches;
    } rows[] = {
        {"Debian:12", "Debian:12", true},
        {"Debian:11", "Debian:12", false},
        {"Debian", "Debian:12", true},
        {"Debian:6.0", "Debian:6", true},
        {"Debian:3.1", "Debian:3.0", false},
        {"Ubuntu:22.04", "Ubuntu:22.04:LTS", true},
        {"Ubuntu:Pro:22.04:LTS", "Ubuntu:22.04:LTS", false},
        {"Ubuntu:22.04:LTS", "Ubuntu:Pro:22.04:LTS", true},
        {"Ubuntu:20.04:LTS", "Ubuntu:Pro:22.04:LTS", false},
        {"Azure Linux:3", "Azure Linux:3.0", true},
        {"Azure Linux:2", "Azure Linux:3.0", false},
        {"Alpine:v3.18", "Alpine:edge", true},
        {"Alpine:edge", "Alpine:v3.18", false},
        {"Alpine:v3.18", "Alpine:v3.1", false},
        {"Red Hat:enterprise_linux:9::appstream", "Red Hat:enterprise_linux:9::baseos", true},
        {"Red Hat:enterprise_linux:8::appstream", "Red Hat:enterprise_linux:9::baseos", false},
        {"Red Hat:enterprise_linux:7::server", "Red Hat:enterprise_linux:7.9:GA:server", true},
        {"Red Hat:enterprise_linux:1", "Red Hat:enterprise_linux:10::baseos", false},
        {"Red Hat:rhel_eus:9.4::appstream", "Red Hat:enterprise_linux:9::baseos", false},
        {"Red Hat:rhel_eus:9.4::appstream", "Red Hat:rhel_eus:9.4::baseos", true},
        {"Red Hat:rhel_eus:9.4::appstream", "Red Hat:rhel_eus:9::baseos", false},
        {"Red Hat:enterprise_linux:9::appstream", "Red Hat:rhel_eus:9.4::baseos", true},
        {"Red Hat:enterprise_linux:8::appstream", "Red Hat:rhel_eus:9.4::baseos", false},
        {"Red Hat:rhel_aus:9.4::baseos", "Red Hat:rhel_eus:9.4::baseos", false},
        {"Red Hat:enterprise_linux:9::appstream", "Red Hat:rhel_software_collections:3::el9", false},
        {"SUSE:Linux Enterprise Server 15 SP5", "SUSE:Linux Enterprise Server 15 SP5", true},
        {"SUSE:Linux Enterprise Module for Basesystem 15 SP5", "SUSE:Linux Enterprise Server 15 SP5", true},
        {"SUSE:Linux Enterprise Module for Basesystem 15 SP4", "SUSE:Linux Enterprise Server 15 SP5", false},
        {"SUSE:Linux Enterprise Server for SAP Applications 15 SP5", "SUSE:Linux Enterprise Server 15 SP5", false},
        {"Packagist:https://packages.drupal.org/8", "Packagist", true},
        {"Maven:https://a.example", "Maven:https://b.example", true},
        {"npm", "PyPI", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (ecosystem_matches(view_text(rows[i].advisory), view_text(rows[i].package)) != rows[i].matches)
            fail_msg("%s against %s", rows[i].advisory, rows[i].package);
    }
}

static void a_name_has_one_spelling_in_each_ecosystem(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char *const rows[][3] = {
        {"PyPI", "Zope.Interface__x", "zope-interface-x"},
        {"PyPI", "requests", "requests"},
        {"npm", "@Babel/Core_x", "@Babel/Core_x"},
        {"NuGet", "Newtonsoft.Json", "newtonsoft.json"},
        {"Packagist", "Symfony/HTTP-kernel", "symfony/http-kernel"},
        {"Packagist:https://packages.drupal.org/8", "Drupal/core", "drupal/core"},
        {"crates.io", "Serde_json", "serde-json"},
        {"SwiftURL", "https://github.com/Vapor/vapor.git", "github.com/vapor/vapor"},
        {"SwiftURL", "github.com/vapor/vapor", "github.com/vapor/vapor"},
        {"Maven", "org.Slf4j:slf4j_api", "org.Slf4j:slf4j_api"},
        {"Go", "github.com/Masterminds/goutils", "github.com/Masterminds/goutils"},
        {"Debian:12", "Linux_x", "Linux_x"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct view spelled = ecosystem_package_name(arena, view_text(rows[i][0]), view_text(rows[i][1]));
        assert_view_equal(spelled, rows[i][2]);
        /* Spelling what is spelled changes nothing: the index and the matcher may both do it. */
        assert_view_equal(ecosystem_package_name(arena, view_text(rows[i][0]), spelled), rows[i][2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_release_is_the_same_as_its_distribution_writes_it),
        cmocka_unit_test(a_name_has_one_spelling_in_each_ecosystem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
