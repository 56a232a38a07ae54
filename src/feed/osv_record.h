/* SPDX-License-Identifier: Apache-2.0 */
/* One record in OSV's JSON (schema 1.7) as an advisory. Reads hostile bytes that base/json has validated, in the child that
   parses feeds; makes no system call. */
#ifndef FEED_OSV_RECORD_H
#define FEED_OSV_RECORD_H

#include "advisory/advisory.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

/* Limits of one record, at least ten times what published records need. */
enum {
    OSV_AFFECTED_MAX = 20000,
    OSV_RANGES_MAX = 1000, /* in one affected element */
    OSV_EVENTS_MAX = 10000, /* in one range */
    OSV_VERSIONS_MAX = 50000, /* in one affected element */
    OSV_IDS_MAX = 10000, /* aliases; upstream */
    OSV_RATINGS_MAX = 100, /* in one list of severities */
    OSV_ID_BYTES_MAX = 256,
    OSV_TEXT_BYTES_MAX = 4096, /* a name, a version, a vector */
    OSV_SUMMARY_BYTES_MAX = 500, /* a longer one is cut between characters */
};

/* Copies what we use into the arena. Members that we do not know are ignored, as are malformed ones that no answer depends
   on: an unreadable date of publication, a rating without a score. An unusable record is an error that names its id and
   why: no object, no id, a withdrawal date or an event that cannot be understood, anything over a limit. Elements of
   `affected` without a package are left out, since no installed package can match them.

   The distribution's own words become ratings of their type: {"Ubuntu", "medium"} from ubuntu_priority, {"Debian",
   "unimportant"} from Debian's urgency. Without a summary the first line of the details stands for it. */
bool osv_record_parse(struct arena *arena, struct json record, struct advisory *advisory, struct error *err) MUST_CHECK;

#endif
