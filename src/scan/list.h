/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of packages that others made: a bill of materials (CycloneDX as JSON or XML, SPDX 2 as JSON or tags) or package URLs, one a line. The bytes
   are parsed in the sandboxed child; the parent checks what comes back. */
#ifndef SCAN_LIST_H
#define SCAN_LIST_H

#include "scan/scan.h"

enum list_format { LIST_PURLS, LIST_SBOM };

enum {
    LIST_BYTES_MAX = 64 << 20, /* of package URLs */
    SBOM_BYTES_MAX = 16 << 20, /* a parsed document takes some 13 times its size */
    LIST_PACKAGES_MAX = 1000000,
    LIST_GAPS_MAX = 100, /* entries that cannot be read and are told one by one; the others are counted */
};

/* Reads the list into an inventory. ERROR_INVALID if the whole is no such list; a broken entry is a gap. The input is not
   closed. Everything lives in the arena. */
bool scan_list(const struct scan_context *context, enum list_format format, struct source *input, struct arena *arena,
    struct scan_image *image, struct error *err) MUST_CHECK;

/* A package as a list has it. */
struct list_entry {
    struct package package;
    struct view place; /* in the list; may be empty */
    struct view licenses; /* several are separated by '\n' */
};

/* The child's side. What it finds goes to the callbacks as soon as it is read. */
struct list_reader {
    bool (*package)(struct list_reader *reader, const struct list_entry *entry, struct error *err);
    /* The distribution of the whole, as far as it is known. */
    bool (*distro)(struct list_reader *reader, const struct distro *distro, struct error *err);
    /* An entry that cannot be used. */
    bool (*gap)(struct list_reader *reader, struct view place, struct view reason, struct error *err);
};

bool list_read_purls(struct list_reader *reader, struct view content, struct error *err) MUST_CHECK;
bool list_read_sbom(struct list_reader *reader, struct view content, struct error *err) MUST_CHECK;

extern const struct sandbox_task list_task;

#endif
