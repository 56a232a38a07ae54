/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/cvss.h"
#include "cli/command.h"
#include "cli/lines.h"

enum { CVSS_LINE_BYTES_MAX = 64 * 1024 };

/* The names of FIRST's scale, which v2 lacks "None" and "Critical" of. */
static const char *level_name(const struct cvss *cvss)
{
    static const char *const names[SEVERITY_COUNT] = {[SEVERITY_UNKNOWN] = "None",
        [SEVERITY_NEGLIGIBLE] = "None",
        [SEVERITY_LOW] = "Low",
        [SEVERITY_MEDIUM] = "Medium",
        [SEVERITY_HIGH] = "High",
        [SEVERITY_CRITICAL] = "Critical"};
    return names[cvss_severity(cvss)];
}

static void print_score(FILE *out, int score)
{
    if (score == CVSS_NO_SCORE)
        fputs("\t", out);
    else
        fprintf(out, "\t%d.%d", score / 10, score % 10);
}

static void score_line(FILE *out, struct view vector)
{
    struct cvss cvss;
    if (!cvss_parse(vector, &cvss)) {
        fputs("invalid\n", out);
        return;
    }
    fprintf(out, "%d.%d\t%s", cvss.score / 10, cvss.score % 10, level_name(&cvss));
    print_score(out, cvss.temporal);
    print_score(out, cvss.environmental);
    fputs("\n", out);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_BUFFER line;
    buffer_init(&line, CVSS_LINE_BYTES_MAX);
    enum line_result result;
    while ((result = line_read(stdin, &line, err)) == LINE_READ) {
        if (!view_starts_with(buffer_view(&line), "#"))
            score_line(call_output(call), buffer_view(&line));
    }
    return result == LINE_END ? 0 : -1;
}

const struct command command_cvss = {
    .name = "cvss",
    .arguments = "",
    .summary = "Compute the scores of CVSS vectors",
    .details =
        "Reads one vector of CVSS 2.0, 3.0, 3.1 or 4.0 a line from standard input and prints one line for each:\n"
        "\"BASE<tab>SEVERITY<tab>TEMPORAL<tab>ENVIRONMENTAL\", or \"invalid\". A vector of 4.0 has one score, the first.\n"
        "Temporal and environmental scores of 2.0 are empty where the vector sets no metric that they need. Lines\n"
        "that begin with # are skipped.",
    .is_plumbing = true,
    .run = run,
};
