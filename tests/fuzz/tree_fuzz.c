/* SPDX-License-Identifier: Apache-2.0 */
/* The stream of a directory, as the child reads it.
   Fuzzes: src/layer/tree*.c */
#include "tests/fuzz/visitor.h"

#include "layer/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct layer_limits limits = {.entries_max = 1000, .bytes_max = 4 << 20, .ratio_max = 200};
    struct layer_visitor visitor = checked_visitor;
    struct layer_totals totals = {0};
    struct error err;
    AUTO_SOURCE *stream = source_from_memory(view_of(data, size));
    if (tree_walk(stream, &limits, &visitor, &totals, &err))
        FUZZ_CHECK(totals.entries <= limits.entries_max && totals.bytes <= limits.bytes_max);
    return 0;
}
