/* SPDX-License-Identifier: Apache-2.0 */
#include "package/go_build_info.h"

enum {
    ALIGNMENT = 16,
    POINTER_SIZE_PLACE = 14,
    FLAGS_PLACE = 15,
    POINTERS_PLACE = 16,
    INLINE_PLACE = 32,
    FLAG_BIG_ENDIAN = 1,
    FLAG_INLINE = 2,
    SENTINEL_BYTES = 16, /* in front of the modules and behind them */
};

/* As strings so split that the record is not found in this program itself. */
static const char magic_start = '\xff';
static const char magic_rest[] = " Go buildinf:";

/* The record, from its magic on; alignment is counted from where the part is loaded. */
static struct view find_record(const struct executable_part *part)
{
    struct view rest = part->content;
    for (;;) {
        size_t at = view_find_text(rest, view_text(magic_rest));
        if (at == rest.size)
            return view_text("");
        size_t place = (size_t)(rest.data - part->content.data) + at;
        bool is_aligned = place > 0 && (part->address + place - 1) % ALIGNMENT == 0;
        if (is_aligned && part->content.data[place - 1] == magic_start)
            return view_from(part->content, place - 1);
        rest = view_from(rest, at + 1);
    }
}

/* Where the linker puts the record: its own section, else the first data that is written to. */
static struct view find_in_file(const struct executable *executable)
{
    for (size_t i = 0; i < executable->section_count; i++) {
        const struct executable_part *section = &executable->sections[i];
        if (view_is(section->name, ".go.buildinfo") || view_is(section->name, "__go_buildinfo"))
            return find_record(section);
    }
    for (size_t i = 0; i < executable->segment_count; i++) {
        const struct executable_part *segment = &executable->segments[i];
        if (segment->is_writable && !segment->is_code)
            return find_record(segment);
    }
    return view_text("");
}

/* A length of 7 bits a byte, and that many bytes. */
static struct view take_inline(struct view *rest)
{
    uint64_t size = 0;
    size_t used = 0;
    for (unsigned shift = 0; shift < 63 && used < rest->size; shift += 7) {
        unsigned char byte = (unsigned char)rest->data[used++];
        size |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            break;
    }
    *rest = view_from(*rest, used);
    if (size > rest->size)
        return view_text("");
    struct view text = view_slice(*rest, 0, (size_t)size);
    *rest = view_from(*rest, (size_t)size);
    return text;
}

static uint64_t read_pointer(struct view bytes, size_t size, bool is_big_endian)
{
    uint64_t pointer = 0;
    if (bytes.size < size)
        return 0;
    for (size_t i = 0; i < size; i++)
        pointer = pointer << 8 | (unsigned char)bytes.data[is_big_endian ? i : size - 1 - i];
    return pointer;
}

/* A pointer to a string's header, which is a pointer to the bytes and their number. */
static struct view follow_string(const struct executable *executable, struct view record, size_t index)
{
    size_t size = (unsigned char)record.data[POINTER_SIZE_PLACE];
    bool is_big_endian = (record.data[FLAGS_PLACE] & FLAG_BIG_ENDIAN) != 0;
    if (size != 4 && size != 8)
        return view_text("");
    uint64_t address = read_pointer(view_from(record, POINTERS_PLACE + index * size), size, is_big_endian);
    struct view header = executable_at(executable, address);
    uint64_t length = read_pointer(view_from(header, size), size, is_big_endian);
    struct view bytes = executable_at(executable, read_pointer(header, size, is_big_endian));
    return length <= bytes.size ? view_slice(bytes, 0, (size_t)length) : view_text("");
}

