/* SPDX-License-Identifier: Apache-2.0 */
/* What a package URL of each type says. */
#include "package/purl.h"

static struct view joined(struct arena *arena, const struct purl *purl, const char *separator)
{
    if (purl->name_space.size == 0)
        return purl->name;
    return arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(purl->name_space), separator, VIEW_PRINT(purl->name));
}

/* As OSV writes names: the namespace of a system package is its distribution and no part of it. */
static struct view name_of(struct arena *arena, const struct purl *purl, enum package_type type)
{
    if (package_type_is_system(type) || type == PACKAGE_CONAN || type == PACKAGE_CPAN)
        return purl->name;
    return joined(arena, purl, type == PACKAGE_MAVEN ? ":" : "/");
}

/* "openssl@3.0.11-1" or "openssl"; for rpm the file name of the source rpm. */
static void read_upstream(const struct purl *purl, struct package *package)
{
    struct view upstream = purl_qualifier(purl, "upstream");
    if (package->type == PACKAGE_RPM) {
        package->source_rpm = upstream;
        return;
    }
    if (package->type != PACKAGE_DEB && package->type != PACKAGE_APK)
        return;
    package->source_name = view_slice(upstream, 0, view_find(upstream, '@'));
    package->source_version = view_from(upstream, package->source_name.size + 1);
    if (package->source_name.size == 0)
        package->source_name = package->name;
    if (package->source_version.size == 0)
        package->source_version = package->version;
}

/* "1:2.3-4" and "2.3-4?epoch=1" */
static void read_version(struct arena *arena, const struct purl *purl, struct package *package)
{
    struct view epoch = purl_qualifier(purl, "epoch");
    struct view version = purl->version;
    package->version = version;
    /* "1.16.0-x86_64-linux": no version of a gem has a '-', so what follows one is the platform. */
    if (package->type == PACKAGE_GEM)
        package->version = view_slice(version, 0, view_find(version, '-'));
    if (package->type == PACKAGE_DEB && epoch.size > 0 && !view_is(epoch, "0") &&
        view_find(version, ':') == version.size)
        package->version = arena_format(arena, "%.*s:%.*s", VIEW_PRINT(epoch), VIEW_PRINT(version));
    if (package->type != PACKAGE_RPM)
        return;
    size_t colon = view_find(version, ':');
    if (colon < version.size) {
        epoch = view_slice(version, 0, colon);
        version = view_from(version, colon + 1);
    }
    size_t hyphen = view_find_last(version, '-');
    package->epoch = view_is(epoch, "0") ? view_of(NULL, 0) : epoch;
    package->version = view_slice(version, 0, hyphen);
    package->release = view_from(version, hyphen + 1);
}

static bool begins_with_digit(struct view text)
{
    return text.size > 0 && text.data[0] >= '0' && text.data[0] <= '9';
}

