/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/fix.h"

static const char *const names[FIX_STATE_COUNT] = {
    [FIX_UNKNOWN] = "unknown",
    [FIX_AVAILABLE] = "fixed",
    [FIX_NONE] = "not-fixed",
    [FIX_WILL_NOT] = "wont-fix",
    [FIX_DEFERRED] = "deferred",
    [FIX_END_OF_LIFE] = "end-of-life",
};

const char *fix_state_name(enum fix_state state)
{
    return names[state];
}

/* The words of Debian's and Ubuntu's trackers, Wolfi's advisories and Red Hat's CSAF. Urgencies such as "low" and all other
   words say nothing about a fix. */
static bool state_of_word(struct view word, enum fix_state *state)
{
    static const struct {
        const char *word;
        enum fix_state state;
    } words[] = {
        {"end-of-life", FIX_END_OF_LIFE},
        {"end_of_life", FIX_END_OF_LIFE},
        {"out of support scope", FIX_END_OF_LIFE},
        {"ignored", FIX_WILL_NOT},
        {"no-dsa", FIX_WILL_NOT},
        {"unimportant", FIX_WILL_NOT},
        {"fix-not-planned", FIX_WILL_NOT},
        {"wont-fix", FIX_WILL_NOT},
        {"will not fix", FIX_WILL_NOT},
        {"deferred", FIX_DEFERRED},
        {"fix deferred", FIX_DEFERRED},
        {"postponed", FIX_DEFERRED},
        {"undetermined", FIX_UNKNOWN},
        {"needs-triage", FIX_UNKNOWN},
        {"under investigation", FIX_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (view_equal_ignoring_case(word, view_text(words[i].word))) {
            *state = words[i].state;
            return true;
        }
    }
    return false;
}

enum fix_state fix_state_of(const struct affected *affected, const struct applicability_result *result)
{
    enum fix_state state;
    if (result->fixed.size > 0)
        return FIX_AVAILABLE;
    if (state_of_word(affected->status, &state))
        return state;
    /* A version that is only listed has no interval, and so nothing is known of its end. */
    return result->range == NULL ? FIX_UNKNOWN : FIX_NONE;
}

enum fix_state fix_state_merge(enum fix_state a, enum fix_state b)
{
    static const int ranks[FIX_STATE_COUNT] = {
        [FIX_UNKNOWN] = 0,
        [FIX_NONE] = 1,
        [FIX_DEFERRED] = 2,
        [FIX_WILL_NOT] = 3,
        [FIX_END_OF_LIFE] = 4,
        [FIX_AVAILABLE] = 5,
    };
    return ranks[a] >= ranks[b] ? a : b;
}
