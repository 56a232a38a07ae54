/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/csaf_advisories.h"

#include "base/clock.h"
#include "base/text.h"
#include "package/purl.h"
#include "version/version.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ELEMENTS_MAX = 100 * 1000, ARCHITECTURES_MAX = 32, TEXT_BYTES_MAX = 500 };

/* All that is said of one package in one product. */
struct group {
    struct view ecosystem;
    struct view name;
    struct view module;
    bool has[CSAF_STATUS_COUNT];
    struct view_list {
        struct view *items;
        size_t count;
        size_t capacity;
    } fixed, architectures;
    struct view state; /* Red Hat's word on the missing fix */
    struct view impact; /* "Low", if it is not that of the document */
};

struct conversion {
    struct arena *arena;
    struct arena *scratch; /* of one product: package URLs take much room, and there are hundreds of thousands */
    const struct csaf_document *document;
    struct map groups; /* ecosystem, module, name → struct group */
    struct map places; /* id of a product → struct group, NULL for what is no package */
};

/* What a product is about: an rpm package on a platform. In the scratch arena. */
struct component {
    struct view ecosystem;
    struct view name;
    struct view module;
    struct view version; /* with the epoch; empty if it has none */
    struct view architecture; /* empty: none is told; "src" */
};

static bool is_of_rhel(struct view product)
{
    return view_is(product, "enterprise_linux") || view_starts_with(product, "rhel_");
}

/* "cpe:/o:redhat:enterprise_linux:8::baseos" → "Red Hat:enterprise_linux:8": the repository tells nothing that the package
   does not, see ecosystem_matches. Of layered products it tells the release that they are built for ("openshift:4.12::el8"). */
static struct view ecosystem_of(struct arena *arena, struct view cpe)
{
    static const char *const prefixes[] = {"cpe:/o:redhat:", "cpe:/a:redhat:"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        struct view rest = view_from(cpe, strlen(prefixes[i]));
        struct view product = view_slice(rest, 0, view_find(rest, ':'));
        if (!view_starts_with(cpe, prefixes[i]) || product.size == 0)
            continue;
        if (is_of_rhel(product)) {
            size_t version = product.size + 1;
            rest = view_slice(rest, 0, version + view_find(view_from(rest, version), ':'));
        }
        return arena_format(arena, "Red Hat:%.*s", VIEW_PRINT(rest));
    }
    return view_text("");
}

/* The first two parts of "nodejs:18:8080020230718:63b34585". */
static struct view stream_of(struct view label)
{
    size_t first = view_find(label, ':');
    return view_slice(label, 0, first + 1 + view_find(view_from(label, first + 1), ':'));
}

/* "pkg:rpmmod/redhat/nodejs@18:8080020230718:63b34585" → "nodejs:18" */
static struct view module_of_purl(struct arena *arena, const struct purl *purl)
{
    return stream_of(arena_format(arena, "%.*s:%.*s", VIEW_PRINT(purl->name), VIEW_PRINT(purl->version)));
}

static bool is_symbols(struct view name)
{
    return view_ends_with(name, "-debuginfo") || view_ends_with(name, "-debugsource") ||
           view_ends_with(name, "-debuginfo-common");
}

/* Of a product that names only a component, "glibc" or "postgresql:15/postgresql". Names with a slash alone are containers'. */
static void read_plain_name(struct view id, struct component *component)
{
    size_t slash = view_find(id, '/');
    struct view module = view_slice(id, 0, slash);
    if (view_find(id, '@') < id.size)
        return;
    if (slash == id.size) {
        component->name = id;
    } else if (view_find(module, ':') < module.size) {
        component->module = stream_of(module);
        component->name = view_from(id, slash + 1);
    }
}

static void read_purl(struct arena *arena, const struct purl *purl, struct component *component)
{
    struct view epoch = purl_qualifier(purl, "epoch");
    struct view label = purl_qualifier(purl, "rpmmod");
    bool is_module = view_is(purl->type, "rpmmod");
    struct view name_space = purl->name_space;
    bool is_in_module = is_module && view_starts_with(name_space, "redhat/"); /* "redhat/ruby:2.6", "ruby" */
    if (!view_is(purl->type, "rpm") && !is_in_module)
        return;
    component->name = purl->name;
    component->architecture = purl_qualifier(purl, "arch");
    component->version = purl->version;
    if (purl->version.size > 0 && epoch.size > 0 && !view_is(epoch, "0"))
        component->version = arena_format(arena, "%.*s:%.*s", VIEW_PRINT(epoch), VIEW_PRINT(purl->version));
    if (is_in_module)
        component->module = view_from(name_space, strlen("redhat/"));
    else if (label.size > 0)
        component->module = stream_of(label);
}

