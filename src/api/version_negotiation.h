/* SPDX-License-Identifier: Apache-2.0 */
/* Which released version of an operation answers a dated `?version=`. Versions are dates with a stability, released
   versions stand in routes.def. Pure: the date of today is passed in. */
#ifndef API_VERSION_NEGOTIATION_H
#define API_VERSION_NEGOTIATION_H

#include "base/clock.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum version_stability { STABILITY_WIP, STABILITY_EXPERIMENTAL, STABILITY_BETA, STABILITY_GA, STABILITY_COUNT };

/* "2023-10-11~experimental" */
struct api_version {
    int32_t date; /* 20231011 */
    enum version_stability stability;
};

#define API_VERSION_TEXT_SIZE 24 /* with the longest suffix and NUL */

/* Reads `YYYY-MM-DD` with an optional `~wip`, `~work-in-progress`, `~experimental` or `~beta`; the date must exist. */
bool api_version_parse(struct view text, struct api_version *version);
void api_version_format(struct api_version version, char text[API_VERSION_TEXT_SIZE]);

enum version_answer {
    VERSION_SERVED,
    VERSION_MISSING,
    VERSION_INVALID,
    VERSION_IN_FUTURE,
    VERSION_NOT_RELEASED, /* no release fits the date and stability asked for */
    VERSION_ANSWER_COUNT
};

struct version_choice {
    struct api_version served;
    bool is_deprecated; /* a newer release of at least this stability exists today */
    char deprecation[TIME_TEXT_SIZE]; /* when that came out; empty unless deprecated */
    char sunset[sizeof("YYYY-MM-DD")]; /* 1, 91 or 181 days later for experimental, beta, ga */
};

/* `released` is a list such as "2023-10-11~experimental 2025-09-17". `asked` may also be a stability alone, which means
   today. A date in the future is refused. The newest release not after the date and of at least the stability asked for
   is served. A date alone asks for ga; from 2024-10-15 on, beta where no ga fits. */
enum version_answer version_negotiate(
    struct view asked, const char *released, int64_t now_ms, struct version_choice *choice);

/* "ga", "beta", "experimental", "wip", or "deprecated". */
const char *version_stage(const struct version_choice *choice);

#endif
