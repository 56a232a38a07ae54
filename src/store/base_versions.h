/* SPDX-License-Identifier: Apache-2.0 */
/* Which tag of a base image comes after which: by the versioning schema of its repository. Pure. */
#ifndef STORE_BASE_VERSIONS_H
#define STORE_BASE_VERSIONS_H

#include "base/regex.h"
#include "base/view.h"

#include <stdbool.h>

enum base_schema {
    BASE_SCHEMA_SHAPE, /* tags that differ in their numbers alone: "12.1-slim" and "12.2-slim" */
    BASE_SCHEMA_SEMVER, /* MAJOR.MINOR.PATCH by the letter, without a "v" */
    BASE_SCHEMA_CUSTOM, /* tags that match an expression, by their numbers */
    BASE_SCHEMA_SINGLE_SELECTION, /* the one that was selected */
    BASE_SCHEMA_COUNT
};
const char *base_schema_name(enum base_schema schema); /* "" "semver" "custom" "single-selection" */
bool base_schema_parse(struct view name, enum base_schema *schema);

/* Rising by how much changes. */
enum base_update_kind {
    BASE_UPDATE_NONE,
    BASE_UPDATE_REBUILD, /* the same tag, built again */
    BASE_UPDATE_MINOR,
    BASE_UPDATE_MAJOR, /* the first number changes */
    BASE_UPDATE_ALTERNATIVE, /* another one was selected */
    BASE_UPDATE_KIND_COUNT
};
const char *base_update_kind_name(enum base_update_kind kind); /* "none" "rebuild" "minor" "major" "alternative" */

struct base_versioning {
    enum base_schema schema;
    const struct regex *expression; /* of BASE_SCHEMA_CUSTOM */
};

/* What going from one tag to another is; BASE_UPDATE_NONE unless the other is newer. Selections are not compared here. */
enum base_update_kind base_update_kind(const struct base_versioning *versioning, struct view from, struct view to);

/* Whether the tag is a version of BASE_SCHEMA_SEMVER. */
bool base_tag_is_semver(struct view tag);

/* The order of the tags of one repository: less than 0, 0 or more. 0 for those that differ in their texts alone. */
int base_tags_compare(const struct base_versioning *versioning, struct view a, struct view b);

#endif
