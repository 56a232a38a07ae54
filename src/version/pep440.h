/* SPDX-License-Identifier: Apache-2.0 */
/* Python's versions (PEP 440), for their order and for the specifiers that select them. */
#ifndef VERSION_PEP440_H
#define VERSION_PEP440_H

#include "base/view.h"

#include <stdbool.h>

/* In the order in which a release is followed up to. */
enum pep440_phase { PEP440_ALPHA, PEP440_BETA, PEP440_CANDIDATE, PEP440_FINAL };

struct pep440 {
    struct view epoch; /* digits; empty = 0 */
    struct view release; /* "1.2.3" */
    enum pep440_phase phase;
    struct view phase_number; /* digits, here and below; empty = 0 */
    bool has_post;
    struct view post;
    bool has_dev;
    struct view dev;
    struct view local; /* without '+'; empty = none */
};

/* Any spelling that the specification's appendix B admits, blanks around it included. False for other texts. */
bool pep440_parse(struct view text, struct pep440 *version);

/* -1, 0 or 1. */
int pep440_compare(const struct pep440 *a, const struct pep440 *b);

/* By epoch and release alone, of which the first `count` numbers count. */
int pep440_compare_release(const struct pep440 *a, const struct pep440 *b, size_t count);

/* Numbers in the release. */
size_t pep440_release_count(const struct pep440 *version);

#endif
