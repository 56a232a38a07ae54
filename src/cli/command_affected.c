/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/lines.h"
#include "feed/osv_record.h"
#include "package/distro.h"

/* A package as the line describes it. */
struct question {
    struct view ecosystem;
    struct view name;
    struct view version;
};

/* Language packages: the type of a package URL and OSV's name of the ecosystem. */
static struct view language_ecosystem(struct view purl_type)
{
    static const struct {
        const char *purl_type;
        const char *ecosystem;
    } rows[] = {
        {"bitnami", "Bitnami"},
        {"cargo", "crates.io"},
        {"composer", "Packagist"},
        {"conan", "ConanCenter"},
        {"cran", "CRAN"},
        {"gem", "RubyGems"},
        {"githubactions", "GitHub Actions"},
        {"golang", "Go"},
        {"hackage", "Hackage"},
        {"hex", "Hex"},
        {"julia", "Julia"},
        {"maven", "Maven"},
        {"npm", "npm"},
        {"nuget", "NuGet"},
        {"pub", "Pub"},
        {"pypi", "PyPI"},
        {"swift", "SwiftURL"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (view_is(purl_type, rows[i].purl_type))
            return view_text(rows[i].ecosystem);
    }
    return view_of(NULL, 0);
}

static struct view system_ecosystem(struct arena *arena, struct json metadata, enum package_type type)
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
static void read_question(struct arena *arena, struct json package, struct question *question)
{
    static const struct {
        const char *purl_type;
        enum package_type type;
        const char *source_name;
    } systems[] = {{"apk", PACKAGE_APK, "OriginName"}, {"deb", PACKAGE_DEB, "SourceName"}, {"rpm", PACKAGE_RPM, NULL}};
    struct json metadata = json_member(package, "Metadata");
    struct view purl_type = json_member_string(package, "PURLType");
    int64_t epoch = 0;
    question->name = json_member_string(package, "Name");
    question->version = json_member_string(package, "Version");
    question->ecosystem = language_ecosystem(purl_type);
    for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
        if (!view_is(purl_type, systems[i].purl_type))
            continue;
        question->ecosystem = system_ecosystem(arena, metadata, systems[i].type);
        if (systems[i].source_name != NULL && json_member_string(metadata, systems[i].source_name).size > 0)
            question->name = json_member_string(metadata, systems[i].source_name);
    }
    if (json_integer(json_member(metadata, "Epoch"), &epoch) && epoch > 0 && question->version.size > 0)
        question->version = arena_format(arena, "%lld:%.*s", (long long)epoch, VIEW_PRINT(question->version));
}

static enum applicability decide(
    struct arena *arena, const struct advisory *advisory, const struct question *question, int64_t now_ms)
{
    enum applicability answer = APPLIES_NO;
    if (advisory->withdrawn_ms != 0 && advisory->withdrawn_ms <= now_ms)
        return APPLIES_NO;
    for (size_t i = 0; i < advisory->affected_count && answer != APPLIES_YES; i++) {
        const struct affected *affected = &advisory->affected[i];
        struct applicability_result result;
        if (!view_equal(affected->name, question->name) || !ecosystem_matches(affected->ecosystem, question->ecosystem))
            continue;
        affected_evaluate(arena, affected, question->ecosystem, question->version, &result);
        if (result.applies != APPLIES_NO)
            answer = result.applies;
    }
    return answer;
}

static bool answer_line(struct arena *arena, struct json_document *document, struct view line,
    enum applicability *answer, struct error *err)
{
    struct json root;
    struct advisory advisory;
    struct question question;
    if (!json_parse(document, line, JSON_BYTES_MAX, "line", &root, err) ||
        !osv_record_parse(arena, json_member(root, "osv"), &advisory, err))
        return false;
    if (json_member_string(json_member(root, "package"), "PURLType").size == 0)
        return error_set(err, ERROR_INVALID, "\"package\" has no \"PURLType\"");
    read_question(arena, json_member(root, "package"), &question);
    *answer = decide(arena, &advisory, &question, clock_system()->wall_ms(clock_system()));
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
