/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "cli/document_file.h"
#include "finding/risk_vex.h"
#include "store/accepted_risks.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

struct risk_list {
    struct accepted_risk *items;
    size_t count;
    size_t capacity;
};

struct import {
    struct vex_reader reader; /* first */
    struct arena *arena;
    struct vex_header header;
    struct risk_list known; /* that are there already */
    struct risk_list risks;
    size_t skipped; /* statements that accept nothing */
};

static bool take_header(struct vex_reader *reader, const struct vex_header *header, struct error *err)
{
    struct import *import = (struct import *)reader;
    (void)err;
    import->header = *header;
    return true;
}

static bool has_risk(const struct risk_list *list, const struct accepted_risk *risk)
{
    for (size_t i = 0; i < list->count; i++) {
        if (risk_is_same(&list->items[i], risk))
            return true;
    }
    return false;
}

static bool take_claim(struct vex_reader *reader, const struct vex_claim *claim, struct error *err)
{
    struct import *import = (struct import *)reader;
    struct accepted_risk risk;
    if (!risk_from_vex(import->arena, &import->header, claim, &risk)) {
        import->skipped++;
        return true;
    }
    if (has_risk(&import->known, &risk) || has_risk(&import->risks, &risk))
        return true;
    if (import->risks.count == ACCEPTED_RISKS_MAX)
        return error_set(err, ERROR_LIMIT, "the document has more than %d statements to import", ACCEPTED_RISKS_MAX);
    *(struct accepted_risk *)ARENA_PUSH(import->arena, &import->risks) = risk;
    return true;
}

static bool read_known(struct account_call *account, struct import *import, struct error *err)
{
    struct accepted_risk_query query = {.page = {.limit = ACCOUNT_LIST_MAX}, .active_only = true};
    bool has_more = true;
    while (has_more) {
        struct accepted_risk_row *items;
        size_t count;
        if (!store_list_accepted_risks(
                account->store, account->arena, account->organization.id, &query, &items, &count, &has_more, err))
            return false;
        for (size_t i = 0; i < count; i++)
            *(struct accepted_risk *)ARENA_PUSH(account->arena, &import->known) = items[i].risk;
        if (count > 0)
            query.page.after = items[count - 1].cursor;
    }
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    AUTO_JSON *document = json_document_new();
    struct import import = {.reader = {.header = take_header, .claim = take_claim}};
    struct accepted_risk_row *made;
    struct json root;
    struct view text;
    if (!account_call_open(call, &account, err) || !read_known(&account, &import, err))
        return -1;
    const char *path = arena_text(account.arena, call_argument(call, 0));
    import.arena = account.arena;
    if (!document_file_read(account.arena, path, &text, err) ||
        !json_parse(document, text, DOCUMENT_JSON_BYTES_MAX, "OpenVEX document", &root, err) ||
        !vex_read_openvex(account.arena, root, &import.reader, err))
        return error_wrap(err, "\"%s\"", path) ? 0 : -1;
    if (!store_accept_risks(account.store, account.arena, account.organization.id, import.risks.items,
            import.risks.count, account.who, &made, err))
        return -1;
    fprintf(
        call_output(call), "%zu risks accepted; %zu statements accept nothing\n", import.risks.count, import.skipped);
    return 0;
}

const struct command command_risk_import = {
    .name = "risk import",
    .arguments = "FILE",
    .summary = "Accept what an OpenVEX document says is not vulnerable",
    .details =
        "Statements with the status not_affected or fixed about packages (package URLs) or images (pkg:oci/…) become accepted\n"
        "risks of the kind not-vulnerable; what is there already is not made twice. That something is affected or under\n"
        "investigation accepts nothing.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
