/* SPDX-License-Identifier: Apache-2.0 */
/* Extended update streams of Red Hat: an image that follows one ("rhel_eus:9.4") has the vulnerabilities that the advisories of
   the release disclose, is mended by the stream's own advisories, and cannot have the release's fixes of later minors. Pure. */
#ifndef FINDING_EXTENDED_H
#define FINDING_EXTENDED_H

#include "base/view.h"

#include <stdbool.h>

/* Whether packages of this ecosystem follow an extended stream. */
bool extended_is_stream(struct view ecosystem);

/* Whether the element of an advisory is the stream's own, and not the release's. */
bool extended_is_own(struct view advisory_ecosystem, struct view package_ecosystem);

/* Whether a build ("5.14.0-503.11.1.el9_5") is of a later minor release than the stream; false if either does not tell. */
bool extended_is_beyond(struct view package_ecosystem, struct view fixed);

#endif
