/* SPDX-License-Identifier: Apache-2.0 */
/* The queue: order, leases, retries, recovery. The clock is moved by hand. */
#include "tests/unit/store/store_fixture.h"

static struct uuid enqueue(struct fixture *fixture, const char *key, int lane, bool expect_new)
{
    struct error err;
    struct uuid uuid;
    bool is_new = false;
    struct job_new job = {.organization = fixture->account.organization,
        .kind = view_text("test"),
        .key = view_text(key),
        .payload = view_text("{}"),
        .lane = lane};
    assert_ok(store_enqueue_job(fixture->store, &job, &uuid, &is_new, &err), &err);
    assert_int_equal(is_new, expect_new);
    return uuid;
}

static bool lease_as(struct fixture *fixture, const char *owner, struct job *job)
{
    struct error err;
    bool found = false;
    struct job_lease lease = {.owner = view_text(owner), .lease_ms = 1000};
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, job, &err), &err);
    return found;
}

static enum job_state state_of(struct fixture *fixture, const struct uuid *uuid)
{
    struct error err;
    struct job job;
    assert_ok(store_find_job(fixture->store, fixture->arena, fixture->account.organization, uuid, &job, &err), &err);
    return job.state;
}

static void leases_the_most_urgent_first_then_the_oldest(void **state)
{
    struct fixture *fixture = *state;
    struct job job;
    enqueue(fixture, "bulk", JOB_LANE_BULK, true);
    enqueue(fixture, "first", JOB_LANE_NORMAL, true);
    enqueue(fixture, "second", JOB_LANE_NORMAL, true);
    enqueue(fixture, "now", JOB_LANE_NOW, true);
    const char *const expected[] = {"now", "first", "second", "bulk"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(lease_as(fixture, "a", &job));
        assert_view_equal(job.key, expected[i]);
        assert_int_equal(job.attempt, 1);
    }
    assert_false(lease_as(fixture, "a", &job));
}

static void queues_each_unfinished_key_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    struct uuid first = enqueue(fixture, "same", JOB_LANE_BULK, true);
    enqueue(fixture, "other", JOB_LANE_NORMAL, true);
    struct uuid second = enqueue(fixture, "same", JOB_LANE_NOW, false); /* moves to the faster lane */
    assert_string_equal(first.text, second.text);
    assert_true(lease_as(fixture, "a", &job));
    assert_string_equal(job.uuid.text, first.text);
    enqueue(fixture, "same", JOB_LANE_NOW, false); /* still running */
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
    enqueue(fixture, "same", JOB_LANE_NOW, true);
    enqueue(fixture, "", JOB_LANE_NOW, true);
    enqueue(fixture, "", JOB_LANE_NOW, true);
    struct uuid uuid;
    bool is_new = false;
    struct job_new theirs = {.organization = fixture_other_organization(fixture),
        .kind = view_text("test"),
        .key = view_text("same"),
        .payload = view_text("{}")};
    assert_ok(store_enqueue_job(fixture->store, &theirs, &uuid, &is_new, &err), &err);
    assert_true(is_new);
    char *large = calloc(1, JOB_PAYLOAD_BYTES_MAX + 1);
    theirs.payload = view_of(large, JOB_PAYLOAD_BYTES_MAX + 1);
    assert_fails(store_enqueue_job(fixture->store, &theirs, &uuid, &is_new, &err), &err, ERROR_LIMIT);
    free(large);
}

static void gives_a_job_whose_lease_ran_out_to_another(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job lost;
    struct job job;
    bool is_cancelled = true;
    int64_t next_ms = 0;
    enqueue(fixture, "one", JOB_LANE_NORMAL, true);
    assert_true(lease_as(fixture, "a", &lost));
    fixture->clock.now_ms += 999;
    assert_false(lease_as(fixture, "b", &job));
    assert_ok(store_extend_job(fixture->store, &lost, 1000, &is_cancelled, &err), &err);
    assert_false(is_cancelled);
    assert_ok(store_next_job_ms(fixture->store, &next_ms, &err), &err);
    assert_int_equal(next_ms, fixture->clock.now_ms + 1000);
    fixture->clock.now_ms += 1000;
    assert_true(lease_as(fixture, "b", &job));
    assert_int_equal(job.attempt, 2);
    assert_fails(store_complete_job(fixture->store, &lost, &err), &err, ERROR_CONFLICT);
    assert_fails(store_extend_job(fixture->store, &lost, 1000, &is_cancelled, &err), &err, ERROR_CONFLICT);
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
    assert_fails(store_complete_job(fixture->store, &job, &err), &err, ERROR_CONFLICT);
}

