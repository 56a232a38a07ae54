/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/finding.h"

#include "advisory/provider.h"
#include "base/map.h"
#include "finding/extended.h"
#include "finding/fix.h"
#include "finding/match.h"
#include "version/version.h"

#include <stdlib.h>

/* A finding while advisories add to it; the lists grow in the arena. */
struct collected {
    struct view id;
    struct finding finding;
    struct {
        struct view *items;
        size_t count, capacity;
    } aliases, fixed_versions;
    struct {
        struct severity_rating *items;
        size_t count, capacity;
    } ratings;
    struct {
        struct finding_evidence *items;
        size_t count, capacity;
    } evidence;
    int source_rank; /* of the severity; smaller is better */
};

struct matcher {
    struct arena *arena;
    const struct lookup *lookup;
    const struct match_question *question;
    const struct version_order *order; /* NULL if the ecosystem has none */
    struct match_list matches;
    struct map collected; /* vulnerability → struct collected */
    struct finding_list *findings;
};

static void add_text(struct arena *arena, struct view text, struct view **items, size_t *count, size_t *capacity)
{
    if (text.size > 0)
        *(struct view *)arena_push(arena, (void **)items, count, capacity, sizeof(text)) = text;
}

static struct collected *collect(struct matcher *matcher, struct view id)
{
    struct map_entry *entry = map_entry(&matcher->collected, id);
    if (entry->value == NULL) {
        struct collected *collected = ARENA_NEW(matcher->arena, struct collected);
        collected->finding.id = id;
        collected->finding.severity_source = "none";
        collected->source_rank = INT32_MAX;
        entry->value = collected;
    }
    return entry->value;
}

/* The distribution's own rating first (see advisory_severity); of two from equal sources the higher. */
static void add_severity(struct collected *collected, const struct match *match)
{
    static const char *const sources[] = {"distribution", "affected", "advisory", "database"};
    const char *source;
    struct severity_rating rating;
    enum severity severity = advisory_severity(&match->found->advisory, match->affected, &rating, &source);
    int rank = 0;
    if (severity == SEVERITY_UNKNOWN)
        return;
    while (strcmp(sources[rank], source) != 0)
        rank++;
    bool is_better =
        rank < collected->source_rank || (rank == collected->source_rank && severity > collected->finding.severity);
    if (is_better) {
        collected->source_rank = rank;
        collected->finding.severity = severity;
        collected->finding.severity_source = source;
    }
}

/* Each source's vectors, each once. */
static void add_ratings(struct arena *arena, struct collected *collected, const char *source,
    const struct severity_rating *ratings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct severity_rating rating = {
            .type = ratings[i].type, .score = ratings[i].score, .source = view_text(source)};
        bool is_known = !view_starts_with(rating.type, "CVSS_");
        for (size_t j = 0; j < collected->ratings.count && !is_known; j++)
            is_known = severity_rating_equal(&collected->ratings.items[j], &rating);
        if (!is_known)
            *(struct severity_rating *)ARENA_PUSH(arena, &collected->ratings) = rating;
    }
}

/* An advisory about several vulnerabilities lends none of them the names of the others. */
static void add_aliases(
    struct arena *arena, struct collected *collected, const struct advisory *advisory, size_t vulnerability_count)
{
    add_text(arena, advisory->id, &collected->aliases.items, &collected->aliases.count, &collected->aliases.capacity);
    for (size_t i = 0; i < advisory->alias_count && vulnerability_count == 1; i++)
        add_text(arena, advisory->aliases[i], &collected->aliases.items, &collected->aliases.count,
            &collected->aliases.capacity);
}

static void add_evidence(struct matcher *matcher, struct collected *collected, const struct match *match)
{
    const struct advisory *advisory = &match->found->advisory;
    struct finding_evidence *evidence = ARENA_PUSH(matcher->arena, &collected->evidence);
    *evidence = (struct finding_evidence){
        .feed = match->found->feed,
        .advisory = advisory->id,
        .ecosystem = match->affected->ecosystem,
        .name = match->query->name,
        .version = match->query->question.version,
        .introduced = match->result.introduced,
        .fixed = match->result.fixed,
        .last_affected = match->result.last_affected,
        .is_listed = match->result.is_listed,
        .order = match->result.order,
        .modified_ms = advisory->modified_ms,
    };
}

