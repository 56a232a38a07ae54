/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <unistd.h>

static enum log_format log_format = LOG_FORMAT_TEXT;
static _Atomic enum log_level log_lowest = LOG_WARNING;

static const char *const level_names[LOG_LEVEL_COUNT] = {"debug", "info", "warning", "error"};

enum { LINE_MAX = 16 * 1024 }; /* bytes; a longer line loses its fields */

void log_configure(enum log_format format, enum log_level lowest)
{
    log_format = format;
    log_lowest = lowest;
}

void log_set_level(enum log_level lowest)
{
    log_lowest = lowest;
}

static void write_json(struct buffer *line, enum log_level level, const char *message, const struct log_field *fields)
{
    char now[TIME_TEXT_SIZE];
    time_format(clock_system()->wall_ms(clock_system()), now);
    struct json_writer writer;
    json_writer_init(&writer, line);
    json_begin_object(&writer);
    json_pair_text(&writer, "ts", now);
    json_pair_text(&writer, "level", level_names[level]);
    json_pair_text(&writer, "msg", message);
    for (const struct log_field *field = fields; field->name != NULL; field++)
        json_pair(&writer, field->name, field->value);
    json_end_object(&writer);
    buffer_append_byte(line, '\n');
}

static void write_text(struct buffer *line, enum log_level level, const char *message, const struct log_field *fields)
{
    buffer_append_format(line, "tidewaiter: %s: %s", level_names[level], message);
    for (const struct log_field *field = fields; field->name != NULL; field++) {
        buffer_append_format(line, " %s=\"", field->name);
        text_append_printable(line, field->value);
        buffer_append_byte(line, '"');
    }
    buffer_append_byte(line, '\n');
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    if (level < log_lowest)
        return;
    static const struct log_field none[] = {{NULL, {NULL, 0}}};
    AUTO_BUFFER line;
    buffer_init(&line, LINE_MAX);
    for (int attempt = 0; attempt < 2; attempt++) {
        buffer_clear(&line);
        (log_format == LOG_FORMAT_JSON ? write_json : write_text)(&line, level, message, attempt == 0 ? fields : none);
        if (!line.is_full)
            break;
    }
    /* One write per line keeps lines whole when several threads log. A log that cannot be written has nobody to tell. */
    ssize_t written = write(STDERR_FILENO, line.data, line.size);
    (void)written;
}
