/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an explanation that the store gave (store_explain): the same on the command line and in the API. */
#ifndef STORE_EXPLANATION_TEXT_H
#define STORE_EXPLANATION_TEXT_H

#include "report/explanation.h"
#include "store/images.h"

/* A stored finding with its place in the image. */
void explanation_item(
    const struct explanation *explanation, const struct finding_row *finding, struct explained *explained);

/* `permalink` may be empty. */
void explanation_write_stored(const struct explanation_writer *writer, const struct explanation *explanation,
    struct view vulnerability, struct view permalink);

/* Where the API has this explanation for as long as the image is in the list: a path of it. */
struct view explanation_path(
    struct arena *arena, const struct uuid *organization, const struct uuid *image, struct view vulnerability);

/* Where the web UI shows it, as long as that: a path of the server. */
struct view explanation_page(struct arena *arena, const struct uuid *image, struct view vulnerability);

#endif
