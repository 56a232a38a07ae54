/* SPDX-License-Identifier: Apache-2.0 */
/* Teams: which repositories they own, what lists show of them, and who is limited to them. */
#include "store/projects.h"
#include "store/service_accounts.h"
#include "store/teams.h"
#include "store/users.h"
#include "tests/unit/store/results_fixture.h"

#define WHO view_text("admin")
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void import_into(struct fixture *fixture, const char *repository, unsigned bits)
{
    struct error err;
    enum import_result result;
    const struct import import = {
        .organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .run = fixture->run,
        .repository = view_text(repository),
        .tag = view_text("1"),
        .digest = manifest_digest(bits),
        .kind = MANIFEST_IMAGE,
    };
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
}

static struct team add_team(struct fixture *fixture, const char *name, const char *prefixes, const char *expressions)
{
    struct error err;
    struct team made;
    const struct team_new given = {view_text(name), {view_text(prefixes), view_text(expressions)}, WHO};
    assert_ok(store_add_team(fixture->store, fixture->arena, fixture->account.organization, &given, &made, &err), &err);
    return made;
}

static struct view owner_of(struct fixture *fixture, const char *repository)
{
    struct view sql = arena_format(fixture->arena,
        "SELECT teams.name FROM repositories LEFT JOIN teams ON teams.id = team_id WHERE repositories.name = '%s'",
        repository);
    return fixture_text(fixture, arena_text(fixture->arena, sql));
}

static void the_longest_prefix_owns_then_the_first_expression(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct team edited;
    struct view prefixes = view_text("pay/core/"), none = view_text("");
    import_into(fixture, "pay/app", 1);
    import_into(fixture, "pay/core/api", 2);
    import_into(fixture, "shop/web", 3);
    import_into(fixture, "tools/web-cache", 4);
    add_team(fixture, "web", "", "web$\nweb-");
    add_team(fixture, "payments", "pay/", "");
    add_team(fixture, "core", "core/\npay/core/", "");
    add_team(fixture, "a first", "", "^shop/");
    assert_view_equal(owner_of(fixture, "pay/app"), "payments");
    assert_view_equal(owner_of(fixture, "pay/core/api"), "core");
    assert_view_equal(owner_of(fixture, "shop/web"), "a first");
    assert_view_equal(owner_of(fixture, "tools/web-cache"), "web");

    /* A new repository, a changed team and a removed one. */
    import_into(fixture, "pay/core/db", 5);
    import_into(fixture, "nobody/x", 6);
    assert_view_equal(owner_of(fixture, "pay/core/db"), "core");
    assert_view_equal(owner_of(fixture, "nobody/x"), "");
    const struct team_change change = {.prefixes = &none, .expressions = &prefixes, .who = WHO};
    assert_ok(store_edit_team(fixture->store, fixture->arena, fixture->account.organization, view_text("core"), &change,
                  &edited, &err),
        &err);
    assert_int_equal(edited.repositories, 0);
    assert_view_equal(owner_of(fixture, "pay/core/db"), "payments");
    assert_ok(store_remove_team(
                  fixture->store, fixture->arena, fixture->account.organization, view_text("payments"), WHO, &err),
        &err);
    assert_view_equal(owner_of(fixture, "pay/core/db"), "core");
    assert_view_equal(owner_of(fixture, "pay/app"), "");
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM audit_events WHERE action LIKE 'team.%'"), 6);
}

