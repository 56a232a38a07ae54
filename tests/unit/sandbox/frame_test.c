/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "sandbox/channel.h"

#include <sys/mman.h>
#include <unistd.h>

/* What the writer sent, read back from a memory file. */
struct sent {
    int descriptor;
    struct frame_writer *writer;
    struct buffer bytes;
};

static void sent_begin(struct sent *sent)
{
    sent->descriptor = memfd_create("frame_test", MFD_CLOEXEC);
    assert_true(sent->descriptor >= 0);
    sent->writer = frame_writer_new(sent->descriptor);
    buffer_init(&sent->bytes, 64 << 20);
}

static void sent_read(struct sent *sent)
{
    assert_int_equal(lseek(sent->descriptor, 0, SEEK_SET), 0);
    ssize_t got = 1;
    while (got > 0) {
        char *room = buffer_reserve(&sent->bytes, 1 << 20);
        assert_non_null(room);
        got = read(sent->descriptor, room, 1 << 20);
        assert_true(got >= 0);
        buffer_advance(&sent->bytes, (size_t)got);
    }
}

static void sent_done(struct sent *sent)
{
    frame_writer_free(sent->writer);
    buffer_done(&sent->bytes);
    close(sent->descriptor);
}

static bool describe(void *context, uint32_t type, struct view payload, struct error *err)
{
    if (view_is(payload, "refused"))
        return error_set(err, ERROR_CONFLICT, "refused");
    buffer_append_format(
        context, "%u:%zu:%.*s ", type, payload.size, payload.size < 10 ? (int)payload.size : 0, payload.data);
    return true;
}

static bool receive(struct frame_reader *reader, struct view bytes, size_t step, struct buffer *text, struct error *err)
{
    frame_reader_init(reader);
    while (bytes.size > 0) {
        size_t size = step < bytes.size ? step : bytes.size;
        memcpy(frame_reader_room(reader), bytes.data, size);
        if (!frame_reader_take(reader, size, describe, text, err))
            return false;
        bytes = view_from(bytes, size);
    }
    return true;
}

static void delivers_what_was_written_in_any_pieces(void **state)
{
    (void)state;
    struct sent sent;
    sent_begin(&sent);
    static char large[FRAME_BYTES_MAX];
    struct error err;
    assert_ok(frame_write(sent.writer, 1, view_text("hello"), &err), &err);
    assert_ok(frame_write(sent.writer, 2, view_text(""), &err), &err);
    assert_ok(frame_write(sent.writer, 0xffff, view_of(large, sizeof(large)), &err), &err);
    assert_ok(frame_write(sent.writer, 3, view_text("last"), &err), &err);
    assert_ok(frame_write_end(sent.writer, &err), &err);
    sent_read(&sent);
    static const size_t steps[] = {7, 8, 1000, 65536, FRAME_READ_BYTES};
    for (size_t i = 0; i < 5; i++) {
        struct frame_reader reader;
        AUTO_BUFFER text;
        buffer_init(&text, 1000);
        assert_ok(receive(&reader, buffer_view(&sent.bytes), steps[i], &text, &err), &err);
        assert_view_equal(buffer_view(&text), "1:5:hello 2:0: 65535:1048576: 3:4:last ");
        assert_true(reader.is_ended);
        assert_true(frame_reader_is_empty(&reader));
        frame_reader_done(&reader);
    }
    sent_done(&sent);
}

static void carries_an_error_with_its_code(void **state)
{
    (void)state;
    struct sent sent;
    sent_begin(&sent);
    struct error failure, err;
    error_set(&failure, ERROR_CORRUPT, "the gzip data ends early");
    assert_ok(frame_write_error(sent.writer, &failure, &err), &err);
    sent_read(&sent);
    struct frame_reader reader;
    AUTO_BUFFER text;
    buffer_init(&text, 1000);
    assert_ok(receive(&reader, buffer_view(&sent.bytes), 1, &text, &err), &err);
    assert_true(reader.has_task_failed);
    assert_false(reader.is_ended);
    assert_int_equal(reader.task_error.code, ERROR_CORRUPT);
    assert_string_equal(reader.task_error.message, "the gzip data ends early");
    frame_reader_done(&reader);
    sent_done(&sent);
}

