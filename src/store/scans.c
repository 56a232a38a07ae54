/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a scan goes in as a whole: the image with its inventory, and the links of all projects that have it. */
#include "base/json.h"
#include "scan/suppress.h"
#include "store/evaluations_internal.h"
#include "store/events_internal.h"
#include "store/image_configs.h"
#include "store/image_layers.h"
#include "store/images.h"
#include "store/inventory_details.h"
#include "store/jobs_internal.h"
#include "store/matching.h"
#include "store/packed.h"
#include "store/repositories.h"

#include <stdlib.h>

enum { LAYERS_BYTES_MAX = MANIFEST_LAYERS_MAX * DIGEST_TEXT_MAX };

struct commit {
    struct transaction *transaction;
    struct arena *arena;
    const struct scan_result *result;
    struct matching matching;
    int64_t image;
    struct view layers;
    int64_t layers_first; /* that no earlier image of the organization has */
    int64_t layers_later; /* the others */
    struct view platform;
    int64_t *package_ids; /* sorted, each once */
    size_t package_count;
    struct packed_entry *entries;
    size_t entry_count;
    struct gap_list gaps; /* that do not depend on feeds */
};

static bool has_access(struct transaction *transaction, const struct scan_task *task, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT repositories.id FROM repositories JOIN integrations ON integrations.id = "
            "repositories.integration_id WHERE repositories.id = $1 AND integrations.id = $2 AND organization_id = $3",
            SQL_INTEGER(task->repository), SQL_INTEGER(task->integration), SQL_INTEGER(task->organization)))
        return false;
    return found || error_set(err, ERROR_NOT_FOUND, "there is no such repository");
}

/* Somebody changed meanwhile what is counted. */
static bool check_extent(struct transaction *transaction, const struct scan_result *result, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    return LOOKUP(transaction->connection, &id, &found, err,
               "SELECT id FROM integrations WHERE id = $1 AND without_applications = $2 AND with_lock_files = $3",
               SQL_INTEGER(result->task->integration), SQL_INTEGER(result->extent.without_applications),
               SQL_INTEGER(result->extent.with_lock_files)) &&
           (found ||
               error_set(err, ERROR_CONFLICT,
                   "what is counted of images of this registry was changed meanwhile: it has to be scanned again"));
}

static bool find_task(struct transaction *transaction, struct arena *arena, int64_t organization, struct json payload,
    struct scan_task *task, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct view name = json_member_string(payload, "repository");
    struct view uuid = json_member_string(payload, "integration");
    if (!digest_parse(json_member_string(payload, "digest"), &task->digest, err))
        return error_wrap(err, "payload of a scan");
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT integrations.id, repositories.id, repositories.name FROM integrations "
            "JOIN repositories ON repositories.integration_id = integrations.id "
            "WHERE integrations.uuid = $1 AND organization_id = $2 AND repositories.name = $3",
            SQL_TEXT(uuid), SQL_INTEGER(organization), SQL_TEXT(name)))
        return false;
    bool found = rows_next(&rows);
    if (found) {
        task->organization = organization;
        task->integration = rows_integer(&rows, 0);
        task->repository = rows_integer(&rows, 1);
        task->repository_name = rows_copy(&rows, arena, 2);
    }
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "repository \"%.*s\" of integration \"%.*s\" is gone",
                         VIEW_PRINT(name), VIEW_PRINT(uuid)));
}

bool store_find_scan_task(struct store *store, struct arena *arena, int64_t organization, struct view payload,
    struct scan_task *task, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct transaction transaction;
    return json_parse(document, payload, JOB_PAYLOAD_BYTES_MAX, "payload of a scan", &root, err) &&
           transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_task(&transaction, arena, organization, root, task, err), err);
}

