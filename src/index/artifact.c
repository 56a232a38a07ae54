/* SPDX-License-Identifier: Apache-2.0 */
#include "index/artifact.h"

#include "base/json.h"
#include "http/sign.h"
#include "index/intake.h"
#include "index/kept_files.h"
#include "index/manifest.h"
#include "secret/signature.h"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define LIST_TYPE "application/vnd.tidewaiter.feeds.list.v1+json"
#define RECORDS_TYPE "application/vnd.tidewaiter.feeds.records.v1+zstd"
#define SIGNATURE_ANNOTATION "io.tidewaiter.signature"
#define SIGNED_TEXT "tidewaiter feeds v1 %s\n" /* with the digest of the list */

/* -- out -- */

static void write_descriptor(
    struct json_writer *writer, const char *type, const struct digest *digest, uint64_t size, struct view title)
{
    json_begin_object(writer);
    json_pair_text(writer, "mediaType", type);
    json_pair(writer, "digest", digest_view(digest));
    json_pair_integer(writer, "size", (int64_t)size);
    if (title.size > 0) {
        json_key(writer, "annotations");
        json_begin_object(writer);
        json_pair(writer, "org.opencontainers.image.title", title);
        json_end_object(writer);
    }
    json_end_object(writer);
}

/* The list is the manifest of the generation: what is known of each database, and the sha256 of its records. */
static void write_list(struct buffer *out, const struct index_manifest *manifest)
{
    struct index_manifest listed = *manifest;
    listed.delta_count = 0;
    index_manifest_write(out, &listed);
}

static bool sign_list(
    const char *key, const struct digest *list, struct arena *arena, struct view *signature, struct error *err)
{
    unsigned char bytes[SIGNATURE_BYTES];
    *signature = view_text("");
    if (key == NULL)
        return true;
    if (!signature_make(key, arena_format(arena, SIGNED_TEXT, list->text), bytes, err))
        return false;
    *signature = base64_format(arena, view_of(bytes, sizeof(bytes)));
    return true;
}

static void write_manifest(struct buffer *out, struct arena *arena, const struct index_manifest *manifest,
    struct view list, struct view signature)
{
    struct json_writer writer;
    struct digest digest;
    digest_of(list, &digest);
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_integer(&writer, "schemaVersion", 2);
    json_pair_text(&writer, "mediaType", MANIFEST_TYPE);
    json_pair_text(&writer, "artifactType", ARTIFACT_TYPE);
    json_key(&writer, "config");
    write_descriptor(&writer, LIST_TYPE, &digest, list.size, view_text(""));
    json_key(&writer, "layers");
    json_begin_array(&writer);
    for (size_t i = 0; i < manifest->database_count; i++) {
        const struct index_database *database = &manifest->databases[i];
        write_descriptor(
            &writer, RECORDS_TYPE, &database->records, database->records_size, index_database_name(arena, database));
    }
    json_end_array(&writer);
    if (signature.size > 0) {
        json_key(&writer, "annotations");
        json_begin_object(&writer);
        json_pair(&writer, SIGNATURE_ANNOTATION, signature);
        json_end_object(&writer);
    }
    json_end_object(&writer);
}

static bool write_records(const struct artifact_export *export, const struct index_manifest *manifest,
    struct blob_sink *sink, struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < manifest->database_count; i++) {
        AUTO_SOURCE *content = NULL;
        const struct index_database *database = &manifest->databases[i];
        if (!kept_file_open(export->folder, database, &content, err) ||
            !sink->type->blob(sink, &database->records, database->records_size, content, err)) {
            struct view name = index_database_name(arena, database);
            return error_wrap(err, "records of \"%.*s\"", VIEW_PRINT(name));
        }
    }
    return true;
}

bool artifact_write(
    const struct artifact_export *export, struct blob_sink *sink, struct digest *digest, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER list, document;
    AUTO_SOURCE *content = NULL;
    struct index_manifest manifest;
    struct view signature;
    struct digest list_digest;
    buffer_init(&list, INDEX_MANIFEST_BYTES_MAX);
    buffer_init(&document, INDEX_MANIFEST_BYTES_MAX);
    if (!index_manifest_read_current(export->folder, arena, &manifest, err))
        return error_wrap(err, "there is nothing to export");
    write_list(&list, &manifest);
    digest_of(buffer_view(&list), &list_digest);
    if (!buffer_check(&list, "the list of databases", err) ||
        !sign_list(export->sign_key, &list_digest, arena, &signature, err) ||
        !write_records(export, &manifest, sink, arena, err))
        return false;
    content = source_from_memory(buffer_view(&list));
    write_manifest(&document, arena, &manifest, buffer_view(&list), signature);
    digest_of(buffer_view(&document), digest);
    return buffer_check(&document, "the manifest", err) &&
           sink->type->blob(sink, &list_digest, list.size, content, err) &&
           sink->type->manifest(sink, buffer_view(&document), view_text(MANIFEST_TYPE), err);
}

/* -- in -- */

struct artifact {
    struct arena *arena;
    struct blob_source *source;
    struct descriptor list;
    struct view signature; /* decoded; empty = none */
    struct index_manifest manifest;
};

