/* SPDX-License-Identifier: Apache-2.0 */
#include "api/signer_keys.h"

#include "base/digest.h"
#include "base/memory.h"
#include "http/jwt.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct key_set {
    struct digest name; /* of owner and address; unset: free */
    char *text; /* NULL: none could be had yet */
    size_t size;
    int64_t fetched_ms;
    int64_t tried_ms;
};

struct signer_keys {
    pthread_mutex_t mutex;
    struct key_set sets[SIGNER_KEYS_SETS_MAX];
};

struct signer_keys *signer_keys_new(void)
{
    struct signer_keys *keys = memory_alloc(sizeof(*keys));
    memset(keys, 0, sizeof(*keys));
    pthread_mutex_init(&keys->mutex, NULL);
    return keys;
}

void signer_keys_free(struct signer_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < SIGNER_KEYS_SETS_MAX; i++)
        free(keys->sets[i].text);
    pthread_mutex_destroy(&keys->mutex);
    free(keys);
}

static struct key_set *find_set(struct signer_keys *keys, const struct signer *signer, struct arena *arena)
{
    struct digest name;
    struct key_set *oldest = &keys->sets[0];
    digest_of(arena_format(arena, "%.*s %.*s", VIEW_PRINT(signer->owner), VIEW_PRINT(signer->url)), &name);
    for (size_t i = 0; i < SIGNER_KEYS_SETS_MAX; i++) {
        struct key_set *set = &keys->sets[i];
        if (digest_equal(&set->name, &name))
            return set;
        if (set->tried_ms < oldest->tried_ms)
            oldest = set;
    }
    free(oldest->text);
    *oldest = (struct key_set){.name = name, .tried_ms = signer->now_ms - SIGNER_KEYS_PAUSE_MS};
    return oldest;
}

static bool fetch(const struct signer *signer, struct arena *arena, struct view *text, struct error *err)
{
    AUTO_HTTP_CLIENT *client = http_client_new(signer->connection);
    struct http_response response;
    struct http_request request = {
        .method = "GET", .body_bytes_max = JWK_SET_BYTES_MAX, .timeout_ms = SIGNER_KEYS_TIMEOUT_MS};
    if (!url_parse(arena, signer->url, &request.url, err) || !http_fetch(client, arena, &request, &response, err))
        return false;
    if (response.status != 200)
        return error_set(err, ERROR_SERVER, "HTTP status %d", response.status);
    *text = response.body;
    return true;
}

static void keep(struct key_set *set, struct view text, int64_t now_ms)
{
    free(set->text);
    set->text = memory_alloc(text.size + 1);
    memcpy(set->text, text.data, text.size);
    set->size = text.size;
    set->fetched_ms = now_ms;
}

/* Whether the set may be used; `err` says why not. */
static bool renew(
    struct key_set *set, const struct signer *signer, bool wants_new, struct arena *arena, struct error *err)
{
    struct view text;
    int64_t age_ms = signer->now_ms - set->fetched_ms;
    bool is_fresh = set->text != NULL && age_ms < SIGNER_KEYS_KEPT_MS && !wants_new;
    bool may_ask = signer->now_ms - set->tried_ms >= SIGNER_KEYS_PAUSE_MS;
    if (is_fresh)
        return true;
    if (!may_ask)
        error_set(err, ERROR_RATE_LIMITED, "they were asked for less than a minute ago");
    else {
        set->tried_ms = signer->now_ms;
        if (fetch(signer, arena, &text, err)) {
            keep(set, text, signer->now_ms);
            return true;
        }
    }
    return set->text != NULL && !wants_new && age_ms < SIGNER_KEYS_STALE_MS;
}

bool signer_keys_get(struct signer_keys *keys, const struct signer *signer, bool wants_new, struct arena *arena,
    struct view *text, struct error *err)
{
    pthread_mutex_lock(&keys->mutex);
    struct key_set *set = find_set(keys, signer, arena);
    bool is_there = renew(set, signer, wants_new, arena, err);
    if (is_there)
        *text = arena_copy(arena, view_of(set->text, set->size));
    pthread_mutex_unlock(&keys->mutex);
    return is_there || error_wrap(err, "keys at %.*s", VIEW_PRINT(signer->url));
}
