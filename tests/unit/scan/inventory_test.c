/* SPDX-License-Identifier: Apache-2.0 */
/* Layers in a small language, one line each entry:
     file PATH [NAME VERSION]…   a dpkg database with these packages (or an os-release: file etc/os-release ID=debian …)
     licence NAME         the last package of the last file has this licence
     own PATH NAME        the last file says that package NAME owns the path
     app PATH NAME VERSION · foreign PATH NAME VERSION   a language package; a third-party package in a dpkg database
     program PATH [TYPE NAME VERSION]   a program, and what a recogniser found in it · large PATH   one too large to be read
     dir PATH · other PATH · link PATH TARGET · hard PATH TARGET · whiteout PATH · opaque PATH · gap PATH
   and "--" between layers, from the bottom up. */
#include "tests/unit/test.h"

#include "base/map.h"
#include "scan/together.h"

struct hash_builder {
    uint64_t items[64];
    size_t count;
};

static int compare_hashes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static struct record_hashes finish_hashes(struct arena *arena, struct hash_builder *builder)
{
    struct record_hashes hashes = {0};
    if (builder->count == 0)
        return hashes;
    qsort(builder->items, builder->count, sizeof(builder->items[0]), compare_hashes);
    hashes.pieces = ARENA_NEW(arena, struct view);
    hashes.pieces[0] = arena_copy(arena, view_of(builder->items, builder->count * sizeof(builder->items[0])));
    hashes.count = 1;
    return hashes;
}

enum { ITEMS_MAX = 64 };

static void add_file(struct arena *arena, struct layer_record *record, struct view path, struct view rest)
{
    struct record_file *file = &record->files[record->file_count++];
    file->path = path;
    file->analyzer = analyzer_for(path);
    if (file->analyzer == NULL) /* a database at an odd place, reached through a link */
        file->analyzer = analyzer_named(view_text("dpkg"));
    file->packages = ARENA_ARRAY(arena, struct record_package, ITEMS_MAX);
    file->facts = ARENA_ARRAY(arena, struct record_fact, ITEMS_MAX);
    while (rest.size > 0) {
        struct view word = view_cut(&rest, ' ');
        size_t equals = view_find(word, '=');
        if (equals < word.size) {
            file->facts[file->fact_count++] =
                (struct record_fact){view_slice(word, 0, equals), view_from(word, equals + 1)};
            continue;
        }
        struct view version = view_cut(&rest, ' ');
        file->packages[file->package_count++].package = (struct package){.type = PACKAGE_DEB,
            .name = word,
            .version = version,
            .arch = view_text("amd64"),
            .source_name = word,
            .source_version = version};
    }
}

/* A language package, or a third-party package of the system. */
static void add_special(
    struct arena *arena, struct layer_record *record, struct view path, struct view rest, bool is_language)
{
    add_file(arena, record, path, rest);
    struct record_file *file = &record->files[record->file_count - 1];
    file->packages[0].installation.is_third_party = !is_language;
    if (is_language)
        file->packages[0].package.type = PACKAGE_NPM;
}

static void add_program(struct arena *arena, struct layer_record *record, struct view path, struct view rest)
{
    struct record_file *file = &record->files[record->file_count];
    struct view type = view_cut(&rest, ' ');
    add_file(arena, record, path, rest);
    file->analyzer = analyzer_named(view_text("executable"));
    if (file->package_count > 0)
        assert_true(package_type_parse(type, &file->packages[0].package.type));
}

/* One path for each layer: hashes have to rise. */
static void own(struct arena *arena, struct layer_record *record, struct view path, struct view name)
{
    if (record->owners == NULL) {
        record->owners = ARENA_ARRAY(arena, struct record_owner, ITEMS_MAX);
        record->owned.pieces = ARENA_NEW(arena, struct view);
        record->owned.count = 1;
    }
    AUTO_BUFFER piece;
    buffer_init(&piece, 4096);
    buffer_append_u64(&piece, view_hash(path));
    buffer_append_u32(&piece, (uint32_t)record->owner_count);
    record->owners[record->owner_count++] = (struct record_owner){name, record->file_count - 1};
    buffer_append(&piece, record->owned.pieces[0]);
    record->owned.pieces[0] = arena_copy(arena, buffer_view(&piece));
}

