/* SPDX-License-Identifier: Apache-2.0 */
/* The help of all commands as one page: Markdown for docs/reference/commands.md, roff for the man page. Both come from
   the command structs and the table of error codes, so that they say what --help says. */
#ifndef CLI_HELP_FORMATS_H
#define CLI_HELP_FORMATS_H

#include <stdio.h>

void help_print_markdown(FILE *out);

/* man(7) macros, section 1. */
void help_print_man(FILE *out);

#endif
