/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "api/api.h"

#define ORGANIZATION "/rest/orgs/59d6d97e-3106-4ebb-b608-352fad9c5b34"

static const struct {
    enum http_method method;
    const char *target;
    enum request_pace pace;
} cases[] = {
    {METHOD_GET, "/healthz", PACE_READING},
    {METHOD_HEAD, "/healthz", PACE_READING},
    {METHOD_GET, ORGANIZATION "/container_images?limit=10", PACE_READING},
    {METHOD_GET, "/no/such/page", PACE_READING},
    {METHOD_POST, "/admission/59d6d97e-3106-4ebb-b608-352fad9c5b34", PACE_READING},
    {METHOD_POST, "/admission/59d6d97e-3106-4ebb-b608-352fad9c5b34?fail=open", PACE_READING},
    {METHOD_POST, "/admission/59d6d97e-3106-4ebb-b608-352fad9c5b34/secret", PACE_READING},
    {METHOD_POST, ORGANIZATION "/accepted_risks", PACE_WRITING},
    {METHOD_POST, "/no/such/page", PACE_WRITING},
    {METHOD_PATCH, ORGANIZATION "/projects/59d6d97e-3106-4ebb-b608-352fad9c5b34", PACE_WRITING},
    {METHOD_DELETE, ORGANIZATION "/accepted_risks/59d6d97e-3106-4ebb-b608-352fad9c5b34", PACE_WRITING},
    {METHOD_POST, ORGANIZATION "/vex_documents?version=2025-09-17", PACE_SLOW}, /* megabytes of claims */
    {METHOD_POST, ORGANIZATION "/package_scans", PACE_SLOW},
    {METHOD_POST, "/rest/session", PACE_SLOW}, /* a password's key */
    {METHOD_POST, "/hooks/google/59d6d97e-3106-4ebb-b608-352fad9c5b34/secret", PACE_SLOW}, /* asks for keys */
    {METHOD_POST, "/hooks/harbor/59d6d97e-3106-4ebb-b608-352fad9c5b34/secret", PACE_WRITING},
};

static void chooses_by_what_the_operation_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct request request = {.method = cases[i].method, .target = view_text(cases[i].target)};
        if (api_pace(&request) != cases[i].pace)
            fail_msg("case %zu: \"%s\" has pace %d, not %d", i, cases[i].target, (int)api_pace(&request),
                (int)cases[i].pace);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_by_what_the_operation_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
