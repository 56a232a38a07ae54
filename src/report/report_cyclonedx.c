/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX 1.4 to 1.6 (ECMA-424), JSON and XML. One image is the component that the document is about; of several platforms each
   is a component with its packages in it. What could not be read stands in properties, and makes the composition incomplete.
   The same image gives the same bytes: nothing in it is the time of day or chance. */
#include "report/bom_writer.h"
#include "report/cyclonedx.h"
#include "report/sbom.h"

#include "base/map.h"

/* What writes one document. Members are in the order of the XML schemas. */
struct bom {
    struct bom_writer writer;
    struct arena *arena;
    enum cyclonedx_version version;
};

static const char *const version_names[CYCLONEDX_VERSION_COUNT] = {
    [CYCLONEDX_1_4] = "1.4", [CYCLONEDX_1_5] = "1.5", [CYCLONEDX_1_6] = "1.6"};

static void write_property(struct bom *bom, const char *name, struct view value)
{
    if (value.size == 0)
        return;
    bom_begin_item(&bom->writer, "property");
    bom_attribute(&bom->writer, "name", view_text(name));
    bom_content(&bom->writer, "value", value);
    bom_end(&bom->writer);
}

/* In JSON each choice is a member of an object of its own. */
static void write_license(struct bom *bom, struct view license, bool may_be_expression)
{
    struct bom_writer *writer = &bom->writer;
    bool is_id = sbom_license_is_id(license);
    if (!writer->is_xml)
        bom_begin_item(writer, "choice");
    if (may_be_expression && !is_id && sbom_license_is_expression(license)) {
        bom_text(writer, "expression", license);
    } else {
        bom_begin(writer, "license");
        bom_text(writer, is_id ? "id" : "name", license);
        bom_end(writer);
    }
    if (!writer->is_xml)
        bom_end(writer);
}

/* `licenses`: either one expression or a list of single ones, never both (bom-1.6.schema.json, licenseChoice). */
static void write_licenses(struct bom *bom, struct view licenses)
{
    bool is_one = view_find(licenses, '\n') == licenses.size;
    if (licenses.size == 0)
        return;
    bom_begin_list(&bom->writer, "licenses");
    while (licenses.size > 0) {
        struct view license = view_cut(&licenses, '\n');
        if (license.size > 0)
            write_license(bom, license, is_one);
    }
    bom_end_list(&bom->writer);
}

/* Where it is recorded; version 1.4 has no member for that. */
static void write_evidence(struct bom *bom, struct view path)
{
    struct bom_writer *writer = &bom->writer;
    if (bom->version < CYCLONEDX_1_5)
        return;
    bom_begin(writer, "evidence");
    bom_begin_list(writer, "occurrences");
    bom_begin_item(writer, "occurrence");
    bom_text(writer, "location", path);
    bom_end(writer);
    bom_end_list(writer);
    bom_end(writer);
}

static void write_package(struct bom *bom, const struct report *report, const struct inventory_package *installed)
{
    struct bom_writer *writer = &bom->writer;
    const struct package *package = &installed->package;
    bom_begin_item(writer, "component");
    bom_attribute(writer, "type", view_text("library"));
    bom_attribute(writer, "bom-ref", sbom_package_id(bom->arena, report, installed));
    if (package->vendor.size > 0) {
        bom_begin(writer, "supplier");
        bom_text(writer, "name", package->vendor);
        bom_end(writer);
    }
    bom_text(writer, "name", package->name);
    bom_text_optional(writer, "version", sbom_package_version(bom->arena, package));
    write_licenses(bom, installed->licenses);
    bom_text(writer, "purl", sbom_package_purl(bom->arena, report, installed));
    bom_begin_list(writer, "properties");
    write_property(bom, "tidewaiter:type", view_text(package_type_name(package->type)));
    write_property(bom, "tidewaiter:analyzer", view_text(installed->analyzer));
    write_property(bom, "tidewaiter:layer", arena_format(bom->arena, "%u", installed->layer));
    write_property(bom, "tidewaiter:path", bom->version < CYCLONEDX_1_5 ? installed->path : view_text(""));
    write_property(bom, "tidewaiter:owner", installed->owner);
    write_property(bom, "tidewaiter:source_name", package->source_name);
    write_property(bom, "tidewaiter:source_version", package->source_version);
    write_property(bom, "tidewaiter:third_party", view_text(installed->is_third_party ? "true" : ""));
    write_property(bom, "tidewaiter:development", view_text(installed->is_development ? "true" : ""));
    bom_end_list(writer);
    write_evidence(bom, installed->path);
    bom_end(writer);
}

