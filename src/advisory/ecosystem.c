/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/ecosystem.h"

#include "package/distro_red_hat.h"

struct view ecosystem_base(struct view ecosystem)
{
    return view_slice(ecosystem, 0, view_find(ecosystem, ':'));
}

struct view ecosystem_release(struct view ecosystem)
{
    return view_from(ecosystem, view_find(ecosystem, ':') + 1);
}

static struct view without_suffix(struct view text, const char *suffix)
{
    return view_ends_with(text, suffix) ? view_slice(text, 0, text.size - strlen(suffix)) : text;
}

static struct view without_prefix(struct view text, const char *prefix)
{
    return view_starts_with(text, prefix) ? view_from(text, strlen(prefix)) : text;
}

/* "3.0" and "3" */
static bool is_same_but_for_zero(struct view advisory, struct view package)
{
    return view_equal(without_suffix(advisory, ".0"), without_suffix(package, ".0"));
}

/* "22.04" and "22.04:LTS"; "Pro:22.04:LTS" is the same release with more updates. */
static bool is_same_but_for_lts(struct view advisory, struct view package)
{
    package = without_prefix(package, "Pro:");
    return view_equal(without_suffix(advisory, ":LTS"), without_suffix(package, ":LTS"));
}

static bool is_same_branch(struct view advisory, struct view package)
{
    return view_is(package, "edge") || view_equal(without_prefix(advisory, "v"), without_prefix(package, "v"));
}

/* Whether one is the other, or goes on behind it with a dot: "7" and "7.9". */
static bool is_within(struct view a, struct view b)
{
    struct view shorter = a.size < b.size ? a : b;
    struct view longer = a.size < b.size ? b : a;
    return view_equal(view_slice(longer, 0, shorter.size), shorter) &&
           (longer.size == shorter.size || longer.data[shorter.size] == '.');
}

/* The CPE of an image is that of its base repository; packages come from the others of the same product as well, so the
   repository behind the version does not count: "enterprise_linux:9::baseos", "enterprise_linux:9::appstream". Extended
   streams are products of their own ("rhel_eus:9.4::baseos"), their minor release counts; an image that follows one also has
   what the advisories of the release itself disclose. */
static bool is_same_product(struct view advisory, struct view package)
{
    struct view product = view_cut(&advisory, ':');
    struct view own = view_cut(&package, ':');
    struct view advisory_version = view_cut(&advisory, ':');
    struct view package_version = view_cut(&package, ':');
    bool is_base = view_is(product, "enterprise_linux");
    if (!view_equal(product, own) && !(is_base && red_hat_is_extended(own)))
        return false;
    if (is_base)
        return is_within(advisory_version, package_version);
    return view_equal(advisory_version, package_version);
}

/* "15 SP5" of "Linux Enterprise Module for Basesystem 15 SP5": from the last word that begins with a digit and has no letter
   before it. */
static struct view service_pack(struct view product)
{
    for (size_t i = product.size; i > 1; i--) {
        char byte = product.data[i - 1];
        if (byte >= '0' && byte <= '9' && product.data[i - 2] == ' ')
            return view_from(product, i - 1);
    }
    return view_of(NULL, 0);
}

static bool is_same_suse_product(struct view advisory, struct view package)
{
    if (view_equal(advisory, package))
        return true;
    struct view pack = service_pack(package);
    return pack.size > 0 && view_starts_with(advisory, "Linux Enterprise Module for ") &&
           view_starts_with(package, "Linux Enterprise ") && view_equal(service_pack(advisory), pack);
}

static bool is_any(struct view advisory, struct view package)
{
    (void)advisory;
    (void)package;
    return true;
}

/* What an ecosystem does in its own way. NULL: releases are equal texts; names are exact. */
enum spelling { SPELLING_EXACT, SPELLING_LOWER, SPELLING_PEP503, SPELLING_CRATE, SPELLING_URL };

static const struct rules {
    const char *base;
    bool (*is_same_release)(struct view advisory, struct view package);
    enum spelling spelling;
} rules[] = {
    {"Alpine", is_same_branch, SPELLING_EXACT},
    {"Azure Linux", is_same_but_for_zero, SPELLING_EXACT},
    {"Bitnami", NULL, SPELLING_LOWER},
    {"ConanCenter", NULL, SPELLING_LOWER},
    {"Debian", is_same_but_for_zero, SPELLING_EXACT},
    {"GitHub Actions", NULL, SPELLING_LOWER},
    {"Hex", NULL, SPELLING_LOWER},
    {"Maven", is_any, SPELLING_EXACT},
    {"NuGet", NULL, SPELLING_LOWER},
    {"Packagist", is_any, SPELLING_LOWER},
    {"Pub", NULL, SPELLING_LOWER},
    {"PyPI", NULL, SPELLING_PEP503},
    {"Red Hat", is_same_product, SPELLING_EXACT},
    {"SUSE", is_same_suse_product, SPELLING_EXACT},
    {"SwiftURL", NULL, SPELLING_URL},
    {"Ubuntu", is_same_but_for_lts, SPELLING_EXACT},
    {"VSCode", NULL, SPELLING_LOWER},
    {"crates.io", NULL, SPELLING_CRATE},
};

static const struct rules *rules_of(struct view base)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (view_is(base, rules[i].base))
            return &rules[i];
    }
    return NULL;
}

bool ecosystem_matches(struct view advisory_ecosystem, struct view package_ecosystem)
{
    struct view base = ecosystem_base(package_ecosystem);
    struct view advisory = ecosystem_release(advisory_ecosystem);
    struct view package = ecosystem_release(package_ecosystem);
    if (!view_equal(ecosystem_base(advisory_ecosystem), base))
        return false;
    if (advisory.size == 0 || package.size == 0 || view_equal(advisory, package))
        return true;
    const struct rules *own = rules_of(base);
    return own != NULL && own->is_same_release != NULL && own->is_same_release(advisory, package);
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static bool is_pep503_separator(char byte)
{
    return byte == '-' || byte == '_' || byte == '.';
}

/* PEP 503: lower case, each run of '-', '_' and '.' is one '-'. */
static struct view spell(struct arena *arena, struct view name, enum spelling spelling)
{
    char *spelled = arena_alloc(arena, name.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < name.size; i++) {
        char byte = lower(name.data[i]);
        if (spelling == SPELLING_CRATE && byte == '_')
            byte = '-';
        if (spelling == SPELLING_PEP503 && is_pep503_separator(byte)) {
            if (i > 0 && is_pep503_separator(name.data[i - 1]))
                continue;
            byte = '-';
        }
        spelled[size++] = byte;
    }
    return view_of(spelled, size);
}

static bool is_spelled(struct view name, enum spelling spelling)
{
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        if (byte != lower(byte) || (spelling == SPELLING_CRATE && byte == '_') ||
            (spelling == SPELLING_PEP503 && is_pep503_separator(byte)))
            return false;
    }
    return true;
}

struct view ecosystem_package_name(struct arena *arena, struct view ecosystem, struct view name)
{
    const struct rules *own = rules_of(ecosystem_base(ecosystem));
    if (own == NULL || own->spelling == SPELLING_EXACT)
        return name;
    if (own->spelling == SPELLING_URL) {
        size_t scheme = view_find_text(name, view_text("://"));
        name = without_suffix(scheme < name.size ? view_from(name, scheme + 3) : name, "/");
        name = without_suffix(name, ".git");
    }
    return is_spelled(name, own->spelling) ? name : spell(arena, name, own->spelling);
}
