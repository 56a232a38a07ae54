/* SPDX-License-Identifier: Apache-2.0 */
/* The audit trail: every write by a person leaves one event, in the transaction of the write itself. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "base/uuid.h"
#include "store/store.h"

struct audit_event {
    struct uuid uuid;
    int64_t at_ms;
    struct view actor; /* user name */
    struct view action; /* "integration.edit"; "edit" alone is the organization's */
    struct view subject_type; /* "integration" */
    struct view subject_id;
    struct view subject_name;
    struct view detail; /* what changed, in words; never a secret */
    struct view cursor;
};

struct transaction;

/* Inside a transaction of this folder. uuid, at_ms and cursor are set here. */
bool audit_add(struct transaction *transaction, int64_t organization, const struct audit_event *event,
    struct error *err) MUST_CHECK;

/* One event about something that changes nothing in the store, such as a test of a connection. */
bool store_note_audit_event(
    struct store *store, int64_t organization, const struct audit_event *event, struct error *err) MUST_CHECK;

/* Newest first. */
bool store_list_audit_events(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct audit_event **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

#endif
