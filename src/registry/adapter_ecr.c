/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon ECR, private: one API call lists a thousand repositories or images, with the time at which each digest arrived.
   An integration covers the registry of its host, and with it further regions and accounts: the regions that the user
   names, and in organization mode the accounts that the management account lists. Repositories of other registries than
   the host's own bear that registry's host before their name. */
#include "registry/aws.h"

#include <string.h>

#define RESULTS_MAX 1000
#define PLACES_MAX 2000
#define ACCOUNT_DIGITS 12

extern const struct adapter_type adapter_ecr;

/* One account in one region. */
struct ecr_place {
    struct registry_sign_in sign_in;
    struct ecr *ecr;
    struct view host;
    struct view account;
    struct aws_api api;
    struct registry_options options;
    struct secret *password;
};

struct ecr {
    struct adapter base;
    struct aws_identity *identity;
    struct aws_identity *management; /* NULL: no organization mode */
    struct aws_api organization;
    struct view account; /* of the host */
    struct view region;
    struct view domain; /* "amazonaws.com" */
    struct {
        struct ecr_place **items;
        size_t count;
        size_t capacity;
    } places; /* the first is the host's own */
};

/* ACCOUNT.dkr.ecr.REGION.DOMAIN, or dkr.ecr-fips. */
static bool split_host(struct view host, struct view *account, struct view *region, struct view *domain)
{
    struct view rest = view_slice(host, 0, view_find(host, ':'));
    *account = view_cut(&rest, '.');
    struct view dkr = view_cut(&rest, '.');
    struct view ecr = view_cut(&rest, '.');
    *region = view_cut(&rest, '.');
    *domain = rest;
    int64_t number;
    return account->size == ACCOUNT_DIGITS && view_to_integer(*account, &number) && view_is(dkr, "dkr") &&
           (view_is(ecr, "ecr") || view_is(ecr, "ecr-fips")) && region->size > 0 && rest.size > 0;
}

static bool renew(
    struct registry_sign_in *sign_in, struct registry_credentials *credentials, int64_t *valid_ms, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct ecr_place *place = (struct ecr_place *)sign_in;
    struct vendor_request request = aws_operation(&place->api, arena, "GetAuthorizationToken", view_text("{}"));
    struct http_response response;
    struct json root;
    struct view pair;
    if (!vendor_ask(&place->api.base, arena, &request, document, &root, &response, err))
        return false;
    struct json_iterator list = json_each(json_member(root, "authorizationData"));
    if (!json_next(&list) || !base64_parse(arena, json_member_string(list.value, "authorizationToken"), &pair) ||
        !view_starts_with(pair, "AWS:") || pair.size == 4)
        return error_set(err, ERROR_INVALID, "ECR's API answered without a usable token");
    secret_free(place->password);
    place->password = secret_new(view_from(pair, 4));
    secret_wipe((void *)(uintptr_t)pair.data, pair.size);
    const struct clock *clock = place->ecr->base.options.clock;
    int64_t left_ms = vendor_time_seconds(json_member(list.value, "expiresAt")) - clock->wall_ms(clock);
    *valid_ms = left_ms > 60000 ? left_ms : 600000;
    credentials->username = view_text("AWS");
    credentials->password = place->password;
    return true;
}

/* The keys for an account: a role there in organization mode, else those of the integration. */
static struct aws_identity *identity_for(struct ecr *ecr, struct view account, struct view region)
{
    struct view role = adapter_field(&ecr->base, "member_role_name");
    if (ecr->management == NULL)
        return ecr->identity;
    return aws_identity_of_role(ecr->identity, region,
        arena_format(ecr->base.arena, "arn:aws%s:iam::%.*s:role/%.*s", view_ends_with(ecr->domain, ".cn") ? "-cn" : "",
            VIEW_PRINT(account), VIEW_PRINT(role)),
        adapter_field(&ecr->base, "external_id"));
}

static struct view api_url_of(struct ecr *ecr, struct view region)
{
    struct view given = adapter_field(&ecr->base, "api_url");
    bool is_fips = view_find_text(ecr->base.options.host, view_text(".ecr-fips.")) < ecr->base.options.host.size;
    if (given.size > 0 && view_equal(region, ecr->region))
        return given;
    return arena_format(ecr->base.arena, "https://%s.%.*s.%.*s/", is_fips ? "ecr-fips" : "api.ecr", VIEW_PRINT(region),
        VIEW_PRINT(ecr->domain));
}

