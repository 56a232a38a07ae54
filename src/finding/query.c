/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/query.h"

/* Which names an ecosystem's advisories use. */
enum naming { NAMING_OWN, NAMING_SOURCE, NAMING_BOTH };

static enum naming naming_of(const struct package *package)
{
    if (package->type == PACKAGE_DEB)
        return NAMING_SOURCE;
    if (package->type == PACKAGE_APK)
        return view_is(ecosystem_base(package->ecosystem), "Alpine") ? NAMING_SOURCE : NAMING_BOTH;
    if (package->type != PACKAGE_RPM)
        return NAMING_OWN;
    /* Their updates name every package that is built anew. */
    bool names_all = view_is(ecosystem_base(package->ecosystem), "Amazon Linux") ||
                     view_is(ecosystem_base(package->ecosystem), "Oracle Linux");
    return names_all ? NAMING_OWN : NAMING_BOTH;
}

static struct view join_rpm(struct arena *arena, struct view epoch, struct view version, struct view release)
{
    return arena_format(arena, "%.*s%s%.*s%s%.*s", VIEW_PRINT(epoch), epoch.size > 0 ? ":" : "", VIEW_PRINT(version),
        release.size > 0 ? "-" : "", VIEW_PRINT(release));
}

/* Databases that leave the epochs out of their versions; elsewhere an absent epoch is 0. */
static enum epoch_rule epochs_of(struct view ecosystem)
{
    static const char *const bases[] = {"Azure Linux", "Photon OS", "SUSE", "openEuler", "openSUSE"};
    for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        if (view_is(ecosystem_base(ecosystem), bases[i]))
            return EPOCH_MAY_BE_LEFT_OUT;
    }
    return EPOCH_COUNTS;
}

/* "perl", "5.32.1-481.el9" of "perl-5.32.1-481.el9.src.rpm": the last two hyphens part name, version and release. */
static bool split_source_rpm(struct view file, struct view *name, struct view *version)
{
    size_t release = view_find_last(file, '-');
    size_t start = release < file.size ? view_find_last(view_slice(file, 0, release), '-') : file.size;
    if (release == file.size || start >= release || !view_ends_with(file, ".rpm"))
        return false;
    struct view rest = view_slice(file, 0, file.size - strlen(".rpm"));
    rest = view_slice(rest, 0, view_find_last(rest, '.')); /* "src" or "nosrc" */
    *name = view_slice(rest, 0, start);
    *version = view_from(rest, start + 1);
    return name->size > 0 && version->size > 0;
}

/* The names of source rpms have no epoch, and that of a binary package may differ from its source's (perl-Errno 0, perl 4):
   only where version and release are equal is the binary's epoch taken for the source's. */
static void ask_source_rpm(struct arena *arena, const struct package *package, struct query *query)
{
    struct view name = package->source_name;
    struct view version = package->source_version;
    struct view own = join_rpm(arena, view_text(""), package->version, package->release);
    if (!split_source_rpm(package->source_rpm, &name, &version) && version.size == 0)
        version = own;
    query->name = name.size > 0 ? name : package->name;
    query->question.version = version;
    query->question.epochs = EPOCH_IGNORED;
    if (view_equal(version, own)) {
        query->question.version = join_rpm(arena, package->epoch, package->version, package->release);
        query->question.epochs = epochs_of(package->ecosystem);
    }
}

static void ask_source(struct arena *arena, const struct package *package, struct query *query)
{
    query->name = package->source_name.size > 0 ? package->source_name : package->name;
    query->question.version = package->source_version.size > 0 ? package->source_version : package->version;
    if (package->type == PACKAGE_RPM)
        ask_source_rpm(arena, package, query);
    query->is_by_source = !view_equal(query->name, package->name);
}

/* "1.2.3" of the gem "1.2.3-x86_64-linux": gems for one platform are built from the same source. */
static struct view without_platform(struct view version)
{
    static const char *const platforms[] = {"-x86", "-x64", "-arm", "-aarch64", "-universal", "-java", "-jruby",
        "-mswin", "-mingw", "-linux", "-darwin", "-ppc", "-powerpc", "-s390", "-riscv", "-sparc"};
    struct view rest = view_from(version, view_find(version, '-'));
    for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
        if (view_starts_with(rest, platforms[i]))
            return view_slice(version, 0, version.size - rest.size);
    }
    return version;
}

