/* SPDX-License-Identifier: Apache-2.0 */
/* When something happens again by itself: every so many hours ("168"), by a cron expression of five fields in UTC
   ("0 6 * * 6"), by one of its short forms ("@weekly"), or never ("off"). Pure. */
#ifndef SYNC_SCHEDULE_H
#define SYNC_SCHEDULE_H

#include "base/error.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_HOURS_MAX 8784
#define SCHEDULE_BYTES_MAX 200

/* ERROR_INVALID says which part is wrong, and of expressions that never come true, such as the 31st of February. Fields of
   cron are numbers, names (jan, mon), "*", ranges, steps and lists of these; Sunday is 0 and 7. Where day of the month and
   day of the week are both given, either is enough (POSIX, crontab). */
bool schedule_check(struct view text, struct error *err) MUST_CHECK;

/* The first moment after `after_ms`; 0 = never. The text was checked. Hours are counted from `after_ms`. */
int64_t schedule_next_ms(struct view text, int64_t after_ms);

#endif
