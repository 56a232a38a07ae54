/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/vex.h"

#include "finding/accepted_risk.h"
#include "image/reference.h"

void vex_set_init(struct vex_set *set, struct arena *arena)
{
    *set = (struct vex_set){.arena = arena};
    map_init(&set->by_id, arena);
}

void vex_set_add(struct vex_set *set, const struct vex_document *document, const struct vex_claim *claim, uint64_t rank)
{
    struct vex_entry *entry = ARENA_NEW(set->arena, struct vex_entry);
    *entry = (struct vex_entry){*claim, document, rank, set->entries.count};
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    *(struct vex_entry **)ARENA_PUSH(set->arena, &set->entries) = entry;
    for (struct view rest = claim->ids; rest.size > 0;) {
        struct map_entry *known = map_entry(&set->by_id, vex_id_key(set->arena, view_cut(&rest, '\n')));
        if (known->value == NULL)
            known->value = ARENA_NEW(set->arena, struct vex_entry_list);
        struct vex_entry_list *list = known->value;
        if (list->count == 0 || list->items[list->count - 1] != entry)
            /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
            *(struct vex_entry **)ARENA_PUSH(set->arena, list) = entry;
    }
}

struct application {
    const struct vex_set *set;
    struct arena *arena;
    struct arena *scratch;
    struct scan_image *image;
    struct vex_image identity;
    bool *is_used; /* by place of the entry */
    size_t suppression_capacity;
    struct vex_outcome *outcome;
};

/* A package whose files hold the other: its recording file is inside this one's archive, or the distribution's package
   owns it. */
static bool holds(const struct inventory_package *outer, const struct inventory_package *inner)
{
    if (inner->owner.size > 0 && package_type_is_system(outer->package.type))
        return view_equal(inner->owner, outer->package.name);
    struct view path = outer->path;
    return path.size > 0 && inner->path.size > path.size + 2 &&
           view_equal(view_slice(inner->path, 0, path.size), path) &&
           view_starts_with(view_from(inner->path, path.size), "!/");
}

/* Whether the claim's product is this image, or something in it that holds the package. */
static bool has_product(
    struct application *application, const struct vex_subject *product, const struct inventory_package *installed)
{
    const struct inventory *inventory = &application->image->inventory;
    const struct distro *distro = &inventory->distro;
    if (vex_is_image(application->scratch, product, &application->identity))
        return true;
    if (package_type_is_system(installed->package.type) && !installed->is_third_party && vex_is_distro(product, distro))
        return true;
    if (product->purl.size == 0)
        return false;
    for (size_t i = 0; i < inventory->package_count; i++) {
        const struct inventory_package *outer = &inventory->packages[i];
        if ((outer == installed || holds(outer, installed)) &&
            vex_is_package(application->scratch, product, &outer->package, distro))
            return true;
    }
    return false;
}

static bool speaks_of(
    struct application *application, const struct vex_claim *claim, const struct inventory_package *installed)
{
    const struct distro *distro = &application->image->inventory.distro;
    if (claim->component.name.size == 0)
        return has_product(application, &claim->product, installed);
    return vex_is_package(application->scratch, &claim->component, &installed->package, distro) &&
           has_product(application, &claim->product, installed);
}

static void consider(struct application *application, struct view id, const struct inventory_package *installed,
    const struct vex_entry **best)
{
    const struct vex_entry_list *list = map_get(&application->set->by_id, vex_id_key(application->scratch, id));
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct vex_entry *entry = list->items[i];
        if (!speaks_of(application, &entry->claim, installed))
            continue;
        if (application->is_used != NULL)
            application->is_used[entry->place] = true;
        const struct vex_claim *known = *best == NULL ? NULL : &(*best)->claim;
        bool is_newer = known == NULL || entry->claim.time_ms > known->time_ms ||
                        (entry->claim.time_ms == known->time_ms && entry->rank >= (*best)->rank);
        if (is_newer)
            *best = entry;
    }
}

static struct view name_of(const struct vex_document *document)
{
    return document->header.id.size > 0 ? document->header.id : document->file;
}

static const char *const words[VEX_STATUS_COUNT] = {
    [VEX_NOT_AFFECTED] = "not affected",
    [VEX_AFFECTED] = "affected",
    [VEX_FIXED] = "fixed",
    [VEX_UNDER_INVESTIGATION] = "under investigation",
};

static struct view reason_of(struct arena *arena, const struct vex_entry *entry)
{
    const struct vex_claim *claim = &entry->claim;
    char time[TIME_TEXT_SIZE];
    time_format(claim->time_ms, time);
    return arena_format(arena, "%s according to VEX document \"%.*s\", statement %llu, of %.*s, %s%s%.*s%s%.*s",
        words[claim->status], VIEW_PRINT(name_of(entry->document)), (unsigned long long)claim->number,
        VIEW_PRINT(entry->document->header.author), time, claim->justification.size > 0 ? ": " : "",
        VIEW_PRINT(claim->justification), claim->statement.size > 0 ? ": " : "", VIEW_PRINT(claim->statement));
}

/* The claim that counts for the finding; NULL if none speaks of it. */
static const struct vex_entry *best_of(
    struct application *application, const struct inventory_package *installed, const struct finding *finding)
{
    const struct vex_entry *best = NULL;
    arena_reset(application->scratch);
    consider(application, finding->id, installed, &best);
    for (size_t i = 0; i < finding->alias_count; i++)
        consider(application, finding->aliases[i], installed, &best);
    return best;
}