/* The place of an account and region, made if it is new. */
static bool ensure_place(
    struct ecr *ecr, struct view account, struct view region, struct ecr_place **found, struct error *err)
{
    struct arena *arena = ecr->base.arena;
    for (size_t i = 0; i < ecr->places.count; i++) {
        struct ecr_place *place = ecr->places.items[i];
        if (view_equal(place->account, account) && view_equal(place->api.region, region)) {
            *found = place;
            return true;
        }
    }
    if (ecr->places.count == PLACES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d registries in one integration", PLACES_MAX);
    struct ecr_place *place = ARENA_NEW(arena, struct ecr_place);
    bool is_own = ecr->places.count == 0;
    place->sign_in.renew = renew;
    place->ecr = ecr;
    place->account = arena_copy(arena, account);
    place->api = (struct aws_api){.region = arena_copy(arena, region),
        .service = "ecr",
        .target = "AmazonEC2ContainerRegistry_V20150921",
        .identity = identity_for(ecr, account, region)};
    place->host = is_own ? ecr->base.options.host
                         : arena_format(arena, "%.*s.dkr.ecr.%.*s.%.*s", VIEW_PRINT(account), VIEW_PRINT(region),
                               VIEW_PRINT(ecr->domain));
    place->options = ecr->base.options;
    place->options.host = place->host;
    place->options.sign_in = &place->sign_in;
    if (!aws_api_open(&place->api, &ecr->base, "ECR's API", api_url_of(ecr, place->api.region), err) ||
        (!is_own && !adapter_add_place(&ecr->base, place->host, &place->options, err)))
        return false;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    *(struct ecr_place **)ARENA_PUSH(arena, &ecr->places) = place;
    *found = place;
    return true;
}

static void ecr_close(struct adapter *adapter)
{
    struct ecr *ecr = (struct ecr *)adapter;
    for (size_t i = 0; i < ecr->places.count; i++) {
        secret_free(ecr->places.items[i]->password);
        aws_identity_done(ecr->places.items[i]->api.identity);
    }
    aws_identity_done(ecr->management);
    aws_identity_done(ecr->identity);
}

static bool open_parts(struct ecr *ecr, struct error *err)
{
    struct adapter *adapter = &ecr->base;
    struct view role = adapter_field(adapter, "management_role_arn");
    struct view account = adapter_field(adapter, "account_id");
    struct ecr_place *own;
    if (!split_host(adapter->options.host, &ecr->account, &ecr->region, &ecr->domain)) {
        struct view regions = adapter_field(adapter, "regions");
        if (!credential_list_next(&regions, &ecr->region) || account.size == 0)
            return error_set(err, ERROR_INVALID,
                "\"%.*s\" is not a host of ECR, ACCOUNT.dkr.ecr.REGION.amazonaws.com; or give account and region",
                VIEW_PRINT(adapter->options.host));
        ecr->account = account;
        ecr->domain = view_text("amazonaws.com");
    }
    ecr->identity = aws_identity_of_fields(adapter, ecr->region);
    if (role.size > 0) {
        ecr->management = aws_identity_of_role(ecr->identity, ecr->region, role, adapter_field(adapter, "external_id"));
        ecr->organization = (struct aws_api){.region = view_text("us-east-1"),
            .service = "organizations",
            .target = "AWSOrganizationsV20161128",
            .identity = ecr->management};
        if (!aws_api_open(&ecr->organization, adapter, "AWS Organizations",
                view_text("https://organizations.us-east-1.amazonaws.com/"), err))
            return false;
    }
    return ensure_place(ecr, ecr->account, ecr->region, &own, err) &&
           registry_open(&own->options, &adapter->registry, err);
}

static bool ecr_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct ecr *ecr = (struct ecr *)adapter_new(&adapter_ecr, sizeof(*ecr), options);
    if (!open_parts(ecr, err)) {
        adapter_close(&ecr->base);
        return false;
    }
    *adapter = &ecr->base;
    return true;
}

/* Regions and accounts that the user did not choose are no part of the integration, whatever a name says. */
static bool ecr_prepare(struct adapter *adapter, struct view repository, struct error *err)
{
    struct ecr *ecr = (struct ecr *)adapter;
    struct view host = view_slice(repository, 0, view_find(repository, '/'));
    struct view account;
    struct view region;
    struct view domain;
    struct ecr_place *place;
    if (!split_host(host, &account, &region, &domain))
        return true;
    bool is_region = view_equal(region, ecr->region) ||
                     (adapter_field(adapter, "regions").size > 0 && vendor_is_chosen(adapter, "regions", region));
    bool is_account = view_equal(account, ecr->account) ||
                      (ecr->management != NULL && vendor_is_chosen(adapter, "accounts", account));
    if (!is_region || !is_account || !view_equal(domain, ecr->domain))
        return error_set(err, ERROR_NOT_FOUND, "registry \"%.*s\" is no part of this integration", VIEW_PRINT(host));
    return ensure_place(ecr, account, region, &place, err);
}

struct walk {
    struct vendor_pages base;
    struct ecr_place *place;
    struct view repository; /* of images */
};

static void next_page(
    struct walk *walk, struct arena *arena, struct json root, const struct vendor_pair *pairs, bool *has_next)
{
    struct view next = json_member_string(root, "nextToken");
    *has_next = next.size > 0;
    if (*has_next)
        walk->base.request.body = aws_body(arena, pairs, RESULTS_MAX, next);
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct walk *walk = (struct walk *)pages;
    const struct vendor_pair pairs[] = {{"registryId", walk->place->account}, {0}};
    bool is_own = walk->place == walk->place->ecr->places.items[0];
    (void)response;
    next_page(walk, arena, root, pairs, has_next);
    return vendor_take_repositories(pages->listing, json_member(root, "repositories"), "repositoryName",
        is_own ? view_text("") : walk->place->host, err);
}

