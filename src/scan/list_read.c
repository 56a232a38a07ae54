/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of lists: package URLs, CycloneDX and SPDX. */
#include "scan/list.h"

#include "advisory/ecosystem.h"
#include "base/json.h"
#include "package/purl.h"
#include "package/sbom.h"

/* A document being read. */
struct bill {
    struct list_reader *reader;
    struct arena *arena; /* emptied after each entry */
    struct distro distro; /* of the whole document; for entries that name none */
    struct arena *distro_arena;
    bool has_distro; /* the document has one of its own */
    uint64_t unnamed_count; /* components without a package URL */
};

/* Whether a package URL's namespace tells another distribution than that of the document; SUSE's go by several names. */
static bool is_of_other(const struct bill *bill, const struct package *package)
{
    struct view own = ecosystem_base(package->ecosystem);
    struct view whole = ecosystem_base(distro_ecosystem(bill->arena, &bill->distro, package->type));
    bool is_suse =
        view_find_text(own, view_text("SUSE")) < own.size && view_find_text(whole, view_text("SUSE")) < whole.size;
    return own.size > 0 && whole.size > 0 && !is_suse && !view_equal(own, whole);
}

/* `entry` has its place. */
static bool read_purl(struct bill *bill, struct view text, struct list_entry *entry, struct distro *distro,
    bool *is_read, struct error *err)
{
    struct purl purl;
    struct error complaint;
    struct package *package = &entry->package;
    *is_read = purl_parse(bill->arena, text, &purl, &complaint);
    if (!*is_read)
        return bill->reader->gap(bill->reader, entry->place, view_text(complaint.message), err);
    purl_read(bill->arena, &purl, package, distro);
    bool is_unplaced = package_type_is_system(package->type) && purl_qualifier(&purl, "distro").size == 0;
    if (is_unplaced && bill->has_distro && (purl.name_space.size == 0 || !is_of_other(bill, package))) {
        *distro = bill->distro;
        package->ecosystem = distro_ecosystem(bill->arena, distro, package->type);
    }
    return true;
}

bool list_read_purls(struct list_reader *reader, struct view content, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct bill bill = {.reader = reader, .arena = arena};
    uint64_t line_number = 0, count = 0;
    bool is_told = false;
    while (content.size > 0) {
        struct list_entry entry = {.place = view_text("")};
        struct distro distro;
        bool is_read;
        struct view line = view_trim(view_cut_line(&content));
        arena_reset(arena);
        line_number++;
        if (line.size == 0 || line.data[0] == '#')
            continue;
        if (++count > LIST_PACKAGES_MAX)
            return error_set(err, ERROR_LIMIT, "the list has more than %d packages", LIST_PACKAGES_MAX);
        entry.place = arena_format(arena, "line %llu", (unsigned long long)line_number);
        if (!read_purl(&bill, line, &entry, &distro, &is_read, err))
            return false;
        if (is_read && ((!is_told && distro.is_known && !reader->distro(reader, &distro, err)) ||
                           !reader->package(reader, &entry, err)))
            return false;
        is_told = is_told || (is_read && distro.is_known);
    }
    return true;
}

/* What writers call distributions: "debian" "12.5", "red hat" … The package URL that says the same maps these names. */
static bool set_distro(struct bill *bill, struct view name, struct view version, struct error *err)
{
    struct error ignored;
    struct purl purl;
    struct package package;
    if (name.size == 0 || bill->has_distro)
        return true;
    struct view text = arena_format(
        bill->distro_arena, "pkg:rpm/%.*s/x?distro=%.*s-%.*s", VIEW_PRINT(name), VIEW_PRINT(name), VIEW_PRINT(version));
    if (!purl_parse(bill->distro_arena, text, &purl, &ignored))
        return true;
    purl_read(bill->distro_arena, &purl, &package, &bill->distro);
    bill->has_distro = bill->distro.is_known;
    return !bill->has_distro || bill->reader->distro(bill->reader, &bill->distro, err);
}

static struct view property(struct json component, const char *name)
{
    for (struct json_iterator i = json_each(json_member(component, "properties")); json_next(&i);) {
        if (view_is(json_member_string(i.value, "name"), name))
            return json_member_string(i.value, "value");
    }
    return view_of(NULL, 0);
}

