/* SPDX-License-Identifier: Apache-2.0 */
/* Names of Java archives, and the limits of reading archives in archives. Whole archives are in tests/golden. */
#include "tests/unit/package/recorder.h"
#include "tests/unit/stream/zip_builder.h"
#include "tests/unit/test.h"

#include "package/java.h"

static void assert_split(const char *stem, const char *artifact, const char *version)
{
    struct java_identity identity;
    java_split_name(view_text(stem), &identity);
    assert_view_equal(identity.artifact, artifact);
    assert_view_equal(identity.version, version);
}

static void splits_names_where_the_version_begins(void **state)
{
    (void)state;
    assert_split("guava-31.1-jre", "guava", "31.1-jre");
    assert_split("log4j-1.2-api-2.17.1", "log4j-1.2-api", "2.17.1");
    assert_split("app-1.0-20200101.123456-1", "app", "1.0-20200101.123456-1");
    assert_split("jackson-core-2.15.0-rc1-sources", "jackson-core", "2.15.0-rc1");
    assert_split("netty-all-4.1.0.Final", "netty-all", "4.1.0.Final");
    assert_split("thing-1.0-M2-SNAPSHOT", "thing", "1.0-M2-SNAPSHOT");
    assert_split("commons-math3", "commons-math3", "");
    assert_split("-1", "-1", "");
    assert_split("1-2-a-", "1", "2-a-");
    assert_split("a-1-b-2-c-3", "a-1-b-2-c", "3");
    assert_split("", "", "");
    assert_split("-sources", "", "");
}

static void reads_properties_as_java_does(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct java_identity identity = {0};
    java_read_properties(arena,
        view_text(
            "!groupId=no\r\n  groupId \t= org.\\\r\n    ex\\u0061mple\r\nartifact\\\nId:a\nversion=${v}\nversion 1\\=2\\"),
        &identity);
    assert_view_equal(identity.group, "org.example");
    assert_view_equal(identity.artifact, ""); /* the escape is in the key, which nobody writes */
    assert_view_equal(identity.version, "1=2");
    java_read_properties(arena, view_text("artifactId=\\u00e9\nversion=\\u12"), &identity);
    assert_view_equal(identity.artifact, "?");
}

static void reads_a_manifest_by_its_main_section(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct java_manifest manifest = {0};
    java_read_manifest(arena,
        view_text(
            "Implementation-Title: a\n bc\rimplementation-version:1\r\n\r\nBundle-Version: 2\n\nName: x\nShort-Name: y"),
        &manifest);
    assert_view_equal(manifest.values[JAVA_IMPLEMENTATION_TITLE], "abc");
    assert_view_equal(manifest.values[JAVA_IMPLEMENTATION_VERSION], "1");
    assert_view_equal(manifest.values[JAVA_BUNDLE_VERSION], "2");
    assert_view_equal(manifest.values[JAVA_SHORT_NAME], "");
    assert_view_equal(manifest.values[JAVA_NAME], "");
    AUTO_BUFFER text;
    buffer_init(&text, 4000);
    buffer_append_text(&text, "Name: ");
    for (size_t i = 0; i < 2000; i++)
        buffer_append_byte(&text, 'x');
    java_read_manifest(arena, buffer_view(&text), &manifest);
    assert_view_equal(manifest.values[JAVA_NAME], ""); /* too long for a name */
}

static void reads_a_pom_only_where_it_speaks_of_itself(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct java_identity identity;
    struct view licenses = {0};
    java_read_pom(arena,
        view_text("<project><parent><groupId>p</groupId><version>1</version></parent><artifactId> a </artifactId>"
                  "<build><plugins><artifactId>b</artifactId></plugins></build><version/></project>"),
        &identity, &licenses);
    assert_view_equal(identity.group, "p");
    assert_view_equal(identity.artifact, "a");
    assert_view_equal(identity.version, "1");
    java_read_pom(arena, view_text("<other><artifactId>a</artifactId></other>"), &identity, &licenses);
    assert_view_equal(identity.artifact, "");
    java_read_pom(arena, view_text("<project></wrong><artifactId>a</artifactId>"), &identity, &licenses);
    assert_view_equal(identity.artifact, "");
    AUTO_BUFFER deep;
    buffer_init(&deep, 4000);
    buffer_append_text(&deep, "<project>");
    for (size_t i = 0; i < 100; i++)
        buffer_append_text(&deep, "<a>");
    java_read_pom(arena, buffer_view(&deep), &identity, &licenses);
    assert_view_equal(identity.artifact, "");
}

