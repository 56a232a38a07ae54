/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#undef error_set
#undef error_set_errno
#undef error_wrap

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void replace_control_characters(char *text)
{
    for (unsigned char *byte = (unsigned char *)text; *byte != '\0'; byte++) {
        if (*byte < 0x20 || *byte == 0x7f)
            *byte = '?';
    }
}

/* Drops an incomplete UTF-8 sequence that cutting left at the end. */
static void trim_partial_character(char *text)
{
    size_t size = strlen(text);
    size_t start = size;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t expected = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (lead >= 0xc0 && size - (start - 1) < expected)
        text[start - 1] = '\0';
}

static void format_message(struct error *err, const char *format, va_list arguments) PRINTF(2, 0);

static void format_message(struct error *err, const char *format, va_list arguments)
{
    if (vsnprintf(err->message, sizeof(err->message), format, arguments) >= (int)sizeof(err->message))
        trim_partial_character(err->message);
    replace_control_characters(err->message);
}

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    assert(code != ERROR_NONE);
    va_list arguments;
    va_start(arguments, format);
    format_message(err, format, arguments);
    va_end(arguments);
    err->code = code;
    return false;
}

bool error_set_errno(struct error *err, int errno_value, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_message(err, format, arguments);
    va_end(arguments);
    size_t size = strlen(err->message);
    char text[128];
    snprintf(err->message + size, sizeof(err->message) - size, ": %s", strerror_r(errno_value, text, sizeof(text)));
    err->code = errno_value == ENOENT                           ? ERROR_NOT_FOUND
                : errno_value == EACCES || errno_value == EPERM ? ERROR_DENIED
                                                                : ERROR_IO;
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    char before[ERROR_MESSAGE_MAX];
    memcpy(before, err->message, sizeof(before));
    va_list arguments;
    va_start(arguments, format);
    format_message(err, format, arguments);
    va_end(arguments);
    size_t size = strlen(err->message);
    if (snprintf(err->message + size, sizeof(err->message) - size, ": %s", before) >=
        (int)(sizeof(err->message) - size))
        trim_partial_character(err->message);
    return false;
}

static const struct {
    const char *name;
    int exit_status;
} error_codes[ERROR_COUNT] = {
    [ERROR_NONE] = {"none", 0},
#define ERROR_CODE(constant, name, exit_status, meaning) [ERROR_##constant] = {name, exit_status},
#include "base/error_codes.def"
#undef ERROR_CODE
};

const char *error_code_name(enum error_code code)
{
    assert(code < ERROR_COUNT);
    return error_codes[code].name;
}

int error_exit_status(enum error_code code)
{
    assert(code < ERROR_COUNT);
    return error_codes[code].exit_status;
}
