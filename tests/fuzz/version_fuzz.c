/* SPDX-License-Identifier: Apache-2.0 */
/* Three lines are three versions: every order must be reflexive, antisymmetric and, but for
   those known to run in circles, transitive on them.
   Fuzzes: src/version/ */
#include "tests/fuzz/fuzz.h"

#include "base/view.h"
#include "version/version.h"

static void check(const struct version_order *order, struct view a, struct view b, struct view c)
{
    int ab = order->compare(a, b);
    int bc = order->compare(b, c);
    int ac = order->compare(a, c);
    FUZZ_CHECK(ab >= -1 && ab <= 1);
    FUZZ_CHECK(order->compare(a, a) == 0);
    FUZZ_CHECK(order->compare(b, a) == -ab);
    FUZZ_CHECK(!order->is_valid(a) || order->is_comparable(a));
    if (order->has_circles)
        return;
    FUZZ_CHECK(!(ab <= 0 && bc <= 0 && ac > 0));
    FUZZ_CHECK(!(ab >= 0 && bc >= 0 && ac < 0));
    FUZZ_CHECK(ab != 0 || ac == bc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view rest = view_of(data, size);
    struct view a = view_cut(&rest, '\n');
    struct view b = view_cut(&rest, '\n');
    for (size_t i = 0; i < version_order_count; i++)
        check(version_orders[i], a, b, rest);
    return 0;
}
