/* SPDX-License-Identifier: Apache-2.0 */
/* What lists and pages show. A row of the list is one image of one project: a tag at its present digest, times the
   platforms of an index; or a tag that is not an image; or one that waits for its scan. Every counter of a row equals the
   length of the list behind it. */
#ifndef STORE_IMAGES_H
#define STORE_IMAGES_H

#include "base/uuid.h"
#include "policy/evaluate.h"
#include "report/remedy.h"
#include "scan/scan.h"
#include "store/owners.h"
#include "store/store.h"
#include "store/tally.h"

enum image_state { IMAGE_PENDING, IMAGE_SCANNED, IMAGE_FAILED, IMAGE_STATE_COUNT };
const char *image_state_name(enum image_state state); /* "pending" "scanned" "failed" */

/* Vulnerabilities are counted once an image, at the highest severity that a package of the image gives them. */
struct image_counts {
    int64_t packages;
    int64_t vulnerabilities;
    int64_t by_severity[SEVERITY_COUNT];
    int64_t fixable; /* some package of the image has a fixed version for it */
    int64_t unfixed; /* the others */
    int64_t kev; /* known to be exploited; -1 = no such feed */
    int64_t exploitable; /* those and the ones with a public exploit; -1 = no feed tells */
    struct tally tally; /* the vulnerabilities by kind */
    int64_t score; /* of store/tally.h */
    int64_t findings; /* package × vulnerability */
    int64_t gaps;
    int64_t removed; /* packages of lower layers that the image does not have any more */
    int64_t unattributed; /* programs, libraries and Java archives that no package accounts for */
};

struct image_row {
    struct uuid uuid; /* of the row; stays as long as the project is at this digest */
    struct uuid project_uuid;
    struct uuid integration_uuid;
    struct view integration_name;
    struct view reference; /* "registry.example.com/team/app:1.2" */
    struct view repository;
    struct view tag;
    struct view digest; /* of what the tag names: manifest or index */
    struct view manifest; /* of this image's manifest; equal to digest unless that is an index */
    struct view image_id; /* config digest; empty unless scanned */
    struct view platform; /* "linux/amd64"; empty = unknown */
    enum image_state state;
    bool is_image; /* false: an artifact, never "clean" */
    struct view artifact_type;
    struct view error; /* IMAGE_FAILED */
    struct view distribution; /* "Debian GNU/Linux 12 (bookworm)"; empty = unknown */
    struct view distribution_id; /* "debian" */
    struct view distribution_version; /* "12" */
    struct image_counts counts;
    enum verdict verdict; /* by the gate of the query; could not tell unless scanned */
    enum evaluation_outcome outcome; /* of the policies of the registry stage; see store/evaluations.h */
    int64_t accepted; /* vulnerabilities that accepted risks cover wherever the image has them */
    int64_t accepted_by_severity[SEVERITY_COUNT];
    bool is_demo; /* counts are "at least" */
    int64_t layers_fetched; /* that came with this image, in its first row */
    int64_t layers_shared; /* that an earlier image or row of the organization had */
    int64_t image_created_ms; /* as the image says; 0 = unknown */
    int64_t created_ms; /* when the row was made */
    int64_t scanned_ms; /* 0 = not yet */
    int64_t pushed_ms; /* of the tag at this digest; 0 = the registry does not tell */
    struct view push_source; /* who says so, as registry/listing.h has it */
    int64_t first_seen_ms; /* by a listing; 0 = by none */
    int64_t last_seen_ms; /* by the last listing that had the tag at this digest; 0 = by none */
    bool is_obsolete; /* the tag is gone from the registry, or names another digest now */
    int64_t feeds_ms; /* date of the oldest feed that covers its packages; 0 = none does */
    struct uuid owner; /* of the project; empty = none */
    struct view team; /* that owns the repository; empty = nobody */
    struct view cursor;
};

/* Each with its own direction: by reference and by key (oldest row first) upward, the others with what is worst first: most severe,
   most vulnerabilities with an exploit (then by severity), highest score, most vulnerabilities, built longest ago. */
enum image_order {
    IMAGE_ORDER_REFERENCE,
    IMAGE_ORDER_ADDED,
    IMAGE_ORDER_SEVERITY,
    IMAGE_ORDER_EXPLOITABLE,
    IMAGE_ORDER_SCORE,
    IMAGE_ORDER_VULNERABILITIES,
    IMAGE_ORDER_BUILT,
    IMAGE_ORDER_COUNT
};

/* "severity", or falling "-severity"; false if there is no such order. */
bool image_order_parse(struct view name, enum image_order *order, bool *is_reversed);
#define IMAGE_ORDER_WORDS "reference, created_at, severity, exploitable, score, vulnerability_count, built_at"

