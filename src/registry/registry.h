/* SPDX-License-Identifier: Apache-2.0 */
/* One container registry over the OCI distribution protocol (spec 1.1): ping, catalog, tags, manifests and blobs, with
   Basic and Bearer authentication. Everything a registry sends is a stranger's: names are checked before they are used,
   manifests are hashed, pagination ends. A registry and the blob sources made from it belong to one thread at a time;
   several registries may exist. */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "http/client.h"
#include "image/blob_sink.h"
#include "image/blob_source.h"
#include "image/reference.h"
#include "registry/credential.h"

#define REGISTRY_REPOSITORIES_MAX 20000
#define REGISTRY_TAGS_MAX 20000
#define REGISTRY_PAGES_MAX 10000
#define REGISTRY_PARALLEL_DEFAULT 4

struct registry;

/* What proves who we are; either a user name with a password, or one of the tokens. All empty: anonymous. */
struct registry_credentials {
    struct view username;
    const struct secret *password;
    const struct secret *identity_token; /* exchanged for access tokens (`docker login` of some registries) */
    const struct secret *registry_token; /* sent as Bearer as it is */
};

/* Credentials that a vendor gives for a while: asked for before the first request, when they ran out, and once more when
   they were refused. */
struct registry_sign_in {
    /* Fills `credentials`, which are borrowed until the next call, and `*valid_ms`, for how long they are good. */
    bool (*renew)(struct registry_sign_in *sign_in, struct registry_credentials *credentials, int64_t *valid_ms,
        struct error *err);
};

struct registry_options {
    struct view host; /* as in references: "docker.io", "registry.example.com:5000" */
    struct view path_prefix; /* before /v2/: "/artifactory/api/docker/KEY"; usually empty */
    bool is_plain_http; /* http:// was asked for. Without it, a loopback host that speaks no TLS is asked over http */
    bool wants_tls; /* even on loopback */
    const struct registry_credentials *credentials; /* borrowed; NULL: anonymous */
    const struct credential_set *fields; /* borrowed; all that the user gave, see credential.h; NULL: nothing */
    struct registry_sign_in *sign_in; /* borrowed; NULL: the credentials stay as they are */
    struct view
        token_host; /* "host[:port]" of the only token service that gets credentials; empty: any. ERROR_REFUSED */
    struct http_gate *gate; /* borrowed; shared with others that ask this registry; NULL: none */
    unsigned parallel; /* lookups at a time, 1 … HTTP_PARALLEL_MAX; 0: REGISTRY_PARALLEL_DEFAULT */
    bool is_patient; /* at the gate: bulk work, which others go before */
    const struct outbound_policy *policy; /* borrowed; see http/outbound.h */
    const struct http_route *route; /* borrowed; for every HTTP client that an adapter makes as well; may be NULL */
    const char *ca_file; /* NULL: SSL_CERT_FILE, else the system's */
    unsigned tries_max; /* of each request; 0 = as usual */
    const struct cancel *cancel; /* borrowed; may be NULL */
    const struct clock *clock; /* NULL: the system's */
    void (*sleep)(const struct clock *clock, int64_t wait_ms); /* NULL: really sleeps */
};

/* Connects to nothing yet. ERROR_INVALID for a bad host or prefix. */
bool registry_open(const struct registry_options *options, struct registry **registry, struct error *err) MUST_CHECK;
void registry_close(struct registry *registry); /* NULL is fine; after all blob sources made from it */

static inline void registry_cleanup(struct registry **registry)
{
    registry_close(*registry);
}
#define AUTO_REGISTRY CLEANUP(registry_cleanup) struct registry

/* Takes "http://" or "https://" off a reference or host as users write it; `*is_plain_http` tells of the first. */
void registry_take_scheme(struct view *text, bool *is_plain_http);

/* Whether there is a registry that talks to us. It does not prove that the credentials are good: many token services give
   a token without rights to anybody. ERROR_DENIED, ERROR_UNSUPPORTED ("a web page, not a registry"), … */
bool registry_ping(struct registry *registry, struct error *err) MUST_CHECK;

/* What was listed. Only a complete listing tells that something is gone. */
struct registry_listing {
    bool is_complete;
    struct view incomplete_reason; /* in the arena; empty if complete */
    size_t count; /* handed to the callback */
    size_t skipped; /* names that break the grammar, which some registries send */
};

/* Called once for each name, in the registry's order, never twice for one name; false stops with the error that it set. */
struct registry_names {
    bool (*name)(struct registry_names *names, struct view name, struct error *err);
};

/* The catalog. Many registries have none for normal users: ERROR_DENIED or ERROR_NOT_FOUND, and the user names the
   repositories. */
bool registry_repositories(struct registry *registry, struct arena *arena, struct registry_names *names,
    struct registry_listing *listing, struct error *err) MUST_CHECK;

/* The tags of a repository; tags that only attach signatures and the like to an image (sha256-….sig) are left out.
   ERROR_NOT_FOUND if the repository does not exist or may not be seen. */
bool registry_tags(struct registry *registry, struct arena *arena, struct view repository, struct registry_names *names,
    struct registry_listing *listing, struct error *err) MUST_CHECK;

/* The digest that a tag points at now: by HEAD, which rate limits do not count, or by GET and hashing where the answer
   has no usable digest. */
bool registry_resolve(struct registry *registry, struct view repository, struct view tag, struct digest *digest,
    struct error *err) MUST_CHECK;

/* The same for many tags, several at a time. A tag that vanished keeps an unset digest and gets `is_gone`; one that could
   not be read keeps an unset digest, and the first reason is left in `*why` (ERROR_NONE if there is none). Fails where every
   other tag would fail as well: no connection, no patience left, stopped. */
struct registry_lookup {
    struct view tag;
    struct digest digest;
    bool is_gone;
    bool is_done; /* false before */
};
bool registry_resolve_all(struct registry *registry, struct view repository, struct registry_lookup *items,
    size_t count, struct error *why, struct error *err) MUST_CHECK;

/* A manifest by tag or, if `digest` is set, by digest; `*found` is computed from the document. */
bool registry_manifest(struct registry *registry, struct arena *arena, const struct reference *reference,
    struct view *document, struct digest *found, struct error *err) MUST_CHECK;

/* A blob as it comes, unverified. Where the connection breaks, the rest is asked for by Range, a few times. */
bool registry_blob(struct registry *registry, struct view repository, const struct descriptor *descriptor,
    struct source **content, struct error *err) MUST_CHECK;

/* The manifests and blobs of the reference's repository; the manifest of an unset digest is the reference's own. The
   registry is borrowed. */
bool registry_blob_source(struct registry *registry, const struct reference *reference, struct blob_source **source,
    struct error *err) MUST_CHECK;

/* Where an artifact goes: a repository and the tag of its manifest. The registry is borrowed. */
bool registry_blob_sink(struct registry *registry, const struct reference *reference, struct blob_sink **sink,
    struct error *err) MUST_CHECK;

/* The last attempt at anything that this registry sent for, for people who look for the reason of a failure. */
const struct http_attempt *registry_last_attempt(const struct registry *registry);

/* "host[:port]" of the token service that the registry named; empty: none so far. `*is_refused`: it was not asked, since it
   is not the one that was given. */
struct view registry_token_host(const struct registry *registry, bool *is_refused);

/* Where requests go: "https://registry-1.docker.io". After the first request it is known whether TLS is spoken. */
struct view registry_address(const struct registry *registry);

#endif
