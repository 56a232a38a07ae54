/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the packages that somebody else built for a distribution (Docker, NodeSource, EPEL, a PPA) from its own: the
   distribution's advisories say nothing of them. They need a sign of another origin; without one a package counts as the
   distribution's, so that its advisories are not lost. Pure. */
#ifndef PACKAGE_THIRD_PARTY_H
#define PACKAGE_THIRD_PARTY_H

#include "base/view.h"

/* By vendor and release of an rpm. */
bool third_party_rpm(struct view vendor, struct view release);

/* By maintainer and version of a Debian package; `vendor` is the field that builders other than Debian's and Ubuntu's write. */
bool third_party_deb(struct view maintainer, struct view version, struct view vendor);

#endif
