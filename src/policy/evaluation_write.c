/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/evaluate.h"

struct view policy_rule_text(struct arena *arena, const struct policy_rule *rule)
{
    struct view text = view_text(rule_type_name(rule->type));
    for (size_t i = 0; i < rule->predicate_count && rule_type_has_predicates(rule->type); i++) {
        const struct predicate *predicate = &rule->predicates[i];
        AUTO_BUFFER extra;
        struct json_writer writer;
        buffer_init(&extra, POLICY_TEXT_BYTES_MAX);
        json_writer_init(&writer, &extra);
        if (predicate->kind->write != NULL)
            predicate->kind->write(predicate, &writer);
        text = arena_format(arena, "%.*s%s%s%s%.*s", VIEW_PRINT(text), i == 0 ? ": " : " and ", predicate->kind->type,
            extra.size > 0 ? " " : "", VIEW_PRINT(extra.is_full ? view_text("…") : buffer_view(&extra)));
    }
    return text;
}

struct view rule_result_text(struct arena *arena, const struct rule_result *result)
{
    static const char *const nouns[] = {
        [SUBJECT_FINDING] = "finding", [SUBJECT_PACKAGE] = "package", [SUBJECT_IMAGE] = "problem"};
    enum rule_subject subject = rule_type_subject(result->rule->type);
    size_t count = result->violations.count;
    struct view text = view_text("");
    if (count > 0 && subject == SUBJECT_IMAGE)
        text = result->violations.items[0].reason;
    else if (count > 0)
        text = arena_format(arena, "%zu %s%s", count, nouns[subject], count == 1 ? "" : "s");
    if (result->accepted_count > 0)
        text = arena_format(arena, "%.*s, %zu of them accepted", VIEW_PRINT(text), result->accepted_count);
    if (result->doubt.size > 0)
        text =
            arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(text), text.size > 0 ? "; " : "", VIEW_PRINT(result->doubt));
    return text;
}

static void write_violation(const struct policy_violation *violation, struct json_writer *writer)
{
    json_begin_object(writer);
    if (violation->finding != NULL)
        json_pair(writer, "vulnerability", violation->finding->finding->id);
    if (violation->package != NULL) {
        json_pair(writer, "package", violation->package->package->name);
        json_pair(writer, "version", violation->package->package->version);
        json_pair_optional(writer, "path", violation->package->path);
    }
    json_pair_optional(writer, "reason", violation->reason);
    json_pair_boolean(writer, "accepted", violation->is_accepted);
    json_end_object(writer);
}

static void write_rule_result(const struct rule_result *result, size_t violations_max, struct json_writer *writer)
{
    AUTO_ARENA *arena = arena_new();
    size_t count = result->violations.count;
    json_begin_object(writer);
    json_pair_text(writer, "ruleType", rule_type_name(result->rule->type));
    json_pair(writer, "condition", policy_rule_text(arena, result->rule));
    json_pair_text(writer, "outcome", evaluation_outcome_name(result->outcome));
    json_pair_optional(writer, "detail", rule_result_text(arena, result));
    json_pair_integer(writer, "violation_count", (int64_t)count);
    json_pair_integer(writer, "accepted_count", (int64_t)result->accepted_count);
    json_pair_integer(writer, "unknown_count", (int64_t)result->unknown_count);
    json_key(writer, "violations");
    json_begin_array(writer);
    for (size_t i = 0; i < count && i < violations_max; i++)
        write_violation(&result->violations.items[i], writer);
    json_end_array(writer);
    json_end_object(writer);
}

static void write_bundle_result(const struct bundle_result *result, size_t violations_max, struct json_writer *writer)
{
    json_begin_object(writer);
    json_pair(writer, "name", result->bundle->name);
    json_pair_text(writer, "outcome", evaluation_outcome_name(result->outcome));
    json_key(writer, "rules");
    json_begin_array(writer);
    for (size_t i = 0; i < result->bundle->rule_count; i++)
        write_rule_result(&result->rules[i], violations_max, writer);
    json_end_array(writer);
    json_end_object(writer);
}

void evaluation_write(const struct evaluation *evaluation, size_t violations_max, struct json_writer *writer)
{
    json_begin_object(writer);
    json_pair_text(writer, "outcome", evaluation_outcome_name(evaluation->outcome));
    json_pair_integer(writer, "violating_vulnerabilities", (int64_t)evaluation->violating_count);
    json_pair_integer(writer, "accepted_vulnerabilities", (int64_t)evaluation->accepted_count);
    json_pair_integer(writer, "other_violations", (int64_t)evaluation->config_count);
    json_key(writer, "policies");
    json_begin_array(writer);
    for (size_t i = 0; i < evaluation->policy_count; i++) {
        const struct policy_result *policy = &evaluation->policies[i];
        json_begin_object(writer);
        json_pair(writer, "name", policy->policy->name);
        json_pair_text(writer, "outcome", evaluation_outcome_name(policy->outcome));
        json_key(writer, "bundles");
        json_begin_array(writer);
        for (size_t j = 0; j < policy->policy->bundle_count; j++)
            write_bundle_result(&policy->bundles[j], violations_max, writer);
        json_end_array(writer);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_end_object(writer);
}
