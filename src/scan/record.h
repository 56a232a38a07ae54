/* SPDX-License-Identifier: Apache-2.0 */
/* A layer record: everything that one layer blob tells, without knowledge of its distribution or of other layers. Parsed
   once per blob digest, stored for ever, merged with others into an inventory. Its stored form is the sequence of frames
   that the sandboxed child sent, each checked by the parent; decoding checks again. Immutable once decoded. */
#ifndef SCAN_RECORD_H
#define SCAN_RECORD_H

#include "base/arena.h"
#include "base/digest.h"
#include "layer/gap.h"
#include "package/analyzer.h"

/* Raised when older records cannot be read any more. */
#define RECORD_FORMAT 1

/* Largest stored record, in bytes. */
#define RECORD_BYTES_MAX (192u << 20)

struct record_fact {
    struct view name;
    struct view value;
};

/* A file that an analyzer wanted, also when it held nothing: it hides the same path of lower layers. */
struct record_file {
    const struct analyzer *analyzer;
    struct view path;
    struct package *packages;
    size_t package_count;
    struct record_fact *facts;
    size_t fact_count;
};

struct record_link {
    struct view path;
    struct view target;
    bool is_hard;
};

struct layer_record {
    struct digest blob;
    uint64_t entries;
    uint64_t bytes; /* decompressed */
    struct record_file *files;
    size_t file_count;
    struct view *whiteouts;
    size_t whiteout_count;
    struct view *opaques;
    size_t opaque_count;
    struct record_link *links;
    size_t link_count;
    /* view_hash of the clean paths of all other entries, sorted, without duplicates; unaligned little-endian u64 */
    struct view path_hashes;      /* neither directories nor links */
    struct view directory_hashes;
    struct view owned_hashes;     /* paths that OS packages of this layer own */
    struct gap_list gaps;
};

/* Whether one of the hash lists holds the path. */
bool record_has_hash(struct view hashes, struct view path);

/* Reads a stored record; every offset, length, text and path is checked. ERROR_INVALID if it is damaged or of another
   format. Views point into `stored`. */
bool record_decode(struct arena *arena, struct view stored, struct layer_record *record, struct error *err) MUST_CHECK;

/* Analyzer names and versions that made a stored record, "apk=1 dpkg=1 …"; differs from record_analyzers() when outdated. */
bool record_made_by(struct view stored, struct view *analyzers, struct error *err) MUST_CHECK;
struct view record_analyzers(void);

#endif
