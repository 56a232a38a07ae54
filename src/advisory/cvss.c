/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/cvss.h"

#include "advisory/cvss_metrics.h"

#include <math.h>

struct metric {
    const char *name;
    const char *values; /* apart by one space */
    bool is_mandatory;
};

enum { V2_AV, V2_AC, V2_AU, V2_C, V2_I, V2_A, V2_E, V2_RL, V2_RC, V2_CDP, V2_TD, V2_CR, V2_IR, V2_AR, V2_COUNT };

/* "A Complete Guide to the Common Vulnerability Scoring System Version 2.0", section 2 */
static const struct metric metrics_v2[] = {
    {"AV", "L A N", true},
    {"AC", "H M L", true},
    {"Au", "M S N", true},
    {"C", "N P C", true},
    {"I", "N P C", true},
    {"A", "N P C", true},
    {"E", "U POC F H ND", false},
    {"RL", "OF TF W U ND", false},
    {"RC", "UC UR C ND", false},
    {"CDP", "N L LM MH H ND", false},
    {"TD", "N L M H ND", false},
    {"CR", "L M H ND", false},
    {"IR", "L M H ND", false},
    {"AR", "L M H ND", false},
    {NULL, NULL, false},
};

enum {
    V3_AV,
    V3_AC,
    V3_PR,
    V3_UI,
    V3_S,
    V3_C,
    V3_I,
    V3_A,
    V3_E,
    V3_RL,
    V3_RC,
    V3_CR,
    V3_IR,
    V3_AR,
    V3_MAV,
};

/* CVSS v3.1 specification, table 15; v3.0 has the same */
static const struct metric metrics_v3[] = {
    {"AV", "N A L P", true},
    {"AC", "L H", true},
    {"PR", "N L H", true},
    {"UI", "N R", true},
    {"S", "U C", true},
    {"C", "H L N", true},
    {"I", "H L N", true},
    {"A", "H L N", true},
    {"E", "X H F P U", false},
    {"RL", "X U W T O", false},
    {"RC", "X C R U", false},
    {"CR", "X H M L", false},
    {"IR", "X H M L", false},
    {"AR", "X H M L", false},
    {"MAV", "X N A L P", false},
    {"MAC", "X L H", false},
    {"MPR", "X N L H", false},
    {"MUI", "X N R", false},
    {"MS", "X U C", false},
    {"MC", "X H L N", false},
    {"MI", "X H L N", false},
    {"MA", "X H L N", false},
    {NULL, NULL, false},
};

/* CVSS v4.0 specification, table 23; the values stand in the order of their levels, which cvss4.c relies on */
static const struct metric metrics_v4[] = {
    {"AV", "N A L P", true},
    {"AC", "L H", true},
    {"AT", "N P", true},
    {"PR", "N L H", true},
    {"UI", "N P A", true},
    {"VC", "H L N", true},
    {"VI", "H L N", true},
    {"VA", "H L N", true},
    {"SC", "H L N", true},
    {"SI", "H L N", true},
    {"SA", "H L N", true},
    {"E", "A P U X", false},
    {"CR", "H M L X", false},
    {"IR", "H M L X", false},
    {"AR", "H M L X", false},
    {"MAV", "N A L P X", false},
    {"MAC", "L H X", false},
    {"MAT", "N P X", false},
    {"MPR", "N L H X", false},
    {"MUI", "N P A X", false},
    {"MVC", "H L N X", false},
    {"MVI", "H L N X", false},
    {"MVA", "H L N X", false},
    {"MSC", "H L N X", false},
    {"MSI", "H L N S X", false},
    {"MSA", "H L N S X", false},
    {"S", "X N P", false},
    {"AU", "X N Y", false},
    {"R", "X A U I", false},
    {"V", "X D C", false},
    {"RE", "X L M H", false},
    {"U", "X Clear Green Amber Red", false},
    {NULL, NULL, false},
};

/* Position of `value` in a list apart by spaces; CVSS_ABSENT if it is not there. */
static int find_value(const char *values, struct view value)
{
    struct view rest = view_text(values);
    for (int i = 0; rest.size > 0; i++) {
        if (view_equal(view_cut(&rest, ' '), value))
            return i;
    }
    return CVSS_ABSENT;
}

