/* SPDX-License-Identifier: Apache-2.0 */
#include "store/vex_claims.h"

#include "base/pack.h"
#include "store/image_rows.h"

bool vex_claims_begin(struct vex_claims *claims, struct transaction *transaction, struct arena *arena,
    int64_t organization, struct error *err)
{
    int64_t id = 0;
    *claims = (struct vex_claims){.transaction = transaction, .arena = arena, .organization = organization};
    vex_set_init(&claims->set, arena);
    map_init(&claims->asked, arena);
    map_init(&claims->documents, arena);
    return LOOKUP(transaction->connection, &id, &claims->is_any, err,
        "SELECT id FROM vex_documents WHERE organization_id = $1 LIMIT 1", SQL_INTEGER(organization));
}

static struct vex_document *document_of(struct vex_claims *claims, const struct rows *rows)
{
    int64_t id = rows_integer(rows, 2);
    struct view key = view_of(&id, sizeof(id));
    struct vex_document *document = map_get(&claims->documents, key);
    if (document != NULL)
        return document;
    document = ARENA_NEW(claims->arena, struct vex_document);
    document->header = (struct vex_header){.format = view_is(rows_view(rows, 4), "CSAF") ? "CSAF" : "OpenVEX",
        .id = rows_copy(rows, claims->arena, 3),
        .author = rows_copy(rows, claims->arena, 5),
        .time_ms = rows_integer(rows, 6)};
    map_set(&claims->documents, arena_copy(claims->arena, key), document);
    return document;
}

/* A claim that has several names is met under each of them: it is added under the first, with all its names. */
static bool read_claims(struct vex_claims *claims, struct view name, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(claims->transaction->connection, &rows, err,
            "SELECT vex_claims.id, content, vex_documents.id, vex_documents.name, format, author, issued_ms "
            "FROM vex_claim_names JOIN vex_claims ON vex_claims.id = claim_id "
            "JOIN vex_documents ON vex_documents.id = document_id "
            "WHERE vex_claim_names.organization_id = $1 AND vulnerability = $2 ORDER BY vex_claims.id",
            SQL_INTEGER(claims->organization), SQL_TEXT(name)))
        return false;
    while (rows_next(&rows)) {
        struct vex_claim claim;
        struct unpack packed = unpack_begin(rows_view(&rows, 1));
        if (!vex_claim_unpack(claims->arena, &packed, &claim, err))
            return false;
        claim.ids = name;
        vex_set_add(&claims->set, document_of(claims, &rows), &claim, (uint64_t)rows_integer(&rows, 0));
    }
    return rows_finish(&rows, err);
}

static bool ask(struct vex_claims *claims, struct arena *arena, struct view id, struct error *err)
{
    struct view name = vex_id_key(arena, id);
    if (map_get(&claims->asked, name) != NULL)
        return true;
    name = arena_copy(claims->arena, name);
    map_set(&claims->asked, name, claims);
    return read_claims(claims, name, err);
}

static bool ask_all(struct vex_claims *claims, const struct scan_image *scan, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    for (size_t i = 0; i < scan->inventory.package_count; i++) {
        arena_reset(scratch);
        for (size_t j = 0; j < scan->findings[i].count; j++) {
            const struct finding *finding = &scan->findings[i].items[j];
            if (!ask(claims, scratch, finding->id, err))
                return false;
            for (size_t k = 0; k < finding->alias_count; k++) {
                if (!ask(claims, scratch, finding->aliases[k], err))
                    return false;
            }
        }
    }
    return true;
}

/* "amd64" of "linux/amd64" and "linux/arm/v7" */
static struct view architecture_of(struct view platform)
{
    view_cut(&platform, '/');
    return view_cut(&platform, '/');
}

/* What products of documents are compared with: names and digests of the image, and its distribution. */
static bool read_target(struct vex_claims *claims, struct arena *arena, int64_t row, struct scan_image *scan,
    struct vex_target *target, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct distro *distro = &scan->inventory.distro;
    if (!QUERY(claims->transaction->connection, &rows, err,
            "SELECT s.reference, s.platform, s.manifest, snapshots.digest, coalesce(images.config_digest, ''), "
            "coalesce(distribution_id, ''), coalesce(distribution_version, ''), coalesce(products, ''), "
            "coalesce(distribution_codename, '') "
            "FROM snapshot_images AS s JOIN snapshots ON snapshots.id = s.snapshot_id "
            "LEFT JOIN images ON images.id = s.image_id LEFT JOIN inventories ON inventories.image_id = s.image_id "
            "WHERE s.id = $1",
            SQL_INTEGER(row)))
        return false;
    if (!rows_next(&rows))
        return rows_finish(&rows, err) && error_set(err, ERROR_NOT_FOUND, "there is no such image");
    target->reference = rows_copy(&rows, arena, 0);
    target->is_in_registry = true;
    target->architecture = architecture_of(rows_copy(&rows, arena, 1));
    for (int i = 0; i < VEX_DIGESTS_MAX; i++)
        target->digests[i] = rows_copy(&rows, arena, 2 + i);
    distro->id = rows_copy(&rows, arena, 5);
    distro->version_id = rows_copy(&rows, arena, 6);
    distro->version_codename = rows_copy(&rows, arena, 8);
    row_split_lines(arena, rows_copy(&rows, arena, 7), &distro->products.items, &distro->products.count);
    return rows_finish(&rows, err);
}

bool vex_claims_accept(
    struct vex_claims *claims, struct arena *arena, int64_t row, struct scan_image *scan, struct error *err)
{
    struct vex_target target = {.is_in_registry = true};
    if (!claims->is_any)
        return true;
    if (!ask_all(claims, scan, err) || !read_target(claims, arena, row, scan, &target, err))
        return false;
    scan_accept_vex(&claims->set, &target, arena, scan);
    return true;
}
