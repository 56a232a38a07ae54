/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_target.h"

#include "base/text.h"
#include "daemon/data_dir.h"
#include "finding/explain.h"
#include "store/accounts.h"
#include "store/images.h"

#include <string.h>

enum { OUTPUT_BYTES_MAX = 64 << 20, ROWS_MAX = 100 };

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"scan", NULL, "scan the image now instead of asking the store", false},
    SCAN_VEX_OPTION,
    SCAN_INDEX_OPTIONS,
    SCAN_TARGET_OPTIONS,
    OPTIONS_END,
};

/* One finding with its place, from the store or from a scan. */
struct explained {
    const struct package *package;
    const struct finding *finding;
    const struct view *paths;
    size_t path_count;
    struct view layer;
};

static void line(struct buffer *out, const char *label, struct view value)
{
    if (value.size == 0)
        return;
    buffer_append_format(out, "  %-15s", label);
    text_append_printable(out, value);
    buffer_append_byte(out, '\n');
}

static struct view interval_text(struct arena *arena, const struct finding_evidence *evidence)
{
    if (evidence->is_listed)
        return arena_format(arena, "version %.*s is listed by name", VIEW_PRINT(evidence->version));
    bool is_from_start = evidence->introduced.size == 0 || view_is(evidence->introduced, "0");
    struct view from = is_from_start ? view_text("all versions")
                                     : arena_format(arena, "versions from %.*s on", VIEW_PRINT(evidence->introduced));
    if (evidence->fixed.size > 0)
        return arena_format(arena, "%.*s before %.*s", VIEW_PRINT(from), VIEW_PRINT(evidence->fixed));
    if (evidence->last_affected.size > 0)
        return arena_format(arena, "%.*s up to and with %.*s", VIEW_PRINT(from), VIEW_PRINT(evidence->last_affected));
    return arena_format(arena, "%.*s; no fixed version is known", VIEW_PRINT(from));
}

static void write_evidence(struct buffer *out, struct arena *arena, const struct finding_evidence *evidence)
{
    char modified[TIME_TEXT_SIZE];
    time_format(evidence->modified_ms, modified);
    line(out, "advisory:",
        arena_format(arena, "%.*s, feed %s, modified %s", VIEW_PRINT(evidence->advisory), evidence->feed, modified));
    line(out, "affects:",
        arena_format(arena, "%.*s in %.*s: %.*s", VIEW_PRINT(evidence->name), VIEW_PRINT(evidence->ecosystem),
            VIEW_PRINT(interval_text(arena, evidence))));
    line(out, "compared:",
        arena_format(arena, "%.*s, in the order of %s", VIEW_PRINT(evidence->version),
            evidence->order == NULL ? "names" : evidence->order));
}

static struct view join(struct arena *arena, const struct view *items, size_t count)
{
    struct view joined = view_text("");
    for (size_t i = 0; i < count; i++)
        joined = arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(joined), i == 0 ? "" : ", ", VIEW_PRINT(items[i]));
    return joined;
}

static void write_facts(struct buffer *out, struct arena *arena, const struct vulnerability_facts *facts)
{
    char date[TIME_TEXT_SIZE], due[TIME_TEXT_SIZE];
    if (facts == NULL)
        return;
    for (size_t i = 0; i < facts->rating_count; i++)
        line(out, "rating of NVD:",
            arena_format(arena, "%.*s %.*s", VIEW_PRINT(facts->ratings[i].type), VIEW_PRINT(facts->ratings[i].score)));
    time_format(facts->kev_added_ms, date);
    time_format(facts->kev_due_ms, due);
    if (facts->is_known_exploited)
        line(out, "exploited:",
            arena_format(arena, "known to be, in CISA's list since %.10s%s%.10s%s", date,
                facts->kev_due_ms != 0 ? ", to be fixed by " : "", facts->kev_due_ms != 0 ? due : "",
                facts->is_used_by_ransomware ? ", used by ransomware" : ""));
    for (size_t i = 0; i < facts->exploit_count; i++)
        line(out, "exploit:",
            arena_format(
                arena, "%.*s %.*s", VIEW_PRINT(facts->exploits[i].source), VIEW_PRINT(facts->exploits[i].reference)));
    time_format(facts->epss_date_ms, date);
    if (facts->has_epss)
        line(out, "EPSS:",
            arena_format(arena, "%.2f %% likely to be exploited within 30 days, higher than %.1f %% of all%s%.10s",
                facts->epss_score * 100, facts->epss_percentile * 100, facts->epss_date_ms != 0 ? ", of " : "",
                facts->epss_date_ms != 0 ? date : ""));
}

