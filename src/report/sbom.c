/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sbom.h"

enum { ID_SIZE = 32 };

static const char *const license_ids[] = {
#define LICENSE_ID(id) id,
#include "report/license_ids.def"
#undef LICENSE_ID
};

/* Exceptions that expressions have often (SPDX licence list, exceptions). */
static const char *const license_exceptions[] = {"Autoconf-exception-3.0", "Bison-exception-2.2",
    "Classpath-exception-2.0", "GCC-exception-3.1", "LLVM-exception", "OpenSSL-exception"};

static bool is_among(struct view text, const char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (view_is(text, items[i]))
            return true;
    }
    return false;
}

bool sbom_license_is_id(struct view text)
{
    return is_among(text, license_ids, sizeof(license_ids) / sizeof(license_ids[0]));
}

/* The next word or parenthesis of an expression; empty at the end. */
static struct view next_token(struct view *rest)
{
    *rest = view_trim(*rest);
    size_t end = rest->size > 0 && (rest->data[0] == '(' || rest->data[0] == ')') ? 1 : 0;
    while (end == 0 || (end < rest->size && rest->data[0] != '(' && rest->data[0] != ')')) {
        if (end == rest->size || rest->data[end] == ' ' || rest->data[end] == '(' || rest->data[end] == ')')
            break;
        end++;
    }
    struct view token = view_slice(*rest, 0, end);
    *rest = view_from(*rest, end);
    return token;
}

bool sbom_license_is_expression(struct view text)
{
    size_t depth = 0;
    bool wants_operand = true, may_have_exception = false;
    for (struct view token; (token = next_token(&text)).size > 0;) {
        bool is_exception_next = view_is(token, "WITH");
        if (wants_operand && view_is(token, "(")) {
            depth++;
        } else if (!wants_operand && depth > 0 && view_is(token, ")")) {
            depth--;
            may_have_exception = false;
        } else if (!wants_operand && (view_is(token, "AND") || view_is(token, "OR"))) {
            wants_operand = true;
        } else if (may_have_exception && is_exception_next) {
            if (!is_among(
                    next_token(&text), license_exceptions, sizeof(license_exceptions) / sizeof(license_exceptions[0])))
                return false;
            may_have_exception = false;
        } else if (wants_operand && sbom_license_is_id(token)) {
            wants_operand = false;
            may_have_exception = true;
        } else {
            return false;
        }
    }
    return depth == 0 && !wants_operand;
}

struct view sbom_image_version(const struct report *report)
{
    return report->is_directory ? view_text("") : digest_view(&report->image->choice.manifest.digest);
}

struct view sbom_package_id(struct arena *arena, const struct report *report, const struct inventory_package *installed)
{
    struct digest digest;
    struct view key = package_key(arena, &installed->package);
    struct view image = sbom_image_version(report);
    digest_of(arena_format(arena, "%.*s\n%.*s\n%.*s", VIEW_PRINT(image), VIEW_PRINT(installed->path), VIEW_PRINT(key)),
        &digest);
    return arena_copy(arena, view_slice(digest_hex(&digest), 0, ID_SIZE));
}

struct view sbom_document_id(struct arena *arena, const struct report *reports, size_t count)
{
    struct digest digest;
    AUTO_HASH *hash = hash_new(&(struct digest){0});
    for (size_t i = 0; i < count; i++) {
        const struct inventory *inventory = &reports[i].image->inventory;
        hash_update(hash, reports[i].reference);
        hash_update(hash, view_text("\n"));
        hash_update(hash, sbom_image_version(&reports[i]));
        for (size_t k = 0; k < inventory->package_count; k++)
            hash_update(hash, sbom_package_id(arena, &reports[i], &inventory->packages[k]));
    }
    hash_finish(hash, &digest);
    return arena_copy(arena, view_slice(digest_hex(&digest), 0, ID_SIZE));
}

struct view sbom_document_urn(struct arena *arena, const struct report *reports, size_t count)
{
    struct view id = sbom_document_id(arena, reports, count);
    return arena_format(
        arena, "urn:uuid:%.8s-%.4s-8%.3s-8%.3s-%.12s", id.data, id.data + 8, id.data + 13, id.data + 17, id.data + 20);
}

struct view sbom_package_purl(
    struct arena *arena, const struct report *report, const struct inventory_package *installed)
{
    return distro_purl(arena, &report->image->inventory.distro, &installed->package);
}

struct view sbom_package_version(struct arena *arena, const struct package *package)
{
    bool has_epoch = package->epoch.size > 0 && !view_is(package->epoch, "0");
    if (package->type != PACKAGE_RPM || package->version.size == 0)
        return package->version;
    return arena_format(arena, "%.*s%s%.*s%s%.*s", VIEW_PRINT(has_epoch ? package->epoch : view_text("")),
        has_epoch ? ":" : "", VIEW_PRINT(package->version), package->release.size > 0 ? "-" : "",
        VIEW_PRINT(package->release));
}