static struct view own_version(struct arena *arena, const struct package *package)
{
    if (package->type == PACKAGE_RPM)
        return join_rpm(arena, package->epoch, package->version, package->release);
    if (package->type == PACKAGE_GEM)
        return without_platform(package->version);
    bool has_prefix = package->type == PACKAGE_GOLANG && view_starts_with(package->version, "go");
    return has_prefix ? view_from(package->version, 2) : package->version;
}

static void add_query(struct arena *arena, struct query queries[QUERIES_MAX], size_t *count, const struct query *query)
{
    struct view name = ecosystem_package_name(arena, query->ecosystem, query->name);
    for (size_t i = 0; i < *count; i++) {
        if (view_equal(queries[i].name, name) && view_equal(queries[i].question.version, query->question.version) &&
            view_equal(queries[i].ecosystem, query->ecosystem))
            return;
    }
    if (name.size == 0 || *count == QUERIES_MAX)
        return;
    queries[*count] = *query;
    queries[(*count)++].name = name;
}

static bool contains(struct view text, const char *part)
{
    return view_find_text(text, view_text(part)) < text.size;
}

/* Suppliers that rebuild packages of others with fixes of their own mark name or version, and publish their own advisories
   in an ecosystem that is named after the rebuilt one: "Root:Alpine:3.18", "Docker Hardened Images:Debian:13". */
static struct view supplier_ecosystem(struct arena *arena, const struct package *package)
{
    static const struct {
        const char *name_prefix; /* NULL: the version is marked */
        const char *version_mark;
        const char *base;
    } suppliers[] = {
        {NULL, "+dhi", "Docker Hardened Images"},
        {NULL, "+echo.", "Echo"},
        {NULL, "+root.io", "Root"},
        {NULL, ".root.io", "Root"},
        {"rootio-", NULL, "Root"},
    };
    struct view base = ecosystem_base(package->ecosystem);
    struct view release = ecosystem_release(package->ecosystem);
    for (size_t i = 0; i < sizeof(suppliers) / sizeof(suppliers[0]); i++) {
        bool is_marked = suppliers[i].name_prefix != NULL ? view_starts_with(package->name, suppliers[i].name_prefix)
                                                          : contains(package->version, suppliers[i].version_mark);
        if (!is_marked || view_is(base, suppliers[i].base))
            continue;
        if (view_is(base, "Alpine") && view_starts_with(release, "v"))
            release = view_from(release, 1);
        if (view_ends_with(release, ":LTS"))
            release = view_slice(release, 0, release.size - strlen(":LTS"));
        return arena_format(arena, "%s:%.*s%s%.*s", suppliers[i].base, VIEW_PRINT(base), release.size > 0 ? ":" : "",
            VIEW_PRINT(release));
    }
    return view_of(NULL, 0);
}

size_t query_choose(struct arena *arena, const struct package *package, struct query queries[QUERIES_MAX])
{
    enum naming naming = naming_of(package);
    size_t count = 0;
    if (package->ecosystem.size == 0 || package->version.size == 0)
        return 0;
    struct query own = {
        .ecosystem = package->ecosystem,
        .name = package->name,
        .question = {package->ecosystem, own_version(arena, package), epochs_of(package->ecosystem)},
    };
    if (naming != NAMING_SOURCE)
        add_query(arena, queries, &count, &own);
    if (naming != NAMING_OWN) {
        struct query source = own;
        ask_source(arena, package, &source);
        add_query(arena, queries, &count, &source);
    }
    struct view supplier = supplier_ecosystem(arena, package);
    size_t base_count = count;
    for (size_t i = 0; i < base_count && supplier.size > 0; i++) {
        struct query query = queries[i];
        query.ecosystem = supplier;
        add_query(arena, queries, &count, &query);
    }
    return count;
}
