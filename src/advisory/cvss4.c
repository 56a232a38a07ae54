/* SPDX-License-Identifier: Apache-2.0 */
/* CVSS v4.0 specification, section 8: a vector belongs to a macrovector, whose score is lowered by how far the vector lies
   below the most severe one of it. Computed in whole numbers: binary fractions are wrong at the ties. */
#include "advisory/cvss_metrics.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

enum { EQ1, EQ2, EQ3, EQ4, EQ5, EQ6, EQ_COUNT };
enum { NONE = -1 };

static const short macrovector_scores[3][2][3][3][3][2] = {
#include "advisory/cvss4_macrovectors.def"
};

/* Positions in the lists of values of cvss.c, which are the levels of section 8.3. */
enum { AV_N = 0, AV_P = 3, PR_N = 0, UI_N = 0, AC_L = 0, AT_N = 0, HIGH = 0, LOW = 1, IMPACT_NONE = 2, SAFETY = 3 };
enum { E_ATTACKED = 0, E_NOT_DEFINED = 3, REQUIREMENT_HIGH = 0, REQUIREMENT_NOT_DEFINED = 3 };

/* The modified metric where it is set and not X, else the base metric. X is the last value of each modified metric. */
static int effective(const int values[CVSS_METRICS_MAX], enum cvss4_metric base)
{
    static const int not_defined[] = {4, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4};
    int modified = values[CVSS4_MAV + (int)base];
    return modified == CVSS_ABSENT || modified == not_defined[base] ? values[base] : modified;
}

/* All metrics that count, X replaced by the worst case. */
static void resolve(const int values[CVSS_METRICS_MAX], int resolved[CVSS4_COUNT])
{
    for (int metric = CVSS4_AV; metric <= CVSS4_SA; metric++)
        resolved[metric] = effective(values, (enum cvss4_metric)metric);
    int exploit = values[CVSS4_E];
    resolved[CVSS4_E] = exploit == CVSS_ABSENT || exploit == E_NOT_DEFINED ? E_ATTACKED : exploit;
    for (int metric = CVSS4_CR; metric <= CVSS4_AR; metric++) {
        bool is_open = values[metric] == CVSS_ABSENT || values[metric] == REQUIREMENT_NOT_DEFINED;
        resolved[metric] = is_open ? REQUIREMENT_HIGH : values[metric];
    }
}

/* Tables 24 to 29 */
static void classify(const int v[CVSS4_COUNT], int eq[EQ_COUNT])
{
    bool is_network = v[CVSS4_AV] == AV_N, is_open = v[CVSS4_PR] == PR_N, is_alone = v[CVSS4_UI] == UI_N;
    bool has_any = is_network || is_open || is_alone;
    eq[EQ1] = is_network && is_open && is_alone ? 0 : has_any && v[CVSS4_AV] != AV_P ? 1 : 2;
    eq[EQ2] = v[CVSS4_AC] == AC_L && v[CVSS4_AT] == AT_N ? 0 : 1;
    bool both = v[CVSS4_VC] == HIGH && v[CVSS4_VI] == HIGH;
    bool any = v[CVSS4_VC] == HIGH || v[CVSS4_VI] == HIGH || v[CVSS4_VA] == HIGH;
    eq[EQ3] = both ? 0 : any ? 1 : 2;
    bool is_safety = v[CVSS4_SI] == SAFETY || v[CVSS4_SA] == SAFETY;
    bool is_subsequent = v[CVSS4_SC] == HIGH || v[CVSS4_SI] == HIGH || v[CVSS4_SA] == HIGH;
    eq[EQ4] = is_safety ? 0 : is_subsequent ? 1 : 2;
    eq[EQ5] = v[CVSS4_E];
    bool is_required = false;
    for (int i = 0; i < 3; i++)
        is_required = is_required || (v[CVSS4_CR + i] == REQUIREMENT_HIGH && v[CVSS4_VC + i] == HIGH);
    eq[EQ6] = is_required ? 0 : 1;
}

/* NONE outside of the table. */
static int score_of(const int eq[EQ_COUNT])
{
    static const int limits[EQ_COUNT] = {3, 2, 3, 3, 3, 2};
    for (int i = 0; i < EQ_COUNT; i++) {
        if (eq[i] >= limits[i])
            return NONE;
    }
    return macrovector_scores[eq[EQ1]][eq[EQ2]][eq[EQ3]][eq[EQ4]][eq[EQ5]][eq[EQ6]];
}

static int score_of_lower(const int eq[EQ_COUNT], int raised)
{
    int lower[EQ_COUNT];
    for (int i = 0; i < EQ_COUNT; i++)
        lower[i] = eq[i] + (i == raised ? 1 : 0);
    return score_of(lower);
}

/* EQ3 and EQ6 move together: (0,0) to the better of (0,1) and (1,0), (0,1) and (1,0) to (1,1), (1,1) to (2,1). */
static int score_of_lower_impact(const int eq[EQ_COUNT])
{
    int by_requirement = score_of_lower(eq, EQ6);
    int by_impact = score_of_lower(eq, EQ3);
    if (eq[EQ3] == 1 && eq[EQ6] == 0)
        return by_requirement;
    return eq[EQ3] == 0 && eq[EQ6] == 0 && by_requirement > by_impact ? by_requirement : by_impact;
}

/* The most severe vectors of one level, as levels of `metrics`. */
struct maximum {
    int count; /* vectors */
    signed char levels[5][6];
};