/* What a document says of a finding that counts all the same. */
static void note(struct arena *arena, const struct vex_entry *entry, struct finding *finding)
{
    struct finding_vex *vex = ARENA_NEW(arena, struct finding_vex);
    *vex = (struct finding_vex){vex_status_name(entry->claim.status), entry->claim.statement, name_of(entry->document),
        entry->document->header.author, entry->claim.time_ms};
    finding->vex = vex;
}

/* True if the finding does not count any more. */
static bool apply(struct application *application, size_t package, struct finding *finding)
{
    struct scan_image *image = application->image;
    const struct inventory_package *installed = &image->inventory.packages[package];
    const struct vex_entry *best = best_of(application, installed, finding);
    if (best == NULL)
        return false;
    if (vex_status_suppresses(best->claim.status)) {
        struct suppression *suppression = arena_push(application->arena, (void **)&image->suppressions,
            &image->suppression_count, &application->suppression_capacity, sizeof(*suppression));
        *suppression = (struct suppression){SUPPRESSION_VEX, package, *finding, reason_of(application->arena, best)};
        application->outcome->suppressed_count++;
        return true;
    }
    note(application->arena, best, finding);
    application->outcome->noted_count++;
    return false;
}

static void list_unmatched(struct application *application)
{
    struct vex_outcome *outcome = application->outcome;
    const struct vex_entry_list *entries = &application->set->entries;
    outcome->unmatched = ARENA_ARRAY(application->arena, const struct vex_entry *, VEX_UNMATCHED_MAX);
    for (size_t i = 0; i < entries->count; i++) {
        if (application->is_used[i])
            continue;
        if (outcome->unmatched_listed < VEX_UNMATCHED_MAX)
            outcome->unmatched[outcome->unmatched_listed++] = entries->items[i];
        outcome->unmatched_count++;
    }
}

static void identify(struct application *application, const struct vex_target *target)
{
    const struct scan_image *image = application->image;
    struct vex_image *identity = &application->identity;
    struct reference reference;
    struct error ignored;
    *identity = (struct vex_image){
        .reference = target->reference,
        .architecture = image->config.platform.architecture,
        .distro = &image->inventory.distro,
        .digests = ARENA_ARRAY(application->arena, struct view, 2 + VEX_DIGESTS_MAX),
    };
    if (digest_is_set(&image->choice.manifest.digest))
        identity->digests[identity->digest_count++] = digest_view(&image->choice.manifest.digest);
    if (digest_is_set(&image->config.digest))
        identity->digests[identity->digest_count++] = digest_view(&image->config.digest);
    for (size_t i = 0; i < VEX_DIGESTS_MAX; i++) {
        if (target->digests[i].size > 0)
            identity->digests[identity->digest_count++] = target->digests[i];
    }
    if (identity->architecture.size == 0)
        identity->architecture = target->architecture;
    if (target->is_in_registry && reference_parse(application->arena, target->reference, &reference, &ignored)) {
        identity->repository =
            arena_format(application->arena, "%.*s/%.*s", VIEW_PRINT(reference.host), VIEW_PRINT(reference.repository));
        identity->tag = reference.tag;
    }
}

void scan_apply_vex(
    const struct vex_set *set, const struct vex_target *target, struct arena *arena, struct scan_image *image)
{
    AUTO_ARENA *scratch = arena_new();
    struct application application = {
        .set = set,
        .arena = arena,
        .scratch = scratch,
        .image = image,
        .is_used = ARENA_ARRAY(arena, bool, set->entries.count),
        .suppression_capacity = image->suppression_count,
        .outcome = ARENA_NEW(arena, struct vex_outcome),
    };
    application.outcome->set = set;
    identify(&application, target);
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        struct finding_list *findings = &image->findings[i];
        size_t kept = 0;
        for (size_t j = 0; j < findings->count; j++) {
            if (!apply(&application, i, &findings->items[j]))
                findings->items[kept++] = findings->items[j];
        }
        findings->count = kept;
    }
    list_unmatched(&application);
    image->vex = application.outcome;
}

static const struct accepted_risk *risk_of(
    struct arena *arena, const struct vex_entry *entry, const struct package *package, const struct finding *finding)
{
    struct accepted_risk *risk = ARENA_NEW(arena, struct accepted_risk);
    *risk = (struct accepted_risk){.name = name_of(entry->document),
        .vulnerability = finding->id,
        .package = package->name,
        .version = package->version,
        .reason = ACCEPT_REASON_RISK_NOT_RELEVANT,
        .kind = ACCEPT_NOT_VULNERABLE,
        .description = reason_of(arena, entry),
        .author = entry->document->header.author,
        .created_ms = entry->claim.time_ms};
    return risk;
}

void scan_accept_vex(
    const struct vex_set *set, const struct vex_target *target, struct arena *arena, struct scan_image *image)
{
    AUTO_ARENA *scratch = arena_new();
    struct application application = {.set = set, .arena = arena, .scratch = scratch, .image = image};
    identify(&application, target);
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        const struct inventory_package *installed = &image->inventory.packages[i];
        for (size_t j = 0; j < image->findings[i].count; j++) {
            struct finding *finding = &image->findings[i].items[j];
            const struct vex_entry *best = best_of(&application, installed, finding);
            if (best == NULL)
                continue;
            if (!vex_status_suppresses(best->claim.status))
                note(arena, best, finding);
            else if (finding->accepted == NULL)
                finding->accepted = risk_of(arena, best, &installed->package, finding);
        }
    }
}
