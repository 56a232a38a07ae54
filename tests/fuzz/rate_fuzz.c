/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that tell how long to wait and what a part of a blob is: Retry-After and X-Retry-After with numbers and dates,
   RateLimit and X-RateLimit, Content-Range. The first three lines are limit, remaining and reset. Waits and windows are
   bounded, whatever the header says.
   Fuzzes: src/http/retry.c src/http/range.c */
#include "tests/fuzz/fuzz.h"

#include "http/range.h"
#include "http/retry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t now_ms[] = {0, INT64_C(1795295207000)};
    struct view value = view_of(data, size);
    struct view rest = value;
    struct rate_headers headers = {.limit = view_cut(&rest, '\n'), .remaining = view_cut(&rest, '\n')};
    struct content_range range;
    headers.reset = rest;
    for (size_t i = 0; i < sizeof(now_ms) / sizeof(now_ms[0]); i++) {
        int64_t after_ms = retry_after_ms(value, now_ms[i]);
        int64_t at_ms = retry_at_ms(value, now_ms[i]);
        struct rate_limit limit;
        FUZZ_CHECK(after_ms >= -1 && after_ms <= RETRY_AFTER_MS_MAX);
        FUZZ_CHECK(at_ms >= -1 && at_ms <= RETRY_AFTER_MS_MAX);
        if (rate_limit_read(&headers, now_ms[i], &limit)) {
            FUZZ_CHECK(limit.limit > 0 && limit.remaining >= 0);
            FUZZ_CHECK(limit.window_ms >= 0 && limit.window_ms <= INT64_C(24) * 3600 * 1000);
        }
    }
    if (content_range_read(value, &range))
        FUZZ_CHECK(range.first <= range.last && range.last < range.size);
    return 0;
}
