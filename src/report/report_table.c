/* SPDX-License-Identifier: Apache-2.0 */
/* For a terminal: what was scanned, the findings from the worst down, the gaps, the verdict. */
#include "report/rows.h"

#include "base/text.h"

enum {
    COLUMN_COUNT = 7,
    LIKELIHOOD = 2,
    CELL_WIDTH_MAX = 40,
    CELL_BYTES_MAX = 1000,
    UNATTRIBUTED_NAMED_MAX = 3,
    TYPE_WIDTH_MIN = 4
};

/* Characters, not bytes: good enough for columns of mostly ASCII. */
static size_t width_of(struct view text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.size; i++)
        width += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return width;
}

/* Printable text, padded with spaces to `width`. */
static void append_cell(struct buffer *out, struct view text, size_t width)
{
    size_t start = out->size;
    text_append_printable(out, view_slice(text, 0, CELL_BYTES_MAX));
    for (size_t used = width_of(view_from(buffer_view(out), start)); used < width; used++)
        buffer_append_byte(out, ' ');
}

static const char *color_of(enum severity severity)
{
    static const char *const colors[SEVERITY_COUNT] = {
        [SEVERITY_UNKNOWN] = "\x1b[36m",
        [SEVERITY_NEGLIGIBLE] = "\x1b[2m",
        [SEVERITY_LOW] = "\x1b[34m",
        [SEVERITY_MEDIUM] = "\x1b[33m",
        [SEVERITY_HIGH] = "\x1b[31m",
        [SEVERITY_CRITICAL] = "\x1b[1;31m",
    };
    return colors[severity];
}

static struct view fix_text(struct arena *arena, const struct finding *finding)
{
    if (finding->fixed_version_count == 0)
        return view_text(finding->fix_state == FIX_NONE ? "no fix" : fix_state_name(finding->fix_state));
    if (finding->fixed_version_count == 1)
        return finding->fixed_versions[0];
    return arena_format(arena, "%.*s (+%zu)", VIEW_PRINT(finding->fixed_versions[0]), finding->fixed_version_count - 1);
}

/* How likely it is that somebody uses it: "KEV" = somebody does, else the probability by EPSS. */
static struct view likelihood(struct arena *arena, const struct vulnerability_facts *facts)
{
    if (facts != NULL && facts->is_known_exploited)
        return view_text("KEV");
    return facts != NULL && facts->has_epss ? arena_format(arena, "%.1f %%", facts->epss_score * 100) : view_text("");
}

static void fill_cells(struct arena *arena, const struct report_row *row, struct view cells[COLUMN_COUNT])
{
    cells[0] = row->finding->id;
    cells[1] = report_severity(arena, row->finding);
    cells[LIKELIHOOD] = likelihood(arena, row->finding->facts);
    cells[3] = row->installed->package.name;
    cells[4] = row->installed->package.version;
    cells[5] = fix_text(arena, row->finding);
    cells[6] = arena_format(arena, "%u", row->installed->layer);
}

static void write_row(
    const struct view cells[COLUMN_COUNT], const size_t widths[COLUMN_COUNT], const char *color, struct buffer *out)
{
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        if (widths[column] == 0)
            continue;
        bool is_last = column + 1 == COLUMN_COUNT;
        bool is_colored = color != NULL && column == 1;
        buffer_append_text(out, is_colored ? color : "");
        append_cell(out, cells[column], is_last ? 0 : widths[column]);
        buffer_append_text(out, is_colored ? "\x1b[0m" : "");
        buffer_append_text(out, is_last ? "\n" : "  ");
    }
}

