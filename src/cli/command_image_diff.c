/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_call.h"

enum { OUTPUT_BYTES_MAX = 8 << 20 };

static const struct option options[] = {
    {"all", NULL, "what is unchanged, too", false},
    DATA_OPTION,
    ORGANIZATION_OPTION,
    OPTIONS_END,
};

static void append_change(struct buffer *out, const struct change_row *change)
{
    static const char marks[IMAGE_CHANGE_COUNT] = {
        [IMAGE_CHANGE_NEW] = '+', [IMAGE_CHANGE_FIXED] = '-', [IMAGE_CHANGE_NONE] = ' '};
    buffer_append_format(out, "%c %-11s", marks[change->change], severity_name(change->severity));
    image_call_append(out, change->vulnerability, 20);
    buffer_append_byte(out, ' ');
    image_call_append(out, change->package, 28);
    buffer_append_byte(out, ' ');
    image_call_append(out, change->before, 0);
    if (change->before.size > 0 && change->after.size > 0)
        buffer_append_text(out, " -> ");
    image_call_append(out, change->after, 0);
    buffer_append_text(out, change->is_fixable && change->after.size > 0 ? "  has a fix\n" : "\n");
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    AUTO_BUFFER out;
    struct image_row before = {0};
    struct image_row after = {0};
    bool has_before = call_argument(call, 1).size > 0;
    struct change_row *items = NULL;
    size_t count = 0;
    size_t counts[IMAGE_CHANGE_COUNT] = {0};
    buffer_init(&out, OUTPUT_BYTES_MAX);
    if (!account_call_open(call, &account, err) ||
        !image_call_find(&account, call_argument(call, has_before ? 1 : 0), &after, err) ||
        (has_before && !image_call_find(&account, call_argument(call, 0), &before, err)) ||
        !store_compare_images(account.store, account.arena, account.organization.id, has_before ? &before.uuid : NULL,
            &after.uuid, &items, &count, err))
        return -1;
    for (size_t i = 0; i < count; i++) {
        counts[items[i].change]++;
        if (items[i].change != IMAGE_CHANGE_NONE || call_has_option(call, "all"))
            append_change(&out, &items[i]);
    }
    buffer_append_format(&out, "%zu new, %zu fixed, %zu unchanged\n", counts[IMAGE_CHANGE_NEW],
        counts[IMAGE_CHANGE_FIXED], counts[IMAGE_CHANGE_NONE]);
    if (!buffer_check(&out, "difference of two images", err))
        return -1;
    fwrite(out.data, 1, out.size, call_output(call));
    return counts[IMAGE_CHANGE_NEW] > 0 ? 1 : 0;
}

const struct command command_image_diff = {
    .name = "image diff",
    .arguments = "OLD [NEW]",
    .summary = "Show what is new and what is fixed between two stored images",
    .details =
        "Both are rows of the server's list, as in \"image show\". With one image it is compared with what its tag named before\n"
        "on the same platform. One line a vulnerability of a package: + new, - fixed. Exit status 1 if there is a new one.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
};
