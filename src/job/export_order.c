/* SPDX-License-Identifier: Apache-2.0 */
#include "job/export_order.h"

#include "base/clock.h"

enum { WORD_BYTES_MAX = 64 };

static const char *const tags_words[EXPORT_TAGS_COUNT] = {"include", "exclude", "only"};

static const char *const format_names[EXPORT_FORMAT_COUNT] = {"csv", "ndjson"};

const char *export_format_name(enum export_format format)
{
    return format_names[format];
}

const char *export_format_media_type(enum export_format format)
{
    static const char *const types[EXPORT_FORMAT_COUNT] = {"text/csv; charset=utf-8", "application/x-ndjson"};
    return types[format];
}

static bool has_member(struct json object, const char *name)
{
    return json_type(json_member(object, name)) != JSON_MISSING;
}

static void read_columns(struct document_reader *reader, struct json attributes, struct export_order *order)
{
    bool is_chosen[EXPORT_COLUMN_COUNT] = {false};
    if (!has_member(attributes, "columns")) {
        for (size_t i = 0; i < EXPORT_COLUMN_COUNT; i++) {
            if (export_columns[i].is_default)
                order->columns[order->column_count++] = &export_columns[i];
        }
        return;
    }
    struct document_texts names =
        document_text_list(reader, attributes, "columns", EXPORT_COLUMN_COUNT, WORD_BYTES_MAX);
    for (size_t i = 0; i < names.count; i++) {
        const struct export_column *column = export_column_named(names.items[i]);
        if (column == NULL)
            document_complain(reader, "columns", "there is no column \"%.*s\"", VIEW_PRINT(names.items[i]));
        else if (is_chosen[column - export_columns])
            document_complain(reader, "columns", "the column \"%s\" is there twice", column->name);
        else
            order->columns[order->column_count++] = column;
        if (column != NULL)
            is_chosen[column - export_columns] = true;
    }
}

static int64_t read_time(struct document_reader *reader, struct json range, const char *member)
{
    struct error err;
    int64_t time_ms = 0;
    struct view text = document_text(reader, range, member, false, WORD_BYTES_MAX);
    if (text.size > 0 && !time_parse(text, &time_ms, &err))
        document_complain(reader, member, "%s", err.message);
    return time_ms;
}

static struct export_range read_range(struct document_reader *reader, struct json filters, const char *name)
{
    static const char *const known[] = {"from", "to", NULL};
    struct view pointer = reader->pointer;
    struct export_range range = {0};
    struct json given = json_member(filters, name);
    if (!has_member(filters, name))
        return range;
    reader->pointer = document_pointer(reader, name);
    if (document_is_object(reader, given, "a range of times")) {
        document_check_members(reader, given, known);
        range.from_ms = read_time(reader, given, "from");
        range.to_ms = read_time(reader, given, "to");
    }
    reader->pointer = pointer;
    return range;
}

static enum export_tags read_tags(struct document_reader *reader, struct json filters)
{
    struct view word = document_text(reader, filters, "empty_project_tags", false, WORD_BYTES_MAX);
    for (int i = 0; i < EXPORT_TAGS_COUNT; i++) {
        if (view_is(word, tags_words[i]))
            return (enum export_tags)i;
    }
    if (word.size > 0)
        document_complain(reader, "empty_project_tags", "this is one of include, exclude, only");
    return EXPORT_TAGS_INCLUDE;
}

static enum export_format read_format(struct document_reader *reader, struct json attributes)
{
    struct document_texts formats = document_text_list(reader, attributes, "formats", 1, WORD_BYTES_MAX);
    for (int i = 0; i < EXPORT_FORMAT_COUNT && formats.count > 0; i++) {
        if (view_is(formats.items[0], format_names[i]))
            return (enum export_format)i;
    }
    if (formats.count > 0)
        document_complain(
            reader, "formats", "there is no format \"%.*s\", only csv and ndjson", VIEW_PRINT(formats.items[0]));
    return EXPORT_FORMAT_CSV;
}