static struct record_package *last_package(const struct layer_record *record)
{
    const struct record_file *file = &record->files[record->file_count - 1];
    return &file->packages[file->package_count - 1];
}

static struct layer_record read_layer(struct arena *arena, struct view text)
{
    struct layer_record record = {
        .files = ARENA_ARRAY(arena, struct record_file, ITEMS_MAX),
        .links = ARENA_ARRAY(arena, struct record_link, ITEMS_MAX),
        .whiteouts = ARENA_ARRAY(arena, struct view, ITEMS_MAX),
        .opaques = ARENA_ARRAY(arena, struct view, ITEMS_MAX),
    };
    struct hash_builder paths = {0}, directories = {0};
    while (text.size > 0) {
        struct view line = view_cut_line(&text);
        struct view kind = view_cut(&line, ' ');
        struct view path = view_cut(&line, ' ');
        if (view_is(kind, "file"))
            add_file(arena, &record, path, line);
        else if (view_is(kind, "dir"))
            directories.items[directories.count++] = view_hash(path);
        else if (view_is(kind, "other"))
            paths.items[paths.count++] = view_hash(path);
        else if (view_is(kind, "link") || view_is(kind, "hard"))
            record.links[record.link_count++] = (struct record_link){path, line, view_is(kind, "hard")};
        else if (view_is(kind, "whiteout"))
            record.whiteouts[record.whiteout_count++] = path;
        else if (view_is(kind, "opaque"))
            record.opaques[record.opaque_count++] = path;
        else if (view_is(kind, "licence"))
            last_package(&record)->installation.licenses = path;
        else if (view_is(kind, "own"))
            own(arena, &record, path, line);
        else if (view_is(kind, "app") || view_is(kind, "foreign"))
            add_special(arena, &record, path, line, view_is(kind, "app"));
        else if (view_is(kind, "program") || view_is(kind, "large"))
            add_program(arena, &record, path, line);
        else if (view_is(kind, "gap"))
            gap_add(arena, &record.gaps, GAP_BROKEN_DATABASE, path, "line 1");
        else
            fail_msg("unknown entry \"%.*s\"", VIEW_PRINT(kind));
        if (view_is(kind, "large"))
            gap_add(arena, &record.gaps, GAP_LIMIT_REACHED, path, "too large");
    }
    record.paths = finish_hashes(arena, &paths);
    record.directories = finish_hashes(arena, &directories);
    return record;
}

static struct inventory merge_with(struct arena *arena, const char *text, bool wants_lock_files)
{
    struct layer_record *records = ARENA_ARRAY(arena, struct layer_record, ITEMS_MAX);
    struct inventory inventory;
    struct view rest = view_text(text);
    size_t count = 0;
    while (rest.size > 0) {
        size_t end = view_find_text(rest, view_text("--\n"));
        records[count++] = read_layer(arena, view_slice(rest, 0, end));
        rest = view_from(rest, end + 3);
    }
    struct inventory_input input = {.records = records, .count = count, .wants_lock_files = wants_lock_files};
    inventory_build(arena, &input, &inventory);
    return inventory;
}

static struct inventory merge(struct arena *arena, const char *text)
{
    return merge_with(arena, text, false);
}

/* "name version@layer" of all packages, separated by spaces. */
static struct view packages_of(struct arena *arena, const struct inventory *inventory)
{
    struct view text = view_text("");
    for (size_t i = 0; i < inventory->package_count; i++)
        text = arena_format(arena, "%.*s%s%.*s %.*s@%u", VIEW_PRINT(text), i == 0 ? "" : ", ",
            VIEW_PRINT(inventory->packages[i].package.name), VIEW_PRINT(inventory->packages[i].package.version),
            inventory->packages[i].layer);
    return text;
}

static void check(const char *layers, const char *expected)
{
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory = merge(arena, layers);
    assert_view_equal(packages_of(arena, &inventory), expected);
}

#define STATUS "var/lib/dpkg/status"

