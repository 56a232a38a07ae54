/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation, asked by every role for what is its own, another organization's and deleted; and every write, for the
   audit event that it leaves. Two organizations have the same of everything. */
#include "tests/unit/store/results_fixture.h"

#include "api/api.h"
#include "api/router.h"
#include "base/file.h"
#include "store/accepted_risks.h"
#include "store/base_images.h"
#include "store/exports.h"
#include "store/import_jobs.h"
#include "store/import_policies.h"
#include "store/issues.h"
#include "store/organizations.h"
#include "store/projects.h"
#include "store/roles.h"
#include "store/scan_requests.h"
#include "store/service_accounts.h"
#include "store/teams.h"
#include "store/users.h"
#include "store/vex_documents.h"
#include "store/vulnerability_policies.h"

#include <assert.h>

#define NOBODY (-1)
#define POLICY_TEXT "{\"name\":\"all\",\"import_policy\":{\"name\":\"all\",\"type\":\"ImportAll\"}}"

static const char *const roles[] = {
#define ROLE(name, purpose, permissions) name,
#include "store/roles.def"
#undef ROLE
};
enum { ROLES = sizeof(roles) / sizeof(roles[0]) };

enum {
#define MATRIX(route, query, body, events, statuses) HAS_MATRIX_ROW_##route,
#include "tests/unit/api/permission_matrix.def"
#undef MATRIX
};

