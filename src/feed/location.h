/* SPDX-License-Identifier: Apache-2.0 */
/* Where the files of a feed come from: its published address, a mirror of it under another URL, or a folder laid out in
   the same way (<ecosystem>/<file>), on its own or as the subfolder named after the feed. A mirror has the files of a feed about
   vulnerabilities in a folder of that name. One thread. */
#ifndef FEED_LOCATION_H
#define FEED_LOCATION_H

#include "feed/feed.h"
#include "http/client.h"

struct feed_location {
    const struct feed *feed;
    struct view base; /* URL or folder, without '/' at its end */
    bool is_remote;
    struct http_client *client; /* borrowed; NULL if it is a folder */
};

/* `from`: a URL (http: or https:), a folder, or empty for the published address. ERROR_NOT_FOUND if there is no such
   folder. Opens no connection. */
bool feed_location_find(struct arena *arena, const struct feed *feed, struct view from, struct http_client *client,
    struct feed_location *location, struct error *err) MUST_CHECK;

/* The folder for an ecosystem as people and packages write it: "debian", "Debian:12" → "Debian". Case counts only where
   two folders differ in nothing else. ERROR_NOT_FOUND names some of those that there are. A URL without a list of
   ecosystems is asked for the base name as it is. */
bool feed_location_ecosystem(const struct feed_location *location, struct arena *arena, struct view name,
    struct view *ecosystem, struct error *err) MUST_CHECK;

/* The names of the files of a feed without folders, in the order in which they count: what a folder has, or what there
   should be at an address in this year. */
bool feed_location_files(const struct feed_location *location, struct arena *arena, int year, struct view **names,
    size_t *count, struct error *err) MUST_CHECK;

/* A file of an ecosystem. */
struct feed_answer {
    struct source *source; /* the caller's to close; NULL if it is absent or unchanged */
    bool is_absent; /* there is no such file */
    bool is_unchanged; /* as the validators say */
    int64_t date_ms; /* when the file of a folder was written; 0 = it came from an address */
    struct view etag; /* of this answer, for the next request; empty if there is none */
    struct view last_modified;
};

/* `known_etag` and `known_last_modified` come from an earlier answer of the same location; both may be empty. */
struct feed_request {
    struct view ecosystem; /* empty for a feed without folders */
    const struct feed_file *file;
    const char *name; /* of the file if it is not file->name; may be NULL */
    struct view url; /* of the file, where that is not below the location; may be empty */
    struct view known_etag;
    struct view known_last_modified;
};
bool feed_location_open(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct feed_answer *answer, struct error *err) MUST_CHECK;

/* The address of a file; the location is one. */
bool feed_location_url(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct url *url, struct error *err) MUST_CHECK;

/* The address of a yum repository below an address: what its mirror.list tells, else itself. Empty if there is none. */
bool feed_location_repository(const struct feed_location *location, struct arena *arena, const char *path,
    struct view *address, struct error *err) MUST_CHECK;

/* What would be fetched: a HEAD request, or a look at the folder. Success tells that there was an answer. */
struct feed_probe {
    struct view place; /* the URL, or the path */
    bool is_absent;
    int64_t size; /* bytes; -1 = it is not told */
    struct view etag;
    struct view last_modified;
};
bool feed_location_probe(const struct feed_location *location, struct arena *arena, const struct feed_request *request,
    struct feed_probe *probe, struct error *err) MUST_CHECK;

#endif
