/* SPDX-License-Identifier: Apache-2.0 */
/* Organizations, people and accounts of programs. */
#include "store/audit.h"
#include "store/organizations.h"
#include "store/service_accounts.h"
#include "store/users.h"
#include "tests/unit/store/store_fixture.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define WHO view_text("admin")

static struct user add_user(struct fixture *fixture, const char *name, const char *role, struct token *link)
{
    struct error err;
    struct user made;
    const struct user_new given = {view_text(name), view_text(role), WHO, DAY_MS};
    assert_ok(
        store_add_user(fixture->store, fixture->arena, fixture->account.organization, &given, link, &made, &err), &err);
    return made;
}

static bool edit(struct fixture *fixture, const char *name, const char *role, bool is_disabled, struct error *err)
{
    struct user edited;
    const struct user_change change = {
        .role = view_text(role), .has_state = true, .is_disabled = is_disabled, .who = WHO};
    return store_edit_user(
        fixture->store, fixture->arena, fixture->account.organization, view_text(name), &change, &edited, err);
}

static bool sign_in(struct fixture *fixture, const struct token *link, struct token *secret, struct error *err)
{
    struct session session;
    return store_sign_in(fixture->store, fixture->arena, view_text(link->text), secret, &session, err);
}

static bool is_signed_in(struct fixture *fixture, const struct token *secret)
{
    struct error err;
    struct session session;
    bool found = store_find_session(fixture->store, fixture->arena, view_text(secret->text), &session, &err);
    assert_true(found || err.code == ERROR_DENIED);
    return found;
}

static bool token_works(struct fixture *fixture, const struct token *secret)
{
    struct error err;
    struct session session;
    bool found = store_find_api_token(fixture->store, fixture->arena, view_text(secret->text), &session, &err);
    assert_true(found || err.code == ERROR_DENIED);
    return found;
}

static void who_is_invited_signs_in_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token link, again, secret;
    struct user user = add_user(fixture, "Zoë", "viewer", &link);
    assert_view_equal(user.state, "invited");
    assert_ok(store_invite_user(
                  fixture->store, fixture->arena, fixture->account.organization, user.name, DAY_MS, WHO, &again, &err),
        &err);
    assert_fails(sign_in(fixture, &link, &secret, &err), &err, ERROR_DENIED); /* a new link ends the old one */
    assert_ok(sign_in(fixture, &again, &secret, &err), &err);
    assert_fails(sign_in(fixture, &again, &link, &err), &err, ERROR_DENIED);
    assert_true(is_signed_in(fixture, &secret));
    assert_ok(
        store_find_user(fixture->store, fixture->arena, fixture->account.organization, user.name, &user, &err), &err);
    assert_view_equal(user.state, "active");
    assert_int_equal(user.signed_in_ms, FIXTURE_NOW_MS);
}

static void who_is_disabled_is_out_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token link, secret;
    add_user(fixture, "eve", "viewer", &link);
    assert_ok(sign_in(fixture, &link, &secret, &err), &err);
    assert_ok(edit(fixture, "eve", "", true, &err), &err);
    assert_false(is_signed_in(fixture, &secret));
    assert_fails(store_invite_user(fixture->store, fixture->arena, fixture->account.organization, view_text("eve"),
                     DAY_MS, WHO, &link, &err),
        &err, ERROR_CONFLICT);
    assert_ok(edit(fixture, "eve", "admin", false, &err), &err);
    assert_ok(store_invite_user(fixture->store, fixture->arena, fixture->account.organization, view_text("eve"), DAY_MS,
                  WHO, &link, &err),
        &err);
    assert_ok(sign_in(fixture, &link, &secret, &err), &err);
    assert_ok(
        store_remove_user(fixture->store, fixture->arena, fixture->account.organization, view_text("eve"), WHO, &err),
        &err);
    assert_false(is_signed_in(fixture, &secret));
}

