/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_gate.h"

#include "cli/document_file.h"
#include "image/reference.h"
#include "policy/predefined.h"
#include "registry/registry.h"
#include "store/vulnerability_policies.h"

#include <errno.h>
#include <unistd.h>

enum { FEED_AGE_DAYS = 7, DAY_MS = 24 * 3600 * 1000 };

void scan_gate_done(struct scan_gate *judged)
{
    scan_session_done(&judged->other);
    arena_free(judged->arena);
}

static bool read_threshold(const struct command_call *call, struct gate *gate, struct error *err)
{
    struct view fail_on = call_option(call, "fail-on");
    struct view unknown = call_option(call, "unknown-severity");
    struct view age = call_option(call, "max-feed-age");
    int64_t days = FEED_AGE_DAYS;
    *gate = (struct gate){.has_threshold = fail_on.size > 0,
        .only_fixed = call_has_option(call, "only-fixed"),
        .only_new = call_has_option(call, "new-since"),
        .allow_stale = call_has_option(call, "allow-stale"),
        .allow_gaps = call_has_option(call, "allow-gaps"),
        .fails_on_unattributed = call_has_option(call, "fail-on-unattributed"),
        .unknown_severity_is_set = unknown.size > 0,
        .unknown_severity_fails = view_is(unknown, "fail")};
    if (fail_on.size > 0 && (!severity_parse(fail_on, &gate->fail_on) || gate->fail_on == SEVERITY_UNKNOWN))
        return error_set(err, ERROR_USAGE, "--fail-on \"%.*s\" is none of negligible, low, medium, high, critical",
            VIEW_PRINT(fail_on));
    if (unknown.size > 0 && !view_is(unknown, "pass") && !view_is(unknown, "fail"))
        return error_set(err, ERROR_USAGE, "--unknown-severity is \"pass\" or \"fail\"");
    if (call_has_option(call, "max-feed-age") && (!view_to_integer(age, &days) || days > 36500))
        return error_set(err, ERROR_USAGE, "--max-feed-age is a number of days, at most 36500");
    gate->feed_age_max_ms = days * DAY_MS;
    return true;
}

/* Bundles by id: the program has the predefined ones, all others are a server's. */
static bool fill_bundles(struct arena *arena, struct vulnerability_policy *policy, struct error *err)
{
    for (size_t i = 0; i < policy->bundle_count; i++) {
        struct policy_bundle *bundle = &policy->bundles[i];
        const struct predefined_bundle *predefined = predefined_bundle_find(bundle->id);
        if (bundle->id.size == 0)
            continue;
        if (predefined == NULL)
            return error_set(err, ERROR_INVALID,
                "bundle \"%.*s\" is not one of the predefined ones: only the server that keeps it knows its rules; "
                "write them out in place of the id",
                VIEW_PRINT(bundle->id));
        if (!policy_bundle_parse_text(arena, predefined_bundle_document(arena, predefined), bundle, err))
            return false;
    }
    return true;
}

/* A policy that the server of this machine keeps, with its bundles written out. What is neither that nor a file: the error tells
   where it was looked for. */
static bool read_stored(struct scan_gate *judged, const struct command_call *call, const char *name,
    struct vulnerability_policy *policy, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct view document;
    if (!account_call_open(call, &account, err))
        return err->code == ERROR_NOT_FOUND
                   ? error_wrap(err,
                         "\"%s\" is no file, and there is no server's store to ask for a policy of that name", name)
                   : error_wrap(err, "\"%s\" is no file, and the server's store cannot be asked", name);
    if (store_resolve_policy(account.store, judged->arena, account.organization.id, view_text(name), &document, err))
        return vulnerability_policy_parse_text(judged->arena, document, policy, err);
    if (err->code != ERROR_NOT_FOUND)
        return false;
    return error_set(err, ERROR_NOT_FOUND,
        "\"%s\" is no file, and organization \"%.*s\" has no policy of that name: \"tidewaiter policy list\" tells which "
        "there are",
        name, VIEW_PRINT(account.organization.name));
}

static bool read_policy(struct scan_gate *judged, const struct command_call *call, struct view path,
    struct vulnerability_policy *policy, struct error *err)
{
    struct view text;
    const char *name = arena_text(judged->arena, path);
    if (strcmp(name, "-") != 0 && access(name, F_OK) != 0 && errno == ENOENT)
        return read_stored(judged, call, name, policy, err) || error_wrap(err, "policy");
    return (document_file_read(judged->arena, name, &text, err) &&
               vulnerability_policy_parse_text(judged->arena, text, policy, err) &&
               fill_bundles(judged->arena, policy, err)) ||
           error_wrap(err, "policy \"%s\"", name);
}

