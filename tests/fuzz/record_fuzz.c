/* SPDX-License-Identifier: Apache-2.0 */
/* What a sandboxed child says of a layer, and what is made of it: a record that decodes is merged with itself, whatever paths,
   links, owners and facts it names.
   Fuzzes: src/scan/record.c src/scan/inventory.c src/scan/merge.c src/scan/ownership.c src/scan/unattributed.c
   src/layer/rootfs.c */
#include "tests/fuzz/fuzz.h"

#include "scan/inventory.h"

static void check(const struct inventory_package *packages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(packages[i].package.type < PACKAGE_TYPE_COUNT && packages[i].package.name.size > 0);
        FUZZ_CHECK(packages[i].path.size > 0 && packages[i].path.data[0] != '/');
        FUZZ_CHECK(packages[i].analyzer != NULL && packages[i].layer < 2);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct error err = {.code = ERROR_NONE};
    struct layer_record records[2];
    for (size_t i = 0; i < 2; i++) {
        if (!record_decode(arena, view_of(data, size), &records[i], &err)) {
            FUZZ_CHECK(err.code != ERROR_NONE);
            return 0;
        }
    }
    struct inventory inventory = {0};
    const struct inventory_input input = {.records = records, .count = 2, .wants_lock_files = size % 2 == 0};
    inventory_build(arena, &input, &inventory);
    check(inventory.packages, inventory.package_count);
    check(inventory.removed, inventory.removed_count);
    for (size_t i = 1; i < inventory.unattributed.count; i++)
        FUZZ_CHECK(view_compare(inventory.unattributed.items[i - 1], inventory.unattributed.items[i]) <= 0);
    return 0;
}
