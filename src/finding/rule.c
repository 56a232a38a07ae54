/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/rule.h"

static const struct {
    const char *name;
    const char *reason;
} rules[MATCH_RULE_COUNT] = {
    [MATCH_AFFECTED] = {"affected", "the version is affected"},
    [MATCH_WITHDRAWN] = {"withdrawn", "the advisory was withdrawn"},
    [MATCH_OTHER_RELEASE] = {"other-release", "it is about another release of the distribution"},
    [MATCH_OTHER_STREAM] = {"other-stream", "it is about another update stream of the distribution"},
    [MATCH_OTHER_MODULE] = {"other-module", "it is about another module stream, or the package is of none"},
    [MATCH_OTHER_ARCHITECTURE] = {"other-architecture", "it is about other architectures"},
    [MATCH_THIRD_PARTY] = {"third-party", "the package was not built by the distribution"},
    [MATCH_HEADERS_ONLY] = {"headers-only", "the package has headers of the kernel, not its code"},
    [MATCH_NEVER_AFFECTED] = {"never-affected", "the advisory says that no version is affected"},
    [MATCH_VERSION_OUTSIDE] = {"version-outside", "the version lies outside of its ranges"},
    [MATCH_NO_VERSIONS] = {"no-versions", "it names no versions that could be compared"},
    [MATCH_UNDECIDABLE] = {"undecidable", "its versions and the package's cannot be ordered"},
    [MATCH_OVERRULED] = {"overruled", "the ecosystem's own database says that the version is not affected"},
    [MATCH_REJECTED] = {"rejected", "the CVE was rejected"},
};

const char *match_rule_name(enum match_rule rule)
{
    return rules[rule].name;
}

const char *match_rule_reason(enum match_rule rule)
{
    return rules[rule].reason;
}

static bool contains_ignoring_case(struct view text, struct view part)
{
    for (size_t i = 0; part.size <= text.size && i <= text.size - part.size; i++) {
        if (view_equal_ignoring_case(view_slice(text, i, part.size), part))
            return true;
    }
    return false;
}

static bool contains(struct view text, const char *part)
{
    return contains_ignoring_case(text, view_text(part));
}

/* rpm's Vendor of packages that the distribution builds; EPEL, NodeSource, Docker and others have their own. An empty vendor
   says nothing. */
static bool is_by_distribution(struct view ecosystem, struct view vendor)
{
    static const struct {
        const char *base;
        const char *vendor; /* part of the text */
    } vendors[] = {
        {"AlmaLinux", "AlmaLinux"},
        {"Amazon Linux", "Amazon"},
        {"Azure Linux", "Microsoft"},
        {"Mageia", "Mageia"},
        {"Oracle Linux", "Oracle"},
        {"Photon OS", "VMware"},
        {"Photon OS", "Broadcom"},
        {"Red Hat", "CentOS"},
        {"Red Hat", "Red Hat"},
        {"Rocky Linux", "Rocky"},
        {"Rocky Linux", "RESF"},
        {"SUSE", "SUSE"},
        {"openEuler", "openeuler"},
        {"openSUSE", "SUSE"},
    };
    bool is_listed = false;
    for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
        if (!view_is(ecosystem_base(ecosystem), vendors[i].base))
            continue;
        if (contains(vendor, vendors[i].vendor))
            return true;
        is_listed = true;
    }
    return !is_listed || vendor.size == 0;
}

/* linux-libc-dev, linux-headers-6.1.0-18-amd64, linux-kbuild-6.1, kernel-headers: built from the kernel's source, but what an
   image has of it are headers and build scripts. */
static bool has_headers_only(struct view name)
{
    static const char *const prefixes[] = {"linux-libc-dev", "linux-headers", "linux-kbuild", "linux-glibc-devel"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (view_starts_with(name, prefixes[i]))
            return true;
    }
    return view_starts_with(name, "kernel-") && (view_ends_with(name, "-headers") || view_is(name, "kernel-headers"));
}

static bool is_kernel(struct view source)
{
    return view_is(source, "linux") || view_starts_with(source, "linux-") || view_is(source, "kernel") ||
           view_starts_with(source, "kernel-");
}

enum match_rule rule_for_package(const struct package *package, const struct query *query)
{
    /* Packages of Amazon Linux may name who made them first as their vendor. */
    bool is_amazons =
        view_is(ecosystem_base(package->ecosystem), "Amazon Linux") && contains(package->release, ".amzn");
    if (package->type == PACKAGE_RPM && !is_amazons && !is_by_distribution(package->ecosystem, package->vendor))
        return MATCH_THIRD_PARTY;
    if (query->is_by_source && is_kernel(query->name) && has_headers_only(package->name))
        return MATCH_HEADERS_ONLY;
    return MATCH_AFFECTED;
}

bool rule_is_for_pro(const struct affected *affected)
{
    return view_is(ecosystem_base(affected->ecosystem), "Ubuntu") &&
           view_starts_with(ecosystem_release(affected->ecosystem), "Pro:");
}

/* "Ubuntu:Pro:18.04:LTS" covers the packages of "Ubuntu:18.04:LTS"; "Ubuntu:Pro:FIPS-updates:18.04:LTS" and its like only
   those builds of theirs, which say so in the version. */
