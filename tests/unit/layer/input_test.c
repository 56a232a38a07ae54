/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stream/tar_builder.h"
#include "tests/unit/stream/trickle.h"

#include "layer/input.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_LAYER "application/vnd.oci.image.layer.v1.tar"

static struct sandbox *sandbox;
static char folder[] = "/tmp/tidewaiter-input-XXXXXX";

/* An image's files under construction: written into a directory and into a tar alike. */
struct fixture {
    char directory[64];
    char file[80];
    struct buffer tar;
    struct arena *arena;
};

static void fixture_begin(struct fixture *fixture)
{
    static int count;
    snprintf(fixture->directory, sizeof(fixture->directory), "%s/%d", folder, count++);
    snprintf(fixture->file, sizeof(fixture->file), "%s.tar", fixture->directory);
    assert_int_equal(mkdir(fixture->directory, 0755), 0);
    buffer_init(&fixture->tar, 64 << 20);
    fixture->arena = arena_new();
}

static void write_whole(const char *path, struct view content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
    assert_int_equal(fclose(file), 0);
}

static void fixture_add(struct fixture *fixture, const char *path, struct view content)
{
    tar_pax(&fixture->tar, "path", view_text(path));
    tar_add(&fixture->tar, &(struct tar_member){.name = "cut", .type = '0', .content = content});
    struct view whole = arena_format(fixture->arena, "%s/%s", fixture->directory, path);
    for (size_t i = strlen(fixture->directory) + 1; i < whole.size; i++) {
        if (whole.data[i] == '/')
            mkdir(arena_text(fixture->arena, view_slice(whole, 0, i)), 0755);
    }
    write_whole(whole.data, content);
}

static struct view fixture_add_blob(struct fixture *fixture, struct view content)
{
    struct digest digest;
    digest_of(content, &digest);
    fixture_add(
        fixture, arena_format(fixture->arena, "blobs/sha256/%.*s", VIEW_PRINT(digest_hex(&digest))).data, content);
    return arena_copy(fixture->arena, digest_view(&digest));
}

/* A manifest with one layer; returns its descriptor, with `more` before its closing brace. */
static struct view fixture_add_image(struct fixture *fixture, const char *layer, const char *more)
{
    struct view config = fixture_add_blob(fixture, view_text(CONFIG));
    struct view blob = fixture_add_blob(fixture, view_text(layer));
    struct view manifest = arena_format(fixture->arena,
        "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI_CONFIG "\",\"digest\":\"%.*s\",\"size\":%zu},"
        "\"layers\":[{\"mediaType\":\"" OCI_LAYER "\",\"digest\":\"%.*s\",\"size\":%zu}]}",
        VIEW_PRINT(config), strlen(CONFIG), VIEW_PRINT(blob), strlen(layer));
    struct view digest = fixture_add_blob(fixture, manifest);
    return arena_format(fixture->arena, "{\"mediaType\":\"" OCI_MANIFEST "\",\"digest\":\"%.*s\",\"size\":%zu%s}",
        VIEW_PRINT(digest), manifest.size, more);
}

static void fixture_add_index(struct fixture *fixture, struct view first, struct view second)
{
    fixture_add(fixture, "oci-layout", view_text("{\"imageLayoutVersion\":\"1.0.0\"}"));
    fixture_add(fixture, "index.json",
        arena_format(fixture->arena, "{\"schemaVersion\":2,\"manifests\":[%.*s%s%.*s]}", VIEW_PRINT(first),
            second.size > 0 ? "," : "", VIEW_PRINT(second)));
}

static void fixture_finish(struct fixture *fixture)
{
    tar_end(&fixture->tar);
    write_whole(fixture->file, buffer_view(&fixture->tar));
}

static void fixture_done(struct fixture *fixture)
{
    buffer_done(&fixture->tar);
    arena_free(fixture->arena);
}

#define NAME(text) ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" text "\"}"

/* The layers of the chosen image, verified, with '|' behind each; or the error. Closes the source. */
static void read_image(struct blob_source *source, struct buffer *text)
{
    AUTO_ARENA *arena = arena_new();
    static const struct digest unset;
    struct manifest manifest;
    struct image_config config;
    struct error err;
    buffer_clear(text);
    if (!image_read_manifest(source, arena, &unset, &manifest, &err)) {
        buffer_append_format(text, "%s", error_code_name(err.code));
    } else if (manifest.kind == MANIFEST_INDEX) {
        buffer_append_format(text, "index of %zu", manifest.count);
    } else {
        assert_ok(image_read_config(source, arena, &manifest.config, &config, &err), &err);
        assert_view_equal(config.platform.architecture, "amd64");
        for (size_t i = 0; i < manifest.count; i++) {
            struct source *opened;
            assert_ok(image_open_layer(source, &manifest.items[i], &opened, &err), &err);
            AUTO_SOURCE *layer = opened;
            assert_ok(source_read_all(layer, text, "layer", &err), &err);
            buffer_append_byte(text, '|');
        }
    }
    blob_source_close(source);
}

