/* SPDX-License-Identifier: Apache-2.0 */
/* Alibaba Cloud Container Registry, Personal and Enterprise Edition: OpenAPI lists namespaces, repositories and tags with
   times and gives passwords for the registry. Personal instances speak the "ROA" style (paths), Enterprise ones the "RPC"
   style (parameters); both are signed with HMAC-SHA1. There is no catalog. */
#include "base/map.h"
#include "base/uuid.h"
#include "http/sign.h"
#include "registry/connection.h"
#include "registry/vendor.h"

#include <stdlib.h>
#include <time.h>

#define PAGE_SIZE 30

extern const struct adapter_type adapter_alibaba;

struct alibaba {
    struct registry_sign_in sign_in;
    struct adapter *adapter;
    struct vendor_api api;
    struct view region;
    struct view instance; /* empty: Personal Edition */
    struct secret *password;
    struct view username;
    struct map repositories; /* char * id by name, of an Enterprise instance */
    bool has_repositories;
};

struct alibaba_adapter {
    struct adapter base;
    struct alibaba alibaba;
};

static struct alibaba *alibaba_of(struct adapter *adapter)
{
    return &((struct alibaba_adapter *)adapter)->alibaba;
}

/* RFC 3339 for parameters, the form of HTTP's Date (RFC 9110 §5.6.7) for headers. */
static struct view now_text(const struct adapter *adapter, struct arena *arena, bool is_header)
{
    char *text = arena_alloc(arena, 64);
    time_t seconds = (time_t)(adapter->options.clock->wall_ms(adapter->options.clock) / 1000);
    struct tm parts = {0};
    (void)gmtime_r(&seconds, &parts);
    size_t size = is_header ? strftime(text, 64, "%a, %d %b %Y %H:%M:%S GMT", &parts)
                            : strftime(text, 64, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return view_of(text, size);
}

static struct view mac_text(struct arena *arena, struct view key, struct view text)
{
    unsigned char mac[20];
    sign_hmac_sha1(key, text, mac);
    return base64_format(arena, view_of(mac, sizeof(mac)));
}

static struct view nonce(struct arena *arena)
{
    struct uuid uuid;
    uuid_new(&uuid);
    return arena_copy(arena, view_text(uuid.text));
}

static int compare_views(const void *left, const void *right)
{
    return view_compare(*(const struct view *)left, *(const struct view *)right);
}

/* Parameters "NAME=VALUE", encoded, in the order of their bytes. */
static struct view sorted_query(struct arena *arena, struct view query)
{
    struct view items[64] = {{NULL, 0}};
    size_t count = 0;
    AUTO_BUFFER text;
    buffer_init(&text, URL_BYTES_MAX);
    while (query.size > 0 && count < sizeof(items) / sizeof(items[0]))
        items[count++] = view_cut(&query, '&');
    qsort(items, count, sizeof(items[0]), compare_views);
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(&text, i == 0 ? "" : "&");
        buffer_append(&text, items[i]);
    }
    return arena_copy(arena, buffer_view(&text));
}

/* RPC: everything is a parameter, the signature as well. */
static void sign_rpc(struct alibaba *alibaba, struct arena *arena, struct vendor_call *call)
{
    struct adapter *adapter = alibaba->adapter;
    struct url *url = &call->request.url;
    struct view parts[] = {secret_view(adapter_secret(adapter, "access_key_secret")), view_text("&")};
    AUTO_SECRET *key = secret_join(parts, 2);
    struct view at = now_text(adapter, arena, false);
    struct view query = sorted_query(
        arena, arena_format(arena,
                   "%.*s&AccessKeyId=%.*s&Format=JSON&RegionId=%.*s&SignatureMethod=HMAC-SHA1&SignatureNonce=%.*s"
                   "&SignatureVersion=1.0&Timestamp=%.*s&Version=2018-12-01",
                   VIEW_PRINT(url->query), VIEW_PRINT(vendor_segment(arena, adapter_field(adapter, "access_key_id"))),
                   VIEW_PRINT(vendor_segment(arena, alibaba->region)), VIEW_PRINT(nonce(arena)),
                   VIEW_PRINT(vendor_segment(arena, at))));
    struct view text = arena_format(arena, "GET&%%2F&%.*s", VIEW_PRINT(vendor_segment(arena, query)));
    struct view signature = vendor_segment(arena, mac_text(arena, secret_view(key), text));
    url->query = arena_format(arena, "%.*s&Signature=%.*s", VIEW_PRINT(query), VIEW_PRINT(signature));
}

