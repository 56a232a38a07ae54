/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_by_server.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/scan_target.h"
#include "cli/server_call.h"

#include <time.h>

#define BODY_BYTES_MAX (1024u * 1024) /* what the server accepts */
#define GAPS_MAX 1000
#define REASON_BYTES_MAX 1024
#define PAGES_MAX 10000

enum { LOOK_EVERY_MS = 300, WAIT_SECONDS_MAX = 3600 };

/* Those of a local scan have no place here: the server has advisories and policies of its own. */
static const char *const local_options[] = {"accept", "allow-gaps", "allow-stale", "fail-on-unattributed", "index",
    "max-feed-age", "new-since", "unknown-severity", "vex", NULL};

struct server_scan {
    struct command_call *call;
    struct arena *arena;
    struct server_call server;
    struct buffer out; /* reports */
    int status; /* of all platforms: failed over could not tell over passed */
};

static void server_scan_done(struct server_scan *scan)
{
    buffer_done(&scan->out);
    server_call_done(&scan->server);
    arena_free(scan->arena);
}

/* One image that is asked about: {"reference": …, "packages": […], "gaps": […]}. */
struct question {
    struct buffer body;
    struct json_writer writer;
};

static void begin_question(struct server_scan *scan, struct question *question, struct view reference)
{
    struct view value;
    buffer_init(&question->body, BODY_BYTES_MAX);
    json_writer_init(&question->writer, &question->body);
    json_begin_object(&question->writer);
    json_key(&question->writer, "data");
    json_begin_object(&question->writer);
    json_pair_text(&question->writer, "type", "package_scan");
    json_key(&question->writer, "attributes");
    json_begin_object(&question->writer);
    json_pair(&question->writer, "reference", reference);
    json_pair_optional(&question->writer, "format", call_option(scan->call, "format"));
    json_pair_optional(&question->writer, "fail_on", call_option(scan->call, "fail-on"));
    json_pair_boolean(&question->writer, "only_fixed", call_has_option(scan->call, "only-fixed"));
    json_key(&question->writer, "policies");
    json_begin_array(&question->writer);
    for (int i = 0; call_option_at(scan->call, "policy", i, &value); i++)
        json_write(&question->writer, value);
    json_end_array(&question->writer);
}

static void write_gap(struct question *question, const char *kind, struct view path, struct view reason)
{
    json_begin_object(&question->writer);
    json_pair_text(&question->writer, "kind", kind);
    json_pair(
        &question->writer, "path", view_slice(path, 0, path.size < REASON_BYTES_MAX ? path.size : REASON_BYTES_MAX));
    json_pair(&question->writer, "reason",
        view_slice(reason, 0, reason.size < REASON_BYTES_MAX ? reason.size : REASON_BYTES_MAX));
    json_end_object(&question->writer);
}

static int worse(int a, struct view verdict)
{
    if (view_is(verdict, verdict_name(VERDICT_FAILED)) || a == VERDICT_FAILED)
        return VERDICT_FAILED;
    return view_is(verdict, verdict_name(VERDICT_PASSED)) ? a : VERDICT_COULD_NOT_TELL;
}

static bool end_question(struct server_scan *scan, struct question *question, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct server_answer answer;
    json_end_object(&question->writer);
    json_end_object(&question->writer);
    json_end_object(&question->writer);
    bool is_asked =
        buffer_check(&question->body, "list of packages for the server", err) &&
        server_ask(&scan->server, document, view_text("package_scans"), buffer_view(&question->body), &answer, err);
    buffer_done(&question->body);
    if (!is_asked)
        return false;
    if (answer.status != 200)
        return error_set(err, ERROR_INVALID, "the server cannot judge this: %.*s", VIEW_PRINT(answer.detail));
    struct json attributes = json_member(answer.data, "attributes");
    buffer_append(&scan->out, json_member_string(attributes, "report"));
    scan->status = worse(scan->status, json_member_string(attributes, "verdict"));
    return true;
}