static void refuses_to_write_what_the_parent_would_not_read(void **state)
{
    (void)state;
    struct sent sent;
    sent_begin(&sent);
    static char large[FRAME_BYTES_MAX + 1];
    struct error err;
    assert_fails(frame_write(sent.writer, 1, view_of(large, sizeof(large)), &err), &err, ERROR_LIMIT);
    assert_fails(frame_write(sent.writer, 0, view_text(""), &err), &err, ERROR_INVALID);
    assert_fails(frame_write(sent.writer, FRAME_END, view_text(""), &err), &err, ERROR_INVALID);
    sent_done(&sent);
}

static void a_broken_protocol_is_a_crash(void **state)
{
    (void)state;
    static const struct view cases[] = {
        VIEW_LITERAL("\x01\0\0\0\x01\0\x10\0"), /* longer than the maximum */
        VIEW_LITERAL("\x01\0\0\0\xff\xff\xff\xff"), /* much longer */
        VIEW_LITERAL("\0\0\0\0\0\0\0\0"), /* type 0 */
        VIEW_LITERAL("\x02\0\x01\0\0\0\0\0"), /* unknown control frame */
        VIEW_LITERAL("\0\0\x01\0\x01\0\0\0x"), /* end with a payload */
        VIEW_LITERAL("\0\0\x01\0\0\0\0\0\x01\0\0\0\0\0\0\0"), /* a frame after the end */
        VIEW_LITERAL("\x01\0\x01\0\x03\0\0\0\x01\0\0"), /* error without a whole code */
        VIEW_LITERAL("\x01\0\x01\0\x05\0\0\0\0\0\0\0x"), /* code "none" */
        VIEW_LITERAL("\x01\0\x01\0\x05\0\0\0\xff\0\0\0x"), /* no such code */
        VIEW_LITERAL("\x01\0\x01\0\x05\0\0\0\x01\0\0\0\xff"), /* message not UTF-8 */
        VIEW_LITERAL("garbage garbage garbage garbage"),
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct frame_reader reader;
        AUTO_BUFFER text;
        buffer_init(&text, 1000);
        struct error err;
        assert_fails(receive(&reader, cases[i], 1, &text, &err), &err, ERROR_CRASHED);
        frame_reader_done(&reader);
    }
}

static void a_refused_frame_stops_with_the_callbacks_error(void **state)
{
    (void)state;
    struct frame_reader reader;
    AUTO_BUFFER text;
    buffer_init(&text, 1000);
    struct error err;
    assert_fails(receive(&reader, view_of("\x01\0\0\0\x07\0\0\0refused", 15), 1, &text, &err), &err, ERROR_CONFLICT);
    frame_reader_done(&reader);
}

static void knows_when_a_frame_is_incomplete(void **state)
{
    (void)state;
    struct frame_reader reader;
    AUTO_BUFFER text;
    buffer_init(&text, 1000);
    struct error err;
    assert_ok(receive(&reader, view_of("\x01\0\0\0\x07\0\0\0ref", 11), 1, &text, &err), &err);
    assert_false(frame_reader_is_empty(&reader));
    frame_reader_done(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delivers_what_was_written_in_any_pieces),
        cmocka_unit_test(carries_an_error_with_its_code),
        cmocka_unit_test(refuses_to_write_what_the_parent_would_not_read),
        cmocka_unit_test(a_broken_protocol_is_a_crash),
        cmocka_unit_test(a_refused_frame_stops_with_the_callbacks_error),
        cmocka_unit_test(knows_when_a_frame_is_incomplete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
