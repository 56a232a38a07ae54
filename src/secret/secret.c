/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/secret.h"

#include "base/memory.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

struct secret {
    size_t mapped_size;
    size_t size;
    char bytes[];
};

/* Pages of their own, so that locking and unlocking one secret does not touch its neighbours. */
static struct secret *secret_of_size(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - sizeof(struct secret) - 1 - page)
        memory_exhausted(size);
    size_t mapped_size = (sizeof(struct secret) + size + 1 + page - 1) / page * page;
    struct secret *secret = mmap(NULL, mapped_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret == MAP_FAILED)
        memory_exhausted(mapped_size);
    /* Best effort: a small RLIMIT_MEMLOCK must not make the program unusable. */
    (void)mlock(secret, mapped_size);
    (void)madvise(secret, mapped_size, MADV_DONTDUMP);
    secret->mapped_size = mapped_size;
    secret->size = size;
    return secret;
}

struct secret *secret_join(const struct view *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    struct secret *secret = secret_of_size(size);
    char *end = secret->bytes;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0)
            memcpy(end, parts[i].data, parts[i].size);
        end += parts[i].size;
    }
    return secret;
}

struct secret *secret_new(struct view bytes)
{
    return secret_join(&bytes, 1);
}

struct secret *secret_base64(const char *prefix, struct view bytes)
{
    size_t prefix_size = strlen(prefix);
    struct secret *secret = secret_of_size(prefix_size + (bytes.size + 2) / 3 * 4);
    memcpy(secret->bytes, prefix, prefix_size);
    EVP_EncodeBlock((unsigned char *)secret->bytes + prefix_size, (const unsigned char *)bytes.data, (int)bytes.size);
    return secret;
}

void secret_free(struct secret *secret)
{
    if (secret == NULL)
        return;
    size_t mapped_size = secret->mapped_size;
    explicit_bzero(secret->bytes, secret->size);
    munmap(secret, mapped_size);
}

struct view secret_view(const struct secret *secret)
{
    return secret == NULL ? view_text(NULL) : view_of(secret->bytes, secret->size);
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
    struct view left = secret_view(a);
    struct view right = secret_view(b);
    return left.size == right.size && (left.size == 0 || CRYPTO_memcmp(left.data, right.data, left.size) == 0);
}

/* A limit of 1 also stops core_pattern's pipes, which 0 does not (core(5)). Where the hard limit is 0 already, only the
   other way is left, which keeps debuggers out as well. */
void secret_forbid_core_files(void)
{
    const struct rlimit limit = {1, 1};
    if (setrlimit(RLIMIT_CORE, &limit) != 0)
        (void)prctl(PR_SET_DUMPABLE, 0);
}

void secret_wipe(void *bytes, size_t size)
{
    if (size > 0)
        explicit_bzero(bytes, size);
}
