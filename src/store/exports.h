/* SPDX-License-Identifier: Apache-2.0 */
/* Exports: files that a job writes for whoever asked, and that are fetched by an address that proves itself and ends. They are kept
   for EXPORT_KEPT_MS. */
#ifndef STORE_EXPORTS_H
#define STORE_EXPORTS_H

#include "base/uuid.h"
#include "store/store.h"

#define EXPORTS_WAITING_MAX 5 /* unfinished ones of an organization */
#define EXPORT_KEPT_MS (INT64_C(7) * 24 * 3600 * 1000)
#define EXPORT_PART_BYTES_MAX (1u << 20)
#define EXPORT_PARTS_MAX 4096
#define EXPORT_PROOF_SIZE 65 /* with its NUL */
#define JOB_EXPORT "export"

enum export_state { EXPORT_PENDING, EXPORT_STARTED, EXPORT_FINISHED, EXPORT_ERRORED, EXPORT_STATE_COUNT };
const char *export_state_name(enum export_state state); /* as published: "PENDING" … */

struct export
{
    int64_t id;
    struct uuid uuid;
    struct view document; /* what is asked for */
    struct view key;
    enum export_state state;
    struct view error; /* EXPORT_ERRORED */
    int64_t rows;
    int64_t bytes;
    int64_t created_ms;
    int64_t finished_ms; /* 0 = not yet */
};

struct export_new {
    struct view document;
    struct view who;
};

/* Queues its job. ERROR_LIMIT with EXPORTS_WAITING_MAX unfinished ones. */
bool store_new_export(struct store *store, struct arena *arena, int64_t organization, const struct export_new *given,
    struct export *made, struct error *err) MUST_CHECK;

bool store_find_export(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct export *found, struct error *err) MUST_CHECK;

/* For the job: it begins anew, parts of an earlier attempt go. */
bool store_begin_export(struct store *store, int64_t id, struct error *err) MUST_CHECK;

/* At most EXPORT_PART_BYTES_MAX of text; positions from 0 on. ERROR_LIMIT from EXPORT_PARTS_MAX on. */
bool store_add_export_part(
    struct store *store, int64_t id, int64_t position, struct view text, struct error *err) MUST_CHECK;

struct export_end {
    struct view error; /* empty: it succeeded */
    int64_t rows;
    int64_t bytes;
};
bool store_finish_export(struct store *store, int64_t id, const struct export_end *end, struct error *err) MUST_CHECK;

/* What proves an address of the export's file until a time. */
void export_prove(const struct export *export, int64_t until_ms, char proof[EXPORT_PROOF_SIZE]);

/* The export whose address was proved so. ERROR_NOT_FOUND, always with the same words, if there is none, the proof is wrong, its
   time is over, or the file is not finished. */
bool store_find_proved_export(struct store *store, struct arena *arena, const struct uuid *uuid, int64_t until_ms,
    struct view proof, struct export *found, struct error *err) MUST_CHECK;

/* The text of a part; empty behind the last. */
bool store_read_export_part(struct store *store, struct arena *arena, int64_t id, int64_t position, struct view *text,
    struct error *err) MUST_CHECK;

bool store_prune_exports(struct store *store, struct error *err) MUST_CHECK;

#endif
