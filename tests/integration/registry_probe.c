/* SPDX-License-Identifier: Apache-2.0 */
/* What our registry client sees, for the integration tests: one command, its result as lines on stdout, or
   "error CODE: message" and the exit status of the code. Waiting is counted ("waited N ms"), never done.

   registry_probe [--http] [--allow HOST-OR-RANGE] [--ca FILE] [--prefix PATH] COMMAND …
     ping HOST | repositories HOST | tags HOST REPOSITORY | entries HOST REPOSITORY | lookup HOST REPOSITORY TAG … |
     resolve REFERENCE
     manifest REFERENCE | blob REFERENCE SIZE | pull REFERENCE [PLATFORM] */
#include "registry/adapter.h"
#include "registry/docker_config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct probe {
    struct arena *arena;
    struct registry_options options;
    struct outbound_policy policy;
    struct view allowed[8];
    struct view type; /* of the adapter */
    struct credential_set fields;
    struct registry_credentials credentials;
    char **arguments;
    int count;
};

/* The system's clock, moved on by every wait. */
static int64_t waited_ms;

static int64_t probe_wall(const struct clock *clock)
{
    (void)clock;
    return clock_system()->wall_ms(clock_system()) + waited_ms;
}

static int64_t probe_monotonic(const struct clock *clock)
{
    (void)clock;
    return clock_system()->monotonic_ms(clock_system()) + waited_ms;
}

static const struct clock probe_clock = {probe_wall, probe_monotonic};

static void count_wait(const struct clock *clock, int64_t wait_ms)
{
    (void)clock;
    waited_ms += wait_ms;
}

static bool print_name(struct registry_names *names, struct view name, struct error *err)
{
    (void)names;
    (void)err;
    printf("%.*s\n", VIEW_PRINT(name));
    return true;
}

static bool print_entry(struct tag_entries *entries, const struct tag_entry *entry, struct error *err)
{
    (void)entries;
    (void)err;
    printf("%.*s %s\n", VIEW_PRINT(entry->tag), entry->digest.text);
    return true;
}

static void print_listing(const struct registry_listing *listing)
{
    printf("%zu names, %zu skipped, %s%.*s\n", listing->count, listing->skipped,
        listing->is_complete ? "complete" : "incomplete: ", VIEW_PRINT(listing->incomplete_reason));
}

static struct view argument(const struct probe *probe, int index)
{
    return view_text(index < probe->count ? probe->arguments[index] : "");
}

static bool list(struct probe *probe, struct registry *registry, struct error *err)
{
    struct registry_names names = {print_name};
    struct registry_listing listing;
    bool is_listed = view_is(argument(probe, 0), "tags")
                         ? registry_tags(registry, probe->arena, argument(probe, 2), &names, &listing, err)
                         : registry_repositories(registry, probe->arena, &names, &listing, err);
    if (is_listed)
        print_listing(&listing);
    return is_listed;
}

static bool list_entries(struct probe *probe, struct error *err)
{
    AUTO_ADAPTER *adapter = NULL;
    struct tag_entries entries = {print_entry};
    struct registry_listing listing;
    if (!adapter_open(adapter_find(view_text("oci")), &probe->options, &adapter, err) ||
        !adapter_tags(adapter, probe->arena, argument(probe, 2), &entries, &listing, err))
        return false;
    print_listing(&listing);
    return true;
}

/* lookup HOST REPOSITORY TAG …: all tags at once. */
static bool look_up(struct probe *probe, struct registry *registry, struct error *err)
{
    size_t count = probe->count > 3 ? (size_t)(probe->count - 3) : 0;
    struct registry_lookup *items = ARENA_ARRAY(probe->arena, struct registry_lookup, count);
    struct error why;
    for (size_t i = 0; i < count; i++)
        items[i].tag = view_text(probe->arguments[3 + i]);
    if (!registry_resolve_all(registry, argument(probe, 2), items, count, &why, err))
        return false;
    for (size_t i = 0; i < count; i++)
        printf("%.*s %s\n", VIEW_PRINT(items[i].tag), items[i].is_gone ? "gone" : items[i].digest.text);
    if (why.code != ERROR_NONE)
        printf("unread %s: %s\n", error_code_name(why.code), why.message);
    return true;
}

/* crawl HOST: all repositories and tags of an adapter, with everything that it notes. */
struct crawl {
    struct tag_entries entries;
    struct registry_names names;
    struct adapter_notes notes;
    struct arena *arena;
    struct {
        struct view *items;
        size_t count;
        size_t capacity;
    } repositories;
    struct view repository;
};

