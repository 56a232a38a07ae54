/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_target.h"

#include "daemon/data_dir.h"
#include "finding/explain.h"
#include "image/history.h"
#include "store/accounts.h"
#include "store/explanation_text.h"

#include <string.h>

enum { OUTPUT_BYTES_MAX = 64 << 20, ROWS_MAX = 100 };

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"format", "FORMAT", "text, or markdown for a ticket or the comment of a pull request", false},
    {"scan", NULL, "scan the image now instead of asking the store", false},
    SCAN_VEX_OPTION,
    SCAN_INDEX_OPTIONS,
    SCAN_TARGET_OPTIONS,
    OPTIONS_END,
};

/* The text that grows, and what was asked. */
struct explaining {
    const struct command_call *call;
    struct explanation_writer writer;
    bool is_found;
};

/* What the advisories have to say of a package that the vulnerability is not reported for. */
static bool write_rejections(
    const struct explaining *explaining, const struct lookup *lookup, const struct package *package, struct error *err)
{
    struct match_candidate *candidates = NULL;
    size_t count = 0;
    struct match_question question = {package, clock_system()->wall_ms(clock_system()), true};
    if (lookup == NULL)
        return true;
    if (!match_explain(
            explaining->writer.arena, lookup, &question, call_argument(explaining->call, 1), &candidates, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].rule != MATCH_AFFECTED)
            explanation_write_candidate(&explaining->writer, package, &candidates[i]);
    }
    return true;
}

/* The rejections for all packages of a stored image, by the advisories of the server's own index. */
static bool reject_stored(const struct explaining *explaining, struct store *store, const struct image_row *row,
    int64_t organization, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_INDEX *index = NULL;
    const char *directory;
    struct package_query query = {.page.limit = ROWS_MAX};
    struct package_row *rows;
    size_t count, total;
    bool has_more = true;
    if (!data_dir_find(arena, call_option_text(explaining->call, "data"), &directory, err))
        return false;
    const char *folder = call_option_text(explaining->call, "index");
    if (!index_open(folder == NULL ? data_dir_index(arena, directory) : folder, &index, err))
        return err->code == ERROR_NOT_FOUND;
    while (has_more) {
        if (!store_list_packages(store, arena, organization, &row->uuid, &query, &rows, &count, &total, &has_more, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (!write_rejections(explaining, index_lookup(index), &rows[i].package, err))
                return false;
        }
        has_more = has_more && count > 0;
        if (count > 0)
            query.page.after = rows[count - 1].cursor;
    }
    return true;
}

static bool explain_stored(struct explaining *explaining, struct store *store, const struct account *account,
    const struct image_row *row, struct error *err)
{
    struct arena *arena = explaining->writer.arena;
    struct view vulnerability = call_argument(explaining->call, 1);
    struct explanation explanation;
    if (!store_explain(store, arena, account->organization, &row->uuid, vulnerability, &explanation, err))
        return false;
    explanation_write_stored(
        &explaining->writer, &explanation, vulnerability, explanation_page(arena, &row->uuid, vulnerability));
    explaining->is_found = explaining->is_found || explanation.finding_count > 0;
    return explanation.finding_count > 0 || reject_stored(explaining, store, row, account->organization, err);
}

/* ERROR_NOT_FOUND if there is no store or it has no such image. */
static bool explain_from_store(struct explaining *explaining, struct error *err)
{
    AUTO_STORE *store = NULL;
    struct arena *arena = explaining->writer.arena;
    struct view image = call_argument(explaining->call, 0);
    const char *directory;
    struct account account;
    struct image_row *rows;
    size_t count;
    if (!data_dir_find(arena, call_option_text(explaining->call, "data"), &directory, err))
        return false;
    struct store_options options_of_store = {data_dir_store(arena, directory), clock_system(), true};
    if (!store_open(&options_of_store, &store, err) || !store_ensure_admin(store, arena, &account, err) ||
        !store_resolve_images(store, arena, account.organization, image, ROWS_MAX, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].state == IMAGE_SCANNED && !explain_stored(explaining, store, &account, &rows[i], err))
            return false;
    }
    return explaining->writer.out->size > 0 ||
           error_set(err, ERROR_NOT_FOUND, "image \"%.*s\" has not been scanned yet", VIEW_PRINT(image));
}

/* A package of a scan with its place. */
static struct explained scanned(
    const struct scan_session *session, const struct scan_image *image, size_t i, const struct finding *finding)
{
    const struct inventory_package *installed = &image->inventory.packages[i];
    const struct image_config *config = &image->config;
    const struct manifest *manifest = &image->choice.manifest;
    size_t layer = installed->layer;
    struct explained explained = {.package = &installed->package,
        .finding = finding,
        .paths = &installed->path,
        .path_count = 1,
        .owner = installed->owner,
        .base = image_base_label(config),
        .accepted = finding->accepted};
    if (session->is_directory || layer >= manifest->count)
        return explained;
    explained.layer = digest_view(&manifest->items[layer].digest);
    explained.layer_index = layer;
    explained.layer_count = manifest->count;
    if (config->layer_commands != NULL && config->layer_count == manifest->count)
        explained.created_by = config->layer_commands[layer];
    if (config->base_layer_count > 0)
        explained.origin = layer < config->base_layer_count ? ORIGIN_BASE : ORIGIN_OWN;
    return explained;
}