/* A route that is not declared here has no row in permission_matrix.def. */
#define ROUTE(name, method, pattern, permission, versions, parameters)                                                 \
    static_assert(HAS_MATRIX_ROW_##name >= 0, "each route has a row in permission_matrix.def");
#include "api/routes.def"
#undef ROUTE

static const struct matrix_row {
    const char *query;
    const char *body;
    int events;
    const char *statuses;
} matrix[ROUTE_COUNT] = {
#define MATRIX(route, query, body, events, statuses) [ROUTE_##route] = {query, body, events, statuses},
#include "tests/unit/api/permission_matrix.def"
#undef MATRIX
};

/* What stands in paths, by name. Those of a deleted integration went with it. */
enum whose { OWN, OTHER, DELETED, WHOSE_COUNT };
struct matrix_ids {
    struct uuid org_id;
    struct uuid integration_id;
    struct uuid job_id;
    struct uuid image_id;
    struct uuid sync_run_id;
    struct uuid target_id;
    struct uuid project_id;
    struct uuid deleted_project_id;
    struct uuid import_job_id;
    struct uuid issue_id;
    struct uuid scan_request_id;
    struct uuid user_id;
    struct uuid token_id;
    struct uuid serviceaccount_id;
    struct uuid team_id;
    struct uuid accepted_risk_id;
    struct uuid vex_document_id;
    struct uuid export_id;
    struct uuid custombaseimage_id;
    struct uuid rule_bundle_id;
    struct uuid vulnerability_policy_id;
    struct uuid role_id;
    struct digest image_digest;
};

struct organization_setup {
    struct matrix_ids ids;
    struct token tokens[ROLES];
};

struct matrix_fixture {
    struct fixture *store;
    struct organization_setup organizations[2];
    struct matrix_ids ids[WHOSE_COUNT];
    struct api api;
    struct api_metrics metrics;
    struct buffer template; /* the store's file, filled */
};

static struct uuid newest_image(struct fixture *fixture)
{
    size_t count = 0;
    struct image_row *rows = list_rows(fixture, (struct image_query){.page.limit = 10}, &count);
    assert_true(count > 0);
    return rows[0].uuid;
}

static struct uuid newest_run(struct fixture *fixture)
{
    struct error err;
    struct sync_run *runs = NULL;
    size_t count = 0;
    bool has_more;
    struct sync_run_query query = {.integration = fixture->integration.id, .page = {.limit = 10}};
    assert_ok(store_list_sync_runs(fixture->store, fixture->arena, fixture->account.organization, &query, &runs, &count,
                  &has_more, &err),
        &err);
    assert_true(count > 0);
    return runs[0].uuid;
}

/* The imported project, one that was deleted, and an import job. */
static void fill_projects(struct fixture *fixture, struct matrix_ids *ids)
{
    struct error err;
    struct project_row *rows = NULL;
    size_t count = 0;
    bool has_more;
    struct view name = view_text("a:1");
    struct project_query query = {.integration = fixture->integration.id, .page = {.limit = 10}};
    const struct import_job_new given = {
        .integration = &fixture->integration.uuid, .names = &name, .count = 1, .who = view_text("admin")};
    (void)import_tag(fixture, "deleted", 1, MANIFEST_IMAGE, IMPORT_QUEUED);
    assert_ok(store_list_projects(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                  &has_more, &err),
        &err);
    assert_int_equal(count, 2);
    ids->target_id = rows[0].target_uuid;
    ids->project_id = rows[0].uuid;
    ids->deleted_project_id = rows[1].uuid;
    assert_ok(
        store_delete_project(fixture->store, fixture->account.organization, &rows[1].uuid, view_text("admin"), &err),
        &err);
    assert_ok(
        store_new_import_job(fixture->store, fixture->account.organization, &given, &ids->import_job_id, &err), &err);
    fixture_execute(fixture, "UPDATE jobs SET state = 2, finished_ms = 1");
    const struct reference reference = {.repository = view_text("team/app"), .tag = view_text("2")};
    const struct scan_request_new scan_request = {
        .integration = &fixture->integration, .reference = &reference, .who = view_text("admin")};
    bool is_new;
    assert_ok(store_new_scan_request(
                  fixture->store, fixture->account.organization, &scan_request, &ids->scan_request_id, &is_new, &err),
        &err);
}

static struct uuid first_issue(struct fixture *fixture, const struct uuid *project)
{
    struct error err;
    struct issue_row *rows = NULL;
    size_t count = 0;
    bool has_more;
    const struct issue_query query = {.project = *project, .page = {.limit = 10}};
    assert_ok(store_list_issues(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                  &has_more, &err),
        &err);
    assert_true(count > 0);
    return rows[0].uuid;
}

/* An integration with a policy, a dry run that has ended, a sync run and a scanned image, in the fixture's organization. */
static struct matrix_ids fill_integration(struct fixture *fixture, const char *name, const char *tag, unsigned bits)
{
    struct error err;
    struct matrix_ids ids = {.org_id = fixture->account.organization_uuid};
    struct dry_run run;
    struct integration_new given = {.name = view_text(name),
        .type = view_text("oci"),
        .address = {.host = arena_format(fixture->arena, "%s.example", name), .path = view_text("")}};
    const struct import_policy_save policy = {.document = view_text(POLICY_TEXT),
        .schedule_ms = INT64_C(24) * 3600 * 1000,
        .is_replacement = true,
        .who = view_text("admin")};
    const struct service service = {.seed = 1, .generation = 1};
    assert_ok(store_add_integration(
                  fixture->store, fixture->arena, fixture->account.organization, &given, &fixture->integration, &err),
        &err);
    ids.integration_id = fixture->integration.uuid;
    assert_ok(store_begin_sync(fixture->store, fixture->account.organization, fixture->integration.id,
                  view_text("test"), NULL, &fixture->run, &err),
        &err);
    assert_ok(store_finish_sync(fixture->store, fixture->account.organization, fixture->run, &(struct sync_counts){0},
                  &(struct sync_end){.is_complete = true}, &err),
        &err);
    struct scan_task task = import_tag(fixture, tag, bits, MANIFEST_IMAGE, IMPORT_QUEUED);
    struct view sql = arena_format(
        fixture->arena, "SELECT id FROM repositories WHERE integration_id = %lld", (long long)fixture->integration.id);
    task.repository = fixture_count(fixture, arena_text(fixture->arena, sql));
    scan(fixture, &task, bits, &service);
    assert_ok(store_save_import_policy(
                  fixture->store, fixture->account.organization, &fixture->integration.uuid, &policy, &err),
        &err);
    assert_ok(store_new_dry_run(fixture->store, fixture->arena, fixture->account.organization,
                  &fixture->integration.uuid, &(struct dry_run_new){policy.document, policy.who}, &run, &err),
        &err);
    assert_ok(
        store_finish_dry_run(fixture->store, run.id, &(struct dry_run_end){.error = view_text("stopped")}, &err), &err);
    ids.job_id = run.uuid;
    ids.image_id = newest_image(fixture);
    ids.sync_run_id = newest_run(fixture);
    fill_projects(fixture, &ids);
    ids.issue_id = first_issue(fixture, &ids.project_id);
    char text[32];
    snprintf(text, sizeof(text), "image%u", bits);
    ids.image_digest = fixture_digest(text);
    return ids;
}

static void fill_accounts(struct fixture *fixture, const char *name, struct matrix_ids *ids)
{
    struct error err;
    struct token secret;
    struct user user;
    struct api_token token;
    struct service_account account;
    int64_t organization = fixture->account.organization;
    struct view label = view_text(name), viewer = view_text("viewer"), who = view_text("admin");
    struct team team;
    const struct team_new team_given = {.name = label, .who = who};
    struct role role;
    const struct role_new role_given = {.name = label, .purpose = view_text(""), .permissions = {2}, .who = who};
    assert_ok(store_add_user(fixture->store, fixture->arena, organization, &(struct user_new){label, viewer, who, 1000},
                  &secret, &user, &err),
        &err);
    assert_ok(store_new_api_token(fixture->store, fixture->arena, organization,
                  &(struct api_token_new){.name = label, .role = viewer, .who = who}, &secret, &token, &err),
        &err);
    assert_ok(store_add_service_account(fixture->store, fixture->arena, organization,
                  &(struct service_account_new){.name = label, .role = viewer, .who = who}, &secret, &account, &err),
        &err);
    assert_ok(store_add_team(fixture->store, fixture->arena, organization, &team_given, &team, &err), &err);
    ids->team_id = team.uuid;
    assert_ok(store_add_role(fixture->store, fixture->arena, organization, &role_given, &role, &err), &err);
    ids->role_id = role.uuid;
    ids->user_id = user.uuid;
    ids->token_id = token.uuid;
    ids->serviceaccount_id = account.uuid;
}

/* A finished export. */
static void fill_export(struct fixture *fixture, struct matrix_ids *ids)
{
    struct error err;
    struct export export;
    const struct export_new given = {
        view_text("{\"order\":{\"dataset\":\"issues\",\"formats\":[\"csv\"]}}"), view_text("admin")};
    assert_ok(
        store_new_export(fixture->store, fixture->arena, fixture->account.organization, &given, &export, &err), &err);
    assert_ok(store_finish_export(fixture->store, export.id, &(struct export_end){.rows = 0}, &err), &err);
    ids->export_id = export.uuid;
}

static void fill_base_image(struct fixture *fixture, struct matrix_ids *ids)
{
    struct error err;
    struct base_image made;
    const struct base_image_change given = {.project = ids->project_id, .has_recommended = true};
    assert_ok(store_add_base_image(fixture->store, fixture->arena, fixture->account.organization, &given,
                  view_text("admin"), &made, &err),
        &err);
    ids->custombaseimage_id = made.uuid;
}

/* An accepted risk, a bundle and a policy that does not have it. */
static void fill_policies(struct fixture *fixture, const char *name, struct matrix_ids *ids)
{
    struct error err;
    struct policy_row row;
    struct accepted_risk_row *made;
    struct vulnerability_policy policy;
    int64_t organization = fixture->account.organization;
    struct view who = view_text("admin");
    const struct accepted_risk risk = {.vulnerability = view_text("CVE-2026-1"),
        .repository = view_text("team/app"),
        .reason = ACCEPT_REASON_RISK_OWNED};
    struct view text = arena_format(fixture->arena,
        "{\"name\":\"%s\",\"bundles\":[{\"name\":\"%s\",\"rules\":[{\"ruleType\":"
        "\"imageConfigInstructionNotRecommended\"}]}]}",
        name, name);
    assert_ok(store_accept_risks(fixture->store, fixture->arena, organization, &risk, 1, who, &made, &err), &err);
    ids->accepted_risk_id = made->uuid;
    struct vex_document_row document;
    struct vex_claim claim = {.ids = view_text("CVE-2026-1"), .product = {.name = view_text(name)}};
    const struct vex_statements statements = {{"OpenVEX", view_text(name), view_text("a"), 1}, &claim, 1};
    assert_ok(store_import_vex(fixture->store, fixture->arena, organization, &statements, who, &document, &err), &err);
    ids->vex_document_id = document.uuid;
    fill_export(fixture, ids);
    assert_ok(vulnerability_policy_parse_text(fixture->arena, text, &policy, &err), &err);
    assert_ok(
        store_save_bundle(fixture->store, fixture->arena, organization, NULL, &policy.bundles[0], who, &row, &err),
        &err);
    ids->rule_bundle_id = row.uuid;
    assert_ok(store_save_policy(fixture->store, fixture->arena, organization, NULL, &policy, who, &row, &err), &err);
    ids->vulnerability_policy_id = row.uuid;
}

static void fill_organization(struct fixture *fixture, struct organization_setup *setup, unsigned bits)
{
    struct error err;
    struct api_token made;
    setup->ids = fill_integration(fixture, "registry", "v1", bits);
    fill_accounts(fixture, "someone", &setup->ids);
    fill_policies(fixture, "gate", &setup->ids);
    fill_base_image(fixture, &setup->ids);
    /* A run that still runs and holds deletions, though its job has ended, can be approved and cancelled. */
    fixture_execute(fixture, "UPDATE sync_runs SET state = 'running', finished_ms = 0");
    fixture_execute(fixture, "UPDATE import_policies SET held_run_id = (SELECT max(id) FROM sync_runs "
                             "WHERE sync_runs.integration_id = import_policies.integration_id)");
    fixture_execute(fixture,
        "INSERT INTO jobs (uuid, organization_id, kind, key, payload, state, lane, not_before_ms, attempt, recoveries, "
        "lease_owner, lease_until_ms, is_cancel_requested, error, created_ms, finished_ms) SELECT uuid, organization_id, "
        "'sync', '', '{}', 2, 1, 0, 1, 0, '', 0, 0, '', 0, 1 FROM sync_runs WHERE true ON CONFLICT (uuid) DO NOTHING");
    for (size_t i = 0; i < ROLES; i++) {
        const struct api_token_new given = {
            .name = view_text(roles[i]), .role = view_text(roles[i]), .who = view_text("admin")};
        assert_ok(store_new_api_token(fixture->store, fixture->arena, fixture->account.organization, &given,
                      &setup->tokens[i], &made, &err),
            &err);
    }
}

/* What was there in the first organization, and was removed with its integration. */
static struct matrix_ids fill_deleted(struct fixture *fixture)
{
    struct error err;
    struct integration removed;
    const struct integration_removal removal = {.keeps_projects = false, .who = view_text("admin")};
    struct matrix_ids ids = fill_integration(fixture, "gone", "v2", 6);
    int64_t organization = fixture->account.organization;
    fill_accounts(fixture, "gone", &ids);
    fill_policies(fixture, "gone", &ids);
    fill_base_image(fixture, &ids);
    assert_ok(store_revoke_accepted_risk(fixture->store, organization, &ids.accepted_risk_id, removal.who, &err), &err);
    assert_ok(store_delete_vex_document(fixture->store, organization, &ids.vex_document_id, removal.who, &err), &err);
    assert_ok(store_remove_base_image(fixture->store, organization, &ids.custombaseimage_id, removal.who, &err), &err);
    assert_ok(store_delete_bundle(fixture->store, fixture->arena, organization, &ids.rule_bundle_id, removal.who, &err),
        &err);
    assert_ok(
        store_delete_policy(fixture->store, fixture->arena, organization, view_text("gone"), removal.who, &err), &err);
    assert_ok(
        store_remove_user(fixture->store, fixture->arena, organization, view_text("gone"), removal.who, &err), &err);
    assert_ok(store_revoke_api_token(fixture->store, organization, view_text("gone"), removal.who, &err), &err);
    assert_ok(store_remove_service_account(
                  fixture->store, fixture->arena, organization, view_text("gone"), removal.who, &err),
        &err);
    assert_ok(
        store_remove_team(fixture->store, fixture->arena, organization, view_text("gone"), removal.who, &err), &err);
    assert_ok(
        store_remove_role(fixture->store, fixture->arena, organization, view_text("gone"), removal.who, &err), &err);
    char sql[128];
    snprintf(sql, sizeof(sql), "DELETE FROM exports WHERE uuid = '%s'", ids.export_id.text);
    fixture_execute(fixture, sql);
    uuid_new(&ids.org_id); /* organizations are not deleted: this one never was */
    assert_ok(store_remove_integration(fixture->store, fixture->arena, fixture->account.organization,
                  &fixture->integration.uuid, &removal, &removed, &err),
        &err);
    return ids;
}

static struct fixture *begin_store(void)
{
    void *state = NULL;
    assert_int_equal(fixture_begin(&state), 0);
    return state;
}

static void open_store(struct matrix_fixture *matrix_state)
{
    matrix_state->store->store = fixture_open_again(matrix_state->store);
    matrix_state->api.store = matrix_state->store->store;
}

static const char *store_path(const struct matrix_fixture *matrix_state)
{
    return strchr(matrix_state->store->address, ':') + 1;
}

static int begin(void **state)
{
    struct error err;
    struct matrix_fixture *made = calloc(1, sizeof(*made));
    struct organization other;
    struct fixture *fixture = begin_store();
    made->store = fixture;
    set_generation(fixture, 1);
    made->ids[DELETED] = fill_deleted(fixture);
    fill_organization(fixture, &made->organizations[0], 3);
    assert_ok(
        store_add_organization(fixture->store, fixture->arena, view_text("other"), view_text("admin"), &other, &err),
        &err);
    fixture->account.organization = other.id;
    fixture->account.organization_uuid = other.uuid;
    fill_organization(fixture, &made->organizations[1], 5);
    made->ids[OWN] = made->organizations[0].ids;
    made->ids[OTHER] = made->organizations[1].ids;
    made->api = (struct api){.store = fixture->store,
        .clock = &fixture->clock.clock,
        .hosts = {.is_loopback = true},
        .metrics = &made->metrics};
    store_close(fixture->store);
    buffer_init(&made->template, 64u << 20);
    assert_ok(file_read(store_path(made), &made->template, &err), &err);
    open_store(made);
    *state = made;
    return 0;
}

static int end(void **state)
{
    struct matrix_fixture *made = *state;
    void *store = made->store;
    int status = fixture_end(&store);
    buffer_done(&made->template);
    free(made);
    return status;
}

/* The store as it was filled. */
static void restore(struct matrix_fixture *fixture)
{
    struct error err;
    store_close(fixture->store->store);
    assert_ok(file_replace(store_path(fixture), buffer_view(&fixture->template), &err), &err);
    open_store(fixture);
}

struct asked {
    int route;
    const struct matrix_ids *ids; /* of what the path names behind the organization */
    const struct uuid *organization;
    const char *token; /* NULL = nobody's */
};

static struct view path_value(const struct asked *asked, struct arena *arena, struct view name, struct view kind)
{
    const struct {
        const char *name;
        struct view value;
    } known[] = {
        {"org_id", view_text(asked->organization->text)},
        {"integration_id", view_text(asked->ids->integration_id.text)},
        {"job_id", view_text(asked->ids->job_id.text)},
        {"accepted_risk_id", view_text(asked->ids->accepted_risk_id.text)},
        {"policy_id", view_text(asked->ids->accepted_risk_id.text)},
        {"vex_document_id", view_text(asked->ids->vex_document_id.text)},
        {"export_id", view_text(asked->ids->export_id.text)},
        {"until", view_text("1")},
        {"proof", view_text("unknown")},
        {"custombaseimage_id", view_text(asked->ids->custombaseimage_id.text)},
        {"rule_bundle_id", view_text(asked->ids->rule_bundle_id.text)},
        {"vulnerability", view_text("CVE-2026-1")},
        {"vulnerability_policy_id", view_text(asked->ids->vulnerability_policy_id.text)},
        {"sync_run_id", view_text(asked->ids->sync_run_id.text)},
        {"target_id", view_text(asked->ids->target_id.text)},
        {"project_id", view_text(asked->ids->project_id.text)},
        {"deleted_project_id", view_text(asked->ids->deleted_project_id.text)},
        {"import_job_id", view_text(asked->ids->import_job_id.text)},
        {"issue_id", view_text(asked->ids->issue_id.text)},
        {"scan_request_id", view_text(asked->ids->scan_request_id.text)},
        {"image_id",
            view_is(kind, "digest") ? digest_view(&asked->ids->image_digest) : view_text(asked->ids->image_id.text)},
        {"user_id", view_text(asked->ids->user_id.text)},
        {"token_id", view_text(asked->ids->token_id.text)},
        {"serviceaccount_id", view_text(asked->ids->serviceaccount_id.text)},
        {"team_id", view_text(asked->ids->team_id.text)},
        {"role_id", view_text(asked->ids->role_id.text)},
        {"version", view_text("2025-09-17")},
        {"type", view_text("oci")},
        {"secret", asked->route == ROUTE_admission_review_by_secret && asked->token != NULL ? view_text(asked->token)
                                                                                            : view_text("unknown")},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (view_is(name, known[i].name))
            return arena_copy(arena, known[i].value);
    }
    fail_msg("add \"%.*s\" to struct matrix_ids and to path_value", VIEW_PRINT(name));
    return view_text("");
}

static struct view make_target(const struct asked *asked, struct arena *arena)
{
    const struct route *route = &routes[asked->route];
    AUTO_BUFFER target;
    buffer_init(&target, REQUEST_TARGET_BYTES_MAX);
    struct view rest = view_from(view_text(route->pattern), 1);
    while (rest.size > 0) {
        struct view segment = view_cut(&rest, '/');
        buffer_append_byte(&target, '/');
        if (segment.data[0] == '{') {
            struct view kind = view_slice(segment, 1, segment.size - 2);
            struct view name = view_cut(&kind, ':');
            segment = path_value(asked, arena, name, kind);
        }
        buffer_append(&target, segment);
    }
    const char *query = matrix[asked->route].query;
    if (route->versions[0] != '\0')
        buffer_append_format(&target, "?version=2025-09-17%s%s", query[0] == '\0' ? "" : "&", query);
    else if (query[0] != '\0')
        buffer_append_format(&target, "?%s", query);
    return arena_copy(arena, buffer_view(&target));
}

/* The row's body with the id of an integration or a project that is asked about. */
static struct view make_body(const struct asked *asked, struct arena *arena)
{
    const struct {
        const char *mark;
        const char *id;
    } marks[] = {{"$INTEGRATION", asked->ids->integration_id.text}, {"$PROJECT", asked->ids->project_id.text}};
    const char *body = matrix[asked->route].body;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const char *found = strstr(body, marks[i].mark);
        if (found != NULL)
            return arena_format(
                arena, "%.*s%s%s", (int)(found - body), body, marks[i].id, found + strlen(marks[i].mark));
    }
    return view_text(body);
}