/* ROA: method, headers and path are signed. */
static void sign_roa(struct alibaba *alibaba, struct arena *arena, struct vendor_call *call)
{
    struct adapter *adapter = alibaba->adapter;
    const struct url *url = &call->request.url;
    struct view date = now_text(adapter, arena, true);
    struct view random = nonce(arena);
    struct view query = url->has_query ? sorted_query(arena, url->query) : view_text("");
    struct view text = arena_format(arena,
        "GET\napplication/json\n\n\n%.*s\nx-acs-region-id:%.*s\nx-acs-signature-method:HMAC-SHA1\n"
        "x-acs-signature-nonce:%.*s\nx-acs-signature-version:1.0\nx-acs-version:2016-06-07\n%.*s%s%.*s",
        VIEW_PRINT(date), VIEW_PRINT(alibaba->region), VIEW_PRINT(random), VIEW_PRINT(url->path),
        query.size > 0 ? "?" : "", VIEW_PRINT(query));
    struct view signature = mac_text(arena, secret_view(adapter_secret(adapter, "access_key_secret")), text);
    vendor_header(call, "date", date);
    vendor_header(call, "x-acs-region-id", alibaba->region);
    vendor_header(call, "x-acs-signature-method", view_text("HMAC-SHA1"));
    vendor_header(call, "x-acs-signature-nonce", random);
    vendor_header(call, "x-acs-signature-version", view_text("1.0"));
    vendor_header(call, "x-acs-version", view_text("2016-06-07"));
    call->signature = secret_new(arena_format(
        arena, "acs %.*s:%.*s", VIEW_PRINT(adapter_field(adapter, "access_key_id")), VIEW_PRINT(signature)));
    call->request.authorization = call->signature;
}

static bool prove(
    struct vendor_api *api, struct arena *arena, struct vendor_call *call, bool is_again, struct error *err)
{
    struct alibaba *alibaba = alibaba_of(api->adapter);
    (void)is_again;
    (void)err;
    if (alibaba->instance.size > 0)
        sign_rpc(alibaba, arena, call);
    else
        sign_roa(alibaba, arena, call);
    return true;
}

/* An Enterprise operation's target; `more` begins with '&' or is empty. */
static struct view operation(const struct alibaba *alibaba, struct arena *arena, const char *action, struct view more)
{
    return arena_format(arena, "/?Action=%s&InstanceId=%.*s%.*s", action,
        VIEW_PRINT(vendor_segment(arena, alibaba->instance)), VIEW_PRINT(more));
}

/* A password for the registry, good for about an hour. */
static bool renew(
    struct registry_sign_in *sign_in, struct registry_credentials *credentials, int64_t *valid_ms, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct alibaba *alibaba = (struct alibaba *)sign_in;
    struct adapter *adapter = alibaba->adapter;
    bool is_enterprise = alibaba->instance.size > 0;
    struct json root;
    struct http_response response;
    struct vendor_request request = {.target = is_enterprise
                                                   ? operation(alibaba, arena, "GetAuthorizationToken", view_text(""))
                                                   : view_text("/tokens")};
    if (!vendor_ask(&alibaba->api, arena, &request, document, &root, &response, err))
        return false;
    struct json data = is_enterprise ? root : json_member(root, "data");
    struct view user = json_member_string(data, is_enterprise ? "TempUsername" : "tempUserName");
    struct view password = json_member_string(data, is_enterprise ? "AuthorizationToken" : "authorizationToken");
    if (user.size == 0 || password.size == 0)
        return error_set(err, ERROR_INVALID, "Alibaba's API answered without a password");
    int64_t until_ms = vendor_time_milliseconds(json_member(data, is_enterprise ? "ExpireTime" : "expireDate"));
    int64_t left_ms = until_ms - adapter->options.clock->wall_ms(adapter->options.clock);
    secret_free(alibaba->password);
    alibaba->password = secret_new(password);
    alibaba->username = arena_copy(adapter->arena, user);
    *valid_ms = left_ms > 60000 ? left_ms : 600000;
    credentials->username = alibaba->username;
    credentials->password = alibaba->password;
    return true;
}

