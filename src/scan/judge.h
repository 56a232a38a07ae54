/* SPDX-License-Identifier: Apache-2.0 */
/* A scan as vulnerability policies see it, and accepted risks at its findings. Pure. */
#ifndef SCAN_JUDGE_H
#define SCAN_JUDGE_H

#include "scan/scan.h"

/* Marks the findings that the risks of this place cover, the rules and the image itself. Of several risks the first counts. */
void scan_accept(struct arena *arena, const struct accepted_risk *risks, size_t count,
    const struct accepted_place *place, struct scan_image *image);

/* Marks the findings that another image has as well: same vulnerability, package type and name. */
void scan_mark_known(struct scan_image *image, const struct scan_image *other);

/* Whether a finding counts for the gate: not one that is accepted, known, or without the fix that the gate asks for. */
bool scan_finding_counts(const struct gate *gate, const struct finding *finding);

/* What policies ask beside the image: the feeds, and the reasons that keep an answer from being certain. */
struct scan_question {
    const struct feed_state *feeds;
    size_t feed_count;
    const struct view *gaps;
    size_t gap_count;
    const struct view *doubts; /* about feeds */
    size_t doubt_count;
    int64_t now_ms;
};

/* Asks the gate's policies. */
const struct evaluation *scan_evaluate(
    const struct scan_image *image, const struct gate *gate, const struct scan_question *question, struct arena *arena);

#endif