/* A module that the package belongs to stands between it and the platform. */
static void read_modules(struct arena *arena, const struct csaf_item *item, struct component *component)
{
    for (; item != NULL && component->module.size == 0; item = item->platform) {
        struct error ignored;
        struct purl purl;
        for (const struct csaf_item *inner = item; inner != NULL; inner = inner->component) {
            if (view_starts_with(inner->purl, "pkg:rpmmod/") && purl_parse(arena, inner->purl, &purl, &ignored) &&
                view_is(purl.name_space, "redhat"))
                component->module = module_of_purl(arena, &purl);
        }
    }
    if (component->module.size == 0 &&
        view_find_text(component->version, view_text(".module")) < component->version.size)
        component->module = view_text(MODULE_UNNAMED);
}

/* False: it is no rpm package of a product. */
static bool read_component(struct arena *arena, const struct csaf_item *item, struct component *component)
{
    struct error ignored;
    struct purl purl;
    struct view cpe = view_text("");
    const struct csaf_item *inner = item;
    *component = (struct component){.ecosystem = view_text("")};
    for (const struct csaf_item *outer = item; outer != NULL; outer = outer->platform)
        cpe = outer->cpe.size > 0 ? outer->cpe : cpe;
    while (inner->component != NULL)
        inner = inner->component;
    component->ecosystem = ecosystem_of(arena, cpe);
    if (component->ecosystem.size == 0 || inner == item)
        return false;
    if (inner->purl.size == 0) {
        struct view product = ecosystem_release(component->ecosystem);
        if (is_of_rhel(view_cut(&product, ':')))
            read_plain_name(inner->id, component);
    } else if (purl_parse(arena, inner->purl, &purl, &ignored)) {
        read_purl(arena, &purl, component);
    }
    if (component->name.size == 0 || is_symbols(component->name))
        return false;
    read_modules(arena, item, component);
    return true;
}

static void add_once(struct arena *arena, struct view_list *list, struct view text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (view_equal(list->items[i], text))
            return;
    }
    *(struct view *)ARENA_PUSH(arena, list) = arena_copy(arena, text);
}

static struct group *group_of(struct conversion *conversion, const struct component *component)
{
    struct arena *arena = conversion->arena;
    struct view key = arena_format(conversion->scratch, "%.*s\n%.*s\n%.*s", VIEW_PRINT(component->ecosystem),
        VIEW_PRINT(component->module), VIEW_PRINT(component->name));
    struct group *group = map_get(&conversion->groups, key);
    if (group != NULL)
        return group;
    group = ARENA_NEW(arena, struct group);
    group->ecosystem = arena_copy(arena, component->ecosystem);
    group->module = arena_copy(arena, component->module);
    group->name = arena_copy(arena, component->name);
    map_set(&conversion->groups, arena_copy(arena, key), group);
    return group;
}

/* Fixed needs a build to compare with. */
static void add_product(struct conversion *conversion, const struct csaf_item *item, enum csaf_status status)
{
    struct component component;
    struct map_entry *place = map_entry(&conversion->places, item->id);
    arena_reset(conversion->scratch);
    if (!read_component(conversion->scratch, item, &component) || (status == CSAF_FIXED && component.version.size == 0))
        return;
    struct group *group = group_of(conversion, &component);
    place->value = group;
    group->has[status] = true;
    if (status == CSAF_FIXED)
        add_once(conversion->arena, &group->fixed, component.version);
    if (component.architecture.size > 0 && !view_is(component.architecture, "src") &&
        group->architectures.count < ARCHITECTURES_MAX)
        add_once(conversion->arena, &group->architectures, component.architecture);
}

/* Why there is no fix; remediations of other categories tell how to install one. */
static void add_states(struct conversion *conversion, const struct csaf_notes *remediations)
{
    for (size_t i = 0; i < remediations->count; i++) {
        const struct csaf_note *note = &remediations->items[i];
        if (!view_is(note->category, "none_available") && !view_is(note->category, "no_fix_planned"))
            continue;
        for (size_t j = 0; j < note->products.count; j++) {
            struct group *group = map_get(&conversion->places, note->products.items[j].item->id);
            if (group != NULL && group->state.size == 0)
                group->state = text_cut(view_trim(note->details), TEXT_BYTES_MAX);
        }
    }
}