/* Trivy puts the source package into properties of its own, in parts. */
static void set_source(struct bill *bill, const struct sbom_component *component, struct package *package)
{
    struct view name = component->source_name, version = component->source_version;
    struct view release = component->source_release, epoch = component->source_epoch;
    bool has_source = package->type == PACKAGE_DEB || package->type == PACKAGE_APK;
    if (!has_source || name.size == 0 || version.size == 0)
        return;
    package->source_name = name;
    package->source_version = arena_format(bill->arena, "%.*s%s%.*s%s%.*s", epoch.size > 0 ? (int)epoch.size : 0,
        epoch.size > 0 ? epoch.data : "", epoch.size > 0 ? ":" : "", VIEW_PRINT(version), release.size > 0 ? "-" : "",
        release.size > 0 ? (int)release.size : 0, release.size > 0 ? release.data : "");
}

static void read_source(struct bill *bill, struct json component, struct package *package)
{
    const struct sbom_component source = {
        .source_name = property(component, "aquasecurity:trivy:SrcName"),
        .source_version = property(component, "aquasecurity:trivy:SrcVersion"),
        .source_release = property(component, "aquasecurity:trivy:SrcRelease"),
        .source_epoch = property(component, "aquasecurity:trivy:SrcEpoch"),
    };
    set_source(bill, &source, package);
}

static bool is_os(struct json component)
{
    return view_is(json_member_string(component, "type"), "operating-system");
}

static bool read_component(struct bill *bill, struct json component, struct error *err)
{
    struct list_entry entry = {.place = json_member_string(component, "bom-ref")};
    struct distro distro;
    bool is_read;
    struct view purl = json_member_string(component, "purl");
    struct view type = json_member_string(component, "type");
    arena_reset(bill->arena);
    if (purl.size == 0) {
        bill->unnamed_count += view_is(type, "library") || view_is(type, "application") || view_is(type, "framework");
        return true;
    }
    if (!read_purl(bill, purl, &entry, &distro, &is_read, err) || !is_read)
        return !is_read;
    read_source(bill, component, &entry.package);
    entry.licenses = sbom_cyclonedx_licenses(bill->arena, component);
    return bill->reader->package(bill->reader, &entry, err);
}

/* Components may hold others, as deep as the parser allows. */
static bool read_components(struct bill *bill, struct json list, struct error *err)
{
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        bool is_fine = !is_os(i.value) || set_distro(bill, json_member_string(i.value, "name"),
                                              json_member_string(i.value, "version"), err);
        if (!is_fine || !read_component(bill, i.value, err) ||
            !read_components(bill, json_member(i.value, "components"), err))
            return false;
    }
    return true;
}

/* The distribution may stand behind the packages that it decides on. */
static bool find_os(struct bill *bill, struct json list, struct error *err)
{
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        if (is_os(i.value) &&
            !set_distro(bill, json_member_string(i.value, "name"), json_member_string(i.value, "version"), err))
            return false;
    }
    return true;
}

static bool read_cyclonedx(struct bill *bill, struct json root, struct error *err)
{
    struct json components = json_member(root, "components");
    if (json_is_present(components) && json_type(components) != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "\"components\" is not a list");
    return find_os(bill, components, err) && read_components(bill, components, err);
}

static struct view spdx_purl(struct json package)
{
    for (struct json_iterator i = json_each(json_member(package, "externalRefs")); json_next(&i);) {
        if (view_is(json_member_string(i.value, "referenceType"), "purl"))
            return json_member_string(i.value, "referenceLocator");
    }
    return view_of(NULL, 0);
}

/* "built package from: openssl 3.0.11-1" */
static void read_source_info(struct view text, struct package *package)
{
    bool has_source = package->type == PACKAGE_DEB || package->type == PACKAGE_APK;
    if (!has_source || !view_starts_with(text, "built package from: "))
        return;
    text = view_from(text, strlen("built package from: "));
    struct view name = view_cut(&text, ' ');
    if (name.size > 0 && text.size > 0) {
        package->source_name = name;
        package->source_version = view_trim(text);
    }
}

static bool is_spdx_os(struct json package)
{
    return view_is(json_member_string(package, "primaryPackagePurpose"), "OPERATING-SYSTEM") ||
           view_starts_with(json_member_string(package, "SPDXID"), "SPDXRef-OperatingSystem");
}

static bool read_spdx_package(struct bill *bill, struct json package, struct error *err)
{
    struct list_entry entry = {.place = json_member_string(package, "SPDXID")};
    struct distro distro;
    bool is_read;
    struct view purl = spdx_purl(package);
    arena_reset(bill->arena);
    if (purl.size == 0) {
        struct view purpose = json_member_string(package, "primaryPackagePurpose");
        bill->unnamed_count += view_is(purpose, "LIBRARY") || view_is(purpose, "APPLICATION");
        return true;
    }
    if (view_starts_with(purl, "pkg:oci/") || view_starts_with(purl, "pkg:docker/"))
        return true;
    if (!read_purl(bill, purl, &entry, &distro, &is_read, err) || !is_read)
        return !is_read;
    read_source_info(json_member_string(package, "sourceInfo"), &entry.package);
    entry.licenses = sbom_spdx_licenses(bill->arena, package);
    return bill->reader->package(bill->reader, &entry, err);
}

