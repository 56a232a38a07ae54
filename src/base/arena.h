/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of one unit of work (a scan, a request, a feed file): allocated piece by piece, released at once.
   One thread at a time uses an arena. A failed allocation ends the process, so nothing here can fail; limits on what
   strangers send belong to the readers, before they allocate. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attributes.h"
#include "base/view.h"

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is fine */

/* Forgets everything that was allocated and keeps one block for reuse: for loops over many small records. */
void arena_reset(struct arena *arena);

/* Zeroed memory, aligned for every type. A size of 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);

/* As arena_alloc for `count` items of `size`; an overflowing product ends the process. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

/* A copy of the bytes, with a NUL behind them that is not part of the view. */
struct view arena_copy(struct arena *arena, struct view view);

/* The same as a C string; bytes after an embedded NUL are lost to C functions. */
char *arena_text(struct arena *arena, struct view view);

/* Formatted text as a view, with a NUL behind it. */
struct view arena_format(struct arena *arena, const char *format, ...) PRINTF(2, 3);

/* Takes over memory of malloc, which lives as long as the arena's own: for large things that grew in a buffer, which a
   copy would hold twice. NULL is fine. */
void arena_adopt(struct arena *arena, void *memory);

/* The same for pages of mmap. */
void arena_adopt_mapping(struct arena *arena, void *pages, size_t size);

/* Bytes handed out so far, for limits and statistics. */
size_t arena_size(const struct arena *arena);

/* Releases the arena at the end of the scope. */
static inline void arena_cleanup(struct arena **arena)
{
    arena_free(*arena);
}
#define AUTO_ARENA CLEANUP(arena_cleanup) struct arena

/* A growing array of pointers or structs inside an arena: `items`, `count`, `capacity` in the caller's struct.
   Returns a pointer to a new zeroed item at the end; the old array stays in the arena until it is released. */
void *arena_push(struct arena *arena, void **items, size_t *count, size_t *capacity, size_t item_size);
#define ARENA_PUSH(arena, list)                                                                                        \
    arena_push((arena), (void **)&(list)->items, &(list)->count, &(list)->capacity, sizeof((list)->items[0]))

#endif