static bool store_image(struct commit *commit, struct error *err)
{
    AUTO_BUFFER layers;
    struct digest hash;
    bool found = false;
    const struct scan_image *image = commit->result->image;
    buffer_init(&layers, LAYERS_BYTES_MAX);
    for (size_t i = 0; i < image->choice.manifest.count; i++) {
        if (i > 0)
            buffer_append_byte(&layers, '\n');
        buffer_append(&layers, digest_view(&image->choice.manifest.items[i].digest));
    }
    if (!buffer_check(&layers, "list of layers", err))
        return false;
    commit->layers = arena_copy(commit->arena, buffer_view(&layers));
    image_layers_digest(commit->layers, &commit->result->extent, &hash);
    struct connection *connection = commit->transaction->connection;
    return RUN(connection, err,
               "INSERT INTO images (config_digest, layers_hash, layers, platform, created_ms, without_applications, "
               "with_lock_files) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (config_digest, layers_hash) DO NOTHING",
               SQL_TEXT(digest_view(&image->config.digest)), SQL_TEXT(digest_view(&hash)), SQL_TEXT(commit->layers),
               SQL_TEXT(commit->platform), SQL_INTEGER(image->config.created_ms),
               SQL_INTEGER(commit->result->extent.without_applications),
               SQL_INTEGER(commit->result->extent.with_lock_files)) &&
           LOOKUP(connection, &commit->image, &found, err,
               "SELECT id FROM images WHERE config_digest = $1 AND layers_hash = $2",
               SQL_TEXT(digest_view(&image->config.digest)), SQL_TEXT(digest_view(&hash))) &&
           RUN(connection, err,
               "INSERT INTO image_access (organization_id, image_id, granted_ms) VALUES ($1, $2, $3) "
               "ON CONFLICT (organization_id, image_id) DO NOTHING",
               SQL_INTEGER(commit->result->task->organization), SQL_INTEGER(commit->image),
               SQL_INTEGER(commit->transaction->now_ms));
}

static int compare_keys(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return (*left > *right) - (*left < *right);
}

static size_t key_position(const int64_t *keys, size_t count, int64_t key)
{
    const int64_t *found = bsearch(&key, keys, count, sizeof(*keys), compare_keys);
    return (size_t)(found - keys);
}

/* What was found for a package and does not count because of its owner. */
static struct finding_list suppressed_of(const struct commit *commit, size_t package)
{
    const struct scan_image *image = commit->result->image;
    struct finding_list list = {.items = ARENA_ARRAY(commit->arena, struct finding, image->suppression_count)};
    for (size_t i = 0; i < image->suppression_count; i++) {
        const struct suppression *suppression = &image->suppressions[i];
        if (suppression->package == package && suppression->kind == SUPPRESSION_OWNED)
            list.items[list.count++] = suppression->finding;
    }
    return list;
}

/* What is stored is at least as new as what the scan found, unless it lags behind the generation that the scan used. */
static bool wants_findings(const struct commit *commit, const struct stored_package *package)
{
    return package->is_new || (package->is_lagging && commit->result->generation == commit->matching.generation);
}

struct package_keys {
    struct map owners; /* const struct package by name (scan/suppress.h) */
    struct map seen; /* int64_t of the stored package by its key and its owner's */
    int64_t *ids; /* of the inventory's packages, in their order */
};

/* Stores a package of the inventory if it is new, and its findings unless as good ones are stored. */
static bool store_package(
    struct commit *commit, size_t index, const struct package_owner *owner, int64_t *id, struct error *err)
{
    struct stored_package stored;
    const struct scan_result *result = commit->result;
    if (!matching_package(&commit->matching, &result->image->inventory.packages[index].package, owner, &stored, err))
        return false;
    *id = stored.id;
    if (!wants_findings(commit, &stored))
        return true;
    struct package_answer answer = {.suppressed = suppressed_of(commit, index)};
    if (result->image->findings != NULL)
        answer.findings = result->image->findings[index];
    return matching_replace(&commit->matching, &stored, &answer, result->generation, err);
}

