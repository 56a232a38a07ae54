/* SPDX-License-Identifier: Apache-2.0 */
/* From a distribution to the ecosystem that OSV's records use for its packages (ossf/osv-schema, "Defined ecosystems"). */
#include "package/distro_red_hat.h"

static bool is_id(const struct distro *distro, const char *id)
{
    return view_equal_ignoring_case(distro->id, view_text(id));
}

/* "12.5" → "12" */
static struct view major_of(struct view version)
{
    return view_slice(version, 0, view_find(version, '.'));
}

/* "3.18.4" → "3.18" */
static struct view major_and_minor_of(struct view version)
{
    size_t first = view_find(version, '.');
    return view_slice(version, 0, first + 1 + view_find(view_from(version, first + 1), '.'));
}

/* "Base:suffix", or the base alone. */
static struct view scoped(struct arena *arena, const char *base, struct view suffix)
{
    if (suffix.size == 0)
        return view_text(base);
    return arena_format(arena, "%s:%.*s", base, VIEW_PRINT(suffix));
}

/* Debian's releases by codename: testing and unstable have no VERSION_ID. */
static struct view debian_release(struct view codename)
{
    static const struct {
        const char *codename;
        struct view release;
    } releases[] = {
        {"buzz", VIEW_LITERAL("1.1")},
        {"rex", VIEW_LITERAL("1.2")},
        {"bo", VIEW_LITERAL("1.3")},
        {"hamm", VIEW_LITERAL("2.0")},
        {"slink", VIEW_LITERAL("2.1")},
        {"potato", VIEW_LITERAL("2.2")},
        {"woody", VIEW_LITERAL("3.0")},
        {"sarge", VIEW_LITERAL("3.1")},
        {"etch", VIEW_LITERAL("4")},
        {"lenny", VIEW_LITERAL("5")},
        {"squeeze", VIEW_LITERAL("6")},
        {"wheezy", VIEW_LITERAL("7")},
        {"jessie", VIEW_LITERAL("8")},
        {"stretch", VIEW_LITERAL("9")},
        {"buster", VIEW_LITERAL("10")},
        {"bullseye", VIEW_LITERAL("11")},
        {"bookworm", VIEW_LITERAL("12")},
        {"trixie", VIEW_LITERAL("13")},
        {"forky", VIEW_LITERAL("14")},
        {"duke", VIEW_LITERAL("15")},
        {"sid", VIEW_LITERAL("sid")},
        {"unstable", VIEW_LITERAL("sid")},
    };
    for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
        if (view_equal_ignoring_case(codename, view_text(releases[i].codename)))
            return releases[i].release;
    }
    return (struct view){0};
}

/* Releases before Debian 4 were minor versions: woody is 3.0, sarge 3.1. */
static struct view debian(struct arena *arena, const struct distro *distro)
{
    int64_t major;
    struct view release = major_of(distro->version_id);
    if (view_to_integer(release, &major) && major < 4)
        release = major_and_minor_of(distro->version_id);
    if (release.size == 0)
        release = debian_release(distro->version_codename);
    return scoped(arena, "Debian", release);
}

/* Ubuntu's by codename, as package URLs may name them. */
static struct view ubuntu_release(struct view codename)
{
    static const struct {
        const char *codename;
        struct view release;
    } releases[] = {
        {"precise", VIEW_LITERAL("12.04")},
        {"trusty", VIEW_LITERAL("14.04")},
        {"xenial", VIEW_LITERAL("16.04")},
        {"bionic", VIEW_LITERAL("18.04")},
        {"focal", VIEW_LITERAL("20.04")},
        {"groovy", VIEW_LITERAL("20.10")},
        {"hirsute", VIEW_LITERAL("21.04")},
        {"impish", VIEW_LITERAL("21.10")},
        {"jammy", VIEW_LITERAL("22.04")},
        {"kinetic", VIEW_LITERAL("22.10")},
        {"lunar", VIEW_LITERAL("23.04")},
        {"mantic", VIEW_LITERAL("23.10")},
        {"noble", VIEW_LITERAL("24.04")},
        {"oracular", VIEW_LITERAL("24.10")},
        {"plucky", VIEW_LITERAL("25.04")},
        {"questing", VIEW_LITERAL("25.10")},
    };
    for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
        if (view_equal_ignoring_case(codename, view_text(releases[i].codename)))
            return releases[i].release;
    }
    return (struct view){0};
}

/* Long-term releases are those of April in even years. */
static struct view ubuntu(struct arena *arena, const struct distro *distro)
{
    struct view release = major_and_minor_of(distro->version_id);
    int64_t year = 0;
    if (release.size == 0)
        release = ubuntu_release(distro->version_codename);
    bool is_lts = view_to_integer(major_of(release), &year) && year % 2 == 0 && view_ends_with(release, ".04");
    const char *stream = distro->is_ubuntu_pro ? "Pro:" : "";
    return is_lts ? arena_format(arena, "Ubuntu:%s%.*s:LTS", stream, VIEW_PRINT(release))
                  : scoped(arena, "Ubuntu", release);
}

