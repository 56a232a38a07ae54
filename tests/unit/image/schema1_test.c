/* SPDX-License-Identifier: Apache-2.0 */
#include "image/blob_source.h"
#include "image/schema1.h"
#include "tests/unit/test.h"

#include "http/sign.h"

#define EMPTY "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"
#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define LAYER(digest) "{\"blobSum\":\"" digest "\"}"
#define STEP(text) "{\"v1Compatibility\":\"" text "\"}"
#define NEWEST                                                                                                         \
    STEP("{\\\"architecture\\\":\\\"arm64\\\",\\\"os\\\":\\\"linux\\\",\\\"created\\\":\\\"2016-05-04T03:02:01Z\\\"}")
#define THROWN STEP("{\\\"throwaway\\\":true,\\\"container_config\\\":{\\\"Cmd\\\":[\\\"CMD [x]\\\"]}}")
#define OLDEST STEP("{\\\"container_config\\\":{\\\"Cmd\\\":[\\\"/bin/sh\\\",\\\"-c\\\",\\\"ADD a\\\"]}}")
#define DOCUMENT(layers, history)                                                                                      \
    "{\"schemaVersion\":1,\"name\":\"a/b\",\"tag\":\"1\",\"architecture\":\"amd64\",\"fsLayers\":[" layers             \
    "],\"history\":[" history "]}"

static bool parse(struct arena *arena, struct view text, struct manifest *manifest, struct error *err)
{
    struct digest digest;
    digest_of(text, &digest);
    return manifest_parse(arena, text, &digest, manifest, err);
}

/* The config needs nothing but the manifest. */
static struct image_config config_of(struct arena *arena, const struct manifest *manifest)
{
    struct image_config config;
    struct error err;
    assert_ok(image_read_config(NULL, arena, &manifest->config, &config, &err), &err);
    assert_ok(image_check_config(manifest, &config, &err), &err);
    return config;
}

static void reads_layers_from_the_bottom_up_and_facts_from_the_newest_step(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct manifest manifest;
    struct error err;
    const char *text = DOCUMENT(LAYER(C) "," LAYER(B) "," LAYER(A), NEWEST "," THROWN "," OLDEST);
    assert_ok(parse(arena, view_text(text), &manifest, &err), &err);
    assert_int_equal(manifest.kind, MANIFEST_IMAGE);
    assert_int_equal(manifest.count, 2);
    assert_string_equal(manifest.items[0].digest.text, A);
    assert_string_equal(manifest.items[1].digest.text, C);
    assert_true(manifest.items[0].size == DESCRIPTOR_SIZE_UNKNOWN);
    struct image_config config = config_of(arena, &manifest);
    assert_view_equal(platform_format(arena, &config.platform), "linux/arm64");
    assert_true(config.created_ms == 1462330921000);
    assert_int_equal(config.diff_id_count, 0);
    assert_int_equal(config.layer_count, 2);
    assert_view_equal(config.layer_commands[0], "/bin/sh -c ADD a");
    assert_int_equal(config.base_layer_count, 1); /* up to the CMD of the image below */
}

static void the_empty_layer_counts_as_thrown_away(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct manifest manifest;
    struct error err;
    const char *text = DOCUMENT(LAYER(EMPTY) "," LAYER(A), STEP("{}") "," OLDEST);
    assert_ok(parse(arena, view_text(text), &manifest, &err), &err);
    assert_int_equal(manifest.count, 1);
    assert_view_equal(config_of(arena, &manifest).platform.architecture, "amd64"); /* then the manifest tells */
}

static void equal_histories_are_one_image_under_any_tag(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct manifest first, second, third;
    struct error err;
    assert_ok(parse(arena, view_text(DOCUMENT(LAYER(A), OLDEST)), &first, &err), &err);
    assert_ok(parse(arena,
                  view_text("{\"schemaVersion\":1,\"tag\":\"2\",\"architecture\":\"amd64\",\"fsLayers\":[" LAYER(
                      A) "],\"history\":[" OLDEST "]}"),
                  &second, &err),
        &err);
    assert_ok(parse(arena, view_text(DOCUMENT(LAYER(A), NEWEST)), &third, &err), &err);
    assert_true(digest_equal(&first.config.digest, &second.config.digest));
    assert_false(digest_equal(&first.config.digest, &third.config.digest));
}

