/* SPDX-License-Identifier: Apache-2.0 */
/* Bills of materials and lists of package URLs: the first byte chooses. Each package that is reported has a name.
   Fuzzes: src/scan/list*.c src/package/analyzer_sbom.c src/package/purl_read.c */
#include "tests/fuzz/fuzz.h"

#include "scan/list.h"

static bool on_package(struct list_reader *reader, const struct list_entry *entry, struct error *err)
{
    (void)reader;
    (void)err;
    FUZZ_CHECK(entry->package.type < PACKAGE_TYPE_COUNT && entry->package.name.size > 0);
    return true;
}

static bool on_distro(struct list_reader *reader, const struct distro *distro, struct error *err)
{
    (void)reader;
    (void)err;
    FUZZ_CHECK(distro->is_known);
    return true;
}

static bool on_gap(struct list_reader *reader, struct view place, struct view reason, struct error *err)
{
    (void)reader;
    (void)place;
    (void)err;
    FUZZ_CHECK(reason.size > 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct list_reader reader = {on_package, on_distro, on_gap};
    struct error err = {.code = ERROR_NONE};
    struct view content = view_of(data, size);
    bool is_sbom = size > 0 && data[0] == '{';
    bool is_read = is_sbom ? list_read_sbom(&reader, content, &err) : list_read_purls(&reader, content, &err);
    FUZZ_CHECK(is_read || err.code != ERROR_NONE);
    return 0;
}
