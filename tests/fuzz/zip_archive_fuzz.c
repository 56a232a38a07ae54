/* SPDX-License-Identifier: Apache-2.0 */
/* Zip archives: every entry of the directory is read.
   Fuzzes: src/stream/zip_archive.c */
#include "tests/fuzz/fuzz.h"

#include "stream/zip_archive.h"

enum { ENTRIES_MAX = 1000, ENTRY_BYTES_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zip_archive zip;
    struct error err;
    if (!zip_archive_open(view_of(data, size), ENTRIES_MAX, &zip, &err))
        return 0;
    FUZZ_CHECK(zip.entry_count <= ENTRIES_MAX);
    AUTO_BUFFER buffer;
    buffer_init(&buffer, ENTRY_BYTES_MAX);
    struct view rest = zip.directory, bytes;
    struct zip_entry entry;
    uint64_t count = 0, stored = 0;
    while (zip_archive_next(&zip, &rest, &entry)) {
        count++;
        stored += entry.compressed_size;
        if (zip_archive_read(&zip, &entry, &buffer, &bytes, &err))
            FUZZ_CHECK(bytes.size == entry.size);
    }
    FUZZ_CHECK(count == zip.entry_count && stored <= size);
    return 0;
}
