/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the web UI, built into the executable: generated from web/dist by tools/embed-web. Immutable. */
#ifndef API_WEB_H
#define API_WEB_H

#include "api/response.h"

struct web_file {
    const char *path; /* "/assets/index-3f9c.js" */
    const char *content_type;
    struct view identity;
    struct view gzip; /* empty where compression does not pay */
    const char *sha256; /* of the identity bytes, hexadecimal */
    bool is_immutable; /* its name holds a hash of its content */
};

/* Sorted by path; generated. */
extern const struct web_file web_files[];
extern const size_t web_file_count;

/* Whether the UI was built into this executable; otherwise a plain page says how to get it. */
extern const bool web_is_built;

/* Answers GET and HEAD requests that match no operation: a file of the UI, or its page for other addresses that a browser
   asks for as HTML (the UI has its own routes). False if there is nothing here. */
bool web_serve(const struct request *request, struct response *response);

#endif
