/* SPDX-License-Identifier: Apache-2.0 */
/* Connected registries, and what their sync runs saw: repositories, tags, and the projects that were made of them. */
#ifndef STORE_INTEGRATIONS_H
#define STORE_INTEGRATIONS_H

#include "base/digest.h"
#include "base/uuid.h"
#include "image/manifest.h"
#include "registry/credential.h"
#include "scan/extent.h"
#include "secret/keyring.h"
#include "store/store.h"

#define INTEGRATION_NAME_BYTES_MAX 100

struct integration_address {
    struct view host; /* "registry.example.com:5000" */
    struct view path; /* prefix of its repositories, without slashes at the ends; empty = all */
    bool is_plain_http;
};

/* What people write as the address of a registry: host[:port][/path], https:// or docker:// before it, http:// only if plain
   http is meant; slashes at the end and the API's own "/v2/" are dropped. ERROR_INVALID says what is wrong, ERROR_REFUSED
   that it holds a user name or password; the message then does not repeat it. */
bool integration_address_parse(
    struct arena *arena, struct view text, struct integration_address *address, struct error *err) MUST_CHECK;

/* "https://registry.example.com:5000/team" */
struct view integration_address_format(struct arena *arena, const struct integration_address *address);

/* What an integration is told beside its address. Lists are texts with one item a line. */
struct integration_settings {
    bool skips_tls; /* certificates of its own host and the allowed ones are not verified */
    struct view authorities; /* PEM; trusted instead of the system's */
    struct view certificate; /* PEM; its key is the field "certificate_key" */
    struct view proxy; /* URL; empty: the environment's. Its login is the field "proxy_login" */
    struct view proxy_exceptions; /* separated by commas, as no_proxy */
    struct view allowed_hosts; /* list: other hosts that may have private addresses (token service, storage) */
    struct view token_host; /* the only host whose token service gets credentials; empty: the first good test sets it */
    struct view include; /* list of patterns (RE2): repositories that match one; empty: all */
    struct view exclude; /* list of patterns: not these; wins over include */
    int64_t age_days_max; /* tags known to be older are not imported; 0 = any age */
    int64_t tags_max; /* newest tags of a repository; 0 = all */
    int64_t repositories_max; /* in the registry's order; 0 = all */
    struct scan_extent extent; /* of its images */
    struct view scan_schedule; /* of whole scans, as sync/schedule.h says; empty: SCAN_SCHEDULE_DEFAULT */
};

#define SCAN_SCHEDULE_DEFAULT "168" /* weekly */

#define INTEGRATION_LIST_ITEMS_MAX 100
#define INTEGRATION_LIST_BYTES_MAX (16u * 1024)

/* "verify", "custom-ca", "client-certificate", "custom-ca client-certificate" or "skip" */
const char *integration_tls_mode(const struct integration_settings *settings);

struct integration {
    int64_t id;
    struct uuid uuid;
    struct view name; /* unique in the organization */
    struct view type; /* "oci" */
    struct integration_address address;
    struct integration_settings settings;
    bool has_hook; /* a registry may call us */
    int64_t created_ms;
    int64_t updated_ms;
    int64_t repository_count;
    int64_t project_count;
    int64_t last_sync_ms; /* start of the newest run; 0 = never */
    struct view last_sync_state; /* as sync_run.state; empty = never */
    int64_t next_scan_ms; /* of its schedule; 0 = never, or not reckoned yet */
    struct view cursor;
};

/* A field of credential_fields.def to be set, or with a NULL value to be forgotten. */
struct field_change {
    struct view name;
    const struct secret *value;
};

/* The member at fault, as the API calls it. */
struct integration_culprit {
    const char *member; /* "proxy"; NULL: unknown */
    struct view field; /* of "credentials"; empty: all of them */
};

struct integration_new {
    struct view name; /* printable, without '/' and spaces at its ends, 1 … INTEGRATION_NAME_BYTES_MAX bytes */
    struct view type; /* of adapters.def */
    struct integration_address address;
    struct integration_settings settings;
    const struct field_change *fields;
    size_t field_count;
    struct keyring *keyring; /* seals the secret ones; NULL only without any */
    struct view who; /* user, for the audit trail */

    struct integration_culprit *culprit; /* where something is invalid, it is told here; may be NULL */
};

/* ERROR_CONFLICT if the name is taken, or another integration has the same host and path; ERROR_INVALID says which member
   is wrong and why. */
bool store_add_integration(struct store *store, struct arena *arena, int64_t organization,
    const struct integration_new *given, struct integration *integration, struct error *err) MUST_CHECK;

