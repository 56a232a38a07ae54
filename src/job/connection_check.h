/* SPDX-License-Identifier: Apache-2.0 */
/* Testing a connection: asks the registry step by step, as a sync run would, and says where it ends and why, in words and
   codes that stay the same. Takes as long as the registry; cancellable. */
#ifndef JOB_CONNECTION_CHECK_H
#define JOB_CONNECTION_CHECK_H

#include "job/connection.h"

enum connection_cause {
#define CONNECTION_CAUSE(constant, code, error, meaning, advice) CONNECTION_CAUSE_##constant,
#include "job/connection_causes.def"
#undef CONNECTION_CAUSE
    CONNECTION_CAUSE_COUNT
};

enum connection_step {
    CONNECTION_STEP_SETTINGS, /* its stored settings and credentials */
    CONNECTION_STEP_CONNECT, /* name, address, TLS, sign-in at the token service */
    CONNECTION_STEP_LIST, /* one repository */
    CONNECTION_STEP_TAGS, /* one tag of it */
    CONNECTION_STEP_PULL, /* its manifest and one blob, with the redirect to storage */
    CONNECTION_STEP_DONE,
    CONNECTION_STEP_COUNT
};

struct connection_report {
    bool is_good;
    enum connection_cause cause; /* unless it is good */
    enum connection_step step; /* that failed; CONNECTION_STEP_DONE if it is good */
    struct view message; /* what went wrong; or of what there was nothing to test */
    struct view host; /* that was asked last: the registry, its token service or storage */
    struct view address; /* its address; empty if there was none */
    int64_t skew_ms; /* its clock minus ours; 0 = unknown or the same */
};

#define CONNECTION_SKEW_MS_MAX (INT64_C(5) * 60 * 1000)

const char *connection_cause_code(enum connection_cause cause);
const char *connection_cause_meaning(enum connection_cause cause);
const char *connection_cause_advice(enum connection_cause cause);
int connection_cause_exit_status(enum connection_cause cause);
const char *connection_step_name(enum connection_step step); /* "connect" */

/* Never fails itself: what fails is the report. It lives in the arena. The first good test remembers, on behalf of `who`,
   where the token service is (store_pin_token_host); nothing else changes. */
void connection_check(const struct connection_setup *setup, struct arena *arena, int64_t organization,
    const struct integration *integration, struct view who, struct connection_report *report);

/* What an error of the client means; for tests. `has_credentials`: we told who we are. */
enum connection_cause connection_cause_of(const struct error *err, const struct http_attempt *attempt,
    enum connection_step step, bool has_credentials, int64_t skew_ms);

#endif
