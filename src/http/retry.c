/* SPDX-License-Identifier: Apache-2.0 */
#include "http/retry.h"

#include <curl/curl.h>

bool retry_is_worthwhile(int status)
{
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

int64_t retry_backoff_ms(unsigned attempt, uint32_t chance)
{
    int64_t wait_ms = 1000LL << (attempt > 6 ? 6 : attempt);
    return wait_ms * 8 / 10 + wait_ms * 4 / 10 * (int64_t)(chance % 1001) / 1000;
}

static int64_t clamp(int64_t wait_ms)
{
    return wait_ms < 0 ? 0 : wait_ms > RETRY_AFTER_MS_MAX ? RETRY_AFTER_MS_MAX : wait_ms;
}

int64_t retry_after_ms(struct view value, int64_t wall_ms)
{
    int64_t seconds;
    char text[64];
    value = view_trim(value);
    if (view_to_integer(value, &seconds))
        return clamp(seconds > RETRY_AFTER_MS_MAX ? RETRY_AFTER_MS_MAX : seconds * 1000);
    if (value.size == 0 || value.size >= sizeof(text))
        return -1;
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    time_t date = curl_getdate(text, NULL);
    return date == (time_t)-1 ? -1 : clamp((int64_t)date * 1000 - wall_ms);
}

int64_t retry_at_ms(struct view value, int64_t wall_ms)
{
    int64_t seconds;
    if (!view_to_integer(view_trim(value), &seconds) || seconds > INT64_MAX / 1000)
        return -1;
    return clamp(seconds * 1000 - wall_ms);
}
