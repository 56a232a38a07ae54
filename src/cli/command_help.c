/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/help_formats.h"

static const struct option options[] = {
    {"format", "text|markdown|man", "how to print (default: text); the others print all commands as one page", false},
    OPTIONS_END,
};

/* False if the format is none, or does not go with one command. */
static bool print_page(struct command_call *call, struct error *err)
{
    struct view format = call_option(call, "format");
    if (call_argument(call, 0).size > 0)
        return error_set(err, ERROR_USAGE, "--format markdown and man print all commands, not one");
    if (view_is(format, "markdown"))
        help_print_markdown(call_output(call));
    else if (view_is(format, "man"))
        help_print_man(call_output(call));
    else
        return error_set(err, ERROR_USAGE, "--format is text, markdown or man, not \"%.*s\"", VIEW_PRINT(format));
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    if (call_has_option(call, "format") && !view_is(call_option(call, "format"), "text"))
        return print_page(call, err) ? 0 : -1;
    char first[64], second[64];
    snprintf(first, sizeof(first), "%.*s", VIEW_PRINT(call_argument(call, 0)));
    snprintf(second, sizeof(second), "%.*s", VIEW_PRINT(call_argument(call, 1)));
    char *words[] = {first, second};
    int used = 0;
    int count = first[0] == '\0' ? 0 : second[0] == '\0' ? 1 : 2;
    const struct command *command = command_find(count, words, &used);
    if (count > 0 && (command == NULL || used != count)) {
        error_set(err, ERROR_USAGE, "there is no command \"%s%s%s\"", first, count == 2 ? " " : "", second);
        return -1;
    }
    command_print_help(command, call_output(call));
    return 0;
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "Print the list of commands, or the help of one",
    .options = options,
    .arguments_max = 2,
    .run = run,
};
