/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon ECR Public: with access keys the API lists the account's own repositories, and tags with the time of each. Other
   people's public repositories cannot be listed: they are named by the user and read by the protocol. */
#include "registry/aws.h"

#define RESULTS_MAX 1000

extern const struct adapter_type adapter_ecr_public;

struct ecr_public {
    struct adapter base;
    struct aws_api api;
};

static void ecr_public_close(struct adapter *adapter)
{
    aws_identity_done(((struct ecr_public *)adapter)->api.identity);
}

static bool ecr_public_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct ecr_public *ecr = (struct ecr_public *)adapter_new(&adapter_ecr_public, sizeof(*ecr), options);
    struct view url = adapter_field(&ecr->base, "api_url");
    *adapter = &ecr->base;
    if (!adapter_connect(&ecr->base, &ecr->base.options, err))
        return false;
    /* The API is in one region, whichever the repositories are used from. */
    ecr->api = (struct aws_api){.region = view_text("us-east-1"),
        .service = "ecr-public",
        .target = "SpencerFrontendService",
        .identity = aws_identity_of_fields(&ecr->base, view_text("us-east-1"))};
    if (aws_api_open(&ecr->api, &ecr->base, "ECR Public's API",
            url.size == 0 ? view_text("https://api.ecr-public.us-east-1.amazonaws.com/") : url, err))
        return true;
    adapter_close(&ecr->base);
    return false;
}

static void next_page(
    struct vendor_pages *pages, struct arena *arena, struct json root, const struct vendor_pair *pairs, bool *has_next)
{
    struct view next = json_member_string(root, "nextToken");
    *has_next = next.size > 0;
    if (*has_next)
        pages->request.body = aws_body(arena, pairs, RESULTS_MAX, next);
}

/* "public.ecr.aws/ALIAS/NAME" is known there as ALIAS/NAME. */
static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    const struct vendor_pair none[] = {{0}};
    (void)response;
    for (struct json_iterator i = json_each(json_member(root, "repositories")); json_next(&i);) {
        struct view name = json_member_string(i.value, "repositoryUri");
        (void)view_cut(&name, '/');
        if (!vendor_repository(pages->listing, name, err))
            return false;
    }
    next_page(pages, arena, root, none, has_next);
    return true;
}

static bool ecr_public_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct ecr_public *ecr = (struct ecr_public *)adapter;
    const struct vendor_pair none[] = {{0}};
    if (!aws_has_identity(adapter))
        return error_set(err, ERROR_UNSUPPORTED,
            "ECR Public lists the repositories of an account only, and the integration has no access keys");
    struct vendor_pages pages = {.api = &ecr->api.base, .listing = listing, .page = take_repositories};
    pages.request =
        aws_operation(&ecr->api, arena, "DescribeRepositories", aws_body(arena, none, RESULTS_MAX, view_text("")));
    return vendor_walk(&pages, err);
}

struct images {
    struct vendor_pages base;
    struct view repository; /* without the alias */
};

static bool take_tags(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    const struct vendor_pair pairs[] = {{"repositoryName", ((struct images *)pages)->repository}, {0}};
    (void)response;
    for (struct json_iterator i = json_each(json_member(root, "imageTagDetails")); json_next(&i);) {
        struct json detail = json_member(i.value, "imageDetail");
        struct tag_entry entry = {.tag = json_member_string(i.value, "imageTag"),
            .digest = vendor_digest(json_member_string(detail, "imageDigest")),
            .pushed_at_ms = vendor_time_seconds(json_member(i.value, "createdAt")),
            .push_source = PUSH_SOURCE_TAG_MOVED};
        if (entry.pushed_at_ms == 0) {
            entry.pushed_at_ms = vendor_time_seconds(json_member(detail, "imagePushedAt"));
            entry.push_source = PUSH_SOURCE_DIGEST_PUSHED;
        }
        if (!vendor_tag(pages->listing, &entry, err))
            return false;
    }
    next_page(pages, arena, root, pairs, has_next);
    return true;
}

static bool ecr_public_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct ecr_public *ecr = (struct ecr_public *)adapter;
    struct images images = {.base = {.api = &ecr->api.base, .listing = listing, .page = take_tags}};
    if (!aws_has_identity(adapter))
        return vendor_protocol_tags(listing, repository, err);
    images.repository = repository;
    (void)view_cut(&images.repository, '/');
    const struct vendor_pair pairs[] = {{"repositoryName", images.repository}, {0}};
    images.base.request =
        aws_operation(&ecr->api, arena, "DescribeImageTags", aws_body(arena, pairs, RESULTS_MAX, view_text("")));
    return vendor_walk(&images.base, err);
}

const struct adapter_type adapter_ecr_public = {
    .name = "ecr-public",
    .title = "Amazon ECR Public",
    .open = ecr_public_open,
    .close = ecr_public_close,
    .repositories = ecr_public_repositories,
    .tags = ecr_public_tags,
};
