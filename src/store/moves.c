/* SPDX-License-Identifier: Apache-2.0 */
/* Moves the counters of images by what changed in the findings of their
   packages, without counting the images anew: vulnerability by vulnerability,
   the severity that each image had by all its packages is compared with the one
   that it has now. So a feed commit costs what changed, and not what the images
   hold. */
#include "store/image_tallies.h"
#include "store/matching.h"
#include "store/packed.h"

#include <stdlib.h>

struct image_set {
    uint32_t *items;
    size_t count;
    size_t capacity;
};

/* What one image has of the vulnerability that is looked at. 0 = not at all,
 * else severity + 1. */
struct image_state {
    uint32_t turn; /* of the vulnerability that it was last looked at for */
    uint8_t before;
    uint8_t after;
    bool was_fixable;
    bool is_fixable;
};

struct image_delta {
    int32_t kinds[KIND_COUNT];
    int32_t findings;
    int32_t undecidable;
    bool is_listed;
};

struct moving {
    struct matching *matching;
    struct map sets; /* struct image_set by package */
    int64_t image_max;
    struct image_state *states; /* by image */
    struct image_delta *deltas;
    struct image_set moved; /* images with a delta */
    struct image_set looked_at; /* of this turn */
    uint32_t turn;
};

void matching_move(struct matching *matching, const struct finding_move *move)
{
    *(struct finding_move *)ARENA_PUSH(matching->arena, &matching->moves) = *move;
}

static bool read_images(struct moving *moving, int64_t package, struct image_set *set, struct error *err)
{
    AUTO_ROWS rows = {0};
    uint16_t members[MEMBERS_CHUNK];
    size_t count = 0;
    if (!QUERY(moving->matching->transaction->connection, &rows, err,
            "SELECT chunk, members FROM package_images WHERE package_id = $1 "
            "ORDER BY chunk",
            SQL_INTEGER(package)))
        return false;
    while (rows_next(&rows)) {
        if (!members_read(rows_view(&rows, 1), members, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            int64_t image = rows_integer(&rows, 0) * MEMBERS_CHUNK + members[i];
            if (image > moving->image_max)
                return error_set(err, ERROR_CORRUPT, "a package is in an image that is not stored");
            *(uint32_t *)ARENA_PUSH(moving->matching->arena, set) = (uint32_t)image;
        }
    }
    return rows_finish(&rows, err);
}

static bool images_of(struct moving *moving, int64_t package, const struct image_set **set, struct error *err)
{
    struct image_set *found = map_get(&moving->sets, view_of(&package, sizeof(package)));
    *set = found;
    if (found != NULL)
        return true;
    found = ARENA_NEW(moving->matching->arena, struct image_set);
    map_set(&moving->sets, arena_copy(moving->matching->arena, view_of(&package, sizeof(package))), found);
    *set = found;
    return read_images(moving, package, found, err);
}

static struct image_delta *delta_of(struct moving *moving, uint32_t image)
{
    struct image_delta *delta = &moving->deltas[image];
    if (!delta->is_listed)
        *(uint32_t *)ARENA_PUSH(moving->matching->arena, &moving->moved) = image;
    delta->is_listed = true;
    return delta;
}

/* The images whose packages moved are looked at in this turn. */
static bool look_at(struct moving *moving, const struct finding_move *moves, size_t count, struct error *err)
{
    moving->turn++;
    moving->looked_at.count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct image_set *set;
        if (!images_of(moving, moves[i].package, &set, err))
            return false;
        for (size_t k = 0; k < set->count; k++) {
            struct image_state *state = &moving->states[set->items[k]];
            delta_of(moving, set->items[k])->findings += moves[i].after.is_there - moves[i].before.is_there;
            if (state->turn == moving->turn)
                continue;
            *state = (struct image_state){.turn = moving->turn};
            *(uint32_t *)ARENA_PUSH(moving->matching->arena, &moving->looked_at) = set->items[k];
        }
    }
    return true;
}

/* What one package adds to the images that are looked at. */
static bool add_ratings(struct moving *moving, int64_t package, const struct finding_rating *before,
    const struct finding_rating *after, struct error *err)
{
    const struct image_set *set;
    uint8_t old = before->is_there ? (uint8_t)(before->severity + 1) : 0;
    uint8_t now = after->is_there ? (uint8_t)(after->severity + 1) : 0;
    if (!images_of(moving, package, &set, err))
        return false;
    for (size_t i = 0; i < set->count; i++) {
        struct image_state *state = &moving->states[set->items[i]];
        if (state->turn != moving->turn)
            continue;
        state->before = state->before > old ? state->before : old;
        state->after = state->after > now ? state->after : now;
        state->was_fixable |= before->is_there && before->is_fixable;
        state->is_fixable |= after->is_there && after->is_fixable;
    }
    return true;
}

static int compare_moves(const void *a, const void *b)
{
    const struct finding_move *left = a;
    const struct finding_move *right = b;
    if (left->vulnerability != right->vulnerability)
        return left->vulnerability < right->vulnerability ? -1 : 1;
    return (left->package > right->package) - (left->package < right->package);
}

struct bystander {
    int64_t package;
    struct finding_rating rating;
};

struct bystanders {
    struct bystander *items;
    size_t count;
    size_t capacity;
};

