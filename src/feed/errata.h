/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of rpm distributions that name the fixed builds: as `updateinfo.xml` of a yum repository, or as OVAL definitions of
   patches. Both become advisories in the same way. Makes no system call but reads. */
#ifndef FEED_ERRATA_H
#define FEED_ERRATA_H

#include "feed/feed.h"

enum {
    ERRATA_UPDATES_MAX = 500 * 1000, /* in a file */
    ERRATA_FIXES_MAX = 50 * 1000, /* of an update */
    ERRATA_IDS_MAX = 10 * 1000, /* vulnerabilities of an update */
};

/* A build that fixes. */
struct erratum_fix {
    struct view name;
    struct view version; /* with release, and with the epoch if it is not 0 */
    struct view module; /* "nodejs:18", MODULE_UNNAMED, or empty */
    struct view architecture; /* empty: any */
};

struct erratum {
    struct view id; /* "ELSA-2024-0001" */
    struct view title;
    struct view severity;
    struct view date;
    struct view platform; /* of OVAL: "Oracle Linux 8"; may be empty */
    bool is_security;
    struct erratum_ids {
        struct view *items;
        size_t count;
        size_t capacity;
    } vulnerabilities;
    struct erratum_fixes {
        struct erratum_fix *items;
        size_t count;
        size_t capacity;
    } fixes;
};

/* What a distribution has of its own. */
struct errata_reading {
    const char *id_prefix; /* of all its updates: "ELSA-" */

    /* The complete ecosystem of a fix: "Oracle Linux:8"; empty: it cannot be told. */
    struct view (*ecosystem)(struct arena *arena, const struct erratum *erratum, const struct erratum_fix *fix);

    /* The first version that the fix is for, "0": all before. Builds of an older stream of the same package are not
       affected. */
    struct view (*introduced)(struct arena *arena, const struct erratum *erratum, const struct erratum_fix *fix);

    bool ignores_architectures; /* builds of one architecture stand for those of all */
    struct feed_sink *sink;
};

/* Reads a document of either kind to its end. Updates that are about no security, or fix nothing, are passed over. */
bool errata_read(const struct errata_reading *reading, struct source *input, struct error *err) MUST_CHECK;

/* One update as an advisory; what cannot be understood of it is a gap. */
bool erratum_write(struct arena *arena, const struct errata_reading *reading, const struct erratum *erratum,
    struct error *err) MUST_CHECK;

#endif
