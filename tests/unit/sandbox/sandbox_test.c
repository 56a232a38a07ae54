/* SPDX-License-Identifier: Apache-2.0 */
/* Children that behave as badly as they can: each gets the right error, and the next run works. */
#include "tests/unit/stream/trickle.h"

#include "base/digest.h"
#include "base/memory.h"
#include "layer/walk.h"
#include "sandbox/sandbox.h"
#include "sandbox/zygote.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Tasks. Those that end well send what they found as a frame of type 1. */

static bool echo(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    char bytes[10000];
    size_t got = 1;
    if (!frame_write(out, 2, parameters, err))
        return false;
    while (got > 0) {
        if (!source_read(input, bytes, sizeof(bytes), &got, err) || !frame_write(out, 1, view_of(bytes, got), err))
            return false;
    }
    return true;
}

static bool read_a_little(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters;
    char bytes[5];
    size_t got = 0;
    return source_read(input, bytes, sizeof(bytes), &got, err) && frame_write(out, 1, view_of(bytes, got), err);
}

static bool refuse(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)input;
    return frame_write(out, 1, view_text("before"), err) &&
           error_set(err, ERROR_UNSUPPORTED, "the task \"%.*s\" failed", VIEW_PRINT(parameters));
}

static bool open_a_file(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input, (void)out;
    return error_set(err, ERROR_INVALID, "open gave %d", open("/etc/passwd", O_RDONLY));
}

static bool fork_a_process(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input, (void)out;
    return error_set(err, ERROR_INVALID, "fork gave %d", fork());
}

static bool open_a_socket(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input, (void)out;
    return error_set(err, ERROR_INVALID, "socket gave %d", socket(AF_INET, SOCK_STREAM, 0));
}

static bool make_code(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input, (void)out;
    void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return error_set(err, ERROR_INVALID, "mmap gave %p", code);
}

static bool signal_the_parent(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input, (void)out;
    return error_set(err, ERROR_INVALID, "kill gave %d", kill(getppid(), SIGTERM));
}

static bool spin(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input, (void)out, (void)err;
    volatile bool is_forever = true;
    while (is_forever) {
    }
    return true;
}

static bool die(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input, (void)out, (void)err;
    __builtin_trap();
}

static bool leave(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input, (void)out, (void)err;
    _exit(0);
}

static bool send_garbage(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input, (void)out;
    static const char garbage[] = "garbage garbage garbage garbage";
    return write(CHILD_OUTPUT, garbage, sizeof(garbage)) > 0 || error_set(err, ERROR_IO, "no output");
}

static bool send_forever(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)input;
    while (frame_write(out, 3, view_text("again and again"), err)) {
    }
    return false;
}

/* Takes the number of MiB that the parameters name. */
static bool take_memory(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)input;
    int64_t count = 0;
    assert_true(view_to_integer(parameters, &count));
    for (int64_t i = 0; i < count; i++) {
        volatile char *taken = memory_alloc(1 << 20);
        for (size_t k = 0; k < 1 << 20; k += 4096)
            taken[k] = 1;
    }
    return frame_write(out, 1, view_text("taken"), err);
}

/* Uses what layers need: a tar with a name beyond ASCII, gzip, sorting, digests. */
static bool walked_entry(
    struct layer_visitor *visitor, const struct layer_entry *entry, struct source *content, struct error *err)
{
    (void)visitor, (void)entry;
    return source_drain(content, err);
}

static bool walked_gap(
    struct layer_visitor *visitor, enum gap_kind kind, struct view path, const char *reason, struct error *err)
{
    (void)visitor, (void)kind, (void)path;
    return error_set(err, ERROR_INVALID, "%s", reason);
}

