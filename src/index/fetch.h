/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a feed, fetched from a location and read through the sandbox into an intake. One thread; everything is
   borrowed. */
#ifndef INDEX_FETCH_H
#define INDEX_FETCH_H

#include "feed/location.h"
#include "index/intake.h"

struct fetch {
    struct sandbox *sandbox;
    const struct cancel *cancel; /* may be NULL */
    const struct clock *clock;
    const struct feed_location *location;
    struct intake *intake;
};

/* What all records of a feed and ecosystem gave. */
struct fetched {
    bool is_absent; /* none of the files is there */
    bool is_unchanged; /* as the validators say */
    int64_t date_ms; /* when the newest file of a folder was written; 0 = it came from an address */
    struct view etag; /* of one file; of several "files:…", which stands for the validators of all */
    struct view last_modified;
};

/* One file into a sink. */
bool fetch_file(const struct fetch *fetch, const struct feed_request *request, struct feed_sink *sink,
    struct feed_answer *answer, struct error *err) MUST_CHECK;

/* The same with a file that is there already; `content` is read to its end and not closed. */
bool fetch_read(const struct fetch *fetch, const struct feed_request *request, struct source *content,
    struct feed_sink *sink, struct error *err) MUST_CHECK;

/* All records. `known` is the database that is in force, to be confirmed by "not modified"; NULL: fetch anyway. */
bool fetch_records(const struct fetch *fetch, struct view ecosystem, const struct index_database *known,
    struct fetched *fetched, struct error *err) MUST_CHECK;

#endif
