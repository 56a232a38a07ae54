/* SPDX-License-Identifier: Apache-2.0 */
#include "package/sqlite_file.h"

#include "base/pack.h"

enum {
    FILE_HEADER_SIZE = 100, /* in front of page 1 */
    PAGE_SIZE_MIN = 512,
    USABLE_SIZE_MIN = 480,
    ENCODING_UTF8 = 1,
    INTERIOR_TABLE = 0x05,
    LEAF_TABLE = 0x0d,
    INTERIOR_HEADER_SIZE = 12,
    LEAF_HEADER_SIZE = 8,
    VARINT_SIZE_MAX = 9,
    DEPTH_MAX = 20, /* as SQLite itself */
    SCHEMA_ROW_MAX = 1 << 20,
};

static const char magic[] = "SQLite format 3";

bool sqlite_file_is(struct view content)
{
    return content.size >= FILE_HEADER_SIZE && memcmp(content.data, magic, sizeof(magic)) == 0;
}

/* The header in front of the first page. */
static bool read_header(struct sqlite_file *file, struct view header, struct error *err)
{
    if (!sqlite_file_is(header))
        return error_set(err, ERROR_INVALID, "not a SQLite database");
    uint32_t page_size = read_u16_big(header.data + 16);
    if (page_size == 1)
        page_size = 65536;
    uint32_t reserved = (unsigned char)header.data[20];
    if (page_size < PAGE_SIZE_MIN || (page_size & (page_size - 1)) != 0 || page_size - reserved < USABLE_SIZE_MIN)
        return error_set(
            err, ERROR_INVALID, "the SQLite database has pages of %u bytes, %u of them reserved", page_size, reserved);
    if (read_u32_big(header.data + 56) > ENCODING_UTF8)
        return error_set(err, ERROR_INVALID, "the texts of the SQLite database are not UTF-8");
    file->page_size = page_size;
    file->usable_size = page_size - reserved;
    return true;
}

bool sqlite_file_open(struct view content, struct sqlite_file *file, struct error *err)
{
    struct sqlite_file opened = {.content = content};
    if (!read_header(&opened, content, err))
        return false;
    opened.page_count = (uint32_t)(content.size / opened.page_size);
    opened.pages_left = opened.page_count;
    *file = opened;
    return true;
}

bool sqlite_file_use_log(struct sqlite_file *file, const struct sqlite_log *log, struct error *err)
{
    struct sqlite_file logged = *file;
    if (log->page_count == 0)
        return true;
    struct view first = sqlite_log_page(log, 1);
    if (first.size > 0 && !read_header(&logged, first, err))
        return false;
    if (logged.page_size != file->page_size)
        return error_set(err, ERROR_INVALID, "the write-ahead log gives the database another page size");
    logged.log = log;
    logged.page_count = log->page_count;
    logged.pages_left = log->page_count;
    *file = logged;
    return true;
}

/* The bytes of a page from its start, without the reserved ones; empty if the file does not have it, or has given all. */
static struct view take_page(struct sqlite_file *file, uint32_t number)
{
    if (number == 0 || number > file->page_count || file->pages_left == 0)
        return (struct view){0};
    file->pages_left--;
    struct view logged = file->log == NULL ? view_text("") : sqlite_log_page(file->log, number);
    if (logged.size > 0)
        return view_slice(logged, 0, file->usable_size);
    if ((uint64_t)number * file->page_size > file->content.size)
        return (struct view){0};
    return view_slice(file->content, (size_t)(number - 1) * file->page_size, file->usable_size);
}

/* Big-endian groups of seven bits, the ninth byte whole. False if the bytes end early. */
static bool take_varint(struct view *bytes, uint64_t *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes->size && i < VARINT_SIZE_MAX; i++) {
        unsigned char byte = (unsigned char)bytes->data[i];
        bool is_last = i == VARINT_SIZE_MAX - 1;
        number = is_last ? number << 8 | byte : number << 7 | (byte & 0x7f);
        if (is_last || byte < 0x80) {
            *bytes = view_from(*bytes, i + 1);
            *value = number;
            return true;
        }
    }
    return false;
}

/* One table being read. */
struct walk {
    struct sqlite_file *file;
    struct sqlite_rows *rows;
    struct buffer row; /* that goes on on other pages */
    bool is_stopped;
};

