/* SPDX-License-Identifier: Apache-2.0 */
#include "report/explanation.h"

#include "base/clock.h"
#include "base/text.h"
#include "finding/accepted_risk.h"
#include "finding/explain.h"
#include "image/history.h"
#include "report/rows.h"

static void write_label(const struct explanation_writer *writer, const char *label)
{
    enum { WIDTH = 15 };
    if (writer->is_markdown)
        buffer_append_format(writer->out, "* **%s:** ", label);
    else
        buffer_append_format(
            writer->out, "  %s:%*s", label, (int)(strlen(label) < WIDTH ? WIDTH - 1 - strlen(label) : 1), "");
}

void explanation_line(const struct explanation_writer *writer, const char *label, struct view value)
{
    if (value.size == 0)
        return;
    write_label(writer, label);
    if (writer->is_markdown) {
        buffer_append_text(writer->out, "<code>");
        report_append_markdown_words(writer->out, value);
        buffer_append_text(writer->out, "</code>");
    } else {
        text_append_printable(writer->out, value);
    }
    buffer_append_byte(writer->out, '\n');
}

void explanation_words(const struct explanation_writer *writer, const char *label, struct view words)
{
    if (words.size == 0)
        return;
    write_label(writer, label);
    if (writer->is_markdown)
        report_append_markdown_words(writer->out, words);
    else
        text_append_printable(writer->out, words);
    buffer_append_byte(writer->out, '\n');
}

/* A heading of level 2 or 3, or a line of its own. */
static void write_heading(const struct explanation_writer *writer, int level, struct view text)
{
    if (!writer->is_markdown) {
        text_append_printable(writer->out, text);
        buffer_append_byte(writer->out, '\n');
        return;
    }
    buffer_append_text(writer->out, level == 2 ? "## " : "### ");
    report_append_markdown_words(writer->out, text);
    buffer_append_text(writer->out, "\n\n");
}

static struct view join(struct arena *arena, const struct view *items, size_t count)
{
    return report_join(arena, items, count, ", ");
}

void explanation_write_image(
    const struct explanation_writer *writer, struct view reference, struct view platform, struct view permalink)
{
    bool has_platform = platform.size > 0;
    if (writer->out->size > 0)
        buffer_append_byte(writer->out, '\n');
    write_heading(writer, 2,
        arena_format(
            writer->arena, "%.*s%s%.*s", VIEW_PRINT(reference), has_platform ? "  " : "", VIEW_PRINT(platform)));
    explanation_line(writer, "permalink", permalink);
}

static void write_severity(const struct explanation_writer *writer, const struct finding *finding)
{
    struct severity_rating rating;
    bool is_rated = finding->severity_source != NULL && strcmp(finding->severity_source, "none") != 0;
    explanation_words(writer, "severity",
        arena_format(writer->arena, "%s%s%s", severity_name(finding->severity), is_rated ? ", from " : "",
            is_rated ? finding->severity_source : ""));
    explanation_words(writer, "why", severity_reason(writer->arena, finding));
    for (size_t i = 0; finding_rating(finding, i, &rating); i++)
        explanation_line(writer, "rating",
            arena_format(writer->arena, "%.*s %.*s%s%.*s", VIEW_PRINT(rating.type), VIEW_PRINT(rating.score),
                rating.source.size > 0 ? ", by " : "", VIEW_PRINT(rating.source)));
}

static void write_remedy(const struct explanation_writer *writer, const struct explained *explained)
{
    const struct finding *finding = explained->finding;
    struct remedy remedy;
    const struct remedy_question question = {.package = explained->package,
        .finding = finding,
        .origin = explained->origin,
        .base = explained->base,
        .path = explained->path_count > 0 ? explained->paths[0] : view_text(""),
        .owner = explained->owner};
    remedy_find(writer->arena, &question, &remedy);
    explanation_line(writer, "fix",
        finding->fixed_version_count == 0 ? view_text(fix_state_name(finding->fix_state))
                                          : join(writer->arena, finding->fixed_versions, finding->fixed_version_count));
    if (finding->fixed_version_count > 1)
        explanation_line(writer, "smallest fix", remedy.fixed_version);
    if (explained->suppressed.size > 0)
        return;
    explanation_words(writer, "to do", remedy.change);
    explanation_line(writer, "command", remedy.command);
}

static struct view vex_text_of(struct arena *arena, const struct finding_vex *vex)
{
    char time[TIME_TEXT_SIZE];
    time_format(vex->time_ms, time);
    return arena_format(arena, "%s, says document \"%.*s\" of %.*s, %s%s%.*s", vex->status, VIEW_PRINT(vex->document),
        VIEW_PRINT(vex->author), time, vex->statement.size > 0 ? ": " : "", VIEW_PRINT(vex->statement));
}

static struct view accepted_text(struct arena *arena, const struct accepted_risk *risk)
{
    char expires[TIME_TEXT_SIZE];
    time_format(risk->expires_ms, expires);
    return arena_format(arena, "%s (%s)%s%.*s%s%.10s%s%s%.*s", accept_reason_name(risk->reason),
        accept_kind_name(risk->kind), risk->author.size > 0 ? " by " : "", VIEW_PRINT(risk->author),
        risk->expires_ms != 0 ? ", until " : "", risk->expires_ms != 0 ? expires : "",
        risk->until_fixed ? ", until a fix exists" : "", risk->description.size > 0 ? ": " : "",
        VIEW_PRINT(risk->description));
}

