/* SPDX-License-Identifier: Apache-2.0 */
/* Integrations: settings, sealed credentials, changes that drop them, removal, and the trail of all that. */
#include "store/audit.h"
#include "store/jobs.h"
#include "tests/unit/store/store_fixture.h"

#define PLANTED "planted-password-7f3a"

struct registries {
    struct fixture *fixture;
    struct keyring *keyring;
    struct secret *username;
    struct secret *password;
    struct field_change fields[2];
    struct integration_new given;
    struct integration made;
    struct error err;
};

static void open_registries(struct registries *registries, struct fixture *fixture)
{
    *registries = (struct registries){.fixture = fixture};
    const char *path = arena_format(fixture->arena, "%s/keyring", fixture->folder).data;
    assert_ok(keyring_open(path, true, &registries->keyring, &registries->err), &registries->err);
    registries->username = secret_new(view_text("alice"));
    registries->password = secret_new(view_text(PLANTED));
    registries->fields[0] = (struct field_change){view_text("username"), registries->username};
    registries->fields[1] = (struct field_change){view_text("password"), registries->password};
    registries->given = (struct integration_new){.name = view_text("main"),
        .type = view_text("oci"),
        .address = {.host = view_text("main.example")},
        .fields = registries->fields,
        .field_count = 2,
        .keyring = registries->keyring,
        .who = view_text("admin")};
}

static void registries_done(struct registries *registries)
{
    keyring_close(registries->keyring);
    secret_free(registries->username);
    secret_free(registries->password);
}
#define AUTO_REGISTRIES CLEANUP(registries_done) struct registries

static bool add(struct registries *registries)
{
    return store_add_integration(registries->fixture->store, registries->fixture->arena,
        registries->fixture->account.organization, &registries->given, &registries->made, &registries->err);
}

static bool edit(struct registries *registries, size_t *dropped)
{
    return store_edit_integration(registries->fixture->store, registries->fixture->arena,
        registries->fixture->account.organization, &registries->made.uuid, &registries->given, &registries->made,
        dropped, &registries->err);
}

static bool open_credentials(struct registries *registries, struct integration_credentials *credentials)
{
    return store_open_credentials(registries->fixture->store, registries->keyring,
        registries->fixture->account.organization, &registries->made, credentials, &registries->err);
}

static struct view newest_event(struct registries *registries)
{
    struct page_request page = {.limit = 1};
    struct audit_event *events;
    size_t count;
    bool has_more;
    assert_ok(store_list_audit_events(registries->fixture->store, registries->fixture->arena,
                  registries->fixture->account.organization, &page, &events, &count, &has_more, &registries->err),
        &registries->err);
    assert_int_equal(count, 1);
    return arena_format(registries->fixture->arena, "%.*s %.*s %.*s: %.*s", VIEW_PRINT(events->actor),
        VIEW_PRINT(events->action), VIEW_PRINT(events->subject_name), VIEW_PRINT(events->detail));
}

static void credentials_are_sealed_and_come_back(void **state)
{
    AUTO_REGISTRIES registries;
    open_registries(&registries, *state);
    assert_ok(add(&registries), &registries.err);
    assert_int_equal(fixture_count(*state, "SELECT count(*) FROM integration_fields WHERE instr(CAST(sealed AS TEXT) "
                                           "|| value, '" PLANTED "') > 0"),
        0);
    AUTO_CREDENTIALS credentials = {.fields = {.count = 0}};
    assert_ok(open_credentials(&registries, &credentials), &registries.err);
    assert_view_equal(credential_text(&credentials.fields, "username"), "alice");
    assert_view_equal(credential_text(&credentials.fields, "password"), PLANTED);
    struct integration_field *shown;
    size_t count;
    assert_ok(store_list_integration_fields(registries.fixture->store, registries.fixture->arena,
                  registries.fixture->account.organization, registries.made.id, &shown, &count, &registries.err),
        &registries.err);
    assert_int_equal(count, 2);
    assert_true(shown[0].is_secret && shown[0].value.size == 0);
    assert_view_equal(shown[1].value, "alice");
    assert_view_equal(
        newest_event(&registries), "admin integration.create main: https://main.example, TLS: verify, 2 fields set");
}

