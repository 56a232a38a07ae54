/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include "base/text.h"

#include <stdio.h>
#include <unistd.h>

enum { PRINT_EVERY_MS = 100 };

static int64_t now_ms(void)
{
    return clock_system()->monotonic_ms(clock_system());
}

static void print(struct progress *progress)
{
    AUTO_BUFFER line;
    buffer_init(&line, 256);
    int64_t elapsed_ms = now_ms() - progress->started_ms;
    buffer_append_format(&line, "\r\x1b[Klayer %zu of %zu  ", progress->layer, progress->layer_count);
    text_append_bytes(&line, progress->bytes);
    if (elapsed_ms > 0) {
        buffer_append_text(&line, "  ");
        text_append_bytes(&line, progress->bytes * 1000 / (uint64_t)elapsed_ms);
        buffer_append_text(&line, "/s");
    }
    fprintf(stderr, "%.*s", VIEW_PRINT(buffer_view(&line)));
    progress->printed_ms = now_ms();
}

static void on_layer(
    struct scan_progress *scan, size_t index, size_t count, const struct descriptor *layer, bool is_cached)
{
    (void)layer;
    (void)is_cached;
    struct progress *progress = (struct progress *)scan;
    progress->layer = index + 1;
    progress->layer_count = count;
    print(progress);
}

static void on_bytes(struct scan_progress *scan, uint64_t bytes)
{
    struct progress *progress = (struct progress *)scan;
    progress->bytes += bytes;
    if (now_ms() - progress->printed_ms >= PRINT_EVERY_MS)
        print(progress);
}

void progress_init(struct progress *progress)
{
    *progress = (struct progress){.is_shown = isatty(STDERR_FILENO), .started_ms = now_ms()};
    if (progress->is_shown)
        progress->progress = (struct scan_progress){on_layer, on_bytes};
}

void progress_done(struct progress *progress)
{
    if (progress->is_shown && progress->layer_count > 0)
        fprintf(stderr, "\r\x1b[K");
}
