/* SPDX-License-Identifier: Apache-2.0 */
/* rpm's databases of installed packages. The name of the file does not count: rpm --rebuilddb and image builders leave any
   container under any of the names, so the first bytes tell. A SQLite database is kept together with its write-ahead log,
   which may come from another layer. */
#include "package/rpm_database.h"

static const char *const directories[] = {"var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/"};

static const char *const names[] = {"rpmdb.sqlite", "Packages.db", "Packages", "rpmdb.sqlite-wal"};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool wants(struct view path)
{
    if (path.size < 20 || path.size > 37 || (path.data[0] != 'v' && path.data[0] != 'u'))
        return false;
    for (size_t i = 0; i < COUNT(directories); i++) {
        struct view name = view_from(path, strlen(directories[i]));
        for (size_t j = 0; view_starts_with(path, directories[i]) && j < COUNT(names); j++) {
            if (view_is(name, names[j]))
                return true;
        }
    }
    return false;
}

static bool is_log(struct view path)
{
    return view_ends_with(path, "-wal");
}

static bool keeps(struct view path)
{
    return is_log(path) || view_ends_with(path, "/rpmdb.sqlite");
}

static const struct container {
    bool (*is)(struct view content);
    bool (*read)(struct rpm_database *database, struct view content, struct error *err);
} containers[] = {
    {rpm_sqlite_is, rpm_sqlite_read},
    {rpm_ndb_is, rpm_ndb_read},
    {rpm_berkeley_is, rpm_berkeley_read},
};

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    if (content.size == 0 || is_log(path))
        return true;
    const struct container *container = containers;
    while (container < containers + COUNT(containers) && !container->is(content))
        container++;
    if (container == containers + COUNT(containers))
        return error_set(err, ERROR_INVALID, "neither a SQLite, an ndb nor a Berkeley DB database");
    struct rpm_database database;
    rpm_database_init(&database, analysis, content.size);
    bool is_read = container->read(&database, content, err);
    database_finish(&database.database);
    rpm_database_done(&database);
    return is_read;
}

static bool read_together(const struct analyzed_file *files, size_t count, struct analysis *analysis, struct error *err)
{
    /* In the order of their names: the database, then its log. */
    if (count != 2 || is_log(files[0].path) || !is_log(files[1].path))
        return error_set(err, ERROR_INVALID, "not a SQLite database and its write-ahead log");
    struct rpm_database database;
    rpm_database_init(&database, analysis, (uint64_t)files[0].content.size + files[1].content.size);
    bool is_read = rpm_sqlite_read_with_log(&database, files[0].content, files[1].content, err);
    database_finish(&database.database);
    rpm_database_done(&database);
    return is_read;
}

const struct analyzer analyzer_rpm = {
    .name = "rpm",
    .version = 1,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
    .keeps = keeps,
    .read_together = read_together,
};
