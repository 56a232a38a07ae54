/* SPDX-License-Identifier: Apache-2.0 */
/* For layer tests: a visitor that writes what it is told, one event a line, so that a test is a text. */
#ifndef TESTS_UNIT_LAYER_EVENT_VISITOR_H
#define TESTS_UNIT_LAYER_EVENT_VISITOR_H

#include "tests/unit/test.h"

#include "layer/walk.h"

struct event_visitor {
    struct layer_visitor visitor;
    struct buffer text;
    size_t gaps;
    bool shows_unsent; /* a file that reads as empty, since its content was left out, is no failure */
};

static inline void event_append_content(struct buffer *text, struct view content)
{
    for (size_t i = 0; i < content.size; i++) {
        if (content.data[i] == '\0')
            buffer_append_text(text, "\\0");
        else
            buffer_append_byte(text, content.data[i]);
    }
}

enum { EVENT_CONTENT_MAX = 10 << 20 };

/* A file named "refused" fails; very large ones are left unread. */
static inline bool event_entry(
    struct layer_visitor *visitor, const struct layer_entry *entry, struct source *content, struct error *err)
{
    static const char *const names[] = {"file", "directory", "symlink", "hard", "other"};
    struct event_visitor *events = (struct event_visitor *)visitor;
    if (view_is(entry->path, "refused"))
        return error_set(err, ERROR_CONFLICT, "refused");
    AUTO_BUFFER bytes;
    buffer_init(&bytes, EVENT_CONTENT_MAX);
    bool is_read = entry->kind == LAYER_FILE && entry->size <= EVENT_CONTENT_MAX;
    if (is_read && !source_read_all(content, &bytes, "file", err))
        return false;
    bool is_unsent = is_read && events->shows_unsent && bytes.size == 0 && entry->size > 0;
    if (is_read && !is_unsent)
        assert_int_equal(bytes.size, entry->size);
    buffer_append_format(&events->text, "%s %.*s", names[entry->kind], VIEW_PRINT(entry->path));
    if (entry->kind == LAYER_FILE) {
        buffer_append_text(&events->text, is_unsent ? " (unsent)" : is_read ? " " : " (unread)");
        event_append_content(&events->text, buffer_view(&bytes));
    }
    if (entry->kind == LAYER_SYMLINK || entry->kind == LAYER_HARD_LINK)
        buffer_append_format(&events->text, " -> %.*s", VIEW_PRINT(entry->target));
    buffer_append_byte(&events->text, '\n');
    return true;
}

static inline bool event_whiteout(struct layer_visitor *visitor, struct view path, struct error *err)
{
    (void)err;
    buffer_append_format(&((struct event_visitor *)visitor)->text, "whiteout %.*s\n", VIEW_PRINT(path));
    return true;
}

static inline bool event_opaque(struct layer_visitor *visitor, struct view directory, struct error *err)
{
    (void)err;
    buffer_append_format(&((struct event_visitor *)visitor)->text, "opaque %.*s\n", VIEW_PRINT(directory));
    return true;
}

static inline bool event_gap(
    struct layer_visitor *visitor, enum gap_kind kind, struct view path, const char *reason, struct error *err)
{
    (void)err;
    struct event_visitor *events = (struct event_visitor *)visitor;
    events->gaps++;
    buffer_append_format(&events->text, "gap %s %.*s: %s\n", gap_kind_name(kind), VIEW_PRINT(path), reason);
    return true;
}

/* Release `text` with buffer_done. */
static inline void event_visitor_init(struct event_visitor *events)
{
    events->visitor = (struct layer_visitor){
        .entry = event_entry, .whiteout = event_whiteout, .opaque = event_opaque, .gap = event_gap};
    events->gaps = 0;
    events->shows_unsent = false;
    buffer_init(&events->text, 10 << 20);
}

#endif
