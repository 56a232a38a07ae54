/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/account_call.h"
#include "store/vulnerability_policies.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

enum { LINE_BYTES_MAX = 4096 };

static void print_policy(FILE *out, const struct policy_row *row, const struct vulnerability_policy *policy)
{
    AUTO_BUFFER line;
    AUTO_BUFFER shown;
    char updated[TIME_TEXT_SIZE];
    const char *separator = "";
    size_t rules = 0;
    buffer_init(&line, LINE_BYTES_MAX);
    buffer_init(&shown, 4 * (size_t)LINE_BYTES_MAX);
    for (size_t i = 0; i < policy->bundle_count; i++)
        rules += policy->bundles[i].rule_count;
    buffer_append_format(&line, "%-32.*s %7zu %6zu %-11s ", VIEW_PRINT(row->name), policy->bundle_count, rules,
        account_call_day(row->updated_ms, "", updated));
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        if (!policy->has_stage[i])
            continue;
        buffer_append_format(&line, "%s%s", separator, stage_names[i]);
        separator = ",";
    }
    text_append_printable(&shown, buffer_view(&line));
    fprintf(out, "%.*s\n", VIEW_PRINT(buffer_view(&shown)));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    const struct policy_query query = {.page = {.limit = ACCOUNT_LIST_MAX}};
    struct policy_row *items;
    size_t count;
    bool has_more;
    if (!account_call_open(call, &account, err) || !store_list_policies(account.store, account.arena,
                                                       account.organization.id, &query, &items, &count, &has_more, err))
        return -1;
    fprintf(call_output(call), "%-32s %7s %6s %-11s %s\n", "NAME", "BUNDLES", "RULES", "CHANGED", "STAGES");
    for (size_t i = 0; i < count; i++) {
        struct view document;
        struct vulnerability_policy policy;
        if (!store_resolve_policy(
                account.store, account.arena, account.organization.id, view_text(items[i].uuid.text), &document, err) ||
            !vulnerability_policy_parse_text(account.arena, document, &policy, err))
            return -1;
        print_policy(call_output(call), &items[i], &policy);
    }
    return 0;
}

const struct command command_policy_list = {
    .name = "policy list",
    .arguments = "",
    .summary = "Show the vulnerability policies of an organization",
    .details = "With how many bundles and rules each has, and the stages at which it is asked without being named.",
    .options = options,
    .run = run,
};
