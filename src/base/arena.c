/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { BLOCK_SIZE = 32 * 1024 - 64 }; /* bytes; below malloc's mmap threshold, so that short arenas are cheap */

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

struct adopted {
    struct adopted *next;
    void *memory;
    size_t mapped; /* bytes of mmap; 0: the memory is of malloc */
};

struct arena {
    struct block *blocks; /* the newest first */
    struct adopted *adopted; /* lie in the blocks */
    size_t size;
};

static struct block *block_new(size_t size, struct block *next)
{
    struct block *block = memory_alloc(sizeof(*block) + size);
    block->next = next;
    block->used = 0;
    block->size = size;
    return block;
}

struct arena *arena_new(void)
{
    struct arena *arena = memory_alloc(sizeof(*arena));
    arena->blocks = NULL;
    arena->adopted = NULL;
    arena->size = 0;
    return arena;
}

static void free_adopted(struct arena *arena)
{
    for (struct adopted *adopted = arena->adopted; adopted != NULL; adopted = adopted->next) {
        if (adopted->mapped > 0)
            munmap(adopted->memory, adopted->mapped);
        else
            free(adopted->memory);
    }
    arena->adopted = NULL;
}

void arena_adopt(struct arena *arena, void *memory)
{
    if (memory == NULL)
        return;
    struct adopted *adopted = ARENA_NEW(arena, struct adopted);
    *adopted = (struct adopted){arena->adopted, memory, 0};
    arena->adopted = adopted;
}

void arena_adopt_mapping(struct arena *arena, void *pages, size_t size)
{
    arena_adopt(arena, pages);
    arena->adopted->mapped = size;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    free_adopted(arena);
    for (struct block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

void arena_reset(struct arena *arena)
{
    struct block *kept = NULL;
    free_adopted(arena);
    for (struct block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        if (kept == NULL && block->size == BLOCK_SIZE)
            kept = block;
        else
            free(block);
    }
    if (kept != NULL) {
        kept->next = NULL;
        kept->used = 0;
    }
    arena->blocks = kept;
    arena->size = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    enum { ALIGNMENT = alignof(max_align_t) };
    if (size > SIZE_MAX / 2)
        memory_exhausted(size);
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *block = arena->blocks;
    if (block == NULL || block->size - block->used < rounded) {
        if (rounded > BLOCK_SIZE / 4 && block != NULL) {
            /* A large piece gets a block of its own behind the current one, whose rest stays in use. */
            struct block *own = block_new(rounded, block->next);
            block->next = own;
            block = own;
        } else {
            block = block_new(rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE, block);
            arena->blocks = block;
        }
    }
    void *bytes = block->bytes + block->used;
    block->used += rounded;
    arena->size += rounded;
    return memset(bytes, 0, rounded);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        memory_exhausted(SIZE_MAX);
    return arena_alloc(arena, total);
}

struct view arena_copy(struct arena *arena, struct view view)
{
    return view_of(arena_text(arena, view), view.size);
}

char *arena_text(struct arena *arena, struct view view)
{
    char *text = arena_alloc(arena, view.size + 1);
    if (view.size > 0)
        memcpy(text, view.data, view.size);
    return text;
}

struct view arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0)
        memory_exhausted(0);
    char *text = arena_alloc(arena, (size_t)size + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return view_of(text, (size_t)size);
}

size_t arena_size(const struct arena *arena)
{
    return arena->size;
}

void *arena_push(struct arena *arena, void **items, size_t *count, size_t *capacity, size_t item_size)
{
    if (*count == *capacity) {
        size_t larger = *capacity == 0 ? 8 : *capacity * 2;
        void *grown = arena_alloc_array(arena, larger, item_size);
        if (*count > 0)
            memcpy(grown, *items, *count * item_size);
        *items = grown;
        *capacity = larger;
    }
    return (char *)*items + item_size * (*count)++;
}
