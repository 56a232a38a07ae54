/* SPDX-License-Identifier: Apache-2.0 */
#include "version/range.h"

#define RANGE_LANGUAGE(name) extern const struct range_language range_##name;
#include "version/ranges.def"
#undef RANGE_LANGUAGE

static const struct range_language *const languages[] = {
#define RANGE_LANGUAGE(name) &range_##name,
#include "version/ranges.def"
#undef RANGE_LANGUAGE
};

bool range_named(struct view name, const struct range_language **language, const struct version_order **order)
{
    bool is_generic = view_is(name, range_generic.name);
    *order = is_generic ? version_order_named(view_text("rubygems")) : version_order_named(name);
    *language = &range_generic;
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        if (view_is(name, languages[i]->name))
            *language = languages[i];
    }
    return *order != NULL;
}

enum range_match range_match(
    const struct range_language *language, const struct version_order *order, struct view range, struct view version)
{
    if (range.size > RANGE_BYTES_MAX)
        return RANGE_MATCH_INVALID;
    return language->match(order, range, version);
}
