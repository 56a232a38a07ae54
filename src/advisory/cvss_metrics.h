/* SPDX-License-Identifier: Apache-2.0 */
/* What cvss.c reads and cvss4.c scores: each metric's value as its position in the metric's list of values. */
#ifndef ADVISORY_CVSS_METRICS_H
#define ADVISORY_CVSS_METRICS_H

enum { CVSS_METRICS_MAX = 32, CVSS_ABSENT = -1 };

/* In the order of the specification's table 23, and so of the vector. */
enum cvss4_metric {
    CVSS4_AV,
    CVSS4_AC,
    CVSS4_AT,
    CVSS4_PR,
    CVSS4_UI,
    CVSS4_VC,
    CVSS4_VI,
    CVSS4_VA,
    CVSS4_SC,
    CVSS4_SI,
    CVSS4_SA,
    CVSS4_E,
    CVSS4_CR,
    CVSS4_IR,
    CVSS4_AR,
    CVSS4_MAV,
    CVSS4_MAC,
    CVSS4_MAT,
    CVSS4_MPR,
    CVSS4_MUI,
    CVSS4_MVC,
    CVSS4_MVI,
    CVSS4_MVA,
    CVSS4_MSC,
    CVSS4_MSI,
    CVSS4_MSA,
    CVSS4_COUNT,
};

/* `values` as read with the table in cvss.c; the score in tenths. */
int cvss4_score(const int values[CVSS_METRICS_MAX]);

#endif
