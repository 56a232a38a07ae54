/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

static int run(struct command_call *call, struct error *err)
{
    (void)err;
    fprintf(call_output(call), "tidewaiter %s\n", TIDEWAITER_VERSION);
    return 0;
}

const struct command command_version = {
    .name = "version",
    .arguments = "",
    .summary = "Print the version",
    .run = run,
};
