/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka with its own prerequisites, and a few checks on our types. */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/view.h"

#define assert_view_equal(actual, expected)                                                                            \
    do {                                                                                                               \
        struct view assert_actual = (actual);                                                                          \
        if (!view_is(assert_actual, (expected)))                                                                       \
            fail_msg("\"%.*s\" is not \"%s\"", VIEW_PRINT(assert_actual), (expected));                                 \
    } while (0)

/* The call succeeded; otherwise shows its error. */
#define assert_ok(call, err)                                                                                           \
    do {                                                                                                               \
        if (!(call))                                                                                                   \
            fail_msg("%s: %s", #call, (err)->message);                                                                 \
    } while (0)

/* The call failed with this code. */
#define assert_fails(call, err, expected)                                                                              \
    do {                                                                                                               \
        assert_false(call);                                                                                            \
        if ((err)->code != (expected))                                                                                 \
            fail_msg("%s: code %s, not %s: %s", #call, error_code_name((err)->code), error_code_name(expected),        \
                (err)->message);                                                                                       \
    } while (0)

#endif
