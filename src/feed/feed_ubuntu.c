/* SPDX-License-Identifier: Apache-2.0 */
/* Ubuntu's own archives (https://documentation.ubuntu.com/security/security-updates/): OSV records of CVEs, which tell the first
   fixed version, and OpenVEX documents, which tell what is not affected, and why something stays open. What VEX calls fixed
   is the version of today, often a later one than the first that was, so fixes come from OSV alone. */
#include "base/clock.h"
#include "feed/feed.h"
#include "feed/osv_record.h"
#include "feed/tar.h"
#include "feed/unpacked.h"
#include "package/purl.h"

enum { DOCUMENTS_MAX = 2 * 1000 * 1000, DOCUMENT_BYTES_MAX = 16 * 1024 * 1024, PRODUCTS_MAX = 200 * 1000 };
#define ARCHIVE_BYTES_MAX (UINT64_C(2) << 30)
#define CONTENT_BYTES_MAX (UINT64_C(256) << 30)

struct documents {
    struct feed_sink *sink;
    struct arena *arena; /* of one document */
    struct json_document *json;
    struct buffer content;
};

struct products {
    struct affected *items;
    size_t count;
    size_t capacity;
};

/* Codenames of releases. */
static const char *release_of(struct view codename)
{
    static const char *const rows[][2] = {{"precise", "12.04:LTS"}, {"trusty", "14.04:LTS"}, {"xenial", "16.04:LTS"},
        {"bionic", "18.04:LTS"}, {"focal", "20.04:LTS"}, {"jammy", "22.04:LTS"}, {"kinetic", "22.10"},
        {"lunar", "23.04"}, {"mantic", "23.10"}, {"noble", "24.04:LTS"}, {"oracular", "24.10"}, {"plucky", "25.04"},
        {"questing", "25.10"}, {"resolute", "26.04:LTS"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (view_is(codename, rows[i][0]))
            return rows[i][1];
    }
    return NULL;
}

/* "jammy", or with the pocket of Ubuntu Pro "esm-infra/focal", "trusty/esm"; empty for those of other builds. */
static struct view ecosystem_of(struct arena *arena, struct view distro)
{
    size_t slash = view_find(distro, '/');
    struct view first = view_slice(distro, 0, slash), second = view_from(distro, slash + 1);
    const char *release = release_of(first);
    if (slash == distro.size)
        return release == NULL ? view_text("") : arena_format(arena, "Ubuntu:%s", release);
    if (release == NULL && view_starts_with(first, "esm"))
        release = release_of(second);
    else if (!view_starts_with(second, "esm"))
        release = NULL;
    return release == NULL ? view_text("") : arena_format(arena, "Ubuntu:Pro:%s", release);
}

static bool contains(struct view text, const char *part)
{
    return view_find_text(text, view_text(part)) < text.size;
}

/* The state in the words of Ubuntu's tracker, as far as the published sentences tell it. */
static struct view status_of(struct view status, struct view action)
{
    if (view_is(status, "under_investigation"))
        return view_text("needs-triage");
    if (contains(action, "no longer supported"))
        return view_text("end-of-life");
    if (contains(action, "decided to not fix"))
        return view_text("ignored");
    return contains(action, "deferred") ? view_text("deferred") : view_text("needed");
}

/* The source package that a product names, in one release. */
static void add_product(
    struct arena *arena, struct view product, struct view status, struct view action, struct products *products)
{
    struct error ignored;
    struct purl purl;
    if (!purl_parse(arena, product, &purl, &ignored) || !view_is(purl.type, "deb") ||
        !view_is(purl.name_space, "ubuntu") || !view_is(purl_qualifier(&purl, "arch"), "source"))
        return;
    struct view ecosystem = ecosystem_of(arena, purl_qualifier(&purl, "distro"));
    bool is_open = !view_is(status, "not_affected");
    bool is_for_pro = view_starts_with(ecosystem, "Ubuntu:Pro:");
    /* A package that Ubuntu Pro does not have is called not affected there, which says nothing of the release's own. */
    if (ecosystem.size == 0 || (is_for_pro && !is_open))
        return;
    struct range *range = ARENA_NEW(arena, struct range);
    range->type = RANGE_ECOSYSTEM;
    range->events = ARENA_ARRAY(arena, struct range_event, 2);
    range->events[range->event_count++] = (struct range_event){EVENT_INTRODUCED, view_text("0")};
    if (!is_open)
        range->events[range->event_count++] = (struct range_event){EVENT_FIXED, view_text("0")};
    *(struct affected *)ARENA_PUSH(arena, products) = (struct affected){
        .ecosystem = ecosystem,
        .name = purl.name,
        .ranges = range,
        .range_count = 1,
        .status = is_open ? status_of(status, action) : view_text(""),
    };
}

static bool add_statement(struct arena *arena, struct json statement, struct products *products, struct error *err)
{
    struct view status = json_member_string(statement, "status");
    struct view action = json_member_string(statement, "action_statement");
    if (view_is(status, "fixed"))
        return true;
    if (!view_is(status, "not_affected") && !view_is(status, "affected") && !view_is(status, "under_investigation"))
        return error_set(
            err, ERROR_INVALID, "the status \"%.*s\" is not known", VIEW_PRINT(view_slice(status, 0, 100)));
    for (struct json_iterator i = json_each(json_member(statement, "products")); json_next(&i);) {
        if (products->count == PRODUCTS_MAX)
            return error_set(err, ERROR_LIMIT, "there are more than %d products", PRODUCTS_MAX);
        add_product(arena, json_member_string(i.value, "@id"), status, action, products);
    }
    return true;
}

/* A document is about one CVE. */
static bool read_vex(
    struct arena *arena, struct json root, struct view *cve, struct advisory *advisory, struct error *err)
{
    struct error ignored;
    struct json statements = json_member(root, "statements");
    struct products products = {NULL, 0, 0};
    *advisory = (struct advisory){.id = view_text("")};
    if (json_type(statements) != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "it has no \"statements\"");
    for (struct json_iterator i = json_each(statements); json_next(&i);) {
        struct view name = json_member_string(json_member(i.value, "vulnerability"), "name");
        if (!view_starts_with(name, "CVE-") || name.size > OSV_ID_BYTES_MAX ||
            (advisory->id.size > 0 && !view_equal(advisory->id, name)))
            return error_set(err, ERROR_INVALID, "it is not about one CVE");
        advisory->id = name;
        if (!add_statement(arena, i.value, &products, err))
            return false;
    }
    if (!time_parse(json_member_string(root, "timestamp"), &advisory->modified_ms, &ignored))
        advisory->modified_ms = 0;
    advisory->affected = products.items;
    advisory->affected_count = products.count;
    *cve = advisory->id;
    advisory->upstream = cve;
    advisory->upstream_count = 1;
    return true;
}

/* Ranges say the same as the long lists of versions. */
static void drop_versions(struct advisory *advisory)
{
    for (size_t i = 0; i < advisory->affected_count; i++) {
        if (advisory->affected[i].range_count > 0)
            advisory->affected[i].version_count = 0;
    }
}

static bool parse_document(struct documents *documents, struct view *cve, struct advisory *advisory, struct error *err)
{
    struct json root;
    if (!json_parse(documents->json, buffer_view(&documents->content), DOCUMENT_BYTES_MAX, "the document", &root, err))
        return false;
    if (json_is_present(json_member(root, "statements")))
        return read_vex(documents->arena, root, cve, advisory, err);
    if (!osv_record_parse(documents->arena, root, advisory, err))
        return false;
    drop_versions(advisory);
    return true;
}

/* Notices (USN) name the same fixes as the CVEs that they are about. */
static bool read_document(void *context, struct view name, struct source *content, struct error *err)
{
    struct documents *documents = context;
    struct feed_sink *sink = documents->sink;
    struct error reason;
    struct advisory advisory;
    struct view cve;
    if (!view_ends_with(name, ".json") || contains(name, "/usn/"))
        return true;
    arena_reset(documents->arena);
    buffer_clear(&documents->content);
    if (!source_read_all(content, &documents->content, "the document", &reason)) {
        if (tar_entry_has_failed(content)) {
            *err = reason;
            return false;
        }
        return sink->gap(sink, name, view_text(reason.message), err);
    }
    if (!parse_document(documents, &cve, &advisory, &reason))
        return sink->gap(sink, name, view_text(reason.message), err);
    return advisory.affected_count == 0 || sink->advisory(sink, &advisory, err);
}

static bool read_archive(struct source *input, struct feed_sink *sink, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *json = json_document_new();
    struct documents documents = {.sink = sink, .arena = arena, .json = json};
    struct tar_reading reading = {.entries_max = DOCUMENTS_MAX, .entry = read_document, .context = &documents};
    AUTO_SOURCE *content = unpacked(input, CONTENT_BYTES_MAX, "the archive");
    buffer_init(&documents.content, DOCUMENT_BYTES_MAX);
    bool is_read = tar_read(&reading, content, err);
    buffer_done(&documents.content);
    return is_read;
}

static const char *const archives[] = {"osv/osv-all.tar.xz", "vex/vex-all.tar.xz", NULL};

const struct feed feed_ubuntu = {
    .name = "ubuntu",
    .address = "https://security-metadata.canonical.com",
    .only_ecosystem = "Ubuntu",
    .records = {.name = "PART", .parts = archives, .bytes_max = ARCHIVE_BYTES_MAX, .read = read_archive},
};
