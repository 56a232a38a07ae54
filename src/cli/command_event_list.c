/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/account_call.h"
#include "store/events.h"

enum { EVENTS_DEFAULT = 100 };

static const struct option options[] = {
    {"change", "NAME",
        "only new, resolved, severity, fix, known-exploited, first-import, matcher, first-snapshot or verdict", true},
    DATA_OPTION,
    {"limit", "COUNT", "so many at most (default: 100)", false},
    ORGANIZATION_OPTION,
    OWNER_OPTION,
    {"vulnerability", "ID", "only events of this vulnerability", false},
    OPTIONS_END,
};

static bool read_query(const struct command_call *call, struct event_query *query, struct error *err)
{
    int64_t limit = EVENTS_DEFAULT;
    struct view name;
    if (call_has_option(call, "limit") &&
        (!view_to_integer(view_text(call_option_text(call, "limit")), &limit) || limit < 1 || limit > PAGE_LIMIT_MAX))
        return error_set(err, ERROR_USAGE, "--limit is a number from 1 to %d", PAGE_LIMIT_MAX);
    *query = (struct event_query){
        .page = {.limit = (int)limit}, .vulnerability = view_text(call_option_text(call, "vulnerability"))};
    for (int i = 0; call_option_at(call, "change", i, &name); i++) {
        enum event_change change;
        if (!event_change_parse(name, &change))
            return error_set(err, ERROR_USAGE, "there is no change \"%.*s\"", VIEW_PRINT(name));
        query->changes |= 1u << change;
    }
    return true;
}

/* "high → critical", "+3 -1"; "" if nothing of the kind applies. */
static void append_values(struct buffer *line, const struct event_row *event)
{
    if (event->before.size + event->after.size > 0)
        buffer_append_format(line, " %.*s%s%.*s", VIEW_PRINT(event->before),
            event->before.size > 0 && event->after.size > 0 ? " -> " : "", VIEW_PRINT(event->after));
    if (event->added > 0)
        buffer_append_format(line, " +%lld", (long long)event->added);
    if (event->removed > 0)
        buffer_append_format(line, " -%lld", (long long)event->removed);
}

static void print_event(FILE *out, const struct event_row *event)
{
    enum { LINE_BYTES_MAX = 4096 };
    char time[TIME_TEXT_SIZE];
    AUTO_BUFFER line;
    AUTO_BUFFER shown;
    buffer_init(&line, LINE_BYTES_MAX);
    buffer_init(&shown, 4 * (size_t)LINE_BYTES_MAX);
    time_format(event->at_ms, time);
    buffer_append_format(
        &line, "%.16s %-8s %-15s", time, event_cause_name(event->cause), event_change_name(event->change));
    if (event->vulnerability_count > 0)
        buffer_append_format(&line, " %.*s", VIEW_PRINT(event->vulnerabilities[0]));
    if (event->vulnerability_count > 1)
        buffer_append_format(&line, " and %zu more", event->vulnerability_count - 1);
    append_values(&line, event);
    if (event->package.size > 0)
        buffer_append_format(&line, " in %.*s", VIEW_PRINT(event->package));
    if (event->image_count > 0)
        buffer_append_format(&line, " (%lld image%s: %.*s%s)", (long long)event->image_count,
            event->image_count == 1 ? "" : "s",
            VIEW_PRINT(event->reference_count > 0 ? event->references[0] : view_text("not shown any more")),
            event->image_count > 1 ? ", ..." : "");
    text_append_printable(&shown, buffer_view(&line));
    fprintf(out, "%.*s\n", VIEW_PRINT(buffer_view(&shown)));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct event_query query;
    struct event_row *items;
    size_t count;
    bool has_more;
    if (!read_query(call, &query, err) || !account_call_open(call, &account, err) ||
        !account_call_owner(call, account.store, account.arena, account.organization.id, &query.owners, err) ||
        !store_list_events(
            account.store, account.arena, account.organization.id, &query, &items, &count, &has_more, err))
        return -1;
    for (size_t i = 0; i < count; i++)
        print_event(call_output(call), &items[i]);
    return 0;
}

const struct command command_event_list = {
    .name = "event list",
    .arguments = "",
    .summary = "Show what became known, or changed, about stored images",
    .details =
        "Newest first: vulnerabilities that are new in images stored already, or gone; other severities and fixes; those that\n"
        "entered CISA's list of what is known to be exploited; and what a new digest of a tag brought. The first import of\n"
        "a feed, the first snapshot of a project and a new version of the matcher are one line each. EPSS makes no event.",
    .options = options,
    .run = run,
};
