/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and refusals of rpm databases. What good databases tell is in tests/golden/analyzers/rpm and in the integration
   tests, which compare with rpm itself. */
#include "tests/unit/test.h"

#include "base/pack.h"
#include "package/rpm_database.h"
#include "package/sqlite_file.h"
#include "package/sqlite_log.h"
#include "package/third_party.h"

#include <endian.h>

struct counted {
    struct analysis analysis;
    size_t packages;
    size_t owned;
    size_t limit_gaps;
    size_t damage_gaps;
    char reason[ERROR_MESSAGE_MAX]; /* of the last gap */
};

static void count_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    (void)package;
    (void)installation;
    ((struct counted *)analysis)->packages++;
}

static void count_owned(struct analysis *analysis, struct view owner, struct view path)
{
    (void)owner;
    (void)path;
    ((struct counted *)analysis)->owned++;
}

static void count_gap(struct analysis *analysis, enum gap_kind kind, const char *reason)
{
    struct counted *counted = (struct counted *)analysis;
    if (kind == GAP_LIMIT_REACHED)
        counted->limit_gaps++;
    else
        counted->damage_gaps++;
    snprintf(counted->reason, sizeof(counted->reason), "%s", reason);
}

static struct counted counted_new(void)
{
    return (struct counted){.analysis = {.package = count_package, .owned = count_owned, .gap = count_gap}};
}

/* A header while it is built. */
struct builder {
    struct buffer index;
    struct buffer data;
    uint32_t count;
};

static void append_big(struct buffer *buffer, uint32_t number)
{
    uint32_t big = htobe32(number);
    buffer_append(buffer, view_of(&big, sizeof(big)));
}

static void builder_init(struct builder *builder)
{
    builder->count = 0;
    buffer_init(&builder->index, 1 << 20);
    buffer_init(&builder->data, RPM_HEADER_BYTES_MAX);
}

static void add_entry(struct builder *builder, uint32_t tag, uint32_t type, uint32_t count)
{
    append_big(&builder->index, tag);
    append_big(&builder->index, type);
    append_big(&builder->index, (uint32_t)builder->data.size);
    append_big(&builder->index, count);
    builder->count++;
}

static void add_text(struct builder *builder, uint32_t tag, const char *text)
{
    add_entry(builder, tag, 6, 1);
    buffer_append(&builder->data, view_of(text, strlen(text) + 1));
}

static void add_identity(struct builder *builder)
{
    add_text(builder, 1000, "a");
    add_text(builder, 1001, "1");
    add_text(builder, 1002, "2");
}

/* Ends the builder. */
static void build(struct builder *builder, struct buffer *blob)
{
    buffer_init(blob, RPM_HEADER_BYTES_MAX + (1 << 20));
    append_big(blob, builder->count);
    append_big(blob, (uint32_t)builder->data.size);
    buffer_append(blob, buffer_view(&builder->index));
    buffer_append(blob, buffer_view(&builder->data));
    buffer_done(&builder->index);
    buffer_done(&builder->data);
    assert_false(blob->is_full);
}

static void build_small(struct buffer *blob)
{
    struct builder builder;
    builder_init(&builder);
    add_identity(&builder);
    build(&builder, blob);
}

