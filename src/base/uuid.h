/* SPDX-License-Identifier: Apache-2.0 */
/* Random identifiers of the API (RFC 9562, version 4), in lower-case text form. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/view.h"

#define UUID_TEXT_SIZE 36

struct uuid {
    char text[UUID_TEXT_SIZE + 1];
};

/* From the kernel's random source; ends the process if there is none. */
void uuid_new(struct uuid *uuid);

/* Any version and either case is accepted; the result is lower case. */
bool uuid_parse(struct view text, struct uuid *uuid);

/* `size` bytes from the kernel's random source (getrandom), at most 256. */
void random_bytes(void *bytes, size_t size);

#endif
