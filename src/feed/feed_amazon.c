/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon Linux (https://docs.aws.amazon.com/linux/al2023/ug/alas.html, https://alas.aws.amazon.com/faqs.html): updateinfo.xml
   of the repositories of each release, and of the extras of Amazon Linux 2, whose updates are streams of their own. The
   repositories of the architectures name the same builds, but for packages that only one of them has. */
#include "feed/errata.h"
#include "feed/unpacked.h"

#include <string.h>

#define UPDATES_BYTES_MAX (UINT64_C(1) << 30)

static size_t count_digits(struct view text)
{
    size_t size = 0;
    while (size < text.size && text.data[size] >= '0' && text.data[size] <= '9')
        size++;
    return size;
}

/* "1", "2", "2022", "2023" of "12.amzn2023.0.3"; older builds do not tell, but ids do: "ALAS2-2018-939". */
static struct view release_of(const struct erratum *erratum, const struct erratum_fix *fix)
{
    static const char mark[] = ".amzn";
    struct view rest = view_from(fix->version, view_find_text(fix->version, view_text(mark)));
    struct view release = view_from(rest, strlen(mark));
    release = view_slice(release, 0, count_digits(release));
    if (rest.size > 0 && release.size > 0)
        return release;
    rest = view_from(erratum->id, strlen("ALAS"));
    release = view_slice(rest, 0, count_digits(rest));
    return release.size > 0 ? release : view_text("1");
}

static struct view ecosystem_of(struct arena *arena, const struct erratum *erratum, const struct erratum_fix *fix)
{
    return arena_format(arena, "Amazon Linux:%.*s", VIEW_PRINT(release_of(erratum, fix)));
}

/* "KERNEL-5.10" of "ALAS2KERNEL-5.10-2022-011"; empty for the repository that every system has. */
static struct view topic_of(struct view id)
{
    struct view rest = view_from(id, strlen("ALAS"));
    rest = view_from(rest, count_digits(rest));
    for (int i = 0; i < 2; i++)
        rest = view_slice(rest, 0, view_find_last(rest, '-') < rest.size ? view_find_last(rest, '-') : 0);
    return rest;
}

/* "5.10" of "KERNEL-5.10" */
static struct view version_of_topic(struct view topic)
{
    size_t start = topic.size;
    while (
        start > 0 && ((topic.data[start - 1] >= '0' && topic.data[start - 1] <= '9') || topic.data[start - 1] == '.'))
        start--;
    return view_from(topic, start);
}

/* The extra php8.0 fixes versions from 8.0 on: other extras, and the repository that every system has, have other ones under
   the same name. */
static struct view introduced_in(struct arena *arena, const struct erratum *erratum, const struct erratum_fix *fix)
{
    struct view stream = version_of_topic(topic_of(erratum->id));
    size_t colon = view_find(fix->version, ':');
    struct view epoch = colon < fix->version.size ? view_slice(fix->version, 0, colon + 1) : view_text("");
    struct view own = view_from(fix->version, epoch.size);
    bool is_of_stream = stream.size > 0 && own.size > stream.size &&
                        view_equal(view_slice(own, 0, stream.size), stream) &&
                        (own.data[stream.size] == '.' || own.data[stream.size] == '-');
    return is_of_stream ? arena_format(arena, "%.*s%.*s", VIEW_PRINT(epoch), VIEW_PRINT(stream)) : view_text("0");
}

static bool read_updates(struct source *input, struct feed_sink *sink, struct error *err)
{
    const struct errata_reading reading = {
        .id_prefix = "ALAS",
        .ecosystem = ecosystem_of,
        .introduced = introduced_in,
        .ignores_architectures = true,
        .sink = sink,
    };
    AUTO_SOURCE *content = unpacked(input, UPDATES_BYTES_MAX, "the updates");
    return errata_read(&reading, content, err);
}

#define EXTRA(topic) "2/extras/" topic "/latest/x86_64"
static const char *const repositories[] = {"2/core/latest/x86_64", "2/core/latest/aarch64",
    "al2023/core/mirrors/latest/x86_64", "al2023/core/mirrors/latest/aarch64", EXTRA("ansible2"),
    EXTRA("aws-nitro-enclaves-cli"), EXTRA("collectd"), EXTRA("corretto8"), EXTRA("dnsmasq"), EXTRA("dnsmasq2.85"),
    EXTRA("docker"), EXTRA("ecs"), EXTRA("emacs"), EXTRA("firefox"), EXTRA("gimp"), EXTRA("haproxy2"),
    EXTRA("httpd_modules"), EXTRA("java-openjdk11"), EXTRA("kernel-5.10"), EXTRA("kernel-5.15"), EXTRA("kernel-5.4"),
    EXTRA("libreoffice"), EXTRA("lustre"), EXTRA("lynis"), EXTRA("mariadb10.5"), EXTRA("mate-desktop1.x"),
    EXTRA("memcached1.5"), EXTRA("mock"), EXTRA("nginx1"), EXTRA("php7.4"), EXTRA("php8.0"), EXTRA("php8.1"),
    EXTRA("php8.2"), EXTRA("postgresql10"), EXTRA("postgresql11"), EXTRA("postgresql12"), EXTRA("postgresql13"),
    EXTRA("postgresql14"), EXTRA("python3.8"), EXTRA("R4"), EXTRA("redis6"), EXTRA("ruby2.6"), EXTRA("ruby3.0"),
    EXTRA("rust1"), EXTRA("selinux-ng"), EXTRA("squid4"), EXTRA("tomcat8.5"), EXTRA("tomcat9"), EXTRA("unbound1.13"),
    EXTRA("unbound1.17"), EXTRA("vim"), NULL};
#undef EXTRA

const struct feed feed_amazon = {
    .name = "amazon",
    .address = "https://cdn.amazonlinux.com",
    .only_ecosystem = "Amazon Linux",
    .has_parts = true,
    .records = {.name = "updateinfo.xml",
        .prefix = "",
        .repositories = repositories,
        .bytes_max = UPDATES_BYTES_MAX,
        .read = read_updates},
};
