/* SPDX-License-Identifier: Apache-2.0 */
/* The file behind an address as one stream: where the connection breaks, the rest is asked for (RFC 9110 §14, Range with
   If-Range), as long as the server says that it is still the same file. One thread. */
#ifndef FEED_DOWNLOAD_H
#define FEED_DOWNLOAD_H

#include "http/client.h"

/* How often the rest is asked for before the failure stands; the count starts anew after DOWNLOAD_PROGRESS_BYTES. */
#define DOWNLOAD_RESUMES_MAX 5
#define DOWNLOAD_PROGRESS_BYTES (8u * 1024 * 1024)

/* Takes over `body`, the content of an answer with status 200. `validator`: a strong ETag, else Last-Modified; without one
   nothing is resumed. The client is borrowed, the texts are copied. */
struct source *download_new(
    struct http_client *client, const struct url *url, struct view validator, struct source *body);

/* What If-Range takes of these two headers; empty if they tell nothing that is exact. */
struct view download_validator(struct view etag, struct view last_modified);

#endif