static bool is_like(const struct distro *distro, const char *id)
{
    for (size_t i = 0; i < distro->id_like_count; i++) {
        if (view_equal_ignoring_case(distro->id_like[i], view_text(id)))
            return true;
    }
    return false;
}

/* Derivatives have their own releases and packages, so only those that keep Debian's are treated as Debian. */
static struct view deb_ecosystem(struct arena *arena, const struct distro *distro)
{
    if (is_id(distro, "ubuntu"))
        return ubuntu(arena, distro);
    if (is_id(distro, "debian") || is_id(distro, "raspbian") || (is_id(distro, "") && is_like(distro, "debian")))
        return debian(arena, distro);
    if (is_id(distro, "echo"))
        return view_text("Echo");
    if (is_id(distro, "") || is_id(distro, "linux"))
        return scoped(arena, "Linux", distro->version_id);
    return (struct view){0};
}

static struct view alpine(struct arena *arena, const struct distro *distro)
{
    if (distro->apk_branch.size > 0)
        return scoped(arena, "Alpine", distro->apk_branch);
    /* edge calls itself a coming release: 3.20.0_alpha20240315 */
    if (view_find_text(distro->version_id, view_text("_alpha")) < distro->version_id.size)
        return view_text("Alpine:edge");
    struct view release = major_and_minor_of(distro->version_id);
    return release.size == 0 ? view_text("Alpine") : arena_format(arena, "Alpine:v%.*s", VIEW_PRINT(release));
}

static struct view apk_ecosystem(struct arena *arena, const struct distro *distro)
{
    static const struct {
        const char *id;
        const char *base;
        bool has_releases;
    } rolling[] = {
        {"alpaquita", "Alpaquita", true},
        {"bellsoft-hardened-containers", "BellSoft Hardened Containers", true},
        {"chainguard", "Chainguard", false},
        {"cleanstart", "CleanStart", false},
        {"minimos", "MinimOS", false},
        {"wolfi", "Wolfi", false},
    };
    for (size_t i = 0; i < sizeof(rolling) / sizeof(rolling[0]); i++) {
        if (is_id(distro, rolling[i].id))
            return scoped(arena, rolling[i].base, rolling[i].has_releases ? distro->version_id : (struct view){0});
    }
    /* apk without a distribution's name is Alpine's. */
    if (is_id(distro, "alpine") || is_id(distro, ""))
        return alpine(arena, distro);
    return (struct view){0};
}

/* "openEuler 22.03 (LTS-SP3)" → "22.03-LTS-SP3": VERSION_ID lacks the second part. */
static struct view open_euler(struct arena *arena, const struct distro *distro)
{
    struct view text = distro->pretty_name;
    if (view_find(text, ' ') < text.size)
        (void)view_cut(&text, ' ');
    else
        text = distro->version;
    struct view number = view_trim(view_slice(text, 0, view_find(text, '(')));
    size_t open = view_find(text, '(');
    struct view service = view_from(text, open + 1);
    service = view_trim(view_slice(service, 0, view_find(service, ')')));
    if (number.size == 0)
        return scoped(arena, "openEuler", distro->version_id);
    if (service.size == 0)
        return scoped(arena, "openEuler", number);
    return arena_format(arena, "openEuler:%.*s-%.*s", VIEW_PRINT(number), VIEW_PRINT(service));
}

/* "cpe:/o:redhat:enterprise_linux:9::baseos" → "enterprise_linux:9::baseos"; empty if it is not a product of Red Hat's. */
static struct view red_hat_product_of(struct view cpe)
{
    bool is_red_hat = view_starts_with(cpe, "cpe:/o:redhat:") || view_starts_with(cpe, "cpe:/a:redhat:");
    return is_red_hat ? view_from(cpe, strlen("cpe:/o:redhat:")) : view_text("");
}

/* An extended stream that the repositories tell, else the product that the system says it is, else one that its repositories
   tell, else the release's base. */
static struct view red_hat(struct arena *arena, const struct distro *distro)
{
    struct view product = red_hat_extended_product(arena, distro);
    if (product.size == 0)
        product = red_hat_product_of(distro->cpe_name);
    for (size_t i = 0; product.size == 0 && i < distro->products.count; i++) {
        struct view other = red_hat_product_of(distro->products.items[i]);
        if (view_starts_with(other, "enterprise_linux:"))
            product = other;
    }
    if (product.size == 0 && distro->version_id.size > 0)
        return arena_format(arena, "Red Hat:enterprise_linux:%.*s", VIEW_PRINT(major_of(distro->version_id)));
    return scoped(arena, "Red Hat", product);
}

