/* SPDX-License-Identifier: Apache-2.0 */
/* Which product of a VEX document is this image, its distribution, or a package in it. */
#include "finding/vex.h"

#include "advisory/ecosystem.h"
#include "image/reference.h"
#include "package/rpm_source.h"
#include "version/vers.h"

/* -- images -- */

static bool has_digest(const struct vex_image *image, struct view digest)
{
    for (size_t i = 0; i < image->digest_count; i++) {
        if (view_equal_ignoring_case(image->digests[i], digest))
            return true;
    }
    return false;
}

/* "registry.example.com/team/app:1.2@sha256:…": what is given must agree. */
static bool is_reference(struct arena *arena, struct view name, const struct vex_image *image)
{
    struct reference reference;
    struct error ignored;
    if (name.size == 0)
        return false;
    if (view_equal(name, image->reference) || has_digest(image, name))
        return true;
    if (image->repository.size == 0 || !reference_parse(arena, name, &reference, &ignored))
        return false;
    struct view repository =
        arena_format(arena, "%.*s/%.*s", VIEW_PRINT(reference.host), VIEW_PRINT(reference.repository));
    struct view last = view_from(name, view_find_last(name, '/') < name.size ? view_find_last(name, '/') + 1 : 0);
    bool has_tag = view_find(view_slice(last, 0, view_find(last, '@')), ':') < view_find(last, '@');
    return view_equal(repository, image->repository) && (!has_tag || view_equal(reference.tag, image->tag)) &&
           (!digest_is_set(&reference.digest) || has_digest(image, digest_view(&reference.digest)));
}

/* A repository as writers of package URLs have it: Docker Hub goes by several names. */
static struct view canonical_repository(struct arena *arena, struct view url)
{
    struct reference reference;
    struct error ignored;
    size_t scheme = view_find_text(url, view_text("://"));
    struct view text = scheme < url.size ? view_from(url, scheme + 3) : url;
    if (view_starts_with(text, "index.docker.io/"))
        text = arena_format(arena, "docker.io/%.*s", VIEW_PRINT(view_from(text, strlen("index.docker.io/"))));
    if (!reference_parse(arena, text, &reference, &ignored))
        return text;
    return arena_format(arena, "%.*s/%.*s", VIEW_PRINT(reference.host), VIEW_PRINT(reference.repository));
}

static bool is_repository(struct arena *arena, const struct purl *purl, const struct vex_image *image)
{
    struct view url = purl_qualifier(purl, "repository_url");
    struct view last = view_from(image->repository, view_find_last(image->repository, '/') < image->repository.size
                                                        ? view_find_last(image->repository, '/') + 1
                                                        : 0);
    struct view name = purl->name_space.size == 0 || view_is(purl->type, "oci")
                           ? purl->name
                           : arena_format(arena, "%.*s/%.*s", VIEW_PRINT(purl->name_space), VIEW_PRINT(purl->name));
    if (!view_is(purl->type, "oci") && url.size == 0)
        return view_equal(canonical_repository(arena, name), image->repository);
    if (!view_equal_ignoring_case(purl->name, last))
        return false;
    if (url.size == 0)
        return true;
    /* With and without the name at its end. */
    struct view whole = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(url), VIEW_PRINT(name));
    return view_equal(canonical_repository(arena, url), image->repository) ||
           view_equal(canonical_repository(arena, whole), image->repository);
}

/* pkg:oci/app@sha256:…?repository_url=registry.example.com/team/app&tag=1.2&arch=amd64, pkg:docker/team/app@1.2. An image
   that came from no registry is known by its digest alone. */
static bool is_image_purl(struct arena *arena, const struct purl *purl, const struct vex_image *image)
{
    struct view tag = purl_qualifier(purl, "tag");
    struct view arch = purl_qualifier(purl, "arch");
    bool is_digest = view_find(purl->version, ':') < purl->version.size;
    if (!view_is(purl->type, "oci") && !view_is(purl->type, "docker"))
        return false;
    if (arch.size > 0 && !view_equal(arch, image->architecture))
        return false;
    if (is_digest && !has_digest(image, purl->version))
        return false;
    if (image->repository.size == 0)
        return is_digest;
    if (purl->version.size > 0 && !is_digest && !view_equal(purl->version, image->tag))
        return false;
    return (tag.size == 0 || view_equal(tag, image->tag)) && is_repository(arena, purl, image);
}

