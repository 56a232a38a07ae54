/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_call.h"
#include "store/base_images.h"

enum { OUTPUT_BYTES_MAX = 8 << 20 };

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    OPTIONS_END,
};

static void append_changes(struct buffer *out, const struct base_update *update)
{
    for (size_t i = 0; i < update->change_count; i++) {
        const struct change_row *change = &update->changes[i];
        if (change->change == IMAGE_CHANGE_NONE)
            continue;
        buffer_append_format(
            out, "    %c %-11s", change->change == IMAGE_CHANGE_NEW ? '+' : '-', severity_name(change->severity));
        image_call_append(out, change->vulnerability, 20);
        buffer_append_byte(out, ' ');
        image_call_append(out, change->package, 28);
        buffer_append_byte(out, ' ');
        image_call_append(out, change->change == IMAGE_CHANGE_NEW ? change->after : change->before, 0);
        buffer_append_byte(out, '\n');
    }
}

static void append_updates(struct buffer *out, const struct base_updates *updates)
{
    buffer_append_text(out, "base image: ");
    image_call_append(out, updates->base.size > 0 ? updates->base : view_text("not known"), 0);
    if (updates->layer_count > 0)
        buffer_append_format(out, ", %zu layers", updates->layer_count);
    if (updates->is_known)
        buffer_append_format(out, ", %lld vulnerabilities", (long long)updates->image.counts.vulnerabilities);
    buffer_append_byte(out, '\n');
    for (size_t i = 0; i < updates->count; i++) {
        const struct base_update *update = &updates->items[i];
        buffer_append_format(out, "  %-12s", base_update_kind_name(update->kind));
        image_call_append(out, update->image.reference, 0);
        buffer_append_format(out, ": removes %zu, adds %zu, leaves %zu\n", update->counts[IMAGE_CHANGE_FIXED],
            update->counts[IMAGE_CHANGE_NEW], update->counts[IMAGE_CHANGE_NONE]);
        append_changes(out, update);
    }
    if (updates->is_known && updates->count == 0)
        buffer_append_text(out, "  no newer image of its repository is known\n");
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    AUTO_BUFFER out;
    struct image_row image = {0};
    struct base_updates updates;
    buffer_init(&out, OUTPUT_BYTES_MAX);
    if (!account_call_open(call, &account, err) || !image_call_find(&account, call_argument(call, 0), &image, err) ||
        !store_list_base_updates(account.store, account.arena, account.organization.id, &image.uuid, &updates, err))
        return -1;
    append_updates(&out, &updates);
    if (!buffer_check(&out, "base image", err))
        return -1;
    fwrite(out.data, 1, out.size, call_output(call));
    return 0;
}

const struct command command_image_base = {
    .name = "image base",
    .arguments = "IMAGE",
    .summary = "Show what a stored image was built on, and what an update of that would remove",
    .details =
        "IMAGE is a row of the server's list, as in \"image show\". Its base is the image of the organization whose layers are its\n"
        "lowest ones, else what its label says. Updates are a rebuild of the same tag, and the newest tag of the repository that\n"
        "changes the first number (major) or a later one (minor); where the repository has custom base images, the recommended\n"
        "ones by its versioning schema. One line a vulnerability of a package in the base's layers: - goes, + comes.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
