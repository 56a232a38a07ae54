/* SPDX-License-Identifier: Apache-2.0 */
/* YAML ('y') and TOML (everything else) as trees: what is read keeps the limits, and every member is found.
   Fuzzes: src/base/node*.c */
#include "tests/fuzz/fuzz.h"

#include "base/node.h"

static size_t check(const struct node *node, size_t depth)
{
    FUZZ_CHECK(depth <= 2 * NODE_DEPTH_MAX);
    FUZZ_CHECK(node->type != NODE_TEXT || node->first == NULL);
    size_t count = 0, all = 1;
    for (const struct node *child = node_first(node); child != NULL; child = child->next) {
        const struct node *found = node_find(node, child->key);
        FUZZ_CHECK(node->type != NODE_MAP || (found != NULL && view_equal(found->key, child->key)));
        all += check(child, depth + 1);
        count++;
    }
    FUZZ_CHECK(count == node->count);
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    AUTO_ARENA *arena = arena_new();
    const struct node *root;
    struct error err;
    struct view text = view_of(data + 1, size - 1);
    bool is_read = data[0] == 'y' ? yaml_read(arena, text, &root, &err) : toml_read(arena, text, &root, &err);
    FUZZ_CHECK(is_read || err.code == ERROR_INVALID || err.code == ERROR_LIMIT);
    FUZZ_CHECK(!is_read || check(root, 0) <= NODE_COUNT_MAX + 1);
    return 0;
}