/* Each package once. Its owner must have been stored before. */
static bool store_once(struct commit *commit, struct package_keys *keys, size_t index, struct error *err)
{
    const struct inventory_package *installed = &commit->result->image->inventory.packages[index];
    struct package_owner owner = {.package = scan_owner_of(&keys->owners, installed)};
    struct view key = package_key(commit->arena, &installed->package);
    if (owner.package != NULL) {
        struct view owner_key = package_key(commit->arena, owner.package);
        owner.id = *(const int64_t *)map_get(&keys->seen, owner_key);
        key = arena_format(commit->arena, "%.*s\n%.*s", VIEW_PRINT(key), VIEW_PRINT(owner_key));
    }
    struct map_entry *entry = map_entry(&keys->seen, key);
    if (entry->value == NULL) {
        int64_t *id = ARENA_NEW(commit->arena, int64_t);
        entry->value = id;
        if (!store_package(commit, index, owner.package == NULL ? NULL : &owner, id, err))
            return false;
        commit->package_ids[commit->package_count++] = *id;
    }
    keys->ids[index] = *(const int64_t *)entry->value;
    return true;
}

/* First what nothing owns: the packages of the distribution are among it. */
static bool store_packages(struct commit *commit, struct error *err)
{
    const struct inventory *inventory = &commit->result->image->inventory;
    struct package_keys keys = {.ids = ARENA_ARRAY(commit->arena, int64_t, inventory->package_count)};
    scan_owners_init(&keys.owners, commit->arena, inventory);
    map_init(&keys.seen, commit->arena);
    commit->package_ids = ARENA_ARRAY(commit->arena, int64_t, inventory->package_count);
    for (int with_owner = 0; with_owner < 2; with_owner++) {
        for (size_t i = 0; i < inventory->package_count; i++) {
            bool has_owner = scan_owner_of(&keys.owners, &inventory->packages[i]) != NULL;
            if (has_owner == (with_owner == 1) && !store_once(commit, &keys, i, err))
                return false;
        }
    }
    qsort(commit->package_ids, commit->package_count, sizeof(int64_t), compare_keys);
    commit->entry_count = inventory->package_count;
    commit->entries = ARENA_ARRAY(commit->arena, struct packed_entry, commit->entry_count);
    for (size_t i = 0; i < commit->entry_count; i++) {
        const struct inventory_package *package = &inventory->packages[i];
        commit->entries[i] = (struct packed_entry){
            .package = key_position(commit->package_ids, commit->package_count, keys.ids[i]),
            .layer = package->layer,
            .path = package->path,
            .owner = package->owner,
            .analyzer = package->analyzer == NULL ? view_text("") : view_text(package->analyzer),
            .licenses = package->licenses,
            .commit = package->commit,
            .is_third_party = package->is_third_party,
            .is_development = package->is_development,
        };
    }
    return true;
}

/* Adds the image to a package's set, or takes it out. */
static bool change_member(struct commit *commit, int64_t package, bool is_member, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct connection *connection = commit->transaction->connection;
    int64_t chunk = commit->image / MEMBERS_CHUNK;
    unsigned member = (unsigned)(commit->image % MEMBERS_CHUNK);
    if (!QUERY(connection, &rows, err, "SELECT members FROM package_images WHERE package_id = $1 AND chunk = $2",
            SQL_INTEGER(package), SQL_INTEGER(chunk)))
        return false;
    struct view stored = rows_next(&rows) ? rows_copy(&rows, commit->arena, 0) : view_of(NULL, 0);
    if (!rows_finish(&rows, err))
        return false;
    struct view members =
        is_member ? members_with(commit->arena, stored, member) : members_without(commit->arena, stored, member);
    if (view_equal(members, stored))
        return true;
    if (members.size == 0)
        return RUN(connection, err, "DELETE FROM package_images WHERE package_id = $1 AND chunk = $2",
            SQL_INTEGER(package), SQL_INTEGER(chunk));
    return RUN(connection, err,
        "INSERT INTO package_images (package_id, chunk, members) VALUES ($1, $2, $3) "
        "ON CONFLICT (package_id, chunk) DO UPDATE SET members = excluded.members",
        SQL_INTEGER(package), SQL_INTEGER(chunk), SQL_BYTES(members));
}