/* "name: owner" of all packages that a package of the system owns. */
static void check_owners(const char *layers, const char *expected)
{
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory = merge(arena, layers);
    struct view text = view_text("");
    for (size_t i = 0; i < inventory.package_count; i++) {
        if (inventory.packages[i].owner.size > 0)
            text = arena_format(arena, "%.*s%.*s: %.*s ", VIEW_PRINT(text),
                VIEW_PRINT(inventory.packages[i].package.name), VIEW_PRINT(inventory.packages[i].owner));
    }
    assert_view_equal(view_trim(text), expected);
}

static void what_several_files_say_stands_instead_of_one(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct layer_record records[] = {
        read_layer(arena, view_text("file " STATUS " a 1 b 1\n")),
        read_layer(arena, view_text("other var/lib/dpkg/journal\n")),
        read_layer(arena, view_text("file " STATUS " a 1 b 1\n")),
    };
    struct layer_record joined = read_layer(arena, view_text("file " STATUS " a 1 c 1\n"));
    struct layer_record later = read_layer(arena, view_text("file " STATUS " a 1 c 1 d 1\n"));
    struct together items[] = {
        {1, view_text(STATUS), &joined.files[0], &joined},
        {2, view_text(STATUS), &later.files[0], &later},
    };
    const struct together_list list = {items, 2, 2};
    struct inventory inventory;
    struct inventory_input input = {.records = records, .count = 3, .together = &list};
    inventory_build(arena, &input, &inventory);
    assert_view_equal(packages_of(arena, &inventory), "a 1@0, c 1@1, d 1@2");
    assert_int_equal(inventory.removed_count, 1);
    assert_view_equal(inventory.removed[0].package.name, "b");
}

#define LIST "var/lib/dpkg/info/"
#define APP "usr/lib/node_modules/x/package.json"

static void a_file_of_a_package_of_the_system_is_owned(void **state)
{
    (void)state;
    check_owners("file " STATUS " npm 1\nfile " LIST "npm.list\nown " APP " npm\napp " APP " x 1\n", "x: npm");
    check_owners("file " STATUS " npm 1\nfile " LIST "npm.list\nown other npm\napp " APP " x 1\n", "");
    check_owners("file " STATUS " npm 1\nfile " LIST "npm.list\nown " APP " npm\n--\napp " APP " x 1\n", "x: npm");
    check_owners("link lib usr/lib\nfile " STATUS " npm 1\nfile " LIST
                 "npm.list\nown lib/node_modules/x/package.json npm\napp " APP " x 1\n",
        "x: npm");
    check_owners("dir lib\nfile " STATUS " npm 1\nfile " LIST
                 "npm.list\nown lib/node_modules/x/package.json npm\napp " APP " x 1\n",
        "");
}

static void a_list_that_is_gone_owns_nothing(void **state)
{
    (void)state;
    check_owners("file " STATUS " npm 1\nfile " LIST "npm.list\nown " APP " npm\napp " APP " x 1\n--\nwhiteout " LIST
                 "npm.list\n",
        "");
    check_owners("file " STATUS " npm 1\nfile " LIST "npm.list\nown " APP " npm\napp " APP " x 1\n--\nfile " STATUS
                 " a 1\n",
        "");
    check_owners("file " STATUS " npm 1\nfile " LIST "npm.list\nown " APP " npm\napp " APP " x 1\n--\nfile " LIST
                 "npm.list\n",
        "");
}

static void a_third_party_package_owns_nothing_and_has_no_ecosystem(void **state)
{
    (void)state;
    check_owners("file etc/os-release ID=debian VERSION_ID=12\nforeign " STATUS " nodejs 1\nfile " LIST
                 "nodejs.list\nown " APP " nodejs\napp " APP " x 1\n",
        "");
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory =
        merge(arena, "file etc/os-release ID=debian VERSION_ID=12\nforeign " STATUS " nodejs 1\n");
    assert_int_equal(inventory.packages[0].package.ecosystem.size, 0);
    assert_true(inventory.packages[0].is_third_party);
}

static void an_upper_database_replaces_the_lower_one(void **state)
{
    (void)state;
    check("file " STATUS " a 1 b 1\n--\nfile " STATUS " b 1 c 1\n", "b 1@0, c 1@1");
}

