/* SPDX-License-Identifier: Apache-2.0 */
/* An image as it is without the applications in it: what a registry counts whose owner wants to hear of distributions alone. */
#ifndef SCAN_APPLICATIONS_H
#define SCAN_APPLICATIONS_H

#include "scan/scan.h"

/* After matching: drops all packages that no package manager of a distribution installed, with their findings. */
void scan_leave_out_applications(struct scan_image *image);

#endif