enum input_kind { LAYOUT, OCI_ARCHIVE, DOCKER_ARCHIVE };

static bool open_input(enum input_kind kind, const struct fixture *fixture, const char *name,
    struct blob_source **source, struct error *err)
{
    switch (kind) {
    case LAYOUT:
        return layout_open(fixture->directory, view_text(name), source, err);
    case OCI_ARCHIVE:
        return oci_archive_open(sandbox, fixture->file, view_text(name), source, err);
    case DOCKER_ARCHIVE:
        return docker_archive_open(sandbox, fixture->file, view_text(name), source, err);
    }
    return false;
}

static void assert_image(enum input_kind kind, const struct fixture *fixture, const char *name, const char *expected)
{
    AUTO_BUFFER text;
    buffer_init(&text, 10 << 20);
    struct blob_source *source;
    struct error err;
    assert_ok(open_input(kind, fixture, name, &source, &err), &err);
    read_image(source, &text);
    assert_view_equal(buffer_view(&text), expected);
}

static void assert_no_image(
    enum input_kind kind, const struct fixture *fixture, const char *name, enum error_code code, const char *message)
{
    struct blob_source *source;
    struct error err;
    assert_fails(open_input(kind, fixture, name, &source, &err), &err, code);
    if (strstr(err.message, message) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.message, message);
}

static void reads_the_only_image_of_a_layout(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    fixture_add_index(&fixture, fixture_add_image(&fixture, "layer one", NAME("v1")), view_text(""));
    fixture_finish(&fixture);
    for (enum input_kind kind = LAYOUT; kind <= OCI_ARCHIVE; kind++) {
        assert_image(kind, &fixture, "", "layer one|");
        assert_image(kind, &fixture, "v1", "layer one|");
        assert_no_image(kind, &fixture, "v2", ERROR_NOT_FOUND, "no image \"v2\"; it has: v1");
    }
    fixture_done(&fixture);
}

static void a_name_chooses_among_several(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    struct view first = fixture_add_image(&fixture, "layer one", NAME("v1"));
    struct view second = fixture_add_image(
        &fixture, "layer two", ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/two:latest\"}");
    fixture_add_index(&fixture, first, second);
    fixture_finish(&fixture);
    for (enum input_kind kind = LAYOUT; kind <= OCI_ARCHIVE; kind++) {
        assert_image(kind, &fixture, "v1", "layer one|");
        assert_image(kind, &fixture, "docker.io/library/two:latest", "layer two|");
        assert_no_image(kind, &fixture, "", ERROR_NOT_FOUND, "2 images");
        assert_no_image(kind, &fixture, "", ERROR_NOT_FOUND, "v1, docker.io/library/two:latest");
    }
    fixture_done(&fixture);
}

static void one_name_for_two_images_is_an_error(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    struct view first = fixture_add_image(&fixture, "layer one", NAME("v1"));
    fixture_add_index(&fixture, first, fixture_add_image(&fixture, "layer two", NAME("v1")));
    fixture_finish(&fixture);
    assert_no_image(LAYOUT, &fixture, "v1", ERROR_INVALID, "several images");
    fixture_done(&fixture);
}

static void descriptors_without_names_are_the_platforms_of_one_image(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    struct view first =
        fixture_add_image(&fixture, "layer one", ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}");
    fixture_add_index(&fixture, first,
        fixture_add_image(&fixture, "layer two", ",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}"));
    fixture_finish(&fixture);
    assert_image(LAYOUT, &fixture, "", "index of 2");
    assert_image(OCI_ARCHIVE, &fixture, "", "index of 2");
    fixture_done(&fixture);
}

