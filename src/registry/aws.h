/* SPDX-License-Identifier: Apache-2.0 */
/* Who we are at Amazon: access keys given by the user or by the machine, and the roles that they assume; and the JSON
   protocol of Amazon's APIs, signed. Inside registry/ only. */
#ifndef REGISTRY_AWS_H
#define REGISTRY_AWS_H

#include "http/sign.h"
#include "registry/vendor.h"

/* Keys that are good for a while. Made from `source`'s by assuming a role, or, without a source, from the integration's
   fields or the machine. */
struct aws_identity {
    struct adapter *adapter;
    struct view region; /* of the sign-in service */
    struct aws_identity *source; /* NULL: none */
    struct view role_arn; /* assumed with `source`'s keys */
    struct view external_id;

    struct arena *arena; /* of the current keys */
    struct aws_keys keys;
    struct secret *secret_access_key; /* owned, where they were given for a while */
    struct secret *session_token;
    int64_t until_ms; /* monotonic; 0: none yet */
};

/* The identity of the integration's fields: access keys, or `ambient`; and `role_arn` assumed by it, if that is given. */
struct aws_identity *aws_identity_of_fields(struct adapter *adapter, struct view region);
struct aws_identity *aws_identity_of_role(
    struct aws_identity *source, struct view region, struct view role_arn, struct view external_id);

/* Freed with the adapter's arena, but for secrets. */
void aws_identity_done(struct aws_identity *identity);

/* Whether there is anything to sign with. */
bool aws_has_identity(const struct adapter *adapter);

/* A JSON API of Amazon. */
struct aws_api {
    struct vendor_api base;
    struct aws_identity *identity;
    struct view region;
    const char *service; /* "ecr" */
    const char *target; /* "AmazonEC2ContainerRegistry_V20150921" */
};
bool aws_api_open(
    struct aws_api *api, struct adapter *adapter, const char *title, struct view url, struct error *err) MUST_CHECK;

/* The request of an operation; its header's text lives in the arena. */
struct vendor_request aws_operation(struct aws_api *api, struct arena *arena, const char *operation, struct view body);

/* {"NAME":"VALUE",…,"maxResults":N,"nextToken":…} without what is empty; ends with a NULL name. */
struct view aws_body(struct arena *arena, const struct vendor_pair *pairs, int64_t results_max, struct view next_token);

#endif