static void add_impacts(struct conversion *conversion, const struct csaf_notes *threats)
{
    for (size_t i = 0; i < threats->count; i++) {
        const struct csaf_note *note = &threats->items[i];
        if (!view_is(note->category, "impact") ||
            view_equal_ignoring_case(note->details, conversion->document->severity))
            continue;
        for (size_t j = 0; j < note->products.count; j++) {
            struct group *group = map_get(&conversion->places, note->products.items[j].item->id);
            if (group != NULL)
                group->impact = text_cut(note->details, TEXT_BYTES_MAX);
        }
    }
}

static int compare_versions(const void *left, const void *right)
{
    return version_order_named(view_text("rpm"))->compare(*(const struct view *)left, *(const struct view *)right);
}

/* Where the minor release of a build ends in its version: behind "el8_10" of "2.28-251.el8_10.1"; 0 if it names none. */
static size_t end_of_minor(struct view version)
{
    for (size_t at = view_find_text(version, view_text(".el")); at < version.size;) {
        size_t end = at + strlen(".el"), digits = 0;
        while (end < version.size && version.data[end] >= '0' && version.data[end] <= '9')
            end++;
        if (end < version.size && version.data[end] == '_') {
            for (end++; end < version.size && version.data[end] >= '0' && version.data[end] <= '9'; end++)
                digits++;
            if (digits > 0 && digits < 4)
                return end;
        }
        size_t next = view_find_text(view_from(version, at + 1), view_text(".el"));
        at = next == version.size - at - 1 ? version.size : at + 1 + next;
    }
    return 0;
}

/* The first version that could be of a later minor release: "2.28-236.el8_10" for "2.28-236.el8_9.13". */
static struct view next_minor(struct arena *arena, struct view version)
{
    size_t end = end_of_minor(version);
    struct view head = view_slice(version, 0, end);
    size_t digits = end - 1 - view_find_last(head, '_');
    int64_t minor = 0;
    (void)view_to_integer(view_from(head, end - digits), &minor);
    return arena_format(arena, "%.*s%" PRId64, VIEW_PRINT(view_slice(head, 0, end - digits)), minor + 1);
}

static bool has_same_minor(struct view a, struct view b)
{
    struct view minor_a = view_slice(a, 0, end_of_minor(a)), minor_b = view_slice(b, 0, end_of_minor(b));
    minor_a = view_from(minor_a, view_find_text(minor_a, view_text(".el")));
    minor_b = view_from(minor_b, view_find_text(minor_b, view_text(".el")));
    return view_equal(minor_a, minor_b);
}

/* Of the builds for one minor release the last counts, and so does the last of all. */
static void add_fixes(struct arena *arena, struct group *group, struct range *range)
{
    qsort(group->fixed.items, group->fixed.count, sizeof(struct view), compare_versions);
    range->events = ARENA_ARRAY(arena, struct range_event, group->fixed.count * 2 + 1);
    range->events[range->event_count++] = (struct range_event){EVENT_INTRODUCED, view_text("0")};
    for (size_t i = 0; i < group->fixed.count; i++) {
        struct view version = group->fixed.items[i];
        bool is_last = i + 1 == group->fixed.count;
        if (!is_last && (end_of_minor(version) == 0 || has_same_minor(version, group->fixed.items[i + 1])))
            continue;
        range->events[range->event_count++] = (struct range_event){EVENT_FIXED, version};
        if (!is_last)
            range->events[range->event_count++] = (struct range_event){EVENT_INTRODUCED, next_minor(arena, version)};
    }
}

/* Builds for all architectures are for any. */
static bool is_for_all(const struct view_list *architectures)
{
    static const char *const all[] = {"aarch64", "ppc64le", "s390x", "x86_64"};
    size_t found = 0;
    for (size_t i = 0; i < architectures->count; i++) {
        for (size_t j = 0; j < sizeof(all) / sizeof(all[0]); j++)
            found += view_is(architectures->items[i], all[j]);
    }
    return found == sizeof(all) / sizeof(all[0]);
}