static void a_sealed_row_does_not_open_in_another_integration(void **state)
{
    AUTO_REGISTRIES registries;
    open_registries(&registries, *state);
    assert_ok(add(&registries), &registries.err);
    struct integration first = registries.made;
    registries.given.name = view_text("other");
    registries.given.address.host = view_text("other.example");
    assert_ok(add(&registries), &registries.err);
    const char *sql = arena_format(registries.fixture->arena,
        "UPDATE integration_fields SET sealed = (SELECT sealed FROM integration_fields WHERE integration_id = %lld "
        "AND name = 'password') WHERE integration_id = %lld AND name = 'password'",
        (long long)first.id, (long long)registries.made.id)
                          .data;
    fixture_execute(*state, sql);
    AUTO_CREDENTIALS credentials = {.fields = {.count = 0}};
    assert_fails(open_credentials(&registries, &credentials), &registries.err, ERROR_CORRUPT);
}

static void secrets_do_not_follow_to_another_place(void **state)
{
    AUTO_REGISTRIES registries;
    size_t dropped;
    open_registries(&registries, *state);
    assert_ok(add(&registries), &registries.err);
    registries.given.field_count = 0;
    registries.given.settings.tags_max = 5;
    assert_ok(edit(&registries, &dropped), &registries.err);
    assert_int_equal(dropped, 0);
    assert_int_equal(registries.made.settings.tags_max, 5);
    struct integration_new before = registries.given;
    for (int change = 0; change < 5; change++) {
        registries.given = before;
        registries.given.fields = registries.fields;
        registries.given.field_count = 2;
        assert_ok(edit(&registries, &dropped), &registries.err);
        registries.given.field_count = 0;
        registries.given.address.host = view_text(change == 0 ? "evil.example" : "main.example");
        registries.given.address.path = view_text(change == 1 ? "team" : "");
        registries.given.address.is_plain_http = change == 2;
        registries.given.settings.proxy = view_text(change == 3 ? "http://proxy.example:3128" : "");
        registries.given.settings.skips_tls = change == 4;
        assert_ok(edit(&registries, &dropped), &registries.err);
        assert_int_equal(dropped, 1);
        AUTO_CREDENTIALS credentials = {.fields = {.count = 0}};
        assert_ok(open_credentials(&registries, &credentials), &registries.err);
        assert_null(credential_secret(&credentials.fields, "password"));
        assert_view_equal(credential_text(&credentials.fields, "username"), "alice");
    }
    assert_view_equal(newest_event(&registries), "admin integration.edit main: https://main.example, TLS: skip, 1 "
                                                 "secrets forgotten since they would go elsewhere");
}

static void two_integrations_do_not_share_name_or_place(void **state)
{
    AUTO_REGISTRIES registries;
    size_t dropped;
    open_registries(&registries, *state);
    assert_ok(add(&registries), &registries.err);
    registries.given.address.host = view_text("other.example");
    assert_fails(add(&registries), &registries.err, ERROR_CONFLICT);
    registries.given.name = view_text("other");
    registries.given.address.host = view_text("main.example");
    assert_fails(add(&registries), &registries.err, ERROR_CONFLICT);
    assert_non_null(strstr(registries.err.message, "\"main\""));
    registries.given.address.path = view_text("team");
    assert_ok(add(&registries), &registries.err);
    struct view *paths;
    size_t count;
    assert_ok(store_integration_paths(registries.fixture->store, registries.fixture->arena,
                  registries.fixture->account.organization, &registries.made, &paths, &count, &registries.err),
        &registries.err);
    assert_int_equal(count, 1);
    assert_view_equal(paths[0], "");
    registries.given.address.path = view_text("");
    assert_fails(edit(&registries, &dropped), &registries.err, ERROR_CONFLICT);
    registries.given.address.path = view_text("team");
    assert_ok(edit(&registries, &dropped), &registries.err);
}

