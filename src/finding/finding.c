/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/finding.h"

#include "base/map.h"
#include "finding/fix.h"
#include "version/version.h"

#include <stdlib.h>

/* A name under which advisories may know the package, and the version that goes with it. */
struct query {
    struct view name;
    struct view version;
};
enum { QUERIES_MAX = 2 };

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
    const struct package *package;
    const struct version_order *order; /* NULL if the ecosystem has none */
    int64_t now_ms;
    struct map collected; /* vulnerability → struct collected */
    struct finding_list *findings;
};

/* One `affected` element that contains the package's version. */
struct hit {
    const struct lookup_match *match;
    const struct affected *affected;
    const struct query *query;
    struct applicability_result result;
};

/* rpm keeps the parts apart: [epoch:]version-release. */
static struct view rpm_version(struct arena *arena, const struct package *package)
{
    bool has_epoch = package->epoch.size > 0;
    return arena_format(arena, "%.*s%s%.*s%s%.*s", VIEW_PRINT(package->epoch), has_epoch ? ":" : "",
        VIEW_PRINT(package->version), package->release.size > 0 ? "-" : "", VIEW_PRINT(package->release));
}

static void add_query(struct query queries[QUERIES_MAX], size_t *count, struct view name, struct view version)
{
    bool is_known = *count > 0 && view_equal(queries[0].name, name) && view_equal(queries[0].version, version);
    if (name.size > 0 && !is_known)
        queries[(*count)++] = (struct query){name, version};
}

/* Debian, Ubuntu and Alpine publish by source package; Wolfi, Chainguard and their kin by either name; rpm likewise. */
static size_t choose_queries(struct arena *arena, const struct package *package, struct query queries[QUERIES_MAX])
{
    struct view source_name = package->source_name.size > 0 ? package->source_name : package->name;
    struct view source_version = package->source_version.size > 0 ? package->source_version : package->version;
    bool is_by_source = view_is(ecosystem_base(package->ecosystem), "Alpine");
    size_t count = 0;
    if (package->type == PACKAGE_DEB || package->type == PACKAGE_APK)
        add_query(queries, &count, source_name, source_version);
    if (package->type == PACKAGE_RPM) {
        add_query(queries, &count, package->name, rpm_version(arena, package));
        add_query(queries, &count, source_name, rpm_version(arena, package));
    } else if (!is_by_source && package->type != PACKAGE_DEB) {
        add_query(queries, &count, package->name, package->version);
    }
    return count;
}

