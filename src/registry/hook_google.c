/* SPDX-License-Identifier: Apache-2.0 */
/* The topic "gcr" pushed by Pub/Sub: the event is base64 inside, and names host, repository and tag. */
#include "registry/hook.h"

#include <openssl/evp.h>

extern const struct hook_sender hook_google;

static void read_google(struct json document, struct hook_hints *hints)
{
    AUTO_JSON *inner = json_document_new();
    struct view coded = json_member_string(json_member(document, "message"), "data");
    struct json event;
    struct error err;
    char *bytes = arena_alloc(hints->arena, coded.size + 4);
    int size = coded.size % 4 == 0 && coded.size > 0
                   ? EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)coded.data, (int)coded.size)
                   : -1;
    while (size > 0 && bytes[size - 1] == '\0') /* the padding */
        size--;
    if (size <= 0 || !json_parse(inner, view_of(bytes, (size_t)size), HOOK_BODY_BYTES_MAX, "message", &event, &err))
        return;
    struct view name = json_member_string(event, "tag");
    (void)view_cut(&name, '/');
    size_t colon = view_find_last(name, ':');
    if (colon < name.size)
        hook_hint_add(hints, view_slice(name, 0, colon), view_from(name, colon + 1));
}

const struct hook_sender hook_google = {"google", "Artifact Registry, Container Registry (Pub/Sub)",
    HOOK_PROOF_HEADER_OR_TOKEN, "authorization", read_google};
