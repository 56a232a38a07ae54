/* SPDX-License-Identifier: Apache-2.0 */
#include "package/executable.h"

/* Numbers of ELF are those of System V ABI, chapters 4 and 5; of PE, Microsoft's "PE Format"; of Mach-O, Apple's
   mach-o/loader.h and fat.h. */
enum {
    ELF_HEADER_32 = 52,
    ELF_HEADER_64 = 64,
    ELF_EXECUTABLE = 2, /* ET_EXEC */
    ELF_DYNAMIC = 3, /* ET_DYN */
    ELF_NO_BITS = 8, /* SHT_NOBITS */
    ELF_LOAD = 1, /* PT_LOAD */
    ELF_SEGMENT_CODE = 1,
    ELF_SEGMENT_WRITABLE = 2,
    ELF_SECTION_WRITABLE = 1,
    ELF_SECTION_CODE = 4,

    PE_OFFSET_PLACE = 0x3c,
    PE_HEADER = 24,
    PE_SECTION = 40,

    MACH_HEADER_32 = 28,
    MACH_HEADER_64 = 32,
    MACH_SEGMENT_32 = 1, /* LC_SEGMENT */
    MACH_SEGMENT_64 = 0x19,
    MACH_WRITABLE = 2,
    MACH_CODE = 4,
    FAT_HEADER = 8,
    FAT_IMAGE = 20,
    FAT_IMAGES_MAX = 20, /* a Java class has the same magic and a greater number here */
};

#define PE_SECTION_CODE 0x20000000u
#define PE_SECTION_WRITABLE 0x80000000u

/* Reads numbers of one file: its byte order and the width of its addresses. Out of bounds they are 0. */
struct reader {
    struct view content;
    bool is_big_endian;
    bool is_wide;
};

static uint64_t read_number(const struct reader *reader, uint64_t offset, size_t size)
{
    uint64_t number = 0;
    if (offset > reader->content.size || reader->content.size - offset < size)
        return 0;
    const unsigned char *bytes = (const unsigned char *)reader->content.data + offset;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[reader->is_big_endian ? i : size - 1 - i];
    return number;
}

static uint16_t read_16(const struct reader *reader, uint64_t offset)
{
    return (uint16_t)read_number(reader, offset, 2);
}

static uint32_t read_32(const struct reader *reader, uint64_t offset)
{
    return (uint32_t)read_number(reader, offset, 4);
}

/* An address or offset: 4 bytes or 8 by the file's class. */
static uint64_t read_word(const struct reader *reader, uint64_t offset_32, uint64_t offset_64)
{
    return reader->is_wide ? read_number(reader, offset_64, 8) : read_number(reader, offset_32, 4);
}

/* The bytes of the file, as far as they are there. */
static struct view read_bytes(const struct reader *reader, uint64_t offset, uint64_t size)
{
    if (offset > reader->content.size)
        return view_text("");
    uint64_t rest = reader->content.size - offset;
    return view_of(reader->content.data + offset, (size_t)(size < rest ? size : rest));
}

/* Text up to a NUL, at most `size_max` bytes. */
static struct view read_name(const struct reader *reader, uint64_t offset, uint64_t size_max)
{
    struct view bytes = read_bytes(reader, offset, size_max);
    return view_slice(bytes, 0, view_find(bytes, '\0'));
}

/* Whether `count` items of `size` bytes lie in the file. */
static bool holds(const struct reader *reader, uint64_t offset, uint64_t count, uint64_t size)
{
    return count <= EXECUTABLE_PARTS_MAX && offset <= reader->content.size &&
           count * size <= reader->content.size - offset;
}

