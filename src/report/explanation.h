/* SPDX-License-Identifier: Apache-2.0 */
/* Why an image has a vulnerability and what to do about it, or why it is not reported: for a terminal, or as Markdown for a
   ticket or the comment of a pull request. The command line and the API write the same. Pure: writes into a buffer. */
#ifndef REPORT_EXPLANATION_H
#define REPORT_EXPLANATION_H

#include "layer/gap.h"
#include "report/remedy.h"
#include "scan/scan.h"

struct match_candidate; /* finding/explain.h */

struct explanation_writer {
    struct arena *arena;
    struct buffer *out;
    bool is_markdown;
};

/* One finding with its place, from the store or from a scan. */
struct explained {
    const struct package *package;
    const struct finding *finding;
    const struct view *paths;
    size_t path_count;
    struct view owner; /* the distribution's package that these paths belong to; empty: none */
    struct view layer; /* digest; empty: there is none */
    size_t layer_index; /* from the bottom up, from 0; counts only with `layer_count` */
    size_t layer_count; /* 0 = unknown */
    struct view created_by; /* the step that made the layer, as the history has it; empty: it does not tell */
    enum layer_origin origin;
    struct view base; /* reference of the base image; empty: it is not known */
    int64_t first_ms; /* when the package was first found to have it; 0 = unknown */
    int64_t first_feed_ms; /* date of the feed that told of it then; 0 = unknown */
    const struct accepted_risk *accepted; /* NULL: nobody accepted it */
    struct view suppressed; /* why it does not count; empty: it does */
};

/* The image that all of the following is about. `permalink` may be empty. */
void explanation_write_image(
    const struct explanation_writer *writer, struct view reference, struct view platform, struct view permalink);

void explanation_write_finding(const struct explanation_writer *writer, const struct explained *explained);

/* One package that an advisory about the vulnerability names, and why it does not count. */
void explanation_write_candidate(
    const struct explanation_writer *writer, const struct package *package, const struct match_candidate *candidate);

/* That no advisory reports it, and who was asked. */
struct explained_absence {
    struct view vulnerability;
    const struct view *ecosystems;
    size_t ecosystem_count;
    const struct feed_state *feeds;
    size_t feed_count;
    const struct gap_list *gaps;
};
void explanation_write_absence(const struct explanation_writer *writer, const struct explained_absence *absence);

/* For the files of this module: a line with a label. Values are quoted, words are sentences of our own; nothing is written for an
   empty text. */
void explanation_line(const struct explanation_writer *writer, const char *label, struct view value);
void explanation_words(const struct explanation_writer *writer, const char *label, struct view words);
void explanation_write_evidence(const struct explanation_writer *writer, const struct finding *finding);
void explanation_write_facts(const struct explanation_writer *writer, const struct vulnerability_facts *facts);

#endif
