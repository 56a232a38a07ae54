/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/csaf_document.h"

#include "feed/json_walk.h"

enum { TEXT_BYTES_MAX = 4096 };

/* The names of members that count. */
enum key {
    KEY_OTHER,
    KEY_ITEM, /* of an array */
    KEY_AGGREGATE_SEVERITY,
    KEY_BRANCHES,
    KEY_CATEGORY,
    KEY_CPE,
    KEY_CSAF_VERSION,
    KEY_CURRENT_RELEASE_DATE,
    KEY_CVE,
    KEY_CVSS_V2,
    KEY_CVSS_V3,
    KEY_CVSS_V4,
    KEY_DETAILS,
    KEY_DOCUMENT,
    KEY_FULL_PRODUCT_NAME,
    KEY_FULL_PRODUCT_NAMES,
    KEY_HELPER,
    KEY_ID,
    KEY_PRODUCT,
    KEY_PRODUCTS,
    KEY_PRODUCT_ID,
    KEY_PRODUCT_IDS,
    KEY_PRODUCT_REFERENCE,
    KEY_PRODUCT_STATUS,
    KEY_PRODUCT_TREE,
    KEY_PURL,
    KEY_RELATES_TO,
    KEY_RELATIONSHIPS,
    KEY_RELEASE_DATE,
    KEY_REMEDIATIONS,
    KEY_SCORES,
    KEY_TEXT,
    KEY_THREATS,
    KEY_TITLE,
    KEY_TRACKING,
    KEY_VECTOR,
    KEY_VULNERABILITIES,
    KEY_STATUS, /* one for each status from here on */
};

static const struct {
    const char *name;
    int key;
} keys[] = {
    {"aggregate_severity", KEY_AGGREGATE_SEVERITY},
    {"branches", KEY_BRANCHES},
    {"category", KEY_CATEGORY},
    {"cpe", KEY_CPE},
    {"csaf_version", KEY_CSAF_VERSION},
    {"current_release_date", KEY_CURRENT_RELEASE_DATE},
    {"cve", KEY_CVE},
    {"cvss_v2", KEY_CVSS_V2},
    {"cvss_v3", KEY_CVSS_V3},
    {"cvss_v4", KEY_CVSS_V4},
    {"details", KEY_DETAILS},
    {"document", KEY_DOCUMENT},
    {"first_affected", KEY_STATUS + CSAF_AFFECTED},
    {"first_fixed", KEY_STATUS + CSAF_FIXED},
    {"fixed", KEY_STATUS + CSAF_FIXED},
    {"full_product_name", KEY_FULL_PRODUCT_NAME},
    {"full_product_names", KEY_FULL_PRODUCT_NAMES},
    {"id", KEY_ID},
    {"known_affected", KEY_STATUS + CSAF_AFFECTED},
    {"known_not_affected", KEY_STATUS + CSAF_NOT_AFFECTED},
    {"last_affected", KEY_STATUS + CSAF_AFFECTED},
    {"product", KEY_PRODUCT},
    {"product_id", KEY_PRODUCT_ID},
    {"product_identification_helper", KEY_HELPER},
    {"product_ids", KEY_PRODUCT_IDS},
    {"product_reference", KEY_PRODUCT_REFERENCE},
    {"product_status", KEY_PRODUCT_STATUS},
    {"product_tree", KEY_PRODUCT_TREE},
    {"products", KEY_PRODUCTS},
    {"purl", KEY_PURL},
    {"relates_to_product_reference", KEY_RELATES_TO},
    {"relationships", KEY_RELATIONSHIPS},
    {"release_date", KEY_RELEASE_DATE},
    {"remediations", KEY_REMEDIATIONS},
    {"scores", KEY_SCORES},
    {"text", KEY_TEXT},
    {"threats", KEY_THREATS},
    {"title", KEY_TITLE},
    {"tracking", KEY_TRACKING},
    {"under_investigation", KEY_STATUS + CSAF_UNDER_INVESTIGATION},
    {"vectorString", KEY_VECTOR},
    {"vulnerabilities", KEY_VULNERABILITIES},
};

struct reader {
    struct arena *arena;
    struct csaf_document *document;
    int path[JSON_WALK_DEPTH_MAX + 1]; /* the keys down to the value */
    size_t product_depth; /* of the object that defines a product; 0 = none is open */
    struct csaf_item product; /* that is being defined */
    struct csaf_item *defined; /* the last one */
    struct view component; /* of the relationship that is open */
    struct view platform;
    size_t mention_count;
};