static void says_what_a_layout_lacks(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    assert_no_image(LAYOUT, &fixture, "", ERROR_NOT_FOUND, "index.json");
    fixture_add(&fixture, "index.json", view_text("{\"schemaVersion\":2,\"manifests\":[]}"));
    assert_no_image(LAYOUT, &fixture, "", ERROR_NOT_FOUND, "holds no image");
    fixture_add(&fixture, "index.json", view_text("{"));
    assert_no_image(LAYOUT, &fixture, "", ERROR_INVALID, "index.json");
    fixture_add(&fixture, "oci-layout", view_text("{\"imageLayoutVersion\":\"2.0.0\"}"));
    assert_no_image(LAYOUT, &fixture, "", ERROR_UNSUPPORTED, "2.0.0");
    snprintf(fixture.directory, sizeof(fixture.directory), "/no/such/layout");
    assert_no_image(LAYOUT, &fixture, "", ERROR_NOT_FOUND, "/no/such/layout");
    fixture_done(&fixture);
}

static void a_missing_or_changed_blob_is_an_error(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    fixture_add_index(&fixture, fixture_add_image(&fixture, "layer one", ""), view_text(""));
    fixture_finish(&fixture);
    struct digest digest;
    digest_of(view_text("layer one"), &digest);
    const char *path =
        arena_format(fixture.arena, "%s/blobs/sha256/%.*s", fixture.directory, VIEW_PRINT(digest_hex(&digest))).data;
    AUTO_ARENA *arena = arena_new();
    static const struct digest unset;
    struct blob_source *source;
    struct manifest manifest;
    struct source *opened;
    struct error err;
    assert_ok(open_input(LAYOUT, &fixture, "", &source, &err), &err);
    assert_ok(image_read_manifest(source, arena, &unset, &manifest, &err), &err);
    write_whole(path, view_text("layer two"));
    assert_ok(image_open_layer(source, &manifest.items[0], &opened, &err), &err);
    AUTO_SOURCE *changed = opened;
    assert_fails(source_drain(changed, &err), &err, ERROR_CORRUPT);
    assert_int_equal(unlink(path), 0);
    assert_fails(image_open_layer(source, &manifest.items[0], &opened, &err), &err, ERROR_NOT_FOUND);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_fails(image_open_layer(source, &manifest.items[0], &opened, &err), &err, ERROR_INVALID);
    blob_source_close(source);
    fixture_done(&fixture);
}

static void reads_docker_archives_through_their_links(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    fixture_add(&fixture, "config.json", view_text(CONFIG));
    fixture_add(&fixture, "one/layer.tar", view_text("layer one"));
    tar_link(&fixture.tar, '2', "two/layer.tar", "../one/layer.tar");
    tar_link(&fixture.tar, '1', "three.tar", "./two/layer.tar");
    fixture_add(&fixture, "manifest.json",
        view_text("[{\"Config\":\"config.json\",\"RepoTags\":[\"docker.io/library/app:latest\"],"
                  "\"Layers\":[\"one/layer.tar\",\"./two/layer.tar\",\"three.tar\"]}]"));
    fixture_finish(&fixture);
    assert_image(DOCKER_ARCHIVE, &fixture, "", "layer one|layer one|layer one|");
    assert_image(DOCKER_ARCHIVE, &fixture, "app", "layer one|layer one|layer one|");
    assert_image(DOCKER_ARCHIVE, &fixture, "docker.io/library/app:latest", "layer one|layer one|layer one|");
    assert_no_image(DOCKER_ARCHIVE, &fixture, "app:1", ERROR_NOT_FOUND, "it has: docker.io/library/app:latest");
    fixture_done(&fixture);
}

static void a_tag_chooses_in_a_docker_archive(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    fixture_add(&fixture, "config.json", view_text(CONFIG));
    fixture_add(&fixture, "1.tar", view_text("layer one"));
    fixture_add(&fixture, "2.tar", view_text("layer two"));
    fixture_add(&fixture, "manifest.json",
        view_text("[{\"Config\":\"config.json\",\"RepoTags\":null,\"Layers\":[\"1.tar\"]},"
                  "{\"Config\":\"config.json\",\"RepoTags\":[\"localhost/two:2\"],\"Layers\":[\"2.tar\",\"1.tar\"]}]"));
    fixture_finish(&fixture);
    assert_image(DOCKER_ARCHIVE, &fixture, "localhost/two:2", "layer two|layer one|");
    assert_no_image(DOCKER_ARCHIVE, &fixture, "", ERROR_NOT_FOUND, "2 images");
    fixture_done(&fixture);
}

