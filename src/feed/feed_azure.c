/* SPDX-License-Identifier: Apache-2.0 */
/* Azure Linux and CBL-Mariner (https://github.com/microsoft/AzureLinuxVulnerabilityData), a file of OVAL definitions
   for each release. */
#include "feed/oval.h"
#include "feed/unpacked.h"

#define OVAL_BYTES_MAX (UINT64_C(512) << 20)

/* "0:1.2-3.azl3", "0:1.2-3.cm2" */
static struct view ecosystem_of(struct arena *arena, struct view version)
{
    static const char *const marks[] = {".azl", ".cm"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        size_t at = view_find_text(version, view_text(marks[i]));
        struct view rest = view_from(version, at + strlen(marks[i]));
        struct view number = view_slice(rest, 0, view_find(rest, '.'));
        int64_t release;
        if (at < version.size && view_to_integer(number, &release))
            return arena_format(arena, "Azure Linux:%.*s", VIEW_PRINT(number));
    }
    return view_text("");
}

static bool read_definitions(struct source *input, struct feed_sink *sink, struct error *err)
{
    const struct oval_reading reading = {.ecosystem = ecosystem_of, .id_prefix = "AZL-", .sink = sink};
    AUTO_ARENA *arena = arena_new();
    AUTO_SOURCE *content = unpacked(input, OVAL_BYTES_MAX, "the definitions");
    struct oval *oval = oval_new(arena, &reading);
    const struct xml_stream_handler handler = oval_handler(oval);
    return xml_stream_read(&handler, 1, content, err) && oval_write(oval, err);
}

static const char *const releases[] = {"azurelinux-3.0", "cbl-mariner-2.0", "cbl-mariner-1.0", NULL};

const struct feed feed_azure = {
    .name = "azure",
    .address = "https://raw.githubusercontent.com/microsoft/"
               "AzureLinuxVulnerabilityData/main",
    .only_ecosystem = "Azure Linux",
    .records = {.name = "PART-oval.xml", .parts = releases, .bytes_max = OVAL_BYTES_MAX, .read = read_definitions},
};
