/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy_file.h"

#include "cli/document_file.h"

static bool parse(
    struct arena *arena, struct view text, struct import_policy *policy, struct view *document, struct error *err)
{
    AUTO_JSON *parsed = json_document_new();
    AUTO_BUFFER written;
    struct document_problems problems;
    struct json_writer writer;
    struct json root;
    const char *pointer = "";
    buffer_init(&written, DOCUMENT_JSON_BYTES_MAX);
    if (!json_parse(parsed, text, DOCUMENT_JSON_BYTES_MAX, "policy", &root, err))
        return false;
    struct json inner = json_member(json_member(json_member(root, "data"), "attributes"), "policy");
    if (json_is_present(inner)) {
        root = inner;
        pointer = "/data/attributes/policy";
    }
    if (!import_policy_parse(arena, root, pointer, policy, &problems))
        return error_set(err, ERROR_INVALID, "at \"%.*s\": %.*s", VIEW_PRINT(problems.items[0].pointer),
            VIEW_PRINT(problems.items[0].detail));
    json_writer_init(&writer, &written);
    import_policy_write(policy, &writer);
    *document = arena_copy(arena, buffer_view(&written));
    return true;
}

bool policy_file_read(
    struct arena *arena, const char *path, struct import_policy *policy, struct view *document, struct error *err)
{
    struct view text;
    return (document_file_read(arena, path, &text, err) && parse(arena, text, policy, document, err)) ||
           error_wrap(err, "import policy in \"%s\"", path);
}
