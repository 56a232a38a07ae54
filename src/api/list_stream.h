/* SPDX-License-Identifier: Apache-2.0 */
/* Whole lists as CSV (RFC 4180) or as one JSON object a line, for whoever asks with an Accept header of text/csv or
   application/x-ndjson. The list's own handler is run page by page, so any list can be had so, in the memory of one page, and with
   the filters that it has. Rows that come or go meanwhile may or may not be there; none comes twice. One thread at a time. */
#ifndef API_LIST_STREAM_H
#define API_LIST_STREAM_H

#include "api/response.h"

/* Whether the request is for a list, and asks for it as a stream. */
bool list_stream_is_wanted(const struct request *request);

/* Runs the handler for the first page; on success the rest of the body comes from response->stream. False if the response says
   what is wrong. `request` must outlive the response. */
bool list_stream_begin(struct request *request, struct response *response);

#endif