static bool read_metric(const struct metric *metrics, struct view name, struct view value, int values[CVSS_METRICS_MAX])
{
    for (int i = 0; metrics[i].name != NULL; i++) {
        if (view_is(name, metrics[i].name)) {
            bool is_first = values[i] == CVSS_ABSENT;
            values[i] = find_value(metrics[i].values, value);
            return is_first && values[i] != CVSS_ABSENT;
        }
    }
    return false;
}

static bool read_metrics(const struct metric *metrics, struct view rest, int values[CVSS_METRICS_MAX])
{
    for (int i = 0; i < CVSS_METRICS_MAX; i++)
        values[i] = CVSS_ABSENT;
    if (view_ends_with(rest, "/"))
        return false;
    while (rest.size > 0) {
        struct view value = view_cut(&rest, '/');
        struct view name = view_cut(&value, ':');
        if (!read_metric(metrics, name, value, values))
            return false;
    }
    for (int i = 0; metrics[i].name != NULL; i++) {
        if (metrics[i].is_mandatory && values[i] == CVSS_ABSENT)
            return false;
    }
    return true;
}

/* Section 3.2.1, exact: impact and exploitability are whole 10^-12, the score is whole 10^-15. */
static int base_v2(const int values[CVSS_METRICS_MAX])
{
    static const int64_t access_vector[] = {395, 646, 1000}; /* 10^-3 */
    static const int64_t access_complexity[] = {35, 61, 71}; /* 10^-2 */
    static const int64_t authentication[] = {450, 560, 704}; /* 10^-3 */
    static const int64_t without_impact[] = {1000, 725, 340}; /* 1 - impact, 10^-3 */
    const int64_t billion = 1000000000;
    int64_t spared =
        without_impact[values[V2_C]] * without_impact[values[V2_I]] * without_impact[values[V2_A]]; /* 10^-9 */
    int64_t impact_part = 6 * 1041 * (billion - spared); /* 0.6 × 10.41 */
    int64_t exploitability_part = 8 * 10000 * access_vector[values[V2_AV]] * access_complexity[values[V2_AC]] *
                                  authentication[values[V2_AU]]; /* 0.4 × 20 */
    if (spared == billion)
        return 0;
    int64_t score = (impact_part + exploitability_part - 1500 * billion) * 1176;
    const int64_t tenth = 100000 * billion;
    return score <= 0 ? 0 : (int)((score + tenth / 2) / tenth);
}

/* Half up to a tenth, without the noise of binary fractions. */
static int round_tenth(double score)
{
    return (int)floor(score * 10 + 0.5 + 1e-9);
}

/* The value's place in `weights`; a metric that is absent weighs 1. */
static double weight_of(int value, const double *weights)
{
    return value == CVSS_ABSENT ? 1 : weights[value];
}

/* Section 3.2.2, the factor on the base score */
static double temporal_factor_v2(const int values[CVSS_METRICS_MAX])
{
    static const double exploitability[] = {0.85, 0.9, 0.95, 1, 1};
    static const double remediation[] = {0.87, 0.9, 0.95, 1, 1};
    static const double confidence[] = {0.9, 0.95, 1, 1};
    return weight_of(values[V2_E], exploitability) * weight_of(values[V2_RL], remediation) *
           weight_of(values[V2_RC], confidence);
}

/* Section 3.2.3: the base score with the impact as the environment requires it. */
static int adjusted_base_v2(const int values[CVSS_METRICS_MAX])
{
    static const double access_vector[] = {0.395, 0.646, 1};
    static const double access_complexity[] = {0.35, 0.61, 0.71};
    static const double authentication[] = {0.45, 0.56, 0.704};
    static const double impacts[] = {0, 0.275, 0.66};
    static const double requirements[] = {0.5, 1, 1.51, 1};
    double spared = 1;
    for (int i = 0; i < 3; i++)
        spared *= 1 - impacts[values[V2_C + i]] * weight_of(values[V2_CR + i], requirements);
    double impact = fmin(10.41 * (1 - spared), 10);
    double exploitability =
        20 * access_vector[values[V2_AV]] * access_complexity[values[V2_AC]] * authentication[values[V2_AU]];
    double score = (0.6 * impact + 0.4 * exploitability - 1.5) * 1.176;
    return spared >= 1 || score <= 0 ? 0 : round_tenth(score);
}

