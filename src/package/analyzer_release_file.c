/* SPDX-License-Identifier: Apache-2.0 */
/* The release files of distributions without os-release, reported as the facts that os-release would have: ID, NAME,
   VERSION_ID, VERSION, PRETTY_NAME, CPE_NAME, VERSION_CODENAME. etc/debian_version, which only adds to os-release on most
   images, is the fact DEBIAN_VERSION. */
#include "base/arena.h"
#include "base/text.h"
#include "package/analyzer.h"
#include "package/assignment.h"

struct release_kind {
    const char *path;
    const char *id; /* for files that are those of one distribution */
    const char *name;
    void (*read)(const struct release_kind *kind, struct view content, struct analysis *analysis);
};

/* Reports a value if there is one, made printable. */
static void report(struct analysis *analysis, const char *name, struct view value)
{
    AUTO_BUFFER text;
    buffer_init(&text, ASSIGNMENT_VALUE_MAX);
    text_append_printable(&text, value);
    if (text.is_full)
        assignment_report_long(analysis, name);
    else if (text.size > 0)
        analysis->fact(analysis, name, buffer_view(&text));
}

static void report_lower_case(struct analysis *analysis, const char *name, struct view value)
{
    char text[ASSIGNMENT_VALUE_MAX];
    if (value.size > sizeof(text)) {
        assignment_report_long(analysis, name);
        return;
    }
    for (size_t i = 0; i < value.size; i++)
        text[i] = value.data[i] >= 'A' && value.data[i] <= 'Z' ? (char)(value.data[i] | 0x20) : value.data[i];
    report(analysis, name, view_of(text, value.size));
}

static struct view first_line(struct view content)
{
    while (content.size > 0) {
        struct view line = view_trim(view_cut_line(&content));
        if (line.size > 0)
            return line;
    }
    return content;
}

/* The leading digits and dots, without a dot at the end. */
static struct view leading_version(struct view text)
{
    size_t size = 0;
    while (size < text.size && ((text.data[size] >= '0' && text.data[size] <= '9') || text.data[size] == '.'))
        size++;
    while (size > 0 && text.data[size - 1] == '.')
        size--;
    return view_slice(text, 0, size);
}

/* The first word that begins with a digit. */
static struct view version_word(struct view line)
{
    while (line.size > 0) {
        struct view word = view_cut(&line, ' ');
        if (word.size > 0 && word.data[0] >= '0' && word.data[0] <= '9')
            return word;
    }
    return line;
}

/* "2.0.20230126" → "2.0" */
static struct view major_and_minor(struct view version)
{
    size_t first = view_find(version, '.');
    size_t second = view_find(view_from(version, first + 1), '.');
    return view_slice(version, 0, first + 1 + second);
}

static struct view id_of_product(struct view name)
{
    static const struct {
        const char *prefix;
        struct view id;
    } products[] = {
        {"AlmaLinux", VIEW_LITERAL("almalinux")},
        {"Amazon Linux", VIEW_LITERAL("amzn")},
        {"CentOS", VIEW_LITERAL("centos")},
        {"Fedora", VIEW_LITERAL("fedora")},
        {"Oracle Linux", VIEW_LITERAL("ol")},
        {"Enterprise Linux Enterprise Linux", VIEW_LITERAL("ol")},
        {"Red Hat", VIEW_LITERAL("rhel")},
        {"Rocky Linux", VIEW_LITERAL("rocky")},
        {"Scientific Linux", VIEW_LITERAL("scientific")},
    };
    for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
        if (view_starts_with(name, products[i].prefix))
            return products[i].id;
    }
    return view_slice(name, 0, view_find(name, ' '));
}

