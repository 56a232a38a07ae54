/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "base/memory.h"
#include "stream/source.h"

#include <stdlib.h>

struct verify_source {
    struct source base;
    struct source *below;
    struct hash *hash; /* NULL once the end was reached and was right */
    struct digest expected;
    uint64_t size; /* UINT64_MAX = unknown */
    uint64_t bytes;
};

static bool verify_end(struct verify_source *verify, struct error *err)
{
    if (verify->size != UINT64_MAX && verify->bytes != verify->size)
        return error_set(err, ERROR_CORRUPT, "the content of %s ends after %llu of %llu bytes", verify->expected.text,
            (unsigned long long)verify->bytes, (unsigned long long)verify->size);
    struct digest actual;
    hash_finish(verify->hash, &actual);
    if (!digest_equal(&actual, &verify->expected))
        return error_set(
            err, ERROR_CORRUPT, "the content has digest %s, expected %s", actual.text, verify->expected.text);
    hash_free(verify->hash);
    verify->hash = NULL;
    return true;
}

static bool verify_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct verify_source *verify = (struct verify_source *)source;
    size_t count = 0;
    if (verify->hash != NULL && !source_read(verify->below, bytes, size, &count, err))
        return false;
    if (count == 0) {
        if (verify->hash != NULL && !verify_end(verify, err))
            return false;
        *got = 0;
        return true;
    }
    if (verify->size != UINT64_MAX && count > verify->size - verify->bytes)
        return error_set(err, ERROR_CORRUPT, "the content of %s is longer than %llu bytes", verify->expected.text,
            (unsigned long long)verify->size);
    hash_update(verify->hash, view_of(bytes, count));
    verify->bytes += count;
    *got = count;
    return true;
}

static void verify_source_close(struct source *source)
{
    struct verify_source *verify = (struct verify_source *)source;
    source_close(verify->below);
    hash_free(verify->hash);
    free(verify);
}

static const struct source_type verify_type = {"verify", verify_source_read, verify_source_close};

struct source *source_verify(struct source *below, const struct digest *expected, uint64_t size)
{
    struct verify_source *verify = memory_alloc(sizeof(*verify));
    *verify = (struct verify_source){
        .base = {&verify_type}, .below = below, .hash = hash_new(expected), .expected = *expected, .size = size};
    return &verify->base;
}
