/* SPDX-License-Identifier: Apache-2.0 */
#include "store/risk_packages.h"

#include "package/distro.h"
#include "store/matching.h"
#include "store/packed.h"

#include <stdlib.h>

/* Whether an image of the organization holds the package: what others have is nobody else's business. */
static bool is_held(
    struct transaction *transaction, int64_t organization, int64_t package, bool *is_so, struct error *err)
{
    AUTO_ROWS rows = {0};
    uint16_t members[MEMBERS_CHUNK];
    size_t count = 0;
    *is_so = false;
    if (!QUERY(transaction->connection, &rows, err, "SELECT chunk, members FROM package_images WHERE package_id = $1",
            SQL_INTEGER(package)))
        return false;
    while (!*is_so && rows_next(&rows)) {
        if (!members_read(rows_view(&rows, 1), members, &count, err))
            return false;
        for (size_t i = 0; i < count && !*is_so; i++) {
            int64_t granted = 0;
            if (!LOOKUP(transaction->connection, &granted, is_so, err,
                    "SELECT granted_ms FROM image_access WHERE organization_id = $1 AND image_id = $2",
                    SQL_INTEGER(organization), SQL_INTEGER(rows_integer(&rows, 0) * MEMBERS_CHUNK + members[i])))
                return false;
        }
    }
    return *is_so || rows_finish(&rows, err);
}

/* A package is stored without its image's distribution. */
static struct view purl_of(struct arena *arena, const struct package *package, bool has_version)
{
    struct package shown = *package;
    struct view id;
    struct view version;
    distro_of_ecosystem(package->ecosystem, &id, &version);
    if (!has_version)
        shown.version = shown.epoch = shown.release = shown.arch = view_text("");
    return package_purl(arena, &shown, id, view_text(""));
}

struct purl_list {
    struct view *items;
    size_t count;
    size_t capacity;
};

static int compare_views(const void *a, const void *b)
{
    return view_compare(*(const struct view *)a, *(const struct view *)b);
}

static bool list_packages(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct accepted_risk *risk, struct purl_list *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT packages.id, " PACKAGE_COLUMNS " FROM vulnerabilities JOIN package_findings "
            "ON vulnerability_id = vulnerabilities.id JOIN packages ON packages.id = package_id "
            "WHERE upper(vulnerabilities.name) = upper($1) AND ($2 = '' OR packages.name = $2) ORDER BY packages.id",
            SQL_TEXT(risk->vulnerability), SQL_TEXT(risk->package)))
        return false;
    while (list->count < RISK_PACKAGES_MAX && rows_next(&rows)) {
        struct package package;
        bool is_own = false;
        if (!package_read(&rows, 1, arena, &package, err) ||
            !is_held(transaction, organization, rows_integer(&rows, 0), &is_own, err))
            return false;
        if (is_own && (risk->version.size == 0 || package_has_version(&package, risk->version)))
            *(struct view *)ARENA_PUSH(arena, list) = purl_of(arena, &package, risk->version.size > 0);
    }
    return list->count == RISK_PACKAGES_MAX || rows_finish(&rows, err);
}

bool store_list_risk_packages(struct store *store, struct arena *arena, int64_t organization,
    const struct accepted_risk *risk, struct view **purls, size_t *count, struct error *err)
{
    struct transaction transaction;
    struct purl_list list = {0};
    size_t kept = 0;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, list_packages(&transaction, arena, organization, risk, &list, err), err))
        return false;
    if (list.count > 0)
        qsort(list.items, list.count, sizeof(*list.items), compare_views);
    for (size_t i = 0; i < list.count; i++) {
        if (kept == 0 || !view_equal(list.items[kept - 1], list.items[i]))
            list.items[kept++] = list.items[i];
    }
    *purls = list.items;
    *count = kept;
    return true;
}