static struct view vex_text_of(struct arena *arena, const struct finding_vex *vex)
{
    char time[TIME_TEXT_SIZE];
    time_format(vex->time_ms, time);
    return arena_format(arena, "%s, says document \"%.*s\" of %.*s, %s%s%.*s", vex->status, VIEW_PRINT(vex->document),
        VIEW_PRINT(vex->author), time, vex->statement.size > 0 ? ": " : "", VIEW_PRINT(vex->statement));
}

static void write_finding(struct buffer *out, struct arena *arena, const struct explained *explained)
{
    const struct package *package = explained->package;
    const struct finding *finding = explained->finding;
    buffer_append_byte(out, '\n');
    text_append_printable(out, finding->id);
    buffer_append_text(out, " in ");
    text_append_printable(out, package->name);
    buffer_append_byte(out, ' ');
    text_append_printable(out, package->version);
    buffer_append_byte(out, '\n');
    bool is_rated = finding->severity_source != NULL && strcmp(finding->severity_source, "none") != 0;
    line(out, "severity:",
        arena_format(arena, "%s%s%s", severity_name(finding->severity), is_rated ? ", from " : "",
            is_rated ? finding->severity_source : ""));
    for (size_t i = 0; i < finding->rating_count; i++)
        line(out, "rating:",
            arena_format(
                arena, "%.*s %.*s", VIEW_PRINT(finding->ratings[i].type), VIEW_PRINT(finding->ratings[i].score)));
    write_facts(out, arena, finding->facts);
    line(out, "fix:",
        finding->fixed_version_count == 0 ? view_text(fix_state_name(finding->fix_state))
                                          : join(arena, finding->fixed_versions, finding->fixed_version_count));
    if (finding->vex != NULL)
        line(out, "VEX:", vex_text_of(arena, finding->vex));
    line(out, "package:",
        arena_format(arena, "%.*s %.*s (%s)%s%.*s%s%.*s", VIEW_PRINT(package->name), VIEW_PRINT(package->version),
            package_type_name(package->type), package->source_name.size > 0 ? ", source " : "",
            VIEW_PRINT(package->source_name), package->source_name.size > 0 ? " " : "",
            VIEW_PRINT(package->source_version)));
    line(out, "recorded in:", join(arena, explained->paths, explained->path_count));
    line(out, "layer:", explained->layer);
    line(out, "also known as:", join(arena, finding->aliases, finding->alias_count));
    line(out, "summary:", finding->summary);
    for (size_t i = 0; i < finding->evidence_count; i++)
        write_evidence(out, arena, &finding->evidence[i]);
}

/* One package that an advisory about the vulnerability names, and why it does not count. */
static void write_candidate(
    struct buffer *out, struct arena *arena, const struct package *package, const struct match_candidate *candidate)
{
    char modified[TIME_TEXT_SIZE];
    time_format(candidate->modified_ms, modified);
    buffer_append_text(out, "\n  not in ");
    text_append_printable(out, package->name);
    buffer_append_byte(out, ' ');
    text_append_printable(out, package->version);
    buffer_append_format(out, ": %s\n", match_rule_reason(candidate->rule));
    line(out, "rule:", view_text(match_rule_name(candidate->rule)));
    line(out, "advisory:",
        arena_format(arena, "%.*s, feed %s, modified %s", VIEW_PRINT(candidate->advisory), candidate->feed, modified));
    line(out, "affects:",
        arena_format(arena, "%.*s in %.*s: %.*s", VIEW_PRINT(candidate->name), VIEW_PRINT(candidate->ecosystem),
            VIEW_PRINT(candidate->ranges)));
    bool is_ordered = candidate->order != NULL && candidate->order[0] != '\0';
    line(out, "compared:",
        arena_format(arena, "%.*s%s%s", VIEW_PRINT(candidate->version), is_ordered ? ", in the order of " : "",
            is_ordered ? candidate->order : ""));
}

/* What the advisories have to say of a package that the vulnerability is not reported for. */
static bool write_rejections(struct buffer *out, struct arena *arena, const struct lookup *lookup,
    const struct package *package, struct view vulnerability, struct error *err)
{
    struct match_candidate *candidates = NULL;
    size_t count = 0;
    struct match_question question = {package, clock_system()->wall_ms(clock_system()), true};
    if (lookup == NULL)
        return true;
    if (!match_explain(arena, lookup, &question, vulnerability, &candidates, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].rule != MATCH_AFFECTED)
            write_candidate(out, arena, package, &candidates[i]);
    }
    return true;
}

