/* SPDX-License-Identifier: Apache-2.0 */
#include "version/version.h"

#define VERSION_ORDER(name) extern const struct version_order version_##name;
#include "version/versions.def"
#undef VERSION_ORDER

const struct version_order *const version_orders[] = {
#define VERSION_ORDER(name) &version_##name,
#include "version/versions.def"
#undef VERSION_ORDER
};
const size_t version_order_count = sizeof(version_orders) / sizeof(version_orders[0]);

static const struct ecosystem_order {
    const char *ecosystem;
    const struct version_order *order;
} ecosystem_orders[] = {
#define ECOSYSTEM(name, order) {name, &version_##order},
#include "version/ecosystems.def"
#undef ECOSYSTEM
};

const struct version_order *version_order_named(struct view name)
{
    for (size_t i = 0; i < version_order_count; i++) {
        if (view_is(name, version_orders[i]->name))
            return version_orders[i];
    }
    return NULL;
}

const struct version_order *version_order_for_ecosystem(struct view ecosystem)
{
    struct view base = view_slice(ecosystem, 0, view_find(ecosystem, ':'));
    for (size_t i = 0; i < sizeof(ecosystem_orders) / sizeof(ecosystem_orders[0]); i++) {
        if (view_is(base, ecosystem_orders[i].ecosystem))
            return ecosystem_orders[i].order;
    }
    return NULL;
}