static int environmental_v2(const int values[CVSS_METRICS_MAX])
{
    static const double damage[] = {0, 0.1, 0.3, 0.4, 0.5, 0};
    static const double distribution[] = {0, 0.25, 0.75, 1, 1};
    double temporal = round_tenth(adjusted_base_v2(values) / 10.0 * temporal_factor_v2(values)) / 10.0;
    double potential = values[V2_CDP] == CVSS_ABSENT ? 0 : damage[values[V2_CDP]];
    return round_tenth((temporal + (10 - temporal) * potential) * weight_of(values[V2_TD], distribution));
}

/* Whether one of the metrics from `first` to `last` is there and not "ND", the last value of each. */
static bool is_set_v2(const int values[CVSS_METRICS_MAX], int first, int last)
{
    static const int not_defined[V2_COUNT] = {
        [V2_E] = 4, [V2_RL] = 4, [V2_RC] = 3, [V2_CDP] = 5, [V2_TD] = 4, [V2_CR] = 3, [V2_IR] = 3, [V2_AR] = 3};
    for (int i = first; i <= last; i++) {
        if (values[i] != CVSS_ABSENT && values[i] != not_defined[i])
            return true;
    }
    return false;
}

static void score_v2(const int values[CVSS_METRICS_MAX], struct cvss *cvss)
{
    cvss->score = base_v2(values);
    if (is_set_v2(values, V2_E, V2_AR))
        cvss->temporal = round_tenth(cvss->score / 10.0 * temporal_factor_v2(values));
    if (is_set_v2(values, V2_CDP, V2_AR))
        cvss->environmental = environmental_v2(values);
}

/* CVSS v3.1 appendix A: the smallest tenth that is not below, without the noise of binary fractions. */
static int round_up(double score)
{
    long scaled = lround(score * 100000);
    return (int)(scaled % 10000 == 0 ? scaled / 10000 : scaled / 10000 + 1);
}

/* Section 7.1 and 7.3: `impact` comes from the base or from the modified metrics, which `values` then holds in their
   place. */
static int combine_v3(const int values[V3_E], double impact)
{
    static const double attack_vector[] = {0.85, 0.62, 0.55, 0.2};
    static const double attack_complexity[] = {0.77, 0.44};
    static const double privileges[2][3] = {{0.85, 0.62, 0.27}, {0.85, 0.68, 0.50}};
    static const double user_interaction[] = {0.85, 0.62};
    bool is_changed = values[V3_S] == 1;
    double exploitability = 8.22 * attack_vector[values[V3_AV]] * attack_complexity[values[V3_AC]] *
                            privileges[is_changed][values[V3_PR]] * user_interaction[values[V3_UI]];
    if (impact <= 0)
        return 0;
    return round_up(fmin((is_changed ? 1.08 : 1) * (impact + exploitability), 10));
}

static const double impacts_v3[] = {0.56, 0.22, 0};

/* Section 7.1 */
static int base_v3(const int values[CVSS_METRICS_MAX])
{
    double spared = 1;
    for (int i = V3_C; i <= V3_A; i++)
        spared *= 1 - impacts_v3[values[i]];
    double base = 1 - spared;
    bool is_changed = values[V3_S] == 1;
    return combine_v3(values, is_changed ? 7.52 * (base - 0.029) - 3.25 * pow(base - 0.02, 15) : 6.42 * base);
}

/* Section 7.2, the factor on the base score */
static double temporal_factor_v3(const int values[CVSS_METRICS_MAX])
{
    static const double exploit[] = {1, 1, 0.97, 0.94, 0.91};
    static const double remediation[] = {1, 1, 0.97, 0.96, 0.95};
    static const double confidence[] = {1, 1, 0.96, 0.92};
    return weight_of(values[V3_E], exploit) * weight_of(values[V3_RL], remediation) *
           weight_of(values[V3_RC], confidence);
}

