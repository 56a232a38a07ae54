/* SPDX-License-Identifier: Apache-2.0 */
/* What the account that a sync runs as must be allowed. */
#include "job/sync_job.h"
#include "store/roles.h"
#include "store/service_accounts.h"
#include "tests/unit/store/store_fixture.h"

#define WHO view_text("admin")

static void add_account(struct fixture *fixture, const char *name, const char *permissions)
{
    struct error err;
    struct permission_set set;
    struct view unknown;
    struct role role;
    struct token secret;
    struct service_account account;
    assert_true(permission_parse(view_text(permissions), &set, &unknown));
    const struct role_new role_given = {view_text(name), view_text(""), set, WHO};
    const struct service_account_new given = {.name = view_text(name), .role = view_text(name), .who = WHO};
    assert_ok(
        store_add_role(fixture->store, fixture->arena, fixture->account.organization, &role_given, &role, &err), &err);
    assert_ok(store_add_service_account(
                  fixture->store, fixture->arena, fixture->account.organization, &given, &secret, &account, &err),
        &err);
}

static bool check(struct fixture *fixture, const char *name, bool deletes, struct error *err)
{
    const struct job_surroundings surroundings = {.store = fixture->store};
    struct job job = {.organization = fixture->account.organization};
    const struct job_run run = {.surroundings = &surroundings, .job = &job, .arena = fixture->arena};
    return sync_check_rights(&run, view_text(name), deletes, err);
}

static void a_lost_right_fails_the_run_and_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct service_account edited;
    add_account(fixture, "adds", "org.integration.read org.project.read org.project.add org.project.edit");
    add_account(fixture, "reads", "org.integration.read org.project.read");
    assert_ok(check(fixture, "", true, &err), &err);
    assert_ok(check(fixture, "adds", false, &err), &err);
    assert_fails(check(fixture, "adds", true, &err), &err, ERROR_DENIED);
    assert_non_null(strstr(err.message, "lacks the permission org.project.delete"));
    assert_fails(check(fixture, "reads", false, &err), &err, ERROR_DENIED);
    assert_non_null(strstr(err.message, "org.project.add"));
    assert_fails(check(fixture, "nobody", false, &err), &err, ERROR_DENIED);
    assert_non_null(strstr(err.message, "was removed"));
    assert_ok(store_edit_service_account(fixture->store, fixture->arena, fixture->account.organization,
                  view_text("built-in sync"), view_text("reads"), WHO, &edited, &err),
        &err);
    assert_fails(check(fixture, "", false, &err), &err, ERROR_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_right_fails_the_run_and_is_named, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