bool go_build_info_find(const struct executable *executable, struct go_build_info *info)
{
    struct view record = find_in_file(executable);
    if (record.size < INLINE_PLACE)
        return false;
    if ((record.data[FLAGS_PLACE] & FLAG_INLINE) != 0) {
        struct view rest = view_from(record, INLINE_PLACE);
        info->version = take_inline(&rest);
        info->modules = take_inline(&rest);
    } else {
        info->version = follow_string(executable, record, 0);
        info->modules = follow_string(executable, record, 1);
    }
    struct view *modules = &info->modules;
    if (modules->size >= 2 * SENTINEL_BYTES + 1 && modules->data[modules->size - SENTINEL_BYTES - 1] == '\n')
        *modules = view_slice(*modules, SENTINEL_BYTES, modules->size - (size_t)2 * SENTINEL_BYTES);
    else
        *modules = view_text("");
    return info->version.size > 0;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t count_digits(struct view text)
{
    size_t count = 0;
    while (count < text.size && is_digit(text.data[count]))
        count++;
    return count;
}

struct view go_library_version(struct arena *arena, struct view version)
{
    version = view_slice(version, 0, view_find(version, ' '));
    version = view_slice(version, 0, view_find_text(version, view_text("-X:")));
    if (!view_starts_with(version, "go"))
        return view_text("");
    struct view rest = view_from(version, 2);
    struct view numbers[3];
    size_t count = 0;
    while (count < 3 && count_digits(rest) > 0) {
        numbers[count] = view_slice(rest, 0, count_digits(rest));
        rest = view_from(rest, numbers[count++].size);
        if (rest.size == 0 || rest.data[0] != '.')
            break;
        rest = view_from(rest, 1);
    }
    /* go1.23-devel_… and go1.22.3-custom: the first is no release, the second is one with something added. */
    if (count < 2 || view_starts_with(rest, "-devel"))
        return view_text("");
    struct view patch = count == 3 ? numbers[2] : view_text("0");
    const char *stage = view_starts_with(rest, "rc") ? "rc" : view_starts_with(rest, "beta") ? "beta" : NULL;
    if (stage == NULL)
        return arena_format(arena, "%.*s.%.*s.%.*s", VIEW_PRINT(numbers[0]), VIEW_PRINT(numbers[1]), VIEW_PRINT(patch));
    rest = view_from(rest, strlen(stage));
    return arena_format(arena, "%.*s.%.*s.%.*s-%s.%.*s", VIEW_PRINT(numbers[0]), VIEW_PRINT(numbers[1]),
        VIEW_PRINT(patch), stage, (int)count_digits(rest), rest.data);
}

static bool is_quote(char byte)
{
    return byte == '"' || byte == '\'' || byte == '\\';
}

/* The next word without quotes at its ends. */
static struct view next_word(struct view *flags)
{
    while (flags->size > 0 && (flags->data[0] == ' ' || is_quote(flags->data[0])))
        *flags = view_from(*flags, 1);
    struct view word = view_cut(flags, ' ');
    while (word.size > 0 && is_quote(word.data[word.size - 1]))
        word.size--;
    return word;
}

/* The value in "main.version=1.2.3", if that is such a variable. */
static struct view version_in(struct view assignment)
{
    struct view value = assignment;
    struct view variable = view_cut(&value, '=');
    while (value.size > 0 && is_quote(value.data[0]))
        value = view_from(value, 1);
    struct view name = view_from(variable, view_find_last(variable, '.') + 1);
    if (!view_equal_ignoring_case(name, view_text("version")) && !view_equal_ignoring_case(name, view_text("ver")))
        return view_text("");
    bool has_v = value.size > 1 && value.data[0] == 'v';
    return value.size > 0 && is_digit(value.data[has_v ? 1 : 0]) ? value : view_text("");
}

struct view go_linker_version(struct view flags)
{
    struct view found = view_text("");
    bool is_assignment = false;
    while (flags.size > 0) {
        struct view word = next_word(&flags);
        if (view_is(word, "-X")) {
            is_assignment = true;
            continue;
        }
        if (view_starts_with(word, "-X="))
            word = view_from(word, 3);
        else if (!is_assignment)
            continue;
        is_assignment = false;
        struct view version = version_in(word);
        if (version.size > 0 && found.size > 0 && !view_equal(version, found))
            return view_text("");
        if (version.size > 0)
            found = version;
    }
    return found;
}
