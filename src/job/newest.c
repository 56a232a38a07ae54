/* SPDX-License-Identifier: Apache-2.0 */
#include "job/newest.h"

#include "version/version.h"

#include <stdlib.h>

static int compare_newest(const void *left, const void *right)
{
    const struct listed_tag *a = left;
    const struct listed_tag *b = right;
    const struct version_order *order = version_order_named(view_text("semver"));
    if (a->pushed_ms != b->pushed_ms)
        return a->pushed_ms > b->pushed_ms ? -1 : 1;
    bool a_is_latest = view_is(a->tag, "latest");
    bool b_is_latest = view_is(b->tag, "latest");
    if (a_is_latest != b_is_latest)
        return a_is_latest ? -1 : 1;
    bool a_is_version = order->is_valid(a->tag);
    bool b_is_version = order->is_valid(b->tag);
    if (a_is_version != b_is_version)
        return a_is_version ? -1 : 1;
    int by_version = a_is_version ? order->compare(b->tag, a->tag) : 0;
    return by_version != 0 ? by_version : view_compare(b->tag, a->tag);
}

size_t newest_tags(struct listed_tag *tags, size_t count, size_t count_max)
{
    if (count <= count_max)
        return count;
    qsort(tags, count, sizeof(tags[0]), compare_newest);
    return count_max;
}
