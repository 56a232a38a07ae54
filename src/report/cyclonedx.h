/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX in the versions and forms that are asked for; the format "cyclonedx" is the newest one in JSON. */
#ifndef REPORT_CYCLONEDX_H
#define REPORT_CYCLONEDX_H

#include "report/report.h"

enum cyclonedx_version { CYCLONEDX_1_4, CYCLONEDX_1_5, CYCLONEDX_1_6, CYCLONEDX_VERSION_COUNT };

struct cyclonedx_form {
    enum cyclonedx_version version;
    bool is_xml;
};

void cyclonedx_write(const struct report *reports, size_t count, struct cyclonedx_form form, struct buffer *out);

#endif
