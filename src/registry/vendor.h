/* SPDX-License-Identifier: Apache-2.0 */
/* What the adapters of vendors share: making an adapter, asking a JSON API page by page with whatever proves who we are,
   getting tokens for it, and handing over what was listed. An API's answers are a stranger's: bodies are bounded, pages end,
   links and redirects to another host are refused, and every name is checked when it is handed over. Inside registry/ only. */
#ifndef REGISTRY_VENDOR_H
#define REGISTRY_VENDOR_H

#include "base/json.h"
#include "registry/adapter.h"

#define VENDOR_JSON_BYTES_MAX (32u * 1024 * 1024)
#define VENDOR_HEADERS_MAX 8

/* -- Making and ending -- */

/* A zeroed instance of `size` bytes that begins with a struct adapter; its options are copied, and hosts of the field
   "api_url" are made own ones. Its registry is not connected yet. */
struct adapter *adapter_new(const struct adapter_type *type, size_t size, const struct registry_options *options);

/* Opens adapter->registry with these options. The adapter is closed if that fails. */
bool adapter_connect(struct adapter *adapter, const struct registry_options *options, struct error *err) MUST_CHECK;

/* An own registry for the repositories below a prefix. */
bool adapter_add_place(
    struct adapter *adapter, struct view prefix, const struct registry_options *options, struct error *err) MUST_CHECK;

struct view adapter_field(const struct adapter *adapter, const char *name); /* empty: not given */
const struct secret *adapter_secret(const struct adapter *adapter, const char *name); /* NULL: not given */

/* The registry's own scheme, host and port with a path behind it: where on-premises products have their API. */
struct view vendor_own_url(const struct adapter *adapter, const char *path);

/* Tells the one who takes notes. */
void adapter_note(struct adapter *adapter, const char *format, ...) PRINTF(2, 3);

/* -- Handing over -- */

/* Checked, and dropped if it was handed over before. What breaks the grammar is counted as skipped. */
bool vendor_repository(struct vendor_listing *listing, struct view name, struct error *err) MUST_CHECK;
bool vendor_tag(struct vendor_listing *listing, const struct tag_entry *entry, struct error *err) MUST_CHECK;

/* One entry of the vendor's answer could not be understood. */
void vendor_skip(struct vendor_listing *listing);

/* Something is missing, so that what is not in the listing need not be gone. */
void vendor_incomplete(struct vendor_listing *listing, const char *reason);

/* How much was handed over or skipped so far: for noticing pages that bring nothing. */
size_t vendor_progress(const struct vendor_listing *listing);

/* The tags by the protocol, for adapters that find no better way. Digests are looked up. */
bool vendor_protocol_tags(struct vendor_listing *listing, struct view repository, struct error *err) MUST_CHECK;

/* -- Asking -- */

struct vendor_api;

/* A request being made; `prove` adds to it. */
struct vendor_call {
    struct http_request request;
    struct http_header headers[VENDOR_HEADERS_MAX];
    struct view body;
    struct secret *signature; /* owned: freed after the call */
};
void vendor_header(struct vendor_call *call, const char *name, struct view value);

enum vendor_retry { VENDOR_RETRY_NO, VENDOR_RETRY_FRESH, VENDOR_RETRY_LATER };

struct vendor_api {
    struct adapter *adapter;
    const char *title; /* "Docker Hub's API" */
    struct url base; /* scheme, host, port and path without '/' at its end */
    const char *accept; /* NULL: application/json */

    /* What proves who we are: a fixed header value, or one that `sign_in` makes and renews. */
    const char *token_header; /* NULL: Authorization */
    struct secret *token;
    bool (*sign_in)(struct vendor_api *api, struct secret **token, int64_t *valid_ms, struct error *err);
    int64_t token_until_ms; /* monotonic */

    /* Where every request is signed: called instead of the above, after headers and body are set. `is_again`: the first
       signature was refused. */
    bool (*prove)(
        struct vendor_api *api, struct arena *arena, struct vendor_call *call, bool is_again, struct error *err);

    /* Where the API is the registry's own, behind the registry's authentication: every request then has a scope. */
    struct registry *registry;

    /* What a refusal means, where the status does not tell; NULL: 401 alone asks for a fresh proof. */
    enum vendor_retry (*retry)(const struct http_response *response);
};

/* `text`: the user's URL, else the default. */
bool vendor_api_open(
    struct vendor_api *api, struct adapter *adapter, const char *title, struct view text, struct error *err) MUST_CHECK;
void vendor_api_done(struct vendor_api *api);

