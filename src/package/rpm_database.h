/* SPDX-License-Identifier: Apache-2.0 */
/* An rpm database: header blobs of installed packages in one of four containers. A reader of a container finds the blobs and
   hands each to rpm_database_add; what it holds against the file is counted, so that no crafted chain or loop makes the work
   grow beyond the file. Used by one analyzer during one read. */
#ifndef PACKAGE_RPM_DATABASE_H
#define PACKAGE_RPM_DATABASE_H

#include "package/database.h"
#include "package/rpm_header.h"

/* Directories of one package that are looked at. */
#define RPM_DIRECTORIES_MAX (1u << 18)

/* Bytes of all owned paths of a database together: a whole distribution has some 300 MB. */
#define RPM_OWNED_BYTES_MAX (UINT64_C(512) << 20)

struct rpm_database {
    struct database database;
    struct buffer directories; /* offsets of the directory names of the package at hand, u32 each */
    uint64_t owned_bytes;
    uint64_t blob_bytes_left; /* what all headers together may still have: they lie side by side in the file */
    bool is_exhausted; /* they had more */
};

/* `file_bytes` is the size of the file, or of the files that make one database. */
void rpm_database_init(struct rpm_database *database, struct analysis *analysis, uint64_t file_bytes);
void rpm_database_done(struct rpm_database *database);

/* Reports a package and the paths that it owns. `number` is the record's, for messages. A blob that is no header is damage. */
void rpm_database_add(struct rpm_database *database, uint32_t number, struct view blob);

/* Whether no more packages are taken. */
bool rpm_database_is_full(const struct rpm_database *database);

/* The containers, each told by the first bytes of the file. They fail if the file as a whole is not of the format. */
bool rpm_ndb_is(struct view content);
bool rpm_ndb_read(struct rpm_database *database, struct view content, struct error *err) MUST_CHECK;
bool rpm_berkeley_is(struct view content);
bool rpm_berkeley_read(struct rpm_database *database, struct view content, struct error *err) MUST_CHECK;
bool rpm_sqlite_is(struct view content);
bool rpm_sqlite_read(struct rpm_database *database, struct view content, struct error *err) MUST_CHECK;

/* The same with the committed pages of the write-ahead log beside it. */
bool rpm_sqlite_read_with_log(
    struct rpm_database *database, struct view content, struct view log_content, struct error *err) MUST_CHECK;

#endif
