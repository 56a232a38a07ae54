/* SPDX-License-Identifier: Apache-2.0 */
#include "image/blob_source.h"
#include "tests/unit/test.h"

#include "base/buffer.h"

#define BLOBS_MAX 32

/* Documents by digest; the root is the first. `lies` gives the root for every digest. */
struct shelf {
    struct blob_source base;
    struct arena *arena;
    struct {
        struct digest digest;
        struct view content;
    } blobs[BLOBS_MAX];
    size_t count;
    size_t fetched;
    bool lies;
};

static const struct view *find(struct shelf *shelf, const struct digest *digest)
{
    for (size_t i = 0; i < shelf->count; i++) {
        if (!digest_is_set(digest) || shelf->lies || digest_equal(&shelf->blobs[i].digest, digest))
            return &shelf->blobs[i].content;
    }
    return NULL;
}

static bool shelf_manifest(struct blob_source *source, struct arena *arena, const struct digest *digest,
    struct view *document, struct digest *found, struct error *err)
{
    struct shelf *shelf = (struct shelf *)source;
    const struct view *content = find(shelf, digest);
    shelf->fetched++;
    if (content == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no %s", digest->text);
    *document = arena_copy(arena, *content);
    digest_of(*content, found);
    return true;
}

static bool shelf_open(
    struct blob_source *source, const struct descriptor *descriptor, struct source **content, struct error *err)
{
    const struct view *blob = find((struct shelf *)source, &descriptor->digest);
    if (blob == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no %s", descriptor->digest.text);
    *content = source_from_memory(*blob);
    return true;
}

static void shelf_close(struct blob_source *source)
{
    arena_free(((struct shelf *)source)->arena);
}

static const struct blob_source_type shelf_type = {
    .name = "shelf", .manifest = shelf_manifest, .open = shelf_open, .close = shelf_close};

static void shelf_init(struct shelf *shelf)
{
    *shelf = (struct shelf){.base = {&shelf_type}, .arena = arena_new()};
}

/* Puts a document on the shelf and returns its descriptor, with `more` members, as text. */
static const char *put(struct shelf *shelf, struct view content, const char *more)
{
    assert_true(shelf->count < BLOBS_MAX);
    shelf->blobs[shelf->count].content = content;
    digest_of(content, &shelf->blobs[shelf->count].digest);
    return arena_format(shelf->arena, "{\"digest\":\"%s\",\"size\":%zu%s}", shelf->blobs[shelf->count++].digest.text,
        content.size, more)
        .data;
}

static const char *put_image(struct shelf *shelf, const char *architecture, const char *more)
{
    struct view config = arena_format(shelf->arena, "{\"os\":\"linux\",\"architecture\":\"%s\"}", architecture);
    const char *described = put(shelf, config, ",\"mediaType\":\"application/vnd.oci.image.config.v1+json\"");
    return put(shelf, arena_format(shelf->arena, "{\"schemaVersion\":2,\"config\":%s,\"layers\":[]}", described), more);
}

static const char *put_index(struct shelf *shelf, const char *children)
{
    return put(shelf, arena_format(shelf->arena, "{\"schemaVersion\":2,\"manifests\":[%s]}", children), "");
}

/* Reads the document that was put last as the root, and chooses from it. */
static bool choose(struct shelf *shelf, const char *wanted, size_t *count, size_t *missing, struct error *err)
{
    struct manifest root;
    struct platform platform;
    struct image_choice *choices = NULL;
    if (!image_read_manifest(&shelf->base, shelf->arena, &shelf->blobs[shelf->count - 1].digest, &root, err))
        return false;
    if (wanted != NULL)
        assert_ok(platform_parse(shelf->arena, view_text(wanted), &platform, err), err);
    *count = 0;
    return image_choose(
        &shelf->base, shelf->arena, &root, wanted == NULL ? NULL : &platform, &choices, count, missing, err);
}

#define PLATFORM(architecture) ",\"platform\":{\"os\":\"linux\",\"architecture\":\"" architecture "\"}"
/* A child that is not on the shelf. */
#define GONE(more)                                                                                                     \
    "{\"digest\":\"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2" more "}"
#define UNKNOWN ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}"

static void a_manifest_is_its_own_choice_if_the_platform_fits(void **state)
{
    (void)state;
    struct shelf shelf;
    struct error err;
    size_t count, missing;
    shelf_init(&shelf);
    put_image(&shelf, "arm64", "");
    assert_ok(choose(&shelf, NULL, &count, &missing, &err), &err);
    assert_int_equal(count, 1);
    assert_ok(choose(&shelf, "linux/arm64/v8", &count, &missing, &err), &err);
    assert_fails(choose(&shelf, "linux/amd64", &count, &missing, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "for linux/arm64"));
    blob_source_close(&shelf.base);
}

static void chooses_images_and_leaves_the_rest_of_an_index(void **state)
{
    (void)state;
    struct shelf shelf;
    struct error err;
    size_t count, missing;
    shelf_init(&shelf);
    const char *amd64 = put_image(&shelf, "amd64", PLATFORM("amd64"));
    const char *untold = put_image(&shelf, "s390x", "");
    const char *attestation = put_image(&shelf, "unknown", UNKNOWN);
    const char *other = put(&shelf, view_text("text"), ",\"mediaType\":\"application/example\"");
    const char *nested = put_index(&shelf, put_image(&shelf, "riscv64", PLATFORM("riscv64")));
    put_index(&shelf, arena_format(shelf.arena, "%s,%s,%s,%s,%s,%s,%s", amd64, untold, attestation, other, nested,
                          GONE(PLATFORM("arm64")), amd64)
                          .data);
    assert_ok(choose(&shelf, NULL, &count, &missing, &err), &err);
    assert_int_equal(count, 3);
    assert_int_equal(missing, 1);
    assert_ok(choose(&shelf, "linux/s390x", &count, &missing, &err), &err);
    assert_int_equal(count, 1);
    assert_fails(choose(&shelf, "linux/386", &count, &missing, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "for linux/amd64, linux/s390x, linux/riscv64, linux/arm64"));
    blob_source_close(&shelf.base);
}

static void an_attestation_that_claims_a_platform_is_scanned(void **state)
{
    (void)state;
    struct shelf shelf;
    struct error err;
    size_t count, missing;
    shelf_init(&shelf);
    put_index(
        &shelf, put_image(&shelf, "amd64",
                    PLATFORM("amd64") ",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}"));
    assert_ok(choose(&shelf, NULL, &count, &missing, &err), &err);
    assert_int_equal(count, 1);
    blob_source_close(&shelf.base);
}

static void says_why_nothing_is_left(void **state)
{
    (void)state;
    static const struct {
        const char *children;
        enum error_code code;
        const char *words;
    } rows[] = {
        {"", ERROR_NOT_FOUND, "empty"},
        {GONE(PLATFORM("arm64")), ERROR_NOT_FOUND, "the shelf lacks all 1 images"},
        {GONE(UNKNOWN), ERROR_UNSUPPORTED, "not an image"},
        {GONE(",\"mediaType\":\"application/example\""), ERROR_UNSUPPORTED, "not an image"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct shelf shelf;
        struct error err;
        size_t count, missing;
        shelf_init(&shelf);
        put_index(&shelf, rows[i].children);
        assert_fails(choose(&shelf, NULL, &count, &missing, &err), &err, rows[i].code);
        assert_non_null(strstr(err.message, rows[i].words));
        blob_source_close(&shelf.base);
    }
}

static void limits_the_depth_of_indexes(void **state)
{
    (void)state;
    struct shelf shelf;
    struct error err;
    size_t count, missing;
    shelf_init(&shelf);
    const char *inner = put_image(&shelf, "amd64", PLATFORM("amd64"));
    for (size_t depth = 1; depth <= INDEX_DEPTH_MAX; depth++)
        inner = put_index(&shelf, inner);
    assert_ok(choose(&shelf, NULL, &count, &missing, &err), &err);
    assert_int_equal(count, 1);
    put_index(&shelf, inner);
    assert_fails(choose(&shelf, NULL, &count, &missing, &err), &err, ERROR_LIMIT);
    blob_source_close(&shelf.base);
}

static void limits_the_manifests_below_an_index(void **state)
{
    (void)state;
    struct shelf shelf;
    struct error err;
    size_t count, missing;
    shelf_init(&shelf);
    struct buffer halves[2];
    for (size_t half = 0; half < 2; half++) {
        buffer_init(&halves[half], 1 << 20);
        for (size_t i = 0; i < INDEX_CHILDREN_MAX / 2; i++)
            buffer_append_format(
                &halves[half], "%s{\"size\":1,\"digest\":\"sha256:%063zu%zu\"}", i == 0 ? "" : ",", i, half);
    }
    const char *first = put_index(&shelf, arena_text(shelf.arena, buffer_view(&halves[0])));
    const char *second = put_index(&shelf, arena_text(shelf.arena, buffer_view(&halves[1])));
    put_index(&shelf, arena_format(shelf.arena, "%s,%s", first, second).data);
    assert_fails(choose(&shelf, NULL, &count, &missing, &err), &err, ERROR_LIMIT);
    buffer_done(&halves[0]);
    buffer_done(&halves[1]);
    blob_source_close(&shelf.base);
}

static void content_that_is_not_what_was_asked_for_is_corrupt(void **state)
{
    (void)state;
    struct shelf shelf;
    struct error err;
    size_t count, missing;
    shelf_init(&shelf);
    put_image(&shelf, "amd64", "");
    shelf.lies = true; /* gives the config for the manifest */
    assert_fails(choose(&shelf, NULL, &count, &missing, &err), &err, ERROR_CORRUPT);
    shelf.lies = false;
    struct descriptor descriptor = {.digest = shelf.blobs[0].digest, .size = shelf.blobs[0].content.size};
    struct image_config config;
    assert_ok(image_read_config(&shelf.base, shelf.arena, &descriptor, &config, &err), &err);
    descriptor.size++;
    assert_fails(image_read_config(&shelf.base, shelf.arena, &descriptor, &config, &err), &err, ERROR_CORRUPT);
    descriptor.size = CONFIG_BYTES_MAX + 1;
    assert_fails(image_read_config(&shelf.base, shelf.arena, &descriptor, &config, &err), &err, ERROR_LIMIT);
    struct source *layer = NULL;
    descriptor.size = shelf.blobs[0].content.size;
    descriptor.digest = shelf.blobs[1].digest;
    assert_ok(image_open_layer(&shelf.base, &descriptor, &layer, &err), &err);
    assert_fails(source_drain(layer, &err), &err, ERROR_CORRUPT);
    source_close(layer);
    blob_source_close(&shelf.base);
}

static void an_artifact_is_no_image(void **state)
{
    (void)state;
    struct shelf shelf;
    struct error err;
    size_t count, missing;
    shelf_init(&shelf);
    const char *config = put(&shelf, view_text("{}"), ",\"mediaType\":\"application/vnd.cncf.helm.config.v1+json\"");
    put(&shelf, arena_format(shelf.arena, "{\"schemaVersion\":2,\"config\":%s,\"layers\":[]}", config), "");
    assert_fails(choose(&shelf, NULL, &count, &missing, &err), &err, ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "helm"));
    blob_source_close(&shelf.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_is_its_own_choice_if_the_platform_fits),
        cmocka_unit_test(chooses_images_and_leaves_the_rest_of_an_index),
        cmocka_unit_test(an_attestation_that_claims_a_platform_is_scanned),
        cmocka_unit_test(says_why_nothing_is_left),
        cmocka_unit_test(limits_the_depth_of_indexes),
        cmocka_unit_test(limits_the_manifests_below_an_index),
        cmocka_unit_test(content_that_is_not_what_was_asked_for_is_corrupt),
        cmocka_unit_test(an_artifact_is_no_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
