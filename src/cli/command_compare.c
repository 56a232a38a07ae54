/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/lines.h"
#include "version/version.h"

enum { COMPARE_LINE_BYTES_MAX = 1024 * 1024 };

/* A missing second text is an empty one. */
static const char *compare_line(const struct version_order *order, struct view line)
{
    static const char *const results[] = {"-1", "0", "1"};
    struct view right = line;
    struct view left = view_cut(&right, '\t');
    if (!order->is_comparable(left) || !order->is_comparable(right))
        return "invalid";
    return results[order->compare(left, right) + 1];
}

static int fail_unknown_order(struct view name, struct error *err)
{
    AUTO_BUFFER names;
    buffer_init(&names, 1000);
    for (size_t i = 0; i < version_order_count; i++)
        buffer_append_format(&names, " %s", version_orders[i]->name);
    error_set(err, ERROR_USAGE, "there is no version order \"%.*s\"; there are%.*s", VIEW_PRINT(name),
        VIEW_PRINT(buffer_view(&names)));
    return -1;
}

static int run(struct command_call *call, struct error *err)
{
    const struct version_order *order = version_order_named(call_argument(call, 0));
    if (order == NULL)
        return fail_unknown_order(call_argument(call, 0), err);
    AUTO_BUFFER line;
    buffer_init(&line, COMPARE_LINE_BYTES_MAX);
    enum line_result result;
    while ((result = line_read(stdin, &line, err)) == LINE_READ) {
        if (!view_starts_with(buffer_view(&line), "#"))
            fprintf(call_output(call), "%s\n", compare_line(order, buffer_view(&line)));
    }
    return result == LINE_END ? 0 : -1;
}

const struct command command_compare = {
    .name = "compare",
    .arguments = "ORDER",
    .summary = "Compare versions as a package manager does",
    .details =
        "Reads lines \"A<tab>B\" from standard input and prints one line for each: -1 if A is older than B, 0 if\n"
        "neither is, 1 if A is newer, or \"invalid\" if the package manager would not order one of them. Blanks\n"
        "count. Lines that begin with # are skipped.\n"
        "\n"
        "ORDER is one of:"
#define VERSION_ORDER(member, name) " " name
#include "version/versions.def"
#undef VERSION_ORDER
        ".",
    .arguments_min = 1,
    .arguments_max = 1,
    .is_plumbing = true,
    .run = run,
};
