/* SPDX-License-Identifier: Apache-2.0 */
/* The items of one long list in a JSON document that is too large to be held whole, {"…": …, "name": [{…}, {…}], …}, or
   the members of such a document, {"first": {…}, "second": {…}}. The text is cut at the ends of the items, which are
   then validated one by one; of the rest only strings and brackets are looked at. Makes no system call but reads. */
#ifndef FEED_JSON_ITEMS_H
#define FEED_JSON_ITEMS_H

#include "base/json.h"
#include "stream/source.h"

struct json_items_reading {
    const char *name; /* of the member of the root object that holds the list; NULL: the root's members are the items */
    size_t items_max;
    size_t item_bytes_max;

    /* For each item that is an object. Valid during the call. */
    bool (*item)(void *context, struct json item, struct error *err);

    /* For each member instead; a name stands as it is written, and is cut at 100 bytes. */
    bool (*member)(void *context, struct view name, struct json item, struct error *err);
    void *context;
};

/* Reads the input to its end. ERROR_CORRUPT if it is cut short, has no such list, or an item is malformed or no object;
   ERROR_LIMIT above a limit. */
bool json_items_read(const struct json_items_reading *reading, struct source *input, struct error *err) MUST_CHECK;

#endif
