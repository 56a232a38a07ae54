/* SPDX-License-Identifier: Apache-2.0 */
/* What images were built on, what newer ones of that would remove, and the base images that an organization offers. */
#include "store/base_images.h"
#include "tests/unit/store/results_fixture.h"

struct made_layer {
    const char *name; /* equal names are equal layers */
    unsigned packages; /* a set of bits */
};

static const struct service service = {.seed = 5, .generation = 1};

static void add_layer(struct fixture *fixture, struct scan_image *image, const struct made_layer *layer, size_t index)
{
    struct inventory *inventory = &image->inventory;
    image->choice.manifest.items[index].digest = fixture_digest(layer->name);
    for (unsigned i = 0; i < NAMES; i++) {
        if ((layer->packages & 1u << i) == 0)
            continue;
        struct inventory_package *package = &inventory->packages[inventory->package_count];
        package->package = make_package(fixture->arena, i);
        package->path = view_text("var/lib/dpkg/status");
        package->layer = (uint32_t)index;
        image->findings[inventory->package_count++] = match(fixture->arena, &service, package->package.name);
    }
}

/* A tag of the repository team/app, by layers from the bottom up; the id of its row. */
static struct uuid push(struct fixture *fixture, const char *tag, unsigned number, const struct made_layer *layers)
{
    enum { LAYERS_MAX = 4 };
    struct error err;
    struct image_row row;
    char text[64];
    struct scan_image image = {.layers_fetched = 1};
    struct scan_task task = import_tag(fixture, tag, number, MANIFEST_IMAGE, IMPORT_QUEUED);
    snprintf(text, sizeof(text), "config of %s %u", tag, number);
    image.config.digest = fixture_digest(text);
    image.config.platform = (struct platform){view_text("linux"), view_text("amd64"), view_text("")};
    image.choice.manifest.items = ARENA_ARRAY(fixture->arena, struct descriptor, LAYERS_MAX);
    image.inventory.packages = ARENA_ARRAY(fixture->arena, struct inventory_package, NAMES);
    image.findings = ARENA_ARRAY(fixture->arena, struct finding_list, NAMES);
    image.inventory.distro.id = view_text("debian");
    while (layers[image.choice.manifest.count].name != NULL) {
        add_layer(fixture, &image, &layers[image.choice.manifest.count], image.choice.manifest.count);
        image.choice.manifest.count++;
    }
    commit_as(fixture, &task, task.digest, (struct platform){0}, &image, 1);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err);
    struct image_row *rows;
    size_t count = 0;
    struct view reference = arena_format(fixture->arena, "team/app:%s", tag);
    assert_ok(store_resolve_images(
                  fixture->store, fixture->arena, fixture->account.organization, reference, 10, &rows, &count, &err),
        &err);
    assert_int_equal(count, 1);
    row = rows[0];
    return row.uuid;
}

static struct base_updates updates_of(struct fixture *fixture, const struct uuid *row)
{
    struct error err;
    struct base_updates updates;
    assert_ok(
        store_list_base_updates(fixture->store, fixture->arena, fixture->account.organization, row, &updates, &err),
        &err);
    return updates;
}

static const struct made_layer old_base[] = {{"base 1.0", 0x0f}, {NULL, 0}};
static const struct made_layer app[] = {{"base 1.0", 0x0f}, {"own", 0x30}, {NULL, 0}};

/* What the findings of some packages are, as "vulnerability in package". */
static size_t count_findings(struct fixture *fixture, unsigned packages, unsigned except)
{
    size_t count = 0;
    for (unsigned i = 0; i < NAMES; i++) {
        if ((packages & ~except & 1u << i) != 0)
            count += match(fixture->arena, &service, make_package(fixture->arena, i).name).count;
    }
    return count;
}

static size_t count_changes(const struct base_update *update, enum image_change change)
{
    size_t count = 0;
    for (size_t i = 0; i < update->change_count; i++)
        count += update->changes[i].change == change;
    return count;
}

