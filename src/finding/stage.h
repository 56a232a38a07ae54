/* SPDX-License-Identifier: Apache-2.0 */
/* Where in the life of an image it is judged. Vulnerability policies and accepted risks are limited to stages. Pure. */
#ifndef FINDING_STAGE_H
#define FINDING_STAGE_H

#include "base/view.h"

enum stage { STAGE_ADMISSION, STAGE_PIPELINE, STAGE_REGISTRY, STAGE_RUNTIME, STAGE_COUNT };
const char *stage_name(enum stage stage); /* "admission_control" "pipeline" "registry" "runtime" */

/* Their names in order, for documents. */
extern const char *const stage_names[STAGE_COUNT];

#endif