static int key_of(const struct json_walk_event *event)
{
    size_t low = 0, high = sizeof(keys) / sizeof(keys[0]);
    if (event->key.size == 0)
        return KEY_ITEM;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = view_compare(event->key, view_text(keys[middle].name));
        if (order == 0)
            return keys[middle].key;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return KEY_OTHER;
}

/* Whether the value at this depth is such a member of that one. */
static bool is_at(const struct reader *reader, size_t depth, int parent, int key)
{
    return depth >= 1 && reader->path[depth] == key && reader->path[depth - 1] == parent;
}

/* Whether the value is an item of such a list of the root's member. */
static bool is_item_of(const struct reader *reader, size_t depth, int list)
{
    return is_at(reader, depth, list, KEY_ITEM);
}

static bool item_named(struct reader *reader, struct view id, struct csaf_item **item, struct error *err)
{
    struct map *products = &reader->document->products;
    *item = map_get(products, id);
    if (*item != NULL)
        return true;
    if (products->count == CSAF_DOCUMENT_PRODUCTS_MAX)
        return error_set(err, ERROR_LIMIT, "there are more than %d products", CSAF_DOCUMENT_PRODUCTS_MAX);
    *item = ARENA_NEW(reader->arena, struct csaf_item);
    (*item)->id = arena_copy(reader->arena, id);
    map_set(products, (*item)->id, *item);
    return true;
}

static bool mention(struct reader *reader, struct csaf_items *list, struct view id, struct error *err)
{
    struct csaf_item *item;
    if (++reader->mention_count > CSAF_DOCUMENT_MENTIONS_MAX)
        return error_set(err, ERROR_LIMIT, "products are mentioned more than %d times", CSAF_DOCUMENT_MENTIONS_MAX);
    if (!item_named(reader, id, &item, err))
        return false;
    *(struct csaf_mention *)ARENA_PUSH(reader->arena, list) = (struct csaf_mention){item};
    return true;
}

static struct csaf_vulnerability *vulnerability_of(struct reader *reader)
{
    return &reader->document->vulnerabilities.items[reader->document->vulnerabilities.count - 1];
}

static bool has_room(size_t count, size_t max, const char *what, struct error *err)
{
    return count < max || error_set(err, ERROR_LIMIT, "there are more than %zu %s", max, what);
}

/* In the path the root is 0, its member 1; a vulnerability is 2, and its list 3. */
static bool is_in_vulnerability(const struct reader *reader, size_t depth)
{
    return depth >= 3 && reader->path[1] == KEY_VULNERABILITIES && reader->path[2] == KEY_ITEM;
}

static bool open_object(struct reader *reader, size_t depth, struct error *err)
{
    struct csaf_document *document = reader->document;
    bool is_tree = depth >= 1 && reader->path[1] == KEY_PRODUCT_TREE;
    if (is_tree && (reader->path[depth] == KEY_PRODUCT || reader->path[depth] == KEY_FULL_PRODUCT_NAME ||
                       is_item_of(reader, depth, KEY_FULL_PRODUCT_NAMES))) {
        reader->product_depth = depth;
        reader->product = (struct csaf_item){.is_defined = true};
    } else if (is_tree && is_item_of(reader, depth, KEY_RELATIONSHIPS)) {
        reader->defined = NULL;
        reader->component = reader->platform = view_text("");
    } else if (depth == 2 && is_item_of(reader, depth, KEY_VULNERABILITIES)) {
        if (!has_room(document->vulnerabilities.count, CSAF_DOCUMENT_VULNERABILITIES_MAX, "vulnerabilities", err))
            return false;
        ARENA_PUSH(reader->arena, &document->vulnerabilities);
    } else if (is_in_vulnerability(reader, depth) && depth == 4 && reader->path[4] == KEY_ITEM) {
        struct csaf_vulnerability *vulnerability = vulnerability_of(reader);
        if (reader->path[3] == KEY_REMEDIATIONS) {
            if (!has_room(vulnerability->remediations.count, CSAF_DOCUMENT_NOTES_MAX, "remediations", err))
                return false;
            ARENA_PUSH(reader->arena, &vulnerability->remediations);
        } else if (reader->path[3] == KEY_THREATS) {
            if (!has_room(vulnerability->threats.count, CSAF_DOCUMENT_NOTES_MAX, "threats", err))
                return false;
            ARENA_PUSH(reader->arena, &vulnerability->threats);
        } else if (reader->path[3] == KEY_SCORES) {
            if (!has_room(vulnerability->scores.count, CSAF_DOCUMENT_NOTES_MAX, "scores", err))
                return false;
            ARENA_PUSH(reader->arena, &vulnerability->scores);
        }
    }
    return true;
}

