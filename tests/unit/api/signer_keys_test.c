/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "api/signer_keys.h"
#include "http/jwt.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOW_MS 1795169472000

/* One answer a connection, on loopback. */
struct issuer {
    int socket;
    pthread_t thread;
    _Atomic unsigned asked;
    _Atomic(const char *) body; /* NULL: status 500 */
    char url[64];
};

static void answer(struct issuer *issuer, int connection)
{
    char head[4096];
    size_t size = 0;
    while (size < sizeof(head) - 1) {
        ssize_t got = read(connection, head + size, sizeof(head) - 1 - size);
        if (got <= 0)
            return;
        size += (size_t)got;
        head[size] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL)
            break;
    }
    const char *body = issuer->body;
    issuer->asked++;
    const char *status = body == NULL ? "500 Broken" : "200 OK";
    const char *text = body == NULL ? "" : body;
    dprintf(
        connection, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status, strlen(text), text);
}

static void *serve(void *context)
{
    struct issuer *issuer = context;
    int connection;
    while ((connection = accept(issuer->socket, NULL, NULL)) >= 0) {
        answer(issuer, connection);
        close(connection);
    }
    return NULL;
}

static void start(struct issuer *issuer, const char *body)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    memset(issuer, 0, sizeof(*issuer));
    issuer->body = body;
    issuer->socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(issuer->socket, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(issuer->socket, 16), 0);
    assert_int_equal(getsockname(issuer->socket, (struct sockaddr *)&address, &size), 0);
    snprintf(issuer->url, sizeof(issuer->url), "http://127.0.0.1:%d/keys", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&issuer->thread, NULL, serve, issuer), 0);
}

static void stop(struct issuer *issuer)
{
    shutdown(issuer->socket, SHUT_RDWR);
    pthread_join(issuer->thread, NULL);
    close(issuer->socket);
}

static const struct view loopback = VIEW_LITERAL("127.0.0.1");
static const struct outbound_policy policy = {.allowed = &loopback, .allowed_count = 1};
static const struct http_client_options connection = {.policy = &policy, .tries_max = 1};

struct asking {
    struct signer_keys *keys;
    struct arena *arena;
    const char *url;
    const char *owner;
};

static bool ask(const struct asking *asking, int64_t after_ms, bool wants_new, struct view *text, struct error *err)
{
    struct signer signer = {view_text(asking->owner), view_text(asking->url), &connection, NOW_MS + after_ms};
    return signer_keys_get(asking->keys, &signer, wants_new, asking->arena, text, err);
}

static void asks_once_an_hour_and_sooner_for_new_keys(void **state)
{
    (void)state;
    struct issuer issuer;
    struct view text;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    start(&issuer, "first");
    const struct asking asking = {signer_keys_new(), arena, issuer.url, "one"};
    for (int64_t after_ms = 0; after_ms < SIGNER_KEYS_KEPT_MS; after_ms += SIGNER_KEYS_KEPT_MS / 4)
        assert_ok(ask(&asking, after_ms, false, &text, &err), &err);
    assert_view_equal(text, "first");
    assert_int_equal(issuer.asked, 1);
    issuer.body = "second";
    assert_ok(ask(&asking, SIGNER_KEYS_KEPT_MS, false, &text, &err), &err);
    assert_view_equal(text, "second");
    issuer.body = "third";
    assert_fails(ask(&asking, SIGNER_KEYS_KEPT_MS + 1000, true, &text, &err), &err, ERROR_RATE_LIMITED);
    assert_int_equal(issuer.asked, 2);
    assert_ok(ask(&asking, SIGNER_KEYS_KEPT_MS + SIGNER_KEYS_PAUSE_MS, true, &text, &err), &err);
    assert_view_equal(text, "third");
    assert_int_equal(issuer.asked, 3);
    signer_keys_free(asking.keys);
    stop(&issuer);
}

static void lives_with_old_keys_for_a_day(void **state)
{
    (void)state;
    struct issuer issuer;
    struct view text;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    start(&issuer, NULL);
    const struct asking asking = {signer_keys_new(), arena, issuer.url, "one"};
    assert_fails(ask(&asking, 0, false, &text, &err), &err, ERROR_SERVER);
    assert_fails(ask(&asking, 1000, false, &text, &err), &err, ERROR_RATE_LIMITED);
    assert_int_equal(issuer.asked, 1);
    issuer.body = "first";
    assert_ok(ask(&asking, SIGNER_KEYS_PAUSE_MS, false, &text, &err), &err);
    issuer.body = NULL;
    assert_ok(ask(&asking, SIGNER_KEYS_STALE_MS, false, &text, &err), &err);
    assert_view_equal(text, "first");
    assert_fails(ask(&asking, 2 * SIGNER_KEYS_STALE_MS, false, &text, &err), &err, ERROR_SERVER);
    signer_keys_free(asking.keys);
    stop(&issuer);
}

static void keeps_what_one_brought_from_others(void **state)
{
    (void)state;
    struct issuer issuer;
    struct view text;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    start(&issuer, "first");
    struct asking asking = {signer_keys_new(), arena, issuer.url, "one"};
    assert_ok(ask(&asking, 0, false, &text, &err), &err);
    asking.owner = "two";
    issuer.body = "second";
    assert_ok(ask(&asking, 0, false, &text, &err), &err);
    assert_view_equal(text, "second");
    asking.owner = "one";
    assert_ok(ask(&asking, 1, false, &text, &err), &err);
    assert_view_equal(text, "first");
    /* Beyond the table's size the one that was asked for longest ago is forgotten. */
    for (int i = 0; i < SIGNER_KEYS_SETS_MAX; i++) {
        asking.owner = arena_format(arena, "other %d", i).data;
        assert_ok(ask(&asking, 1000 + i, false, &text, &err), &err);
    }
    unsigned asked = issuer.asked;
    asking.owner = "one";
    assert_ok(ask(&asking, 2000, false, &text, &err), &err);
    assert_view_equal(text, "second");
    assert_int_equal(issuer.asked, asked + 1);
    signer_keys_free(asking.keys);
    stop(&issuer);
}

static void refuses_sets_that_are_too_large_and_addresses_that_are_not_allowed(void **state)
{
    (void)state;
    static char large[JWK_SET_BYTES_MAX + 2];
    struct issuer issuer;
    struct view text;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    memset(large, ' ', sizeof(large) - 1);
    start(&issuer, large);
    struct asking asking = {signer_keys_new(), arena, issuer.url, "one"};
    assert_fails(ask(&asking, 0, false, &text, &err), &err, ERROR_LIMIT);
    asking.url = "http://127.0.0.2:1/keys";
    assert_fails(ask(&asking, 0, false, &text, &err), &err, ERROR_REFUSED);
    asking.url = "ftp://127.0.0.1/keys";
    assert_fails(ask(&asking, 0, false, &text, &err), &err, ERROR_INVALID);
    signer_keys_free(asking.keys);
    stop(&issuer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_once_an_hour_and_sooner_for_new_keys),
        cmocka_unit_test(lives_with_old_keys_for_a_day),
        cmocka_unit_test(keeps_what_one_brought_from_others),
        cmocka_unit_test(refuses_sets_that_are_too_large_and_addresses_that_are_not_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
