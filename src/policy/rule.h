/* SPDX-License-Identifier: Apache-2.0 */
/* Predicates: the conditions that rules of vulnerability policies are made of. One file rule_<family>.c and one row in
   rules.def make a family; a family may have several predicates. A predicate answers for one finding, package or image
   whether its condition holds; the answer may be that it cannot tell, which is never taken for "no" (see evaluate.h). Pure. */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include "base/document.h"
#include "finding/finding.h"
#include "image/manifest.h"

/* In this order the answer to "all of them?" is the least of the answers. */
enum answer { ANSWER_NO, ANSWER_UNKNOWN, ANSWER_YES };

static inline enum answer answer_of(bool is_so)
{
    return is_so ? ANSWER_YES : ANSWER_NO;
}

/* What a violation is about. */
enum rule_subject { SUBJECT_FINDING, SUBJECT_PACKAGE, SUBJECT_IMAGE };

enum rule_type {
#define RULE_TYPE(constant, name, subject, form, text) RULE_##constant,
#include "policy/rule_types.def"
#undef RULE_TYPE
    RULE_TYPE_COUNT
};
const char *rule_type_name(enum rule_type type); /* "vulnSeverityAndThreats" */
const char *rule_type_text(enum rule_type type); /* for people */
enum rule_subject rule_type_subject(enum rule_type type);
bool rule_type_has_predicates(enum rule_type type);
bool rule_type_parse(struct view name, enum rule_type *type);

struct policy_package {
    const struct package *package;
    struct view path;
};

struct policy_finding {
    size_t package; /* index in the image's packages */
    const struct finding *finding;
    bool is_accepted; /* by an accepted risk */
};

/* An image as policies see it. What is not known is said, not left out. */
struct policy_image {
    const struct image_config *config; /* NULL: there is none (a folder, a bill of materials) */
    uint64_t bytes; /* of the layers, compressed; 0 = unknown */
    const struct policy_package *packages;
    size_t package_count;
    const struct policy_finding *findings; /* those that count */
    size_t finding_count;
    const struct view *gaps; /* why packages may be missing: one reason each */
    size_t gap_count;
    const struct view *doubts; /* why findings may be missing or outdated: feeds */
    size_t doubt_count;
    const struct view *accepted_rules; /* ruleTypes whose violations are accepted for this image */
    size_t accepted_rule_count;
    bool is_accepted; /* the image as a whole is */
    bool knows_epss; /* there is such a feed: what it does not name has no score */
    bool knows_exploited; /* there is a feed of known exploited vulnerabilities */
    bool knows_exploits; /* there is an index of exploits */
    enum answer is_in_use; /* whether the image was reported as running */
    int64_t now_ms;
};

/* Of these at most one stands in a rule. */
enum predicate_group { GROUP_NONE, GROUP_AGE, GROUP_EXPLOIT, GROUP_FIX, GROUP_SEVERITY };

#define POLICY_TEXT_BYTES_MAX 1024
#define POLICY_TEXTS_MAX 10000
#define POLICY_DAYS_MAX 36500

struct predicate_kind;

struct predicate {
    const struct predicate_kind *kind;
    /* What the kinds keep of their parameters. */
    enum severity level;
    int64_t number; /* days, or megabytes */
    double limit; /* of a score */
    int64_t from_ms;
    int64_t until_ms; /* after the last moment */
    struct view key;
    struct view value;
    bool is_negated; /* operator NOT_IN */
    struct document_texts texts; /* in documents' order */
    struct view *versions; /* of texts, where packages are named; empty = any */
};

struct predicate_kind {
    const char *type; /* "vulnSeverity" */
    enum rule_type rule;
    enum predicate_group group;
    const char *const *members; /* of "extra", ended by NULL; NULL: it takes none */
    const char *text; /* for the reference: when it holds */
    bool asks_epss; /* and nothing else of the finding */

    /* Reads the members of "extra" and complains about what is wrong; NULL: takes none. */
    void (*read)(struct document_reader *reader, struct json extra, struct predicate *predicate);

    /* Writes the members of "extra"; NULL: has none. */
    void (*write)(const struct predicate *predicate, struct json_writer *writer);

    /* One of these, as the subject of its rule type says. `image` is about the config, which is there; it says in `reason`
       why the condition holds, for people. */
    enum answer (*finding)(
        const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding);
    enum answer (*package)(const struct predicate *predicate, const struct package *package);
    enum answer (*image)(
        const struct predicate *predicate, const struct policy_image *image, struct arena *arena, struct view *reason);
};

/* A family. */
struct predicate_set {
    const struct predicate_kind *kinds;
    size_t count;
};

extern const struct predicate_set *const predicate_sets[];
extern const size_t predicate_set_count;
/* NULL if the rule type has no such predicate. */
const struct predicate_kind *predicate_kind_named(enum rule_type rule, struct view type);

/* For members of the family: "age" or "days" of a predicate, and whether that many days have passed since `then_ms`. */
void predicate_read_age(struct document_reader *reader, struct json extra, struct predicate *predicate);
void predicate_write_age(const struct predicate *predicate, struct json_writer *writer);
void predicate_read_days(struct document_reader *reader, struct json extra, struct predicate *predicate);
void predicate_write_days(const struct predicate *predicate, struct json_writer *writer);
enum answer predicate_is_older(const struct predicate *predicate, int64_t then_ms, int64_t now_ms);
extern const char *const predicate_age_members[];
extern const char *const predicate_days_members[];

/* "operator" (IN or NOT_IN) with a list of texts. */
void predicate_read_list(
    struct document_reader *reader, struct json extra, const char *member, struct predicate *predicate);
void predicate_write_list(const struct predicate *predicate, const char *member, struct json_writer *writer);

/* "key", and "value" if it `has_value`. */
void predicate_read_key(struct document_reader *reader, struct json extra, struct predicate *predicate);
void predicate_read_key_and_value(struct document_reader *reader, struct json extra, struct predicate *predicate);
void predicate_write_key(const struct predicate *predicate, struct json_writer *writer);
void predicate_write_key_and_value(const struct predicate *predicate, struct json_writer *writer);
extern const char *const predicate_key_members[];
extern const char *const predicate_key_and_value_members[];

/* The date of a day, "2026-11-22", as the moment it begins in UTC. */
bool policy_date_parse(struct view text, int64_t *begin_ms);
struct view policy_date_write(struct arena *arena, int64_t begin_ms);

#endif
