/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/provider.h"

const char *advisory_provider(struct view id, const char *feed)
{
    static const struct {
        const char *prefix;
        const char *name;
    } providers[] = {
#define PROVIDER(prefix, name) {prefix, name},
#include "advisory/providers.def"
#undef PROVIDER
    };
    for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
        if (view_starts_with(id, providers[i].prefix))
            return providers[i].name;
    }
    return feed;
}
