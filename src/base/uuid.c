/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uuid.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *bytes, size_t size)
{
    assert(size <= 256); /* getrandom never returns less than asked for up to this size */
    if (getrandom(bytes, size, 0) != (ssize_t)size)
        abort();
}

void uuid_new(struct uuid *uuid)
{
    unsigned char b[16];
    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(uuid->text, sizeof(uuid->text), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

bool uuid_parse(struct view text, struct uuid *uuid)
{
    if (text.size != UUID_TEXT_SIZE)
        return false;
    struct uuid parsed = {0};
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (is_dash ? c != '-' : !is_digit)
            return false;
        parsed.text[i] = c;
    }
    *uuid = parsed;
    return true;
}
