/* SPDX-License-Identifier: Apache-2.0 */
/* Decompressors: never spin, never read beyond their input, and give the same for input in small and in large pieces.
   Fuzzes: src/stream/gzip.c src/stream/zstd.c src/stream/decompress.c */
#include "tests/fuzz/fuzz.h"

#include "stream/source.h"

#include <string.h>

enum { INPUT_BYTES_MAX = 4096, OUTPUT_BYTES_MAX = 1 << 20 };

struct step_source {
    struct source base;
    struct view rest;
    size_t step;
};

static bool step_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    (void)err;
    struct step_source *steps = (struct step_source *)source;
    struct view piece = view_slice(steps->rest, 0, size < steps->step ? size : steps->step);
    if (piece.size > 0)
        memcpy(bytes, piece.data, piece.size);
    steps->rest = view_from(steps->rest, piece.size);
    *got = piece.size;
    return true;
}

static void step_close(struct source *source)
{
    (void)source; /* on the stack */
}

static bool decompress(struct view input, size_t step, struct buffer *output, struct error *err)
{
    static const struct source_type type = {"steps", step_read, step_close};
    struct step_source steps = {.base = {&type}, .rest = input, .step = step};
    AUTO_SOURCE *source = source_decompress(&steps.base);
    return source_read_all(source, output, "output", err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_BYTES_MAX)
        return 0;
    AUTO_BUFFER whole, pieces;
    buffer_init(&whole, OUTPUT_BYTES_MAX);
    buffer_init(&pieces, OUTPUT_BYTES_MAX);
    struct error whole_error, pieces_error;
    bool is_whole = decompress(view_of(data, size), INPUT_BYTES_MAX, &whole, &whole_error);
    bool is_in_pieces = decompress(view_of(data, size), 3, &pieces, &pieces_error);
    FUZZ_CHECK(is_whole == is_in_pieces);
    FUZZ_CHECK(!is_whole || view_equal(buffer_view(&whole), buffer_view(&pieces)));
    return 0;
}
