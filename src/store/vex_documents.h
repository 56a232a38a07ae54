/* SPDX-License-Identifier: Apache-2.0 */
/* VEX documents of organizations (finding/vex.h). What they say is not affected or fixed is accepted in the organization's
   images, as if by a risk of the kind not-vulnerable; verdicts and counters follow a change in the same transaction where few
   images are concerned, else by a job. Every change leaves an audit event. */
#ifndef STORE_VEX_DOCUMENTS_H
#define STORE_VEX_DOCUMENTS_H

#include "base/uuid.h"
#include "finding/vex.h"
#include "store/store.h"

/* Of an organization. */
enum { VEX_STORED_DOCUMENTS_MAX = 1000, VEX_STORED_CLAIMS_MAX = 200 * 1000 };

struct vex_document_row {
    struct uuid uuid;
    struct view name; /* the document's own id */
    struct view format; /* "OpenVEX" or "CSAF" */
    struct view author;
    int64_t issued_ms;
    int64_t statements;
    int64_t claims; /* what the statements say, by product */
    struct view created_by;
    int64_t created_ms;
    struct view cursor;
};

/* Takes the place of an earlier version: a document with the same id. ERROR_INVALID without an id; ERROR_CONFLICT if the stored
   version is newer; ERROR_LIMIT. */
bool store_import_vex(struct store *store, struct arena *arena, int64_t organization,
    const struct vex_statements *document, struct view who, struct vex_document_row *made,
    struct error *err) MUST_CHECK;

bool store_find_vex_document(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct vex_document_row *row, struct error *err) MUST_CHECK;

/* Oldest first. */
bool store_list_vex_documents(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct vex_document_row **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

bool store_delete_vex_document(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err) MUST_CHECK;

#endif