static void refuses_headers_whose_sizes_do_not_make_the_blob(void **state)
{
    (void)state;
    AUTO_BUFFER blob;
    struct rpm_header header;
    struct error err;
    build_small(&blob);
    assert_ok(rpm_header_read(buffer_view(&blob), &header, &err), &err);
    for (size_t size = 0; size < blob.size; size++)
        assert_false(rpm_header_read(view_slice(buffer_view(&blob), 0, size), &header, &err));
    buffer_append_byte(&blob, 0);
    assert_false(rpm_header_read(buffer_view(&blob), &header, &err));
    const char many[8] = {0, 1, 0, 0, 0, 0, 0, 0};
    assert_false(rpm_header_read(view_of(many, sizeof(many)), &header, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
}

static void takes_no_value_that_lies_outside_or_has_another_type(void **state)
{
    (void)state;
    AUTO_BUFFER blob;
    struct builder builder;
    struct rpm_header header;
    struct error err;
    uint32_t number;
    builder_init(&builder);
    add_entry(&builder, 1000, 4, 1); /* a name that is a number */
    add_text(&builder, 1001, "1");
    add_entry(&builder, 1003, 4, 2); /* two numbers in the room of less */
    append_big(&builder.data, 7);
    add_entry(&builder, 1002, 6, 1); /* a text without an end */
    buffer_append_text(&builder.data, "abc");
    build(&builder, &blob);
    assert_ok(rpm_header_read(buffer_view(&blob), &header, &err), &err);
    assert_int_equal(rpm_header_text(&header, RPM_NAME).size, 0);
    assert_int_equal(rpm_header_text(&header, RPM_RELEASE).size, 0);
    assert_true(view_is(rpm_header_text(&header, RPM_VERSION), "1"));
    assert_false(rpm_header_number(&header, RPM_EPOCH, 0, &number));
}

static void skips_the_magic_of_package_files_and_prefers_the_last_entry(void **state)
{
    (void)state;
    AUTO_BUFFER blob;
    AUTO_BUFFER with_magic;
    struct builder builder;
    struct rpm_header header;
    struct error err;
    builder_init(&builder);
    add_text(&builder, 1000, "first");
    add_text(&builder, 1000, "second");
    build(&builder, &blob);
    buffer_init(&with_magic, 1 << 20);
    buffer_append(&with_magic, view_of("\x8e\xad\xe8\x01\0\0\0\0", 8));
    buffer_append(&with_magic, buffer_view(&blob));
    assert_ok(rpm_header_read(buffer_view(&with_magic), &header, &err), &err);
    assert_true(view_is(rpm_header_text(&header, RPM_NAME), "second"));
}

static void takes_no_more_headers_than_the_file_has_room_for(void **state)
{
    (void)state;
    AUTO_BUFFER blob;
    struct counted counted = counted_new();
    struct rpm_database database;
    build_small(&blob);
    rpm_database_init(&database, &counted.analysis, 3 * blob.size - 1);
    for (uint32_t i = 1; i < 10; i++)
        rpm_database_add(&database, i, buffer_view(&blob));
    rpm_database_done(&database);
    assert_int_equal(counted.packages, 2);
    assert_int_equal(counted.damage_gaps, 1);
    assert_non_null(strstr(counted.reason, "larger than the file"));
}

static void takes_a_limited_number_of_packages(void **state)
{
    (void)state;
    AUTO_BUFFER blob;
    struct counted counted = counted_new();
    struct rpm_database database;
    build_small(&blob);
    rpm_database_init(&database, &counted.analysis, UINT64_MAX);
    for (uint32_t i = 0; i < DATABASE_PACKAGES_MAX + 10; i++)
        rpm_database_add(&database, i, buffer_view(&blob));
    assert_true(rpm_database_is_full(&database));
    rpm_database_done(&database);
    assert_int_equal(counted.packages, DATABASE_PACKAGES_MAX);
    assert_int_equal(counted.limit_gaps, 1);
}

/* `files` names in a directory whose own name is as long as a path may be. */
static void build_files(struct buffer *blob, uint32_t files, uint32_t directories)
{
    struct builder builder;
    builder_init(&builder);
    add_identity(&builder);
    add_entry(&builder, 1117, 8, files);
    for (uint32_t i = 0; i < files; i++)
        buffer_append(&builder.data, view_of("b", 2));
    add_entry(&builder, 1116, 4, files);
    for (uint32_t i = 0; i < files; i++)
        append_big(&builder.data, directories - 1);
    add_entry(&builder, 1118, 8, directories);
    for (uint32_t i = 0; i + 1 < directories; i++)
        buffer_append(&builder.data, view_of("", 1));
    for (uint32_t i = 0; i < 4000; i++)
        buffer_append_byte(&builder.data, 'd');
    buffer_append_byte(&builder.data, '\0');
    build(&builder, blob);
}

static void counts_the_bytes_of_owned_paths(void **state)
{
    (void)state;
    AUTO_BUFFER blob;
    struct counted counted = counted_new();
    struct rpm_database database;
    build_files(&blob, 150000, 1);
    rpm_database_init(&database, &counted.analysis, UINT64_MAX);
    rpm_database_add(&database, 1, buffer_view(&blob));
    rpm_database_add(&database, 2, buffer_view(&blob));
    rpm_database_done(&database);
    assert_int_equal(counted.packages, 2);
    assert_int_equal(counted.owned, RPM_OWNED_BYTES_MAX / 4001);
    assert_int_equal(counted.limit_gaps, 1);
}

static void looks_at_a_limited_number_of_directories(void **state)
{
    (void)state;
    AUTO_BUFFER blob;
    struct counted counted = counted_new();
    struct rpm_database database;
    build_files(&blob, 2, RPM_DIRECTORIES_MAX + 1);
    rpm_database_init(&database, &counted.analysis, UINT64_MAX);
    rpm_database_add(&database, 1, buffer_view(&blob));
    rpm_database_done(&database);
    assert_int_equal(counted.packages, 1);
    assert_int_equal(counted.damage_gaps, 1);
    assert_non_null(strstr(counted.reason, "directories"));
}

static void reads_columns_of_all_kinds(void **state)
{
    (void)state;
    /* null, -2 in one byte, 1, real, text "ab", blob "c" */
    const char record[] = "\x07\x00\x01\x09\x07\x11\x0e\xfe\0\0\0\0\0\0\0\0abc";
    struct view view = view_of(record, sizeof(record) - 1);
    struct sqlite_value value;
    assert_true(sqlite_column(view, 0, &value) && value.kind == SQLITE_KIND_NULL);
    assert_true(sqlite_column(view, 1, &value) && value.kind == SQLITE_KIND_INTEGER && value.integer == -2);
    assert_true(sqlite_column(view, 2, &value) && value.integer == 1);
    assert_true(sqlite_column(view, 3, &value) && value.kind == SQLITE_KIND_REAL);
    assert_true(sqlite_column(view, 4, &value) && value.kind == SQLITE_KIND_TEXT && view_is(value.bytes, "ab"));
    assert_true(sqlite_column(view, 5, &value) && value.kind == SQLITE_KIND_BLOB && view_is(value.bytes, "c"));
    assert_false(sqlite_column(view, 6, &value));
    assert_false(sqlite_column(view_slice(view, 0, view.size - 1), 5, &value));
    assert_false(sqlite_column(view_of("\x02\x0b", 2), 0, &value)); /* a type that is reserved */
    assert_false(sqlite_column(view_of("\x09\x01", 2), 0, &value)); /* a header longer than the record */
    assert_false(sqlite_column((struct view){0}, 0, &value));
}

enum { PAGE_SIZE = 512 };

/* The running checksum of a log, and the byte order of the words that it adds up. */
struct log_builder {
    struct buffer content;
    uint32_t sums[2];
    bool is_big;
};

static void add_up(struct log_builder *log, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 8) {
        uint32_t first = log->is_big ? read_u32_big(bytes + i) : read_u32(bytes + i);
        uint32_t second = log->is_big ? read_u32_big(bytes + i + 4) : read_u32(bytes + i + 4);
        log->sums[0] += first + log->sums[1];
        log->sums[1] += second + log->sums[0];
    }
}

static void begin_log(struct log_builder *log, bool is_big, uint32_t page_size)
{
    *log = (struct log_builder){.is_big = is_big};
    buffer_init(&log->content, 1 << 20);
    append_big(&log->content, is_big ? 0x377f0683 : 0x377f0682);
    append_big(&log->content, 3007000);
    append_big(&log->content, page_size);
    append_big(&log->content, 0);
    append_big(&log->content, 11); /* salts */
    append_big(&log->content, 22);
    add_up(log, log->content.data, 24);
    append_big(&log->content, log->sums[0]);
    append_big(&log->content, log->sums[1]);
}

/* A frame whose page is filled with a letter; a commit tells the size of the database. */
static void add_frame(struct log_builder *log, uint32_t page, uint32_t committed, char letter)
{
    char content[PAGE_SIZE];
    memset(content, letter, sizeof(content));
    size_t start = log->content.size;
    append_big(&log->content, page);
    append_big(&log->content, committed);
    append_big(&log->content, 11);
    append_big(&log->content, 22);
    add_up(log, log->content.data + start, 8);
    add_up(log, content, sizeof(content));
    append_big(&log->content, log->sums[0]);
    append_big(&log->content, log->sums[1]);
    buffer_append(&log->content, view_of(content, sizeof(content)));
}

static void assert_page(struct view content, uint32_t page_count, uint32_t page, char letter)
{
    struct sqlite_log log;
    struct error err;
    assert_ok(sqlite_log_open(content, PAGE_SIZE, 100, &log, &err), &err);
    assert_int_equal(log.page_count, page_count);
    struct view found = sqlite_log_page(&log, page);
    if (letter == '\0')
        assert_int_equal(found.size, 0);
    else
        assert_true(found.size == PAGE_SIZE && found.data[0] == letter);
    sqlite_log_close(&log);
}

static void takes_the_last_committed_version_of_a_page(void **state)
{
    (void)state;
    for (int is_big = 0; is_big < 2; is_big++) {
        struct log_builder log;
        begin_log(&log, is_big == 1, PAGE_SIZE);
        assert_page(buffer_view(&log.content), 0, 1, '\0');
        add_frame(&log, 2, 0, 'a');
        assert_page(buffer_view(&log.content), 0, 2, '\0');
        add_frame(&log, 3, 4, 'b');
        assert_page(buffer_view(&log.content), 4, 2, 'a');
        add_frame(&log, 2, 3, 'c');
        struct view committed = buffer_view(&log.content);
        add_frame(&log, 2, 0, 'd'); /* rolled back, or not finished */
        committed.data = log.content.data;
        assert_page(buffer_view(&log.content), 3, 2, 'c');
        assert_page(buffer_view(&log.content), 3, 3, 'b');
        assert_page(buffer_view(&log.content), 3, 1, '\0');
        assert_page(buffer_view(&log.content), 3, 4, '\0');
        assert_page(view_slice(committed, 0, committed.size - 1), 4, 2, 'a');
        buffer_done(&log.content);
    }
}

static void counts_no_frame_that_does_not_follow_from_the_one_before(void **state)
{
    (void)state;
    struct log_builder log;
    begin_log(&log, false, PAGE_SIZE);
    add_frame(&log, 1, 1, 'a');
    size_t second = log.content.size;
    add_frame(&log, 1, 1, 'b');
    log.content.data[second + 100] ^= 1;
    assert_page(buffer_view(&log.content), 1, 1, 'a');
    log.content.data[second + 100] ^= 1;
    log.content.data[second + 8] ^= 1; /* a salt: a frame of the log's earlier life */
    assert_page(buffer_view(&log.content), 1, 1, 'a');
    log.content.data[20] ^= 1; /* the header's own checksum */
    assert_page(buffer_view(&log.content), 0, 1, '\0');
    buffer_done(&log.content);
}

static void refuses_logs_of_other_or_larger_databases(void **state)
{
    (void)state;
    struct log_builder builder;
    struct sqlite_log log;
    struct error err;
    begin_log(&builder, false, 2 * PAGE_SIZE);
    assert_false(sqlite_log_open(buffer_view(&builder.content), PAGE_SIZE, 100, &log, &err));
    sqlite_log_close(&log);
    buffer_done(&builder.content);
    begin_log(&builder, false, PAGE_SIZE);
    add_frame(&builder, 1, 101, 'a');
    assert_false(sqlite_log_open(buffer_view(&builder.content), PAGE_SIZE, 100, &log, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    sqlite_log_close(&log);
    buffer_done(&builder.content);
}

static void tells_third_party_rpms(void **state)
{
    (void)state;
    static const struct {
        const char *vendor;
        const char *release;
        bool is_third_party;
    } rows[] = {
        {"Red Hat, Inc.", "60.el9", false},
        {"", "1.el9", false},
        {"CentOS", "1.el7", false},
        {"Fedora Project", "3.fc38", false},
        {"Fedora Project", "2", false},
        {"Fedora Project", "1.el9", true},
        {"Fedora Copr - user somebody", "1.fc38", true},
        {"Microsoft Corporation", "4.cm2", false},
        {"Microsoft Corporation", "1.azl3", false},
        {"Microsoft Corporation", "1", true},
        {"VMware, Inc.", "2.ph4", false},
        {"VMware, Inc.", "1", true},
        {"SUSE LLC <https://www.suse.com/>", "150300.46.1", false},
        {"openSUSE", "lp155.2.1", false},
        {"Oracle America", "1.el8", false},
        {"Oracle and/or its affiliates", "1.el8", true},
        {"Amazon Linux", "1.amzn2", false},
        {"Amazon.com", "1", false},
        {"somebody", "1.amzn2023", false},
        {"Docker", "1.el9", true},
        {"NodeSource", "1nodesource", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (third_party_rpm(view_text(rows[i].vendor), view_text(rows[i].release)) != rows[i].is_third_party)
            fail_msg("\"%s\" with release %s", rows[i].vendor, rows[i].release);
    }
}

static void tells_third_party_debian_packages(void **state)
{
    (void)state;
    static const struct {
        const char *maintainer;
        const char *version;
        const char *vendor;
        bool is_third_party;
    } rows[] = {
        {"GNU Libc Maintainers <debian-glibc@lists.debian.org>", "2.36-9+deb12u3", "", false},
        {"Sudo Maintainers <sudo@packages.debian.org>", "1.9.13p3-1", "", false},
        {"Debian Tcl/Tk Packagers <pkg-tcltk-devel@alioth-lists.debian.net>", "8.6.13", "", false},
        {"Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>", "2.35-0ubuntu3", "", false},
        {"A Person <person@example.org>", "1.0-1", "", false},
        {"A Person <person@example.org>", "1.0-1", "Example Ltd", true},
        {"Docker <support@docker.com>", "5:24.0.7-1~debian.12~bookworm", "", true},
        {"Google <chrome-linux-team@google.com>", "120.0-1", "", true},
        {"A Person <person@notdocker.com>", "1.0-1", "", false},
        {"Debian PostgreSQL Maintainers <team+postgresql@tracker.debian.org>", "15.5-1.pgdg120+1", "", true},
        {"Ubuntu MOTU Developers <ubuntu-motu@lists.ubuntu.com>", "1.2-1~jammy1", "", true},
        {"Ubuntu Kernel Team <kernel-team@lists.ubuntu.com>", "5.15.0-91.101~20.04.1", "", false},
        {"", "1", "", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool is_third_party =
            third_party_deb(view_text(rows[i].maintainer), view_text(rows[i].version), view_text(rows[i].vendor));
        if (is_third_party != rows[i].is_third_party)
            fail_msg("\"%s\" with version %s", rows[i].maintainer, rows[i].version);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_headers_whose_sizes_do_not_make_the_blob),
        cmocka_unit_test(takes_no_value_that_lies_outside_or_has_another_type),
        cmocka_unit_test(skips_the_magic_of_package_files_and_prefers_the_last_entry),
        cmocka_unit_test(takes_no_more_headers_than_the_file_has_room_for),
        cmocka_unit_test(takes_a_limited_number_of_packages),
        cmocka_unit_test(counts_the_bytes_of_owned_paths),
        cmocka_unit_test(looks_at_a_limited_number_of_directories),
        cmocka_unit_test(reads_columns_of_all_kinds),
        cmocka_unit_test(takes_the_last_committed_version_of_a_page),
        cmocka_unit_test(counts_no_frame_that_does_not_follow_from_the_one_before),
        cmocka_unit_test(refuses_logs_of_other_or_larger_databases),
        cmocka_unit_test(tells_third_party_rpms),
        cmocka_unit_test(tells_third_party_debian_packages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
