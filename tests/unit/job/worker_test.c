/* SPDX-License-Identifier: Apache-2.0 */
/* How soon workers take what is queued. */
#include "job/worker.h"

#include "tests/unit/store/store_fixture.h"

#include <time.h>

enum {
    JOBS = 20,
    /* Workers that only poll need half a second for each of the jobs. */
    ALL_MS_MAX = JOBS * 250,
    END_MS_MAX = 60 * 1000,
};

static int64_t now_ms(void)
{
    return clock_system()->monotonic_ms(clock_system());
}

static void wait_for_end(struct fixture *fixture, const struct uuid *uuid)
{
    struct error err;
    struct job job = {.state = JOB_QUEUED};
    const struct timespec pause = {0, 2 * 1000 * 1000};
    for (int64_t began_ms = now_ms(); job.state != JOB_FAILED; nanosleep(&pause, NULL)) {
        assert_ok(
            store_find_job(fixture->store, fixture->arena, fixture->account.organization, uuid, &job, &err), &err);
        if (now_ms() - began_ms > END_MS_MAX)
            fail_msg("a job did not end");
    }
    assert_view_equal(job.error, "this program does not know jobs of kind \"strange\"");
}

static void workers_take_a_job_when_it_is_queued(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    const struct job_surroundings surroundings = {.store = fixture->store, .index_folder = fixture->folder};
    const struct worker_options options = {&surroundings, view_text("test"), 1};
    const struct job_new given = {.organization = fixture->account.organization, .kind = view_text("strange")};
    struct worker_pool *pool = NULL;
    assert_ok(worker_pool_start(&options, &pool, &err), &err);
    int64_t began_ms = now_ms();
    for (int i = 0; i < JOBS; i++) {
        struct uuid uuid;
        bool is_new = false;
        assert_ok(store_enqueue_job(fixture->store, &given, &uuid, &is_new, &err), &err);
        wait_for_end(fixture, &uuid);
    }
    assert_in_range(now_ms() - began_ms, 0, ALL_MS_MAX);
    worker_pool_stop(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(workers_take_a_job_when_it_is_queued, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
