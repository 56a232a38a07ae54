/* SPDX-License-Identifier: Apache-2.0 */
/* EventBridge's event, as an API destination sends it, or inside a notification of SNS. */
#include "registry/hook.h"

extern const struct hook_sender hook_ecr;

static void read_ecr(struct json document, struct hook_hints *hints)
{
    AUTO_JSON *inner = json_document_new();
    struct error err;
    struct view message = json_member_string(document, "Message");
    if (message.size > 0 && !json_parse(inner, message, HOOK_BODY_BYTES_MAX, "message", &document, &err))
        return;
    struct json detail = json_member(document, "detail");
    if (view_is(json_member_string(document, "source"), "aws.ecr"))
        hook_hint_add(hints, json_member_string(detail, "repository-name"), json_member_string(detail, "image-tag"));
}

const struct hook_sender hook_ecr = {"ecr", "Amazon ECR (EventBridge)", HOOK_PROOF_HEADER, "x-api-key", read_ecr};
