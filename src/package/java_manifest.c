/* SPDX-License-Identifier: Apache-2.0 */
#include "package/java.h"

#include "base/buffer.h"

#include <assert.h>

/* Longest attribute that is kept: lists of exported packages are longer, but name nothing. */
#define ATTRIBUTE_BYTES_MAX 1024

static const char *const names[] = {
    [JAVA_BUNDLE_LICENSE] = "Bundle-License",
    [JAVA_BUNDLE_NAME] = "Bundle-Name",
    [JAVA_BUNDLE_SYMBOLIC_NAME] = "Bundle-SymbolicName",
    [JAVA_BUNDLE_VERSION] = "Bundle-Version",
    [JAVA_CREATED_BY] = "Created-By",
    [JAVA_EXTENSION_NAME] = "Extension-Name",
    [JAVA_IMPLEMENTATION_TITLE] = "Implementation-Title",
    [JAVA_IMPLEMENTATION_VENDOR_ID] = "Implementation-Vendor-Id",
    [JAVA_IMPLEMENTATION_VERSION] = "Implementation-Version",
    [JAVA_NAME] = "Name",
    [JAVA_PLUGIN_VERSION] = "Plugin-Version",
    [JAVA_SHORT_NAME] = "Short-Name",
    [JAVA_SPECIFICATION_TITLE] = "Specification-Title",
    [JAVA_SPECIFICATION_VERSION] = "Specification-Version",
};
static_assert(sizeof(names) / sizeof(names[0]) == JAVA_ATTRIBUTE_COUNT, "each attribute has a name");

/* Lines end with "\r\n", '\n' or '\r'. */
static struct view cut_line(struct view *rest)
{
    size_t end = 0;
    while (end < rest->size && rest->data[end] != '\n' && rest->data[end] != '\r')
        end++;
    struct view line = view_slice(*rest, 0, end);
    bool is_pair = end + 1 < rest->size && rest->data[end] == '\r' && rest->data[end + 1] == '\n';
    *rest = view_from(*rest, end + (is_pair ? 2 : 1));
    return line;
}

/* Sets the attribute that a line begins and the lines behind it, which start with a blank, continue. */
static void read_attribute(struct arena *arena, struct view line, struct view *rest, struct java_manifest *manifest)
{
    struct view name = view_slice(line, 0, view_find(line, ':'));
    size_t attribute = 0;
    while (attribute < JAVA_ATTRIBUTE_COUNT && !view_equal_ignoring_case(name, view_text(names[attribute])))
        attribute++;
    AUTO_BUFFER value;
    buffer_init(&value, ATTRIBUTE_BYTES_MAX);
    buffer_append(&value, view_from(line, name.size + 1));
    while (rest->size > 0 && rest->data[0] == ' ')
        buffer_append(&value, view_from(cut_line(rest), 1));
    if (attribute < JAVA_ATTRIBUTE_COUNT && value.is_full)
        manifest->is_cut = true;
    else if (attribute < JAVA_ATTRIBUTE_COUNT)
        manifest->values[attribute] = view_trim(arena_copy(arena, buffer_view(&value)));
}

void java_read_manifest(struct arena *arena, struct view text, struct java_manifest *manifest)
{
    bool is_after_blank = false;
    while (text.size > 0) {
        struct view line = cut_line(&text);
        if (view_trim(line).size == 0) {
            is_after_blank = true;
            continue;
        }
        /* Sections about single entries begin with their name. */
        if (is_after_blank && view_equal_ignoring_case(view_slice(line, 0, 5), view_text("Name:")))
            return;
        read_attribute(arena, line, &text, manifest);
    }
}
