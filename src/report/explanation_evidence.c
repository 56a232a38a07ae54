/* SPDX-License-Identifier: Apache-2.0 */
/* What speaks for a finding: the advisories with their intervals, and what else is known of the vulnerability. */
#include "report/explanation.h"

#include "base/clock.h"

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

void explanation_write_evidence(const struct explanation_writer *writer, const struct finding *finding)
{
    struct arena *arena = writer->arena;
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct finding_evidence *evidence = &finding->evidence[i];
        char modified[TIME_TEXT_SIZE];
        time_format(evidence->modified_ms, modified);
        explanation_line(writer, "advisory",
            arena_format(
                arena, "%.*s, feed %s, modified %s", VIEW_PRINT(evidence->advisory), evidence->feed, modified));
        explanation_line(writer, "affects",
            arena_format(arena, "%.*s in %.*s: %.*s", VIEW_PRINT(evidence->name), VIEW_PRINT(evidence->ecosystem),
                VIEW_PRINT(interval_text(arena, evidence))));
        explanation_line(writer, "compared",
            arena_format(arena, "%.*s, in the order of %s", VIEW_PRINT(evidence->version),
                evidence->order == NULL ? "names" : evidence->order));
    }
}

static void write_known(const struct explanation_writer *writer, const struct vulnerability_facts *facts)
{
    char date[TIME_TEXT_SIZE], due[TIME_TEXT_SIZE];
    time_format(facts->kev_added_ms, date);
    time_format(facts->kev_due_ms, due);
    explanation_words(writer, "exploited",
        arena_format(writer->arena, "known to be, in CISA's list since %.10s%s%.10s%s", date,
            facts->kev_due_ms != 0 ? ", to be fixed by " : "", facts->kev_due_ms != 0 ? due : "",
            facts->is_used_by_ransomware ? ", used by ransomware" : ""));
}

void explanation_write_facts(const struct explanation_writer *writer, const struct vulnerability_facts *facts)
{
    struct arena *arena = writer->arena;
    char date[TIME_TEXT_SIZE];
    if (facts == NULL)
        return;
    if (facts->is_known_exploited)
        write_known(writer, facts);
    for (size_t i = 0; i < facts->exploit_count; i++)
        explanation_line(writer, "exploit",
            arena_format(
                arena, "%.*s %.*s", VIEW_PRINT(facts->exploits[i].source), VIEW_PRINT(facts->exploits[i].reference)));
    time_format(facts->epss_date_ms, date);
    if (facts->has_epss)
        explanation_words(writer, "EPSS",
            arena_format(arena, "%.2f %% likely to be exploited within 30 days, higher than %.1f %% of all%s%.10s",
                facts->epss_score * 100, facts->epss_percentile * 100, facts->epss_date_ms != 0 ? ", of " : "",
                facts->epss_date_ms != 0 ? date : ""));
    time_format(facts->published_ms, date);
    if (facts->published_ms != 0)
        explanation_words(writer, "published", arena_format(arena, "%.10s", date));
}
