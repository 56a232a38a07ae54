/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "daemon/config.h"
#include "daemon/data_dir.h"

#include <unistd.h>

/* "name=value" texts, as the command line would give them; ends with NULL. */
static bool given_value(const void *context, const char *name, int index, struct view *value)
{
    for (const char *const *given = context; *given != NULL; given++) {
        struct view rest = view_text(*given);
        if (view_is(view_cut(&rest, '='), name) && index-- == 0) {
            *value = rest;
            return true;
        }
    }
    return false;
}

static bool read_config(struct arena *arena, const char *const *given, struct config *config, struct error *err)
{
    const struct config_source source = {given_value, given};
    return config_read(&source, arena, config, err);
}

static int clear_environment(void **state)
{
    (void)state;
    static const char *const names[] = {"TIDEWAITER_LISTEN", "TIDEWAITER_WORKERS", "TIDEWAITER_BEHIND_PROXY",
        "TIDEWAITER_HOST_NAME", "TIDEWAITER_DATA", "TIDEWAITER_LOG_LEVEL", "XDG_STATE_HOME"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    return setenv("HOME", "/home/somebody", 1);
}

static void has_defaults_that_listen_on_loopback(void **state)
{
    (void)state;
    struct error err;
    struct config config;
    const char *const given[] = {NULL};
    AUTO_ARENA *arena = arena_new();
    assert_ok(read_config(arena, given, &config, &err), &err);
    assert_true(config.listen.is_loopback);
    assert_string_equal(config.listen_text, "127.0.0.1:8010");
    assert_string_equal(config.data, "/home/somebody/.local/state/tidewaiter");
    assert_string_equal(config.index, "/home/somebody/.local/state/tidewaiter/index");
    assert_int_equal(config.log_level, LOG_INFO);
    assert_int_equal(config.sandbox, SANDBOX_REQUIRED);
    assert_int_equal(config.workers, 2);
    assert_int_equal(config.webhook_delay_ms, 1000);
    assert_int_equal(config.host_name_count, 0);
}

static void prefers_the_command_line_to_the_environment(void **state)
{
    (void)state;
    struct error err;
    struct config config;
    AUTO_ARENA *arena = arena_new();
    setenv("TIDEWAITER_WORKERS", "3", 1);
    setenv("TIDEWAITER_BEHIND_PROXY", "true", 1);
    setenv("TIDEWAITER_HOST_NAME", "a.example, b.example", 1);
    setenv("TIDEWAITER_DATA", "/srv/tide", 1);
    const char *const nothing[] = {NULL};
    assert_ok(read_config(arena, nothing, &config, &err), &err);
    assert_int_equal(config.workers, 3);
    assert_true(config.is_behind_proxy);
    assert_int_equal(config.host_name_count, 2);
    assert_string_equal(config.host_names[1], "b.example");
    assert_string_equal(config.data, "/srv/tide");
    const char *const given[] = {"workers=7", "host-name=c.example", "data=/srv/other", NULL};
    assert_ok(read_config(arena, given, &config, &err), &err);
    assert_int_equal(config.workers, 7);
    assert_int_equal(config.host_name_count, 1);
    assert_string_equal(config.host_names[0], "c.example");
    assert_string_equal(config.data, "/srv/other");
    clear_environment(NULL);
}

static void refuses_wrong_values_and_names_them(void **state)
{
    (void)state;
    static const char *const rows[] = {"workers=0", "workers=65", "workers=x", "webhook-delay=301", "webhook-delay=-1",
        "webhook-delay=1s", "rate-limit=-1", "registry-connections=33", "log-level=loud", "sandbox=off", "listen=8010",
        "listen=:8010", "listen=127.0.0.1:x", "listen=127.0.0.1:70000", "listen=::1:80", "host-name=https://a.example",
        "host-name=a.example:80", "network-allow=10.0.0.0/99"};
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err;
        struct config config;
        const char *const given[] = {rows[i], NULL};
        if (read_config(arena, given, &config, &err))
            fail_msg("\"%s\" is accepted", rows[i]);
        assert_int_equal(err.code, ERROR_USAGE);
    }
    struct error err;
    struct config config;
    const char *const nothing[] = {NULL};
    setenv("TIDEWAITER_BEHIND_PROXY", "perhaps", 1);
    assert_fails(read_config(arena, nothing, &config, &err), &err, ERROR_USAGE);
    assert_non_null(strstr(err.message, "TIDEWAITER_BEHIND_PROXY"));
    clear_environment(NULL);
}