static void tells_what_newer_tags_of_the_base_remove(void **state)
{
    struct fixture *fixture = *state;
    set_generation(fixture, 1);
    push(fixture, "1.0", 1, old_base);
    struct uuid row = push(fixture, "app-x", 2, app);
    struct base_updates updates = updates_of(fixture, &row);
    assert_true(updates.is_known);
    assert_view_equal(updates.base, "registry.example:5000/team/app:1.0");
    assert_int_equal(updates.layer_count, 1);
    assert_int_equal(updates.count, 0);
    push(fixture, "1.1", 3, (const struct made_layer[]){{"base 1.1", 0x0b}, {NULL, 0}});
    push(fixture, "1.2", 4, (const struct made_layer[]){{"base 1.2", 0x09}, {NULL, 0}});
    push(fixture, "2.0", 5, (const struct made_layer[]){{"base 2.0", 0x41}, {NULL, 0}});
    push(fixture, "1.3-slim", 6, (const struct made_layer[]){{"base slim", 0x01}, {NULL, 0}});
    updates = updates_of(fixture, &row);
    assert_int_equal(updates.count, 2);
    assert_int_equal(updates.items[0].kind, BASE_UPDATE_MINOR);
    assert_view_equal(updates.items[0].image.tag, "1.2");
    assert_int_equal(updates.items[1].kind, BASE_UPDATE_MAJOR);
    assert_view_equal(updates.items[1].image.tag, "2.0");
    /* What the image's own layer brought stays whatever the base is. */
    assert_int_equal(count_changes(&updates.items[0], IMAGE_CHANGE_FIXED), count_findings(fixture, 0x0f, 0x09));
    assert_int_equal(count_changes(&updates.items[0], IMAGE_CHANGE_NONE), count_findings(fixture, 0x09, 0));
    assert_int_equal(count_changes(&updates.items[0], IMAGE_CHANGE_NEW), 0);
    assert_int_equal(count_changes(&updates.items[1], IMAGE_CHANGE_FIXED), count_findings(fixture, 0x0f, 0x41));
    assert_int_equal(count_changes(&updates.items[1], IMAGE_CHANGE_NEW), count_findings(fixture, 0x41, 0x0f));
}

static void tells_that_the_base_was_built_again(void **state)
{
    struct fixture *fixture = *state;
    set_generation(fixture, 1);
    push(fixture, "1.0", 1, old_base);
    struct uuid row = push(fixture, "app-x", 2, app);
    push(fixture, "1.0", 3, (const struct made_layer[]){{"base 1.0 again", 0x03}, {NULL, 0}});
    struct base_updates updates = updates_of(fixture, &row);
    assert_true(updates.is_known);
    assert_int_equal(updates.count, 1);
    assert_int_equal(updates.items[0].kind, BASE_UPDATE_REBUILD);
    assert_int_equal(count_changes(&updates.items[0], IMAGE_CHANGE_FIXED), count_findings(fixture, 0x0f, 0x03));
}

static void knows_no_base_where_there_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct base_updates updates;
    set_generation(fixture, 1);
    struct uuid row = push(fixture, "1.0", 1, old_base);
    updates = updates_of(fixture, &row);
    assert_false(updates.is_known);
    assert_int_equal(updates.base.size, 0);
    assert_int_equal(updates.count, 0);
    uuid_new(&row);
    assert_fails(
        store_list_base_updates(fixture->store, fixture->arena, fixture->account.organization, &row, &updates, &err),
        &err, ERROR_NOT_FOUND);
}

static struct uuid project_of(struct fixture *fixture, const char *tag)
{
    struct uuid uuid = {{0}};
    size_t count = 0;
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_is(rows[i].tag, tag))
            uuid = rows[i].project_uuid;
    }
    return uuid;
}

static struct base_image offer(
    struct fixture *fixture, const char *tag, bool is_recommended, enum base_schema schema, const char *expression)
{
    struct error err;
    struct base_image made;
    const struct base_image_change given = {.project = project_of(fixture, tag),
        .has_recommended = true,
        .is_recommended = is_recommended,
        .has_schema = schema != BASE_SCHEMA_SHAPE,
        .schema = schema,
        .expression = view_text(expression)};
    assert_ok(store_add_base_image(fixture->store, fixture->arena, fixture->account.organization, &given,
                  view_text("admin"), &made, &err),
        &err);
    return made;
}

