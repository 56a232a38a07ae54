/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stream/zip_builder.h"
#include "tests/unit/test.h"

#include "stream/zip_archive.h"

#define ENTRIES_MAX 100

static const struct zip_member two[] = {
    {.name = "META-INF/MANIFEST.MF", .content = VIEW_LITERAL("Manifest-Version: 1.0\n")},
    {.name = "a/B.class", .content = VIEW_LITERAL("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), .is_deflated = true},
};

static void assert_has_two(struct view archive)
{
    struct zip_archive zip;
    struct error err;
    struct zip_entry entry;
    struct view bytes;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 1000);
    assert_ok(zip_archive_open(archive, ENTRIES_MAX, &zip, &err), &err);
    assert_int_equal(zip.entry_count, 2);
    struct view rest = zip.directory;
    for (size_t i = 0; i < 2; i++) {
        assert_true(zip_archive_next(&zip, &rest, &entry));
        assert_view_equal(entry.name, two[i].name);
        assert_ok(zip_archive_read(&zip, &entry, &buffer, &bytes, &err), &err);
        assert_true(view_equal(bytes, two[i].content));
    }
    assert_false(zip_archive_next(&zip, &rest, &entry));
}

static void reads_stored_and_deflated_entries(void **state)
{
    (void)state;
    AUTO_BUFFER archive;
    buffer_init(&archive, 10000);
    zip_build(&archive, two, 2, false);
    assert_has_two(buffer_view(&archive));
}

static void reads_data_descriptors_and_zip64(void **state)
{
    (void)state;
    struct zip_member members[] = {two[0], two[1]};
    for (size_t i = 0; i < 2; i++)
        members[i].has_descriptor = members[i].is_zip64 = true;
    AUTO_BUFFER archive;
    buffer_init(&archive, 10000);
    zip_build(&archive, members, 2, true);
    assert_has_two(buffer_view(&archive));
}

static void reads_an_archive_behind_a_script_and_before_other_bytes(void **state)
{
    (void)state;
    AUTO_BUFFER archive;
    for (int has_end64 = 0; has_end64 < 2; has_end64++) {
        buffer_init(&archive, 10000);
        buffer_append_text(&archive, "#!/bin/sh\nexec java -jar \"$0\" \"$@\"\n");
        zip_build(&archive, two, 2, has_end64 != 0);
        assert_has_two(buffer_view(&archive));
        buffer_append_text(&archive, "a signature");
        assert_has_two(buffer_view(&archive));
        buffer_done(&archive);
    }
}

static void reads_an_empty_archive(void **state)
{
    (void)state;
    struct zip_archive zip;
    struct zip_entry entry;
    struct error err;
    AUTO_BUFFER archive;
    buffer_init(&archive, 100);
    zip_build(&archive, NULL, 0, false);
    assert_ok(zip_archive_open(buffer_view(&archive), ENTRIES_MAX, &zip, &err), &err);
    struct view rest = zip.directory;
    assert_false(zip_archive_next(&zip, &rest, &entry));
}

static void refuses_what_is_no_archive(void **state)
{
    (void)state;
    struct zip_archive zip;
    struct error err;
    assert_fails(zip_archive_open(view_text(""), ENTRIES_MAX, &zip, &err), &err, ERROR_INVALID);
    assert_fails(zip_archive_open(view_text("PK\3\4 but this is all"), ENTRIES_MAX, &zip, &err), &err, ERROR_INVALID);
}

/* Opens and reads the first of `count` members; gives the error's code. */
static enum error_code code_of(const struct zip_member *members, size_t count)
{
    struct zip_archive zip;
    struct zip_entry entry;
    struct view bytes;
    struct error err = {.code = ERROR_NONE};
    AUTO_BUFFER archive;
    AUTO_BUFFER buffer;
    buffer_init(&archive, 64 << 20);
    buffer_init(&buffer, 8 << 20);
    zip_build(&archive, members, count, false);
    if (!zip_archive_open(buffer_view(&archive), 3, &zip, &err))
        return err.code;
    struct view rest = zip.directory;
    assert_true(zip_archive_next(&zip, &rest, &entry));
    return zip_archive_read(&zip, &entry, &buffer, &bytes, &err) ? ERROR_NONE : err.code;
}

static void believes_no_header(void **state)
{
    (void)state;
    struct zip_member lies[] = {two[1], two[1], two[1], two[1], two[1], two[1]};
    lies[0].claimed_size = 39;
    lies[1].claimed_size = 37;
    lies[2].claimed_checksum = 1;
    lies[3].local_name = "a/C.class";
    lies[4].claimed_size = 900000; /* more than deflate can give */
    lies[5].claimed_offset = 1000000;
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(code_of(&lies[i], 1), ERROR_CORRUPT);
    struct zip_member stored = two[0];
    stored.claimed_size = 5;
    assert_int_equal(code_of(&stored, 1), ERROR_CORRUPT);
}

static void refuses_encryption_and_other_methods(void **state)
{
    (void)state;
    struct zip_member encrypted = two[0], other = two[0];
    encrypted.is_encrypted = true;
    other.claimed_method = 12;
    assert_int_equal(code_of(&encrypted, 1), ERROR_UNSUPPORTED);
    assert_int_equal(code_of(&other, 1), ERROR_UNSUPPORTED);
}

static void refuses_entries_that_share_bytes(void **state)
{
    (void)state;
    struct zip_member members[] = {two[1], two[1]};
    assert_int_equal(code_of(members, 2), ERROR_NONE);
    members[0].claimed_offset = members[1].claimed_offset = 49; /* where the second one is */
    assert_int_equal(code_of(members, 2), ERROR_CORRUPT);
}

static void stops_at_its_limits(void **state)
{
    (void)state;
    struct zip_member members[4] = {two[1], two[1], two[1], two[1]};
    assert_int_equal(code_of(members, 3), ERROR_NONE);
    assert_int_equal(code_of(members, 4), ERROR_LIMIT);
    AUTO_BUFFER zeros;
    buffer_init(&zeros, 16 << 20);
    memset(buffer_reserve(&zeros, 9 << 20), 0, 9 << 20);
    buffer_advance(&zeros, 9 << 20);
    struct zip_member bomb = {
        .name = "bomb", .content = view_slice(buffer_view(&zeros), 0, 2 << 20), .is_deflated = true};
    assert_int_equal(code_of(&bomb, 1), ERROR_LIMIT);
    /* Little enough to compress, but more than the buffer takes. */
    for (size_t i = 0; i < zeros.size; i += 64)
        zeros.data[i] = (char)(i * 2654435761u >> 24);
    struct zip_member large = {.name = "large", .content = buffer_view(&zeros), .is_deflated = true};
    assert_int_equal(code_of(&large, 1), ERROR_LIMIT);
    large.content = view_slice(buffer_view(&zeros), 0, 7 << 20);
    assert_int_equal(code_of(&large, 1), ERROR_NONE);
}

/* Every archive with one byte changed is read or refused; AddressSanitizer watches. */
static void survives_any_changed_byte(void **state)
{
    (void)state;
    AUTO_BUFFER archive;
    AUTO_BUFFER buffer;
    buffer_init(&archive, 10000);
    buffer_init(&buffer, 1000);
    zip_build(&archive, two, 2, true);
    for (size_t i = 0; i < archive.size * 3; i++) {
        char kept = archive.data[i / 3];
        archive.data[i / 3] = (char)(i % 3 == 0 ? kept ^ 1 : i % 3 == 1 ? 0 : 0xff);
        char *exact = (char *)malloc(archive.size);
        memcpy(exact, archive.data, archive.size);
        struct zip_archive zip;
        struct error err;
        if (zip_archive_open(view_of(exact, archive.size), ENTRIES_MAX, &zip, &err)) {
            struct view rest = zip.directory, bytes;
            struct zip_entry entry;
            while (zip_archive_next(&zip, &rest, &entry))
                (void)!zip_archive_read(&zip, &entry, &buffer, &bytes, &err);
        }
        free(exact);
        archive.data[i / 3] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_stored_and_deflated_entries),
        cmocka_unit_test(reads_data_descriptors_and_zip64),
        cmocka_unit_test(reads_an_archive_behind_a_script_and_before_other_bytes),
        cmocka_unit_test(reads_an_empty_archive),
        cmocka_unit_test(refuses_what_is_no_archive),
        cmocka_unit_test(believes_no_header),
        cmocka_unit_test(refuses_encryption_and_other_methods),
        cmocka_unit_test(refuses_entries_that_share_bytes),
        cmocka_unit_test(stops_at_its_limits),
        cmocka_unit_test(survives_any_changed_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
