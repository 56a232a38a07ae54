/* SPDX-License-Identifier: Apache-2.0 */
/* Scores every vector of cvss.tsv: "vector⇥score⇥severity…", or "invalid" for the score. */
#include "advisory/cvss.h"

#include <stdio.h>
#include <stdlib.h>

enum { SKIPPED = 77, LINE_BYTES_MAX = 4096, SHOWN_MAX = 20 };

static bool is_as_expected(struct view vector, struct view expected)
{
    struct cvss cvss;
    char score[16];
    if (!cvss_parse(vector, &cvss))
        return view_is(expected, "invalid");
    snprintf(score, sizeof(score), "%d.%d", cvss.score / 10, cvss.score % 10);
    return view_is(expected, score);
}

int main(void)
{
    const char *shared = getenv("TIDEWAITER_SHARED");
    char path[1000], line[LINE_BYTES_MAX];
    snprintf(path, sizeof(path), "%s/corpora/cvss.tsv", shared == NULL ? "../shared" : shared);
    FILE *table = fopen(path, "r");
    if (table == NULL) {
        printf("skipped: no %s\n", path);
        return SKIPPED;
    }
    int rows = 0, differences = 0;
    while (fgets(line, sizeof(line), table) != NULL) {
        struct view rest = view_text(line);
        struct view vector = view_cut(&rest, '\t');
        struct view expected = view_cut(&rest, '\t');
        if (line[0] == '#')
            continue;
        rows++;
        if (!is_as_expected(vector, expected) && differences++ < SHOWN_MAX)
            printf("not %.*s: %.*s\n", VIEW_PRINT(expected), VIEW_PRINT(vector));
    }
    fclose(table);
    printf("%d rows, %d differ\n", rows, differences);
    return differences > 0 || rows == 0;
}
