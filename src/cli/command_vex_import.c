/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "scan/vex.h"
#include "store/vex_documents.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

/* The document, read in the sandboxed child. */
static bool read_document(
    struct arena *arena, struct view path, struct vex_set *set, struct vex_statements *statements, struct error *err)
{
    struct sandbox *sandbox = NULL;
    if (!sandbox_start(SANDBOX_REQUIRED, &sandbox, err))
        return false;
    vex_set_init(set, arena);
    bool is_read = vex_set_read_file(set, sandbox, path, err);
    sandbox_stop(sandbox);
    if (!is_read)
        return false;
    *statements = (struct vex_statements){.header = set->documents[0]->header,
        .claims = ARENA_ARRAY(arena, struct vex_claim, set->entries.count),
        .claim_count = set->entries.count};
    for (size_t i = 0; i < set->entries.count; i++)
        statements->claims[i] = set->entries.items[i]->claim;
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct vex_set set;
    struct vex_statements statements;
    struct vex_document_row made;
    struct view path = call_argument(call, 0);
    if (!account_call_open(call, &account, err) || !read_document(account.arena, path, &set, &statements, err))
        return -1;
    if (!store_import_vex(account.store, account.arena, account.organization.id, &statements, account.who, &made, err))
        return error_wrap(err, "VEX document \"%.*s\"", VIEW_PRINT(path)) ? 0 : -1;
    fprintf(call_output(call), "imported %s: %lld statements\n", made.uuid.text, (long long)made.statements);
    return 0;
}

const struct command command_vex_import = {
    .name = "vex import",
    .arguments = "FILE",
    .summary = "Apply an OpenVEX or CSAF document to an organization's images",
    .details =
        "What it says is not affected or fixed is accepted in the images that it names, of the kind not-vulnerable, with\n"
        "document, statement and author as the reason, until the document is deleted. A later version of a document, by its\n"
        "id, takes the place of the one that is there.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
