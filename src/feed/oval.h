/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions in OVAL 5 (https://oval.mitre.org) about versions of rpm packages, as distributions publish them: a definition
   refers to tests, a test to an object (the package) and a state (the versions). Makes no system call. */
#ifndef FEED_OVAL_H
#define FEED_OVAL_H

#include "feed/errata.h"
#include "feed/xml_stream.h"

enum {
    OVAL_DEFINITIONS_MAX = 500 * 1000,
    OVAL_TESTS_MAX = 20 * 1000, /* of one definition */
};

/* Either definitions of vulnerabilities, or of patches. */
struct oval_reading {
    /* Vulnerabilities: the complete ecosystem of a definition with this version of a package: "Azure Linux:3" of
       "0:1.2-3.azl3"; empty: it cannot be told. */
    struct view (*ecosystem)(struct arena *arena, struct view version);
    const char *id_prefix; /* of advisories: "AZL-" */

    /* Patches: their id is the reference that begins as such ids do; what is earlier than the version of a test is affected,
       and tests about other things are conditions, which their comments tell ("Module nodejs:18 is enabled"). */
    const struct errata_reading *errata; /* NULL = these are vulnerabilities */
    struct feed_sink *sink;
};

struct oval;

/* In the arena; the reading is borrowed. */
struct oval *oval_new(struct arena *arena, const struct oval_reading *reading);
struct xml_stream_handler oval_handler(struct oval *oval);

/* After the document was read: a definition that cannot be understood is a gap. */
bool oval_write(struct oval *oval, struct error *err) MUST_CHECK;

#endif
