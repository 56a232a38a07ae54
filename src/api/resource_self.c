/* SPDX-License-Identifier: Apache-2.0 */
/* Who is signed in, what they may do, and what they must know about the results. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/notice.h"
#include "api/route.h"

static void write_permissions(struct json_writer *writer, struct permission_set set)
{
    json_key(writer, "permissions");
    json_begin_array(writer);
    for (int i = PERMISSION_SIGNED_IN + 1; i < PERMISSION_COUNT; i++) {
        if (permission_has(set, (enum permission)i))
            json_write_text(writer, permission_name((enum permission)i));
    }
    json_end_array(writer);
}

bool route_self_get(struct request *request, struct response *response)
{
    struct error err;
    struct json_writer writer;
    struct notice_list notices;
    const struct account *account = &request->session.account;
    if (!notices_read(request, &notices, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "user", view_text(account->user_uuid.text));
    json_pair(&writer, "name", account->user_name);
    json_pair_text(&writer, "organization", account->organization_uuid.text);
    write_permissions(&writer, request->permissions);
    json_pair_boolean(&writer, "limited", request->session.owners.is_set);
    json_pair_text(&writer, "csrf_token", request->session.csrf);
    json_key(&writer, "notices");
    json_begin_array(&writer);
    for (size_t i = 0; i < notices.count; i++) {
        json_begin_object(&writer);
        json_pair_text(&writer, "kind", notices.items[i].kind);
        json_pair(&writer, "text", notices.items[i].text);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    jsonapi_end_resource(&writer);
    return jsonapi_end(request, response, &writer);
}