/* Asks, and gives the status; `*body` is the answer with every id as "ID". */
static int ask(struct matrix_fixture *fixture, const struct asked *asked, struct arena *arena, struct view *body)
{
    struct request request = {.api = &fixture->api,
        .arena = arena,
        .method = routes[asked->route].method,
        .target = make_target(asked, arena),
        .body = make_body(asked, arena),
        .now_ms = FIXTURE_NOW_MS};
    struct response response;
    request.headers[request.header_count++] = (struct api_header){view_text("Host"), view_text("localhost")};
    request.headers[request.header_count++] =
        (struct api_header){view_text("Content-Type"), view_text("application/vnd.api+json")};
    if (asked->token != NULL)
        request.headers[request.header_count++] =
            (struct api_header){view_text("Authorization"), arena_format(arena, "token %s", asked->token)};
    response_init(&response, arena);
    api_handle(&request, &response);
    AUTO_BUFFER shown;
    buffer_init(&shown, RESPONSE_BYTES_MAX);
    struct view text = response_body(&response);
    for (size_t i = 0; i < text.size; i++) {
        struct uuid uuid;
        struct digest digest;
        struct error err;
        if (i + UUID_TEXT_SIZE <= text.size && uuid_parse(view_slice(text, i, UUID_TEXT_SIZE), &uuid)) {
            buffer_append_text(&shown, "ID");
            i += UUID_TEXT_SIZE - 1;
        } else if (i + 71 <= text.size && digest_parse(view_slice(text, i, 71), &digest, &err)) {
            buffer_append_text(&shown, "DIGEST");
            i += 70;
        } else
            buffer_append_byte(&shown, text.data[i]);
    }
    *body = arena_copy(arena, buffer_view(&shown));
    response_done(&response);
    return response.status;
}

