/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "secret/signature.h"

#include <unistd.h>

/* The first test vector of RFC 8032 §7.1 (an empty message), its key in the forms of RFC 8410. */
static const char private_key[] = "-----BEGIN PRIVATE KEY-----\n"
                                  "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                                  "-----END PRIVATE KEY-----\n";
static const char public_key[] = "-----BEGIN PUBLIC KEY-----\n"
                                 "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                                 "-----END PUBLIC KEY-----\n";
static const unsigned char expected[SIGNATURE_BYTES] = {0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72, 0x90, 0x86,
    0xe2, 0xcc, 0x80, 0x6e, 0x82, 0x8a, 0x84, 0x87, 0x7f, 0x1e, 0xb8, 0xe5, 0xd9, 0x74, 0xd8, 0x73, 0xe0, 0x65, 0x22,
    0x49, 0x01, 0x55, 0x5f, 0xb8, 0x82, 0x15, 0x90, 0xa3, 0x3b, 0xac, 0xc6, 0x1e, 0x39, 0x70, 0x1c, 0xf9, 0xb4, 0x6b,
    0xd2, 0x5b, 0xf5, 0xf0, 0x59, 0x5b, 0xbe, 0x24, 0x65, 0x51, 0x41, 0x43, 0x8e, 0x7a, 0x10, 0x0b};

struct fixture {
    char private_file[40];
    char public_file[40];
    struct error err;
};

static void write_text(char *path, const char *text)
{
    strcpy(path, "/tmp/tidewaiter-key-XXXXXX");
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), (int)strlen(text));
    close(descriptor);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    write_text(fixture->private_file, private_key);
    write_text(fixture->public_file, public_key);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->private_file);
    unlink(fixture->public_file);
    free(fixture);
    return 0;
}

static void signs_as_the_rfc_does(void **state)
{
    struct fixture *fixture = *state;
    unsigned char made[SIGNATURE_BYTES];
    assert_ok(signature_make(fixture->private_file, view_text(""), made, &fixture->err), &fixture->err);
    assert_memory_equal(made, expected, sizeof(made));
    assert_ok(signature_check(fixture->public_file, view_text(""), view_of(made, sizeof(made)), &fixture->err),
        &fixture->err);
}

static void refuses_other_messages_signatures_and_keys(void **state)
{
    struct fixture *fixture = *state;
    unsigned char changed[SIGNATURE_BYTES];
    const char *public = fixture->public_file;
    struct view good = view_of(expected, sizeof(expected));
    memcpy(changed, expected, sizeof(changed));
    changed[63] ^= 1;
    assert_fails(signature_check(public, view_text("x"), good, &fixture->err), &fixture->err, ERROR_REFUSED);
    assert_fails(signature_check(public, view_text(""), view_of(changed, sizeof(changed)), &fixture->err),
        &fixture->err, ERROR_REFUSED);
    assert_fails(
        signature_check(public, view_text(""), view_slice(good, 0, 63), &fixture->err), &fixture->err, ERROR_REFUSED);
    assert_fails(
        signature_check(fixture->private_file, view_text(""), good, &fixture->err), &fixture->err, ERROR_INVALID);
    assert_fails(signature_make(public, view_text(""), changed, &fixture->err), &fixture->err, ERROR_INVALID);
    assert_fails(signature_make("/nowhere", view_text(""), changed, &fixture->err), &fixture->err, ERROR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(signs_as_the_rfc_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_other_messages_signatures_and_keys, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
