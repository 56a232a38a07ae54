/* SPDX-License-Identifier: Apache-2.0 */
/* VEX documents: what an author says of vulnerabilities in products. OpenVEX (0.0.1 to 0.2.0) and CSAF 2.0 documents become
   claims: one vulnerability, one product, one status each. Which of them speaks of a package of an image, and which
   counts if several do, is decided here; what follows from it is the caller's business. Everything is borrowed from
   the parsed document or lives in the arena. Pure. */
#ifndef FINDING_VEX_H
#define FINDING_VEX_H

#include "base/json.h"
#include "package/distro.h"
#include "package/purl.h"

enum vex_status {
    VEX_NOT_AFFECTED,
    VEX_AFFECTED,
    VEX_FIXED,
    VEX_UNDER_INVESTIGATION,
    VEX_STATUS_COUNT,
};
const char *vex_status_name(enum vex_status status); /* OpenVEX's: "not_affected" */
bool vex_status_parse(struct view name, enum vex_status *status);

/* Whether the finding does not count. */
bool vex_status_suppresses(enum vex_status status);

enum {
    VEX_BYTES_MAX = 20 << 20, /* of a document: a parsed one takes some 13 times its size */
    VEX_CLAIMS_MAX = 1000 * 1000, /* of one document */
    VEX_TEXT_MAX = 4096, /* bytes of one text; longer explanations are cut */
};

/* A product, or a component of one. Of its identifiers those that are not empty. */
struct vex_subject {
    struct view name; /* as the document names it: for people, and compared with references of images */
    struct view purl; /* "pkg:…" */
    struct view range; /* "vers:…": versions of the package URL, which has none */
    struct view cpe; /* 2.2 */
    struct view sha256; /* hexadecimal */
};

struct vex_claim {
    struct view ids; /* the vulnerability's names, one a line */
    enum vex_status status;
    struct view justification; /* "component_not_present"; may be empty */
    struct view statement; /* for people: impact, or what to do; may be empty */
    struct vex_subject product;
    struct vex_subject component; /* inside the product; without any identifier: the product as a whole */
    int64_t time_ms;
    uint64_t number; /* of its statement in the document, or of CSAF's vulnerability, from 1 */
};

struct vex_header {
    const char *format; /* "OpenVEX" or "CSAF" */
    struct view id;
    struct view author;
    int64_t time_ms;
};

/* A text of a document within VEX_TEXT_MAX, cut between characters. */
struct view vex_text(struct view text);

/* Takes what is read, the header first. Valid during the call. */
struct vex_reader {
    bool (*header)(struct vex_reader *reader, const struct vex_header *header, struct error *err);
    bool (*claim)(struct vex_reader *reader, const struct vex_claim *claim, struct error *err);
};

/* ERROR_INVALID names the statement and what is wrong with it; ERROR_UNSUPPORTED: neither of the two formats. */
bool vex_read(struct arena *arena, struct json root, struct vex_reader *reader, struct error *err) MUST_CHECK;

/* Its two formats. */
bool vex_read_openvex(struct arena *arena, struct json root, struct vex_reader *reader, struct error *err) MUST_CHECK;
bool vex_read_csaf(struct arena *arena, struct json root, struct vex_reader *reader, struct error *err) MUST_CHECK;

/* A document with all that it says, borrowed from what was parsed. Errors as vex_read. */
struct vex_statements {
    struct vex_header header;
    struct vex_claim *claims;
    size_t claim_count;
};
bool vex_read_all(
    struct arena *arena, struct json root, struct vex_statements *statements, struct error *err) MUST_CHECK;

/* A claim as bytes, and back: ERROR_CORRUPT if it is none. Texts live in the arena. */
struct unpack;
void vex_claim_pack(const struct vex_claim *claim, struct buffer *packed);
bool vex_claim_unpack(
    struct arena *arena, struct unpack *packed, struct vex_claim *claim, struct error *err) MUST_CHECK;

/* A name of a vulnerability as claims are looked up by: in upper case. */
struct view vex_id_key(struct arena *arena, struct view id);

/* The image as products name it. */
struct vex_image {
    struct view reference; /* as the user named it */
    struct view repository; /* "registry.example.com/team/app"; empty if it came from no registry */
    struct view tag;
    struct view *digests; /* of manifest and config, "sha256:…" */
    size_t digest_count;
    struct view architecture;
    const struct distro *distro;
};

bool vex_is_image(struct arena *arena, const struct vex_subject *subject, const struct vex_image *image);

/* The distribution, by its CPE: vendor and product are equal, and the version is the same or a minor one of it. */
bool vex_is_distro(const struct vex_subject *subject, const struct distro *distro);

/* Type, namespace, name; version or range if the subject has one; and each qualifier that it has (those that only the package
   has do not count). "arch=src" and "arch=source" mean the source package. */
bool vex_is_package(
    struct arena *arena, const struct vex_subject *subject, const struct package *package, const struct distro *distro);

#endif
