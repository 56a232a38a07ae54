/* SPDX-License-Identifier: Apache-2.0 */
#include "package/sbom.h"

/* What the lines of a package say so far. */
struct tagged {
    struct sbom_component component;
    struct view concluded;
    struct view declared;
};

static struct view licenses_of(struct arena *arena, const struct tagged *tagged)
{
    struct view licenses = {0};
    const struct view choices[] = {tagged->concluded, tagged->declared};
    for (size_t i = 0; i < 2 && licenses.size == 0; i++) {
        if (!view_is(choices[i], "NOASSERTION") && !view_is(choices[i], "NONE"))
            listing_add_license(arena, &licenses, choices[i]);
    }
    return licenses;
}

/* Before the first package there is none. */
static bool finish(struct arena *arena, struct tagged *tagged, sbom_take *take, void *context, struct error *err)
{
    struct tagged finished = *tagged;
    *tagged = (struct tagged){0};
    finished.component.licenses = licenses_of(arena, &finished);
    return finished.component.name.size == 0 || take(context, &finished.component, err);
}

/* "PACKAGE-MANAGER purl pkg:npm/a@1" */
static void take_reference(struct view value, struct tagged *tagged)
{
    view_cut(&value, ' ');
    value = view_trim(value);
    if (view_is(view_cut(&value, ' '), "purl"))
        tagged->component.purl = view_trim(value);
}

static void take_tag(struct view tag, struct view value, struct tagged *tagged)
{
    struct sbom_component *component = &tagged->component;
    if (view_is(tag, "PackageName")) {
        component->name = value;
    } else if (view_is(tag, "SPDXID")) {
        component->place = value;
        component->is_system = component->is_system || view_starts_with(value, "SPDXRef-OperatingSystem");
    } else if (view_is(tag, "PackageVersion")) {
        component->version = value;
    } else if (view_is(tag, "PackageSourceInfo")) {
        bool is_text = view_starts_with(value, "<text>") && view_ends_with(value, "</text>");
        component->source_info = is_text ? view_slice(value, 6, value.size - 13) : value;
    } else if (view_is(tag, "PrimaryPackagePurpose")) {
        component->is_system = component->is_system || view_is(value, "OPERATING-SYSTEM");
        component->is_software = view_is(value, "LIBRARY") || view_is(value, "APPLICATION");
    } else if (view_is(tag, "ExternalRef")) {
        take_reference(value, tagged);
    } else if (view_is(tag, "PackageLicenseConcluded")) {
        tagged->concluded = value;
    } else if (view_is(tag, "PackageLicenseDeclared")) {
        tagged->declared = value;
    }
}

bool sbom_read_tags(struct arena *arena, struct view content, sbom_take *take, void *context, struct error *err)
{
    struct tagged tagged = {0};
    const struct view end = view_text("</text>");
    while (content.size > 0) {
        struct view value = view_cut_line(&content);
        struct view tag = view_trim(view_cut(&value, ':'));
        value = view_trim(value);
        bool has_end = !view_starts_with(value, "<text>") || view_find_text(value, end) < value.size;
        if (!has_end) {
            content = view_from(content, view_find_text(content, end));
            has_end = content.size > 0;
        }
        bool is_next = view_is(tag, "PackageName") || view_is(tag, "FileName");
        if (is_next && !finish(arena, &tagged, take, context, err))
            return false;
        take_tag(tag, value, &tagged);
        if (!has_end)
            return finish(arena, &tagged, take, context, err) &&
                   error_set(err, ERROR_INVALID, "the text of tag \"%.*s\" has no end", VIEW_PRINT(tag));
    }
    return finish(arena, &tagged, take, context, err);
}

bool sbom_is_tagged(struct view content)
{
    while (content.size > 0 && (content.data[0] == '#' || content.data[0] == '\n' || content.data[0] == '\r'))
        (void)view_cut_line(&content);
    return view_starts_with(content, "SPDXVersion:");
}
