/* SPDX-License-Identifier: Apache-2.0 */
/* Who we are at Google: a service account's key or the machine's identity gives access tokens, which the APIs take as they
   are and the registries as a password. And the tag lists of its registries, which hold digests and times. Inside
   registry/ only. */
#ifndef REGISTRY_GOOGLE_H
#define REGISTRY_GOOGLE_H

#include "registry/vendor.h"

struct google {
    struct registry_sign_in sign_in;
    struct adapter *adapter;
    struct secret *private_key;
    struct view email;
    struct view key_id;
    struct view project; /* of the key; empty without one */
    struct secret *token;
};

/* Reads the fields "key_json" and "ambient" and makes the registry sign in by them; anonymous without either. ERROR_INVALID
   for a key file that is none. */
bool google_open(struct google *google, struct adapter *adapter, struct error *err) MUST_CHECK;
void google_done(struct google *google);

/* An access token. */
bool google_token(struct google *google, struct secret **token, int64_t *valid_ms, struct error *err) MUST_CHECK;

/* The tags of a repository by the registry's own list, which maps digests to tags and times. With `children`, the names
   below are handed to it as well. `api` asks the registry. */
struct google_children {
    bool (*child)(struct google_children *children, struct view name, struct error *err);
    bool has_images; /* set: the name is a repository itself */
};
bool google_list(struct vendor_api *api, struct vendor_listing *listing, struct view repository,
    struct google_children *children, struct error *err) MUST_CHECK;

#endif
