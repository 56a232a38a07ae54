/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_target.h"

static const struct option options[] = {
    {"format", "table|json|cyclonedx|spdx", "how to print (default: table)", false},
    SCAN_TARGET_OPTIONS,
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_SCAN_SESSION session = {0};
    AUTO_BUFFER text;
    buffer_init(&text, REPORT_BYTES_MAX);
    struct view format_name = call_has_option(call, "format") ? call_option(call, "format") : view_text("table");
    const struct report_format *format = report_format_named(format_name);
    if (format == NULL) {
        error_set(err, ERROR_USAGE, "there is no format \"%.*s\"", VIEW_PRINT(format_name));
        return -1;
    }
    if (format->needs_findings) {
        error_set(err, ERROR_USAGE, "\"%s\" is a report of findings: use \"tidewaiter scan\"", format->name);
        return -1;
    }
    if (!scan_session_inventory(&session, call, call_argument(call, 0), err))
        return -1;
    struct report *reports = ARENA_ARRAY(session.arena, struct report, session.image_count);
    for (size_t i = 0; i < session.image_count; i++)
        reports[i] = (struct report){.reference = call_argument(call, 0),
            .is_directory = session.is_directory,
            .image = &session.images[i],
            .missing_platforms = session.missing_platforms};
    format->write(reports, session.image_count, &text);
    if (!buffer_check(&text, "report", err))
        return -1;
    fwrite(text.data, 1, text.size, call_output(call));
    return 0;
}

const struct command command_packages = {
    .name = "packages",
    .arguments = "REF",
    .summary = "Print the inventory of one image, without matching",
    .details =
        "REF is as for \"tidewaiter scan\". The JSON form has the members image, distribution, packages,\n"
        "removed_packages, gaps and tool of the scan report. What could not be read stands under gaps; the exit\n"
        "status is 0 if the image could be read at all.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .is_plumbing = true,
    .run = run,
};
