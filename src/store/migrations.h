/* SPDX-License-Identifier: Apache-2.0 */
/* The files of migrations/, built into the program: numbered from 1 without holes, forward only, never changed once
   released. */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

#include <stddef.h>

struct embedded {
    const char *name; /* "001_initial.sql"; NULL behind the last */
    const char *bytes;
    size_t size;
};

extern const struct embedded migrations[];

#endif
