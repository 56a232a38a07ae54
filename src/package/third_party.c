/* SPDX-License-Identifier: Apache-2.0 */
#include "package/third_party.h"

#include <stddef.h>

/* Vendors of distributions, by the beginning of their name. Some build for other distributions too: the release then tells. */
static const struct {
    const char *vendor;
    const char *own_tags[2]; /* in the release of all packages of the vendor's own distribution */
    const char *foreign_tag; /* in the release of packages for another one */
} rpm_vendors[] = {
    {"Alibaba", {NULL}, NULL},
    {"AlmaLinux", {NULL}, NULL},
    {"Amazon", {NULL}, NULL},
    {"Anolis", {NULL}, NULL},
    {"Broadcom", {".ph"}, NULL},
    {"CentOS", {NULL}, NULL},
    {"CloudLinux", {NULL}, NULL},
    {"Fedora Project", {NULL}, ".el"}, /* EPEL */
    {"Kylin", {NULL}, NULL},
    {"Mageia", {NULL}, NULL},
    {"Microsoft", {".cm", ".azl"}, NULL},
    {"OpenCloudOS", {NULL}, NULL},
    {"Oracle America", {NULL}, NULL},
    {"Red Hat", {NULL}, NULL},
    {"Rocky", {NULL}, NULL},
    {"SUSE", {NULL}, NULL},
    {"Scientific Linux", {NULL}, NULL},
    {"Tencent", {NULL}, NULL},
    {"VMware", {".ph"}, NULL},
    {"http://openeuler.org", {NULL}, NULL},
    {"https://openeuler.org", {NULL}, NULL},
    {"openEuler", {NULL}, NULL},
    {"openSUSE", {NULL}, NULL},
};

/* Maintainers that publish packages for Debian and Ubuntu themselves, by the domain of their address. */
static const char *const deb_domains[] = {"anydesk.com", "cloudflare.com", "confluent.io", "datadoghq.com",
    "docker.com", "elastic.co", "f5.com", "github.com", "gitlab.com", "google.com", "grafana.com", "hashicorp.com",
    "influxdb.com", "influxdata.com", "jenkins-ci.org", "jenkins.io", "mariadb.org", "microsoft.com", "mongodb.com",
    "neo4j.com", "nginx.com", "nodesource.com", "nvidia.com", "oracle.com", "percona.com", "rabbitmq.com", "redis.com",
    "redis.io", "slack-corp.com", "sury.org", "timescale.com", "varnish-software.com", "yarnpkg.com"};

/* Domains of the distributions' own maintainers. */
static const char *const own_domains[] = {"canonical.com", "debian.net", "debian.org", "ubuntu.com"};

/* Versions of the distributions name a release by its number (~deb12u1, ~22.04.1); others by its codename (~bookworm). */
static const char *const version_marks[] = {"~artful", "~bionic", "~bookworm", "~bullseye", "~buster", "~focal",
    "~forky", "~groovy", "~hirsute", "~impish", "~jammy", "~jessie", "~kinetic", "~lunar", "~mantic", "~noble",
    "~oracular", "~plucky", "~questing", "~resolute", "~stretch", "~trixie", "~trusty", "~wheezy", "~xenial", "+maria~",
    "nodesource", "pgdg", "sury.org", "~ppa"};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool has(struct view text, const char *part)
{
    return view_find_text(text, view_text(part)) < text.size;
}

bool third_party_rpm(struct view vendor, struct view release)
{
    /* Packages made for Amazon Linux may name whoever made them first, or nobody. */
    if (vendor.size == 0 || view_is(vendor, "(none)") || has(release, ".amzn"))
        return false;
    for (size_t i = 0; i < COUNT(rpm_vendors); i++) {
        if (!view_starts_with(vendor, rpm_vendors[i].vendor))
            continue;
        const char *const *own = rpm_vendors[i].own_tags;
        if (own[0] != NULL && !has(release, own[0]) && (own[1] == NULL || !has(release, own[1])))
            return true;
        return rpm_vendors[i].foreign_tag != NULL && has(release, rpm_vendors[i].foreign_tag);
    }
    return true;
}

/* Whether the text is the domain or a name below it. */
static bool is_in_domain(struct view text, const char *domain)
{
    size_t size = strlen(domain);
    struct view end = view_from(text, text.size < size ? text.size : text.size - size);
    return view_equal_ignoring_case(end, view_text(domain)) &&
           (text.size == size || text.data[text.size - size - 1] == '.');
}

/* "Docker <support@docker.com>" → "docker.com" */
static struct view domain_of(struct view maintainer)
{
    struct view domain = view_from(maintainer, view_find_last(maintainer, '@') + 1);
    return view_trim(view_slice(domain, 0, view_find(domain, '>')));
}

bool third_party_deb(struct view maintainer, struct view version, struct view vendor)
{
    for (size_t i = 0; i < COUNT(version_marks); i++) {
        if (has(version, version_marks[i]))
            return true;
    }
    struct view domain = domain_of(maintainer);
    for (size_t i = 0; i < COUNT(own_domains); i++) {
        if (is_in_domain(domain, own_domains[i]))
            return false;
    }
    for (size_t i = 0; i < COUNT(deb_domains); i++) {
        if (is_in_domain(domain, deb_domains[i]))
            return true;
    }
    return vendor.size > 0;
}
