/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/accepted_risk.h"

#include "base/clock.h"
#include "base/text.h"
#include "finding/risk_entity.h"

static const char *const kind_names[ACCEPT_KIND_COUNT] = {
    [ACCEPT_NOT_VULNERABLE] = "not-vulnerable",
    [ACCEPT_TEMPORARY] = "temporary-ignore",
    [ACCEPT_WONT_FIX] = "wont-fix",
};

static const char *const reason_names[ACCEPT_REASON_COUNT] = {
#define ACCEPT_REASON(constant, name, kind, text) name,
#include "finding/accept_reasons.def"
#undef ACCEPT_REASON
};

static const struct {
    enum accept_kind kind;
    const char *text;
} reasons[ACCEPT_REASON_COUNT] = {
#define ACCEPT_REASON(constant, name, kind, text) {ACCEPT_##kind, text},
#include "finding/accept_reasons.def"
#undef ACCEPT_REASON
};

const char *accept_kind_name(enum accept_kind kind)
{
    return kind_names[kind];
}

const char *accept_reason_name(enum accept_reason reason)
{
    return reason_names[reason];
}

const char *accept_reason_text(enum accept_reason reason)
{
    return reasons[reason].text;
}

/* The texts that say what and where. */
static const struct {
    const char *member;
    size_t offset;
} scopes[] = {
    {"vulnerability", offsetof(struct accepted_risk, vulnerability)},
    {"package", offsetof(struct accepted_risk, package)},
    {"version", offsetof(struct accepted_risk, version)},
    {"path", offsetof(struct accepted_risk, path)},
    {"rule", offsetof(struct accepted_risk, rule)},
    {"integration", offsetof(struct accepted_risk, integration)},
    {"image", offsetof(struct accepted_risk, image)},
    {"repository", offsetof(struct accepted_risk, repository)},
    {"tag", offsetof(struct accepted_risk, tag)},
};
enum { SCOPE_COUNT = sizeof(scopes) / sizeof(scopes[0]) };

static struct view *scope_of(struct accepted_risk *risk, size_t i)
{
    return (struct view *)((char *)risk + scopes[i].offset);
}

/* A pattern of images has '*' at its start, at its end or both, and says something beside. */
static bool is_image_pattern(struct view pattern)
{
    if (view_starts_with(pattern, "*"))
        pattern = view_from(pattern, 1);
    if (view_ends_with(pattern, "*"))
        pattern.size--;
    return pattern.size > 0 && view_find(pattern, '*') == pattern.size;
}

/* `entity` is the member that said so in the published words; NULL: the scopes have members of their own. */
static void check_scopes(struct document_reader *reader, const struct accepted_risk *risk, const char *entity)
{
    bool is_of_image = accepted_risk_is_of_image(risk) && risk->version.size == 0;
    const char *image = entity != NULL ? entity : "image";
    if (risk->image.size > 0 && !is_image_pattern(risk->image))
        document_complain(reader, image, "\"*\" may stand at the start or the end of \"%s\", beside a name", image);
    if (view_find(risk->image, '@') < risk->image.size)
        document_complain(reader, image, "\"%s\" is a name, not a digest", image);
    if (is_of_image && risk->image.size == 0 && risk->repository.size == 0)
        document_complain(reader, entity, "to accept a whole image, say which: \"image\" or \"repository\"");
    if (risk->version.size > 0 && risk->package.size == 0 && risk->path.size == 0 && risk->vulnerability.size == 0)
        document_complain(reader, entity != NULL ? entity : "version",
            "\"version\" needs \"package\", \"path\" or \"vulnerability\"");
    if (risk->rule.size > 0 && (risk->vulnerability.size > 0 || risk->package.size > 0 || risk->path.size > 0))
        document_complain(reader, entity != NULL ? entity : "rule",
            "\"rule\" does not go with \"vulnerability\", \"package\" or \"path\"");
}

static void read_scopes(struct document_reader *reader, struct json document, struct accepted_risk *risk)
{
    const char *first = NULL;
    bool has_entity = risk_entity_read(reader, document, risk);
    for (size_t i = 0; i < SCOPE_COUNT; i++) {
        if (json_type(json_member(document, scopes[i].member)) == JSON_MISSING)
            continue;
        first = first == NULL ? scopes[i].member : first;
        if (!has_entity)
            *scope_of(risk, i) = document_text(reader, document, scopes[i].member, false, ACCEPTED_TEXT_BYTES_MAX);
    }
    if (has_entity && first != NULL)
        document_complain(reader, first, "\"%s\" does not go with \"entityType\": say it by \"context\"", first);
    if (!has_entity && first == NULL)
        document_complain(
            reader, NULL, "nothing says what is accepted: give \"vulnerability\", \"package\", \"image\" or others");
    else if (reader->problems->count == 0)
        check_scopes(reader, risk, has_entity ? "entityValue" : NULL);
}

