/* SPDX-License-Identifier: Apache-2.0 */
/* Integrations as the API shows and takes them, beyond the published shape of the list. */
#ifndef API_INTEGRATION_JSON_H
#define API_INTEGRATION_JSON_H

#include "api/jsonapi.h"
#include "store/integrations.h"

/* Everything but secrets, which are shown as "***". False if the response says what failed. */
bool respond_integration(
    const struct request *request, struct response *response, const struct integration *integration, int status);

/* "org" of relationships, and the end of the resource. */
void integration_write_relationships(const struct request *request, struct json_writer *writer);

/* Reads the integration that the path names. False if the response says that there is none. */
bool integration_of_path(
    const struct request *request, struct response *response, struct integration *integration) MUST_CHECK;

#endif
