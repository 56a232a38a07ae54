/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#define REPORT(name) extern const struct report_format report_##name;
#include "report/reports.def"
#undef REPORT

static const struct report_format *const formats[] = {
#define REPORT(name) &report_##name,
#include "report/reports.def"
#undef REPORT
};

const struct report_format *report_format_named(struct view name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (view_is(name, formats[i]->name))
            return formats[i];
    }
    return NULL;
}
