/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/advisory.h"
#include "advisory/cvss.h"
#include "version/version.h"

static const char *const names[SEVERITY_COUNT] = {
    [SEVERITY_UNKNOWN] = "unknown",
    [SEVERITY_NEGLIGIBLE] = "negligible",
    [SEVERITY_LOW] = "low",
    [SEVERITY_MEDIUM] = "medium",
    [SEVERITY_HIGH] = "high",
    [SEVERITY_CRITICAL] = "critical",
};

const char *severity_name(enum severity severity)
{
    return names[severity];
}

bool severity_parse(struct view name, enum severity *severity)
{
    for (int i = 0; i < SEVERITY_COUNT; i++) {
        if (view_is(name, names[i])) {
            *severity = (enum severity)i;
            return true;
        }
    }
    return false;
}

/* The words of distributions and databases; "high**" in Debian's tracker means that it was set by a program. */
static enum severity severity_of_word(struct view word)
{
    static const struct {
        const char *word;
        enum severity severity;
    } words[] = {
        {"none", SEVERITY_NEGLIGIBLE},
        {"negligible", SEVERITY_NEGLIGIBLE},
        {"unimportant", SEVERITY_NEGLIGIBLE},
        {"low", SEVERITY_LOW},
        {"medium", SEVERITY_MEDIUM},
        {"moderate", SEVERITY_MEDIUM},
        {"high", SEVERITY_HIGH},
        {"important", SEVERITY_HIGH},
        {"critical", SEVERITY_CRITICAL},
    };
    word = view_trim(word);
    while (view_ends_with(word, "*"))
        word.size--;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (view_equal_ignoring_case(word, view_text(words[i].word)))
            return words[i].severity;
    }
    return SEVERITY_UNKNOWN;
}

/* The answer so far, and who gave it. */
struct answer {
    enum severity severity;
    struct severity_rating rating;
    const char *source;
};

static bool is_cvss(const struct severity_rating *rating)
{
    return view_starts_with(rating->type, "CVSS_");
}

/* The first word in the distribution's own scale. */
static bool ask_words(const struct severity_rating *ratings, size_t count, const char *source, struct answer *answer)
{
    for (size_t i = 0; i < count; i++) {
        enum severity severity = severity_of_word(ratings[i].score);
        if (!is_cvss(&ratings[i]) && severity != SEVERITY_UNKNOWN) {
            *answer = (struct answer){severity, ratings[i], source};
            return true;
        }
    }
    return false;
}

/* The vector of the newest version of CVSS; some records have a word where the vector belongs, it counts as the oldest. */
static bool ask_vectors(const struct severity_rating *ratings, size_t count, const char *source, struct answer *answer)
{
    int newest = -2;
    for (size_t i = 0; i < count; i++) {
        struct cvss cvss = {0};
        bool is_vector = cvss_parse(ratings[i].score, &cvss);
        enum severity severity = is_vector ? cvss_severity(&cvss) : severity_of_word(ratings[i].score);
        int version = is_vector ? (int)cvss.version : -1;
        if (is_cvss(&ratings[i]) && severity != SEVERITY_UNKNOWN && version > newest) {
            *answer = (struct answer){severity, ratings[i], source};
            newest = version;
        }
    }
    return newest > -2;
}

static bool ask_word(struct view word, const char *source, struct answer *answer)
{
    enum severity severity = severity_of_word(word);
    if (severity == SEVERITY_UNKNOWN)
        return false;
    *answer = (struct answer){severity, {.score = word}, source};
    return true;
}

/* Databases of operating system packages rate for their own builds. */
static bool is_distribution(struct view ecosystem)
{
    const struct version_order *order = version_order_for_ecosystem(ecosystem);
    return order != NULL && (view_is(view_text(order->name), "dpkg") || view_is(view_text(order->name), "rpm") ||
                                view_is(view_text(order->name), "alpine"));
}

enum severity advisory_severity(const struct advisory *advisory, const struct affected *affected,
    struct severity_rating *rating, const char **source)
{
    struct answer answer = {.severity = SEVERITY_UNKNOWN, .source = "none"};
    bool is_of_distribution = is_distribution(affected->ecosystem);
    bool is_answered =
        (is_of_distribution && (ask_words(affected->ratings, affected->rating_count, "distribution", &answer) ||
                                   ask_words(advisory->ratings, advisory->rating_count, "distribution", &answer) ||
                                   ask_word(advisory->severity_word, "distribution", &answer))) ||
        ask_vectors(affected->ratings, affected->rating_count, "affected", &answer) ||
        ask_vectors(advisory->ratings, advisory->rating_count, "advisory", &answer) ||
        ask_word(advisory->severity_word, "database", &answer);
    (void)is_answered;
    *rating = answer.rating;
    *source = answer.source;
    return answer.severity;
}

bool severity_rating_equal(const struct severity_rating *left, const struct severity_rating *right)
{
    return view_equal(left->type, right->type) && view_equal(left->score, right->score) &&
           view_equal(left->source, right->source);
}

enum severity severity_of_ratings(const struct severity_rating *ratings, size_t count, struct severity_rating *rating)
{
    struct answer answer = {.severity = SEVERITY_UNKNOWN, .source = "none"};
    (void)ask_vectors(ratings, count, "", &answer);
    *rating = answer.rating;
    return answer.severity;
}