/* What a package of the distribution owns is left out where the distribution is known: its advisories decide for it. */
static bool ask_about_image(
    struct server_scan *scan, struct view reference, const struct scan_image *image, struct error *err)
{
    struct question question;
    const struct inventory *inventory = &image->inventory;
    const struct distro *distro = &inventory->distro;
    begin_question(scan, &question, reference);
    json_key(&question.writer, "packages");
    json_begin_array(&question.writer);
    for (size_t i = 0; i < inventory->package_count; i++) {
        const struct inventory_package *package = &inventory->packages[i];
        if (package->owner.size == 0 || !distro->is_known)
            json_write(&question.writer, distro_purl(scan->arena, distro, &package->package));
    }
    json_end_array(&question.writer);
    json_key(&question.writer, "gaps");
    json_begin_array(&question.writer);
    for (size_t i = 0; i < inventory->gaps.count && i < GAPS_MAX; i++)
        write_gap(&question, gap_kind_name(inventory->gaps.items[i].kind), inventory->gaps.items[i].path,
            inventory->gaps.items[i].reason);
    json_end_array(&question.writer);
    return end_question(scan, &question, err);
}

static bool scan_here(struct server_scan *scan, struct error *err)
{
    AUTO_SCAN_SESSION session = {0};
    struct view reference = call_argument(scan->call, 0);
    if (!scan_session_inventory(&session, scan->call, reference, err))
        return false;
    for (size_t i = 0; i < session.image_count; i++) {
        if (!ask_about_image(scan, reference, &session.images[i], err))
            return false;
    }
    return true;
}

/* Walks all pages of a list of the image. */
typedef void item_visitor(struct question *question, struct json attributes);
static bool each_item(
    struct server_scan *scan, struct question *question, struct view path, item_visitor *visit, struct error *err)
{
    for (int page = 0; page < PAGES_MAX && path.size > 0; page++) {
        AUTO_JSON *document = json_document_new();
        struct server_answer answer;
        if (!server_ask(&scan->server, document, path, view_text(""), &answer, err))
            return false;
        if (answer.status != 200)
            return error_set(err, ERROR_NOT_FOUND, "the server lacks the result: %.*s", VIEW_PRINT(answer.detail));
        for (struct json_iterator i = json_each(answer.data); json_next(&i);)
            visit(question, json_member(i.value, "attributes"));
        path = arena_copy(scan->arena, answer.next);
    }
    return true;
}

static void add_package(struct question *question, struct json attributes)
{
    struct view purl = json_member_string(attributes, "purl");
    if (purl.size > 0 && json_member_string(attributes, "owner").size == 0)
        json_write(&question->writer, purl);
}

static void add_gap(struct question *question, struct json attributes)
{
    struct view kind = json_member_string(attributes, "kind");
    enum gap_kind known;
    if (gap_kind_parse(kind, &known))
        write_gap(question, gap_kind_name(known), json_member_string(attributes, "path"),
            json_member_string(attributes, "reason"));
}

static bool ask_about_stored(struct server_scan *scan, struct view reference, struct view id, struct error *err)
{
    struct question question;
    begin_question(scan, &question, reference);
    json_key(&question.writer, "packages");
    json_begin_array(&question.writer);
    struct view path = arena_format(scan->arena, "images/%.*s/packages?limit=100", VIEW_PRINT(id));
    bool is_read = each_item(scan, &question, path, add_package, err);
    json_end_array(&question.writer);
    json_key(&question.writer, "gaps");
    json_begin_array(&question.writer);
    path = arena_format(scan->arena, "images/%.*s/gaps?limit=100", VIEW_PRINT(id));
    is_read = is_read && each_item(scan, &question, path, add_gap, err);
    json_end_array(&question.writer);
    if (is_read)
        return end_question(scan, &question, err);
    buffer_done(&question.body);
    return false;
}

/* Every platform of the image. */
static bool report_stored(struct server_scan *scan, struct view reference, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    AUTO_BUFFER path;
    struct server_answer answer;
    size_t count = 0;
    buffer_init(&path, 8 * 1024);
    buffer_append_text(&path, "images?limit=100&search=");
    url_append_encoded(&path, reference, "");
    if (!server_ask(&scan->server, document, buffer_view(&path), view_text(""), &answer, err))
        return false;
    for (struct json_iterator i = json_each(answer.data); json_next(&i);) {
        struct json attributes = json_member(i.value, "attributes");
        if (!view_equal(json_member_string(attributes, "reference"), reference) ||
            !view_is(json_member_string(attributes, "state"), "scanned"))
            continue;
        if (!ask_about_stored(scan, reference, json_member_string(i.value, "id"), err))
            return false;
        count++;
    }
    return count > 0 || error_set(err, ERROR_NOT_FOUND, "the server has no result for %.*s", VIEW_PRINT(reference));
}