/* Filters that are not set let everything through; all of them together must be met. */
struct image_query {
    struct page_request page;
    enum image_order order;
    bool is_reversed; /* against the order's own direction */
    /* In the reference, without regard to case; or the start of a digest, "sha256:…" or 12 hexadecimal digits and more; or in
       double quotes a whole name: reference, repository with or without tag, or tag, as it is written. */
    struct view search;
    struct uuid integration; /* empty text = any */
    struct view repository; /* its whole name */
    struct view platform; /* "linux/amd64" */
    struct uuid owner; /* of the project; empty text = any */
    struct owner_filter owners; /* of the repository */
    unsigned states; /* set of 1 << IMAGE_…, 0 = all */
    bool images_only; /* without what is not an image */
    bool is_uncounted; /* `*total` is not wanted: it is left 0 */
    bool is_obsolete; /* what the registry had once, instead of what it has */
    struct kind_filter kinds; /* with a vulnerability that is all of this at once */
    int64_t built_before_ms; /* 0 = whenever */
    unsigned outcomes; /* set of 1 << OUTCOME_…, 0 = all */
    const struct gate *gate; /* NULL: no threshold, feeds of at most 7 days */
};

/* `*total` counts all rows that the filters let through. */
bool store_list_images(struct store *store, struct arena *arena, int64_t organization, const struct image_query *query,
    struct image_row **rows, size_t *count, size_t *total, bool *has_more, struct error *err) MUST_CHECK;

/* Of a project's present snapshot, one for each platform. */
bool store_list_project_images(struct store *store, struct arena *arena, int64_t organization,
    const struct uuid *project, struct image_row **rows, size_t *count, struct error *err) MUST_CHECK;

/* The row with this UUID. ERROR_NOT_FOUND. */
bool store_find_image(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    const struct gate *gate, struct image_row *image, struct error *err) MUST_CHECK;

/* Rows that a person may mean, at most `limit`: UUID of a row, "sha256:…" of image, manifest or index, or a reference with
   or without host and tag. Without any, ERROR_NOT_FOUND. */
bool store_resolve_images(struct store *store, struct arena *arena, int64_t organization, struct view text, int limit,
    struct image_row **rows, size_t *count, struct error *err) MUST_CHECK;

/* Likewise by a digest or reference, of repositories that pass the filter. */
bool store_resolve_owned_images(struct store *store, struct arena *arena, int64_t organization, struct view text,
    int limit, const struct owner_filter *owners, struct image_row **rows, size_t *count, struct error *err) MUST_CHECK;

/* A finding as an image has it. */
struct finding_row {
    struct finding finding;
    struct package package;
    struct view purl;
    struct view *paths; /* where in the image the package is recorded */
    size_t path_count;
    struct view layer; /* digest of the layer that brought it (the lowest of `paths`) */
    uint32_t layer_index; /* of that, from the bottom up, from 0 */
    bool is_base; /* that layer is another image's */
    int64_t first_ms; /* when the package was first found to have it; 0 = unknown */
    struct view owner; /* the package of the distribution that these paths belong to; empty if to none */
    int64_t first_feed_ms; /* date of the feed that told of it then; 0 = unknown */
    const struct accepted_risk *accepted; /* that covers it in this package; NULL: none does */
    struct view cursor;
};

/* Layers of the image's own, and those that are another image's. */
enum layer_choice { LAYERS_ALL, LAYERS_BASE, LAYERS_OWN };

/* By accepted risks, as the image has the vulnerability: it is accepted if they cover it in every package and at every path. */
enum accepted_choice { ACCEPTED_ALL, ACCEPTED_ONLY, ACCEPTED_NOT };

/* Filters that are not set let everything through; all of them together must be met. */
struct finding_query {
    struct page_request page;
    struct kind_filter kinds; /* as the image has the vulnerability, so that a list has what its counter counts */
    struct view search; /* in vulnerability, aliases, package and source name */
    struct view vulnerability; /* exactly this id or alias; empty = all */
    struct view package; /* exactly this name of a package or of its source; empty = all */
    enum layer_choice layers;
    enum accepted_choice accepted;
    int64_t epss_min; /* millionths; 0 = any, and none */
    int cvss_min; /* tenths, by the highest of all vectors; 0 = any, and none */
    int64_t published_before_ms; /* the vulnerability; 0 = whenever */
    int64_t first_before_ms; /* the package was found to have it; 0 = whenever */
};

/* Ordered by severity, then fixable first, then id, then package. `*total` counts all that the filters let through. */
bool store_list_findings(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    const struct finding_query *query, struct finding_row **items, size_t *count, size_t *total, bool *has_more,
    struct error *err) MUST_CHECK;

struct package_row {
    struct package package;
    struct view purl;
    struct view path;
    uint32_t layer_index; /* from the bottom up, from 0 */
    bool is_base; /* in a layer that is another image's */
    struct view owner;
    struct view analyzer;
    struct view licenses; /* separated by '\n' */
    struct view commit; /* of a package that comes from a repository of sources */
    bool is_third_party;
    bool is_development;
    int64_t findings;
    enum severity worst; /* of its findings */
    struct tally tally; /* its findings by kind */
    int64_t danger; /* what a list by danger is ordered by */
    struct view cursor;
};

