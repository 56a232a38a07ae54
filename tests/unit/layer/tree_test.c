/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/layer/event_visitor.h"
#include "tests/unit/stream/trickle.h"

#include "layer/tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/tidewaiter-tree-XXXXXX";
static char root[64];

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(root, sizeof(root), "%s/root", folder);
    assert_int_equal(mkdir(root, 0755), 0);
    assert_int_equal(chdir(root), 0);
    return 0;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *position)
{
    (void)about, (void)type, (void)position;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    assert_int_equal(chdir("/"), 0);
    return nftw(folder, remove_one, 64, FTW_DEPTH | FTW_PHYS);
}

static enum tree_answer wants_text(struct view path, uint64_t size, uint32_t mode)
{
    (void)size;
    if (view_ends_with(path, ".txt"))
        return TREE_ALWAYS;
    return (mode & 0100) != 0 ? TREE_LOOK : TREE_NEVER;
}

static bool wants_script(struct view path, uint64_t size, uint32_t mode, struct view head)
{
    return path.size > 0 && size > 0 && (mode & 0100) != 0 && view_starts_with(head, "#!");
}

static const struct tree_filter filter = {wants_text, wants_script};

static int compare_lines(const void *left, const void *right)
{
    return view_compare(*(const struct view *)left, *(const struct view *)right);
}

/* Directories give their entries in any order. */
static void sort_lines(struct buffer *text)
{
    static struct view lines[1000];
    size_t count = 0;
    for (struct view rest = buffer_view(text); rest.size > 0 && count < 1000;)
        lines[count++] = view_cut(&rest, '\n');
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    AUTO_BUFFER sorted;
    buffer_init(&sorted, text->size);
    for (size_t i = 0; i < count; i++) {
        buffer_append(&sorted, lines[i]);
        buffer_append_byte(&sorted, '\n');
    }
    buffer_clear(text);
    buffer_append(text, buffer_view(&sorted));
}

static void read_stream(const char *directory, struct buffer *stream)
{
    struct source *source;
    struct error err;
    assert_ok(tree_open(directory, &filter, 100, NULL, &source, &err), &err);
    buffer_clear(stream);
    assert_ok(read_in_steps(source, 1000, stream, &err), &err);
}

static void walk_stream(struct source *source, const struct layer_limits *limits, struct event_visitor *events)
{
    event_visitor_init(events);
    events->shows_unsent = true;
    struct layer_totals totals;
    struct error err;
    if (!tree_walk(source, limits, &events->visitor, &totals, &err))
        buffer_append_format(&events->text, "error %s\n", error_code_name(err.code));
}

static void assert_tree(const char *directory, const struct layer_limits *limits, const char *expected)
{
    AUTO_BUFFER stream;
    buffer_init(&stream, 10 << 20);
    read_stream(directory, &stream);
    static const size_t steps[] = {1, 1000000};
    for (size_t i = 0; i < 2; i++) {
        struct event_visitor events;
        AUTO_SOURCE *source = source_trickle(buffer_view(&stream), steps[i]);
        walk_stream(source, limits, &events);
        sort_lines(&events.text);
        assert_view_equal(buffer_view(&events.text), expected);
        buffer_done(&events.text);
    }
}

static void sends_entries_and_wanted_content(void **state)
{
    (void)state;
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    assert_int_equal(mkdir("a", 0755), 0);
    assert_int_equal(mkdir("a/b", 0755), 0);
    write_file("a/b/wanted.txt", "hello");
    write_file("a/unwanted.bin", "not sent");
    write_file("empty.txt", "");
    write_file(".wh.plain.txt", "no whiteout here");
    assert_int_equal(mkfifo("pipe.txt", 0600), 0);
    char large[102];
    memset(large, 'x', 101);
    large[101] = '\0';
    write_file("large.txt", large);
    assert_tree(root, &limits,
        "directory a\n"
        "directory a/b\n"
        "file .wh.plain.txt no whiteout here\n"
        "file a/b/wanted.txt hello\n"
        "file a/unwanted.bin (unsent)\n"
        "file empty.txt \n"
        "file large.txt (unsent)\n"
        "other pipe.txt\n");
}

static void never_follows_symlinks(void **state)
{
    (void)state;
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    char inside[80];
    snprintf(inside, sizeof(inside), "%s/../links", root);
    assert_int_equal(mkdir(inside, 0755), 0);
    assert_int_equal(chdir(inside), 0);
    assert_int_equal(symlink("/etc", "absolute"), 0);
    assert_int_equal(symlink("../root", "up.txt"), 0);
    assert_int_equal(symlink("loop.txt", "loop.txt"), 0);
    assert_int_equal(mkdir("d", 0755), 0);
    assert_int_equal(symlink("..", "d/back"), 0);
    assert_tree(inside, &limits,
        "directory d\n"
        "symlink absolute -> /etc\n"
        "symlink d/back -> ..\n"
        "symlink loop.txt -> loop.txt\n"
        "symlink up.txt -> ../root\n");
    assert_int_equal(chdir(root), 0);
}

static void ends_with_a_gap_at_a_limit(void **state)
{
    (void)state;
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    limits.entries_max = 0;
    assert_tree(root, &limits, "gap limit-reached : the directory has more than 0 entries\n");
    char few[80];
    snprintf(few, sizeof(few), "%s/../few", root);
    assert_int_equal(mkdir(few, 0755), 0);
    char path[100];
    snprintf(path, sizeof(path), "%s/a.txt", few);
    write_file(path, "hello");
    limits.entries_max = 1;
    limits.bytes_max = 5;
    assert_tree(few, &limits, "file a.txt hello\n");
    limits.bytes_max = 4;
    assert_tree(few, &limits, "gap limit-reached : the directory has more than 4 bytes of content\n");
}