static void read_filters(struct document_reader *reader, struct json attributes, struct export_order *order)
{
    const char *known[EXPORT_COLUMN_COUNT + 4] = {"introduced", "updated", "empty_project_tags"};
    size_t known_count = 3;
    struct view pointer = reader->pointer;
    struct json filters = json_member(attributes, "filters");
    if (!has_member(attributes, "filters"))
        return;
    for (size_t i = 0; i < EXPORT_COLUMN_COUNT; i++) {
        if (export_columns[i].filter[0] != '\0')
            known[known_count++] = export_columns[i].filter;
    }
    known[known_count] = NULL;
    reader->pointer = document_pointer(reader, "filters");
    if (document_is_object(reader, filters, "the filters")) {
        document_check_members(reader, filters, known);
        for (size_t i = 0; i < EXPORT_COLUMN_COUNT; i++) {
            if (export_columns[i].filter[0] == '\0' || !has_member(filters, export_columns[i].filter))
                continue;
            struct document_texts values = document_text_list(
                reader, filters, export_columns[i].filter, EXPORT_VALUES_MAX, EXPORT_VALUE_BYTES_MAX);
            order->filters[i] = (struct view_list){values.items, values.count};
        }
        order->introduced = read_range(reader, filters, "introduced");
        order->updated = read_range(reader, filters, "updated");
        order->untagged = read_tags(reader, filters);
    }
    reader->pointer = pointer;
}

void export_order_read(struct document_reader *reader, struct json attributes, struct export_order *order)
{
    static const char *const known[] = {"columns", "dataset", "filters", "formats", "url_expiration_seconds", NULL};
    *order = (struct export_order){.url_s = EXPORT_URL_S_MAX};
    document_check_members(reader, attributes, known);
    struct view dataset = document_text(reader, attributes, "dataset", true, WORD_BYTES_MAX);
    if (dataset.size > 0 && !view_is(dataset, "issues"))
        document_complain(reader, "dataset", "there is no dataset \"%.*s\", only issues", VIEW_PRINT(dataset));
    order->format = read_format(reader, attributes);
    if (has_member(attributes, "url_expiration_seconds"))
        order->url_s = document_integer(reader, attributes, "url_expiration_seconds", 0, EXPORT_URL_S_MAX);
    read_columns(reader, attributes, order);
    read_filters(reader, attributes, order);
}

static void write_range(struct json_writer *writer, const char *name, const struct export_range *range)
{
    char text[TIME_TEXT_SIZE];
    if (range->from_ms == 0 && range->to_ms == 0)
        return;
    json_key(writer, name);
    json_begin_object(writer);
    if (range->from_ms != 0) {
        time_format(range->from_ms, text);
        json_pair_text(writer, "from", text);
    }
    if (range->to_ms != 0) {
        time_format(range->to_ms, text);
        json_pair_text(writer, "to", text);
    }
    json_end_object(writer);
}

void export_order_write(const struct export_order *order, struct json_writer *writer)
{
    json_begin_object(writer);
    json_pair_text(writer, "dataset", "issues");
    json_key(writer, "formats");
    json_begin_array(writer);
    json_write_text(writer, format_names[order->format]);
    json_end_array(writer);
    json_pair_integer(writer, "url_expiration_seconds", order->url_s);
    json_key(writer, "columns");
    json_begin_array(writer);
    for (size_t i = 0; i < order->column_count; i++)
        json_write_text(writer, order->columns[i]->name);
    json_end_array(writer);
    json_key(writer, "filters");
    json_begin_object(writer);
    for (size_t i = 0; i < EXPORT_COLUMN_COUNT; i++) {
        const struct view_list *values = &order->filters[i];
        if (values->count == 0)
            continue;
        json_key(writer, export_columns[i].filter);
        json_begin_array(writer);
        for (size_t k = 0; k < values->count; k++)
            json_write(writer, values->items[k]);
        json_end_array(writer);
    }
    write_range(writer, "introduced", &order->introduced);
    write_range(writer, "updated", &order->updated);
    json_pair_text(writer, "empty_project_tags", tags_words[order->untagged]);
    json_end_object(writer);
    json_end_object(writer);
}

static bool is_within(int64_t time_ms, const struct export_range *range)
{
    return (range->from_ms == 0 || time_ms >= range->from_ms) && (range->to_ms == 0 || time_ms < range->to_ms);
}

bool export_order_wants(struct arena *arena, const struct export_order *order, const struct export_row *row)
{
    bool is_tagged = row->project->settings.tags.size > 0;
    if ((order->untagged == EXPORT_TAGS_ONLY && is_tagged) || (order->untagged == EXPORT_TAGS_EXCLUDE && !is_tagged) ||
        !is_within(row->issue->first_ms, &order->introduced) || !is_within(row->issue->last_ms, &order->updated))
        return false;
    for (size_t i = 0; i < EXPORT_COLUMN_COUNT; i++) {
        if (order->filters[i].count == 0)
            continue;
        struct export_cell cell = export_cell_of(arena, &export_columns[i], row);
        if (!export_cell_has(&cell, &order->filters[i]))
            return false;
    }
    return true;
}
