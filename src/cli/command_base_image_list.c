/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/account_call.h"
#include "store/base_images.h"

static const struct option options[] = {
    DATA_OPTION,
    {"descending", NULL, "the other way round", false},
    ORGANIZATION_OPTION,
    {"repository", "NAME", "only those of this repository, with or without its host", false},
    {"sort", "repository|tag|version", "order (default: that of creation)", false},
    OPTIONS_END,
};

static void print_image(FILE *out, const struct base_image *image)
{
    AUTO_BUFFER line;
    const char *versioning = base_schema_name(image->schema);
    buffer_init(&line, 16 * 1024);
    buffer_append_format(&line, "%s  ", image->uuid.text);
    text_append_printable(&line, image->repository);
    buffer_append_byte(&line, ':');
    text_append_printable(&line, image->tag);
    buffer_append_text(&line, image->is_recommended ? "" : "  not recommended");
    if (versioning[0] != '\0')
        buffer_append_format(&line, "  %s", versioning);
    if (image->expression.size > 0) {
        buffer_append_byte(&line, ' ');
        text_append_printable(&line, image->label.size > 0 ? image->label : image->expression);
    }
    buffer_append_text(&line, image->is_selected ? "  selected\n" : "\n");
    fwrite(line.data, 1, line.size, out);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct view order = call_option(call, "sort");
    struct base_image_query query = {.repository = call_option(call, "repository"),
        .is_falling = call_has_option(call, "descending"),
        .page = {.limit = PAGE_LIMIT_MAX}};
    if (order.size > 0 && !base_order_parse(order, &query.order)) {
        error_set(err, ERROR_USAGE, "--sort is repository, tag or version, not \"%.*s\"", VIEW_PRINT(order));
        return -1;
    }
    if (!account_call_open(call, &account, err))
        return -1;
    for (bool has_more = true; has_more;) {
        struct base_image *items;
        size_t count = 0;
        if (!store_list_base_images(
                account.store, account.arena, account.organization.id, &query, &items, &count, &has_more, err))
            return -1;
        for (size_t i = 0; i < count; i++)
            print_image(call_output(call), &items[i]);
        if (count > 0)
            query.page.after = items[count - 1].cursor;
    }
    return 0;
}

const struct command command_base_image_list = {
    .name = "base-image list",
    .arguments = "",
    .summary = "Show the base images that the organization offers",
    .details =
        "One line an image, with its id, what it is and the versioning of its repository. \"version\" orders by repository, and\n"
        "in each by its versioning. What a stored image was built on is told by \"tidewaiter image base\".",
    .options = options,
    .run = run,
};
