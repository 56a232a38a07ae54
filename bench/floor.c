/* SPDX-License-Identifier: Apache-2.0 */
/* The floor under every scan: what it costs one thread to inflate layer blobs and to hash their compressed bytes, from
   memory, with nothing else done. Independent of the product's own code on purpose.
   usage: floor BLOB…   prints the median of 5 runs as "wall_s cpu_s compressed_bytes bytes" with names */
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

enum { RUNS = 5, OUTPUT_BYTES = 128 * 1024, PIECE_BYTES = 64 * 1024 };

struct blob {
    const uint8_t *bytes;
    size_t size;
};

static uint8_t output[OUTPUT_BYTES];

static void fail(const char *what)
{
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static void hash_piece(EVP_MD_CTX *hash, const uint8_t *bytes, size_t size)
{
    if (EVP_DigestUpdate(hash, bytes, size) != 1)
        fail("could not hash");
}

/* Pieces, so that hashing and inflating meet the same bytes while they are in the cache. */
static uint64_t inflate_gzip(struct blob blob, EVP_MD_CTX *hash)
{
    static struct inflate_state state;
    uint64_t bytes = 0;
    isal_inflate_init(&state);
    state.crc_flag = ISAL_GZIP;
    for (size_t offset = 0; offset < blob.size;) {
        size_t size = blob.size - offset < PIECE_BYTES ? blob.size - offset : PIECE_BYTES;
        hash_piece(hash, blob.bytes + offset, size);
        state.next_in = (uint8_t *)(uintptr_t)(blob.bytes + offset);
        state.avail_in = (uint32_t)size;
        offset += size;
        do {
            if (state.block_state == ISAL_BLOCK_FINISH) {
                isal_inflate_reset(&state);
                state.crc_flag = ISAL_GZIP;
            }
            state.next_out = output;
            state.avail_out = sizeof(output);
            if (isal_inflate(&state) != ISAL_DECOMP_OK)
                fail("the gzip data is damaged");
            bytes += sizeof(output) - state.avail_out;
        } while (state.avail_in > 0 || state.avail_out == 0);
    }
    return bytes;
}

static uint64_t inflate_zstd(struct blob blob, EVP_MD_CTX *hash)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    uint64_t bytes = 0;
    for (size_t offset = 0; offset < blob.size;) {
        size_t size = blob.size - offset < PIECE_BYTES ? blob.size - offset : PIECE_BYTES;
        hash_piece(hash, blob.bytes + offset, size);
        ZSTD_inBuffer input = {blob.bytes + offset, size, 0};
        ZSTD_outBuffer out;
        offset += size;
        do {
            out = (ZSTD_outBuffer){output, sizeof(output), 0};
            if (ZSTD_isError(ZSTD_decompressStream(stream, &out, &input)))
                fail("the zstd data is damaged");
            bytes += out.pos;
        } while (input.pos < input.size || out.pos == out.size);
    }
    ZSTD_freeDStream(stream);
    return bytes;
}

static uint64_t process(struct blob blob)
{
    static const uint8_t gzip[] = {0x1f, 0x8b}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    uint64_t bytes = blob.size;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1)
        fail("could not hash");
    if (blob.size >= sizeof(gzip) && memcmp(blob.bytes, gzip, sizeof(gzip)) == 0)
        bytes = inflate_gzip(blob, hash);
    else if (blob.size >= sizeof(zstd) && memcmp(blob.bytes, zstd, sizeof(zstd)) == 0)
        bytes = inflate_zstd(blob, hash);
    else
        hash_piece(hash, blob.bytes, blob.size);
    if (EVP_DigestFinal_ex(hash, digest, NULL) != 1)
        fail("could not hash");
    EVP_MD_CTX_free(hash);
    return bytes;
}

static struct blob load(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0 || about.st_size == 0)
        fail("could not open a blob, or it is empty");
    void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED)
        fail("could not map a blob");
    close(file);
    return (struct blob){.bytes = bytes, .size = (size_t)about.st_size};
}

static double seconds(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare_seconds(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return a < b ? -1 : a > b;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        fail("usage: floor BLOB…");
    struct blob *blobs = calloc((size_t)argc, sizeof(*blobs));
    uint64_t compressed = 0, plain = 0;
    double wall[RUNS], processor[RUNS];
    if (blobs == NULL)
        fail("out of memory");
    for (int i = 1; i < argc; i++) {
        blobs[i] = load(argv[i]);
        compressed += blobs[i].size;
    }
    for (int run = 0; run < RUNS; run++) {
        double wall_start = seconds(CLOCK_MONOTONIC), processor_start = seconds(CLOCK_PROCESS_CPUTIME_ID);
        plain = 0;
        for (int i = 1; i < argc; i++)
            plain += process(blobs[i]);
        wall[run] = seconds(CLOCK_MONOTONIC) - wall_start;
        processor[run] = seconds(CLOCK_PROCESS_CPUTIME_ID) - processor_start;
    }
    qsort(wall, RUNS, sizeof(wall[0]), compare_seconds);
    qsort(processor, RUNS, sizeof(processor[0]), compare_seconds);
    printf("wall_s=%.4f cpu_s=%.4f compressed_bytes=%llu bytes=%llu\n", wall[RUNS / 2], processor[RUNS / 2],
        (unsigned long long)compressed, (unsigned long long)plain);
    free(blobs);
    return 0;
}
