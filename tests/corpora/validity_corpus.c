/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of versions/<order>.tsv that say "invalid" name texts that are no versions, all others are comparable. */
#include "version/version.h"

#include <stdio.h>
#include <stdlib.h>

enum { SKIPPED = 77, LINE_BYTES_MAX = 4096, PATH_BYTES_MAX = 1000 };

static int check_row(const struct version_order *order, char *line)
{
    struct view rest = view_text(line);
    struct view a = view_cut(&rest, '\t');
    struct view b = view_cut(&rest, '\t');
    bool is_invalid = view_is(view_cut(&rest, '\t'), "invalid");
    bool is_right = is_invalid ? !order->is_valid(a) : order->is_comparable(a) && order->is_comparable(b);
    if (!is_right)
        printf("%s: \"%.*s\" \"%.*s\"\n", order->name, VIEW_PRINT(a), VIEW_PRINT(b));
    return !is_right;
}

int main(void)
{
    const char *shared = getenv("TIDEWAITER_SHARED");
    char path[PATH_BYTES_MAX], line[LINE_BYTES_MAX];
    int rows = 0, differences = 0;
    for (size_t i = 0; i < version_order_count; i++) {
        snprintf(path, sizeof(path), "%s/corpora/versions/%s.tsv", shared == NULL ? "../shared" : shared,
            version_orders[i]->name);
        FILE *table = fopen(path, "r");
        if (table == NULL) {
            printf("skipped: no %s\n", path);
            return SKIPPED;
        }
        while (fgets(line, sizeof(line), table) != NULL) {
            rows += line[0] != '#';
            differences += line[0] == '#' ? 0 : check_row(version_orders[i], line);
        }
        fclose(table);
    }
    printf("%d rows, %d differ\n", rows, differences);
    return differences > 0 || rows == 0;
}