/* Section 7.3. v3.0 raises the impact to another power. */
static int environmental_v3(const int values[CVSS_METRICS_MAX], enum cvss_version version)
{
    static const double requirements[] = {1, 1.5, 1, 0.5};
    int modified[V3_E];
    double spared = 1;
    for (int i = 0; i < V3_E;
         i++) { /* the first value of a modified metric is X, the others those of the base metric */
        int value = values[V3_MAV + i];
        modified[i] = value == CVSS_ABSENT || value == 0 ? values[i] : value - 1;
    }
    for (int i = 0; i < 3; i++)
        spared *= 1 - impacts_v3[modified[V3_C + i]] * weight_of(values[V3_CR + i], requirements);
    double base = fmin(1 - spared, 0.915);
    double tail = version == CVSS_3_0 ? pow(base - 0.02, 15) : pow(base * 0.9731 - 0.02, 13);
    int score = combine_v3(modified, modified[V3_S] == 1 ? 7.52 * (base - 0.029) - 3.25 * tail : 6.42 * base);
    return round_up(score / 10.0 * temporal_factor_v3(values));
}

static void score_v3(const int values[CVSS_METRICS_MAX], struct cvss *cvss)
{
    cvss->score = base_v3(values);
    cvss->temporal = round_up(cvss->score / 10.0 * temporal_factor_v3(values));
    cvss->environmental = environmental_v3(values, cvss->version);
}

static void score_v4(const int values[CVSS_METRICS_MAX], struct cvss *cvss)
{
    cvss->score = cvss4_score(values);
}

/* Drops "7.5/" before "CVSS:", and a '/' at the end of a vector with prefix. */
static struct view strip_additions(struct view vector)
{
    vector = view_trim(vector);
    size_t start = view_find_text(vector, view_text("/CVSS:"));
    if (start < vector.size)
        vector = view_from(vector, start + 1);
    if (view_starts_with(vector, "CVSS:") && view_ends_with(vector, "/"))
        vector.size--;
    if (view_starts_with(vector, "(") && view_ends_with(vector, ")"))
        vector = view_slice(vector, 1, vector.size - 2);
    return vector;
}

bool cvss_parse(struct view vector, struct cvss *cvss)
{
    static const struct {
        const char *prefix;
        enum cvss_version version;
        const struct metric *metrics;
        void (*score)(const int values[CVSS_METRICS_MAX], struct cvss *cvss);
    } forms[] = {
        {"CVSS:4.0/", CVSS_4_0, metrics_v4, score_v4},
        {"CVSS:3.1/", CVSS_3_1, metrics_v3, score_v3},
        {"CVSS:3.0/", CVSS_3_0, metrics_v3, score_v3},
        {"", CVSS_2_0, metrics_v2, score_v2},
    };
    int values[CVSS_METRICS_MAX];
    size_t i = 0;
    vector = strip_additions(vector);
    while (!view_starts_with(vector, forms[i].prefix))
        i++;
    if (!read_metrics(forms[i].metrics, view_from(vector, strlen(forms[i].prefix)), values))
        return false;
    *cvss = (struct cvss){forms[i].version, 0, CVSS_NO_SCORE, CVSS_NO_SCORE};
    forms[i].score(values, cvss);
    return true;
}

enum severity cvss_severity(const struct cvss *cvss)
{
    if (cvss->version == CVSS_2_0) /* NVD's scale */
        return cvss->score >= 70 ? SEVERITY_HIGH : cvss->score >= 40 ? SEVERITY_MEDIUM : SEVERITY_LOW;
    if (cvss->score >= 90)
        return SEVERITY_CRITICAL;
    if (cvss->score >= 70)
        return SEVERITY_HIGH;
    if (cvss->score >= 40)
        return SEVERITY_MEDIUM;
    return cvss->score > 0 ? SEVERITY_LOW : SEVERITY_NEGLIGIBLE;
}