static bool list_place(struct ecr_place *place, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    const struct vendor_pair pairs[] = {{"registryId", place->account}, {0}};
    struct walk walk = {.base = {.api = &place->api.base, .listing = listing, .page = take_repositories}};
    walk.place = place;
    walk.base.request =
        aws_operation(&place->api, arena, "DescribeRepositories", aws_body(arena, pairs, RESULTS_MAX, view_text("")));
    return vendor_walk(&walk.base, err) ||
           error_wrap(err, "account %.*s in %.*s", VIEW_PRINT(place->account), VIEW_PRINT(place->api.region));
}

/* All chosen regions of an account. In an organization, an account that cannot be read does not end the listing. */
static bool list_account(struct ecr *ecr, struct vendor_listing *listing, struct view account, struct error *err)
{
    struct view regions = adapter_field(&ecr->base, "regions");
    struct view region = ecr->region;
    bool is_first = regions.size == 0;
    while (is_first || credential_list_next(&regions, &region)) {
        struct ecr_place *place;
        struct error why;
        is_first = false;
        if (ensure_place(ecr, account, region, &place, &why) && list_place(place, listing, &why))
            continue;
        if (ecr->management == NULL || why.code != ERROR_DENIED) {
            *err = why;
            return false;
        }
        adapter_note(&ecr->base, "%s; the account is left out", why.message);
        vendor_incomplete(listing, why.message);
    }
    return true;
}

struct accounts {
    struct vendor_pages base;
    struct ecr *ecr;
    struct vendor_listing *listing;
};

static bool take_accounts(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct accounts *accounts = (struct accounts *)pages;
    (void)response;
    for (struct json_iterator i = json_each(json_member(root, "Accounts")); json_next(&i);) {
        struct view id = json_member_string(i.value, "Id");
        if (id.size != ACCOUNT_DIGITS || !view_is(json_member_string(i.value, "Status"), "ACTIVE") ||
            !vendor_is_chosen(&accounts->ecr->base, "accounts", id))
            continue;
        if (!list_account(accounts->ecr, accounts->listing, id, err))
            return false;
    }
    struct view next = json_member_string(root, "NextToken");
    const struct vendor_pair pairs[] = {{"NextToken", next}, {0}};
    *has_next = next.size > 0;
    pages->request.body = aws_body(arena, pairs, 0, view_text(""));
    return true;
}

static bool ecr_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct ecr *ecr = (struct ecr *)adapter;
    if (ecr->management == NULL)
        return list_account(ecr, listing, ecr->account, err);
    struct accounts accounts = {.base = {.api = &ecr->organization.base, .page = take_accounts}};
    accounts.ecr = ecr;
    accounts.listing = listing;
    accounts.base.request = aws_operation(&ecr->organization, arena, "ListAccounts", view_text("{}"));
    return vendor_walk(&accounts.base, err);
}

static bool take_images(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct walk *walk = (struct walk *)pages;
    const struct vendor_pair pairs[] = {
        {"registryId", walk->place->account}, {"repositoryName", walk->repository}, {0}};
    (void)response;
    for (struct json_iterator i = json_each(json_member(root, "imageDetails")); json_next(&i);) {
        struct digest digest = vendor_digest(json_member_string(i.value, "imageDigest"));
        for (struct json_iterator tag = json_each(json_member(i.value, "imageTags")); json_next(&tag);) {
            struct tag_entry entry = {.tag = json_string(tag.value),
                .digest = digest,
                .pushed_at_ms = vendor_time_seconds(json_member(i.value, "imagePushedAt")),
                .push_source = PUSH_SOURCE_DIGEST_PUSHED};
            if (!vendor_tag(pages->listing, &entry, err))
                return false;
        }
    }
    next_page(walk, arena, root, pairs, has_next);
    return true;
}

static bool ecr_tags(struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct ecr *ecr = (struct ecr *)adapter;
    struct registry *registry;
    struct walk walk = {.base = {.listing = listing, .page = take_images}, .place = ecr->places.items[0]};
    if (!adapter_locate(adapter, repository, &registry, &walk.repository, err))
        return false;
    struct view host = view_slice(repository, 0, view_find(repository, '/'));
    for (size_t i = 1; i < ecr->places.count; i++) {
        if (view_equal(ecr->places.items[i]->host, host))
            walk.place = ecr->places.items[i];
    }
    const struct vendor_pair pairs[] = {{"registryId", walk.place->account}, {"repositoryName", walk.repository}, {0}};
    walk.base.api = &walk.place->api.base;
    walk.base.request =
        aws_operation(&walk.place->api, arena, "DescribeImages", aws_body(arena, pairs, RESULTS_MAX, view_text("")));
    return vendor_walk(&walk.base, err);
}

const struct adapter_type adapter_ecr = {
    .name = "ecr",
    .title = "Amazon ECR",
    .open = ecr_open,
    .close = ecr_close,
    .prepare = ecr_prepare,
    .repositories = ecr_repositories,
    .tags = ecr_tags,
};
