/* SPDX-License-Identifier: Apache-2.0 */
#include "package/distro.h"

#include "package/distro_red_hat.h"

enum evidence_kind {
    EVIDENCE_OS_RELEASE, /* names a distribution even without an ID, by NAME or ID_LIKE */
    EVIDENCE_FILE,
    EVIDENCE_DEBIAN_VERSION,
    EVIDENCE_BUSYBOX, /* any distribution may ship it */
};

/* In order of trust. A product's own file precedes etc/redhat-release: Oracle Linux has both, and the latter says Red Hat. */
static const struct evidence {
    const char *path;
    enum evidence_kind kind;
} evidences[] = {
    {"etc/os-release", EVIDENCE_OS_RELEASE},
    {"usr/lib/os-release", EVIDENCE_OS_RELEASE},
    {"etc/system-release-cpe", EVIDENCE_FILE},
    {"etc/centos-release", EVIDENCE_FILE},
    {"etc/rocky-release", EVIDENCE_FILE},
    {"etc/almalinux-release", EVIDENCE_FILE},
    {"etc/oracle-release", EVIDENCE_FILE},
    {"etc/fedora-release", EVIDENCE_FILE},
    {"etc/redhat-release", EVIDENCE_FILE},
    {"etc/system-release", EVIDENCE_FILE},
    {"etc/lsb-release", EVIDENCE_FILE},
    {"etc/debian_version", EVIDENCE_DEBIAN_VERSION},
    {"etc/alpine-release", EVIDENCE_FILE},
    {"etc/arch-release", EVIDENCE_FILE},
    {"etc/SuSE-release", EVIDENCE_FILE},
    {"etc/photon-release", EVIDENCE_FILE},
    {"etc/mariner-release", EVIDENCE_FILE},
    {"etc/azurelinux-release", EVIDENCE_FILE},
    {"bin/busybox", EVIDENCE_BUSYBOX},
    {"usr/bin/busybox", EVIDENCE_BUSYBOX},
};
#define EVIDENCE_COUNT (sizeof(evidences) / sizeof(evidences[0]))

struct fact_list {
    const struct distro_fact *items;
    size_t count;
};

/* The last fact of that name in that file. */
static struct view fact_of(const struct fact_list *facts, const char *path, const char *name)
{
    for (size_t i = facts->count; i > 0; i--) {
        const struct distro_fact *fact = &facts->items[i - 1];
        if (view_is(fact->name, name) && view_is(fact->path, path))
            return fact->value;
    }
    return (struct view){0};
}

static const struct evidence *choose_evidence(const struct fact_list *facts)
{
    for (size_t i = 0; i < EVIDENCE_COUNT; i++) {
        const char *name = evidences[i].kind == EVIDENCE_DEBIAN_VERSION ? "DEBIAN_VERSION" : "ID";
        if (evidences[i].kind != EVIDENCE_BUSYBOX && fact_of(facts, evidences[i].path, name).size > 0)
            return &evidences[i];
    }
    static const char *const names[] = {"NAME", "ID_LIKE", "PRETTY_NAME", "VERSION_ID", "VERSION_CODENAME"};
    for (size_t i = 0; i < EVIDENCE_COUNT; i++) {
        for (size_t j = 0; evidences[i].kind == EVIDENCE_OS_RELEASE && j < sizeof(names) / sizeof(names[0]); j++) {
            if (fact_of(facts, evidences[i].path, names[j]).size > 0)
                return &evidences[i];
        }
    }
    for (size_t i = 0; i < EVIDENCE_COUNT; i++) {
        if (evidences[i].kind == EVIDENCE_BUSYBOX && fact_of(facts, evidences[i].path, "ID").size > 0)
            return &evidences[i];
    }
    return NULL;
}

static void read_id_like(struct arena *arena, struct view text, struct distro *distro)
{
    distro->id_like = ARENA_ARRAY(arena, struct view, text.size / 2 + 1); /* each with a blank behind it */
    while (text.size > 0) {
        struct view id = view_trim(view_cut(&text, ' '));
        if (id.size > 0)
            distro->id_like[distro->id_like_count++] = id;
    }
}

