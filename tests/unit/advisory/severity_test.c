/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "advisory/advisory.h"
#include "advisory/cvss.h"

#define CVSS_31_98 "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
#define CVSS_30_53 "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"
#define CVSS_2_50 "AV:N/AC:L/Au:N/C:P/I:N/A:N"
#define CVSS_4_93 "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"

static void vectors_have_their_score(void **state)
{
    (void)state;
    static const struct {
        const char *vector;
        int score; /* -1 = not a vector */
    } rows[] = {
        {CVSS_31_98, 98},
        {CVSS_30_53, 53},
        {CVSS_2_50, 50},
        {CVSS_4_93, 93},
        {"CVSS:3.1/A:H/I:H/C:H/S:C/UI:N/PR:N/AC:L/AV:N", 100},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0},
        {"CVSS:3.1/AV:P/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:L", 37},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O", 98},
        {CVSS_31_98 "/", 98},
        {"7.5/" CVSS_31_98, 98},
        {"(AV:N/AC:L/Au:N/C:C/I:C/A:C)", 100},
        {"AV:L/AC:H/Au:M/C:N/I:N/A:P", 8},
        {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0},
        {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:L/VA:N/SC:H/SI:H/SA:H", 86}, /* a tie: binary fractions give 8.5 */
        {CVSS_4_93 "/E:U/U:Clear/MSI:S", 94},
        {"", -1},
        {"CVSS:3.1/", -1},
        {"CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", -1},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", -1},
        {CVSS_31_98 "/A:H", -1},
        {CVSS_31_98 "/E:Q", -1},
        {CVSS_31_98 "/ZZ:N", -1},
        {CVSS_31_98 "//", -1},
        {"CVSS:3.1/av:n/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", -1},
        {CVSS_2_50 "/", -1},
        {"HIGH", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cvss cvss = {.score = -1};
        bool is_vector = cvss_parse(view_text(rows[i].vector), &cvss);
        if (is_vector != (rows[i].score >= 0) || cvss.score != rows[i].score)
            fail_msg("%s: %d, not %d", rows[i].vector, cvss.score, rows[i].score);
    }
}

static void other_scores_follow_from_what_the_vector_states(void **state)
{
    (void)state;
    static const struct {
        const char *vector;
        int temporal, environmental;
    } rows[] = {
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98, 98},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U", 78, 78},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/MC:N/MI:N/MA:N", 98, 0},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/MAV:X/CR:X", 98, 98},
        {"CVSS:3.0/AV:P/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H", 71, 71},
        {"CVSS:3.1/AV:P/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H", 71, 72}, /* the formula of 3.1 differs */
        {CVSS_2_50, CVSS_NO_SCORE, CVSS_NO_SCORE},
        {CVSS_2_50 "/E:ND/RL:ND/RC:ND", CVSS_NO_SCORE, CVSS_NO_SCORE},
        {"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C", 64, CVSS_NO_SCORE},
        {"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", 64, 92},
        {"AV:N/AC:L/Au:N/C:C/I:C/A:C/TD:N", 100, 0},
        {CVSS_4_93, CVSS_NO_SCORE, CVSS_NO_SCORE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cvss cvss;
        assert_true(cvss_parse(view_text(rows[i].vector), &cvss));
        if (cvss.temporal != rows[i].temporal || cvss.environmental != rows[i].environmental)
            fail_msg("%s: %d and %d", rows[i].vector, cvss.temporal, cvss.environmental);
    }
}

