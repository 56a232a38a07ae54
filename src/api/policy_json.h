/* SPDX-License-Identifier: Apache-2.0 */
/* Members that policies and bundles have beside their documents. */
#ifndef API_POLICY_JSON_H
#define API_POLICY_JSON_H

#include "api/jsonapi.h"
#include "store/vulnerability_policies.h"

void policy_write_history(struct json_writer *writer, const struct policy_row *row);

#endif
