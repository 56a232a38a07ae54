/* SPDX-License-Identifier: Apache-2.0 */
/* Bills of materials that an image carries: SPDX 2 in JSON and as tags with values, CycloneDX in JSON. Only packages with a package URL are believed, and
   none of a distribution's own, of which its database is the truth: a document that says more than the database was
   written for another image. What the document as a whole describes (CycloneDX `metadata.component`) is left out: most often that
   is a directory or the image itself. */
#include "package/sbom.h"

#include "package/purl.h"

static const char *const suffixes[] = {".spdx.json", ".cdx.json", ".cdx", ".sbom.json", ".bom.json"};

static bool wants(struct view path)
{
    if (path.size < 4)
        return false;
    char last = path.data[path.size - 1];
    if (last != 'n' && last != 'x')
        return false;
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (view_ends_with(path, suffixes[i]))
            return true;
    }
    if (listing_is_file(path, view_text("bom.json")))
        return true;
    return view_ends_with(path, ".spdx"); /* also Bitnami's .spdx-redis.spdx */
}

void sbom_add(struct listing *listing, struct view text, struct view licenses)
{
    struct purl purl;
    struct package package;
    struct distro distro;
    struct error err;
    enum package_type type;
    struct installation installation = {.licenses = licenses};
    if (text.size == 0)
        return;
    if (!purl_parse(listing->arena, text, &purl, &err)) {
        listing_damaged(listing, "package URL \"%.*s\": %s", VIEW_PRINT(view_slice(text, 0, 128)), err.message);
        return;
    }
    if (!package_type_of_purl(purl.type, &type) || package_type_is_system(type))
        return;
    purl_read(listing->arena, &purl, &package, &distro);
    package.ecosystem = (struct view){0};
    if (type == PACKAGE_BITNAMI)
        package.vendor = purl_qualifier(&purl, "distro");
    listing_add_package(listing, &package, &installation);
}

struct view sbom_spdx_licenses(struct arena *arena, struct json package)
{
    static const char *const members[] = {"licenseConcluded", "licenseDeclared"};
    struct view licenses = {0};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && licenses.size == 0; i++) {
        struct view license = json_member_string(package, members[i]);
        if (!view_is(license, "NOASSERTION") && !view_is(license, "NONE"))
            listing_add_license(arena, &licenses, license);
    }
    return licenses;
}

static void add_spdx(struct listing *listing, struct json packages)
{
    for (struct json_iterator i = json_each(packages); json_next(&i);) {
        for (struct json_iterator reference = json_each(json_member(i.value, "externalRefs")); json_next(&reference);) {
            if (view_is(json_member_string(reference.value, "referenceType"), "purl"))
                sbom_add(listing, json_member_string(reference.value, "referenceLocator"),
                    sbom_spdx_licenses(listing->arena, i.value));
        }
    }
}

struct view sbom_cyclonedx_licenses(struct arena *arena, struct json component)
{
    struct view licenses = {0};
    for (struct json_iterator i = json_each(json_member(component, "licenses")); json_next(&i);) {
        struct json license = json_member(i.value, "license");
        struct view id = json_member_string(license, "id");
        listing_add_license(arena, &licenses, id.size > 0 ? id : json_member_string(license, "name"));
        listing_add_license(arena, &licenses, json_member_string(i.value, "expression"));
    }
    return licenses;
}

/* Components may hold others; the depth of JSON limits that. */
static void add_cyclonedx(struct listing *listing, struct json components)
{
    for (struct json_iterator i = json_each(components); json_next(&i);) {
        sbom_add(listing, json_member_string(i.value, "purl"), sbom_cyclonedx_licenses(listing->arena, i.value));
        add_cyclonedx(listing, json_member(i.value, "components"));
    }
}

bool sbom_take_into_listing(void *listing, const struct sbom_component *component, struct error *err)
{
    (void)err;
    sbom_add(listing, component->purl, component->licenses);
    return true;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_GENERIC);
    if (sbom_is_tagged(listing_text(content))) {
        bool is_read = sbom_read_tags(arena, listing_text(content), sbom_take_into_listing, &listing, err);
        listing_finish(&listing);
        return is_read;
    }
    if (!listing_parse_json(document, content, "bill of materials", &root, err))
        return false;
    if (json_is_present(json_member(root, "spdxVersion")))
        add_spdx(&listing, json_member(root, "packages"));
    else if (view_is(json_member_string(root, "bomFormat"), "CycloneDX"))
        add_cyclonedx(&listing, json_member(root, "components"));
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_sbom = {
    .name = "sbom",
    .version = 2,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