/* Filters that are not set let everything through; all of them together must be met. */
struct package_query {
    struct page_request page;
    bool
        is_by_danger; /* most critical findings first, then most high ones …; else by type, name, version, arch, path */
    struct view search; /* in name, source name and path */
    struct view type; /* "deb" */
    enum layer_choice layers;
    struct kind_filter kinds; /* with a finding that is all of this at once */
};

bool store_list_packages(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    const struct package_query *query, struct package_row **items, size_t *count, size_t *total, bool *has_more,
    struct error *err) MUST_CHECK;

/* All of them: an image has few. */
bool store_list_gaps(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct gap_list *gaps, struct error *err) MUST_CHECK;

struct layer_row {
    struct view digest; /* of the blob */
    bool is_base; /* another image's, as the image's history or an image of the organization shows */
    struct view
        base_reference; /* the image of the organization that has this layer and those below it; empty: none is known */
};

/* From the bottom up; none unless the image is scanned. */
bool store_list_layers(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct layer_row **items, size_t *count, struct error *err) MUST_CHECK;

/* Packages of lower layers that a later one removed or replaced, in the order of packages; without findings, owner and
   cursor. They are in no total. */
bool store_list_removed_packages(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct package_row **items, size_t *count, struct error *err) MUST_CHECK;

/* The first UNATTRIBUTED_LISTED_MAX of the files that image_counts.unattributed counts, sorted. */
bool store_list_unattributed(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct view **paths, size_t *count, struct error *err) MUST_CHECK;

/* What one image has and the other has not. */
enum image_change { IMAGE_CHANGE_NEW, IMAGE_CHANGE_FIXED, IMAGE_CHANGE_NONE, IMAGE_CHANGE_COUNT };
const char *image_change_name(enum image_change change); /* "new" "fixed" "unchanged" */

/* A vulnerability of a package, whatever its versions. */
struct change_row {
    enum image_change change;
    struct view vulnerability;
    enum severity severity; /* in the later image, if it is there */
    bool is_fixable; /* likewise */
    enum package_type type;
    struct view package; /* its name */
    struct view before; /* version in the earlier image; empty if it is not there; several are separated by commas */
    struct view after; /* in the later one */
};

/* All of them: what is new first, then what is fixed, then what stays; each by severity, id and package. Without `before` (NULL), what
   the tag named before on the same platform; if there was nothing, everything is new. ERROR_NOT_FOUND if a row is not the
   organization's, ERROR_CONFLICT if one is not scanned. */
bool store_compare_images(struct store *store, struct arena *arena, int64_t organization, const struct uuid *before,
    const struct uuid *after, struct change_row **items, size_t *count, struct error *err) MUST_CHECK;

/* The rows of the same project and platform, newest first: what the tag names now and what it named before. */
bool store_list_image_history(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    const struct page_request *page, struct image_row **rows, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* A layer of the image that is explained. */
struct explained_layer {
    enum layer_origin origin;
    struct view created_by; /* the step that made it, as the history has it; empty: it does not tell */
};

/* Why an image has a vulnerability, or what speaks for its absence. */
struct explanation {
    struct image_row image;
    struct finding_row *findings; /* of this id or alias; none: not reported */
    size_t finding_count;
    struct view *ecosystems; /* of the image's packages, "Debian:12" */
    size_t ecosystem_count;
    struct explained_layer *layers; /* from the bottom up */
    size_t layer_count;
    struct view base; /* reference of the image that it was built on; empty: it is not known */
    struct finding_row
        *suppressed; /* likewise, but not counted: `owner`'s advisories decide; without paths and layer */
    size_t suppressed_count;
    bool is_known; /* some stored package has this vulnerability */
    int64_t generation;
    struct feed_state *feeds; /* that cover the ecosystems */
    size_t feed_count;
    struct gap_list gaps;
};
bool store_explain(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct view vulnerability, struct explanation *explanation, struct error *err) MUST_CHECK;

/* The front page. */
struct store_totals {
    int64_t integrations;
    int64_t repositories;
    int64_t projects;
    int64_t images; /* different ones */
    int64_t rows; /* of the image list, by state; artifacts apart */
    int64_t rows_by_state[IMAGE_STATE_COUNT];
    int64_t artifacts;
    int64_t rows_by_worst[SEVERITY_COUNT]; /* scanned rows by the severity of their most severe vulnerability */
    int64_t rows_without_findings; /* scanned rows that have none */
    int64_t generation;
    bool is_demo;
};
bool store_read_totals(struct store *store, struct arena *arena, int64_t organization, struct store_totals *totals,
    struct error *err) MUST_CHECK;

/* Of all scanned images, whoever has them. */
struct inventory_totals {
    int64_t images;
    int64_t unattributed; /* files that no package accounts for */
};
bool store_read_inventory_totals(struct store *store, struct inventory_totals *totals, struct error *err) MUST_CHECK;

#endif
