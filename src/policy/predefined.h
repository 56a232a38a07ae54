/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles of rules that every organization has (predefined_bundles.def). Pure. */
#ifndef POLICY_PREDEFINED_H
#define POLICY_PREDEFINED_H

#include "policy/vulnerability_policy.h"

struct predefined_bundle {
    const char *id;
    const char *name;
    const char *description;
    const char *rules; /* JSON */
};

extern const struct predefined_bundle predefined_bundles[];
extern const size_t predefined_bundle_count;

/* NULL if there is none with this id. */
const struct predefined_bundle *predefined_bundle_find(struct view id);

/* The bundle as a document: {"name": …, "description": …, "rules": […]}. */
struct view predefined_bundle_document(struct arena *arena, const struct predefined_bundle *bundle);

#endif