/* File format, "B-tree Pages": how much of a payload stays on the leaf. */
static uint32_t local_size(uint32_t usable, uint64_t payload)
{
    uint32_t most = usable - 35;
    if (payload <= most)
        return (uint32_t)payload;
    uint32_t least = (usable - 12) * 32 / 255 - 23;
    uint32_t size = least + (uint32_t)((payload - least) % (usable - 4));
    return size <= most ? size : least;
}

/* The rest of a payload: a chain of pages, each with the number of the next in front. */
static const char *read_overflow(struct walk *walk, struct view local, uint32_t next, size_t payload)
{
    buffer_clear(&walk->row);
    buffer_append(&walk->row, local);
    while (walk->row.size < payload) {
        struct view page = take_page(walk->file, next);
        if (page.size == 0)
            return "a row goes on on a page that the file does not have";
        next = read_u32_big(page.data);
        buffer_append(&walk->row, view_slice(page, 4, payload - walk->row.size));
    }
    return NULL;
}

/* A row of a leaf; returns what is wrong with it, NULL if nothing. */
static const char *read_cell(struct walk *walk, struct view cell)
{
    uint64_t payload;
    uint64_t row_id;
    if (!take_varint(&cell, &payload) || !take_varint(&cell, &row_id))
        return "a row begins behind the end of its page";
    if (payload > walk->rows->row_bytes_max)
        return "a row is longer than what is read";
    uint32_t local = local_size(walk->file->usable_size, payload);
    struct view record = view_slice(cell, 0, local);
    if (local < payload) {
        if (cell.size < (size_t)local + 4)
            return "a row begins behind the end of its page";
        const char *reason = read_overflow(walk, record, read_u32_big(cell.data + local), (size_t)payload);
        if (reason != NULL)
            return reason;
        record = buffer_view(&walk->row);
    } else if (record.size < payload) {
        return "a row goes on behind the end of its page";
    }
    walk->is_stopped = !walk->rows->row(walk->rows, (int64_t)row_id, record);
    return NULL;
}

/* A page of a table's tree and the cell that is next. */
struct step {
    struct view page;
    uint32_t number;
    uint32_t cell;
    uint32_t cell_count;
    uint32_t header; /* where the page's header starts */
    bool is_leaf;
};

static bool begin_page(struct walk *walk, uint32_t number, struct step *step)
{
    struct view page = take_page(walk->file, number);
    uint32_t header = number == 1 ? FILE_HEADER_SIZE : 0;
    if (page.size == 0) {
        walk->rows->damaged(walk->rows, number, "the file does not have it, or it belongs to the table twice");
        return false;
    }
    unsigned char type = (unsigned char)page.data[header];
    uint32_t header_size = type == LEAF_TABLE ? LEAF_HEADER_SIZE : INTERIOR_HEADER_SIZE;
    uint32_t cells = read_u16_big(page.data + header + 3);
    if ((type != LEAF_TABLE && type != INTERIOR_TABLE) || header + header_size + 2 * cells > page.size) {
        walk->rows->damaged(walk->rows, number, "it is not a page of a table");
        return false;
    }
    *step = (struct step){page, number, 0, cells, header, type == LEAF_TABLE};
    return true;
}

/* The bytes of a cell up to the end of the page; empty if its place is not on the page. */
static struct view cell_at(const struct step *step, uint32_t i)
{
    uint32_t array = step->header + (step->is_leaf ? LEAF_HEADER_SIZE : INTERIOR_HEADER_SIZE);
    uint32_t offset = read_u16_big(step->page.data + array + (size_t)i * 2);
    return offset < array + 2 * step->cell_count ? view_text("") : view_from(step->page, offset);
}

static void read_leaf(struct walk *walk, const struct step *step)
{
    for (uint32_t i = 0; i < step->cell_count && !walk->is_stopped; i++) {
        const char *reason = read_cell(walk, cell_at(step, i));
        if (reason != NULL)
            walk->rows->damaged(walk->rows, step->number, reason);
    }
}

/* The child before a cell, and the last one behind all cells. */
static uint32_t child_at(const struct step *step, uint32_t i)
{
    if (i == step->cell_count)
        return read_u32_big(step->page.data + step->header + 8);
    struct view cell = cell_at(step, i);
    return cell.size < 4 ? 0 : read_u32_big(cell.data);
}