/* The ID of a distribution that writers name otherwise in the namespace. */
static struct view id_of_namespace(struct view name)
{
    static const char *const rows[][2] = {{"alma", "almalinux"}, {"amazon", "amzn"}, {"amazonlinux", "amzn"},
        {"cbl-mariner", "mariner"}, {"opensuse", "opensuse-leap"}, {"oracle", "ol"}, {"oraclelinux", "ol"},
        {"redhat", "rhel"}, {"rockylinux", "rocky"}, {"suse", "sles"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (view_equal_ignoring_case(name, view_text(rows[i][0])))
            return view_text(rows[i][1]);
    }
    return name;
}

/* "debian-12", "opensuse-leap-15.6", "openEuler-22.03-LTS-SP3": the version begins at the first hyphen before a digit;
   "debian-sid" and "bookworm" are codenames, "alpine-edge", "v3.18" and "3.18" stand for themselves. */
static void read_distro_qualifier(const struct purl *purl, struct distro *distro)
{
    struct view text = purl_qualifier(purl, "distro");
    size_t hyphen = 0;
    distro->id = id_of_namespace(purl->name_space);
    if (view_starts_with(text, "v") && begins_with_digit(view_from(text, 1)))
        text = view_from(text, 1);
    if (begins_with_digit(text)) {
        distro->version_id = text;
        return;
    }
    for (hyphen = view_find(text, '-'); hyphen < text.size && !begins_with_digit(view_from(text, hyphen + 1));)
        hyphen += 1 + view_find(view_from(text, hyphen + 1), '-');
    if (hyphen < text.size) {
        distro->id = id_of_namespace(view_slice(text, 0, hyphen));
        distro->version_id = view_from(text, hyphen + 1);
        return;
    }
    hyphen = view_find_last(text, '-');
    bool is_named = distro->id.size > 0 && view_starts_with(text, "opensuse");
    if (is_named) {
        distro->id = text;
    } else if (hyphen < text.size) {
        distro->id = id_of_namespace(view_slice(text, 0, hyphen));
        distro->version_codename = view_from(text, hyphen + 1);
    } else {
        distro->version_codename = text;
    }
}

/* What os-release of the distribution says, where the mapping to ecosystems needs more than ID and VERSION_ID. */
static void complete_distro(struct arena *arena, struct distro *distro)
{
    struct view version = distro->version_id;
    struct view major = view_slice(version, 0, view_find(version, '.'));
    struct view minor = view_from(version, major.size + 1);
    if (view_is(distro->id, "rhel") && major.size > 0)
        distro->cpe_name = arena_format(arena, "cpe:/o:redhat:enterprise_linux:%.*s::baseos", VIEW_PRINT(major));
    if (view_is(distro->id, "sles") && major.size > 0)
        distro->pretty_name = arena_format(arena, "SUSE Linux Enterprise Server %.*s%s%.*s", VIEW_PRINT(major),
            minor.size > 0 && !view_is(minor, "0") ? " SP" : "", view_is(minor, "0") ? 0 : (int)minor.size, minor.data);
    if (view_starts_with(distro->id, "opensuse"))
        distro->pretty_name = view_is(distro->id, "opensuse-tumbleweed") ? view_text("openSUSE Tumbleweed")
                              : version.size > 0 ? arena_format(arena, "openSUSE Leap %.*s", VIEW_PRINT(version))
                                                 : view_text("openSUSE Tumbleweed");
    if (view_equal_ignoring_case(distro->id, view_text("openEuler"))) {
        size_t hyphen = view_find(version, '-');
        distro->id = view_text("openEuler");
        distro->pretty_name = hyphen < version.size ? arena_format(arena, "openEuler %.*s (%.*s)",
                                                          VIEW_PRINT(view_slice(version, 0, hyphen)),
                                                          VIEW_PRINT(view_from(version, hyphen + 1)))
                                                    : arena_format(arena, "openEuler %.*s", VIEW_PRINT(version));
    }
    if (view_is(distro->id, "alpine") && view_is(distro->version_codename, "edge"))
        distro->apk_branch = view_text("edge");
    distro->is_known = distro->id.size > 0;
}

void purl_read(struct arena *arena, const struct purl *purl, struct package *package, struct distro *distro)
{
    *package = (struct package){.type = PACKAGE_GENERIC};
    *distro = (struct distro){.is_known = false};
    if (!package_type_of_purl(purl->type, &package->type))
        package->type = PACKAGE_GENERIC;
    package->name = name_of(arena, purl, package->type);
    package->arch = purl_qualifier(purl, "arch");
    read_version(arena, purl, package);
    read_upstream(purl, package);
    if (package->type == PACKAGE_RPM) {
        package->modularity = purl_qualifier(purl, "modularitylabel");
        if (package->modularity.size == 0)
            package->modularity = purl_qualifier(purl, "rpmmod");
    }
    if (package_type_is_system(package->type)) {
        read_distro_qualifier(purl, distro);
        complete_distro(arena, distro);
    }
    package->ecosystem = distro_ecosystem(arena, distro, package->type);
}