/* Moves the image between packages: from those of the stored inventory to those of the new one. */
static bool change_members(struct commit *commit, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t *stored = NULL;
    size_t stored_count = 0;
    if (!QUERY(commit->transaction->connection, &rows, err, "SELECT package_ids FROM inventories WHERE image_id = $1",
            SQL_INTEGER(commit->image)))
        return false;
    if (rows_next(&rows) &&
        !packed_read_keys(commit->arena, rows_copy(&rows, commit->arena, 0), &stored, &stored_count, err))
        return false;
    if (!rows_finish(&rows, err))
        return false;
    size_t i = 0;
    size_t k = 0;
    while (i < stored_count || k < commit->package_count) {
        if (k == commit->package_count || (i < stored_count && stored[i] < commit->package_ids[k])) {
            if (!change_member(commit, stored[i++], false, err))
                return false;
        } else if (i == stored_count || commit->package_ids[k] < stored[i]) {
            if (!change_member(commit, commit->package_ids[k++], true, err))
                return false;
        } else {
            i++;
            k++;
        }
    }
    return true;
}

/* Packages' ecosystems, each once, in the order of their first package; one a line. */
static struct view list_ecosystems(struct commit *commit)
{
    const struct inventory *inventory = &commit->result->image->inventory;
    struct map seen;
    map_init(&seen, commit->arena);
    struct view list = view_text("");
    for (size_t i = 0; i < inventory->package_count; i++) {
        struct view ecosystem = inventory->packages[i].package.ecosystem;
        if (ecosystem.size > 0 && map_set(&seen, ecosystem, commit))
            list = arena_format(
                commit->arena, "%.*s%s%.*s", VIEW_PRINT(list), list.size > 0 ? "\n" : "", VIEW_PRINT(ecosystem));
    }
    return list;
}

/* CPEs of the distribution and of its repositories, one a line. */
static struct view list_products(struct arena *arena, const struct distro *distro)
{
    struct view list = distro->cpe_name;
    for (size_t i = 0; i < distro->products.count; i++)
        list = arena_format(
            arena, "%.*s%s%.*s", VIEW_PRINT(list), list.size > 0 ? "\n" : "", VIEW_PRINT(distro->products.items[i]));
    return list.size > 0 ? list : view_text("");
}

static bool store_inventory(struct commit *commit, struct error *err)
{
    AUTO_BUFFER keys;
    AUTO_BUFFER entries;
    const struct distro *distro = &commit->result->image->inventory.distro;
    int64_t hiding = 0;
    buffer_init(&keys, PACKED_BYTES_MAX);
    buffer_init(&entries, PACKED_BYTES_MAX);
    packed_write_keys(&keys, commit->package_ids, commit->package_count);
    packed_write_entries(commit->arena, &entries, commit->entries, commit->entry_count);
    if (!buffer_check(&keys, "inventory", err) || !buffer_check(&entries, "inventory", err))
        return false;
    for (size_t i = 0; i < commit->gaps.count; i++)
        hiding += gap_kind_hides_packages(commit->gaps.items[i].kind);
    return RUN(commit->transaction->connection, err,
        "INSERT INTO inventories (image_id, distribution, distribution_id, distribution_version, ecosystems, "
        "package_count, gap_count, hiding_gap_count, package_ids, entries, scanned_ms, distribution_codename, products) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (image_id) DO UPDATE SET "
        "distribution = excluded.distribution, distribution_id = excluded.distribution_id, "
        "distribution_version = excluded.distribution_version, ecosystems = excluded.ecosystems, "
        "package_count = excluded.package_count, gap_count = excluded.gap_count, "
        "hiding_gap_count = excluded.hiding_gap_count, package_ids = excluded.package_ids, "
        "entries = excluded.entries, scanned_ms = excluded.scanned_ms, "
        "distribution_codename = excluded.distribution_codename, products = excluded.products",
        SQL_INTEGER(commit->image), SQL_TEXT(distro->pretty_name.size > 0 ? distro->pretty_name : distro->name),
        SQL_TEXT(distro->id), SQL_TEXT(distro->version_id), SQL_TEXT(list_ecosystems(commit)),
        SQL_INTEGER(commit->entry_count), SQL_INTEGER(commit->gaps.count), SQL_INTEGER(hiding),
        SQL_BYTES(buffer_view(&keys)), SQL_BYTES(buffer_view(&entries)), SQL_INTEGER(commit->transaction->now_ms),
        SQL_TEXT(distro->version_codename), SQL_TEXT(list_products(commit->arena, distro)));
}

