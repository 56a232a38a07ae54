/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the use cases about integrations, inside their transactions. For the files of this folder. */
#ifndef STORE_INTEGRATIONS_INTERNAL_H
#define STORE_INTEGRATIONS_INTERNAL_H

#include "store/audit.h"
#include "store/integrations.h"
#include "store/transaction.h"

bool integration_find(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct integration *integration, bool *found, struct error *err) MUST_CHECK;
bool integration_find_uncounted(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct integration *integration, bool *found, struct error *err) MUST_CHECK;

/* Name, type, settings and the form of each field; whether fields go together needs integration_fields_check. Pure. */
bool integration_check(const struct integration_new *given, struct error *err) MUST_CHECK;

/* Tells given->culprit; always false, for behind the error that says why. */
bool integration_blame(const struct integration_new *given, const char *member, struct view field);

/* Writes the changes. */
bool integration_fields_write(struct transaction *transaction, int64_t organization,
    const struct integration *integration, const struct integration_new *given, struct error *err) MUST_CHECK;

/* Forgets the secrets that `given` does not set. */
bool integration_secrets_drop(struct transaction *transaction, const struct integration *integration,
    const struct integration_new *given, size_t *dropped, struct error *err) MUST_CHECK;

/* Whether what is stored now is complete: required fields and companions. After a drop nothing is required. */
bool integration_fields_check(struct transaction *transaction, const struct integration *integration,
    bool may_lack_secrets, struct error *err) MUST_CHECK;

/* "integration.edit" and the like. */
bool integration_audit(struct transaction *transaction, int64_t organization, const struct integration *integration,
    struct view who, const char *action, struct view detail, struct error *err) MUST_CHECK;

#endif
