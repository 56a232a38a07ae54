/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"
#include "tests/unit/test.h"

#include "base/buffer.h"

#define D "\"digest\":\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\""
#define OCI_CONFIG "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\"," D ",\"size\":2}"
#define TAR "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\"," D ",\"size\":7}"
#define V2 "{\"schemaVersion\":2,"

static const struct digest some_digest = {"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"};

static bool parse(struct arena *arena, const char *text, struct manifest *manifest, struct error *err)
{
    return manifest_parse(arena, view_text(text), &some_digest, manifest, err);
}

static struct manifest parse_ok(struct arena *arena, const char *text)
{
    struct manifest manifest;
    struct error err;
    assert_ok(parse(arena, text, &manifest, &err), &err);
    return manifest;
}

static void reads_an_image_without_media_type(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct manifest manifest = parse_ok(arena, V2 OCI_CONFIG ",\"layers\":[" TAR "," TAR "]}");
    assert_int_equal(manifest.kind, MANIFEST_IMAGE);
    assert_int_equal(manifest.count, 2);
    assert_true(digest_equal(&manifest.digest, &some_digest));
    assert_int_equal(manifest.items[1].size, 7);
    assert_view_equal(manifest.items[0].media_type, "application/vnd.oci.image.layer.v1.tar+gzip");
    assert_view_equal(manifest.config.media_type, "application/vnd.oci.image.config.v1+json");
}

static void reads_a_docker_image_with_foreign_and_encrypted_layers(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct manifest manifest = parse_ok(arena,
        V2 "\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\","
           "\"config\":{\"mediaType\":\"application/vnd.docker.container.image.v1+json\"," D ",\"size\":2},\"layers\":["
           "{\"mediaType\":\"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\"," D ",\"size\":1},"
           "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip+encrypted\"," D ",\"size\":1}]}");
    assert_int_equal(manifest.kind, MANIFEST_IMAGE);
    assert_true(manifest.items[0].is_foreign);
    assert_false(manifest.items[0].is_encrypted);
    assert_true(manifest.items[1].is_encrypted);
}

static void an_image_may_have_no_layers(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    assert_int_equal(parse_ok(arena, V2 OCI_CONFIG ",\"layers\":[]}").kind, MANIFEST_IMAGE);
    assert_int_equal(parse_ok(arena, V2 OCI_CONFIG ",\"layers\":null}").count, 0);
}

static void other_configs_make_an_artifact(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct manifest chart = parse_ok(arena,
        V2 "\"config\":{\"mediaType\":\"application/vnd.cncf.helm.config.v1+json\"," D ",\"size\":2},\"layers\":["
           "{\"mediaType\":\"application/vnd.cncf.helm.chart.content.v1.tar+gzip\"," D ",\"size\":1}]}");
    assert_int_equal(chart.kind, MANIFEST_ARTIFACT);
    assert_view_equal(chart.artifact_type, "application/vnd.cncf.helm.config.v1+json");
    struct manifest typed = parse_ok(arena,
        V2 "\"artifactType\":\"application/example\",\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\"," D
           ",\"size\":2},\"layers\":[]}");
    assert_int_equal(typed.kind, MANIFEST_ARTIFACT);
    assert_view_equal(typed.artifact_type, "application/example");
    struct manifest untyped = parse_ok(arena, V2 "\"config\":{" D ",\"size\":2},\"layers\":[" TAR "]}");
    assert_int_equal(untyped.kind, MANIFEST_ARTIFACT);
    struct manifest withdrawn =
        parse_ok(arena, "{\"mediaType\":\"application/vnd.oci.artifact.manifest.v1+json\",\"blobs\":[" TAR "]}");
    assert_int_equal(withdrawn.kind, MANIFEST_ARTIFACT);
}

static void a_signature_with_the_config_of_an_image_is_an_artifact(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct manifest manifest = parse_ok(arena, V2 OCI_CONFIG
        ",\"layers\":[{\"mediaType\":\"application/vnd.dev.cosign.simplesigning.v1+json\"," D ",\"size\":1}]}");
    assert_int_equal(manifest.kind, MANIFEST_ARTIFACT);
    assert_view_equal(manifest.artifact_type, "application/vnd.dev.cosign.simplesigning.v1+json");
    assert_int_equal(parse_ok(arena, V2 OCI_CONFIG ",\"layers\":[{\"mediaType\":\"application/vnd.in-toto+json\"," D
                                                   ",\"size\":1}," TAR "]}")
                         .kind,
        MANIFEST_IMAGE);
}

static void reads_an_index_and_marks_attestations(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct manifest manifest = parse_ok(arena,
        V2 "\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":["
           "{" D ",\"size\":1,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"},"
           "\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}},"
           "{" D ",\"size\":1,\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}},"
           "{" D ",\"size\":1,\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}},"
           "{" D ",\"size\":1,\"artifactType\":\"application/vnd.docker.attestation.manifest.v1+json\"}]}");
    assert_int_equal(manifest.kind, MANIFEST_INDEX);
    assert_int_equal(manifest.count, 4);
    assert_view_equal(manifest.items[0].platform.variant, "v7");
    assert_view_equal(manifest.items[0].reference_name, "latest");
    assert_false(manifest.items[0].is_attestation);
    for (size_t i = 1; i < 4; i++)
        assert_true(manifest.items[i].is_attestation);
}