static void a_package_that_was_away_begins_anew(void **state)
{
    (void)state;
    check("file " STATUS " a 1 b 1\n--\nfile " STATUS " b 1\n--\nfile " STATUS " a 1 b 1\n", "a 1@2, b 1@0");
}

static void a_new_version_belongs_to_its_layer(void **state)
{
    (void)state;
    check("file " STATUS " a 1 b 1\n--\nfile " STATUS " a 2 b 1\n", "a 2@1, b 1@0");
}

static void a_whiteout_removes_a_database(void **state)
{
    (void)state;
    check("file " STATUS " a 1\n--\nwhiteout " STATUS "\n", "");
    check("file " STATUS " a 1\n--\nwhiteout var/lib\n", "");
    check("file " STATUS " a 1\n--\nwhiteout var/li\n", "a 1@0");
}

static void a_whiteout_spares_its_own_layer(void **state)
{
    (void)state;
    check("file " STATUS " a 1\n--\nwhiteout " STATUS "\nfile " STATUS " b 1\n", "b 1@1");
}

static void an_opaque_directory_hides_what_is_below(void **state)
{
    (void)state;
    check("file " STATUS " a 1\n--\nopaque var/lib\n", "");
    check("file " STATUS " a 1\n--\nopaque var/lib\nfile var/lib/dpkg/status.d/b b 1\n", "b 1@1");
    check("file " STATUS " a 1\n--\nopaque \n", "");
}

static void a_file_over_a_directory_removes_the_subtree(void **state)
{
    (void)state;
    check("file " STATUS " a 1\n--\nother var/lib\n", "");
    check("file " STATUS " a 1\n--\nlink var/lib /srv\n", "");
}

static void a_directory_over_a_file_replaces_it(void **state)
{
    (void)state;
    check("file " STATUS " a 1\n--\ndir " STATUS "\n", "");
    check("file " STATUS " a 1\n--\ndir var/lib/dpkg\n", "a 1@0");
}

static void an_upper_file_lands_behind_a_lower_link(void **state)
{
    (void)state;
    check("link lib usr/lib\nfile usr/lib/dpkg/status a 1\n--\nfile lib/dpkg/status b 1\n", "b 1@1");
    check("link lib usr/lib\nfile usr/lib/dpkg/status a 1\n--\nwhiteout lib/dpkg/status\n", "");
    /* A directory of its own takes the link's place, so both files exist. */
    check("link var /srv\nfile srv/lib/dpkg/status a 1\n--\ndir var\nfile " STATUS " b 1\n", "a 1@0, b 1@1");
}

static void a_link_to_a_database_counts_once(void **state)
{
    (void)state;
    check("file usr/lib/dpkg/status a 1\nlink " STATUS " ../../../usr/lib/dpkg/status\n", "a 1@0");
}

static void status_d_files_live_on_their_own(void **state)
{
    (void)state;
    check("file var/lib/dpkg/status.d/a a 1\nfile var/lib/dpkg/status.d/b b 1\n--\nwhiteout var/lib/dpkg/status.d/a\n",
        "b 1@0");
}

static void a_package_in_two_databases_counts_once(void **state)
{
    (void)state;
    check("file " STATUS " a 1 b 1\nfile var/lib/dpkg/status.d/a a 1\nfile var/lib/dpkg/status.d/b b 2\n",
        "a 1@0, b 1@0, b 2@0");
}

static void a_package_has_the_licence_that_either_database_tells(void **state)
{
    (void)state;
    static const char *const orders[] = {
        "file " STATUS " a 1\nfile var/lib/dpkg/status.d/a a 1\nlicence MIT\n",
        "file var/lib/dpkg/status.d/a a 1\nlicence MIT\nfile " STATUS " a 1\n",
        "file " STATUS " a 1\nlicence MIT\nfile var/lib/dpkg/status.d/a a 1\nlicence X11\n",
    };
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        struct inventory inventory = merge(arena, orders[i]);
        assert_int_equal(inventory.package_count, 1);
        assert_view_equal(inventory.packages[0].licenses, "MIT");
    }
}

