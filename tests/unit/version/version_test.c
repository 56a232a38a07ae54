/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "version/version.h"

static const struct version_order *order_named(const char *name)
{
    const struct version_order *order = version_order_named(view_text(name));
    assert_non_null(order);
    return order;
}

static void check_pair(const struct version_order *order, struct view a, struct view b, int expected)
{
    if (!order->is_comparable(a) && !view_is(a, "hello"))
        fail_msg("%s cannot compare \"%.*s\"", order->name, VIEW_PRINT(a));
    int forward = order->compare(a, b);
    int backward = order->compare(b, a);
    if (forward != expected || backward != -expected)
        fail_msg("%s: \"%.*s\" against \"%.*s\" is %d and back %d, not %d", order->name, VIEW_PRINT(a), VIEW_PRINT(b),
            forward, backward, expected);
}

/* "A < B", "A = B" or "! A". */
static void check_row(const struct version_order *order, struct view row)
{
    if (view_starts_with(row, "! ")) {
        if (order->is_valid(view_from(row, 2)))
            fail_msg("%s takes \"%.*s\" for a version", order->name, VIEW_PRINT(view_from(row, 2)));
        return;
    }
    size_t less = view_find_text(row, view_text(" < "));
    size_t equal = view_find_text(row, view_text(" = "));
    size_t middle = less < equal ? less : equal;
    assert_true(middle < row.size);
    check_pair(order, view_slice(row, 0, middle), view_from(row, middle + 3), less < equal ? -1 : 0);
}

static void check_table(const char *name)
{
    char path[100], line[1000];
    snprintf(path, sizeof(path), "tests/tables/versions/%s.txt", name);
    FILE *table = fopen(path, "r");
    assert_non_null(table);
    size_t rows = 0;
    while (fgets(line, sizeof(line), table) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#')
            check_row(order_named(name), view_text(line));
        rows += line[0] != '#';
    }
    fclose(table);
    assert_true(rows > 10);
}

static void every_order_orders_its_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_order_count; i++)
        check_table(version_orders[i]->name);
}

static void npm_has_the_limits_of_javascript(void **state)
{
    (void)state;
    const struct version_order *npm = order_named("npm");
    char longest[300];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "1.2.3-", 6);
    assert_true(npm->is_valid(view_of(longest, 256)));
    assert_false(npm->is_valid(view_of(longest, 257)));
    assert_true(npm->is_valid(view_text("9007199254740991.0.0")));
    assert_false(npm->is_valid(view_text("9007199254740992.0.0")));
    assert_true(npm->is_valid(view_text(" v1.2.3 ")));
    assert_false(npm->is_valid(view_text("1.2")));
    assert_int_equal(npm->compare(view_text("v 1.2.3"), view_text(" =1.2.3")), 0);
}

static void dpkg_ignores_blanks_around_a_version_only(void **state)
{
    (void)state;
    const struct version_order *dpkg = order_named("dpkg");
    assert_true(dpkg->is_valid(view_text("\t 1.0-1 \n")));
    assert_int_equal(dpkg->compare(view_text(" 1.0-1"), view_text("1.0-1 ")), 0);
    assert_false(dpkg->is_comparable(view_text("1.0 -1")));
    assert_false(dpkg->is_comparable(view_of("1.0\0", 4)));
}

static void what_package_managers_only_warn_of_is_comparable_but_not_valid(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"dpkg", "abc"}, {"dpkg", "1.0_1"}, {"alpine", "1.0bc"},
        {"alpine", "1.7.5.-r1"}, {"semver", "1.2"}, {"npm", "=1.2.3"}};
    static const char *const others[][2] = {
        {"dpkg", "1.0-"}, {"alpine", "abc"}, {"semver", "main"}, {"npm", "*"}, {"rpm", ""}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(order_named(rows[i][0])->is_valid(view_text(rows[i][1])));
        assert_true(order_named(rows[i][0])->is_comparable(view_text(rows[i][1])));
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(order_named(others[i][0])->is_comparable(view_text(others[i][1])));
}

static void ecosystems_select_their_order(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"Debian:12", "dpkg"}, {"Debian", "dpkg"}, {"Ubuntu:Pro:18.04:LTS", "dpkg"},
        {"Alpine:v3.20", "alpine"}, {"Wolfi", "alpine"}, {"Red Hat:enterprise_linux:9::baseos", "rpm"},
        {"SUSE:Linux Enterprise Server 15 SP5", "rpm"}, {"npm", "npm"}, {"Go", "go"}, {"crates.io", "semver"},
        {"PyPI", "pep440"}, {"Maven:https://repo.example/m2", "maven"}, {"RubyGems", "rubygems"}, {"NuGet", "nuget"},
        {"Packagist", "packagist"}, {"CRAN", "cran"}, {"Hackage", "hackage"}, {"Hex", "hex"}, {"Pub", "pub"},
        {"Bitnami", "bitnami"}, {"opam", "dpkg"}, {"Root:Alpine:3.18", "alpine"}, {"Root:npm", "npm"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(version_order_for_ecosystem(view_text(rows[i][0]))->name, rows[i][1]);
    assert_null(version_order_for_ecosystem(view_text("debian:12")));
    assert_null(version_order_for_ecosystem(view_text("Root")));
    assert_null(version_order_for_ecosystem(view_text("Nothing")));
    assert_null(version_order_for_ecosystem(view_text("")));
    assert_null(version_order_named(view_text("deb")));
}

