/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a team's patterns, and a team's line. */
#ifndef CLI_TEAM_PATTERNS_H
#define CLI_TEAM_PATTERNS_H

#include "cli/command.h"
#include "store/teams.h"

#define TEAM_PREFIX_OPTION                                                                                             \
    {                                                                                                                  \
        "prefix", "TEXT", "the team owns repositories whose path begins so; may be repeated", true                     \
    }
#define TEAM_REGEX_OPTION                                                                                              \
    {                                                                                                                  \
        "regex", "RE2", "… or whose path matches this regular expression; may be repeated", true                       \
    }

/* All values of the option, one a line; ERROR_USAGE for one with a line break. */
bool team_pattern_lines(const struct command_call *call, struct arena *arena, const char *option, struct view *lines,
    struct error *err) MUST_CHECK;

void team_print(const struct command_call *call, const struct team *team);

#endif
