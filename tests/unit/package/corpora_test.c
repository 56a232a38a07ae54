/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of other tools' test suites: package databases, release files and the ecosystems that follow from them. They lie
   beside the checkout or where TIDEWAITER_SHARED says; without them the test is skipped. */
#include "tests/unit/package/recorder.h"
#include "tests/unit/test.h"

#include "base/json.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define SKIPPED 77

static const char *corpora;

struct corpus_case {
    struct arena *arena;
    const char *directory;
    struct recorder recorder;
    struct json expected; /* the list of expected.json */
};

typedef void (*check_case)(const struct corpus_case *corpus_case);

/* Reads all files of root/ that an analyzer wants; broken ones may fail, as `[]` expects. */
static void read_root(struct corpus_case *corpus_case)
{
    struct arena *arena = corpus_case->arena;
    const char *root = arena_format(arena, "%s/root", corpus_case->directory).data;
    struct recorder_paths paths = {0};
    recorder_walk(arena, root, &paths);
    recorder_init(&corpus_case->recorder, arena);
    for (size_t i = 0; i < paths.count; i++) {
        if (analyzer_for(paths.items[i]) == NULL)
            continue;
        const char *path = arena_text(arena, paths.items[i]);
        struct error err;
        (void)recorder_run(
            &corpus_case->recorder, path, recorder_file(arena, arena_format(arena, "%s/%s", root, path).data), &err);
    }
}

static void run_kind(const char *kind, check_case check)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    const char *directory = arena_format(arena, "%s/packages/%s", corpora, kind).data;
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        struct corpus_case corpus_case = {.arena = arena};
        corpus_case.directory = arena_format(arena, "%s/%s", directory, entry->d_name).data;
        read_root(&corpus_case);
        struct view text = recorder_file(arena, arena_format(arena, "%s/expected.json", corpus_case.directory).data);
        struct error err;
        assert_ok(json_parse(document, text, JSON_BYTES_MAX, "expected.json", &corpus_case.expected, &err), &err);
        check(&corpus_case);
        count++;
    }
    closedir(stream);
    assert_true(count > 0);
}

/* A member that the corpus does not give is not compared. */
static bool is_equal_or_absent(struct json expected, const char *name, struct view actual)
{
    return !json_is_present(json_member(expected, name)) || view_equal(json_member_string(expected, name), actual);
}

static bool is_expected_package(struct json expected, const struct package *package)
{
    return is_equal_or_absent(expected, "name", package->name) &&
           is_equal_or_absent(expected, "version", package->version) &&
           is_equal_or_absent(expected, "type", view_text(package_type_name(package->type))) &&
           is_equal_or_absent(expected, "arch", package->arch) &&
           is_equal_or_absent(expected, "source_name", package->source_name) &&
           is_equal_or_absent(expected, "source_version", package->source_version);
}

/* Every expected package once, and no other; one whose version nobody knows may be missing. */
static void check_packages(const struct corpus_case *corpus_case)
{
    const struct recorder *recorder = &corpus_case->recorder;
    bool *is_used = ARENA_ARRAY(corpus_case->arena, bool, recorder->packages.count + 1);
    size_t used_count = 0;
    for (struct json_iterator i = json_each(corpus_case->expected); json_next(&i);) {
        size_t j = 0;
        while (
            j < recorder->packages.count && (is_used[j] || !is_expected_package(i.value, &recorder->packages.items[j])))
            j++;
        if (j < recorder->packages.count) {
            is_used[j] = true;
            used_count++;
        } else if (!json_boolean(json_member(i.value, "optional"))) {
            fail_msg("%s: \"%.*s\" is missing or differs", corpus_case->directory,
                VIEW_PRINT(json_member_string(i.value, "name")));
        }
    }
    if (used_count != recorder->packages.count)
        fail_msg(
            "%s: %zu packages, %zu of them expected", corpus_case->directory, recorder->packages.count, used_count);
}

/* The names that one peer gives to distributions. */
static const char *id_of_family(struct view family)
{
    static const char *const families[][2] = {{"amazon", "amzn"}, {"redhat", "rhel"}, {"oracle", "ol"},
        {"alma", "almalinux"}, {"suse linux enterprise server", "sles"}, {"opensuseleap", "opensuse-leap"},
        {"opensuse.leap", "opensuse-leap"}, {"opensusetumbleweed", "opensuse-tumbleweed"},
        {"opensuse.tumbleweed", "opensuse-tumbleweed"}, {"cbl-mariner", "mariner"}, {"azurelinux", "azurelinux"}};
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (view_is(family, families[i][0]))
            return families[i][1];
    }
    return NULL;
}

/* That peer keeps words before the number: "AMI release 2018.03". */
static void check_family(const struct corpus_case *corpus_case, struct json expected, const struct distro *distro)
{
    struct view family = json_member_string(expected, "trivy_family");
    const char *id = id_of_family(family);
    if (id == NULL ? !view_equal(distro->id, family) : !view_is(distro->id, id))
        fail_msg("%s: ID is \"%.*s\"", corpus_case->directory, VIEW_PRINT(distro->id));
    struct view version = json_member_string(expected, "version");
    size_t blank = view_find_last(version, ' ');
    if (blank < version.size)
        version = view_from(version, blank + 1);
    if (!view_equal(distro->version_id, version))
        fail_msg("%s: VERSION_ID is \"%.*s\"", corpus_case->directory, VIEW_PRINT(distro->version_id));
}

