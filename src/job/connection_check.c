/* SPDX-License-Identifier: Apache-2.0 */
#include "job/connection_check.h"

#include "image/manifest.h"

struct cause {
    const char *code;
    enum error_code error;
    const char *meaning;
    const char *advice;
};

static const struct cause causes[CONNECTION_CAUSE_COUNT] = {
#define CONNECTION_CAUSE(constant, code, error, meaning, advice)                                                       \
    [CONNECTION_CAUSE_##constant] = {code, ERROR_##error, meaning, advice},
#include "job/connection_causes.def"
#undef CONNECTION_CAUSE
};

static const char *const step_names[CONNECTION_STEP_COUNT] = {
    [CONNECTION_STEP_SETTINGS] = "settings",
    [CONNECTION_STEP_CONNECT] = "connect",
    [CONNECTION_STEP_LIST] = "list",
    [CONNECTION_STEP_TAGS] = "tags",
    [CONNECTION_STEP_PULL] = "pull",
    [CONNECTION_STEP_DONE] = "done",
};

const char *connection_cause_code(enum connection_cause cause)
{
    return causes[cause].code;
}

const char *connection_cause_meaning(enum connection_cause cause)
{
    return causes[cause].meaning;
}

const char *connection_cause_advice(enum connection_cause cause)
{
    return causes[cause].advice;
}

int connection_cause_exit_status(enum connection_cause cause)
{
    return error_exit_status(causes[cause].error);
}

const char *connection_step_name(enum connection_step step)
{
    return step_names[step];
}

static enum connection_cause cause_of_stage(enum http_stage stage)
{
    static const enum connection_cause by_stage[HTTP_STAGE_COUNT] = {
        [HTTP_STAGE_OTHER] = CONNECTION_CAUSE_OTHER,
        [HTTP_STAGE_REFUSED] = CONNECTION_CAUSE_REFUSED,
        [HTTP_STAGE_PROXY] = CONNECTION_CAUSE_PROXY,
        [HTTP_STAGE_NAME] = CONNECTION_CAUSE_DNS,
        [HTTP_STAGE_CONNECT] = CONNECTION_CAUSE_TCP,
        [HTTP_STAGE_TLS] = CONNECTION_CAUSE_TLS,
        [HTTP_STAGE_CERTIFICATE] = CONNECTION_CAUSE_CERTIFICATE,
        [HTTP_STAGE_CLIENT_CERTIFICATE] = CONNECTION_CAUSE_CLIENT_CERTIFICATE,
        [HTTP_STAGE_TIMEOUT] = CONNECTION_CAUSE_TIMEOUT,
        [HTTP_STAGE_ANSWERED] = CONNECTION_CAUSE_CONTENT,
    };
    return by_stage[stage];
}

static enum connection_cause cause_of_denial(
    const struct http_attempt *attempt, enum connection_step step, bool has_credentials, int64_t skew_ms)
{
    if (skew_ms > CONNECTION_SKEW_MS_MAX || skew_ms < -CONNECTION_SKEW_MS_MAX)
        return CONNECTION_CAUSE_CLOCK_SKEW;
    if (step > CONNECTION_STEP_CONNECT && has_credentials)
        return CONNECTION_CAUSE_MISSING_SCOPE;
    return attempt->status == 403 ? CONNECTION_CAUSE_FORBIDDEN : CONNECTION_CAUSE_UNAUTHORIZED;
}

enum connection_cause connection_cause_of(const struct error *err, const struct http_attempt *attempt,
    enum connection_step step, bool has_credentials, int64_t skew_ms)
{
    bool is_first = step <= CONNECTION_STEP_CONNECT;
    if (attempt->status == 429 || err->code == ERROR_RATE_LIMITED)
        return CONNECTION_CAUSE_RATE_LIMITED;
    if (err->code == ERROR_REFUSED)
        return CONNECTION_CAUSE_REFUSED;
    if (err->code == ERROR_DENIED)
        return cause_of_denial(attempt, step, has_credentials, skew_ms);
    if (err->code == ERROR_UNREACHABLE || err->code == ERROR_TIMEOUT)
        return cause_of_stage(attempt->stage);
    if (err->code == ERROR_SERVER)
        return CONNECTION_CAUSE_SERVER;
    if (err->code == ERROR_UNSUPPORTED || err->code == ERROR_NOT_FOUND || err->code == ERROR_INVALID ||
        err->code == ERROR_CORRUPT || err->code == ERROR_LIMIT) {
        if (is_first)
            return CONNECTION_CAUSE_NOT_A_REGISTRY;
        return step == CONNECTION_STEP_LIST ? CONNECTION_CAUSE_CANNOT_LIST : CONNECTION_CAUSE_CONTENT;
    }
    return CONNECTION_CAUSE_OTHER;
}

/* One test as it goes on. */
struct check {
    struct connection connection;
    struct arena *arena;
    struct connection_report *report;
    struct view repository; /* found on the way */
    struct view tag;
    struct digest digest;
};

struct first_name {
    struct registry_names names;
    struct check *check;
    struct view below;
};

struct first_tag {
    struct tag_entries entries;
    struct check *check;
};

/* One is enough: the listing ends with an error that is none. */
static bool on_repository(struct registry_names *names, struct view name, struct error *err)
{
    struct first_name *first = (struct first_name *)names;
    struct view below = first->below;
    bool is_ours =
        below.size == 0 || view_equal(name, below) ||
        (name.size > below.size && view_equal(view_slice(name, 0, below.size), below) && name.data[below.size] == '/');
    if (!is_ours)
        return true;
    first->check->repository = arena_copy(first->check->arena, name);
    return error_set(err, ERROR_CANCELLED, "one repository is enough");
}

static bool on_tag(struct tag_entries *entries, const struct tag_entry *entry, struct error *err)
{
    struct check *check = ((struct first_tag *)entries)->check;
    if (!digest_is_set(&entry->digest))
        return true;
    check->tag = arena_copy(check->arena, entry->tag);
    check->digest = entry->digest;
    return error_set(err, ERROR_CANCELLED, "one tag is enough");
}

static bool list_one(struct check *check, struct error *err)
{
    struct registry_listing listing;
    struct first_name first = {
        .names = {on_repository}, .check = check, .below = check->connection.integration.address.path};
    return adapter_repositories(check->connection.adapter, check->arena, &first.names, &listing, err) ||
           check->repository.size > 0;
}

static bool tag_one(struct check *check, struct error *err)
{
    struct registry_listing listing;
    struct first_tag first = {.entries = {on_tag}, .check = check};
    return adapter_tags(check->connection.adapter, check->arena, check->repository, &first.entries, &listing, err) ||
           check->tag.size > 0;
}

/* The manifest, and of an index its first one. */
static bool read_manifest(struct check *check, struct manifest *manifest, struct error *err)
{
    struct registry *registry = adapter_registry(check->connection.adapter);
    struct reference reference = {.host = check->connection.host, .repository = check->repository};
    struct digest wanted = check->digest;
    for (int depth = 0; depth < 2; depth++) {
        struct view document;
        struct digest found;
        reference.digest = wanted;
        if (!registry_manifest(registry, check->arena, &reference, &document, &found, err) ||
            !digest_verify(document, &wanted, "manifest", err) ||
            !manifest_parse(check->arena, document, &wanted, manifest, err))
            return false;
        if (manifest->kind != MANIFEST_INDEX || manifest->count == 0)
            break;
        wanted = manifest->items[0].digest;
    }
    return true;
}

/* A blob as it is pulled, to its end: where there is a redirect, it is followed. */
static bool pull_one(struct check *check, struct error *err)
{
    struct manifest manifest;
    struct source *content = NULL;
    if (!read_manifest(check, &manifest, err))
        return false;
    bool has_config = digest_is_set(&manifest.config.digest) && manifest.config.data.size == 0;
    if (manifest.kind == MANIFEST_INDEX || (!has_config && manifest.count == 0))
        return true;
    const struct descriptor *blob = has_config ? &manifest.config : &manifest.items[0];
    if (!registry_blob(adapter_registry(check->connection.adapter), check->repository, blob, &content, err))
        return false;
    AUTO_SOURCE *closed = content;
    return source_drain(closed, err);
}

static bool check_steps(struct check *check, struct error *err)
{
    struct connection_report *report = check->report;
    report->step = CONNECTION_STEP_CONNECT;
    if (!registry_ping(adapter_registry(check->connection.adapter), err))
        return false;
    report->step = CONNECTION_STEP_LIST;
    if (!list_one(check, err))
        return false;
    if (check->repository.size == 0) {
        report->message = view_text("it has no repositories that could be read for a test");
        return true;
    }
    report->step = CONNECTION_STEP_TAGS;
    if (!tag_one(check, err))
        return error_wrap(err, "repository \"%.*s\"", VIEW_PRINT(check->repository));
    if (check->tag.size == 0) {
        report->message = arena_format(check->arena, "repository \"%.*s\" has no tags that could be pulled for a test",
            VIEW_PRINT(check->repository));
        return true;
    }
    report->step = CONNECTION_STEP_PULL;
    return pull_one(check, err) || error_wrap(err, "%.*s:%.*s", VIEW_PRINT(check->repository), VIEW_PRINT(check->tag));
}

static void check_done(struct check *check)
{
    connection_done(&check->connection);
}

/* Where the last request went, and how that host's clock stands. */
static void note_attempt(struct check *check, const struct http_attempt *attempt, int64_t now_ms)
{
    struct connection_report *report = check->report;
    report->host = arena_copy(check->arena, view_text(attempt->host));
    report->address = arena_copy(check->arena, view_text(attempt->address));
    int64_t skew_ms = attempt->date_ms == 0 ? 0 : attempt->date_ms - now_ms;
    report->skew_ms = skew_ms > 2000 || skew_ms < -2000 ? skew_ms : 0;
}

/* Where credentials may go from now on. */
static bool pin_token_host(
    struct check *check, const struct connection_setup *setup, int64_t organization, struct view who, struct error *err)
{
    const struct integration *integration = &check->connection.integration;
    bool is_refused;
    struct view host = registry_token_host(adapter_registry(check->connection.adapter), &is_refused);
    return host.size == 0 || integration->settings.token_host.size > 0 ||
           store_pin_token_host(setup->store, organization, integration, host, who, err);
}

void connection_check(const struct connection_setup *setup, struct arena *arena, int64_t organization,
    const struct integration *integration, struct view who, struct connection_report *report)
{
    static const struct http_attempt none;
    CLEANUP(check_done) struct check check = {.arena = arena, .report = report};
    struct error err;
    *report = (struct connection_report){.step = CONNECTION_STEP_SETTINGS};
    if (!connection_make(setup, arena, organization, integration, &check.connection, &err)) {
        report->cause = CONNECTION_CAUSE_OTHER;
        report->message = arena_copy(arena, view_text(err.message));
        return;
    }
    struct registry *registry = adapter_registry(check.connection.adapter);
    report->is_good = check_steps(&check, &err) && pin_token_host(&check, setup, organization, who, &err);
    const struct http_attempt *attempt = registry_last_attempt(registry);
    if (attempt == NULL)
        attempt = &none;
    note_attempt(&check, attempt, store_now_ms(setup->store));
    if (report->is_good) {
        report->step = CONNECTION_STEP_DONE;
        return;
    }
    bool has_credentials = check.connection.stored.fields.count > 0 || check.connection.login.is_found;
    bool is_other_token_host;
    report->cause = connection_cause_of(&err, attempt, report->step, has_credentials, report->skew_ms);
    (void)registry_token_host(registry, &is_other_token_host);
    if (is_other_token_host && err.code == ERROR_REFUSED)
        report->cause = CONNECTION_CAUSE_TOKEN_HOST;
    report->message = arena_copy(arena, view_text(err.message));
}