static void broken_docker_archives_are_errors(void **state)
{
    (void)state;
    static const struct {
        const char *manifest;
        enum error_code code;
        const char *message;
    } cases[] = {
        {"{}", ERROR_INVALID, "not a list"},
        {"[]", ERROR_NOT_FOUND, "0 images"},
        {"[{\"Layers\":[]}]", ERROR_INVALID, "image config"},
        {"[{\"Config\":\"a\",\"Layers\":{}}]", ERROR_INVALID, "list of layers"},
        {"[{\"Config\":\"a\",\"config\":\"b\"}]", ERROR_INVALID, "manifest.json"},
        {"[", ERROR_INVALID, "manifest.json"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        fixture_begin(&fixture);
        fixture_add(&fixture, "manifest.json", view_text(cases[i].manifest));
        fixture_finish(&fixture);
        assert_no_image(DOCKER_ARCHIVE, &fixture, "", cases[i].code, cases[i].message);
        fixture_done(&fixture);
    }
}

static void links_in_a_circle_are_an_error(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    tar_link(&fixture.tar, '2', "manifest.json", "other.json");
    tar_link(&fixture.tar, '2', "other.json", "manifest.json");
    fixture_finish(&fixture);
    assert_no_image(DOCKER_ARCHIVE, &fixture, "", ERROR_INVALID, "links");
    fixture_done(&fixture);
}

static void a_compressed_archive_is_refused_with_advice(void **state)
{
    (void)state;
    static const struct {
        struct view start;
        const char *advice;
    } cases[] = {
        {VIEW_LITERAL("\x1f\x8b\x08\0\0\0\0\0\0\0"), "gzip -d"},
        {VIEW_LITERAL("\x28\xb5\x2f\xfd\0\0\0\0"), "zstd -d"},
        {VIEW_LITERAL("\xfd"
                      "7zXZ\0\0\0"),
            "xz -d"},
        {VIEW_LITERAL("BZh91AY&SY"), "bzip2 -d"},
    };
    for (size_t i = 0; i < 4; i++) {
        struct fixture fixture;
        fixture_begin(&fixture);
        write_whole(fixture.file, cases[i].start);
        assert_no_image(OCI_ARCHIVE, &fixture, "", ERROR_UNSUPPORTED, cases[i].advice);
        assert_no_image(DOCKER_ARCHIVE, &fixture, "", ERROR_UNSUPPORTED, cases[i].advice);
        fixture_done(&fixture);
    }
}

static void damaged_archives_are_errors(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_begin(&fixture);
    fixture_add(&fixture, "index.json", view_text("{\"schemaVersion\":2,\"manifests\":[]}"));
    write_whole(fixture.file, view_slice(buffer_view(&fixture.tar), 0, fixture.tar.size - 512));
    assert_no_image(OCI_ARCHIVE, &fixture, "", ERROR_CORRUPT, "ends inside");
    write_whole(fixture.file, view_text("this is not an archive at all, but a text"));
    assert_no_image(OCI_ARCHIVE, &fixture, "", ERROR_INVALID, "not a tar archive");
    assert_no_image(DOCKER_ARCHIVE, &fixture, "", ERROR_INVALID, fixture.file);
    snprintf(fixture.file, sizeof(fixture.file), "%s", folder);
    assert_no_image(OCI_ARCHIVE, &fixture, "", ERROR_INVALID, "not a regular file");
    snprintf(fixture.file, sizeof(fixture.file), "/no/such/archive");
    assert_no_image(OCI_ARCHIVE, &fixture, "", ERROR_NOT_FOUND, "/no/such/archive");
    fixture_done(&fixture);
}

static int start(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    struct error err;
    assert_ok(sandbox_start(SANDBOX_REQUIRED, &sandbox, &err), &err);
    return 0;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *position)
{
    (void)about, (void)type, (void)position;
    return remove(path);
}

static int stop(void **state)
{
    (void)state;
    sandbox_stop(sandbox);
    return nftw(folder, remove_one, 64, FTW_DEPTH | FTW_PHYS);
}

int main(int argc, char **argv)
{
    sandbox_main(argc, argv, &archive_task, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_only_image_of_a_layout),
        cmocka_unit_test(a_name_chooses_among_several),
        cmocka_unit_test(one_name_for_two_images_is_an_error),
        cmocka_unit_test(descriptors_without_names_are_the_platforms_of_one_image),
        cmocka_unit_test(says_what_a_layout_lacks),
        cmocka_unit_test(a_missing_or_changed_blob_is_an_error),
        cmocka_unit_test(reads_docker_archives_through_their_links),
        cmocka_unit_test(a_tag_chooses_in_a_docker_archive),
        cmocka_unit_test(broken_docker_archives_are_errors),
        cmocka_unit_test(links_in_a_circle_are_an_error),
        cmocka_unit_test(a_compressed_archive_is_refused_with_advice),
        cmocka_unit_test(damaged_archives_are_errors),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
