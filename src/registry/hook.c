/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/hook.h"

#include "base/hex.h"
#include "image/reference.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define HOOK(sender) extern const struct hook_sender hook_##sender;
#include "registry/hooks.def"
#undef HOOK

static const struct hook_sender *const senders[] = {
#define HOOK(sender) &hook_##sender,
#include "registry/hooks.def"
#undef HOOK
};

const struct hook_sender *hook_sender_at(size_t index)
{
    return index < sizeof(senders) / sizeof(senders[0]) ? senders[index] : NULL;
}

const struct hook_sender *hook_sender_find(struct view name)
{
    for (size_t i = 0; hook_sender_at(i) != NULL; i++) {
        if (view_is(name, hook_sender_at(i)->name))
            return hook_sender_at(i);
    }
    return NULL;
}

void hook_hint_add(struct hook_hints *hints, struct view repository, struct view tag)
{
    if (!repository_is_valid(repository) || hints->count == HOOK_HINTS_MAX)
        return;
    if (!tag_is_valid(tag)) /* digests have a ':' */
        tag = view_text("");
    for (size_t i = 0; i < hints->count; i++) {
        if (view_equal(hints->items[i].repository, repository) && view_equal(hints->items[i].tag, tag))
            return;
    }
    hints->items[hints->count++] =
        (struct hook_hint){arena_copy(hints->arena, repository), arena_copy(hints->arena, tag)};
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* "payload=%7B…": GitHub's other form. */
static struct view take_payload(struct arena *arena, struct view body)
{
    if (!view_starts_with(body, "payload="))
        return body;
    struct view coded = view_from(body, strlen("payload="));
    struct view value = view_cut(&coded, '&');
    char *text = arena_text(arena, value);
    size_t size = 0;
    for (size_t i = 0; i < value.size; i++) {
        bool is_escape = value.data[i] == '%' && i + 2 < value.size && hex_value(value.data[i + 1]) >= 0 &&
                         hex_value(value.data[i + 2]) >= 0;
        if (is_escape) {
            text[size++] = (char)(hex_value(value.data[i + 1]) * 16 + hex_value(value.data[i + 2]));
            i += 2;
        } else {
            text[size++] = value.data[i] == '+' ? ' ' : value.data[i];
        }
    }
    return view_of(text, size);
}

bool hook_read(const struct hook_sender *sender, struct view body, struct hook_hints *hints, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!json_parse(document, take_payload(hints->arena, body), HOOK_BODY_BYTES_MAX, "webhook", &root, err))
        return false;
    sender->read(root, hints);
    return true;
}

static bool equals(struct view a, struct view b)
{
    return a.size == b.size && CRYPTO_memcmp(a.data, b.data, a.size) == 0;
}

static bool matches_digest(const EVP_MD *algorithm, struct view header, struct view body, struct view key)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned int size = 0;
    if (view_starts_with(header, "sha256="))
        header = view_from(header, strlen("sha256="));
    if (HMAC(algorithm, key.data, (int)key.size, (const unsigned char *)body.data, body.size, mac, &size) == NULL)
        return false;
    hex_write(hex, mac, size);
    return equals(header, view_of(hex, 2 * (size_t)size));
}

bool hook_proves(const struct hook_sender *sender, struct view header, struct view body, const struct secret *secret)
{
    struct view key = secret_view(secret);
    if (key.size == 0)
        return true;
    switch (sender->proof) {
    case HOOK_PROOF_NONE:
        return false;
    case HOOK_PROOF_HEADER:
    case HOOK_PROOF_HEADER_OR_TOKEN:
        return equals(header, key);
    case HOOK_PROOF_SHA1:
        return matches_digest(EVP_sha1(), header, body, key);
    case HOOK_PROOF_SHA256:
        return matches_digest(EVP_sha256(), header, body, key);
    case HOOK_PROOF_HEADER_OR_SHA256:
        return equals(header, key) || matches_digest(EVP_sha256(), header, body, key);
    }
    return false;
}