static void offers_only_what_is_recommended(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    set_generation(fixture, 1);
    push(fixture, "1.0.0", 1, old_base);
    struct uuid row = push(fixture, "app-x", 2, app);
    push(fixture, "1.1.0", 3, (const struct made_layer[]){{"base 1.1", 0x0b}, {NULL, 0}});
    push(fixture, "1.2.0", 4, (const struct made_layer[]){{"base 1.2", 0x09}, {NULL, 0}});
    offer(fixture, "1.0.0", true, BASE_SCHEMA_SEMVER, "");
    struct base_image first = offer(fixture, "1.1.0", true, BASE_SCHEMA_SHAPE, "");
    assert_int_equal(first.schema, BASE_SCHEMA_SEMVER); /* its repository's */
    struct base_image second = offer(fixture, "1.2.0", false, BASE_SCHEMA_SHAPE, "");
    struct base_updates updates = updates_of(fixture, &row);
    assert_int_equal(updates.count, 1);
    assert_view_equal(updates.items[0].image.tag, "1.1.0");
    const struct base_image_change selection = {.has_schema = true,
        .schema = BASE_SCHEMA_SINGLE_SELECTION,
        .is_selected = true,
        .has_recommended = true,
        .is_recommended = true};
    assert_ok(store_edit_base_image(fixture->store, fixture->arena, fixture->account.organization, &second.uuid,
                  &selection, view_text("admin"), &second, &err),
        &err);
    assert_true(second.is_selected);
    updates = updates_of(fixture, &row);
    assert_int_equal(updates.count, 1);
    assert_int_equal(updates.items[0].kind, BASE_UPDATE_ALTERNATIVE);
    assert_view_equal(updates.items[0].image.tag, "1.2.0");
    /* One is selected at a time. */
    assert_ok(store_edit_base_image(fixture->store, fixture->arena, fixture->account.organization, &first.uuid,
                  &selection, view_text("admin"), &first, &err),
        &err);
    assert_ok(store_find_base_image(
                  fixture->store, fixture->arena, fixture->account.organization, &second.uuid, &second, &err),
        &err);
    assert_true(first.is_selected && !second.is_selected);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM audit_events WHERE action LIKE 'custom_base_image.%'"), 5);
}

static void refuses_what_does_not_fit_the_schema(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct base_image made;
    int64_t organization = fixture->account.organization;
    set_generation(fixture, 1);
    push(fixture, "v1", 1, old_base);
    struct base_image_change given = {
        .project = project_of(fixture, "v1"), .has_schema = true, .schema = BASE_SCHEMA_SEMVER};
    assert_fails(
        store_add_base_image(fixture->store, fixture->arena, organization, &given, view_text("admin"), &made, &err),
        &err, ERROR_INVALID);
    given.schema = BASE_SCHEMA_CUSTOM;
    assert_fails(
        store_add_base_image(fixture->store, fixture->arena, organization, &given, view_text("admin"), &made, &err),
        &err, ERROR_INVALID);
    given.expression = view_text("(");
    assert_fails(
        store_add_base_image(fixture->store, fixture->arena, organization, &given, view_text("admin"), &made, &err),
        &err, ERROR_INVALID);
    given.expression = view_text("^w[0-9]+$");
    assert_fails(
        store_add_base_image(fixture->store, fixture->arena, organization, &given, view_text("admin"), &made, &err),
        &err, ERROR_INVALID);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM custom_base_images"), 0);
    given.expression = view_text("^v[0-9]+$");
    assert_ok(
        store_add_base_image(fixture->store, fixture->arena, organization, &given, view_text("admin"), &made, &err),
        &err);
    assert_fails(
        store_add_base_image(fixture->store, fixture->arena, organization, &given, view_text("admin"), &made, &err),
        &err, ERROR_CONFLICT);
    uuid_new(&given.project);
    assert_fails(
        store_add_base_image(fixture->store, fixture->arena, organization, &given, view_text("admin"), &made, &err),
        &err, ERROR_NOT_FOUND);
    assert_ok(store_remove_base_image(fixture->store, organization, &made.uuid, view_text("admin"), &err), &err);
    assert_fails(store_remove_base_image(fixture->store, organization, &made.uuid, view_text("admin"), &err), &err,
        ERROR_NOT_FOUND);
}

static size_t count_listed(struct fixture *fixture, struct base_image_query query)
{
    struct error err;
    struct base_image *items;
    size_t count = 0;
    bool has_more = false;
    query.page.limit = PAGE_LIMIT_MAX;
    assert_ok(store_list_base_images(fixture->store, fixture->arena, fixture->account.organization, &query, &items,
                  &count, &has_more, &err),
        &err);
    return count;
}

