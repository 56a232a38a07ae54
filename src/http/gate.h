/* SPDX-License-Identifier: Apache-2.0 */
/* How hard one server is asked, by all clients of this process together: requests at a time, requests a second (a token
   bucket), and a pause for all when the server asked one of us to wait. Bulk work is patient: it leaves one request's room to
   the others, but what waited long goes first, so that it always goes on. Safe for all threads. */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

struct http_gate;

struct http_gate_limits {
    unsigned parallel; /* requests at a time, 1 … 64; 0: 4 */
    unsigned per_minute; /* requests in the mean; a burst of a tenth of it, at least 10, passes at once; 0: no limit */
};

struct http_gate *http_gate_new(const struct http_gate_limits *limits, const struct clock *clock);
void http_gate_free(struct http_gate *gate); /* NULL is fine; when no client uses it any more */

/* Room for a request. Takes it and returns 0; or returns the milliseconds after which to ask again, at least 1. A NULL gate
   always has room. Whoever is patient keeps asking until there is room, or gives up for good. */
int64_t http_gate_enter(struct http_gate *gate, bool is_patient);
void http_gate_leave(struct http_gate *gate);

/* Nobody passes for that long; a shorter pause does not end a longer one. */
void http_gate_pause(struct http_gate *gate, int64_t wait_ms);

/* What the server says is left of its own limit: below a twentieth, requests are spread over the rest of the window. */
void http_gate_note(struct http_gate *gate, int64_t remaining, int64_t limit, int64_t window_ms);

#endif