static void print_note(struct adapter_notes *notes, struct view text)
{
    (void)notes;
    printf("note %.*s\n", VIEW_PRINT(text));
}

static bool keep_name(struct registry_names *names, struct view name, struct error *err)
{
    struct crawl *crawl = (struct crawl *)(void *)((char *)names - offsetof(struct crawl, names));
    (void)err;
    *(struct view *)ARENA_PUSH(crawl->arena, &crawl->repositories) = arena_copy(crawl->arena, name);
    return true;
}

static bool print_crawled(struct tag_entries *entries, const struct tag_entry *entry, struct error *err)
{
    const struct crawl *crawl = (const struct crawl *)entries;
    (void)err;
    printf("%.*s:%.*s %s %lld %s\n", VIEW_PRINT(crawl->repository), VIEW_PRINT(entry->tag), entry->digest.text,
        (long long)entry->pushed_at_ms, push_source_name(entry->push_source));
    return true;
}

static bool crawl_all(struct probe *probe, struct error *err)
{
    AUTO_ADAPTER *adapter = NULL;
    struct registry_listing listing;
    struct crawl crawl = {
        .entries = {print_crawled}, .names = {keep_name}, .notes = {print_note}, .arena = probe->arena};
    if (!adapter_open(adapter_find(probe->type), &probe->options, &adapter, err))
        return false;
    adapter_take_notes(adapter, &crawl.notes);
    if (!adapter_repositories(adapter, probe->arena, &crawl.names, &listing, err))
        return false;
    bool is_complete = listing.is_complete;
    for (size_t i = 0; i < crawl.repositories.count; i++) {
        crawl.repository = crawl.repositories.items[i];
        struct error why;
        if (!adapter_tags(adapter, probe->arena, crawl.repository, &crawl.entries, &listing, &why)) {
            printf("note %s\n", why.message);
            is_complete = false;
            continue;
        }
        is_complete = is_complete && listing.is_complete;
    }
    printf("%zu repositories, %s\n", crawl.repositories.count, is_complete ? "complete" : "incomplete");
    return true;
}

static bool drain(struct blob_source *source, const struct descriptor *descriptor, struct error *err)
{
    struct source *content = NULL;
    if (!image_open_layer(source, descriptor, &content, err))
        return false;
    AUTO_SOURCE *closed = content;
    if (!source_drain(closed, err))
        return error_wrap(err, "layer %s", descriptor->digest.text);
    printf("layer %s %llu\n", descriptor->digest.text, (unsigned long long)descriptor->size);
    return true;
}

static bool pull_image(
    struct probe *probe, struct blob_source *source, const struct image_choice *choice, struct error *err)
{
    struct image_config config;
    if (!image_read_config(source, probe->arena, &choice->manifest.config, &config, err) ||
        !image_check_config(&choice->manifest, &config, err))
        return false;
    struct view platform = platform_format(probe->arena, &config.platform);
    printf("image %s %.*s %zu layers\n", choice->manifest.digest.text, VIEW_PRINT(platform), choice->manifest.count);
    for (size_t i = 0; i < choice->manifest.count; i++) {
        if (!drain(source, &choice->manifest.items[i], err))
            return false;
    }
    return true;
}

static bool pull(struct probe *probe, struct blob_source *source, struct error *err)
{
    struct manifest root;
    struct platform wanted;
    struct image_choice *choices = NULL;
    size_t count = 0;
    size_t missing = 0;
    bool has_wanted = probe->count > 2;
    if (has_wanted && !platform_parse(probe->arena, argument(probe, 2), &wanted, err))
        return false;
    if (!image_read_manifest(source, probe->arena, NULL, &root, err) ||
        !image_choose(source, probe->arena, &root, has_wanted ? &wanted : NULL, &choices, &count, &missing, err))
        return false;
    printf("root %s %zu images %zu missing\n", root.digest.text, count, missing);
    for (size_t i = 0; i < count; i++) {
        if (!pull_image(probe, source, &choices[i], err))
            return false;
    }
    return true;
}

