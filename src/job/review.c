/* SPDX-License-Identifier: Apache-2.0 */
#include "job/review.h"

bool review_policy(struct planner *planner, int64_t run, const struct cancel *cancel, struct error *err)
{
    AUTO_ARENA *names = arena_new();
    struct view after = view_text("");
    size_t count;
    planner_restart(planner);
    do {
        AUTO_ARENA *page = arena_new();
        struct repository_row *rows;
        if (!store_list_repositories(
                planner->store, page, planner->organization, planner->integration, after, &rows, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            AUTO_ARENA *scratch = arena_new();
            struct planned planned;
            bool is_gone = run != 0 && rows[i].listed_run != run;
            if (!cancel_check(cancel, err) || !planner_read(planner, scratch, &rows[i], is_gone, &planned, err))
                return false;
        }
        after = count > 0 ? arena_copy(names, rows[count - 1].name) : after;
    } while (count == REPOSITORY_PAGE_SIZE);
    return true;
}

/* Below the cap, what is left could not be imported, and would not be by a run straight after this one. */
int64_t review_backlog(const struct plan_totals *totals, int64_t imported)
{
    return imported < (int64_t)totals->imports_max ? 0 : (int64_t)(totals->imports + totals->later);
}
