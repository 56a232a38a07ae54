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
    return date < 0 || date > INT64_MAX / 1000 ? -1 : clamp((int64_t)date * 1000 - wall_ms);
}

int64_t retry_at_ms(struct view value, int64_t wall_ms)
{
    int64_t seconds;
    if (!view_to_integer(view_trim(value), &seconds) || seconds > INT64_MAX / 1000)
        return -1;
    return clamp(seconds * 1000 - wall_ms);
}

#define WINDOW_MS_MAX (24LL * 3600 * 1000)
/* Below it a reset is a number of seconds, from it on a Unix time. */
#define UNIX_TIME_S_MIN 1000000000LL

/* The number before the first ';' or ','. */
static bool first_number(struct view value, int64_t *number)
{
    size_t size = 0;
    value = view_trim(value);
    while (size < value.size && value.data[size] != ';' && value.data[size] != ',')
        size++;
    return view_to_integer(view_trim(view_slice(value, 0, size)), number);
}

/* The window in "100;w=21600". */
static bool window_of(struct view value, int64_t *seconds)
{
    while (value.size > 0) {
        struct view part = view_trim(view_cut(&value, ';'));
        if (view_starts_with(part, "w=") && view_to_integer(view_from(part, 2), seconds))
            return true;
    }
    return false;
}

bool rate_limit_read(const struct rate_headers *headers, int64_t wall_ms, struct rate_limit *limit)
{
    struct rate_limit read = {0};
    int64_t seconds;
    if (!first_number(headers->limit, &read.limit) || !first_number(headers->remaining, &read.remaining) ||
        read.limit <= 0)
        return false;
    if (!window_of(headers->limit, &seconds) && !window_of(headers->remaining, &seconds)) {
        if (!first_number(headers->reset, &seconds))
            return false;
        if (seconds >= UNIX_TIME_S_MIN)
            seconds = seconds - wall_ms / 1000 > 0 ? seconds - wall_ms / 1000 : 0;
    }
    read.window_ms = seconds > WINDOW_MS_MAX / 1000 ? WINDOW_MS_MAX : seconds * 1000;
    *limit = read;
    return true;
}