bool vex_is_image(struct arena *arena, const struct vex_subject *subject, const struct vex_image *image)
{
    struct purl purl;
    struct error ignored;
    if (subject->sha256.size > 0)
        return has_digest(image, arena_format(arena, "sha256:%.*s", VIEW_PRINT(subject->sha256)));
    if (subject->purl.size > 0)
        return purl_parse(arena, subject->purl, &purl, &ignored) && is_image_purl(arena, &purl, image);
    return is_reference(arena, subject->name, image);
}

/* -- distributions -- */

struct cpe {
    struct view vendor;
    struct view product;
    struct view version;
};

/* "cpe:/o:redhat:enterprise_linux:9::baseos" and "cpe:2.3:o:redhat:enterprise_linux:9:*:baseos:…" */
static struct cpe cpe_of(struct view text)
{
    struct view rest = view_starts_with(text, "cpe:2.3:") ? view_from(text, strlen("cpe:2.3:"))
                       : view_starts_with(text, "cpe:/")  ? view_from(text, strlen("cpe:/"))
                                                          : view_text("");
    view_cut(&rest, ':');
    struct cpe cpe;
    cpe.vendor = view_cut(&rest, ':');
    cpe.product = view_cut(&rest, ':');
    cpe.version = view_cut(&rest, ':');
    if (view_is(cpe.version, "*") || view_is(cpe.version, "-"))
        cpe.version = view_text("");
    return cpe;
}

static bool is_of_product(const struct cpe *meant, struct view name)
{
    struct cpe wanted = *meant;
    struct cpe cpe = cpe_of(name);
    bool is_same =
        wanted.product.size > 0 && view_equal(wanted.vendor, cpe.vendor) && view_equal(wanted.product, cpe.product);
    if (!is_same || wanted.version.size == 0)
        return is_same;
    struct view start = view_slice(cpe.version, 0, wanted.version.size);
    bool is_whole = cpe.version.size == wanted.version.size ||
                    (cpe.version.size > wanted.version.size && cpe.version.data[wanted.version.size] == '.');
    return is_whole && view_equal(start, wanted.version);
}

bool vex_is_distro(const struct vex_subject *subject, const struct distro *distro)
{
    struct cpe wanted = cpe_of(subject->cpe);
    bool is_same = is_of_product(&wanted, distro->cpe_name);
    for (size_t i = 0; i < distro->products.count && !is_same; i++)
        is_same = is_of_product(&wanted, distro->products.items[i]);
    return is_same;
}

/* -- packages -- */

/* The package under a name: its own, or its source's. */
struct named {
    struct view name;
    struct view version; /* with the release, without epoch where it has one of its own */
    struct view epoch;
};

static bool is_source(const struct purl *purl)
{
    struct view arch = purl_qualifier(purl, "arch");
    return view_is(arch, "src") || view_is(arch, "source");
}

static struct named named_of(struct arena *arena, const struct package *package, bool is_source)
{
    struct named named = {package->name, package->version, package->epoch};
    if (package->type == PACKAGE_RPM) {
        if (package->release.size > 0)
            named.version =
                arena_format(arena, "%.*s-%.*s", VIEW_PRINT(package->version), VIEW_PRINT(package->release));
        if (is_source)
            rpm_source_split(package->source_rpm, package->name, named.version, &named.name, &named.version);
    } else if (is_source && package->source_name.size > 0) {
        named.name = package->source_name;
        named.version = package->source_version.size > 0 ? package->source_version : package->version;
    }
    return named;
}

