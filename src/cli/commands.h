/* SPDX-License-Identifier: Apache-2.0 */
/* All rows of commands.def. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command *const commands[];
extern const size_t command_count;

/* Finds the command that the words start with; `*used` is how many words name it. NULL if there is none. */
const struct command *command_find(int count, char **words, int *used);

/* Prints the help of one command, or the list of all if NULL. */
void command_print_help(const struct command *command, FILE *out);

/* Parses the words after the command's name and runs it; returns the exit status. */
int command_run(const struct command *command, int count, char **words, FILE *out);

#endif