/* Sets everything to what is given, but for fields that are not named, which stay. The type cannot change. Secrets that
   would go elsewhere from now on (another host, path, scheme, proxy, TLS mode or authority) are forgotten unless they are
   given anew: `*dropped` counts them. With another host or scheme, so is the token service's host. */
bool store_edit_integration(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct integration_new *given, struct integration *integration, size_t *dropped,
    struct error *err) MUST_CHECK;

/* Remembers the token service's host that a test found, unless one is known already. */
bool store_pin_token_host(struct store *store, int64_t organization, const struct integration *integration,
    struct view host, struct view who, struct error *err) MUST_CHECK;

struct integration_removal {
    bool keeps_projects; /* else projects, targets and what was scanned of them go as well */
    struct view who;
};

/* ERROR_CONFLICT while one of its jobs runs. Its queued jobs and its secrets go in any case. */
bool store_remove_integration(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct integration_removal *removal, struct integration *removed, struct error *err) MUST_CHECK;

/* Makes a new secret for the address that a registry calls, and forgets the old one; it is shown once. With `token` NULL
   calls are refused from now on. */
struct token;
bool store_set_hook(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct view who, struct token *token, struct error *err) MUST_CHECK;

/* The integration that a call's address names, of any organization. ERROR_NOT_FOUND, in the same time and words, for an
   unknown integration and for a wrong secret. */
bool store_find_hook(struct store *store, struct arena *arena, struct view uuid, struct view secret,
    int64_t *organization, struct integration *integration, struct error *err) MUST_CHECK;

/* A value of an integration as people may see it. */
struct integration_field {
    struct view name;
    struct view value; /* empty if it is sealed */
    bool is_secret;
};
bool store_list_integration_fields(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    struct integration_field **items, size_t *count, struct error *err) MUST_CHECK;

/* All values of an integration, unsealed; for connections. Release with integration_credentials_done. */
struct integration_credentials {
    struct credential_set fields; /* borrows from `secrets` */
    struct secret *secrets[CREDENTIAL_FIELDS_MAX];
};
bool store_open_credentials(struct store *store, struct keyring *keyring, int64_t organization,
    const struct integration *integration, struct integration_credentials *credentials, struct error *err) MUST_CHECK;
void integration_credentials_done(struct integration_credentials *credentials);
#define AUTO_CREDENTIALS CLEANUP(integration_credentials_done) struct integration_credentials

/* Whether the keyring (NULL: none) has every key that sealed something here. ERROR_NOT_FOUND names the first that is missing. */
bool store_check_keys(struct store *store, struct keyring *keyring, struct error *err) MUST_CHECK;

/* Seals everything with the keyring's first key; `*count` texts were sealed by others. */
bool store_seal_again(struct store *store, struct keyring *keyring, int64_t *count, struct error *err) MUST_CHECK;

/* Paths of the organization's other integrations on that host: their repositories are not this one's. */
bool store_integration_paths(struct store *store, struct arena *arena, int64_t organization,
    const struct integration *integration, struct view **paths, size_t *count, struct error *err) MUST_CHECK;

/* By name, or by UUID in text form. ERROR_NOT_FOUND. */
bool store_find_integration(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct integration *integration, struct error *err) MUST_CHECK;

/* The same without repository_count and project_count, which take longer the more the integration has: for what happens once an
   image. */
bool store_find_integration_uncounted(struct store *store, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct integration *integration, struct error *err) MUST_CHECK;

/* In the order of their making. */
struct owner_filter;
bool store_list_owned_integrations(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, const struct owner_filter *owners, struct integration **items, size_t *count,
    bool *has_more, struct error *err) MUST_CHECK; /* with a repository that passes */
