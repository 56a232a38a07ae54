/* SPDX-License-Identifier: Apache-2.0 */
#include "http/gate.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

#define PARALLEL_DEFAULT 4
#define PARALLEL_MAX 64
#define BURST_MIN 10
#define FULL_WAIT_MS 5 /* a request ends soon */
#define MINUTE_MS 60000
#define SPREAD_MS_MAX (60LL * 1000) /* between two requests, however little is left */
#define PATIENCE_MS 500 /* then a patient request goes first */
#define GIVEN_UP_MS 1000 /* who has not asked for that long does not wait any more */

struct http_gate {
    pthread_mutex_t lock;
    const struct clock *clock;
    struct http_gate_limits limits;
    unsigned inside;
    int64_t not_before_ms; /* monotonic */
    int64_t credit; /* requests that may be sent at once, in 1/MINUTE_MS parts */
    int64_t filled_ms; /* when `credit` was counted */
    int64_t spread_ms; /* between two requests, while the server's own limit is nearly reached */
    int64_t spread_until_ms;
    int64_t patient_since_ms; /* when the first patient request that still waits was turned away; 0: none waits */
    int64_t patient_asked_ms; /* when one was turned away last */
};

static int64_t burst(const struct http_gate *gate)
{
    int64_t requests = gate->limits.per_minute / 10;
    return (requests < BURST_MIN ? BURST_MIN : requests) * MINUTE_MS;
}

struct http_gate *http_gate_new(const struct http_gate_limits *limits, const struct clock *clock)
{
    struct http_gate *gate = memory_alloc(sizeof(*gate));
    *gate = (struct http_gate){.clock = clock, .limits = *limits, .filled_ms = clock->monotonic_ms(clock)};
    if (gate->limits.parallel == 0)
        gate->limits.parallel = PARALLEL_DEFAULT;
    if (gate->limits.parallel > PARALLEL_MAX)
        gate->limits.parallel = PARALLEL_MAX;
    gate->credit = burst(gate);
    if (pthread_mutex_init(&gate->lock, NULL) != 0)
        memory_exhausted(0);
    return gate;
}

void http_gate_free(struct http_gate *gate)
{
    if (gate == NULL)
        return;
    pthread_mutex_destroy(&gate->lock);
    free(gate);
}

/* Milliseconds until the bucket holds one request; takes it if there is one. */
static int64_t take_credit(struct http_gate *gate, int64_t now_ms)
{
    int64_t rate = gate->limits.per_minute;
    if (rate == 0)
        return 0;
    int64_t passed_ms = now_ms - gate->filled_ms;
    if (passed_ms > MINUTE_MS)
        passed_ms = MINUTE_MS;
    gate->filled_ms = now_ms;
    gate->credit += passed_ms * rate;
    if (gate->credit > burst(gate))
        gate->credit = burst(gate);
    if (gate->credit < MINUTE_MS)
        return (MINUTE_MS - gate->credit + rate - 1) / rate;
    gate->credit -= MINUTE_MS;
    return 0;
}

/* Requests that may be inside for one of this kind to enter: patient ones leave the last place to the others, until they
   waited long; then the others do. With a single place there is nothing to leave. */
static unsigned room(const struct http_gate *gate, bool is_patient, int64_t now_ms)
{
    bool is_waiting = gate->patient_since_ms != 0 && now_ms - gate->patient_asked_ms < GIVEN_UP_MS;
    bool is_due = is_waiting && now_ms - gate->patient_since_ms >= PATIENCE_MS;
    bool leaves_place = is_patient ? !is_due && gate->limits.parallel > 1 : is_due;
    return gate->limits.parallel - leaves_place;
}

/* Notes that a patient request waits, or no longer. */
static void note_patient(struct http_gate *gate, bool has_entered, int64_t now_ms)
{
    bool is_waiting = gate->patient_since_ms != 0 && now_ms - gate->patient_asked_ms < GIVEN_UP_MS;
    if (has_entered)
        gate->patient_since_ms = 0;
    else if (!is_waiting)
        gate->patient_since_ms = now_ms;
    gate->patient_asked_ms = now_ms;
}

static int64_t enter(struct http_gate *gate, bool is_patient, int64_t now_ms)
{
    if (gate->not_before_ms > now_ms)
        return gate->not_before_ms - now_ms;
    bool has_room = gate->inside < room(gate, is_patient, now_ms);
    if (is_patient)
        note_patient(gate, has_room, now_ms);
    if (!has_room)
        return FULL_WAIT_MS;
    int64_t wait_ms = take_credit(gate, now_ms);
    if (wait_ms > 0)
        return wait_ms;
    if (gate->spread_until_ms > now_ms)
        gate->not_before_ms = now_ms + gate->spread_ms;
    gate->inside++;
    return 0;
}

int64_t http_gate_enter(struct http_gate *gate, bool is_patient)
{
    if (gate == NULL)
        return 0;
    pthread_mutex_lock(&gate->lock);
    int64_t wait_ms = enter(gate, is_patient, gate->clock->monotonic_ms(gate->clock));
    pthread_mutex_unlock(&gate->lock);
    return wait_ms;
}

void http_gate_leave(struct http_gate *gate)
{
    if (gate == NULL)
        return;
    pthread_mutex_lock(&gate->lock);
    gate->inside--;
    pthread_mutex_unlock(&gate->lock);
}

void http_gate_pause(struct http_gate *gate, int64_t wait_ms)
{
    if (gate == NULL)
        return;
    pthread_mutex_lock(&gate->lock);
    int64_t until_ms = gate->clock->monotonic_ms(gate->clock) + wait_ms;
    if (until_ms > gate->not_before_ms)
        gate->not_before_ms = until_ms;
    pthread_mutex_unlock(&gate->lock);
}

void http_gate_note(struct http_gate *gate, int64_t remaining, int64_t limit, int64_t window_ms)
{
    if (gate == NULL || limit <= 0 || window_ms <= 0 || remaining < 0)
        return;
    pthread_mutex_lock(&gate->lock);
    int64_t now_ms = gate->clock->monotonic_ms(gate->clock);
    bool is_low = remaining * 20 < limit;
    int64_t spread_ms = window_ms / (limit > 0 ? limit : 1);
    gate->spread_ms = spread_ms > SPREAD_MS_MAX ? SPREAD_MS_MAX : spread_ms;
    gate->spread_until_ms = is_low ? now_ms + window_ms : 0;
    pthread_mutex_unlock(&gate->lock);
}
