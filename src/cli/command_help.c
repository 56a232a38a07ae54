/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include <string.h>

static int run(struct command_call *call, struct error *err)
{
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
    .arguments_max = 2,
    .run = run,
};