static int compare_numbers(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

static bool use_libraries(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters;
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    struct layer_visitor visitor = {.entry = walked_entry, .gap = walked_gap};
    struct layer_totals totals = {0};
    if (!layer_walk(input, &limits, &visitor, &totals, err))
        return false;
    int *numbers = memory_alloc(1000000 * sizeof(int));
    for (int i = 0; i < 1000000; i++)
        numbers[i] = (i * 1009) % 999983;
    qsort(numbers, 1000000, sizeof(int), compare_numbers);
    struct digest digest;
    digest_of(view_of(numbers, 1000000 * sizeof(int)), &digest);
    free(numbers);
    char text[32];
    snprintf(text, sizeof(text), "%llu entries", (unsigned long long)totals.entries);
    return frame_write(out, 1, view_text(text), err);
}

static const struct sandbox_task tasks[] = {
    {"echo", echo},
    {"read-a-little", read_a_little},
    {"refuse", refuse},
    {"open-a-file", open_a_file},
    {"fork-a-process", fork_a_process},
    {"open-a-socket", open_a_socket},
    {"make-code", make_code},
    {"signal-the-parent", signal_the_parent},
    {"spin", spin},
    {"die", die},
    {"leave", leave},
    {"send-garbage", send_garbage},
    {"send-forever", send_forever},
    {"take-memory", take_memory},
    {"use-libraries", use_libraries},
};

/* The tests' side. */

static struct sandbox *sandbox;

static bool collect(void *context, uint32_t type, struct view payload, struct error *err)
{
    if (type == 3)
        return error_set(err, ERROR_CONFLICT, "enough of it");
    if (type == 1)
        buffer_append(context, payload);
    return true;
}

static bool run_task(const char *task, struct source *input, struct buffer *found, struct error *err)
{
    const struct sandbox_run run = {.task = task,
        .parameters = view_text("parameters"),
        .input = input,
        .deadline_ms = 60 * 1000,
        .frame = collect,
        .context = found};
    buffer_clear(found);
    return sandbox_run(sandbox, &run, err);
}

static void assert_next_run_works(void)
{
    AUTO_BUFFER found;
    buffer_init(&found, 1000);
    AUTO_SOURCE *input = source_from_memory(view_text("hello"));
    struct error err;
    assert_ok(run_task("echo", input, &found, &err), &err);
    assert_view_equal(buffer_view(&found), "hello");
}

static void assert_task_fails(const char *task, enum error_code code, const char *message)
{
    AUTO_BUFFER found;
    buffer_init(&found, 1000);
    AUTO_SOURCE *input = source_from_memory(view_text("hello"));
    struct error err;
    assert_fails(run_task(task, input, &found, &err), &err, code);
    if (strstr(err.message, message) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.message, message);
    assert_next_run_works();
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void gives_input_and_takes_results(void **state)
{
    (void)state;
    assert_next_run_works();
}

static void passes_large_input_through_both_pipes(void **state)
{
    (void)state;
    enum { BYTES = 20 << 20 };
    char *bytes = malloc(BYTES);
    assert_non_null(bytes);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (char)(i * 31 >> 3);
    AUTO_BUFFER found;
    buffer_init(&found, BYTES);
    AUTO_SOURCE *input = source_trickle(view_of(bytes, BYTES), 99999);
    struct error err;
    assert_ok(run_task("echo", input, &found, &err), &err);
    assert_true(view_equal(buffer_view(&found), view_of(bytes, BYTES)));
    free(bytes);
}

static void works_without_input(void **state)
{
    (void)state;
    AUTO_BUFFER found;
    buffer_init(&found, 1000);
    struct error err;
    assert_ok(run_task("echo", NULL, &found, &err), &err);
    assert_int_equal(found.size, 0);
}

static void libraries_work_inside(void **state)
{
    (void)state;
    static char tar[512 * 6];
    memcpy(tar, "h\xc3\xa9", 3);
    memcpy(tar + 100,
        "0000644\0"
        "0000000\0"
        "0000000\0"
        "00000000000\0"
        "00000000000\0"
        "        0",
        57);
    memcpy(tar + 257,
        "ustar\0"
        "00",
        8);
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)tar[i];
    snprintf(tar + 148, 8, "%06o", sum);
    AUTO_BUFFER found;
    buffer_init(&found, 1000);
    AUTO_SOURCE *input = source_from_memory(view_of(tar, sizeof(tar)));
    struct error err;
    assert_ok(run_task("use-libraries", input, &found, &err), &err);
    assert_view_equal(buffer_view(&found), "1 entries");
}

static void the_rest_of_the_input_is_still_verified(void **state)
{
    (void)state;
    enum { BYTES = 5 << 20 };
    char *bytes = calloc(1, BYTES);
    assert_non_null(bytes);
    struct digest right, wrong;
    digest_of(view_of(bytes, BYTES), &right);
    digest_of(view_text("other"), &wrong);
    AUTO_BUFFER found;
    buffer_init(&found, 1000);
    struct error err;
    AUTO_SOURCE *good = source_verify(source_from_memory(view_of(bytes, BYTES)), &right, BYTES);
    assert_ok(run_task("read-a-little", good, &found, &err), &err);
    assert_int_equal(found.size, 5);
    AUTO_SOURCE *bad = source_verify(source_from_memory(view_of(bytes, BYTES)), &wrong, BYTES);
    assert_fails(run_task("read-a-little", bad, &found, &err), &err, ERROR_CORRUPT);
    free(bytes);
}

static void an_error_of_the_input_is_the_runs_error(void **state)
{
    (void)state;
    AUTO_BUFFER found;
    buffer_init(&found, 1000);
    AUTO_SOURCE *input = source_limit(source_from_memory(view_text("hello")), 3, "greeting");
    struct error err;
    assert_fails(run_task("echo", input, &found, &err), &err, ERROR_LIMIT);
    assert_string_equal(err.message, "greeting is larger than 3 bytes");
    assert_next_run_works();
}

static void an_error_of_the_task_travels_with_its_code(void **state)
{
    (void)state;
    assert_task_fails("refuse", ERROR_UNSUPPORTED, "the task \"parameters\" failed");
}

static void an_error_of_the_callback_ends_the_run(void **state)
{
    (void)state;
    assert_task_fails("send-forever", ERROR_CONFLICT, "enough of it");
}

static void forbidden_calls_kill(void **state)
{
    (void)state;
    assert_task_fails("open-a-file", ERROR_CRASHED, "kernel's sandbox");
    assert_task_fails("fork-a-process", ERROR_CRASHED, "kernel's sandbox");
    assert_task_fails("open-a-socket", ERROR_CRASHED, "kernel's sandbox");
    assert_task_fails("make-code", ERROR_CRASHED, "kernel's sandbox");
    assert_task_fails("signal-the-parent", ERROR_CRASHED, "kernel's sandbox");
}

static void a_crash_is_told(void **state)
{
    (void)state;
    assert_task_fails("die", ERROR_CRASHED, "the sandboxed process");
    assert_task_fails("leave", ERROR_CRASHED, "before its results were complete");
    assert_task_fails("send-garbage", ERROR_CRASHED, "not a result");
}

static void an_unknown_task_is_told(void **state)
{
    (void)state;
    assert_task_fails("no-such-task", ERROR_NOT_FOUND, "no-such-task");
}

static void a_deadline_ends_a_spinning_child(void **state)
{
    (void)state;
    AUTO_SOURCE *input = source_from_memory(view_text("hello"));
    const struct sandbox_run run = {.task = "spin", .input = input, .deadline_ms = 300, .frame = collect};
    struct error err;
    int64_t start = now_ms();
    assert_fails(sandbox_run(sandbox, &run, &err), &err, ERROR_TIMEOUT);
    assert_true(now_ms() - start < 2000);
    assert_next_run_works();
}

static void *request_cancel(void *cancel)
{
    const struct timespec moment = {.tv_nsec = 50 * 1000 * 1000};
    nanosleep(&moment, NULL);
    cancel_request(cancel);
    return NULL;
}

static void a_cancel_ends_a_spinning_child(void **state)
{
    (void)state;
    struct cancel cancel = {false};
    const struct sandbox_run run = {.task = "spin", .cancel = &cancel, .frame = collect};
    pthread_t canceller;
    assert_int_equal(pthread_create(&canceller, NULL, request_cancel, &cancel), 0);
    struct error err;
    int64_t start = now_ms();
    assert_fails(sandbox_run(sandbox, &run, &err), &err, ERROR_CANCELLED);
    assert_true(now_ms() - start < 1000);
    pthread_join(canceller, NULL);
    assert_next_run_works();
}

#ifndef TIDEWAITER_SANITIZED

static bool run_take_memory(const char *mebibytes, uint64_t held_bytes_max, struct error *err)
{
    AUTO_BUFFER found;
    buffer_init(&found, 1000);
    const struct sandbox_run run = {.task = "take-memory",
        .parameters = view_text(mebibytes),
        .held_bytes_max = held_bytes_max,
        .frame = collect,
        .context = &found};
    return sandbox_run(sandbox, &run, err);
}

static void memory_is_limited(void **state)
{
    (void)state;
    struct error err;
    assert_ok(run_take_memory("48", 0, &err), &err);
    assert_fails(run_take_memory("70", 0, &err), &err, ERROR_LIMIT);
    assert_ok(run_take_memory("70", UINT64_C(20) << 20, &err), &err);
    assert_fails(run_take_memory("1024", UINT64_C(1) << 40, &err), &err, ERROR_LIMIT);
    assert_next_run_works();
}

#endif

static size_t count_open_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void leaks_no_descriptor_and_no_process(void **state)
{
    (void)state;
    assert_next_run_works();
    size_t before = count_open_descriptors();
    for (int i = 0; i < 5; i++) {
        assert_task_fails("die", ERROR_CRASHED, "");
        assert_task_fails("send-garbage", ERROR_CRASHED, "");
        assert_task_fails("no-such-task", ERROR_NOT_FOUND, "");
        assert_next_run_works();
    }
    assert_int_equal(count_open_descriptors(), before);
    /* Only the zygote is left, and it lives. */
    siginfo_t child = {0};
    assert_int_equal(waitid(P_ALL, 0, &child, WEXITED | WNOHANG), 0);
    assert_int_equal(child.si_pid, 0);
}

static pid_t find_zygote(void)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int pid = 0;
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    fclose(file);
    return pid;
}

