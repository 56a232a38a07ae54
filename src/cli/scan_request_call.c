/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_request_call.h"

#include "base/text.h"

#include <time.h>

enum { LOOK_EVERY_MS = 100 };

void scan_request_print(FILE *out, const struct scan_request *request)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER text;
    struct reference reference = {request->host, request->repository, request->tag, {.text = ""}};
    if (request->tag.size == 0)
        reference.digest = request->digest;
    buffer_init(&text, 16 * 1024);
    buffer_append_format(&text, "%-9s  ", scan_request_state_name(request->state));
    text_append_printable(&text, reference_format(arena, &reference));
    buffer_append_format(&text, "  %s", request->uuid.text);
    if (request->position > 0)
        buffer_append_format(&text, "  number %lld in the queue", (long long)request->position);
    if (request->error.size > 0) {
        buffer_append_text(&text, "  ");
        text_append_printable(&text, request->error);
    }
    buffer_append_byte(&text, '\n');
    fwrite(text.data, 1, text.size, out);
    fflush(out);
}

bool scan_request_id(const struct command_call *call, int index, struct uuid *uuid, struct error *err)
{
    struct view text = call_argument(call, index);
    return uuid_parse(text, uuid) ||
           error_set(err, ERROR_USAGE,
               "\"%.*s\" is not the id of a scan request; \"tidewaiter scan-request list\" shows them",
               VIEW_PRINT(text));
}

int scan_request_change(struct command_call *call, scan_request_changer *change, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct uuid uuid;
    struct scan_request request;
    if (!scan_request_id(call, 0, &uuid, err) || !workspace_open(call, false, &workspace, err))
        return -1;
    int64_t organization = workspace.account.organization;
    if (!change(workspace.store, organization, &uuid, workspace.account.user_name, err) ||
        !store_find_scan_request(workspace.store, workspace.arena, organization, &uuid, &request, err))
        return -1;
    scan_request_print(call_output(call), &request);
    return 0;
}

bool scan_request_wait(const struct scan_request_waiting *waiting, struct arena *arena, const struct uuid *uuid,
    struct scan_request *request, struct error *err)
{
    const struct workspace *workspace = waiting->workspace;
    int shown = -1;
    for (int64_t waited_ms = 0; waited_ms <= waiting->seconds_max * 1000; waited_ms += LOOK_EVERY_MS) {
        AUTO_ARENA *scratch = arena_new();
        struct scan_request now;
        if (!store_find_scan_request(workspace->store, scratch, workspace->account.organization, uuid, &now, err))
            return false;
        if ((int)now.state != shown)
            scan_request_print(waiting->out, &now);
        shown = (int)now.state;
        if (scan_request_state_is_final(now.state))
            return store_find_scan_request(
                workspace->store, arena, workspace->account.organization, uuid, request, err);
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
    }
    return error_set(err, ERROR_TIMEOUT,
        "no result after %lld s; a running server does scan requests: tidewaiter serve",
        (long long)waiting->seconds_max);
}
