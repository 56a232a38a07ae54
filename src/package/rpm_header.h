/* SPDX-License-Identifier: Apache-2.0 */
/* The header blob of one package in an rpm database: an index of tags and the data that they point to, big-endian in every
   container (rpm's documentation, "Package format", section Header). Views point into the blob. Pure, no allocation. */
#ifndef PACKAGE_RPM_HEADER_H
#define PACKAGE_RPM_HEADER_H

#include "base/error.h"
#include "base/view.h"

/* Largest header blob that is read: the largest packages (kernel sources, TeX) have a few MiB. */
#define RPM_HEADER_BYTES_MAX (32u << 20)

/* Index entries of one header; rpm itself takes no more. */
#define RPM_ENTRIES_MAX 65535

/* The tags that are kept. */
enum rpm_tag {
    RPM_NAME,
    RPM_VERSION,
    RPM_RELEASE,
    RPM_EPOCH,
    RPM_VENDOR,
    RPM_LICENSE,
    RPM_ARCH,
    RPM_OLD_FILE_NAMES, /* whole paths, as rpm 3 wrote them */
    RPM_FILE_STATES,
    RPM_FILE_FLAGS,
    RPM_SOURCE_RPM,
    RPM_DIRECTORY_INDEXES,
    RPM_BASE_NAMES,
    RPM_DIRECTORY_NAMES,
    RPM_MODULARITY_LABEL,
    RPM_TAG_COUNT
};

struct rpm_value {
    struct view data; /* from the value to the end of the blob; texts are ended by NUL inside it */
    uint32_t
        count; /* of numbers, which are all inside, or of texts, as far as promised; 0 = the package lacks the tag */
};

struct rpm_header {
    struct rpm_value values[RPM_TAG_COUNT];
};

/* Of a tag that occurs twice the last one counts: what rpm adds at installation stands behind the signed region. A value that
   does not fit is as good as absent; ERROR_INVALID if the sizes of index and data do not make the blob, ERROR_LIMIT. */
bool rpm_header_read(struct view blob, struct rpm_header *header, struct error *err) MUST_CHECK;

/* The first text of a tag; empty if it is absent. */
struct view rpm_header_text(const struct rpm_header *header, enum rpm_tag tag);

/* The number at `i`; false if there is none. RPM_FILE_STATES has bytes, the others are 32 bits wide. */
bool rpm_header_number(const struct rpm_header *header, enum rpm_tag tag, uint32_t i, uint32_t *number);

/* The next of a tag's texts, from a copy of its value; false at the end, also at one that comes too early. */
bool rpm_value_next_text(struct rpm_value *value, struct view *text);

#endif