static void scores_have_the_level_of_their_version(void **state)
{
    (void)state;
    static const struct {
        struct cvss cvss;
        enum severity severity;
    } rows[] = {
        {{CVSS_3_1, 0, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_NEGLIGIBLE},
        {{CVSS_3_1, 1, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_LOW},
        {{CVSS_3_1, 39, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_LOW},
        {{CVSS_3_0, 40, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_MEDIUM},
        {{CVSS_3_1, 69, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_MEDIUM},
        {{CVSS_4_0, 70, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_HIGH},
        {{CVSS_4_0, 89, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_HIGH},
        {{CVSS_4_0, 90, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_CRITICAL},
        {{CVSS_2_0, 39, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_LOW},
        {{CVSS_2_0, 40, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_MEDIUM},
        {{CVSS_2_0, 70, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_HIGH},
        {{CVSS_2_0, 100, CVSS_NO_SCORE, CVSS_NO_SCORE}, SEVERITY_HIGH},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(cvss_severity(&rows[i].cvss), rows[i].severity);
}

static void names_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (int i = 0; i < SEVERITY_COUNT; i++) {
        enum severity severity;
        assert_true(severity_parse(view_text(severity_name((enum severity)i)), &severity));
        assert_int_equal(severity, i);
    }
    enum severity severity;
    assert_false(severity_parse(view_text("High"), &severity));
    assert_false(severity_parse(view_text(""), &severity));
}

struct case_of_severity {
    const char *ecosystem;
    struct severity_rating of_affected[2];
    struct severity_rating of_record[3];
    const char *word;
    enum severity severity;
    const char *source;
};

#define RATING(kind, text)                                                                                             \
    {                                                                                                                  \
        .type = VIEW_LITERAL(kind), .score = VIEW_LITERAL(text)                                                        \
    }

static void the_nearest_source_decides(void **state)
{
    (void)state;
    static const struct case_of_severity cases[] = {
        {"Ubuntu:20.04:LTS", {RATING("Ubuntu", "low")}, {RATING("CVSS_V3", CVSS_31_98)}, "HIGH", SEVERITY_LOW,
            "distribution"},
        {"Ubuntu:20.04:LTS", {RATING("Ubuntu", "untriaged")}, {RATING("CVSS_V3", CVSS_31_98)}, "", SEVERITY_CRITICAL,
            "advisory"},
        {"Ubuntu:20.04:LTS", {{.type = {NULL, 0}}}, {RATING("Ubuntu", "negligible")}, "", SEVERITY_NEGLIGIBLE,
            "distribution"},
        {"Debian:12", {RATING("Debian", "unimportant")}, {RATING("CVSS_V3", CVSS_31_98)}, "", SEVERITY_NEGLIGIBLE,
            "distribution"},
        {"Debian:12", {RATING("Debian", "high**")}, {{.type = {NULL, 0}}}, "", SEVERITY_HIGH, "distribution"},
        {"Debian:12", {RATING("Debian", "not yet assigned")}, {{.type = {NULL, 0}}}, "", SEVERITY_UNKNOWN, "none"},
        {"Red Hat:enterprise_linux:9::baseos", {{.type = {NULL, 0}}}, {RATING("CVSS_V3", CVSS_31_98)}, "Moderate",
            SEVERITY_MEDIUM, "distribution"},
        {"npm", {{.type = {NULL, 0}}}, {RATING("CVSS_V3", CVSS_31_98)}, "MODERATE", SEVERITY_CRITICAL, "advisory"},
        {"npm", {RATING("CVSS_V3", CVSS_30_53)}, {RATING("CVSS_V3", CVSS_31_98)}, "LOW", SEVERITY_MEDIUM, "affected"},
        {"npm", {{.type = {NULL, 0}}},
            {RATING("CVSS_V2", CVSS_2_50), RATING("CVSS_V4", CVSS_4_93), RATING("CVSS_V3", CVSS_30_53)}, "",
            SEVERITY_CRITICAL, "advisory"},
        {"npm", {{.type = {NULL, 0}}}, {RATING("CVSS_V4", "CVSS:4.0/broken"), RATING("CVSS_V2", CVSS_2_50)}, "",
            SEVERITY_MEDIUM, "advisory"},
        {"npm", {{.type = {NULL, 0}}}, {RATING("CVSS_V3", "HIGH")}, "", SEVERITY_HIGH, "advisory"},
        {"npm", {{.type = {NULL, 0}}}, {{.type = {NULL, 0}}}, "MODERATE", SEVERITY_MEDIUM, "database"},
        {"npm", {{.type = {NULL, 0}}}, {{.type = {NULL, 0}}}, "", SEVERITY_UNKNOWN, "none"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct severity_rating of_affected[2], of_record[3], rating;
        memcpy(of_affected, cases[i].of_affected, sizeof(of_affected));
        memcpy(of_record, cases[i].of_record, sizeof(of_record));
        struct affected affected = {
            .ecosystem = view_text(cases[i].ecosystem), .ratings = of_affected, .rating_count = 2};
        struct advisory advisory = {.ratings = of_record, .rating_count = 3, .severity_word = view_text(cases[i].word)};
        const char *source;
        enum severity severity = advisory_severity(&advisory, &affected, &rating, &source);
        if (severity != cases[i].severity || strcmp(source, cases[i].source) != 0)
            fail_msg("case %zu: %s by %s", i, severity_name(severity), source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_have_their_score),
        cmocka_unit_test(other_scores_follow_from_what_the_vector_states),
        cmocka_unit_test(scores_have_the_level_of_their_version),
        cmocka_unit_test(names_are_read_as_they_are_written),
        cmocka_unit_test(the_nearest_source_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
