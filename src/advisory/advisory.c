/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/advisory.h"

#include <stdlib.h>

static bool are_digits(struct view text, size_t size_min)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return text.size >= size_min;
}

/* "CVE-2024-1234": four digits for the year, four or more for the number (CVE JSON schema 5, "cveId"). */
static bool is_cve(struct view id)
{
    return view_starts_with(id, "CVE-") && id.size > 9 && id.data[8] == '-' && are_digits(view_slice(id, 4, 4), 4) &&
           are_digits(view_from(id, 9), 4);
}

/* "CVE-2024-1234" of "ALPINE-CVE-2024-1234", as OSV names what it takes over from a distribution; empty for other ids. */
static struct view embedded_cve(struct view id)
{
    struct view rest = view_from(id, view_find_text(id, view_text("-CVE-")) + 1);
    return is_cve(rest) ? rest : view_of(NULL, 0);
}

static int compare_ids(const void *a, const void *b)
{
    return view_compare(*(const struct view *)a, *(const struct view *)b);
}

static void append_cves(struct view *ids, size_t *count, const struct view *candidates, size_t candidate_count)
{
    for (size_t i = 0; i < candidate_count; i++) {
        if (is_cve(candidates[i]))
            ids[(*count)++] = candidates[i];
    }
}

void advisory_vulnerabilities(struct arena *arena, const struct advisory *advisory, struct view **ids, size_t *count)
{
    struct view *found = ARENA_ARRAY(arena, struct view, advisory->alias_count + advisory->upstream_count + 1);
    size_t found_count = 0, distinct_count = 0;
    append_cves(found, &found_count, &advisory->id, 1);
    append_cves(found, &found_count, advisory->aliases, advisory->alias_count);
    append_cves(found, &found_count, advisory->upstream, advisory->upstream_count);
    if (found_count == 0) {
        struct view embedded = embedded_cve(advisory->id);
        found[found_count++] = embedded.size > 0 ? embedded : advisory->id;
    }
    qsort(found, found_count, sizeof(found[0]), compare_ids);
    for (size_t i = 0; i < found_count; i++) {
        if (i == 0 || !view_equal(found[i], found[i - 1]))
            found[distinct_count++] = found[i];
    }
    *ids = found;
    *count = distinct_count;
}
