/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target is: tests/fuzz/<name>_fuzz.c with this one function. libFuzzer calls it with what it makes up;
   replay.c calls it with every file of corpus/<name> and regression/<name>. A broken promise ends the process. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Unlike assert, also in release builds. */
#define FUZZ_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

#endif
