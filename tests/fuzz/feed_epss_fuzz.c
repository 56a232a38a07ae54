/* SPDX-License-Identifier: Apache-2.0 */
/* The scores of EPSS: what comes out is about a CVE and within its bounds.
   Fuzzes: src/feed/feed_epss.c */
#include "tests/fuzz/feed_sink.h"

extern const struct feed feed_epss;

static bool check_facts(
    struct feed_sink *sink, struct view vulnerability, const struct vulnerability_facts *facts, struct error *err)
{
    FUZZ_CHECK(facts->has_epss);
    return checked_facts(sink, vulnerability, facts, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct feed_sink sink = checked_feed_sink;
    sink.facts = check_facts;
    AUTO_SOURCE *source = source_from_memory(view_of(data, size));
    bool is_read = feed_epss.records.read(source, &sink, &err);
    FUZZ_CHECK(is_read || err.code == ERROR_INVALID || err.code == ERROR_CORRUPT || err.code == ERROR_LIMIT ||
               err.code == ERROR_UNSUPPORTED);
    return 0;
}