/* The product's name without the vendor's: "SUSE Linux Enterprise Server 15 SP5", "openSUSE Leap 15.6". */
static struct view suse(struct arena *arena, const struct distro *distro, const char *vendor)
{
    struct view product = distro->pretty_name;
    size_t size = strlen(vendor);
    if (!view_starts_with(product, vendor) || product.size <= size || product.data[size] != ' ')
        return view_text(vendor);
    return scoped(arena, vendor, view_from(product, size + 1));
}

static bool is_suse(const struct distro *distro)
{
    static const char *const ids[] = {
        "sles", "sled", "sle_hpc", "sle-hpc", "sles_sap", "sl-micro", "sle-micro", "suse-microos"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (is_id(distro, ids[i]))
            return true;
    }
    return false;
}

/* "2018.03" and its like are releases of the first Amazon Linux; the others have one number: 2, 2022, 2023. */
static struct view amazon(struct arena *arena, const struct distro *distro)
{
    struct view major = major_of(distro->version_id);
    bool is_first = major.size > 0 && major.size < distro->version_id.size && view_starts_with(major, "201");
    return scoped(arena, "Amazon Linux", is_first ? view_text("1") : major);
}

static struct view rpm_ecosystem(struct arena *arena, const struct distro *distro)
{
    if (is_id(distro, "rhel"))
        return red_hat(arena, distro);
    if (is_id(distro, "rocky"))
        return scoped(arena, "Rocky Linux", major_of(distro->version_id));
    if (is_id(distro, "almalinux"))
        return scoped(arena, "AlmaLinux", major_of(distro->version_id));
    if (is_id(distro, "amzn"))
        return amazon(arena, distro);
    if (is_id(distro, "ol"))
        return scoped(arena, "Oracle Linux", major_of(distro->version_id));
    if (is_id(distro, "openEuler"))
        return open_euler(arena, distro);
    if (is_id(distro, "azurelinux") || is_id(distro, "mariner"))
        return scoped(arena, "Azure Linux", distro->version_id);
    if (is_id(distro, "photon"))
        return scoped(arena, "Photon OS", distro->version_id);
    if (is_id(distro, "mageia"))
        return scoped(arena, "Mageia", distro->version_id);
    if (view_starts_with(distro->id, "opensuse"))
        return suse(arena, distro, "openSUSE");
    if (is_suse(distro))
        return suse(arena, distro, "SUSE");
    return (struct view){0};
}

struct view distro_ecosystem(struct arena *arena, const struct distro *distro, enum package_type type)
{
    if (type == PACKAGE_APK)
        return apk_ecosystem(arena, distro);
    if (type == PACKAGE_DEB)
        return deb_ecosystem(arena, distro);
    if (type == PACKAGE_RPM)
        return rpm_ecosystem(arena, distro);
    return package_type_ecosystem(type);
}

static const struct {
    const char *ecosystem;
    const char *id;
} ids[] = {
    {"AlmaLinux", "almalinux"},
    {"Alpaquita", "alpaquita"},
    {"Alpine", "alpine"},
    {"Amazon Linux", "amzn"},
    {"Azure Linux", "azurelinux"},
    {"Chainguard", "chainguard"},
    {"Debian", "debian"},
    {"Mageia", "mageia"},
    {"Oracle Linux", "ol"},
    {"Photon OS", "photon"},
    {"Red Hat", "rhel"},
    {"Rocky Linux", "rocky"},
    {"SUSE", "sles"},
    {"Ubuntu", "ubuntu"},
    {"Wolfi", "wolfi"},
    {"openEuler", "openEuler"},
    {"openSUSE", "opensuse"},
};

/* The first word of a release that starts with a digit, without the "v" of Alpine's branches: "22.04" of "Pro:22.04:LTS". */
static struct view release_number(struct view release)
{
    while (release.size > 0) {
        struct view word = view_cut(&release, ':');
        struct view number = view_from(word, view_starts_with(word, "v") ? 1 : 0);
        if (number.size > 0 && number.data[0] >= '0' && number.data[0] <= '9')
            return view_find(number, ' ') < number.size ? view_text("") : number;
    }
    return view_text("");
}

void distro_of_ecosystem(struct view ecosystem, struct view *id, struct view *version)
{
    struct view base = view_cut(&ecosystem, ':');
    *id = *version = view_text("");
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (view_is(base, ids[i].ecosystem)) {
            *id = view_text(ids[i].id);
            *version = release_number(ecosystem);
        }
    }
}

struct view distro_purl(struct arena *arena, const struct distro *distro, const struct package *package)
{
    struct view own = package->ecosystem;
    struct view whole = distro_ecosystem(arena, distro, package->type);
    if (own.size == 0 || !package_type_is_system(package->type) ||
        view_equal(view_cut(&own, ':'), view_cut(&whole, ':')))
        return package_purl(arena, package, distro->id, distro->version_id);
    struct view id;
    struct view version;
    distro_of_ecosystem(package->ecosystem, &id, &version);
    return package_purl(arena, package, id, version);
}