/* A distribution without a known release must not meet the advisories of every release. */
static bool is_for_package(const struct affected *affected, const struct package *package, const struct query *query)
{
    struct view base = ecosystem_base(package->ecosystem);
    bool has_release = base.size < package->ecosystem.size;
    if (package_type_is_system(package->type) && !has_release && !view_equal(affected->ecosystem, base))
        return false;
    return view_equal(affected->name, query->name) && ecosystem_matches(affected->ecosystem, package->ecosystem);
}

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
static void add_severity(struct collected *collected, const struct hit *hit)
{
    static const char *const sources[] = {"distribution", "affected", "advisory", "database"};
    const char *source;
    struct severity_rating rating;
    enum severity severity = advisory_severity(&hit->match->advisory, hit->affected, &rating, &source);
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

static void add_ratings(
    struct arena *arena, struct collected *collected, const struct severity_rating *ratings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_known = !view_starts_with(ratings[i].type, "CVSS_");
        for (size_t j = 0; j < collected->ratings.count && !is_known; j++)
            is_known = view_equal(collected->ratings.items[j].type, ratings[i].type) &&
                       view_equal(collected->ratings.items[j].score, ratings[i].score);
        if (!is_known)
            *(struct severity_rating *)ARENA_PUSH(arena, &collected->ratings) = ratings[i];
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

static void add_evidence(struct matcher *matcher, struct collected *collected, const struct hit *hit)
{
    const struct advisory *advisory = &hit->match->advisory;
    struct finding_evidence *evidence = ARENA_PUSH(matcher->arena, &collected->evidence);
    *evidence = (struct finding_evidence){
        .feed = hit->match->feed,
        .advisory = advisory->id,
        .ecosystem = hit->affected->ecosystem,
        .name = hit->query->name,
        .version = hit->query->version,
        .introduced = hit->result.introduced,
        .fixed = hit->result.fixed,
        .last_affected = hit->result.last_affected,
        .is_listed = hit->result.is_listed,
        .order = hit->result.order,
        .modified_ms = advisory->modified_ms,
    };
}

static void add_hit(struct matcher *matcher, const struct hit *hit)
{
    const struct advisory *advisory = &hit->match->advisory;
    struct view *ids;
    size_t count;
    advisory_vulnerabilities(matcher->arena, advisory, &ids, &count);
    for (size_t i = 0; i < count; i++) {
        struct collected *collected = collect(matcher, ids[i]);
        struct finding *finding = &collected->finding;
        enum fix_state state = fix_state_of(hit->affected, &hit->result);
        bool is_first = collected->evidence.count == 0;
        add_evidence(matcher, collected, hit);
        add_severity(collected, hit);
        add_ratings(matcher->arena, collected, hit->affected->ratings, hit->affected->rating_count);
        add_ratings(matcher->arena, collected, advisory->ratings, advisory->rating_count);
        add_aliases(matcher->arena, collected, advisory, count);
        add_text(matcher->arena, hit->result.fixed, &collected->fixed_versions.items, &collected->fixed_versions.count,
            &collected->fixed_versions.capacity);
        finding->fix_state = is_first ? state : fix_state_merge(finding->fix_state, state);
        if (finding->summary.size == 0 && count == 1)
            finding->summary = advisory->summary;
    }
}

static void match_advisory(struct matcher *matcher, const struct lookup_match *match, const struct query *query)
{
    const struct advisory *advisory = &match->advisory;
    bool is_unknown = false, is_hit = false;
    if (advisory->withdrawn_ms != 0 && advisory->withdrawn_ms <= matcher->now_ms)
        return;
    for (size_t i = 0; i < advisory->affected_count; i++) {
        struct hit hit = {match, &advisory->affected[i], query, {0}};
        if (!is_for_package(hit.affected, matcher->package, query))
            continue;
        affected_evaluate(matcher->arena, hit.affected, matcher->package->ecosystem, query->version, &hit.result);
        is_unknown = is_unknown || hit.result.applies == APPLIES_UNKNOWN;
        is_hit = is_hit || hit.result.applies == APPLIES_YES;
        if (hit.result.applies == APPLIES_YES)
            add_hit(matcher, &hit);
    }
    struct finding_list *findings = matcher->findings;
    if (!is_unknown || is_hit)
        return;
    if (!findings->is_undecidable || view_compare(advisory->id, findings->undecidable) < 0)
        findings->undecidable = advisory->id;
    findings->is_undecidable = true;
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

static void finish(struct matcher *matcher)
{
    size_t count = matcher->collected.count;
    struct finding *items = ARENA_ARRAY(matcher->arena, struct finding, count);
    for (size_t i = 0; i < count; i++)
        finish_finding(matcher, matcher->collected.entries[i].value, &items[i]);
    if (count > 0)
        qsort(items, count, sizeof(items[0]), compare_findings);
    matcher->findings->items = items;
    matcher->findings->count = count;
}

static int compare_matches(const void *a, const void *b)
{
    return view_compare(((const struct lookup_match *)a)->advisory.id, ((const struct lookup_match *)b)->advisory.id);
}

bool match_package(struct arena *arena, const struct lookup *lookup, const struct package *package, int64_t now_ms,
    struct finding_list *findings, struct error *err)
{
    struct finding_list found = {0};
    struct query queries[QUERIES_MAX];
    struct matcher matcher = {
        .arena = arena,
        .package = package,
        .order = version_order_for_ecosystem(package->ecosystem),
        .now_ms = now_ms,
        .findings = &found,
    };
    bool is_matchable = package->ecosystem.size > 0 && package->version.size > 0;
    size_t query_count = is_matchable ? choose_queries(arena, package, queries) : 0;
    map_init(&matcher.collected, arena);
    for (size_t i = 0; i < query_count; i++) {
        struct lookup_match *matches = NULL;
        size_t count = 0;
        if (!lookup->find(lookup, arena, package->ecosystem, queries[i].name, &matches, &count, err))
            return error_wrap(err, "advisories for package \"%.*s\"", VIEW_PRINT(queries[i].name));
        if (count > 0)
            qsort(matches, count, sizeof(matches[0]), compare_matches);
        for (size_t j = 0; j < count; j++)
            match_advisory(&matcher, &matches[j], &queries[i]);
    }
    finish(&matcher);
    *findings = found;
    return true;
}
