/* SPDX-License-Identifier: Apache-2.0 */
/* Oracle Cloud's registry: its API, signed with a user's key, lists repositories and images of a compartment with the time
   at which each arrived. Without such a key the user names the repositories: the catalog is not usable. */
#include "http/sign.h"
#include "registry/vendor.h"

#include <stdlib.h>
#include <time.h>

extern const struct adapter_type adapter_ocir;

struct ocir {
    struct adapter base;
    struct vendor_api api;
    struct view tenancy; /* the namespace that all names begin with */
    bool has_key;
};

static void ocir_close(struct adapter *adapter)
{
    vendor_api_done(&((struct ocir *)adapter)->api);
}

/* Oracle's form of HTTP signatures: "date", "(request-target)" and "host", RSA with SHA-256. */
static bool prove(
    struct vendor_api *api, struct arena *arena, struct vendor_call *call, bool is_again, struct error *err)
{
    struct adapter *adapter = api->adapter;
    const struct url *url = &call->request.url;
    int64_t server_ms = http_last_attempt(adapter->client)->date_ms;
    int64_t now_ms = is_again && server_ms > 0 ? server_ms : adapter->options.clock->wall_ms(adapter->options.clock);
    char *date = arena_alloc(arena, 64);
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm parts;
    struct view signature;
    if (gmtime_r(&seconds, &parts) == NULL || strftime(date, 64, "%a, %d %b %Y %H:%M:%S GMT", &parts) == 0)
        return error_set(err, ERROR_INVALID, "the clock shows no date");
    struct view text =
        arena_format(arena, "date: %s\n(request-target): get %.*s%s%.*s\nhost: %.*s", date, VIEW_PRINT(url->path),
            url->has_query ? "?" : "", VIEW_PRINT(url->query), VIEW_PRINT(url_authority(arena, url)));
    if (!sign_rs256(arena, adapter_secret(adapter, "private_key"), text, &signature, err))
        return false;
    vendor_header(call, "date", view_text(date));
    call->signature = secret_new(arena_format(arena,
        "Signature version=\"1\",keyId=\"%.*s/%.*s/%.*s\",algorithm=\"rsa-sha256\","
        "headers=\"date (request-target) host\",signature=\"%.*s\"",
        VIEW_PRINT(adapter_field(adapter, "tenancy_id")), VIEW_PRINT(adapter_field(adapter, "user_id")),
        VIEW_PRINT(adapter_field(adapter, "key_fingerprint")), VIEW_PRINT(base64_format(arena, signature))));
    call->request.authorization = call->signature;
    return true;
}

/* ocir.REGION.oci.oraclecloud.com names the region; KEY.ocir.io only an abbreviation of it. */
static struct view region_of(const struct ocir *ocir)
{
    struct view region = adapter_field(&ocir->base, "region");
    if (region.size == 0 && view_is(vendor_host_label(&ocir->base, 0), "ocir"))
        region = vendor_host_label(&ocir->base, 1);
    return region;
}

static bool open_api(struct ocir *ocir, struct error *err)
{
    struct view url = adapter_field(&ocir->base, "api_url");
    struct view region = region_of(ocir);
    ocir->has_key = adapter_secret(&ocir->base, "private_key") != NULL;
    if (!ocir->has_key)
        return true;
    if (url.size == 0 && region.size == 0)
        return error_set(err, ERROR_INVALID, "the host does not tell the region: give it, such as eu-frankfurt-1");
    if (url.size == 0)
        url = arena_format(ocir->base.arena, "https://artifacts.%.*s.oci.oraclecloud.com", VIEW_PRINT(region));
    ocir->api.prove = prove;
    return vendor_api_open(&ocir->api, &ocir->base, "Oracle's API", url, err);
}

static bool ocir_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct ocir *ocir = (struct ocir *)adapter_new(&adapter_ocir, sizeof(*ocir), options);
    struct view user = adapter_field(&ocir->base, "username");
    ocir->tenancy = view_find(user, '/') < user.size ? view_slice(user, 0, view_find(user, '/')) : view_text("");
    if (registry_open(&ocir->base.options, &ocir->base.registry, err) && open_api(ocir, err)) {
        *adapter = &ocir->base;
        return true;
    }
    adapter_close(&ocir->base);
    return false;
}

static struct view compartment_of(const struct ocir *ocir)
{
    struct view compartment = adapter_field(&ocir->base, "compartment_id");
    return compartment.size > 0 ? compartment : adapter_field(&ocir->base, "tenancy_id");
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    const struct ocir *ocir = (const struct ocir *)pages->api->adapter;
    vendor_next_value(pages, arena, "page", http_header(response, "opc-next-page"), has_next);
    return vendor_take_repositories(pages->listing, json_member(root, "items"), "displayName", ocir->tenancy, err);
}

static bool ocir_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct ocir *ocir = (struct ocir *)adapter;
    struct vendor_pages pages = {.api = &ocir->api, .listing = listing, .page = take_repositories};
    if (!ocir->has_key)
        return error_set(err, ERROR_UNSUPPORTED, "the integration has no API key of Oracle Cloud to list with");
    pages.request.target =
        arena_format(arena, "/20160918/container/repositories?compartmentId=%.*s&compartmentIdInSubtree=true&limit=100",
            VIEW_PRINT(vendor_segment(arena, compartment_of(ocir))));
    return vendor_walk(&pages, err);
}

struct images {
    struct vendor_pages base;
    struct view repository; /* without the namespace */
};

static bool take_images(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    vendor_next_value(pages, arena, "page", http_header(response, "opc-next-page"), has_next);
    for (struct json_iterator i = json_each(json_member(root, "items")); json_next(&i);) {
        struct tag_entry entry = {.tag = json_member_string(i.value, "version"),
            .digest = vendor_digest(json_member_string(i.value, "digest")),
            .pushed_at_ms = vendor_time(json_member(i.value, "timeCreated")),
            .push_source = PUSH_SOURCE_DIGEST_PUSHED};
        struct json version = json_member(i.value, "version");
        bool is_untagged = !json_is_present(version) || view_is(entry.tag, "unknown");
        if (is_untagged ||
            !view_equal(json_member_string(i.value, "repositoryName"), ((struct images *)pages)->repository))
            continue;
        if (!vendor_tag(pages->listing, &entry, err))
            return false;
    }
    return true;
}

static bool ocir_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct ocir *ocir = (struct ocir *)adapter;
    struct images images = {.base = {.api = &ocir->api, .listing = listing, .page = take_images}};
    if (!ocir->has_key)
        return vendor_protocol_tags(listing, repository, err);
    images.repository = repository;
    (void)view_cut(&images.repository, '/');
    images.base.request.target = arena_format(arena,
        "/20160918/container/images?compartmentId=%.*s&compartmentIdInSubtree=true&repositoryName=%.*s&limit=100"
        "&sortBy=TIMECREATED&sortOrder=DESC",
        VIEW_PRINT(vendor_segment(arena, compartment_of(ocir))), VIEW_PRINT(vendor_segment(arena, images.repository)));
    return vendor_walk(&images.base, err);
}

const struct adapter_type adapter_ocir = {
    .name = "ocir",
    .title = "Oracle Cloud Infrastructure Registry",
    .open = ocir_open,
    .close = ocir_close,
    .repositories = ocir_repositories,
    .tags = ocir_tags,
};
