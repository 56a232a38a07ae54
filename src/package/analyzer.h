/* SPDX-License-Identifier: Apache-2.0 */
/* One analyzer reads one kind of file: dpkg's status, apk's installed database, os-release. It runs in the sandboxed
   child on hostile bytes, knows no other file, layer or distribution, and makes no system call. A row in analyzers.def and a
   file analyzer_<name>.c make one; its tests are tests/golden/analyzers/<name>/<case>/. What identifies a package goes into
   `struct package`, and nothing else does; all else that a file tells of a package is its `struct installation`: path and
   layer are added by the reader of the layer, the analyzer's name by the record, the owner by the merge. */
#ifndef PACKAGE_ANALYZER_H
#define PACKAGE_ANALYZER_H

#include "base/error.h"
#include "base/view.h"
#include "layer/gap.h"
#include "package/package.h"

#include <stdint.h>

/* What one place says of a package beside its identity; two installations of one package may differ here. */
struct installation {
    /* Where it is inside the file at hand, if that is an archive: "WEB-INF/lib/a.jar", and "a.jar!/b.jar" one level deeper.
       Reports show it behind the file's path and "!/". Empty: the file itself. */
    struct view inner_path;
    /* As recorded: SPDX ids, expressions or free text. Several are separated by '\n'. */
    struct view licenses;
    /* Of a package that a lock file takes from a repository of sources: its commit. */
    struct view commit;
    /* An OS package that does not come from the distribution: its advisories do not cover it, and it governs no files. */
    bool is_third_party;
    /* Needed to develop or test only, as the record says. */
    bool is_development;
};

/* Bytes of one text that are kept. Analyzers hand on longer ones as they are: whoever takes them cuts them, and tells so. */
#define ANALYSIS_TEXT_BYTES_MAX 16384

/* What an analyzer reports about the file at hand; the implementation copies what it is given. */
struct analysis {
    /* `installation` may be NULL: nothing is known beside the identity. */
    void (*package)(struct analysis *analysis, const struct package *package, const struct installation *installation);
    /* A named fact of the distribution: ("ID", "debian"). */
    void (*fact)(struct analysis *analysis, const char *name, struct view value);
    /* A path that the OS package `owner` (its name) owns, as written in the record. Paths of one package come in a row. */
    void (*owned)(struct analysis *analysis, struct view owner, struct view path);
    void (*gap)(struct analysis *analysis, enum gap_kind kind, const char *reason);
};

/* One of the files of a database that has several. */
struct analyzed_file {
    struct view path; /* in the merged image */
    struct view content;
};

/* What is known of a regular file before its content is read. */
struct analyzer_file {
    struct view path;
    uint64_t size;
    uint32_t mode;
};

/* First bytes that wants_head is given, fewer if the file is shorter. */
#define ANALYZER_HEAD_BYTES 64

struct analyzer {
    const char *name; /* as in analyzers.def; stored in layer records */
    uint32_t version; /* raised when the same bytes would give another answer */
    uint64_t bytes_max; /* a larger file is a gap */
    /* The file tells what a program asks for, not what is there: package-lock.json, requirements.txt. Always read into the
       record; whether an inventory has its packages and gaps is decided when records are merged. */
    bool is_lock_file;

    /* Whether the file at this clean path is for this analyzer. Called for every file of every layer: must be fast, no
       allocation. */
    bool (*wants)(struct view path);

    /* For kinds of files that no path tells; NULL if paths do. A file that no analyzer wants by its path is asked for twice:
       whether its first bytes are worth a look (they are read, or the file opened, only then), and whether these make it
       wanted. As fast as `wants`. */
    bool (*wants_look)(const struct analyzer_file *file);
    bool (*wants_head)(struct view head);

    /* Reads the whole content and reports. Fails only if the file as a whole is not of its format: that is a
       GAP_BROKEN_DATABASE; what was reported before the failure is kept. Damage that leaves the rest readable is
       reported with analysis->gap. An empty file is no failure. */
    bool (*read)(struct view path, struct view content, struct analysis *analysis, struct error *err);

    /* For databases of several files, which may come from several layers (rpm's SQLite database and its write-ahead log): whether
       the bytes of the wanted file at this path are kept, compressed, with the layer's record. `read` is called for each file
       alone all the same. NULL: nothing is kept. */
    bool (*keeps)(struct view path);

    /* With `keeps`: reads the kept files that are in one directory of the merged image, in the order of their names, where
       they are two or more that are not empty. What it reports stands instead of what `read` said of the first file. Runs in
       a child of its own. Fails as `read` does; then what `read` said stands, with a gap. */
    bool (*read_together)(
        const struct analyzed_file *files, size_t count, struct analysis *analysis, struct error *err);
};

/* All rows of analyzers.def, in that order. */
extern const struct analyzer *const analyzers[];
extern const size_t analyzer_count;

/* The first analyzer that wants the path, NULL if none does. */
const struct analyzer *analyzer_for(struct view path);

/* The first analyzer for which a file's first bytes are worth a look, NULL if there is none: it may want the file. */
const struct analyzer *analyzer_to_look(const struct analyzer_file *file);

/* By name; NULL if unknown. */
const struct analyzer *analyzer_named(struct view name);

#endif
