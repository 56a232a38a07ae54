/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory of an image: its layer records merged from the bottom up. Belongs to (config digest, ordered layer blob
   digests). Pure. */
#ifndef SCAN_INVENTORY_H
#define SCAN_INVENTORY_H

#include "package/distro.h"
#include "scan/record.h"

/* Paths of files that no package accounts for which reports and the store name; all are counted. */
#define UNATTRIBUTED_LISTED_MAX 1000

struct together_list;

struct inventory_package {
    struct package package; /* with its ecosystem */
    struct view path; /* the file that records it; inside an archive, "!/" and the place in it follow */
    uint32_t layer; /* index of the lowest layer from which on it has been there without a break */
    struct view owner; /* name of the distribution's package that owns the recording file; empty for OS packages */
    const char *analyzer; /* how it was recognised */
    struct view licenses; /* as recorded; several are separated by '\n' */
    struct view commit; /* of a package that comes from a repository of sources */
    bool is_third_party; /* an OS package that is not the distribution's */
    bool is_development;
};

struct inventory {
    struct distro distro;
    struct inventory_package *packages; /* sorted by type, name, version, arch, path */
    size_t package_count;
    struct inventory_package *removed; /* were in a lower layer, are not in the image */
    size_t removed_count;
    /* Paths of programs, libraries and Java archives that no package accounts for, sorted. */
    struct unattributed_list {
        struct view *items;
        size_t count;
        size_t capacity;
    } unattributed;
    struct gap_list gaps;
};

/* What an inventory is made of. */
struct inventory_input {
    struct layer_record *records; /* from the bottom up */
    size_t count;
    const struct together_list *together; /* what databases of several files say; NULL: nothing */
    bool wants_lock_files; /* with what analyzers of lock files reported; else as if these files had said nothing */
};

/* Views of the inventory point into the records and into the arena. */
void inventory_build(struct arena *arena, const struct inventory_input *input, struct inventory *inventory);

/* Puts the packages, present and removed, into their order. */
void inventory_sort(struct inventory *inventory);

#endif
