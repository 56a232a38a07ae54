/* SPDX-License-Identifier: Apache-2.0 */
/* A fresh store in a temporary folder, once for every backend; the clock stands still until a test moves it. */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include "store/accounts.h"
#include "store/integrations.h"
#include "store/jobs.h"
#include "tests/unit/test.h"

struct fixture {
    char folder[64];
    char address[128];
    struct clock_manual clock;
    struct arena *arena;
    struct store *store;
    struct account account;
    struct integration integration;
    int64_t run;
};

#define FIXTURE_NOW_MS INT64_C(1790000000000)

int fixture_begin(void **state);
int fixture_end(void **state);

/* "sha256:" + 64 digits made of the text. */
struct digest fixture_digest(const char *text);

/* A second store on the same place. */
struct store *fixture_open_again(struct fixture *fixture);

/* One row in the database, as another program would write it. */
void fixture_execute(struct fixture *fixture, const char *sql);
int64_t fixture_count(struct fixture *fixture, const char *sql);
struct view fixture_text(struct fixture *fixture, const char *sql); /* empty for NULL */

/* Another organization with an integration of its own. */
int64_t fixture_other_organization(struct fixture *fixture);

#endif