static bool read_policies(struct scan_gate *judged, const struct command_call *call, struct error *err)
{
    struct view path;
    const struct vulnerability_policy **policies =
        ARENA_ARRAY(judged->arena, const struct vulnerability_policy *, SCAN_POLICIES_MAX);
    for (int i = 0; call_option_at(call, "policy", i, &path); i++) {
        if (judged->gate.policy_count == SCAN_POLICIES_MAX)
            return error_set(err, ERROR_LIMIT, "more than %d policies", SCAN_POLICIES_MAX);
        struct vulnerability_policy *policy = ARENA_NEW(judged->arena, struct vulnerability_policy);
        if (!read_policy(judged, call, path, policy, err))
            return false;
        policies[judged->gate.policy_count++] = policy;
    }
    judged->gate.policies = policies;
    return true;
}

static bool read_risks_of(
    struct scan_gate *judged, const char *path, struct accepted_risk **risks, size_t *count, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct json root;
    struct view text;
    if (!document_file_read(judged->arena, path, &text, err) ||
        !json_parse(document, text, DOCUMENT_JSON_BYTES_MAX, "list of accepted risks", &root, err))
        return false;
    return accepted_risks_parse(judged->arena, root, risks, count, &problems) ||
           document_refuse(&problems, "accepted risks", err);
}

static bool read_risks(struct scan_gate *judged, const struct command_call *call, struct error *err)
{
    struct view path;
    for (int i = 0; call_option_at(call, "accept", i, &path); i++) {
        struct accepted_risk *risks;
        size_t count;
        const char *name = arena_text(judged->arena, path);
        if (!read_risks_of(judged, name, &risks, &count, err))
            return error_wrap(err, "accepted risks in \"%s\"", name);
        if (judged->risk_count + count > ACCEPTED_RISKS_MAX)
            return error_set(err, ERROR_LIMIT, "more than %d accepted risks", ACCEPTED_RISKS_MAX);
        struct accepted_risk *all = ARENA_ARRAY(judged->arena, struct accepted_risk, judged->risk_count + count);
        if (judged->risk_count > 0)
            memcpy(all, judged->risks, judged->risk_count * sizeof(*all));
        memcpy(all + judged->risk_count, risks, count * sizeof(*all));
        judged->risks = all;
        judged->risk_count += count;
    }
    return true;
}

bool scan_gate_read(struct scan_gate *judged, const struct command_call *call, struct error *err)
{
    judged->arena = arena_new();
    return read_threshold(call, &judged->gate, err) && read_policies(judged, call, err) &&
           read_risks(judged, call, err);
}

/* The image by its names; what is on disk has only the one that the user gave it. */
static bool find_place(struct arena *arena, struct view target, struct accepted_place *place, struct error *err)
{
    struct reference reference;
    bool is_plain_http;
    if (scan_target_is_local(target)) {
        place->image = target;
        return true;
    }
    registry_take_scheme(&target, &is_plain_http);
    if (!reference_parse(arena, target, &reference, err))
        return false;
    place->image = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(reference.host), VIEW_PRINT(reference.repository));
    place->repository = reference.repository;
    place->tag = reference.tag;
    return true;
}

/* The image of the same platform, or the only one. */
static const struct scan_image *find_counterpart(const struct scan_session *other, const struct scan_image *image)
{
    for (size_t i = 0; i < other->image_count; i++) {
        if (platform_matches(&other->images[i].config.platform, &image->config.platform))
            return &other->images[i];
    }
    return other->image_count == 1 ? &other->images[0] : NULL;
}

bool scan_gate_apply(struct scan_gate *judged, const struct command_call *call, struct scan_session *session,
    int64_t now_ms, struct error *err)
{
    struct accepted_place place = {.stage = STAGE_PIPELINE, .now_ms = now_ms};
    struct view since = call_option(call, "new-since");
    if (!find_place(session->arena, call_argument(call, 0), &place, err))
        return false;
    for (size_t i = 0; i < session->image_count && judged->risk_count > 0; i++)
        scan_accept(session->arena, judged->risks, judged->risk_count, &place, &session->images[i]);
    if (since.size == 0)
        return true;
    const struct scan_session_matching matching = {since, now_ms};
    if (!scan_session_inventory(&judged->other, call, since, err) ||
        !scan_session_match(&judged->other, call, &matching, err))
        return error_wrap(err, "image \"%.*s\" of --new-since", VIEW_PRINT(since));
    for (size_t i = 0; i < session->image_count; i++) {
        const struct scan_image *counterpart = find_counterpart(&judged->other, &session->images[i]);
        if (counterpart != NULL && counterpart->findings != NULL && session->images[i].findings != NULL)
            scan_mark_known(&session->images[i], counterpart);
    }
    return true;
}
