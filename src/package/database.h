/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of package databases (dpkg, apk, rpm) share: numbered lines, checked fields, and damage that becomes a few gaps
   instead of one for each of a million broken lines. Used by one analyzer during one read; no allocation. */
#ifndef PACKAGE_DATABASE_H
#define PACKAGE_DATABASE_H

#include "base/attributes.h"
#include "package/analyzer.h"

/* Largest database that is read: what the sandboxed child may hold whole. */
#define DATABASE_BYTES_MAX (UINT64_C(256) << 20)

/* Longest name, version or architecture, in bytes. */
#define DATABASE_FIELD_MAX 512

/* Places of damage that are reported one by one; the rest is counted. */
#define DATABASE_DAMAGE_MAX 8

/* Packages that one database may report: several times what whole distributions have. */
#define DATABASE_PACKAGES_MAX 200000

struct database {
    struct analysis *analysis;
    struct view rest; /* what has not been read yet */
    size_t line; /* number of the line read last, from 1 */
    size_t damage_count;
    size_t package_count;
};

void database_init(struct database *database, struct analysis *analysis, struct view content);

/* The next line without its '\n' or "\r\n"; false at the end. */
bool database_next_line(struct database *database, struct view *line);

/* Whether the line holds nothing but spaces and tabs. */
bool database_line_is_blank(struct view line);

/* Whether a name, version or architecture is one: 1 to DATABASE_FIELD_MAX printable ASCII characters without blanks. */
bool database_field_is_valid(struct view field);

/* Reports a package. The first one beyond DATABASE_PACKAGES_MAX becomes a GAP_LIMIT_REACHED, and there are no more lines. */
void database_package(
    struct database *database, const struct package *package, const struct installation *installation);

/* Reports damage as a GAP_BROKEN_DATABASE; the caller reads on. Values in the text are made printable. Line 0 is a place
   without a number. */
void database_damaged(struct database *database, size_t line, const char *format, ...) PRINTF(3, 4);

/* To be called at the end: says how much more damage there was. */
void database_finish(struct database *database);

#endif
