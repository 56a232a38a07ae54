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

static bool find(struct arena *arena, const char *document, const char *host, const char *repository,
    struct credential_helper *helper, struct registry_login *login, struct error *err)
{
    const struct login_wanted wanted = {view_text(host), view_text(repository), helper};
    return docker_config_find(arena, view_text(document), &wanted, login, err);
}

static void expect_password(const char *host, const char *repository, const char *username, const char *password)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_LOGIN login = {0};
    struct error err;
    assert_ok(find(arena, config, host, repository, NULL, &login, &err), &err);
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
        assert_ok(find(arena, config, rows[i].host, "", NULL, &login, &err), &err);
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
    assert_ok(find(arena, config, "127.0.0.1:5056", "", NULL, &login, &err), &err);
    assert_false(login.is_found);
    assert_ok(find(arena, "{}", "r.io", "", NULL, &login, &err), &err);
    assert_false(login.is_found);
}

static void a_credential_helper_is_named_not_ignored(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_LOGIN login = {0};
    struct error err;
    assert_fails(find(arena, config, "ecr.io", "", NULL, &login, &err), &err, ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "ecr-login"));
    const char *store = "{\"auths\":{\"r.io\":{}},\"credsStore\":\"desktop\"}";
    assert_fails(find(arena, store, "r.io", "", NULL, &login, &err), &err, ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "desktop"));
    assert_ok(find(arena, store, "other.io", "", NULL, &login, &err), &err);
    assert_false(login.is_found);
}

/* A helper that was asked for `server` by `name`, and says `text`; NULL: it has nothing. */
struct fake_helper {
    struct credential_helper base;
    const char *text;
    char name[80];
    char server[80];
    unsigned asked;
};

static bool fake_get(struct credential_helper *helper, struct view name, struct view server, struct secret **answer,
    bool *is_found, struct error *err)
{
    struct fake_helper *fake = (struct fake_helper *)helper;
    (void)err;
    fake->asked++;
    snprintf(fake->name, sizeof(fake->name), "%.*s", VIEW_PRINT(name));
    snprintf(fake->server, sizeof(fake->server), "%.*s", VIEW_PRINT(server));
    *is_found = fake->text != NULL;
    if (*is_found)
        *answer = secret_new(view_text(fake->text));
    return true;
}

#define STORE                                                                                                          \
    "{\"auths\":{\"https://index.docker.io/v1/\":{},\"own.io\":{\"auth\":\"YWxpY2U6czNjcmV0\"}},\"credsStore\":\"desktop\"}"

static void asks_the_helper_that_is_configured(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        const char *host;
        const char *name;
        const char *server;
    } rows[] = {
        {config, "ecr.io", "ecr-login", "ecr.io"},
        {STORE, "docker.io", "desktop", "https://index.docker.io/v1/"},
        {STORE, "other.io:5000", "desktop", "other.io:5000"},
        {"{\"credsStore\":\"desktop\"}", "registry-1.docker.io", "desktop", "https://index.docker.io/v1/"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        AUTO_LOGIN login = {0};
        struct error err;
        struct fake_helper fake = {{fake_get}, .text = "{\"ServerURL\":\"x\",\"Username\":\"bob\",\"Secret\":\"pw\"}"};
        assert_ok(find(arena, rows[i].document, rows[i].host, "", &fake.base, &login, &err), &err);
        assert_string_equal(fake.name, rows[i].name);
        assert_string_equal(fake.server, rows[i].server);
        assert_true(login.is_found);
        assert_view_equal(login.credentials.username, "bob");
        assert_view_equal(secret_view(login.credentials.password), "pw");
    }
}

static void takes_tokens_and_absence_from_a_helper(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_LOGIN token = {0};
    AUTO_LOGIN nothing = {0};
    AUTO_LOGIN own = {0};
    struct error err;
    struct fake_helper fake = {{fake_get}, .text = "{\"Username\":\"<token>\",\"Secret\":\"eyJ\"}"};
    assert_ok(find(arena, STORE, "acr.io", "", &fake.base, &token, &err), &err);
    assert_view_equal(secret_view(token.credentials.identity_token), "eyJ");
    assert_null(token.credentials.password);
    fake.text = NULL;
    assert_ok(find(arena, STORE, "acr.io", "", &fake.base, &nothing, &err), &err);
    assert_false(nothing.is_found);
    fake.asked = 0;
    assert_ok(find(arena, STORE, "own.io", "", &fake.base, &own, &err), &err);
    assert_view_equal(own.credentials.username, "alice");
    assert_int_equal(fake.asked, 0);
}

static void refuses_helpers_and_answers_that_are_none(void **state)
{
    (void)state;
    static const char *const names[] = {"../evil", "a/b", "-x", ".x", "a b", "a;b"};
    static const char *const answers[] = {"", "{", "[]", "{\"Username\":\"x\"}", "{\"Secret\":\"hidden\"}"};
    AUTO_ARENA *arena = arena_new();
    struct error err;
    struct fake_helper fake = {{fake_get}, .text = "{}"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        AUTO_LOGIN login = {0};
        const char *document = arena_format(arena, "{\"credHelpers\":{\"r.io\":\"%s\"}}", names[i]).data;
        assert_fails(find(arena, document, "r.io", "", &fake.base, &login, &err), &err, ERROR_INVALID);
    }
    assert_int_equal(fake.asked, 0);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        AUTO_LOGIN login = {0};
        fake.text = answers[i];
        assert_fails(find(arena, STORE, "r.io", "", &fake.base, &login, &err), &err, ERROR_INVALID);
        assert_null(strstr(err.message, "hidden"));
    }
}

static void refuses_broken_entries_without_showing_them(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_LOGIN login = {0};
    struct error err;
    static const char *const hosts[] = {"bad.io", "nocolon.io"};
    for (size_t i = 0; i < 2; i++) {
        assert_fails(find(arena, config, hosts[i], "", NULL, &login, &err), &err, ERROR_INVALID);
        assert_null(strstr(err.message, "%%%"));
        assert_null(strstr(err.message, "alice"));
    }
    assert_fails(find(arena, "{", "r.io", "", NULL, &login, &err), &err, ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_passwords_under_the_usual_keys),
        cmocka_unit_test(the_longest_key_wins),
        cmocka_unit_test(finds_tokens),
        cmocka_unit_test(an_unknown_host_is_anonymous),
        cmocka_unit_test(a_credential_helper_is_named_not_ignored),
        cmocka_unit_test(asks_the_helper_that_is_configured),
        cmocka_unit_test(takes_tokens_and_absence_from_a_helper),
        cmocka_unit_test(refuses_helpers_and_answers_that_are_none),
        cmocka_unit_test(refuses_broken_entries_without_showing_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