/* What depends on the feeds is derived on reading, from the feeds of that moment. A distribution that has no ecosystem is
   unsupported whatever the feeds are. */
static bool depends_on_feeds(const struct inventory *inventory, const struct gap *gap)
{
    if (gap->kind != GAP_UNSUPPORTED_DISTRIBUTION)
        return gap->kind == GAP_NO_FEED || gap->kind == GAP_END_OF_LIFE || gap->kind == GAP_FEED_RECORD;
    for (size_t i = 0; i < inventory->package_count; i++) {
        if (view_equal(inventory->packages[i].package.ecosystem, gap->path))
            return true;
    }
    return false;
}

static bool store_gaps(struct commit *commit, struct error *err)
{
    struct connection *connection = commit->transaction->connection;
    if (!RUN(connection, err, "DELETE FROM scan_gaps WHERE image_id = $1", SQL_INTEGER(commit->image)))
        return false;
    for (size_t i = 0; i < commit->gaps.count; i++) {
        const struct gap *gap = &commit->gaps.items[i];
        if (!RUN(connection, err,
                "INSERT INTO scan_gaps (image_id, position, kind, path, reason) VALUES ($1, $2, $3, $4, $5)",
                SQL_INTEGER(commit->image), SQL_INTEGER(i), SQL_WORD(gap_kind_name(gap->kind)), SQL_TEXT(gap->path),
                SQL_TEXT(gap->reason)))
            return false;
    }
    return true;
}

/* Tells layers that came with this image from those that an earlier one had. */
static bool claim_layers(struct commit *commit, struct error *err)
{
    struct map seen;
    map_init(&seen, commit->arena);
    for (struct view rest = commit->layers; rest.size > 0;) {
        int64_t image = 0;
        bool found = false;
        struct view blob = view_cut(&rest, '\n');
        if (!LOOKUP(commit->transaction->connection, &image, &found, err,
                "INSERT INTO layer_images (organization_id, blob, image_id) VALUES ($1, $2, $3) "
                "ON CONFLICT (organization_id, blob) DO UPDATE SET image_id = layer_images.image_id RETURNING image_id",
                SQL_INTEGER(commit->result->task->organization), SQL_TEXT(blob), SQL_INTEGER(commit->image)))
            return false;
        bool is_first = map_set(&seen, blob, commit) && image == commit->image;
        commit->layers_first += is_first;
        commit->layers_later += !is_first;
    }
    return true;
}

struct snapshot_link {
    int64_t snapshot;
    int64_t row; /* of the image list; 0 = to be made */
    bool is_current;
    struct view reference;
    bool is_scanned;
    int64_t image;
};

struct snapshot_links {
    struct snapshot_link *items;
    size_t count;
    size_t capacity;
};

/* The rows of all projects of the repository at the task's digest: the row of this manifest, else the one that still
   stands for the whole index. */
static bool find_links(struct transaction *transaction, struct arena *arena, const struct scan_task *task,
    const struct digest *manifest, struct snapshot_links *links, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT snapshots.id, coalesce(own.id, placeholder.id, 0), projects.snapshot_id = snapshots.id AND projects.deleted_ms = 0 "
            "AND projects.is_active = 1 AND projects.gone_ms = 0 AND projects.out_of_policy_ms = 0, "
            "integrations.host || '/' || repositories.name || ':' || projects.tag, coalesce(own.state, 0) = 1, "
            "coalesce(own.image_id, 0) FROM snapshots "
            "JOIN projects ON projects.id = snapshots.project_id "
            "JOIN repositories ON repositories.id = snapshots.repository_id "
            "JOIN integrations ON integrations.id = repositories.integration_id "
            "LEFT JOIN snapshot_images AS own ON own.snapshot_id = snapshots.id AND own.manifest = $3 "
            "LEFT JOIN snapshot_images AS placeholder ON placeholder.snapshot_id = snapshots.id "
            "AND placeholder.manifest = $2 AND placeholder.state <> 1 "
            "WHERE snapshots.repository_id = $1 AND snapshots.digest = $2 AND snapshots.kind <> 'artifact' "
            "ORDER BY snapshots.id",
            SQL_INTEGER(task->repository), SQL_TEXT(digest_view(&task->digest)), SQL_TEXT(digest_view(manifest))))
        return false;
    while (rows_next(&rows)) {
        struct snapshot_link *link = ARENA_PUSH(arena, links);
        *link = (struct snapshot_link){rows_integer(&rows, 0), rows_integer(&rows, 1), rows_boolean(&rows, 2),
            rows_copy(&rows, arena, 3), rows_boolean(&rows, 4), rows_integer(&rows, 5)};
    }
    return rows_finish(&rows, err);
}

