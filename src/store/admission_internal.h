/* SPDX-License-Identifier: Apache-2.0 */
/* What admission keeps with the rows of the image list. For the files of this folder. */
#ifndef STORE_ADMISSION_INTERNAL_H
#define STORE_ADMISSION_INTERNAL_H

#include "store/judging.h"

/* Stores what these policies, those of the stage admission_control, say of a row that is evaluated. */
bool admission_settle(struct judging *judging, const struct judging_policies *policies, const struct judged_row *row,
    struct error *err) MUST_CHECK;

#endif
