/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rule.h"

#include "base/clock.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };
enum { PREDICATES = true, ALONE = false };

#define RULE(name) extern const struct predicate_set rule_##name;
#include "policy/rules.def"
#undef RULE

const struct predicate_set *const predicate_sets[] = {
#define RULE(name) &rule_##name,
#include "policy/rules.def"
#undef RULE
};
const size_t predicate_set_count = sizeof(predicate_sets) / sizeof(predicate_sets[0]);

static const struct {
    const char *name;
    enum rule_subject subject;
    bool has_predicates;
    const char *text;
} types[RULE_TYPE_COUNT] = {
#define RULE_TYPE(constant, name, subject, form, text) {name, SUBJECT_##subject, form, text},
#include "policy/rule_types.def"
#undef RULE_TYPE
};

const char *rule_type_name(enum rule_type type)
{
    return types[type].name;
}

const char *rule_type_text(enum rule_type type)
{
    return types[type].text;
}

enum rule_subject rule_type_subject(enum rule_type type)
{
    return types[type].subject;
}

bool rule_type_has_predicates(enum rule_type type)
{
    return types[type].has_predicates;
}

bool rule_type_parse(struct view name, enum rule_type *type)
{
    for (int i = 0; i < RULE_TYPE_COUNT; i++) {
        if (view_is(name, types[i].name)) {
            *type = (enum rule_type)i;
            return true;
        }
    }
    return false;
}

const struct predicate_kind *predicate_kind_named(enum rule_type rule, struct view type)
{
    for (size_t i = 0; i < predicate_set_count; i++) {
        const struct predicate_set *set = predicate_sets[i];
        for (size_t j = 0; j < set->count; j++) {
            if (set->kinds[j].rule == rule && view_is(type, set->kinds[j].type))
                return &set->kinds[j];
        }
    }
    return NULL;
}

const char *const predicate_age_members[] = {"age", NULL};
const char *const predicate_days_members[] = {"days", NULL};
const char *const predicate_key_members[] = {"key", NULL};
const char *const predicate_key_and_value_members[] = {"key", "value", NULL};

void predicate_read_age(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->number = document_integer(reader, extra, "age", 0, POLICY_DAYS_MAX);
}

void predicate_write_age(const struct predicate *predicate, struct json_writer *writer)
{
    json_pair_integer(writer, "age", predicate->number);
}

void predicate_read_days(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->number = document_integer(reader, extra, "days", 0, POLICY_DAYS_MAX);
}

void predicate_write_days(const struct predicate *predicate, struct json_writer *writer)
{
    json_pair_integer(writer, "days", predicate->number);
}

enum answer predicate_is_older(const struct predicate *predicate, int64_t then_ms, int64_t now_ms)
{
    return then_ms == 0 ? ANSWER_UNKNOWN : answer_of(now_ms - then_ms >= predicate->number * DAY_MS);
}

void predicate_read_list(
    struct document_reader *reader, struct json extra, const char *member, struct predicate *predicate)
{
    struct view word = document_text(reader, extra, "operator", true, POLICY_TEXT_BYTES_MAX);
    predicate->is_negated = view_is(word, "NOT_IN");
    if (word.size > 0 && !predicate->is_negated && !view_is(word, "IN"))
        document_complain(reader, "operator", "\"operator\" must be \"IN\" or \"NOT_IN\"");
    predicate->texts = document_text_list(reader, extra, member, POLICY_TEXTS_MAX, POLICY_TEXT_BYTES_MAX);
}

void predicate_write_list(const struct predicate *predicate, const char *member, struct json_writer *writer)
{
    json_pair_text(writer, "operator", predicate->is_negated ? "NOT_IN" : "IN");
    json_key(writer, member);
    json_begin_array(writer);
    for (size_t i = 0; i < predicate->texts.count; i++)
        json_write(writer, predicate->texts.items[i]);
    json_end_array(writer);
}

void predicate_read_key(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->key = document_text(reader, extra, "key", true, POLICY_TEXT_BYTES_MAX);
}

void predicate_read_key_and_value(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate_read_key(reader, extra, predicate);
    predicate->value = document_text(reader, extra, "value", true, POLICY_TEXT_BYTES_MAX);
}

void predicate_write_key(const struct predicate *predicate, struct json_writer *writer)
{
    json_pair(writer, "key", predicate->key);
}

void predicate_write_key_and_value(const struct predicate *predicate, struct json_writer *writer)
{
    predicate_write_key(predicate, writer);
    json_pair(writer, "value", predicate->value);
}

bool policy_date_parse(struct view text, int64_t *begin_ms)
{
    struct error ignored; /* the caller words it for the member at hand */
    char time[TIME_TEXT_SIZE] = "0000-00-00T00:00:00Z";
    if (text.size != strlen("0000-00-00"))
        return false;
    memcpy(time, text.data, text.size);
    return time_parse(view_text(time), begin_ms, &ignored);
}

struct view policy_date_write(struct arena *arena, int64_t begin_ms)
{
    char time[TIME_TEXT_SIZE];
    time_format(begin_ms, time);
    return arena_copy(arena, view_slice(view_text(time), 0, strlen("0000-00-00")));
}
