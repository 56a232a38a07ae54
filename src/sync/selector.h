/* SPDX-License-Identifier: Apache-2.0 */
/* Selectors: the building blocks of import policies. A tree of them decides for each observed tag of a repository whether it
   is imported. Evaluation is pure and looks at one repository at a time, so a registry of any size streams through it.

   Rules:
   - `And`: sub-policies without a window filter first; then those that contain a window (LastNObserved), in the given order,
     each on what is left. "The five newest of the release tags" is what is meant, not "release tags among the five newest".
   - `Or` is a union, `Not` what its sub-policy leaves of what it was given.
   - A tag's clock is the registry's push time, else the time of the first observation. Without a push time, a tag that was
     there at the integration's first complete listing has no clock: `Recent` and `LastNObserved` never choose it.
   - Whether a tag is new is decided by its digest against the baseline, never by time. */
#ifndef SYNC_SELECTOR_H
#define SYNC_SELECTOR_H

#include "base/arena.h"
#include "base/json.h"
#include "base/regex.h"
#include "base/view.h"

#define SELECTOR_DEPTH_MAX 16
#define SELECTOR_NODES_MAX 256
#define SELECTOR_NAME_BYTES_MAX 255

/* An image that something reported as running. */
struct running_image {
    struct view provider;
    int64_t seen_ms; /* last report */
};

/* A tag as the last listing showed it. Times in milliseconds since 1970. */
struct observed_tag {
    struct view name;
    struct view digest;
    int64_t pushed_ms; /* 0 = the registry does not say */
    int64_t first_observed_ms; /* of this digest under this tag */
    bool is_of_first_listing; /* was there at the integration's first complete listing */
    bool is_baseline; /* was there when the policy was created */
    const struct running_image *running;
    size_t running_count;
};

struct observed_repository {
    struct view name; /* full path without the host */
    const struct observed_tag *tags;
    size_t tag_count;
};

enum selection_reason {
#define SELECTION_REASON(constant, code, text) SELECTION_##constant,
#include "sync/selection_reasons.def"
#undef SELECTION_REASON
    SELECTION_REASON_COUNT
};
const char *selection_reason_code(enum selection_reason reason); /* "too-old" */
const char *selection_reason_text(enum selection_reason reason); /* for people */

enum selection_clock { CLOCK_NONE, CLOCK_PUSHED, CLOCK_FIRST_OBSERVED, CLOCK_COUNT };
const char *selection_clock_name(enum selection_clock clock); /* "none" "pushed" "first-observed" */

struct selector;

/* Why a tag is selected or not: the selector that had the last word, and the clock that it went by. */
struct selection {
    bool is_selected;
    enum selection_reason reason;
    enum selection_clock clock; /* CLOCK_NONE if time played no part */
    const struct selector *by; /* a leaf of the tree */
    bool is_negated; /* under an odd number of `Not` */
};

struct selection_input {
    const struct observed_repository *repository;
    int64_t now_ms;
};

/* A member of the family: one file selector_<name>.c and one row in selectors.def. */
struct selector_reader;
struct selector_kind {
    const char *type; /* as in documents: "LastNObserved" */
    size_t children_min; /* 0 and 0: a leaf */
    size_t children_max;
    bool is_window; /* looks at the other tags of the repository */

    /* Reads the members of "policy" into the node, and reports what is wrong to the reader; NULL: takes none. */
    void (*read)(struct selector_reader *reader, struct json parameters, struct selector *selector);

    /* Writes the members of "policy"; NULL: has none. */
    void (*write)(const struct selector *selector, struct json_writer *writer);

    /* Either: decides about one tag. */
    void (*decide)(const struct selector *selector, const struct selection_input *input, const struct observed_tag *tag,
        struct selection *selection);

    /* Or: decides about all tags with is_given; the others are not touched. */
    void (*apply)(const struct selector *selector, const struct selection_input *input, struct arena *arena,
        const bool *is_given, struct selection *selections);
};

struct selector {
    const struct selector_kind *kind;
    struct view name; /* the user's, may be empty */
    struct selector **children;
    size_t child_count;
    bool has_window; /* itself or something below */
    /* What the kinds keep of their parameters. */
    struct view repository_text; /* expressions, provider, range: as written */
    struct view tag_text;
    struct regex *repository_regex; /* NULL: everything matches */
    struct regex *tag_regex;
    struct view text;
    int64_t number;
};

extern const struct selector_kind *const selector_kinds[];
extern const size_t selector_kind_count;
const struct selector_kind *selector_kind_named(struct view type);

/* Decides about every tag of the repository; `selections` has tag_count items. Scratch memory comes from the arena. */
void selector_select(const struct selector *selector, const struct selection_input *input, struct arena *arena,
    struct selection *selections);

/* For the members of the family: the same for the tags with is_given, with the child's selections. */
void selector_apply(const struct selector *selector, const struct selection_input *input, struct arena *arena,
    const bool *is_given, struct selection *selections);

/* The tag's clock; false if it has none. */
bool selection_clock_of(const struct observed_tag *tag, int64_t *time_ms, enum selection_clock *clock);

#endif