static bool read_spdx(struct bill *bill, struct json root, struct error *err)
{
    struct json packages = json_member(root, "packages");
    if (json_is_present(packages) && json_type(packages) != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "\"packages\" is not a list");
    for (struct json_iterator i = json_each(packages); json_next(&i);) {
        if (is_spdx_os(i.value) &&
            !set_distro(bill, json_member_string(i.value, "name"), json_member_string(i.value, "versionInfo"), err))
            return false;
    }
    for (struct json_iterator i = json_each(packages); json_next(&i);) {
        if (!read_spdx_package(bill, i.value, err))
            return false;
    }
    return true;
}

/* -- the forms that are not JSON: all components first, since the distribution may stand behind what it decides on -- */

struct component_list {
    struct arena *arena;
    struct sbom_component *items;
    size_t count;
    size_t capacity;
};

static bool keep_component(void *context, const struct sbom_component *component, struct error *err)
{
    struct component_list *list = context;
    if (list->count == LIST_PACKAGES_MAX)
        return error_set(err, ERROR_LIMIT, "the list has more than %d packages", LIST_PACKAGES_MAX);
    *(struct sbom_component *)ARENA_PUSH(list->arena, list) = *component;
    return true;
}

static bool read_kept(struct bill *bill, const struct sbom_component *component, struct error *err)
{
    struct list_entry entry = {.place = component->place, .licenses = component->licenses};
    struct distro distro;
    bool is_read;
    struct view purl = component->purl;
    arena_reset(bill->arena);
    if (purl.size == 0) {
        bill->unnamed_count += component->is_software;
        return true;
    }
    if (view_starts_with(purl, "pkg:oci/") || view_starts_with(purl, "pkg:docker/"))
        return true;
    if (!read_purl(bill, purl, &entry, &distro, &is_read, err) || !is_read)
        return !is_read;
    set_source(bill, component, &entry.package);
    read_source_info(component->source_info, &entry.package);
    return bill->reader->package(bill->reader, &entry, err);
}

static bool read_all_kept(struct bill *bill, const struct component_list *list, struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct sbom_component *component = &list->items[i];
        if (component->is_system && !set_distro(bill, component->name, component->version, err))
            return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (!read_kept(bill, &list->items[i], err))
            return false;
    }
    return true;
}

static bool unknown_bill(struct error *err)
{
    return error_set(err, ERROR_UNSUPPORTED,
        "the bill of materials is neither CycloneDX (JSON with \"bomFormat\", or XML) nor SPDX 2 (JSON with "
        "\"spdxVersion\", or tags)");
}

static bool read_text_forms(struct bill *bill, struct arena *arena, struct view content, struct error *err)
{
    struct component_list list = {.arena = arena};
    bool is_bill = true;
    bool is_read = sbom_is_tagged(content) ? sbom_read_tags(arena, content, keep_component, &list, err)
                                           : sbom_read_xml(arena, content, keep_component, &list, &is_bill, err);
    if (is_read && !is_bill)
        return unknown_bill(err);
    return is_read && read_all_kept(bill, &list, err);
}

static bool tell_unnamed(struct bill *bill, struct error *err)
{
    if (bill->unnamed_count == 0)
        return true;
    arena_reset(bill->arena);
    return bill->reader->gap(bill->reader, view_text(""),
        arena_format(bill->arena, "%llu components have no package URL, so nothing is known of their ecosystem",
            (unsigned long long)bill->unnamed_count),
        err);
}

bool list_read_sbom(struct list_reader *reader, struct view content, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ARENA *distro_arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct bill bill = {.reader = reader, .arena = arena, .distro_arena = distro_arena};
    struct json root;
    AUTO_ARENA *kept_arena = arena_new();
    struct view text = view_trim(listing_text(content));
    if (sbom_is_tagged(text) || view_starts_with(text, "<"))
        return read_text_forms(&bill, kept_arena, text, err) && tell_unnamed(&bill, err);
    if (!json_parse(document, content, SBOM_BYTES_MAX, "bill of materials", &root, err))
        return false;
    if (view_is(json_member_string(root, "bomFormat"), "CycloneDX"))
        return read_cyclonedx(&bill, root, err) && tell_unnamed(&bill, err);
    if (view_starts_with(json_member_string(root, "spdxVersion"), "SPDX-2."))
        return read_spdx(&bill, root, err) && tell_unnamed(&bill, err);
    return unknown_bill(err);
}