static void alibaba_close(struct adapter *adapter)
{
    vendor_api_done(&alibaba_of(adapter)->api);
    secret_free(alibaba_of(adapter)->password);
}

static bool open_parts(struct alibaba *alibaba, struct error *err)
{
    struct adapter *adapter = alibaba->adapter;
    struct view host = view_slice(adapter->options.host, 0, view_find(adapter->options.host, ':'));
    bool is_enterprise = view_ends_with(host, ".cr.aliyuncs.com");
    alibaba->region = adapter_field(adapter, "region");
    alibaba->instance = adapter_field(adapter, "instance_id");
    map_init(&alibaba->repositories, adapter->arena);
    if (alibaba->region.size == 0)
        alibaba->region = vendor_host_label(adapter, 1);
    if (is_enterprise && alibaba->instance.size == 0)
        return error_set(err, ERROR_INVALID, "an Enterprise Edition registry needs its instance id, cri-…");
    if (adapter_secret(adapter, "access_key_secret") != NULL && adapter->options.credentials == NULL)
        adapter->options.sign_in = &alibaba->sign_in;
    alibaba->api.prove = prove;
    return registry_open(&adapter->options, &adapter->registry, err) &&
           vendor_api_open(&alibaba->api, adapter, "Alibaba's API",
               arena_format(adapter->arena, "https://cr.%.*s.aliyuncs.com", VIEW_PRINT(alibaba->region)), err);
}

static bool alibaba_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct adapter *opened = adapter_new(&adapter_alibaba, sizeof(struct alibaba_adapter), options);
    alibaba_of(opened)->adapter = opened;
    alibaba_of(opened)->sign_in.renew = renew;
    if (open_parts(alibaba_of(opened), err)) {
        *adapter = opened;
        return true;
    }
    adapter_close(opened);
    return false;
}

/* One walk over pages of a list; both editions count pages from 1. */
struct walk {
    struct vendor_pages base;
    struct alibaba *alibaba;
};

static struct json list_of(
    const struct alibaba *alibaba, struct json root, const char *personal, const char *enterprise)
{
    return alibaba->instance.size > 0 ? json_member(root, enterprise)
                                      : json_member(json_member(root, "data"), personal);
}

static void next_page(struct walk *walk, struct arena *arena, struct json list, bool *has_next)
{
    if (json_count(list) > 0)
        vendor_next_number(&walk->base, arena, walk->alibaba->instance.size > 0 ? "PageNo" : "Page", has_next);
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct walk *walk = (struct walk *)pages;
    struct alibaba *alibaba = walk->alibaba;
    bool is_enterprise = alibaba->instance.size > 0;
    struct json list = list_of(alibaba, root, "repos", "Repositories");
    struct arena *kept = alibaba->adapter->arena;
    (void)response;
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct view space = json_member_string(i.value, is_enterprise ? "RepoNamespaceName" : "repoNamespace");
        struct view name = json_member_string(i.value, is_enterprise ? "RepoName" : "repoName");
        struct view full = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(space), VIEW_PRINT(name));
        if (is_enterprise && !vendor_is_chosen(alibaba->adapter, "namespaces", space))
            continue;
        if (is_enterprise && alibaba->repositories.count < REGISTRY_REPOSITORIES_MAX)
            map_set(&alibaba->repositories, arena_copy(kept, full),
                arena_text(kept, json_member_string(i.value, "RepoId")));
        if (pages->listing != NULL && !vendor_repository(pages->listing, full, err))
            return false;
    }
    next_page(walk, arena, list, has_next);
    return true;
}

static bool read_enterprise(struct alibaba *alibaba, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct walk walk = {.base = {.api = &alibaba->api, .listing = listing, .page = take_repositories}};
    walk.alibaba = alibaba;
    walk.base.request.target = operation(alibaba, arena, "ListRepository", view_text("&RepoStatus=NORMAL&PageSize=30"));
    alibaba->has_repositories = vendor_walk(&walk.base, err);
    return alibaba->has_repositories;
}

