/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/text.h"
#include "cli/workspace.h"
#include "http/outbound.h"
#include "job/connection_check.h"

enum { ALLOW_MAX = 64 };

static const struct option options[] = {
    {"data", "DIR", "folder of the store; default $XDG_STATE_HOME/tidewaiter", false},
    {"format", "text|json", "how to print; default text", false},
    {"network-allow", "HOST", "addresses that may be connected as the server's own option says; loopback needs it",
        true},
    OPTIONS_END,
};

static void print_json(struct command_call *call, const struct integration *integration,
    const struct connection_report *report, struct buffer *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair(&writer, "integration", integration->name);
    json_pair_boolean(&writer, "ok", report->is_good);
    json_pair_text(&writer, "code", report->is_good ? "ok" : connection_cause_code(report->cause));
    json_pair_text(&writer, "step", connection_step_name(report->step));
    json_pair_optional(&writer, "host", report->host);
    json_pair_optional(&writer, "address", report->address);
    json_pair_optional(&writer, "message", report->message);
    if (!report->is_good)
        json_pair_text(&writer, "advice", connection_cause_advice(report->cause));
    json_pair_integer(&writer, "clock_skew_ms", report->skew_ms);
    json_end_object(&writer);
    buffer_append_byte(out, '\n');
    fprintf(call_output(call), "%.*s", VIEW_PRINT(buffer_view(out)));
}

static void print_text(struct command_call *call, const struct integration *integration,
    const struct connection_report *report, struct buffer *out)
{
    buffer_append_byte(out, '"');
    text_append_printable(out, integration->name);
    buffer_append_format(out, "\": %s", report->is_good ? "ok" : connection_cause_code(report->cause));
    if (!report->is_good)
        buffer_append_format(out, ": %s", connection_cause_meaning(report->cause));
    buffer_append_byte(out, '\n');
    if (!report->is_good)
        buffer_append_format(out, "  step:    %s\n", connection_step_name(report->step));
    if (report->host.size > 0) {
        buffer_append_text(out, "  host:    ");
        text_append_printable(out, report->host);
        if (report->address.size > 0)
            buffer_append_format(out, " (%.*s)", VIEW_PRINT(report->address));
        buffer_append_byte(out, '\n');
    }
    if (report->message.size > 0) {
        buffer_append_text(out, report->is_good ? "  note:    " : "  message: ");
        text_append_printable(out, report->message);
        buffer_append_byte(out, '\n');
    }
    if (!report->is_good)
        buffer_append_format(out, "  to do:   %s\n", connection_cause_advice(report->cause));
    else if (report->skew_ms > CONNECTION_SKEW_MS_MAX || report->skew_ms < -CONNECTION_SKEW_MS_MAX)
        buffer_append_format(out, "  note:    %s\n", connection_cause_meaning(CONNECTION_CAUSE_CLOCK_SKEW));
    fprintf(call_output(call), "%.*s", VIEW_PRINT(buffer_view(out)));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {0};
    AUTO_BUFFER out;
    struct integration found;
    struct connection_report report;
    struct view allowed[ALLOW_MAX];
    size_t count = 0;
    buffer_init(&out, 1u << 20);
    bool is_json = view_is(call_option(call, "format"), "json");
    if (!is_json && call_has_option(call, "format") && !view_is(call_option(call, "format"), "text")) {
        error_set(err, ERROR_USAGE, "option \"--format\" is text or json");
        return -1;
    }
    for (; count < ALLOW_MAX && call_option_at(call, "network-allow", (int)count, &allowed[count]); count++) {
        if (!outbound_check_entry(allowed[count], err))
            return -1;
    }
    if (!workspace_open(call, false, &workspace, err) ||
        !store_find_integration(
            workspace.store, workspace.arena, workspace.account.organization, call_argument(call, 0), &found, err))
        return -1;
    struct connection_setup setup = {.store = workspace.store,
        .keyring = workspace.keyring,
        .network_allow = allowed,
        .network_allow_count = count,
        .tries_max = 1};
    connection_check(
        &setup, workspace.arena, workspace.account.organization, &found, workspace.account.user_name, &report);
    if (is_json)
        print_json(call, &found, &report, &out);
    else
        print_text(call, &found, &report, &out);
    return report.is_good ? 0 : connection_cause_exit_status(report.cause);
}

const struct command command_integration_test = {
    .name = "integration test",
    .arguments = "NAME",
    .summary = "Ask a connected registry for one image, and say what is wrong if that fails",
    .details =
        "Connects, signs in, lists one repository and one tag of it, and reads its manifest and one blob, following the\n"
        "registry's redirect to its storage. On failure it names step, host, address and what to do; the code in the\n"
        "first line is stable, and the exit status goes with it.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
