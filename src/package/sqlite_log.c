/* SPDX-License-Identifier: Apache-2.0 */
#include "package/sqlite_log.h"

#include "base/pack.h"

enum { HEADER_SIZE = 32, HEADER_SUMMED = 24, FRAME_HEADER_SIZE = 24, FRAME_SUMMED = 8, SALTS_SIZE = 8 };

/* The last bit says in which byte order the checksum reads. */
#define MAGIC_LITTLE 0x377f0682u
#define MAGIC_BIG 0x377f0683u

struct checksum {
    uint32_t first;
    uint32_t second;
    bool is_big;
};

static void checksum_add(struct checksum *sum, struct view bytes)
{
    for (size_t i = 0; i + 8 <= bytes.size; i += 8) {
        const char *place = bytes.data + i;
        sum->first += (sum->is_big ? read_u32_big(place) : read_u32(place)) + sum->second;
        sum->second += (sum->is_big ? read_u32_big(place + 4) : read_u32(place + 4)) + sum->first;
    }
}

static bool checksum_is(const struct checksum *sum, const char *written)
{
    return sum->first == read_u32_big(written) && sum->second == read_u32_big(written + 4);
}

static bool read_header(struct view content, struct checksum *sum)
{
    if (content.size < HEADER_SIZE)
        return false;
    uint32_t magic = read_u32_big(content.data);
    *sum = (struct checksum){.is_big = magic == MAGIC_BIG};
    checksum_add(sum, view_slice(content, 0, HEADER_SUMMED));
    return (magic == MAGIC_BIG || magic == MAGIC_LITTLE) && checksum_is(sum, content.data + HEADER_SUMMED);
}

/* Where the frame behind the last commit begins, and how many pages the database has then. */
static size_t find_end(struct view content, uint32_t page_size, struct checksum sum, uint32_t *page_count)
{
    size_t frame_size = FRAME_HEADER_SIZE + (size_t)page_size;
    size_t end = HEADER_SIZE;
    for (size_t place = HEADER_SIZE; content.size - place >= frame_size; place += frame_size) {
        const char *frame = content.data + place;
        checksum_add(&sum, view_of(frame, FRAME_SUMMED));
        checksum_add(&sum, view_of(frame + FRAME_HEADER_SIZE, page_size));
        if (memcmp(frame + 8, content.data + 16, SALTS_SIZE) != 0 || read_u32_big(frame) == 0 ||
            !checksum_is(&sum, frame + 16))
            break;
        uint32_t committed = read_u32_big(frame + 4);
        if (committed == 0)
            continue;
        *page_count = committed;
        end = place + frame_size;
    }
    return end;
}

bool sqlite_log_open(
    struct view content, uint32_t page_size, uint32_t page_count_max, struct sqlite_log *log, struct error *err)
{
    struct checksum sum;
    *log = (struct sqlite_log){.content = content, .page_size = page_size};
    buffer_init(&log->places, (size_t)page_count_max * sizeof(uint32_t));
    if (!read_header(content, &sum))
        return true;
    if (read_u32_big(content.data + 8) != page_size)
        return error_set(err, ERROR_INVALID, "the write-ahead log has pages of %u bytes, the database of %u",
            read_u32_big(content.data + 8), page_size);
    uint32_t page_count = 0;
    size_t end = find_end(content, page_size, sum, &page_count);
    if (page_count > page_count_max)
        return error_set(err, ERROR_LIMIT, "the write-ahead log speaks of %u pages, there cannot be more than %u",
            page_count, page_count_max);
    for (uint32_t i = 0; i < page_count; i++)
        buffer_append_u32(&log->places, 0);
    for (size_t place = HEADER_SIZE; place < end; place += FRAME_HEADER_SIZE + (size_t)page_size) {
        uint32_t number = read_u32_big(content.data + place);
        uint32_t page = (uint32_t)(place + FRAME_HEADER_SIZE);
        if (number <= page_count)
            memcpy(log->places.data + (size_t)(number - 1) * sizeof(page), &page, sizeof(page));
    }
    log->page_count = page_count;
    return true;
}

void sqlite_log_close(struct sqlite_log *log)
{
    buffer_done(&log->places);
}

struct view sqlite_log_page(const struct sqlite_log *log, uint32_t number)
{
    uint32_t place = 0;
    if (number > 0 && number <= log->page_count)
        memcpy(&place, log->places.data + (size_t)(number - 1) * sizeof(place), sizeof(place));
    return place == 0 ? view_text("") : view_slice(log->content, place, log->page_size);
}