static bool read_manifest(struct artifact *artifact, struct error *err)
{
    AUTO_JSON *json = json_document_new();
    const struct digest unset = {0};
    struct digest found;
    struct view document;
    struct json root;
    int64_t size;
    if (!artifact->source->type->manifest(artifact->source, artifact->arena, &unset, &document, &found, err) ||
        !json_parse(json, document, INDEX_MANIFEST_BYTES_MAX, "the manifest", &root, err))
        return false;
    struct view type = json_member_string(root, "artifactType");
    struct json list = json_member(root, "config");
    if (!view_is(type, ARTIFACT_TYPE) || !view_is(json_member_string(list, "mediaType"), LIST_TYPE))
        return error_set(err, ERROR_UNSUPPORTED,
            "this is not what \"tidewaiter feed export\" writes: its type is \"%.*s\", not \"%s\"",
            VIEW_PRINT(view_slice(type, 0, 100)), ARTIFACT_TYPE);
    if (!json_integer(json_member(list, "size"), &size) || size < 0 || size > (int64_t)INDEX_MANIFEST_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "the list of databases has more than %u bytes", INDEX_MANIFEST_BYTES_MAX);
    artifact->list.size = (uint64_t)size;
    struct view signature = json_member_string(json_member(root, "annotations"), SIGNATURE_ANNOTATION);
    if (signature.size > 0 && !base64_parse(artifact->arena, signature, &artifact->signature))
        return error_set(err, ERROR_INVALID, "the signature is not base64");
    return digest_parse(json_member_string(list, "digest"), &artifact->list.digest, err);
}

static bool check_signature(const struct artifact *artifact, const char *key, struct error *err)
{
    if (key == NULL)
        return true;
    if (artifact->signature.size == 0)
        return error_set(err, ERROR_REFUSED, "it is not signed, and --verify-key wants a signature");
    return signature_check(
        key, arena_format(artifact->arena, SIGNED_TEXT, artifact->list.digest.text), artifact->signature, err);
}

static bool read_list(struct artifact *artifact, struct error *err)
{
    AUTO_BUFFER text;
    AUTO_SOURCE *content = NULL;
    buffer_init(&text, INDEX_MANIFEST_BYTES_MAX);
    if (!artifact->source->type->open(artifact->source, &artifact->list, &content, err))
        return false;
    content = source_verify(content, &artifact->list.digest, artifact->list.size);
    return source_read_all(content, &text, "the list of databases", err) &&
           index_manifest_parse(artifact->arena, buffer_view(&text), &artifact->manifest, err);
}

/* The rest of the entry is text that people see. */
static bool check_database(const struct artifact_import *import, const struct index_builder *builder,
    const struct index_database *database, struct error *err)
{
    const struct feed *feed = feed_named(database->feed);
    const struct index_database *known = index_builder_database(builder, database->feed, database->ecosystem);
    if (database->is_demo || feed == NULL || feed->is_about_vulnerabilities != (database->ecosystem.size == 0))
        return error_set(err, ERROR_UNSUPPORTED, "this version has no such feed");
    if (!digest_is_set(&database->records))
        return error_set(err, ERROR_INVALID, "the list names no records for it");
    if (database->records_size > KEPT_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "its records have more than 4 GiB");
    if (known != NULL && !known->is_demo && database->checked_ms < known->checked_ms && !import->accepts_older)
        return error_set(err, ERROR_REFUSED, "it is older than what is here (\"--allow-older\" takes it all the same)");
    return true;
}

static bool import_database(const struct artifact_import *import, struct artifact *artifact,
    struct index_builder *builder, const struct index_database *database, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_SOURCE *content = NULL;
    struct intake intake;
    struct index_database info = *database;
    struct descriptor records = {.digest = database->records, .size = database->records_size};
    const struct intake_reading reading = {import->sandbox, import->cancel, import->accepts_loss};
    if (!check_database(import, builder, database, err) ||
        !artifact->source->type->open(artifact->source, &records, &content, err))
        return false;
    content = source_verify(content, &records.digest, records.size);
    intake_init(&intake, arena, builder, import->folder);
    if (!intake_read_kept(&intake, &reading, content, &info, err))
        return false;
    struct update_result result = {.feed = feed_named(info.feed), .ecosystem = info.ecosystem, .outcome = UPDATE_BUILT};
    result.database = index_builder_database(builder, info.feed, info.ecosystem);
    if (import->done != NULL)
        import->done(import->context, &result);
    return true;
}

bool artifact_read(
    const struct artifact_import *import, struct blob_source *source, uint64_t *generation, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_INDEX_BUILDER *builder = NULL;
    struct artifact artifact = {.arena = arena, .source = source};
    if (!read_manifest(&artifact, err) || !check_signature(&artifact, import->verify_key, err) ||
        !read_list(&artifact, err) || !index_builder_new(import->folder, import->clock, &builder, err))
        return false;
    for (size_t i = 0; i < artifact.manifest.database_count; i++) {
        const struct index_database *database = &artifact.manifest.databases[i];
        if (!import_database(import, &artifact, builder, database, err)) {
            struct view name = index_database_name(arena, database);
            return error_wrap(err, "\"%.*s\"", VIEW_PRINT(name));
        }
    }
    return index_builder_commit(builder, generation, err);
}
