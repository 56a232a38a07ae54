/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of bills of materials share: those of files in an image, and `scan sbom:FILE`. */
#ifndef PACKAGE_SBOM_H
#define PACKAGE_SBOM_H

#include "package/listing.h"

/* A component of CycloneDX or a package of SPDX. */
struct sbom_component {
    struct view purl; /* empty: it has none */
    struct view name;
    struct view version;
    struct view place; /* bom-ref, SPDXID */
    struct view licenses; /* as installations have them */
    struct view source_info; /* SPDX */
    struct view source_name, source_version, source_release, source_epoch; /* Trivy's properties */
    bool is_system; /* stands for the distribution */
    bool is_software; /* a library, framework or application */
};

typedef bool sbom_take(void *context, const struct sbom_component *component, struct error *err);

/* Whether a document is SPDX 2 as tags with values. Comments may stand before the first tag. */
bool sbom_is_tagged(struct view content);

/* SPDX 2.3, "Tag-value": one tag a line; a text in <text> may have several lines, which are no tags. Fails as `take` does. */
bool sbom_read_tags(
    struct arena *arena, struct view content, sbom_take *take, void *context, struct error *err) MUST_CHECK;

/* CycloneDX as XML. What the document as a whole describes is left out. Nothing is taken, and `*is_bill` is false, if it is
   another document. */
bool sbom_read_xml(struct arena *arena, struct view content, sbom_take *take, void *context, bool *is_bill,
    struct error *err) MUST_CHECK;

/* `licenses` of a component of CycloneDX as JSON: {"license":{"id":…}}, {"license":{"name":…}} or {"expression":…}. */
struct view sbom_cyclonedx_licenses(struct arena *arena, struct json component);

/* The concluded licence of a package of SPDX as JSON, else the declared one. */
struct view sbom_spdx_licenses(struct arena *arena, struct json package);

/* Lists what a package URL names, unless it is one of a distribution's own or of an unknown type; an empty one is none. A
   broken one is damage. */
void sbom_add(struct listing *listing, struct view purl, struct view licenses);

/* The same with the context of a sbom_take; never fails. */
bool sbom_take_into_listing(void *listing, const struct sbom_component *component, struct error *err);

#endif