static enum match_rule rule_for_pro(struct arena *arena, const struct query *query, const struct affected *affected)
{
    struct view stream = ecosystem_release(affected->ecosystem);
    stream = view_from(stream, strlen("Pro:"));
    bool is_named = stream.size > 0 && (stream.data[0] < '0' || stream.data[0] > '9');
    struct view word = is_named ? view_cut(&stream, ':') : view_of(NULL, 0);
    if (!ecosystem_matches(arena_format(arena, "Ubuntu:%.*s", VIEW_PRINT(stream)), query->ecosystem))
        return MATCH_OTHER_RELEASE;
    word = view_slice(word, 0, view_find(word, '-'));
    bool is_build_of_stream = !is_named || contains_ignoring_case(query->question.version, word);
    return is_build_of_stream ? MATCH_AFFECTED : MATCH_OTHER_STREAM;
}

/* A distribution without a known release must not meet the advisories of every release. */
static enum match_rule rule_for_release(
    struct arena *arena, const struct package *package, const struct query *query, const struct affected *affected)
{
    bool has_release = ecosystem_release(query->ecosystem).size > 0;
    if (package_type_is_system(package->type) && !has_release && ecosystem_release(affected->ecosystem).size > 0)
        return MATCH_OTHER_RELEASE;
    if (rule_is_for_pro(affected))
        return rule_for_pro(arena, query, affected);
    return ecosystem_matches(affected->ecosystem, query->ecosystem) ? MATCH_AFFECTED : MATCH_OTHER_RELEASE;
}

/* "nodejs:18" of the label "nodejs:18:8080020230718:63b34585" */
static struct view stream_of(struct view label)
{
    size_t first = view_find(label, ':');
    return view_slice(label, 0, first + 1 + view_find(view_from(label, first + 1), ':'));
}

/* Advisories of a module stream speak of packages of that stream only, all others of packages of none. A modular build
   without label could be of any stream, so none of them is taken to speak of it. */
static bool is_of_module(const struct package *package, const struct affected *affected)
{
    bool is_modular = package->modularity.size > 0 || contains(package->release, ".module");
    bool has_lost_label = is_modular && package->modularity.size == 0;
    if (has_lost_label && view_is(ecosystem_base(package->ecosystem), "Oracle Linux"))
        return affected->module.size > 0; /* Oracle builds modules without labels */
    if (package->type != PACKAGE_RPM || (affected->module.size == 0 && !is_modular))
        return true;
    if (affected->module.size == 0 || package->modularity.size == 0)
        return false;
    return view_is(affected->module, MODULE_UNNAMED) || view_equal(affected->module, stream_of(package->modularity));
}

/* Builds of Oracle's for Ksplice and for FIPS have updates of their own. */
static const char *flavour_of(struct view version)
{
    if (contains(version, ".ksplice"))
        return "ksplice";
    return contains(version, "_fips") ? "fips" : "";
}

static bool is_of_flavour(const struct query *query, const struct affected *affected)
{
    if (!view_is(ecosystem_base(query->ecosystem), "Oracle Linux") || affected->range_count == 0)
        return true;
    const struct range *range = &affected->ranges[0];
    for (size_t i = 0; i < range->event_count; i++) {
        if (range->events[i].kind == EVENT_FIXED)
            return strcmp(flavour_of(range->events[i].version), flavour_of(query->question.version)) == 0;
    }
    return true;
}

static struct view common_architecture(struct view name)
{
    if (view_is(name, "amd64"))
        return view_text("x86_64");
    return view_is(name, "arm64") ? view_text("aarch64") : name;
}

static bool is_of_architecture(const struct package *package, const struct affected *affected)
{
    struct view own = common_architecture(package->arch);
    bool is_open = affected->architecture_count == 0 || own.size == 0 || view_is(own, "noarch");
    for (size_t i = 0; i < affected->architecture_count && !is_open; i++) {
        struct view architecture = common_architecture(affected->architectures[i]);
        is_open = view_equal(architecture, own) || view_is(architecture, "noarch");
    }
    return is_open;
}

static bool is_comparable(const struct affected *affected)
{
    bool has_range = false;
    for (size_t i = 0; i < affected->range_count; i++)
        has_range = has_range || (affected->ranges[i].type != RANGE_GIT && affected->ranges[i].event_count > 0);
    return has_range || affected->version_count > 0;
}

/* introduced "0", fixed "0": databases of distributions say so that a vulnerability was never theirs. */
static bool says_never(const struct affected *affected)
{
    bool is_never = affected->range_count > 0 && affected->version_count == 0;
    for (size_t i = 0; i < affected->range_count && is_never; i++) {
        const struct range *range = &affected->ranges[i];
        for (size_t j = 0; j < range->event_count; j++)
            is_never = is_never && view_is(range->events[j].version, "0");
    }
    return is_never;
}

enum match_rule rule_for_element(struct arena *arena, const struct package *package, const struct query *query,
    const struct affected *affected, struct applicability_result *result)
{
    *result = (struct applicability_result){.order = ""};
    enum match_rule rule = rule_for_release(arena, package, query, affected);
    if (rule != MATCH_AFFECTED)
        return rule;
    if (!is_of_module(package, affected))
        return MATCH_OTHER_MODULE;
    if (!is_of_architecture(package, affected))
        return MATCH_OTHER_ARCHITECTURE;
    if (!is_of_flavour(query, affected))
        return MATCH_OTHER_STREAM;
    affected_evaluate(arena, affected, &query->question, result);
    switch (result->applies) {
    case APPLIES_YES:
        return MATCH_AFFECTED;
    case APPLIES_UNKNOWN:
        return MATCH_UNDECIDABLE;
    case APPLIES_NO:
        break;
    }
    if (!is_comparable(affected))
        return MATCH_NO_VERSIONS;
    return says_never(affected) ? MATCH_NEVER_AFFECTED : MATCH_VERSION_OUTSIDE;
}
