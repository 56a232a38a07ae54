/* SPDX-License-Identifier: Apache-2.0 */
/* A document of the Common Security Advisory Framework 2.0 (OASIS) as a vendor publishes it for all of his products: up to a
   hundred megabytes and hundreds of thousands of products, so it is read as a stream and only what feeds need is kept.
   (advisory/csaf.h reads the small ones that users write, and checks more.) Product groups are passed over. Makes no system
   call but reads. */
#ifndef FEED_CSAF_DOCUMENT_H
#define FEED_CSAF_DOCUMENT_H

#include "base/arena.h"
#include "base/map.h"
#include "stream/source.h"

#include <stdint.h>

enum {
    CSAF_DOCUMENT_PRODUCTS_MAX = 400 * 1000,
    CSAF_DOCUMENT_MENTIONS_MAX = 4 * 1000 * 1000, /* of products, in all lists of a document */
    CSAF_DOCUMENT_VULNERABILITIES_MAX = 10 * 1000,
    CSAF_DOCUMENT_NOTES_MAX = 10 * 1000, /* remediations, threats and scores of a vulnerability, of each kind */
    CSAF_DOCUMENT_CHAIN_MAX = 10, /* products inside products */
};
#define CSAF_DOCUMENT_BYTES_MAX (UINT64_C(512) << 20)

/* What a document says of a product; if it says several things, the higher one counts. */
enum csaf_status { CSAF_NOT_AFFECTED, CSAF_UNDER_INVESTIGATION, CSAF_AFFECTED, CSAF_FIXED, CSAF_STATUS_COUNT };

struct csaf_item {
    struct view id;
    struct view purl;
    struct view cpe;
    struct csaf_item *component; /* of a relationship; NULL = this is none */
    struct csaf_item *platform;
    bool is_defined; /* by the product tree */
};

struct csaf_mention {
    struct csaf_item *item;
};

struct csaf_items {
    struct csaf_mention *items;
    size_t count;
    size_t capacity;
};

/* A remediation or a threat. */
struct csaf_note {
    struct view category; /* "no_fix_planned" */
    struct view details; /* "Will not fix" */
    struct csaf_items products;
};

struct csaf_notes {
    struct csaf_note *items;
    size_t count;
    size_t capacity;
};

struct csaf_score {
    struct view vectors[3]; /* CVSS 2, 3, 4; empty if there is none */
    size_t product_count;
};

struct csaf_vulnerability {
    struct view cve;
    struct view title;
    struct view release_date;
    struct csaf_items statuses[CSAF_STATUS_COUNT];
    struct csaf_notes remediations;
    struct csaf_notes threats;
    struct csaf_score_list {
        struct csaf_score *items;
        size_t count;
        size_t capacity;
    } scores;
};

struct csaf_document {
    struct view id;
    struct view version; /* of CSAF */
    struct view severity; /* of the whole: "Important" */
    struct view released; /* time of the current release */
    struct map products; /* id → struct csaf_item, also of those that are only mentioned */
    struct csaf_vulnerability_list {
        struct csaf_vulnerability *items;
        size_t count;
        size_t capacity;
    } vulnerabilities;
};

/* Into the arena. ERROR_CORRUPT if it is malformed or cut short, ERROR_UNSUPPORTED for another version, ERROR_INVALID without
   an id, ERROR_LIMIT; or the error of the input. */
bool csaf_document_read(
    struct arena *arena, struct source *input, struct csaf_document *document, struct error *err) MUST_CHECK;

#endif
