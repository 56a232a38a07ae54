/* SPDX-License-Identifier: Apache-2.0 */
/* Three lines: a range and two versions. Whether a range can be read does not depend on the version.
   Fuzzes: src/version/ */
#include "tests/fuzz/fuzz.h"

#include "base/view.h"
#include "version/range.h"

static void check(struct view name, struct view range, struct view a, struct view b)
{
    const struct range_language *language;
    const struct version_order *order;
    FUZZ_CHECK(range_named(name, &language, &order));
    bool left_is_invalid = range_match(language, order, range, a) == RANGE_MATCH_INVALID;
    bool right_is_invalid = range_match(language, order, range, b) == RANGE_MATCH_INVALID;
    FUZZ_CHECK(left_is_invalid == right_is_invalid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view rest = view_of(data, size);
    struct view range = view_cut(&rest, '\n');
    struct view a = view_cut(&rest, '\n');
    for (size_t i = 0; i < version_order_count; i++)
        check(view_text(version_orders[i]->name), range, a, rest);
    check(view_text("generic"), range, a, rest);
    return 0;
}
