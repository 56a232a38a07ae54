/* SPDX-License-Identifier: Apache-2.0 */
/* OpenVEX 0.2.0 (https://github.com/openvex/spec), and 0.0.1, whose products and vulnerabilities are plain texts. */
#include "finding/vex.h"

#include "base/clock.h"

static const char *const justifications[] = {"component_not_present", "inline_mitigations_already_exist",
    "vulnerable_code_cannot_be_controlled_by_adversary", "vulnerable_code_not_in_execute_path",
    "vulnerable_code_not_present"};

struct openvex {
    struct arena *arena;
    struct vex_reader *reader;
    struct vex_header header;
    size_t number; /* of the statement */
    size_t claim_count;
};

static bool add_id(struct openvex *openvex, struct view id, struct view *ids, struct error *err)
{
    if (id.size == 0)
        return true;
    if (id.size + ids->size > VEX_TEXT_MAX || view_find(id, '\n') < id.size)
        return error_set(err, ERROR_LIMIT, "the names of its vulnerability are too long");
    *ids = arena_format(openvex->arena, "%.*s%s%.*s", VIEW_PRINT(*ids), ids->size > 0 ? "\n" : "", VIEW_PRINT(id));
    return true;
}

static bool read_ids(struct openvex *openvex, struct json vulnerability, struct view *ids, struct error *err)
{
    struct view name = json_string(vulnerability);
    *ids = view_text("");
    if (name.size == 0)
        name = json_member_string(vulnerability, "name");
    if (name.size == 0) { /* "https://nvd.nist.gov/vuln/detail/CVE-2023-12345" */
        name = json_member_string(vulnerability, "@id");
        name = view_find_last(name, '/') < name.size ? view_from(name, view_find_last(name, '/') + 1) : name;
    }
    if (!add_id(openvex, name, ids, err))
        return false;
    for (struct json_iterator i = json_each(json_member(vulnerability, "aliases")); json_next(&i);) {
        if (!add_id(openvex, json_string(i.value), ids, err))
            return false;
    }
    return ids->size > 0 || error_set(err, ERROR_INVALID, "it names no vulnerability");
}

static bool read_time(struct json object, const char *name, int64_t *time_ms, struct error *err)
{
    struct json value = json_member(object, name);
    if (!json_is_present(value))
        return true;
    return time_parse(json_string(value), time_ms, err) || error_wrap(err, "its \"%s\"", name);
}

/* "pkg:…", or {"@id": …, "identifiers": {"purl": …, "cpe22": …}, "hashes": {"sha-256": …}} */
static bool read_subject(struct json value, const char *what, struct vex_subject *subject, struct error *err)
{
    struct json identifiers = json_member(value, "identifiers");
    *subject = (struct vex_subject){
        .name = json_type(value) == JSON_STRING ? json_string(value) : json_member_string(value, "@id"),
        .purl = json_member_string(identifiers, "purl"),
        .cpe = json_member_string(identifiers, "cpe22"),
        .sha256 = json_member_string(json_member(value, "hashes"), "sha-256"),
    };
    if (subject->purl.size == 0 && view_starts_with(subject->name, "pkg:"))
        subject->purl = subject->name;
    if (subject->name.size == 0)
        subject->name = subject->purl.size > 0 ? subject->purl : subject->cpe.size > 0 ? subject->cpe : subject->sha256;
    if (subject->name.size == 0)
        return error_set(err, ERROR_INVALID, "a %s has neither \"@id\" nor an identifier", what);
    if (subject->name.size > VEX_TEXT_MAX || subject->purl.size > VEX_TEXT_MAX || subject->cpe.size > VEX_TEXT_MAX ||
        subject->sha256.size > VEX_TEXT_MAX)
        return error_set(err, ERROR_LIMIT, "an identifier of a %s has more than %d bytes", what, VEX_TEXT_MAX);
    return true;
}

static bool add_claim(struct openvex *openvex, const struct vex_claim *claim, struct error *err)
{
    if (++openvex->claim_count > VEX_CLAIMS_MAX)
        return error_set(err, ERROR_LIMIT, "the document has more than %d statements", VEX_CLAIMS_MAX);
    return openvex->reader->claim(openvex->reader, claim, err);
}

