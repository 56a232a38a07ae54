/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_call.h"

enum { ROWS_DEFAULT = 20, OUTPUT_BYTES_MAX = 8 << 20, LABEL_WIDTH = 16 };

static const struct option options[] = {
    DATA_OPTION,
    EXPLOITABLE_OPTION,
    HAS_FIX_OPTION,
    KEV_OPTION,
    {"layer", "base|own", "only what is in layers of the base image, or in the others", false},
    {"limit", "COUNT", "so many rows at most (default: 20)", false},
    ORGANIZATION_OPTION,
    {"package", "NAME", "only this package, or those built from this source", false},
    {"packages", NULL, "packages, most dangerous first, instead of vulnerabilities", false},
    {"search", "TEXT", "only those with this text in the name", false},
    SEVERITY_OPTION,
    OPTIONS_END,
};

static void append_line(struct buffer *out, const char *label, struct view value)
{
    if (value.size == 0)
        return;
    image_call_append(out, view_text(label), LABEL_WIDTH);
    image_call_append(out, value, 0);
    buffer_append_byte(out, '\n');
}

static void append_time(struct buffer *out, const char *label, int64_t time_ms)
{
    char text[TIME_TEXT_SIZE];
    time_format(time_ms, text);
    append_line(out, label, view_text(time_ms > 0 ? text : ""));
}

static void append_overview(struct buffer *out, struct arena *arena, const struct image_row *image)
{
    const struct image_counts *counts = &image->counts;
    const int64_t *severity = counts->by_severity;
    append_line(out, "image", image->reference);
    append_line(out, "platform", image->platform);
    append_line(out, "digest", image->manifest);
    append_line(out, "distribution", image->distribution);
    append_time(out, "built", image->image_created_ms);
    append_time(out, "pushed", image->pushed_ms);
    append_time(out, "last seen", image->last_seen_ms);
    append_time(out, "scanned", image->scanned_ms);
    append_time(out, "advisories of", image->feeds_ms);
    append_line(out, "verdict", view_text(evaluation_outcome_name(image->outcome)));
    append_line(out, "score", arena_format(arena, "%lld", (long long)counts->score));
    for (int i = SCORE_CLASS_COUNT - 1; i > 0; i--) {
        int64_t count = tally_class_count(&counts->tally, i);
        if (count > 0)
            append_line(out, "", arena_format(arena, "  %lld %s", (long long)count, score_class_name(i)));
    }
    append_line(out, "vulnerabilities",
        arena_format(arena, "%lld: %lld critical, %lld high, %lld medium, %lld low, %lld negligible, %lld unknown",
            (long long)counts->vulnerabilities, (long long)severity[SEVERITY_CRITICAL],
            (long long)severity[SEVERITY_HIGH], (long long)severity[SEVERITY_MEDIUM], (long long)severity[SEVERITY_LOW],
            (long long)severity[SEVERITY_NEGLIGIBLE], (long long)severity[SEVERITY_UNKNOWN]));
    append_line(out, "",
        arena_format(arena, "%lld with a fix, %lld without, %lld accepted", (long long)counts->fixable,
            (long long)counts->unfixed, (long long)image->accepted));
    append_line(out, "packages", arena_format(arena, "%lld", (long long)counts->packages));
    append_line(out, "gaps", arena_format(arena, "%lld", (long long)counts->gaps));
}

static void append_finding(struct buffer *out, const struct finding_row *row)
{
    const struct finding *finding = &row->finding;
    const struct vulnerability_facts *facts = finding->facts;
    buffer_append_format(out, "%-11s", severity_name(finding->severity));
    image_call_append(out, finding->id, 20);
    buffer_append_byte(out, ' ');
    image_call_append(out, row->package.name, 24);
    buffer_append_byte(out, ' ');
    image_call_append(out, row->package.version, 20);
    buffer_append_byte(out, ' ');
    image_call_append(out,
        finding->fixed_version_count > 0 ? finding->fixed_versions[0] : view_text(fix_state_name(finding->fix_state)),
        20);
    buffer_append_text(out, row->is_base ? " base" : " own ");
    if (facts != NULL && facts->is_known_exploited)
        buffer_append_text(out, "  known to be exploited");
    else if (facts != NULL && facts->exploit_count > 0)
        buffer_append_text(out, "  public exploit");
    if (facts != NULL && facts->has_epss)
        buffer_append_format(out, "  EPSS %.3f", facts->epss_score);
    buffer_append_byte(out, '\n');
}