static void reads_the_licences_of_a_pom(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const struct {
        const char *text;
        const char *licenses;
    } cases[] = {
        {"<licenses><license><name>MIT</name><url>https://a</url></license></licenses>", "MIT"},
        {"<licenses><license><name> The Apache License,\r\n\t Version 2.0 </name></license></licenses>",
            "The Apache License, Version 2.0"},
        {"<licenses><license><name>A</name></license><license><url>https://b</url></license></licenses>",
            "A\nhttps://b"},
        {"<licenses><license><name>A &amp; &quot;B&quot; &odd;</name></license></licenses>", "A & \"B\" &odd;"},
        {"<licenses><license><name>${license}</name></license><license/><license></license></licenses>", ""},
        {"<organization><license><name>MIT</name></license></organization><license><name>MIT</name></license>", ""},
        {"<parent><licenses><license><name>MIT</name></license></licenses></parent>", ""},
        {"<licenses><name>MIT</name><license><more><name>MIT</name></more></license></licenses>", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct java_identity identity;
        struct view licenses = {0};
        java_read_pom(arena, arena_format(arena, "<project>%s</project>", cases[i].text), &identity, &licenses);
        assert_view_equal(licenses, cases[i].licenses);
    }
}

/* Reads an archive with these members under limits; gives the first gap's reason, "" if there is none. */
static const char *gap_of(struct arena *arena, const struct zip_member *members, size_t count,
    const struct java_limits *limits, size_t *package_count)
{
    struct recorder recorder;
    struct error err;
    AUTO_BUFFER archive;
    buffer_init(&archive, 1 << 20);
    zip_build(&archive, members, count, false);
    recorder_init(&recorder, arena);
    assert_ok(java_read(view_text("a.jar"), buffer_view(&archive), limits, &recorder.analysis, &err), &err);
    *package_count = recorder.packages.count;
    if (recorder.gaps.count == 0)
        return "";
    assert_int_equal(recorder.gaps.items[0].kind, GAP_LIMIT_REACHED);
    return recorder.gaps.items[0].reason.data;
}

static void stops_at_its_limits(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER inner;
    size_t count;
    const struct zip_member poms[] = {
        {"META-INF/maven/g/a/pom.properties", VIEW_LITERAL("groupId=g\nartifactId=a\nversion=1\n"),
            .is_deflated = true},
        {"META-INF/maven/g/b/pom.properties", VIEW_LITERAL("groupId=g\nartifactId=b\nversion=1\n"),
            .is_deflated = true},
    };
    const struct java_limits wide = {1000, 10000, 10};
    buffer_init(&inner, 10000);
    zip_build(&inner, poms, 2, false);
    const struct zip_member nested = {"lib/b.jar", buffer_view(&inner), .is_deflated = true};
    assert_string_equal(gap_of(arena, &nested, 1, &wide, &count), "");
    assert_int_equal(count, 2);
    const struct java_limits few_packages = {1000, 10000, 1};
    assert_string_equal(
        gap_of(arena, &nested, 1, &few_packages, &count), "the archive has more than the 1 packages that are read");
    assert_int_equal(count, 1);
    const struct java_limits little_inflated = {50, 10000, 10};
    assert_string_equal(gap_of(arena, poms, 2, &little_inflated, &count),
        "\"META-INF/maven/g/b/pom.properties\": the archives have more than the 50 bytes that are decompressed");
    assert_int_equal(count, 1);
    const struct java_limits little_held = {1000, 500, 10};
    assert_non_null(strstr(gap_of(arena, &nested, 1, &little_held, &count), "\"lib/b.jar\": the entry has"));
    assert_int_equal(count, 0);
}

static void counts_damage_beyond_a_few_places(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER archive;
    struct recorder recorder;
    struct error err;
    struct zip_member members[20];
    for (size_t i = 0; i < 20; i++)
        members[i] = (struct zip_member){.name = "broken.jar", .content = VIEW_LITERAL("x")};
    buffer_init(&archive, 10000);
    zip_build(&archive, members, 20, false);
    recorder_init(&recorder, arena);
    assert_ok(recorder_run(&recorder, "a.jar", buffer_view(&archive), &err), &err);
    assert_int_equal(recorder.gaps.count, 9);
    assert_view_equal(recorder.gaps.items[8].reason, "12 more entries could not be read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_names_where_the_version_begins),
        cmocka_unit_test(reads_properties_as_java_does),
        cmocka_unit_test(reads_a_manifest_by_its_main_section),
        cmocka_unit_test(reads_a_pom_only_where_it_speaks_of_itself),
        cmocka_unit_test(reads_the_licences_of_a_pom),
        cmocka_unit_test(stops_at_its_limits),
        cmocka_unit_test(counts_damage_beyond_a_few_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
