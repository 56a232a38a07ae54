/* SPDX-License-Identifier: Apache-2.0 */
/* Java runtimes, by the file "release" that each JDK and JRE has in its home directory (JEP 223, JEP 238's successors): lines
   KEY="value". A file of this name without a Java version is something else. */
#include "package/assignment.h"
#include "package/database.h"

static bool wants(struct view path)
{
    return path.size > 8 && path.data[path.size - 1] == 'e' && view_ends_with(path, "/release");
}

static bool has_text(struct view text, const char *needle)
{
    return view_find_text(text, view_text(needle)) < text.size;
}

/* What is installed: "graalvm" and Oracle's "jdk" have advisories of their own; everything else is a build of OpenJDK. */
static struct view name_of(struct view implementor, struct view build_type, bool is_graal)
{
    if (is_graal)
        return view_text("graalvm");
    bool is_oracle = has_text(implementor, "Oracle") && view_equal_ignoring_case(build_type, view_text("commercial"));
    return view_text(is_oracle ? "oracle-jdk" : "openjdk");
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    struct view key, written;
    AUTO_ARENA *arena = arena_new();
    struct view version = {0}, runtime = {0}, implementor = {0}, build_type = {0}, arch = {0};
    bool is_graal = false;
    while (assignment_next(&content, &key, &written)) {
        AUTO_BUFFER value;
        buffer_init(&value, ASSIGNMENT_VALUE_MAX);
        assignment_append_value(&value, written);
        is_graal = is_graal || view_is(key, "GRAALVM_VERSION");
        struct view *place = view_is(key, "JAVA_VERSION")           ? &version
                             : view_is(key, "JAVA_RUNTIME_VERSION") ? &runtime
                             : view_is(key, "IMPLEMENTOR")          ? &implementor
                             : view_is(key, "BUILD_TYPE")           ? &build_type
                             : view_is(key, "OS_ARCH")              ? &arch
                                                                    : NULL;
        if (place != NULL && value.is_full)
            assignment_report_long(analysis, arena_text(arena, key));
        else if (place != NULL)
            *place = arena_copy(arena, buffer_view(&value));
    }
    if (!database_field_is_valid(version))
        return true;
    struct package package = {.type = PACKAGE_JVM,
        .name = name_of(implementor, build_type, is_graal),
        .version = database_field_is_valid(runtime) ? runtime : version,
        .arch = database_field_is_valid(arch) ? arch : view_text(""),
        .vendor = implementor};
    analysis->package(analysis, &package, NULL);
    return true;
}

const struct analyzer analyzer_jvm = {
    .name = "jvm",
    .version = 2,
    .bytes_max = 1 << 20,
    .wants = wants,
    .read = read,
};
