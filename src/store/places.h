/* SPDX-License-Identifier: Apache-2.0 */
/* Registries and repositories with what their images have: how many there are, and how many have the worst of each severity. An image
   here is a row of the image list that is an image, at its present digest. */
#ifndef STORE_PLACES_H
#define STORE_PLACES_H

#include "base/uuid.h"
#include "store/images.h"

enum place_kind { PLACE_REGISTRY, PLACE_REPOSITORY };

struct place_row {
    struct view id; /* of a registry: the integration's UUID; of a repository: that, a slash and its name */
    struct view name;
    struct uuid integration_uuid;
    struct view integration_name;
    int64_t repositories; /* of a registry, with images */
    int64_t images;
    int64_t images_by_state[IMAGE_STATE_COUNT];
    int64_t images_by_worst[SEVERITY_COUNT]; /* scanned ones by their most severe vulnerability */
    int64_t images_without_findings; /* scanned ones */
    int64_t exploitable_images; /* with a vulnerability that has a public exploit or is known to be exploited */
    int64_t known_images; /* with one that is known to be exploited */
    int64_t score; /* the highest of its images */
    int64_t scanned_ms; /* the last scan; 0 = none */
    struct view cursor;
};

/* By name upward; the others with the worst first: most images with a critical vulnerability, then with a high one …; most exploitable
   images; highest score; most images. */
enum place_order {
    PLACE_ORDER_NAME,
    PLACE_ORDER_SEVERITY,
    PLACE_ORDER_EXPLOITABLE,
    PLACE_ORDER_SCORE,
    PLACE_ORDER_IMAGES,
    PLACE_ORDER_COUNT
};

/* "name", or falling "-severity" "-exploitable" "-score" "-image_count"; false if there is no such order. */
bool place_order_parse(struct view name, enum place_order *order, bool *is_reversed);
#define PLACE_ORDER_WORDS "name, severity, exploitable, score, image_count"

struct place_query {
    struct page_request page;
    enum place_order order;
    bool is_reversed; /* against the order's own direction */
    struct view search; /* in the name, without regard to case; in double quotes the whole name as it is written */
    struct uuid integration; /* empty text = any */
    struct owner_filter owners; /* of repositories: a registry is what its repositories that pass have */
    struct kind_filter kinds; /* with an image that has a vulnerability that is all of this at once */
};

/* `*total` counts all that the filters let through. */
bool store_list_places(struct store *store, struct arena *arena, int64_t organization, enum place_kind kind,
    const struct place_query *query, struct place_row **rows, size_t *count, size_t *total, bool *has_more,
    struct error *err) MUST_CHECK;

#endif