static void write_absence(struct buffer *out, struct arena *arena, struct view vulnerability,
    const struct view *ecosystems, size_t ecosystem_count, const struct feed_state *feeds, size_t feed_count,
    const struct gap_list *gaps)
{
    buffer_append_byte(out, '\n');
    text_append_printable(out, vulnerability);
    buffer_append_text(
        out, " is not reported: no advisory that we have says that it affects a package of this image\n");
    line(out, "packages of:", join(arena, ecosystems, ecosystem_count));
    for (size_t i = 0; i < feed_count; i++) {
        char date[TIME_TEXT_SIZE];
        time_format(feeds[i].date_ms, date);
        line(out, "asked:",
            arena_format(arena, "%.*s of %.10s, %llu records%s", VIEW_PRINT(feeds[i].name), date,
                (unsigned long long)feeds[i].records, feeds[i].is_complete ? "" : ", not complete"));
    }
    for (size_t i = 0; i < gaps->count; i++)
        line(out, "gap:",
            arena_format(arena, "%s %.*s: %.*s", gap_kind_name(gaps->items[i].kind), VIEW_PRINT(gaps->items[i].path),
                VIEW_PRINT(gaps->items[i].reason)));
}

/* The rejections for all packages of a stored image, by the advisories of the server's own index. */
static bool reject_stored(struct store *store, const struct command_call *call, const struct image_row *row,
    int64_t organization, struct buffer *out, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_INDEX *index = NULL;
    const char *directory;
    struct package_query query = {.page.limit = ROWS_MAX};
    struct package_row *rows;
    size_t count, total;
    bool has_more = true;
    if (!data_dir_find(arena, call_option_text(call, "data"), &directory, err))
        return false;
    const char *folder = call_option_text(call, "index");
    if (!index_open(folder == NULL ? data_dir_index(arena, directory) : folder, &index, err))
        return err->code == ERROR_NOT_FOUND;
    while (has_more) {
        if (!store_list_packages(store, arena, organization, &row->uuid, &query, &rows, &count, &total, &has_more, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (!write_rejections(out, arena, index_lookup(index), &rows[i].package, call_argument(call, 1), err))
                return false;
        }
        has_more = has_more && count > 0;
        if (count > 0)
            query.page.after = rows[count - 1].cursor;
    }
    return true;
}

static bool names_it(const struct finding *finding, struct view vulnerability)
{
    if (view_equal_ignoring_case(finding->id, vulnerability))
        return true;
    for (size_t i = 0; i < finding->alias_count; i++) {
        if (view_equal_ignoring_case(finding->aliases[i], vulnerability))
            return true;
    }
    return false;
}

static bool explain_stored(struct store *store, struct arena *arena, const struct account *account,
    const struct image_row *row, const struct command_call *call, struct buffer *out, bool *is_found, struct error *err)
{
    struct view vulnerability = call_argument(call, 1);
    struct explanation explanation;
    if (!store_explain(store, arena, account->organization, &row->uuid, vulnerability, &explanation, err))
        return false;
    text_append_printable(out, row->reference);
    buffer_append_text(out, "  ");
    text_append_printable(out, row->platform);
    buffer_append_byte(out, '\n');
    for (size_t i = 0; i < explanation.finding_count; i++) {
        const struct finding_row *finding = &explanation.findings[i];
        struct explained explained = {
            &finding->package, &finding->finding, finding->paths, finding->path_count, finding->layer};
        write_finding(out, arena, &explained);
        *is_found = true;
    }
    if (explanation.finding_count > 0)
        return true;
    write_absence(out, arena, vulnerability, explanation.ecosystems, explanation.ecosystem_count, explanation.feeds,
        explanation.feed_count, &explanation.gaps);
    return reject_stored(store, call, row, account->organization, out, err);
}

/* ERROR_NOT_FOUND if there is no store or it has no such image. */
static bool explain_from_store(
    const struct command_call *call, struct arena *arena, struct buffer *out, bool *is_found, struct error *err)
{
    AUTO_STORE *store = NULL;
    const char *directory;
    struct account account;
    struct image_row *rows;
    size_t count;
    if (!data_dir_find(arena, call_option_text(call, "data"), &directory, err))
        return false;
    struct store_options options_of_store = {data_dir_store(arena, directory), clock_system(), true};
    if (!store_open(&options_of_store, &store, err) || !store_ensure_admin(store, arena, &account, err) ||
        !store_resolve_images(store, arena, account.organization, call_argument(call, 0), ROWS_MAX, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].state == IMAGE_SCANNED &&
            !explain_stored(store, arena, &account, &rows[i], call, out, is_found, err))
            return false;
    }
    return out->size > 0 || error_set(err, ERROR_NOT_FOUND, "image \"%.*s\" has not been scanned yet",
                                VIEW_PRINT(call_argument(call, 0)));
}

