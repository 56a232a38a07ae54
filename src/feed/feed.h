/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds: one file feed_<name>.c and one row in feeds.def each. A feed of advisories publishes a folder for each ecosystem;
   a feed about vulnerabilities has one file of facts for all of them. The files are hostile bytes and are parsed in a sandboxed child, which hands each record to the parent as a frame. What a
   record becomes is the sink's business. */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include "advisory/lookup.h"
#include "base/cancel.h"
#include "sandbox/sandbox.h"
#include "stream/source.h"

/* Who takes what is read. False stops the reading with that error. */
struct feed_sink {
    /* Valid during the call. */
    bool (*advisory)(struct feed_sink *sink, const struct advisory *advisory, struct error *err);

    /* What a feed about vulnerabilities says of one. Valid during the call. */
    bool (*facts)(
        struct feed_sink *sink, struct view vulnerability, const struct vulnerability_facts *facts, struct error *err);

    /* A record that cannot be used: its id, or the name of its file, and why. */
    bool (*gap)(struct feed_sink *sink, struct view name, struct view reason, struct error *err);

    /* An id of the feed's list of records, and when it was changed; 0 = that is not told. */
    bool (*listed)(struct feed_sink *sink, struct view id, int64_t modified_ms, struct error *err);
};

/* One file in the folder of an ecosystem, or of a feed about vulnerabilities. */
struct feed_file {
    const char *name; /* "all.zip" */

    /* NULL, or: where a folder is read, all files whose names begin so (all, if it is empty) are taken, the last name first, and the first
       word on a vulnerability counts. So a folder may hold files of several days, and parts. */
    const char *prefix;

    /* NULL, or: the name of a file at an address whose text is the name of the one file that counts, which begins with
       `prefix`; in a folder that is the last of those names, or, without one, what is made of the documents that are in it
       (feed/folder_tar.h). */
    const char *latest;

    /* NULL, or: at an address it is a file of each of these yum repositories, whose metadata tell its name
       (feed/repository.h), and some of which may be missing; ends with NULL. */
    const char *const *repositories;

    /* 0, or: there are files with each number from this one on, with the number in the place of NUMBER in `name`; the
       first number without any ends them at an address, while a folder may leave some out. */
    int first_number;

    /* NULL, or: what stands in the place of PART in `name`, a file each, of which some may be missing; ends with NULL.
       */
    const char *const *parts;

    /* 0, or: there is a file for each year from this one on, with the year in the place of YEAR in `name`. */
    int first_year;
    uint64_t bytes_max;

    /* Runs in the child. Reads the input to its end; fails if the file as a whole is cut short or malformed. */
    bool (*read)(struct source *input, struct feed_sink *sink, struct error *err);
};

struct feed {
    const char *name; /* "osv" */
    const char *address; /* where it is published; folders of ecosystems lie below */
    bool is_about_vulnerabilities; /* it has one file of facts, no ecosystems and no list */
    bool has_parts; /* its files may have the same record, each with other packages of it: one for each repository */
    const char *only_ecosystem; /* NULL, or: it has no folders, and its files are all of this ecosystem */
    struct feed_file records;
    struct feed_file list; /* ids of all records, to tell whether `records` is complete; may be absent at the source */
    /* Deltas, at an address: a list that tells when each record was changed. */
    struct feed_file changes; /* name NULL: there are none */
    bool changes_name_all; /* what the list does not name is gone */
    struct feed_file deletions; /* records that are gone; name NULL: there is no such list */
    struct feed_file record; /* a single one; its name stands for what name_change tells */
    size_t changes_max; /* more are better fetched as a whole */

    /* The id of a record and the name of its file, of what the list names. False if that could be no such name. */
    bool (*name_change)(struct arena *arena, struct view listed, struct view *id, struct view *name);

    const char *ecosystems; /* file beside the folders: their names, one a line; may be absent */
};

extern const struct feed *const feeds[];
extern const size_t feed_count;

/* Whether it has a folder for each ecosystem. Of the others a mirror may have none. */
bool feed_has_folders(const struct feed *feed);

/* By name; NULL if unknown. */
const struct feed *feed_named(struct view name);

/* The task that reads a feed file in the child. Its parameters are "feed/file", as in "osv/all.zip". */
extern const struct sandbox_task feed_task;

struct feed_reading {
    struct sandbox *sandbox;
    const struct cancel *cancel; /* may be NULL */
    const struct feed *feed;
    const struct feed_file *file; /* of that feed, or repository_metadata */
};

/* Reads one file through the sandbox into the sink. `input` is read to its end and not closed. */
bool feed_read(
    const struct feed_reading *reading, struct source *input, struct feed_sink *sink, struct error *err) MUST_CHECK;

#endif
