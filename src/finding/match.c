/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/match.h"

#include "finding/extended.h"

#include <stdlib.h>

/* The walk's own state. */
struct walk {
    struct arena *arena;
    const struct match_question *question;
    struct match_list *matches;
    bool is_extended; /* the package follows an extended stream */
    const char *home_prefix; /* of ids of the database that overrules others in this ecosystem; NULL if none does */
};

/* Ecosystems with a database of their own that is more exact than GitHub's. */
static const char *home_prefix_of(struct view ecosystem)
{
    static const struct {
        const char *base;
        const char *prefix;
    } homes[] = {{"Go", "GO-"}, {"crates.io", "RUSTSEC-"}};
    for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
        if (view_is(ecosystem_base(ecosystem), homes[i].base))
            return homes[i].prefix;
    }
    return NULL;
}

/* A package from Ubuntu Pro, or on a system that is attached to it, follows the Pro elements of a record, all others the regular
   ones. If a record has only Pro elements, the others are affected as well; its fix is out of their reach. */
static bool is_from_pro(const struct query *query)
{
    struct view version = query->question.version;
    return view_starts_with(ecosystem_release(query->ecosystem), "Pro:") ||
           view_find_text(version, view_text("esm")) < version.size;
}

static bool has_stream(struct walk *walk, const struct advisory *advisory, const struct query *query, bool wants_pro)
{
    for (size_t i = 0; i < advisory->affected_count; i++) {
        struct applicability_result ignored;
        const struct affected *affected = &advisory->affected[i];
        enum match_rule rule = rule_for_element(walk->arena, walk->question->package, query, affected, &ignored);
        bool is_elsewhere = rule == MATCH_OTHER_RELEASE || rule == MATCH_OTHER_STREAM;
        if (rule_is_for_pro(affected) == wants_pro && !is_elsewhere)
            return true;
    }
    return false;
}

static void judge_stream(struct walk *walk, const struct advisory *advisory, struct match *match)
{
    bool is_ubuntu = view_is(ecosystem_base(match->affected->ecosystem), "Ubuntu");
    if (!is_ubuntu || match->rule != MATCH_AFFECTED)
        return;
    bool is_for_pro = rule_is_for_pro(match->affected);
    bool is_pro_package = is_from_pro(match->query);
    if (is_for_pro != is_pro_package && has_stream(walk, advisory, match->query, is_pro_package))
        match->rule = MATCH_OTHER_STREAM;
    else
        match->is_fix_out_of_reach = is_for_pro && !is_pro_package;
}

static bool is_withdrawn(const struct advisory *advisory, int64_t now_ms)
{
    return advisory->withdrawn_ms != 0 && advisory->withdrawn_ms <= now_ms;
}

/* The elements all have the name that was asked for: the index keeps them by it. Sets that keep whole records have others. */
static bool is_named(struct arena *arena, const struct affected *affected, const struct query *query)
{
    return view_equal(ecosystem_package_name(arena, query->ecosystem, affected->name), query->name);
}

/* OSV has the distribution's records too, but derived and not always of the same day: what the tracker itself says counts. */
static void note_never(struct walk *walk, const struct lookup_match *found)
{
    struct view *vulnerabilities = NULL;
    size_t count = 0;
    if (!package_type_is_system(walk->question->package->type) || view_is(view_text(found->feed), "osv"))
        return;
    advisory_vulnerabilities(walk->arena, &found->advisory, &vulnerabilities, &count);
    for (size_t i = 0; i < count; i++)
        map_set(&walk->matches->settled, vulnerabilities[i], walk);
}

/* The vulnerabilities of which the stream's own advisories say this. */
static void gather_own(const struct walk *walk, bool is_affected, struct map *into)
{
    for (size_t i = 0; i < walk->matches->count; i++) {
        const struct match *match = &walk->matches->items[i];
        struct view *vulnerabilities = NULL;
        size_t count = 0;
        bool is_wanted = is_affected ? match->rule == MATCH_AFFECTED || match->rule == MATCH_UNDECIDABLE
                                     : match->rule == MATCH_VERSION_OUTSIDE;
        if (!is_wanted || !extended_is_own(match->affected->ecosystem, match->query->ecosystem))
            continue;
        advisory_vulnerabilities(walk->arena, &match->found->advisory, &vulnerabilities, &count);
        for (size_t k = 0; k < count; k++)
            map_set(into, vulnerabilities[k], into);
    }
}

/* What the stream's own advisories say is mended, and none of them says is not, needs no fix of the release. */
static void settle_by_stream(const struct walk *walk)
{
    struct map open, mended;
    map_init(&open, walk->arena);
    map_init(&mended, walk->arena);
    gather_own(walk, true, &open);
    gather_own(walk, false, &mended);
    for (size_t i = 0; i < mended.count; i++) {
        if (map_get(&open, mended.entries[i].key) == NULL)
            map_set(&walk->matches->settled, mended.entries[i].key, walk->matches);
    }
}

/* An advisory of several vulnerabilities of which some never were in the release is left for the others (finding.c). */
static void overrule_by_settled(const struct walk *walk)
{
    for (size_t i = 0; i < walk->matches->count && walk->matches->settled.count > 0; i++) {
        struct match *match = &walk->matches->items[i];
        struct view *vulnerabilities = NULL;
        size_t count = 0;
        bool is_settled = match->rule == MATCH_AFFECTED;
        if (is_settled)
            advisory_vulnerabilities(walk->arena, &match->found->advisory, &vulnerabilities, &count);
        for (size_t k = 0; k < count && is_settled; k++)
            is_settled = map_get(&walk->matches->settled, vulnerabilities[k]) != NULL;
        if (is_settled)
            match->rule = MATCH_OVERRULED;
    }
}

