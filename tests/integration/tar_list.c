/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what layer_walk says of each tar that standard input names, one JSON object a line: status, number of gaps, and the
   entries as [kind, path in hexadecimal, digest or target].   usage: tar_list <LIST */
#include "base/digest.h"
#include "base/json.h"
#include "layer/walk.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX (64u << 20)

struct lister {
    struct layer_visitor visitor;
    struct json_writer *writer;
    int64_t gaps;
};

static void write_hex(struct json_writer *writer, struct view bytes)
{
    AUTO_BUFFER text;
    buffer_init(&text, 2 * bytes.size + 1);
    for (size_t i = 0; i < bytes.size; i++)
        buffer_append_format(&text, "%02x", (unsigned)(unsigned char)bytes.data[i]);
    json_write(writer, buffer_view(&text));
}

static void write_entry(struct lister *lister, const char *kind, struct view path)
{
    json_begin_array(lister->writer);
    json_write_text(lister->writer, kind);
    write_hex(lister->writer, path);
}

static bool hash_content(struct source *content, struct digest *digest, struct error *err)
{
    AUTO_HASH *hash = hash_new(&(struct digest){0});
    for (char bytes[4096];;) {
        size_t got = 0;
        if (!source_read(content, bytes, sizeof(bytes), &got, err))
            return false;
        if (got == 0)
            break;
        hash_update(hash, view_of(bytes, got));
    }
    hash_finish(hash, digest);
    return true;
}

static bool on_entry(
    struct layer_visitor *visitor, const struct layer_entry *entry, struct source *content, struct error *err)
{
    static const char *const kinds[] = {[LAYER_FILE] = "file",
        [LAYER_DIRECTORY] = "directory",
        [LAYER_SYMLINK] = "symlink",
        [LAYER_HARD_LINK] = "hard",
        [LAYER_OTHER] = "other"};
    struct lister *lister = (struct lister *)visitor;
    struct digest digest;
    if (entry->kind == LAYER_FILE && !hash_content(content, &digest, err))
        return false;
    write_entry(lister, kinds[entry->kind], entry->path);
    if (entry->kind == LAYER_FILE)
        json_write(lister->writer, digest_hex(&digest));
    else
        write_hex(lister->writer, entry->target);
    json_end_array(lister->writer);
    return true;
}

static bool write_hiding(struct lister *lister, const char *kind, struct view path)
{
    write_entry(lister, kind, path);
    json_write_text(lister->writer, "");
    json_end_array(lister->writer);
    return true;
}

static bool on_whiteout(struct layer_visitor *visitor, struct view path, struct error *err)
{
    (void)err;
    return write_hiding((struct lister *)visitor, "whiteout", path);
}

static bool on_opaque(struct layer_visitor *visitor, struct view directory, struct error *err)
{
    (void)err;
    return write_hiding((struct lister *)visitor, "opaque", directory);
}

static bool on_gap(
    struct layer_visitor *visitor, enum gap_kind kind, struct view path, const char *reason, struct error *err)
{
    (void)kind, (void)path, (void)reason, (void)err;
    ((struct lister *)visitor)->gaps++;
    return true;
}

static void list(int descriptor)
{
    AUTO_BUFFER out;
    AUTO_SOURCE *source = source_from_descriptor(descriptor, true);
    struct json_writer writer;
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    struct layer_totals totals;
    struct error err;
    buffer_init(&out, OUTPUT_BYTES_MAX);
    json_writer_init(&writer, &out);
    struct lister lister = {.visitor = {on_entry, on_whiteout, on_opaque, on_gap}, .writer = &writer};
    json_begin_object(&writer);
    json_key(&writer, "entries");
    json_begin_array(&writer);
    bool is_read = layer_walk(source, &limits, &lister.visitor, &totals, &err);
    json_end_array(&writer);
    json_pair_text(&writer, "status", is_read ? "ok" : err.message);
    json_pair_integer(&writer, "gaps", lister.gaps);
    json_end_object(&writer);
    printf("%.*s\n", VIEW_PRINT(buffer_view(&out)));
}

int main(void)
{
    for (char name[4096]; fgets(name, sizeof(name), stdin) != NULL;) {
        name[strcspn(name, "\n")] = '\0';
        int descriptor = open(name, O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) {
            perror(name);
            return 1;
        }
        list(descriptor);
    }
    return 0;
}
