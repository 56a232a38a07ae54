/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/predefined.h"

const struct predefined_bundle predefined_bundles[] = {
#define PREDEFINED_BUNDLE(id, name, description, rules) {id, name, description, rules},
#include "policy/predefined_bundles.def"
#undef PREDEFINED_BUNDLE
};
const size_t predefined_bundle_count = sizeof(predefined_bundles) / sizeof(predefined_bundles[0]);

const struct predefined_bundle *predefined_bundle_find(struct view id)
{
    for (size_t i = 0; i < predefined_bundle_count; i++) {
        if (view_is(id, predefined_bundles[i].id))
            return &predefined_bundles[i];
    }
    return NULL;
}

struct view predefined_bundle_document(struct arena *arena, const struct predefined_bundle *bundle)
{
    return arena_format(arena, "{\"name\":\"%s\",\"description\":\"%s\",\"rules\":%s}", bundle->name,
        bundle->description, bundle->rules);
}
