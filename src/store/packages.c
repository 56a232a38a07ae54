/* SPDX-License-Identifier: Apache-2.0 */
/* Packages as they are stored: each once, under the names by which advisories may know it. One that a package of the distribution
   owns is another package than the same without that owner, because its findings count or not by what is said of the owner. */
#include "finding/query.h"
#include "store/matching.h"

#include <assert.h>

/* The 32 bytes of the sha256 of all fields, and of those of the owner. */
static struct view hash_package(struct arena *arena, const struct package *package, const struct package *owner)
{
    struct digest digest;
    struct view fields = package_key(arena, package);
    if (owner != NULL)
        fields = arena_format(arena, "%.*s\n%.*s", VIEW_PRINT(fields), VIEW_PRINT(package_key(arena, owner)));
    digest_of(fields, &digest);
    struct view hex = digest_hex(&digest);
    char *bytes = arena_alloc(arena, hex.size / 2);
    for (size_t i = 0; i < hex.size; i++) {
        int digit = hex.data[i] <= '9' ? hex.data[i] - '0' : hex.data[i] - 'a' + 10;
        bytes[i / 2] = (char)((unsigned char)bytes[i / 2] << 4 | digit);
    }
    return view_of(bytes, hex.size / 2);
}

static bool find_package(
    struct transaction *transaction, struct view key, struct stored_package *stored, bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT packages.id, cause FROM packages LEFT JOIN "
            "lagging_packages ON package_id = packages.id "
            "WHERE key = $1",
            SQL_BYTES(key)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        *stored = (struct stored_package){.id = rows_integer(&rows, 0),
            .is_lagging = !rows_is_null(&rows, 1),
            .cause = (enum lag_cause)rows_integer(&rows, 1)};
    return rows_finish(&rows, err);
}

bool matching_set_keys(struct matching *matching, int64_t id, const struct package *package, struct error *err)
{
    struct query queries[QUERIES_MAX];
    struct connection *connection = matching->transaction->connection;
    size_t count = query_choose(matching->arena, package, queries);
    for (size_t i = 0; i < count; i++) {
        if (!RUN(connection, err,
                "INSERT INTO package_keys (ecosystem, name, package_id) VALUES "
                "($1, $2, $3) "
                "ON CONFLICT (ecosystem, name, package_id) DO NOTHING",
                SQL_TEXT(ecosystem_base(queries[i].ecosystem)), SQL_TEXT(queries[i].name), SQL_INTEGER(id)))
            return false;
    }
    return true;
}

static bool insert_package(struct matching *matching, const struct package *package, int64_t owner, struct view key,
    int64_t *id, struct error *err)
{
    bool found = false;
    return LOOKUP(matching->transaction->connection, id, &found, err,
               "INSERT INTO packages (key, type, name, version, arch, source_name, source_version, epoch, release, "
               "source_rpm, modularity, vendor, ecosystem, owner_id, matched_generation, undecidable) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, -1, '') RETURNING id",
               SQL_BYTES(key), SQL_WORD(package_type_name(package->type)), SQL_TEXT(package->name),
               SQL_TEXT(package->version), SQL_TEXT(package->arch), SQL_TEXT(package->source_name),
               SQL_TEXT(package->source_version), SQL_TEXT(package->epoch), SQL_TEXT(package->release),
               SQL_TEXT(package->source_rpm), SQL_TEXT(package->modularity), SQL_TEXT(package->vendor),
               SQL_TEXT(package->ecosystem), SQL_INTEGER(owner)) &&
           matching_set_keys(matching, *id, package, err);
}

bool matching_package(struct matching *matching, const struct package *package, const struct package_owner *owner,
    struct stored_package *stored, struct error *err)
{
    bool found = false;
    struct view key = hash_package(matching->arena, package, owner == NULL ? NULL : owner->package);
    if (!find_package(matching->transaction, key, stored, &found, err) || found)
        return found;
    *stored = (struct stored_package){.is_new = true};
    return insert_package(matching, package, owner == NULL ? 0 : owner->id, key, &stored->id, err) &&
           (owner == NULL || matching_set_keys(matching, stored->id, owner->package, err));
}

bool package_read(const struct rows *rows, int column, struct arena *arena, struct package *package, struct error *err)
{
    struct package read = {0};
    if (!package_type_parse(rows_view(rows, column), &read.type))
        return error_set(
            err, ERROR_CORRUPT, "stored package is of an unknown type \"%.*s\"", VIEW_PRINT(rows_view(rows, column)));
    struct view *fields[] = {&read.name, &read.version, &read.arch, &read.source_name, &read.source_version,
        &read.epoch, &read.release, &read.source_rpm, &read.modularity, &read.vendor, &read.ecosystem};
    static_assert(sizeof(fields) / sizeof(fields[0]) == PACKAGE_COLUMN_COUNT - 1, "a field for each column");
    for (int i = 0; i < PACKAGE_COLUMN_COUNT - 1; i++)
        *fields[i] = rows_copy(rows, arena, column + 1 + i);
    *package = read;
    return true;
}

static bool insert_suppressed(
    struct matching *matching, int64_t package, const struct finding *finding, struct error *err)
{
    struct view detail;
    return finding_write_detail(matching->arena, finding, &detail, err) &&
           RUN(matching->transaction->connection, err,
               "INSERT INTO suppressed_findings (package_id, vulnerability, severity, fix_state, summary, detail) "
               "VALUES ($1, $2, $3, $4, $5, $6)",
               SQL_INTEGER(package), SQL_TEXT(finding->id), SQL_INTEGER(finding->severity),
               SQL_INTEGER(finding->fix_state), SQL_TEXT(finding->summary), SQL_TEXT(detail));
}

bool matching_suppress(struct matching *matching, const struct stored_package *package,
    const struct finding_list *suppressed, struct error *err)
{
    if (!package->is_new && !RUN(matching->transaction->connection, err,
                                "DELETE FROM suppressed_findings WHERE package_id = $1", SQL_INTEGER(package->id)))
        return false;
    for (size_t i = 0; i < suppressed->count; i++) {
        if (!insert_suppressed(matching, package->id, &suppressed->items[i], err))
            return false;
    }
    return true;
}
