/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"
#include "tests/unit/test.h"

#include "base/buffer.h"

#define ID "\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\""

static const struct digest some_digest = {"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"};

static struct image_config parse_ok(struct arena *arena, const char *text)
{
    struct image_config config;
    struct error err;
    assert_ok(image_config_parse(arena, view_text(text), &some_digest, &config, &err), &err);
    return config;
}

static void reads_platform_time_and_layers(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct image_config config = parse_ok(arena,
        "{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\",\"created\":\"2026-11-21T20:16:47.5Z\","
        "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" ID "," ID "]},\"history\":[{\"created_by\":\"ADD a\"},"
        "{\"created_by\":\"ENV x=1\",\"empty_layer\":true},{\"created_by\":\"RUN b\"}]}");
    assert_view_equal(platform_format(arena, &config.platform), "linux/arm64/v8");
    assert_true(config.created_ms == 1795292207500);
    assert_int_equal(config.diff_id_count, 2);
    assert_view_equal(config.diff_ids[1], some_digest.text);
    assert_view_equal(config.layer_commands[0], "ADD a");
    assert_view_equal(config.layer_commands[1], "RUN b");
}

static void tells_the_layers_of_the_base_image_by_its_last_step(void **state)
{
    (void)state;
    static const struct {
        const char *history;
        size_t expected;
    } rows[] = {
        {"{\"created_by\":\"ADD a\"},{\"created_by\":\"CMD [\\\"sh\\\"]\",\"empty_layer\":true},{\"created_by\":\"RUN b\"}",
            1},
        {"{\"created_by\":\"ADD a\"},{\"created_by\":\"/bin/sh -c #(nop)  CMD [\\\"sh\\\"]\",\"empty_layer\":true},"
         "{\"created_by\":\"RUN b\"},{\"created_by\":\"ENTRYPOINT [\\\"b\\\"]\",\"empty_layer\":true}",
            1},
        {"{\"created_by\":\"ADD a\"},{\"created_by\":\"RUN b\"},{\"created_by\":\"CMD [\\\"sh\\\"]\",\"empty_layer\":true}",
            0},
        {"{\"created_by\":\"ADD a\"},{\"created_by\":\"ENV CMD x\",\"empty_layer\":true},{\"created_by\":\"RUN b\"}",
            0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        const char *text =
            arena_format(arena, "{\"rootfs\":{\"diff_ids\":[%s,%s]},\"history\":[%s]}", ID, ID, rows[i].history).data;
        assert_int_equal(parse_ok(arena, text).base_layer_count, rows[i].expected);
    }
}

static void a_history_of_other_length_maps_nothing(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct image_config config = parse_ok(arena, "{\"rootfs\":{\"diff_ids\":[" ID "]},\"history\":["
                                                 "{\"created_by\":\"ADD a\"},{\"created_by\":\"RUN b\"}]}");
    assert_int_equal(config.diff_id_count, 1);
    assert_view_equal(config.layer_commands[0], "");
}

static void everything_may_be_absent_or_null(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    assert_int_equal(parse_ok(arena, "{}").diff_id_count, 0);
    struct image_config config = parse_ok(
        arena, "{\"os\":null,\"architecture\":null,\"created\":null,\"rootfs\":null,\"history\":null,\"config\":null}");
    assert_int_equal(config.created_ms, 0);
    assert_view_equal(platform_format(arena, &config.platform), "unknown");
}

static void tool_made_dates_are_unknown(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char *const rows[] = {
        "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "yesterday", ""};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct view text = arena_format(arena, "{\"created\":\"%s\"}", rows[i]);
        assert_true(parse_ok(arena, text.data).created_ms == 0);
    }
}

static void reads_how_containers_run(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct image_config config = parse_ok(arena,
        "{\"config\":{\"User\":\"app:1\",\"Env\":[\"PATH=/bin:/a=b\",\"EMPTY=\",\"BARE\",7,\"=x\"],\"Labels\":{\"a\":\"x\",\"b\":1},"
        "\"ExposedPorts\":{\"80/tcp\":{}}},\"history\":[{\"created_by\":\"ENV A=1\",\"empty_layer\":true},{},"
        "{\"created_by\":\"RUN b\",\"empty_layer\":true}]}");
    assert_view_equal(config.user, "app:1");
    assert_int_equal(config.environment_count, 3);
    assert_view_equal(config.environment[0].name, "PATH");
    assert_view_equal(config.environment[0].value, "/bin:/a=b");
    assert_view_equal(config.environment[1].value, "");
    assert_view_equal(config.environment[2].name, "BARE");
    assert_int_equal(config.label_count, 2);
    assert_view_equal(config.labels[0].value, "x");
    assert_view_equal(config.labels[1].value, "");
    assert_int_equal(config.exposed_port_count, 1);
    assert_view_equal(config.exposed_ports[0], "80/tcp");
    assert_int_equal(config.instruction_count, 2);
    assert_view_equal(config.instructions[1], "RUN b");
}

static void labels_may_differ_in_case_but_members_may_not(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct image_config config = parse_ok(arena, "{\"config\":{\"Labels\":{\"Version\":\"1\",\"version\":\"2\"}}}");
    struct error err;
    assert_fails(
        image_config_parse(arena, view_text("{\"os\":\"linux\",\"OS\":\"windows\"}"), &some_digest, &config, &err),
        &err, ERROR_INVALID);
}

static void refuses_broken_configs(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char *const rows[] = {"", "[]", "\"x\"", "{\"rootfs\":{\"diff_ids\":{}}}",
        "{\"rootfs\":{\"diff_ids\":[\"\"]}}", "{\"rootfs\":{\"diff_ids\":[7]}}"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct image_config config;
        struct error err;
        assert_fails(image_config_parse(arena, view_text(rows[i]), &some_digest, &config, &err), &err, ERROR_INVALID);
    }
}

static void limits_layers_and_cuts_long_commands(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER text;
    buffer_init(&text, 1 << 20);
    buffer_append_text(&text, "{\"rootfs\":{\"diff_ids\":[" ID);
    for (size_t i = 0; i < MANIFEST_LAYERS_MAX; i++)
        buffer_append_text(&text, "," ID);
    buffer_append_text(&text, "]}}");
    struct image_config config;
    struct error err;
    assert_fails(image_config_parse(arena, buffer_view(&text), &some_digest, &config, &err), &err, ERROR_LIMIT);

    char command[6001];
    for (size_t i = 0; i < 6000; i += 3)
        memcpy(command + i, "\xe2\x82\xac", 3);
    command[6000] = '\0';
    struct view document =
        arena_format(arena, "{\"rootfs\":{\"diff_ids\":[" ID "]},\"history\":[{\"created_by\":\"%s\"}]}", command);
    config = parse_ok(arena, document.data);
    assert_int_equal(config.layer_commands[0].size, 4095);
    assert_true(view_is_utf8(config.layer_commands[0]));
}

static void layers_and_diff_ids_must_be_as_many(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct image_config config = parse_ok(arena, "{\"rootfs\":{\"diff_ids\":[" ID "]}}");
    struct manifest manifest = {.kind = MANIFEST_IMAGE, .digest = some_digest, .count = 1};
    struct error err;
    assert_ok(image_check_config(&manifest, &config, &err), &err);
    manifest.count = 2;
    assert_fails(image_check_config(&manifest, &config, &err), &err, ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_platform_time_and_layers),
        cmocka_unit_test(tells_the_layers_of_the_base_image_by_its_last_step),
        cmocka_unit_test(a_history_of_other_length_maps_nothing),
        cmocka_unit_test(everything_may_be_absent_or_null),
        cmocka_unit_test(tool_made_dates_are_unknown),
        cmocka_unit_test(reads_how_containers_run),
        cmocka_unit_test(labels_may_differ_in_case_but_members_may_not),
        cmocka_unit_test(refuses_broken_configs),
        cmocka_unit_test(limits_layers_and_cuts_long_commands),
        cmocka_unit_test(layers_and_diff_ids_must_be_as_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
