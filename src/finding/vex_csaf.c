/* SPDX-License-Identifier: Apache-2.0 */
/* CSAF 2.0 documents as VEX (profile 5, "VEX", and product statuses of security advisories). */
#include "finding/vex.h"

#include "advisory/csaf.h"

static const struct {
    const char *name;
    enum vex_status status;
} lists[] = {
    {"known_not_affected", VEX_NOT_AFFECTED},
    {"fixed", VEX_FIXED},
    {"first_fixed", VEX_FIXED},
    {"known_affected", VEX_AFFECTED},
    {"first_affected", VEX_AFFECTED},
    {"last_affected", VEX_AFFECTED},
    {"under_investigation", VEX_UNDER_INVESTIGATION},
};

/* What a vulnerability says of one product beside its status. */
struct remark {
    struct view justification;
    struct view impact;
    struct view remedy;
};

struct reading {
    struct arena *arena; /* of the document */
    struct arena *scratch; /* of one vulnerability */
    const struct csaf *csaf;
    struct vex_reader *reader;
    struct map remarks; /* product id → struct remark */
    struct remark of_all; /* products that no remark names */
    struct view ids;
    size_t number; /* of the vulnerability */
    size_t claim_count;
};

struct remark_call {
    struct reading *reading;
    size_t offset; /* of the text in the remark */
    struct view text;
};

static void set(struct remark *remark, size_t offset, struct view text)
{
    struct view *place = (struct view *)(void *)((char *)remark + offset);
    if (place->size == 0)
        *place = text;
}

static void remark_product(void *context, const struct csaf_product *product)
{
    struct remark_call *call = context;
    struct map_entry *entry = map_entry(&call->reading->remarks, product->id);
    if (entry->value == NULL)
        entry->value = ARENA_NEW(call->reading->scratch, struct remark);
    set(entry->value, call->offset, call->text);
}

/* One remark of a list such as flags; without products it is about all of them. */
static bool read_remark(struct reading *reading, struct json object, size_t offset, struct view text, struct error *err)
{
    bool names_any;
    struct remark_call call = {reading, offset, vex_text(text)};
    if (!csaf_each_product(reading->csaf, object, remark_product, &call, &names_any, err))
        return false;
    if (!names_any)
        set(&reading->of_all, offset, call.text);
    return true;
}

static bool read_remarks(struct reading *reading, struct json vulnerability, struct error *err)
{
    map_init(&reading->remarks, reading->scratch);
    reading->of_all = (struct remark){.impact = view_text("")};
    for (struct json_iterator i = json_each(json_member(vulnerability, "flags")); json_next(&i);) {
        if (!read_remark(
                reading, i.value, offsetof(struct remark, justification), json_member_string(i.value, "label"), err))
            return false;
    }
    for (struct json_iterator i = json_each(json_member(vulnerability, "threats")); json_next(&i);) {
        if (view_is(json_member_string(i.value, "category"), "impact") &&
            !read_remark(
                reading, i.value, offsetof(struct remark, impact), json_member_string(i.value, "details"), err))
            return false;
    }
    for (struct json_iterator i = json_each(json_member(vulnerability, "remediations")); json_next(&i);) {
        if (!read_remark(
                reading, i.value, offsetof(struct remark, remedy), json_member_string(i.value, "details"), err))
            return false;
    }
    return true;
}

static struct vex_subject subject_of(const struct csaf_product *product)
{
    return (struct vex_subject){vex_text(product->name), product->purl, product->range, product->cpe, {NULL, 0}};
}