static void refuses_what_two_readers_could_read_differently(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char *const rows[] = {
        V2 "\"manifests\":[]," OCI_CONFIG ",\"layers\":[]}",
        V2 "\"manifests\":[],\"layers\":[]}",
        V2 OCI_CONFIG ",\"layers\":[],\"blobs\":[]}",
        V2 "\"layers\":[" TAR "],\"Layers\":[]," OCI_CONFIG "}",
        V2 "\"layers\":[" TAR "],\"layers\":[]," OCI_CONFIG "}",
        V2 "\"mediaType\":\"application/vnd.oci.image.index.v1+json\"," OCI_CONFIG ",\"layers\":[]}",
        V2 "\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\",\"manifests\":[]}",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct manifest manifest;
        struct error err;
        assert_fails(parse(arena, rows[i], &manifest, &err), &err, ERROR_INVALID);
    }
}

static void annotations_keep_the_case_of_their_names(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    assert_int_equal(
        parse_ok(arena, V2 OCI_CONFIG ",\"layers\":[],\"annotations\":{\"Version\":\"1\",\"version\":\"2\"}}").kind,
        MANIFEST_IMAGE);
}

static void refuses_broken_documents(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char *const rows[] = {"", "[]", "null", "{}", V2 "\"layers\":[]}", V2 OCI_CONFIG ",\"layers\":{}}",
        V2 "\"manifests\":[1]}", V2 "\"manifests\":[{\"size\":1}]}", V2 "\"manifests\":[{" D "}]}",
        V2 "\"manifests\":[{" D ",\"size\":-1}]}", V2 "\"manifests\":[{" D ",\"size\":1.5}]}",
        V2 "\"manifests\":[{\"digest\":\"sha256:xyz\",\"size\":1}]}", V2 "\"mediaType\":7,\"manifests\":[]}"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct manifest manifest;
        struct error err;
        if (parse(arena, rows[i], &manifest, &err))
            fail_msg("accepted %s", rows[i]);
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static void unknown_kinds_are_unsupported(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char *const rows[] = {"{\"schemaVersion\":3,\"manifests\":[]}",
        V2 "\"mediaType\":\"application/vnd.oci.image.index.v9+json\",\"manifests\":[]}"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct manifest manifest;
        struct error err;
        assert_fails(parse(arena, rows[i], &manifest, &err), &err, ERROR_UNSUPPORTED);
    }
}

static void parse_list(struct arena *arena, const char *before, const char *item, size_t count, bool fits)
{
    AUTO_BUFFER text;
    buffer_init(&text, 1 << 20);
    buffer_append_text(&text, before);
    for (size_t i = 0; i < count; i++)
        buffer_append_format(&text, "%s%s", i == 0 ? "" : ",", item);
    buffer_append_text(&text, "]}");
    struct manifest manifest;
    struct error err;
    if (fits)
        assert_ok(manifest_parse(arena, buffer_view(&text), &some_digest, &manifest, &err), &err);
    else
        assert_fails(manifest_parse(arena, buffer_view(&text), &some_digest, &manifest, &err), &err, ERROR_LIMIT);
}

static void limits_layers_children_and_text(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    parse_list(arena, V2 OCI_CONFIG ",\"layers\":[", TAR, MANIFEST_LAYERS_MAX, true);
    parse_list(arena, V2 OCI_CONFIG ",\"layers\":[", TAR, MANIFEST_LAYERS_MAX + 1, false);
    parse_list(arena, V2 "\"manifests\":[", TAR, INDEX_CHILDREN_MAX, true);
    parse_list(arena, V2 "\"manifests\":[", TAR, INDEX_CHILDREN_MAX + 1, false);
    char type[400];
    memset(type, 'a', 256);
    snprintf(type + 256, sizeof(type) - 256, "\"," D ",\"size\":1}");
    struct view item = arena_format(arena, "{\"mediaType\":\"%s", type);
    parse_list(arena, V2 "\"manifests\":[", item.data, 1, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_image_without_media_type),
        cmocka_unit_test(reads_a_docker_image_with_foreign_and_encrypted_layers),
        cmocka_unit_test(an_image_may_have_no_layers),
        cmocka_unit_test(other_configs_make_an_artifact),
        cmocka_unit_test(a_signature_with_the_config_of_an_image_is_an_artifact),
        cmocka_unit_test(reads_an_index_and_marks_attestations),
        cmocka_unit_test(refuses_what_two_readers_could_read_differently),
        cmocka_unit_test(annotations_keep_the_case_of_their_names),
        cmocka_unit_test(refuses_broken_documents),
        cmocka_unit_test(unknown_kinds_are_unsupported),
        cmocka_unit_test(limits_layers_children_and_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
