/* SPDX-License-Identifier: Apache-2.0 */
/* What the SBOM formats share: identifiers that the same image always gets, and licences. Pure. */
#ifndef REPORT_SBOM_H
#define REPORT_SBOM_H

#include "report/report.h"

/* Letters and digits that name this installation in this image; equal scans give equal ones. */
struct view sbom_package_id(
    struct arena *arena, const struct report *report, const struct inventory_package *installed);

/* The same for the image, of all reports of a document. */
struct view sbom_document_id(struct arena *arena, const struct report *reports, size_t count);

/* "urn:uuid:…" made from the document's id, in the form of RFC 9562, version 8. */
struct view sbom_document_urn(struct arena *arena, const struct report *reports, size_t count);

/* The image's manifest digest, empty for a directory. */
struct view sbom_image_version(const struct report *report);

struct view sbom_package_purl(
    struct arena *arena, const struct report *report, const struct inventory_package *installed);

/* epoch:version-release for rpm, else the version. */
struct view sbom_package_version(struct arena *arena, const struct package *package);

/* Whether the text is one well-known id of the SPDX licence list, and whether it is an expression of such ids (SPDX 2.3
   annex D, without LicenseRef). Ids that the table does not have are text: nothing is claimed that is not known. */
bool sbom_license_is_id(struct view text);
bool sbom_license_is_expression(struct view text);

#endif
