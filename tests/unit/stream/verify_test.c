/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stream/trickle.h"

#include "base/digest.h"

static bool verify(const char *content, const struct digest *expected, uint64_t size, struct error *err)
{
    AUTO_BUFFER all;
    buffer_init(&all, 100);
    return read_in_steps(source_verify(source_trickle(view_text(content), 3), expected, size), 4, &all, err);
}

static void passes_what_has_digest_and_size(void **state)
{
    (void)state;
    struct digest expected;
    digest_of(view_text("hello"), &expected);
    struct error err;
    assert_ok(verify("hello", &expected, 5, &err), &err);
    assert_ok(verify("hello", &expected, UINT64_MAX, &err), &err);
}

static void verifies_sha512_as_well(void **state)
{
    (void)state;
    struct digest expected;
    struct error err;
    assert_ok(digest_parse(view_text("sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7"
                                     "2323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043"),
                  &expected, &err),
        &err);
    assert_ok(verify("hello", &expected, 5, &err), &err);
    assert_fails(verify("hellO", &expected, 5, &err), &err, ERROR_CORRUPT);
}

static void refuses_other_content_at_the_end(void **state)
{
    (void)state;
    struct digest expected;
    digest_of(view_text("hello"), &expected);
    struct error err;
    assert_fails(verify("hellO", &expected, 5, &err), &err, ERROR_CORRUPT);
    assert_non_null(strstr(err.message, expected.text));
    assert_fails(verify("", &expected, UINT64_MAX, &err), &err, ERROR_CORRUPT);
}

static void refuses_fewer_and_more_bytes(void **state)
{
    (void)state;
    struct digest expected;
    digest_of(view_text("hello"), &expected);
    struct error err;
    assert_fails(verify("hello", &expected, 6, &err), &err, ERROR_CORRUPT);
    assert_string_not_equal(err.message, "");
    assert_fails(verify("hello", &expected, 4, &err), &err, ERROR_CORRUPT);
    assert_non_null(strstr(err.message, "longer than 4 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_what_has_digest_and_size),
        cmocka_unit_test(verifies_sha512_as_well),
        cmocka_unit_test(refuses_other_content_at_the_end),
        cmocka_unit_test(refuses_fewer_and_more_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
