/* SPDX-License-Identifier: Apache-2.0 */
/* Base images: what an image was built on, custom base images that an organization offers to its builders, and what an update of
   the base would remove. */
#ifndef STORE_BASE_IMAGES_H
#define STORE_BASE_IMAGES_H

#include "store/base_versions.h"
#include "store/images.h"

#define BASE_IMAGES_MAX 10000 /* of an organization */
#define BASE_LABEL_BYTES_MAX 255

/* A project (repository and tag) that others are built on. Its versioning is that of its whole repository. */
struct base_image {
    struct uuid uuid;
    struct uuid project;
    struct view repository; /* with the host of its registry: "registry.example.com/team/base" */
    struct view tag;
    bool is_recommended; /* it may be offered as an update */
    enum base_schema schema;
    struct view expression; /* of BASE_SCHEMA_CUSTOM */
    struct view label; /* what people call that; may be empty */
    bool is_selected; /* of BASE_SCHEMA_SINGLE_SELECTION: the only one of its repository */
    struct view cursor;
};

/* What a base image is made of, or what changes of it. */
struct base_image_change {
    struct uuid project; /* of a new one */
    bool has_recommended;
    bool is_recommended;
    bool has_schema; /* the following count, for the repository */
    enum base_schema schema;
    struct view expression;
    struct view label;
    bool is_selected;
};

/* ERROR_NOT_FOUND without such a project, ERROR_CONFLICT if it is a base image already, ERROR_INVALID for an expression that is
   wrong, or a tag that is no version by the schema. */
bool store_add_base_image(struct store *store, struct arena *arena, int64_t organization,
    const struct base_image_change *given, struct view who, struct base_image *made, struct error *err) MUST_CHECK;
bool store_edit_base_image(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct base_image_change *change, struct view who, struct base_image *edited, struct error *err) MUST_CHECK;
bool store_remove_base_image(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err) MUST_CHECK;
bool store_find_base_image(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct base_image *image, struct error *err) MUST_CHECK;

enum base_order {
    BASE_ORDER_CREATED,
    BASE_ORDER_REPOSITORY, /* and by tag in it */
    BASE_ORDER_TAG, /* and by repository with equal ones */
    BASE_ORDER_VERSION, /* by repository, and in it by its versioning schema */
    BASE_ORDER_COUNT
};
bool base_order_parse(struct view name, enum base_order *order); /* "repository" "tag" "version" */

/* Filters that are not set let everything through. */
struct base_image_query {
    enum base_order order;
    bool is_falling;
    struct page_request page;
    struct uuid project; /* empty text = any */
    struct view repository; /* with or without its host */
    struct view tag;
    bool has_recommended;
    bool is_recommended;
};
bool store_list_base_images(struct store *store, struct arena *arena, int64_t organization,
    const struct base_image_query *query, struct base_image **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* An image of the organization that would do in place of the base, and what an update would change: of the vulnerabilities that
   packages of the base's layers bring, those that it has not, and those that it has beside. */
struct base_update {
    enum base_update_kind kind;
    struct image_row image;
    struct change_row *changes; /* as store_compare_images has them */
    size_t change_count;
    size_t counts[IMAGE_CHANGE_COUNT]; /* of the changes: distinct vulnerabilities, by the best that becomes of them */
};

struct base_updates {
    struct view base; /* reference of the base; empty: it is not known */
    bool is_known; /* the organization has the base, as `image` */
    struct image_row image;
    size_t layer_count; /* lowest layers that are the base's */
    struct base_update *items; /* at most one of each kind, in the order of kinds: the newest */
    size_t count;
};

/* ERROR_NOT_FOUND if there is no such row, ERROR_CONFLICT if it is not scanned. */
bool store_list_base_updates(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct base_updates *updates, struct error *err) MUST_CHECK;

#endif