static void refuses_teams_that_make_no_sense(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct team made;
    struct team_new given = {view_text("web"), {view_text(""), view_text("(")}, WHO};
    int64_t organization = fixture->account.organization;
    assert_fails(
        store_add_team(fixture->store, fixture->arena, organization, &given, &made, &err), &err, ERROR_INVALID);
    assert_non_null(strstr(err.message, "missing )"));
    given.patterns = (struct team_patterns){view_text("a\n\nb"), view_text("")};
    assert_fails(
        store_add_team(fixture->store, fixture->arena, organization, &given, &made, &err), &err, ERROR_INVALID);
    char *many = arena_alloc(fixture->arena, 2 * TEAM_PATTERNS_MAX + 2);
    for (size_t i = 0; i <= TEAM_PATTERNS_MAX; i++)
        memcpy(many + 2 * i, "a\n", 2);
    given.patterns.prefixes = view_of(many, 2 * TEAM_PATTERNS_MAX + 2);
    assert_fails(store_add_team(fixture->store, fixture->arena, organization, &given, &made, &err), &err, ERROR_LIMIT);
    given.patterns.prefixes = view_of(many, 2 * TEAM_PATTERNS_MAX);
    assert_ok(store_add_team(fixture->store, fixture->arena, organization, &given, &made, &err), &err);
    assert_fails(
        store_add_team(fixture->store, fixture->arena, organization, &given, &made, &err), &err, ERROR_CONFLICT);
    assert_fails(
        store_find_team(fixture->store, fixture->arena, fixture_other_organization(fixture), given.name, &made, &err),
        &err, ERROR_NOT_FOUND);
}

static size_t count_projects(struct fixture *fixture, const struct owner_filter *owners)
{
    struct error err;
    struct project_row *rows = NULL;
    size_t count = 0;
    bool has_more;
    const struct project_query query = {.page = {.limit = 100}, .owners = *owners};
    assert_ok(store_list_projects(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                  &has_more, &err),
        &err);
    for (size_t i = 0; i < count; i++)
        assert_true(owner_filter_has(owners, rows[i].team.id));
    return count;
}

static size_t count_targets(struct fixture *fixture, const struct owner_filter *owners)
{
    struct error err;
    struct target_row *rows = NULL;
    size_t count = 0, total = 0;
    bool has_more;
    const struct target_query query = {.page = {.limit = 100}, .owners = *owners};
    assert_ok(store_list_targets(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                  &total, &has_more, &err),
        &err);
    assert_int_equal(count, total);
    return count;
}

static void lists_show_what_the_filter_lets_through(void **state)
{
    struct fixture *fixture = *state;
    import_into(fixture, "a/1", 1);
    import_into(fixture, "a/2", 2);
    import_into(fixture, "b/1", 3);
    import_into(fixture, "c/1", 4);
    int64_t a = add_team(fixture, "a", "a/", "").id, b = add_team(fixture, "b", "b/", "").id;
    const int64_t both[] = {a, b};
    const struct {
        struct owner_filter filter;
        size_t expected;
    } rows[] = {
        {{.is_set = false}, 4},
        {{.is_set = true}, 0},
        {{.is_set = true, .teams = &a, .count = 1}, 2},
        {{.is_set = true, .teams = both, .count = 2}, 3},
        {{.is_set = true, .has_unowned = true}, 1},
        {{.is_set = true, .has_unowned = true, .teams = &b, .count = 1}, 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(count_projects(fixture, &rows[i].filter), rows[i].expected);
        assert_int_equal(count_targets(fixture, &rows[i].filter), rows[i].expected);
        struct view sql = arena_format(fixture->arena, "SELECT count(*) FROM targets WHERE true%.*s",
            VIEW_PRINT(owner_filter_sql(fixture->arena, &rows[i].filter, "repository_id")));
        assert_int_equal(fixture_count(fixture, arena_text(fixture->arena, sql)), rows[i].expected);
        for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
            struct owner_filter left = owner_filter_both(fixture->arena, &rows[i].filter, &rows[k].filter);
            for (int64_t team = 0; team <= b; team++)
                assert_int_equal(owner_filter_has(&left, team),
                    owner_filter_has(&rows[i].filter, team) && owner_filter_has(&rows[k].filter, team));
        }
    }
}

static struct session session_of(struct fixture *fixture, const struct token *secret)
{
    struct error err;
    struct session session = {0};
    assert_ok(store_find_api_token(fixture->store, fixture->arena, view_text(secret->text), &session, &err), &err);
    return session;
}

