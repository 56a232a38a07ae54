/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of a layer record: what analyzers report becomes frames, texts are made fit for display, and what a
   record may cost the parent has a limit. Lives for one task of one child. */
#ifndef SCAN_RECORD_WRITER_H
#define SCAN_RECORD_WRITER_H

#include "sandbox/frame.h"
#include "scan/record.h"

/* What a record may cost the parent, in bytes of memory; all that is beyond it is one gap. The parent has 64 MB, of which
   the hashes of as many paths as a layer may have take 40. Kept files cost next to nothing: a large record lies in a file. */
#define RECORD_COST_MAX (UINT64_C(52) << 20)

/* Bytes that a small frame takes in the parent, beside its text. */
enum { RECORD_DETAIL_COST = 64 };

struct owned_path {
    uint64_t hash;
    uint32_t owner; /* its number */
};

struct record_writer {
    struct analysis analysis; /* for the analyzer at work */
    struct frame_writer *out;
    struct buffer packed; /* of the frame at hand */
    struct view path; /* of the file at hand */
    struct {
        struct owned_path *items;
        size_t count, capacity;
    } owned;
    struct buffer owner; /* name of the last one that the file at hand told */
    uint32_t owner_count;
    bool has_owner; /* the file at hand told one */
    bool has_cut; /* a text of the file at hand was too long */
    bool has_cut_licenses; /* likewise, which hides no package */
    uint64_t cost; /* of what was written */
    uint64_t kept; /* compressed bytes of kept files */
    bool is_full; /* the cost has reached its limit, and the gap is written */
    bool has_failed; /* a callback without result could not write; `err` tells why */
    struct error err;
};

void record_writer_init(struct record_writer *writer, struct frame_writer *out);
void record_writer_done(struct record_writer *writer);

/* Begins a file. `path` must live until the next one begins or the path is cleared. Nothing may follow if `is_full`. */
bool record_writer_file(
    struct record_writer *writer, const struct analyzer *analyzer, struct view path, struct error *err) MUST_CHECK;

/* What an analyzer returned about the file at hand: its failure becomes a gap. False if a frame could not be written. */
bool record_writer_check(
    struct record_writer *writer, bool is_read, const struct error *why, struct error *err) MUST_CHECK;

/* Keeps the content of the file at hand, as far as the record may grow. */
bool record_writer_keep(struct record_writer *writer, struct view content, struct error *err) MUST_CHECK;

bool record_writer_gap(struct record_writer *writer, enum gap_kind kind, struct view path, const char *reason,
    struct error *err) MUST_CHECK;

/* Whether the record may grow by `cost`; the first time that it may not, a gap tells. */
bool record_writer_afford(
    struct record_writer *writer, uint64_t cost, bool *is_affordable, struct error *err) MUST_CHECK;

/* Writes `packed`, for what strangers may send any number of. It is lost if the record is full. */
bool record_writer_detail(
    struct record_writer *writer, enum record_frame type, uint64_t cost, struct error *err) MUST_CHECK;

/* Writes owned paths and totals: nothing may follow. */
bool record_writer_finish(struct record_writer *writer, uint64_t entries, uint64_t bytes, struct error *err) MUST_CHECK;

#endif
