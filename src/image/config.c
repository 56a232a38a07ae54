/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"

#include "base/clock.h"
#include "base/json.h"

#include <assert.h>

/* A Dockerfile step may hold a whole script; the start of it tells which step it was. */
#define COMMAND_BYTES_MAX 4096

#define FIRST_REAL_TIME_MS (366LL * 86400 * 1000) /* 1971: everything before is a tool's way to write "none" */

static struct view cut_at_character(struct view text, size_t bytes_max)
{
    if (text.size <= bytes_max)
        return text;
    while (bytes_max > 0 && ((unsigned char)text.data[bytes_max] & 0xc0) == 0x80)
        bytes_max--;
    return view_slice(text, 0, bytes_max);
}

static bool read_diff_ids(struct arena *arena, struct json list, struct image_config *config, struct error *err)
{
    if (json_is_present(list) && json_type(list) != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "\"diff_ids\" is not an array");
    size_t count = json_count(list);
    if (count > MANIFEST_LAYERS_MAX)
        return error_set(
            err, ERROR_LIMIT, "%zu layers are more than the %d that are accepted", count, MANIFEST_LAYERS_MAX);
    config->diff_ids = ARENA_ARRAY(arena, struct view, count);
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct digest digest;
        if (!digest_parse(json_string(i.value), &digest, err))
            return error_wrap(err, "layer %zu", config->diff_id_count);
        config->diff_ids[config->diff_id_count++] = arena_copy(arena, digest_view(&digest));
    }
    return true;
}

/* The step that ends a Dockerfile's image: builders write it as "CMD …" (BuildKit) or "/bin/sh -c #(nop)  CMD …" (classic). */
static bool is_last_step(struct view command)
{
    static const char *const classic = "/bin/sh -c #(nop)";
    if (view_starts_with(command, classic))
        command = view_trim(view_from(command, strlen(classic)));
    return view_starts_with(command, "CMD ") || view_starts_with(command, "CMD[") ||
           view_starts_with(command, "ENTRYPOINT ") || view_starts_with(command, "ENTRYPOINT[");
}

/* An image that another one is built on ends with its CMD or ENTRYPOINT: what stands before the last such step that has a
   layer behind it is the base image. */
static size_t count_base_layers(struct json history)
{
    size_t layers = 0, base = 0, last_step = 0;
    for (struct json_iterator i = json_each(history); json_next(&i);) {
        if (!json_boolean(json_member(i.value, "empty_layer"))) {
            base = last_step;
            layers++;
        } else if (is_last_step(json_member_string(i.value, "created_by"))) {
            last_step = layers;
        }
    }
    return base;
}

/* Squashed and rebuilt images have a history that does not belong to their layers: then nothing is mapped. */
static void map_history(struct arena *arena, struct json root, struct image_config *config)
{
    size_t count = 0;
    struct json history = json_member(root, "history");
    for (struct json_iterator i = json_each(history); json_next(&i);)
        count += json_boolean(json_member(i.value, "empty_layer")) ? 0 : 1;
    bool has_rootfs = json_is_present(json_member(root, "rootfs"));
    config->layer_count = has_rootfs || count > MANIFEST_LAYERS_MAX ? config->diff_id_count : count;
    config->layer_commands = ARENA_ARRAY(arena, struct view, config->layer_count);
    if (count != config->layer_count)
        return;
    config->base_layer_count = count_base_layers(history);
    size_t layer = 0;
    for (struct json_iterator i = json_each(history); json_next(&i);) {
        if (json_boolean(json_member(i.value, "empty_layer")))
            continue;
        struct view command = json_member_string(i.value, "created_by");
        config->layer_commands[layer++] = arena_copy(arena, cut_at_character(command, COMMAND_BYTES_MAX));
    }
}

static void read_instructions(struct arena *arena, struct json history, struct image_config *config)
{
    config->instructions = ARENA_ARRAY(arena, struct view, json_count(history));
    for (struct json_iterator i = json_each(history); json_next(&i);) {
        struct view command = json_member_string(i.value, "created_by");
        if (command.size > 0)
            config->instructions[config->instruction_count++] =
                arena_copy(arena, cut_at_character(command, COMMAND_BYTES_MAX));
    }
}