/* A fix out of reach is none for this package: the evidence shows it, but it is not offered. */
static void add_fix(struct matcher *matcher, struct collected *collected, const struct match *match, bool is_first)
{
    enum fix_state state = fix_state_of(match->affected, &match->result);
    if (match->is_fix_out_of_reach && match->result.fixed.size > 0)
        state = extended_is_stream(match->query->ecosystem) ? FIX_NONE : FIX_WILL_NOT; /* a stream may still get it */
    collected->finding.fix_state = is_first ? state : fix_state_merge(collected->finding.fix_state, state);
    if (!match->is_fix_out_of_reach)
        add_text(matcher->arena, match->result.fixed, &collected->fixed_versions.items,
            &collected->fixed_versions.count, &collected->fixed_versions.capacity);
}

static void add_match(struct matcher *matcher, const struct match *match)
{
    const struct advisory *advisory = &match->found->advisory;
    const char *provider = advisory_provider(advisory->id, match->found->feed);
    struct view *ids;
    size_t count;
    advisory_vulnerabilities(matcher->arena, advisory, &ids, &count);
    for (size_t i = 0; i < count; i++) {
        struct collected *collected = collect(matcher, alias_groups_name(&matcher->matches.groups, ids[i]));
        struct finding *finding = &collected->finding;
        add_fix(matcher, collected, match, collected->evidence.count == 0);
        add_evidence(matcher, collected, match);
        add_severity(collected, match);
        add_ratings(matcher->arena, collected, provider, match->affected->ratings, match->affected->rating_count);
        add_ratings(matcher->arena, collected, provider, advisory->ratings, advisory->rating_count);
        add_aliases(matcher->arena, collected, advisory, count);
        if (finding->summary.size == 0 && count == 1)
            finding->summary = advisory->summary;
    }
}

/* An advisory that cannot be decided by one name or element, but is affected by another, leaves nothing open. */
static bool is_affected_elsewhere(const struct match_list *matches, struct view advisory)
{
    for (size_t i = 0; i < matches->count; i++) {
        if (matches->items[i].rule == MATCH_AFFECTED && view_equal(matches->items[i].found->advisory.id, advisory))
            return true;
    }
    return false;
}

static void note_undecidable(const struct matcher *matcher)
{
    struct finding_list *findings = matcher->findings;
    for (size_t i = 0; i < matcher->matches.count; i++) {
        const struct match *match = &matcher->matches.items[i];
        struct view id = match->found->advisory.id;
        bool is_first = !findings->is_undecidable || view_compare(id, findings->undecidable) < 0;
        if (match->rule != MATCH_UNDECIDABLE || !is_first || is_affected_elsewhere(&matcher->matches, id))
            continue;
        findings->undecidable = id;
        findings->is_undecidable = true;
    }
}

static int compare_views(const void *a, const void *b)
{
    return view_compare(*(const struct view *)a, *(const struct view *)b);
}

/* Versions that are equal to their order stand by bytes, so that equal texts are neighbours. */
static int compare_versions(const void *a, const void *b, void *context)
{
    const struct version_order *order = *(const struct version_order *const *)context;
    int result = order == NULL ? 0 : order->compare(*(const struct view *)a, *(const struct view *)b);
    return result != 0 ? result : compare_views(a, b);
}

static int compare_evidence(const void *a, const void *b)
{
    const struct finding_evidence *left = a;
    const struct finding_evidence *right = b;
    int result = view_compare(left->advisory, right->advisory);
    result = result != 0 ? result : view_compare(left->ecosystem, right->ecosystem);
    result = result != 0 ? result : view_compare(left->name, right->name);
    result = result != 0 ? result : view_compare(left->introduced, right->introduced);
    result = result != 0 ? result : view_compare(left->fixed, right->fixed);
    return result != 0 ? result : view_compare(left->last_affected, right->last_affected);
}

static int compare_findings(const void *a, const void *b)
{
    return view_compare(((const struct finding *)a)->id, ((const struct finding *)b)->id);
}

/* Drops repetitions among sorted texts, and the text that equals `except`. */
static size_t make_distinct(struct view *items, size_t count, struct view except)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!view_equal(items[i], except) && (kept == 0 || !view_equal(items[i], items[kept - 1])))
            items[kept++] = items[i];
    }
    return kept;
}

static size_t make_evidence_distinct(struct finding_evidence *items, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_evidence(&items[i], &items[kept - 1]) != 0)
            items[kept++] = items[i];
    }
    return kept;
}