/* One claim for the product, or one for each of its components. */
static bool read_product(
    struct openvex *openvex, struct json product, struct json components, struct vex_claim *claim, struct error *err)
{
    if (!read_subject(product, "product", &claim->product, err))
        return false;
    if (json_is_present(json_member(product, "subcomponents")))
        components = json_member(product, "subcomponents");
    if (json_count(components) == 0)
        return add_claim(openvex, claim, err);
    for (struct json_iterator i = json_each(components); json_next(&i);) {
        if (!read_subject(i.value, "subcomponent", &claim->component, err) || !add_claim(openvex, claim, err))
            return false;
    }
    claim->component = (struct vex_subject){.name = view_text("")};
    return true;
}

static bool check_justification(const struct vex_claim *claim, struct error *err)
{
    bool is_known = claim->justification.size == 0;
    for (size_t i = 0; i < sizeof(justifications) / sizeof(justifications[0]); i++)
        is_known = is_known || view_is(claim->justification, justifications[i]);
    if (!is_known)
        return error_set(err, ERROR_INVALID, "\"%.*s\" is no justification of OpenVEX",
            VIEW_PRINT(view_slice(claim->justification, 0, 100)));
    if (claim->status == VEX_NOT_AFFECTED && claim->justification.size == 0 && claim->statement.size == 0)
        return error_set(err, ERROR_INVALID, "it says not_affected without \"justification\" or \"impact_statement\"");
    return true;
}

static bool read_statement(struct openvex *openvex, struct json statement, struct error *err)
{
    struct vex_claim claim = {.time_ms = openvex->header.time_ms, .number = openvex->number};
    struct view status = json_member_string(statement, "status");
    struct json products = json_member(statement, "products");
    if (!read_ids(openvex, json_member(statement, "vulnerability"), &claim.ids, err))
        return false;
    if (!vex_status_parse(status, &claim.status))
        return error_set(err, ERROR_INVALID,
            "its status \"%.*s\" is none of not_affected, affected, fixed and under_investigation",
            VIEW_PRINT(view_slice(status, 0, 100)));
    claim.justification = json_member_string(statement, "justification");
    claim.statement = vex_text(json_member_string(statement, "impact_statement"));
    if (claim.statement.size == 0)
        claim.statement = vex_text(json_member_string(statement, "action_statement"));
    if (claim.statement.size == 0 && claim.status != VEX_NOT_AFFECTED)
        claim.statement = vex_text(json_member_string(statement, "status_notes"));
    if (!check_justification(&claim, err) || !read_time(statement, "timestamp", &claim.time_ms, err) ||
        !read_time(statement, "last_updated", &claim.time_ms, err))
        return false;
    if (json_count(products) == 0)
        return error_set(err, ERROR_INVALID, "it has no \"products\", so it speaks of nothing");
    for (struct json_iterator i = json_each(products); json_next(&i);) {
        if (!read_product(openvex, i.value, json_member(statement, "subcomponents"), &claim, err))
            return false;
    }
    return true;
}

bool vex_read_openvex(struct arena *arena, struct json root, struct vex_reader *reader, struct error *err)
{
    struct openvex openvex = {.arena = arena, .reader = reader};
    struct json statements = json_member(root, "statements");
    size_t number = 0;
    openvex.header = (struct vex_header){
        .format = "OpenVEX",
        .id = vex_text(json_member_string(root, "@id")),
        .author = vex_text(json_member_string(root, "author")),
    };
    if (openvex.header.author.size == 0)
        return error_set(err, ERROR_INVALID, "the document has no \"author\"");
    if (!json_is_present(json_member(root, "timestamp")))
        return error_set(err, ERROR_INVALID, "the document has no \"timestamp\"");
    if (!read_time(root, "timestamp", &openvex.header.time_ms, err))
        return error_wrap(err, "the document");
    if (json_type(statements) != JSON_ARRAY || json_count(statements) == 0)
        return error_set(err, ERROR_INVALID, "the document has no \"statements\"");
    if (!reader->header(reader, &openvex.header, err))
        return false;
    for (struct json_iterator i = json_each(statements); json_next(&i);) {
        openvex.number = ++number;
        if (!read_statement(&openvex, i.value, err))
            return error_wrap(err, "statement %zu", number);
    }
    return true;
}