/* Makes the row of a link that has none. */
static bool ensure_row(struct transaction *transaction, const struct scan_task *task, const struct digest *manifest,
    struct view platform, struct snapshot_link *link, struct error *err)
{
    bool found = false;
    if (link->row != 0)
        return true;
    struct row_new row = {.organization = task->organization,
        .integration = task->integration,
        .snapshot = link->snapshot,
        .is_current = link->is_current,
        .reference = link->reference,
        .manifest = digest_view(manifest),
        .platform = platform,
        .is_image = true,
        .artifact_type = view_text(""),
        .state = IMAGE_PENDING};
    return row_insert(transaction, &row, err) && LOOKUP(transaction->connection, &link->row, &found, err,
                                                     "SELECT id FROM snapshot_images WHERE snapshot_id = $1 "
                                                     "AND manifest = $2",
                                                     SQL_INTEGER(link->snapshot), SQL_TEXT(digest_view(manifest)));
}

/* Whether another row shows the image already: then all its layers are shared. */
static bool is_shown(struct commit *commit, int64_t row, bool *shown, struct error *err)
{
    int64_t id = 0;
    return LOOKUP(commit->transaction->connection, &id, shown, err,
        "SELECT id FROM snapshot_images WHERE image_id = $1 AND organization_id = $2 AND id <> $3 LIMIT 1",
        SQL_INTEGER(commit->image), SQL_INTEGER(commit->result->task->organization), SQL_INTEGER(row));
}

/* The compressed size that the manifest gives its layers: a stranger's numbers, so they are capped, and the sum over all
   images of a run stays below 2^63. */
#define LAYER_BYTES_MAX (UINT64_C(1) << 40)
static int64_t layer_bytes(const struct scan_image *image)
{
    const struct manifest *manifest = &image->choice.manifest;
    uint64_t sum = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        if (manifest->items[i].size > LAYER_BYTES_MAX - sum)
            return (int64_t)LAYER_BYTES_MAX;
        sum += manifest->items[i].size;
    }
    return (int64_t)sum;
}

static bool link_row(
    struct commit *commit, const struct snapshot_link *link, bool is_repeated, bool shown, struct error *err)
{
    int64_t layers = commit->layers_first + commit->layers_later;
    return RUN(commit->transaction->connection, err,
        "UPDATE snapshot_images SET manifest = $2, platform = $3, is_image = 1, artifact_type = '', "
        "state = 1, error = '', image_id = $4, layers_fetched = CASE WHEN $5 = 1 THEN layers_fetched ELSE $6 END, "
        "layers_shared = CASE WHEN $5 = 1 THEN layers_shared ELSE $7 END, scanned_ms = $8, layer_bytes = $9, "
        "built_ms = coalesce((SELECT created_ms FROM images WHERE id = $4 AND created_ms > 0), built_ms) "
        "WHERE id = $1",
        SQL_INTEGER(link->row), SQL_TEXT(digest_view(&commit->result->manifest)), SQL_TEXT(commit->platform),
        SQL_INTEGER(commit->image), SQL_INTEGER(is_repeated), SQL_INTEGER(shown ? 0 : commit->layers_first),
        SQL_INTEGER(shown ? layers : commit->layers_later), SQL_INTEGER(commit->transaction->now_ms),
        SQL_INTEGER(layer_bytes(commit->result->image)));
}