static void settings_that_mean_nothing_are_refused(void **state)
{
    AUTO_REGISTRIES registries;
    open_registries(&registries, *state);
    const struct integration_new good = registries.given;
    struct integration_new bad[12];
    for (size_t i = 0; i < 12; i++)
        bad[i] = good;
    bad[0].type = view_text("no-such-type");
    bad[1].settings.include = view_text("good\n(");
    bad[2].settings.authorities = view_text("not pem");
    bad[3].settings.certificate = view_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
    bad[4].settings.proxy = view_text("http://user:password@proxy.example");
    bad[5].settings.allowed_hosts = view_text("not a host/x");
    bad[6].settings.tags_max = -1;
    bad[7].settings.skips_tls = bad[7].address.is_plain_http = true;
    bad[8].keyring = NULL;
    bad[9].field_count = 1; /* a user name without a password */
    bad[10].settings.exclude = view_of(memset(arena_alloc(registries.fixture->arena, INTEGRATION_LIST_BYTES_MAX + 1),
                                           'a', INTEGRATION_LIST_BYTES_MAX + 1),
        INTEGRATION_LIST_BYTES_MAX + 1);
    struct field_change unknown = {view_text("no_such_field"), registries.password};
    bad[11].fields = &unknown;
    bad[11].field_count = 1;
    for (size_t i = 0; i < 12; i++) {
        registries.given = bad[i];
        assert_fails(add(&registries), &registries.err, ERROR_INVALID);
        assert_null(strstr(registries.err.message, PLANTED));
    }
    registries.given = good;
    assert_ok(add(&registries), &registries.err);
}

static void a_missing_key_is_named(void **state)
{
    AUTO_REGISTRIES registries;
    char id[KEY_ID_TEXT_SIZE];
    open_registries(&registries, *state);
    struct store *store = registries.fixture->store;
    keyring_first(registries.keyring, id);
    assert_ok(add(&registries), &registries.err);
    assert_ok(store_check_keys(store, registries.keyring, &registries.err), &registries.err);
    AUTO_KEYRING *other = NULL;
    assert_ok(keyring_open(arena_format(registries.fixture->arena, "%s/other", registries.fixture->folder).data, true,
                  &other, &registries.err),
        &registries.err);
    assert_fails(store_check_keys(store, other, &registries.err), &registries.err, ERROR_NOT_FOUND);
    assert_non_null(strstr(registries.err.message, id));
}

static void everything_is_sealed_again_with_a_new_key(void **state)
{
    AUTO_REGISTRIES registries;
    int64_t count = 0;
    open_registries(&registries, *state);
    struct store *store = registries.fixture->store;
    assert_ok(add(&registries), &registries.err);
    assert_ok(keyring_add_key(registries.keyring, &registries.err), &registries.err);
    assert_ok(store_seal_again(store, registries.keyring, &count, &registries.err), &registries.err);
    assert_int_equal(count, 1);
    assert_ok(store_seal_again(store, registries.keyring, &count, &registries.err), &registries.err);
    assert_int_equal(count, 0);
    assert_ok(keyring_forget_old(registries.keyring, &registries.err), &registries.err);
    AUTO_CREDENTIALS credentials = {.fields = {.count = 0}};
    assert_ok(open_credentials(&registries, &credentials), &registries.err);
    assert_view_equal(credential_text(&credentials.fields, "password"), PLANTED);
}

static bool remove_local(struct registries *registries, bool keeps, struct integration *removed)
{
    struct integration_removal removal = {keeps, view_text("admin")};
    return store_remove_integration(registries->fixture->store, registries->fixture->arena,
        registries->fixture->account.organization, &registries->fixture->integration.uuid, &removal, removed,
        &registries->err);
}

/* The fixture's integration "local" with one image in it, its run ended. */
static void fill_local(struct registries *registries)
{
    struct fixture *fixture = registries->fixture;
    struct listed_tag tag = {.tag = view_text("1.0"), .digest = fixture_digest("one")};
    struct listing listing = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .run = fixture->run,
        .repository = view_text("team/app"),
        .tags = &tag,
        .tag_count = 1,
        .is_complete = true};
    struct import import = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .run = fixture->run,
        .repository = view_text("team/app"),
        .tag = view_text("1.0"),
        .digest = tag.digest,
        .kind = MANIFEST_IMAGE,
        .lane = JOB_LANE_BULK};
    struct sync_counts counts = {0};
    enum import_result result;
    size_t changed;
    assert_ok(store_record_listing(fixture->store, &listing, &changed, &registries->err), &registries->err);
    assert_ok(store_import(fixture->store, &import, &result, &registries->err), &registries->err);
    assert_ok(store_finish_sync(fixture->store, fixture->account.organization, fixture->run, &counts,
                  &(struct sync_end){.is_complete = true}, &registries->err),
        &registries->err);
}

