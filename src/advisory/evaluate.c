/* SPDX-License-Identifier: Apache-2.0 */
/* OSV schema 1.7, "Evaluation". */
#include "advisory/advisory.h"
#include "version/version.h"

#include <assert.h>
#include <stdlib.h>

/* An event in the order of versions. */
struct point {
    const struct range_event *event;
    bool is_before_all; /* "0" stands before every version, not for a version of that name */
};

/* What compares: the order of the ecosystem, and what its versions leave out. */
struct evaluation {
    const struct version_order *order; /* may be NULL */
    enum epoch_rule epochs;
    bool has_local_labels; /* PEP 440: "+cu118" of the package counts only against a boundary that has such a label */
};

static struct view without_epoch(struct view version)
{
    size_t colon = view_find(version, ':');
    return colon < version.size ? view_from(version, colon + 1) : version;
}

static struct view without_local_label(struct view version)
{
    return view_slice(version, 0, view_find(version, '+'));
}

/* The package's version against a boundary. */
static int compare_to_boundary(const struct evaluation *evaluation, struct view version, struct view boundary)
{
    bool has_epoch = view_find(boundary, ':') < boundary.size;
    bool ignores_epochs =
        evaluation->epochs == EPOCH_IGNORED || (evaluation->epochs == EPOCH_MAY_BE_LEFT_OUT && !has_epoch);
    if (ignores_epochs) {
        version = without_epoch(version);
        boundary = without_epoch(boundary);
    }
    if (evaluation->has_local_labels && view_find(boundary, '+') == boundary.size)
        version = without_local_label(version);
    assert(evaluation->order != NULL); /* or the range would not be decidable */
    return evaluation->order->compare(version, boundary);
}

/* Boundaries among themselves. */
static int compare_boundaries(const struct evaluation *evaluation, struct view a, struct view b)
{
    assert(evaluation->order != NULL);
    if (evaluation->epochs == EPOCH_IGNORED)
        return evaluation->order->compare(without_epoch(a), without_epoch(b));
    return evaluation->order->compare(a, b);
}

/* Equal versions: an interval that ends there ends before the next begins, and one may begin and end with the same version. */
static int tie_rank(const struct point *point)
{
    switch (point->event->kind) {
    case EVENT_FIXED:
        return point->is_before_all ? 2 : 0; /* introduced "0", fixed "0": never affected */
    case EVENT_INTRODUCED:
        return 1;
    case EVENT_LAST_AFFECTED:
        return 3;
    case EVENT_LIMIT:
        break;
    }
    return 4;
}

static int compare_points(const void *left, const void *right, void *context)
{
    const struct point *a = left;
    const struct point *b = right;
    int result = (int)b->is_before_all - (int)a->is_before_all;
    if (result == 0 && !a->is_before_all)
        result = compare_boundaries(context, a->event->version, b->event->version);
    if (result == 0)
        result = tie_rank(a) - tie_rank(b);
    if (result == 0)
        result = (a->event > b->event) - (a->event < b->event);
    return result;
}

static bool is_from_the_start(const struct range *range)
{
    for (size_t i = 0; i < range->event_count; i++) {
        if (range->events[i].kind == EVENT_INTRODUCED && view_is(range->events[i].version, "0"))
            return true;
    }
    return false;
}

/* Introduced "0" is no version. Nor is fixed "0" beside it: databases of distributions say "never affected" with these two;
   elsewhere it is the version 0. */
static bool is_before_all(const struct range_event *event, bool from_the_start)
{
    bool may_be = event->kind == EVENT_INTRODUCED || (event->kind == EVENT_FIXED && from_the_start);
    return may_be && view_is(event->version, "0");
}

static bool is_no_limit(const struct range_event *event)
{
    return event->kind == EVENT_LIMIT && view_is(event->version, "*");
}

/* Whether every event can be ordered; `order` may be NULL, then only a range without bounds can. */
static bool is_decidable(const struct range *range, const struct version_order *order, struct view version)
{
    bool needs_version = false;
    bool from_the_start = is_from_the_start(range);
    for (size_t i = 0; i < range->event_count; i++) {
        const struct range_event *event = &range->events[i];
        if (is_before_all(event, from_the_start) || is_no_limit(event))
            continue;
        if (order == NULL || !order->is_comparable(event->version))
            return false;
        needs_version = true;
    }
    return !needs_version || order->is_comparable(version);
}

/* The version must lie below one of the limits, if there are any. */
static bool is_below_limit(const struct range *range, const struct evaluation *evaluation, struct view version)
{
    bool has_limit = false;
    for (size_t i = 0; i < range->event_count; i++) {
        const struct range_event *event = &range->events[i];
        if (event->kind != EVENT_LIMIT)
            continue;
        if (is_no_limit(event) || compare_to_boundary(evaluation, version, event->version) < 0)
            return true;
        has_limit = true;
    }
    return !has_limit;
}

/* Whether the version is at or behind the event; for last_affected: behind it. */
static bool is_reached(const struct point *point, const struct evaluation *evaluation, struct view version)
{
    if (point->is_before_all)
        return true;
    int difference = compare_to_boundary(evaluation, version, point->event->version);
    return point->event->kind == EVENT_LAST_AFFECTED ? difference > 0 : difference >= 0;
}

