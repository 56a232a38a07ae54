/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that registries make when something was pushed or deleted. Whatever they say is a hint only: which repository, and
   perhaps which tag, is worth asking the registry about; digests and times in them are never believed. One sender is a row
   in hooks.def and a file hook_<sender>.c. Pure. */
#ifndef REGISTRY_HOOK_H
#define REGISTRY_HOOK_H

#include "base/json.h"
#include "http/client.h"

#define HOOK_BODY_BYTES_MAX (1024u * 1024)
#define HOOK_HINTS_MAX 100 /* of one call; more are dropped */

/* How a sender proves that it knows the integration's webhook_secret, where one is stored. The address of every hook holds
   a secret of its own besides. */
enum hook_proof {
    HOOK_PROOF_NONE, /* it cannot */
    HOOK_PROOF_HEADER, /* the header is the secret */
    HOOK_PROOF_HEADER_OR_TOKEN, /* the same, or Google's signed token where the integration has a webhook_audience */
    HOOK_PROOF_SHA1, /* HMAC-SHA1 of the body, in hexadecimal */
    HOOK_PROOF_SHA256, /* HMAC-SHA256 of the body, in hexadecimal, perhaps after "sha256=" */
    HOOK_PROOF_HEADER_OR_SHA256
};

struct hook_hint {
    struct view repository; /* as the registry's API names it */
    struct view tag; /* empty: any */
};

/* What a call was about; hints beyond HOOK_HINTS_MAX and names that break the grammar are dropped. */
struct hook_hints {
    struct arena *arena;
    struct hook_hint items[HOOK_HINTS_MAX];
    size_t count;
};

struct hook_sender {
    const char *name; /* in the address: /hooks/NAME/… */
    const char *title;
    enum hook_proof proof;
    const char *proof_header; /* lower case; NULL: none */

    /* Reads a document. What it does not understand gives no hints: senders grow new events all the time. */
    void (*read)(struct json document, struct hook_hints *hints);
};

/* NULL if there is none; and all of them, NULL from `index` = count on. */
const struct hook_sender *hook_sender_find(struct view name);
const struct hook_sender *hook_sender_at(size_t index);

/* For senders: adds a hint; `tag` that is a digest or empty counts as none. */
void hook_hint_add(struct hook_hints *hints, struct view repository, struct view tag);

/* A call's body; forms with "payload=" are taken apart. ERROR_INVALID if it is no JSON. */
bool hook_read(
    const struct hook_sender *sender, struct view body, struct hook_hints *hints, struct error *err) MUST_CHECK;

/* Whether the value of the proof header fits body and secret; in constant time. Without a secret everything fits; with one,
   nothing does of senders that cannot prove that they know it. Tokens are not looked at: see http/jwt.h. */
bool hook_proves(const struct hook_sender *sender, struct view header, struct view body, const struct secret *secret);

#endif
