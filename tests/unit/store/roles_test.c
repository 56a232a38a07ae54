/* SPDX-License-Identifier: Apache-2.0 */
/* Roles beside the predefined ones, and whom syncs run as. */
#include "store/roles.h"
#include "store/service_accounts.h"
#include "store/sync_identity.h"
#include "store/users.h"
#include "tests/unit/store/store_fixture.h"

#define WHO view_text("admin")

static struct permission_set set_of(const char *names)
{
    struct permission_set set;
    struct view unknown;
    assert_true(permission_parse(view_text(names), &set, &unknown));
    return set;
}

static struct role add_role(struct fixture *fixture, const char *name, const char *permissions)
{
    struct error err;
    struct role made;
    const struct role_new given = {view_text(name), view_text("for tests"), set_of(permissions), WHO};
    assert_ok(store_add_role(fixture->store, fixture->arena, fixture->account.organization, &given, &made, &err), &err);
    return made;
}

static struct session session_of(struct fixture *fixture, const struct token *secret)
{
    struct error err;
    struct session session = {0};
    assert_ok(store_find_api_token(fixture->store, fixture->arena, view_text(secret->text), &session, &err), &err);
    return session;
}

static void names_of_permissions_are_read_and_written(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct permission_set set;
    struct view unknown;
    assert_false(permission_parse(view_text("org.read org.nonsense signed-in"), &set, &unknown));
    assert_view_equal(unknown, "org.nonsense");
    assert_view_equal(permission_names(arena, set), "org.read");
    struct predefined_role role;
    size_t count = 0;
    for (; permission_role_at(count, &role); count++) {
        struct permission_set again = set_of(permission_names(arena, role.permissions).data);
        assert_true(permission_covers(role.permissions, again));
        assert_true(strcmp(role.name, "admin") == 0 || again.bits == role.permissions.bits);
    }
    assert_true(count >= 4);
}

static void a_role_counts_at_once_for_everybody_who_has_it(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token secret;
    struct api_token token;
    struct role edited;
    int64_t organization = fixture->account.organization;
    struct role role = add_role(fixture, "importer", "org.read org.project.add");
    const struct api_token_new given = {.name = view_text("t"), .role = role.name, .who = WHO};
    assert_ok(store_new_api_token(fixture->store, fixture->arena, organization, &given, &secret, &token, &err), &err);
    assert_int_equal(session_of(fixture, &secret).permissions.bits, set_of("org.read org.project.add").bits);
    struct permission_set permissions = set_of("org.read");
    const struct role_change change = {.permissions = &permissions, .who = WHO};
    assert_ok(store_edit_role(fixture->store, fixture->arena, organization, role.name, &change, &edited, &err), &err);
    assert_int_equal(session_of(fixture, &secret).permissions.bits, permissions.bits);
    assert_fails(
        store_remove_role(fixture->store, fixture->arena, organization, role.name, WHO, &err), &err, ERROR_CONFLICT);
    assert_ok(store_revoke_api_token(fixture->store, organization, view_text("t"), WHO, &err), &err);
    assert_ok(
        store_remove_role(fixture->store, fixture->arena, organization, view_text(role.uuid.text), WHO, &err), &err);
    assert_fails(
        store_find_role(fixture->store, fixture->arena, organization, role.name, &role, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "sync-operator"));
}

static void predefined_roles_stay(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct role role;
    int64_t organization = fixture->account.organization;
    const struct role_new given = {view_text("viewer"), view_text(""), {2}, WHO};
    const struct role_change change = {.who = WHO};
    assert_fails(
        store_add_role(fixture->store, fixture->arena, organization, &given, &role, &err), &err, ERROR_CONFLICT);
    assert_fails(
        store_edit_role(fixture->store, fixture->arena, organization, view_text("viewer"), &change, &role, &err), &err,
        ERROR_CONFLICT);
    assert_fails(store_remove_role(fixture->store, fixture->arena, organization, view_text("admin"), WHO, &err), &err,
        ERROR_CONFLICT);
    add_role(fixture, "own", "org.read");
    assert_fails(store_find_role(fixture->store, fixture->arena, fixture_other_organization(fixture), view_text("own"),
                     &role, &err),
        &err, ERROR_NOT_FOUND);
}

static void syncs_run_as_the_built_in_account_or_the_one_that_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct sync_identity identity;
    struct token secret;
    struct service_account account;
    int64_t organization = fixture->account.organization;
    const struct service_account_new given = {.name = view_text("robot"), .role = view_text("viewer"), .who = WHO};
    for (int i = 0; i < 2; i++) {
        assert_ok(
            store_find_sync_identity(fixture->store, fixture->arena, organization, view_text(""), &identity, &err),
            &err);
        assert_view_equal(identity.name, SYNC_ACCOUNT_NAME);
        assert_true(permission_has(identity.permissions, PERMISSION_ORG_PROJECT_DELETE));
    }
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM service_accounts"), 1);
    assert_fails(store_remove_service_account(fixture->store, fixture->arena, organization, identity.name, WHO, &err),
        &err, ERROR_CONFLICT);
    assert_ok(
        store_add_service_account(fixture->store, fixture->arena, organization, &given, &secret, &account, &err), &err);
    assert_ok(
        store_find_sync_identity(fixture->store, fixture->arena, organization, given.name, &identity, &err), &err);
    assert_false(permission_has(identity.permissions, PERMISSION_ORG_PROJECT_ADD));
    assert_ok(store_find_sync_identity(
                  fixture->store, fixture->arena, organization, view_text(account.uuid.text), &identity, &err),
        &err);
    assert_view_equal(identity.name, "robot");
    assert_ok(store_remove_service_account(fixture->store, fixture->arena, organization, given.name, WHO, &err), &err);
    assert_fails(store_find_sync_identity(fixture->store, fixture->arena, organization, given.name, &identity, &err),
        &err, ERROR_DENIED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_permissions_are_read_and_written),
        TEST(a_role_counts_at_once_for_everybody_who_has_it),
        TEST(predefined_roles_stay),
        TEST(syncs_run_as_the_built_in_account_or_the_one_that_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
