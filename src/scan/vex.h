/* SPDX-License-Identifier: Apache-2.0 */
/* VEX documents applied to a scan: what they say is not affected or fixed leaves the findings for the suppressed ones, with the
   document's reason, or is accepted there; what they say is affected or under investigation is noted at the finding. The bytes
   are parsed in the sandboxed child; the parent checks what comes back. One thread. */
#ifndef SCAN_VEX_H
#define SCAN_VEX_H

#include "base/map.h"
#include "finding/vex.h"
#include "scan/scan.h"

/* Documents in one scan, claims that matched nothing and are listed (the others are counted), and digests of an image. */
enum { VEX_DOCUMENTS_MAX = 100, VEX_UNMATCHED_MAX = 1000, VEX_DIGESTS_MAX = 3 };

struct vex_document {
    struct view file; /* as the user named it */
    struct vex_header header;
    size_t claim_count;
};

/* One claim. */
struct vex_entry {
    struct vex_claim claim;
    const struct vex_document *document;
    uint64_t rank; /* in the order in which the documents were given: of equally new claims the highest counts */
    size_t place; /* in the set */
};

struct vex_set {
    struct arena *arena;
    struct vex_document *documents[VEX_DOCUMENTS_MAX];
    size_t document_count;
    struct vex_entry_list {
        struct vex_entry **items;
        size_t count;
        size_t capacity;
    } entries;
    struct map by_id; /* name of a vulnerability in upper case → struct vex_entry_list */
};

/* The arena is borrowed and must outlive the set. */
void vex_set_init(struct vex_set *set, struct arena *arena);

/* Adds a claim, whose texts are borrowed. The document need not be among those of the set. */
void vex_set_add(
    struct vex_set *set, const struct vex_document *document, const struct vex_claim *claim, uint64_t rank);

/* Reads one document through the sandbox, to its end; `file` names it in reports and errors. ERROR_INVALID or ERROR_UNSUPPORTED
   if it is no VEX document; then the set is not to be used. */
bool vex_set_read(
    struct vex_set *set, struct sandbox *sandbox, struct source *input, struct view file, struct error *err) MUST_CHECK;

bool vex_set_read_file(struct vex_set *set, struct sandbox *sandbox, struct view path, struct error *err) MUST_CHECK;

struct vex_outcome {
    const struct vex_set *set;
    size_t suppressed_count;
    size_t noted_count;
    const struct vex_entry **unmatched; /* claims that speak of no finding; at most VEX_UNMATCHED_MAX */
    size_t unmatched_listed;
    size_t unmatched_count; /* all of them */
};

/* After scan_match. Of several claims about one finding that with the newest time counts, of equally new ones the last. */
struct vex_target {
    struct view reference; /* the image as the user named it */
    bool is_in_registry; /* it is one of a registry */
    struct view architecture; /* if the image's config is not there to tell */
    struct view digests[VEX_DIGESTS_MAX]; /* more that it goes by than the scan tells, "sha256:…"; empty: none */
};
void scan_apply_vex(
    const struct vex_set *set, const struct vex_target *target, struct arena *arena, struct scan_image *image);

/* The same, but what is not affected or fixed stays as a finding that is accepted, of the kind not-vulnerable, unless
   somebody accepted it already. After scan_accept. */
void scan_accept_vex(
    const struct vex_set *set, const struct vex_target *target, struct arena *arena, struct scan_image *image);

extern const struct sandbox_task vex_task;

#endif
