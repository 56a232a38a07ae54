/* SPDX-License-Identifier: Apache-2.0 */
/* The Debian security tracker (https://security-tracker.debian.org/tracker/data/json): package → CVE → release → status. It
   tells what advisories do not: what is open, why there will be no advisory, and what was never affected. */
#include "base/text.h"
#include "feed/feed.h"
#include "feed/json_items.h"
#include "feed/unpacked.h"

enum {
    PACKAGES_MAX = 200 * 1000,
    PACKAGE_BYTES_MAX = 16 * 1024 * 1024, /* of the kernel, with some 5,000 entries: 5 MB */
    DESCRIPTION_BYTES_MAX = 500,
    NAME_BYTES_MAX = 256,
};
#define TRACKER_BYTES_MAX (UINT64_C(512) << 20)

struct tracker {
    struct feed_sink *sink;
    struct arena *arena; /* of one CVE in one package */
};

/* Codenames of releases; unstable has no number, and nothing built from it is a release. */
static const char *release_of(struct view codename)
{
    static const char *const rows[][2] = {{"wheezy", "7"}, {"jessie", "8"}, {"stretch", "9"}, {"buster", "10"},
        {"bullseye", "11"}, {"bookworm", "12"}, {"trixie", "13"}, {"forky", "14"}, {"duke", "15"}, {"sid", "sid"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (view_is(codename, rows[i][0]))
            return rows[i][1];
    }
    return NULL;
}

/* Why there is no fix: what the security team decided, else the urgency ("end-of-life", "unimportant"). */
static struct view status_of(struct json release)
{
    struct view reason = json_member_string(release, "nodsa_reason");
    struct view urgency = json_member_string(release, "urgency");
    if (view_is(json_member_string(release, "status"), "undetermined"))
        return view_text("undetermined");
    if (view_is(urgency, "end-of-life") || view_is(urgency, "unimportant"))
        return urgency;
    if (reason.size > 0)
        return reason;
    return json_member_string(release, "nodsa").size > 0 ? view_text("no-dsa") : urgency;
}

/* "resolved" has the fixed version, "0" if the release was never affected. "undetermined" says nothing of any version. */
static bool add_range(struct arena *arena, struct json release, struct affected *affected)
{
    struct view status = json_member_string(release, "status");
    struct view fixed = json_member_string(release, "fixed_version");
    bool is_resolved = view_is(status, "resolved");
    if (view_is(status, "undetermined"))
        return true;
    if ((!is_resolved && !view_is(status, "open")) || (is_resolved && fixed.size == 0) || fixed.size > NAME_BYTES_MAX)
        return false;
    struct range *range = ARENA_NEW(arena, struct range);
    range->type = RANGE_ECOSYSTEM;
    range->events = ARENA_ARRAY(arena, struct range_event, 2);
    range->events[range->event_count++] = (struct range_event){EVENT_INTRODUCED, view_text("0")};
    if (is_resolved)
        range->events[range->event_count++] = (struct range_event){EVENT_FIXED, fixed};
    affected->ranges = range;
    affected->range_count = 1;
    return true;
}

static bool add_release(
    struct tracker *tracker, struct view package, struct view codename, struct json release, struct advisory *advisory)
{
    const char *number = release_of(codename);
    struct view urgency = json_member_string(release, "urgency");
    if (number == NULL)
        return true;
    struct affected *affected = &advisory->affected[advisory->affected_count];
    *affected = (struct affected){
        .ecosystem = arena_format(tracker->arena, "Debian:%s", number),
        .name = package,
        .status = status_of(release),
    };
    if (affected->status.size > NAME_BYTES_MAX || urgency.size > NAME_BYTES_MAX ||
        !add_range(tracker->arena, release, affected))
        return false;
    bool is_rated = urgency.size > 0 && !view_is(urgency, "end-of-life") && !view_is(urgency, "not yet assigned");
    if (is_rated) {
        affected->ratings = ARENA_NEW(tracker->arena, struct severity_rating);
        *affected->ratings = (struct severity_rating){.type = view_text("Debian"), .score = urgency};
        affected->rating_count = 1;
    }
    advisory->affected_count++;
    return true;
}

/* The tracker has an entry for each package, so the package makes the id unique; the CVE is what it is about. */
static bool read_entry(
    struct tracker *tracker, struct view package, struct view id, struct json entry, struct error *err)
{
    struct feed_sink *sink = tracker->sink;
    struct json releases = json_member(entry, "releases");
    arena_reset(tracker->arena);
    struct advisory advisory = {
        .id = arena_format(tracker->arena, "%.*s/%.*s", VIEW_PRINT(id), VIEW_PRINT(package)),
        .summary = text_cut(json_member_string(entry, "description"), DESCRIPTION_BYTES_MAX),
        .affected = ARENA_ARRAY(tracker->arena, struct affected, json_count(releases)),
    };
    if (id.size == 0 || id.size > NAME_BYTES_MAX || package.size > NAME_BYTES_MAX)
        return sink->gap(
            sink, view_slice(id, 0, NAME_BYTES_MAX), view_text("its name is too long, or it has none"), err);
    advisory.upstream = &id;
    advisory.upstream_count = 1;
    if (!view_starts_with(id, "CVE-")) { /* "TEMP-0000000-A1B2C3": no other package has it */
        advisory.id = id;
        advisory.upstream_count = 0;
    }
    for (struct json_iterator i = json_each(releases); json_next(&i);) {
        if (!add_release(tracker, package, i.key, i.value, &advisory))
            return sink->gap(sink, advisory.id, view_text("the status of a release cannot be understood"), err);
    }
    return advisory.affected_count == 0 || sink->advisory(sink, &advisory, err);
}

static bool read_package(void *context, struct view package, struct json entries, struct error *err)
{
    struct tracker *tracker = context;
    for (struct json_iterator i = json_each(entries); json_next(&i);) {
        if (!read_entry(tracker, package, i.key, i.value, err))
            return false;
    }
    return true;
}

static bool read_tracker(struct source *input, struct feed_sink *sink, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct tracker tracker = {sink, arena};
    struct json_items_reading reading = {
        .items_max = PACKAGES_MAX,
        .item_bytes_max = PACKAGE_BYTES_MAX,
        .member = read_package,
        .context = &tracker,
    };
    AUTO_SOURCE *content = unpacked(input, TRACKER_BYTES_MAX, "the tracker's data");
    return json_items_read(&reading, content, err);
}

const struct feed feed_debian = {
    .name = "debian",
    .address = "https://security-tracker.debian.org/tracker/data",
    .only_ecosystem = "Debian",
    .records = {.name = "json", .bytes_max = TRACKER_BYTES_MAX, .read = read_tracker},
};