bool store_list_integrations(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct integration **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* One pass over a registry. */
struct sync_counts {
    int64_t repositories; /* found */
    int64_t repositories_done; /* of them, listed */
    int64_t tags; /* seen */
    int64_t images_new; /* (tag, digest) that were not known: to be scanned */
    int64_t images_unchanged;
    int64_t artifacts; /* not an image */
    int64_t errors; /* repositories or tags that could not be read */
};

struct sync_run {
    int64_t id; /* grows from run to run */
    struct uuid uuid;
    struct uuid integration_uuid;
    struct view integration_name;
    struct view state; /* "running" "finished" "failed" "cancelled" */
    struct view kind; /* "sync"; "scan" of the registry, see registry_scans.h; of "projects", see project_scans.h */
    struct view who; /* user or "schedule" */
    struct view error; /* why it failed; the first of `counts.errors` otherwise */
    int64_t started_ms;
    int64_t finished_ms; /* 0 = running */
    int64_t changes; /* rows of its journal, had that no limit */
    int64_t journal_pruned_ms; /* since when its journal is forgotten; 0 = it is there */
    bool is_holding; /* its deletions wait for approval */
    int64_t backlog; /* images left to the next run because this one had reached its cap */
    struct sync_counts counts;
    struct view cursor;
};

/* How far the images are that a run imported. */
struct sync_images {
    int64_t total;
    int64_t scanned;
    int64_t failed;
    int64_t layer_bytes; /* compressed size of the layers of those that are scanned */
};
bool store_count_sync_images(struct store *store, int64_t organization, const struct uuid *run,
    struct sync_images *images, struct error *err) MUST_CHECK;

/* A person has a run of the integration made, at once. `*job` is the id of its run, or of the one that waits or runs already.
   ERROR_NOT_FOUND if there is no such integration. */
bool store_start_sync(struct store *store, int64_t organization, const struct uuid *integration, struct view who,
    struct uuid *job, struct error *err) MUST_CHECK;

/* Ends a running run; what it imported stays. ERROR_CONFLICT if it has ended. */
bool store_cancel_sync(
    struct store *store, int64_t organization, const struct uuid *run, struct view who, struct error *err) MUST_CHECK;

/* Starts a run. A job's run bears the job's UUID: tried again, the job goes on with the same run, and `*run` is 0 if that
   has ended already. The queue lets an integration have one such job at a time, so another run that lists the registry and is
   still open died with its job and becomes "failed". Without a job (NULL): ERROR_CONFLICT if a run is open. */
bool store_begin_sync(struct store *store, int64_t organization, int64_t integration, struct view who,
    const struct uuid *job, int64_t *run, struct error *err) MUST_CHECK;

/* Progress, and the end of a run. `counts` are those of one
   pass over the registry, from its start. What the run's earlier, interrupted passes imported was counted by store_import
   with the rows themselves: it stays new, and is taken off the unchanged ones of this pass. */
bool store_note_sync(struct store *store, int64_t organization, int64_t run, const struct sync_counts *counts,
    struct error *err) MUST_CHECK;

/* What a run with an import policy made of its deletions. */
struct policy_outcome {
    bool is_holding;
    struct view listing; /* fingerprint */
    int64_t backlog; /* images that it left to the next run, which then starts at once … */
    bool is_waiting; /* … or at its time */
};

/* How a run ended. What later runs compare themselves with moves here, in the transaction that ends the run: a run that is
   killed and goes on must weigh its deletions against the listing before it, not against its own. */
struct sync_end {
    struct view error;
    bool is_complete; /* "finished", else "failed" */
    bool
        is_whole; /* everything that the integration covers was listed: `counts.tags` are what the next listing shrinks from */
    const struct policy_outcome *policy; /* NULL = no policy was applied */
};
bool store_finish_sync(struct store *store, int64_t organization, int64_t run, const struct sync_counts *counts,
    const struct sync_end *end, struct error *err) MUST_CHECK;

/* Newest first. */
struct sync_run_query {
    int64_t integration; /* 0 = of all */
    struct view state; /* empty = any */
    bool lists_registry; /* only those that list the registry: not "projects" */
    struct page_request page;
};
bool store_list_sync_runs(struct store *store, struct arena *arena, int64_t organization,
    const struct sync_run_query *query, struct sync_run **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* ERROR_NOT_FOUND. */
bool store_find_sync_run(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct sync_run *run, struct error *err) MUST_CHECK;

/* What people should know of how a run went beside its result: an API that failed and what was lost by it. The same text is
   kept once, SYNC_NOTES_MAX texts a run. */
#define SYNC_NOTES_MAX 100
bool store_note_sync_text(
    struct store *store, int64_t organization, int64_t run, struct view text, struct error *err) MUST_CHECK;
bool store_list_sync_notes(struct store *store, struct arena *arena, int64_t organization, int64_t run,
    struct view **items, size_t *count, struct error *err) MUST_CHECK;

/* The journal of a run: one row for each tag or project that changed, with the reason; what did not change leaves no
   trace. At most SYNC_CHANGES_MAX rows a run are kept (`sync_run.changes` counts on), for SYNC_JOURNAL_MS. */
#define SYNC_CHANGES_MAX 100000
#define SYNC_JOURNAL_MS (INT64_C(90) * 24 * 3600 * 1000)
struct sync_change {
    int64_t id;
    struct view change; /* of a tag: "new" "moved" "gone"; of a project: "imported" "refreshed" "deleted"
                           "gone-from-registry" "out-of-policy" "back" */
    struct view repository;
    struct view tag;
    struct view digest; /* the new one; empty if gone */
    struct view previous_digest; /* empty if new */
    struct view reason; /* of selection_reasons.def or plan_actions.def; empty = none was needed */
    struct view clock; /* "pushed" "first-observed"; empty = time played no part */
    int64_t at_ms;
    struct view cursor;
};
struct sync_change_query {
    const struct uuid *run;
    struct view change; /* empty = all */
    struct page_request page;
};
bool store_list_sync_changes(struct store *store, struct arena *arena, int64_t organization,
    const struct sync_change_query *query, struct sync_change **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* Forgets journals and notes of runs that ended longer ago than SYNC_JOURNAL_MS; the runs themselves stay, but those of
   "projects", which are many and listed nothing. */
bool store_prune_sync_journals(struct store *store, struct error *err) MUST_CHECK;

/* One tag as a listing shows it. */
struct listed_tag {
    struct view tag;
    struct digest digest; /* unset: it could not be read this time; what was known stays */
    int64_t pushed_ms; /* 0 = unknown */
    struct view push_source; /* where the push time comes from; empty */
};

#define LISTED_TAGS_MAX 1000000

struct listing {
    int64_t organization;
    int64_t integration;
    int64_t run;
    struct view repository;
    const struct listed_tag *tags; /* each tag once */
    size_t tag_count;
    bool is_complete; /* else tags that are not in it are not held to be gone */
};

/* Records what a repository holds; writes rows only for what changed, which `*changed` counts, and with the projects that are up to
   date that they were looked at. */
bool store_record_listing(
    struct store *store, const struct listing *listing, size_t *changed, struct error *err) MUST_CHECK;

/* Whether that run recorded the repository to its end already, and then how many tags are there. */
bool store_find_listing(struct store *store, int64_t organization, int64_t integration, int64_t run,
    struct view repository, bool *is_listed, size_t *tag_count, struct error *err) MUST_CHECK;

/* Tags of the repository as listed last whose project is not at that digest, failed to be scanned at it, or waits for a scan
   that no job will do: what is to be looked at and imported. */
struct pending_import {
    struct view tag;
    struct digest digest;
    const char *reason; /* why it is imported, for the journal; NULL = none is needed */
    const char *clock; /* that decided; NULL = none */
};
bool store_pending_imports(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    struct view repository, struct pending_import **items, size_t *count, struct error *err) MUST_CHECK;

/* What looks up which digest a project's tag names. */
enum look {
    LOOK_SYNC,
    LOOK_REGISTRY_SCAN,
    LOOK_WEBHOOK,
    LOOK_IMPORT, /* by hand */
    LOOK_SCAN_REQUEST,
    LOOK_SCHEDULE, /* the project's own frequency */
    LOOK_PERSON, /* a scan of the project that somebody asked for */
    LOOK_COUNT
};
const char *look_name(enum look look); /* "registry-scan" */

/* A tag that names a digest. */
struct import {
    int64_t organization;
    int64_t integration;
    int64_t run; /* that counts it as new or as an artifact; 0 = none */
    struct view repository;
    struct view tag;
    struct digest digest; /* of the manifest or index that the tag names */
    enum manifest_kind kind; /* MANIFEST_IMAGE as long as nobody looked: the scan tells what it is */
    struct view artifact_type; /* MANIFEST_ARTIFACT */
    int lane; /* for the scan job: JOB_LANE_… */
    enum look look; /* that told */
    bool is_being_scanned; /* by whoever imports it: no scan job is queued */
    bool is_manual; /* a person asked: clears a tombstone, and sync never deletes the project that this makes */
    struct view importer; /* UUID of the user who asked; empty = nobody, or a token */
    const char *reason; /* why, for the run's journal; NULL = none is needed */
    const char *clock; /* that decided; NULL = none */
};

enum import_result {
    IMPORT_UNCHANGED, /* the project was at this digest already, or a user deleted it and no person asks for it now */
    IMPORT_KNOWN, /* new for the project, but the repository's digest was scanned before: linked, nothing to do */
    IMPORT_QUEUED, /* a scan job waits (one for each repository and digest) */
    IMPORT_ARTIFACT /* recorded as not an image, which an earlier scan found */
};

/* What kind of thing a digest is, if a tag of the repository pointed at it before: fills `kind` and `artifact_type` of the
   import, whose other members are set. Else they stay. */
bool store_find_kind(struct store *store, struct arena *arena, struct import *import, struct error *err) MUST_CHECK;

/* Whether a digest of a repository has a complete result, without failures. */
bool store_is_scanned(struct store *store, int64_t organization, int64_t integration, struct view repository,
    const struct digest *digest, bool *is_scanned, struct error *err) MUST_CHECK;

/* Makes or moves target, project and snapshot; queues the scan of what is not known, all in one transaction. The job has
   kind "scan" and the payload {"integration": UUID, "repository": …, "digest": …}. */
bool store_import(
    struct store *store, const struct import *import, enum import_result *result, struct error *err) MUST_CHECK;

#endif