/* The version of the package URL, or a range beside it or in its qualifier "vers". */
static bool is_version(struct arena *arena, const struct purl *purl, struct view range, const struct named *named)
{
    struct package wanted;
    struct distro ignored;
    struct view inner = purl_qualifier(purl, "vers");
    purl_read(arena, purl, &wanted, &ignored);
    bool is_rpm = wanted.type == PACKAGE_RPM;
    if (inner.size > 0)
        range = view_starts_with(inner, "vers:") ? inner : arena_format(arena, "vers:%.*s", VIEW_PRINT(inner));
    struct view whole = is_rpm && named->epoch.size > 0
                            ? arena_format(arena, "%.*s:%.*s", VIEW_PRINT(named->epoch), VIEW_PRINT(named->version))
                            : named->version;
    if (range.size > 0)
        return vers_match(range, whole) == RANGE_MATCH_YES;
    if (purl->version.size == 0)
        return true;
    struct view version = wanted.version;
    if (is_rpm && wanted.release.size > 0)
        version = arena_format(arena, "%.*s-%.*s", VIEW_PRINT(wanted.version), VIEW_PRINT(wanted.release));
    struct view epoch = named->epoch.size > 0 ? named->epoch : view_text("0");
    struct view wanted_epoch = wanted.epoch.size > 0 ? wanted.epoch : view_text("0");
    return view_equal(version, named->version) && (!is_rpm || view_equal(epoch, wanted_epoch));
}

/* "debian-12" for 12 and 12.5, and "bookworm" */
static bool is_release(struct view value, const struct distro *distro)
{
    struct view rest = value;
    if (distro->version_codename.size > 0 && view_equal(value, distro->version_codename))
        return true;
    if (view_slice(value, 0, distro->id.size).size == distro->id.size &&
        view_equal(view_slice(value, 0, distro->id.size), distro->id) && value.size > distro->id.size &&
        value.data[distro->id.size] == '-')
        rest = view_from(value, distro->id.size + 1);
    if (distro->version_codename.size > 0 && view_equal(rest, distro->version_codename))
        return true;
    struct view version = distro->version_id;
    return rest.size > 0 && view_equal(view_slice(version, 0, rest.size), rest) &&
           (version.size == rest.size || version.data[rest.size] == '.');
}

/* What the writer of a package URL gave says which package is meant; what only ours has does not. */
static bool is_qualifier(const struct purl_qualifier *qualifier, const struct purl *own, const struct distro *distro)
{
    bool is_in_version = view_is(qualifier->key, "epoch") || view_is(qualifier->key, "vers");
    bool is_source_arch =
        view_is(qualifier->key, "arch") && (view_is(qualifier->value, "src") || view_is(qualifier->value, "source"));
    bool is_default =
        view_is(qualifier->key, "type") && view_is(own->type, "maven") && view_is(qualifier->value, "jar");
    if (is_in_version || is_source_arch || is_default)
        return true;
    if (view_is(qualifier->key, "distro"))
        return is_release(qualifier->value, distro);
    for (size_t i = 0; i < own->qualifier_count; i++) {
        if (view_equal(own->qualifiers[i].key, qualifier->key))
            return view_equal(own->qualifiers[i].value, qualifier->value);
    }
    return false;
}

static bool is_name(struct arena *arena, const struct purl *purl, const struct purl *own, struct view name)
{
    struct package wanted;
    struct distro ignored;
    purl_read(arena, purl, &wanted, &ignored);
    struct view ecosystem = package_type_ecosystem(wanted.type);
    bool is_system = package_type_is_system(wanted.type);
    return view_equal(purl->type, own->type) && view_equal_ignoring_case(purl->subpath, own->subpath) &&
           (!is_system || view_equal_ignoring_case(purl->name_space, own->name_space)) &&
           view_equal(
               ecosystem_package_name(arena, ecosystem, wanted.name), ecosystem_package_name(arena, ecosystem, name));
}

bool vex_is_package(
    struct arena *arena, const struct vex_subject *subject, const struct package *package, const struct distro *distro)
{
    struct purl purl, own;
    struct error ignored;
    if (subject->purl.size == 0 || !purl_parse(arena, subject->purl, &purl, &ignored) ||
        !purl_parse(arena, distro_purl(arena, distro, package), &own, &ignored))
        return false;
    struct named named = named_of(arena, package, is_source(&purl));
    if (!is_name(arena, &purl, &own, named.name) || !is_version(arena, &purl, subject->range, &named))
        return false;
    for (size_t i = 0; i < purl.qualifier_count; i++) {
        if (!is_qualifier(&purl.qualifiers[i], &own, distro))
            return false;
    }
    return true;
}
