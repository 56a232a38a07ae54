/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/feed.h"

#include "feed/feed_frames.h"
#include "feed/kept.h"
#include "feed/repository.h"

#include <stdio.h>

#define FEED(name) extern const struct feed feed_##name;
#include "feed/feeds.def"
#undef FEED

const struct feed *const feeds[] = {
#define FEED(name) &feed_##name,
#include "feed/feeds.def"
#undef FEED
};
const size_t feed_count = sizeof(feeds) / sizeof(feeds[0]);

enum {
    TASK_NAME_MAX = 100,
    DEADLINE_MS = 30 * 60 * 1000,
    /* Beyond the base: a record of 4 MiB, its JSON tree, the advisory made of it and its encoded form. */
    HELD_BYTES_MAX = 160 * 1024 * 1024,
};

const struct feed *feed_named(struct view name)
{
    for (size_t i = 0; i < feed_count; i++) {
        if (view_is(name, feeds[i]->name))
            return feeds[i];
    }
    return NULL;
}

bool feed_has_folders(const struct feed *feed)
{
    return !feed->is_about_vulnerabilities && feed->only_ecosystem == NULL;
}

static const struct feed_file *file_named(const struct feed *feed, struct view name)
{
    if (view_is(name, feed->records.name))
        return &feed->records;
    if (view_is(name, repository_metadata.name))
        return &repository_metadata;
    const struct feed_file *files[] = {&feed->changes, &feed->deletions, &feed->record};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (files[i]->name != NULL && view_is(name, files[i]->name))
            return files[i];
    }
    return feed->list.name != NULL && view_is(name, feed->list.name) ? &feed->list : NULL;
}

static bool write_frame(void *context, uint32_t type, struct view payload, struct error *err)
{
    return frame_write(context, type, payload, err);
}

static bool run(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    struct view name = parameters;
    struct view feed_name = view_cut(&name, '/');
    const struct feed *feed = view_is(feed_name, feed_kept.name) ? &feed_kept : feed_named(feed_name);
    const struct feed_file *file = feed == NULL ? NULL : file_named(feed, name);
    if (file == NULL)
        return error_set(err, ERROR_INVALID, "there is no feed file \"%.*s\"", VIEW_PRINT(parameters));
    struct feed_frame_writer writer;
    feed_frame_writer_init(&writer, write_frame, out);
    bool is_read = file->read(input, &writer.sink, err) && feed_frame_writer_finish(&writer, err);
    feed_frame_writer_done(&writer);
    return is_read;
}

const struct sandbox_task feed_task = {.name = "feed", .run = run};

bool feed_read(const struct feed_reading *reading, struct source *input, struct feed_sink *sink, struct error *err)
{
    char parameters[TASK_NAME_MAX];
    snprintf(parameters, sizeof(parameters), "%s/%s", reading->feed->name, reading->file->name);
    struct feed_frame_reader reader;
    feed_frame_reader_init(&reader, sink);
    struct sandbox_run child = {
        .task = feed_task.name,
        .parameters = view_text(parameters),
        .input = input,
        .held_bytes_max = HELD_BYTES_MAX,
        .deadline_ms = DEADLINE_MS,
        .cancel = reading->cancel,
        .frame = feed_frame_read,
        .context = &reader,
    };
    bool is_read = sandbox_run(reading->sandbox, &child, err) && feed_frame_reader_finish(&reader, err);
    feed_frame_reader_done(&reader);
    return is_read;
}