/* The product ids of a tree are unique; of what is defined twice the first counts. */
static bool define_product(struct reader *reader, struct error *err)
{
    struct csaf_item *item;
    if (!item_named(reader, reader->product.id, &item, err))
        return false;
    if (!item->is_defined) {
        item->is_defined = true;
        item->purl = reader->product.purl;
        item->cpe = reader->product.cpe;
    }
    reader->defined = item;
    return true;
}

/* How deep products stand inside each other, up to the first that is too deep. */
static unsigned chain_of(const struct csaf_item *item)
{
    unsigned platforms = 0, components = 0;
    for (const struct csaf_item *i = item; i != NULL && platforms <= CSAF_DOCUMENT_CHAIN_MAX; i = i->platform)
        platforms++;
    for (const struct csaf_item *i = item; i != NULL && components <= CSAF_DOCUMENT_CHAIN_MAX; i = i->component)
        components++;
    return platforms > components ? platforms : components;
}

static bool relate(struct reader *reader, struct error *err)
{
    struct csaf_item *component, *platform, *item = reader->defined;
    if (item == NULL || reader->component.size == 0 || reader->platform.size == 0)
        return error_set(err, ERROR_INVALID, "a relationship lacks a product");
    if (!item_named(reader, reader->component, &component, err) ||
        !item_named(reader, reader->platform, &platform, err))
        return false;
    if (item->component != NULL)
        return true;
    item->component = component;
    item->platform = platform;
    return chain_of(item) <= CSAF_DOCUMENT_CHAIN_MAX ||
           error_set(err, ERROR_LIMIT, "product \"%.*s\" stands in more than %d others", VIEW_PRINT(item->id),
               CSAF_DOCUMENT_CHAIN_MAX);
}

static bool close_object(struct reader *reader, size_t depth, struct error *err)
{
    if (reader->product_depth == depth && depth > 0) {
        reader->product_depth = 0;
        return define_product(reader, err);
    }
    bool is_relationship =
        depth == 3 && reader->path[1] == KEY_PRODUCT_TREE && is_item_of(reader, depth, KEY_RELATIONSHIPS);
    return !is_relationship || relate(reader, err);
}

static struct view *place_in_product(struct reader *reader, size_t depth)
{
    bool is_helper = depth == reader->product_depth + 2 && reader->path[depth - 1] == KEY_HELPER;
    if (depth == reader->product_depth + 1 && reader->path[depth] == KEY_PRODUCT_ID)
        return &reader->product.id;
    if (is_helper && reader->path[depth] == KEY_PURL)
        return &reader->product.purl;
    return is_helper && reader->path[depth] == KEY_CPE ? &reader->product.cpe : NULL;
}

static struct view *place_in_relationship(struct reader *reader, size_t depth)
{
    if (depth != 4 || !is_item_of(reader, 3, KEY_RELATIONSHIPS))
        return NULL;
    if (reader->path[4] == KEY_PRODUCT_REFERENCE)
        return &reader->component;
    return reader->path[4] == KEY_RELATES_TO ? &reader->platform : NULL;
}

static struct view *place_in_document(struct reader *reader, size_t depth)
{
    struct csaf_document *document = reader->document;
    if (depth == 2 && reader->path[2] == KEY_CSAF_VERSION)
        return &document->version;
    if (depth == 3 && is_at(reader, depth, KEY_AGGREGATE_SEVERITY, KEY_TEXT))
        return &document->severity;
    if (depth == 3 && is_at(reader, depth, KEY_TRACKING, KEY_ID))
        return &document->id;
    return depth == 3 && is_at(reader, depth, KEY_TRACKING, KEY_CURRENT_RELEASE_DATE) ? &document->released : NULL;
}

