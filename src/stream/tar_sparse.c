/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/tar_sparse.h"

#include "base/memory.h"
#include "stream/tar_header.h"

#include <stdlib.h>

void tar_map_clear(struct tar_map *map)
{
    map->count = map->next = 0;
}

void tar_map_done(struct tar_map *map)
{
    free(map->items);
    *map = (struct tar_map){.items = NULL};
}

static bool is_damaged(struct error *err)
{
    return error_set(err, ERROR_INVALID, "the map of a sparse file is damaged");
}

bool tar_map_add(struct tar_map *map, int64_t offset, int64_t length, struct error *err)
{
    int64_t before = map->count == 0 ? 0 : map->items[map->count - 1].end;
    if (offset < before || length < 0 || offset > INT64_MAX - length)
        return is_damaged(err);
    if (map->count == TAR_RANGES_MAX)
        return error_set(err, ERROR_LIMIT, "a sparse file has more than %u ranges", TAR_RANGES_MAX);
    if (map->count == map->capacity) {
        map->capacity = map->capacity == 0 ? 64 : map->capacity * 2;
        map->items = memory_resize(map->items, map->capacity * sizeof(map->items[0]));
    }
    map->items[map->count++] = (struct tar_range){offset, offset + length};
    return true;
}

bool tar_map_add_block(struct tar_map *map, const char *pairs, size_t count, struct error *err)
{
    for (size_t i = 0; i < count && pairs[i * TAR_GNU_PAIR_BYTES] != '\0'; i++) {
        int64_t offset, length;
        const char *pair = pairs + i * TAR_GNU_PAIR_BYTES;
        if (!tar_number(view_of(pair, TAR_NUMBER_BYTES), &offset) ||
            !tar_number(view_of(pair + TAR_NUMBER_BYTES, TAR_NUMBER_BYTES), &length))
            return is_damaged(err);
        if (!tar_map_add(map, offset, length, err))
            return false;
    }
    return true;
}

bool tar_map_add_text(struct tar_map *map, struct view numbers, char separator, struct view count, struct error *err)
{
    int64_t left = 0;
    if (!tar_decimal(count, &left) || left < 0)
        return is_damaged(err);
    for (; numbers.size > 0 && left > 0; left--) {
        int64_t offset, length;
        if (!tar_decimal(view_cut(&numbers, separator), &offset) ||
            !tar_decimal(view_cut(&numbers, separator), &length))
            return is_damaged(err);
        if (!tar_map_add(map, offset, length, err))
            return false;
    }
    bool is_whole = left == 0 && (separator == '\n' || numbers.size == 0);
    return is_whole || is_damaged(err);
}

bool tar_map_fits(const struct tar_map *map, int64_t size)
{
    return size >= 0 && (map->count == 0 || map->items[map->count - 1].end <= size);
}

bool tar_decimal(struct view text, int64_t *number)
{
    bool is_negative = view_starts_with(text, "-");
    if (is_negative || view_starts_with(text, "+"))
        text = view_from(text, 1);
    bool is_number = view_to_integer(text, number);
    if (is_number && is_negative)
        *number = -*number;
    return is_number;
}
