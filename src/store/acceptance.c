/* SPDX-License-Identifier: Apache-2.0 */
#include "store/acceptance.h"

#include "store/stored_image.h"
#include "store/vex_claims.h"

/* A document has all texts of a risk; escaped, a byte of them may need six. */
enum { RISK_DOCUMENT_BYTES_MAX = 6 * (ACCEPTED_DESCRIPTION_BYTES_MAX + 16 * ACCEPTED_TEXT_BYTES_MAX) };

bool acceptance_parse(struct arena *arena, struct view document, struct accepted_risk *risk, struct error *err)
{
    AUTO_JSON *parser = json_document_new();
    struct document_problems problems;
    struct json root;
    if (!json_parse(parser, document, RISK_DOCUMENT_BYTES_MAX, "stored accepted risk", &root, err))
        return false;
    return accepted_risk_parse(arena, root, "", risk, &problems) ||
           document_refuse(&problems, "stored accepted risk", err);
}

bool acceptance_read(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct accepted_risk **risks, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct accepted_risk *items;
        size_t count, capacity;
    } list = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT uuid, document FROM accepted_risks WHERE organization_id = $1 "
            "AND (expires_ms = 0 OR expires_ms > $2) ORDER BY id",
            SQL_INTEGER(organization), SQL_INTEGER(transaction->now_ms)))
        return false;
    while (rows_next(&rows)) {
        struct accepted_risk *risk = ARENA_PUSH(arena, &list);
        if (!acceptance_parse(arena, rows_view(&rows, 1), risk, err))
            return false;
        risk->id = rows_copy(&rows, arena, 0);
    }
    *risks = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

void acceptance_choose(struct arena *arena, const struct accepted_risk *risks, size_t count,
    const struct accepted_place *place, struct acceptance *acceptance)
{
    size_t of_image = count;
    *acceptance =
        (struct acceptance){.place = *place, .risks = ARENA_ARRAY(arena, struct accepted_risk, count), .arena = arena};
    map_init(&acceptance->by_vex, arena);
    map_init(&acceptance->notes, arena);
    for (size_t i = 0; i < count; i++) {
        if (!accepted_risk_is_here(&risks[i], place))
            continue;
        if (of_image == count && accepted_risk_is_of_image(&risks[i]))
            of_image = acceptance->count;
        acceptance->risks[acceptance->count++] = risks[i];
    }
    if (of_image < count)
        acceptance->of_image = &acceptance->risks[of_image];
}

struct accepted_place acceptance_place(struct arena *arena, struct view integration, struct view host,
    struct view repository, struct view tag, int64_t now_ms)
{
    return (struct accepted_place){.integration = integration,
        .image = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(host), VIEW_PRINT(repository)),
        .repository = repository,
        .tag = tag,
        .stage = STAGE_REGISTRY,
        .now_ms = now_ms};
}

static bool read_place(struct transaction *transaction, struct arena *arena, int64_t organization, int64_t row,
    struct accepted_place *place, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT integrations.name, integrations.host, repositories.name, projects.tag FROM snapshot_images "
            "JOIN integrations ON integrations.id = snapshot_images.integration_id "
            "JOIN snapshots ON snapshots.id = snapshot_images.snapshot_id JOIN projects ON projects.id = snapshots.project_id "
            "JOIN repositories ON repositories.id = snapshots.repository_id "
            "WHERE snapshot_images.id = $1 AND snapshot_images.organization_id = $2",
            SQL_INTEGER(row), SQL_INTEGER(organization)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        *place = acceptance_place(arena, rows_copy(&rows, arena, 0), rows_copy(&rows, arena, 1),
            rows_copy(&rows, arena, 2), rows_copy(&rows, arena, 3), transaction->now_ms);
    return rows_finish(&rows, err) && (found || error_set(err, ERROR_NOT_FOUND, "there is no such image"));
}

