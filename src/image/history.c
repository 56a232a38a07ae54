/* SPDX-License-Identifier: Apache-2.0 */
#include "image/history.h"

#include <string.h>

/* Longer instructions are cut. */
enum { TEXT_BYTES_MAX = 400 };

static const char *const run = "RUN ";
static const char *const shell = "/bin/sh -c ";
static const char *const no_operation = "#(nop) ";
static const char *const build_mark = "# buildkit";

/* Arguments of the build stand before the shell: "|2 A=b C=d /bin/sh -c …". */
static struct view without_arguments(struct view step)
{
    size_t at = view_find_text(step, view_text(shell));
    return view_starts_with(step, "|") && at < step.size ? view_from(step, at) : step;
}

/* `*is_run` tells whether the step was a command. */
static struct view strip(struct view step, bool *is_run)
{
    step = view_trim(step);
    if (view_ends_with(step, build_mark))
        step = view_trim(view_slice(step, 0, step.size - strlen(build_mark)));
    *is_run = view_starts_with(step, run);
    if (*is_run)
        step = view_trim(view_from(step, strlen(run)));
    step = without_arguments(step);
    if (!view_starts_with(step, shell))
        return step;
    step = view_trim(view_from(step, strlen(shell)));
    *is_run = !view_starts_with(step, no_operation);
    return *is_run ? step : view_trim(view_from(step, strlen(no_operation)));
}

struct view instruction_step(struct view created_by)
{
    bool is_run = false;
    return strip(created_by, &is_run);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

struct view instruction_text(struct arena *arena, struct view created_by)
{
    bool is_run = false;
    struct view step = strip(created_by, &is_run);
    char *text = arena_alloc(arena, step.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < step.size; i++) {
        if (!is_space(step.data[i]))
            text[size++] = step.data[i];
        else if (size > 0 && text[size - 1] != ' ')
            text[size++] = ' ';
    }
    bool is_cut = size > TEXT_BYTES_MAX;
    if (is_cut)
        size = TEXT_BYTES_MAX;
    while (is_cut && size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    return arena_format(arena, "%s%.*s%s", is_run && size > 0 ? run : "", (int)size, text, is_cut ? "…" : "");
}

struct view image_base_label(const struct image_config *config)
{
    for (size_t i = 0; i < config->label_count; i++) {
        if (view_is(config->labels[i].name, "org.opencontainers.image.base.name"))
            return config->labels[i].value;
    }
    return view_text("");
}
