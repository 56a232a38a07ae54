/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "sandbox/channel.h"
#include "scan/record_writer.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a writer sends, and what the parent makes of it. */
struct sent {
    int descriptor;
    struct frame_writer *frames;
    struct record_writer writer;
    struct buffer stored;
};

static void sent_begin(struct sent *sent)
{
    sent->descriptor = memfd_create("record_writer_test", MFD_CLOEXEC);
    assert_true(sent->descriptor >= 0);
    sent->frames = frame_writer_new(sent->descriptor);
    record_writer_init(&sent->writer, sent->frames);
    buffer_init(&sent->stored, 64 << 20);
    record_begin(&sent->stored);
}

static bool append_frame(void *context, uint32_t type, struct view payload, struct error *err)
{
    return record_append(context, type, payload, err);
}

static void sent_end(struct sent *sent, struct arena *arena, struct layer_record *record)
{
    struct error err;
    ssize_t got = 1;
    struct frame_reader reader;
    assert_ok(record_writer_finish(&sent->writer, 1, 1, &err), &err);
    assert_ok(frame_write_end(sent->frames, &err), &err);
    assert_int_equal(lseek(sent->descriptor, 0, SEEK_SET), 0);
    frame_reader_init(&reader);
    while (got > 0) {
        got = read(sent->descriptor, frame_reader_room(&reader), FRAME_READ_BYTES);
        assert_true(got >= 0);
        assert_ok(frame_reader_take(&reader, (size_t)got, append_frame, &sent->stored, &err), &err);
    }
    assert_true(reader.is_ended);
    frame_reader_done(&reader);
    assert_ok(record_decode(arena, arena_copy(arena, buffer_view(&sent->stored)), record, &err), &err);
    record_writer_done(&sent->writer);
    frame_writer_free(sent->frames);
    buffer_done(&sent->stored);
    close(sent->descriptor);
}

/* Bytes that do not shrink. */
static struct view noise(struct arena *arena, size_t size)
{
    uint64_t number = 88172645463325252U;
    char *bytes = arena_alloc(arena, size);
    for (size_t i = 0; i < size; i++) {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        bytes[i] = (char)number;
    }
    return view_of(bytes, size);
}

static void begin_database(struct sent *sent)
{
    struct error err;
    const struct analyzer *analyzer = analyzer_named(view_text("rpm"));
    sent_begin(sent);
    assert_ok(record_writer_file(&sent->writer, analyzer, view_text("var/lib/rpm/rpmdb.sqlite"), &err), &err);
}

static void keeps_a_file_in_pieces(void **state)
{
    (void)state;
    struct sent sent;
    struct error err;
    struct layer_record record;
    AUTO_ARENA *arena = arena_new();
    begin_database(&sent);
    assert_ok(record_writer_keep(&sent.writer, noise(arena, 1 << 20), &err), &err);
    sent_end(&sent, arena, &record);
    assert_int_equal(record.files[0].kept_size, 1 << 20);
    assert_true(record.files[0].kept_count > 8);
}

static void a_file_without_room_is_told_by_its_size_alone(void **state)
{
    (void)state;
    struct sent sent;
    struct error err;
    struct layer_record record;
    AUTO_ARENA *arena = arena_new();
    begin_database(&sent);
    sent.writer.kept = RECORD_KEPT_BYTES_MAX - (512 << 10); /* some pieces fit */
    assert_ok(record_writer_keep(&sent.writer, noise(arena, 1 << 20), &err), &err);
    sent_end(&sent, arena, &record);
    assert_int_equal(record.files[0].kept_size, 1 << 20);
    assert_int_equal(record.files[0].kept_count, 0);
}

static void a_record_without_room_for_more_keeps_no_part_of_a_file(void **state)
{
    (void)state;
    struct sent sent;
    struct error err;
    struct layer_record record;
    AUTO_ARENA *arena = arena_new();
    begin_database(&sent);
    sent.writer.cost = RECORD_COST_MAX - 256;
    assert_ok(record_writer_keep(&sent.writer, noise(arena, 1 << 20), &err), &err);
    sent_end(&sent, arena, &record);
    assert_int_equal(record.files[0].kept_count, 0);
    assert_int_equal(record.gaps.items[0].kind, GAP_LIMIT_REACHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_file_in_pieces),
        cmocka_unit_test(a_file_without_room_is_told_by_its_size_alone),
        cmocka_unit_test(a_record_without_room_for_more_keeps_no_part_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
