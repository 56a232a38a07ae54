/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/team_patterns.h"

bool team_pattern_lines(
    const struct command_call *call, struct arena *arena, const char *option, struct view *lines, struct error *err)
{
    struct view value;
    *lines = view_text("");
    for (int i = 0; call_option_at(call, option, i, &value); i++) {
        if (value.size == 0 || view_find(value, '\n') < value.size)
            return error_set(err, ERROR_USAGE, "--%s is a text of one line", option);
        *lines = arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(*lines), i == 0 ? "" : "\n", VIEW_PRINT(value));
    }
    return true;
}

void team_print(const struct command_call *call, const struct team *team)
{
    FILE *out = call_output(call);
    fprintf(
        out, "%-24.*s %7lld %12lld ", VIEW_PRINT(team->name), (long long)team->members, (long long)team->repositories);
    for (struct view rest = team->patterns.prefixes; rest.size > 0;) {
        struct view prefix = view_cut(&rest, '\n');
        fprintf(out, " %.*s…", VIEW_PRINT(prefix));
    }
    for (struct view rest = team->patterns.expressions; rest.size > 0;) {
        struct view expression = view_cut(&rest, '\n');
        fprintf(out, " /%.*s/", VIEW_PRINT(expression));
    }
    fprintf(out, "\n");
}
