/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the index and frames of the child: what decodes is written back byte for byte, the rest is refused.
   Fuzzes: src/advisory/encoding.c src/index/ */
#include "tests/fuzz/fuzz.h"

#include "advisory/encoding.h"

static void check_advisory(struct view encoded, bool checks_text)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER again;
    struct error err;
    struct advisory advisory;
    buffer_init(&again, encoded.size);
    struct decoder decoder = decoder_begin(encoded);
    decoder.checks_text = checks_text;
    decode_advisory(&decoder, arena, &advisory);
    if (!decoder_finish(&decoder, "the advisory", &err)) {
        FUZZ_CHECK(err.code == ERROR_CORRUPT);
        return;
    }
    FUZZ_CHECK(!checks_text || view_is_utf8(advisory.id));
    encode_advisory(&again, &advisory);
    FUZZ_CHECK(view_equal(buffer_view(&again), encoded));
}

/* As the index reads what it has for a package name. */
static void check_elements(struct view encoded)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER again;
    struct decoder decoder = decoder_begin(encoded);
    buffer_init(&again, encoded.size);
    while (decoder.unpack.rest.size > 0 && !decoder.unpack.is_broken) {
        struct affected affected;
        struct view id = decode_text(&decoder);
        decode_affected(&decoder, arena, &affected);
        pack_text(&again, id);
        encode_affected(&again, &affected);
    }
    FUZZ_CHECK(decoder.unpack.is_broken || view_equal(buffer_view(&again), encoded));
}

/* As the index reads what it has for a vulnerability. */
static void check_facts(struct view encoded)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER again;
    struct error err;
    struct vulnerability_facts facts;
    struct decoder decoder = decoder_begin(encoded);
    buffer_init(&again, encoded.size);
    decode_facts(&decoder, arena, &facts);
    if (!decoder_finish(&decoder, "the facts", &err))
        return;
    FUZZ_CHECK(facts.epss_score >= 0 && facts.epss_score <= 1);
    encode_facts(&again, &facts);
    FUZZ_CHECK(view_equal(buffer_view(&again), encoded));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view encoded = view_of(data, size);
    check_advisory(encoded, true);
    check_advisory(encoded, false);
    check_elements(encoded);
    check_facts(encoded);
    return 0;
}
