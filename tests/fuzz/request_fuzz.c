/* SPDX-License-Identifier: Apache-2.0 */
/* What strangers put into a request: the first byte chooses the part, the rest is its text.
   Fuzzes: src/api/host.c src/api/jsonapi.c src/api/router.c src/api/query.c */
#include "tests/fuzz/fuzz.h"

#include "api/host.h"
#include "api/jsonapi.h"
#include "api/router.h"
#include "base/buffer.h"

static void read_query(struct arena *arena, struct view text)
{
    struct error err;
    struct query query;
    if (!query_parse(arena, text, &query, &err))
        return;
    for (size_t i = 0; i < query.count; i++) {
        struct view again;
        AUTO_BUFFER encoded;
        buffer_init(&encoded, 3 * text.size + 1);
        query_append_encoded(&encoded, query.items[i].value);
        FUZZ_CHECK(query_decode(arena, buffer_view(&encoded), true, &again, &err));
        FUZZ_CHECK(view_equal(again, query.items[i].value));
    }
}

static void read_cursor(struct arena *arena, struct view text)
{
    struct error err;
    struct view key, again;
    if (!cursor_decode(arena, text, &key, &err))
        return;
    FUZZ_CHECK(cursor_decode(arena, cursor_encode(arena, key), &again, &err));
    FUZZ_CHECK(view_equal(again, key));
}

static void read_version(struct view text)
{
    struct version_choice choice;
    char served[API_VERSION_TEXT_SIZE];
    if (version_negotiate(text, "2023-10-11~experimental 2025-09-17", INT64_C(1795267200000), &choice) ==
        VERSION_SERVED)
        api_version_format(choice.served, served);
}

static void read_names(struct view text)
{
    static const struct host_rule rule = {.is_loopback = true, .names = {"tide.example"}, .name_count = 1};
    struct view rest = text;
    struct view origin = view_cut(&rest, '\n');
    (void)host_is_allowed(&rule, origin);
    (void)host_is_origin(origin, rest);
    struct view value = cookie_find(text, "__Host-tidewaiter");
    FUZZ_CHECK(value.size <= text.size);
}

static void read_path(struct arena *arena, struct view text)
{
    struct route_match match;
    struct request request = {.arena = arena};
    struct response response;
    router_find(METHOD_GET, text, &match);
    if (match.route == NULL)
        return;
    response_init(&response, arena);
    request.route = match.route;
    if (!router_read_values(&request, &match, &response))
        FUZZ_CHECK(response.status == 400);
    response_done(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    AUTO_ARENA *arena = arena_new();
    struct view text = arena_copy(arena, view_of(data + 1, size - 1));
    switch (data[0]) {
    case 'q':
        read_query(arena, text);
        break;
    case 'c':
        read_cursor(arena, text);
        break;
    case 'v':
        read_version(text);
        break;
    case 'n':
        read_names(text);
        break;
    default:
        read_path(arena, text);
    }
    return 0;
}
