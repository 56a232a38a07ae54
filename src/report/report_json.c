/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON report; its schema is docs/reference/report.schema.json. One scan is one object; several platforms of an index
   are an array of them. */
#include "report/report.h"

#include "base/json.h"
#include "scan/vex.h"

static void write_time(struct json_writer *writer, const char *name, int64_t time_ms)
{
    char text[TIME_TEXT_SIZE];
    time_format(time_ms, text);
    json_pair_text(writer, name, time_ms == 0 ? NULL : text);
}

static void write_views(struct json_writer *writer, const char *name, const struct view *items, size_t count)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        json_write(writer, items[i]);
    json_end_array(writer);
}

static void write_layers(struct json_writer *writer, const struct scan_image *image)
{
    const struct manifest *manifest = &image->choice.manifest;
    json_key(writer, "layers");
    json_begin_array(writer);
    for (size_t i = 0; i < manifest->count; i++) {
        json_begin_object(writer);
        json_pair(writer, "digest", digest_view(&manifest->items[i].digest));
        if (manifest->items[i].size != DESCRIPTOR_SIZE_UNKNOWN)
            json_pair_integer(writer, "size", (int64_t)manifest->items[i].size);
        json_pair(writer, "media_type", manifest->items[i].media_type);
        if (i < image->config.diff_id_count)
            json_pair(writer, "diff_id", image->config.diff_ids[i]);
        if (image->config.base_layer_count > 0)
            json_pair_boolean(writer, "is_base", i < image->config.base_layer_count);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_image(struct json_writer *writer, struct arena *arena, const struct report *report)
{
    const struct scan_image *image = report->image;
    json_key(writer, "image");
    json_begin_object(writer);
    json_pair(writer, "reference", report->reference);
    if (!report->is_directory) {
        json_pair(writer, "digest", digest_view(&image->choice.manifest.digest));
        json_pair(writer, "platform", platform_format(arena, &image->config.platform));
        json_pair(writer, "config_digest", digest_view(&image->config.digest));
        write_time(writer, "created", image->config.created_ms);
        json_pair_integer(writer, "layers_fetched", (int64_t)image->layers_fetched);
        json_pair_integer(writer, "layers_cached", (int64_t)image->layers_cached);
        json_pair_integer(writer, "missing_platforms", (int64_t)report->missing_platforms);
    }
    write_layers(writer, image);
    json_end_object(writer);
}

/* The ecosystem that covers the distribution's own packages. Which kind these are, only they tell. */
static struct view ecosystem_of(struct arena *arena, const struct inventory *inventory)
{
    struct view ecosystem = view_text("");
    for (size_t i = 0; i < inventory->package_count && ecosystem.size == 0; i++) {
        enum package_type type = inventory->packages[i].package.type;
        if (package_type_is_system(type))
            ecosystem = distro_ecosystem(arena, &inventory->distro, type);
    }
    return ecosystem;
}

static void write_distribution(struct json_writer *writer, struct arena *arena, const struct inventory *inventory)
{
    const struct distro *distro = &inventory->distro;
    json_key(writer, "distribution");
    if (!distro->is_known) {
        json_write_null(writer);
        return;
    }
    json_begin_object(writer);
    json_pair_optional(writer, "id", distro->id);
    if (distro->id_like_count > 0)
        write_views(writer, "id_like", distro->id_like, distro->id_like_count);
    json_pair_optional(writer, "version_id", distro->version_id);
    json_pair_optional(writer, "version", distro->version);
    json_pair_optional(writer, "version_codename", distro->version_codename);
    json_pair_optional(writer, "name", distro->name);
    json_pair_optional(writer, "pretty_name", distro->pretty_name);
    json_pair_optional(writer, "build_id", distro->build_id);
    json_pair_optional(writer, "cpe_name", distro->cpe_name);
    json_pair_optional(writer, "variant_id", distro->variant_id);
    json_pair_optional(writer, "apk_branch", distro->apk_branch);
    if (distro->content_sets.count > 0)
        write_views(writer, "content_sets", distro->content_sets.items, distro->content_sets.count);
    if (distro->products.count > 0)
        write_views(writer, "products", distro->products.items, distro->products.count);
    if (distro->builds.count > 0)
        write_views(writer, "builds", distro->builds.items, distro->builds.count);
    if (distro->is_ubuntu_pro)
        json_pair_boolean(writer, "is_ubuntu_pro", true);
    json_pair_optional(writer, "ecosystem", ecosystem_of(arena, inventory));
    json_end_object(writer);
}

static void write_package(struct json_writer *writer, struct arena *arena, const struct scan_image *image,
    const struct inventory_package *installed)
{
    const struct package *package = &installed->package;
    const struct distro *distro = &image->inventory.distro;
    json_begin_object(writer);
    json_pair(writer, "name", package->name);
    json_pair(writer, "version", package->version);
    json_pair_text(writer, "type", package_type_name(package->type));
    json_pair(writer, "purl", distro_purl(arena, distro, package));
    json_pair_optional(writer, "source_name", package->source_name);
    json_pair_optional(writer, "source_version", package->source_version);
    json_pair_optional(writer, "arch", package->arch);
    json_pair_optional(writer, "epoch", package->epoch);
    json_pair_optional(writer, "release", package->release);
    json_pair_optional(writer, "source_rpm", package->source_rpm);
    json_pair_optional(writer, "modularity", package->modularity);
    json_pair_optional(writer, "vendor", package->vendor);
    json_pair_optional(writer, "ecosystem", package->ecosystem);
    json_pair(writer, "path", installed->path);
    json_pair_integer(writer, "layer", installed->layer);
    if (image->config.base_layer_count > 0)
        json_pair_boolean(writer, "is_base", installed->layer < image->config.base_layer_count);
    json_pair_optional(writer, "owner", installed->owner);
    json_pair_text(writer, "analyzer", installed->analyzer);
    if (installed->licenses.size > 0)
        json_pair_lines(writer, "licenses", installed->licenses);
    json_pair_optional(writer, "commit", installed->commit);
    if (installed->is_third_party)
        json_pair_boolean(writer, "is_third_party", true);
    if (installed->is_development)
        json_pair_boolean(writer, "is_development", true);
    json_end_object(writer);
}

static void write_rating(struct json_writer *writer, const struct severity_rating *rating)
{
    json_begin_object(writer);
    json_pair(writer, "type", rating->type);
    json_pair(writer, "score", rating->score);
    json_pair_optional(writer, "source", rating->source);
    json_end_object(writer);
}

/* What the advisories say, then what else is known of the vulnerability. */
static void write_ratings(struct json_writer *writer, const struct finding *finding)
{
    struct severity_rating rating;
    json_key(writer, "cvss");
    json_begin_array(writer);
    for (size_t i = 0; finding_rating(finding, i, &rating); i++)
        write_rating(writer, &rating);
    json_end_array(writer);
}

static void write_optional_time(struct json_writer *writer, const char *name, int64_t time_ms)
{
    if (time_ms != 0)
        write_time(writer, name, time_ms);
}

/* What is known of the vulnerability, whatever package has it. */
static void write_facts(struct json_writer *writer, const struct vulnerability_facts *facts)
{
    enum { EPSS_DECIMALS = 5 };
    if (facts != NULL && facts->has_epss) {
        json_key(writer, "epss");
        json_begin_object(writer);
        json_key(writer, "score");
        json_write_number(writer, facts->epss_score, EPSS_DECIMALS);
        json_key(writer, "percentile");
        json_write_number(writer, facts->epss_percentile, EPSS_DECIMALS);
        write_optional_time(writer, "date", facts->epss_date_ms);
        json_end_object(writer);
    }
    if (facts != NULL && facts->is_known_exploited) {
        json_key(writer, "kev");
        json_begin_object(writer);
        write_time(writer, "added", facts->kev_added_ms);
        write_optional_time(writer, "due", facts->kev_due_ms);
        json_pair_boolean(writer, "is_used_by_ransomware", facts->is_used_by_ransomware);
        json_end_object(writer);
    }
    if (facts != NULL && facts->exploit_count > 0) {
        json_key(writer, "exploits");
        json_begin_array(writer);
        for (size_t i = 0; i < facts->exploit_count; i++) {
            json_begin_object(writer);
            json_pair(writer, "source", facts->exploits[i].source);
            json_pair(writer, "reference", facts->exploits[i].reference);
            json_end_object(writer);
        }
        json_end_array(writer);
    }
}

/* Nothing if nobody accepted it. */
static void write_accepted(struct json_writer *writer, const struct accepted_risk *risk)
{
    if (risk == NULL)
        return;
    json_key(writer, "accepted");
    json_begin_object(writer);
    accepted_risk_write_members(risk, writer);
    json_end_object(writer);
}

static void write_finding(
    struct json_writer *writer, const struct inventory_package *installed, const struct finding *finding)
{
    json_begin_object(writer);
    json_pair(writer, "id", finding->id);
    write_views(writer, "aliases", finding->aliases, finding->alias_count);
    json_pair(writer, "package", installed->package.name);
    json_pair(writer, "version", installed->package.version);
    json_pair_optional(writer, "arch", installed->package.arch);
    json_pair(writer, "path", installed->path);
    json_pair_integer(writer, "layer", installed->layer);
    json_pair_text(writer, "severity", severity_name(finding->severity));
    json_pair_text(writer, "severity_source", finding->severity_source);
    write_ratings(writer, finding);
    write_facts(writer, finding->facts);
    json_pair_optional(writer, "summary", finding->summary);
    json_pair_text(writer, "fix_state", fix_state_name(finding->fix_state));
    write_views(writer, "fixed_versions", finding->fixed_versions, finding->fixed_version_count);
    if (finding->vex != NULL) {
        json_key(writer, "vex");
        finding_vex_write(writer, finding->vex, false);
    }
    json_key(writer, "evidence");
    json_begin_array(writer);
    for (size_t i = 0; i < finding->evidence_count; i++)
        finding_evidence_write(writer, &finding->evidence[i], false);
    json_end_array(writer);
    write_accepted(writer, finding->accepted);
    if (finding->is_known)
        json_pair_boolean(writer, "known", true);
    json_end_object(writer);
}

static void write_findings(struct json_writer *writer, const struct scan_image *image)
{
    json_key(writer, "findings");
    json_begin_array(writer);
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        for (size_t j = 0; j < image->findings[i].count; j++)
            write_finding(writer, &image->inventory.packages[i], &image->findings[i].items[j]);
    }
    json_end_array(writer);
}

static void write_suppressions(struct json_writer *writer, const struct scan_image *image)
{
    json_key(writer, "suppressed");
    json_begin_array(writer);
    for (size_t i = 0; i < image->suppression_count; i++) {
        const struct suppression *suppression = &image->suppressions[i];
        const struct inventory_package *installed = &image->inventory.packages[suppression->package];
        json_begin_object(writer);
        json_pair(writer, "id", suppression->finding.id);
        json_pair(writer, "package", installed->package.name);
        json_pair(writer, "version", installed->package.version);
        json_pair(writer, "path", installed->path);
        json_pair_text(writer, "severity", severity_name(suppression->finding.severity));
        json_pair_text(writer, "kind", suppression_kind_name(suppression->kind));
        json_pair(writer, "reason", suppression->reason);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_vex_document(struct json_writer *writer, const struct vex_document *document)
{
    json_begin_object(writer);
    json_pair(writer, "file", document->file);
    json_pair_text(writer, "format", document->header.format);
    json_pair(writer, "id", document->header.id);
    json_pair(writer, "author", document->header.author);
    write_time(writer, "time", document->header.time_ms);
    json_pair_integer(writer, "statements", (int64_t)document->claim_count);
    json_end_object(writer);
}

static void write_vex_entry(struct json_writer *writer, const struct vex_entry *entry)
{
    json_begin_object(writer);
    json_pair_lines(writer, "ids", entry->claim.ids);
    json_pair_text(writer, "status", vex_status_name(entry->claim.status));
    json_pair(writer, "product", entry->claim.product.name);
    json_pair_optional(writer, "component", entry->claim.component.name);
    json_pair(writer, "file", entry->document->file);
    json_end_object(writer);
}

/* The documents and what of them speaks of nothing here. */
static void write_vex(struct json_writer *writer, const struct vex_outcome *vex)
{
    json_key(writer, "vex");
    json_begin_object(writer);
    json_key(writer, "documents");
    json_begin_array(writer);
    for (size_t i = 0; i < vex->set->document_count; i++)
        write_vex_document(writer, vex->set->documents[i]);
    json_end_array(writer);
    json_pair_integer(writer, "suppressed_count", (int64_t)vex->suppressed_count);
    json_pair_integer(writer, "noted_count", (int64_t)vex->noted_count);
    json_pair_integer(writer, "unmatched_count", (int64_t)vex->unmatched_count);
    json_key(writer, "unmatched");
    json_begin_array(writer);
    for (size_t i = 0; i < vex->unmatched_listed; i++)
        write_vex_entry(writer, vex->unmatched[i]);
    json_end_array(writer);
    json_end_object(writer);
}

static void write_gaps(struct json_writer *writer, const struct gap_list *gaps)
{
    json_key(writer, "gaps");
    json_begin_array(writer);
    for (size_t i = 0; i < gaps->count; i++) {
        json_begin_object(writer);
        json_pair_text(writer, "kind", gap_kind_name(gaps->items[i].kind));
        json_pair(writer, "path", gaps->items[i].path);
        json_pair(writer, "reason", gaps->items[i].reason);
        json_pair_text(writer, "consequence", gap_kind_consequence(gaps->items[i].kind));
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_feeds(struct json_writer *writer, const struct report *report)
{
    json_key(writer, "feeds");
    json_begin_array(writer);
    for (size_t i = 0; i < report->feed_count; i++) {
        const struct feed_state *feed = &report->feeds[i];
        if (feed->ecosystem.size > 0 && !scan_uses_feed(report->image, feed))
            continue;
        json_begin_object(writer);
        json_pair(writer, "name", feed->name);
        write_time(writer, "date", feed->date_ms);
        write_time(writer, "checked", feed->checked_ms);
        json_pair_boolean(writer, "is_complete", feed->is_complete);
        json_pair_integer(writer, "records", (int64_t)feed->records);
        json_pair_integer(writer, "gaps", (int64_t)feed->gap_count);
        json_pair_boolean(writer, "is_demo", feed->is_demo);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_verdict(struct json_writer *writer, const struct report *report)
{
    json_key(writer, "verdict");
    json_begin_object(writer);
    json_pair_text(writer, "result", verdict_name(report->verdict->verdict));
    write_views(writer, "reasons", report->verdict->reasons, report->verdict->reason_count);
    json_pair_text(writer, "fail_on", report->gate->has_threshold ? severity_name(report->gate->fail_on) : NULL);
    json_pair_boolean(writer, "stale_feeds_allowed", report->gate->allow_stale);
    json_pair_boolean(writer, "gaps_allowed", report->gate->allow_gaps);
    json_pair_boolean(writer, "fails_on_unattributed", report->gate->fails_on_unattributed);
    if (report->gate->only_fixed)
        json_pair_boolean(writer, "only_fixed", true);
    if (report->gate->only_new)
        json_pair_boolean(writer, "only_new", true);
    json_end_object(writer);
}

static void write_packages(struct json_writer *writer, struct arena *arena, const struct scan_image *image)
{
    const struct inventory *inventory = &image->inventory;
    json_key(writer, "packages");
    json_begin_array(writer);
    for (size_t i = 0; i < inventory->package_count; i++)
        write_package(writer, arena, image, &inventory->packages[i]);
    json_end_array(writer);
    json_key(writer, "removed_packages");
    json_begin_array(writer);
    for (size_t i = 0; i < inventory->removed_count; i++)
        write_package(writer, arena, image, &inventory->removed[i]);
    json_end_array(writer);
}

/* All of them are counted, the first ones named. */
static void write_unattributed(struct json_writer *writer, const struct unattributed_list *list)
{
    json_key(writer, "unattributed");
    json_begin_object(writer);
    json_pair_integer(writer, "count", (int64_t)list->count);
    write_views(
        writer, "paths", list->items, list->count < UNATTRIBUTED_LISTED_MAX ? list->count : UNATTRIBUTED_LISTED_MAX);
    json_end_object(writer);
}

static void write_report(struct json_writer *writer, struct arena *arena, const struct report *report)
{
    const struct inventory *inventory = &report->image->inventory;
    json_begin_object(writer);
    write_image(writer, arena, report);
    write_distribution(writer, arena, inventory);
    write_packages(writer, arena, report->image);
    write_unattributed(writer, &inventory->unattributed);
    if (report->has_findings) {
        write_findings(writer, report->image);
        write_suppressions(writer, report->image);
        if (report->image->vex != NULL)
            write_vex(writer, report->image->vex);
        write_feeds(writer, report);
    }
    write_gaps(writer, &inventory->gaps);
    if (report->verdict != NULL)
        write_verdict(writer, report);
    write_accepted(writer, report->image->accepted);
    if (report->verdict != NULL && report->verdict->evaluation != NULL) {
        json_key(writer, "evaluation");
        evaluation_write(report->verdict->evaluation, SIZE_MAX, writer);
    }
    json_key(writer, "tool");
    json_begin_object(writer);
    json_pair_text(writer, "name", "tidewaiter");
    json_pair_text(writer, "version", TIDEWAITER_VERSION);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_all(const struct report *reports, size_t count, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    struct json_writer writer;
    json_writer_init(&writer, out);
    if (count != 1)
        json_begin_array(&writer);
    for (size_t i = 0; i < count; i++)
        write_report(&writer, arena, &reports[i]);
    if (count != 1)
        json_end_array(&writer);
    buffer_append_byte(out, '\n');
}

const struct report_format report_json = {.name = "json", .write = write_all};