static int64_t count_events(struct matrix_fixture *fixture)
{
    return fixture_count(fixture->store, "SELECT count(*) FROM audit_events");
}

static const char *role_name(int role)
{
    return role == NOBODY ? "nobody" : roles[role];
}

static const char *token_of(const struct matrix_fixture *fixture, int organization, int role)
{
    return role == NOBODY ? NULL : fixture->organizations[organization].tokens[role].text;
}

static bool has_id_in_path(int route)
{
    return route != ROUTE_admission_review_by_secret && strstr(routes[route].pattern, "/{org_id}/") != NULL &&
           strchr(strstr(routes[route].pattern, "}/"), '{') != NULL;
}

static bool is_of_organization(int route)
{
    return strstr(routes[route].pattern, "{org_id}") != NULL;
}

static int expected_status(int route, int role)
{
    struct view rest = view_text(matrix[route].statuses);
    int64_t status = 0;
    for (int i = NOBODY; i < role; i++)
        view_cut(&rest, ' ');
    if (!view_to_integer(view_cut(&rest, ' '), &status))
        fail_msg("%s: permission_matrix.def has no status for %s", routes[route].name, role_name(role));
    return (int)status;
}

/* Prints what differs from the row, and gives how much does. */
static int check_own(struct matrix_fixture *fixture, int route, int role)
{
    AUTO_ARENA *arena = arena_new();
    struct view body;
    const struct asked asked = {route, &fixture->ids[OWN], &fixture->ids[OWN].org_id, token_of(fixture, 0, role)};
    int expected = expected_status(route, role);
    int64_t events = count_events(fixture);
    int status = ask(fixture, &asked, arena, &body);
    events = count_events(fixture) - events;
    int64_t expected_events = status < 400 ? matrix[route].events : 0;
    if (status != expected)
        print_error(
            "%s by %s: %d, not %d: %.*s\n", routes[route].name, role_name(role), status, expected, VIEW_PRINT(body));
    if (events != expected_events)
        print_error("%s by %s: %lld audit events, not %lld\n", routes[route].name, role_name(role), (long long)events,
            (long long)expected_events);
    if (status < 400 && routes[route].method != METHOD_GET)
        restore(fixture);
    return (status != expected) + (events != expected_events);
}

