/* SPDX-License-Identifier: Apache-2.0 */
#include "http/outbound.h"
#include "tests/unit/test.h"

static struct sockaddr_storage address(const char *text)
{
    struct sockaddr_storage storage;
    assert_true(address_parse(view_text(text), &storage));
    return storage;
}

static void tells_kinds_of_addresses_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum address_kind kind;
    } rows[] = {
        {"8.8.8.8", ADDRESS_PUBLIC},
        {"2606:4700::1111", ADDRESS_PUBLIC},
        {"172.32.0.1", ADDRESS_PUBLIC},
        {"10.1.2.3", ADDRESS_PRIVATE},
        {"172.16.0.1", ADDRESS_PRIVATE},
        {"172.31.255.255", ADDRESS_PRIVATE},
        {"192.168.1.1", ADDRESS_PRIVATE},
        {"100.64.0.1", ADDRESS_PRIVATE},
        {"fd12::1", ADDRESS_PRIVATE},
        {"127.0.0.1", ADDRESS_LOCAL},
        {"127.255.0.9", ADDRESS_LOCAL},
        {"::1", ADDRESS_LOCAL},
        {"169.254.169.254", ADDRESS_LOCAL},
        {"fe80::1", ADDRESS_LOCAL},
        {"fd00:ec2::254", ADDRESS_LOCAL},
        {"100.100.100.200", ADDRESS_LOCAL},
        {"168.63.129.16", ADDRESS_LOCAL},
        {"::ffff:127.0.0.1", ADDRESS_LOCAL},
        {"::ffff:10.0.0.1", ADDRESS_PRIVATE},
        {"::ffff:8.8.8.8", ADDRESS_PUBLIC},
        {"64:ff9b::a9fe:a9fe", ADDRESS_LOCAL}, /* 169.254.169.254 by NAT64 */
        {"2002:7f00:1::", ADDRESS_LOCAL}, /* 127.0.0.1 by 6to4 */
        {"::127.0.0.1", ADDRESS_LOCAL},
        {"0.0.0.0", ADDRESS_FORBIDDEN},
        {"::", ADDRESS_FORBIDDEN},
        {"224.0.0.1", ADDRESS_FORBIDDEN},
        {"255.255.255.255", ADDRESS_FORBIDDEN},
        {"ff02::1", ADDRESS_FORBIDDEN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sockaddr_storage storage = address(rows[i].text);
        if (address_kind((const struct sockaddr *)&storage) != rows[i].kind)
            fail_msg("%s is not of kind %d", rows[i].text, rows[i].kind);
    }
}

static bool check(const struct outbound_policy *policy, const char *host, unsigned port, const char *connected)
{
    struct error err;
    struct sockaddr_storage storage = address(connected);
    bool is_allowed = outbound_check(policy, view_text(host), port, (const struct sockaddr *)&storage, &err);
    if (!is_allowed)
        assert_int_equal(err.code, ERROR_REFUSED);
    return is_allowed;
}

static void without_a_policy_only_public_addresses_are_reached(void **state)
{
    (void)state;
    assert_true(check(NULL, "r.io", 443, "8.8.8.8"));
    assert_false(check(NULL, "r.io", 443, "10.0.0.1"));
    assert_false(check(NULL, "r.io", 443, "127.0.0.1"));
}

static void own_hosts_may_be_private_but_not_local(void **state)
{
    (void)state;
    const struct view own[] = {VIEW_LITERAL("registry.corp:5000"), VIEW_LITERAL("plain.corp")};
    struct outbound_policy policy = {.own = own, .own_count = 2};
    assert_true(check(&policy, "registry.corp", 5000, "10.0.0.1"));
    assert_false(check(&policy, "registry.corp", 22, "10.0.0.1"));
    assert_true(check(&policy, "plain.corp", 22, "10.0.0.1"));
    assert_false(check(&policy, "other.corp", 5000, "10.0.0.1"));
    assert_false(check(&policy, "registry.corp", 5000, "127.0.0.1"));
    assert_false(check(&policy, "registry.corp", 5000, "169.254.169.254"));
}

