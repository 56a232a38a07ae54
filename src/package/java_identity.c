/* SPDX-License-Identifier: Apache-2.0 */
#include "package/java.h"

#include "package/database.h"

static const struct {
    const char *pattern;
    struct view group;
    struct view artifact; /* empty: the archive's name */
} known[] = {
#define JAVA_ARTIFACT(pattern, group, artifact) {pattern, VIEW_LITERAL(group), VIEW_LITERAL(artifact)},
#include "package/java_artifacts.def"
#undef JAVA_ARTIFACT
};

/* Words between dashes that are a part of versions: 31.1-jre, 2.0-rc1, 1.0-20200101.123456-1, 4.1.0-incubating. */
static const char *const qualifiers[] = {"alpha", "android", "beta", "build", "canary", "cr", "dev", "ea", "eap",
    "final", "ga", "hotfix", "incubating", "jre", "m", "milestone", "nightly", "patch", "pre", "preview", "rc",
    "redhat", "release", "snapshot", "sp"};

static const char *const classifiers[] = {"-sources", "-javadoc", "-tests"};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* "rc1" and "M2" are words with a number. */
static bool is_qualifier(struct view word)
{
    while (word.size > 0 && (is_digit(word.data[word.size - 1]) || word.data[word.size - 1] == '.'))
        word.size--;
    for (size_t i = 0; i < sizeof(qualifiers) / sizeof(qualifiers[0]); i++) {
        if (view_equal_ignoring_case(word, view_text(qualifiers[i])))
            return true;
    }
    return false;
}

/* Position of the next '-' before a digit at or behind `from`; the size if there is none. */
static size_t find_version(struct view stem, size_t from)
{
    for (size_t i = from; i + 1 < stem.size; i++) {
        if (stem.data[i] == '-' && is_digit(stem.data[i + 1]))
            return i;
    }
    return stem.size;
}

/* Whether the words from one place to another, each behind a '-', all may stand in a version. */
static bool has_only_qualifiers(struct view words)
{
    for (words = view_from(words, 1); words.size > 0;) {
        struct view word = view_cut(&words, '-');
        if (word.size > 0 && !is_digit(word.data[0]) && !is_qualifier(word))
            return false;
    }
    return true;
}

void java_split_name(struct view stem, struct java_identity *identity)
{
    for (size_t i = 0; i < sizeof(classifiers) / sizeof(classifiers[0]); i++) {
        if (view_ends_with(stem, classifiers[i]))
            stem = view_slice(stem, 0, stem.size - strlen(classifiers[i]));
    }
    size_t start = find_version(stem, 1);
    for (size_t next = start; next < stem.size;) {
        next = find_version(stem, next + 1);
        if (next < stem.size && !has_only_qualifiers(view_slice(stem, start, next - start)))
            start = next;
    }
    *identity = (struct java_identity){.artifact = view_slice(stem, 0, start), .version = view_from(stem, start + 1)};
}

/* A name as Maven allows it (also for groups): [A-Za-z0-9_.-]+ */
static bool is_name(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !is_digit(byte) && byte != '_' && byte != '.' && byte != '-')
            return false;
    }
    return database_field_is_valid(text);
}

static struct view symbolic_name(const struct java_manifest *manifest)
{
    struct view name = manifest->values[JAVA_BUNDLE_SYMBOLIC_NAME];
    name = view_trim(view_slice(name, 0, view_find(name, ';')));
    return is_name(name) ? name : view_text("");
}

/* Written by a plugin that makes it from the coordinates: Bundle-SymbolicName is the group and the artifact's last part. */
static bool is_maven_bundle(const struct java_manifest *manifest)
{
    struct view created_by = manifest->values[JAVA_CREATED_BY];
    struct view plugin = view_text("Maven Bundle Plugin");
    return view_find_text(created_by, plugin) < created_by.size;
}

