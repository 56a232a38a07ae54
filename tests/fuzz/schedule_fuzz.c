/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules: what is accepted is "off" or comes, later than asked for, on a whole minute if it is cron's.
   Fuzzes: src/sync/schedule.c */
#include "tests/fuzz/fuzz.h"

#include "sync/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = view_of(data, size);
    struct error err;
    int64_t now_ms = INT64_C(1795292207123);
    int64_t hours;
    if (!schedule_check(text, &err))
        return 0;
    for (int i = 0; i < 5; i++) {
        int64_t next_ms = schedule_next_ms(text, now_ms);
        FUZZ_CHECK(next_ms > now_ms || (next_ms == 0 && view_is(text, "off")));
        FUZZ_CHECK(next_ms % 60000 == 0 || view_to_integer(text, &hours));
        if (next_ms == 0)
            break;
        now_ms = next_ms;
    }
    return 0;
}
