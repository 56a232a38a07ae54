/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions of vulnerabilities in OVAL 5 (https://oval.mitre.org) about versions of rpm packages, as distributions
   publish them: a definition refers to tests, a test to an object (the package) and a state (the versions). Read as a
   stream; makes no system call but reads. */
#ifndef FEED_OVAL_H
#define FEED_OVAL_H

#include "feed/feed.h"

enum {
    OVAL_DEFINITIONS_MAX = 500 * 1000,
    OVAL_TESTS_MAX = 1000, /* of one definition */
    OVAL_TEXT_BYTES_MAX = 4096,
    OVAL_DEPTH_MAX = 100,
};

struct oval_reading {
    /* The complete ecosystem of a definition with this version of a package: "Azure Linux:3" of "0:1.2-3.azl3"; empty:
       it cannot be told. */
    struct view (*ecosystem)(struct arena *arena, struct view version);
    const char *id_prefix; /* of advisories: "AZL-" */
    struct feed_sink *sink;
};

/* Reads the input to its end. ERROR_CORRUPT for what is cut short or no such document; a definition that cannot be
   understood is a gap. */
bool oval_read(const struct oval_reading *reading, struct source *input, struct error *err) MUST_CHECK;

#endif
