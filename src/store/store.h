/* SPDX-License-Identifier: Apache-2.0 */
/* What the server remembers. Each function is one whole use case in one transaction, not access to a table: it happens
   completely or not at all, and doing it twice changes nothing more. The functions are in the headers beside this one:
   accounts.h (who), integrations.h (which registries, sync runs, tags), jobs.h (what is to do), results.h (scans, findings,
   generations), images.h (what lists and pages show).

   All functions may be called from any thread. Writers wait for each other; readers see one consistent state and wait for
   nobody. Another process may use the same store at the same time. Everything that is read is copied into the caller's
   arena. Outside, things are named by UUIDs (images: digests); integer keys are for use inside this program only. Times are
   milliseconds UTC and come from the store's clock. Every function that returns an organization's data takes the
   organization; what belongs to another one is ERROR_NOT_FOUND, exactly as if it did not exist.

   Errors of all functions: ERROR_CONFLICT if another process holds the store locked for long, ERROR_IO if the disk is full
   or unreadable, ERROR_CORRUPT if the file is damaged. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "scan/cache.h"

#include <stdint.h>

struct store;

struct store_options {
    const char *address; /* "sqlite:FILE"; the file is made with mode 0600 if it is absent, its folder with 0700 */
    const struct clock *clock; /* must outlive the store */
    bool must_exist; /* do not make a new one: ERROR_NOT_FOUND */
};

/* Opens, makes or migrates. ERROR_UNSUPPORTED if a newer program made the store or no backend has that name,
   ERROR_INVALID if the file is no store. Release with store_close. */
bool store_open(const struct store_options *options, struct store **store, struct error *err) MUST_CHECK;
void store_close(struct store *store); /* NULL is fine */

static inline void store_cleanup(struct store **store)
{
    store_close(*store);
}
#define AUTO_STORE CLEANUP(store_cleanup) struct store

/* The time that the store goes by. */
int64_t store_now_ms(const struct store *store);

/* Layer records, shared by all organizations: a record is used only by who has fetched the manifest that names the blob.
   Lives as long as the store. */
struct layer_cache *store_layer_cache(struct store *store);

/* Where large things lie while they are made. Borrowed. */
const char *store_folder(const struct store *store);

/* A page of a list. Cursors are opaque, come from the rows of an earlier page, and stay valid when rows come and go. An
   unreadable one, or both at once, is ERROR_INVALID. */
#define PAGE_LIMIT_MAX 1000
struct page_request {
    struct view after; /* rows behind this cursor; empty = from the start */
    struct view before; /* the rows straight before this cursor */
    int limit; /* 1 … PAGE_LIMIT_MAX */
};

/* Words of a search are matched anywhere in the text, without regard to the case of ASCII letters; no character is
   special. Longer ones are ERROR_LIMIT. */
#define SEARCH_BYTES_MAX 256

#endif
