/* SPDX-License-Identifier: Apache-2.0 */
/* Layer records as layers of a merged file system, whose files are `struct record_file`s. Pure. */
#ifndef SCAN_MERGE_H
#define SCAN_MERGE_H

#include "layer/rootfs.h"
#include "scan/record.h"

/* Puts the next layer on top. The record must outlive the rootfs. */
void merge_layer(struct rootfs *rootfs, struct layer_record *record);

#endif