/* Distance in steps of the vector from the first maximum that it nowhere exceeds (section 8.2, steps 3 to 5). */
static int distance(
    const int v[CVSS4_COUNT], const enum cvss4_metric *metrics, int metric_count, const struct maximum *maximum)
{
    for (int i = 0; i < maximum->count; i++) {
        int sum = 0;
        bool is_below = true;
        for (int j = 0; j < metric_count; j++) {
            /* Safety is the level above High, although it stands last in the list of values. */
            bool is_subsequent = metrics[j] == CVSS4_SC || metrics[j] == CVSS4_SI || metrics[j] == CVSS4_SA;
            int level = !is_subsequent ? v[metrics[j]] : v[metrics[j]] == SAFETY ? 0 : v[metrics[j]] + 1;
            is_below = is_below && level >= maximum->levels[i][j];
            sum += level - maximum->levels[i][j];
        }
        if (is_below)
            return sum;
    }
    assert(!"every vector lies below a maximum of its macrovector");
    return 0;
}

static const enum cvss4_metric metrics_eq1[] = {CVSS4_AV, CVSS4_PR, CVSS4_UI};
static const struct maximum maxima_eq1[] = {
    {1, {{0, 0, 0}}},
    {3, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
    {2, {{3, 0, 0}, {1, 1, 1}}},
};
static const enum cvss4_metric metrics_eq2[] = {CVSS4_AC, CVSS4_AT};
static const struct maximum maxima_eq2[] = {{1, {{0, 0}}}, {2, {{1, 0}, {0, 1}}}};
static const enum cvss4_metric metrics_eq36[] = {CVSS4_VC, CVSS4_VI, CVSS4_VA, CVSS4_CR, CVSS4_IR, CVSS4_AR};
static const struct maximum maxima_eq36[3][2] = {
    {{1, {{0, 0, 0, 0, 0, 0}}}, {2, {{0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}}}},
    {{2, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}}},
        {5, {{1, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 1}, {0, 1, 0, 1, 0, 1}, {0, 1, 1, 1, 0, 0}, {1, 1, 0, 0, 0, 1}}}},
    {{0, {{0}}}, {1, {{1, 1, 1, 0, 0, 0}}}},
};
static const enum cvss4_metric metrics_eq4[] = {CVSS4_SC, CVSS4_SI, CVSS4_SA};
static const struct maximum maxima_eq4[] = {{1, {{1, 0, 0}}}, {1, {{1, 1, 1}}}, {1, {{2, 2, 2}}}};

/* One of the five terms of the mean: what the next lower macrovector loses, and the part of the way to it. */
struct term {
    int lower_score; /* NONE = there is no lower macrovector */
    int distance;
    int depth; /* steps from the maximum to the next lower macrovector (table 30) */
};

enum { TERM_COUNT = 5, COMMON_DEPTH = 840 /* a multiple of every depth */ };

static void measure(const int v[CVSS4_COUNT], const int eq[EQ_COUNT], struct term terms[TERM_COUNT])
{
    static const int depth_eq1[] = {1, 4, 5}, depth_eq2[] = {1, 2}, depth_eq4[] = {6, 5, 4};
    static const int depth_eq36[3][2] = {{7, 6}, {8, 8}, {1, 10}};
    terms[0] =
        (struct term){score_of_lower(eq, EQ1), distance(v, metrics_eq1, 3, &maxima_eq1[eq[EQ1]]), depth_eq1[eq[EQ1]]};
    terms[1] =
        (struct term){score_of_lower(eq, EQ2), distance(v, metrics_eq2, 2, &maxima_eq2[eq[EQ2]]), depth_eq2[eq[EQ2]]};
    terms[2] = (struct term){score_of_lower_impact(eq), distance(v, metrics_eq36, 6, &maxima_eq36[eq[EQ3]][eq[EQ6]]),
        depth_eq36[eq[EQ3]][eq[EQ6]]};
    terms[3] =
        (struct term){score_of_lower(eq, EQ4), distance(v, metrics_eq4, 3, &maxima_eq4[eq[EQ4]]), depth_eq4[eq[EQ4]]};
    terms[4] = (struct term){score_of_lower(eq, EQ5), 0, 1};
}

int cvss4_score(const int values[CVSS_METRICS_MAX])
{
    int v[CVSS4_COUNT] = {0}, eq[EQ_COUNT];
    struct term terms[TERM_COUNT];
    bool has_impact = false;
    resolve(values, v);
    for (int metric = CVSS4_VC; metric <= CVSS4_SA; metric++)
        has_impact = has_impact || v[metric] != IMPACT_NONE;
    if (!has_impact)
        return 0;
    classify(v, eq);
    measure(v, eq, terms);
    int score = score_of(eq), count = 0, loss = 0; /* loss in tenths / COMMON_DEPTH */
    for (int i = 0; i < TERM_COUNT; i++) {
        if (terms[i].lower_score == NONE)
            continue;
        count++;
        loss += (score - terms[i].lower_score) * terms[i].distance * (COMMON_DEPTH / terms[i].depth);
    }
    if (count == 0)
        return score;
    int whole = COMMON_DEPTH * count;
    int exact = score * whole - loss;
    int rounded = exact <= 0 ? 0 : (2 * exact + whole) / (2 * whole);
    return rounded > 100 ? 100 : rounded;
}
