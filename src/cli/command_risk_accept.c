/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "cli/document_file.h"
#include "store/accepted_risks.h"

/* Values that a document has under the same name. */
static const struct option options[] = {
    DATA_OPTION,
    {"description", "TEXT", "why, in words; needed with the reason Custom", false},
    {"expires", "DAY", "counts again from 00:00 UTC of this day", false},
    {"image", "NAME", "registry.example.com/team/app; \"*\" at its start or end", false},
    {"integration", "NAME", "of this connected registry", false},
    {"kind", "KIND", "not-vulnerable, temporary-ignore or wont-fix", false},
    {"name", "NAME", "what people call it", false},
    ORGANIZATION_OPTION,
    {"package", "NAME", "of this package", false},
    {"path", "PATH", "where it is recorded; \"*\" stands for any text", false},
    {"reason", "REASON", "RiskAvoided, RiskMitigated, RiskNotRelevant, RiskOwned, RiskTransferred or Custom", false},
    {"repository", "NAME", "team/app; \"*\" stands for any text", false},
    {"rule", "TYPE", "violations of this ruleType", false},
    {"tag", "TAG", "of this tag; \"*\" stands for any text", false},
    {"until-fixed", NULL, "counts again as soon as a fixed version exists", false},
    {"version", "VERSION", "of this version of the package", false},
    {"vulnerability", "ID", "an id or alias", false},
    OPTIONS_END,
};

/* What the options say, as a document, so that both are checked alike. */
static bool read_options(
    const struct command_call *call, struct arena *arena, struct accepted_risk *risk, struct error *err)
{
    AUTO_BUFFER text;
    AUTO_JSON *document = json_document_new();
    struct json_writer writer;
    struct document_problems problems;
    struct json root;
    buffer_init(&text, DOCUMENT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    for (const struct option *option = options; option->name != NULL; option++) {
        bool is_member = strcmp(option->name, "data") != 0 && strcmp(option->name, "org") != 0;
        if (!is_member || !call_has_option(call, option->name))
            continue;
        if (option->argument == NULL)
            json_pair_boolean(&writer, "until_fixed", true);
        else
            json_pair(&writer, option->name, call_option(call, option->name));
    }
    json_end_object(&writer);
    return buffer_check(&text, "accepted risk", err) &&
           json_parse(document, buffer_view(&text), DOCUMENT_BYTES_MAX, "accepted risk", &root, err) &&
           (accepted_risk_parse(arena, root, "", risk, &problems) || document_refuse(&problems, "accepted risk", err));
}

static bool read_file(
    struct arena *arena, const char *path, struct accepted_risk **risks, size_t *count, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct json root;
    struct view text;
    if (!document_file_read(arena, path, &text, err) ||
        !json_parse(document, text, DOCUMENT_JSON_BYTES_MAX, "list of accepted risks", &root, err))
        return false;
    return accepted_risks_parse(arena, root, risks, count, &problems) ||
           document_refuse(&problems, "accepted risks", err);
}

static bool read_risks(const struct command_call *call, struct arena *arena, struct accepted_risk **risks,
    size_t *count, struct error *err)
{
    struct view path = call_argument(call, 0);
    if (path.size > 0)
        return read_file(arena, arena_text(arena, path), risks, count, err);
    *risks = ARENA_NEW(arena, struct accepted_risk);
    *count = 1;
    return read_options(call, arena, *risks, err);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct accepted_risk *risks;
    struct accepted_risk_row *made;
    size_t count;
    if (!account_call_open(call, &account, err) || !read_risks(call, account.arena, &risks, &count, err) ||
        !store_accept_risks(
            account.store, account.arena, account.organization.id, risks, count, account.who, &made, err))
        return -1;
    for (size_t i = 0; i < count; i++)
        fprintf(call_output(call), "%s\n", made[i].uuid.text);
    return 0;
}

const struct command command_risk_accept = {
    .name = "risk accept",
    .arguments = "[FILE]",
    .summary = "Accept a risk: what it covers does not count any more",
    .details =
        "What and where the options say; what is not given matches everything. Or FILE holds a list of risks as JSON or\n"
        "YAML, as for \"scan --accept\". Prints the id of each. Images are named, never their digests: the acceptance\n"
        "survives a new build.",
    .options = options,
    .arguments_max = 1,
    .run = run,
};
