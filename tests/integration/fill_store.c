/* SPDX-License-Identifier: Apache-2.0 */
/* Fills a store through its own functions, for the tests of the server: one integration, a feed, IMAGES scanned images that
   share their packages, one that waits, one that failed, and one artifact.   usage: fill_store DATA_FOLDER */
#include "base/file.h"
#include "store/accounts.h"
#include "store/images.h"
#include "store/integrations.h"
#include "store/jobs.h"
#include "store/results.h"

#include <stdio.h>
#include <stdlib.h>

#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        if (!(call)) {                                                                                                 \
            fprintf(stderr, "fill_store: %s: %s\n", #call, err.message);                                               \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { IMAGES = 25, PACKAGES = 24, FINDINGS_PER_PACKAGE = 2, GENERATION = 1, UNATTRIBUTED = 1200 };

#define FAILED_TAG "failed"

static struct error err;

struct filling {
    struct store *store;
    struct arena *arena;
    struct account account;
    struct integration integration;
    int64_t run;
};

static struct digest digest_for(struct filling *filling, const char *what, int number)
{
    struct digest digest;
    digest_of(arena_format(filling->arena, "%s %d", what, number), &digest);
    return digest;
}

static void import_tag(struct filling *filling, const char *tag, const struct digest *digest, enum manifest_kind kind)
{
    enum import_result result;
    const struct import import = {.organization = filling->account.organization,
        .integration = filling->integration.id,
        .run = filling->run,
        .repository = view_text("team/app"),
        .tag = view_text(tag),
        .digest = *digest,
        .kind = kind,
        .artifact_type = view_text(kind == MANIFEST_ARTIFACT ? "application/vnd.cncf.helm.config.v1+json" : ""),
        .lane = JOB_LANE_NORMAL};
    MUST(store_import(filling->store, &import, &result, &err));
}

static void import_all(struct filling *filling)
{
    struct listed_tag tags[IMAGES + 3];
    size_t changed, count = 0;
    for (int i = 0; i < IMAGES; i++)
        tags[count++] = (struct listed_tag){
            .tag = arena_format(filling->arena, "v%02d", i), .digest = digest_for(filling, "manifest", i)};
    tags[count++] =
        (struct listed_tag){.tag = view_text(FAILED_TAG), .digest = digest_for(filling, "manifest", IMAGES)};
    tags[count++] =
        (struct listed_tag){.tag = view_text("waiting"), .digest = digest_for(filling, "manifest", IMAGES + 1)};
    tags[count++] =
        (struct listed_tag){.tag = view_text("chart"), .digest = digest_for(filling, "manifest", IMAGES + 2)};
    const struct listing listing = {.organization = filling->account.organization,
        .integration = filling->integration.id,
        .run = filling->run,
        .repository = view_text("team/app"),
        .tags = tags,
        .tag_count = count,
        .is_complete = true};
    MUST(store_record_listing(filling->store, &listing, &changed, &err));
    for (size_t i = 0; i < count; i++)
        import_tag(filling, arena_text(filling->arena, tags[i].tag), &tags[i].digest,
            i + 1 == count ? MANIFEST_ARTIFACT : MANIFEST_IMAGE);
}

static void set_feed(struct filling *filling)
{
    int64_t now_ms = store_now_ms(filling->store);
    struct view releases[] = {view_text("Debian:12")};
    const struct feed_state feed = {.name = view_text("osv/Debian"),
        .ecosystem = view_text("Debian"),
        .releases = releases,
        .release_count = 1,
        .records = 1000,
        .date_ms = now_ms,
        .checked_ms = now_ms,
        .is_complete = true,
        .alarm = view_text("more than 20 % are gone"),
        .alarm_ms = now_ms};
    const struct generation_new given = {.number = GENERATION, .feeds = &feed, .feed_count = 1};
    MUST(store_set_generation(filling->store, &given, &err));
}

static void fill_finding(struct filling *filling, struct finding *finding, const struct package *package, int number)
{
    static const enum severity severities[] = {
        SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_NEGLIGIBLE, SEVERITY_UNKNOWN};
    struct arena *arena = filling->arena;
    bool has_fix = number % 3 == 0;
    *finding = (struct finding){.id = arena_format(arena, "CVE-2026-%04d", 1000 + number),
        .severity = severities[number % 6],
        .severity_source = "cvss",
        .summary = arena_format(arena, "problem <script>alert(%d)</script>", number),
        .fix_state = has_fix ? FIX_AVAILABLE : FIX_NONE,
        .rating_count = 1,
        .alias_count = 1,
        .evidence_count = 1,
        .fixed_version_count = has_fix ? 1 : 0};
    finding->aliases = ARENA_NEW(arena, struct view);
    finding->aliases[0] = arena_format(arena, "DEBIAN-CVE-2026-%04d", 1000 + number);
    finding->ratings = ARENA_NEW(arena, struct severity_rating);
    finding->ratings[0] = (struct severity_rating){
        .type = view_text("CVSS_V3"), .score = view_text("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")};
    finding->fixed_versions = ARENA_NEW(arena, struct view);
    finding->fixed_versions[0] = view_text("2.0-1");
    finding->evidence = ARENA_NEW(arena, struct finding_evidence);
    finding->evidence[0] = (struct finding_evidence){.feed = "osv",
        .advisory = finding->aliases[0],
        .ecosystem = view_text("Debian:12"),
        .name = package->source_name,
        .version = package->source_version,
        .introduced = view_text("0"),
        .fixed = has_fix ? view_text("2.0-1") : view_text(""),
        .order = "dpkg",
        .modified_ms = store_now_ms(filling->store)};
}

static void fill_inventory(struct filling *filling, struct scan_image *image, int number)
{
    struct arena *arena = filling->arena;
    struct inventory *inventory = &image->inventory;
    inventory->distro = (struct distro){.id = view_text("debian"),
        .version_id = view_text("12"),
        .name = view_text("Debian GNU/Linux"),
        .pretty_name = view_text("Debian GNU/Linux 12 (bookworm)"),
        .is_known = true};
    inventory->package_count = PACKAGES;
    inventory->packages = ARENA_ARRAY(arena, struct inventory_package, PACKAGES);
    image->findings = ARENA_ARRAY(arena, struct finding_list, PACKAGES);
    for (int i = 0; i < PACKAGES; i++) {
        struct view name = arena_format(arena, "lib%02d", i);
        inventory->packages[i] = (struct inventory_package){.path = view_text("var/lib/dpkg/status"),
            .package = {.type = PACKAGE_DEB,
                .name = name,
                .version = view_text("1.0-1"),
                .arch = view_text("amd64"),
                .source_name = name,
                .source_version = view_text("1.0-1"),
                .ecosystem = view_text("Debian:12")}};
        struct finding_list *findings = &image->findings[i];
        findings->count = FINDINGS_PER_PACKAGE;
        findings->items = ARENA_ARRAY(arena, struct finding, FINDINGS_PER_PACKAGE);
        for (int k = 0; k < FINDINGS_PER_PACKAGE; k++)
            fill_finding(filling, &findings->items[k], &inventory->packages[i].package, i * FINDINGS_PER_PACKAGE + k);
    }
    if (number != 0)
        return;
    gap_add(arena, &inventory->gaps, GAP_UNREADABLE_FILE, view_text("usr/lib/x.jar"), "no end of central directory");
    for (int i = 0; i < UNATTRIBUTED; i++)
        *(struct view *)ARENA_PUSH(arena, &inventory->unattributed) = arena_format(arena, "opt/bin/tool%04d", i);
    inventory->removed = ARENA_NEW(arena, struct inventory_package);
    *inventory->removed = inventory->packages[0];
    inventory->removed->package.version = view_text("0.9-1");
    inventory->removed_count = 1;
}

static void scan_one(struct filling *filling, const struct scan_task *task, int number)
{
    struct arena *arena = filling->arena;
    struct scan_image image = {.layers_fetched = 1, .layers_cached = 1};
    struct manifest *manifest = &image.choice.manifest;
    *manifest = (struct manifest){.kind = MANIFEST_IMAGE, .digest = task->digest, .count = 2};
    manifest->config.digest = digest_for(filling, "config", number);
    manifest->items = ARENA_ARRAY(arena, struct descriptor, 2);
    manifest->items[0] = (struct descriptor){.digest = digest_for(filling, "base layer", 0), .size = 1000};
    manifest->items[1] = (struct descriptor){.digest = digest_for(filling, "layer", number), .size = 500};
    image.config = (struct image_config){.digest = manifest->config.digest,
        .platform = {view_text("linux"), view_text("amd64"), view_text("")},
        .created_ms = store_now_ms(filling->store)};
    fill_inventory(filling, &image, number);
    const struct scan_result result = {.task = task,
        .manifest = task->digest,
        .platform = image.config.platform,
        .image = &image,
        .generation = GENERATION};
    MUST(store_commit_scan(filling->store, &result, &err));
}

static int number_of(struct filling *filling, const struct digest *digest)
{
    for (int i = 0; i <= IMAGES + 1; i++) {
        struct digest known = digest_for(filling, "manifest", i);
        if (digest_equal(&known, digest))
            return i;
    }
    fprintf(stderr, "fill_store: an unknown digest waits for a scan\n");
    exit(1);
}

static void scan_all(struct filling *filling)
{
    static const char *const kinds[] = {"scan", NULL};
    const struct job_lease lease = {.owner = view_text("fill_store"), .kinds = kinds, .lease_ms = 60000};
    struct job job;
    bool found;
    for (;;) {
        struct scan_task task;
        MUST(store_lease_job(filling->store, filling->arena, &lease, &found, &job, &err));
        if (!found)
            return;
        MUST(store_find_scan_task(
            filling->store, filling->arena, filling->account.organization, job.payload, &task, &err));
        int number = number_of(filling, &task.digest);
        if (number == IMAGES + 1)
            continue; /* stays leased, and so pending */
        if (number == IMAGES) {
            const struct scan_failure failure = {
                .task = &task, .manifest = task.digest, .error = view_text("could not read the layer")};
            MUST(store_commit_scan_failure(filling->store, &failure, &err));
        } else
            scan_one(filling, &task, number);
        MUST(store_finish_scan(filling->store, &task, 0, view_text(""), &err));
        MUST(store_complete_job(filling->store, &job, &err));
    }
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 64;
    AUTO_ARENA *arena = arena_new();
    struct filling filling = {.arena = arena};
    AUTO_STORE *store = NULL;
    MUST(directory_make(argv[1], &err));
    const struct store_options options = {
        .address = arena_format(arena, "sqlite:%s/tidewaiter.db", argv[1]).data, .clock = clock_system()};
    MUST(store_open(&options, &store, &err));
    filling.store = store;
    MUST(store_ensure_admin(store, arena, &filling.account, &err));
    const struct integration_new given = {.name = view_text("harbour"),
        .type = view_text("oci"),
        .address = {.host = view_text("registry.example.com:5000"), .path = view_text("")}};
    MUST(store_add_integration(store, arena, filling.account.organization, &given, &filling.integration, &err));
    set_feed(&filling);
    MUST(store_begin_sync(
        store, filling.account.organization, filling.integration.id, view_text("admin"), NULL, &filling.run, &err));
    import_all(&filling);
    const struct sync_counts counts = {
        .repositories = 1, .repositories_done = 1, .tags = IMAGES + 3, .images_new = IMAGES + 2, .artifacts = 1};
    MUST(store_finish_sync(
        store, filling.account.organization, filling.run, &counts, &(struct sync_end){.is_complete = true}, &err));
    scan_all(&filling);
    return 0;
}
