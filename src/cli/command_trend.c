/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_call.h"
#include "store/daily_counters.h"
#include "store/integrations.h"

enum { DAYS_DEFAULT = 30, LINE_BYTES_MAX = 256 };

static const struct option options[] = {
    DATA_OPTION,
    {"integration", "NAME", "only what this connected registry has", false},
    {"limit", "COUNT", "so many days at most (default: 30)", false},
    ORGANIZATION_OPTION,
    {"repository", "NAME", "only what this repository has, with --integration", false},
    OPTIONS_END,
};

static bool read_query(
    const struct command_call *call, const struct account_call *account, struct day_query *query, struct error *err)
{
    struct integration integration;
    *query = (struct day_query){.repository = call_option(call, "repository")};
    if (!image_call_limit(call, DAYS_DEFAULT, &query->page.limit, err))
        return false;
    if (!call_has_option(call, "integration"))
        return query->repository.size == 0 ||
               error_set(
                   err, ERROR_USAGE, "--repository needs --integration: registries may have repositories of one name");
    if (!store_find_integration(account->store, account->arena, account->organization.id,
            call_option(call, "integration"), &integration, err))
        return false;
    query->integration = integration.uuid;
    return true;
}

static int64_t count_threats(const struct day_counters *day, bool is_told, unsigned threats)
{
    return is_told ? tally_count(&day->tally, (struct kind_filter){.threats = threats}) : -1;
}

static void print_day(FILE *out, const struct day_counters *day)
{
    static const enum severity shown[] = {
        SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_NEGLIGIBLE};
    char date[TIME_TEXT_SIZE];
    const struct tally *tally = &day->tally;
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
    buffer_append_text(&line, account_call_day(day->day_ms, "", date));
    image_call_append_count(&line, day->images, 8);
    image_call_append_count(&line, tally->packages, 9);
    image_call_append_count(&line, tally_score(tally), 6);
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        image_call_append_count(&line, tally_count(tally, (struct kind_filter){.severities = 1u << shown[i]}), 6);
    image_call_append_count(&line, tally_count(tally, (struct kind_filter){.fixable = KIND_WITH_FIX}), 6);
    image_call_append_count(&line, count_threats(day, day->has_exploits, 1u << THREAT_EXPLOIT | 1u << THREAT_KNOWN), 8);
    image_call_append_count(&line, count_threats(day, day->has_kev, 1u << THREAT_KNOWN), 5);
    fprintf(out, "%.*s\n", VIEW_PRINT(buffer_view(&line)));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct day_query query;
    struct day_counters *rows = NULL;
    size_t count = 0;
    bool has_more = false;
    if (!account_call_open(call, &account, err) || !read_query(call, &account, &query, err) ||
        !store_list_days(account.store, account.arena, account.organization.id, &query, &rows, &count, &has_more, err))
        return -1;
    fprintf(call_output(call), "%-10s%8s%9s%6s%6s%6s%6s%6s%6s%6s%8s%5s\n", "DAY", "IMAGES", "PACKAGES", "SCORE", "CRIT",
        "HIGH", "MED", "LOW", "NEGL", "FIX", "EXPLOIT", "KEV");
    for (size_t i = 0; i < count; i++)
        print_day(call_output(call), &rows[i]);
    return 0;
}

const struct command command_trend = {
    .name = "trend",
    .arguments = "",
    .summary = "Show what an organization, a registry or a repository had day by day",
    .details =
        "Newest first, a line for each day (UTC) on which a running server counted: different images, their packages, and each\n"
        "vulnerability once over all of them. The present day is counted again every hour; days are kept for 400 days. A dash\n"
        "means that no feed told.",
    .options = options,
    .run = run,
};
