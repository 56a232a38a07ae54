/* SPDX-License-Identifier: Apache-2.0 */
/* The feeds of an index as an OCI artifact: the normalized records of each database, and a list of them with their sha256,
   which may be signed (Ed25519). Whoever takes it builds an index of his own from the records; nothing else is trusted. One
   thread; the caller owns everything that is passed in. */
#ifndef INDEX_ARTIFACT_H
#define INDEX_ARTIFACT_H

#include "image/blob_sink.h"
#include "image/blob_source.h"
#include "index/update.h"

#define ARTIFACT_TYPE "application/vnd.tidewaiter.feeds.v1"

struct artifact_export {
    const char *folder; /* of the index */
    const char *sign_key; /* file of the private key; NULL: unsigned */
};

/* The same generation makes the same artifact. ERROR_NOT_FOUND names a database whose records were not kept. `*digest` is the
   manifest's. */
bool artifact_write(
    const struct artifact_export *export, struct blob_sink *sink, struct digest *digest, struct error *err) MUST_CHECK;

struct artifact_import {
    const char *folder; /* of the index; made if it is missing */
    const char *verify_key; /* file of the public key; NULL: signed or not, it is taken */
    bool accepts_loss; /* also a database that lost more than a fifth of its records */
    bool accepts_older; /* also what was checked before the database that is here */
    struct sandbox *sandbox;
    const struct cancel *cancel; /* may be NULL */
    const struct clock *clock;

    /* Told for each database once it is built; may be NULL. Valid during the call. */
    void (*done)(void *context, const struct update_result *result);
    void *context;
};

/* All of it or nothing: what is damaged, cut short, not signed as wanted, older or too small changes nothing. */
bool artifact_read(const struct artifact_import *import, struct blob_source *source, uint64_t *generation,
    struct error *err) MUST_CHECK;

#endif