/* A request relative to the API's base. */
struct vendor_request {
    const char *method; /* NULL: GET */
    struct view target; /* "/projects?page=1"; or an absolute URL at the API's own origin */
    struct view body;
    const char *body_type;
    struct http_header headers[4]; /* beside Accept and Content-Type; ends with an empty name */
    struct view scope; /* where the API has a registry */
};

/* Sends, proves who we are, again once with a fresh proof where the first was refused, and later where the vendor asks for
   patience. Any final status is success. */
bool vendor_send(struct vendor_api *api, struct arena *arena, const struct vendor_request *request,
    struct http_response *response, struct error *err) MUST_CHECK;

/* The same, and reads the answer; a status other than 2xx is an error. */
bool vendor_ask(struct vendor_api *api, struct arena *arena, const struct vendor_request *request,
    struct json_document *document, struct json *root, struct http_response *response, struct error *err) MUST_CHECK;

/* One walk over pages. Embedded in what `page` needs. */
struct vendor_pages {
    struct vendor_api *api;
    struct vendor_listing *listing;
    struct vendor_request request; /* the first page */

    /* Takes what a page holds, and sets the next page's `request->target` or `request->body`, allocated in `arena`; leaves
       `*has_next` false at the end. */
    bool (*page)(struct vendor_pages *pages, struct arena *arena, struct json root,
        const struct http_response *response, bool *has_next, struct error *err);

    size_t number; /* of the current page, from 1 */
    struct view first; /* target of the first page */
};
bool vendor_walk(struct vendor_pages *pages, struct error *err) MUST_CHECK;

/* The usual ways to the next page, for `page`: a Link header with rel="next"; the first target with NAME=number+1; the first
   target with NAME=VALUE (nothing to do for an empty value). The first target has its own '?'. */
void vendor_next_link(
    struct vendor_pages *pages, struct arena *arena, const struct http_response *response, bool *has_next);
void vendor_next_number(struct vendor_pages *pages, struct arena *arena, const char *name, bool *has_next);
void vendor_next_value(
    struct vendor_pages *pages, struct arena *arena, const char *name, struct view value, bool *has_next);

/* -- Tokens -- */

/* How a token is asked for, at any host. */
struct vendor_token_request {
    const char *method;
    struct view url;
    const struct secret *body;
    const char *body_type;
    struct http_header header; /* one more, or none */
    const char *member; /* of the JSON answer: "access_token"; NULL: the whole body is the token */
};

/* `*token` is the bare token. `*valid_ms` from the answer's expires_in, else from the token's own "exp" if it is a JWT, else
   a minute. */
bool vendor_obtain(struct adapter *adapter, const struct vendor_token_request *request, struct secret **token,
    int64_t *valid_ms, struct error *err) MUST_CHECK;

/* "Bearer " and the token. */
struct secret *vendor_bearer(const struct secret *token);

/* A form of pairs, each value encoded; ended by a NULL name. Pairs with an empty value are left out. */
struct vendor_pair {
    const char *name;
    struct view value;
};
struct secret *vendor_form(const struct vendor_pair *pairs);

/* -- Reading -- */

/* RFC 3339 text, or a number or text of (milli)seconds since 1970; 0 for everything that means "unknown": absent, zero, the
   year 1, or not to be understood. */
int64_t vendor_time(struct json value);
int64_t vendor_time_seconds(struct json value);
int64_t vendor_time_milliseconds(struct json value);

/* A digest as vendors write it, with or without "sha256:" before 64 digits. Unset if it is none. */
struct digest vendor_digest(struct view text);

/* The items of a list as tags. An item without a usable name is skipped; one without a usable digest is looked up. */
struct vendor_tag_fields {
    const char *tag;
    const char *digest;
    const char *time; /* NULL: none */
    const char *other_time; /* where `time` is unknown; NULL: none */
    int64_t (*read_time)(struct json value);
    enum push_source source;
};
bool vendor_take_tags(struct vendor_listing *listing, struct json list, const struct vendor_tag_fields *fields,
    struct error *err) MUST_CHECK;

/* The items of a list as repositories PREFIX/NAME (an empty prefix: NAME); `member` NULL: the items are the names. */
bool vendor_take_repositories(struct vendor_listing *listing, struct json list, const char *member, struct view prefix,
    struct error *err) MUST_CHECK;

/* "Basic …" of user name and password; NULL if they were not given. */
struct secret *vendor_basic(const struct adapter *adapter);

/* Percent-encoded for one segment of a path. */
struct view vendor_segment(struct arena *arena, struct view text);

/* Whether the field is not given, or the list in it holds the name. */
bool vendor_is_chosen(const struct adapter *adapter, const char *field, struct view name);

/* The first label of the registry's host, without its port; and the label of that index, from 0. Empty if there is none. */
struct view vendor_host_label(const struct adapter *adapter, unsigned index);

#endif
