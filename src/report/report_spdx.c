/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.3, JSON: each image is a package that contains the packages found in it. Licences stand as declared; a text that is no
   expression of known ids is quoted under a LicenseRef. The same image gives the same bytes: `created` is the image's own
   time, 1970 where it has none. */
#include "report/sbom.h"

#include "base/json.h"
#include "base/map.h"

/* An expression of as many licences as a record keeps. */
#define EXPRESSION_BYTES_MAX (1u << 20)

static const char *const no_assertion = "NOASSERTION";

static struct view license_ref(struct arena *arena, struct view text)
{
    struct digest digest;
    digest_of(text, &digest);
    return arena_format(arena, "LicenseRef-%.16s", digest_hex(&digest).data);
}

/* The licences as one expression; texts that are quoted go into `quoted`: ref → text. */
static struct view license_expression(struct arena *arena, struct view licenses, struct map *quoted)
{
    AUTO_BUFFER expression;
    buffer_init(&expression, EXPRESSION_BYTES_MAX);
    bool is_one = view_find(licenses, '\n') == licenses.size;
    while (licenses.size > 0) {
        struct view license = view_trim(view_cut(&licenses, '\n'));
        if (license.size == 0)
            continue;
        struct view part = license;
        if (!sbom_license_is_expression(license)) {
            struct view *text = ARENA_NEW(arena, struct view);
            *text = license;
            part = license_ref(arena, license);
            map_set(quoted, part, text);
        } else if (!is_one && !sbom_license_is_id(license)) {
            part = arena_format(arena, "(%.*s)", VIEW_PRINT(license));
        }
        buffer_append_text(&expression, expression.size > 0 ? " AND " : "");
        buffer_append(&expression, part);
    }
    return expression.size > 0 ? arena_copy(arena, buffer_view(&expression)) : view_text(no_assertion);
}

static struct view image_id(struct arena *arena, const struct report *report)
{
    struct view id = sbom_document_id(arena, report, 1);
    return arena_format(arena, "SPDXRef-Image-%.*s", VIEW_PRINT(id));
}

static struct view distro_id(struct arena *arena, const struct report *report)
{
    struct view id = sbom_document_id(arena, report, 1);
    return arena_format(arena, "SPDXRef-OperatingSystem-%.*s", VIEW_PRINT(id));
}

static bool has_distro(const struct report *report)
{
    const struct distro *distro = &report->image->inventory.distro;
    return distro->is_known && distro->id.size > 0;
}

static struct view package_id(
    struct arena *arena, const struct report *report, const struct inventory_package *installed)
{
    struct view id = sbom_package_id(arena, report, installed);
    return arena_format(arena, "SPDXRef-Package-%.*s", VIEW_PRINT(id));
}

/* What every package has to say, known or not. */
static void write_assertions(struct json_writer *writer, struct view declared)
{
    json_pair_text(writer, "downloadLocation", no_assertion);
    json_pair_boolean(writer, "filesAnalyzed", false);
    json_pair_text(writer, "licenseConcluded", no_assertion);
    json_pair(writer, "licenseDeclared", declared);
    json_pair_text(writer, "copyrightText", no_assertion);
}

static void write_image(struct json_writer *writer, struct arena *arena, const struct report *report)
{
    const struct gap_list *gaps = &report->image->inventory.gaps;
    AUTO_BUFFER comment;
    buffer_init(&comment, REPORT_BYTES_MAX);
    json_begin_object(writer);
    json_pair(writer, "SPDXID", image_id(arena, report));
    json_pair(writer, "name", report->reference);
    json_pair_optional(writer, "versionInfo", sbom_image_version(report));
    json_pair_text(writer, "primaryPackagePurpose", report->is_directory ? "OTHER" : "CONTAINER");
    write_assertions(writer, view_text(no_assertion));
    for (size_t i = 0; i < gaps->count; i++) {
        buffer_append_format(&comment, "%sgap %s%s", i == 0 ? "" : "\n", gap_kind_name(gaps->items[i].kind),
            gaps->items[i].path.size > 0 ? " " : "");
        buffer_append(&comment, gaps->items[i].path);
        buffer_append_text(&comment, ": ");
        buffer_append(&comment, gaps->items[i].reason);
    }
    json_pair_optional(writer, "comment", buffer_view(&comment));
    json_end_object(writer);
}

/* What the packages of a distribution are matched by, for readers that do not take it from the package URLs. */
static void write_distro(struct json_writer *writer, struct arena *arena, const struct report *report)
{
    const struct distro *distro = &report->image->inventory.distro;
    json_begin_object(writer);
    json_pair(writer, "SPDXID", distro_id(arena, report));
    json_pair(writer, "name", distro->id);
    json_pair_optional(writer, "versionInfo", distro->version_id);
    json_pair_text(writer, "primaryPackagePurpose", "OPERATING-SYSTEM");
    write_assertions(writer, view_text(no_assertion));
    json_pair_optional(writer, "summary", distro->pretty_name);
    json_end_object(writer);
}

