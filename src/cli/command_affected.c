/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/lines.h"
#include "feed/osv_record.h"
#include "finding/rule.h"
#include "package/distro.h"

/* The type of a package URL that PURLType names; types that only OSV has by themselves are asked for by ecosystem. */
static struct view other_ecosystem(struct view purl_type)
{
    static const struct {
        const char *purl_type;
        const char *ecosystem;
    } rows[] = {{"githubactions", "GitHub Actions"}, {"opam", "opam"}, {"vscode", "VSCode"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (view_is(purl_type, rows[i].purl_type))
            return view_text(rows[i].ecosystem);
    }
    return view_of(NULL, 0);
}

static struct view ecosystem_of(struct arena *arena, struct json metadata, enum package_type type)
{
    struct distro distro = {
        .id = json_member_string(metadata, "OSID"),
        .version_id = json_member_string(metadata, "OSVersionID"),
        .version_codename = json_member_string(metadata, "OSVersionCodename"),
        .pretty_name = json_member_string(metadata, "OSPrettyName"),
        .cpe_name = json_member_string(metadata, "OSCPEName"),
        .is_known = true,
    };
    return distro_ecosystem(arena, &distro, type);
}

/* Source names where the distribution's advisories use them, epochs where they stand apart. */
static void read_package(struct arena *arena, struct json line, struct package *package)
{
    struct json metadata = json_member(line, "Metadata");
    struct view purl_type = json_member_string(line, "PURLType");
    int64_t epoch = 0;
    *package = (struct package){
        .type = PACKAGE_GENERIC,
        .name = json_member_string(line, "Name"),
        .version = json_member_string(line, "Version"),
        .ecosystem = other_ecosystem(purl_type),
    };
    if (package_type_parse(purl_type, &package->type))
        package->ecosystem = ecosystem_of(arena, metadata, package->type);
    package->source_name = json_member_string(metadata, package->type == PACKAGE_APK ? "OriginName" : "SourceName");
    if (json_integer(json_member(metadata, "Epoch"), &epoch) && epoch > 0 && package->type == PACKAGE_RPM)
        package->epoch = arena_format(arena, "%lld", (long long)epoch);
    if (package->type == PACKAGE_RPM) {
        package->source_rpm = json_member_string(metadata, "SourceRPM");
        package->modularity = json_member_string(metadata, "Modularity");
        package->vendor = json_member_string(metadata, "Vendor");
    }
}

/* As OSV says, a package without a version is affected by whatever names it. */
static size_t choose_queries(struct arena *arena, const struct package *package, struct query queries[QUERIES_MAX])
{
    struct package versioned = *package;
    if (package->version.size > 0)
        return query_choose(arena, package, queries);
    versioned.version = view_text("0");
    size_t count = query_choose(arena, &versioned, queries);
    for (size_t i = 0; i < count; i++)
        queries[i].question.version = view_of(NULL, 0);
    return count;
}

static enum applicability decide(
    struct arena *arena, const struct advisory *advisory, const struct package *package, int64_t now_ms)
{
    enum applicability answer = APPLIES_NO;
    struct query queries[QUERIES_MAX];
    size_t count = choose_queries(arena, package, queries);
    if (advisory->withdrawn_ms != 0 && advisory->withdrawn_ms <= now_ms)
        return APPLIES_NO;
    for (size_t i = 0; i < count * advisory->affected_count && answer != APPLIES_YES; i++) {
        const struct affected *affected = &advisory->affected[i / count];
        const struct query *query = &queries[i % count];
        struct applicability_result result;
        if (!view_equal(ecosystem_package_name(arena, query->ecosystem, affected->name), query->name))
            continue;
        enum match_rule rule = rule_for_package(package, query);
        if (rule == MATCH_AFFECTED)
            rule = rule_for_element(arena, package, query, affected, &result);
        if (rule == MATCH_AFFECTED || rule == MATCH_UNDECIDABLE)
            answer = rule == MATCH_AFFECTED ? APPLIES_YES : APPLIES_UNKNOWN;
    }
    return answer;
}

static bool answer_line(struct arena *arena, struct json_document *document, struct view line,
    enum applicability *answer, struct error *err)
{
    struct json root;
    struct advisory advisory;
    struct package package;
    if (!json_parse(document, line, JSON_BYTES_MAX, "line", &root, err) ||
        !osv_record_parse(arena, json_member(root, "osv"), &advisory, err))
        return false;
    if (json_member_string(json_member(root, "package"), "PURLType").size == 0)
        return error_set(err, ERROR_INVALID, "\"package\" has no \"PURLType\"");
    read_package(arena, json_member(root, "package"), &package);
    *answer = decide(arena, &advisory, &package, clock_system()->wall_ms(clock_system()));
    return true;
}

static void print_complaint(size_t line_number, const struct error *err)
{
    AUTO_BUFFER message;
    buffer_init(&message, 4 * ERROR_MESSAGE_MAX);
    text_append_printable(&message, view_text(err->message));
    fprintf(stderr, "tidewaiter: line %zu: %.*s\n", line_number, VIEW_PRINT(buffer_view(&message)));
}

static int run(struct command_call *call, struct error *err)
{
    static const char *const answers[] = {
        [APPLIES_NO] = "false",
        [APPLIES_YES] = "true",
        [APPLIES_UNKNOWN] = "unknown",
    };
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    AUTO_BUFFER line;
    int status = 0;
    size_t line_number = 0;
    enum line_result result;
    buffer_init(&line, JSON_BYTES_MAX);
    while ((result = line_read(stdin, &line, err)) == LINE_READ) {
        enum applicability answer = APPLIES_UNKNOWN;
        struct error complaint;
        arena_reset(arena);
        line_number++;
        if (!answer_line(arena, document, buffer_view(&line), &answer, &complaint)) {
            print_complaint(line_number, &complaint);
            status = error_exit_status(ERROR_INVALID);
        }
        fprintf(call_output(call), "%s\n", answers[answer]);
    }
    return result == LINE_END ? status : -1;
}

const struct command command_affected = {
    .name = "affected",
    .arguments = "",
    .summary = "Tell whether OSV records affect packages",
    .details =
        "Reads one JSON object a line from standard input, {\"osv\": RECORD, \"package\": {\"Name\", \"Version\",\n"
        "\"PURLType\", \"Metadata\": {\"OSID\", \"OSVersionID\", \"OSCPEName\", \"SourceName\", \"Epoch\" …}}}, and prints\n"
        "one line for each: \"true\", \"false\", or \"unknown\" if a version cannot be ordered. As OSV says, a package\n"
        "without a version is affected. A line that cannot be understood is \"unknown\", is explained on standard\n"
        "error, and makes the exit status 3.",
    .is_plumbing = true,
    .run = run,
};
