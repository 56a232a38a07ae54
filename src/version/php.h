/* SPDX-License-Identifier: Apache-2.0 */
/* PHP's version_compare, token by token, shared with Composer's order. */
#ifndef VERSION_PHP_H
#define VERSION_PHP_H

#include "base/view.h"

#include <stdbool.h>

/* In the order of version_compare: other words, "dev", … The end of a version stands just below any number. */
enum php_rank { PHP_OTHER, PHP_DEV, PHP_ALPHA, PHP_BETA, PHP_CANDIDATE, PHP_END, PHP_NUMBER, PHP_PATCH };

struct php_token {
    enum php_rank rank;
    struct view digits; /* of a PHP_NUMBER */
};

struct php_tokens {
    struct view rest;
    bool is_started;
    bool is_behind_digit;
};

struct php_tokens php_tokens_of(struct view version);

/* PHP_END for ever behind the last. */
struct php_token php_token_next(struct php_tokens *tokens);

/* -1, 0 or 1. */
int php_token_compare(struct php_token a, struct php_token b);

#endif