static bool take_in_note(
    struct reader *reader, struct csaf_note *note, size_t depth, struct view text, struct error *err)
{
    if (depth == 5 && reader->path[5] == KEY_CATEGORY)
        note->category = arena_copy(reader->arena, text);
    else if (depth == 5 && reader->path[5] == KEY_DETAILS)
        note->details = arena_copy(reader->arena, text);
    else if (depth == 6 && is_item_of(reader, depth, KEY_PRODUCT_IDS))
        return mention(reader, &note->products, text, err);
    return true;
}

static void take_in_score(struct reader *reader, struct csaf_score *score, size_t depth, struct view text)
{
    int version = reader->path[5] - KEY_CVSS_V2;
    if (depth == 6 && version >= 0 && version < 3 && reader->path[6] == KEY_VECTOR)
        score->vectors[version] = arena_copy(reader->arena, text);
    else if (depth == 6 && is_item_of(reader, depth, KEY_PRODUCTS))
        score->product_count++;
}

static bool take_in_vulnerability(struct reader *reader, size_t depth, struct view text, struct error *err)
{
    struct csaf_vulnerability *vulnerability = vulnerability_of(reader);
    struct view *member = reader->path[3] == KEY_CVE            ? &vulnerability->cve
                          : reader->path[3] == KEY_TITLE        ? &vulnerability->title
                          : reader->path[3] == KEY_RELEASE_DATE ? &vulnerability->release_date
                                                                : NULL;
    if (depth == 3 && member != NULL)
        *member = arena_copy(reader->arena, text);
    else if (depth == 5 && reader->path[3] == KEY_PRODUCT_STATUS && reader->path[4] >= KEY_STATUS)
        return mention(reader, &vulnerability->statuses[reader->path[4] - KEY_STATUS], text, err);
    else if (depth >= 5 && reader->path[4] == KEY_ITEM && reader->path[3] == KEY_REMEDIATIONS)
        return vulnerability->remediations.count == 0 ||
               take_in_note(
                   reader, &vulnerability->remediations.items[vulnerability->remediations.count - 1], depth, text, err);
    else if (depth >= 5 && reader->path[4] == KEY_ITEM && reader->path[3] == KEY_THREATS)
        return vulnerability->threats.count == 0 ||
               take_in_note(reader, &vulnerability->threats.items[vulnerability->threats.count - 1], depth, text, err);
    else if (depth >= 5 && reader->path[4] == KEY_ITEM && reader->path[3] == KEY_SCORES &&
             vulnerability->scores.count > 0)
        take_in_score(reader, &vulnerability->scores.items[vulnerability->scores.count - 1], depth, text);
    return true;
}

static bool take_string(struct reader *reader, size_t depth, struct view text, struct error *err)
{
    struct view *place = NULL;
    if (reader->product_depth > 0)
        place = place_in_product(reader, depth);
    else if (depth >= 2 && reader->path[1] == KEY_PRODUCT_TREE)
        place = place_in_relationship(reader, depth);
    else if (depth >= 2 && reader->path[1] == KEY_DOCUMENT)
        place = place_in_document(reader, depth);
    else if (is_in_vulnerability(reader, depth) && reader->document->vulnerabilities.count > 0)
        return take_in_vulnerability(reader, depth, text, err);
    if (place != NULL)
        *place = arena_copy(reader->arena, text);
    return true;
}

static bool take_event(void *context, const struct json_walk_event *event, struct error *err)
{
    struct reader *reader = context;
    if (event->kind == JSON_WALK_END)
        return close_object(reader, event->depth, err);
    reader->path[event->depth] = key_of(event);
    if (event->kind == JSON_WALK_OBJECT)
        return open_object(reader, event->depth, err);
    return event->kind != JSON_WALK_STRING || take_string(reader, event->depth, event->text, err);
}

bool csaf_document_read(struct arena *arena, struct source *input, struct csaf_document *document, struct error *err)
{
    struct reader reader = {.arena = arena, .document = document};
    struct json_walk_reading reading = {.text_bytes_max = TEXT_BYTES_MAX, .event = take_event, .context = &reader};
    *document = (struct csaf_document){.id = view_text("")};
    map_init(&document->products, arena);
    if (!json_walk(&reading, input, err))
        return false;
    if (!view_starts_with(document->version, "2."))
        return error_set(
            err, ERROR_UNSUPPORTED, "its \"csaf_version\" is \"%.*s\", not 2.0", VIEW_PRINT(document->version));
    return document->id.size > 0 || error_set(err, ERROR_INVALID, "its tracking has no \"id\"");
}
