/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "daemon/data_dir.h"
#include "store/accounts.h"
#include "store/integrations.h"

enum { COLUMNS = 7, OUTPUT_BYTES_MAX = 64 << 20 };

static const struct option options[] = {
    {"data", "DIR", "folder of the store; default $XDG_STATE_HOME/tidewaiter", false},
    {"format", "table|json", "how to print; default table", false},
    OPTIONS_END,
};

struct integrations {
    struct integration *items;
    size_t count;
    size_t capacity;
};

static bool read_all(struct command_call *call, struct arena *arena, struct integrations *all, struct error *err)
{
    const char *directory = NULL;
    struct account account;
    AUTO_STORE *store = NULL;
    struct page_request page = {.limit = PAGE_LIMIT_MAX};
    if (!data_dir_find(arena, call_option_text(call, "data"), &directory, err))
        return false;
    struct store_options opening = {
        .address = data_dir_store(arena, directory), .clock = clock_system(), .must_exist = true};
    if (!store_open(&opening, &store, err))
        return err->code == ERROR_NOT_FOUND
                   ? error_set(err, ERROR_NOT_FOUND,
                         "there is no store in \"%s\": connect a registry with \"tidewaiter integration add\", or name "
                         "another folder with --data",
                         directory)
                   : false;
    if (!store_ensure_admin(store, arena, &account, err))
        return false;
    for (bool has_more = true; has_more;) {
        struct integration *items = NULL;
        size_t count = 0;
        if (!store_list_integrations(store, arena, account.organization, &page, &items, &count, &has_more, err))
            return false;
        for (size_t i = 0; i < count; i++)
            *(struct integration *)ARENA_PUSH(arena, all) = items[i];
        page.after = count > 0 ? items[count - 1].cursor : page.after;
    }
    return true;
}

static const char *tls_mode(const struct integration *item)
{
    return item->address.is_plain_http ? "none" : integration_tls_mode(&item->settings);
}

static void write_json(struct arena *arena, const struct integrations *all, struct buffer *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_array(&writer);
    for (size_t i = 0; i < all->count; i++) {
        const struct integration *item = &all->items[i];
        char time[TIME_TEXT_SIZE];
        json_begin_object(&writer);
        json_pair_text(&writer, "id", item->uuid.text);
        json_pair(&writer, "name", item->name);
        json_pair(&writer, "type", item->type);
        json_pair(&writer, "url", integration_address_format(arena, &item->address));
        json_pair_text(&writer, "tls_mode", tls_mode(item));
        time_format(item->created_ms, time);
        json_pair_text(&writer, "created_at", time);
        json_pair_integer(&writer, "repositories", item->repository_count);
        json_pair_integer(&writer, "projects", item->project_count);
        if (item->last_sync_ms > 0) {
            time_format(item->last_sync_ms, time);
            json_pair_text(&writer, "last_sync_at", time);
            json_pair(&writer, "last_sync_state", item->last_sync_state);
        }
        json_end_object(&writer);
    }
    json_end_array(&writer);
    buffer_append_byte(out, '\n');
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static size_t width(struct view text)
{
    size_t characters = 0;
    for (size_t i = 0; i < text.size; i++)
        characters += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return characters;
}

static struct view printable(struct arena *arena, struct view text)
{
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 4 * text.size + 1);
    text_append_printable(&buffer, text);
    return arena_copy(arena, buffer_view(&buffer));
}

static void fill_cells(struct arena *arena, const struct integration *item, struct view cells[COLUMNS])
{
    char time[TIME_TEXT_SIZE] = "never";
    if (item->last_sync_ms > 0)
        time_format(item->last_sync_ms, time);
    cells[0] = printable(arena, item->name);
    cells[1] = printable(arena, item->type);
    cells[2] = printable(arena, integration_address_format(arena, &item->address));
    cells[3] = view_text(tls_mode(item));
    cells[4] = arena_format(arena, "%lld", (long long)item->repository_count);
    cells[5] = arena_format(arena, "%lld", (long long)item->project_count);
    cells[6] =
        arena_format(arena, "%s%s%.*s", time, item->last_sync_ms > 0 ? " " : "", VIEW_PRINT(item->last_sync_state));
}

static void write_table(struct arena *arena, const struct integrations *all, struct buffer *out)
{
    static const char *const titles[COLUMNS] = {
        "NAME", "TYPE", "ADDRESS", "TLS", "REPOSITORIES", "PROJECTS", "LAST SYNC"};
    struct view(*rows)[COLUMNS] = arena_alloc_array(arena, all->count + 1, sizeof(*rows));
    size_t widths[COLUMNS] = {0};
    for (size_t column = 0; column < COLUMNS; column++)
        rows[0][column] = view_text(titles[column]);
    for (size_t i = 0; i < all->count; i++)
        fill_cells(arena, &all->items[i], rows[i + 1]);
    for (size_t i = 0; i <= all->count; i++) {
        for (size_t column = 0; column < COLUMNS; column++) {
            if (width(rows[i][column]) > widths[column])
                widths[column] = width(rows[i][column]);
        }
    }
    for (size_t i = 0; i <= all->count; i++) {
        for (size_t column = 0; column < COLUMNS; column++) {
            buffer_append(out, rows[i][column]);
            for (size_t k = width(rows[i][column]); column + 1 < COLUMNS && k < widths[column] + 2; k++)
                buffer_append_byte(out, ' ');
        }
        buffer_append_byte(out, '\n');
    }
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER out;
    struct integrations all = {0};
    struct view format = call_option(call, "format");
    bool is_json = view_is(format, "json");
    if (format.size > 0 && !is_json && !view_is(format, "table")) {
        error_set(err, ERROR_USAGE, "option \"--format\" is table or json, not \"%.*s\"", VIEW_PRINT(format));
        return -1;
    }
    if (!read_all(call, arena, &all, err))
        return -1;
    buffer_init(&out, OUTPUT_BYTES_MAX);
    if (is_json)
        write_json(arena, &all, &out);
    else
        write_table(arena, &all, &out);
    if (!buffer_check(&out, "list of integrations", err))
        return -1;
    fwrite(out.data, 1, out.size, call_output(call));
    return 0;
}

const struct command command_integration_list = {
    .name = "integration list",
    .arguments = "",
    .summary = "List the connected registries",
    .options = options,
    .run = run,
};
