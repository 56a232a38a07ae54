/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "package/distro.h"

#include <stdio.h>

/* The whole last day counts. */
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static const struct end_of_life {
    const char *release;
    const char *date;
} ends[] = {
#define END_OF_LIFE(release, date) {release, date},
#include "package/end_of_life.def"
#undef END_OF_LIFE
};

/* "Ubuntu:22.04" is the release of "Ubuntu:22.04:LTS" too, "Alpine:v3.1" not that of "Alpine:v3.18". */
static bool is_of_release(struct view ecosystem, const char *release)
{
    size_t size = strlen(release);
    return view_starts_with(ecosystem, release) && (ecosystem.size == size || ecosystem.data[size] == ':');
}

const char *distro_end_of_life(struct view ecosystem, int64_t now_ms)
{
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char moment[TIME_TEXT_SIZE];
        struct error ignored;
        int64_t end_ms = 0;
        if (!is_of_release(ecosystem, ends[i].release))
            continue;
        snprintf(moment, sizeof(moment), "%sT00:00:00Z", ends[i].date);
        return time_parse(view_text(moment), &end_ms, &ignored) && end_ms + DAY_MS <= now_ms ? ends[i].date : NULL;
    }
    return NULL;
}