static bool open_elf(struct arena *arena, struct reader *reader, struct executable *executable)
{
    enum { NAME_BYTES_MAX = 256 };
    reader->is_wide = reader->content.data[4] == 2;
    reader->is_big_endian = reader->content.data[5] == 2;
    uint64_t segments = read_word(reader, 28, 32);
    uint64_t sections = read_word(reader, 32, 40);
    uint64_t counts = reader->is_wide ? 54 : 42; /* e_phentsize and what follows */
    uint64_t segment_size = read_16(reader, counts), segment_count = read_16(reader, counts + 2);
    uint64_t section_size = read_16(reader, counts + 4), section_count = read_16(reader, counts + 6);
    uint64_t names_header = sections + section_size * read_16(reader, counts + 8);
    uint64_t names = read_word(reader, names_header + 16, names_header + 24);
    if (!holds(reader, segments, segment_count, segment_size))
        segment_count = 0;
    if (!holds(reader, sections, section_count, section_size))
        section_count = 0;
    executable->segments = ARENA_ARRAY(arena, struct executable_part, segment_count);
    executable->sections = ARENA_ARRAY(arena, struct executable_part, section_count);
    for (uint64_t i = 0; i < segment_count; i++) {
        uint64_t at = segments + i * segment_size;
        uint32_t flags = read_32(reader, reader->is_wide ? at + 4 : at + 24);
        if (read_32(reader, at) != ELF_LOAD)
            continue;
        executable->segments[executable->segment_count++] = (struct executable_part){
            .content = read_bytes(reader, read_word(reader, at + 4, at + 8), read_word(reader, at + 16, at + 32)),
            .address = read_word(reader, at + 8, at + 16),
            .is_writable = (flags & ELF_SEGMENT_WRITABLE) != 0,
            .is_code = (flags & ELF_SEGMENT_CODE) != 0,
        };
    }
    for (uint64_t i = 0; i < section_count; i++) {
        uint64_t at = sections + i * section_size;
        uint64_t flags = read_word(reader, at + 8, at + 8);
        if (read_32(reader, at + 4) == ELF_NO_BITS)
            continue;
        executable->sections[executable->section_count++] = (struct executable_part){
            .name = read_name(reader, names + read_32(reader, at), NAME_BYTES_MAX),
            .content = read_bytes(reader, read_word(reader, at + 16, at + 24), read_word(reader, at + 20, at + 32)),
            .address = read_word(reader, at + 12, at + 16),
            .is_writable = (flags & ELF_SECTION_WRITABLE) != 0,
            .is_code = (flags & ELF_SECTION_CODE) != 0,
        };
    }
    return reader->content.size >= (reader->is_wide ? ELF_HEADER_64 : ELF_HEADER_32);
}

static bool open_pe(struct arena *arena, struct reader *reader, struct executable *executable)
{
    uint64_t header = read_32(reader, PE_OFFSET_PLACE);
    if (read_32(reader, header) != 0x4550) /* "PE\0\0" */
        return false;
    uint64_t count = read_16(reader, header + 6);
    uint64_t optional_size = read_16(reader, header + 20);
    reader->is_wide = read_16(reader, header + PE_HEADER) == 0x20b;
    uint64_t base = read_word(reader, header + PE_HEADER + 28, header + PE_HEADER + 24);
    uint64_t sections = header + PE_HEADER + optional_size;
    if (!holds(reader, sections, count, PE_SECTION))
        return false;
    executable->sections = ARENA_ARRAY(arena, struct executable_part, count);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = sections + i * PE_SECTION;
        uint32_t flags = read_32(reader, at + 36);
        executable->sections[executable->section_count++] = (struct executable_part){
            .name = read_name(reader, at, 8),
            .content = read_bytes(reader, read_32(reader, at + 20), read_32(reader, at + 16)),
            .address = base + read_32(reader, at + 12),
            .is_writable = (flags & PE_SECTION_WRITABLE) != 0,
            .is_code = (flags & PE_SECTION_CODE) != 0,
        };
    }
    executable->segments = executable->sections;
    executable->segment_count = executable->section_count;
    return true;
}

static struct executable_part *push_part(
    struct arena *arena, struct executable_part **parts, size_t *count, size_t *room)
{
    return arena_push(arena, (void **)parts, count, room, sizeof(**parts));
}

/* One segment command and the sections that it lists. */
static void read_mach_segment(struct arena *arena, const struct reader *reader, uint64_t at, uint64_t command_size,
    size_t rooms[2], struct executable *executable)
{
    uint64_t header_size = reader->is_wide ? 72 : 56;
    uint64_t section_size = reader->is_wide ? 80 : 68;
    uint32_t protection = read_32(reader, reader->is_wide ? at + 60 : at + 44);
    uint32_t count = read_32(reader, reader->is_wide ? at + 64 : at + 48);
    *push_part(arena, &executable->segments, &executable->segment_count, &rooms[0]) = (struct executable_part){
        .name = read_name(reader, at + 8, 16),
        .content = read_bytes(reader, read_word(reader, at + 32, at + 40), read_word(reader, at + 36, at + 48)),
        .address = read_word(reader, at + 24, at + 24),
        .is_writable = (protection & MACH_WRITABLE) != 0,
        .is_code = (protection & MACH_CODE) != 0,
    };
    if (command_size < header_size || count > (command_size - header_size) / section_size)
        return;
    for (uint64_t i = 0; i < count; i++) {
        if (executable->section_count == EXECUTABLE_PARTS_MAX) {
            executable->has_more = true;
            return;
        }
        uint64_t section = at + header_size + i * section_size;
        *push_part(arena, &executable->sections, &executable->section_count, &rooms[1]) = (struct executable_part){
            .name = read_name(reader, section, 16),
            .content = read_bytes(reader, read_32(reader, reader->is_wide ? section + 48 : section + 40),
                read_word(reader, section + 36, section + 40)),
            .address = read_word(reader, section + 32, section + 32),
        };
    }
}