/* Which layer, and whose. */
static void write_origin(const struct explanation_writer *writer, const struct explained *explained)
{
    struct arena *arena = writer->arena;
    struct view place = view_text("");
    explanation_line(writer, "layer", explained->layer);
    if (explained->layer_count > 0)
        place = arena_format(arena, "layer %zu of %zu, ", explained->layer_index + 1, explained->layer_count);
    if (explained->origin == ORIGIN_BASE)
        explanation_words(writer, "comes from",
            arena_format(arena, "%.*sof the base image%s%.*s", VIEW_PRINT(place), explained->base.size > 0 ? " " : "",
                VIEW_PRINT(explained->base)));
    else if (explained->origin == ORIGIN_OWN)
        explanation_words(writer, "comes from", arena_format(arena, "%.*sof the image's own", VIEW_PRINT(place)));
    explanation_line(writer, "brought by", instruction_text(arena, explained->created_by));
}

static void write_since(const struct explanation_writer *writer, const struct explained *explained)
{
    char first[TIME_TEXT_SIZE], feed[TIME_TEXT_SIZE];
    time_format(explained->first_ms, first);
    time_format(explained->first_feed_ms, feed);
    if (explained->first_ms != 0)
        explanation_words(writer, "since",
            arena_format(writer->arena, "%.10s%s%.10s", first,
                explained->first_feed_ms != 0 ? ", by advisories of " : "", explained->first_feed_ms != 0 ? feed : ""));
}

void explanation_write_finding(const struct explanation_writer *writer, const struct explained *explained)
{
    const struct package *package = explained->package;
    const struct finding *finding = explained->finding;
    struct arena *arena = writer->arena;
    buffer_append_byte(writer->out, '\n');
    write_heading(writer, 3,
        arena_format(arena, "%.*s in %.*s %.*s", VIEW_PRINT(finding->id), VIEW_PRINT(package->name),
            VIEW_PRINT(package->version)));
    write_severity(writer, finding);
    explanation_write_facts(writer, finding->facts);
    write_remedy(writer, explained);
    if (finding->vex != NULL)
        explanation_line(writer, "VEX", vex_text_of(arena, finding->vex));
    if (explained->accepted != NULL)
        explanation_line(writer, "accepted", accepted_text(arena, explained->accepted));
    explanation_line(writer, "package",
        arena_format(arena, "%.*s %.*s (%s)%s%.*s%s%.*s", VIEW_PRINT(package->name), VIEW_PRINT(package->version),
            package_type_name(package->type), package->source_name.size > 0 ? ", source " : "",
            VIEW_PRINT(package->source_name), package->source_name.size > 0 ? " " : "",
            VIEW_PRINT(package->source_version)));
    explanation_line(writer, "recorded in", join(arena, explained->paths, explained->path_count));
    write_origin(writer, explained);
    write_since(writer, explained);
    explanation_line(writer, "also known as", join(arena, finding->aliases, finding->alias_count));
    explanation_line(writer, "summary", finding->summary);
    explanation_write_evidence(writer, finding);
    explanation_line(writer, "suppressed", explained->suppressed);
}

void explanation_write_candidate(
    const struct explanation_writer *writer, const struct package *package, const struct match_candidate *candidate)
{
    struct arena *arena = writer->arena;
    char modified[TIME_TEXT_SIZE];
    time_format(candidate->modified_ms, modified);
    buffer_append_byte(writer->out, '\n');
    write_heading(writer, 3,
        arena_format(arena, "%snot in %.*s %.*s: %s", writer->is_markdown ? "" : "  ", VIEW_PRINT(package->name),
            VIEW_PRINT(package->version), match_rule_reason(candidate->rule)));
    explanation_line(writer, "rule", view_text(match_rule_name(candidate->rule)));
    explanation_line(writer, "advisory",
        arena_format(arena, "%.*s, feed %s, modified %s", VIEW_PRINT(candidate->advisory), candidate->feed, modified));
    explanation_line(writer, "affects",
        arena_format(arena, "%.*s in %.*s: %.*s", VIEW_PRINT(candidate->name), VIEW_PRINT(candidate->ecosystem),
            VIEW_PRINT(candidate->ranges)));
    bool is_ordered = candidate->order != NULL && candidate->order[0] != '\0';
    explanation_line(writer, "compared",
        arena_format(arena, "%.*s%s%s", VIEW_PRINT(candidate->version), is_ordered ? ", in the order of " : "",
            is_ordered ? candidate->order : ""));
}

void explanation_write_absence(const struct explanation_writer *writer, const struct explained_absence *absence)
{
    struct arena *arena = writer->arena;
    buffer_append_byte(writer->out, '\n');
    write_heading(writer, 3,
        arena_format(arena,
            "%.*s is not reported: no advisory that we have says that it affects a package of this image",
            VIEW_PRINT(absence->vulnerability)));
    explanation_line(writer, "packages of", join(arena, absence->ecosystems, absence->ecosystem_count));
    for (size_t i = 0; i < absence->feed_count; i++) {
        const struct feed_state *feed = &absence->feeds[i];
        char date[TIME_TEXT_SIZE];
        time_format(feed->date_ms, date);
        explanation_line(writer, "asked",
            arena_format(arena, "%.*s of %.10s, %llu records%s", VIEW_PRINT(feed->name), date,
                (unsigned long long)feed->records, feed->is_complete ? "" : ", not complete"));
    }
    for (size_t i = 0; i < absence->gaps->count; i++) {
        const struct gap *gap = &absence->gaps->items[i];
        explanation_line(writer, "gap",
            arena_format(
                arena, "%s %.*s: %.*s", gap_kind_name(gap->kind), VIEW_PRINT(gap->path), VIEW_PRINT(gap->reason)));
    }
}
