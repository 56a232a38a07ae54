/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/judge.h"

#include "base/map.h"

void scan_accept(struct arena *arena, const struct accepted_risk *risks, size_t count,
    const struct accepted_place *place, struct scan_image *image)
{
    const struct accepted_risk **here = ARENA_ARRAY(arena, const struct accepted_risk *, count);
    size_t here_count = 0;
    image->accepted_rules = ARENA_ARRAY(arena, struct view, count);
    for (size_t i = 0; i < count; i++) {
        image->expired_risk_count += accepted_risk_is_expired(&risks[i], place->now_ms);
        if (!accepted_risk_is_here(&risks[i], place))
            continue;
        here[here_count++] = &risks[i];
        if (risks[i].rule.size > 0)
            image->accepted_rules[image->accepted_rule_count++] = risks[i].rule;
        else if (accepted_risk_is_of_image(&risks[i]) && image->accepted == NULL)
            image->accepted = &risks[i];
    }
    for (size_t i = 0; i < image->inventory.package_count && image->findings != NULL; i++) {
        const struct inventory_package *installed = &image->inventory.packages[i];
        for (size_t j = 0; j < image->findings[i].count; j++) {
            struct finding *finding = &image->findings[i].items[j];
            for (size_t k = 0; k < here_count && finding->accepted == NULL; k++) {
                if (accepted_risk_covers(here[k], &installed->package, installed->path, finding))
                    finding->accepted = here[k];
            }
        }
    }
}

static struct view identity(struct arena *arena, const struct package *package, const struct finding *finding)
{
    return arena_format(
        arena, "%d\n%.*s\n%.*s", (int)package->type, VIEW_PRINT(package->name), VIEW_PRINT(finding->id));
}

void scan_mark_known(struct scan_image *image, const struct scan_image *other)
{
    AUTO_ARENA *arena = arena_new();
    struct map seen;
    map_init(&seen, arena);
    for (size_t i = 0; i < other->inventory.package_count; i++) {
        for (size_t j = 0; j < other->findings[i].count; j++)
            map_set(&seen, identity(arena, &other->inventory.packages[i].package, &other->findings[i].items[j]), arena);
    }
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        for (size_t j = 0; j < image->findings[i].count; j++) {
            struct finding *finding = &image->findings[i].items[j];
            finding->is_known = map_get(&seen, identity(arena, &image->inventory.packages[i].package, finding)) != NULL;
        }
    }
}

/* Acceptance aside. */
static bool is_in_question(const struct gate *gate, const struct finding *finding)
{
    return !finding->is_known && (!gate->only_fixed || finding->fix_state == FIX_AVAILABLE);
}

bool scan_finding_counts(const struct gate *gate, const struct finding *finding)
{
    return finding->accepted == NULL && is_in_question(gate, finding);
}

static void fill_findings(
    const struct scan_image *image, const struct gate *gate, struct arena *arena, struct policy_image *asked)
{
    size_t count = 0;
    for (size_t i = 0; i < image->inventory.package_count; i++)
        count += image->findings[i].count;
    struct policy_finding *findings = ARENA_ARRAY(arena, struct policy_finding, count);
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        for (size_t j = 0; j < image->findings[i].count; j++) {
            const struct finding *finding = &image->findings[i].items[j];
            if (is_in_question(gate, finding))
                findings[asked->finding_count++] = (struct policy_finding){i, finding, finding->accepted != NULL};
        }
    }
    asked->findings = findings;
}

static void fill_packages(const struct scan_image *image, struct arena *arena, struct policy_image *asked)
{
    struct policy_package *packages = ARENA_ARRAY(arena, struct policy_package, image->inventory.package_count);
    for (size_t i = 0; i < image->inventory.package_count; i++)
        packages[i] = (struct policy_package){&image->inventory.packages[i].package, image->inventory.packages[i].path};
    asked->packages = packages;
    asked->package_count = image->inventory.package_count;
}

static bool has_feed(const struct feed_state *feeds, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        struct view rest = feeds[i].name;
        if (view_is(view_cut(&rest, '/'), name) && feeds[i].is_complete)
            return true;
    }
    return false;
}

static uint64_t size_of(const struct scan_image *image)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < image->choice.manifest.count; i++)
        bytes += image->choice.manifest.items[i].size;
    return bytes;
}

const struct evaluation *scan_evaluate(
    const struct scan_image *image, const struct gate *gate, const struct scan_question *question, struct arena *arena)
{
    struct evaluation *evaluation = ARENA_NEW(arena, struct evaluation);
    bool has_config = digest_is_set(&image->choice.manifest.digest);
    struct policy_image asked = {
        .config = has_config ? &image->config : NULL,
        .bytes = size_of(image),
        .gaps = question->gaps,
        .gap_count = question->gap_count,
        .doubts = question->doubts,
        .doubt_count = question->doubt_count,
        .accepted_rules = image->accepted_rules,
        .accepted_rule_count = image->accepted_rule_count,
        .is_accepted = image->accepted != NULL,
        .knows_epss = has_feed(question->feeds, question->feed_count, "epss"),
        .knows_exploited = has_feed(question->feeds, question->feed_count, "kev"),
        .knows_exploits = has_feed(question->feeds, question->feed_count, "exploitdb") ||
                          has_feed(question->feeds, question->feed_count, "metasploit"),
        .is_in_use = image->knows_use ? answer_of(image->is_in_use) : ANSWER_UNKNOWN,
        .now_ms = question->now_ms,
    };
    fill_packages(image, arena, &asked);
    if (image->findings != NULL)
        fill_findings(image, gate, arena, &asked);
    policy_evaluate(arena, gate->policies, gate->policy_count, &asked, evaluation);
    return evaluation;
}