static void a_dead_zygote_is_started_again(void **state)
{
    (void)state;
    assert_int_equal(kill(find_zygote(), SIGKILL), 0);
    assert_next_run_works();
}

static void *run_many(void *state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_next_run_works();
    return NULL;
}

static void several_threads_run_at_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_many, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void without_a_sandbox_it_is_a_plain_child(void **state)
{
    (void)state;
    struct sandbox *locked = sandbox;
    struct error err;
    assert_ok(sandbox_start(SANDBOX_OFF, &sandbox, &err), &err);
    assert_next_run_works();
    AUTO_BUFFER found;
    buffer_init(&found, 1000);
    assert_fails(run_task("open-a-socket", NULL, &found, &err), &err, ERROR_INVALID);
    assert_task_fails("die", ERROR_CRASHED, "");
    sandbox_stop(sandbox);
    sandbox = locked;
}

static void nothing_is_missing_where_everything_is_required(void **state)
{
    (void)state;
    assert_string_equal(sandbox_missing(sandbox), "");
}

static int start(void **state)
{
    (void)state;
    struct error err;
    assert_ok(sandbox_start(SANDBOX_REQUIRED, &sandbox, &err), &err);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sandbox_stop(sandbox);
    return 0;
}

int main(int argc, char **argv)
{
    sandbox_main(argc, argv, tasks, sizeof(tasks) / sizeof(tasks[0]));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_input_and_takes_results),
        cmocka_unit_test(passes_large_input_through_both_pipes),
        cmocka_unit_test(works_without_input),
        cmocka_unit_test(libraries_work_inside),
        cmocka_unit_test(the_rest_of_the_input_is_still_verified),
        cmocka_unit_test(an_error_of_the_input_is_the_runs_error),
        cmocka_unit_test(an_error_of_the_task_travels_with_its_code),
        cmocka_unit_test(an_error_of_the_callback_ends_the_run),
        cmocka_unit_test(forbidden_calls_kill),
        cmocka_unit_test(a_crash_is_told),
        cmocka_unit_test(an_unknown_task_is_told),
        cmocka_unit_test(a_deadline_ends_a_spinning_child),
        cmocka_unit_test(a_cancel_ends_a_spinning_child),
#ifndef TIDEWAITER_SANITIZED
        cmocka_unit_test(memory_is_limited),
#endif
        cmocka_unit_test(leaks_no_descriptor_and_no_process),
        cmocka_unit_test(a_dead_zygote_is_started_again),
        cmocka_unit_test(several_threads_run_at_once),
        cmocka_unit_test(without_a_sandbox_it_is_a_plain_child),
        cmocka_unit_test(nothing_is_missing_where_everything_is_required),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
