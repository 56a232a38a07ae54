/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/account_call.h"
#include "store/accepted_risks.h"

static const struct option options[] = {
    {"all", NULL, "also those that have expired", false},
    DATA_OPTION,
    {"kind", "KIND", "only not-vulnerable, temporary-ignore or wont-fix ones", false},
    ORGANIZATION_OPTION,
    {"vulnerability", "ID", "only those of this vulnerability", false},
    OPTIONS_END,
};

enum { LINE_BYTES_MAX = 64 * 1024 };

static void print_risk(FILE *out, struct arena *arena, const struct accepted_risk_row *row)
{
    AUTO_BUFFER line;
    AUTO_BUFFER shown;
    char created[TIME_TEXT_SIZE], expires[TIME_TEXT_SIZE];
    const struct accepted_risk *risk = &row->risk;
    buffer_init(&line, LINE_BYTES_MAX);
    buffer_init(&shown, 4 * (size_t)LINE_BYTES_MAX);
    buffer_append_format(&line, "%s %-10s %-11s %-16s %-16s %.*s%s", row->uuid.text,
        account_call_day(risk->created_ms, "", created),
        row->is_expired ? "expired" : account_call_day(risk->expires_ms, "never", expires),
        accept_kind_name(risk->kind), accept_reason_name(risk->reason), VIEW_PRINT(accepted_risk_text(arena, risk)),
        risk->until_fixed ? ", until fixed" : "");
    text_append_printable(&shown, buffer_view(&line));
    fprintf(out, "%.*s\n", VIEW_PRINT(buffer_view(&shown)));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct accepted_risk_query query = {.page = {.limit = ACCOUNT_LIST_MAX},
        .vulnerability = call_option(call, "vulnerability"),
        .kind = call_option(call, "kind"),
        .active_only = !call_has_option(call, "all")};
    struct accepted_risk_row *items;
    size_t count;
    bool has_more = true;
    if (!account_call_open(call, &account, err))
        return -1;
    fprintf(
        call_output(call), "%-36s %-10s %-11s %-16s %-16s %s\n", "ID", "ACCEPTED", "EXPIRES", "KIND", "REASON", "WHAT");
    while (has_more) {
        if (!store_list_accepted_risks(
                account.store, account.arena, account.organization.id, &query, &items, &count, &has_more, err))
            return -1;
        for (size_t i = 0; i < count; i++)
            print_risk(call_output(call), account.arena, &items[i]);
        if (count > 0)
            query.page.after = items[count - 1].cursor;
    }
    return 0;
}

const struct command command_risk_list = {
    .name = "risk list",
    .arguments = "",
    .summary = "Show what was accepted",
    .details = "Oldest first: since when, until when, of which kind and for which reason, and what is accepted where.",
    .options = options,
    .run = run,
};
