/* SPDX-License-Identifier: Apache-2.0 */
#include "report/remedy.h"

#include "advisory/cvss.h"
#include "advisory/ecosystem.h"
#include "advisory/provider.h"
#include "version/version.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *place;
    const char *command;
} remedies[] = {
#define REMEDY(type, place, command) [PACKAGE_##type] = {place, command},
#include "report/remedies.def"
#undef REMEDY
};
static_assert(sizeof(remedies) / sizeof(remedies[0]) == PACKAGE_TYPE_COUNT, "one remedy for each type of package");

const char *layer_origin_name(enum layer_origin origin)
{
    static const char *const names[ORIGIN_COUNT] = {
        [ORIGIN_UNKNOWN] = "unknown", [ORIGIN_BASE] = "base", [ORIGIN_OWN] = "own"};
    return names[origin];
}

/* Whether an advisory calls the version affected by an interval that ends. One without an end has no fixed version, and would
   rule out those that others know. */
static bool is_affected_at(
    const struct version_order *order, const struct finding_evidence *evidence, struct view version)
{
    bool is_from_start = evidence->introduced.size == 0 || view_is(evidence->introduced, "0");
    if (!is_from_start && order->compare(version, evidence->introduced) < 0)
        return false;
    if (evidence->fixed.size > 0)
        return order->compare(version, evidence->fixed) < 0;
    return evidence->last_affected.size > 0 && order->compare(version, evidence->last_affected) <= 0;
}

/* The versions are sorted; if each one is affected by what another advisory says, the last is the best that is known. */
static struct view smallest_fixed(const struct package *package, const struct finding *finding)
{
    const struct version_order *order = version_order_for_ecosystem(package->ecosystem);
    if (finding->fixed_version_count == 0)
        return view_text("");
    for (size_t i = 0; order != NULL && i < finding->fixed_version_count; i++) {
        bool is_affected = false;
        for (size_t k = 0; k < finding->evidence_count && !is_affected; k++)
            is_affected = is_affected_at(order, &finding->evidence[k], finding->fixed_versions[i]);
        if (!is_affected)
            return finding->fixed_versions[i];
    }
    return finding->fixed_versions[order == NULL ? 0 : finding->fixed_version_count - 1];
}

