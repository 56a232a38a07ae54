/* SPDX-License-Identifier: Apache-2.0 */
#include "package/distro_red_hat.h"

#include "base/map.h"

/* Cuts `prefix` off; false if the text begins otherwise. */
static bool take(struct view *text, const char *prefix)
{
    if (!view_starts_with(*text, prefix))
        return false;
    *text = view_from(*text, strlen(prefix));
    return true;
}

static bool drop_end(struct view *text, const char *suffix)
{
    if (!view_ends_with(*text, suffix))
        return false;
    text->size -= strlen(suffix);
    return true;
}

/* The digits and dots at the start. */
static struct view take_version(struct view *text)
{
    size_t size = 0;
    while (size < text->size && ((text->data[size] >= '0' && text->data[size] <= '9') || text->data[size] == '.'))
        size++;
    struct view version = view_slice(*text, 0, size);
    *text = view_from(*text, size);
    return version;
}

/* "__9_DOT_4" at the end binds a repository to a minor release: "9.4". "__9" says nothing new. */
static struct view take_minor(struct arena *arena, struct view *repository)
{
    size_t at = view_find_text(*repository, view_text("__"));
    struct view suffix = view_from(*repository, at + 2);
    *repository = view_slice(*repository, 0, at);
    struct view major = take_version(&suffix);
    if (!take(&suffix, "_DOT_"))
        return view_text("");
    struct view minor = take_version(&suffix);
    return arena_format(arena, "%.*s.%.*s", VIEW_PRINT(major), VIEW_PRINT(minor));
}

/* Streams that get fixes after their minor release: "appstream-eus". */
static const struct {
    const char *suffix;
    const char *product;
} extended[] = {
    {"-aus", "rhel_aus"}, {"-e4s", "rhel_e4s"}, {"-eus", "rhel_eus"}, {"-els", "rhel_els"}, {"-tus", "rhel_tus"}};

bool red_hat_is_extended(struct view product)
{
    for (size_t i = 0; i < sizeof(extended) / sizeof(extended[0]); i++) {
        if (view_is(product, extended[i].product))
            return true;
    }
    return false;
}

struct view red_hat_extended_product(struct arena *arena, const struct distro *distro)
{
    struct view chosen = {0};
    for (size_t i = 0; i < distro->products.count; i++) {
        struct view rest = distro->products.items[i];
        if (!take(&rest, "cpe:/o:redhat:") && !take(&rest, "cpe:/a:redhat:"))
            continue;
        struct view product = view_cut(&rest, ':');
        struct view release = view_cut(&rest, ':');
        if (!red_hat_is_extended(product) || release.size == 0)
            continue;
        /* Names of repositories need not tell the minor release; "rhel_els" has none. */
        if (!view_is(product, "rhel_els") && view_find(release, '.') == release.size &&
            view_starts_with(distro->version_id, arena_format(arena, "%.*s.", VIEW_PRINT(release)).data))
            release = distro->version_id;
        bool is_own = view_equal(release, distro->version_id);
        if (chosen.size == 0 || is_own)
            chosen = arena_format(arena, "%.*s:%.*s::baseos", VIEW_PRINT(product), VIEW_PRINT(release));
        if (is_own)
            break;
    }
    return chosen;
}

static struct view product_of_stream(struct arena *arena, struct view stream, struct view major, struct view minor)
{
    const char *product = "enterprise_linux";
    struct view release = major;
    for (size_t i = 0; i < sizeof(extended) / sizeof(extended[0]); i++) {
        if (!drop_end(&stream, extended[i].suffix))
            continue;
        product = extended[i].product;
        release = minor.size > 0 ? minor : major;
    }
    const char *part = view_is(stream, "baseos") ? "o" : "a";
    return arena_format(arena, "cpe:/%s:redhat:%s:%.*s::%.*s", part, product, VIEW_PRINT(release), VIEW_PRINT(stream));
}

/* "for-x86_64-appstream" → "appstream": names of architectures have no '-'. */
static void drop_architecture(struct view *repository)
{
    if (take(repository, "for-"))
        view_cut(repository, '-');
}

struct view red_hat_product(struct arena *arena, struct view repository)
{
    struct view minor = take_minor(arena, &repository);
    bool is_rpms =
        drop_end(&repository, "-debug-rpms") || drop_end(&repository, "-source-rpms") || drop_end(&repository, "-rpms");
    if (!is_rpms)
        return view_text("");
    if (take(&repository, "rhel-") || take(&repository, "ubi-")) {
        struct view major = take_version(&repository);
        if (major.size == 0 || !take(&repository, "-"))
            return view_text("");
        drop_architecture(&repository);
        return product_of_stream(arena, repository, major, minor);
    }
    if (take(&repository, "codeready-builder-for-rhel-") || take(&repository, "codeready-builder-for-ubi-")) {
        struct view major = take_version(&repository);
        bool is_extended = view_ends_with(repository, "-eus");
        return product_of_stream(arena, view_text(is_extended ? "crb-eus" : "crb"), major, minor);
    }
    if (take(&repository, "rhocp-")) {
        struct view version = take_version(&repository);
        bool has_base = take(&repository, "-for-rhel-");
        struct view base = take_version(&repository);
        if (has_base)
            return arena_format(arena, "cpe:/a:redhat:openshift:%.*s::el%.*s", VIEW_PRINT(version), VIEW_PRINT(base));
    }
    return view_text("");
}

static void add_once(struct arena *arena, struct map *seen, struct distro_texts *list, struct view value)
{
    if (value.size > 0 && map_set(seen, value, list))
        *(struct view *)ARENA_PUSH(arena, list) = value;
}

void distro_add_red_hat(struct arena *arena, const struct distro_fact *facts, size_t count, struct distro *distro)
{
    struct map sets, products, builds;
    map_init(&sets, arena);
    map_init(&products, arena);
    map_init(&builds, arena);
    for (size_t i = 0; i < count; i++) {
        if (view_is(facts[i].name, "CONTENT_SET")) {
            add_once(arena, &sets, &distro->content_sets, facts[i].value);
            add_once(arena, &products, &distro->products, red_hat_product(arena, facts[i].value));
        } else if (view_is(facts[i].name, "BUILD")) {
            add_once(arena, &builds, &distro->builds, facts[i].value);
        } else if (view_is(facts[i].name, "BUILD_CPE")) {
            add_once(arena, &products, &distro->products, facts[i].value);
        }
    }
}
