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

/* One row of "id, uuid, at_ms, actor, action, subject_type, subject_id, subject_name, detail". */
struct rows;
void audit_read(const struct rows *rows, struct arena *arena, struct audit_event *event);

#define AUDIT_ACTIONS_MAX 16
struct audit_query {
    int64_t from_ms; /* included */
    int64_t to_ms; /* not included */
    struct view actor; /* empty = anybody */
    struct view subject_id; /* empty = any */
    struct view actions[AUDIT_ACTIONS_MAX];
    size_t action_count; /* 0 = any */
    bool excludes; /* all but these */
    bool is_ascending; /* oldest first */
    int64_t after; /* behind this cursor; 0 = from the start */
    int limit; /* 1 … PAGE_LIMIT_MAX */
};
bool store_search_audit_events(struct store *store, struct arena *arena, int64_t organization,
    const struct audit_query *query, struct audit_event **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* Newest first. */
bool store_list_audit_events(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct audit_event **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

#endif
