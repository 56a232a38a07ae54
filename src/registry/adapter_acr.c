/* SPDX-License-Identifier: Apache-2.0 */
/* Azure Container Registry: its own API at the registry's host lists repositories, and tags with digests and times. Users,
   tokens and service principals sign in with a password; service principals through Entra ID and managed identities get a
   refresh token for the registry in exchange. */
#include "registry/vendor.h"

#include <string.h>

extern const struct adapter_type adapter_acr;

struct acr {
    struct adapter base;
    struct vendor_api api;
    struct registry_sign_in sign_in;
    struct secret *refresh_token;
};

static struct acr *acr_of(struct registry_sign_in *sign_in)
{
    return (struct acr *)(void *)((char *)sign_in - offsetof(struct acr, sign_in));
}

/* The clouds of other countries have their own directory. */
static const char *authority_of(struct view host)
{
    host = view_slice(host, 0, view_find(host, ':'));
    if (view_ends_with(host, ".azurecr.us"))
        return "https://login.microsoftonline.us";
    if (view_ends_with(host, ".azurecr.cn"))
        return "https://login.partner.microsoftonline.cn";
    return "https://login.microsoftonline.com";
}

/* Entra ID's token of a service principal. */
static bool ask_directory(
    struct acr *acr, struct arena *arena, struct secret **token, int64_t *valid_ms, struct error *err)
{
    const struct vendor_pair pairs[] = {{"grant_type", view_text("client_credentials")},
        {"client_id", adapter_field(&acr->base, "client_id")},
        {"client_secret", secret_view(adapter_secret(&acr->base, "client_secret"))},
        {"scope", view_text("https://containerregistry.azure.net/.default")}, {0}};
    AUTO_SECRET *form = vendor_form(pairs);
    struct view tenant = vendor_segment(arena, adapter_field(&acr->base, "tenant"));
    struct vendor_token_request request = {.method = "POST",
        .url =
            arena_format(arena, "%s/%.*s/oauth2/v2.0/token", authority_of(acr->base.options.host), VIEW_PRINT(tenant)),
        .body = form,
        .body_type = "application/x-www-form-urlencoded",
        .member = "access_token"};
    return vendor_obtain(&acr->base, &request, token, valid_ms, err);
}

/* The token of the machine's managed identity. */
static bool ask_machine(
    struct acr *acr, struct arena *arena, struct secret **token, int64_t *valid_ms, struct error *err)
{
    struct view client = adapter_field(&acr->base, "client_id");
    struct vendor_token_request request = {.method = "GET",
        .url = arena_format(arena,
            "http://169.254.169.254/metadata/identity/oauth2/"
            "token?api-version=2018-02-01&resource=https://containerregistry.azure.net/%s%.*s",
            client.size > 0 ? "&client_id=" : "", VIEW_PRINT(vendor_segment(arena, client))),
        .header = {view_text("metadata"), view_text("true")},
        .member = "access_token"};
    return vendor_obtain(&acr->base, &request, token, valid_ms, err);
}

static bool renew(
    struct registry_sign_in *sign_in, struct registry_credentials *credentials, int64_t *valid_ms, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct acr *acr = acr_of(sign_in);
    AUTO_SECRET *token = NULL;
    struct secret *refresh_token = NULL;
    bool is_ambient = credential_is_on(acr->base.options.fields, "ambient");
    if (!(is_ambient ? ask_machine : ask_directory)(acr, arena, &token, valid_ms, err))
        return false;
    const struct vendor_pair pairs[] = {{"grant_type", view_text("access_token")}, {"service", acr->base.options.host},
        {"tenant", adapter_field(&acr->base, "tenant")}, {"access_token", secret_view(token)}, {0}};
    AUTO_SECRET *form = vendor_form(pairs);
    struct vendor_token_request request = {.method = "POST",
        .url = vendor_own_url(&acr->base, "/oauth2/exchange"),
        .body = form,
        .body_type = "application/x-www-form-urlencoded",
        .member = "refresh_token"};
    if (!vendor_obtain(&acr->base, &request, &refresh_token, valid_ms, err))
        return false;
    secret_free(acr->refresh_token);
    acr->refresh_token = refresh_token;
    credentials->identity_token = refresh_token;
    return true;
}

static void acr_close(struct adapter *adapter)
{
    struct acr *acr = (struct acr *)adapter;
    vendor_api_done(&acr->api);
    secret_free(acr->refresh_token);
}

static bool acr_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct acr *acr = (struct acr *)adapter_new(&adapter_acr, sizeof(*acr), options);
    *adapter = &acr->base;
    acr->sign_in.renew = renew;
    if (credential_is_on(options->fields, "ambient") || adapter_secret(&acr->base, "client_secret") != NULL)
        acr->base.options.sign_in = &acr->sign_in;
    if (!adapter_connect(&acr->base, &acr->base.options, err))
        return false;
    acr->api.registry = acr->base.registry;
    if (vendor_api_open(&acr->api, &acr->base, "Azure's registry API", vendor_own_url(&acr->base, ""), err))
        return true;
    adapter_close(&acr->base);
    return false;
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    vendor_next_link(pages, arena, response, has_next);
    return vendor_take_repositories(pages->listing, json_member(root, "repositories"), NULL, view_text(""), err);
}

static bool acr_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct acr *acr = (struct acr *)adapter;
    struct vendor_pages pages = {.api = &acr->api, .listing = listing, .page = take_repositories};
    pages.request.target = view_text("/acr/v1/_catalog?n=1000");
    pages.request.scope = view_text("registry:catalog:*");
    return vendor_walk(&pages, err);
}

static bool take_tags(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    static const struct vendor_tag_fields fields = {.tag = "name",
        .digest = "digest",
        .time = "lastUpdateTime",
        .other_time = "createdTime",
        .read_time = vendor_time,
        .source = PUSH_SOURCE_TAG_UPDATED};
    vendor_next_link(pages, arena, response, has_next);
    return vendor_take_tags(pages->listing, json_member(root, "tags"), &fields, err);
}

/* Always a scope of the one repository: registries with attribute-based rights ignore wildcards silently. */
static bool acr_tags(struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct acr *acr = (struct acr *)adapter;
    struct vendor_pages pages = {.api = &acr->api, .listing = listing, .page = take_tags};
    pages.request.target = arena_format(arena, "/acr/v1/%.*s/_tags?n=100&orderby=timedesc", VIEW_PRINT(repository));
    pages.request.scope = arena_format(arena, "repository:%.*s:pull,metadata_read", VIEW_PRINT(repository));
    return vendor_walk(&pages, err);
}

const struct adapter_type adapter_acr = {
    .name = "acr",
    .title = "Azure Container Registry",
    .has_catalog = true,
    .open = acr_open,
    .close = acr_close,
    .repositories = acr_repositories,
    .tags = acr_tags,
};
