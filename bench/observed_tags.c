/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/observed_tags.h"

#include "base/clock.h"

#include <time.h>
#include <unistd.h>

bool tag_store_open(struct tag_store *tags, const char *folder, int64_t tag_count, struct error *err)
{
    tags->arena = arena_new();
    const struct store_options options = {
        .address = arena_format(tags->arena, "sqlite:%s/tidewaiter.db", folder).data, .clock = clock_system()};
    const struct integration_new given = {.name = view_text("bench"),
        .type = view_text("oci"),
        .address = {.host = view_text("registry.example"), .path = view_text("")}};
    bool is_filled = access(folder, F_OK) == 0;
    if (!store_open(&options, &tags->store, err) || !store_ensure_admin(tags->store, tags->arena, &tags->account, err))
        return false;
    int64_t organization = tags->account.organization;
    return is_filled
               ? store_find_integration(tags->store, tags->arena, organization, given.name, &tags->integration, err)
               : store_add_integration(tags->store, tags->arena, organization, &given, &tags->integration, err) &&
                     tag_store_sync(tags, tag_count, err);
}

void tag_store_close(struct tag_store *tags)
{
    store_close(tags->store);
    arena_free(tags->arena);
}

/* Tag k of a repository: every hundredth is "latest" or "prod…", push times spread over the 1,000 days before. */
static struct listed_tag make_tag(struct arena *arena, int64_t repository, int64_t k, int64_t now_ms)
{
    struct listed_tag tag = {.push_source = view_text("api")};
    tag.tag = k == 0 ? view_text("latest")
              : k % 100 == 0
                  ? arena_format(arena, "prod-%lld", (long long)k)
                  : arena_format(arena, "1.%lld.%lld-aaaaaaaaaaaaaaaaaaaa!", (long long)k / 10, (long long)k % 10);
    digest_of(arena_format(arena, "%lld/%lld", (long long)repository, (long long)k), &tag.digest);
    tag.pushed_ms =
        now_ms - (k * INT64_C(172800017) + repository * INT64_C(86400011)) % (INT64_C(1000) * 24 * 3600 * 1000);
    return tag;
}

bool tag_store_sync(struct tag_store *tags, int64_t tag_count, struct error *err)
{
    int64_t run = 0, organization = tags->account.organization;
    if (!store_begin_sync(tags->store, organization, tags->integration.id, view_text("schedule"), NULL, &run, err))
        return false;
    for (int64_t repository = 0; repository < tag_count / TAGS_OF_REPOSITORY; repository++) {
        AUTO_ARENA *arena = arena_new();
        size_t changed;
        struct listed_tag *list = ARENA_ARRAY(arena, struct listed_tag, TAGS_OF_REPOSITORY);
        for (int64_t k = 0; k < TAGS_OF_REPOSITORY; k++)
            list[k] = make_tag(arena, repository, k, tags->integration.created_ms);
        const struct listing listing = {.organization = organization,
            .integration = tags->integration.id,
            .run = run,
            .repository = arena_format(
                arena, "%s/app-%06lld", repository % 2 == 0 ? "mycompany" : "other", (long long)repository),
            .tags = list,
            .tag_count = TAGS_OF_REPOSITORY,
            .is_complete = true};
        if (!store_record_listing(tags->store, &listing, &changed, err))
            return false;
    }
    const struct sync_end end = {.is_complete = true, .is_whole = true};
    return store_finish_sync(tags->store, organization, run, &(struct sync_counts){.tags = tag_count}, &end, err);
}

int64_t cpu_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}
