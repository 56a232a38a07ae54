/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/stage.h"

const char *const stage_names[STAGE_COUNT] = {
    [STAGE_ADMISSION] = "admission_control",
    [STAGE_PIPELINE] = "pipeline",
    [STAGE_REGISTRY] = "registry",
    [STAGE_RUNTIME] = "runtime",
};

const char *stage_name(enum stage stage)
{
    return stage_names[stage];
}
