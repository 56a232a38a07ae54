/* SPDX-License-Identifier: Apache-2.0 */
/* Subcommands of the one executable. A row in commands.def and a file command_<name>.c make one; parser, --help, man page
   and completions come from these structs. A command parses nothing itself: it asks for options by name. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/error.h"
#include "base/view.h"

#include <stdio.h>

struct option {
    const char *name; /* "format": --format VALUE or --format=VALUE */
    const char *argument; /* "table|json"; NULL = a switch without value */
    const char *help; /* one line, lower case, no full stop */
    bool is_repeatable; /* may be given several times */
};

#define OPTIONS_END                                                                                                    \
    {                                                                                                                  \
        NULL, NULL, NULL, false                                                                                        \
    }

struct command_call;

struct command {
    const char *name; /* "feed update": one or two words */
    const char *arguments; /* "REF", "IMAGE CVE", ""; [X] = optional, X… = one or more */
    const char *summary; /* one line for the list of commands */
    const char *details; /* paragraphs for --help and the man page; lines of at most 100 columns */
    const struct option *options; /* ends with OPTIONS_END; NULL = none */
    int arguments_min;
    int arguments_max;
    bool is_plumbing; /* for scripts: listed apart */
    /* Returns the exit status. On failure fills `err` and returns -1: the caller prints one line and maps the code. */
    int (*run)(struct command_call *call, struct error *err);
};

/* Positional argument `index`; empty if it was not given. */
struct view call_argument(const struct command_call *call, int index);

/* Value of an option; empty if it was not given (or is a switch). The last one wins. */
struct view call_option(const struct command_call *call, const char *name);
bool call_has_option(const struct command_call *call, const char *name);

/* The same as a C string; NULL if it was not given. */
const char *call_option_text(const struct command_call *call, const char *name);

/* The value of an option that is yes or no; `*is_yes` stays as it was if it was not given. ERROR_USAGE for another word. */
bool call_yes_or_no(const struct command_call *call, const char *name, bool *is_yes, struct error *err) MUST_CHECK;

/* All values of a repeatable option: call with index 0, 1, … until false. */
bool call_option_at(const struct command_call *call, const char *name, int index, struct view *value);

/* Where commands print their result; stdout unless a test redirects it. */
FILE *call_output(const struct command_call *call);

#endif
