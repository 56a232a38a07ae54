/* SPDX-License-Identifier: Apache-2.0 */
#include "version/version.h"

#define VERSION_ORDER(member, name) extern const struct version_order version_##member;
#include "version/versions.def"
#undef VERSION_ORDER

const struct version_order *const version_orders[] = {
#define VERSION_ORDER(member, name) &version_##member,
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

/* Vendors that rebuild the packages of others; behind their name stands whose: "Root:Debian:12". */
static bool is_rebuilder(struct view name)
{
    return view_is(name, "Root") || view_is(name, "TuxCare") || view_is(name, "Docker Hardened Images");
}

const struct version_order *version_order_for_ecosystem(struct view ecosystem)
{
    struct view rest = ecosystem;
    struct view base = view_cut(&rest, ':');
    if (is_rebuilder(base))
        base = view_cut(&rest, ':');
    for (size_t i = 0; i < sizeof(ecosystem_orders) / sizeof(ecosystem_orders[0]); i++) {
        if (view_is(base, ecosystem_orders[i].ecosystem))
            return ecosystem_orders[i].order;
    }
    return NULL;
}
