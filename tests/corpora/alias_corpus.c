/* SPDX-License-Identifier: Apache-2.0 */
/* Groups the records of every row of matching/alias-groups.jsonl, {"vulns": [{"id", "aliases"}], "want_groups": [{"ids",
   "aliases"}]}: two records must be in one group exactly if the row wants them together. */
#include "advisory/alias.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

enum { SKIPPED = 77, LINE_BYTES_MAX = 1 << 20, SHOWN_MAX = 20 };

static void read_advisory(struct arena *arena, struct json record, struct advisory *advisory)
{
    struct json aliases = json_member(record, "aliases");
    *advisory = (struct advisory){.id = json_member_string(record, "id")};
    advisory->aliases = ARENA_ARRAY(arena, struct view, json_count(aliases));
    for (struct json_iterator i = json_each(aliases); json_next(&i);)
        advisory->aliases[advisory->alias_count++] = json_string(i.value);
}

/* Index of the wanted group that has the id; -1 if none has. */
static int wanted_group(struct json groups, struct view id)
{
    int index = 0;
    for (struct json_iterator i = json_each(groups); json_next(&i); index++) {
        for (struct json_iterator j = json_each(json_member(i.value, "ids")); json_next(&j);) {
            if (view_equal(json_string(j.value), id))
                return index;
        }
    }
    return -1;
}

static bool is_as_expected(struct arena *arena, struct json row)
{
    struct json records = json_member(row, "vulns");
    struct json wanted = json_member(row, "want_groups");
    size_t count = json_count(records), position = 0;
    struct advisory *advisories = ARENA_ARRAY(arena, struct advisory, count);
    const struct advisory **pointers = ARENA_ARRAY(arena, const struct advisory *, count);
    struct alias_groups groups;
    for (struct json_iterator i = json_each(records); json_next(&i); position++) {
        read_advisory(arena, i.value, &advisories[position]);
        pointers[position] = &advisories[position];
    }
    alias_groups_build(&groups, arena, pointers, count);
    for (size_t i = 0; i < count * count; i++) {
        struct view a = advisories[i / count].id, b = advisories[i % count].id;
        bool are_wanted = wanted_group(wanted, a) == wanted_group(wanted, b) && wanted_group(wanted, a) >= 0;
        if (are_wanted != view_equal(alias_groups_name(&groups, a), alias_groups_name(&groups, b)))
            return false;
    }
    return count > 0;
}

int main(void)
{
    static char line[LINE_BYTES_MAX];
    const char *shared = getenv("TIDEWAITER_SHARED");
    char path[1000];
    snprintf(path, sizeof(path), "%s/corpora/matching/alias-groups.jsonl", shared == NULL ? "../shared" : shared);
    FILE *table = fopen(path, "r");
    if (table == NULL) {
        printf("skipped: no %s\n", path);
        return SKIPPED;
    }
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    int rows = 0, differences = 0;
    while (fgets(line, sizeof(line), table) != NULL) {
        struct json row;
        struct error err;
        rows++;
        if ((!json_parse(document, view_text(line), JSON_BYTES_MAX, "row", &row, &err) ||
                !is_as_expected(arena, row)) &&
            differences++ < SHOWN_MAX)
            printf("differs: %.500s\n", line);
    }
    fclose(table);
    printf("%d rows, %d differ\n", rows, differences);
    return differences > 0 || rows == 0;
}
