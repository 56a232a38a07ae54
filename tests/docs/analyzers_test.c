/* SPDX-License-Identifier: Apache-2.0 */
/* docs/reference/analyzers.md has one row for each analyzer, and each path in it is one that the analyzer wants. Runs from
   the source root. */
#include "tests/unit/test.h"

#include "base/arena.h"
#include "base/file.h"
#include "package/analyzer.h"

#define PAGE "docs/reference/analyzers.md"
enum { PAGE_BYTES_MAX = 1 << 20, ANALYZERS_MAX = 1000 };

/* The next text in backticks; false at the end of the cell. */
static bool next_quoted(struct view *cell, struct view *quoted)
{
    view_cut(cell, '`');
    if (cell->size == 0)
        return false;
    *quoted = view_cut(cell, '`');
    return true;
}

/* "status.d/" and '*' become "status.d/name". */
static struct view example_of(struct arena *arena, struct view pattern)
{
    struct view rest = pattern;
    struct view before = view_cut(&rest, '*');
    if (before.size == pattern.size)
        return pattern;
    return arena_format(arena, "%.*sname%.*s", VIEW_PRINT(before), VIEW_PRINT(rest));
}

static void check_paths(const struct analyzer *analyzer, struct view cell)
{
    AUTO_ARENA *arena = arena_new();
    struct view pattern;
    size_t count = 0;
    while (next_quoted(&cell, &pattern)) {
        const struct analyzer *found = analyzer_for(example_of(arena, pattern));
        count++;
        if (found != analyzer)
            fail_msg("%s: \"%.*s\" is wanted by %s, not by %s", PAGE, VIEW_PRINT(pattern),
                found == NULL ? "nobody" : found->name, analyzer->name);
    }
    if (count == 0 && analyzer->wants_look == NULL)
        fail_msg("%s names no file of %s", PAGE, analyzer->name);
}

static void documents_each_analyzer_and_the_files_that_it_wants(void **state)
{
    (void)state;
    AUTO_BUFFER page;
    struct error err;
    bool is_documented[ANALYZERS_MAX] = {false};
    buffer_init(&page, PAGE_BYTES_MAX);
    if (!file_read(PAGE, &page, &err))
        fail_msg("%s", err.message);
    for (struct view rest = buffer_view(&page); rest.size > 0;) {
        struct view line = view_cut_line(&rest);
        struct view name;
        if (!view_starts_with(line, "| `"))
            continue;
        view_cut(&line, '|');
        struct view first = view_cut(&line, '|');
        assert_true(next_quoted(&first, &name));
        const struct analyzer *analyzer = analyzer_named(name);
        if (analyzer == NULL)
            fail_msg("%s: there is no analyzer \"%.*s\"", PAGE, VIEW_PRINT(name));
        check_paths(analyzer, view_cut(&line, '|'));
        for (size_t i = 0; i < analyzer_count; i++)
            is_documented[i] |= analyzers[i] == analyzer;
    }
    assert_true(analyzer_count <= ANALYZERS_MAX);
    for (size_t i = 0; i < analyzer_count; i++) {
        if (!is_documented[i])
            fail_msg("%s has no row for analyzer \"%s\"", PAGE, analyzers[i]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_each_analyzer_and_the_files_that_it_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
