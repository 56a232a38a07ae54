/* SPDX-License-Identifier: Apache-2.0 */
/* An import policy: what an integration imports, how often it looks, and whether it prunes. The document is the one of the
   API (`policy` in the attributes of container_registry_import_policy). Pure. */
#ifndef SYNC_IMPORT_POLICY_H
#define SYNC_IMPORT_POLICY_H

#include "base/document.h"
#include "sync/selector.h"

#define SCHEDULE_HOURS_MIN 2
#define SCHEDULE_HOURS_MAX 8760
#define SCHEDULE_HOURS_DEFAULT 24

/* Imports of one run: unless the policy says otherwise, and at most. What is left comes in the next run. */
#define POLICY_IMPORTS_DEFAULT 10000
#define POLICY_IMPORTS_MAX 1000000
#define POLICY_RUN_AS_BYTES_MAX 100

struct import_policy {
    struct view name;
    int64_t schedule_frequency_hours;
    bool delete_images;
    int64_t imports_max; /* of one run */
    bool waits_when_capped; /* for the schedule; else the next run follows a capped one at once */
    struct view run_as; /* name or UUID of the service account; empty = the built-in one */
    struct selector *selector;
    struct regex *regexes[2 * SELECTOR_NODES_MAX]; /* of the selectors; released with the policy */
    size_t regex_count;
};

/* Reads and checks the whole document; `pointer` says where in the request it stands. False if there are problems. Texts live
   in the arena. The policy must be released either way. */
bool import_policy_parse(struct arena *arena, struct json document, const char *pointer, struct import_policy *policy,
    struct document_problems *problems) MUST_CHECK;

/* The same for text, as it was stored or stands in a file; ERROR_INVALID with the first problem. */
bool import_policy_parse_text(
    struct arena *arena, struct view text, struct import_policy *policy, struct error *err) MUST_CHECK;

void import_policy_release(struct import_policy *policy);
#define AUTO_IMPORT_POLICY CLEANUP(import_policy_release) struct import_policy

/* Writes the document with its defaults filled in; the root selector always has a name (its type, if the user gave none). */
void import_policy_write(const struct import_policy *policy, struct json_writer *writer);

/* A PATCH is shallow: each member of `patch` replaces that of the stored policy, `import_policy` as a whole; null resets
   what has a default. Gives the new policy, which borrows from `stored`. */
bool import_policy_patch(struct arena *arena, const struct import_policy *stored, struct json patch,
    const char *pointer, struct import_policy *policy, struct document_problems *problems) MUST_CHECK;

#endif
