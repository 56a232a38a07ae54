/* SPDX-License-Identifier: Apache-2.0 */
#include "job/kind.h"

#include "base/json.h"

#define JOB_KIND(name) extern const struct job_kind job_##name;
#include "job/kinds.def"
#undef JOB_KIND

static const struct job_kind *const kinds[] = {
#define JOB_KIND(name) &job_##name,
#include "job/kinds.def"
#undef JOB_KIND
};

const struct job_kind *job_kind_named(struct view name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (view_is(name, kinds[i]->name))
            return kinds[i];
    }
    return NULL;
}

bool job_may_retry(const struct error *err)
{
    switch (err->code) {
    case ERROR_UNREACHABLE:
    case ERROR_TIMEOUT:
    case ERROR_RATE_LIMITED:
    case ERROR_SERVER:
    case ERROR_IO:
    case ERROR_CONFLICT:
    case ERROR_CANCELLED:
    case ERROR_CRASHED:
        return true;
    case ERROR_NONE:
    case ERROR_INVALID:
    case ERROR_NOT_FOUND:
    case ERROR_DENIED:
    case ERROR_CORRUPT:
    case ERROR_LIMIT:
    case ERROR_UNSUPPORTED:
    case ERROR_REFUSED:
    case ERROR_USAGE:
    case ERROR_COUNT:
        return false;
    }
    return false;
}

struct view job_parameter(const struct job_run *run, const char *name)
{
    struct error ignored;
    struct json payload;
    AUTO_JSON *document = json_document_new();
    if (!json_parse(document, run->job->payload, JOB_PAYLOAD_BYTES_MAX, "job", &payload, &ignored))
        return view_of(NULL, 0);
    return arena_copy(run->arena, json_member_string(payload, name));
}

int64_t job_parameter_integer(const struct job_run *run, const char *name)
{
    struct error ignored;
    struct json payload;
    int64_t value;
    AUTO_JSON *document = json_document_new();
    if (!json_parse(document, run->job->payload, JOB_PAYLOAD_BYTES_MAX, "job", &payload, &ignored) ||
        !json_integer(json_member(payload, name), &value))
        return 0;
    return value;
}