static void each_role_may_do_what_its_row_says(void **state)
{
    int differences = 0;
    for (int route = 0; route < ROUTE_COUNT; route++) {
        for (int role = NOBODY; role < ROLES; role++)
            differences += check_own(*state, route, role);
    }
    assert_int_equal(differences, 0);
}

/* In one's own organization another's id, and in another's organization everything, is as if it had been deleted. */
static void what_is_anothers_looks_deleted(void **state)
{
    struct matrix_fixture *fixture = *state;
    for (int route = 0; route < ROUTE_COUNT; route++) {
        for (int role = NOBODY; role < ROLES && is_of_organization(route); role++) {
            AUTO_ARENA *arena = arena_new();
            struct view bodies[WHOSE_COUNT];
            const char *token = token_of(fixture, 0, role);
            int64_t events = count_events(fixture);
            int statuses[WHOSE_COUNT];
            for (int whose = OTHER; whose <= DELETED; whose++) {
                const struct asked foreign = {route, &fixture->ids[OTHER], &fixture->ids[whose].org_id, token};
                statuses[whose] = ask(fixture, &foreign, arena, &bodies[whose]);
            }
            assert_int_equal(statuses[OTHER], role == NOBODY ? 401 : 404);
            assert_int_equal(statuses[DELETED], statuses[OTHER]);
            assert_true(view_equal(bodies[OTHER], bodies[DELETED]));
            for (int whose = OTHER; whose <= DELETED && has_id_in_path(route); whose++) {
                const struct asked inside = {route, &fixture->ids[whose], &fixture->ids[OWN].org_id, token};
                statuses[whose] = ask(fixture, &inside, arena, &bodies[whose]);
                int own = expected_status(route, role);
                if (statuses[whose] != (own < 400 ? 404 : own))
                    fail_msg("%s of %d by %s: %d: %.*s", routes[route].name, whose, role_name(role), statuses[whose],
                        VIEW_PRINT(bodies[whose]));
            }
            if (!view_equal(bodies[OTHER], bodies[DELETED]))
                fail_msg("%s by %s: %.*s\n%.*s", routes[route].name, role_name(role), VIEW_PRINT(bodies[OTHER]),
                    VIEW_PRINT(bodies[DELETED]));
            assert_int_equal(count_events(fixture), events);
        }
    }
}