static void an_administrator_remains(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token link;
    assert_fails(edit(fixture, "admin", "", true, &err), &err, ERROR_CONFLICT);
    assert_fails(edit(fixture, "admin", "viewer", false, &err), &err, ERROR_CONFLICT);
    assert_fails(
        store_remove_user(fixture->store, fixture->arena, fixture->account.organization, view_text("admin"), WHO, &err),
        &err, ERROR_CONFLICT);
    add_user(fixture, "second", "admin", &link);
    assert_ok(edit(fixture, "admin", "viewer", false, &err), &err);
    assert_fails(edit(fixture, "second", "", true, &err), &err, ERROR_CONFLICT);
}

static void names_are_taken_once_and_checked(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token link;
    struct user made;
    static const char *const bad[] = {"", " a", "a ", "a/b", "a\nb", "\xff"};
    add_user(fixture, "a", "viewer", &link);
    struct user_new given = {view_text("a"), view_text("viewer"), WHO, DAY_MS};
    int64_t organization = fixture->account.organization;
    assert_fails(
        store_add_user(fixture->store, fixture->arena, organization, &given, &link, &made, &err), &err, ERROR_CONFLICT);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        given.name = view_text(bad[i]);
        assert_fails(store_add_user(fixture->store, fixture->arena, organization, &given, &link, &made, &err), &err,
            ERROR_INVALID);
    }
}

static void a_service_account_has_one_or_two_secrets(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token first, second, third;
    struct service_account account;
    int64_t organization = fixture->account.organization;
    struct view name = view_text("robot");
    const struct service_account_new given = {.name = name, .role = view_text("ci-scanner"), .who = WHO};
    assert_ok(
        store_add_service_account(fixture->store, fixture->arena, organization, &given, &first, &account, &err), &err);
    assert_int_equal(account.secret_count, 1);
#define CHANGE(mode, old, secret)                                                                                      \
    store_change_secret(                                                                                               \
        fixture->store, fixture->arena, organization, name, mode, view_text(old), WHO, secret, &account, &err)
    assert_fails(CHANGE(SECRET_DELETE, first.text, &third), &err, ERROR_CONFLICT);
    assert_ok(CHANGE(SECRET_CREATE, "", &second), &err);
    assert_fails(CHANGE(SECRET_CREATE, "", &third), &err, ERROR_CONFLICT);
    assert_true(token_works(fixture, &first) && token_works(fixture, &second));
    assert_fails(CHANGE(SECRET_DELETE, "tw_unknown", &third), &err, ERROR_NOT_FOUND);
    assert_ok(CHANGE(SECRET_DELETE, first.text, &third), &err);
    assert_false(token_works(fixture, &first));
    assert_ok(CHANGE(SECRET_REPLACE, "", &third), &err);
    assert_true(!token_works(fixture, &second) && token_works(fixture, &third));
    assert_ok(store_remove_service_account(fixture->store, fixture->arena, organization, name, WHO, &err), &err);
    assert_false(token_works(fixture, &third));
    assert_fails(
        store_add_service_account(fixture->store, fixture->arena, organization, &given, &first, &account, &err), &err,
        ERROR_CONFLICT); /* names are never used again */
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM api_tokens WHERE hash LIKE 'tw_%'"), 0);
}

static void a_secret_acts_with_the_accounts_role(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token secret;
    struct session session;
    struct service_account account;
    int64_t organization = fixture->account.organization;
    const struct service_account_new given = {.name = view_text("robot"), .role = view_text("ci-scanner"), .who = WHO};
    assert_ok(
        store_add_service_account(fixture->store, fixture->arena, organization, &given, &secret, &account, &err), &err);
    assert_ok(store_edit_service_account(fixture->store, fixture->arena, organization, view_text(account.uuid.text),
                  view_text("viewer"), WHO, &account, &err),
        &err);
    assert_ok(store_find_api_token(fixture->store, fixture->arena, view_text(secret.text), &session, &err), &err);
    assert_view_equal(session.account.role, "viewer");
    assert_string_equal(session.account.user_uuid.text, account.uuid.text);
    struct api_token *tokens;
    size_t count;
    bool has_more;
    struct page_request page = {.limit = 10};
    assert_ok(
        store_list_api_tokens(fixture->store, fixture->arena, organization, &page, &tokens, &count, &has_more, &err),
        &err);
    assert_int_equal(count, 0);
    assert_fails(
        store_revoke_api_token(fixture->store, organization, view_text("robot"), WHO, &err), &err, ERROR_NOT_FOUND);
}