/* Findings that are there, but do not count in this image. */
static void write_suppressions(
    const struct scan_session *session, const struct scan_image *image, struct view vulnerability, struct buffer *out)
{
    for (size_t i = 0; i < image->suppression_count; i++) {
        const struct suppression *suppression = &image->suppressions[i];
        const struct inventory_package *installed = &image->inventory.packages[suppression->package];
        if (!names_it(&suppression->finding, vulnerability))
            continue;
        struct explained explained = {&installed->package, &suppression->finding, &installed->path, 1, {NULL, 0}};
        write_finding(out, session->arena, &explained);
        line(out, "suppressed:", suppression->reason);
    }
}

static bool reject_image(const struct scan_session *session, const struct scan_image *image, struct view vulnerability,
    struct buffer *out, struct error *err)
{
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        if (!write_rejections(
                out, session->arena, session->lookup, &image->inventory.packages[i].package, vulnerability, err))
            return false;
    }
    return true;
}

static bool explain_image(const struct scan_session *session, const struct scan_image *image, struct view vulnerability,
    struct buffer *out, bool *is_found, struct error *err)
{
    bool is_here = false;
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        const struct inventory_package *installed = &image->inventory.packages[i];
        for (size_t j = 0; j < image->findings[i].count; j++) {
            const struct finding *finding = &image->findings[i].items[j];
            if (!names_it(finding, vulnerability))
                continue;
            struct explained explained = {&installed->package, finding, &installed->path, 1, {NULL, 0}};
            if (!session->is_directory && installed->layer < image->choice.manifest.count)
                explained.layer = digest_view(&image->choice.manifest.items[installed->layer].digest);
            write_finding(out, session->arena, &explained);
            is_here = true;
        }
    }
    if (!is_here) {
        struct view ecosystem =
            image->inventory.package_count > 0 ? image->inventory.packages[0].package.ecosystem : view_text("unknown");
        struct feed_state *asked = ARENA_ARRAY(session->arena, struct feed_state, session->feed_count);
        size_t asked_count = 0;
        for (size_t i = 0; i < session->feed_count; i++) {
            if (scan_uses_feed(image, &session->feeds[i]))
                asked[asked_count++] = session->feeds[i];
        }
        write_absence(out, session->arena, vulnerability, &ecosystem, 1, asked, asked_count, &image->inventory.gaps);
    }
    write_suppressions(session, image, vulnerability, out);
    *is_found = *is_found || is_here;
    return is_here || reject_image(session, image, vulnerability, out, err);
}

static bool explain_by_scan(const struct command_call *call, struct buffer *out, bool *is_found, struct error *err)
{
    AUTO_SCAN_SESSION session = {0};
    const struct scan_session_matching matching = {call_argument(call, 0), clock_system()->wall_ms(clock_system())};
    if (!scan_session_inventory(&session, call, call_argument(call, 0), err) ||
        !scan_session_match(&session, call, &matching, err))
        return false;
    for (size_t i = 0; i < session.image_count; i++) {
        text_append_printable(out, call_argument(call, 0));
        if (!session.is_directory) {
            buffer_append_text(out, "  ");
            text_append_printable(out, platform_format(session.arena, &session.images[i].config.platform));
        }
        buffer_append_byte(out, '\n');
        if (!explain_image(&session, &session.images[i], call_argument(call, 1), out, is_found, err))
            return false;
    }
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER out;
    bool is_found = false;
    bool wants_scan =
        call_has_option(call, "scan") || call_has_option(call, "vex") || scan_target_is_local(call_argument(call, 0));
    buffer_init(&out, OUTPUT_BYTES_MAX);
    bool is_stored = !wants_scan && explain_from_store(call, arena, &out, &is_found, err);
    if (!is_stored && !wants_scan && err->code != ERROR_NOT_FOUND)
        return -1;
    if (!is_stored && !explain_by_scan(call, &out, &is_found, err))
        return -1;
    if (!buffer_check(&out, "explanation", err))
        return -1;
    fwrite(out.data, 1, out.size, call_output(call));
    return is_found ? 0 : 1;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "IMAGE VULNERABILITY",
    .summary = "Tell why an image has a vulnerability, or why it is not reported",
    .details =
        "IMAGE is a row of the server's list (reference, digest or id), or what \"tidewaiter scan\" takes; an image\n"
        "that the store does not have, or with --vex, is scanned. VULNERABILITY is a CVE or the id of an advisory. If it is not\n"
        "reported, each advisory about it that names a package of the image is shown with the rule that decided.\n"
        "Exit status 0 if it is reported, 1 if not.",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run,
};
