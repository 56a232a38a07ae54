/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/osv_corrections.h"

#include "feed/osv_record.h"
#include "version/version.h"

static void correct_ecosystem(const struct advisory *advisory, struct affected *affected)
{
    static const struct {
        const char *id_prefix;
        const char *wrong;
        const char *right;
    } rows[] = {
        {"", "kubernetes", "Kubernetes"},
        {"CLEANSTART-", "Alpine", "CleanStart"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (view_starts_with(advisory->id, rows[i].id_prefix) && view_is(affected->ecosystem, rows[i].wrong))
            affected->ecosystem = view_text(rows[i].right);
    }
}

static bool is_distribution(struct view ecosystem)
{
    static const char *const orders[] = {"dpkg", "rpm", "alpine"};
    const struct version_order *order = version_order_for_ecosystem(ecosystem);
    for (size_t i = 0; order != NULL && i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (view_is(view_text(order->name), orders[i]))
            return true;
    }
    return false;
}

static bool names_cve(const struct view *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (view_starts_with(ids[i], "CVE-"))
            return true;
    }
    return false;
}

/* AlmaLinux, Rocky Linux and older records of others have nothing but `related`. */
static void adopt_related(struct arena *arena, struct json record, struct advisory *advisory)
{
    struct json related = json_member(record, "related");
    if (advisory->affected_count == 0 || !is_distribution(advisory->affected[0].ecosystem) ||
        names_cve(&advisory->id, 1) || names_cve(advisory->aliases, advisory->alias_count) ||
        names_cve(advisory->upstream, advisory->upstream_count) || json_count(related) > OSV_IDS_MAX)
        return;
    struct view *upstream = ARENA_ARRAY(arena, struct view, advisory->upstream_count + json_count(related));
    size_t count = 0;
    for (; count < advisory->upstream_count; count++)
        upstream[count] = advisory->upstream[count];
    for (struct json_iterator i = json_each(related); json_next(&i);) {
        struct view id = json_string(i.value);
        if (view_starts_with(id, "CVE-") && id.size <= OSV_ID_BYTES_MAX)
            upstream[count++] = arena_copy(arena, id);
    }
    advisory->upstream = upstream;
    advisory->upstream_count = count;
}

static bool is_of_stream(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '.' || byte == '-' || byte == '_' || byte == '+';
}

/* The first "name:stream" of the summary. "Important: nodejs:18 security update" has one: a blank follows the other colon. */
static struct view stream_in(struct view summary)
{
    for (struct view rest = summary; rest.size > 0;) {
        struct view word = view_cut(&rest, ' ');
        size_t colon = view_find(word, ':');
        size_t end = colon + 1;
        size_t start = colon < word.size ? colon : 0;
        while (start > 0 && is_of_stream(word.data[start - 1]))
            start--;
        while (end < word.size && is_of_stream(word.data[end]))
            end++;
        if (colon < word.size && start < colon && end > colon + 1)
            return view_slice(word, start, end - start);
    }
    return view_text(MODULE_UNNAMED);
}

static bool is_modular(const struct affected *affected)
{
    for (size_t i = 0; i < affected->range_count; i++) {
        const struct range *range = &affected->ranges[i];
        for (size_t j = 0; j < range->event_count; j++) {
            struct view version = range->events[j].version;
            if (view_find_text(version, view_text(".module")) < version.size)
                return true;
        }
    }
    return false;
}

void osv_correct(struct arena *arena, struct json record, struct advisory *advisory)
{
    for (size_t i = 0; i < advisory->affected_count; i++) {
        struct affected *affected = &advisory->affected[i];
        correct_ecosystem(advisory, affected);
        if (is_modular(affected) && is_distribution(affected->ecosystem))
            affected->module = stream_in(advisory->summary);
    }
    adopt_related(arena, record, advisory);
}
