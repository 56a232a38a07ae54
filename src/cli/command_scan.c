/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cli/scan_target.h"

#include <unistd.h>

static const struct option options[] = {
    {"format", "FORMAT", "table, json, cyclonedx, spdx, sarif, junit, csv, markdown or html (default: table)", false},
    {"output", "FILE", "write the report there instead of to standard output", false},
    {"fail-on", "SEVERITY", "fail if a finding is at least negligible, low, medium, high or critical", false},
    {"fail-on-unattributed", NULL, "fail if there are programs that no package accounts for", false},
    {"unknown-severity", "pass|fail", "what a finding without a severity means to the gate", false},
    {"max-feed-age", "DAYS", "feeds older than this cannot tell (default: 7)", false},
    {"allow-stale", NULL, "accept feeds of any age; the report says so", false},
    {"allow-gaps", NULL, "accept gaps that could hide packages; the report says so", false},
    SCAN_VEX_OPTION,
    SCAN_INDEX_OPTIONS,
    SCAN_TARGET_OPTIONS,
    OPTIONS_END,
};

enum { FEED_AGE_DAYS = 7, DAY_MS = 24 * 3600 * 1000 };

static bool read_gate(const struct command_call *call, struct gate *gate, struct error *err)
{
    struct view fail_on = call_option(call, "fail-on");
    struct view unknown = call_option(call, "unknown-severity");
    struct view age = call_option(call, "max-feed-age");
    int64_t days = FEED_AGE_DAYS;
    *gate = (struct gate){.has_threshold = fail_on.size > 0,
        .allow_stale = call_has_option(call, "allow-stale"),
        .allow_gaps = call_has_option(call, "allow-gaps"),
        .fails_on_unattributed = call_has_option(call, "fail-on-unattributed"),
        .unknown_severity_is_set = unknown.size > 0,
        .unknown_severity_fails = view_is(unknown, "fail")};
    if (fail_on.size > 0 && (!severity_parse(fail_on, &gate->fail_on) || gate->fail_on == SEVERITY_UNKNOWN))
        return error_set(err, ERROR_USAGE, "--fail-on \"%.*s\" is none of negligible, low, medium, high, critical",
            VIEW_PRINT(fail_on));
    if (unknown.size > 0 && !view_is(unknown, "pass") && !view_is(unknown, "fail"))
        return error_set(err, ERROR_USAGE, "--unknown-severity is \"pass\" or \"fail\"");
    if (call_has_option(call, "max-feed-age") && (!view_to_integer(age, &days) || days > 36500))
        return error_set(err, ERROR_USAGE, "--max-feed-age is a number of days, at most 36500");
    gate->feed_age_max_ms = days * DAY_MS;
    return true;
}

/* The worst of several platforms: failed over could not tell over passed. */
static int exit_status(const struct verdict_result *verdicts, size_t count)
{
    int status = VERDICT_PASSED;
    for (size_t i = 0; i < count; i++) {
        if (verdicts[i].verdict == VERDICT_FAILED || status == VERDICT_PASSED)
            status = (int)verdicts[i].verdict;
    }
    return status;
}

/* To `path`, or to `out` if that is NULL. */
static bool print(const struct report_format *format, const struct report *reports, size_t count, const char *path,
    FILE *out, struct error *err)
{
    AUTO_BUFFER text;
    buffer_init(&text, REPORT_BYTES_MAX);
    format->write(reports, count, &text);
    if (!buffer_check(&text, "report", err))
        return false;
    if (path != NULL)
        return file_replace(path, buffer_view(&text), err);
    fwrite(text.data, 1, text.size, out);
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_SCAN_SESSION session = {0};
    struct gate gate;
    int64_t now_ms = clock_system()->wall_ms(clock_system());
    struct view format_name = call_has_option(call, "format") ? call_option(call, "format") : view_text("table");
    const struct report_format *format = report_format_named(format_name);
    if (format == NULL) {
        error_set(err, ERROR_USAGE, "there is no format \"%.*s\"", VIEW_PRINT(format_name));
        return -1;
    }
    const struct scan_session_matching matching = {call_argument(call, 0), now_ms};
    if (!read_gate(call, &gate, err) || !scan_session_inventory(&session, call, call_argument(call, 0), err) ||
        !scan_session_match(&session, call, &matching, err))
        return -1;
    const char *output =
        call_has_option(call, "output") ? arena_text(session.arena, call_option(call, "output")) : NULL;
    struct report *reports = ARENA_ARRAY(session.arena, struct report, session.image_count);
    struct verdict_result *verdicts = ARENA_ARRAY(session.arena, struct verdict_result, session.image_count);
    for (size_t i = 0; i < session.image_count; i++) {
        scan_verdict(&session.images[i], session.feeds, session.feed_count, &gate, now_ms, session.arena, &verdicts[i]);
        reports[i] = (struct report){call_argument(call, 0), session.is_directory, &session.images[i], true,
            session.feeds, session.feed_count, &gate, &verdicts[i], session.missing_platforms,
            output == NULL && isatty(fileno(call_output(call))) == 1};
    }
    if (!print(format, reports, session.image_count, output, call_output(call), err))
        return -1;
    return exit_status(verdicts, session.image_count);
}

const struct command command_scan = {
    .name = "scan",
    .arguments = "REF",
    .summary = "Scan one image and print its packages' known vulnerabilities",
    .details =
        "REF is one of\n"
        "  registry.example.com/team/app:1.2[@sha256:…]   an image in a registry (http://… for one without TLS)\n"
        "  oci:DIR[:NAME]  oci-archive:FILE[:NAME]        an OCI image layout, as a folder or a tar\n"
        "  docker-archive:FILE[:REF]                      what \"docker save\" writes\n"
        "  dir:PATH                                       a root file system\n"
        "  sbom:FILE                                      CycloneDX or SPDX 2, as JSON\n"
        "  purls:FILE                                     package URLs, one a line (\"-\": standard input)\n\n"
        "Advisories come from the index that \"tidewaiter feed update\" makes; nothing is downloaded unasked.\n"
        "What a VEX document says is not affected or fixed in this image is suppressed, with its reason; of several\n"
        "statements about one finding the newest counts.\n"
        "Credentials come from TIDEWAITER_REGISTRY_USERNAME and TIDEWAITER_REGISTRY_PASSWORD, or from Docker's\n"
        "config.json.\n\n"
        "Exit status: 0 passed, 1 failed, 2 could not tell (no complete or recent feed, a gap that could hide\n"
        "packages, a finding without severity); 3 and above: an error, one number for each cause; 64: wrong\n"
        "usage. Without --fail-on the answer is 0 or 2.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
