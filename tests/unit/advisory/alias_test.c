/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "advisory/alias.h"

#include <stdarg.h>

enum { ADVISORIES_MAX = 40, ALIASES_MAX = 8 };

struct fixture {
    struct arena *arena;
    struct advisory advisories[ADVISORIES_MAX];
    size_t count;
    struct alias_groups groups;
};

/* An advisory with aliases, up to NULL. */
static void add(struct fixture *fixture, const char *id, ...)
{
    struct advisory *advisory = &fixture->advisories[fixture->count++];
    va_list aliases;
    *advisory = (struct advisory){.id = view_text(id)};
    advisory->aliases = ARENA_ARRAY(fixture->arena, struct view, ALIASES_MAX);
    va_start(aliases, id);
    for (const char *alias; (alias = va_arg(aliases, const char *)) != NULL;)
        advisory->aliases[advisory->alias_count++] = view_text(alias);
    va_end(aliases);
}

/* In the given order, then backwards: the groups must be the same. */
static void build(struct fixture *fixture, bool is_backwards)
{
    const struct advisory *pointers[ADVISORIES_MAX];
    for (size_t i = 0; i < fixture->count; i++)
        pointers[i] = &fixture->advisories[is_backwards ? fixture->count - 1 - i : i];
    alias_groups_build(&fixture->groups, fixture->arena, pointers, fixture->count);
}

static void assert_name(struct fixture *fixture, const char *id, const char *name)
{
    for (int i = 0; i < 2; i++) {
        build(fixture, i == 1);
        assert_view_equal(alias_groups_name(&fixture->groups, view_text(id)), name);
    }
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->arena = arena_new();
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static void aliases_join_transitively(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, "GHSA-a", "PYSEC-1", NULL);
    add(fixture, "PYSEC-1", "OSV-1", NULL);
    add(fixture, "X-9", "OSV-1", "CVE-2024-0001", NULL);
    add(fixture, "X-8", NULL);
    assert_name(fixture, "GHSA-a", "CVE-2024-0001");
    assert_name(fixture, "PYSEC-1", "CVE-2024-0001");
    assert_name(fixture, "X-8", "X-8");
    assert_name(fixture, "unheard-of", "unheard-of");
}

static void without_a_cve_the_ecosystems_own_database_names_the_group(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, "GHSA-a", "RUSTSEC-2", NULL);
    add(fixture, "RUSTSEC-3", "GHSA-a", NULL);
    assert_name(fixture, "GHSA-a", "RUSTSEC-2");
}

static void two_cves_never_come_together(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, "GHSA-a", "CVE-2024-0001", NULL);
    add(fixture, "PYSEC-1", "GHSA-a", "CVE-2024-0002", NULL);
    add(fixture, "DSA-1-1", "CVE-2024-0001", "CVE-2024-0002", NULL);
    assert_name(fixture, "GHSA-a", "CVE-2024-0001");
    assert_name(fixture, "PYSEC-1", "CVE-2024-0002");
    assert_name(fixture, "DSA-1-1", "DSA-1-1");
    assert_name(fixture, "CVE-2024-0002", "CVE-2024-0002");
}

static void a_record_with_many_aliases_joins_only_its_cve(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, "GHSA-a", "CVE-2024-0001", "A-1", "A-2", "A-3", "A-4", "A-5", NULL);
    add(fixture, "A-1", NULL);
    assert_name(fixture, "GHSA-a", "CVE-2024-0001");
    assert_name(fixture, "A-1", "A-1");
}

static void a_group_stops_growing_at_its_limit(void **state)
{
    struct fixture *fixture = *state;
    static char ids[ADVISORIES_MAX][16];
    for (int i = 0; i < ADVISORIES_MAX; i++)
        snprintf(ids[i], sizeof(ids[i]), "A-%02d", i);
    for (int i = 0; i + 1 < ADVISORIES_MAX; i++)
        add(fixture, ids[i], ids[i + 1], NULL);
    build(fixture, false);
    size_t joined = 0;
    for (int i = 0; i < ADVISORIES_MAX; i++)
        joined += view_is(alias_groups_name(&fixture->groups, view_text(ids[i])), ids[0]);
    assert_int_equal(joined, ALIAS_GROUP_IDS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(aliases_join_transitively, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_cve_the_ecosystems_own_database_names_the_group, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_cves_never_come_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_record_with_many_aliases_joins_only_its_cve, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_group_stops_growing_at_its_limit, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