static void removed_packages_are_listed(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory = merge(arena, "file " STATUS " a 1 b 1\n--\nfile " STATUS " b 2\n");
    assert_int_equal(inventory.removed_count, 1);
    assert_view_equal(inventory.removed[0].package.name, "a");
}

/* "name version" of the removed packages, separated by commas. */
static void check_removed(const char *layers, const char *expected)
{
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory = merge(arena, layers);
    struct view text = view_text("");
    for (size_t i = 0; i < inventory.removed_count; i++)
        text = arena_format(arena, "%.*s%s%.*s %.*s", VIEW_PRINT(text), i == 0 ? "" : ", ",
            VIEW_PRINT(inventory.removed[i].package.name), VIEW_PRINT(inventory.removed[i].package.version));
    assert_view_equal(text, expected);
}

static void each_version_of_a_language_package_is_removed_by_itself(void **state)
{
    (void)state;
    check_removed("app x/a a 1\napp y/a a 2\n--\nwhiteout x/a\n", "a 1");
    check_removed("app x/a a 1\n--\napp x/a a 2\n", ""); /* another version came in its place */
    check_removed("app x/a a 1\n--\nwhiteout x/a\napp y/a a 1\n", ""); /* moved */
    check_removed("app x/a a 1\n--\nwhiteout x/a\napp y/a a 2\n", "a 1");
    check_removed("file " STATUS " a 1\n--\nwhiteout " STATUS "\nfile var/lib/dpkg/status.d/a a 2\n", "");
}

/* The gaps of removed databases. */
static void check_bereft(const char *layers, const char *path, const char *reason)
{
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory = merge(arena, layers);
    const struct gap *found = NULL;
    for (size_t i = 0; i < inventory.gaps.count; i++) {
        if (inventory.gaps.items[i].kind == GAP_DATABASE_REMOVED)
            found = &inventory.gaps.items[i];
    }
    assert_true((found != NULL) == (path != NULL));
    if (found != NULL) {
        assert_view_equal(found->path, path);
        assert_view_equal(found->reason, reason);
    }
}

static void a_database_that_a_later_layer_removed_is_a_gap(void **state)
{
    (void)state;
    const char *reason = "the database was there in layer 0, and a later layer removed or emptied it";
    check_bereft("file " STATUS " a 1 b 1\napp x/a c 1\n--\nwhiteout var/lib/dpkg\n", STATUS, reason);
    check_bereft("file " STATUS " a 1\n--\nfile " STATUS "\n", STATUS, reason);
    check_bereft("file var/lib/dpkg/status.d/a a 1\nfile var/lib/dpkg/status.d/b b 1\n--\nopaque var/lib/dpkg\n",
        "var/lib/dpkg/status.d/b", reason);
    check_bereft("file " STATUS " a 1 b 1\n--\nfile " STATUS " b 1\n", NULL, NULL);
    check_bereft("app x/a a 1\n--\nwhiteout x/a\n", NULL, NULL);
}

static void release_files_are_found_through_links(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory = merge(arena,
        "file usr/lib/os-release ID=debian VERSION_ID=12\nlink etc/os-release ../usr/lib/os-release\nfile " STATUS
        " a 1\n");
    assert_view_equal(inventory.distro.id, "debian");
    assert_view_equal(inventory.packages[0].package.ecosystem, "Debian:12");
    inventory = merge(arena,
        "file nix/store/x/os-release ID=debian VERSION_ID=12\nlink etc/os-release /nix/store/x/os-release\nfile " STATUS
        " a 1\n--\nfile srv/other-os-release ID=alpine VERSION_ID=3.20.1\n");
    assert_view_equal(inventory.distro.id, "debian");
    assert_int_equal(inventory.gaps.count, 0);
}

static bool has_gap(const struct inventory *inventory, enum gap_kind kind, const char *path)
{
    for (size_t i = 0; i < inventory->gaps.count; i++) {
        if (inventory->gaps.items[i].kind == kind && view_is(inventory->gaps.items[i].path, path))
            return true;
    }
    return false;
}