static void finish_finding(const struct matcher *matcher, struct collected *collected, struct finding *finding)
{
    const struct view none = {NULL, 0};
    *finding = collected->finding;
    if (collected->aliases.count > 0)
        qsort(collected->aliases.items, collected->aliases.count, sizeof(struct view), compare_views);
    if (collected->fixed_versions.count > 0)
        qsort_r(collected->fixed_versions.items, collected->fixed_versions.count, sizeof(struct view), compare_versions,
            (void *)&(const struct version_order *){matcher->order});
    qsort(collected->evidence.items, collected->evidence.count, sizeof(struct finding_evidence), compare_evidence);
    finding->aliases = collected->aliases.items;
    finding->alias_count = make_distinct(collected->aliases.items, collected->aliases.count, finding->id);
    finding->fixed_versions = collected->fixed_versions.items;
    finding->fixed_version_count =
        make_distinct(collected->fixed_versions.items, collected->fixed_versions.count, none);
    finding->evidence = collected->evidence.items;
    finding->evidence_count = make_evidence_distinct(collected->evidence.items, collected->evidence.count);
    finding->ratings = collected->ratings.items;
    finding->rating_count = collected->ratings.count;
}

/* What is known of the vulnerability itself. Its rating counts only where no advisory has one. */
static bool add_facts(const struct matcher *matcher, struct finding *finding, struct error *err)
{
    const struct lookup *lookup = matcher->lookup;
    if (lookup->facts == NULL)
        return true;
    if (!lookup->facts(lookup, matcher->arena, finding->id, &finding->facts, err))
        return error_wrap(err, "facts about \"%.*s\"", VIEW_PRINT(finding->id));
    const struct vulnerability_facts *facts = finding->facts;
    struct severity_rating rating;
    if (facts == NULL)
        return true;
    if (finding->severity == SEVERITY_UNKNOWN) {
        finding->severity = severity_of_ratings(facts->ratings, facts->rating_count, &rating);
        finding->severity_source = finding->severity == SEVERITY_UNKNOWN ? "none" : "nvd";
    }
    if (finding->summary.size == 0)
        finding->summary = facts->summary;
    return true;
}

static bool finish(struct matcher *matcher, struct error *err)
{
    size_t count = 0;
    struct finding *items = ARENA_ARRAY(matcher->arena, struct finding, matcher->collected.count);
    for (size_t i = 0; i < matcher->collected.count; i++) {
        finish_finding(matcher, matcher->collected.entries[i].value, &items[count]);
        if (!add_facts(matcher, &items[count], err))
            return false;
        bool is_rejected = items[count].facts != NULL && items[count].facts->is_rejected;
        if (!is_rejected && map_get(&matcher->matches.settled, items[count].id) == NULL)
            count++;
    }
    if (count > 0)
        qsort(items, count, sizeof(items[0]), compare_findings);
    matcher->findings->items = items;
    matcher->findings->count = count;
    return true;
}

bool match_package(struct arena *arena, const struct lookup *lookup, const struct package *package, int64_t now_ms,
    struct finding_list *findings, struct error *err)
{
    struct finding_list found = {0};
    const struct match_question question = {package, now_ms, false};
    struct matcher matcher = {
        .arena = arena,
        .lookup = lookup,
        .question = &question,
        .order = version_order_for_ecosystem(package->ecosystem),
        .findings = &found,
    };
    if (!match_walk(arena, lookup, &question, &matcher.matches, err))
        return false;
    map_init(&matcher.collected, arena);
    for (size_t i = 0; i < matcher.matches.count; i++) {
        if (matcher.matches.items[i].rule == MATCH_AFFECTED)
            add_match(&matcher, &matcher.matches.items[i]);
    }
    note_undecidable(&matcher);
    if (!finish(&matcher, err))
        return false;
    *findings = found;
    return true;
}

bool finding_has_id(const struct finding *finding, struct view id)
{
    for (size_t i = 0; i < finding->alias_count; i++) {
        if (view_equal_ignoring_case(finding->aliases[i], id))
            return true;
    }
    return view_equal_ignoring_case(finding->id, id);
}

bool finding_rating(const struct finding *finding, size_t i, struct severity_rating *rating)
{
    if (i < finding->rating_count) {
        *rating = finding->ratings[i];
        return true;
    }
    i -= finding->rating_count;
    if (finding->facts == NULL || i >= finding->facts->rating_count)
        return false;
    *rating = finding->facts->ratings[i];
    rating->source = view_text(FACTS_PROVIDER);
    return true;
}

void finding_newest_rating(const struct finding *finding, struct severity_rating *rating)
{
    if (severity_of_ratings(finding->ratings, finding->rating_count, rating) == SEVERITY_UNKNOWN &&
        finding->facts != NULL &&
        severity_of_ratings(finding->facts->ratings, finding->facts->rating_count, rating) != SEVERITY_UNKNOWN)
        rating->source = view_text(FACTS_PROVIDER);
}