/* An empty list is all stages, as none is. */
static void read_stages(struct document_reader *reader, struct json document, struct accepted_risk *risk)
{
    struct document_texts texts = {0};
    struct json stages = json_member(document, "stages");
    if (json_type(stages) != JSON_MISSING && (json_type(stages) != JSON_ARRAY || json_count(stages) > 0))
        texts = document_text_list(reader, document, "stages", STAGE_COUNT, ACCEPTED_TEXT_BYTES_MAX);
    for (size_t i = 0; i < texts.count; i++) {
        size_t stage = 0;
        while (stage < STAGE_COUNT && !view_is(texts.items[i], stage_names[stage]))
            stage++;
        if (stage == STAGE_COUNT)
            document_complain(reader, "stages", "there is no stage \"%.*s\"; there are: %s, %s, %s, %s",
                VIEW_PRINT(texts.items[i]), stage_names[0], stage_names[1], stage_names[2], stage_names[3]);
        else
            risk->has_stage[stage] = true;
    }
}

static enum accept_kind usual_kind(const struct accepted_risk *risk)
{
    return risk->expires_ms > 0 || risk->until_fixed ? ACCEPT_TEMPORARY : reasons[risk->reason].kind;
}

static void read_kind(struct document_reader *reader, struct json document, struct accepted_risk *risk)
{
    struct view kind = document_text(reader, document, "kind", false, ACCEPTED_TEXT_BYTES_MAX);
    size_t i = 0;
    while (i < ACCEPT_KIND_COUNT && !view_is(kind, kind_names[i]))
        i++;
    if (i == ACCEPT_KIND_COUNT && kind.size > 0)
        document_complain(reader, "kind", "there is no kind \"%.*s\"; there are: %s, %s, %s", VIEW_PRINT(kind),
            kind_names[0], kind_names[1], kind_names[2]);
    risk->kind = i < ACCEPT_KIND_COUNT ? (enum accept_kind)i : usual_kind(risk);
}

/* Whether there is one. */
static bool read_reason(struct document_reader *reader, struct json document, struct accepted_risk *risk)
{
    struct view reason = document_text(reader, document, "reason", true, ACCEPTED_TEXT_BYTES_MAX);
    size_t i = 0;
    while (i < ACCEPT_REASON_COUNT && !view_is(reason, reason_names[i]))
        i++;
    if (i < ACCEPT_REASON_COUNT)
        risk->reason = (enum accept_reason)i;
    else if (reason.size > 0)
        document_complain(reader, "reason", "there is no reason \"%.*s\"; there are: %s, %s, %s, %s, %s, %s",
            VIEW_PRINT(reason), reason_names[0], reason_names[1], reason_names[2], reason_names[3], reason_names[4],
            reason_names[5]);
    return i < ACCEPT_REASON_COUNT;
}

/* A day, "2027-01-31", which begins at 00:00 UTC, or a moment. */
static int64_t read_time(struct document_reader *reader, struct json document, const char *member)
{
    struct error ignored; /* worded below */
    int64_t time_ms = 0;
    struct view text = document_text(reader, document, member, false, ACCEPTED_TEXT_BYTES_MAX);
    struct view full = text;
    if (text.size == strlen("0000-00-00"))
        full = arena_format(reader->arena, "%.*sT00:00:00Z", VIEW_PRINT(text));
    if (text.size > 0 && (!time_parse(full, &time_ms, &ignored) || time_ms < 1000)) {
        document_complain(reader, member, "\"%s\" must be a date such as \"2027-01-31\"", member);
        return 0;
    }
    return time_ms - time_ms % 1000; /* as it is written */
}

/* "expirationDate" is the published word; null means never. */
static int64_t read_end(struct document_reader *reader, struct json document)
{
    static const char *const published = "expirationDate";
    bool has_published = json_type(json_member(document, published)) != JSON_MISSING;
    if (has_published && json_type(json_member(document, "expires")) != JSON_MISSING)
        document_complain(reader, published, "\"expirationDate\" is the same as \"expires\": give one of them");
    const char *member = has_published ? published : "expires";
    return json_type(json_member(document, member)) == JSON_NULL ? 0 : read_time(reader, document, member);
}