static void a_gap_counts_only_while_its_file_does(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct inventory kept = merge(arena, "file " STATUS " a 1\ngap " STATUS "\n");
    struct inventory hidden = merge(arena, "file " STATUS " a 1\ngap " STATUS "\n--\nfile " STATUS " a 1\n");
    assert_true(has_gap(&kept, GAP_BROKEN_DATABASE, STATUS));
    assert_false(has_gap(&hidden, GAP_BROKEN_DATABASE, STATUS));
}

static void a_database_behind_a_link_that_nobody_read_is_a_gap(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory = merge(arena, "link " STATUS " /srv/status\nother srv/status\n");
    assert_true(has_gap(&inventory, GAP_UNREADABLE_FILE, STATUS));
    inventory = merge(arena, "link " STATUS " " STATUS "\n");
    assert_true(has_gap(&inventory, GAP_NO_PACKAGE_DATABASE, ""));
    inventory = merge(arena, "link var/lib/dpkg/status /a\nlink a /b\nlink b /a\n");
    assert_true(has_gap(&inventory, GAP_UNREADABLE_FILE, STATUS));
}

static void an_image_without_any_database_is_not_clean(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory = merge(arena, "other bin/program\n");
    assert_true(has_gap(&inventory, GAP_NO_PACKAGE_DATABASE, ""));
}

static void lock_files_count_only_where_they_are_wanted(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    const char *layers = "file app/package-lock.json a 1\ngap app/package-lock.json\nfile " STATUS " b 1\n--\n"
                         "file app/package-lock.json\n";
    struct inventory inventory = merge_with(arena, layers, true);
    assert_view_equal(packages_of(arena, &inventory), "b 1@0");
    assert_int_equal(inventory.removed_count, 1);
    inventory = merge_with(arena, layers, false);
    assert_view_equal(packages_of(arena, &inventory), "b 1@0");
    assert_int_equal(inventory.removed_count, 0);
    layers = "file app/package-lock.json a 1\ngap app/package-lock.json\nfile " STATUS " b 1\n--\n";
    inventory = merge_with(arena, layers, true);
    assert_view_equal(packages_of(arena, &inventory), "a 1@0, b 1@0");
    assert_int_equal(inventory.gaps.count, 1);
    inventory = merge_with(arena, layers, false);
    assert_view_equal(packages_of(arena, &inventory), "b 1@0");
    assert_int_equal(inventory.gaps.count, 0);
}

/* The paths of programs that nothing accounts for. */
static void check_unattributed(const char *layers, const char *expected, size_t gap_count)
{
    AUTO_ARENA *arena = arena_new();
    struct inventory inventory = merge(arena, layers);
    struct view text = view_text("");
    for (size_t i = 0; i < inventory.unattributed.count; i++)
        text = arena_format(arena, "%.*s %.*s", VIEW_PRINT(text), VIEW_PRINT(inventory.unattributed.items[i]));
    assert_view_equal(view_trim(text), expected);
    assert_int_equal(inventory.gaps.count, gap_count);
}

static void programs_that_nothing_accounts_for_are_listed(void **state)
{
    (void)state;
    check_unattributed("file " STATUS " a 1\nprogram usr/bin/b\nprogram bin/a\n", "bin/a usr/bin/b", 0);
    check_unattributed("file " STATUS " a 1\nprogram bin/a golang stdlib 1.22.0\n", "", 0);
    check_unattributed("file " STATUS " a 1\nfile " LIST "a.list\nown bin/a a\nprogram bin/a\n", "", 0);
    check_unattributed("foreign " STATUS " a 1\nfile " LIST "a.list\nown bin/a a\nprogram bin/a\n", "", 0);
    check_unattributed("file " STATUS " a 1\nprogram bin/a\n--\nwhiteout bin/a\n", "", 0);
    check_unattributed("app " APP
                       " x 1\nprogram usr/lib/node_modules/x/build/x.node\nprogram usr/lib/node_modules/y/y.node\n",
        "usr/lib/node_modules/y/y.node", 0);
    check_unattributed("program usr/local/bin/python3.11 generic python 3.11.4\n"
                       "program usr/local/lib/python3.11/lib-dynload/_ssl.so\nprogram usr/local/lib/libpy.so\n",
        "usr/local/lib/libpy.so", 1);
    check_unattributed(
        "program opt/java/release jvm openjdk 17\nprogram opt/java/bin/java\nprogram opt/javac\n", "opt/javac", 1);
}