static void gives_up_a_job_that_no_worker_finishes(void **state)
{
    struct fixture *fixture = *state;
    struct job job;
    struct uuid uuid = enqueue(fixture, "one", JOB_LANE_NORMAL, true);
    for (int i = 0; i < JOB_ATTEMPTS_MAX; i++) {
        assert_true(lease_as(fixture, "a", &job));
        fixture->clock.now_ms += 1000;
    }
    assert_false(lease_as(fixture, "a", &job));
    assert_int_equal(state_of(fixture, &uuid), JOB_FAILED);
}

static void waits_longer_after_each_failure(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    bool is_final = true;
    struct uuid uuid = enqueue(fixture, "one", JOB_LANE_NORMAL, true);
    int64_t wait_ms = 1000;
    for (int i = 1; i < JOB_ATTEMPTS_MAX; i++, wait_ms *= 4) {
        assert_true(lease_as(fixture, "a", &job));
        assert_ok(store_fail_job(fixture->store, &job, view_text("no answer"), true, &is_final, &err), &err);
        assert_false(is_final);
        fixture->clock.now_ms += wait_ms - 1;
        assert_false(lease_as(fixture, "a", &job));
        fixture->clock.now_ms += 1;
    }
    assert_true(lease_as(fixture, "a", &job));
    assert_view_equal(job.error, "no answer");
    assert_ok(store_fail_job(fixture->store, &job, view_text("no answer"), true, &is_final, &err), &err);
    assert_true(is_final);
    assert_int_equal(state_of(fixture, &uuid), JOB_FAILED);
    uuid = enqueue(fixture, "one", JOB_LANE_NORMAL, true);
    assert_true(lease_as(fixture, "a", &job));
    assert_ok(store_fail_job(fixture->store, &job, view_text("refused"), false, &is_final, &err), &err);
    assert_true(is_final);
}

static void takes_back_a_job_of_a_process_that_stops(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    struct uuid uuid = enqueue(fixture, "one", JOB_LANE_NORMAL, true);
    for (int i = 0; i < 2 * JOB_ATTEMPTS_MAX; i++) {
        assert_true(lease_as(fixture, "server", &job));
        assert_int_equal(job.attempt, 1);
        assert_ok(store_return_job(fixture->store, &job, &err), &err);
        assert_int_equal(state_of(fixture, &uuid), JOB_QUEUED);
    }
    assert_fails(store_return_job(fixture->store, &job, &err), &err, ERROR_CONFLICT);
    assert_true(lease_as(fixture, "server", &job));
    assert_ok(store_cancel_job(fixture->store, fixture->account.organization, &uuid, &err), &err);
    assert_ok(store_return_job(fixture->store, &job, &err), &err);
    assert_int_equal(state_of(fixture, &uuid), JOB_CANCELLED);
}

static void takes_back_what_a_previous_life_held(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    struct job other;
    int64_t count = 0;
    enqueue(fixture, "one", JOB_LANE_NORMAL, true);
    enqueue(fixture, "two", JOB_LANE_NORMAL, true);
    assert_true(lease_as(fixture, "server", &job));
    assert_true(lease_as(fixture, "command", &other));
    assert_ok(store_recover_jobs(fixture->store, view_text("server"), &count, &err), &err);
    assert_int_equal(count, 1);
    assert_true(lease_as(fixture, "server", &job));
    assert_view_equal(job.key, "one");
    assert_int_equal(job.attempt, 1);
    assert_ok(store_complete_job(fixture->store, &other, &err), &err);
    /* A job that kills the program each time does not do so for ever. */
    int lives = 0;
    while (lease_as(fixture, "server", &job) || lives == 0) {
        lives++;
        assert_ok(store_recover_jobs(fixture->store, view_text("server"), &count, &err), &err);
        assert_true(lives < 1000);
    }
    assert_true(lives > 5);
}

static void cancels_waiting_jobs_at_once_and_running_ones_on_request(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    bool is_cancelled = false;
    bool is_final = false;
    int64_t organization = fixture->account.organization;
    struct uuid running = enqueue(fixture, "running", JOB_LANE_NOW, true);
    struct uuid waiting = enqueue(fixture, "waiting", JOB_LANE_BULK, true);
    assert_true(lease_as(fixture, "a", &job));
    assert_ok(store_cancel_job(fixture->store, organization, &waiting, &err), &err);
    assert_int_equal(state_of(fixture, &waiting), JOB_CANCELLED);
    assert_fails(store_cancel_job(fixture->store, organization, &waiting, &err), &err, ERROR_CONFLICT);
    assert_fails(
        store_cancel_job(fixture->store, fixture_other_organization(fixture), &running, &err), &err, ERROR_NOT_FOUND);
    assert_ok(store_cancel_job(fixture->store, organization, &running, &err), &err);
    assert_ok(store_extend_job(fixture->store, &job, 1000, &is_cancelled, &err), &err);
    assert_true(is_cancelled);
    assert_ok(store_fail_job(fixture->store, &job, view_text("stopped"), true, &is_final, &err), &err);
    assert_true(is_final);
    assert_int_equal(state_of(fixture, &running), JOB_CANCELLED);
}