static void the_operator_allows_hosts_ports_addresses_and_ranges(void **state)
{
    (void)state;
    const struct view allowed[] = {VIEW_LITERAL("localhost:5000"), VIEW_LITERAL("10.0.0.0/8"), VIEW_LITERAL("fd00::/8"),
        VIEW_LITERAL("[::1]:6000"), VIEW_LITERAL("169.254.1.1"), VIEW_LITERAL("0.0.0.0/0")};
    struct outbound_policy policy = {.allowed = allowed, .allowed_count = 5};
    assert_true(check(&policy, "localhost", 5000, "127.0.0.1"));
    assert_true(check(&policy, "LOCALHOST", 5000, "127.0.0.1"));
    assert_false(check(&policy, "localhost", 22, "127.0.0.1"));
    assert_true(check(&policy, "any.corp", 443, "10.200.0.1"));
    assert_true(check(&policy, "any.corp", 443, "::ffff:10.200.0.1"));
    assert_false(check(&policy, "any.corp", 443, "192.168.0.1"));
    assert_true(check(&policy, "any.corp", 443, "fd12::1"));
    assert_true(check(&policy, "::1", 6000, "::1"));
    assert_false(check(&policy, "::1", 6001, "::1"));
    assert_true(check(&policy, "x", 80, "169.254.1.1"));
    assert_false(check(&policy, "x", 80, "169.254.1.2"));
    policy.allowed_count = 6;
    assert_true(check(&policy, "x", 80, "169.254.1.2"));
    assert_false(check(&policy, "x", 80, "0.0.0.0")); /* never */
}

static void literal_addresses_are_checked_before_connecting(void **state)
{
    (void)state;
    struct error err;
    assert_ok(outbound_check_literal(NULL, view_text("r.io"), 443, &err), &err);
    assert_ok(outbound_check_literal(NULL, view_text("8.8.8.8"), 443, &err), &err);
    assert_fails(outbound_check_literal(NULL, view_text("169.254.169.254"), 80, &err), &err, ERROR_REFUSED);
    assert_fails(outbound_check_literal(NULL, view_text("::1"), 80, &err), &err, ERROR_REFUSED);
}

static void checks_what_users_allow(void **state)
{
    (void)state;
    static const char *const good[] = {
        "r.io", "r.io:5000", "10.0.0.1", "10.0.0.0/8", "fd00::/8", "::1", "[::1]:5000", "[::1]"};
    static const char *const bad[] = {"", "r.io:0", "r.io:x", "10.0.0.0/33", "10.0.0/8", "r.io/8", "fd00::/129", "[::1",
        "[r.io]:1", "http://r.io", "a b", "r.io;x"};
    struct error err;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_ok(outbound_check_entry(view_text(good[i]), &err), &err);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (outbound_check_entry(view_text(bad[i]), &err))
            fail_msg("\"%s\" was accepted", bad[i]);
    }
}

static void knows_loopback_by_its_looks(void **state)
{
    (void)state;
    assert_true(host_is_loopback(view_text("localhost")));
    assert_true(host_is_loopback(view_text("127.8.9.1")));
    assert_true(host_is_loopback(view_text("::1")));
    assert_false(host_is_loopback(view_text("localhost.evil.io")));
    assert_false(host_is_loopback(view_text("10.0.0.1")));
}

static void a_refusal_names_host_address_and_what_allows_it(void **state)
{
    (void)state;
    struct view own = view_text("registry.example.com:5000");
    struct outbound_policy policy = {.own = &own, .own_count = 1, .integration = view_text("main")};
    struct sockaddr_storage address;
    struct error err;
    assert_true(address_parse(view_text("10.1.2.3"), &address));
    assert_false(outbound_check(&policy, view_text("minio.lan"), 9000, (const struct sockaddr *)&address, &err));
    assert_string_equal(err.message, "host \"minio.lan\" has the private address 10.1.2.3; if it shall be reached: "
                                     "tidewaiter integration edit \"main\" --allow-host minio.lan:9000");
    assert_true(outbound_is_own(&policy, view_text("Registry.example.com"), 5000));
    assert_false(outbound_is_own(&policy, view_text("registry.example.com"), 443));
    assert_false(outbound_is_own(NULL, view_text("registry.example.com"), 443));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_kinds_of_addresses_apart),
        cmocka_unit_test(without_a_policy_only_public_addresses_are_reached),
        cmocka_unit_test(own_hosts_may_be_private_but_not_local),
        cmocka_unit_test(the_operator_allows_hosts_ports_addresses_and_ranges),
        cmocka_unit_test(literal_addresses_are_checked_before_connecting),
        cmocka_unit_test(checks_what_users_allow),
        cmocka_unit_test(knows_loopback_by_its_looks),
        cmocka_unit_test(a_refusal_names_host_address_and_what_allows_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