static void read_evidence(struct arena *arena, const struct fact_list *facts, const char *path, struct distro *distro)
{
    distro->id = fact_of(facts, path, "ID");
    read_id_like(arena, fact_of(facts, path, "ID_LIKE"), distro);
    distro->version_id = fact_of(facts, path, "VERSION_ID");
    distro->version = fact_of(facts, path, "VERSION");
    distro->version_codename = fact_of(facts, path, "VERSION_CODENAME");
    if (distro->version_codename.size == 0)
        distro->version_codename = fact_of(facts, path, "UBUNTU_CODENAME");
    if (distro->version_codename.size == 0)
        distro->version_codename = fact_of(facts, path, "DEBIAN_CODENAME");
    distro->name = fact_of(facts, path, "NAME");
    distro->pretty_name = fact_of(facts, path, "PRETTY_NAME");
    distro->build_id = fact_of(facts, path, "BUILD_ID");
    distro->cpe_name = fact_of(facts, path, "CPE_NAME");
    distro->variant_id = fact_of(facts, path, "VARIANT_ID");
}

/* "12.5" refines VERSION_ID "12"; "trixie/sid" (testing, unstable) stands in for an absent codename. Files of derivatives name
   the Debian that they were made from, so they do not count. */
static void add_debian_version(struct view text, struct distro *distro)
{
    if (!view_is(distro->id, "debian") || text.size == 0)
        return;
    bool is_number = text.data[0] >= '0' && text.data[0] <= '9';
    struct view major = view_slice(text, 0, view_find(text, '.'));
    if (is_number && (distro->version_id.size == 0 || view_equal(major, distro->version_id)))
        distro->version_id = text;
    else if (!is_number && distro->version_id.size == 0 && distro->version_codename.size == 0)
        distro->version_codename = view_slice(text, 0, view_find(text, '/'));
}

/* Orders "v3.9" < "v3.18" < "edge". */
static bool is_newer_branch(struct view a, struct view b)
{
    if (b.size == 0 || view_is(a, "edge") || view_is(b, "edge"))
        return !view_is(b, "edge");
    int64_t numbers[2][2] = {{0}};
    struct view texts[2] = {view_from(a, 1), view_from(b, 1)};
    for (int i = 0; i < 2; i++) {
        struct view major = view_cut(&texts[i], '.');
        if (!view_to_integer(major, &numbers[i][0]) || !view_to_integer(texts[i], &numbers[i][1]))
            return false;
    }
    return numbers[0][0] != numbers[1][0] ? numbers[0][0] > numbers[1][0] : numbers[0][1] > numbers[1][1];
}

void distro_detect(struct arena *arena, const struct distro_fact *items, size_t count, struct distro *distro)
{
    const struct fact_list facts = {items, count};
    *distro = (struct distro){0};
    const struct evidence *evidence = choose_evidence(&facts);
    if (evidence != NULL) {
        read_evidence(arena, &facts, evidence->path, distro);
        if (evidence->kind == EVIDENCE_DEBIAN_VERSION) {
            distro->id = view_text("debian");
            distro->name = view_text("Debian GNU/Linux");
        }
        add_debian_version(fact_of(&facts, "etc/debian_version", "DEBIAN_VERSION"), distro);
    }
    for (size_t i = 0; i < count; i++) {
        if (view_is(items[i].name, "apk_branch") && is_newer_branch(items[i].value, distro->apk_branch))
            distro->apk_branch = items[i].value;
        if (view_is(items[i].name, "UBUNTU_PRO") && view_is(distro->id, "ubuntu"))
            distro->is_ubuntu_pro = true;
    }
    distro_add_red_hat(arena, items, count, distro);
    distro->is_known = distro->id.size > 0 || distro->id_like_count > 0 || distro->name.size > 0;
}
