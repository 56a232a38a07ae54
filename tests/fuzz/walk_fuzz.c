/* SPDX-License-Identifier: Apache-2.0 */
/* Layers: whatever the archive, paths are clean, contents have their announced size, and the limits hold.
   Fuzzes: src/layer/walk.c src/stream/ */
#include "tests/fuzz/visitor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct layer_limits limits = {.entries_max = 1000, .bytes_max = 4 << 20, .ratio_max = 200};
    struct layer_visitor visitor = checked_visitor;
    struct layer_totals totals = {0};
    struct error err;
    AUTO_SOURCE *blob = source_from_memory(view_of(data, size));
    if (layer_walk(blob, &limits, &visitor, &totals, &err))
        FUZZ_CHECK(totals.entries <= limits.entries_max);
    return 0;
}