static bool add_claim(
    struct reading *reading, enum vex_status status, const struct csaf_product *product, struct error *err)
{
    const struct remark *remark = map_get(&reading->remarks, product->id);
    struct vex_claim claim = {
        .ids = reading->ids,
        .status = status,
        .product = subject_of(csaf_platform(product)),
        .time_ms = reading->csaf->modified_ms,
        .number = reading->number,
    };
    if (product->component != NULL)
        claim.component = subject_of(csaf_component(product));
    if (remark == NULL)
        remark = &reading->of_all;
    if (status == VEX_NOT_AFFECTED)
        claim.justification = remark->justification;
    claim.statement = status == VEX_NOT_AFFECTED ? remark->impact : remark->remedy;
    if (claim.product.purl.size > VEX_TEXT_MAX || claim.component.purl.size > VEX_TEXT_MAX ||
        claim.product.cpe.size > VEX_TEXT_MAX || claim.component.cpe.size > VEX_TEXT_MAX ||
        claim.product.range.size > VEX_TEXT_MAX || claim.component.range.size > VEX_TEXT_MAX)
        return error_set(err, ERROR_LIMIT, "an identifier of product \"%.*s\" has more than %d bytes",
            VIEW_PRINT(view_slice(product->id, 0, 200)), VEX_TEXT_MAX);
    if (++reading->claim_count > VEX_CLAIMS_MAX)
        return error_set(err, ERROR_LIMIT, "the document has more than %d statuses of products", VEX_CLAIMS_MAX);
    return reading->reader->claim(reading->reader, &claim, err);
}

static bool read_list(struct reading *reading, struct json ids, enum vex_status status, struct error *err)
{
    for (struct json_iterator i = json_each(ids); json_next(&i);) {
        const struct csaf_product *product = csaf_product(reading->csaf, json_string(i.value));
        if (product == NULL)
            return error_set(err, ERROR_INVALID, "there is no product \"%.*s\"",
                VIEW_PRINT(view_slice(json_string(i.value), 0, 200)));
        if (!add_claim(reading, status, product, err))
            return false;
    }
    return true;
}

static void add_id(struct reading *reading, struct view id)
{
    if (id.size > 0 && id.size + reading->ids.size < VEX_TEXT_MAX && view_find(id, '\n') == id.size)
        reading->ids = arena_format(reading->scratch, "%.*s%s%.*s", VIEW_PRINT(reading->ids),
            reading->ids.size > 0 ? "\n" : "", VIEW_PRINT(id));
}

static bool read_vulnerability(struct reading *reading, struct json vulnerability, struct error *err)
{
    struct json statuses = json_member(vulnerability, "product_status");
    arena_reset(reading->scratch);
    reading->ids = view_text("");
    add_id(reading, json_member_string(vulnerability, "cve"));
    for (struct json_iterator i = json_each(json_member(vulnerability, "ids")); json_next(&i);)
        add_id(reading, json_member_string(i.value, "text"));
    if (reading->ids.size == 0)
        return error_set(err, ERROR_INVALID, "it has neither \"cve\" nor \"ids\"");
    if (!read_remarks(reading, vulnerability, err))
        return false;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (!read_list(reading, json_member(statuses, lists[i].name), lists[i].status, err))
            return error_wrap(err, "its \"%s\"", lists[i].name);
    }
    return true;
}

bool vex_read_csaf(struct arena *arena, struct json root, struct vex_reader *reader, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    struct csaf csaf;
    size_t number = 0;
    if (!csaf_parse(arena, root, &csaf, err))
        return false;
    struct reading reading = {.arena = arena, .scratch = scratch, .csaf = &csaf, .reader = reader};
    struct vex_header header = {"CSAF", vex_text(csaf.id), vex_text(csaf.publisher), csaf.modified_ms};
    if (json_count(json_member(root, "vulnerabilities")) == 0)
        return error_set(err, ERROR_INVALID, "the document has no \"vulnerabilities\"");
    if (!reader->header(reader, &header, err))
        return false;
    for (struct json_iterator i = json_each(json_member(root, "vulnerabilities")); json_next(&i);) {
        reading.number = ++number;
        if (!read_vulnerability(&reading, i.value, err))
            return error_wrap(err, "vulnerability %zu", number);
    }
    return true;
}