static struct view distro_ref(struct arena *arena, const struct report *report)
{
    struct view version = sbom_image_version(report);
    return version.size == 0 ? view_text("distribution")
                             : arena_format(arena, "distribution-%.*s", VIEW_PRINT(version));
}

static void write_packages(struct bom *bom, const struct report *report)
{
    struct bom_writer *writer = &bom->writer;
    const struct inventory *inventory = &report->image->inventory;
    bom_begin_list(writer, "components");
    if (inventory->distro.is_known && inventory->distro.id.size > 0) {
        bom_begin_item(writer, "component");
        bom_attribute(writer, "type", view_text("operating-system"));
        bom_attribute(writer, "bom-ref", distro_ref(bom->arena, report));
        bom_text(writer, "name", inventory->distro.id);
        bom_text_optional(writer, "version", inventory->distro.version_id);
        bom_text_optional(writer, "description", inventory->distro.pretty_name);
        bom_end(writer);
    }
    for (size_t i = 0; i < inventory->package_count; i++)
        write_package(bom, report, &inventory->packages[i]);
    bom_end_list(writer);
}

static struct view image_ref(struct arena *arena, const struct report *report)
{
    struct view version = sbom_image_version(report);
    return version.size == 0 ? view_text("tree") : arena_format(arena, "image-%.*s", VIEW_PRINT(version));
}

static void write_image_members(struct bom *bom, const struct report *report)
{
    struct arena *arena = bom->arena;
    const struct scan_image *image = report->image;
    bom_attribute(&bom->writer, "type", view_text(report->is_directory ? "application" : "container"));
    bom_attribute(&bom->writer, "bom-ref", image_ref(arena, report));
    bom_text(&bom->writer, "name", report->reference);
    bom_text_optional(&bom->writer, "version", sbom_image_version(report));
    bom_begin_list(&bom->writer, "properties");
    if (!report->is_directory) {
        write_property(bom, "tidewaiter:platform", platform_format(arena, &image->config.platform));
        write_property(bom, "tidewaiter:config_digest", digest_view(&image->config.digest));
    }
    for (size_t i = 0; i < image->inventory.gaps.count; i++) {
        const struct gap *gap = &image->inventory.gaps.items[i];
        const char *name = arena_format(arena, "tidewaiter:gap:%s", gap_kind_name(gap->kind)).data;
        write_property(bom, name,
            arena_format(
                arena, "%.*s%s%.*s", VIEW_PRINT(gap->path), gap->path.size > 0 ? ": " : "", VIEW_PRINT(gap->reason)));
    }
    bom_end_list(&bom->writer);
}

/* From version 1.5 on a tool is a component. */
static void write_tools(struct bom *bom)
{
    struct bom_writer *writer = &bom->writer;
    bool is_component = bom->version >= CYCLONEDX_1_5;
    if (is_component) {
        bom_begin(writer, "tools");
        bom_begin_list(writer, "components");
        bom_begin_item(writer, "component");
        bom_attribute(writer, "type", view_text("application"));
    } else {
        bom_begin_list(writer, "tools");
        bom_begin_item(writer, "tool");
    }
    bom_text(writer, "name", view_text("tidewaiter"));
    bom_text(writer, "version", view_text(TIDEWAITER_VERSION));
    bom_end(writer);
    bom_end_list(writer);
    if (is_component)
        bom_end(writer);
}

