/* SPDX-License-Identifier: Apache-2.0 */
/* Yum repositories: repodata/repomd.xml tells the name and checksum of the other files (createrepo_c). */
#ifndef FEED_REPOSITORY_H
#define FEED_REPOSITORY_H

#include "base/digest.h"
#include "feed/feed.h"

/* For struct feed: runs in the child. Lists one id, "sha256:… repodata/…-updateinfo.xml.gz", or "- …" if it has another checksum;
   none if the repository has no updateinfo. */
extern const struct feed_file repository_metadata;

/* What was listed. False if it is not of that form: the name must lie below "repodata/". */
bool repository_entry_parse(struct view entry, struct view *name, struct digest *digest, bool *has_digest);

/* The address of the repository in a mirror.list: its first line that is one. Empty if there is none. */
struct view repository_mirror(struct view list);

#endif