static void listens_elsewhere_only_with_a_word(void **state)
{
    (void)state;
    static const struct {
        const char *listen;
        const char *word;
        bool is_accepted;
    } rows[] = {{"listen=0.0.0.0:1", NULL, false}, {"listen=[::]:1", NULL, false}, {"listen=192.0.2.1:1", NULL, false},
        {"listen=0.0.0.0:1", "behind-proxy=", true}, {"listen=[::]:1", "insecure-http=", true},
        {"listen=127.0.0.2:1", NULL, true}, {"listen=[::1]:1", NULL, true}};
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err;
        struct config config;
        const char *const given[] = {rows[i].listen, rows[i].word, NULL};
        if (read_config(arena, given, &config, &err) != rows[i].is_accepted)
            fail_msg("\"%s\" is judged wrong", rows[i].listen);
    }
    struct error err;
    struct config config;
    const char *const both[] = {"behind-proxy=", "insecure-http=", NULL};
    assert_fails(read_config(arena, both, &config, &err), &err, ERROR_USAGE);
}

static void finds_the_data_folder(void **state)
{
    (void)state;
    struct error err;
    const char *directory;
    AUTO_ARENA *arena = arena_new();
    setenv("XDG_STATE_HOME", "/var/state", 1);
    assert_ok(data_dir_find(arena, NULL, &directory, &err), &err);
    assert_string_equal(directory, "/var/state/tidewaiter");
    setenv("XDG_STATE_HOME", "relative", 1);
    assert_ok(data_dir_find(arena, "", &directory, &err), &err);
    assert_string_equal(directory, "/home/somebody/.local/state/tidewaiter");
    assert_ok(data_dir_find(arena, "here", &directory, &err), &err);
    assert_int_equal(directory[0], '/');
    assert_true(view_ends_with(view_text(directory), "/here"));
    unsetenv("HOME");
    assert_fails(data_dir_find(arena, NULL, &directory, &err), &err, ERROR_USAGE);
    assert_string_equal(data_dir_store(arena, "/d"), "sqlite:/d/tidewaiter.db");
    clear_environment(NULL);
}

static void option_rows_are_alphabetical(void **state)
{
    (void)state;
    for (size_t i = 1; i < config_option_count; i++)
        assert_true(strcmp(config_options[i - 1].name, config_options[i].name) < 0);
}

static void locks_a_data_folder_for_one_server(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct error err;
    char folder[] = "/tmp/tidewaiter-lock-XXXXXX";
    int first = -1;
    int second = -1;
    assert_non_null(mkdtemp(folder));
    assert_ok(data_dir_lock(arena, folder, &first, &err), &err);
    assert_fails(data_dir_lock(arena, folder, &second, &err), &err, ERROR_CONFLICT);
    assert_non_null(strstr(err.message, "in use by another server"));
    assert_int_equal(second, -1);
    close(first);
    assert_ok(data_dir_lock(arena, folder, &second, &err), &err);
    close(second);
    assert_int_equal(unlink(arena_format(arena, "%s/serve.lock", folder).data), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_defaults_that_listen_on_loopback),
        cmocka_unit_test(prefers_the_command_line_to_the_environment),
        cmocka_unit_test(refuses_wrong_values_and_names_them),
        cmocka_unit_test(listens_elsewhere_only_with_a_word),
        cmocka_unit_test(finds_the_data_folder),
        cmocka_unit_test(locks_a_data_folder_for_one_server),
        cmocka_unit_test(option_rows_are_alphabetical),
    };
    return cmocka_run_group_tests(tests, clear_environment, NULL);
}
