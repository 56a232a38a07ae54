/* SPDX-License-Identifier: Apache-2.0 */
/* What Ubuntu Pro's client says of itself: services that are enabled on a system that is attached to a subscription. A fact for
   each of the two that bring security updates beyond the standard ones. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return path.size == 36 && view_is(path, "var/lib/ubuntu-advantage/status.json");
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "status of Ubuntu Pro", &root, err))
        return false;
    if (!json_boolean(json_member(root, "attached")))
        return true;
    for (struct json_iterator i = json_each(json_member(root, "services")); json_next(&i);) {
        struct view name = json_member_string(i.value, "name");
        bool is_security = view_is(name, "esm-infra") || view_is(name, "esm-apps");
        if (is_security && view_is(json_member_string(i.value, "status"), "enabled"))
            analysis->fact(analysis, "UBUNTU_PRO", name);
    }
    return true;
}

const struct analyzer analyzer_ubuntu_pro = {
    .name = "ubuntu_pro",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