/* "Red Hat Enterprise Linux release 8.10 (Ootpa)"; an unknown product's ID is its first word. */
static void read_one_liner(const struct release_kind *kind, struct view content, struct analysis *analysis)
{
    (void)kind;
    static const struct view separator = VIEW_LITERAL(" release ");
    struct view line = first_line(content);
    size_t end = view_find_text(line, separator);
    struct view version = view_from(line, end + separator.size);
    struct view version_id = leading_version(version);
    if (end == 0 || end == line.size || version_id.size == 0)
        return;
    struct view name = view_slice(line, 0, end);
    report_lower_case(analysis, "ID", id_of_product(name));
    report_lower_case(analysis, "ID_LIKE", id_of_product(name));
    report(analysis, "NAME", name);
    report(analysis, "VERSION_ID", version_id);
    report(analysis, "VERSION", version);
    report(analysis, "PRETTY_NAME", line);
}

static struct view id_of_vendor(struct view vendor)
{
    static const struct {
        const char *vendor;
        struct view id;
    } vendors[] = {
        {"amazon", VIEW_LITERAL("amzn")},
        {"fedoraproject", VIEW_LITERAL("fedora")},
        {"oracle", VIEW_LITERAL("ol")},
        {"redhat", VIEW_LITERAL("rhel")},
        {"scientificlinux", VIEW_LITERAL("scientific")},
    };
    for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
        if (view_is(vendor, vendors[i].vendor))
            return vendors[i].id;
    }
    return vendor;
}

/* "cpe:/o:centos:linux:6:GA" or "cpe:2.3:o:amazon:amazon_linux:2": part, vendor, product, version (NISTIR 7695). */
static void read_cpe(const struct release_kind *kind, struct view content, struct analysis *analysis)
{
    (void)kind;
    struct view line = first_line(content);
    struct view rest = line;
    if (view_starts_with(line, "cpe:/"))
        rest = view_from(line, 5);
    else if (view_starts_with(line, "cpe:2.3:"))
        rest = view_from(line, 8);
    else
        return;
    (void)view_cut(&rest, ':'); /* part: o for operating system */
    struct view vendor = view_cut(&rest, ':');
    (void)view_cut(&rest, ':');
    struct view version = leading_version(view_cut(&rest, ':'));
    if (vendor.size == 0)
        return;
    report_lower_case(analysis, "ID", id_of_vendor(vendor));
    report_lower_case(analysis, "ID_LIKE", id_of_vendor(vendor));
    report(analysis, "NAME", vendor);
    report(analysis, "VERSION_ID", version);
    report(analysis, "VERSION", version);
    report(analysis, "PRETTY_NAME", vendor);
    report(analysis, "CPE_NAME", line);
}

static void read_lsb_release(const struct release_kind *kind, struct view content, struct analysis *analysis)
{
    (void)kind;
    AUTO_BUFFER text;
    buffer_init(&text, ASSIGNMENT_VALUE_MAX);
    struct view key;
    struct view written;
    while (assignment_next(&content, &key, &written)) {
        buffer_clear(&text);
        assignment_append_value(&text, written);
        struct view value = buffer_view(&text);
        const char *name = view_is(key, "DISTRIB_ID")            ? "NAME"
                           : view_is(key, "DISTRIB_RELEASE")     ? "VERSION_ID"
                           : view_is(key, "DISTRIB_CODENAME")    ? "VERSION_CODENAME"
                           : view_is(key, "DISTRIB_DESCRIPTION") ? "PRETTY_NAME"
                                                                 : NULL;
        if (name == NULL)
            continue;
        if (text.is_full) {
            assignment_report_long(analysis, name);
            continue;
        }
        if (view_is(key, "DISTRIB_ID"))
            report_lower_case(analysis, "ID", value);
        report(analysis, name, value);
    }
}

static void read_debian_version(const struct release_kind *kind, struct view content, struct analysis *analysis)
{
    (void)kind;
    report(analysis, "DEBIAN_VERSION", first_line(content));
}

static void read_alpine(const struct release_kind *kind, struct view content, struct analysis *analysis)
{
    struct view version = first_line(content);
    if (version.size == 0)
        return;
    report(analysis, "ID", view_text(kind->id));
    report(analysis, "NAME", view_text(kind->name));
    report(analysis, "VERSION_ID", version);
}

/* Arch's file is empty: that it is there says it. */
static void read_presence(const struct release_kind *kind, struct view content, struct analysis *analysis)
{
    (void)content;
    report(analysis, "ID", view_text(kind->id));
    report(analysis, "NAME", view_text(kind->name));
}

