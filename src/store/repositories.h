/* SPDX-License-Identifier: Apache-2.0 */
/* Repositories, and the rows of the image list that their tags have. For the files of this folder. */
#ifndef STORE_REPOSITORIES_H
#define STORE_REPOSITORIES_H

#include "store/images.h"
#include "store/transaction.h"

/* The repository, made if it is absent. ERROR_NOT_FOUND unless the integration is the organization's. */
bool repository_ensure(struct transaction *transaction, int64_t organization, int64_t integration, struct view name,
    int64_t *repository, struct error *err) MUST_CHECK;

/* A row of the image list as it is first made. */
struct row_new {
    int64_t organization;
    int64_t integration;
    int64_t snapshot;
    bool is_current;
    struct view reference;
    struct view manifest;
    struct view platform;
    bool is_image;
    struct view artifact_type;
    enum image_state state;
};
bool row_insert(struct transaction *transaction, const struct row_new *row, struct error *err) MUST_CHECK;

#endif
