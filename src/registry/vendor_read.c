/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens from sign-in services, and the odd ways in which vendors write times, digests and names. */
#include "base/memory.h"
#include "http/sign.h"
#include "registry/connection.h"
#include "registry/vendor.h"

#include <math.h>

#define TOKEN_REPLY_BYTES_MAX (1u * 1024 * 1024)
#define TOKEN_BYTES_MAX (64u * 1024)
#define FORM_BYTES_MAX (256u * 1024)
#define LIFETIME_S_DEFAULT 60
#define LIFETIME_S_MAX (12 * 3600)
/* Earlier times are placeholders: 1970, the year 1. */
#define TIME_MS_MIN (365LL * 24 * 3600 * 1000)

/* A token goes into a header: nothing that could end it. */
static bool token_is_valid(struct view token)
{
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] <= 0x20 || token.data[i] >= 0x7f)
            return false;
    }
    return token.size > 0 && token.size <= TOKEN_BYTES_MAX;
}

/* Seconds that the token is good for, by the answer or by itself. */
static int64_t lifetime_of(const struct adapter *adapter, struct json root, struct view token)
{
    const struct clock *clock = adapter->options.clock;
    int64_t lifetime_s = 0;
    struct json given = json_member(root, "expires_in");
    /* Azure's metadata service writes the number as text. */
    bool is_given = json_integer(given, &lifetime_s) || view_to_integer(json_string(given), &lifetime_s);
    if (!is_given && registry_token_expiry_s(token) > 0)
        lifetime_s = registry_token_expiry_s(token) - clock->wall_ms(clock) / 1000;
    if (lifetime_s <= 0)
        lifetime_s = LIFETIME_S_DEFAULT;
    return lifetime_s > LIFETIME_S_MAX ? LIFETIME_S_MAX : lifetime_s;
}

static bool read_token(const struct adapter *adapter, const struct vendor_token_request *request, struct view body,
    struct secret **token, int64_t *valid_ms, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root = {0};
    struct view text = view_trim(body);
    if (request->member != NULL) {
        if (!json_parse(document, body, TOKEN_REPLY_BYTES_MAX, "answer of the sign-in service", &root, err))
            return false;
        text = json_member_string(root, request->member);
    }
    if (!token_is_valid(text))
        return error_set(err, ERROR_INVALID, "the sign-in service answered without a usable token");
    *valid_ms = lifetime_of(adapter, root, text) * 1000;
    *token = secret_new(text);
    return true;
}

bool vendor_obtain(struct adapter *adapter, const struct vendor_token_request *request, struct secret **token,
    int64_t *valid_ms, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct http_header headers[3] = {{view_text("accept"), view_text("application/json")}};
    struct http_response response;
    struct http_request sent = {.method = request->method,
        .headers = headers,
        .header_count = 1,
        .form = request->body,
        .may_repeat = true,
        .stays_at_origin = true,
        .body_bytes_max = TOKEN_REPLY_BYTES_MAX,
        .timeout_ms = REGISTRY_TIMEOUT_MS};
    if (request->body_type != NULL)
        headers[sent.header_count++] = (struct http_header){view_text("content-type"), view_text(request->body_type)};
    if (request->header.name.size > 0)
        headers[sent.header_count++] = request->header;
    if (!url_parse(arena, request->url, &sent.url, err))
        return error_wrap(err, "the address of the sign-in service");
    struct view shown = url_show(arena, &sent.url);
    if (!http_fetch(adapter->client, arena, &sent, &response, err))
        return error_wrap(err, "sign-in service %.*s", VIEW_PRINT(shown));
    if (response.status < 200 || response.status >= 300) {
        (void)registry_refusal(&response, "no token", err);
        if (response.status == 400)
            err->code = ERROR_DENIED; /* RFC 6749 §5.2: wrong credentials are 400 as well */
        return error_wrap(err, "sign-in service %.*s", VIEW_PRINT(shown));
    }
    bool is_read = read_token(adapter, request, response.body, token, valid_ms, err);
    secret_wipe((void *)(uintptr_t)response.body.data, response.body.size);
    return is_read || error_wrap(err, "sign-in service %.*s", VIEW_PRINT(shown));
}

struct secret *vendor_bearer(const struct secret *token)
{
    struct view parts[] = {view_text("Bearer "), secret_view(token)};
    return secret_join(parts, 2);
}