static struct view manifest_artifact(const struct java_manifest *manifest)
{
    static const enum java_attribute order[] = {JAVA_NAME, JAVA_IMPLEMENTATION_TITLE, JAVA_SPECIFICATION_TITLE,
        JAVA_BUNDLE_NAME, JAVA_SHORT_NAME, JAVA_EXTENSION_NAME};
    struct view symbolic = symbolic_name(manifest);
    if (is_maven_bundle(manifest) && symbolic.size > 0) {
        size_t dot = view_find_last(symbolic, '.');
        return dot == symbolic.size ? symbolic : view_from(symbolic, dot + 1);
    }
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (is_name(manifest->values[order[i]]))
            return manifest->values[order[i]];
    }
    return view_text("");
}

static struct view manifest_version(const struct java_manifest *manifest)
{
    static const enum java_attribute order[] = {
        JAVA_IMPLEMENTATION_VERSION, JAVA_SPECIFICATION_VERSION, JAVA_PLUGIN_VERSION, JAVA_BUNDLE_VERSION};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        struct view version = manifest->values[order[i]];
        version = view_slice(version, 0, view_find(version, ' '));
        bool has_digit = false;
        for (size_t j = 0; j < version.size; j++)
            has_digit = has_digit || is_digit(version.data[j]);
        if (has_digit && database_field_is_valid(version) && view_find(version, '$') == version.size)
            return version;
    }
    return view_text("");
}

/* The longest row of the table that fits the name of the archive. */
static bool apply_known(bool is_versioned, struct java_identity *identity)
{
    size_t best = 0, best_size = 0;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        struct view pattern = view_text(known[i].pattern);
        bool is_prefix = view_ends_with(pattern, "*");
        struct view compared = is_prefix ? view_slice(identity->artifact, 0, pattern.size - 1) : identity->artifact;
        struct view expected = view_slice(pattern, 0, pattern.size - (is_prefix ? 1 : 0));
        bool is_for_it = known[i].artifact.size == 0 || !is_versioned;
        if (is_for_it && view_equal(compared, expected) && pattern.size > best_size) {
            best = i;
            best_size = pattern.size;
        }
    }
    if (best_size == 0)
        return false;
    identity->group = known[best].group;
    if (known[best].artifact.size > 0)
        identity->artifact = known[best].artifact;
    return true;
}

/* What stands before the last '.', if anything does. */
static struct view parent_name(struct view name)
{
    size_t dot = view_find_last(name, '.');
    return dot == name.size ? view_text("") : view_slice(name, 0, dot);
}

static struct view manifest_group(const struct java_manifest *manifest, struct view artifact)
{
    struct view vendor = manifest->values[JAVA_IMPLEMENTATION_VENDOR_ID];
    if (is_name(vendor))
        return vendor;
    struct view group = parent_name(symbolic_name(manifest));
    if (group.size > 0)
        return group;
    /* org.eclipse.jdt.core is published in org.eclipse.jdt; log4j-1.2-api has a dot, but is no such name. */
    group = parent_name(artifact);
    bool is_domain = view_find(group, '.') < group.size && view_find(group, '-') == group.size;
    return is_domain ? group : view_text("");
}

bool java_identity_is_usable(const struct java_identity *identity)
{
    return is_name(identity->artifact) && (identity->group.size == 0 || is_name(identity->group)) &&
           database_field_is_valid(identity->version);
}

bool java_identify(
    struct arena *arena, const struct java_manifest *manifest, struct view stem, struct java_identity *identity)
{
    struct java_identity named;
    java_split_name(stem, &named);
    bool is_versioned = named.version.size > 0;
    if (!is_versioned)
        named.version = manifest_version(manifest);
    if (named.version.size == 0)
        return false;
    if (!apply_known(is_versioned, &named)) {
        struct view title = is_versioned ? view_text("") : manifest_artifact(manifest);
        if (title.size > 0)
            named.artifact = title;
        if (!apply_known(is_versioned, &named))
            named.group = manifest_group(manifest, named.artifact);
    }
    *identity = (struct java_identity){.group = arena_copy(arena, named.group),
        .artifact = arena_copy(arena, named.artifact),
        .version = arena_copy(arena, named.version)};
    return java_identity_is_usable(identity);
}
