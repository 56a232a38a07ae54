/* SPDX-License-Identifier: Apache-2.0 */
/* What the account must be allowed that a sync runs as. */
#include "job/sync_job.h"

#include "store/sync_identity.h"

static const struct {
    enum permission permission;
    bool is_for_deleting;
} needed[] = {
    {PERMISSION_ORG_INTEGRATION_READ, false},
    {PERMISSION_ORG_PROJECT_READ, false},
    {PERMISSION_ORG_PROJECT_ADD, false},
    {PERMISSION_ORG_PROJECT_EDIT, false},
    {PERMISSION_ORG_PROJECT_DELETE, true},
};

bool sync_check_rights(const struct job_run *run, struct view run_as, bool deletes_images, struct error *err)
{
    struct sync_identity identity;
    if (!store_find_sync_identity(run->surroundings->store, run->arena, run->job->organization, run_as, &identity, err))
        return false;
    if (identity.is_limited)
        return error_set(err, ERROR_DENIED,
            "this sync runs as \"%.*s\", which is limited to what a team owns: a sync needs the whole organization",
            VIEW_PRINT(identity.name));
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if ((!needed[i].is_for_deleting || deletes_images) &&
            !permission_has(identity.permissions, needed[i].permission))
            return error_set(err, ERROR_DENIED,
                "this sync runs as \"%.*s\", whose role \"%.*s\" lacks the permission %s: give it another role "
                "(tidewaiter service-account edit), or name another account in the policy's \"run_as\"",
                VIEW_PRINT(identity.name), VIEW_PRINT(identity.role), permission_name(needed[i].permission));
    }
    return true;
}
