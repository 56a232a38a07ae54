/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/adapter.h"

#define ADAPTER(kind) extern const struct adapter_type adapter_##kind;
#include "registry/adapters.def"
#undef ADAPTER

static const struct adapter_type *const adapters[] = {
#define ADAPTER(kind) &adapter_##kind,
#include "registry/adapters.def"
#undef ADAPTER
};

const struct adapter_type *adapter_at(size_t index)
{
    return index < sizeof(adapters) / sizeof(adapters[0]) ? adapters[index] : NULL;
}

const struct adapter_type *adapter_find(struct view name)
{
    for (size_t i = 0; adapter_at(i) != NULL; i++) {
        if (view_is(name, adapter_at(i)->name))
            return adapter_at(i);
    }
    return NULL;
}
