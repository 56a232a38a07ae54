/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_call.h"
#include "store/integrations.h"

enum { ROWS_DEFAULT = 100, LINE_BYTES_MAX = 8192, REFERENCE_WIDTH = 48, PLATFORM_WIDTH = 12 };

static const struct option options[] = {
    {"built-before", "TIME", "only images built before this time, 2026-01-31T00:00:00Z", false},
    DATA_OPTION,
    EXPLOITABLE_OPTION,
    HAS_FIX_OPTION,
    {"integration", "NAME", "only those of this connected registry", false},
    KEV_OPTION,
    {"limit", "COUNT", "so many at most (default: 100)", false},
    {"obsolete", NULL, "what the registry had once, instead of what it has", false},
    ORGANIZATION_OPTION,
    OWNER_OPTION,
    {"platform", "PLATFORM", "only this one, linux/amd64", false},
    {"repository", "NAME", "only those of this repository", false},
    {"search", "TEXT",
        "only those with this text in the reference, or a digest that begins so; in double quotes a whole name", false},
    SEVERITY_OPTION,
    {"sort", "ORDER",
        "-score (default), -severity, -exploitable, -vulnerability_count, built_at, reference, created_at", false},
    {"state", "NAME", "only pending, scanned or failed ones", true},
    {"verdict", "NAME", "only no-policy, passed, accepted, could-not-tell or failed ones", true},
    OPTIONS_END,
};

static bool read_sets(const struct command_call *call, struct image_query *query, struct error *err)
{
    struct view name;
    for (int i = 0; call_option_at(call, "state", i, &name); i++) {
        int state = 0;
        while (state < IMAGE_STATE_COUNT && !view_is(name, image_state_name((enum image_state)state)))
            state++;
        if (state == IMAGE_STATE_COUNT)
            return error_set(err, ERROR_USAGE, "\"%.*s\" is none of pending, scanned, failed", VIEW_PRINT(name));
        query->states |= 1u << state;
    }
    for (int i = 0; call_option_at(call, "verdict", i, &name); i++) {
        enum evaluation_outcome outcome;
        if (!evaluation_outcome_parse(name, &outcome))
            return error_set(err, ERROR_USAGE,
                "\"%.*s\" is none of no-policy, passed, accepted, could-not-tell, failed", VIEW_PRINT(name));
        query->outcomes |= 1u << outcome;
    }
    return true;
}

static bool read_query(
    const struct command_call *call, const struct account_call *account, struct image_query *query, struct error *err)
{
    struct integration integration;
    struct view order = call_has_option(call, "sort") ? call_option(call, "sort") : view_text("-score");
    *query = (struct image_query){.search = call_option(call, "search"),
        .repository = call_option(call, "repository"),
        .platform = call_option(call, "platform"),
        .is_obsolete = call_has_option(call, "obsolete")};
    if (!image_order_parse(order, &query->order, &query->is_reversed))
        return error_set(err, ERROR_USAGE,
            "\"%.*s\" is none of " IMAGE_ORDER_WORDS ", with or without a minus before it", VIEW_PRINT(order));
    if (call_has_option(call, "built-before") &&
        !time_parse(call_option(call, "built-before"), &query->built_before_ms, err))
        return error_set(err, ERROR_USAGE, "--built-before is a time as 2026-01-31T00:00:00Z");
    if (call_has_option(call, "integration")) {
        if (!store_find_integration(account->store, account->arena, account->organization.id,
                call_option(call, "integration"), &integration, err))
            return false;
        query->integration = integration.uuid;
    }
    return image_call_limit(call, ROWS_DEFAULT, &query->page.limit, err) &&
           image_call_kinds(call, &query->kinds, err) && read_sets(call, query, err);
}

static void print_row(FILE *out, const struct image_row *row)
{
    static const enum severity shown[] = {
        SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_NEGLIGIBLE};
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
    image_call_append(&line, row->reference, REFERENCE_WIDTH);
    buffer_append_byte(&line, ' ');
    image_call_append(&line, row->platform, PLATFORM_WIDTH);
    if (!row->is_image) {
        buffer_append_text(&line, " not an image: ");
        image_call_append(&line, row->artifact_type, 0);
    } else if (row->state != IMAGE_SCANNED) {
        buffer_append_format(&line, " %s ", image_state_name(row->state));
        image_call_append(&line, row->error, 0);
    } else {
        image_call_append_count(&line, row->counts.score, 6);
        for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
            image_call_append_count(&line, row->counts.by_severity[shown[i]], 6);
        image_call_append_count(&line, row->counts.fixable, 6);
        image_call_append_count(&line, row->counts.exploitable, 8);
        image_call_append_count(&line, row->counts.kev, 5);
        image_call_append_count(&line, row->counts.gaps, 5);
        buffer_append_format(&line, "  %s", evaluation_outcome_name(row->outcome));
    }
    fprintf(out, "%.*s\n", VIEW_PRINT(buffer_view(&line)));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct image_query query;
    struct image_row *rows = NULL;
    size_t count = 0, total = 0;
    bool has_more = false;
    if (!account_call_open(call, &account, err) || !read_query(call, &account, &query, err) ||
        !account_call_owner(call, account.store, account.arena, account.organization.id, &query.owners, err) ||
        !store_list_images(
            account.store, account.arena, account.organization.id, &query, &rows, &count, &total, &has_more, err))
        return -1;
    fprintf(call_output(call), "%-*s %-*s %5s%6s%6s%6s%6s%6s%6s%8s%5s%5s  %s\n", REFERENCE_WIDTH, "IMAGE",
        PLATFORM_WIDTH, "PLATFORM", "SCORE", "CRIT", "HIGH", "MED", "LOW", "NEGL", "FIX", "EXPLOIT", "KEV", "GAPS",
        "VERDICT");
    for (size_t i = 0; i < count; i++)
        print_row(call_output(call), &rows[i]);
    if (total > count)
        fprintf(call_output(call), "%zu of %zu; --limit shows more\n", count, total);
    return 0;
}

const struct command command_image_list = {
    .name = "image list",
    .arguments = "",
    .summary = "Show the images of the server's store, worst first",
    .details =
        "One line an image: a tag at its present digest, times the platforms of an index. Vulnerabilities are counted once an\n"
        "image; a dash means that no feed tells. All filters that are given must be met, those about vulnerabilities by one and\n"
        "the same: --severity critical --has-fix --exploitable. The score's hundreds tell the worst class of vulnerability\n"
        "(9 known to be exploited, 8 with a public exploit, 7 critical with a fix …), the rest how many there are of it.",
    .options = options,
    .run = run,
};