/* Names come from strangers: only what means nothing else to a shell goes into a command. */
static bool is_safe_word(struct view word)
{
    for (size_t i = 0; i < word.size; i++) {
        char byte = word.data[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
        if (!is_letter && strchr("@._+:/~^-", byte) == NULL)
            return false;
    }
    return word.size > 0 && word.data[0] != '-';
}

static const char *command_of(const struct package *package)
{
    struct view base = ecosystem_base(package->ecosystem);
    if (package->type == PACKAGE_RPM && (view_is(base, "SUSE") || view_is(base, "openSUSE")))
        return "zypper --non-interactive update %n && zypper clean --all";
    if (package->type == PACKAGE_RPM && (view_is(base, "Azure Linux") || view_is(base, "Photon OS")))
        return "tdnf update -y %n && tdnf clean all";
    return remedies[package->type].command;
}

static struct view fill_command(struct arena *arena, const char *pattern, struct view name, struct view version)
{
    struct view text = view_text("");
    if (!is_safe_word(name) || !is_safe_word(version))
        return text;
    for (struct view rest = view_text(pattern); rest.size > 0;) {
        struct view before = view_cut(&rest, '%');
        char word = rest.size > 0 ? rest.data[0] : '\0';
        struct view value = word == 'n' ? name : word == 'v' ? version : view_text("");
        rest = word == '\0' ? rest : view_from(rest, 1);
        text = arena_format(arena, "%.*s%.*s%.*s", VIEW_PRINT(text), VIEW_PRINT(before), VIEW_PRINT(value));
    }
    return text;
}

static const char *const state_texts[FIX_STATE_COUNT] = {
    [FIX_UNKNOWN] = "It is not known whether there is a fixed version.",
    [FIX_AVAILABLE] = "A fix exists, but not for everybody: see the evidence.",
    [FIX_NONE] = "There is no fixed version yet.",
    [FIX_WILL_NOT] = "There will be no fixed version for this release.",
    [FIX_DEFERRED] = "The fix has been put off.",
    [FIX_END_OF_LIFE] = "The release gets no updates any more: move to one that does.",
};

static void advise_without_fix(struct arena *arena, const struct remedy_question *question, struct remedy *remedy)
{
    const struct finding *finding = question->finding;
    remedy->change = arena_format(arena,
        "%s Remove %.*s if nothing needs it; else keep the vulnerable part from being reached, and accept the risk until a fix "
        "is available.",
        state_texts[finding->fix_state], VIEW_PRINT(question->package->name));
    remedy->command = fill_command(arena,
        "tidewaiter risk accept --vulnerability %n --package %v --reason RiskMitigated --until-fixed", finding->id,
        question->package->name);
}

/* What runs in a build of the image is a step of its Dockerfile. */
static struct view as_step(struct arena *arena, const struct package *package, struct view command)
{
    if (command.size == 0 || !package_type_is_system(package->type))
        return command;
    return arena_format(arena, "RUN %.*s", VIEW_PRINT(command));
}

static void advise_with_fix(struct arena *arena, const struct remedy_question *question, struct remedy *remedy)
{
    const struct package *package = question->package;
    struct view name = package->name;
    struct view version = remedy->fixed_version;
    bool is_system = package_type_is_system(package->type);
    struct view base = question->base.size > 0 ? arena_format(arena, "the base image %.*s", VIEW_PRINT(question->base))
                                               : view_text("the base image");
    remedy->command = as_step(arena, package, fill_command(arena, command_of(package), name, version));
    if (question->owner.size > 0 && !is_system) {
        remedy->change = arena_format(arena, "%.*s belongs to the distribution's package %.*s: update that.",
            VIEW_PRINT(name), VIEW_PRINT(question->owner));
        remedy->command = view_text("");
    } else if (question->origin == ORIGIN_BASE) {
        remedy->change =
            arena_format(arena, "%.*s comes with %.*s: build on a newer build of it, which has %.*s or later.%s",
                VIEW_PRINT(name), VIEW_PRINT(base), VIEW_PRINT(version),
                remedy->command.size > 0 && is_system ? " As long as there is none, update it behind FROM." : "");
        if (!is_system)
            remedy->command = view_text("");
    } else if (package->type == PACKAGE_GOLANG && view_is(name, "stdlib")) {
        remedy->change = arena_format(arena, "Build the program %.*s again with Go %.*s or later.",
            VIEW_PRINT(question->path), VIEW_PRINT(version));
        remedy->command = view_text("");
    } else if (is_system) {
        remedy->change = arena_format(arena,
            "Install %.*s %.*s or later%s: a build without cache that takes the newest packages does it.",
            VIEW_PRINT(name), VIEW_PRINT(version), question->origin == ORIGIN_OWN ? " in the step that brings it" : "");
    } else {
        remedy->change = arena_format(arena, "Raise %.*s to %.*s or later in %s, and build the image again.",
            VIEW_PRINT(name), VIEW_PRINT(version), remedies[package->type].place);
    }
}

void remedy_find(struct arena *arena, const struct remedy_question *question, struct remedy *remedy)
{
    *remedy = (struct remedy){.fixed_version = smallest_fixed(question->package, question->finding)};
    remedy->command = view_text("");
    if (remedy->fixed_version.size > 0)
        advise_with_fix(arena, question, remedy);
    else
        advise_without_fix(arena, question, remedy);
}

static struct view vector_reason(struct arena *arena, const struct finding *finding, const char *by)
{
    enum { SCORE_BYTES_MAX = 32 };
    struct severity_rating rating = {.score = view_text("")};
    struct cvss cvss;
    char score[SCORE_BYTES_MAX] = "";
    finding_newest_rating(finding, &rating);
    if (!cvss_parse(rating.score, &cvss))
        return arena_format(arena, "%s", by);
    snprintf(score, sizeof(score), "%d.%d", cvss.score / 10, cvss.score % 10);
    return arena_format(arena, "%s: %.*s, score %s%s%.*s", by, VIEW_PRINT(rating.score), score,
        rating.source.size > 0 ? ", by " : "", VIEW_PRINT(rating.source));
}

struct view severity_reason(struct arena *arena, const struct finding *finding)
{
    static const char *const none =
        "nobody rates it: neither an advisory nor the vulnerability's record has a severity";
    const char *source = finding->severity_source == NULL ? "none" : finding->severity_source;
    if (strcmp(source, "distribution") == 0)
        return view_text("the distribution's own rating of its package, which counts before all others");
    if (strcmp(source, "affected") == 0)
        return vector_reason(arena, finding, "the advisory's newest CVSS vector for this package");
    if (strcmp(source, "advisory") == 0)
        return vector_reason(arena, finding, "the advisory's newest CVSS vector");
    if (strcmp(source, "database") == 0)
        return view_text("the word of the advisory's database, which has no CVSS vector");
    if (strcmp(source, "none") == 0)
        return view_text(none);
    if (strcmp(source, FACTS_PROVIDER) == 0)
        return vector_reason(arena, finding, "no advisory rates it, so the newest CVSS vector of its record counts");
    return vector_reason(arena, finding, source);
}
