/* SPDX-License-Identifier: Apache-2.0 */
/* Package databases in the form of Debian's control files (deb822, Debian Policy 5.1): dpkg's and opkg's. */
#ifndef PACKAGE_CONTROL_FILE_H
#define PACKAGE_CONTROL_FILE_H

#include "package/analyzer.h"

/* Name of the facts of files that tell nothing but licences: one of the package whose file it is. */
#define CONTROL_LICENSE_FACT "license"

struct control_options {
    enum package_type type;
    bool needs_status; /* a paragraph without Status is damage; else it is an installed package */
};

/* Reports the packages whose files are on disk. ERROR_INVALID if no line has the form of a field. */
bool control_file_read(struct view content, const struct control_options *options, struct analysis *analysis,
    struct error *err) MUST_CHECK;

#endif
