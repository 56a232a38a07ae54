/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "cli/account_call.h"
#include "finding/risk_vex.h"
#include "store/accepted_risks.h"
#include "store/risk_packages.h"

enum { DOCUMENT_MAX = 64 << 20 };

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

struct export
{
    struct account_call *account;
    struct json_writer writer;
    size_t written;
    size_t left_out;
};

static bool write_risks(struct export *export, const struct accepted_risk_row *items, size_t count, struct error *err)
{
    struct account_call *account = export->account;
    for (size_t i = 0; i < count; i++) {
        struct view *purls = NULL;
        size_t purl_count = 0;
        if (items[i].risk.vulnerability.size > 0 &&
            !store_list_risk_packages(
                account->store, account->arena, account->organization.id, &items[i].risk, &purls, &purl_count, err))
            return false;
        bool is_written = risk_write_statement(account->arena, &items[i].risk, purls, purl_count, &export->writer);
        export->written += is_written;
        export->left_out += !is_written;
    }
    return true;
}

static void begin_document(struct export *export)
{
    char now[TIME_TEXT_SIZE];
    struct uuid uuid;
    uuid_new(&uuid);
    time_format(store_now_ms(export->account->store), now);
    json_begin_object(&export->writer);
    json_pair_text(&export->writer, "@context", "https://openvex.dev/ns/v0.2.0");
    json_pair(&export->writer, "@id", arena_format(export->account->arena, "urn:uuid:%s", uuid.text));
    json_pair(&export->writer, "author", export->account->organization.name);
    json_pair_text(&export->writer, "timestamp", now);
    json_pair_integer(&export->writer, "version", 1);
    json_key(&export->writer, "statements");
    json_begin_array(&export->writer);
}

static bool write_all(struct export *export, struct error *err)
{
    struct accepted_risk_query query = {.page = {.limit = ACCOUNT_LIST_MAX}, .active_only = true};
    bool has_more = true;
    while (has_more) {
        struct accepted_risk_row *items;
        size_t count;
        if (!store_list_accepted_risks(export->account->store, export->account->arena, export->account->organization.id,
                &query, &items, &count, &has_more, err) ||
            !write_risks(export, items, count, err))
            return false;
        if (count > 0)
            query.page.after = items[count - 1].cursor;
    }
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    AUTO_BUFFER text;
    struct export export = {.account = &account};
    buffer_init(&text, DOCUMENT_MAX);
    json_writer_init(&export.writer, &text);
    if (!account_call_open(call, &account, err))
        return -1;
    begin_document(&export);
    if (!write_all(&export, err))
        return -1;
    json_end_array(&export.writer);
    json_end_object(&export.writer);
    if (!buffer_check(&text, "OpenVEX document", err))
        return -1;
    if (export.written == 0)
        return error_set(err, ERROR_NOT_FOUND,
                   "there is no accepted risk that OpenVEX can say: it speaks of a "
                   "vulnerability in a package or an image")
                   ? 0
                   : -1;
    fprintf(call_output(call), "%.*s\n", VIEW_PRINT(buffer_view(&text)));
    if (export.left_out > 0)
        fprintf(stderr, "%zu accepted risks are left out: OpenVEX speaks of a vulnerability in a package or an image\n",
            export.left_out);
    return 0;
}

const struct command command_risk_export = {
    .name = "risk export",
    .arguments = "",
    .summary = "Print accepted risks as an OpenVEX document",
    .details =
        "One statement for each that names a vulnerability: not_affected where the kind is not-vulnerable, else affected\n"
        "with what was decided. Products are the image, if the risk names one, and the stored packages that have it.",
    .options = options,
    .run = run,
};
