/* SPDX-License-Identifier: Apache-2.0 */
/* `tidewaiter scan --server`: the server scans what it can reach, and judges by its own advisories and policies what only this
   machine can read. */
#ifndef CLI_SCAN_BY_SERVER_H
#define CLI_SCAN_BY_SERVER_H

#include "cli/command.h"

#define SCAN_SERVER_OPTION                                                                                             \
    {                                                                                                                  \
        "server", "URL", "let this server scan, or judge what is inventoried here", false                              \
    }

/* Exit status as of a scan; -1 with an error. */
int scan_by_server(struct command_call *call, struct error *err);

#endif
