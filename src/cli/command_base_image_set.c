/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/project_name.h"
#include "store/base_images.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"expression", "REGEX", "of the versioning \"custom\": tags that match are versions of each other", false},
    {"integration", "NAME", "the connected registry, if several have a project of this name", false},
    {"label", "TEXT", "of the versioning \"custom\": what people call it", false},
    {"recommend", "yes|no", "whether updates to it are offered (default: yes)", false},
    {"selected", NULL, "of the versioning \"single-selection\": this is the one of its repository", false},
    {"versioning", "semver|custom|single-selection", "which tag of the repository comes after which", false},
    OPTIONS_END,
};

static bool read_recommended(const struct command_call *call, struct base_image_change *change, struct error *err)
{
    change->has_recommended = call_has_option(call, "recommend");
    change->is_recommended = true;
    return call_yes_or_no(call, "recommend", &change->is_recommended, err);
}

static bool read_versioning(const struct command_call *call, struct base_image_change *change, struct error *err)
{
    struct view given = call_option(call, "versioning");
    change->has_schema = given.size > 0;
    change->expression = call_option(call, "expression");
    change->label = call_option(call, "label");
    change->is_selected = call_has_option(call, "selected");
    if (given.size > 0 && !base_schema_parse(given, &change->schema))
        return error_set(
            err, ERROR_USAGE, "--versioning is semver, custom or single-selection, not \"%.*s\"", VIEW_PRINT(given));
    if ((change->expression.size > 0 || change->label.size > 0) && change->schema != BASE_SCHEMA_CUSTOM)
        return error_set(err, ERROR_USAGE, "--expression and --label go with --versioning custom");
    if (change->is_selected && change->schema != BASE_SCHEMA_SINGLE_SELECTION)
        return error_set(err, ERROR_USAGE, "--selected goes with --versioning single-selection");
    if (change->expression.size > REGEX_BYTES_MAX || change->label.size > BASE_LABEL_BYTES_MAX)
        return error_set(
            err, ERROR_LIMIT, "an expression has at most %d bytes, a label %d", REGEX_BYTES_MAX, BASE_LABEL_BYTES_MAX);
    return true;
}

/* The base image that the project is already, or a new one. */
static bool save(struct workspace *workspace, struct base_image_change *change, struct base_image *saved, bool *is_new,
    struct error *err)
{
    const struct base_image_query query = {.project = change->project, .page = {.limit = 1}};
    struct account *account = &workspace->account;
    struct base_image *items;
    size_t count = 0;
    bool has_more;
    if (!store_list_base_images(
            workspace->store, workspace->arena, account->organization, &query, &items, &count, &has_more, err))
        return false;
    *is_new = count == 0;
    change->has_recommended = change->has_recommended || *is_new;
    return *is_new ? store_add_base_image(workspace->store, workspace->arena, account->organization, change,
                         account->user_name, saved, err)
                   : store_edit_base_image(workspace->store, workspace->arena, account->organization, &items[0].uuid,
                         change, account->user_name, saved, err);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct base_image_change change = {.has_schema = false};
    struct base_image saved = {.is_recommended = false};
    struct project_row project;
    bool is_new = false;
    if (!read_recommended(call, &change, err) || !read_versioning(call, &change, err) ||
        !workspace_open(call, false, &workspace, err) ||
        !project_find(call, &workspace, call_argument(call, 0), false, &project, err))
        return -1;
    change.project = project.uuid;
    if (!save(&workspace, &change, &saved, &is_new, err))
        return -1;
    fprintf(call_output(call), "%s %s\n", is_new ? "added" : "changed", saved.uuid.text);
    return 0;
}

const struct command command_base_image_set = {
    .name = "base-image set",
    .arguments = "PROJECT",
    .summary = "Make a project a base image that others are built on, or change one",
    .details =
        "PROJECT is its id or repository:tag. Where the repository of an image's base has custom base images, updates are\n"
        "looked for among the recommended ones only. The versioning is that of the whole repository: semver takes tags that\n"
        "are MAJOR.MINOR.PATCH by the letter, custom those that match an expression, single-selection the one that is\n"
        "selected. Without one, tags follow each other that differ in their numbers alone. What is not given stays.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