static void a_file_that_shrinks_is_a_gap(void **state)
{
    (void)state;
    char shrinking[80], path[100];
    snprintf(shrinking, sizeof(shrinking), "%s/../shrinking", root);
    snprintf(path, sizeof(path), "%s/a.txt", shrinking);
    assert_int_equal(mkdir(shrinking, 0755), 0);
    write_file(path, "hello");
    struct source *source;
    struct error err;
    assert_ok(tree_open(shrinking, &filter, 100, NULL, &source, &err), &err);
    AUTO_BUFFER stream;
    buffer_init(&stream, 1000);
    char byte;
    size_t got;
    assert_ok(source_read(source, &byte, 1, &got, &err), &err);
    buffer_append_byte(&stream, byte);
    assert_int_equal(truncate(path, 2), 0);
    assert_ok(read_in_steps(source, 7, &stream, &err), &err);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    struct event_visitor events;
    AUTO_SOURCE *sent = source_from_memory(buffer_view(&stream));
    walk_stream(sent, &limits, &events);
    assert_view_equal(
        buffer_view(&events.text), "gap unreadable-file a.txt: the file changed or could not be read to its end\n");
    buffer_done(&events.text);
}

static void very_deep_directories_are_a_gap(void **state)
{
    (void)state;
    char deep[80];
    snprintf(deep, sizeof(deep), "%s/../deep", root);
    assert_int_equal(mkdir(deep, 0755), 0);
    assert_int_equal(chdir(deep), 0);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(mkdir("d", 0755), 0);
        assert_int_equal(chdir("d"), 0);
    }
    AUTO_BUFFER stream;
    buffer_init(&stream, 10 << 20);
    read_stream(deep, &stream);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    struct event_visitor events;
    AUTO_SOURCE *source = source_from_memory(buffer_view(&stream));
    walk_stream(source, &limits, &events);
    assert_int_equal(events.gaps, 1);
    assert_true(view_find_text(buffer_view(&events.text), view_text("gap limit-reached d/d/d")) < events.text.size);
    buffer_done(&events.text);
    assert_int_equal(chdir(root), 0);
}

static void stays_on_the_roots_file_system(void **state)
{
    (void)state;
    struct stat dev, pts;
    if (stat("/dev", &dev) != 0 || stat("/dev/pts", &pts) != 0 || dev.st_dev == pts.st_dev)
        skip();
    AUTO_BUFFER stream;
    buffer_init(&stream, 10 << 20);
    read_stream("/dev", &stream);
    assert_true(view_find_text(buffer_view(&stream), view_text("pts")) < stream.size);
    assert_true(view_find_text(buffer_view(&stream), view_text("pts/")) == stream.size);
}

static void says_when_there_is_no_directory(void **state)
{
    (void)state;
    struct source *source;
    struct error err;
    assert_fails(tree_open("/no/such/directory", &filter, 100, NULL, &source, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "/no/such/directory"));
    char file[80];
    snprintf(file, sizeof(file), "%s/empty.txt", root);
    assert_fails(tree_open(file, &filter, 100, NULL, &source, &err), &err, ERROR_IO);
}

static void stops_once_cancelled(void **state)
{
    (void)state;
    struct cancel cancel = {true};
    struct source *source;
    struct error err;
    assert_ok(tree_open(root, &filter, 100, &cancel, &source, &err), &err);
    AUTO_SOURCE *closed = source;
    assert_fails(source_drain(closed, &err), &err, ERROR_CANCELLED);
}

static void a_cut_stream_is_an_error(void **state)
{
    (void)state;
    AUTO_BUFFER stream;
    buffer_init(&stream, 10 << 20);
    read_stream(root, &stream);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    for (size_t size = 0; size < stream.size; size++) {
        struct event_visitor events;
        AUTO_SOURCE *source = source_from_memory(view_slice(buffer_view(&stream), 0, size));
        walk_stream(source, &limits, &events);
        assert_true(view_ends_with(buffer_view(&events.text), "error corrupt\n"));
        buffer_done(&events.text);
    }
}

static void a_damaged_stream_is_an_error(void **state)
{
    (void)state;
    static const struct view cases[] = {
        /* no such kind */
        VIEW_LITERAL("\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0a"),
        /* a path that is not clean, and none */
        VIEW_LITERAL("\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0../a"),
        VIEW_LITERAL("\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        /* a path longer than paths are */
        VIEW_LITERAL("\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0"),
        /* no such gap kind */
        VIEW_LITERAL("\x06\0\0\0\0\0\0\0\xff\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0a"),
        /* a chunk larger than the file, and an end before its size */
        VIEW_LITERAL("\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0a\x03\0\0\0xyz"),
        VIEW_LITERAL("\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0a\0\0\0\0"),
    };
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct event_visitor events;
        AUTO_SOURCE *source = source_from_memory(cases[i]);
        walk_stream(source, &limits, &events);
        assert_view_equal(buffer_view(&events.text), "error invalid\n");
        buffer_done(&events.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_entries_and_wanted_content),
        cmocka_unit_test(never_follows_symlinks),
        cmocka_unit_test(ends_with_a_gap_at_a_limit),
        cmocka_unit_test(a_file_that_shrinks_is_a_gap),
        cmocka_unit_test(very_deep_directories_are_a_gap),
        cmocka_unit_test(stays_on_the_roots_file_system),
        cmocka_unit_test(says_when_there_is_no_directory),
        cmocka_unit_test(stops_once_cancelled),
        cmocka_unit_test(a_cut_stream_is_an_error),
        cmocka_unit_test(a_damaged_stream_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
