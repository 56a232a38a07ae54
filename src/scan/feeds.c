/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/feeds.h"

void feeds_of_index(struct arena *arena, const struct index_generation *index, struct feed_state **feeds, size_t *count)
{
    size_t database_count;
    const struct index_database *databases = index_databases(index, &database_count);
    struct feed_state *states = ARENA_ARRAY(arena, struct feed_state, database_count);
    for (size_t i = 0; i < database_count; i++) {
        const struct index_database *database = &databases[i];
        states[i] = (struct feed_state){
            .name = index_database_name(arena, database),
            .ecosystem = arena_copy(arena, database->ecosystem),
            .records = database->record_count,
            .gap_count = database->gap_count,
            .date_ms = database->date_ms,
            .checked_ms = database->checked_ms,
            .is_remote = database->is_remote,
            .is_complete = database->is_complete,
            .is_demo = database->is_demo,
            .alarm = arena_copy(arena, database->alarm),
            .alarm_ms = database->alarm_ms,
        };
        states[i].release_count = database->release_count;
        states[i].releases = ARENA_ARRAY(arena, struct view, database->release_count);
        for (size_t j = 0; j < database->release_count; j++)
            states[i].releases[j] = arena_copy(arena, database->releases[j]);
    }
    *feeds = states;
    *count = database_count;
}