static void write_rows(
    const struct report *report, const struct report_row_list *rows, struct arena *arena, struct buffer *out)
{
    static const struct view titles[COLUMN_COUNT] = {VIEW_LITERAL("VULNERABILITY"), VIEW_LITERAL("SEVERITY"),
        VIEW_LITERAL("EPSS"), VIEW_LITERAL("PACKAGE"), VIEW_LITERAL("INSTALLED"), VIEW_LITERAL("FIXED IN"),
        VIEW_LITERAL("LAYER")};
    size_t widths[COLUMN_COUNT];
    struct view cells[COLUMN_COUNT];
    bool has_likelihood = false;
    for (size_t column = 0; column < COLUMN_COUNT; column++)
        widths[column] = titles[column].size;
    for (size_t i = 0; i < rows->count; i++) {
        fill_cells(arena, &rows->items[i], cells);
        has_likelihood = has_likelihood || cells[LIKELIHOOD].size > 0;
        for (size_t column = 0; column < COLUMN_COUNT; column++) {
            size_t width = width_of(cells[column]);
            width = width < CELL_WIDTH_MAX ? width : CELL_WIDTH_MAX;
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    if (!has_likelihood)
        widths[LIKELIHOOD] = 0; /* nothing is known: no column */
    write_row(titles, widths, NULL, out);
    for (size_t i = 0; i < rows->count; i++) {
        fill_cells(arena, &rows->items[i], cells);
        write_row(cells, widths, report->is_colored ? color_of(rows->items[i].finding->severity) : NULL, out);
    }
}

/* Programs that no package accounts for: their number, and a few by name. */
static void write_unattributed(const struct unattributed_list *list, struct buffer *out)
{
    if (list->count == 0)
        return;
    buffer_append_format(out, "\nunattributed: %zu program%s", list->count, list->count == 1 ? "" : "s");
    for (size_t i = 0; i < list->count && i < UNATTRIBUTED_NAMED_MAX; i++) {
        buffer_append_text(out, i == 0 ? " (" : ", ");
        append_cell(out, list->items[i], 0);
    }
    buffer_append_text(out, list->count > UNATTRIBUTED_NAMED_MAX ? ", …)" : ")");
}

static void write_head(const struct report *report, struct arena *arena, struct buffer *out)
{
    const struct scan_image *image = report->image;
    const struct distro *distro = &image->inventory.distro;
    append_cell(out, report->reference, 0);
    if (!report->is_directory) {
        buffer_append_text(out, "  ");
        append_cell(out, platform_format(arena, &image->config.platform), 0);
        buffer_append_format(out, "\n%s\nlayers: %zu (%zu fetched, %zu known)", image->choice.manifest.digest.text,
            image->choice.manifest.count, image->layers_fetched, image->layers_cached);
        if (image->config.base_layer_count > 0)
            buffer_append_format(out, ", %zu of the base image", image->config.base_layer_count);
    }
    buffer_append_text(out, "\ndistribution: ");
    append_cell(out,
        distro->pretty_name.size > 0 ? distro->pretty_name
        : distro->id.size > 0        ? distro->id
                                     : view_text("unknown"),
        0);
    buffer_append_format(out, "\npackages: %zu", image->inventory.package_count);
    if (image->inventory.removed_count > 0)
        buffer_append_format(out, " (%zu more %s removed by a later layer)", image->inventory.removed_count,
            image->inventory.removed_count == 1 ? "was" : "were");
    write_unattributed(&image->inventory.unattributed, out);
    buffer_append_text(out, "\n");
}

static void write_feeds(const struct report *report, struct buffer *out)
{
    for (size_t i = 0; i < report->feed_count; i++) {
        const struct feed_state *feed = &report->feeds[i];
        char date[TIME_TEXT_SIZE];
        if (feed->ecosystem.size > 0 && !scan_uses_feed(report->image, feed))
            continue;
        time_format(feed->date_ms, date);
        buffer_append_format(out, "feed: %.*s of %.10s%s%s\n", VIEW_PRINT(feed->name), date,
            feed->is_complete ? "" : ", not complete", feed->is_demo ? ", DEMO DATA" : "");
    }
}

static void write_counts(const struct report_row_list *rows, struct buffer *out)
{
    buffer_append_format(out, "findings: %zu", rows->count);
    for (size_t severity = SEVERITY_COUNT; severity-- > 0;) {
        if (rows->by_severity[severity] > 0)
            buffer_append_format(out, ", %zu %s", rows->by_severity[severity], severity_name((enum severity)severity));
    }
    buffer_append_text(out, "\n");
}

static void write_findings(const struct report *report, struct arena *arena, struct buffer *out)
{
    struct report_row_list rows;
    report_rows(arena, report, &rows);
    write_feeds(report, out);
    write_counts(&rows, out);
    size_t by_vex = report->image->vex == NULL ? 0 : report->image->vex->suppressed_count;
    if (report->image->suppression_count > by_vex)
        buffer_append_format(out,
            "suppressed: %zu of packages inside packages of the distribution (\"tidewaiter explain\" tells why)\n",
            report->image->suppression_count - by_vex);
    struct report_note_list notes = {0};
    report_vex_notes(arena, report, &notes);
    for (size_t i = 0; i < notes.count; i++) {
        append_cell(out, notes.items[i], 0);
        buffer_append_byte(out, '\n');
    }
    if (rows.count == 0)
        return;
    buffer_append_text(out, "\n");
    write_rows(report, &rows, arena, out);
}

static void write_package_list(const struct inventory_package *packages, size_t count, struct buffer *out)
{
    size_t type_width = TYPE_WIDTH_MIN;
    for (size_t i = 0; i < count; i++) {
        size_t width = strlen(package_type_name(packages[i].package.type));
        type_width = width > type_width ? width : type_width;
    }
    for (size_t i = 0; i < count; i++) {
        const struct package *package = &packages[i].package;
        append_cell(out, view_text(package_type_name(package->type)), type_width + 1);
        append_cell(out, package->name, CELL_WIDTH_MAX);
        buffer_append_byte(out, ' ');
        append_cell(out, package->version, 0);
        buffer_append_byte(out, '\n');
    }
}

static void write_packages(const struct inventory *inventory, struct buffer *out)
{
    buffer_append_text(out, "\n");
    write_package_list(inventory->packages, inventory->package_count, out);
    if (inventory->removed_count == 0)
        return;
    buffer_append_text(out, "\nremoved by a later layer, and not counted:\n");
    write_package_list(inventory->removed, inventory->removed_count, out);
}

static void write_gaps(const struct gap_list *gaps, struct buffer *out)
{
    if (gaps->count == 0)
        return;
    buffer_append_format(out, "\nnot everything could be read (%zu):\n", gaps->count);
    for (size_t i = 0; i < gaps->count; i++) {
        const struct gap *gap = &gaps->items[i];
        buffer_append_format(out, "  %s ", gap_kind_name(gap->kind));
        append_cell(out, gap->path, 0);
        buffer_append_text(out, gap->path.size > 0 ? ": " : "");
        append_cell(out, gap->reason, 0);
        buffer_append_format(out, "; %s\n", gap_kind_consequence(gap->kind));
    }
}

static void write_verdict(const struct report *report, struct arena *arena, struct buffer *out)
{
    struct report_note_list notes = {0};
    report_policy_notes(arena, report, &notes);
    buffer_append_format(out, "\nverdict: %s\n", verdict_name(report->verdict->verdict));
    for (size_t i = 0; i < report->verdict->reason_count; i++) {
        buffer_append_text(out, "  ");
        append_cell(out, report->verdict->reasons[i], 0);
        buffer_append_byte(out, '\n');
    }
    if (report->gate->allow_stale)
        buffer_append_text(out, "  old feeds were allowed (--allow-stale)\n");
    if (report->gate->allow_gaps)
        buffer_append_text(out, "  gaps were allowed (--allow-gaps)\n");
    for (size_t i = 0; i < notes.count; i++) {
        buffer_append_text(out, "  ");
        append_cell(out, notes.items[i], 0);
        buffer_append_byte(out, '\n');
    }
}

static void write_all(const struct report *reports, size_t count, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < count; i++) {
        const struct report *report = &reports[i];
        if (i > 0)
            buffer_append_text(out, "\n");
        write_head(report, arena, out);
        if (report->has_findings)
            write_findings(report, arena, out);
        else
            write_packages(&report->image->inventory, out);
        write_gaps(&report->image->inventory.gaps, out);
        if (report->verdict != NULL)
            write_verdict(report, arena, out);
    }
}

const struct report_format report_table = {.name = "table", .write = write_all};