static void read_until_fixed(struct document_reader *reader, struct json document, struct accepted_risk *risk)
{
    struct json flag = json_member(document, "until_fixed");
    if (json_type(flag) != JSON_MISSING && json_type(flag) != JSON_BOOLEAN)
        document_complain(reader, "until_fixed", "\"until_fixed\" must be true or false");
    risk->until_fixed = json_boolean(flag);
}

static void read_risk(struct document_reader *reader, struct json document, struct accepted_risk *risk)
{
    static const char *const known[] = {"author", "context", "created", "description", "entityType", "entityValue",
        "expirationDate", "expires", "image", "integration", "kind", "name", "package", "path", "reason", "repository",
        "rule", "stages", "tag", "until_fixed", "version", "vulnerability", NULL};
    *risk = (struct accepted_risk){.expires_ms = 0};
    if (!document_is_object(reader, document, "an accepted risk"))
        return;
    document_check_members(reader, document, known);
    risk->name = document_text(reader, document, "name", false, ACCEPTED_NAME_BYTES_MAX);
    read_scopes(reader, document, risk);
    read_stages(reader, document, risk);
    risk->expires_ms = read_end(reader, document);
    risk->created_ms = read_time(reader, document, "created");
    read_until_fixed(reader, document, risk);
    bool has_reason = read_reason(reader, document, risk);
    read_kind(reader, document, risk);
    risk->description = document_text(reader, document, "description",
        has_reason && risk->reason == ACCEPT_REASON_CUSTOM, ACCEPTED_DESCRIPTION_BYTES_MAX);
    risk->author = document_text(reader, document, "author", false, ACCEPTED_TEXT_BYTES_MAX);
}

bool accepted_risk_parse(struct arena *arena, struct json document, const char *pointer, struct accepted_risk *risk,
    struct document_problems *problems)
{
    *problems = (struct document_problems){.count = 0};
    struct document_reader reader = {arena, problems, view_text(pointer)};
    read_risk(&reader, document, risk);
    return problems->count == 0;
}

static bool is_given(struct json changes, const char *member)
{
    return json_type(json_member(changes, member)) != JSON_MISSING;
}

static void read_changes(struct document_reader *reader, struct json changes, struct accepted_risk *risk)
{
    static const char *const known[] = {
        "description", "expirationDate", "expires", "kind", "name", "reason", "until_fixed", NULL};
    bool has_time = is_given(changes, "expires") || is_given(changes, "expirationDate");
    bool has_end = has_time || is_given(changes, "until_fixed");
    if (!document_is_object(reader, changes, "an accepted risk"))
        return;
    document_check_members(reader, changes, known);
    if (is_given(changes, "name"))
        risk->name = document_text(reader, changes, "name", false, ACCEPTED_NAME_BYTES_MAX);
    if (has_time)
        risk->expires_ms = read_end(reader, changes);
    if (is_given(changes, "until_fixed"))
        read_until_fixed(reader, changes, risk);
    if (is_given(changes, "reason"))
        (void)read_reason(reader, changes, risk);
    if (is_given(changes, "reason") || is_given(changes, "kind") || has_end)
        read_kind(reader, changes, risk);
    if (is_given(changes, "description"))
        risk->description = document_text(reader, changes, "description", false, ACCEPTED_DESCRIPTION_BYTES_MAX);
    if (risk->reason == ACCEPT_REASON_CUSTOM && risk->description.size == 0)
        document_complain(reader, "description", "the reason \"Custom\" needs a description");
}

bool accepted_risk_patch(struct arena *arena, const struct accepted_risk *stored, struct json changes,
    const char *pointer, struct accepted_risk *risk, struct document_problems *problems)
{
    *problems = (struct document_problems){.count = 0};
    struct document_reader reader = {arena, problems, view_text(pointer)};
    *risk = *stored;
    read_changes(&reader, changes, risk);
    return problems->count == 0;
}

bool accepted_risks_parse(struct arena *arena, struct json document, struct accepted_risk **risks, size_t *count,
    struct document_problems *problems)
{
    static const char *const known[] = {"risks", NULL};
    *problems = (struct document_problems){.count = 0};
    struct document_reader reader = {arena, problems, view_text("")};
    struct json list = json_member(document, "risks");
    if (!document_is_object(&reader, document, "the list of accepted risks"))
        return false;
    document_check_members(&reader, document, known);
    if (!document_list(&reader, document, "risks", true, ACCEPTED_RISKS_MAX))
        return false;
    *risks = ARENA_ARRAY(arena, struct accepted_risk, json_count(list));
    *count = 0;
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        reader.pointer = view_text("");
        reader.pointer = document_item_pointer(&reader, "risks", *count);
        read_risk(&reader, i.value, &(*risks)[(*count)++]);
    }
    return problems->count == 0;
}

