/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/lines.h"
#include "version/range.h"

enum { SATISFIES_LINE_BYTES_MAX = 1024 * 1024 };

static int run(struct command_call *call, struct error *err)
{
    static const char *const answers[] = {
        [RANGE_MATCH_NO] = "0", [RANGE_MATCH_YES] = "1", [RANGE_MATCH_INVALID] = "invalid"};
    const struct range_language *language;
    const struct version_order *order;
    struct view name = call_argument(call, 0);
    if (!range_named(name, &language, &order)) {
        error_set(err, ERROR_USAGE, "there is no version order \"%.*s\"; `tidewaiter help satisfies` lists them",
            VIEW_PRINT(name));
        return -1;
    }
    AUTO_BUFFER line;
    buffer_init(&line, SATISFIES_LINE_BYTES_MAX);
    enum line_result result;
    while ((result = line_read(stdin, &line, err)) == LINE_READ) {
        struct view version = buffer_view(&line);
        if (view_starts_with(version, "#"))
            continue;
        struct view range = view_cut(&version, '\t');
        fprintf(call_output(call), "%s\n", answers[range_match(language, order, range, version)]);
    }
    return result == LINE_END ? 0 : -1;
}

const struct command command_satisfies = {
    .name = "satisfies",
    .arguments = "ORDER",
    .summary = "Say whether ranges contain versions",
    .details =
        "Reads lines \"RANGE<tab>VERSION\" from standard input and prints one line for each: 1 if the version is in\n"
        "the range, 0 if it is not or is no version, \"invalid\" if the range cannot be read. Lines that begin with #\n"
        "are skipped.\n"
        "\n"
        "The language of the range is the package manager's own: npm ranges, Cargo and RubyGems requirements, PEP 440\n"
        "specifiers, Maven and NuGet intervals, Composer constraints, and so on. Where it has none, comparisons apart\n"
        "by \",\" or blanks, with \"||\" between alternatives: \">= 1, < 2 || = 3\". ORDER is \"generic\" for versions of no\n"
        "known system, or one of:"
#define VERSION_ORDER(member, name) " " name
#include "version/versions.def"
#undef VERSION_ORDER
        ".",
    .arguments_min = 1,
    .arguments_max = 1,
    .is_plumbing = true,
    .run = run,
};