static size_t search(struct fixture *fixture, struct audit_query query, struct audit_event **items)
{
    struct error err;
    size_t count = 0;
    bool has_more;
    if (query.to_ms == 0)
        query.to_ms = INT64_MAX;
    if (query.limit == 0)
        query.limit = 100;
    assert_ok(store_search_audit_events(fixture->store, fixture->arena, fixture->account.organization, &query, items,
                  &count, &has_more, &err),
        &err);
    return count;
}

static void the_audit_trail_is_searched(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct audit_event *items;
    static const char *const actors[] = {"a", "b", "a", "c"};
    static const char *const actions[] = {"x.create", "x.edit", "x.edit", "y.create"};
    for (int i = 0; i < 4; i++) {
        const struct audit_event event = {.actor = view_text(actors[i]),
            .action = view_text(actions[i]),
            .subject_type = view_text("x"),
            .subject_id = arena_format(fixture->arena, "%d", i / 2)};
        (fixture->clock.now_ms = FIXTURE_NOW_MS + 1000 * (i + 1));
        assert_ok(store_note_audit_event(fixture->store, fixture->account.organization, &event, &err), &err);
    }
    int64_t from_ms = FIXTURE_NOW_MS + 1000;
    struct view edits[] = {view_text("x.edit"), view_text("y.create")};
    struct audit_query some = {.from_ms = from_ms, .actions = {edits[0], edits[1]}, .action_count = 2};
    assert_int_equal(search(fixture, (struct audit_query){.from_ms = from_ms}, &items), 4);
    assert_view_equal(items[0].action, "y.create");
    assert_int_equal(
        search(fixture, (struct audit_query){.from_ms = from_ms + 1000, .to_ms = from_ms + 3000}, &items), 2);
    assert_int_equal(search(fixture, (struct audit_query){.from_ms = from_ms, .actor = view_text("a")}, &items), 2);
    assert_int_equal(
        search(fixture, (struct audit_query){.from_ms = from_ms, .subject_id = view_text("1")}, &items), 2);
    assert_int_equal(search(fixture, some, &items), 3);
    some.excludes = true;
    assert_int_equal(search(fixture, some, &items), 1);
    assert_view_equal(items[0].action, "x.create");
    int64_t cursor = 0;
    for (int i = 0; i < 4; i++) { /* one at a time, oldest first */
        assert_int_equal(
            search(fixture, (struct audit_query){.from_ms = from_ms, .is_ascending = true, .after = cursor, .limit = 1},
                &items),
            1);
        assert_view_equal(items[0].action, actions[i]);
        assert_true(view_to_integer(items[0].cursor, &cursor));
    }
}

static void a_lost_organization_is_entered_again(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct organization other;
    struct account admin;
    struct token link, secret;
    assert_ok(store_add_organization(fixture->store, fixture->arena, view_text("other"), WHO, &other, &err), &err);
    fixture_execute(fixture, "UPDATE users SET state = 'disabled'");
    assert_ok(
        store_bootstrap_organization(fixture->store, fixture->arena, other.id, DAY_MS, &link, &admin, &err), &err);
    assert_view_equal(admin.user_name, "admin");
    (fixture->clock.now_ms = FIXTURE_NOW_MS + DAY_MS);
    assert_fails(sign_in(fixture, &link, &secret, &err), &err, ERROR_DENIED); /* expired */
    assert_ok(
        store_bootstrap_organization(fixture->store, fixture->arena, other.id, DAY_MS, &link, &admin, &err), &err);
    assert_ok(sign_in(fixture, &link, &secret, &err), &err);
    assert_fails(sign_in(fixture, &link, &secret, &err), &err, ERROR_DENIED); /* used */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(who_is_invited_signs_in_once),
        TEST(who_is_disabled_is_out_at_once),
        TEST(an_administrator_remains),
        TEST(names_are_taken_once_and_checked),
        TEST(a_service_account_has_one_or_two_secrets),
        TEST(a_secret_acts_with_the_accounts_role),
        TEST(the_audit_trail_is_searched),
        TEST(a_lost_organization_is_entered_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
