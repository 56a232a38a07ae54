/* SPDX-License-Identifier: Apache-2.0 */
#include "package/database.h"

#include <stdarg.h>
#include <stdio.h>

void database_init(struct database *database, struct analysis *analysis, struct view content)
{
    *database = (struct database){.analysis = analysis, .rest = content};
}

bool database_next_line(struct database *database, struct view *line)
{
    if (database->rest.size == 0)
        return false;
    *line = view_cut_line(&database->rest);
    database->line++;
    return true;
}

bool database_line_is_blank(struct view line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] != ' ' && line.data[i] != '\t')
            return false;
    }
    return true;
}

bool database_field_is_valid(struct view field)
{
    if (field.size == 0 || field.size > DATABASE_FIELD_MAX)
        return false;
    for (size_t i = 0; i < field.size; i++) {
        if (field.data[i] <= ' ' || field.data[i] > '~')
            return false;
    }
    return true;
}

void database_package(struct database *database, const struct package *package, const struct installation *installation)
{
    if (database->package_count++ < DATABASE_PACKAGES_MAX) {
        database->analysis->package(database->analysis, package, installation);
        return;
    }
    database->rest = view_from(database->rest, database->rest.size);
    if (database->package_count > DATABASE_PACKAGES_MAX + 1)
        return;
    char reason[64];
    snprintf(reason, sizeof(reason), "more than %d packages in one database", DATABASE_PACKAGES_MAX);
    database->analysis->gap(database->analysis, GAP_LIMIT_REACHED, reason);
}

void database_damaged(struct database *database, size_t line, const char *format, ...)
{
    if (++database->damage_count > DATABASE_DAMAGE_MAX)
        return;
    char text[ERROR_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct error reason;
    if (line == 0)
        (void)error_set(&reason, ERROR_INVALID, "%s", text);
    else
        (void)error_set(&reason, ERROR_INVALID, "line %zu: %s", line, text);
    database->analysis->gap(database->analysis, GAP_BROKEN_DATABASE, reason.message);
}

void database_finish(struct database *database)
{
    if (database->damage_count <= DATABASE_DAMAGE_MAX)
        return;
    char reason[128];
    snprintf(reason, sizeof(reason), "%zu more damaged places", database->damage_count - DATABASE_DAMAGE_MAX);
    database->analysis->gap(database->analysis, GAP_BROKEN_DATABASE, reason);
}