/* "VMware Photon OS 4.0", "CBL-Mariner 2.0.20230126": the version's first two numbers are the release. */
static void read_named(const struct release_kind *kind, struct view content, struct analysis *analysis)
{
    struct view line = first_line(content);
    struct view version = version_word(line);
    report(analysis, "ID", view_text(kind->id));
    report(analysis, "NAME", view_text(kind->name));
    report(analysis, "VERSION_ID", major_and_minor(leading_version(version)));
    report(analysis, "VERSION", version);
    report(analysis, "PRETTY_NAME", line);
}

/* "SUSE Linux Enterprise Server 11 (x86_64)", "VERSION = 11", "PATCHLEVEL = 4": release 11.4, sold as "11 SP4". */
static void read_suse(const struct release_kind *kind, struct view content, struct analysis *analysis)
{
    (void)kind;
    struct view line = first_line(content);
    struct view name = view_trim(view_slice(line, 0, view_find(line, '(')));
    struct view version = {0};
    struct view patch_level = {0};
    struct view key;
    struct view value;
    while (assignment_next(&content, &key, &value)) {
        if (view_is(key, "VERSION"))
            version = leading_version(value);
        else if (view_is(key, "PATCHLEVEL") && !view_is(value, "0"))
            patch_level = leading_version(value);
    }
    if (name.size == 0 || version.size == 0)
        return;
    AUTO_ARENA *arena = arena_new();
    report(analysis, "ID", view_text(view_starts_with(name, "openSUSE") ? "opensuse" : "sles"));
    report(analysis, "NAME", name);
    report(analysis, "VERSION_ID",
        arena_format(
            arena, "%.*s%s%.*s", VIEW_PRINT(version), patch_level.size > 0 ? "." : "", VIEW_PRINT(patch_level)));
    report(analysis, "PRETTY_NAME",
        arena_format(
            arena, "%.*s%s%.*s", VIEW_PRINT(name), patch_level.size > 0 ? " SP" : "", VIEW_PRINT(patch_level)));
}

static const struct release_kind kinds[] = {
    {"etc/SuSE-release", NULL, NULL, read_suse},
    {"etc/almalinux-release", NULL, NULL, read_one_liner},
    {"etc/alpine-release", "alpine", "Alpine Linux", read_alpine},
    {"etc/arch-release", "arch", "Arch Linux", read_presence},
    {"etc/azurelinux-release", "azurelinux", "Microsoft Azure Linux", read_named},
    {"etc/centos-release", NULL, NULL, read_one_liner},
    {"etc/debian_version", NULL, NULL, read_debian_version},
    {"etc/fedora-release", NULL, NULL, read_one_liner},
    {"etc/lsb-release", NULL, NULL, read_lsb_release},
    {"etc/mariner-release", "mariner", "Common Base Linux Mariner", read_named},
    {"etc/oracle-release", NULL, NULL, read_one_liner},
    {"etc/photon-release", "photon", "VMware Photon OS", read_named},
    {"etc/redhat-release", NULL, NULL, read_one_liner},
    {"etc/rocky-release", NULL, NULL, read_one_liner},
    {"etc/system-release", NULL, NULL, read_one_liner},
    {"etc/system-release-cpe", NULL, NULL, read_cpe},
};

static const struct release_kind *kind_of(struct view path)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (view_is(path, kinds[i].path))
            return &kinds[i];
    }
    return NULL;
}

static bool wants(struct view path)
{
    /* "etc/SuSE-release" to "etc/azurelinux-release" and "etc/system-release-cpe" */
    return path.size >= 15 && path.size <= 22 && path.data[0] == 'e' && path.data[1] == 't' && kind_of(path) != NULL;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)err;
    const struct release_kind *kind = kind_of(path);
    if (kind != NULL)
        kind->read(kind, content, analysis);
    return true;
}

const struct analyzer analyzer_release_file = {
    .name = "release_file",
    .version = 2,
    .bytes_max = 1 << 20,
    .wants = wants,
    .read = read,
};