static bool link_image(struct commit *commit, struct error *err)
{
    const struct scan_result *result = commit->result;
    struct snapshot_links links = {0};
    if (!find_links(commit->transaction, commit->arena, result->task, &result->manifest, &links, err))
        return false;
    for (size_t i = 0; i < links.count; i++) {
        struct snapshot_link *link = &links.items[i];
        /* In a repeated scan, what counted as fetched at first stays. */
        bool is_repeated = link->is_scanned && link->image == commit->image;
        bool shown = false;
        if (!ensure_row(commit->transaction, result->task, &result->manifest, commit->platform, link, err) ||
            !is_shown(commit, link->row, &shown, err) || !link_row(commit, link, is_repeated, shown, err) ||
            !due_mark_snapshot(commit->transaction, link->snapshot, err))
            return false;
    }
    return true;
}

static bool commit_scan(struct commit *commit, struct error *err)
{
    const struct scan_result *result = commit->result;
    const struct gap_list *gaps = &result->image->inventory.gaps;
    const struct platform *platform =
        result->platform.os.size > 0 ? &result->platform : &result->image->config.platform;
    commit->platform = platform_format(commit->arena, platform);
    for (size_t i = 0; i < gaps->count; i++) {
        if (!depends_on_feeds(&result->image->inventory, &gaps->items[i]))
            *(struct gap *)ARENA_PUSH(commit->arena, &commit->gaps) = gaps->items[i];
    }
    if (!has_access(commit->transaction, result->task, err) || !check_extent(commit->transaction, result, err) ||
        !matching_begin(&commit->matching, commit->transaction, commit->arena, err) || !store_image(commit, err) ||
        !store_packages(commit, err) || !change_members(commit, err) || !store_inventory(commit, err) ||
        !inventory_details_write(commit->transaction, commit->arena, commit->image, result->image, err) ||
        !image_config_save(commit->transaction, commit->image, &result->image->config, err) ||
        !store_gaps(commit, err) || !claim_layers(commit, err) || !link_image(commit, err))
        return false;
    matching_touch_image(&commit->matching, commit->image);
    return matching_finish(&commit->matching, err) && jobs_enqueue_rematch(commit->transaction, err) &&
           due_settle(commit->transaction, result->task->organization, err);
}

bool store_commit_scan(struct store *store, const struct scan_result *result, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    struct commit commit = {.transaction = &transaction, .arena = arena, .result = result};
    return transaction_write(store, &transaction, err) && transaction_end(&transaction, commit_scan(&commit, err), err);
}

static bool commit_failure(
    struct transaction *transaction, struct arena *arena, const struct scan_failure *failure, struct error *err)
{
    struct snapshot_links links = {0};
    struct view platform = failure->platform.os.size > 0 ? platform_format(arena, &failure->platform) : view_text("");
    if (!has_access(transaction, failure->task, err) ||
        !find_links(transaction, arena, failure->task, &failure->manifest, &links, err))
        return false;
    for (size_t i = 0; i < links.count; i++) {
        struct snapshot_link *link = &links.items[i];
        if (!link->is_scanned &&
            (!ensure_row(transaction, failure->task, &failure->manifest, platform, link, err) ||
                !RUN(transaction->connection, err,
                    "UPDATE snapshot_images SET manifest = $2, platform = $3, state = 2, error = $4, scanned_ms = $5 "
                    "WHERE id = $1",
                    SQL_INTEGER(link->row), SQL_TEXT(digest_view(&failure->manifest)), SQL_TEXT(platform),
                    SQL_TEXT(failure->error), SQL_INTEGER(transaction->now_ms))))
            return false;
    }
    return true;
}

bool store_commit_scan_failure(struct store *store, const struct scan_failure *failure, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, commit_failure(&transaction, arena, failure, err), err);
}

