/* SPDX-License-Identifier: Apache-2.0 */
#include "package/package.h"

static const struct {
    struct view name;
    struct view purl_type;
    bool is_system;
    struct view ecosystem;
} types[PACKAGE_TYPE_COUNT] = {
#define SYSTEM true
#define LANGUAGE false
#define PACKAGE_TYPE(constant, name, purl_type, family, ecosystem)                                                     \
    {VIEW_LITERAL(name), VIEW_LITERAL(purl_type), family, VIEW_LITERAL(ecosystem)},
#include "package/package_types.def"
#undef PACKAGE_TYPE
#undef LANGUAGE
#undef SYSTEM
};

bool package_type_is_system(enum package_type type)
{
    return types[type].is_system;
}

struct view package_type_ecosystem(enum package_type type)
{
    return types[type].ecosystem;
}

const char *package_type_name(enum package_type type)
{
    return types[type].name.data;
}

bool package_type_parse(struct view name, enum package_type *type)
{
    for (size_t i = 0; i < PACKAGE_TYPE_COUNT; i++) {
        if (view_equal(name, types[i].name)) {
            *type = (enum package_type)i;
            return true;
        }
    }
    return false;
}

bool package_type_of_purl(struct view purl_type, enum package_type *type)
{
    for (size_t i = 0; i < PACKAGE_TYPE_COUNT; i++) {
        if (view_equal(purl_type, types[i].purl_type)) {
            *type = (enum package_type)i;
            return true;
        }
    }
    return false;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

/* purl-spec, "Character encoding": letters, digits and `.-_~` stand for themselves. ':' may stand for itself, but is encoded
   by most writers, and so here; every reader decodes it. */
static void append_encoded(struct buffer *purl, struct view text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool is_alphanumeric =
            (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
        if (is_alphanumeric || byte == '.' || byte == '-' || byte == '_' || byte == '~') {
            buffer_append_byte(purl, (char)byte);
        } else {
            buffer_append_byte(purl, '%');
            buffer_append_byte(purl, digits[byte >> 4]);
            buffer_append_byte(purl, digits[byte & 15]);
        }
    }
}

static void append_lower_case(struct buffer *purl, struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = lower(text.data[i]);
        append_encoded(purl, view_of(&byte, 1));
    }
}

/* The namespaces that purl users expect where they differ from the distribution's ID. */
static struct view rpm_namespace(struct view distro_id)
{
    static const struct {
        const char *id;
        struct view name;
    } names[] = {
        {"amzn", VIEW_LITERAL("amazon")},
        {"ol", VIEW_LITERAL("oracle")},
        {"rhel", VIEW_LITERAL("redhat")},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (view_is(distro_id, names[i].id))
            return names[i].name;
    }
    if (view_starts_with(distro_id, "opensuse"))
        return view_text("opensuse");
    if (view_starts_with(distro_id, "sle"))
        return view_text("suse");
    return distro_id;
}

/* "group:artifact" of Maven and "namespace/name" of all others become path segments. */
static void append_segments(struct buffer *purl, struct view name, char separator)
{
    append_encoded(purl, view_cut(&name, separator));
    while (name.size > 0) {
        buffer_append_byte(purl, '/');
        append_encoded(purl, view_cut(&name, separator));
    }
}

/* purl-spec, types composer and hex: not case sensitive, written in lower case. */
static void append_lower_segments(struct buffer *purl, struct view name)
{
    append_lower_case(purl, view_cut(&name, '/'));
    while (name.size > 0) {
        buffer_append_byte(purl, '/');
        append_lower_case(purl, view_cut(&name, '/'));
    }
}

/* purl-spec, type pypi: lower case, '_' written '-'. */
static void append_python_name(struct buffer *purl, struct view name)
{
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i] == '_' ? '-' : lower(name.data[i]);
        append_encoded(purl, view_of(&byte, 1));
    }
}

static void append_distribution(struct buffer *purl, const struct package *package, struct view distro_id)
{
    if (distro_id.size == 0)
        return;
    if (package->type == PACKAGE_RPM)
        append_encoded(purl, rpm_namespace(distro_id));
    else
        append_lower_case(purl, distro_id);
    buffer_append_byte(purl, '/');
}

static void append_namespace_and_name(struct buffer *purl, const struct package *package, struct view distro_id)
{
    bool has_distribution =
        package->type == PACKAGE_ALPM || package->type == PACKAGE_APK || package->type == PACKAGE_DEB;
    if (has_distribution || package->type == PACKAGE_RPM)
        append_distribution(purl, package, distro_id);
    if (has_distribution)
        append_lower_case(purl, package->name);
    else if (package->type == PACKAGE_COMPOSER || package->type == PACKAGE_HEX)
        append_lower_segments(purl, package->name);
    else if (package->type == PACKAGE_PYPI)
        append_python_name(purl, package->name);
    else
        append_segments(purl, package->name, package->type == PACKAGE_MAVEN ? ':' : '/');
}

static void begin_qualifier(struct buffer *purl, bool *has_qualifier, const char *key)
{
    buffer_append_byte(purl, *has_qualifier ? '&' : '?');
    buffer_append_text(purl, key);
    buffer_append_byte(purl, '=');
    *has_qualifier = true;
}