static void lists_by_filters_and_hides_others(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct base_image other;
    set_generation(fixture, 1);
    push(fixture, "1.0.0", 1, old_base);
    push(fixture, "1.1.0", 3, (const struct made_layer[]){{"base 1.1", 0x0b}, {NULL, 0}});
    struct base_image made = offer(fixture, "1.0.0", true, BASE_SCHEMA_SEMVER, "");
    offer(fixture, "1.1.0", false, BASE_SCHEMA_SHAPE, "");
    assert_int_equal(count_listed(fixture, (struct base_image_query){.has_recommended = false}), 2);
    assert_int_equal(
        count_listed(fixture, (struct base_image_query){.has_recommended = true, .is_recommended = true}), 1);
    assert_int_equal(count_listed(fixture, (struct base_image_query){.repository = view_text("team/app")}), 2);
    assert_int_equal(
        count_listed(fixture, (struct base_image_query){.repository = view_text("registry.example:5000/team/app")}), 2);
    assert_int_equal(count_listed(fixture, (struct base_image_query){.repository = view_text("team")}), 0);
    assert_int_equal(count_listed(fixture, (struct base_image_query){.tag = view_text("1.1.0")}), 1);
    assert_int_equal(count_listed(fixture, (struct base_image_query){.project = made.project}), 1);
    assert_fails(store_find_base_image(
                     fixture->store, fixture->arena, fixture->account.organization + 1, &made.uuid, &other, &err),
        &err, ERROR_NOT_FOUND);
}

/* The tags of all pages, one after the other; `is_back`: from the last page to the first, each from left to right. */
static struct view tags_in_order(struct fixture *fixture, struct base_image_query query, bool is_back, int limit)
{
    struct error err;
    AUTO_BUFFER tags;
    bool has_more = true;
    struct base_image *items;
    size_t count = 0;
    buffer_init(&tags, 1024);
    query.page.limit = limit;
    while (has_more) {
        assert_ok(store_list_base_images(fixture->store, fixture->arena, fixture->account.organization, &query, &items,
                      &count, &has_more, &err),
            &err);
        for (size_t i = 0; i < count; i++)
            buffer_append_format(&tags, "%.*s ", VIEW_PRINT(items[i].tag));
        if (count > 0 && is_back)
            query.page.before = items[0].cursor;
        else if (count > 0)
            query.page.after = items[count - 1].cursor;
    }
    return arena_copy(fixture->arena, buffer_view(&tags));
}

static void lists_in_the_order_that_is_asked_for(void **state)
{
    struct fixture *fixture = *state;
    static const char *const tags[] = {"1.10.0", "1.9.0", "2", "1.2.0", "1.2"};
    const struct base_image_query by_tag = {.order = BASE_ORDER_TAG};
    const struct base_image_query by_version = {.order = BASE_ORDER_VERSION};
    const struct base_image_query falling = {.order = BASE_ORDER_VERSION, .is_falling = true};
    set_generation(fixture, 1);
    for (unsigned i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        push(fixture, tags[i], i, old_base);
        offer(fixture, tags[i], true, BASE_SCHEMA_SHAPE, "");
    }
    assert_view_equal(
        tags_in_order(fixture, (struct base_image_query){.is_falling = true}, false, 2), "1.2 1.2.0 2 1.9.0 1.10.0 ");
    for (int limit = 1; limit <= 6; limit++) {
        assert_view_equal(tags_in_order(fixture, by_tag, false, limit), "1.10.0 1.2 1.2.0 1.9.0 2 ");
        assert_view_equal(tags_in_order(fixture, by_version, false, limit), "1.2 1.2.0 1.9.0 1.10.0 2 ");
        assert_view_equal(tags_in_order(fixture, falling, false, limit), "2 1.10.0 1.9.0 1.2.0 1.2 ");
    }
    struct error err;
    struct base_image *items;
    size_t count = 0;
    bool has_more = false;
    struct base_image_query back = falling;
    back.page = (struct page_request){.limit = 1, .before = tags_in_order(fixture, falling, false, 1)};
    assert_fails(store_list_base_images(fixture->store, fixture->arena, fixture->account.organization, &back, &items,
                     &count, &has_more, &err),
        &err, ERROR_INVALID);
    /* Backwards from the last row of the last page. */
    back.page = (struct page_request){.limit = 5};
    assert_ok(store_list_base_images(fixture->store, fixture->arena, fixture->account.organization, &back, &items,
                  &count, &has_more, &err),
        &err);
    back.page.before = items[4].cursor;
    assert_view_equal(tags_in_order(fixture, back, true, 1), "1.2.0 1.9.0 1.10.0 2 ");
    back.is_falling = false;
    assert_view_equal(tags_in_order(fixture, back, true, 1), "");
    back.page.before = items[0].cursor;
    assert_view_equal(tags_in_order(fixture, back, true, 3), "1.2.0 1.9.0 1.10.0 1.2 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_what_newer_tags_of_the_base_remove, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(tells_that_the_base_was_built_again, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(knows_no_base_where_there_is_none, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(offers_only_what_is_recommended, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_what_does_not_fit_the_schema, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(lists_by_filters_and_hides_others, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(lists_in_the_order_that_is_asked_for, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