static void tokens_reach_only_their_team(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token secret, robot;
    struct api_token token;
    struct service_account account;
    int64_t organization = fixture->account.organization;
    struct team team = add_team(fixture, "a", "a/", "");
    struct api_token_new given = {
        .name = view_text("t"), .role = view_text("viewer"), .who = WHO, .team = view_text("b")};
    const struct service_account_new account_given = {
        .name = view_text("r"), .role = view_text("viewer"), .who = WHO, .team = view_text("a")};
    assert_fails(store_new_api_token(fixture->store, fixture->arena, organization, &given, &secret, &token, &err), &err,
        ERROR_NOT_FOUND);
    given.team = view_text("a");
    assert_ok(store_new_api_token(fixture->store, fixture->arena, organization, &given, &secret, &token, &err), &err);
    assert_ok(
        store_add_service_account(fixture->store, fixture->arena, organization, &account_given, &robot, &account, &err),
        &err);
    assert_view_equal(account.limited_to, team.uuid.text);
    const struct token *const secrets[] = {&secret, &robot};
    for (size_t i = 0; i < 2; i++) {
        struct session session = session_of(fixture, secrets[i]);
        assert_true(session.owners.is_set && session.owners.count == 1 && session.owners.teams[0] == team.id);
    }
    assert_ok(store_remove_team(fixture->store, fixture->arena, organization, view_text("a"), WHO, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        struct session session = session_of(fixture, secrets[i]);
        assert_true(session.owners.is_set && session.owners.count == 0);
    }
}

static struct owner_filter owners_of(struct fixture *fixture, const struct token *secret)
{
    struct error err;
    struct session session;
    assert_ok(store_find_session(fixture->store, fixture->arena, view_text(secret->text), &session, &err), &err);
    return session.owners;
}

static void set_member(struct fixture *fixture, const char *team, const char *user, bool is_member)
{
    struct error err;
    const struct team_membership membership = {view_text(team), view_text(user), is_member, WHO};
    assert_ok(
        store_set_team_member(fixture->store, fixture->arena, fixture->account.organization, &membership, &err), &err);
}

static void limited_users_see_what_their_teams_own(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token link, secret;
    struct session session;
    struct user user;
    struct team_member *members;
    size_t count;
    int64_t organization = fixture->account.organization;
    const struct user_new given = {view_text("eve"), view_text("admin"), WHO, DAY_MS};
    struct user_change change = {.has_limit = true, .is_limited = true, .who = WHO};
    assert_ok(store_add_user(fixture->store, fixture->arena, organization, &given, &link, &user, &err), &err);
    assert_ok(store_sign_in(fixture->store, fixture->arena, view_text(link.text), &secret, &session, &err), &err);
    struct team a = add_team(fixture, "a", "a/", ""), b = add_team(fixture, "b", "b/", "");
    set_member(fixture, "a", "eve", true);
    set_member(fixture, "a", "eve", true);
    assert_false(owners_of(fixture, &secret).is_set);
    assert_ok(
        store_edit_user(fixture->store, fixture->arena, organization, view_text("eve"), &change, &user, &err), &err);
    assert_true(user.is_limited);
    set_member(fixture, b.uuid.text, user.uuid.text, true);
    struct owner_filter owners = owners_of(fixture, &secret);
    assert_true(owner_filter_has(&owners, a.id) && owner_filter_has(&owners, b.id) && !owner_filter_has(&owners, 0));
    set_member(fixture, "a", "eve", false);
    owners = owners_of(fixture, &secret);
    assert_true(!owner_filter_has(&owners, a.id) && owner_filter_has(&owners, b.id));
    assert_ok(
        store_list_team_members(fixture->store, fixture->arena, organization, view_text("b"), &members, &count, &err),
        &err);
    assert_int_equal(count, 1);
    assert_view_equal(members[0].name, "eve");
    assert_true(members[0].is_limited);

    /* Nobody could administer the organization any more. */
    assert_fails(
        store_edit_user(fixture->store, fixture->arena, organization, view_text("admin"), &change, &user, &err), &err,
        ERROR_CONFLICT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_longest_prefix_owns_then_the_first_expression),
        TEST(refuses_teams_that_make_no_sense),
        TEST(lists_show_what_the_filter_lets_through),
        TEST(tokens_reach_only_their_team),
        TEST(limited_users_see_what_their_teams_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
