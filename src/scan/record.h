/* SPDX-License-Identifier: Apache-2.0 */
/* A layer record: everything that one layer blob tells, without knowledge of its distribution or of other layers. Parsed
   once per blob digest, stored for ever, merged with others into an inventory. Its stored form is the sequence of frames
   that the sandboxed child sent, each checked by the parent; decoding checks again. Immutable once decoded. */
#ifndef SCAN_RECORD_H
#define SCAN_RECORD_H

#include "base/arena.h"
#include "base/buffer.h"
#include "layer/gap.h"
#include "package/analyzer.h"

/* Raised when older records cannot be read any more. */
#define RECORD_FORMAT 4

/* Compressed bytes of the files that one record keeps: two databases of the largest size that is read. */
#define RECORD_KEPT_BYTES_MAX (UINT64_C(512) << 20)

/* Largest stored record, in bytes. */
#define RECORD_BYTES_MAX ((UINT64_C(192) << 20) + RECORD_KEPT_BYTES_MAX)

struct record_fact {
    struct view name;
    struct view value;
};

struct record_package {
    struct package package;
    struct installation installation;
};

/* A file that an analyzer wanted, also when it held nothing: it hides the same path of lower layers. */
struct record_file {
    const struct analyzer *analyzer;
    struct view path;
    struct record_package *packages;
    size_t package_count;
    struct record_fact *facts;
    size_t fact_count;
    uint64_t kept_size; /* bytes of a file that is kept; 0: none is */
    struct view *kept; /* its zstd frame in pieces; none although there is a size: there was no room to keep it */
    size_t kept_count;
};

struct record_link {
    struct view path;
    struct view target;
    bool is_hard;
};

/* view_hash of clean paths: sorted, without duplicates, little-endian, in consecutive pieces (the stored frames). */
struct record_hashes {
    struct view *pieces;
    size_t count;
};

/* An OS package that owns paths, and the file that says so. */
struct record_owner {
    struct view name;
    size_t file;
};

/* Paths and their owners: u64 view_hash, u32 position in the list of owners; sorted, little-endian, in pieces as above. */
struct record_ownership {
    struct view *pieces;
    size_t count;
};

struct layer_record {
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
    struct record_hashes paths; /* of all entries but directories and links */
    struct record_hashes directories;
    struct record_owner *owners;
    size_t owner_count;
    struct record_ownership owned; /* paths that OS packages of this layer own */
    struct gap_list gaps;
};

/* Whether the list holds the path. */
bool record_has(const struct record_hashes *hashes, struct view path);

/* The first owner of the path that is accepted, NULL if there is none. */
typedef bool record_owner_accepts(void *context, const struct record_owner *owner);
const struct record_owner *record_owner_find(
    const struct layer_record *record, struct view path, record_owner_accepts *accepts, void *context);

/* Reads a stored record; every offset, length, text and path is checked. ERROR_INVALID if it is damaged or of another
   format. Views point into `stored`. */
bool record_decode(struct arena *arena, struct view stored, struct layer_record *record, struct error *err) MUST_CHECK;

/* The child's side: writes the frames of a record while it reads a layer. The parent puts them behind each other, as they
   come, after record_begin: that is the stored form. */
enum record_frame {
    RECORD_HEADER = 1, /* u32 format, text analyzers */
    RECORD_FILE, /* text analyzer, text path; begins a file */
    RECORD_PACKAGE, /* text type, the texts of the package, text inner path, text licenses, text commit, u32 flags; of the last file */
    RECORD_FACT, /* text name, text value; likewise */
    RECORD_WHITEOUT, /* text path */
    RECORD_OPAQUE, /* text directory */
    RECORD_LINK, /* u32 is_hard, text path, text target */
    RECORD_PATHS, /* u64 hashes */
    RECORD_DIRECTORIES,
    RECORD_OWNED, /* (u64 hash, u32 owner) */
    RECORD_OWNER, /* text name; belongs to the last file; numbered in this order */
    RECORD_GAP, /* text kind, text path, text reason */
    RECORD_TOTALS, /* u64 entries, u64 bytes; exactly one, the last */
    RECORD_KEPT, /* u64 size: the last file is kept, with the pieces that follow */
    RECORD_KEPT_PIECE,
    RECORD_KEPT_CUT, /* empty: the pieces of the last file are not all of it */
    RECORD_FRAME_COUNT
};

/* Flags of a package's frame. */
enum record_installation_flag {
    RECORD_THIRD_PARTY = 1,
    RECORD_DEVELOPMENT = 2,
    RECORD_INSTALLATION_FLAGS = RECORD_THIRD_PARTY | RECORD_DEVELOPMENT
};

/* Bytes of one owned path in a frame. */
enum { RECORD_OWNED_SIZE = sizeof(uint64_t) + sizeof(uint32_t) };

/* Starts the stored form. */
void record_begin(struct buffer *stored);

/* Appends one frame as it came from the child; ERROR_INVALID for a type that a child may not send, ERROR_LIMIT. The
   content is checked by record_decode. */
bool record_append(struct buffer *stored, uint32_t type, struct view payload, struct error *err) MUST_CHECK;

/* Analyzer names and versions that made a stored record, "apk=1 dpkg=1 …"; differs from record_analyzers when outdated. */
bool record_made_by(struct view stored, struct view *made_by, struct error *err) MUST_CHECK;
struct view record_analyzers(struct arena *arena);

#endif
