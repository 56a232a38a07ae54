/* SPDX-License-Identifier: Apache-2.0 */
/* The source package of an rpm, from the file name that it records. Pure. */
#ifndef PACKAGE_RPM_SOURCE_H
#define PACKAGE_RPM_SOURCE_H

#include "base/view.h"

/* "perl-5.26.3-419.el8_4.1.src.rpm" gives "perl" and "5.26.3-419.el8_4.1"; the epoch is not in it. What is not of this form
   says nothing of the source, which is then taken to be the package itself: `name` and `version_release`. */
void rpm_source_split(struct view file, struct view name, struct view version_release, struct view *source_name,
    struct view *source_version);

#endif
