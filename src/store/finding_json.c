/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json.h"
#include "store/matching.h"

#include <stdlib.h>

enum { DETAIL_BYTES_MAX = JSON_BYTES_MAX };

static void write_views(struct json_writer *writer, const char *name, const struct view *items, size_t count)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        json_write(writer, items[i]);
    json_end_array(writer);
}

bool finding_write_detail(struct arena *arena, const struct finding *finding, struct view *detail, struct error *err)
{
    AUTO_BUFFER buffer;
    struct json_writer writer;
    buffer_init(&buffer, DETAIL_BYTES_MAX);
    json_writer_init(&writer, &buffer);
    json_begin_object(&writer);
    json_pair_text(&writer, "severity_source", finding->severity_source);
    write_views(&writer, "aliases", finding->aliases, finding->alias_count);
    write_views(&writer, "fixed_versions", finding->fixed_versions, finding->fixed_version_count);
    json_key(&writer, "evidence");
    json_begin_array(&writer);
    for (size_t i = 0; i < finding->evidence_count; i++)
        finding_evidence_write(&writer, &finding->evidence[i], false);
    json_end_array(&writer);
    json_end_object(&writer);
    if (!buffer_check(&buffer, "finding", err))
        return false;
    *detail = arena_copy(arena, buffer_view(&buffer));
    return true;
}

static void read_views(struct arena *arena, struct json list, struct view **items, size_t *count)
{
    struct view *read = ARENA_ARRAY(arena, struct view, json_count(list));
    *count = 0;
    for (struct json_iterator i = json_each(list); json_next(&i);)
        read[(*count)++] = arena_copy(arena, json_string(i.value));
    *items = read;
}

static struct view copy_member(struct arena *arena, struct json object, const char *name)
{
    return arena_copy(arena, json_member_string(object, name));
}

/* Missing texts stay NULL, as they were written. */
static const char *text_member(struct arena *arena, struct json object, const char *name)
{
    struct json member = json_member(object, name);
    return json_is_present(member) ? arena_text(arena, json_string(member)) : NULL;
}

static void read_evidence(struct arena *arena, struct json object, struct finding_evidence *evidence)
{
    evidence->feed = text_member(arena, object, "feed");
    evidence->advisory = copy_member(arena, object, "advisory");
    evidence->ecosystem = copy_member(arena, object, "ecosystem");
    evidence->name = copy_member(arena, object, "name");
    evidence->version = copy_member(arena, object, "version");
    evidence->introduced = copy_member(arena, object, "introduced");
    evidence->fixed = copy_member(arena, object, "fixed");
    evidence->last_affected = copy_member(arena, object, "last_affected");
    evidence->is_listed = json_boolean(json_member(object, "is_listed"));
    evidence->order = text_member(arena, object, "order");
    struct error why;
    if (!time_parse(json_member_string(object, "modified"), &evidence->modified_ms, &why))
        evidence->modified_ms = 0;
}

bool finding_read_detail(struct arena *arena, struct view detail, struct finding *finding, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!json_parse(document, detail, DETAIL_BYTES_MAX, "stored finding", &root, err))
        return false;
    struct json evidence = json_member(root, "evidence");
    finding->severity_source = text_member(arena, root, "severity_source");
    read_views(arena, json_member(root, "aliases"), &finding->aliases, &finding->alias_count);
    read_views(arena, json_member(root, "fixed_versions"), &finding->fixed_versions, &finding->fixed_version_count);
    finding->evidence = ARENA_ARRAY(arena, struct finding_evidence, json_count(evidence));
    finding->evidence_count = 0;
    for (struct json_iterator i = json_each(evidence); json_next(&i);)
        read_evidence(arena, i.value, &finding->evidence[finding->evidence_count++]);
    return true;
}

static int compare_ratings(const void *a, const void *b)
{
    const struct severity_rating *left = a;
    const struct severity_rating *right = b;
    int order = view_compare(left->type, right->type);
    order = order != 0 ? order : view_compare(left->score, right->score);
    return order != 0 ? order : view_compare(left->source, right->source);
}

bool ratings_write(struct arena *arena, const struct severity_rating *first, size_t first_count,
    const struct severity_rating *second, size_t second_count, struct view *json, struct error *err)
{
    AUTO_BUFFER buffer;
    struct json_writer writer;
    size_t count = first_count + second_count;
    struct severity_rating *all = ARENA_ARRAY(arena, struct severity_rating, count);
    for (size_t i = 0; i < count; i++)
        all[i] = i < first_count ? first[i] : second[i - first_count];
    qsort(all, count, sizeof(*all), compare_ratings);
    buffer_init(&buffer, DETAIL_BYTES_MAX);
    json_writer_init(&writer, &buffer);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_ratings(&all[i - 1], &all[i]) == 0)
            continue;
        json_begin_object(&writer);
        json_pair(&writer, "type", all[i].type);
        json_pair(&writer, "score", all[i].score);
        json_pair_optional(&writer, "source", all[i].source);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    if (!buffer_check(&buffer, "list of ratings", err))
        return false;
    *json = arena_copy(arena, buffer_view(&buffer));
    return true;
}

bool ratings_read(
    struct arena *arena, struct view json, struct severity_rating **ratings, size_t *count, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!json_parse(document, json, DETAIL_BYTES_MAX, "stored ratings", &root, err))
        return false;
    struct severity_rating *read = ARENA_ARRAY(arena, struct severity_rating, json_count(root));
    *count = 0;
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        read[*count].type = copy_member(arena, i.value, "type");
        read[*count].score = copy_member(arena, i.value, "score");
        read[(*count)++].source = copy_member(arena, i.value, "source");
    }
    *ratings = read;
    return true;
}
