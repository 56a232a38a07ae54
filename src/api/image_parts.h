/* SPDX-License-Identifier: Apache-2.0 */
/* What the resources of one image have in common. */
#ifndef API_IMAGE_PARTS_H
#define API_IMAGE_PARTS_H

#include "api/jsonapi.h"
#include "store/images.h"

/* The layers of an image from the bottom up, so that a layer can be shown with its place, counted from 0. */
struct layer_list {
    struct layer_row *items;
    size_t count;
};

/* The row of the image list that the path names; its UUID was checked with the path. */
struct uuid image_of_path(const struct request *request);

/* False if the response says what failed. */
bool image_read_layers(const struct request *request, struct response *response, const struct uuid *row,
    struct layer_list *layers) MUST_CHECK;
bool image_read_search(const struct request *request, struct response *response, struct view *search) MUST_CHECK;

/* The parameters severity, has_fix, exploitable and kev: vulnerabilities must meet all that are given. */
bool image_read_kinds(const struct request *request, struct response *response, struct kind_filter *kinds) MUST_CHECK;

/* The parameter layer: base or own. */
bool image_read_layer_choice(
    const struct request *request, struct response *response, enum layer_choice *choice) MUST_CHECK;

/* A row of the image list as a resource. */
bool image_write(const struct request *request, struct json_writer *writer, const struct image_row *image,
    struct error *err) MUST_CHECK;

/* The same for lists (jsonapi.h). */
page_row_writer image_write_row;

/* severity_counts */
void image_write_severities(struct json_writer *writer, const struct tally *tally);

/* Members of a finding. */
void image_write_finding(struct json_writer *writer, const struct finding_row *row, const struct layer_list *layers);

/* Members that packages have wherever they are shown. */
void image_write_package(struct json_writer *writer, const struct package *package, struct view purl);

#endif
