/* SPDX-License-Identifier: Apache-2.0 */
/* Images for tests of policies, made from a small JSON object: members of a finding (severity, cvss, fix, published, …) and of
   the image (config, history, created, bytes, feeds, use). */
#ifndef TESTS_UNIT_POLICY_MADE_IMAGE_H
#define TESTS_UNIT_POLICY_MADE_IMAGE_H

#include "tests/unit/test.h"

#include "base/clock.h"
#include "policy/evaluate.h"

/* 2026-11-22T00:00:00Z */
#define MADE_NOW_MS INT64_C(1795305600000)

static inline int64_t made_time(struct json value)
{
    struct error err;
    int64_t time_ms = 0;
    if (json_type(value) == JSON_STRING)
        assert_ok(time_parse(json_string(value), &time_ms, &err), &err);
    return time_ms;
}

static inline const struct vulnerability_facts *made_facts(struct arena *arena, struct json asked)
{
    struct vulnerability_facts *facts = ARENA_NEW(arena, struct vulnerability_facts);
    int64_t exploits = 0;
    facts->published_ms = made_time(json_member(asked, "published"));
    facts->kev_added_ms = made_time(json_member(asked, "kev"));
    facts->kev_due_ms = made_time(json_member(asked, "due"));
    facts->is_known_exploited = facts->kev_added_ms != 0;
    facts->is_used_by_ransomware = json_boolean(json_member(asked, "ransomware"));
    facts->has_epss = json_number(json_member(asked, "epss"), &facts->epss_score);
    (void)json_number(json_member(asked, "percentile"), &facts->epss_percentile);
    (void)json_integer(json_member(asked, "exploits"), &exploits);
    facts->exploit_count = (size_t)exploits;
    return facts;
}

/* CVE-2026-1, also known as GHSA-aaaa. */
static inline const struct finding *made_finding(struct arena *arena, struct json asked)
{
    struct finding *finding = ARENA_NEW(arena, struct finding);
    struct finding_evidence *evidence = ARENA_NEW(arena, struct finding_evidence);
    struct severity_rating *rating = ARENA_NEW(arena, struct severity_rating);
    finding->id = view_text("CVE-2026-1");
    finding->aliases = ARENA_NEW(arena, struct view);
    finding->aliases[finding->alias_count++] = view_text("GHSA-aaaa");
    (void)severity_parse(json_member_string(asked, "severity"), &finding->severity);
    for (int i = 0; i < FIX_STATE_COUNT; i++) {
        if (view_is(json_member_string(asked, "fix"), fix_state_name((enum fix_state)i)))
            finding->fix_state = (enum fix_state)i;
    }
    *rating = (struct severity_rating){
        .type = view_text("CVSS_V3"), .score = arena_copy(arena, json_member_string(asked, "cvss"))};
    finding->ratings = rating;
    finding->rating_count = rating->score.size > 0;
    *evidence =
        (struct finding_evidence){.fixed = view_text("2"), .modified_ms = made_time(json_member(asked, "advisory"))};
    finding->evidence = evidence;
    finding->evidence_count = 1;
    finding->facts = made_facts(arena, asked);
    return finding;
}

static inline const struct package *made_package(struct arena *arena, struct json asked)
{
    struct package *package = ARENA_NEW(arena, struct package);
    package->type = PACKAGE_DEB;
    package->name = view_text("openssl");
    package->version = view_text("3.0.7");
    (void)package_type_parse(json_member_string(asked, "package"), &package->type);
    if (package->type == PACKAGE_RPM) {
        package->epoch = view_text("1");
        package->release = view_text("5.el9");
    }
    return package;
}

/* The config as a registry would have it. */
static inline const struct image_config *made_config(struct arena *arena, struct json asked)
{
    struct image_config *config = ARENA_NEW(arena, struct image_config);
    struct json settings = json_member(asked, "config");
    struct json history = json_member(asked, "history");
    struct json env = json_member(settings, "Env"), labels = json_member(settings, "Labels");
    struct json ports = json_member(settings, "ExposedPorts");
    config->created_ms = made_time(json_member(asked, "created"));
    config->user = arena_copy(arena, json_member_string(settings, "User"));
    config->environment = ARENA_ARRAY(arena, struct image_setting, json_count(env));
    config->labels = ARENA_ARRAY(arena, struct image_setting, json_count(labels));
    config->exposed_ports = ARENA_ARRAY(arena, struct view, json_count(ports));
    config->instructions = ARENA_ARRAY(arena, struct view, json_count(history));
    for (struct json_iterator i = json_each(env); json_next(&i);) {
        struct view value = arena_copy(arena, json_string(i.value));
        struct view name = view_cut(&value, '=');
        config->environment[config->environment_count++] = (struct image_setting){name, value};
    }
    for (struct json_iterator i = json_each(labels); json_next(&i);)
        config->labels[config->label_count++] =
            (struct image_setting){arena_copy(arena, i.key), arena_copy(arena, json_string(i.value))};
    for (struct json_iterator i = json_each(ports); json_next(&i);)
        config->exposed_ports[config->exposed_port_count++] = arena_copy(arena, i.key);
    for (struct json_iterator i = json_each(history); json_next(&i);)
        config->instructions[config->instruction_count++] = arena_copy(arena, json_string(i.value));
    return config;
}

/* One package, one finding in it. */
static inline void made_image(struct arena *arena, struct json asked, struct policy_image *image)
{
    struct policy_package *package = ARENA_NEW(arena, struct policy_package);
    struct policy_finding *finding = ARENA_NEW(arena, struct policy_finding);
    bool has_feeds = json_type(json_member(asked, "feeds")) == JSON_MISSING;
    struct view use = json_member_string(asked, "use");
    int64_t bytes = 0;
    (void)json_integer(json_member(asked, "bytes"), &bytes);
    package->package = made_package(arena, asked);
    *finding = (struct policy_finding){0, made_finding(arena, asked), false};
    *image = (struct policy_image){
        .config = made_config(arena, asked),
        .bytes = (uint64_t)bytes,
        .packages = package,
        .package_count = 1,
        .findings = finding,
        .finding_count = 1,
        .knows_epss = has_feeds,
        .knows_exploited = has_feeds,
        .knows_exploits = has_feeds,
        .is_in_use = use.size == 0 ? ANSWER_UNKNOWN : answer_of(view_is(use, "yes")),
        .now_ms = MADE_NOW_MS,
    };
}

/* Compiles a policy that must be right. */
static inline const struct vulnerability_policy *made_policy(struct arena *arena, const char *text)
{
    struct vulnerability_policy *policy = ARENA_NEW(arena, struct vulnerability_policy);
    struct error err;
    assert_ok(vulnerability_policy_parse_text(arena, view_text(text), policy, &err), &err);
    return policy;
}

#endif