static void refuses_what_is_no_image_or_two(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } rows[] = {
        {DOCUMENT("", ""), "0 layers"},
        {DOCUMENT(LAYER(A), OLDEST "," OLDEST), "a history of 2 steps"},
        {DOCUMENT(LAYER("sha256:12"), OLDEST), "layer 0"},
        {DOCUMENT(LAYER(A), STEP("no JSON")), "step 0"},
        {DOCUMENT(LAYER(A), "{}"), "step 0"},
        {DOCUMENT(LAYER(A), STEP("{\\\"os\\\":\\\"linux\\\",\\\"OS\\\":\\\"other\\\"}")), "twice"},
        {"{\"schemaVersion\":1,\"fsLayers\":{},\"history\":[]}", "not an array"},
        {"{\"schemaVersion\":2,\"fsLayers\":[" LAYER(A) "],\"history\":[" OLDEST "]}", "schemaVersion is not 1"},
        {"{\"schemaVersion\":1,\"layers\":[],\"fsLayers\":[" LAYER(A) "],\"history\":[" OLDEST "]}", "ambiguous"},
        {"{\"schemaVersion\":1,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"fsLayers\":[" LAYER(
             A) "],\"history\":[" OLDEST "]}",
            "contradicts"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        struct manifest manifest;
        struct error err;
        assert_fails(parse(arena, view_text(rows[i].text), &manifest, &err), &err, ERROR_INVALID);
        if (strstr(err.message, rows[i].reason) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", err.message, rows[i].reason);
    }
}

static void limits_the_layers(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER text;
    struct manifest manifest;
    struct error err;
    buffer_init(&text, 1 << 20);
    buffer_append_text(&text, "{\"schemaVersion\":1,\"fsLayers\":[" LAYER(A));
    for (int i = 0; i < MANIFEST_LAYERS_MAX; i++)
        buffer_append_text(&text, "," LAYER(A));
    buffer_append_text(&text, "],\"history\":[]}");
    assert_fails(parse(arena, buffer_view(&text), &manifest, &err), &err, ERROR_LIMIT);
}

/* A document signed as Docker does it: the payload without its closing brace, the signatures, the brace. */
static struct view sign(struct arena *arena, const char *payload, const char *protected_part)
{
    struct view encoded = base64_format_url(arena, view_text(protected_part));
    return arena_format(arena, "%.*s,\"signatures\":[{\"protected\":\"%.*s\"}]}", (int)strlen(payload) - 1, payload,
        VIEW_PRINT(encoded));
}

static struct view signed_length(struct arena *arena, const char *payload, int more)
{
    return arena_format(arena, "{\"formatLength\":%d,\"formatTail\":\"fQ\"}", (int)strlen(payload) - 1 + more);
}

static void only_what_was_signed_is_the_document(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct view payload;
    struct error err;
    static const char document[] = DOCUMENT(LAYER(A), OLDEST);
    struct view whole = sign(arena, document, signed_length(arena, document, 0).data);
    assert_ok(schema1_payload(arena, whole, &payload, &err), &err);
    assert_view_equal(payload, document);
    assert_ok(schema1_payload(arena, payload, &whole, &err), &err); /* unsigned: its own payload */
    assert_ptr_equal(whole.data, payload.data);
}

static void refuses_signatures_that_do_not_fit(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct view payload, two;
    struct error err;
    static const char document[] = DOCUMENT(LAYER(A), OLDEST);
    static const char *const wrong[] = {"", "no JSON", "{}", "{\"formatLength\":-1,\"formatTail\":\"fQ\"}",
        "{\"formatLength\":3,\"formatTail\":\"?\"}", "{\"formatLength\":1000000,\"formatTail\":\"fQ\"}"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_fails(schema1_payload(arena, sign(arena, document, wrong[i]), &payload, &err), &err, ERROR_INVALID);
    struct view first = base64_format_url(arena, signed_length(arena, document, 0));
    struct view second = base64_format_url(arena, signed_length(arena, document, -1));
    two = arena_format(arena, "%.*s,\"signatures\":[{\"protected\":\"%.*s\"},{\"protected\":\"%.*s\"}]}",
        (int)sizeof(document) - 2, document, VIEW_PRINT(first), VIEW_PRINT(second));
    assert_fails(schema1_payload(arena, two, &payload, &err), &err, ERROR_INVALID);
    AUTO_BUFFER many;
    buffer_init(&many, 1 << 20);
    buffer_append_format(&many, "%.*s,\"signatures\":[", (int)sizeof(document) - 2, document);
    for (int i = 0; i < 17; i++)
        buffer_append_format(&many, "%s{\"protected\":\"%.*s\"}", i == 0 ? "" : ",", VIEW_PRINT(first));
    buffer_append_text(&many, "]}");
    assert_fails(schema1_payload(arena, buffer_view(&many), &payload, &err), &err, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_layers_from_the_bottom_up_and_facts_from_the_newest_step),
        cmocka_unit_test(the_empty_layer_counts_as_thrown_away),
        cmocka_unit_test(equal_histories_are_one_image_under_any_tag),
        cmocka_unit_test(refuses_what_is_no_image_or_two),
        cmocka_unit_test(limits_the_layers),
        cmocka_unit_test(only_what_was_signed_is_the_document),
        cmocka_unit_test(refuses_signatures_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
