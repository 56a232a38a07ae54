/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/docker_config.h"
#include "tests/unit/test.h"

/* YWxpY2U6czNjcmV0 is alice:s3cret, Ym9iOmE6Yg== is bob:a:b. */
static const char config[] =
    "{\"auths\":{\"127.0.0.1:5055\":{\"auth\":\"YWxpY2U6czNjcmV0\"},"
    "\"https://index.docker.io/v1/\":{\"auth\":\"Ym9iOmE6Yg==\"},"
    "\"https://old.io/v2/\":{\"username\":\"carol\",\"password\":\"p:w\"},"
    "\"r.io\":{\"auth\":\"YWxpY2U6czNjcmV0\"},\"r.io/team\":{\"auth\":\"Ym9iOmE6Yg==\"},"
    "\"acr.io\":{\"auth\":\"\",\"identitytoken\":\"eyJ0\"},\"bearer.io\":{\"registrytoken\":\"abc\"},"
    "\"token.io\":{\"username\":\"<token>\",\"password\":\"eyJ1\"},\"bad.io\":{\"auth\":\"%%%\"},"
    "\"nocolon.io\":{\"auth\":\"YWxpY2U=\"}},"
    "\"credHelpers\":{\"ecr.io\":\"ecr-login\"}}";

static void expect_password(const char *host, const char *repository, const char *username, const char *password)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_LOGIN login = {0};
    struct error err;
    assert_ok(docker_config_find(arena, view_text(config), view_text(host), view_text(repository), &login, &err), &err);
    assert_true(login.is_found);
    assert_view_equal(login.credentials.username, username);
    assert_view_equal(secret_view(login.credentials.password), password);
}

static void finds_passwords_under_the_usual_keys(void **state)
{
    (void)state;
    expect_password("127.0.0.1:5055", "", "alice", "s3cret");
    expect_password("docker.io", "library/alpine", "bob", "a:b");
    expect_password("old.io", "x", "carol", "p:w");
}

static void the_longest_key_wins(void **state)
{
    (void)state;
    expect_password("r.io", "other/app", "alice", "s3cret");
    expect_password("r.io", "team/app", "bob", "a:b");
    expect_password("r.io", "teamwork/app", "alice", "s3cret");
}

static void finds_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        const char *identity;
        const char *registry;
    } rows[] = {{"acr.io", "eyJ0", ""}, {"bearer.io", "", "abc"}, {"token.io", "eyJ1", ""}};
    for (size_t i = 0; i < 3; i++) {
        AUTO_ARENA *arena = arena_new();
        AUTO_LOGIN login = {0};
        struct error err;
        assert_ok(
            docker_config_find(arena, view_text(config), view_text(rows[i].host), view_text(""), &login, &err), &err);
        assert_true(login.is_found);
        assert_view_equal(secret_view(login.credentials.identity_token), rows[i].identity);
        assert_view_equal(secret_view(login.credentials.registry_token), rows[i].registry);
        assert_null(login.credentials.password);
    }
}

static void an_unknown_host_is_anonymous(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_LOGIN login = {0};
    struct error err;
    assert_ok(
        docker_config_find(arena, view_text(config), view_text("127.0.0.1:5056"), view_text(""), &login, &err), &err);
    assert_false(login.is_found);
    assert_ok(docker_config_find(arena, view_text("{}"), view_text("r.io"), view_text(""), &login, &err), &err);
    assert_false(login.is_found);
}

static void a_credential_helper_is_named_not_ignored(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_LOGIN login = {0};
    struct error err;
    assert_fails(docker_config_find(arena, view_text(config), view_text("ecr.io"), view_text(""), &login, &err), &err,
        ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "ecr-login"));
    const char *store = "{\"auths\":{\"r.io\":{}},\"credsStore\":\"desktop\"}";
    assert_fails(docker_config_find(arena, view_text(store), view_text("r.io"), view_text(""), &login, &err), &err,
        ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "desktop"));
    assert_ok(docker_config_find(arena, view_text(store), view_text("other.io"), view_text(""), &login, &err), &err);
    assert_false(login.is_found);
}

static void refuses_broken_entries_without_showing_them(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_LOGIN login = {0};
    struct error err;
    static const char *const hosts[] = {"bad.io", "nocolon.io"};
    for (size_t i = 0; i < 2; i++) {
        assert_fails(docker_config_find(arena, view_text(config), view_text(hosts[i]), view_text(""), &login, &err),
            &err, ERROR_INVALID);
        assert_null(strstr(err.message, "%%%"));
        assert_null(strstr(err.message, "alice"));
    }
    assert_fails(
        docker_config_find(arena, view_text("{"), view_text("r.io"), view_text(""), &login, &err), &err, ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_passwords_under_the_usual_keys),
        cmocka_unit_test(the_longest_key_wins),
        cmocka_unit_test(finds_tokens),
        cmocka_unit_test(an_unknown_host_is_anonymous),
        cmocka_unit_test(a_credential_helper_is_named_not_ignored),
        cmocka_unit_test(refuses_broken_entries_without_showing_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
