/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up OSV record, read and then put to the questions that the matcher asks: no answer may depend on what the record
   did not say.
   Fuzzes: src/feed/osv_record.c src/advisory/ */
#include "tests/fuzz/fuzz.h"

#include "feed/osv_record.h"

static void check_affected(struct arena *arena, const struct advisory *advisory, const struct affected *affected)
{
    static const char *const versions[] = {"", "0", "1.0", "1:2.3-4", "1.2.3-rc.1", "no version"};
    struct severity_rating rating;
    const char *source = NULL;
    FUZZ_CHECK(affected->ecosystem.size > 0 && affected->name.size > 0);
    FUZZ_CHECK(advisory_severity(advisory, affected, &rating, &source) < SEVERITY_COUNT && source != NULL);
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        struct applicability_result result;
        affected_evaluate(arena, affected,
            &(struct applicability_question){affected->ecosystem, view_text(versions[i]), (enum epoch_rule)(i % 3)},
            &result);
        bool has_interval = result.introduced.size > 0;
        FUZZ_CHECK(result.applies == APPLIES_YES || (!has_interval && result.fixed.size == 0 && !result.is_listed));
        FUZZ_CHECK(result.fixed.size == 0 || result.last_affected.size == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json record;
    struct advisory advisory;
    struct error err = {.code = ERROR_NONE};
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    if (!json_parse(document, view_of(data, size), JSON_BYTES_MAX, "record", &record, &err))
        return 0;
    if (!osv_record_parse(arena, record, &advisory, &err)) {
        FUZZ_CHECK(err.code == ERROR_INVALID || err.code == ERROR_LIMIT);
        FUZZ_CHECK(err.message[0] != '\0');
        return 0;
    }
    struct view *ids;
    size_t count;
    advisory_vulnerabilities(arena, &advisory, &ids, &count);
    FUZZ_CHECK(advisory.id.size > 0 && count > 0);
    for (size_t i = 0; i < advisory.affected_count; i++)
        check_affected(arena, &advisory, &advisory.affected[i]);
    return 0;
}