static void write_metadata(struct bom *bom, const struct report *reports, size_t count)
{
    struct bom_writer *writer = &bom->writer;
    char created[TIME_TEXT_SIZE];
    bom_begin(writer, "metadata");
    if (count == 1 && reports[0].image->config.created_ms != 0) {
        time_format(reports[0].image->config.created_ms, created);
        bom_text(writer, "timestamp", view_text(created));
    }
    write_tools(bom);
    bom_begin(writer, "component");
    if (count == 1) {
        write_image_members(bom, &reports[0]);
    } else {
        bom_attribute(writer, "type", view_text("container"));
        bom_attribute(writer, "bom-ref", view_text("index"));
        bom_text(writer, "name", count > 0 ? reports[0].reference : view_text("nothing"));
    }
    bom_end(writer);
    bom_end(writer);
}

static void write_compositions(struct bom *bom, const struct report *reports, size_t count)
{
    struct bom_writer *writer = &bom->writer;
    bom_begin_list(writer, "compositions");
    for (size_t i = 0; i < count; i++) {
        bool is_complete = true;
        for (size_t k = 0; k < reports[i].image->inventory.gaps.count; k++)
            is_complete = is_complete && !gap_kind_hides_packages(reports[i].image->inventory.gaps.items[k].kind);
        bom_begin_item(writer, "composition");
        bom_text(writer, "aggregate", view_text(is_complete ? "unknown" : "incomplete"));
        bom_begin_list(writer, "assemblies");
        bom_item_reference(writer, "assembly", "ref", image_ref(bom->arena, &reports[i]));
        bom_end_list(writer);
        bom_end(writer);
    }
    bom_end_list(writer);
}

/* One vulnerability and the packages that have it. */
struct vulnerability {
    const struct finding *finding; /* the first one: rating and summary */
    struct view *refs;
    size_t count, capacity;
};

static const char *const severity_words[SEVERITY_COUNT] = {
    [SEVERITY_UNKNOWN] = "unknown",
    [SEVERITY_NEGLIGIBLE] = "info",
    [SEVERITY_LOW] = "low",
    [SEVERITY_MEDIUM] = "medium",
    [SEVERITY_HIGH] = "high",
    [SEVERITY_CRITICAL] = "critical",
};

/* Version 1.4 knows no CVSS 4. */
static const char *rating_method(enum cyclonedx_version version, struct view score)
{
    static const char *const methods[][2] = {
        {"CVSS:4.0/", "CVSSv4"}, {"CVSS:3.1/", "CVSSv31"}, {"CVSS:3.0/", "CVSSv3"}, {"AV:", "CVSSv2"}};
    for (size_t i = version < CYCLONEDX_1_5 ? 1 : 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (view_starts_with(score, methods[i][0]))
            return methods[i][1];
    }
    return "other";
}

static void write_ratings(struct bom *bom, const struct finding *finding)
{
    struct bom_writer *writer = &bom->writer;
    bom_begin_list(writer, "ratings");
    bom_begin_item(writer, "rating");
    bom_begin(writer, "source");
    bom_text(writer, "name", view_text(finding->severity_source != NULL ? finding->severity_source : "none"));
    bom_end(writer);
    bom_text(writer, "severity", view_text(severity_words[finding->severity]));
    bom_end(writer);
    for (size_t i = 0; i < finding->rating_count; i++) {
        struct view score = finding->ratings[i].score;
        bom_begin_item(writer, "rating");
        bom_text(writer, "method", view_text(rating_method(bom->version, score)));
        bom_text(writer, "vector", score);
        bom_end(writer);
    }
    bom_end_list(writer);
}