static struct view vex_key(
    struct arena *arena, const struct package *package, struct view path, struct view vulnerability)
{
    return arena_format(arena, "%d\n%.*s\n%.*s-%.*s:%.*s\n%.*s\n%.*s\n%.*s", (int)package->type,
        VIEW_PRINT(package->name), VIEW_PRINT(package->epoch), VIEW_PRINT(package->version),
        VIEW_PRINT(package->release), VIEW_PRINT(package->arch), VIEW_PRINT(path), VIEW_PRINT(vulnerability));
}

static bool read_vex(struct transaction *transaction, struct arena *arena, int64_t organization, int64_t row,
    struct acceptance *acceptance, struct error *err)
{
    struct image_reader images;
    struct vex_claims claims;
    struct scan_image scan = {.layers_fetched = 0};
    int64_t image = 0;
    bool found = false;
    bool has_config = false;
    if (!vex_claims_begin(&claims, transaction, arena, organization, err) ||
        !LOOKUP(transaction->connection, &image, &found, err,
            "SELECT coalesce(image_id, 0) FROM snapshot_images WHERE id = $1", SQL_INTEGER(row)))
        return false;
    if (!claims.is_any || image == 0)
        return true;
    image_reader_begin(&images, transaction, arena);
    images.wants_aliases = true;
    if (!stored_image_read(&images, arena, image, &scan, &has_config, err) ||
        !vex_claims_accept(&claims, arena, row, &scan, err))
        return false;
    for (size_t i = 0; i < scan.inventory.package_count; i++) {
        const struct inventory_package *installed = &scan.inventory.packages[i];
        for (size_t j = 0; j < scan.findings[i].count; j++) {
            const struct finding *finding = &scan.findings[i].items[j];
            if (finding->accepted == NULL && finding->vex == NULL)
                continue;
            struct view key = vex_key(arena, &installed->package, installed->path, finding->id);
            if (finding->accepted != NULL)
                map_set(&acceptance->by_vex, key, (void *)(uintptr_t)finding->accepted);
            else
                map_set(&acceptance->notes, key, (void *)(uintptr_t)finding->vex);
        }
    }
    return true;
}

bool acceptance_of_row(struct transaction *transaction, struct arena *arena, int64_t organization, int64_t row,
    struct acceptance *acceptance, struct error *err)
{
    struct accepted_place place = {.now_ms = 0};
    struct accepted_risk *risks = NULL;
    size_t count = 0;
    if (!read_place(transaction, arena, organization, row, &place, err) ||
        !acceptance_read(transaction, arena, organization, &risks, &count, err))
        return false;
    acceptance_choose(arena, risks, count, &place, acceptance);
    return read_vex(transaction, arena, organization, row, acceptance, err);
}

static const struct accepted_risk *covering(
    const struct acceptance *acceptance, const struct package *package, struct view path, const struct finding *finding)
{
    for (size_t i = 0; i < acceptance->count; i++) {
        if (accepted_risk_covers(&acceptance->risks[i], package, path, finding))
            return &acceptance->risks[i];
    }
    return acceptance->by_vex.count == 0
               ? NULL
               : map_get(&acceptance->by_vex, vex_key(acceptance->arena, package, path, finding->id));
}

const struct finding_vex *acceptance_note(const struct acceptance *acceptance, const struct package *package,
    const struct view *paths, size_t path_count, const struct finding *finding)
{
    const struct finding_vex *note = NULL;
    if (acceptance->notes.count == 0)
        return NULL;
    AUTO_ARENA *scratch = arena_new();
    for (size_t i = 0; i < path_count && note == NULL; i++)
        note = map_get(&acceptance->notes, vex_key(scratch, package, paths[i], finding->id));
    return note;
}

bool acceptance_is_any(const struct acceptance *acceptance)
{
    return acceptance->count > 0 || acceptance->by_vex.count > 0;
}

const struct accepted_risk *acceptance_of(const struct acceptance *acceptance, const struct package *package,
    const struct view *paths, size_t path_count, const struct finding *finding)
{
    const struct accepted_risk *first = acceptance->of_image;
    for (size_t i = 0; i < path_count && acceptance->of_image == NULL; i++) {
        const struct accepted_risk *risk = covering(acceptance, package, paths[i], finding);
        if (risk == NULL)
            return NULL;
        first = first == NULL ? risk : first;
    }
    return first;
}
