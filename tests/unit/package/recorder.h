/* SPDX-License-Identifier: Apache-2.0 */
/* An analysis that keeps everything, for tests of analyzers. */
#ifndef TESTS_UNIT_PACKAGE_RECORDER_H
#define TESTS_UNIT_PACKAGE_RECORDER_H

#include "base/arena.h"
#include "package/analyzer.h"
#include "package/distro.h"

struct recorded_gap {
    enum gap_kind kind;
    struct view reason;
};

struct recorder {
    struct analysis analysis; /* first: the callbacks cast */
    struct arena *arena;
    struct view path; /* given to facts */
    struct {
        struct package *items;
        size_t count, capacity;
    } packages;
    struct {
        struct installation *items; /* one for each package; empty where the analyzer gave none */
        size_t count, capacity;
    } installations;
    struct {
        struct distro_fact *items;
        size_t count, capacity;
    } facts;
    struct {
        struct view *items;
        size_t count, capacity;
    } owned;
    struct {
        struct view *items; /* one for each owned path */
        size_t count, capacity;
    } owners;
    struct {
        struct recorded_gap *items;
        size_t count, capacity;
    } gaps;
};

void recorder_init(struct recorder *recorder, struct arena *arena);

/* The analyzer for a file of mode 0755: by its path, else by its first bytes. */
const struct analyzer *recorder_analyzer(struct view path, struct view content);

/* Runs the analyzer that wants `path` on `content`, which is copied to a block of exactly its size first, so that a read
   beyond it is seen by AddressSanitizer. Fails the test if none wants it. */
bool recorder_run(struct recorder *recorder, const char *path, struct view content, struct error *err);

/* The whole file in the arena; an empty view with NULL data if it cannot be read. */
struct view recorder_file(struct arena *arena, const char *file);

/* The regular files below `root`, as clean paths relative to it, sorted. */
struct recorder_paths {
    struct view *items;
    size_t count, capacity;
};
void recorder_walk(struct arena *arena, const char *root, struct recorder_paths *paths);

#endif