static void counts_lists_and_forgets_jobs(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    struct job *items = NULL;
    size_t count = 0;
    bool has_more = false;
    int64_t counts[JOB_STATE_COUNT];
    int64_t organization = fixture->account.organization;
    struct page_request page = {.limit = 2};
    enqueue(fixture, "1", JOB_LANE_NORMAL, true);
    enqueue(fixture, "2", JOB_LANE_NORMAL, true);
    enqueue(fixture, "3", JOB_LANE_NORMAL, true);
    assert_true(lease_as(fixture, "a", &job));
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
    assert_ok(store_count_jobs(fixture->store, organization, view_text("test"), counts, &err), &err);
    assert_int_equal(counts[JOB_QUEUED], 2);
    assert_int_equal(counts[JOB_DONE], 1);
    assert_ok(store_count_jobs(fixture->store, organization, view_text("other"), counts, &err), &err);
    assert_int_equal(counts[JOB_QUEUED], 0);
    assert_ok(store_list_jobs(fixture->store, fixture->arena, organization, view_text(""), 0, &page, &items, &count,
                  &has_more, &err),
        &err);
    assert_int_equal(count, 2);
    assert_true(has_more);
    assert_view_equal(items[0].key, "3");
    assert_ok(store_list_jobs(fixture->store, fixture->arena, organization, view_text("test"), 1u << JOB_DONE, &page,
                  &items, &count, &has_more, &err),
        &err);
    assert_int_equal(count, 1);
    fixture->clock.now_ms += JOB_KEPT_MS;
    assert_ok(store_prune_jobs(fixture->store, &err), &err);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM jobs"), 3);
    fixture->clock.now_ms++;
    assert_ok(store_prune_jobs(fixture->store, &err), &err);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM jobs"), 2);
    const char *const kinds[] = {"other", NULL};
    struct job_lease lease = {.owner = view_text("a"), .kinds = kinds, .lease_ms = 1000};
    bool found = true;
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &job, &err), &err);
    assert_false(found);
}

struct counting_watcher {
    struct job_watcher watcher; /* first */
    int count;
};

static void count_queued(struct job_watcher *watcher)
{
    ((struct counting_watcher *)watcher)->count++;
}

static void tells_its_watcher_of_new_jobs_that_may_run(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct uuid uuid;
    bool is_new = false;
    struct counting_watcher watcher = {{count_queued}, 0};
    struct job_new later = {.organization = fixture->account.organization,
        .kind = view_text("test"),
        .not_before_ms = fixture->clock.now_ms + 1};
    struct job_new refused = {.organization = fixture->account.organization};
    store_watch_jobs(fixture->store, &watcher.watcher);
    enqueue(fixture, "1", JOB_LANE_NOW, true);
    assert_int_equal(watcher.count, 1);
    enqueue(fixture, "1", JOB_LANE_NOW, false);
    assert_fails(store_enqueue_job(fixture->store, &refused, &uuid, &is_new, &err), &err, ERROR_INVALID);
    assert_ok(store_enqueue_job(fixture->store, &later, &uuid, &is_new, &err), &err);
    assert_int_equal(watcher.count, 1);
    const struct sync_order order = {.organization = fixture->account.organization,
        .integration = &fixture->integration.uuid,
        .who = view_text("me")};
    assert_ok(store_queue_sync(fixture->store, &order, &err), &err);
    assert_int_equal(watcher.count, 2);
    store_watch_jobs(fixture->store, NULL);
    enqueue(fixture, "2", JOB_LANE_NOW, true);
    assert_int_equal(watcher.count, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(leases_the_most_urgent_first_then_the_oldest),
        TEST(queues_each_unfinished_key_once),
        TEST(gives_a_job_whose_lease_ran_out_to_another),
        TEST(gives_up_a_job_that_no_worker_finishes),
        TEST(waits_longer_after_each_failure),
        TEST(takes_back_a_job_of_a_process_that_stops),
        TEST(takes_back_what_a_previous_life_held),
        TEST(cancels_waiting_jobs_at_once_and_running_ones_on_request),
        TEST(counts_lists_and_forgets_jobs),
        TEST(tells_its_watcher_of_new_jobs_that_may_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
