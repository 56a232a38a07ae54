/* SPDX-License-Identifier: Apache-2.0 */
/* What lists of accepted risks are asked for, whatever their shape. */
#ifndef API_ACCEPTED_RISK_QUERY_H
#define API_ACCEPTED_RISK_QUERY_H

#include "api/jsonapi.h"
#include "store/accepted_risks.h"

/* A page, and the parameters search, order_by, order_direction, expires_before, expires_after and expires_never. False: the
   response says what is wrong. */
bool accepted_risk_query_read(
    const struct request *request, struct response *response, struct accepted_risk_query *query) MUST_CHECK;

/* The risk that the path names by this value; false if the response says that there is none. */
bool accepted_risk_of_path(const struct request *request, struct response *response, const char *name,
    struct accepted_risk_row *row) MUST_CHECK;

/* Whether the caller sees the risk, and to write it, whether it is about the caller's own repositories alone; else the response is
   404 or 403. */
bool accepted_risk_check_owners(
    const struct request *request, struct response *response, const struct accepted_risk *risk) MUST_CHECK;

/* Revokes it: 204. */
bool accepted_risk_revoke(const struct request *request, struct response *response, const char *name);

#endif
