/* SPDX-License-Identifier: Apache-2.0 */
/* The advisory index: what a lookup reads. An index folder holds constant databases (`databases/<sha256>.cdb`, one for each
   feed and ecosystem), generations (`generations/<number>.json`, the list of databases with what is known about each)
   what changed from one to the next
   (`deltas/<number>`), and `current`, the number of the generation in force and the sha256 of its list. All of them are only ever replaced by rename(2), so whoever has
   a generation open keeps reading it undisturbed while the next one is written. An open generation is immutable,
   counted, and shared by threads; its files are mapped, not read into memory. builder.h writes. */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

#include "advisory/lookup.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Gaps that are kept by name; the rest is only counted. */
#define INDEX_GAPS_MAX 1000

/* More different ecosystems in one database are ERROR_LIMIT. */
#define INDEX_RELEASES_MAX 10000

/* A record of the feed that the database does not have, and why. */
struct index_gap {
    struct view name; /* record id, or the name of the file that should hold it */
    struct view reason;
};

/* One database of a generation: one ecosystem folder of one feed, or a feed about vulnerabilities. */
struct index_database {
    struct view feed; /* "osv" */
    struct view ecosystem; /* folder: "Debian", "Rocky Linux"; empty: facts about vulnerabilities of all */
    struct digest digest; /* sha256 of the file, which also names it */
    uint64_t size; /* bytes */
    uint64_t checksum; /* CRC-64 (ECMA-182, reflected) of the file: what each process checks before its first lookup */
    uint64_t record_count;
    uint64_t gap_count;
    int64_t date_ms; /* newest `modified` of its records; 0 = none has a readable one */
    int64_t whole_ms; /* when it was made as a whole, not by a delta; 0 = not known */
    int64_t checked_ms; /* when the source was last known to have nothing newer than this */
    struct view source; /* URL or folder that it came from */
    bool is_remote; /* a URL: age counts from checked_ms, else from date_ms */
    struct digest
        records; /* of the normalized records that it was built from (kept_files.h); unset if none were kept */
    uint64_t records_size; /* bytes */
    struct view etag; /* validators of the last answer, for the next question; empty if there were none */
    struct view last_modified;
    bool is_complete;
    struct view incomplete_reason; /* empty if it is complete */
    struct view alarm; /* why a newer one was refused, or could not be fetched; empty: the last one was good */
    int64_t alarm_ms; /* since when; 0 without an alarm */
    bool is_demo; /* the built-in set */
    struct view *releases; /* the different complete ecosystems of its records: "Debian:11", "Debian:12" */
    size_t release_count; /* at most INDEX_RELEASES_MAX */
};

/* A name that advisories use: ecosystem without release, name as ecosystem_package_name spells it. */
struct index_name {
    struct view ecosystem;
    struct view name;
};

/* A vulnerability of which the feeds about vulnerabilities say something else now. */
struct index_fact {
    struct view vulnerability;
    bool moves_findings; /* its summary, ratings or rejection changed: findings that exist may look different or go */
};

/* What changed from one generation to another, as far as stored results depend on it. What is in none of the lists gives
   the same findings with both. */
struct index_delta {
    struct view *ecosystems; /* all packages of these: a database came or went, or covers other releases */
    size_t ecosystem_count;
    struct index_name *names;
    size_t name_count;
    struct index_fact *facts;
    size_t fact_count;
};

/* "osv/Debian", "kev" */
struct view index_database_name(struct arena *arena, const struct index_database *database);

struct index_generation;

/* Opens the current generation. ERROR_NOT_FOUND, with the command that makes one, if the folder has none. The files are
   opened and their sizes compared, and nothing of them is read before they are asked. A database that is missing or damaged fails when it is asked
   (and in index_verify), so that it does not stand in the way of the others. */
bool index_open(const char *folder, struct index_generation **generation, struct error *err) MUST_CHECK;

struct index_generation *index_ref(struct index_generation *generation);
void index_unref(struct index_generation *generation); /* NULL is fine */

/* Borrowed, as long as the generation. Before the first lookup in a database its checksum is compared, once: a changed
   byte anywhere in it is ERROR_CORRUPT and never an empty answer. Matches live in the caller's arena. */
const struct lookup *index_lookup(const struct index_generation *generation);

uint64_t index_number(const struct index_generation *generation);
int64_t index_created_ms(const struct index_generation *generation);

/* Tells this generation from one of the same number that another index has. */
const struct digest *index_digest(const struct index_generation *generation);

/* What changed since an earlier generation of this index, which number and digest name. `*is_known` is false if that cannot be told: it
   is too long ago, belongs to another index, or the record of the changes is missing or damaged; then everything may have changed. Texts live
   in the arena. */
void index_delta_since(const struct index_generation *generation, uint64_t number, const struct digest *digest,
    struct arena *arena, struct index_delta *delta, bool *is_known);

/* Borrowed, ordered by feed and ecosystem. */
const struct index_database *index_databases(const struct index_generation *generation, size_t *count);

/* At most INDEX_GAPS_MAX, texts borrowed from the arena. */
bool index_gaps(const struct index_generation *generation, size_t database, struct arena *arena,
    struct index_gap **gaps, size_t *count, struct error *err) MUST_CHECK;

/* Reads the whole file of one database and compares its sha256: ERROR_CORRUPT if a byte differs. */
bool index_verify(const struct index_generation *generation, size_t database, struct error *err) MUST_CHECK;

static inline void index_cleanup(struct index_generation **generation)
{
    index_unref(*generation);
}
#define AUTO_INDEX CLEANUP(index_cleanup) struct index_generation

#endif
