/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of language package files (package.json, lock files, METADATA …) share: packages reported once each,
   checked, counted against the limit of a database, and damage that becomes a few gaps. A listing belongs to one read of
   one file; it keeps what it must in the arena of that read. */
#ifndef PACKAGE_LISTING_H
#define PACKAGE_LISTING_H

#include "base/json.h"
#include "base/map.h"
#include "package/database.h"

/* Largest file of language packages that is read: lock files of large monorepos have 10 MB. */
#define LISTING_BYTES_MAX (UINT64_C(16) << 20)

struct listed {
    struct package package;
    struct installation installation;
};

struct listing {
    struct database database;
    struct arena *arena;
    enum package_type type;
    struct map packages; /* "type name version" → struct listed, in the order of the file */
};

void listing_init(struct listing *listing, struct arena *arena, struct analysis *analysis, enum package_type type);

/* Lists a package of the listing's type, with an empty version if it is not known. The views must live until
   listing_finish. The second of the same name and version is left out; both must be for development only for the one to be.
   A text that cannot be a name or version is damage. `installation` may be NULL. */
void listing_add(
    struct listing *listing, struct view name, struct view version, const struct installation *installation);

/* The same for a package with more fields; its type counts. */
void listing_add_package(
    struct listing *listing, const struct package *package, const struct installation *installation);

/* Reports damage that leaves the rest readable. */
void listing_damaged(struct listing *listing, const char *format, ...) PRINTF(2, 3);

/* Reports what was listed, and how much more damage there was. */
void listing_finish(struct listing *listing);

/* Appends one licence to those in `licenses`: its first line, without blanks around it. */
void listing_add_license(struct arena *arena, struct view *licenses, struct view license);

/* The commit in the place of a package: behind "#", as in "git+ssh://host/a.git#4bb3e3a", or at the end of a tarball's
   address; empty if there is none. */
struct view listing_commit(struct view place);

/* Licences as npm and Composer write them: a text, an object with `type` or `name`, or a list of those. */
struct view listing_licenses(struct arena *arena, struct json value);

/* Parses JSON that may begin with a byte order mark; an empty file is a missing value. */
bool listing_parse_json(struct json_document *document, struct view content, const char *what, struct json *root,
    struct error *err) MUST_CHECK;

/* Text without a byte order mark at its start. */
struct view listing_text(struct view content);

/* Whether the last component of the path is `base`. */
static inline bool listing_is_file(struct view path, struct view base)
{
    if (path.size < base.size || memcmp(path.data + path.size - base.size, base.data, base.size) != 0)
        return false;
    return path.size == base.size || path.data[path.size - base.size - 1] == '/';
}

/* Whether the last component of the path is one of the names. */
static inline bool listing_is_one_of(struct view path, const struct view *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (listing_is_file(path, names[i]))
            return true;
    }
    return false;
}

#endif