/* To standard error, as it changes. */
static void show_state(struct json attributes, struct view *shown, struct arena *arena)
{
    struct view status = json_member_string(attributes, "status");
    if (view_equal(*shown, status))
        return;
    *shown = arena_copy(arena, status);
    AUTO_BUFFER text;
    buffer_init(&text, 4096);
    text_append_printable(&text, status);
    buffer_append_text(&text, "  ");
    text_append_printable(&text, json_member_string(attributes, "image"));
    buffer_append_byte(&text, '\n');
    fwrite(text.data, 1, text.size, stderr);
}

/* `*reference` is the image's name on the server. */
static bool wait_for_end(struct server_scan *scan, struct view id, struct view *reference, struct error *err)
{
    struct view shown = view_text("");
    struct view path = arena_format(scan->arena, "scan_requests/%.*s", VIEW_PRINT(id));
    for (int64_t waited_ms = 0; waited_ms < WAIT_SECONDS_MAX * INT64_C(1000); waited_ms += LOOK_EVERY_MS) {
        AUTO_JSON *document = json_document_new();
        struct server_answer answer;
        if (!server_ask(&scan->server, document, path, view_text(""), &answer, err))
            return false;
        struct json attributes = json_member(answer.data, "attributes");
        struct view status = json_member_string(attributes, "status");
        show_state(attributes, &shown, scan->arena);
        if (view_is(status, "failed") || view_is(status, "cancelled"))
            return error_set(err, ERROR_SERVER, "the scan on the server %s%s%.*s",
                view_is(status, "failed") ? "failed" : "was cancelled", view_is(status, "failed") ? ": " : "",
                VIEW_PRINT(json_member_string(attributes, "reason")));
        *reference = arena_copy(scan->arena, json_member_string(attributes, "image"));
        if (view_is(status, "done"))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
    }
    return error_set(err, ERROR_TIMEOUT, "no result after %d s", WAIT_SECONDS_MAX);
}

/* `*is_covered` is false if the server has no integration for the registry. */
static bool scan_there(struct server_scan *scan, bool *is_covered, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    AUTO_BUFFER body;
    struct json_writer writer;
    struct server_answer answer;
    struct view reference = view_text("");
    buffer_init(&body, 8 * 1024);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_key(&writer, "data");
    json_begin_object(&writer);
    json_pair_text(&writer, "type", "scan_request");
    json_key(&writer, "attributes");
    json_begin_object(&writer);
    json_pair(&writer, "image", call_argument(scan->call, 0));
    json_end_object(&writer);
    json_end_object(&writer);
    json_end_object(&writer);
    if (!buffer_check(&body, "request", err) ||
        !server_ask(&scan->server, document, view_text("scan_requests"), buffer_view(&body), &answer, err))
        return false;
    *is_covered = !view_is(answer.code, "registry-not-integrated");
    if (!*is_covered)
        return true;
    if (answer.status != 200 && answer.status != 201)
        return error_set(err, ERROR_INVALID, "the server does not scan this: %.*s", VIEW_PRINT(answer.detail));
    struct view id = arena_copy(scan->arena, json_member_string(answer.data, "id"));
    return wait_for_end(scan, id, &reference, err) && report_stored(scan, reference, err);
}

static bool check_options(const struct command_call *call, struct error *err)
{
    for (size_t i = 0; local_options[i] != NULL; i++) {
        if (call_has_option(call, local_options[i]))
            return error_set(
                err, ERROR_USAGE, "--%s is for scans without --server: the server judges by its own", local_options[i]);
    }
    return true;
}

int scan_by_server(struct command_call *call, struct error *err)
{
    CLEANUP(server_scan_done)
    struct server_scan scan = {.call = call, .arena = arena_new(), .status = VERDICT_PASSED};
    struct view target = call_argument(call, 0);
    bool is_covered = false;
    buffer_init(&scan.out, REPORT_BYTES_MAX);
    if (!check_options(call, err) || !server_call_open(&scan.server, call, call_option(call, "server"), err) ||
        (!scan_target_is_local(target) && !scan_there(&scan, &is_covered, err)) ||
        (!is_covered && !scan_here(&scan, err)) || !buffer_check(&scan.out, "report", err))
        return -1;
    if (call_has_option(call, "output"))
        return file_replace(call_option_text(call, "output"), buffer_view(&scan.out), err) ? scan.status : -1;
    fwrite(scan.out.data, 1, scan.out.size, call_output(call));
    return scan.status;
}
