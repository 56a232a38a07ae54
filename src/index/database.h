/* SPDX-License-Identifier: Apache-2.0 */
/* One constant database (cdb by Daniel J. Bernstein, read and written with TinyCDB): the advisories of one ecosystem, or what
   a feed says of vulnerabilities.

     key                           value
     "h"                           header: format, feed, ecosystem, number of records
     "g"                           gaps: count, then name and reason of each
     "i" NUL id                    head of the record with that id
     "n" NUL ecosystem NUL name    for each affected element with that package name: record id, element without its name
     "v" NUL vulnerability         facts

   Keys and values have the encoding of advisory/encoding.h. A file is at most 4 GiB (positions in cdb have 32 bits). The
   same records in the same order make the same bytes. */
#ifndef INDEX_DATABASE_H
#define INDEX_DATABASE_H

#include "base/buffer.h"
#include "index/index.h"

/* Records of one package name and all their elements together. */
#define INDEX_VALUE_MAX (256u * 1024 * 1024)

/* "databases/" + 64 digits + ".cdb" + NUL */
#define DATABASE_PATH_SIZE 80
void database_path(const struct index_database *info, char path[DATABASE_PATH_SIZE]);

/* Reading: any number of threads. */
struct database;

/* Opens the file, which is mapped at the first lookup: until then the database holds a descriptor. Never fails: a file that is
   missing, has another size or no header of ours gives a database whose lookups fail with that reason. `info` is borrowed. */
struct database *database_open(const char *folder, const struct index_database *info);
void database_close(struct database *database); /* NULL is fine */

/* Maps it now, before others use it, so that it holds no descriptor. */
void database_map(struct database *database);

/* Appends the advisories for a package name (see struct lookup). */
struct database_matches {
    struct lookup_match *items;
    size_t count;
    size_t capacity;
};
bool database_find(const struct database *database, struct arena *arena, struct view name,
    struct database_matches *matches, struct error *err) MUST_CHECK;

/* What it says of a vulnerability, into the arena. */
bool database_facts(const struct database *database, struct arena *arena, struct view vulnerability,
    struct vulnerability_facts *facts, bool *is_found, struct error *err) MUST_CHECK;

bool database_gaps(const struct database *database, struct arena *arena, struct index_gap **gaps, size_t *count,
    struct error *err) MUST_CHECK;

/* The value of a key as it is stored, borrowed from the database. */
bool database_value(
    const struct database *database, struct view key, struct view *value, bool *is_found, struct error *err) MUST_CHECK;

/* Calls `visit` with each key and value, in the order of the file, until it fails. */
bool database_each(const struct database *database,
    bool (*visit)(void *context, struct view key, struct view value, struct error *err), void *context,
    struct error *err) MUST_CHECK;

/* Compares the sha256 of the whole file. */
bool database_verify(const struct database *database, struct error *err) MUST_CHECK;

/* Writing: one at a time in a folder, by whoever has its lock. */
struct database_writer;

bool database_writer_new(const char *folder, struct database_writer **writer, struct error *err) MUST_CHECK;
void database_writer_free(struct database_writer *writer); /* NULL is fine; drops what is not finished */

/* Puts the head of the record, and its elements whose ecosystem has the base `ecosystem`. */
bool database_writer_add(struct database_writer *writer, struct view ecosystem, const struct advisory *advisory,
    struct error *err) MUST_CHECK;

/* Elements of a record that was added already. */
bool database_writer_extend(struct database_writer *writer, struct view ecosystem, const struct advisory *advisory,
    struct error *err) MUST_CHECK;

bool database_writer_add_facts(struct database_writer *writer, struct view vulnerability,
    const struct vulnerability_facts *facts, struct error *err) MUST_CHECK;

/* Writes the file under its final name. Reads feed, ecosystem and record_count of `info`, sets digest, size, checksum. */
bool database_writer_finish(struct database_writer *writer, const struct index_gap *gaps, size_t gap_count,
    struct index_database *info, struct error *err) MUST_CHECK;

#endif
