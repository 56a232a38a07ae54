/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(const struct clock *clock)
{
    (void)clock;
    return read_ms(CLOCK_REALTIME);
}

static int64_t system_monotonic_ms(const struct clock *clock)
{
    (void)clock;
    return read_ms(CLOCK_MONOTONIC);
}

const struct clock *clock_system(void)
{
    static const struct clock system = {system_wall_ms, system_monotonic_ms};
    return &system;
}

static int64_t manual_now_ms(const struct clock *clock)
{
    return ((const struct clock_manual *)clock)->now_ms; /* `clock` is its first member */
}

void clock_manual_init(struct clock_manual *manual, int64_t now_ms)
{
    *manual = (struct clock_manual){{manual_now_ms, manual_now_ms}, now_ms};
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar, by counting years that begin in March. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void time_format(int64_t wall_ms, char text[TIME_TEXT_SIZE])
{
    time_t seconds = (time_t)(wall_ms >= 0 ? wall_ms / 1000 : (wall_ms - 999) / 1000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL || parts.tm_year < -1899 || parts.tm_year > 8099) {
        snprintf(text, TIME_TEXT_SIZE, "0001-01-01T00:00:00Z");
        return;
    }
    /* Not by %Y of strftime, which writes the year 506 as "506". */
    char wide[6 * 12 + 1];
    snprintf(wide, sizeof(wide), "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
        parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    memcpy(text, wide, TIME_TEXT_SIZE - 1);
    text[TIME_TEXT_SIZE - 1] = '\0';
}

static bool take_number(struct view *text, size_t digits, int64_t *value)
{
    if (text->size < digits || !view_to_integer(view_slice(*text, 0, digits), value))
        return false;
    *text = view_from(*text, digits);
    return true;
}

static bool take_byte(struct view *text, const char *accepted)
{
    if (text->size == 0 || strchr(accepted, text->data[0]) == NULL || text->data[0] == '\0')
        return false;
    *text = view_from(*text, 1);
    return true;
}

/* The fraction in milliseconds; digits beyond the third are read and dropped. */
static bool take_fraction(struct view *text, int64_t *ms)
{
    *ms = 0;
    if (!take_byte(text, "."))
        return true;
    size_t digits = 0;
    int64_t scale = 100;
    while (digits < 10 && text->size > 0 && text->data[0] >= '0' && text->data[0] <= '9') {
        *ms += scale * (text->data[0] - '0');
        scale /= 10;
        *text = view_from(*text, 1);
        digits++;
    }
    return digits >= 1 && digits <= 9;
}

static bool take_offset(struct view *text, int64_t *minutes)
{
    *minutes = 0;
    if (take_byte(text, "Zz"))
        return true;
    bool is_behind = text->size > 0 && text->data[0] == '-';
    int64_t hour, minute;
    if (!take_byte(text, "+-") || !take_number(text, 2, &hour) || !take_byte(text, ":") ||
        !take_number(text, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *minutes = (hour * 60 + minute) * (is_behind ? -1 : 1);
    return true;
}

bool time_parse(struct view text, int64_t *wall_ms, struct error *err)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct view rest = text;
    int64_t year, month, day, hour, minute, second, ms, offset;
    bool is_read = take_number(&rest, 4, &year) && take_byte(&rest, "-") && take_number(&rest, 2, &month) &&
                   take_byte(&rest, "-") && take_number(&rest, 2, &day) && take_byte(&rest, "Tt ") &&
                   take_number(&rest, 2, &hour) && take_byte(&rest, ":") && take_number(&rest, 2, &minute) &&
                   take_byte(&rest, ":") && take_number(&rest, 2, &second) && take_fraction(&rest, &ms) &&
                   take_offset(&rest, &offset) && rest.size == 0;
    bool is_leap_year = is_read && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    if (!is_read || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > month_days[month - 1] + (month == 2 && is_leap_year) || hour > 23 || minute > 59 || second > 60)
        return error_set(
            err, ERROR_INVALID, "\"%.*s\" is not an RFC 3339 time", text.size > 64 ? 64 : (int)text.size, text.data);
    *wall_ms = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute - offset) * 60000 + second * 1000 + ms;
    return true;
}