static void removal_waits_for_a_run(void **state)
{
    AUTO_REGISTRIES registries;
    struct integration removed;
    open_registries(&registries, *state);
    assert_fails(remove_local(&registries, true, &removed), &registries.err, ERROR_CONFLICT);
    fill_local(&registries);
    assert_ok(remove_local(&registries, true, &removed), &registries.err);
    assert_fails(remove_local(&registries, true, &removed), &registries.err, ERROR_NOT_FOUND);
}

static void removal_keeps_projects_and_frees_the_name(void **state)
{
    AUTO_REGISTRIES registries;
    struct integration removed;
    open_registries(&registries, *state);
    fill_local(&registries);
    assert_ok(remove_local(&registries, true, &removed), &registries.err);
    assert_int_equal(removed.project_count, 1);
    assert_int_equal(fixture_count(*state, "SELECT count(*) FROM projects"), 1);
    assert_int_equal(fixture_count(*state, "SELECT count(*) FROM jobs WHERE state = 0"), 0);
    assert_view_equal(newest_event(&registries), "admin integration.delete local: kept 1 projects in 1 repositories");
    registries.given.name = view_text("local");
    registries.given.address.host = view_text("registry.example:5000");
    assert_ok(add(&registries), &registries.err);
}

static void removal_deletes_everything_of_it(void **state)
{
    static const char *const tables[] = {"projects", "targets", "repositories", "observed_tags", "snapshots",
        "snapshot_images", "sync_changes", "sync_runs", "integrations", "image_access"};
    AUTO_REGISTRIES registries;
    struct integration removed;
    open_registries(&registries, *state);
    fill_local(&registries);
    assert_ok(remove_local(&registries, false, &removed), &registries.err);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        const char *sql = arena_format(registries.fixture->arena, "SELECT count(*) FROM %s", tables[i]).data;
        assert_int_equal(fixture_count(*state, sql), 0);
    }
}

static void another_organization_sees_none_of_it(void **state)
{
    AUTO_REGISTRIES registries;
    struct integration removed;
    struct integration_field *shown;
    size_t count, dropped;
    open_registries(&registries, *state);
    assert_ok(add(&registries), &registries.err);
    int64_t stranger = registries.fixture->account.organization + 1;
    struct integration_removal removal = {true, view_text("eve")};
    assert_fails(store_remove_integration(registries.fixture->store, registries.fixture->arena, stranger,
                     &registries.made.uuid, &removal, &removed, &registries.err),
        &registries.err, ERROR_NOT_FOUND);
    assert_fails(store_edit_integration(registries.fixture->store, registries.fixture->arena, stranger,
                     &registries.made.uuid, &registries.given, &removed, &dropped, &registries.err),
        &registries.err, ERROR_NOT_FOUND);
    assert_ok(store_list_integration_fields(registries.fixture->store, registries.fixture->arena, stranger,
                  registries.made.id, &shown, &count, &registries.err),
        &registries.err);
    assert_int_equal(count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(credentials_are_sealed_and_come_back),
        TEST(a_sealed_row_does_not_open_in_another_integration),
        TEST(secrets_do_not_follow_to_another_place),
        TEST(two_integrations_do_not_share_name_or_place),
        TEST(settings_that_mean_nothing_are_refused),
        TEST(a_missing_key_is_named),
        TEST(everything_is_sealed_again_with_a_new_key),
        TEST(removal_waits_for_a_run),
        TEST(removal_keeps_projects_and_frees_the_name),
        TEST(removal_deletes_everything_of_it),
        TEST(another_organization_sees_none_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
