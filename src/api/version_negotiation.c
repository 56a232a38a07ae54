/* SPDX-License-Identifier: Apache-2.0 */
#include "api/version_negotiation.h"

#include <stdio.h>

/* From this day on a date alone may also be answered by a beta. */
enum { PIVOT_DATE = 20241015 };

static const char *const stability_names[STABILITY_COUNT] = {"wip", "experimental", "beta", "ga"};
static const int sunset_days[STABILITY_COUNT] = {1, 1, 91, 181};

static bool parse_stability(struct view text, enum version_stability *stability)
{
    if (view_is(text, "work-in-progress"))
        text = view_text("wip");
    for (int i = 0; i < STABILITY_GA; i++) {
        if (view_is(text, stability_names[i])) {
            *stability = (enum version_stability)i;
            return true;
        }
    }
    return false;
}

/* Milliseconds at the start of the day; false for a date that does not exist. */
static bool date_to_ms(struct view date, int64_t *ms)
{
    struct error err;
    char text[TIME_TEXT_SIZE];
    if (date.size != sizeof("YYYY-MM-DD") - 1)
        return false;
    snprintf(text, sizeof(text), "%.*sT00:00:00Z", VIEW_PRINT(date));
    return time_parse(view_text(text), ms, &err);
}

static int32_t date_of_ms(int64_t ms)
{
    char text[TIME_TEXT_SIZE];
    int32_t date = 0;
    time_format(ms, text);
    for (const char *digit = text; *digit != 'T'; digit++) {
        if (*digit != '-')
            date = date * 10 + (*digit - '0');
    }
    return date;
}

bool api_version_parse(struct view text, struct api_version *version)
{
    int64_t ms;
    bool has_suffix = view_find(text, '~') < text.size;
    struct view date = view_cut(&text, '~');
    enum version_stability stability = STABILITY_GA;
    if (!date_to_ms(date, &ms) || (has_suffix && !parse_stability(text, &stability)))
        return false;
    *version = (struct api_version){date_of_ms(ms), stability};
    return true;
}

void api_version_format(struct api_version version, char text[API_VERSION_TEXT_SIZE])
{
    snprintf(text, API_VERSION_TEXT_SIZE, "%04d-%02d-%02d%s%s", version.date / 10000 % 10000, version.date / 100 % 100,
        version.date % 100, version.stability == STABILITY_GA ? "" : "~",
        version.stability == STABILITY_GA ? "" : stability_names[version.stability]);
}

/* The newest release up to `date` with at least `stability`; of two with one date the more stable one. */
static bool find_release(
    const char *released, int32_t date, enum version_stability stability, struct api_version *found)
{
    bool is_found = false;
    for (struct view rest = view_text(released); rest.size > 0;) {
        struct api_version release;
        if (!api_version_parse(view_cut(&rest, ' '), &release))
            continue;
        if (release.date > date || release.stability < stability)
            continue;
        if (!is_found || release.date > found->date ||
            (release.date == found->date && release.stability > found->stability)) {
            *found = release;
            is_found = true;
        }
    }
    return is_found;
}

/* The first release after `version`, and not after `today`, that is at least as stable. */
static bool find_successor(const char *released, struct api_version version, int32_t today, struct api_version *found)
{
    bool is_found = false;
    for (struct view rest = view_text(released); rest.size > 0;) {
        struct api_version release;
        if (!api_version_parse(view_cut(&rest, ' '), &release))
            continue;
        if (release.date <= version.date || release.date > today || release.stability < version.stability)
            continue;
        if (!is_found || release.date < found->date) {
            *found = release;
            is_found = true;
        }
    }
    return is_found;
}

static void fill_lifecycle(const char *released, int32_t today, struct version_choice *choice)
{
    struct api_version successor;
    if (!find_successor(released, choice->served, today, &successor))
        return;
    char date[API_VERSION_TEXT_SIZE], sunset[TIME_TEXT_SIZE];
    int64_t ms = 0;
    successor.stability = STABILITY_GA; /* its date only */
    api_version_format(successor, date);
    if (!date_to_ms(view_text(date), &ms))
        return;
    choice->is_deprecated = true;
    time_format(ms, choice->deprecation);
    time_format(ms + (int64_t)sunset_days[choice->served.stability] * 24 * 3600 * 1000, sunset);
    snprintf(choice->sunset, sizeof(choice->sunset), "%.10s", sunset);
}

enum version_answer version_negotiate(
    struct view asked, const char *released, int64_t now_ms, struct version_choice *choice)
{
    int32_t today = date_of_ms(now_ms);
    struct api_version wanted = {.date = today};
    if (asked.size == 0)
        return VERSION_MISSING;
    if (!parse_stability(asked, &wanted.stability) && !api_version_parse(asked, &wanted))
        return VERSION_INVALID;
    if (wanted.date > today)
        return VERSION_IN_FUTURE;
    *choice = (struct version_choice){0};
    bool is_found = find_release(released, wanted.date, wanted.stability, &choice->served);
    if (!is_found && wanted.stability == STABILITY_GA && wanted.date >= PIVOT_DATE)
        is_found = find_release(released, wanted.date, STABILITY_BETA, &choice->served);
    if (!is_found)
        return VERSION_NOT_RELEASED;
    fill_lifecycle(released, today, choice);
    return VERSION_SERVED;
}

const char *version_stage(const struct version_choice *choice)
{
    return choice->is_deprecated ? "deprecated" : stability_names[choice->served.stability];
}