/* Packages that have the vulnerability as before. */
static bool read_bystanders(struct moving *moving, const struct finding_move *moves, size_t count,
    struct bystanders *bystanders, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(moving->matching->transaction->connection, &rows, err,
            "SELECT package_id, severity, fix_state FROM package_findings "
            "WHERE vulnerability_id = $1",
            SQL_INTEGER(moves[0].vulnerability)))
        return false;
    while (rows_next(&rows)) {
        struct finding_move probe = {.vulnerability = moves[0].vulnerability, .package = rows_integer(&rows, 0)};
        if (bsearch(&probe, moves, count, sizeof(*moves), compare_moves) == NULL)
            *(struct bystander *)ARENA_PUSH(moving->matching->arena, bystanders) = (struct bystander){
                probe.package, {true, (enum severity)rows_integer(&rows, 1), rows_integer(&rows, 2) == FIX_AVAILABLE}};
    }
    return rows_finish(&rows, err);
}

static void move_images(struct moving *moving, enum threat threat)
{
    for (size_t i = 0; i < moving->looked_at.count; i++) {
        uint32_t image = moving->looked_at.items[i];
        const struct image_state *state = &moving->states[image];
        struct image_delta *delta = delta_of(moving, image);
        if (state->before > 0)
            delta->kinds[kind_of((enum severity)(state->before - 1), state->was_fixable, threat)]--;
        if (state->after > 0)
            delta->kinds[kind_of((enum severity)(state->after - 1), state->is_fixable, threat)]++;
    }
}

/* All moves of one vulnerability. */
static bool move_vulnerability(struct moving *moving, const struct finding_move *moves, size_t count, struct error *err)
{
    int64_t threat = THREAT_NONE;
    bool found = false;
    struct bystanders bystanders = {0};
    struct matching *matching = moving->matching;
    if (!LOOKUP(matching->transaction->connection, &threat, &found, err,
            "SELECT " THREAT_COLUMN " FROM vulnerabilities WHERE id = $1", SQL_INTEGER(moves[0].vulnerability)) ||
        !look_at(moving, moves, count, err) || !read_bystanders(moving, moves, count, &bystanders, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!add_ratings(moving, moves[i].package, &moves[i].before, &moves[i].after, err))
            return false;
    }
    for (size_t i = 0; i < bystanders.count; i++) {
        const struct bystander *bystander = &bystanders.items[i];
        if (!add_ratings(moving, bystander->package, &bystander->rating, &bystander->rating, err))
            return false;
    }
    /* What was known of attacks before is not known here any more: such images are counted anew. */
    bool is_flipped =
        map_get(&matching->flipped, view_of(&moves[0].vulnerability, sizeof(moves[0].vulnerability))) != NULL;
    for (size_t i = 0; i < moving->looked_at.count && is_flipped; i++)
        matching_touch_image(matching, moving->looked_at.items[i]);
    move_images(moving, (enum threat)threat);
    return true;
}

/* A package that could not be decided is now, or the other way round: no
 * vulnerability. */
static bool move_undecidable(struct moving *moving, const struct finding_move *move, struct error *err)
{
    const struct image_set *set;
    if (!images_of(moving, move->package, &set, err))
        return false;
    for (size_t i = 0; i < set->count; i++)
        delta_of(moving, set->items[i])->undecidable += move->after.is_there - move->before.is_there;
    return true;
}

static bool is_nothing(const struct image_delta *delta)
{
    static const struct image_delta nothing = {.is_listed = true};
    return memcmp(delta, &nothing, sizeof(nothing)) == 0;
}

static void add_delta(struct tally *tally, const struct image_delta *delta)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        tally->kinds[kind] += delta->kinds[kind];
    tally->findings += delta->findings;
    tally->undecidable += delta->undecidable;
}

static int compare_images(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* In the order of the keys, so that each packed row is written once. An image without counters is counted anew. */
static bool write_deltas(struct moving *moving, struct error *err)
{
    struct matching *matching = moving->matching;
    struct tally_chunk *chunk = tally_chunk_new(matching->arena, matching->transaction);
    if (moving->moved.count > 0)
        qsort(moving->moved.items, moving->moved.count, sizeof(uint32_t), compare_images);
    for (size_t i = 0; i < moving->moved.count; i++) {
        int64_t image = moving->moved.items[i];
        const struct image_delta *delta = &moving->deltas[image];
        struct tally *tally = NULL;
        if (is_nothing(delta) || map_get(&matching->images, view_of(&image, sizeof(image))) != NULL)
            continue;
        if (!tally_chunk_find(chunk, image, &tally, err))
            return false;
        if (tally == NULL) {
            matching_touch_image(matching, image);
            continue;
        }
        add_delta(tally, delta);
        chunk->is_changed = true;
        matching->counts.images_changed++;
    }
    return tally_chunk_finish(chunk, err);
}

bool matching_apply_moves(struct matching *matching, struct error *err)
{
    bool found;
    struct moving moving = {.matching = matching};
    struct finding_move *moves = matching->moves.items;
    size_t count = matching->moves.count;
    if (count == 0)
        return true;
    if (!LOOKUP(matching->transaction->connection, &moving.image_max, &found, err,
            "SELECT coalesce(max(id), 0) FROM images", SQL_NONE))
        return false;
    map_init(&moving.sets, matching->arena);
    moving.states = ARENA_ARRAY(matching->arena, struct image_state, (size_t)moving.image_max + 1);
    moving.deltas = ARENA_ARRAY(matching->arena, struct image_delta, (size_t)moving.image_max + 1);
    qsort(moves, count, sizeof(*moves), compare_moves);
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        if (moves[i].vulnerability == 0) {
            if (!move_undecidable(&moving, &moves[i++], err))
                return false;
            continue;
        }
        while (end < count && moves[end].vulnerability == moves[i].vulnerability)
            end++;
        if (!move_vulnerability(&moving, &moves[i], end - i, err))
            return false;
        i = end;
    }
    return write_deltas(&moving, err);
}
