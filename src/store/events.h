/* SPDX-License-Identifier: Apache-2.0 */
/* What became known, or changed, about stored images, each change once. An advisory changes a package, and with it all images
   that hold it; a new digest of a tag changes an image; other rules of the matcher may change everything. The first import of a
   feed, the first snapshot of a project and a new version of the matcher are one event each that sums up. EPSS makes none. */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include "base/uuid.h"
#include "package/package.h"
#include "store/owners.h"
#include "store/store.h"

enum event_cause { CAUSE_ADVISORY, CAUSE_IMAGE, CAUSE_RULE, CAUSE_TIME, EVENT_CAUSE_COUNT };
const char *event_cause_name(enum event_cause cause); /* "advisory" "image" "rule" "time" */

enum event_change {
    CHANGE_NEW, /* a vulnerability in an image that was stored already */
    CHANGE_RESOLVED, /* it is gone */
    CHANGE_SEVERITY,
    CHANGE_FIX, /* another fix state or other fixed versions */
    CHANGE_KEV, /* known to be exploited from now on */
    CHANGE_FIRST_IMPORT, /* sums up what the first import of a feed found */
    CHANGE_MATCHER, /* sums up what other rules of the matcher changed */
    CHANGE_FIRST_SNAPSHOT, /* sums up what the first snapshot of a project has */
    CHANGE_VERDICT, /* what the policies say of an image, by advisories or by time alone */
    EVENT_CHANGE_COUNT
};
const char *event_change_name(enum event_change change); /* "new" … "verdict" */
bool event_change_parse(struct view name, enum event_change *change);

/* Images of an event that are named; the others are counted. */
enum { EVENT_IMAGES_MAX = 10 };

struct event_row {
    struct uuid uuid;
    int64_t at_ms;
    int64_t generation;
    enum event_cause cause;
    enum event_change change;
    struct view *vulnerabilities; /* one; of a snapshot several; none in an event that sums up */
    size_t vulnerability_count;
    struct view package; /* purl; empty = not of one package */
    struct view before; /* severity, fix state or verdict; empty = does not apply */
    struct view after;
    int64_t added; /* findings, in events that sum up; vulnerabilities of a snapshot */
    int64_t removed;
    int64_t image_count; /* stored images of the organization that had the package then */
    struct view references[EVENT_IMAGES_MAX]; /* "registry.example.com/team/app:1.2" */
    size_t reference_count;
    struct view cursor;
};

struct event_query {
    struct page_request page;
    unsigned changes; /* set of 1 << CHANGE_…, 0 = all */
    struct view vulnerability; /* exactly this id; empty = all */
    struct owner_filter owners; /* of repositories: of their images alone is told, and nothing is summed up */
};

/* Newest first: events that concern an image of the organization, and those that sum up. */
bool store_list_events(struct store *store, struct arena *arena, int64_t organization, const struct event_query *query,
    struct event_row **items, size_t *count, bool *has_more, struct error *err) MUST_CHECK;

#endif