static void write_vulnerability(struct bom *bom, const struct vulnerability *vulnerability)
{
    struct bom_writer *writer = &bom->writer;
    bom_begin_item(writer, "vulnerability");
    bom_text(writer, "id", vulnerability->finding->id);
    write_ratings(bom, vulnerability->finding);
    bom_text_optional(writer, "description", vulnerability->finding->summary);
    bom_begin_list(writer, "affects");
    for (size_t i = 0; i < vulnerability->count; i++) {
        bom_begin_item(writer, "target");
        bom_text(writer, "ref", vulnerability->refs[i]);
        bom_end(writer);
    }
    bom_end_list(writer);
    bom_end(writer);
}

static void collect(struct arena *arena, const struct report *report, struct map *vulnerabilities)
{
    const struct scan_image *image = report->image;
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        struct view ref = sbom_package_id(arena, report, &image->inventory.packages[i]);
        for (size_t k = 0; k < image->findings[i].count; k++) {
            const struct finding *finding = &image->findings[i].items[k];
            struct map_entry *entry = map_entry(vulnerabilities, finding->id);
            if (entry->value == NULL)
                entry->value = ARENA_NEW(arena, struct vulnerability);
            struct vulnerability *vulnerability = entry->value;
            if (vulnerability->finding == NULL)
                vulnerability->finding = finding;
            *(struct view *)arena_push(arena, (void **)&vulnerability->refs, &vulnerability->count,
                &vulnerability->capacity, sizeof(struct view)) = ref;
        }
    }
}

static void write_vulnerabilities(struct bom *bom, const struct report *reports, size_t count)
{
    struct map vulnerabilities;
    map_init(&vulnerabilities, bom->arena);
    for (size_t i = 0; i < count; i++)
        collect(bom->arena, &reports[i], &vulnerabilities);
    bom_begin_list(&bom->writer, "vulnerabilities");
    for (size_t i = 0; i < vulnerabilities.count; i++)
        write_vulnerability(bom, vulnerabilities.entries[i].value);
    bom_end_list(&bom->writer);
}

static void write_head(struct bom *bom, const struct report *reports, size_t count)
{
    struct bom_writer *writer = &bom->writer;
    const char *version = version_names[bom->version];
    bom_begin_item(writer, "bom");
    if (writer->is_xml) {
        bom_attribute(writer, "xmlns", arena_format(bom->arena, "http://cyclonedx.org/schema/bom/%s", version));
    } else {
        bom_text(
            writer, "$schema", arena_format(bom->arena, "http://cyclonedx.org/schema/bom-%s.schema.json", version));
        bom_text(writer, "bomFormat", view_text("CycloneDX"));
        bom_text(writer, "specVersion", view_text(version));
    }
    bom_attribute(writer, "serialNumber", sbom_document_urn(bom->arena, reports, count));
    if (writer->is_xml)
        bom_attribute(writer, "version", view_text("1"));
    else
        json_pair_integer(&writer->json, "version", 1);
}

void cyclonedx_write(const struct report *reports, size_t count, struct cyclonedx_form form, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    struct bom bom = {.arena = arena, .version = form.version};
    bom_writer_init(&bom.writer, out, form.is_xml);
    write_head(&bom, reports, count);
    write_metadata(&bom, reports, count);
    if (count == 1) {
        write_packages(&bom, &reports[0]);
    } else {
        bom_begin_list(&bom.writer, "components");
        for (size_t i = 0; i < count; i++) {
            bom_begin_item(&bom.writer, "component");
            write_image_members(&bom, &reports[i]);
            write_packages(&bom, &reports[i]);
            bom_end(&bom.writer);
        }
        bom_end_list(&bom.writer);
    }
    write_compositions(&bom, reports, count);
    if (count > 0 && reports[0].has_findings)
        write_vulnerabilities(&bom, reports, count);
    bom_end(&bom.writer);
    buffer_append_byte(out, '\n');
}

static void write_newest(const struct report *reports, size_t count, struct buffer *out)
{
    cyclonedx_write(reports, count, (struct cyclonedx_form){.version = CYCLONEDX_1_6}, out);
}

const struct report_format report_cyclonedx = {.name = "cyclonedx", .write = write_newest};