/* What is refused reads the same in both organizations, but for ids. */
static void refusals_are_the_same_everywhere(void **state)
{
    struct matrix_fixture *fixture = *state;
    size_t compared = 0;
    for (int route = 0; route < ROUTE_COUNT; route++) {
        for (int role = 0; role < ROLES && is_of_organization(route); role++) {
            AUTO_ARENA *arena = arena_new();
            struct view bodies[2];
            if (expected_status(route, role) < 400)
                continue;
            for (int i = 0; i < 2; i++) {
                const struct organization_setup *setup = &fixture->organizations[i];
                const struct asked asked = {route, &setup->ids, &setup->ids.org_id, token_of(fixture, i, role)};
                assert_int_equal(ask(fixture, &asked, arena, &bodies[i]), expected_status(route, role));
            }
            assert_true(view_equal(bodies[0], bodies[1]));
            compared++;
        }
    }
    assert_true(compared > 20);
}

static const struct {
    const char *reach, *why;
} limits[ROUTE_COUNT] = {
#define TEAM_ROUTE(route, how, why) [ROUTE_##route] = {#how, why},
#include "api/team_routes.def"
#undef TEAM_ROUTE
};

/* An administrator's token that is limited to a new team. */
static struct token limited_token(struct fixture *store, const char *name, const char *expression)
{
    struct error err;
    struct team team;
    struct token secret;
    struct api_token made;
    int64_t organization = 1; /* the first one: that of ids[OWN] */
    const struct team_new team_given = {
        .name = view_text(name), .patterns = {.expressions = view_text(expression)}, .who = view_text("admin")};
    const struct api_token_new given = {
        .name = view_text(name), .role = view_text("admin"), .who = view_text("admin"), .team = view_text(name)};
    assert_ok(store_add_team(store->store, store->arena, organization, &team_given, &team, &err), &err);
    assert_ok(store_new_api_token(store->store, store->arena, organization, &given, &secret, &made, &err), &err);
    return secret;
}