/* Whether the sorted events contain the version; fills the interval if they do. */
static bool walk(const struct point *points, size_t count, const struct evaluation *evaluation, struct view version,
    struct applicability_result *result)
{
    const struct range_event *start = NULL;
    size_t i = 0;
    for (; i < count && is_reached(&points[i], evaluation, version); i++) {
        if (points[i].event->kind != EVENT_INTRODUCED)
            start = NULL;
        else if (start == NULL)
            start = points[i].event;
    }
    if (start == NULL)
        return false;
    result->introduced = start->version;
    result->fixed = view_of(NULL, 0);
    result->last_affected = view_of(NULL, 0);
    while (i < count && points[i].event->kind == EVENT_INTRODUCED)
        i++;
    if (i < count && points[i].event->kind == EVENT_FIXED)
        result->fixed = points[i].event->version;
    if (i < count && points[i].event->kind == EVENT_LAST_AFFECTED)
        result->last_affected = points[i].event->version;
    return true;
}

static enum applicability evaluate_range(struct arena *arena, const struct range *range,
    const struct evaluation *evaluation, struct view version, struct applicability_result *result)
{
    struct point *points = ARENA_ARRAY(arena, struct point, range->event_count);
    size_t count = 0;
    bool from_the_start = is_from_the_start(range);
    if (!is_decidable(range, evaluation->order, version))
        return APPLIES_UNKNOWN;
    if (!is_below_limit(range, evaluation, version))
        return APPLIES_NO;
    for (size_t i = 0; i < range->event_count; i++) {
        if (range->events[i].kind != EVENT_LIMIT)
            points[count++] = (struct point){&range->events[i], is_before_all(&range->events[i], from_the_start)};
    }
    struct evaluation context = *evaluation;
    if (count > 0)
        qsort_r(points, count, sizeof(points[0]), compare_points, &context);
    result->range = range;
    return walk(points, count, evaluation, version, result) ? APPLIES_YES : APPLIES_NO;
}

/* Go and Packagist write versions with and without "v" (OSV: versions are compared as the ecosystem normalizes them). */
static struct view normalized(struct view base, struct view version)
{
    bool drops_v = view_is(base, "Go") || view_is(base, "Packagist");
    return drops_v && view_starts_with(version, "v") ? view_from(version, 1) : version;
}

/* PyPI and NuGet write one version in several ways ("1.0", "1.0.0"), which their orders take for equal. */
static bool is_same_version(
    const struct evaluation *evaluation, struct view base, struct view listed, struct view version)
{
    const struct version_order *order = evaluation->order;
    if (view_equal(normalized(base, listed), normalized(base, version)))
        return true;
    bool is_by_order = order != NULL && (evaluation->has_local_labels || view_is(base, "NuGet"));
    return is_by_order && order->is_valid(listed) && order->is_valid(version) &&
           compare_to_boundary(evaluation, version, listed) == 0;
}

static bool is_listed(
    const struct affected *affected, const struct evaluation *evaluation, struct view ecosystem, struct view version)
{
    struct view base = ecosystem_base(ecosystem);
    for (size_t i = 0; i < affected->version_count; i++) {
        if (is_same_version(evaluation, base, affected->versions[i], version))
            return true;
    }
    return false;
}

/* The ecosystem's own order; ranges of type SEMVER say how to compare where an ecosystem has none. */
static const struct version_order *order_for(const struct range *range, struct view ecosystem)
{
    const struct version_order *order = version_order_for_ecosystem(ecosystem);
    return order == NULL && range->type == RANGE_SEMVER ? version_order_named(view_text("semver")) : order;
}

/* Of two intervals with the version, the one with the earlier fix tells what to do. */
static bool is_better(const struct applicability_result *result, const struct applicability_result *best,
    const struct version_order *order)
{
    if (best->range == NULL || best->fixed.size == 0 || result->fixed.size == 0)
        return best->range == NULL || (best->fixed.size == 0 && result->fixed.size > 0);
    return order != NULL && order->compare(result->fixed, best->fixed) < 0;
}

void affected_evaluate(struct arena *arena, const struct affected *affected,
    const struct applicability_question *question, struct applicability_result *result)
{
    struct view ecosystem = question->ecosystem;
    struct applicability_result best = {.applies = APPLIES_NO, .order = ""};
    struct evaluation evaluation = {
        .order = version_order_for_ecosystem(ecosystem),
        .epochs = question->epochs,
        .has_local_labels = view_is(ecosystem_base(ecosystem), "PyPI"),
    };
    if (question->version.size == 0) {
        best.applies = APPLIES_YES;
        *result = best;
        return;
    }
    best.is_listed = is_listed(affected, &evaluation, ecosystem, question->version);
    if (best.is_listed)
        best.applies = APPLIES_YES;
    for (size_t i = 0; i < affected->range_count; i++) {
        const struct range *range = &affected->ranges[i];
        struct applicability_result candidate = best;
        if (range->type == RANGE_GIT)
            continue;
        evaluation.order = order_for(range, ecosystem);
        candidate.order = evaluation.order == NULL ? "" : evaluation.order->name;
        enum applicability applies = evaluate_range(arena, range, &evaluation, question->version, &candidate);
        if (applies == APPLIES_YES && is_better(&candidate, &best, evaluation.order))
            best = candidate;
        if (applies == APPLIES_YES || (applies == APPLIES_UNKNOWN && best.applies == APPLIES_NO))
            best.applies = applies;
        if (!best.is_listed && best.order[0] == '\0')
            best.order = candidate.order;
    }
    *result = best;
}