static void append_package(struct buffer *out, const struct package_row *row)
{
    static const enum severity shown[] = {
        SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_NEGLIGIBLE};
    image_call_append(out, view_text(package_type_name(row->package.type)), 8);
    image_call_append(out, row->package.name, 28);
    buffer_append_byte(out, ' ');
    image_call_append(out, row->package.version, 20);
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        image_call_append_count(out, tally_count(&row->tally, (struct kind_filter){.severities = 1u << shown[i]}), 5);
    buffer_append_text(out, row->is_base ? "  base  " : "  own   ");
    image_call_append(out, row->path, 0);
    buffer_append_byte(out, '\n');
}

static bool read_layer(const struct command_call *call, enum layer_choice *layers, struct error *err)
{
    struct view word = call_option(call, "layer");
    *layers = view_is(word, "base") ? LAYERS_BASE : view_is(word, "own") ? LAYERS_OWN : LAYERS_ALL;
    return word.size == 0 || *layers != LAYERS_ALL || error_set(err, ERROR_USAGE, "--layer is base or own");
}

static bool append_findings(const struct command_call *call, const struct account_call *account,
    const struct image_row *image, struct buffer *out, struct error *err)
{
    struct finding_query query = {.search = call_option(call, "search"), .package = call_option(call, "package")};
    struct finding_row *items = NULL;
    size_t count = 0, total = 0;
    bool has_more = false;
    if (!image_call_limit(call, ROWS_DEFAULT, &query.page.limit, err) || !image_call_kinds(call, &query.kinds, err) ||
        !read_layer(call, &query.layers, err) ||
        !store_list_findings(account->store, account->arena, account->organization.id, &image->uuid, &query, &items,
            &count, &total, &has_more, err))
        return false;
    buffer_append_format(out, "\n%zu of %zu findings\n", count, total);
    for (size_t i = 0; i < count; i++)
        append_finding(out, &items[i]);
    return true;
}

static bool append_packages(const struct command_call *call, const struct account_call *account,
    const struct image_row *image, struct buffer *out, struct error *err)
{
    struct package_query query = {.search = call_option(call, "search"), .is_by_danger = true};
    struct package_row *items = NULL;
    size_t count = 0, total = 0;
    bool has_more = false;
    if (!image_call_limit(call, ROWS_DEFAULT, &query.page.limit, err) || !image_call_kinds(call, &query.kinds, err) ||
        !read_layer(call, &query.layers, err) ||
        !store_list_packages(account->store, account->arena, account->organization.id, &image->uuid, &query, &items,
            &count, &total, &has_more, err))
        return false;
    buffer_append_format(out, "\n%zu of %zu packages%*sCRIT HIGH  MED  LOW NEGL\n", count, total, 34, "");
    for (size_t i = 0; i < count; i++)
        append_package(out, &items[i]);
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    AUTO_BUFFER out;
    struct image_row image;
    buffer_init(&out, OUTPUT_BYTES_MAX);
    if (!account_call_open(call, &account, err) || !image_call_find(&account, call_argument(call, 0), &image, err))
        return -1;
    append_overview(&out, account.arena, &image);
    bool is_done = call_has_option(call, "packages") ? append_packages(call, &account, &image, &out, err)
                                                     : append_findings(call, &account, &image, &out, err);
    if (!is_done || !buffer_check(&out, "overview of an image", err))
        return -1;
    fwrite(out.data, 1, out.size, call_output(call));
    return 0;
}

const struct command command_image_show = {
    .name = "image show",
    .arguments = "IMAGE",
    .summary = "Show a stored image with its vulnerabilities or packages",
    .details =
        "IMAGE is a row of the server's list: its id, a digest, or a reference with or without host and tag. The overview is\n"
        "followed by the findings that the filters let through, most severe first, or with --packages by the packages that\n"
        "have such findings, most dangerous first. \"tidewaiter explain\" tells all about one of them.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