static bool open_mach(struct arena *arena, struct reader *reader, struct executable *executable)
{
    reader->is_big_endian = reader->content.data[0] == (char)0xfe;
    reader->is_wide = (read_32(reader, 0) & 1) != 0;
    uint64_t at = reader->is_wide ? MACH_HEADER_64 : MACH_HEADER_32;
    uint32_t count = read_32(reader, 16);
    size_t rooms[2] = {0};
    for (uint32_t i = 0; i < count; i++) {
        executable->has_more = executable->has_more || i == EXECUTABLE_PARTS_MAX;
        if (i == EXECUTABLE_PARTS_MAX)
            break;
        uint32_t command = read_32(reader, at);
        uint64_t size = read_32(reader, at + 4);
        if (size < 8 || !holds(reader, at, 1, size))
            break;
        if (command == (reader->is_wide ? MACH_SEGMENT_64 : MACH_SEGMENT_32))
            read_mach_segment(arena, reader, at, size, rooms, executable);
        at += size;
    }
    return reader->content.size >= MACH_HEADER_32;
}

static bool is_mach(struct view content)
{
    static const char magics[4][4] = {"\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe"};
    for (size_t i = 0; content.size >= 4 && i < 4; i++) {
        if (memcmp(content.data, magics[i], 4) == 0)
            return true;
    }
    return false;
}

/* Number of images in a fat Mach-O; 0 if it is none. */
static uint32_t fat_count(struct view content)
{
    struct reader reader = {.content = content, .is_big_endian = true};
    uint32_t count = read_32(&reader, 4);
    return read_32(&reader, 0) == 0xcafebabe && count <= FAT_IMAGES_MAX ? count : 0;
}

bool executable_is_likely(struct view head)
{
    struct reader reader = {.content = head};
    if (head.size >= 20 && memcmp(head.data,
                               "\x7f"
                               "ELF",
                               4) == 0) {
        reader.is_big_endian = head.data[5] == 2;
        uint16_t type = read_16(&reader, 16);
        return type == ELF_EXECUTABLE || type == ELF_DYNAMIC;
    }
    if (head.size >= EXECUTABLE_HEAD_BYTES && memcmp(head.data, "MZ", 2) == 0)
        return read_32(&reader, PE_OFFSET_PLACE) >= PE_OFFSET_PLACE && read_32(&reader, PE_OFFSET_PLACE) < 0x10000;
    return is_mach(head) || fat_count(head) > 0;
}

bool executable_open(struct arena *arena, struct view content, size_t index, struct executable *executable)
{
    struct reader reader = {.content = content, .is_big_endian = true};
    if (!executable_is_likely(view_slice(content, 0, EXECUTABLE_HEAD_BYTES)))
        return false;
    if (fat_count(content) > 0) {
        uint64_t at = FAT_HEADER + FAT_IMAGE * (uint64_t)index;
        if (index >= fat_count(content))
            return false;
        content = read_bytes(&reader, read_32(&reader, at + 8), read_32(&reader, at + 12));
        if (!is_mach(content))
            return false;
    } else if (index > 0) {
        return false;
    }
    reader = (struct reader){.content = content};
    *executable = (struct executable){.content = content};
    if (content.data[0] == '\x7f') {
        executable->kind = EXECUTABLE_ELF;
        return open_elf(arena, &reader, executable);
    }
    executable->kind = content.data[0] == 'M' ? EXECUTABLE_PE : EXECUTABLE_MACH_O;
    return executable->kind == EXECUTABLE_PE ? open_pe(arena, &reader, executable)
                                             : open_mach(arena, &reader, executable);
}

struct view executable_section(const struct executable *executable, const char *name)
{
    for (size_t i = 0; i < executable->section_count; i++) {
        if (view_is(executable->sections[i].name, name))
            return executable->sections[i].content;
    }
    return view_text("");
}

struct view executable_at(const struct executable *executable, uint64_t address)
{
    for (size_t i = 0; i < executable->segment_count; i++) {
        const struct executable_part *segment = &executable->segments[i];
        if (address >= segment->address && address - segment->address < segment->content.size)
            return view_from(segment->content, (size_t)(address - segment->address));
    }
    return view_text("");
}
