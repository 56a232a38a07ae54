/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/tar.h"
#include "tests/unit/stream/trickle.h"

#include <archive.h>
#include <archive_entry.h>

struct seen {
    struct buffer out;
    bool skips; /* leaves contents unread */
};

static bool take_entry(void *context, struct view name, struct source *content, struct error *err)
{
    struct seen *seen = context;
    AUTO_BUFFER text;
    buffer_init(&text, 100000);
    if (!seen->skips && !source_read_all(content, &text, "the entry", err))
        return false;
    buffer_append_format(&seen->out, "%.*s=%zu ", VIEW_PRINT(name), text.size);
    return true;
}

static bool read_tar(struct view content, uint64_t entries_max, struct seen *seen, struct error *err)
{
    struct tar_reading reading = {.entries_max = entries_max, .entry = take_entry, .context = seen};
    AUTO_SOURCE *source = source_trickle(content, 1000);
    return tar_read(&reading, source, err);
}

/* Files "a" of 5,000 bytes and "d/b" of none, and a folder. */
static size_t make_tar(char *bytes, size_t size)
{
    static char content[5000];
    size_t used = 0;
    memset(content, 'x', sizeof(content));
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    archive_write_set_format_pax_restricted(archive);
    archive_write_set_bytes_per_block(archive, 0);
    assert_int_equal(archive_write_open_memory(archive, bytes, size, &used), ARCHIVE_OK);
    for (int i = 0; i < 3; i++) {
        archive_entry_clear(entry);
        archive_entry_set_pathname(entry, i == 0 ? "a" : i == 1 ? "d" : "d/b");
        archive_entry_set_filetype(entry, i == 1 ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, i == 0 ? (la_int64_t)sizeof(content) : 0);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        if (i == 0)
            assert_int_equal(archive_write_data(archive, content, sizeof(content)), sizeof(content));
    }
    archive_entry_free(entry);
    archive_write_free(archive);
    return used;
}

static void gives_each_file_whether_it_is_read_or_not(void **state)
{
    (void)state;
    static char bytes[32768];
    size_t size = make_tar(bytes, sizeof(bytes));
    for (int skips = 0; skips < 2; skips++) {
        struct seen seen = {.skips = skips};
        struct error err;
        buffer_init(&seen.out, 1000);
        assert_ok(read_tar(view_of(bytes, size), 10, &seen, &err), &err);
        assert_view_equal(buffer_view(&seen.out), skips ? "a=0 d/b=0 " : "a=5000 d/b=0 ");
        buffer_done(&seen.out);
    }
}

static void refuses_an_archive_at_every_size_but_its_own(void **state)
{
    (void)state;
    static char bytes[32768];
    size_t size = make_tar(bytes, sizeof(bytes));
    for (size_t cut = 0; cut + 512 <= size; cut += 256) {
        struct seen seen = {.skips = cut % 512 == 0};
        struct error err;
        buffer_init(&seen.out, 1000);
        if (cut + 1024 <= size || cut % 512 != 0)
            assert_fails(read_tar(view_of(bytes, cut), 10, &seen, &err), &err, ERROR_CORRUPT);
        buffer_done(&seen.out);
    }
}

static void limits_the_number_of_entries(void **state)
{
    (void)state;
    static char bytes[32768];
    struct seen seen = {.skips = true};
    struct error err;
    buffer_init(&seen.out, 1000);
    assert_fails(read_tar(view_of(bytes, make_tar(bytes, sizeof(bytes))), 2, &seen, &err), &err, ERROR_LIMIT);
    buffer_done(&seen.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_each_file_whether_it_is_read_or_not),
        cmocka_unit_test(refuses_an_archive_at_every_size_but_its_own),
        cmocka_unit_test(limits_the_number_of_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
