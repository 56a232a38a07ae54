/* SPDX-License-Identifier: Apache-2.0 */
/* What of a registry belongs to an integration: repositories below its path that no other integration with a longer path
   has, that match an include pattern (if there is one) and no exclude pattern; and how old and how many tags may be.
   Lives as long as its job. */
#ifndef JOB_SCOPE_H
#define JOB_SCOPE_H

#include "base/regex.h"
#include "store/integrations.h"

struct scope {
    struct view path;
    const struct view *others; /* paths of other integrations on the same host */
    size_t other_count;
    struct regex *include[INTEGRATION_LIST_ITEMS_MAX];
    size_t include_count;
    struct regex *exclude[INTEGRATION_LIST_ITEMS_MAX];
    size_t exclude_count;
    int64_t oldest_ms; /* push times before it are too old; 0 = none is */
    int64_t tags_max; /* 0 = all */
    int64_t repositories_max; /* 0 = all */
};

/* `others` is borrowed. Zero `scope` first; scope_done releases it in any case. */
bool scope_open(const struct integration *integration, const struct view *others, size_t other_count, int64_t now_ms,
    struct scope *scope, struct error *err) MUST_CHECK;
void scope_done(struct scope *scope);

bool scope_has_repository(const struct scope *scope, struct view repository);

/* Unknown push times (0) are never too old. */
bool scope_has_age(const struct scope *scope, int64_t pushed_ms);

#endif
