/* SPDX-License-Identifier: Apache-2.0 */
/* Oracle Linux (https://linux.oracle.com/security/oval/): OVAL definitions of all its updates in one file; updateinfo.xml of its
   yum repositories is read as well. */
#include "feed/errata.h"
#include "feed/unpacked.h"

#include <string.h>

#define UPDATES_BYTES_MAX (UINT64_C(4) << 30)

/* The number of one or two digits behind the mark; empty if there is none. */
static struct view number_behind(struct view text, const char *mark)
{
    while (text.size > 0) {
        text = view_from(text, view_find_text(text, view_text(mark)));
        text = view_from(text, strlen(mark));
        size_t digits = 0;
        while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9')
            digits++;
        if (digits == 1 || digits == 2)
            return view_slice(text, 0, digits);
    }
    return view_text("");
}

/* "8" of "2.28-236.0.1.el8_9" and "1.0-1.module+el8.3.0", else of "Oracle Linux 8". */
static struct view ecosystem_of(struct arena *arena, const struct erratum *erratum, const struct erratum_fix *fix)
{
    static const char *const marks[] = {".el", "+el", "_el"};
    struct view release = view_text("");
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && release.size == 0; i++)
        release = number_behind(fix->version, marks[i]);
    if (release.size == 0)
        release = number_behind(erratum->platform, "Oracle Linux ");
    return release.size == 0 ? release : arena_format(arena, "Oracle Linux:%.*s", VIEW_PRINT(release));
}

/* Several Unbreakable Enterprise Kernels are kept up beside each other, by the first two numbers of their version. */
static struct view introduced_in(struct arena *arena, const struct erratum *erratum, const struct erratum_fix *fix)
{
    (void)arena;
    (void)erratum;
    size_t first = view_find(fix->version, '.');
    size_t second = first + 1 + view_find(view_from(fix->version, first + 1), '.');
    bool is_uek = view_starts_with(fix->name, "kernel-uek");
    return is_uek && second < fix->version.size ? view_slice(fix->version, 0, second) : view_text("0");
}

static bool read_updates(struct source *input, struct feed_sink *sink, struct error *err)
{
    const struct errata_reading reading = {
        .id_prefix = "ELSA-", .ecosystem = ecosystem_of, .introduced = introduced_in, .sink = sink};
    AUTO_SOURCE *content = unpacked(input, UPDATES_BYTES_MAX, "the updates");
    return errata_read(&reading, content, err);
}

const struct feed feed_oracle = {
    .name = "oracle",
    .address = "https://linux.oracle.com/security/oval",
    .only_ecosystem = "Oracle Linux",
    .has_parts = true,
    .records = {.name = "com.oracle.elsa-all.xml.bz2",
        .prefix = "",
        .bytes_max = UPDATES_BYTES_MAX,
        .read = read_updates},
};
