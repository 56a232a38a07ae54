/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/google.h"

#include "http/sign.h"

#define KEY_FILE_BYTES_MAX (64u * 1024)
#define TOKEN_LIFETIME_S 3600
/* Never the address that the key file names: whoever writes a bad file would be sent the proof. */
#define TOKEN_URL "https://oauth2.googleapis.com/token"
#define METADATA_URL "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token"
#define SCOPE "https://www.googleapis.com/auth/cloud-platform"

bool google_token(struct google *google, struct secret **token, int64_t *valid_ms, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    const struct clock *clock = google->adapter->options.clock;
    if (google->private_key == NULL) {
        struct vendor_token_request request = {.method = "GET",
            .url = view_text(METADATA_URL),
            .header = {view_text("metadata-flavor"), view_text("Google")},
            .member = "access_token"};
        return vendor_obtain(google->adapter, &request, token, valid_ms, err);
    }
    struct jwt_claims claims = {.key_id = google->key_id,
        .issuer = google->email,
        .scope = view_text(SCOPE),
        .audience = view_text(TOKEN_URL),
        .wall_ms = clock->wall_ms(clock),
        .lifetime_s = TOKEN_LIFETIME_S};
    AUTO_SECRET *assertion = NULL;
    if (!sign_jwt(arena, google->private_key, &claims, &assertion, err))
        return error_wrap(err, "the service account's key");
    const struct vendor_pair pairs[] = {{"grant_type", view_text("urn:ietf:params:oauth:grant-type:jwt-bearer")},
        {"assertion", secret_view(assertion)}, {0}};
    AUTO_SECRET *form = vendor_form(pairs);
    struct vendor_token_request request = {.method = "POST",
        .url = view_text(TOKEN_URL),
        .body = form,
        .body_type = "application/x-www-form-urlencoded",
        .member = "access_token"};
    return vendor_obtain(google->adapter, &request, token, valid_ms, err);
}

static bool renew(
    struct registry_sign_in *sign_in, struct registry_credentials *credentials, int64_t *valid_ms, struct error *err)
{
    struct google *google = (struct google *)sign_in;
    struct secret *token = NULL;
    if (!google_token(google, &token, valid_ms, err))
        return false;
    secret_free(google->token);
    google->token = token;
    credentials->username = view_text("oauth2accesstoken");
    credentials->password = token;
    return true;
}

static bool read_key(struct google *google, struct view text, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct arena *arena = google->adapter->arena;
    struct json root;
    if (!json_parse(document, text, KEY_FILE_BYTES_MAX, "service account key", &root, err))
        return false;
    struct view type = json_member_string(root, "type");
    struct view key = json_member_string(root, "private_key");
    if (view_is(type, "external_account"))
        return error_set(err, ERROR_UNSUPPORTED,
            "the key file is of workload identity federation; a service account's key or the machine's identity is "
            "wanted");
    google->email = arena_copy(arena, json_member_string(root, "client_email"));
    google->key_id = arena_copy(arena, json_member_string(root, "private_key_id"));
    google->project = arena_copy(arena, json_member_string(root, "project_id"));
    if (key.size == 0 || google->email.size == 0)
        return error_set(
            err, ERROR_INVALID, "the key file is no service account's: it has no private_key or client_email");
    google->private_key = secret_new(key);
    return true;
}

bool google_open(struct google *google, struct adapter *adapter, struct error *err)
{
    const struct secret *key = adapter_secret(adapter, "key_json");
    google->sign_in.renew = renew;
    google->adapter = adapter;
    if (key != NULL && !read_key(google, secret_view(key), err))
        return false;
    if (key != NULL || credential_is_on(adapter->options.fields, "ambient"))
        adapter->options.sign_in = &google->sign_in;
    return true;
}

void google_done(struct google *google)
{
    secret_free(google->private_key);
    secret_free(google->token);
}

struct list {
    struct vendor_pages base;
    struct google_children *children;
};

/* {"child":[…],"manifest":{DIGEST:{"tag":[…],"timeUploadedMs":"…"}}}: numbers are texts, "0" is unknown. */
static bool take_list(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct google_children *children = ((struct list *)pages)->children;
    struct json manifests = json_member(root, "manifest");
    vendor_next_link(pages, arena, response, has_next);
    if (children != NULL) {
        children->has_images = children->has_images || json_count(manifests) > 0;
        for (struct json_iterator i = json_each(json_member(root, "child")); json_next(&i);) {
            if (!children->child(children, json_string(i.value), err))
                return false;
        }
        return true;
    }
    if (json_type(manifests) != JSON_OBJECT)
        return error_set(err, ERROR_UNSUPPORTED, "the tag list has no digests");
    for (struct json_iterator i = json_each(manifests); json_next(&i);) {
        struct digest digest = vendor_digest(i.key);
        for (struct json_iterator tag = json_each(json_member(i.value, "tag")); json_next(&tag);) {
            struct tag_entry entry = {.tag = json_string(tag.value),
                .digest = digest,
                .pushed_at_ms = vendor_time_milliseconds(json_member(i.value, "timeUploadedMs")),
                .push_source = PUSH_SOURCE_DIGEST_PUSHED};
            if (!vendor_tag(pages->listing, &entry, err))
                return false;
        }
    }
    return true;
}

bool google_list(struct vendor_api *api, struct vendor_listing *listing, struct view repository,
    struct google_children *children, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    /* While names are walked, a page that only holds children is progress too. */
    struct list list = {
        .base = {.api = api, .listing = children == NULL ? listing : NULL, .page = take_list}, .children = children};
    list.base.request.target = arena_format(arena, "/v2/%.*s/tags/list?n=10000", VIEW_PRINT(repository));
    list.base.request.scope = arena_format(arena, "repository:%.*s:pull", VIEW_PRINT(repository));
    return vendor_walk(&list.base, err);
}