struct secret *vendor_form(const struct vendor_pair *pairs)
{
    AUTO_BUFFER form;
    buffer_init(&form, FORM_BYTES_MAX);
    for (; pairs->name != NULL; pairs++) {
        if (pairs->value.size == 0)
            continue;
        buffer_append_text(&form, form.size == 0 ? "" : "&");
        buffer_append_text(&form, pairs->name);
        buffer_append_byte(&form, '=');
        url_append_encoded(&form, pairs->value, "");
    }
    struct secret *made = secret_new(buffer_view(&form));
    secret_wipe(form.data, form.size);
    return made;
}

static int64_t unless_placeholder(int64_t time_ms)
{
    return time_ms < TIME_MS_MIN ? 0 : time_ms;
}

/* A number, or text that holds one; in the unit of `per_second`. */
static int64_t numeric_time(struct json value, double per_second)
{
    double number = 0;
    int64_t integer = 0;
    if (view_to_integer(json_string(value), &integer))
        number = (double)integer;
    else if (!json_number(value, &number))
        return 0;
    number = number / per_second * 1000;
    return isfinite(number) && number > 0 && number < 1e15 ? unless_placeholder((int64_t)number) : 0;
}

int64_t vendor_time(struct json value)
{
    int64_t time_ms;
    struct error ignored; /* unknown, then */
    return time_parse(json_string(value), &time_ms, &ignored) ? unless_placeholder(time_ms) : 0;
}

int64_t vendor_time_seconds(struct json value)
{
    return numeric_time(value, 1);
}

int64_t vendor_time_milliseconds(struct json value)
{
    return numeric_time(value, 1000);
}

struct digest vendor_digest(struct view text)
{
    struct digest digest = {0};
    struct error ignored; /* unset, then */
    AUTO_ARENA *arena = arena_new();
    if (text.size == 64 && view_find(text, ':') == text.size)
        text = arena_format(arena, "sha256:%.*s", VIEW_PRINT(text));
    return digest_parse(text, &digest, &ignored) ? digest : (struct digest){0};
}

struct view vendor_segment(struct arena *arena, struct view text)
{
    AUTO_BUFFER out;
    buffer_init(&out, URL_BYTES_MAX);
    url_append_encoded(&out, text, "");
    return arena_copy(arena, buffer_view(&out));
}

bool vendor_is_chosen(const struct adapter *adapter, const char *field, struct view name)
{
    struct view item;
    bool is_any = true;
    for (struct view rest = adapter_field(adapter, field); credential_list_next(&rest, &item);) {
        is_any = false;
        if (view_equal(item, name))
            return true;
    }
    return is_any;
}

struct view vendor_host_label(const struct adapter *adapter, unsigned index)
{
    struct view host = adapter->options.host;
    host = view_slice(host, 0, view_find(host, ':'));
    for (; index > 0; index--)
        (void)view_cut(&host, '.');
    return view_cut(&host, '.');
}

bool vendor_take_tags(
    struct vendor_listing *listing, struct json list, const struct vendor_tag_fields *fields, struct error *err)
{
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct tag_entry entry = {.tag = json_member_string(i.value, fields->tag),
            .digest = vendor_digest(json_member_string(i.value, fields->digest)),
            .push_source = fields->source};
        if (fields->time != NULL)
            entry.pushed_at_ms = fields->read_time(json_member(i.value, fields->time));
        if (entry.pushed_at_ms == 0 && fields->other_time != NULL)
            entry.pushed_at_ms = fields->read_time(json_member(i.value, fields->other_time));
        if (!vendor_tag(listing, &entry, err))
            return false;
    }
    return true;
}

bool vendor_take_repositories(
    struct vendor_listing *listing, struct json list, const char *member, struct view prefix, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct view name = member == NULL ? json_string(i.value) : json_member_string(i.value, member);
        if (prefix.size > 0)
            name = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(prefix), VIEW_PRINT(name));
        if (!vendor_repository(listing, name, err))
            return false;
    }
    return true;
}

struct secret *vendor_basic(const struct adapter *adapter)
{
    const struct registry_credentials *credentials = adapter->options.credentials;
    if (credentials == NULL || credentials->username.size == 0 || credentials->password == NULL)
        return NULL;
    struct view parts[] = {credentials->username, view_text(":"), secret_view(credentials->password)};
    AUTO_SECRET *joined = secret_join(parts, 3);
    return secret_base64("Basic ", secret_view(joined));
}
