/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image_configs.h"

#include "base/json.h"

/* Escaped, a byte of a config may need six, and the commands of layers are there twice. */
#define STORED_CONFIG_BYTES_MAX (12u * CONFIG_BYTES_MAX)

static void write_settings(
    struct json_writer *writer, const char *name, const struct image_setting *settings, size_t count)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++) {
        json_write(writer, settings[i].name);
        json_write(writer, settings[i].value);
    }
    json_end_array(writer);
}

static void write_texts(struct json_writer *writer, const char *name, const struct view *texts, size_t count)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        json_write(writer, texts[i]);
    json_end_array(writer);
}

bool image_config_save(
    struct transaction *transaction, int64_t image, const struct image_config *config, struct error *err)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, STORED_CONFIG_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_pair(&writer, "user", config->user);
    write_settings(&writer, "environment", config->environment, config->environment_count);
    write_settings(&writer, "labels", config->labels, config->label_count);
    write_texts(&writer, "exposed_ports", config->exposed_ports, config->exposed_port_count);
    write_texts(&writer, "instructions", config->instructions, config->instruction_count);
    write_texts(
        &writer, "layer_commands", config->layer_commands, config->layer_commands == NULL ? 0 : config->layer_count);
    json_end_object(&writer);
    return buffer_check(&text, "image config", err) &&
           RUN(transaction->connection, err,
               "INSERT INTO image_configs (image_id, document) VALUES ($1, $2) "
               "ON CONFLICT (image_id) DO UPDATE SET document = excluded.document",
               SQL_INTEGER(image), SQL_TEXT(buffer_view(&text)));
}

static void read_texts(struct arena *arena, struct json list, struct view **texts, size_t *count)
{
    *texts = ARENA_ARRAY(arena, struct view, json_count(list));
    *count = 0;
    for (struct json_iterator i = json_each(list); json_next(&i);)
        (*texts)[(*count)++] = arena_copy(arena, json_string(i.value));
}

static void read_settings(struct arena *arena, struct json list, struct image_setting **settings, size_t *count)
{
    struct view *texts = NULL;
    size_t text_count = 0;
    read_texts(arena, list, &texts, &text_count);
    *count = text_count / 2;
    *settings = ARENA_ARRAY(arena, struct image_setting, *count);
    for (size_t i = 0; i < *count; i++)
        (*settings)[i] = (struct image_setting){texts[2 * i], texts[2 * i + 1]};
}

static bool read_config(struct arena *arena, struct view text, struct image_config *config, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!json_parse(document, text, STORED_CONFIG_BYTES_MAX, "stored image config", &root, err))
        return false;
    config->user = arena_copy(arena, json_member_string(root, "user"));
    read_settings(arena, json_member(root, "environment"), &config->environment, &config->environment_count);
    read_settings(arena, json_member(root, "labels"), &config->labels, &config->label_count);
    read_texts(arena, json_member(root, "exposed_ports"), &config->exposed_ports, &config->exposed_port_count);
    read_texts(arena, json_member(root, "instructions"), &config->instructions, &config->instruction_count);
    read_texts(arena, json_member(root, "layer_commands"), &config->layer_commands, &config->layer_count);
    return true;
}

bool image_config_load(struct transaction *transaction, struct arena *arena, int64_t image, struct image_config *config,
    bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct view text = view_text("");
    *config = (struct image_config){.created_ms = 0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT document, created_ms FROM image_configs JOIN images ON images.id = image_id WHERE image_id = $1",
            SQL_INTEGER(image)))
        return false;
    *found = rows_next(&rows);
    if (*found) {
        text = rows_copy(&rows, arena, 0);
        config->created_ms = rows_integer(&rows, 1);
    }
    return rows_finish(&rows, err) && (!*found || read_config(arena, text, config, err));
}
