/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/tar_header.h"

enum {
    NAME_BYTES = 100,
    MODE_AT = 100,
    MODE_BYTES = 8,
    SIZE_AT = 124,
    SUM_AT = 148,
    SUM_BYTES = 8,
    TYPE_AT = 156,
    TARGET_AT = 157,
    MAGIC_AT = 257,
    PREFIX_AT = 345,
    PREFIX_BYTES = 155,
    STAR_PREFIX_BYTES = 131,
    STAR_TRAILER_AT = 508,
    GNU_ACCESS_TIME_AT = 345,
    GNU_CHANGE_TIME_AT = 357,
    PERMISSION_BITS = 07777,
};

static struct view field(const char *block, size_t start, size_t size)
{
    return view_of(block + start, size);
}

static bool is_filler(char byte)
{
    return byte == ' ' || byte == '\0';
}

static bool read_octal(struct view digits, uint64_t *number)
{
    while (digits.size > 0 && is_filler(digits.data[0]))
        digits = view_from(digits, 1);
    while (digits.size > 0 && is_filler(digits.data[digits.size - 1]))
        digits.size--;
    *number = 0;
    digits = tar_text(digits);
    for (size_t i = 0; i < digits.size; i++) {
        char digit = digits.data[i];
        if (digit < '0' || digit > '7' || *number >> 61 != 0)
            return false;
        *number = *number << 3 | (uint64_t)(digit - '0');
    }
    return true;
}

/* Two's complement, most significant byte first, behind a bit that says so. */
static bool read_base_256(struct view bytes, int64_t *number)
{
    unsigned char inverted = (bytes.data[0] & 0x40) != 0 ? 0xff : 0;
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char byte = (unsigned char)bytes.data[i] ^ inverted;
        if (value >> 56 != 0)
            return false;
        value = value << 8 | (i == 0 ? byte & 0x7fu : byte);
    }
    *number = (int64_t)(inverted != 0 ? ~value : value);
    return value >> 63 == 0;
}

bool tar_number(struct view number_field, int64_t *number)
{
    uint64_t value = 0;
    if (number_field.size > 0 && (number_field.data[0] & 0x80) != 0)
        return read_base_256(number_field, number);
    bool is_number = read_octal(number_field, &value);
    *number = (int64_t)value;
    return is_number;
}

struct view tar_text(struct view text_field)
{
    return view_slice(text_field, 0, view_find(text_field, '\0'));
}

/* The sum of all bytes, eight at a time: of 64 words, the sum of two bytes stays below 2^16. */
static uint32_t sum_bytes(const char *block)
{
    const uint64_t every_second = UINT64_C(0x00ff00ff00ff00ff);
    uint64_t sums = 0;
    for (size_t i = 0; i < TAR_BLOCK_BYTES; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, block + i, sizeof(word));
        sums += (word & every_second) + (word >> 8 & every_second);
    }
    sums = (sums & UINT64_C(0x0000ffff0000ffff)) + (sums >> 16 & UINT64_C(0x0000ffff0000ffff));
    return (uint32_t)sums + (uint32_t)(sums >> 32);
}

/* POSIX sums unsigned bytes, Sun's tar signed ones; the field itself counts as spaces. */
static bool is_sum_right(const char *block)
{
    uint64_t stated = 0;
    uint32_t own = 0, high = 0;
    if (!read_octal(field(block, SUM_AT, SUM_BYTES), &stated))
        return false;
    for (size_t i = SUM_AT; i < SUM_AT + SUM_BYTES; i++)
        own += (unsigned char)block[i];
    int64_t sum = (int64_t)sum_bytes(block) - own + SUM_BYTES * ' ';
    if ((int64_t)stated == sum)
        return true;
    for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
        high += (i < SUM_AT || i >= SUM_AT + SUM_BYTES) && (block[i] & 0x80) != 0;
    return (int64_t)stated == sum - 256 * (int64_t)high;
}

/* Whether GNU's two times can be what they stand for. Go's writer of before 2017 put a prefix there instead. */
static bool has_gnu_times(const char *block)
{
    static const size_t places[] = {GNU_ACCESS_TIME_AT, GNU_CHANGE_TIME_AT};
    int64_t ignored;
    for (size_t i = 0; i < 2; i++) {
        if (block[places[i]] != '\0' && !tar_number(field(block, places[i], TAR_NUMBER_BYTES), &ignored))
            return false;
    }
    return true;
}

static bool is_ascii(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((text.data[i] & 0x80) != 0)
            return false;
    }
    return true;
}

static struct view read_prefix(const char *block, bool is_gnu)
{
    struct view prefix = tar_text(field(block, PREFIX_AT, PREFIX_BYTES));
    if (is_gnu)
        return block[PREFIX_AT] != '\0' && !has_gnu_times(block) && is_ascii(prefix) ? prefix : view_text("");
    if (memcmp(block + MAGIC_AT, "ustar", 6) != 0)
        return view_text("");
    bool is_star = memcmp(block + STAR_TRAILER_AT, "tar", 4) == 0;
    return is_star ? tar_text(field(block, PREFIX_AT, STAR_PREFIX_BYTES)) : prefix;
}

bool tar_header_read(const char block[TAR_BLOCK_BYTES], struct tar_header *header, struct error *err)
{
    int64_t mode = 0;
    if (!is_sum_right(block))
        return error_set(err, ERROR_INVALID, "the sum of a header is wrong");
    bool is_gnu = memcmp(block + MAGIC_AT, "ustar  ", 8) == 0;
    *header = (struct tar_header){
        .is_gnu = is_gnu,
        .type = block[TYPE_AT],
        .prefix = read_prefix(block, is_gnu),
        .name = tar_text(field(block, 0, NAME_BYTES)),
        .target = tar_text(field(block, TARGET_AT, NAME_BYTES)),
    };
    if (!tar_number(field(block, SIZE_AT, TAR_NUMBER_BYTES), &header->size))
        return error_set(err, ERROR_INVALID, "the size in a header is not a number");
    if (!tar_number(field(block, MODE_AT, MODE_BYTES), &mode))
        return error_set(err, ERROR_INVALID, "the mode in a header is not a number");
    header->mode = (uint32_t)mode & PERMISSION_BITS;
    return true;
}
