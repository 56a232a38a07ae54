/* SPDX-License-Identifier: Apache-2.0 */
/* Programs and shared libraries as machine code: ELF, PE and Mach-O, reduced to their named sections and loaded segments. All
   offsets and sizes are checked; parts that do not lie in the file are left out. Borrows the content. */
#ifndef PACKAGE_EXECUTABLE_H
#define PACKAGE_EXECUTABLE_H

#include "base/arena.h"
#include "base/view.h"

#include <stdint.h>

enum executable_kind { EXECUTABLE_ELF, EXECUTABLE_MACH_O, EXECUTABLE_PE };

struct executable_part {
    struct view name; /* of a section; empty for segments of ELF */
    struct view content;
    uint64_t address; /* where it is loaded */
    bool is_writable;
    bool is_code;
};

struct executable {
    enum executable_kind kind;
    struct view content;
    struct executable_part *sections;
    size_t section_count;
    struct executable_part *segments; /* of PE: the sections */
    size_t segment_count;
    bool has_more; /* sections or segments than are looked at */
};

/* Sections or segments that are looked at. */
#define EXECUTABLE_PARTS_MAX 65535

/* Bytes that executable_is_likely needs at most. */
#define EXECUTABLE_HEAD_BYTES 64

/* The fact of a script that belongs to a package although none owns it. */
#define EXECUTABLE_ATTRIBUTED_FACT "ATTRIBUTED"

/* Whether a file that starts like this is a program or shared library: no object file, kernel module or core dump. */
bool executable_is_likely(struct view head);

/* The images in a file: a fat Mach-O has several, everything else one. `index` counts from 0; false if there is no such
   image, or it is damaged. */
bool executable_open(struct arena *arena, struct view content, size_t index, struct executable *executable);

/* The first section of this name; empty if there is none. */
struct view executable_section(const struct executable *executable, const char *name);

/* What is loaded at an address, up to the end of its segment; empty if nothing of the file is. */
struct view executable_at(const struct executable *executable, uint64_t address);

#endif
