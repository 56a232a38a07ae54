/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "http/client.h"

/* Port 1 of loopback: nobody listens there. */
static void asks_again_after_failures(void **state)
{
    (void)state;
    struct view allowed = view_text("127.0.0.1");
    struct outbound_policy policy = {.allowed = &allowed, .allowed_count = 1};
    struct http_client_options options = {.policy = &policy, .tries_max = 1};
    AUTO_HTTP_CLIENT *client = http_client_new(&options);
    for (int i = 0; i < 4; i++) {
        AUTO_ARENA *arena = arena_new();
        struct error err;
        struct http_response response;
        struct http_request request = {.method = "GET", .body_bytes_max = 1000};
        assert_ok(url_parse(arena, view_text("http://127.0.0.1:1/"), &request.url, &err), &err);
        assert_fails(http_fetch(client, arena, &request, &response, &err), &err, ERROR_UNREACHABLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(asks_again_after_failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
