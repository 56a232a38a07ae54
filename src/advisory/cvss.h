/* SPDX-License-Identifier: Apache-2.0 */
/* CVSS vectors and their scores, as FIRST specifies them: base, temporal and environmental score of v2.0, v3.0 and v3.1, the
   one score of v4.0 (which includes threat and environment where the vector states them). Pure; scores are whole tenths. */
#ifndef ADVISORY_CVSS_H
#define ADVISORY_CVSS_H

#include "advisory/advisory.h"

enum cvss_version { CVSS_2_0, CVSS_3_0, CVSS_3_1, CVSS_4_0 };

enum { CVSS_NO_SCORE = -1 };

struct cvss {
    enum cvss_version version;
    int score; /* base, or v4.0's one; tenths: 98 = 9.8 */

    /* v3: always, what a vector does not state has no effect. v2: the environmental score if the vector sets one of its
       metrics, the temporal one if it sets one of either; else CVSS_NO_SCORE. v4: CVSS_NO_SCORE. */
    int temporal;
    int environmental;
};

/* Accepts metrics in any order, each once, all base metrics present, values in their own case; a score in front
   ("7.5/CVSS:3.0/…") and, but for v2, a '/' at the end are dropped, since feeds have both. v2 has no prefix and may stand
   in parentheses. False for everything else. */
bool cvss_parse(struct view vector, struct cvss *cvss);

/* The qualitative scale of the vector's version; a score of 0.0, "none", is SEVERITY_NEGLIGIBLE. */
enum severity cvss_severity(const struct cvss *cvss);

#endif