static void write_package(struct json_writer *writer, struct arena *arena, const struct report *report,
    const struct inventory_package *installed, struct map *quoted)
{
    json_begin_object(writer);
    json_pair(writer, "SPDXID", package_id(arena, report, installed));
    json_pair(writer, "name", installed->package.name);
    json_pair_optional(writer, "versionInfo", sbom_package_version(arena, &installed->package));
    if (installed->package.vendor.size > 0) {
        struct view vendor = installed->package.vendor;
        json_pair(writer, "supplier", arena_format(arena, "Organization: %.*s", VIEW_PRINT(vendor)));
    }
    write_assertions(writer, license_expression(arena, installed->licenses, quoted));
    json_pair(writer, "sourceInfo",
        arena_format(arena, "recognised by %s in %.*s, layer %u", installed->analyzer, VIEW_PRINT(installed->path),
            installed->layer));
    json_key(writer, "externalRefs");
    json_begin_array(writer);
    json_begin_object(writer);
    json_pair_text(writer, "referenceCategory", "PACKAGE-MANAGER");
    json_pair_text(writer, "referenceType", "purl");
    json_pair(writer, "referenceLocator", sbom_package_purl(arena, report, installed));
    json_end_object(writer);
    json_end_array(writer);
    json_end_object(writer);
}

static void write_relationship(struct json_writer *writer, struct view element, const char *type, struct view related)
{
    json_begin_object(writer);
    json_pair(writer, "spdxElementId", element);
    json_pair_text(writer, "relationshipType", type);
    json_pair(writer, "relatedSpdxElement", related);
    json_end_object(writer);
}

static void write_relationships(
    struct json_writer *writer, struct arena *arena, const struct report *reports, size_t count)
{
    json_key(writer, "relationships");
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++) {
        struct view image = image_id(arena, &reports[i]);
        const struct inventory *inventory = &reports[i].image->inventory;
        write_relationship(writer, view_text("SPDXRef-DOCUMENT"), "DESCRIBES", image);
        if (has_distro(&reports[i]))
            write_relationship(writer, image, "CONTAINS", distro_id(arena, &reports[i]));
        for (size_t k = 0; k < inventory->package_count; k++)
            write_relationship(writer, image, "CONTAINS", package_id(arena, &reports[i], &inventory->packages[k]));
    }
    json_end_array(writer);
}

static void write_quoted(struct json_writer *writer, const struct map *quoted)
{
    if (quoted->count == 0)
        return;
    json_key(writer, "hasExtractedLicensingInfos");
    json_begin_array(writer);
    for (size_t i = 0; i < quoted->count; i++) {
        json_begin_object(writer);
        json_pair(writer, "licenseId", quoted->entries[i].key);
        json_pair(writer, "extractedText", *(const struct view *)quoted->entries[i].value);
        json_end_object(writer);
    }
    json_end_array(writer);
}

/* Seconds only: SPDX 2.3, 6.9. */
static void write_creation(struct json_writer *writer, struct arena *arena, const struct report *reports, size_t count)
{
    char created[TIME_TEXT_SIZE];
    int64_t latest = 0;
    for (size_t i = 0; i < count; i++) {
        if (reports[i].image->config.created_ms > latest)
            latest = reports[i].image->config.created_ms;
    }
    time_format(latest / 1000 * 1000, created);
    json_key(writer, "creationInfo");
    json_begin_object(writer);
    json_pair(writer, "created", arena_format(arena, "%.19sZ", created));
    json_key(writer, "creators");
    json_begin_array(writer);
    json_write_text(writer, "Tool: tidewaiter-" TIDEWAITER_VERSION);
    json_end_array(writer);
    json_end_object(writer);
}

static void write_all(const struct report *reports, size_t count, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    struct json_writer writer;
    struct map quoted;
    map_init(&quoted, arena);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_text(&writer, "spdxVersion", "SPDX-2.3");
    json_pair_text(&writer, "dataLicense", "CC0-1.0");
    json_pair_text(&writer, "SPDXID", "SPDXRef-DOCUMENT");
    json_pair(&writer, "name", count > 0 ? reports[0].reference : view_text("nothing"));
    json_pair(&writer, "documentNamespace", sbom_document_urn(arena, reports, count));
    write_creation(&writer, arena, reports, count);
    json_key(&writer, "packages");
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        const struct inventory *inventory = &reports[i].image->inventory;
        write_image(&writer, arena, &reports[i]);
        if (has_distro(&reports[i]))
            write_distro(&writer, arena, &reports[i]);
        for (size_t k = 0; k < inventory->package_count; k++)
            write_package(&writer, arena, &reports[i], &inventory->packages[k], &quoted);
    }
    json_end_array(&writer);
    write_quoted(&writer, &quoted);
    write_relationships(&writer, arena, reports, count);
    json_end_object(&writer);
    buffer_append_byte(out, '\n');
}

const struct report_format report_spdx = {.name = "spdx", .write = write_all};
