/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/csaf.h"

#include "base/clock.h"

struct tree {
    struct arena *arena;
    struct csaf *csaf;
};

static bool add_product(struct tree *tree, struct json product, struct view range, struct error *err)
{
    struct csaf *csaf = tree->csaf;
    struct json helper = json_member(product, "product_identification_helper");
    struct csaf_product *added = ARENA_NEW(tree->arena, struct csaf_product);
    *added = (struct csaf_product){
        .id = json_member_string(product, "product_id"),
        .name = json_member_string(product, "name"),
        .purl = json_member_string(helper, "purl"),
        .cpe = json_member_string(helper, "cpe"),
        .range = range,
    };
    if (added->id.size == 0)
        return error_set(err, ERROR_INVALID, "a product has no \"product_id\"");
    if (csaf->products.count == CSAF_PRODUCTS_MAX)
        return error_set(err, ERROR_LIMIT, "there are more than %d products", CSAF_PRODUCTS_MAX);
    return map_set(&csaf->products, added->id, added) ||
           error_set(err, ERROR_INVALID, "product \"%.*s\" is defined twice", VIEW_PRINT(added->id));
}

/* The JSON reader limits the depth. */
static bool add_branches(struct tree *tree, struct json branches, struct error *err)
{
    for (struct json_iterator i = json_each(branches); json_next(&i);) {
        struct view name = json_member_string(i.value, "name");
        bool is_range = view_is(json_member_string(i.value, "category"), "product_version_range");
        struct json product = json_member(i.value, "product");
        bool has_range = is_range && view_starts_with(name, "vers:");
        if (json_is_present(product) && !add_product(tree, product, has_range ? name : view_text(""), err))
            return false;
        if (!add_branches(tree, json_member(i.value, "branches"), err))
            return false;
    }
    return true;
}

static bool find(const struct csaf *csaf, struct view id, const struct csaf_product **product, struct error *err)
{
    *product = map_get(&csaf->products, id);
    return *product != NULL || error_set(err, ERROR_INVALID, "there is no product \"%.*s\"", VIEW_PRINT(id));
}

/* A relationship names products that stand before it. */
static bool add_relationship(struct tree *tree, struct json relationship, struct error *err)
{
    const struct csaf_product *component, *platform;
    if (!find(tree->csaf, json_member_string(relationship, "product_reference"), &component, err) ||
        !find(tree->csaf, json_member_string(relationship, "relates_to_product_reference"), &platform, err) ||
        !add_product(tree, json_member(relationship, "full_product_name"), view_text(""), err))
        return false;
    struct csaf_product *added = tree->csaf->products.entries[tree->csaf->products.count - 1].value;
    added->component = component;
    added->platform = platform;
    size_t depth = 0;
    for (const struct csaf_product *outer = added; outer->platform != NULL; outer = outer->platform)
        depth++;
    for (const struct csaf_product *inner = added; inner->component != NULL; inner = inner->component)
        depth++;
    return depth <= (size_t)2 * CSAF_RELATIONS_MAX ||
           error_set(err, ERROR_LIMIT, "product \"%.*s\" stands in more than %d others", VIEW_PRINT(added->id),
               CSAF_RELATIONS_MAX);
}

static bool add_tree(struct tree *tree, struct json product_tree, struct error *err)
{
    if (!add_branches(tree, json_member(product_tree, "branches"), err))
        return false;
    for (struct json_iterator i = json_each(json_member(product_tree, "full_product_names")); json_next(&i);) {
        if (!add_product(tree, i.value, view_text(""), err))
            return false;
    }
    for (struct json_iterator i = json_each(json_member(product_tree, "relationships")); json_next(&i);) {
        if (!add_relationship(tree, i.value, err))
            return false;
    }
    for (struct json_iterator i = json_each(json_member(product_tree, "product_groups")); json_next(&i);) {
        struct json *ids = ARENA_NEW(tree->arena, struct json);
        *ids = json_member(i.value, "product_ids");
        map_set(&tree->csaf->groups, json_member_string(i.value, "group_id"), ids);
    }
    return true;
}

bool csaf_parse(struct arena *arena, struct json root, struct csaf *csaf, struct error *err)
{
    struct error ignored;
    struct json document = json_member(root, "document");
    struct json tracking = json_member(document, "tracking");
    struct view version = json_member_string(document, "csaf_version");
    *csaf = (struct csaf){
        .root = root,
        .category = json_member_string(document, "category"),
        .id = json_member_string(tracking, "id"),
        .publisher = json_member_string(json_member(document, "publisher"), "name"),
        .title = json_member_string(document, "title"),
    };
    if (!view_starts_with(version, "2."))
        return error_set(err, ERROR_UNSUPPORTED, "its \"csaf_version\" is \"%.*s\", not 2.0", VIEW_PRINT(version));
    if (csaf->id.size == 0)
        return error_set(err, ERROR_INVALID, "its tracking has no \"id\"");
    if (!time_parse(json_member_string(tracking, "current_release_date"), &csaf->modified_ms, err))
        return error_wrap(err, "its \"current_release_date\"");
    if (!time_parse(json_member_string(tracking, "initial_release_date"), &csaf->published_ms, &ignored))
        csaf->published_ms = 0;
    map_init(&csaf->products, arena);
    map_init(&csaf->groups, arena);
    struct tree tree = {arena, csaf};
    return add_tree(&tree, json_member(root, "product_tree"), err) || error_wrap(err, "its product tree");
}

const struct csaf_product *csaf_product(const struct csaf *csaf, struct view id)
{
    return map_get(&csaf->products, id);
}

const struct csaf_product *csaf_component(const struct csaf_product *product)
{
    while (product->component != NULL)
        product = product->component;
    return product;
}

const struct csaf_product *csaf_platform(const struct csaf_product *product)
{
    while (product->platform != NULL)
        product = product->platform;
    return product;
}

static bool visit_ids(const struct csaf *csaf, struct json ids,
    void (*visit)(void *context, const struct csaf_product *product), void *context, struct error *err)
{
    for (struct json_iterator i = json_each(ids); json_next(&i);) {
        const struct csaf_product *product;
        if (!find(csaf, json_string(i.value), &product, err))
            return false;
        visit(context, product);
    }
    return true;
}

bool csaf_each_product(const struct csaf *csaf, struct json object,
    void (*visit)(void *context, const struct csaf_product *product), void *context, bool *names_any, struct error *err)
{
    struct json products = json_member(object, "product_ids");
    struct json groups = json_member(object, "group_ids");
    *names_any = json_count(products) + json_count(groups) > 0;
    if (!visit_ids(csaf, products, visit, context, err))
        return false;
    for (struct json_iterator i = json_each(groups); json_next(&i);) {
        const struct json *ids = map_get(&csaf->groups, json_string(i.value));
        if (ids == NULL)
            return error_set(err, ERROR_INVALID, "there is no group \"%.*s\"", VIEW_PRINT(json_string(i.value)));
        if (!visit_ids(csaf, *ids, visit, context, err))
            return false;
    }
    return true;
}