/* "PATH=/usr/bin:/bin"; a name alone is a variable without a value. */
static void read_environment(struct arena *arena, struct json list, struct image_config *config)
{
    config->environment = ARENA_ARRAY(arena, struct image_setting, json_count(list));
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct view value = arena_copy(arena, json_string(i.value));
        struct view name = view_cut(&value, '=');
        if (name.size > 0)
            config->environment[config->environment_count++] = (struct image_setting){name, value};
    }
}

static void read_labels(struct arena *arena, struct json map, struct image_config *config)
{
    config->labels = ARENA_ARRAY(arena, struct image_setting, json_count(map));
    for (struct json_iterator i = json_each(map); json_next(&i);)
        config->labels[config->label_count++] =
            (struct image_setting){arena_copy(arena, i.key), arena_copy(arena, json_string(i.value))};
}

static void read_exposed_ports(struct arena *arena, struct json map, struct image_config *config)
{
    config->exposed_ports = ARENA_ARRAY(arena, struct view, json_count(map));
    for (struct json_iterator i = json_each(map); json_next(&i);)
        config->exposed_ports[config->exposed_port_count++] = arena_copy(arena, i.key);
}

/* config.md, "config": what it says of another type is as good as nothing. */
static void read_run_settings(struct arena *arena, struct json settings, struct image_config *config)
{
    config->user = arena_copy(arena, json_member_string(settings, "User"));
    read_environment(arena, json_member(settings, "Env"), config);
    read_labels(arena, json_member(settings, "Labels"), config);
    read_exposed_ports(arena, json_member(settings, "ExposedPorts"), config);
}

static int64_t read_time(struct view text)
{
    struct error ignored; /* a build date that nobody can read is an unknown one */
    int64_t time_ms = 0;
    if (!time_parse(text, &time_ms, &ignored) || time_ms < FIRST_REAL_TIME_MS)
        return 0;
    return time_ms;
}

static bool parse_root(struct arena *arena, struct json root, struct image_config *config, struct error *err)
{
    static const char *const maps[] = {"annotations", "exposedports", "labels", "volumes", NULL};
    static const size_t part_bytes_max = 255;
    if (json_type(root) != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "it is not a JSON object");
    if (!json_check_unique_names_except(root, maps, "it", err) ||
        !read_diff_ids(arena, json_member(json_member(root, "rootfs"), "diff_ids"), config, err))
        return false;
    struct view os = json_member_string(root, "os");
    struct view architecture = json_member_string(root, "architecture");
    struct view variant = json_member_string(root, "variant");
    if (os.size > part_bytes_max || architecture.size > part_bytes_max || variant.size > part_bytes_max)
        return error_set(err, ERROR_LIMIT, "its platform has a part of more than %zu bytes", part_bytes_max);
    config->platform.os = arena_copy(arena, os);
    config->platform.architecture = arena_copy(arena, architecture);
    config->platform.variant = arena_copy(arena, variant);
    config->created_ms = read_time(json_member_string(root, "created"));
    map_history(arena, root, config);
    read_instructions(arena, json_member(root, "history"), config);
    read_run_settings(arena, json_member(root, "config"), config);
    return true;
}

bool image_config_parse(struct arena *arena, struct view document, const struct digest *digest,
    struct image_config *config, struct error *err)
{
    AUTO_JSON *parser = json_document_new();
    struct json root;
    struct image_config parsed = {.digest = *digest};
    if (!json_parse(parser, document, CONFIG_BYTES_MAX, "image config", &root, err))
        return false;
    if (!parse_root(arena, root, &parsed, err))
        return error_wrap(err, "image config %s", digest->text);
    *config = parsed;
    return true;
}

bool image_check_config(const struct manifest *manifest, const struct image_config *config, struct error *err)
{
    assert(manifest->kind == MANIFEST_IMAGE);
    bool is_schema1 = manifest->config.data.size > 0;
    if (manifest->count != (is_schema1 ? config->layer_count : config->diff_id_count))
        return error_set(err, ERROR_INVALID,
            "manifest %s has %zu layers, but its image config tells of %zu: the image was put together wrongly",
            manifest->digest.text, manifest->count, is_schema1 ? config->layer_count : config->diff_id_count);
    return true;
}
