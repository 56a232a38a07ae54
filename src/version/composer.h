/* SPDX-License-Identifier: Apache-2.0 */
/* Composer's reading of versions (composer/semver, VersionParser), for their order and for constraints. */
#ifndef VERSION_COMPOSER_H
#define VERSION_COMPOSER_H

#include "version/php.h"

enum composer_form { COMPOSER_NUMBERS, COMPOSER_BRANCH, COMPOSER_OTHER };

struct composer {
    enum composer_form form;
    struct view numbers; /* "1.2", a date, or the whole text where Composer cannot read it */
    struct view missing; /* the number in place of missing ones and of 'x': "0" or "9999999" */
    enum php_rank stability; /* PHP_END = none */
    struct view stability_numbers; /* ".1" or "" */
    bool is_dev;
    struct view branch; /* of "dev-main": "main" */
};

/* False, and COMPOSER_OTHER, where Composer refuses the text. */
bool composer_parse(struct view text, struct composer *version);

/* -1, 0 or 1. Branches are older than all versions and ordered by name. */
int composer_compare(const struct composer *a, const struct composer *b);

#endif