static void walk_table(struct walk *walk, uint32_t root)
{
    struct step steps[DEPTH_MAX];
    size_t depth = 0;
    if (begin_page(walk, root, &steps[0]))
        depth = 1;
    while (depth > 0 && !walk->is_stopped) {
        struct step *step = &steps[depth - 1];
        if (step->is_leaf)
            read_leaf(walk, step);
        if (step->is_leaf || step->cell > step->cell_count)
            depth--;
        else if (depth == DEPTH_MAX)
            walk->rows->damaged(walk->rows, steps[--depth].number, "the tree of its table is too deep");
        else if (begin_page(walk, child_at(step, step->cell++), &steps[depth]))
            depth++;
    }
}

static void read_table(struct sqlite_file *file, uint32_t root, struct sqlite_rows *rows)
{
    struct walk walk = {.file = file, .rows = rows};
    buffer_init(&walk.row, rows->row_bytes_max);
    walk_table(&walk, root);
    buffer_done(&walk.row);
}

/* Bytes of a serial type's value; UINT64_MAX for the two types that are reserved. */
static uint64_t size_of_serial_type(uint64_t type)
{
    static const unsigned char sizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    if (type < sizeof(sizes))
        return sizes[type];
    return type < 12 ? UINT64_MAX : (type - 12) / 2;
}

static int64_t signed_number(struct view bytes)
{
    uint64_t number = bytes.size > 0 && (bytes.data[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.size; i++)
        number = number << 8 | (unsigned char)bytes.data[i];
    return (int64_t)number;
}

static struct sqlite_value value_of(uint64_t type, struct view bytes)
{
    if (type == 0)
        return (struct sqlite_value){.kind = SQLITE_KIND_NULL};
    if (type == 7)
        return (struct sqlite_value){.kind = SQLITE_KIND_REAL};
    if (type == 8 || type == 9)
        return (struct sqlite_value){.kind = SQLITE_KIND_INTEGER, .integer = (int64_t)type - 8};
    if (type < 7)
        return (struct sqlite_value){.kind = SQLITE_KIND_INTEGER, .integer = signed_number(bytes)};
    return (struct sqlite_value){.kind = type % 2 == 0 ? SQLITE_KIND_BLOB : SQLITE_KIND_TEXT, .bytes = bytes};
}

bool sqlite_column(struct view record, size_t i, struct sqlite_value *value)
{
    struct view types = record;
    uint64_t header_size;
    if (!take_varint(&types, &header_size) || header_size > record.size || header_size < record.size - types.size)
        return false;
    types = view_slice(record, record.size - types.size, (size_t)header_size - (record.size - types.size));
    struct view bodies = view_from(record, (size_t)header_size);
    for (size_t column = 0;; column++) {
        uint64_t type;
        if (!take_varint(&types, &type))
            return false;
        uint64_t size = size_of_serial_type(type);
        if (size > bodies.size)
            return false;
        if (column == i) {
            *value = value_of(type, view_slice(bodies, 0, (size_t)size));
            return true;
        }
        bodies = view_from(bodies, (size_t)size);
    }
}

/* Looks for a table's row in sqlite_schema: (type, name, tbl_name, rootpage, sql). */
struct schema_search {
    struct sqlite_rows rows;
    struct sqlite_rows *told; /* of damage */
    struct view name;
    uint32_t root; /* 0 until found */
};

static bool on_schema_row(struct sqlite_rows *rows, int64_t row_id, struct view record)
{
    (void)row_id;
    struct schema_search *search = (struct schema_search *)rows;
    struct sqlite_value type;
    struct sqlite_value name;
    struct sqlite_value root;
    if (sqlite_column(record, 0, &type) && view_is(type.bytes, "table") && sqlite_column(record, 1, &name) &&
        view_equal_ignoring_case(name.bytes, search->name) && sqlite_column(record, 3, &root) && root.integer > 0 &&
        root.integer <= UINT32_MAX)
        search->root = (uint32_t)root.integer;
    return search->root == 0;
}

static void on_schema_damage(struct sqlite_rows *rows, uint32_t page, const char *reason)
{
    struct schema_search *search = (struct schema_search *)rows;
    search->told->damaged(search->told, page, reason);
}

bool sqlite_each_row(struct sqlite_file *file, const char *table, struct sqlite_rows *rows, struct error *err)
{
    struct schema_search search = {
        .rows = {SCHEMA_ROW_MAX, on_schema_row, on_schema_damage}, .told = rows, .name = view_text(table)};
    read_table(file, 1, &search.rows);
    if (search.root == 0)
        return error_set(err, ERROR_NOT_FOUND, "the SQLite database has no table \"%s\"", table);
    read_table(file, search.root, rows);
    return true;
}