/* xorshift64*: the same texts in every run. */
static uint64_t next_random(uint64_t *random)
{
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    return *random * UINT64_C(0x2545f4914f6cdd1d);
}

enum { RANDOM_TEXT_MAX = 12 };

/* Few pieces, so that equal beginnings are frequent. */
static struct view random_text(uint64_t *random, char text[4 * RANDOM_TEXT_MAX])
{
    static const char *const pieces[] = {
        "1", "2", "0", "9", ".", "-", "~", "^", "+", ":", "a", "b", "_p", "_rc", "-r", "rc", " ", "v"};
    size_t size = 0;
    for (size_t count = next_random(random) % RANDOM_TEXT_MAX; count > 0; count--) {
        const char *piece = pieces[next_random(random) % (sizeof(pieces) / sizeof(pieces[0]))];
        memcpy(text + size, piece, strlen(piece));
        size += strlen(piece);
    }
    return view_of(text, size);
}

static void check_laws(const struct version_order *order, struct view a, struct view b, struct view c)
{
    int ab = order->compare(a, b);
    int bc = order->compare(b, c);
    int ac = order->compare(a, c);
    if (order->compare(a, a) != 0 || order->compare(b, a) != -ab)
        fail_msg("%s is not antisymmetric: \"%.*s\" \"%.*s\"", order->name, VIEW_PRINT(a), VIEW_PRINT(b));
    if (order->is_valid(a) && !order->is_comparable(a))
        fail_msg("%s: \"%.*s\" is valid but not comparable", order->name, VIEW_PRINT(a));
    bool is_broken = (ab <= 0 && bc <= 0 && ac > 0) || (ab >= 0 && bc >= 0 && ac < 0) || (ab == 0 && ac != bc);
    if (is_broken && !order->has_circles)
        fail_msg("%s is not transitive: \"%.*s\" \"%.*s\" \"%.*s\"", order->name, VIEW_PRINT(a), VIEW_PRINT(b),
            VIEW_PRINT(c));
}

static void every_order_obeys_the_laws_of_an_order(void **state)
{
    (void)state;
    char texts[3][4 * RANDOM_TEXT_MAX];
    for (size_t i = 0; i < version_order_count; i++) {
        uint64_t random = 20261121;
        for (int round = 0; round < 50000; round++) {
            struct view a = random_text(&random, texts[0]);
            struct view b = random_text(&random, texts[1]);
            struct view c = random_text(&random, texts[2]);
            check_laws(version_orders[i], a, b, c);
        }
    }
}

/* "1.2.3-rc1" and the like: what versions mostly look like. */
static struct view plain_text(uint64_t *random, char text[4 * RANDOM_TEXT_MAX])
{
    static const char *const endings[] = {"", "", "-rc1", "-rc2", "-alpha", "-beta", "-sp", "-foo", "-SNAPSHOT"};
    size_t size = 0;
    for (uint64_t count = 1 + next_random(random) % 3; count > 0; count--)
        size += (size_t)snprintf(text + size, 16, "%d.", (int)(next_random(random) % 12));
    const char *ending = endings[next_random(random) % (sizeof(endings) / sizeof(endings[0]))];
    memcpy(text + size - 1, ending, strlen(ending) + 1);
    return view_of(text, size - 1 + strlen(ending));
}

static bool is_circle(const struct version_order *order, struct view a, struct view b, struct view c)
{
    int ab = order->compare(a, b), bc = order->compare(b, c), ac = order->compare(a, c);
    return (ab <= 0 && bc <= 0 && ac > 0) || (ab >= 0 && bc >= 0 && ac < 0) || (ab == 0 && ac != bc);
}

/* A release that is missing on one side counts as equal in pacman, so "-foo" stays away from it. */
static void orders_with_circles_have_none_among_plain_versions(void **state)
{
    (void)state;
    char texts[3][4 * RANDOM_TEXT_MAX];
    uint64_t random = 20261121;
    for (int round = 0; round < 50000; round++) {
        struct view versions[3];
        for (int i = 0; i < 3; i++)
            versions[i] = plain_text(&random, texts[i]);
        assert_false(is_circle(order_named("maven"), versions[0], versions[1], versions[2]));
        for (int i = 0; i < 3; i++)
            versions[i].size = view_find(versions[i], '-');
        assert_false(is_circle(order_named("pacman"), versions[0], versions[1], versions[2]));
    }
}

static void circles_are_those_of_the_package_managers(void **state)
{
    (void)state;
    assert_true(is_circle(order_named("pacman"), view_text("1.1"), view_text("1..a"), view_text("1..")));
    assert_true(is_circle(order_named("maven"), view_text("--rc-"), view_text(""), view_text("rc^9")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_orders_its_table),
        cmocka_unit_test(npm_has_the_limits_of_javascript),
        cmocka_unit_test(dpkg_ignores_blanks_around_a_version_only),
        cmocka_unit_test(what_package_managers_only_warn_of_is_comparable_but_not_valid),
        cmocka_unit_test(ecosystems_select_their_order),
        cmocka_unit_test(every_order_obeys_the_laws_of_an_order),
        cmocka_unit_test(orders_with_circles_have_none_among_plain_versions),
        cmocka_unit_test(circles_are_those_of_the_package_managers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
