/* SPDX-License-Identifier: Apache-2.0 */
#include "store/judging.h"

#include "scan/judge.h"
#include "store/acceptance.h"
#include "store/running_images.h"
#include "store/vulnerability_policies_internal.h"

void judged_row_read(const struct rows *rows, struct arena *arena, int64_t now_ms, struct judged_row *row)
{
    *row = (struct judged_row){.id = rows_integer(rows, 0),
        .organization = rows_integer(rows, 1),
        .snapshot = rows_integer(rows, 2),
        .image = rows_integer(rows, 3),
        .verdict = (enum evaluation_outcome)rows_integer(rows, 4),
        .accepted = {.total = rows_integer(rows, 5)},
        .bytes = (uint64_t)rows_integer(rows, 12),
        .manifest = rows_copy(rows, arena, 13),
        .missing_platforms = rows_integer(rows, 18),
        .ecosystems = rows_copy(rows, arena, 19)};
    for (int i = 0; i < SEVERITY_COUNT; i++)
        row->accepted.by_severity[i] = rows_integer(rows, 6 + i);
    row->place = acceptance_place(arena, rows_copy(rows, arena, 14), rows_copy(rows, arena, 15),
        rows_copy(rows, arena, 16), rows_copy(rows, arena, 17), now_ms);
}

/* Ids that are asked for where findings may have them as aliases: those that predicates name, and those of accepted risks. */
static void look_at_rule(struct judging *judging, const struct policy_rule *rule)
{
    if (rule_type_subject(rule->type) == SUBJECT_PACKAGE)
        judging->images.wants_clean = true;
    for (size_t i = 0; i < rule->predicate_count; i++) {
        const struct predicate *predicate = &rule->predicates[i];
        if (strcmp(predicate->kind->type, "vulnIsInUse") == 0)
            judging->asks_use = true;
        for (size_t k = 0; k < predicate->texts.count && rule->type == RULE_VULNERABILITY_DENY_LIST; k++)
            image_reader_want_id(&judging->images, predicate->texts.items[k]);
    }
}

bool judging_begin(struct judging *judging, struct error *err)
{
    struct transaction *transaction = judging->transaction;
    struct arena *arena = judging->arena;
    int64_t organization = judging->organization;
    judging->asks_use = false;
    image_reader_begin(&judging->images, transaction, arena);
    if (!row_reader_begin(&judging->reader, transaction, arena, organization, NULL, err) ||
        !acceptance_read(transaction, arena, organization, &judging->risks, &judging->risk_count, err) ||
        !vex_claims_begin(&judging->vex, transaction, arena, organization, err))
        return false;
    judging->images.wants_aliases = judging->vex.is_any;
    for (size_t i = 0; i < judging->risk_count; i++) {
        if (judging->risks[i].vulnerability.size > 0)
            image_reader_want_id(&judging->images, judging->risks[i].vulnerability);
    }
    return true;
}

bool judging_choose_policies(
    struct judging *judging, enum stage stage, struct view name, struct judging_policies *policies, struct error *err)
{
    policies->stage = stage;
    if (!policies_read(judging->transaction, judging->arena, judging->organization, name, stage, &policies->items,
            &policies->count, err))
        return false;
    for (size_t i = 0; i < policies->count; i++) {
        for (size_t j = 0; j < policies->items[i]->bundle_count; j++) {
            const struct policy_bundle *bundle = &policies->items[i]->bundles[j];
            for (size_t k = 0; k < bundle->rule_count; k++)
                look_at_rule(judging, &bundle->rules[k]);
        }
    }
    return true;
}

bool judging_judge(struct judging *judging, const struct judging_policies *policies, const struct judged_row *row,
    struct scan_image *scan, struct verdict_result *result, struct error *err)
{
    struct acceptance acceptance;
    struct accepted_place place = row->place;
    struct row_reader reader = judging->reader;
    struct descriptor *layers = ARENA_NEW(judging->scratch, struct descriptor);
    bool has_config = false;
    reader.arena = judging->scratch;
    place.stage = policies->stage;
    acceptance_choose(judging->scratch, judging->risks, judging->risk_count, &place, &acceptance);
    *result = (struct verdict_result){.reason_count = 0};
    *scan = (struct scan_image){.layers_fetched = 0};
    if (policies->count == 0 && acceptance.count == 0 && !judging->vex.is_any)
        return true;
    if (!stored_image_read(&judging->images, judging->scratch, row->image, scan, &has_config, err) ||
        (has_config && !digest_parse(row->manifest, &scan->choice.manifest.digest, err)))
        return false;
    if (judging->asks_use && !running_image_find(judging->transaction, judging->organization, row->id, &scan->knows_use,
                                 &scan->is_in_use, err))
        return false;
    layers->size = row->bytes;
    scan->choice.manifest.items = layers;
    scan->choice.manifest.count = 1;
    row_derive_gaps(&reader, row->ecosystems, row->missing_platforms, &scan->inventory.gaps);
    scan_accept(judging->scratch, acceptance.risks, acceptance.count, &place, scan);
    if (!vex_claims_accept(&judging->vex, judging->scratch, row->id, scan, err))
        return false;
    reader.gate.policies = policies->items;
    reader.gate.policy_count = policies->count;
    if (policies->count > 0)
        scan_verdict(scan, reader.feeds, reader.feed_count, &reader.gate, judging->transaction->now_ms,
            judging->scratch, result);
    return true;
}