static void fill_element(struct arena *arena, struct group *group, struct affected *affected)
{
    struct range *range = ARENA_NEW(arena, struct range);
    *affected = (struct affected){.ecosystem = group->ecosystem, .name = group->name, .module = group->module};
    affected->ranges = range;
    affected->range_count = 1;
    range->type = RANGE_ECOSYSTEM;
    if (group->has[CSAF_FIXED]) {
        add_fixes(arena, group, range);
    } else {
        bool is_affected = group->has[CSAF_AFFECTED] || group->has[CSAF_UNDER_INVESTIGATION];
        range->events = ARENA_ARRAY(arena, struct range_event, 2);
        range->events[range->event_count++] = (struct range_event){EVENT_INTRODUCED, view_text("0")};
        if (!is_affected)
            range->events[range->event_count++] = (struct range_event){EVENT_FIXED, view_text("0")};
        else
            affected->status = group->has[CSAF_AFFECTED] ? group->state : view_text("under investigation");
    }
    if (!is_for_all(&group->architectures)) {
        affected->architectures = group->architectures.items;
        affected->architecture_count = group->architectures.count;
    }
    if (group->impact.size > 0) {
        affected->ratings = ARENA_NEW(arena, struct severity_rating);
        *affected->ratings = (struct severity_rating){.type = view_text("Red Hat"), .score = group->impact};
        affected->rating_count = 1;
    }
}

/* Of each version of CVSS the vector that is given for the most products. */
static void add_ratings(struct arena *arena, const struct csaf_score_list *scores, struct advisory *advisory)
{
    static const char *const types[] = {"CVSS_V2", "CVSS_V3", "CVSS_V4"};
    advisory->ratings = ARENA_ARRAY(arena, struct severity_rating, 3);
    for (size_t version = 0; version < 3; version++) {
        const struct csaf_score *best = NULL;
        for (size_t i = 0; i < scores->count; i++) {
            const struct csaf_score *score = &scores->items[i];
            if (score->vectors[version].size > 0 && (best == NULL || score->product_count > best->product_count))
                best = score;
        }
        if (best != NULL)
            advisory->ratings[advisory->rating_count++] =
                (struct severity_rating){.type = view_text(types[version]), .score = best->vectors[version]};
    }
}

static void add_elements(struct conversion *conversion, struct advisory *advisory)
{
    const struct map *groups = &conversion->groups;
    advisory->affected = ARENA_ARRAY(conversion->arena, struct affected, groups->count);
    for (size_t i = 0; i < groups->count; i++)
        fill_element(conversion->arena, groups->entries[i].value, &advisory->affected[advisory->affected_count++]);
}

static bool write_vulnerability(struct conversion *conversion, const struct csaf_vulnerability *vulnerability,
    struct feed_sink *sink, struct error *err)
{
    const struct csaf_document *document = conversion->document;
    struct error ignored;
    struct view cve = vulnerability->cve;
    struct advisory advisory = {
        .id = document->id,
        .summary = text_cut(vulnerability->title, TEXT_BYTES_MAX),
        .severity_word = text_cut(document->severity, TEXT_BYTES_MAX),
    };
    map_init(&conversion->groups, conversion->arena);
    map_init(&conversion->places, conversion->arena);
    for (int status = 0; status < CSAF_STATUS_COUNT; status++) {
        const struct csaf_items *list = &vulnerability->statuses[status];
        for (size_t i = 0; i < list->count; i++)
            add_product(conversion, list->items[i].item, (enum csaf_status)status);
    }
    if (conversion->groups.count > ELEMENTS_MAX)
        return sink->gap(sink, document->id, view_text("it names too many packages"), err);
    if (conversion->groups.count == 0)
        return true;
    add_states(conversion, &vulnerability->remediations);
    add_impacts(conversion, &vulnerability->threats);
    add_elements(conversion, &advisory);
    add_ratings(conversion->arena, &vulnerability->scores, &advisory);
    if (document->vulnerabilities.count > 1)
        advisory.id = arena_format(conversion->arena, "%.*s/%.*s", VIEW_PRINT(document->id), VIEW_PRINT(cve));
    advisory.upstream = &cve;
    advisory.upstream_count = cve.size > 0;
    if (!time_parse(document->released, &advisory.modified_ms, &ignored))
        advisory.modified_ms = 0;
    if (!time_parse(vulnerability->release_date, &advisory.published_ms, &ignored))
        advisory.published_ms = 0;
    return sink->advisory(sink, &advisory, err);
}

bool csaf_advisories_write(
    struct arena *arena, const struct csaf_document *document, struct feed_sink *sink, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    struct conversion conversion = {.arena = arena, .scratch = scratch, .document = document};
    for (size_t i = 0; i < document->vulnerabilities.count; i++) {
        if (!write_vulnerability(&conversion, &document->vulnerabilities.items[i], sink, err))
            return false;
    }
    return true;
}