static void a_program_too_large_to_be_read_is_a_gap_unless_a_package_owns_it(void **state)
{
    (void)state;
    check_unattributed("file " STATUS " a 1\nlarge bin/a\n", "bin/a", 1);
    check_unattributed("file " STATUS " a 1\nfile " LIST "a.list\nown bin/a a\nlarge bin/a\n", "", 0);
}

static void a_program_of_the_distribution_is_no_second_package(void **state)
{
    (void)state;
    check("file " STATUS " a 1\nfile " LIST "a.list\nown bin/a a\nprogram bin/a generic a 1\n", "a 1@0");
    check("foreign " STATUS " b 1\nfile " LIST "b.list\nown bin/a b\nprogram bin/a generic a 1\n", "b 1@0, a 1@0");
    check("file " STATUS " b 1\nfile " LIST "b.list\nown bin/a b\nprogram bin/a golang a 1\n", "b 1@0, a 1@0");
}

static void a_home_of_java_is_told_once(void **state)
{
    (void)state;
    static const char release[] = "program opt/j/release jvm openjdk 17\n";
    static const char launcher[] = "program opt/j/jre/bin/java jvm openjdk 17.0.1\n";
    static const char elsewhere[] = "program opt/k/bin/java jvm openjdk 21\n";
    char text[256];
    snprintf(text, sizeof(text), "%s%s%s", release, launcher, elsewhere);
    check(text, "openjdk 17@0, openjdk 21@0");
    check(launcher, "openjdk 17.0.1@0");
    check_unattributed(
        "program opt/k/bin/java jvm openjdk 21\nprogram opt/k/lib/libjava.so\nprogram opt/l/libjava.so\n",
        "opt/l/libjava.so", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_several_files_say_stands_instead_of_one),
        cmocka_unit_test(a_file_of_a_package_of_the_system_is_owned),
        cmocka_unit_test(a_list_that_is_gone_owns_nothing),
        cmocka_unit_test(a_third_party_package_owns_nothing_and_has_no_ecosystem),
        cmocka_unit_test(an_upper_database_replaces_the_lower_one),
        cmocka_unit_test(a_package_that_was_away_begins_anew),
        cmocka_unit_test(a_new_version_belongs_to_its_layer),
        cmocka_unit_test(a_whiteout_removes_a_database),
        cmocka_unit_test(a_whiteout_spares_its_own_layer),
        cmocka_unit_test(an_opaque_directory_hides_what_is_below),
        cmocka_unit_test(a_file_over_a_directory_removes_the_subtree),
        cmocka_unit_test(a_directory_over_a_file_replaces_it),
        cmocka_unit_test(an_upper_file_lands_behind_a_lower_link),
        cmocka_unit_test(a_link_to_a_database_counts_once),
        cmocka_unit_test(status_d_files_live_on_their_own),
        cmocka_unit_test(a_package_in_two_databases_counts_once),
        cmocka_unit_test(a_package_has_the_licence_that_either_database_tells),
        cmocka_unit_test(removed_packages_are_listed),
        cmocka_unit_test(each_version_of_a_language_package_is_removed_by_itself),
        cmocka_unit_test(a_database_that_a_later_layer_removed_is_a_gap),
        cmocka_unit_test(release_files_are_found_through_links),
        cmocka_unit_test(a_gap_counts_only_while_its_file_does),
        cmocka_unit_test(a_database_behind_a_link_that_nobody_read_is_a_gap),
        cmocka_unit_test(lock_files_count_only_where_they_are_wanted),
        cmocka_unit_test(an_image_without_any_database_is_not_clean),
        cmocka_unit_test(programs_that_nothing_accounts_for_are_listed),
        cmocka_unit_test(a_program_too_large_to_be_read_is_a_gap_unless_a_package_owns_it),
        cmocka_unit_test(a_program_of_the_distribution_is_no_second_package),
        cmocka_unit_test(a_home_of_java_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
