/* SPDX-License-Identifier: Apache-2.0 */
/* Scan requests as the commands about them show and name them. */
#ifndef CLI_SCAN_REQUEST_CALL_H
#define CLI_SCAN_REQUEST_CALL_H

#include "cli/workspace.h"
#include "store/scan_requests.h"

/* "done  registry.example.com/team/app:1.2  ID", with the place in the queue or the reason behind it. */
void scan_request_print(FILE *out, const struct scan_request *request);

/* The id that argument `index` gives. ERROR_USAGE. */
bool scan_request_id(const struct command_call *call, int index, struct uuid *uuid, struct error *err) MUST_CHECK;

/* What cancel and retry are: asks the store to change the request that the first argument names, and prints it. The command's
   exit status. */
typedef bool scan_request_changer(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err);
int scan_request_change(struct command_call *call, scan_request_changer *change, struct error *err);

/* Prints the request whenever it has got further, until it has ended. `*request` is its end. ERROR_TIMEOUT. */
struct scan_request_waiting {
    const struct workspace *workspace;
    FILE *out;
    int64_t seconds_max;
};
bool scan_request_wait(const struct scan_request_waiting *waiting, struct arena *arena, const struct uuid *uuid,
    struct scan_request *request, struct error *err) MUST_CHECK;

#endif
