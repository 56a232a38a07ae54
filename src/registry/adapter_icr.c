/* SPDX-License-Identifier: Apache-2.0 */
/* IBM Cloud Container Registry: one API call tells all images of a namespace with digests and tags. It knows no push times:
   "Created" is the build's. */
#include "registry/vendor.h"

#define TAGS_MAX 200000

extern const struct adapter_type adapter_icr;

struct icr_tag {
    struct view repository;
    struct tag_entry tag;
};

struct icr {
    struct adapter base;
    struct vendor_api api;
    struct registry_credentials credentials;
    struct arena *kept;
    struct {
        struct icr_tag *items;
        size_t count;
        size_t capacity;
    } tags; /* of all namespaces */
    bool is_read;
};

static bool sign_in(struct vendor_api *api, struct secret **token, int64_t *valid_ms, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct view iam = adapter_field(api->adapter, "iam_url");
    const struct vendor_pair pairs[] = {{"grant_type", view_text("urn:ibm:params:oauth:grant-type:apikey")},
        {"apikey", secret_view(adapter_secret(api->adapter, "api_key"))}, {0}};
    AUTO_SECRET *form = vendor_form(pairs);
    AUTO_SECRET *bare = NULL;
    if (iam.size == 0)
        iam = view_text("https://iam.cloud.ibm.com");
    struct vendor_token_request request = {.method = "POST",
        .url = arena_format(arena, "%.*s/identity/token", VIEW_PRINT(iam)),
        .body = form,
        .body_type = "application/x-www-form-urlencoded",
        .member = "access_token"};
    if (!vendor_obtain(api->adapter, &request, &bare, valid_ms, err))
        return false;
    *token = vendor_bearer(bare);
    return true;
}

static void icr_close(struct adapter *adapter)
{
    struct icr *icr = (struct icr *)adapter;
    vendor_api_done(&icr->api);
    arena_free(icr->kept);
}

static bool icr_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct icr *icr = (struct icr *)adapter_new(&adapter_icr, sizeof(*icr), options);
    const struct secret *key = adapter_secret(&icr->base, "api_key");
    *adapter = &icr->base;
    if (key != NULL) {
        icr->credentials = (struct registry_credentials){.username = view_text("iamapikey"), .password = key};
        icr->base.options.credentials = &icr->credentials;
        icr->api.sign_in = sign_in;
    }
    if (!adapter_connect(&icr->base, &icr->base.options, err))
        return false;
    if (vendor_api_open(&icr->api, &icr->base, "IBM's registry API", vendor_own_url(&icr->base, ""), err))
        return true;
    adapter_close(&icr->base);
    return false;
}

/* "de.icr.io/acme/app:1.4.2" */
static bool take_reference(struct icr *icr, struct view text, const struct digest *digest, struct error *err)
{
    (void)view_cut(&text, '/');
    size_t colon = view_find_last(text, ':');
    if (colon == text.size)
        return true;
    if (icr->tags.count == TAGS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d tags", TAGS_MAX);
    struct icr_tag *tag = ARENA_PUSH(icr->kept, &icr->tags);
    tag->repository = arena_copy(icr->kept, view_slice(text, 0, colon));
    tag->tag = (struct tag_entry){.tag = arena_copy(icr->kept, view_from(text, colon + 1)), .digest = *digest};
    return true;
}

static bool read_namespace(struct icr *icr, struct view space, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct http_response response;
    struct vendor_request request = {.headers = {{view_text("account"), adapter_field(&icr->base, "account_id")}}};
    request.target = arena_format(arena,
        "/api/v1/images?namespace=%.*s&includeIBM=false&includeManifestLists=true&vulnerabilities=false",
        VIEW_PRINT(vendor_segment(arena, space)));
    if (!vendor_ask(&icr->api, arena, &request, document, &root, &response, err))
        return false;
    if (json_type(root) != JSON_ARRAY)
        return error_set(err, ERROR_UNSUPPORTED, "IBM's registry API answered without a list");
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        for (struct json_iterator digests = json_each(json_member(i.value, "DigestTags")); json_next(&digests);) {
            struct digest digest = vendor_digest(digests.key);
            for (struct json_iterator tag = json_each(digests.value); json_next(&tag);) {
                if (!take_reference(icr, json_string(tag.value), &digest, err))
                    return false;
            }
        }
    }
    return true;
}

static bool read_all(struct icr *icr, struct error *err)
{
    struct view space;
    bool has_named = false;
    arena_free(icr->kept);
    icr->kept = arena_new();
    icr->tags.items = NULL;
    icr->tags.count = icr->tags.capacity = 0;
    icr->is_read = false;
    for (struct view rest = adapter_field(&icr->base, "namespaces"); credential_list_next(&rest, &space);) {
        has_named = true;
        if (!read_namespace(icr, space, err))
            return error_wrap(err, "namespace \"%.*s\"", VIEW_PRINT(space));
    }
    icr->is_read = has_named || read_namespace(icr, view_text(""), err);
    return icr->is_read;
}

static bool icr_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct icr *icr = (struct icr *)adapter;
    if (!read_all(icr, err))
        return false;
    for (size_t i = 0; i < icr->tags.count; i++) {
        if (!vendor_repository(listing, icr->tags.items[i].repository, err))
            return false;
    }
    return true;
}

static bool icr_tags(struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    struct icr *icr = (struct icr *)adapter;
    if (!icr->is_read && !read_all(icr, err))
        return false;
    for (size_t i = 0; i < icr->tags.count; i++) {
        if (view_equal(icr->tags.items[i].repository, repository) && !vendor_tag(listing, &icr->tags.items[i].tag, err))
            return false;
    }
    return true;
}

const struct adapter_type adapter_icr = {
    .name = "icr",
    .title = "IBM Cloud Container Registry",
    .open = icr_open,
    .close = icr_close,
    .repositories = icr_repositories,
    .tags = icr_tags,
};
