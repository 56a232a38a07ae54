/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about accounts begin with: the store of a server, and the organization that is meant. */
#ifndef CLI_ACCOUNT_CALL_H
#define CLI_ACCOUNT_CALL_H

#include "cli/command.h"
#include "store/organizations.h"

#define ACCOUNT_LIST_MAX 1000 /* rows that a list on the terminal has */

struct account_call {
    struct arena *arena;
    struct store *store;
    struct organization organization;
    struct view who; /* for the audit trail: who has the host */
};

#define DATA_OPTION                                                                                                    \
    {                                                                                                                  \
        "data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)",     \
            false                                                                                                      \
    }
#define ORGANIZATION_OPTION                                                                                            \
    {                                                                                                                  \
        "org", "NAME", "the organization, by name or id (default: the first one)", false                               \
    }

/* Zero `account` first; account_call_done releases it in any case. The server need not run. */
bool account_call_open(const struct command_call *call, struct account_call *account, struct error *err) MUST_CHECK;
void account_call_done(struct account_call *account);
#define AUTO_ACCOUNT_CALL CLEANUP(account_call_done) struct account_call

/* The address at which browsers reach the server, from the option "url", without slashes at its end. */
#define URL_OPTION                                                                                                     \
    {                                                                                                                  \
        "url", "URL", "where browsers reach the server; default http://127.0.0.1:8010", false                          \
    }
bool account_call_url(const struct command_call *call, struct view *url, struct error *err) MUST_CHECK;

/* Prints the link that signs in by this token, and forgets the token. */
void account_call_print_link(const struct command_call *call, struct view url, struct token *token);

/* The option "role" must name a role of the organization; ERROR_USAGE tells which there are. */
bool account_call_role(
    const struct command_call *call, const struct account_call *account, struct error *err) MUST_CHECK;

/* "2026-11-22", or `otherwise` for 0. */
const char *account_call_day(int64_t time_ms, const char *otherwise, char text[TIME_TEXT_SIZE]);

#define OWNER_OPTION                                                                                                   \
    {                                                                                                                  \
        "owner", "TEAM", "only what this team owns; none: what nobody owns", false                                     \
    }

/* The option --owner; without it, everything. */
struct owner_filter;
bool account_call_owner(const struct command_call *call, struct store *store, struct arena *arena, int64_t organization,
    struct owner_filter *owners, struct error *err) MUST_CHECK;

#endif
