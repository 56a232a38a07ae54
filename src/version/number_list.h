/* SPDX-License-Identifier: Apache-2.0 */
/* Versions that are lists of numbers and nothing else, shared by the orders that have such. */
#ifndef VERSION_NUMBER_LIST_H
#define VERSION_NUMBER_LIST_H

#include "base/view.h"

#include <stdbool.h>

/* How many numbers the text has, apart by one of `separators` each; 0 if it is no such list. */
size_t number_list_count(struct view text, const char *separators);

/* -1, 0 or 1: number by number, then the longer list is newer. A text that is no list is older than all lists, and ordered
   by bytes among its like. */
int number_list_compare(struct view a, struct view b, const char *separators);

#endif