static void check_os_release_map(const struct corpus_case *corpus_case, struct json map)
{
    for (struct json_iterator i = json_each(map); json_next(&i);) {
        const struct recorder *recorder = &corpus_case->recorder;
        bool is_found = false;
        for (size_t j = 0; j < recorder->facts.count; j++)
            is_found = is_found || (view_equal(recorder->facts.items[j].name, i.key) &&
                                       view_equal(recorder->facts.items[j].value, json_string(i.value)));
        if (!is_found)
            fail_msg(
                "%s: no fact %.*s=%.*s", corpus_case->directory, VIEW_PRINT(i.key), VIEW_PRINT(json_string(i.value)));
    }
}

/* All members, also those that are not given: they must be empty. */
static void check_release(const struct corpus_case *corpus_case, struct json expected, const struct distro *distro)
{
    const struct {
        const char *name;
        struct view actual;
    } members[] = {
        {"id", distro->id},
        {"version_id", distro->version_id},
        {"version", distro->version},
        {"version_codename", distro->version_codename},
        {"name", distro->name},
        {"pretty_name", distro->pretty_name},
        {"build_id", distro->build_id},
        {"cpe_name", distro->cpe_name},
        {"variant_id", distro->variant_id},
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!view_equal(json_member_string(expected, members[i].name), members[i].actual))
            fail_msg("%s: %s is \"%.*s\"", corpus_case->directory, members[i].name, VIEW_PRINT(members[i].actual));
    }
    size_t count = 0;
    for (struct json_iterator i = json_each(json_member(expected, "id_like")); json_next(&i); count++) {
        if (count >= distro->id_like_count || !view_equal(json_string(i.value), distro->id_like[count]))
            fail_msg("%s: id_like differs", corpus_case->directory);
    }
    assert_int_equal(count, distro->id_like_count);
}

static void check_distro(const struct corpus_case *corpus_case)
{
    struct distro distro;
    distro_detect(corpus_case->arena, corpus_case->recorder.facts.items, corpus_case->recorder.facts.count, &distro);
    for (struct json_iterator i = json_each(corpus_case->expected); json_next(&i);) {
        struct json map = json_member(i.value, "os_release_map");
        if (json_is_present(map))
            check_os_release_map(corpus_case, map);
        else if (json_is_present(json_member(i.value, "trivy_family")))
            check_family(corpus_case, i.value, &distro);
        else
            check_release(corpus_case, i.value, &distro);
    }
}

static void reads_the_dpkg_cases(void **state)
{
    (void)state;
    run_kind("dpkg", check_packages);
}

static void reads_the_apk_cases(void **state)
{
    (void)state;
    run_kind("apk", check_packages);
}

static void detects_the_distributions(void **state)
{
    (void)state;
    run_kind("distro", check_distro);
}

static void check_mapping(struct arena *arena, struct json row)
{
    static const struct {
        const char *format;
        enum package_type type;
    } formats[] = {{"apk", PACKAGE_APK}, {"debian", PACKAGE_DEB}, {"rpm", PACKAGE_RPM}};
    struct json os = json_member(row, "os");
    struct distro distro = {
        .id = json_member_string(os, "OSID"),
        .version_id = json_member_string(os, "OSVersionID"),
        .version_codename = json_member_string(os, "OSVersionCodename"),
        .pretty_name = json_member_string(os, "OSPrettyName"),
        .name = json_member_string(os, "OSName"),
        .cpe_name = json_member_string(os, "OSCPEName"),
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (!view_is(json_member_string(row, "package_format"), formats[i].format))
            continue;
        struct view ecosystem = distro_ecosystem(arena, &distro, formats[i].type);
        if (!view_equal(ecosystem, json_member_string(row, "osv_ecosystem")))
            fail_msg("%.*s: \"%.*s\" is not \"%.*s\"", VIEW_PRINT(json_member_string(row, "case")),
                VIEW_PRINT(ecosystem), VIEW_PRINT(json_member_string(row, "osv_ecosystem")));
    }
}

static void maps_distributions_to_ecosystems(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct view rows = recorder_file(arena, arena_format(arena, "%s/mapping/os-to-osv-ecosystem.jsonl", corpora).data);
    size_t count = 0;
    while (rows.size > 0) {
        struct json row;
        struct error err;
        assert_ok(json_parse(document, view_cut_line(&rows), JSON_BYTES_MAX, "row", &row, &err), &err);
        check_mapping(arena, row);
        count++;
    }
    assert_true(count > 0);
}

int main(void)
{
    AUTO_ARENA *arena = arena_new();
    const char *shared = getenv("TIDEWAITER_SHARED");
    corpora = arena_format(arena, "%s/corpora", shared == NULL ? "../shared" : shared).data;
    if (access(corpora, R_OK) != 0) {
        printf("no test corpora at \"%s\" (TIDEWAITER_SHARED names their folder)\n", corpora);
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_dpkg_cases),
        cmocka_unit_test(reads_the_apk_cases),
        cmocka_unit_test(detects_the_distributions),
        cmocka_unit_test(maps_distributions_to_ecosystems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
