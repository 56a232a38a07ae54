/* SPDX-License-Identifier: Apache-2.0 */
/* updateinfo.xml of a yum repository: updates with their references and packages (the form that createrepo_c's
   libmodifyrepo and dnf read). Each update is written as soon as it ends. Makes no system call. */
#ifndef FEED_UPDATEINFO_H
#define FEED_UPDATEINFO_H

#include "feed/errata.h"
#include "feed/xml_stream.h"

struct updateinfo;

/* The reading is borrowed. */
struct updateinfo *updateinfo_new(const struct errata_reading *reading);
void updateinfo_free(struct updateinfo *updateinfo); /* NULL is fine */

struct xml_stream_handler updateinfo_handler(struct updateinfo *updateinfo);

/* Why the sink ended the reading; code ERROR_NONE if it did not. */
const struct error *updateinfo_error(const struct updateinfo *updateinfo);

#endif
