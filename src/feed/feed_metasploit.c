/* SPDX-License-Identifier: Apache-2.0 */
/* Metasploit's index of its modules (db/modules_metadata_base.json): what it can exploit. Scanners and other helpers
   prove no exploit and are passed over. */
#include "feed/exploits.h"
#include "feed/json_items.h"
#include "feed/unpacked.h"

enum { MODULES_MAX = 200 * 1000, MODULE_BYTES_MAX = 1024 * 1024 };
#define INDEX_BYTES_MAX (UINT64_C(256) << 20)

static bool read_module(void *context, struct view key, struct json module, struct error *err)
{
    (void)key;
    (void)err;
    struct exploits *exploits = context;
    struct view name = json_member_string(module, "fullname");
    if (!view_is(json_member_string(module, "type"), "exploit") || !view_is_utf8(name))
        return true;
    for (struct json_iterator i = json_each(json_member(module, "references")); json_next(&i);)
        exploits_add(exploits, json_string(i.value), name);
    return true;
}

static bool read_index(struct source *input, struct feed_sink *sink, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct exploits exploits;
    struct json_items_reading reading = {
        .items_max = MODULES_MAX, .item_bytes_max = MODULE_BYTES_MAX, .member = read_module, .context = &exploits};
    AUTO_SOURCE *content = unpacked(input, INDEX_BYTES_MAX, "the index of modules");
    exploits_init(&exploits, arena, "metasploit");
    return json_items_read(&reading, content, err) && exploits_write(&exploits, sink, err);
}

const struct feed feed_metasploit = {
    .name = "metasploit",
    .address = "https://raw.githubusercontent.com/rapid7/metasploit-framework/"
               "master/db",
    .is_about_vulnerabilities = true,
    .records = {.name = "modules_metadata_base.json", .bytes_max = INDEX_BYTES_MAX, .read = read_index},
};