/* A tag that was imported while its digest was being scanned has a row that waits, although there are images. */
static bool check_latecomers(struct transaction *transaction, const struct scan_task *task, struct error *err)
{
    int64_t row = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &row, &found, err,
            "SELECT waiting.id FROM snapshots JOIN snapshot_images AS waiting ON waiting.snapshot_id = snapshots.id "
            "WHERE snapshots.repository_id = $1 AND snapshots.digest = $2 AND waiting.state = 0 "
            "AND NOT EXISTS (SELECT 1 FROM snapshot_images AS own WHERE own.snapshot_id = snapshots.id "
            "AND own.id <> waiting.id) AND EXISTS (SELECT 1 FROM snapshots AS other JOIN snapshot_images AS done "
            "ON done.snapshot_id = other.id WHERE other.repository_id = $1 AND other.digest = $2 AND done.state <> 0 "
            "AND done.is_image = 1) LIMIT 1",
            SQL_INTEGER(task->repository), SQL_TEXT(digest_view(&task->digest))))
        return false;
    return !found || error_set(err, ERROR_CONFLICT,
                         "another tag of \"%s\" was imported meanwhile: it has to be scanned again", task->digest.text);
}

/* The sync runs that imported the digest as something new learn that it is not an image. */
static bool recount_artifacts(struct transaction *transaction, const struct scan_task *task, struct error *err)
{
    return RUN(transaction->connection, err,
        "UPDATE sync_runs SET images_new = images_new - found.tags, artifacts = artifacts + found.tags FROM "
        "(SELECT run_id, count(*) AS tags FROM snapshots WHERE repository_id = $1 AND digest = $2 "
        "AND kind <> 'artifact' AND EXISTS (SELECT 1 FROM snapshot_images WHERE snapshot_id = snapshots.id AND state = 0) "
        "GROUP BY run_id) AS found WHERE sync_runs.id = found.run_id",
        SQL_INTEGER(task->repository), SQL_TEXT(digest_view(&task->digest)));
}

/* A row that still stands for the whole digest goes if others have come in its place; else there was no image in it. */
static bool finish_scan(struct transaction *transaction, struct arena *arena, const struct scan_task *task,
    size_t missing_platforms, struct view artifact_type, struct error *err)
{
    struct connection *connection = transaction->connection;
    struct view digest = digest_view(&task->digest);
    return has_access(transaction, task, err) && check_latecomers(transaction, task, err) &&
           RUN(connection, err,
               "DELETE FROM snapshot_images WHERE manifest = $2 AND state <> 1 AND snapshot_id IN "
               "(SELECT id FROM snapshots WHERE repository_id = $1 AND digest = $2) AND EXISTS "
               "(SELECT 1 FROM snapshot_images AS other WHERE other.snapshot_id = snapshot_images.snapshot_id "
               "AND other.id <> snapshot_images.id)",
               SQL_INTEGER(task->repository), SQL_TEXT(digest)) &&
           recount_artifacts(transaction, task, err) &&
           RUN(connection, err,
               "UPDATE snapshots SET kind = 'artifact', artifact_type = $3 WHERE repository_id = $1 AND digest = $2 "
               "AND EXISTS (SELECT 1 FROM snapshot_images WHERE snapshot_id = snapshots.id AND state = 0)",
               SQL_INTEGER(task->repository), SQL_TEXT(digest), SQL_TEXT(artifact_type)) &&
           RUN(connection, err,
               "UPDATE snapshot_images SET is_image = 0, artifact_type = $3, state = 1, scanned_ms = $4 WHERE state = 0 "
               "AND snapshot_id IN (SELECT id FROM snapshots WHERE repository_id = $1 AND digest = $2)",
               SQL_INTEGER(task->repository), SQL_TEXT(digest), SQL_TEXT(artifact_type),
               SQL_INTEGER(transaction->now_ms)) &&
           RUN(connection, err,
               "UPDATE snapshots SET is_finished = 1, missing_platforms = $3 WHERE repository_id = $1 AND digest = $2",
               SQL_INTEGER(task->repository), SQL_TEXT(digest), SQL_INTEGER(missing_platforms)) &&
           events_of_digest(transaction, arena, task->repository, &task->digest, err);
}

bool store_finish_scan(struct store *store, const struct scan_task *task, size_t missing_platforms,
    struct view artifact_type, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(
               &transaction, finish_scan(&transaction, arena, task, missing_platforms, artifact_type, err), err);
}
