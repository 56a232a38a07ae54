/* SPDX-License-Identifier: Apache-2.0 */
/* Organizations: the tenants of one server. Who has the store's file may list, make and enter them (the CLI on the host);
   the API shows callers their own one only. */
#ifndef STORE_ORGANIZATIONS_H
#define STORE_ORGANIZATIONS_H

#include "store/accounts.h"

#define ORGANIZATION_NAME_BYTES_MAX 60

struct organization {
    int64_t id;
    struct uuid uuid;
    struct view name; /* unique */
    int64_t created_ms;
    int64_t user_count;
    int64_t integration_count;
    struct view cursor;
};

/* An empty organization with the user "admin". ERROR_CONFLICT if the name is taken, ERROR_INVALID if it is not 1 …
   ORGANIZATION_NAME_BYTES_MAX printable bytes without '/' and spaces at its ends. */
bool store_add_organization(struct store *store, struct arena *arena, struct view name, struct view who,
    struct organization *made, struct error *err) MUST_CHECK;

bool store_rename_organization(
    struct store *store, int64_t organization, struct view name, struct view who, struct error *err) MUST_CHECK;

/* In the order of their making. */
bool store_list_organizations(struct store *store, struct arena *arena, const struct page_request *page,
    struct organization **items, size_t *count, bool *has_more, struct error *err) MUST_CHECK;

/* By name, or by UUID in text form. ERROR_NOT_FOUND. */
bool store_get_organization(struct store *store, struct arena *arena, struct view name_or_uuid,
    struct organization *organization, struct error *err) MUST_CHECK;

/* A token that signs an administrator of the organization in once, within `valid_ms`: the way in for who has the host. */
bool store_bootstrap_organization(struct store *store, struct arena *arena, int64_t organization, int64_t valid_ms,
    struct token *token, struct account *admin, struct error *err) MUST_CHECK;

#endif