static bool reaches(int route, const char *reach)
{
    return strcmp(limits[route].reach, reach) == 0;
}

/* What is no team's, and another team's repository, is not there; nothing is made for another team. */
static int limited_status(int route, bool is_owner)
{
    int own = expected_status(route, 0);
    bool is_read = routes[route].method == METHOD_GET;
    if (limits[route].reach == NULL)
        fail_msg("%s has no row in team_routes.def", routes[route].name);
    if (reaches(route, "CLOSED") != (limits[route].why[0] != '\0'))
        fail_msg("%s: what is closed says why, nothing else does", routes[route].name);
    if (reaches(route, "CLOSED"))
        return is_read ? 404 : 403;
    if (is_owner || reaches(route, "OPEN") || reaches(route, "FILTERED"))
        return own;
    return reaches(route, "CHECKED") && routes[route].method == METHOD_POST ? 403 : 404;
}

static void limited_callers_reach_only_what_their_teams_own(void **state)
{
    struct matrix_fixture *fixture = *state;
    for (int is_owner = 0; is_owner < 2; is_owner++) {
        int differences = 0;
        struct token token = limited_token(fixture->store, "limited", is_owner ? "." : "^nothing$");
        struct buffer unlimited = fixture->template;
        buffer_init(&fixture->template, 64u << 20);
        struct error err;
        store_close(fixture->store->store);
        assert_ok(file_read(store_path(fixture), &fixture->template, &err), &err);
        open_store(fixture);
        for (int route = 0; route < ROUTE_COUNT; route++) {
            AUTO_ARENA *arena = arena_new();
            struct view body;
            const struct asked asked = {route, &fixture->ids[OWN], &fixture->ids[OWN].org_id, token.text};
            if (!is_of_organization(route))
                continue;
            int expected = limited_status(route, is_owner), status = ask(fixture, &asked, arena, &body);
            if (status != expected)
                print_error("%s by %s: %d, not %d: %.*s\n", routes[route].name, is_owner ? "the owner" : "others",
                    status, expected, VIEW_PRINT(body));
            differences += status != expected;
            if (!is_owner && reaches(route, "FILTERED"))
                assert_true(view_find_text(body, view_text("\"data\":[]")) < body.size);
            if (status < 400 && routes[route].method != METHOD_GET)
                restore(fixture);
        }
        assert_int_equal(differences, 0);
        buffer_done(&fixture->template);
        fixture->template = unlimited;
        restore(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_may_do_what_its_row_says),
        cmocka_unit_test(what_is_anothers_looks_deleted),
        cmocka_unit_test(refusals_are_the_same_everywhere),
        cmocka_unit_test(limited_callers_reach_only_what_their_teams_own),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
