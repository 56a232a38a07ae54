/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every file of tests/golden/analyzers/<analyzer>/<case>/input through the analyzers and compares what they report with
   expected.json beside it. TIDEWAITER_RENEW_GOLDEN=1 writes that file instead. */
#include "tests/unit/package/recorder.h"
#include "tests/unit/test.h"

#include "base/json.h"

#include <dirent.h>
#include <stdlib.h>

#define CASES "tests/golden/analyzers"
#define OUTPUT_BYTES_MAX (1u << 20)

static const char *const gap_names[] = {
#define GAP_KIND(constant, name, hides_packages, consequence) name,
#include "layer/gap_kinds.def"
#undef GAP_KIND
};

/* Begins an item of a list: one line each, so that a difference reads well. */
static void begin_item(struct buffer *out, size_t i, const char *list, struct json_writer *writer)
{
    if (i == 0)
        buffer_append_format(out, ",\n  \"%s\": [", list);
    buffer_append_text(out, i == 0 ? "\n    " : ",\n    ");
    json_writer_init(writer, out);
}

static void end_list(struct buffer *out, size_t count)
{
    if (count > 0)
        buffer_append_text(out, "\n  ]");
}

static void write_installation(struct json_writer *writer, const struct installation *installation)
{
    json_pair_optional(writer, "inner_path", installation->inner_path);
    json_pair_optional(writer, "licenses", installation->licenses);
    json_pair_optional(writer, "commit", installation->commit);
    if (installation->is_third_party)
        json_pair_boolean(writer, "is_third_party", true);
    if (installation->is_development)
        json_pair_boolean(writer, "is_development", true);
}

static void write_package(
    struct json_writer *writer, const struct package *package, const struct installation *installation)
{
    json_begin_object(writer);
    json_pair_text(writer, "type", package_type_name(package->type));
    json_pair(writer, "name", package->name);
    json_pair(writer, "version", package->version);
    json_pair_optional(writer, "arch", package->arch);
    json_pair(writer, "source_name", package->source_name);
    json_pair(writer, "source_version", package->source_version);
    json_pair_optional(writer, "epoch", package->epoch);
    json_pair_optional(writer, "release", package->release);
    json_pair_optional(writer, "source_rpm", package->source_rpm);
    json_pair_optional(writer, "modularity", package->modularity);
    json_pair_optional(writer, "vendor", package->vendor);
    write_installation(writer, installation);
    json_end_object(writer);
}

static void write_report(struct buffer *out, const struct recorder *recorder)
{
    struct json_writer writer;
    for (size_t i = 0; i < recorder->packages.count; i++) {
        begin_item(out, i, "packages", &writer);
        write_package(&writer, &recorder->packages.items[i], &recorder->installations.items[i]);
    }
    end_list(out, recorder->packages.count);
    for (size_t i = 0; i < recorder->facts.count; i++) {
        begin_item(out, i, "facts", &writer);
        json_begin_object(&writer);
        json_key_view(&writer, recorder->facts.items[i].name);
        json_write(&writer, recorder->facts.items[i].value);
        json_end_object(&writer);
    }
    end_list(out, recorder->facts.count);
    for (size_t i = 0; i < recorder->owned.count; i++) {
        begin_item(out, i, "owned", &writer);
        json_begin_object(&writer);
        json_key_view(&writer, recorder->owners.items[i]);
        json_write(&writer, recorder->owned.items[i]);
        json_end_object(&writer);
    }
    end_list(out, recorder->owned.count);
    for (size_t i = 0; i < recorder->gaps.count; i++) {
        begin_item(out, i, "gaps", &writer);
        json_begin_object(&writer);
        json_pair_text(&writer, "kind", gap_names[recorder->gaps.items[i].kind]);
        json_pair(&writer, "reason", recorder->gaps.items[i].reason);
        json_end_object(&writer);
    }
    end_list(out, recorder->gaps.count);
}

/* What the analyzer says about one file; returns its name, NULL if none wants the file. */
static const char *write_file(struct arena *arena, const char *input, struct view path, struct buffer *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_write(&writer, path);
    struct view content = recorder_file(arena, arena_format(arena, "%s/%.*s", input, VIEW_PRINT(path)).data);
    const struct analyzer *analyzer = recorder_analyzer(path, content);
    if (analyzer == NULL) {
        buffer_append_text(out, ": {\n  \"analyzer\": null\n}");
        return NULL;
    }
    buffer_append_format(out, ": {\n  \"analyzer\": \"%s\"", analyzer->name);
    struct recorder recorder;
    recorder_init(&recorder, arena);
    struct error err;
    bool is_read = recorder_run(&recorder, arena_text(arena, path), content, &err);
    write_report(out, &recorder);
    if (!is_read) {
        buffer_append_text(out, ",\n  \"error\": ");
        json_writer_init(&writer, out);
        json_write_text(&writer, err.message);
    }
    buffer_append_text(out, "\n}");
    return analyzer->name;
}

static void compare_or_renew(const char *file, struct view actual, struct view expected)
{
    if (getenv("TIDEWAITER_RENEW_GOLDEN") != NULL) {
        FILE *stream = fopen(file, "wb");
        assert_non_null(stream);
        assert_int_equal(fwrite(actual.data, 1, actual.size, stream), actual.size);
        assert_int_equal(fclose(stream), 0);
    } else if (!view_equal(actual, expected)) {
        fail_msg("%s is not what the analyzers report, which is:\n%.*s", file, VIEW_PRINT(actual));
    }
}

static void run_case(const char *name, const char *directory)
{
    AUTO_ARENA *arena = arena_new();
    const char *input = arena_format(arena, "%s/input", directory).data;
    const char *expected = arena_format(arena, "%s/expected.json", directory).data;
    struct recorder_paths paths = {0};
    recorder_walk(arena, input, &paths);
    AUTO_BUFFER out;
    buffer_init(&out, OUTPUT_BYTES_MAX);
    buffer_append_text(&out, "{");
    bool is_used = false;
    for (size_t i = 0; i < paths.count; i++) {
        buffer_append_text(&out, i == 0 ? "\n" : ",\n");
        const char *used = write_file(arena, input, paths.items[i], &out);
        is_used = is_used || (used != NULL && strcmp(used, name) == 0);
    }
    buffer_append_text(&out, "\n}\n");
    struct error err;
    assert_ok(buffer_check(&out, "report", &err), &err);
    if (!is_used)
        fail_msg("no file of %s is read by the analyzer %s", directory, name);
    compare_or_renew(expected, buffer_view(&out), recorder_file(arena, expected));
}

/* The cases of one analyzer; returns how many there are. */
static size_t run_cases(struct arena *arena, const char *name)
{
    const char *directory = arena_format(arena, CASES "/%s", name).data;
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return 0;
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        run_case(name, arena_format(arena, "%s/%s", directory, entry->d_name).data);
        count++;
    }
    closedir(stream);
    return count;
}

static void reports_what_is_expected_for_every_case(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < analyzer_count; i++) {
        if (run_cases(arena, analyzers[i]->name) == 0)
            fail_msg("analyzer %s has no case below " CASES "/%s", analyzers[i]->name, analyzers[i]->name);
    }
}

static void has_no_cases_without_an_analyzer(void **state)
{
    (void)state;
    DIR *stream = opendir(CASES);
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (entry->d_name[0] != '.' && analyzer_named(view_text(entry->d_name)) == NULL)
            fail_msg("there is no analyzer %s", entry->d_name);
    }
    closedir(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_what_is_expected_for_every_case),
        cmocka_unit_test(has_no_cases_without_an_analyzer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