static void judge_advisory(
    struct walk *walk, const struct lookup_match *found, const struct query *query, enum match_rule of_package)
{
    const struct advisory *advisory = &found->advisory;
    bool keeps_all = walk->question->keeps_all || walk->home_prefix != NULL || walk->is_extended;
    for (size_t i = 0; i < advisory->affected_count; i++) {
        struct match match = {.found = found, .affected = &advisory->affected[i], .query = query};
        if (!is_named(walk->arena, match.affected, query))
            continue;
        match.rule = rule_for_element(walk->arena, walk->question->package, query, match.affected, &match.result);
        judge_stream(walk, advisory, &match);
        if (extended_is_beyond(query->ecosystem, match.result.fixed))
            match.is_fix_out_of_reach = true;
        if (match.rule == MATCH_AFFECTED || match.rule == MATCH_UNDECIDABLE) {
            if (is_withdrawn(advisory, walk->question->now_ms))
                match.rule = MATCH_WITHDRAWN;
            else if (of_package != MATCH_AFFECTED)
                match.rule = of_package;
        }
        if (match.rule == MATCH_NEVER_AFFECTED)
            note_never(walk, found);
        if (keeps_all || match.rule == MATCH_AFFECTED || match.rule == MATCH_UNDECIDABLE)
            *(struct match *)ARENA_PUSH(walk->arena, walk->matches) = match;
    }
}

static bool shares_name(const struct advisory *a, struct view id)
{
    for (size_t i = 0; i < a->alias_count; i++) {
        if (view_equal(a->aliases[i], id))
            return true;
    }
    return view_equal(a->id, id);
}

static bool are_aliases(const struct advisory *a, const struct advisory *b)
{
    for (size_t i = 0; i < b->alias_count; i++) {
        if (shares_name(a, b->aliases[i]))
            return true;
    }
    return shares_name(a, b->id);
}

/* What the home database has to say of the vulnerability: 1 = affected, -1 = not affected, 0 = nothing. */
static int ask_home(const struct walk *walk, const struct match *match)
{
    int answer = 0;
    for (size_t i = 0; i < walk->matches->count; i++) {
        const struct match *other = &walk->matches->items[i];
        const struct advisory *home = &other->found->advisory;
        if (!view_starts_with(home->id, walk->home_prefix) || !are_aliases(home, &match->found->advisory))
            continue;
        if (other->rule == MATCH_AFFECTED)
            return 1;
        if (other->rule == MATCH_VERSION_OUTSIDE)
            answer = -1;
    }
    return answer;
}

static void overrule(const struct walk *walk)
{
    for (size_t i = 0; i < walk->matches->count; i++) {
        struct match *match = &walk->matches->items[i];
        if (match->rule == MATCH_AFFECTED && !view_starts_with(match->found->advisory.id, walk->home_prefix) &&
            ask_home(walk, match) < 0)
            match->rule = MATCH_OVERRULED;
    }
}

static void group(struct arena *arena, struct match_list *matches)
{
    const struct advisory **advisories = ARENA_ARRAY(arena, const struct advisory *, matches->count);
    size_t count = 0;
    for (size_t i = 0; i < matches->count; i++) {
        const struct match *match = &matches->items[i];
        if (match->rule == MATCH_AFFECTED && (count == 0 || advisories[count - 1] != &match->found->advisory))
            advisories[count++] = &match->found->advisory;
    }
    alias_groups_build(&matches->groups, arena, advisories, count);
}

static int compare_found(const void *a, const void *b)
{
    return view_compare(((const struct lookup_match *)a)->advisory.id, ((const struct lookup_match *)b)->advisory.id);
}

bool match_walk(struct arena *arena, const struct lookup *lookup, const struct match_question *question,
    struct match_list *matches, struct error *err)
{
    struct match_list walked = {0};
    struct query *queries = ARENA_ARRAY(arena, struct query, QUERIES_MAX);
    size_t query_count = query_choose(arena, question->package, queries);
    map_init(&walked.settled, arena);
    struct walk walk = {.arena = arena,
        .question = question,
        .matches = &walked,
        .is_extended = extended_is_stream(question->package->ecosystem),
        .home_prefix = home_prefix_of(question->package->ecosystem)};
    for (size_t i = 0; i < query_count; i++) {
        struct lookup_match *found = NULL;
        size_t count = 0;
        enum match_rule of_package = rule_for_package(question->package, &queries[i]);
        if (of_package != MATCH_AFFECTED && !question->keeps_all)
            continue;
        if (!lookup->find(lookup, arena, queries[i].ecosystem, queries[i].name, &found, &count, err))
            return error_wrap(err, "advisories for package \"%.*s\"", VIEW_PRINT(queries[i].name));
        if (count > 0)
            qsort(found, count, sizeof(found[0]), compare_found);
        for (size_t j = 0; j < count; j++)
            judge_advisory(&walk, &found[j], &queries[i], of_package);
    }
    if (walk.home_prefix != NULL)
        overrule(&walk);
    if (walk.is_extended)
        settle_by_stream(&walk);
    overrule_by_settled(&walk);
    group(arena, &walked);
    *matches = walked;
    return true;
}