static bool ask_reference(
    struct probe *probe, struct registry *registry, const struct reference *reference, struct error *err)
{
    struct view command = argument(probe, 0);
    struct digest digest;
    struct view document;
    struct blob_source *source = NULL;
    if (view_is(command, "resolve")) {
        if (!registry_resolve(registry, reference->repository, reference->tag, &digest, err))
            return false;
        printf("%s\n", digest.text);
        return true;
    }
    if (view_is(command, "manifest")) {
        if (!registry_manifest(registry, probe->arena, reference, &document, &digest, err))
            return false;
        printf("%s %zu\n", digest.text, document.size);
        return true;
    }
    if (!registry_blob_source(registry, reference, &source, err))
        return false;
    struct descriptor blob = {.digest = reference->digest};
    blob.size = strtoull(probe->count > 2 ? probe->arguments[2] : "0", NULL, 10);
    bool is_good = view_is(command, "blob") ? drain(source, &blob, err) : pull(probe, source, err);
    blob_source_close(source);
    return is_good;
}

static bool run(struct probe *probe, struct error *err)
{
    struct view command = argument(probe, 0);
    struct reference reference = {0};
    AUTO_REGISTRY *registry = NULL;
    AUTO_LOGIN login = {0};
    bool wants_host = view_is(command, "ping") || view_is(command, "repositories") || view_is(command, "tags") ||
                      view_is(command, "entries") || view_is(command, "lookup") || view_is(command, "crawl");
    if (!wants_host && !reference_parse(probe->arena, argument(probe, 1), &reference, err))
        return false;
    probe->options.host = wants_host ? argument(probe, 1) : reference.host;
    const struct login_wanted wanted = {.host = probe->options.host, .repository = reference.repository};
    if (!registry_credentials_find(probe->arena, &wanted, &login, err))
        return false;
    probe->options.credentials = login.is_found ? &login.credentials : NULL;
    if (view_is(command, "crawl")) {
        probe->options.credentials = probe->credentials.username.size > 0 ? &probe->credentials : NULL;
        return crawl_all(probe, err);
    }
    if (view_is(command, "entries"))
        return list_entries(probe, err);
    if (!registry_open(&probe->options, &registry, err))
        return false;
    if (!wants_host)
        return ask_reference(probe, registry, &reference, err);
    if (view_is(command, "lookup"))
        return look_up(probe, registry, err);
    if (!view_is(command, "ping"))
        return list(probe, registry, err);
    if (!registry_ping(registry, err))
        return false;
    printf("ok %.*s\n", VIEW_PRINT(registry_address(registry)));
    return true;
}

/* NAME=VALUE; kept until the end. */
static bool add_field(struct probe *probe, struct view text)
{
    struct view value = text;
    struct view name = view_cut(&value, '=');
    const struct credential_field *field = credential_field_find(probe->type, name);
    if (field == NULL || probe->fields.count == CREDENTIAL_FIELDS_MAX)
        return false;
    struct secret *secret = secret_new(value);
    probe->fields.items[probe->fields.count++] = (struct credential_value){field, secret};
    if (view_is(name, "username"))
        probe->credentials.username = value;
    if (view_is(name, "password"))
        probe->credentials.password = secret;
    return true;
}

int main(int count, char **arguments)
{
    AUTO_ARENA *arena = arena_new();
    struct probe probe = {.arena = arena, .options = {.clock = &probe_clock, .sleep = count_wait}};
    struct error err;
    int next = 1;
    for (; next < count && arguments[next][0] == '-'; next++) {
        if (strcmp(arguments[next], "--http") == 0)
            probe.options.is_plain_http = true;
        else if (next + 1 == count)
            break;
        else if (strcmp(arguments[next], "--allow") == 0 && probe.policy.allowed_count < 8)
            probe.allowed[probe.policy.allowed_count++] = view_text(arguments[++next]);
        else if (strcmp(arguments[next], "--type") == 0)
            probe.type = view_text(arguments[++next]);
        else if (strcmp(arguments[next], "--field") == 0) {
            if (!add_field(&probe, view_text(arguments[++next])))
                return 64;
        } else if (strcmp(arguments[next], "--ca") == 0)
            probe.options.ca_file = arguments[++next];
        else if (strcmp(arguments[next], "--prefix") == 0)
            probe.options.path_prefix = view_text(arguments[++next]);
    }
    probe.options.fields = &probe.fields;
    probe.policy.allowed = probe.allowed;
    probe.options.policy = &probe.policy;
    probe.arguments = arguments + next;
    probe.count = count - next;
    bool is_good = run(&probe, &err);
    while (probe.fields.count > 0) {
        const struct secret *value = probe.fields.items[--probe.fields.count].value;
        secret_free((struct secret *)(uintptr_t)value);
    }
    if (!is_good)
        printf("error %s: %s\n", error_code_name(err.code), err.message);
    if (waited_ms > 0)
        printf("waited %lld ms\n", (long long)waited_ms);
    return is_good ? 0 : error_exit_status(err.code);
}
