/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cli/scan_by_server.h"
#include "cli/scan_gate.h"

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
    SCAN_GATE_OPTIONS,
    SCAN_SERVER_OPTION,
    SCAN_VEX_OPTION,
    SCAN_INDEX_OPTIONS,
    SCAN_TARGET_OPTIONS,
    OPTIONS_END,
};

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
    AUTO_SCAN_GATE judged = {0};
    const struct gate *gate = &judged.gate;
    int64_t now_ms = clock_system()->wall_ms(clock_system());
    struct view format_name = call_has_option(call, "format") ? call_option(call, "format") : view_text("table");
    const struct report_format *format = report_format_named(format_name);
    if (format == NULL) {
        error_set(err, ERROR_USAGE, "there is no format \"%.*s\"", VIEW_PRINT(format_name));
        return -1;
    }
    if (call_has_option(call, "server"))
        return scan_by_server(call, err);
    const struct scan_session_matching matching = {call_argument(call, 0), now_ms};
    if (!scan_gate_read(&judged, call, err) || !scan_session_inventory(&session, call, call_argument(call, 0), err) ||
        !scan_session_match(&session, call, &matching, err) || !scan_gate_apply(&judged, call, &session, now_ms, err))
        return -1;
    const char *output =
        call_has_option(call, "output") ? arena_text(session.arena, call_option(call, "output")) : NULL;
    struct report *reports = ARENA_ARRAY(session.arena, struct report, session.image_count);
    struct verdict_result *verdicts = ARENA_ARRAY(session.arena, struct verdict_result, session.image_count);
    for (size_t i = 0; i < session.image_count; i++) {
        scan_verdict(&session.images[i], session.feeds, session.feed_count, gate, now_ms, session.arena, &verdicts[i]);
        reports[i] = (struct report){call_argument(call, 0), session.is_directory, &session.images[i], true,
            session.feeds, session.feed_count, gate, &verdicts[i], session.missing_platforms,
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
        "  sbom:FILE                                      CycloneDX (JSON, XML) or SPDX 2 (JSON, tags)\n"
        "  purls:FILE                                     package URLs, one a line (\"-\": standard input)\n\n"
        "Advisories come from the index that \"tidewaiter feed update\" makes; nothing is downloaded unasked.\n"
        "What a VEX document says is not affected or fixed in this image is suppressed, with its reason; of several\n"
        "statements about one finding the newest counts.\n"
        "With --server a running server scans the image if its registry is connected there; what only this machine can\n"
        "read is inventoried here, and the server says what it thinks of the packages. --policy then names policies of\n"
        "the server. Its token comes from TIDEWAITER_TOKEN.\n"
        "Credentials come from TIDEWAITER_REGISTRY_USERNAME and TIDEWAITER_REGISTRY_PASSWORD, or from Docker's\n"
        "config.json.\n\n"
        "Exit status: 0 passed, 1 failed, 2 could not tell (no complete or recent feed, a gap that could hide\n"
        "packages, a finding without severity); 3 and above: an error, one number for each cause; 64: wrong\n"
        "usage. Without --fail-on and --policy the answer is 0 or 2.\n\n"
        "--policy takes a file, or the name of a policy that the server of this machine keeps (see --data).\n"
        "A policy file says what an image may have, an accept file which findings somebody decided to live\n"
        "with, why, and until when; both are JSON or YAML. Accepted findings are shown, but do not count.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
