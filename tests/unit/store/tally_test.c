/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of vulnerabilities, and the keys and the score that follow from how many of each there are. */
#include "store/tally.h"

#include "tests/unit/test.h"

static struct tally with(enum severity severity, bool is_fixable, enum threat threat, int64_t count)
{
    struct tally tally = {0};
    tally.kinds[kind_of(severity, is_fixable, threat)] = count;
    return tally;
}

static void gives_each_kind_its_own_place(void **state)
{
    (void)state;
    int64_t seen = 0;
    for (int severity = 0; severity < SEVERITY_COUNT; severity++) {
        for (int fixable = 0; fixable < 2; fixable++) {
            for (int threat = 0; threat < THREAT_COUNT; threat++) {
                struct tally tally = with((enum severity)severity, fixable != 0, (enum threat)threat, 3);
                int64_t mask = tally_mask(&tally);
                assert_true(mask != 0 && (mask & (mask - 1)) == 0);
                assert_int_equal(seen & mask, 0);
                seen |= mask;
                assert_int_equal(tally_count(&tally, (struct kind_filter){0}), 3);
                assert_int_equal(tally_count(&tally, (struct kind_filter){.severities = 1u << severity}), 3);
                assert_int_equal(
                    tally_count(&tally, (struct kind_filter){.severities = 1u << ((severity + 1) % SEVERITY_COUNT)}),
                    0);
            }
        }
    }
    assert_int_equal(seen, kinds_mask((struct kind_filter){0}));
    assert_int_equal(seen, (INT64_C(1) << KIND_COUNT) - 1);
}

static void asks_one_vulnerability_for_all_of_a_filter(void **state)
{
    (void)state;
    struct kind_filter filter = {
        .severities = 1u << SEVERITY_CRITICAL, .fixable = KIND_WITH_FIX, .threats = 1u << THREAT_EXPLOIT};
    struct tally tally = with(SEVERITY_CRITICAL, true, THREAT_NONE, 5);
    tally.kinds[kind_of(SEVERITY_CRITICAL, false, THREAT_EXPLOIT)] = 2;
    tally.kinds[kind_of(SEVERITY_LOW, true, THREAT_EXPLOIT)] = 1;
    assert_int_equal(tally_count(&tally, filter), 0);
    assert_int_equal(tally_mask(&tally) & kinds_mask(filter), 0);
    tally.kinds[kind_of(SEVERITY_CRITICAL, true, THREAT_EXPLOIT)] = 4;
    assert_int_equal(tally_count(&tally, filter), 4);
    assert_true((tally_mask(&tally) & kinds_mask(filter)) != 0);
}

/* Each line is worse than any number of what the line before has. */
static void scores_by_the_worst_class(void **state)
{
    (void)state;
    static const struct {
        enum severity severity;
        bool is_fixable;
        enum threat threat;
        int64_t score;
    } lines[] = {
        {SEVERITY_UNKNOWN, true, THREAT_NONE, 101},
        {SEVERITY_NEGLIGIBLE, true, THREAT_NONE, 101},
        {SEVERITY_LOW, true, THREAT_NONE, 201},
        {SEVERITY_MEDIUM, false, THREAT_NONE, 301},
        {SEVERITY_HIGH, false, THREAT_NONE, 401},
        {SEVERITY_HIGH, true, THREAT_NONE, 501},
        {SEVERITY_CRITICAL, false, THREAT_NONE, 601},
        {SEVERITY_CRITICAL, true, THREAT_NONE, 701},
        {SEVERITY_LOW, false, THREAT_EXPLOIT, 801},
        {SEVERITY_CRITICAL, true, THREAT_EXPLOIT, 801},
        {SEVERITY_LOW, false, THREAT_KNOWN, 901},
    };
    struct tally none = {0};
    assert_int_equal(tally_score(&none), 0);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct tally one = with(lines[i].severity, lines[i].is_fixable, lines[i].threat, 1);
        struct tally many = with(lines[i].severity, lines[i].is_fixable, lines[i].threat, 5000);
        assert_int_equal(tally_score(&one), lines[i].score);
        assert_int_equal(tally_score(&many), lines[i].score + 98);
        int score_class = (int)(lines[i].score / SCORE_CLASS_SIZE);
        assert_int_equal(tally_class_count(&many, score_class), 5000);
        int64_t sum = 0;
        for (int k = 0; k < SCORE_CLASS_COUNT; k++)
            sum += tally_class_count(&many, k);
        assert_int_equal(sum, 5000);
    }
}

static void ranks_one_worse_vulnerability_above_many_milder_ones(void **state)
{
    (void)state;
    for (int severity = 1; severity < SEVERITY_COUNT; severity++) {
        struct tally worse = with((enum severity)severity, false, THREAT_NONE, 1);
        struct tally milder = with((enum severity)(severity - 1), true, THREAT_NONE, 5000);
        assert_true(tally_rank(&worse) > tally_rank(&milder));
        assert_true(severity == 1 || tally_urgency(&worse) > tally_urgency(&milder));
        milder.kinds[kind_of((enum severity)(severity - 1), true, THREAT_EXPLOIT)] = 1;
        assert_true(tally_urgency(&worse) < tally_urgency(&milder));
        assert_true(tally_urgency(&milder) > 0 && tally_rank(&milder) > 0);
    }
}

static void knows_the_worst_severity_of_a_set_of_kinds(void **state)
{
    (void)state;
    assert_int_equal(kinds_worst(0), -1);
    for (int severity = 0; severity < SEVERITY_COUNT; severity++) {
        for (int threat = 0; threat < THREAT_COUNT; threat++) {
            struct tally tally = with((enum severity)severity, threat % 2 == 0, (enum threat)threat, 1);
            tally.kinds[kind_of(SEVERITY_UNKNOWN, true, THREAT_KNOWN)]++;
            assert_int_equal(kinds_worst(tally_mask(&tally)), severity);
        }
    }
}

static void stores_kinds_and_refuses_damaged_ones(void **state)
{
    (void)state;
    struct error err;
    struct tally tally = {0};
    struct tally back = {0};
    bool is_there = false;
    AUTO_BUFFER packed;
    buffer_init(&packed, 1000);
    for (int kind = 0; kind < KIND_COUNT; kind++)
        tally.kinds[kind] = (int64_t)kind * kind * kind;
    tally_write_kinds(&tally, &packed);
    assert_ok(tally_read_kinds(buffer_view(&packed), &back, &is_there, &err), &err);
    assert_true(is_there);
    assert_memory_equal(back.kinds, tally.kinds, sizeof(tally.kinds));
    struct view whole = buffer_view(&packed);
    assert_fails(tally_read_kinds(view_slice(whole, 0, whole.size - 1), &back, &is_there, &err), &err, ERROR_CORRUPT);
    buffer_append_byte(&packed, 0);
    assert_fails(tally_read_kinds(buffer_view(&packed), &back, &is_there, &err), &err, ERROR_CORRUPT);
    assert_ok(tally_read_kinds(view_text(""), &back, &is_there, &err), &err);
    assert_false(is_there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_each_kind_its_own_place),
        cmocka_unit_test(asks_one_vulnerability_for_all_of_a_filter),
        cmocka_unit_test(scores_by_the_worst_class),
        cmocka_unit_test(ranks_one_worse_vulnerability_above_many_milder_ones),
        cmocka_unit_test(stores_kinds_and_refuses_damaged_ones),
        cmocka_unit_test(knows_the_worst_severity_of_a_set_of_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
