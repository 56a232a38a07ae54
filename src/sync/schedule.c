/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/schedule.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MINUTES 1440
#define DAYS_AHEAD_MAX (366 * 9) /* over a year that should leap and does not, 2100 */

enum cron_field { CRON_MINUTE, CRON_HOUR, CRON_DAY, CRON_MONTH, CRON_WEEKDAY, CRON_FIELD_COUNT };

static const struct {
    const char *title;
    int lowest;
    int highest;
    const char *names; /* from the lowest on, three letters each; NULL: none */
} fields[CRON_FIELD_COUNT] = {
    [CRON_MINUTE] = {"minute", 0, 59, NULL},
    [CRON_HOUR] = {"hour", 0, 23, NULL},
    [CRON_DAY] = {"day of the month", 1, 31, NULL},
    [CRON_MONTH] = {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    [CRON_WEEKDAY] = {"day of the week", 0, 7, "sunmontuewedthufrisat"},
};

static const struct {
    const char *name;
    const char *cron;
} short_forms[] = {
    {"@daily", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@yearly", "0 0 1 1 *"},
};

struct cron {
    uint64_t allowed[CRON_FIELD_COUNT]; /* a bit for each value */
    bool is_any[CRON_FIELD_COUNT]; /* the field begins with "*" */
};

static bool wrong(enum cron_field field, struct view text, struct error *err)
{
    return error_set(err, ERROR_INVALID, "\"%.*s\" is no %s: a number from %d to %d, \"*\", a range, a step or a list",
        VIEW_PRINT(text), fields[field].title, fields[field].lowest, fields[field].highest);
}

static bool read_value(enum cron_field field, struct view text, int64_t *value)
{
    const char *names = fields[field].names;
    for (int i = 0; names != NULL && text.size == 3 && names[3 * i] != '\0'; i++) {
        if (view_equal_ignoring_case(text, view_of(names + 3 * i, 3))) {
            *value = fields[field].lowest + i;
            return true;
        }
    }
    bool is_number = text.size > 0 && text.size <= 2;
    for (size_t i = 0; i < text.size; i++)
        is_number = is_number && text.data[i] >= '0' && text.data[i] <= '9';
    return is_number && view_to_integer(text, value) && *value >= fields[field].lowest &&
           *value <= fields[field].highest;
}

/* "*", "5", "1-5", each perhaps with "/2" behind it. */
static bool read_item(struct cron *cron, enum cron_field field, struct view item, struct error *err)
{
    struct view rest = item;
    struct view range = view_cut(&rest, '/');
    bool has_step = range.size < item.size;
    int64_t first = fields[field].lowest, last = fields[field].highest, step = 1;
    if (has_step && (!view_to_integer(rest, &step) || step < 1 || step > last))
        return wrong(field, item, err);
    if (!view_is(range, "*")) {
        struct view end = range;
        struct view start = view_cut(&end, '-');
        bool is_range = start.size < range.size;
        if (!read_value(field, start, &first) || (is_range && !read_value(field, end, &last)) || first > last)
            return wrong(field, item, err);
        if (!is_range && !has_step)
            last = first;
    }
    for (int64_t value = first; value <= last; value += step)
        cron->allowed[field] |= UINT64_C(1) << (field == CRON_WEEKDAY ? value % 7 : value);
    return true;
}

static bool read_field(struct cron *cron, enum cron_field field, struct view text, struct error *err)
{
    cron->is_any[field] = text.size > 0 && text.data[0] == '*';
    for (struct view rest = text; rest.size > 0;) {
        if (!read_item(cron, field, view_cut(&rest, ','), err))
            return false;
    }
    return text.size > 0 && text.data[text.size - 1] != ',' ? true : wrong(field, text, err);
}

static bool read_cron(struct view text, struct cron *cron, struct error *err)
{
    *cron = (struct cron){.allowed = {0}};
    struct view rest = view_trim(text);
    for (int field = 0; field < CRON_FIELD_COUNT; field++) {
        struct view word = view_cut(&rest, ' ');
        rest = view_trim(rest);
        if (word.size == 0)
            return error_set(err, ERROR_INVALID,
                "\"%.*s\" is no schedule: \"off\", a number of hours, or minute, hour, day, month and day of the week as "
                "in \"0 6 * * 6\"",
                VIEW_PRINT(text));
        if (!read_field(cron, (enum cron_field)field, word, err))
            return false;
    }
    return rest.size == 0 ||
           error_set(err, ERROR_INVALID, "\"%.*s\" has more than the five fields of a schedule", VIEW_PRINT(text));
}

struct date {
    int month; /* 1 … 12 */
    int day; /* 1 … 31 */
    int weekday; /* 0 = Sunday */
};

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Of a day counted from 1970-01-01, in the Gregorian calendar. */
static struct date date_of(int64_t days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date date = {.month = 1, .weekday = (int)((days + 4) % 7)}; /* the first of them was a Thursday */
    int64_t year = 1970;
    int64_t left = days;
    for (; left >= 365 + is_leap(year); year++)
        left -= 365 + is_leap(year);
    for (int i = 0; i < 12; i++) {
        int length = lengths[i] + (i == 1 && is_leap(year));
        if (left < length)
            break;
        left -= length;
        date.month++;
    }
    date.day = (int)left + 1;
    return date;
}

static bool has(const struct cron *cron, enum cron_field field, int value)
{
    return (cron->allowed[field] >> value & 1) != 0;
}

static bool has_day(const struct cron *cron, int64_t days)
{
    struct date date = date_of(days);
    bool is_day = has(cron, CRON_DAY, date.day);
    bool is_weekday = has(cron, CRON_WEEKDAY, date.weekday);
    bool either = !cron->is_any[CRON_DAY] && !cron->is_any[CRON_WEEKDAY];
    return has(cron, CRON_MONTH, date.month) && (either ? is_day || is_weekday : is_day && is_weekday);
}

/* The first minute after it that fits; 0 = none. */
static int64_t next_minute(const struct cron *cron, int64_t after)
{
    int64_t first = after + 1;
    for (int64_t day = first / DAY_MINUTES; day < first / DAY_MINUTES + DAYS_AHEAD_MAX; day++) {
        if (!has_day(cron, day))
            continue;
        int64_t start = day == first / DAY_MINUTES ? first % DAY_MINUTES : 0;
        for (int minute = (int)start; minute < DAY_MINUTES; minute++) {
            if (has(cron, CRON_HOUR, minute / 60) && has(cron, CRON_MINUTE, minute % 60))
                return day * DAY_MINUTES + minute;
        }
    }
    return 0;
}

static struct view long_form(struct view text)
{
    for (size_t i = 0; i < sizeof(short_forms) / sizeof(short_forms[0]); i++) {
        if (view_is(text, short_forms[i].name))
            return view_text(short_forms[i].cron);
    }
    return text;
}

bool schedule_check(struct view text, struct error *err)
{
    struct cron cron;
    int64_t hours = 0;
    if (view_is(text, "off"))
        return true;
    if (text.size > SCHEDULE_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "a schedule has at most %d bytes", SCHEDULE_BYTES_MAX);
    if (view_to_integer(text, &hours))
        return (hours >= 1 && hours <= SCHEDULE_HOURS_MAX) ||
               error_set(err, ERROR_INVALID, "hours are a number from 1 to %d", SCHEDULE_HOURS_MAX);
    if (!read_cron(long_form(text), &cron, err))
        return false;
    return next_minute(&cron, 0) != 0 ||
           error_set(err, ERROR_INVALID, "the day that \"%.*s\" names never comes", VIEW_PRINT(text));
}

int64_t schedule_next_ms(struct view text, int64_t after_ms)
{
    struct cron cron;
    struct error ignored; /* it was checked */
    int64_t hours = 0;
    if (view_is(text, "off"))
        return 0;
    if (view_to_integer(text, &hours))
        return after_ms + hours * HOUR_MS;
    return read_cron(long_form(text), &cron, &ignored) ? next_minute(&cron, after_ms / MINUTE_MS) * MINUTE_MS : 0;
}
