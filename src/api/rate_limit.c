/* SPDX-License-Identifier: Apache-2.0 */
#include "api/rate_limit.h"

#include "base/memory.h"
#include "base/uuid.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct rate_entry {
    uint64_t caller; /* hash, with a seed of this process: nobody can aim at another's entry */
    int64_t begin_ms;
    unsigned calls; /* 0 = free */
};

struct rate_limit {
    pthread_mutex_t mutex;
    unsigned calls_max;
    uint64_t seed;
    struct rate_entry entries[RATE_BUCKETS][RATE_BUCKET_SIZE];
};

struct rate_limit *rate_limit_new(unsigned calls_max)
{
    struct rate_limit *limit = memory_alloc(sizeof(*limit));
    memset(limit, 0, sizeof(*limit));
    limit->calls_max = calls_max;
    random_bytes(&limit->seed, sizeof(limit->seed));
    pthread_mutex_init(&limit->mutex, NULL);
    return limit;
}

void rate_limit_free(struct rate_limit *limit)
{
    if (limit == NULL)
        return;
    pthread_mutex_destroy(&limit->mutex);
    free(limit);
}

static uint64_t mix(uint64_t value)
{
    value ^= value >> 31;
    value *= UINT64_C(0x9e3779b97f4a7c15);
    return value ^ value >> 29;
}

/* A clock that was set back ends the minute too. */
static bool is_current(const struct rate_entry *entry, int64_t now_ms)
{
    return entry->calls > 0 && now_ms >= entry->begin_ms && now_ms - entry->begin_ms < RATE_MINUTE_MS;
}

/* The caller's entry, or the one to give up for it. */
static struct rate_entry *find_entry(struct rate_limit *limit, uint64_t caller, int64_t now_ms)
{
    struct rate_entry *bucket = limit->entries[caller % RATE_BUCKETS];
    struct rate_entry *least = &bucket[0];
    for (int i = 0; i < RATE_BUCKET_SIZE; i++) {
        if (is_current(&bucket[i], now_ms) && bucket[i].caller == caller)
            return &bucket[i];
        if (!is_current(&bucket[i], now_ms))
            bucket[i].calls = 0;
        if (bucket[i].calls < least->calls)
            least = &bucket[i];
    }
    *least = (struct rate_entry){.caller = caller, .begin_ms = now_ms};
    return least;
}

static bool is_below(struct rate_limit *limit, struct view caller, int64_t now_ms, unsigned counted, int *wait_s)
{
    if (limit == NULL || limit->calls_max == 0)
        return true;
    uint64_t key = mix(view_hash(caller) ^ limit->seed);
    pthread_mutex_lock(&limit->mutex);
    struct rate_entry *entry = find_entry(limit, key, now_ms);
    bool is_allowed = entry->calls < limit->calls_max;
    if (is_allowed)
        entry->calls += counted;
    *wait_s = (int)((entry->begin_ms + RATE_MINUTE_MS - now_ms + 999) / 1000);
    pthread_mutex_unlock(&limit->mutex);
    return is_allowed;
}

bool rate_limit_take(struct rate_limit *limit, struct view caller, int64_t now_ms, int *wait_s)
{
    return is_below(limit, caller, now_ms, 1, wait_s);
}

bool rate_limit_check(struct rate_limit *limit, struct view caller, int64_t now_ms, int *wait_s)
{
    return is_below(limit, caller, now_ms, 0, wait_s);
}
