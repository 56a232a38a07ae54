/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/workspace.h"
#include "store/integrations.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the store; default $XDG_STATE_HOME/tidewaiter", false},
    OPTIONS_END,
};

static void show(struct buffer *out, const char *label, struct view value)
{
    if (value.size == 0)
        return;
    while (value.size > 0) {
        buffer_append_format(out, "%-18s", label);
        text_append_printable(out, view_cut(&value, '\n'));
        buffer_append_byte(out, '\n');
        label = "";
    }
}

static void show_number(struct arena *arena, struct buffer *out, const char *label, int64_t value)
{
    if (value > 0)
        show(out, label, arena_format(arena, "%lld", (long long)value));
}

static void show_settings(struct arena *arena, struct buffer *out, const struct integration *integration)
{
    const struct integration_settings *settings = &integration->settings;
    show(out, "name", integration->name);
    show(out, "id", view_text(integration->uuid.text));
    show(out, "type", integration->type);
    show(out, "address", integration_address_format(arena, &integration->address));
    show(out, "tls",
        view_text(integration->address.is_plain_http ? "none: plain http" : integration_tls_mode(settings)));
    show(out, "proxy", settings->proxy);
    show(out, "no-proxy", settings->proxy_exceptions);
    show(out, "allowed hosts", settings->allowed_hosts);
    show(out, "token service", settings->token_host);
    show(out, "include", settings->include);
    show(out, "exclude", settings->exclude);
    show_number(arena, out, "max age (days)", settings->age_days_max);
    show_number(arena, out, "max tags", settings->tags_max);
    show_number(arena, out, "max repositories", settings->repositories_max);
    show(out, "scan schedule",
        settings->scan_schedule.size > 0 ? settings->scan_schedule : view_text(SCAN_SCHEDULE_DEFAULT));
    show(out, "applications", view_text(settings->extent.without_applications ? "not counted" : ""));
    show(out, "lock files", view_text(settings->extent.with_lock_files ? "counted" : ""));
    show(out, "webhook", view_text(integration->has_hook ? "on" : "off"));
    show(out, "repositories", arena_format(arena, "%lld", (long long)integration->repository_count));
    show(out, "projects", arena_format(arena, "%lld", (long long)integration->project_count));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {0};
    AUTO_BUFFER out;
    struct integration found;
    struct integration_field *fields;
    size_t count;
    buffer_init(&out, 1u << 20);
    if (!workspace_open(call, false, &workspace, err) ||
        !store_find_integration(
            workspace.store, workspace.arena, workspace.account.organization, call_argument(call, 0), &found, err) ||
        !store_list_integration_fields(
            workspace.store, workspace.arena, workspace.account.organization, found.id, &fields, &count, err))
        return -1;
    show_settings(workspace.arena, &out, &found);
    for (size_t i = 0; i < count; i++)
        show(&out, arena_text(workspace.arena, fields[i].name),
            fields[i].is_secret ? view_text("***") : fields[i].value);
    fprintf(call_output(call), "%.*s", VIEW_PRINT(buffer_view(&out)));
    return 0;
}

const struct command command_integration_show = {
    .name = "integration show",
    .arguments = "NAME",
    .summary = "Show a connected registry, its settings and which credentials it has",
    .details = "Secrets are shown as ***.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
