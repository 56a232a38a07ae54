/* SPDX-License-Identifier: Apache-2.0 */
/* What `tidewaiter scan` judges by: the threshold, vulnerability policies, accepted risks, and another image whose findings do
   not count. */
#ifndef CLI_SCAN_GATE_H
#define CLI_SCAN_GATE_H

#include "cli/account_call.h"
#include "cli/scan_target.h"
#include "scan/judge.h"

enum { SCAN_POLICIES_MAX = 100, SCAN_ACCEPT_FILES_MAX = 100 };

#define SCAN_GATE_OPTIONS                                                                                              \
    {"policy", "FILE|NAME", "fail if this vulnerability policy does: a file, or one that the server keeps", true},     \
        DATA_OPTION, ORGANIZATION_OPTION,                                                                              \
        {"accept", "FILE", "findings that these accepted risks cover do not count", true},                             \
        {"only-fixed", NULL, "only findings with a fixed version count", false},                                       \
    {                                                                                                                  \
        "new-since", "REF", "only findings that this other image does not have count", false                           \
    }

/* Zero it, and release it with scan_gate_done in any case. */
struct scan_gate {
    struct arena *arena;
    struct gate gate;
    struct accepted_risk *risks;
    size_t risk_count;
    struct scan_session other; /* of --new-since */
};

void scan_gate_done(struct scan_gate *judged);
#define AUTO_SCAN_GATE CLEANUP(scan_gate_done) struct scan_gate

/* Reads options and files, before anything is fetched. */
bool scan_gate_read(struct scan_gate *judged, const struct command_call *call, struct error *err) MUST_CHECK;

/* Marks findings that are accepted, or known from the other image, which is scanned for that. After matching. */
bool scan_gate_apply(struct scan_gate *judged, const struct command_call *call, struct scan_session *session,
    int64_t now_ms, struct error *err) MUST_CHECK;

#endif
