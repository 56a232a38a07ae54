/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/account_call.h"
#include "store/vex_documents.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

enum { LINE_BYTES_MAX = 64 * 1024 };

static void print_document(FILE *out, const struct vex_document_row *row)
{
    AUTO_BUFFER line;
    AUTO_BUFFER shown;
    char issued[TIME_TEXT_SIZE], created[TIME_TEXT_SIZE];
    buffer_init(&line, LINE_BYTES_MAX);
    buffer_init(&shown, 4 * (size_t)LINE_BYTES_MAX);
    buffer_append_format(&line, "%s %-10s %-10s %-8.*s %10lld %.*s, %.*s", row->uuid.text,
        account_call_day(row->issued_ms, "", issued), account_call_day(row->created_ms, "", created),
        VIEW_PRINT(row->format), (long long)row->statements, VIEW_PRINT(row->name), VIEW_PRINT(row->author));
    text_append_printable(&shown, buffer_view(&line));
    fprintf(out, "%.*s\n", VIEW_PRINT(buffer_view(&shown)));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct page_request page = {.limit = ACCOUNT_LIST_MAX};
    struct vex_document_row *items;
    size_t count;
    bool has_more = true;
    if (!account_call_open(call, &account, err))
        return -1;
    fprintf(call_output(call), "%-36s %-10s %-10s %-8s %10s %s\n", "ID", "ISSUED", "IMPORTED", "FORMAT", "STATEMENTS",
        "DOCUMENT, AUTHOR");
    while (has_more) {
        if (!store_list_vex_documents(
                account.store, account.arena, account.organization.id, &page, &items, &count, &has_more, err))
            return -1;
        for (size_t i = 0; i < count; i++)
            print_document(call_output(call), &items[i]);
        if (count > 0)
            page.after = items[count - 1].cursor;
    }
    return 0;
}

const struct command command_vex_list = {
    .name = "vex list",
    .arguments = "",
    .summary = "Show the VEX documents of an organization",
    .details = "Oldest first: when they were issued and imported, and how many statements they have.",
    .options = options,
    .run = run,
};