static bool list_namespace(
    struct alibaba *alibaba, struct vendor_listing *listing, struct view space, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct walk walk = {.base = {.api = &alibaba->api, .listing = listing, .page = take_repositories}};
    walk.alibaba = alibaba;
    walk.base.request.target =
        arena_format(arena, "/repos/%.*s?PageSize=%d", VIEW_PRINT(vendor_segment(arena, space)), PAGE_SIZE);
    return vendor_walk(&walk.base, err) || error_wrap(err, "namespace \"%.*s\"", VIEW_PRINT(space));
}

static bool list_personal(struct alibaba *alibaba, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct http_response response;
    struct vendor_request request = {.target = view_text("/namespace")};
    struct view space;
    bool has_named = false;
    for (struct view rest = adapter_field(alibaba->adapter, "namespaces"); credential_list_next(&rest, &space);) {
        has_named = true;
        if (!list_namespace(alibaba, listing, space, err))
            return false;
    }
    if (has_named)
        return true;
    if (!vendor_ask(&alibaba->api, arena, &request, document, &root, &response, err))
        return false;
    for (struct json_iterator i = json_each(json_member(json_member(root, "data"), "namespaces")); json_next(&i);) {
        space = json_member_string(i.value, "namespace");
        if (space.size > 0 && !list_namespace(alibaba, listing, space, err))
            return false;
    }
    return true;
}

static bool alibaba_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct alibaba *alibaba = alibaba_of(adapter);
    if (adapter_secret(adapter, "access_key_secret") == NULL)
        return error_set(err, ERROR_UNSUPPORTED, "the integration has no AccessKey to list with");
    return alibaba->instance.size > 0 ? read_enterprise(alibaba, listing, err) : list_personal(alibaba, listing, err);
}

static bool take_tags(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    static const struct vendor_tag_fields personal = {.tag = "tag",
        .digest = "digest",
        .time = "imageUpdate",
        .read_time = vendor_time_milliseconds,
        .source = PUSH_SOURCE_TAG_UPDATED};
    static const struct vendor_tag_fields enterprise = {.tag = "Tag",
        .digest = "Digest",
        .time = "ImageUpdate",
        .read_time = vendor_time_milliseconds,
        .source = PUSH_SOURCE_TAG_UPDATED};
    struct walk *walk = (struct walk *)pages;
    struct json list = list_of(walk->alibaba, root, "tags", "Images");
    (void)response;
    next_page(walk, arena, list, has_next);
    return vendor_take_tags(pages->listing, list, walk->alibaba->instance.size > 0 ? &enterprise : &personal, err);
}

static bool alibaba_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct alibaba *alibaba = alibaba_of(adapter);
    struct walk walk = {.base = {.api = &alibaba->api, .listing = listing, .page = take_tags}};
    walk.alibaba = alibaba;
    if (adapter_secret(adapter, "access_key_secret") == NULL)
        return vendor_protocol_tags(listing, repository, err);
    if (alibaba->instance.size == 0) {
        walk.base.request.target = arena_format(arena, "/repos/%.*s/tags?PageSize=100", VIEW_PRINT(repository));
        return vendor_walk(&walk.base, err);
    }
    if (!alibaba->has_repositories && !read_enterprise(alibaba, NULL, err))
        return false;
    const char *id = map_get(&alibaba->repositories, repository);
    if (id == NULL)
        return error_set(err, ERROR_NOT_FOUND, "Alibaba's API knows no such repository");
    walk.base.request.target =
        operation(alibaba, arena, "ListRepoTag", arena_format(arena, "&RepoId=%s&PageSize=100", id));
    return vendor_walk(&walk.base, err);
}

const struct adapter_type adapter_alibaba = {
    .name = "alibaba",
    .title = "Alibaba Cloud Container Registry",
    .open = alibaba_open,
    .close = alibaba_close,
    .repositories = alibaba_repositories,
    .tags = alibaba_tags,
};