/* Findings that are there, but do not count in this image. */
static void write_suppressions(
    const struct explaining *explaining, const struct scan_session *session, const struct scan_image *image)
{
    for (size_t i = 0; i < image->suppression_count; i++) {
        const struct suppression *suppression = &image->suppressions[i];
        if (!finding_has_id(&suppression->finding, call_argument(explaining->call, 1)))
            continue;
        struct explained explained = scanned(session, image, suppression->package, &suppression->finding);
        explained.suppressed = suppression->reason;
        explanation_write_finding(&explaining->writer, &explained);
    }
}

static void write_absence(
    const struct explaining *explaining, const struct scan_session *session, const struct scan_image *image)
{
    struct view ecosystem =
        image->inventory.package_count > 0 ? image->inventory.packages[0].package.ecosystem : view_text("unknown");
    struct feed_state *asked = ARENA_ARRAY(session->arena, struct feed_state, session->feed_count);
    size_t count = 0;
    for (size_t i = 0; i < session->feed_count; i++) {
        if (scan_uses_feed(image, &session->feeds[i]))
            asked[count++] = session->feeds[i];
    }
    const struct explained_absence absence = {.vulnerability = call_argument(explaining->call, 1),
        .ecosystems = &ecosystem,
        .ecosystem_count = 1,
        .feeds = asked,
        .feed_count = count,
        .gaps = &image->inventory.gaps};
    explanation_write_absence(&explaining->writer, &absence);
}

static bool reject_image(const struct explaining *explaining, const struct scan_session *session,
    const struct scan_image *image, struct error *err)
{
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        if (!write_rejections(explaining, session->lookup, &image->inventory.packages[i].package, err))
            return false;
    }
    return true;
}

static bool explain_image(struct explaining *explaining, const struct scan_session *session,
    const struct scan_image *image, struct error *err)
{
    bool is_here = false;
    struct view platform =
        session->is_directory ? view_text("") : platform_format(session->arena, &image->config.platform);
    explanation_write_image(&explaining->writer, call_argument(explaining->call, 0), platform, view_text(""));
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        for (size_t j = 0; j < image->findings[i].count; j++) {
            const struct finding *finding = &image->findings[i].items[j];
            if (!finding_has_id(finding, call_argument(explaining->call, 1)))
                continue;
            struct explained explained = scanned(session, image, i, finding);
            explanation_write_finding(&explaining->writer, &explained);
            is_here = true;
        }
    }
    if (!is_here)
        write_absence(explaining, session, image);
    write_suppressions(explaining, session, image);
    explaining->is_found = explaining->is_found || is_here;
    return is_here || reject_image(explaining, session, image, err);
}

static bool explain_by_scan(struct explaining *explaining, struct error *err)
{
    AUTO_SCAN_SESSION session = {0};
    const struct command_call *call = explaining->call;
    const struct scan_session_matching matching = {call_argument(call, 0), clock_system()->wall_ms(clock_system())};
    if (!scan_session_inventory(&session, call, call_argument(call, 0), err) ||
        !scan_session_match(&session, call, &matching, err))
        return false;
    for (size_t i = 0; i < session.image_count; i++) {
        if (!explain_image(explaining, &session, &session.images[i], err))
            return false;
    }
    return true;
}

static bool read_format(const struct command_call *call, bool *is_markdown, struct error *err)
{
    const char *format = call_option_text(call, "format");
    *is_markdown = format != NULL && strcmp(format, "markdown") == 0;
    return format == NULL || *is_markdown || strcmp(format, "text") == 0 ||
           error_set(
               err, ERROR_INVALID, "there is no format \"%s\" of explanations; there are: text, markdown", format);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER out;
    struct explaining explaining = {.call = call, .writer = {.arena = arena, .out = &out}};
    bool wants_scan =
        call_has_option(call, "scan") || call_has_option(call, "vex") || scan_target_is_local(call_argument(call, 0));
    buffer_init(&out, OUTPUT_BYTES_MAX);
    if (!read_format(call, &explaining.writer.is_markdown, err))
        return -1;
    bool is_stored = !wants_scan && explain_from_store(&explaining, err);
    if (!is_stored && !wants_scan && err->code != ERROR_NOT_FOUND)
        return -1;
    if (!is_stored && !explain_by_scan(&explaining, err))
        return -1;
    if (!buffer_check(&out, "explanation", err))
        return -1;
    fwrite(out.data, 1, out.size, call_output(call));
    return explaining.is_found ? 0 : 1;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "IMAGE VULNERABILITY",
    .summary = "Tell why an image has a vulnerability, or why it is not reported",
    .details =
        "Tells how severe it is and why, what to change (the smallest fixed version, the step of the Dockerfile that brought the\n"
        "package, of the base image or the image's own), since when it is known, and the advisories with the rule that decided.\n"
        "IMAGE is a row of the server's list (reference, digest or id), or what \"tidewaiter scan\" takes; an image\n"
        "that the store does not have, or with --vex, is scanned. VULNERABILITY is a CVE or the id of an advisory. If it is not\n"
        "reported, each advisory about it that names a package of the image is shown with the rule that decided.\n"
        "Exit status 0 if it is reported, 1 if not.",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run,
};