static void append_distro(struct buffer *purl, bool *has_qualifier, struct view id, struct view version)
{
    if (id.size == 0)
        return;
    begin_qualifier(purl, has_qualifier, "distro");
    append_encoded(purl, id);
    /* A point release of Debian is the same distribution: debian-12, not debian-12.5. */
    if (view_is(id, "debian"))
        version = view_slice(version, 0, view_find(version, '.'));
    if (version.size == 0)
        return;
    buffer_append_byte(purl, '-');
    append_encoded(purl, version);
}

/* The source package, where it is another one or has another version: NAME or NAME@VERSION. */
static void append_upstream(struct buffer *purl, bool *has_qualifier, const struct package *package)
{
    if (package->type == PACKAGE_RPM) {
        if (package->source_rpm.size > 0) {
            begin_qualifier(purl, has_qualifier, "upstream");
            append_encoded(purl, package->source_rpm);
        }
        return;
    }
    bool is_other_version = package->source_version.size > 0 && !view_equal(package->source_version, package->version);
    if (package->source_name.size == 0 || (!is_other_version && view_equal(package->source_name, package->name)))
        return;
    begin_qualifier(purl, has_qualifier, "upstream");
    append_encoded(purl, package->source_name);
    if (is_other_version) {
        append_encoded(purl, view_text("@"));
        append_encoded(purl, package->source_version);
    }
}

/* Bytes of a package URL that do not come from the package or the distribution. */
#define PURL_FRAME_MAX 256

/* Bytes of a key around each field: a blank, the size and a colon. */
#define KEY_FIELD_FRAME_MAX 24

#define KEY_FIELD_COUNT 11

static void key_fields(const struct package *package, struct view fields[KEY_FIELD_COUNT])
{
    const struct view all[KEY_FIELD_COUNT] = {package->ecosystem, package->name, package->version, package->arch,
        package->source_name, package->source_version, package->epoch, package->release, package->source_rpm,
        package->modularity, package->vendor};
    memcpy(fields, all, sizeof(all));
}

static size_t fields_size(const struct package *package)
{
    struct view fields[KEY_FIELD_COUNT];
    key_fields(package, fields);
    size_t size = 0;
    for (size_t i = 0; i < KEY_FIELD_COUNT; i++)
        size += fields[i].size;
    return size;
}

struct view package_purl(
    struct arena *arena, const struct package *package, struct view distro_id, struct view distro_version)
{
    AUTO_BUFFER purl;
    buffer_init(&purl, PURL_FRAME_MAX + 3 * (fields_size(package) + 2 * distro_id.size + distro_version.size));
    buffer_append_text(&purl, "pkg:");
    buffer_append(&purl, types[package->type].purl_type);
    buffer_append_byte(&purl, '/');
    append_namespace_and_name(&purl, package, distro_id);
    if (package->version.size > 0) {
        buffer_append_byte(&purl, '@');
        append_encoded(&purl, package->version);
        if (package->type == PACKAGE_RPM && package->release.size > 0) {
            buffer_append_byte(&purl, '-');
            append_encoded(&purl, package->release);
        }
    }
    /* Qualifiers are sorted by key. */
    bool has_qualifier = false;
    if (package->arch.size > 0) {
        begin_qualifier(&purl, &has_qualifier, "arch");
        append_encoded(&purl, package->arch);
    }
    if (types[package->type].is_system)
        append_distro(&purl, &has_qualifier, distro_id, distro_version);
    if (package->type == PACKAGE_BITNAMI)
        append_distro(&purl, &has_qualifier, package->vendor, (struct view){0});
    if (package->type == PACKAGE_RPM && package->epoch.size > 0 && !view_is(package->epoch, "0")) {
        begin_qualifier(&purl, &has_qualifier, "epoch");
        append_encoded(&purl, package->epoch);
    }
    append_upstream(&purl, &has_qualifier, package);
    return arena_copy(arena, buffer_view(&purl));
}

struct package package_copy(struct arena *arena, const struct package *package)
{
    struct package copy = *package;
    struct view *const fields[KEY_FIELD_COUNT] = {&copy.ecosystem, &copy.name, &copy.version, &copy.arch,
        &copy.source_name, &copy.source_version, &copy.epoch, &copy.release, &copy.source_rpm, &copy.modularity,
        &copy.vendor};
    for (size_t i = 0; i < KEY_FIELD_COUNT; i++)
        *fields[i] = arena_copy(arena, *fields[i]);
    return copy;
}

struct view package_key(struct arena *arena, const struct package *package)
{
    struct view fields[KEY_FIELD_COUNT];
    key_fields(package, fields);
    struct view type = types[package->type].name;
    AUTO_BUFFER key;
    buffer_init(&key, type.size + fields_size(package) + KEY_FIELD_COUNT * KEY_FIELD_FRAME_MAX);
    buffer_append(&key, type);
    for (size_t i = 0; i < KEY_FIELD_COUNT; i++) {
        buffer_append_format(&key, " %zu:", fields[i].size);
        buffer_append(&key, fields[i]);
    }
    return arena_copy(arena, buffer_view(&key));
}

bool package_has_version(const struct package *package, struct view version)
{
    struct view rest = version;
    struct view epoch = view_cut(&rest, ':');
    if (view_equal(version, package->version))
        return true;
    if (package->type != PACKAGE_RPM)
        return false;
    if (rest.size == 0)
        rest = epoch;
    else if (!view_equal(epoch, package->epoch))
        return false;
    struct view release = view_from(rest, package->version.size + 1);
    return view_equal(view_slice(rest, 0, package->version.size), package->version) &&
           rest.size > package->version.size && rest.data[package->version.size] == '-' &&
           view_equal(release, package->release);
}
