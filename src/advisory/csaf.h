/* SPDX-License-Identifier: Apache-2.0 */
/* The Common Security Advisory Framework 2.0 (OASIS): what a document is, whose, and its product tree, flat and by id. Who
   reads it walks the vulnerabilities of the parsed JSON himself. Everything borrows from the JSON document or lives in the
   arena. Pure. */
#ifndef ADVISORY_CSAF_H
#define ADVISORY_CSAF_H

#include "base/error.h"
#include "base/json.h"
#include "base/map.h"

#include <stdint.h>

enum {
    CSAF_PRODUCTS_MAX = 1000 * 1000,
    CSAF_RELATIONS_MAX = 10, /* components inside components */
};

struct csaf_product {
    struct view id;
    struct view name;
    struct view purl;
    struct view cpe;
    struct view range; /* "vers:…", of a branch product_version_range */
    const struct csaf_product *component; /* of a relationship: what it is about; NULL = this is no relationship */
    const struct csaf_product *platform; /* and what it belongs to */
};

struct csaf {
    struct json root;
    struct view category; /* "csaf_vex" */
    struct view id; /* of the tracking */
    struct view publisher;
    struct view title;
    int64_t published_ms; /* initial release; 0 = unknown */
    int64_t modified_ms; /* current release */
    struct map products; /* id → struct csaf_product */
    struct map groups; /* id → struct json: the list of product ids */
};

/* ERROR_INVALID with the reason if it is no such document, names a product that it does not define, or defines one
   twice; ERROR_LIMIT. */
bool csaf_parse(struct arena *arena, struct json root, struct csaf *csaf, struct error *err) MUST_CHECK;

/* NULL if the document does not define it. */
const struct csaf_product *csaf_product(const struct csaf *csaf, struct view id);

/* The innermost component and the outermost platform of a product; both are the product itself if it is no relationship. */
const struct csaf_product *csaf_component(const struct csaf_product *product);
const struct csaf_product *csaf_platform(const struct csaf_product *product);

/* Calls `visit` with each product that an object with product_ids and group_ids (a flag, a remediation, a threat) names;
   `*names_any` tells whether it names some. ERROR_INVALID for an unknown product or group. */
bool csaf_each_product(const struct csaf *csaf, struct json object,
    void (*visit)(void *context, const struct csaf_product *product), void *context, bool *names_any,
    struct error *err) MUST_CHECK;

#endif