static void write_stages(const struct accepted_risk *risk, struct json_writer *writer)
{
    bool is_any = false;
    for (size_t i = 0; i < STAGE_COUNT; i++)
        is_any = is_any || risk->has_stage[i];
    if (!is_any)
        return;
    json_key(writer, "stages");
    json_begin_array(writer);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        if (risk->has_stage[i])
            json_write_text(writer, stage_names[i]);
    }
    json_end_array(writer);
}

static void write_time(struct json_writer *writer, const char *member, int64_t time_ms)
{
    char text[TIME_TEXT_SIZE];
    if (time_ms == 0)
        return;
    time_format(time_ms, text);
    json_pair_text(writer, member, text);
}

void accepted_risk_write_members(const struct accepted_risk *risk, struct json_writer *writer)
{
    struct accepted_risk copy = *risk;
    json_pair_optional(writer, "name", risk->name);
    for (size_t i = 0; i < SCOPE_COUNT; i++)
        json_pair_optional(writer, scopes[i].member, *scope_of(&copy, i));
    write_stages(risk, writer);
    json_pair_text(writer, "reason", reason_names[risk->reason]);
    json_pair_text(writer, "kind", kind_names[risk->kind]);
    json_pair_optional(writer, "description", risk->description);
    json_pair_optional(writer, "author", risk->author);
    write_time(writer, "created", risk->created_ms);
    write_time(writer, "expires", risk->expires_ms);
    if (risk->until_fixed)
        json_pair_boolean(writer, "until_fixed", true);
}

bool accepted_risk_is_expired(const struct accepted_risk *risk, int64_t now_ms)
{
    return risk->expires_ms != 0 && now_ms >= risk->expires_ms;
}

static bool matches(struct view text, struct view pattern)
{
    return pattern.size == 0 || (text.size > 0 && text_matches_wildcards(text, pattern));
}

bool accepted_risk_is_of_repository(const struct accepted_risk *risk, const struct accepted_place *place)
{
    return (risk->integration.size == 0 || view_equal(risk->integration, place->integration)) &&
           matches(place->image, risk->image) && matches(place->repository, risk->repository);
}

static bool is_name(struct view pattern)
{
    return pattern.size > 0 && view_find(pattern, '*') == pattern.size;
}

bool accepted_risk_names_repository(const struct accepted_risk *risk)
{
    return is_name(risk->repository) || is_name(risk->image);
}

bool accepted_risk_is_here(const struct accepted_risk *risk, const struct accepted_place *place)
{
    bool is_any_stage = true;
    for (size_t i = 0; i < STAGE_COUNT; i++)
        is_any_stage = is_any_stage && !risk->has_stage[i];
    return !accepted_risk_is_expired(risk, place->now_ms) && (is_any_stage || risk->has_stage[place->stage]) &&
           accepted_risk_is_of_repository(risk, place) && matches(place->tag, risk->tag);
}

bool accepted_risk_is_of_image(const struct accepted_risk *risk)
{
    return risk->vulnerability.size == 0 && risk->package.size == 0 && risk->path.size == 0 && risk->rule.size == 0;
}

bool accepted_risk_covers(
    const struct accepted_risk *risk, const struct package *package, struct view path, const struct finding *finding)
{
    if (accepted_risk_is_of_image(risk) || risk->rule.size > 0 ||
        (risk->until_fixed && finding->fix_state == FIX_AVAILABLE))
        return false;
    return (risk->vulnerability.size == 0 || finding_has_id(finding, risk->vulnerability)) &&
           (risk->package.size == 0 || view_equal(risk->package, package->name)) &&
           (risk->version.size == 0 || package_has_version(package, risk->version)) && matches(path, risk->path);
}

struct view accepted_risk_text(struct arena *arena, const struct accepted_risk *risk)
{
    struct accepted_risk copy = *risk;
    struct view text = view_text("");
    for (size_t i = 0; i < SCOPE_COUNT; i++) {
        struct view value = *scope_of(&copy, i);
        if (value.size > 0)
            text = arena_format(arena, "%.*s%s%s %.*s", VIEW_PRINT(text), text.size > 0 ? ", " : "", scopes[i].member,
                VIEW_PRINT(value));
    }
    return text;
}
