/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX 1.6 (ECMA-424), JSON. One image is the component that the document is about; of several platforms each is a
   component with its packages in it. What could not be read stands in properties, and makes the composition incomplete.
   The same image gives the same bytes: nothing in it is the time of day or chance. */
#include "report/sbom.h"

#include "base/json.h"
#include "base/map.h"

static void write_property(struct json_writer *writer, const char *name, struct view value)
{
    if (value.size == 0)
        return;
    json_begin_object(writer);
    json_pair_text(writer, "name", name);
    json_pair(writer, "value", value);
    json_end_object(writer);
}

/* `licenses`: either one expression or a list of single ones, never both (bom-1.6.schema.json, licenseChoice). */
static void write_licenses(struct json_writer *writer, struct view licenses)
{
    bool is_one = view_find(licenses, '\n') == licenses.size;
    if (licenses.size == 0)
        return;
    json_key(writer, "licenses");
    json_begin_array(writer);
    while (licenses.size > 0) {
        struct view license = view_cut(&licenses, '\n');
        if (license.size == 0)
            continue;
        bool is_id = sbom_license_is_id(license);
        json_begin_object(writer);
        if (is_one && !is_id && sbom_license_is_expression(license)) {
            json_pair(writer, "expression", license);
        } else {
            json_key(writer, "license");
            json_begin_object(writer);
            json_pair(writer, is_id ? "id" : "name", license);
            json_end_object(writer);
        }
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_package(struct json_writer *writer, struct arena *arena, const struct report *report,
    const struct inventory_package *installed)
{
    const struct package *package = &installed->package;
    json_begin_object(writer);
    json_pair_text(writer, "type", "library");
    json_pair(writer, "bom-ref", sbom_package_id(arena, report, installed));
    if (package->vendor.size > 0) {
        json_key(writer, "supplier");
        json_begin_object(writer);
        json_pair(writer, "name", package->vendor);
        json_end_object(writer);
    }
    json_pair(writer, "name", package->name);
    json_pair_optional(writer, "version", sbom_package_version(arena, package));
    write_licenses(writer, installed->licenses);
    json_pair(writer, "purl", sbom_package_purl(arena, report, installed));
    json_key(writer, "evidence");
    json_begin_object(writer);
    json_key(writer, "occurrences");
    json_begin_array(writer);
    json_begin_object(writer);
    json_pair(writer, "location", installed->path);
    json_end_object(writer);
    json_end_array(writer);
    json_end_object(writer);
    json_key(writer, "properties");
    json_begin_array(writer);
    write_property(writer, "tidewaiter:type", view_text(package_type_name(package->type)));
    write_property(writer, "tidewaiter:analyzer", view_text(installed->analyzer));
    write_property(writer, "tidewaiter:layer", arena_format(arena, "%u", installed->layer));
    write_property(writer, "tidewaiter:owner", installed->owner);
    write_property(writer, "tidewaiter:source_name", package->source_name);
    write_property(writer, "tidewaiter:source_version", package->source_version);
    write_property(writer, "tidewaiter:third_party", view_text(installed->is_third_party ? "true" : ""));
    write_property(writer, "tidewaiter:development", view_text(installed->is_development ? "true" : ""));
    json_end_array(writer);
    json_end_object(writer);
}

static struct view distro_ref(struct arena *arena, const struct report *report)
{
    struct view version = sbom_image_version(report);
    return arena_format(arena, "distribution-%.*s", VIEW_PRINT(version));
}

static void write_packages(struct json_writer *writer, struct arena *arena, const struct report *report)
{
    const struct inventory *inventory = &report->image->inventory;
    json_key(writer, "components");
    json_begin_array(writer);
    if (inventory->distro.is_known && inventory->distro.id.size > 0) {
        json_begin_object(writer);
        json_pair_text(writer, "type", "operating-system");
        json_pair(writer, "bom-ref", distro_ref(arena, report));
        json_pair(writer, "name", inventory->distro.id);
        json_pair_optional(writer, "version", inventory->distro.version_id);
        json_pair_optional(writer, "description", inventory->distro.pretty_name);
        json_end_object(writer);
    }
    for (size_t i = 0; i < inventory->package_count; i++)
        write_package(writer, arena, report, &inventory->packages[i]);
    json_end_array(writer);
}

static struct view image_ref(struct arena *arena, const struct report *report)
{
    struct view version = sbom_image_version(report);
    return arena_format(arena, "image-%.*s", VIEW_PRINT(version));
}

static void write_image_members(struct json_writer *writer, struct arena *arena, const struct report *report)
{
    const struct scan_image *image = report->image;
    json_pair_text(writer, "type", report->is_directory ? "application" : "container");
    json_pair(writer, "bom-ref", image_ref(arena, report));
    json_pair(writer, "name", report->reference);
    json_pair_optional(writer, "version", sbom_image_version(report));
    json_key(writer, "properties");
    json_begin_array(writer);
    if (!report->is_directory) {
        write_property(writer, "tidewaiter:platform", platform_format(arena, &image->config.platform));
        write_property(writer, "tidewaiter:config_digest", digest_view(&image->config.digest));
    }
    for (size_t i = 0; i < image->inventory.gaps.count; i++) {
        const struct gap *gap = &image->inventory.gaps.items[i];
        const char *name = arena_format(arena, "tidewaiter:gap:%s", gap_kind_name(gap->kind)).data;
        write_property(writer, name,
            arena_format(
                arena, "%.*s%s%.*s", VIEW_PRINT(gap->path), gap->path.size > 0 ? ": " : "", VIEW_PRINT(gap->reason)));
    }
    json_end_array(writer);
}

static void write_metadata(struct json_writer *writer, struct arena *arena, const struct report *reports, size_t count)
{
    char created[TIME_TEXT_SIZE];
    json_key(writer, "metadata");
    json_begin_object(writer);
    if (count == 1 && reports[0].image->config.created_ms != 0) {
        time_format(reports[0].image->config.created_ms, created);
        json_pair_text(writer, "timestamp", created);
    }
    json_key(writer, "tools");
    json_begin_object(writer);
    json_key(writer, "components");
    json_begin_array(writer);
    json_begin_object(writer);
    json_pair_text(writer, "type", "application");
    json_pair_text(writer, "name", "tidewaiter");
    json_pair_text(writer, "version", TIDEWAITER_VERSION);
    json_end_object(writer);
    json_end_array(writer);
    json_end_object(writer);
    json_key(writer, "component");
    json_begin_object(writer);
    if (count == 1) {
        write_image_members(writer, arena, &reports[0]);
    } else {
        json_pair_text(writer, "type", "container");
        json_pair_text(writer, "bom-ref", "index");
        json_pair(writer, "name", count > 0 ? reports[0].reference : view_text("nothing"));
    }
    json_end_object(writer);
    json_end_object(writer);
}

static void write_compositions(
    struct json_writer *writer, struct arena *arena, const struct report *reports, size_t count)
{
    json_key(writer, "compositions");
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++) {
        bool is_complete = true;
        for (size_t k = 0; k < reports[i].image->inventory.gaps.count; k++)
            is_complete = is_complete && !gap_kind_hides_packages(reports[i].image->inventory.gaps.items[k].kind);
        json_begin_object(writer);
        json_pair_text(writer, "aggregate", is_complete ? "unknown" : "incomplete");
        json_key(writer, "assemblies");
        json_begin_array(writer);
        json_write(writer, image_ref(arena, &reports[i]));
        json_end_array(writer);
        json_end_object(writer);
    }
    json_end_array(writer);
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

static const char *rating_method(struct view score)
{
    static const char *const methods[][2] = {
        {"CVSS:4.0/", "CVSSv4"}, {"CVSS:3.1/", "CVSSv31"}, {"CVSS:3.0/", "CVSSv3"}, {"AV:", "CVSSv2"}};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (view_starts_with(score, methods[i][0]))
            return methods[i][1];
    }
    return "other";
}

static void write_vulnerability(struct json_writer *writer, const struct vulnerability *vulnerability)
{
    const struct finding *finding = vulnerability->finding;
    json_begin_object(writer);
    json_pair(writer, "id", finding->id);
    json_key(writer, "ratings");
    json_begin_array(writer);
    json_begin_object(writer);
    json_key(writer, "source");
    json_begin_object(writer);
    json_pair_text(writer, "name", finding->severity_source != NULL ? finding->severity_source : "none");
    json_end_object(writer);
    json_pair_text(writer, "severity", severity_words[finding->severity]);
    json_end_object(writer);
    for (size_t i = 0; i < finding->rating_count; i++) {
        json_begin_object(writer);
        json_pair_text(writer, "method", rating_method(finding->ratings[i].score));
        json_pair(writer, "vector", finding->ratings[i].score);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_pair_optional(writer, "description", finding->summary);
    json_key(writer, "affects");
    json_begin_array(writer);
    for (size_t i = 0; i < vulnerability->count; i++) {
        json_begin_object(writer);
        json_pair(writer, "ref", vulnerability->refs[i]);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_end_object(writer);
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

static void write_vulnerabilities(
    struct json_writer *writer, struct arena *arena, const struct report *reports, size_t count)
{
    struct map vulnerabilities;
    map_init(&vulnerabilities, arena);
    for (size_t i = 0; i < count; i++)
        collect(arena, &reports[i], &vulnerabilities);
    json_key(writer, "vulnerabilities");
    json_begin_array(writer);
    for (size_t i = 0; i < vulnerabilities.count; i++)
        write_vulnerability(writer, vulnerabilities.entries[i].value);
    json_end_array(writer);
}

static void write_all(const struct report *reports, size_t count, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_text(&writer, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
    json_pair_text(&writer, "bomFormat", "CycloneDX");
    json_pair_text(&writer, "specVersion", "1.6");
    json_pair(&writer, "serialNumber", sbom_document_urn(arena, reports, count));
    json_pair_integer(&writer, "version", 1);
    write_metadata(&writer, arena, reports, count);
    if (count == 1) {
        write_packages(&writer, arena, &reports[0]);
    } else {
        json_key(&writer, "components");
        json_begin_array(&writer);
        for (size_t i = 0; i < count; i++) {
            json_begin_object(&writer);
            write_image_members(&writer, arena, &reports[i]);
            write_packages(&writer, arena, &reports[i]);
            json_end_object(&writer);
        }
        json_end_array(&writer);
    }
    write_compositions(&writer, arena, reports, count);
    if (count > 0 && reports[0].has_findings)
        write_vulnerabilities(&writer, arena, reports, count);
    json_end_object(&writer);
    buffer_append_byte(out, '\n');
}

const struct report_format report_cyclonedx = {.name = "cyclonedx", .write = write_all};
