#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our registry client against scripted registries.   usage: registry_fake_test.py PROBE"""
import os
import ssl
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_registry as fake
import real_registry

PROBE = sys.argv.pop(1)
ALICE = {"TIDEWAITER_REGISTRY_USERNAME": "alice", "TIDEWAITER_REGISTRY_PASSWORD": "s3cret"}
STATUS = {"ok": 0, "invalid": 3, "not-found": 4, "denied": 5, "rate-limited": 8, "server": 9, "corrupt": 10,
          "limit": 11, "unsupported": 12, "refused": 15}
HEX = fake.digest(fake.IMAGE)


class Result:
    def __init__(self, status, lines):
        self.status, self.lines, self.text = status, lines, "\n".join(lines)


class RegistryTest(unittest.TestCase):
    def start(self, scenario):
        registry = scenario()
        self.addCleanup(registry.close)
        return registry

    def probe(self, registry, command, *arguments, options=("--http",), environment=ALICE, expect="ok",
              allow="127.0.0.0/8"):
        host = registry.registry.address
        target = {"ping": [host], "repositories": [host], "tags": [host, "team/app"], "entries": [host, "team/app"],
                  "lookup": [host, "team/app"]}
        target = target.get(command, [host + "/team/app:1.0"])
        with tempfile.TemporaryDirectory() as home:
            run = subprocess.run([PROBE, "--allow", allow, *options, command, *target, *arguments], text=True,
                                 stdout=subprocess.PIPE, timeout=60, check=False,
                                 env={"HOME": home, "PATH": "/usr/bin:/bin", **environment,
                                      **{k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k}})
        result = Result(run.returncode, run.stdout.splitlines())
        self.assertEqual(result.status, STATUS[expect], result.text)
        if expect != "ok":
            self.assertIn("error " + expect, result.text)
        self.assertNotIn("s3cret", result.text)
        self.assertNotIn("hidden", result.text)
        self.assertNotIn("\x1b", result.text)
        return result

    # authentication

    def test_gets_a_token_for_the_scope_and_uses_it_again(self):
        registry = self.start(fake.Bearer)
        self.assertEqual(self.probe(registry, "pull").lines[0], "root %s 1 images 0 missing" % HEX)
        self.assertEqual(registry.counts["token"], 1)

    def test_looks_many_tags_up_at_once_through_everything_that_goes_wrong(self):
        registry = self.start(fake.ManyTags)
        tags = ["a1", "a2", "gone", "a3", "headless", "a4", "broken", "a5", "a6", "a7", "a8", "a9"]
        result = self.probe(registry, "lookup", *tags)
        wanted = {tag: HEX for tag in tags} | {"gone": "gone", "broken": ""}
        self.assertEqual(dict(line.split(" ", 1) for line in result.lines[:len(tags)]), wanted)
        self.assertIn("unread server", result.text)
        self.assertEqual(registry.counts["token given"], 2)
        self.assertLessEqual(len(registry.requests()), 60)

    def test_a_token_without_rights_is_denied_without_a_loop(self):
        registry = self.start(fake.Bearer)
        result = self.probe(registry, "tags", environment={}, expect="denied")
        self.assertIn("repository:team/app:pull", result.text)
        self.assertEqual(len(registry.requests()), 3)  # tags, token, tags

    def test_a_wrong_password_is_said_by_the_token_service(self):
        registry = self.start(fake.Bearer)
        result = self.probe(registry, "tags", environment={**ALICE, "TIDEWAITER_REGISTRY_PASSWORD": "wrong"},
                            expect="denied")
        self.assertIn("incorrect username or password", result.text)

    def test_an_invalid_token_is_renewed_once(self):
        registry = self.start(fake.InvalidTokenOnce)
        self.probe(registry, "tags")
        self.assertEqual(registry.counts["token"], 2)

    def test_tokens_that_stay_invalid_end_in_denial(self):
        registry = self.start(fake.InvalidTokenAlways)
        self.probe(registry, "tags", expect="denied")
        self.assertEqual(registry.counts["token"], 2)

    def test_a_token_may_say_nothing_of_its_lifetime_or_have_none(self):
        registry = self.start(fake.TokenWithoutLifetime)
        self.probe(registry, "pull")
        self.assertEqual(registry.counts["token"], 1)
        registry = self.start(fake.TokenOfASecond)
        self.probe(registry, "pull")
        self.assertLessEqual(registry.counts["token"], len([entry for entry in registry.log if "/v2/" in entry[2]]))

    def test_an_identity_token_is_exchanged_by_post(self):
        registry = self.start(fake.Bearer)
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/config.json", "wb") as file:
                file.write(fake.compact({"auths": {registry.registry.address: {"identitytoken": "identity-token"}}}))
            self.probe(registry, "tags", environment={"DOCKER_CONFIG": folder})
        self.assertIn(("registry", "POST", "/token?given=1", ""), registry.log)

    def test_a_realm_at_the_metadata_service_is_refused(self):
        self.probe(self.start(fake.RealmAtMetadata), "tags", expect="refused")

    def test_a_realm_with_a_password_is_refused(self):
        self.probe(self.start(fake.RealmWithPassword), "tags", expect="invalid")

    def test_a_token_cannot_add_headers(self):
        self.probe(self.start(fake.TokenWithNewline), "tags", expect="invalid")

    def test_basic_is_tried_where_the_registry_does_not_say(self):
        registry = self.start(fake.Unauthorized)
        self.probe(registry, "tags")
        self.probe(registry, "tags", environment={}, expect="denied")

    def test_other_schemes_are_named(self):
        self.assertIn("negotiate", self.probe(self.start(fake.Negotiate), "ping", expect="unsupported").text)

    # listings

    def assert_names(self, scenario, names, end, command="repositories", options=()):
        registry = self.start(scenario)
        result = self.probe(registry, command, options=["--http", *options])
        self.assertEqual(result.lines[:-1], names)
        self.assertEqual(result.lines[-1], end)
        return registry

    def test_follows_links_of_every_kind(self):
        for scenario in (fake.Paged, fake.PagedAbsolute, fake.PagedElsewhere, fake.PagedLimit):
            with self.subTest(scenario.__name__):
                registry = self.assert_names(scenario, list("abcde"), "5 names, 0 skipped, complete")
                self.assertEqual(registry.requests("storage"), [])

    def test_a_link_that_lost_the_prefix_is_followed(self):
        self.assert_names(fake.PagedWithoutPrefix, list("abcde"), "5 names, 0 skipped, complete",
                          options=["--prefix", "/reg/"])

    def test_pages_in_a_circle_end_incomplete(self):
        self.assert_names(fake.PagedLoop, ["xa", "xb"], "2 names, 0 skipped, incomplete: the pages lead in a circle")

    def test_pages_without_end_end_incomplete(self):
        registry = self.assert_names(fake.PagedForever, ["a", "b"],
                                     "2 names, 0 skipped, incomplete: several pages brought nothing new")
        self.assertLess(len(registry.log), 10)

    def test_too_many_names_end_incomplete(self):
        result = self.probe(self.start(fake.PagedTooMany), "repositories")
        self.assertEqual(result.lines[-1],
                         "20000 names, 0 skipped, incomplete: there are more names than are accepted")

    def test_a_page_without_names_is_no_end(self):
        result = self.probe(self.start(fake.PagedNowhere), "repositories")
        self.assertIn("0 names, 0 skipped, incomplete", result.lines[-1])

    def test_tags_without_end_end_incomplete(self):
        registry = self.start(fake.ManyPages)
        result = self.probe(registry, "tags")
        self.assertEqual(result.lines[-1],
                         "20000 names, 0 skipped, incomplete: there are more names than are accepted")
        self.assertLess(len(registry.log), 5)

    def test_what_is_no_tag_is_skipped_and_counted(self):
        self.assert_names(fake.StrangeTags, ["2", "1.0", "latest"], "3 names, 6 skipped, complete", command="tags")

    def test_a_repository_may_have_no_tags(self):
        self.assert_names(fake.NullTags, [], "0 names, 0 skipped, complete", command="tags")

    # redirects

    def test_a_redirected_blob_comes_without_our_password(self):
        registry = self.start(fake.Redirecting)
        self.probe(registry, "pull")
        self.assertEqual(len(registry.requests("storage")), 2)
        self.assertTrue(all(entry[3] == "" for entry in registry.requests("storage")))
        self.assertTrue(any(entry[3].startswith("Basic ") for entry in registry.requests()))

    def test_an_expired_storage_url_is_renewed_at_the_registry(self):
        registry = self.start(fake.RedirectExpired)
        self.probe(registry, "pull")
        self.assertEqual(len(registry.requests("storage")), 3)

    def test_redirects_to_strange_places_are_refused(self):
        self.probe(self.start(fake.RedirectMetadata), "pull", expect="refused")
        self.probe(self.start(fake.RedirectFile), "pull", expect="invalid")
        registry = self.start(fake.RedirectLoop)
        self.probe(registry, "pull", expect="invalid")
        self.assertEqual(registry.counts["hop"], 11)

    def test_a_redirect_to_another_loopback_port_needs_to_be_allowed(self):
        registry = self.start(fake.Redirecting)
        self.probe(registry, "pull", allow=registry.registry.address, expect="refused")
        self.assertEqual(registry.requests("storage"), [])

    def test_a_redirect_from_https_to_http_is_refused(self):
        registry = self.start(fake.Redirecting)
        with tempfile.TemporaryDirectory() as folder:
            real_registry.make_certificates(folder)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder + "/server.crt", folder + "/server.key")
            registry.registry.socket = context.wrap_socket(
                registry.registry.socket, server_side=True, do_handshake_on_connect=False)
            result = self.probe(registry, "pull", options=("--ca", folder + "/ca.crt"), expect="refused")
        self.assertIn("redirects from https to http", result.text)
        self.assertEqual(registry.requests("storage"), [])

    # limits and failures

    def test_retry_after_is_obeyed(self):
        result = self.probe(self.start(fake.Limited), "ping")
        waited = int(result.lines[-1].split()[1])
        self.assertTrue(13500 <= waited <= 14500, result.text)

    def test_a_long_wait_is_left_to_the_user(self):
        result = self.probe(self.start(fake.LimitedForLong), "ping", expect="rate-limited")
        self.assertIn("3600 seconds", result.text)

    def test_a_failing_registry_is_asked_five_times_with_back_off(self):
        registry = self.start(fake.Failing)
        result = self.probe(registry, "ping", expect="server")
        self.assertIn("UNAVAILABLE: down", result.text)
        self.assertEqual(registry.counts["all"], 5)
        waited = int(result.lines[-1].split()[1])
        self.assertTrue(11500 <= waited <= 18500, result.text)  # 1 + 2 + 4 + 8 s, each ± 20 %

    # content

    def test_a_manifest_with_another_digest_is_refused_after_a_second_try(self):
        registry = self.start(fake.WrongManifest)
        self.probe(registry, "manifest", expect="corrupt")
        self.assertEqual(len(registry.requests()), 2)
        self.probe(self.start(fake.WrongManifestOnce), "manifest")

    def test_a_manifest_above_the_limit_is_refused(self):
        self.probe(self.start(fake.HugeManifest), "manifest", expect="limit")

    def test_a_manifest_is_known_by_its_content_and_not_by_its_type(self):
        for scenario in (fake.ManifestTyped, fake.ManifestUntyped):
            with self.subTest(scenario.__name__):
                self.assertIn("layer ", self.probe(self.start(scenario), "pull").text)
        self.probe(self.start(fake.ManifestOfTwoKinds), "pull", expect="invalid")

    def test_a_digest_of_a_weak_algorithm_is_no_digest(self):
        registry = self.start(fake.WeakDigest)
        self.assertEqual(self.probe(registry, "resolve").lines, [HEX])
        self.assertEqual([entry[1] for entry in registry.log], ["HEAD", "GET"])

    def test_head_is_enough_unless_it_has_no_digest(self):
        registry = self.start(fake.Plain)
        self.assertEqual(self.probe(registry, "resolve").lines, [HEX])
        self.assertEqual([entry[1] for entry in registry.log], ["HEAD"])
        for scenario in (fake.HeadWithoutDigest, fake.HeadRefused):
            registry = self.start(scenario)
            self.assertEqual(self.probe(registry, "resolve").lines, [HEX])
            self.assertEqual([entry[1] for entry in registry.log], ["HEAD", "GET"])

    def test_blobs_that_are_short_long_or_other_are_corrupt(self):
        for scenario in (fake.ShortBlob, fake.LongBlob, fake.OtherBlob):
            with self.subTest(scenario.__name__):
                self.probe(self.start(scenario), "pull", expect="corrupt")

    def test_a_blob_is_fetched_on_from_where_it_broke_off(self):
        registry = self.start(fake.BrokenBlob)
        self.assertIn("layer %s" % fake.digest(fake.LAYER), self.probe(registry, "pull").text)
        self.assertEqual(registry.sent, [0, 300000, 600000, 900000])
        registry = self.start(fake.BrokenBehindRedirect)
        self.probe(registry, "pull")
        self.assertEqual(registry.sent, [0, 300000, 600000, 900000])
        self.assertEqual({entry[3] for entry in registry.requests("storage")}, {""})

    def test_a_registry_without_ranges_sends_a_broken_blob_again(self):
        registry = self.start(fake.BrokenWithoutRanges)
        self.probe(registry, "pull")
        self.assertEqual(registry.sent, [0, 0])

    def test_a_blob_is_resumed_a_few_times_only(self):
        registry = self.start(fake.BrokenTooOften)
        self.assertIn("broke off", self.probe(registry, "pull", expect="corrupt").text)
        self.assertEqual(registry.sent, [20000 * i for i in range(6)])

    def test_much_progress_makes_up_for_earlier_breaks(self):
        registry = self.start(fake.BrokenRarely)
        self.probe(registry, "pull")
        self.assertEqual(registry.sent, [8500000 * i for i in range(7)])

    def test_where_ranges_go_wrong_the_whole_blob_is_read_again(self):
        for scenario, sent in ((fake.BrokenWrongPart, [0, 299993, 0]), (fake.BrokenWrongSize, [0, 300000, 0])):
            with self.subTest(scenario.__name__):
                registry = self.start(scenario)
                self.assertIn("layer %s" % fake.digest(fake.LAYER), self.probe(registry, "pull").text)
                self.assertEqual(registry.sent, sent)
        registry = self.start(fake.BrokenAlways)
        self.assertIn("broke off", self.probe(registry, "pull", expect="corrupt").text)
        self.assertEqual(registry.sent, [0] + [300000, 0] * 5)

    def test_the_rest_of_a_blob_must_fit_its_beginning(self):
        self.assertIn("digest", self.probe(self.start(fake.BrokenOther), "pull", expect="corrupt").text)

    def test_a_blob_of_unknown_size_ends_where_the_registry_has_no_more(self):
        asked = "bytes=%d-" % len(fake.LAYER)
        for scenario, sent in ((fake.Schema1Unfinished, ["", asked]), (fake.Schema1Longer, ["", asked, ""])):
            with self.subTest(scenario.__name__):
                registry = self.start(scenario)
                self.assertIn("layer %s" % fake.digest(fake.LAYER), self.probe(registry, "pull").text)
                self.assertEqual(registry.sent, sent)

    def test_all_manifest_types_are_accepted_at_once(self):
        self.probe(self.start(fake.FullAcceptOnly), "pull")

    def test_schema_1_is_read_where_there_is_nothing_else(self):
        for scenario in (fake.Schema1Only, fake.Schema1Unsigned):
            with self.subTest(scenario.__name__):
                registry = self.start(scenario)
                found = fake.digest(scenario.payload)
                lines = self.probe(registry, "pull").lines
                self.assertEqual(lines[0], "root %s 1 images 0 missing" % found)
                self.assertIn("linux/amd64", lines[1])
                self.assertEqual([line.split()[1] for line in lines if line.startswith("layer")],
                                 [fake.digest(fake.LAYER)])
                self.assertEqual(self.probe(registry, "resolve").lines, [found])
                self.assertEqual(self.probe(registry, "lookup", "1.0", "gone", "missing").lines,
                                 ["1.0 " + found, "gone gone", "missing gone"])

    def test_of_a_signed_manifest_only_what_was_signed_has_the_digest(self):
        registry = self.start(fake.Schema1Forged)
        found = self.probe(registry, "resolve").lines[0]
        with tempfile.TemporaryDirectory():
            result = self.probe(registry, "pull", expect="not-found")
        self.assertIn(fake.digest(b"x"), result.text)  # under a digest of its own, never under the claimed one
        self.assertNotIn("root " + found, result.text)

    def test_a_sparse_index_gives_what_is_there(self):
        result = self.probe(self.start(fake.SparseIndex), "pull")
        self.assertIn(" 1 images 1 missing", result.lines[0])
        result = self.probe(self.start(fake.SparseIndex), "pull", "linux/s390x", expect="not-found")
        self.assertIn("but for linux/amd64, linux/arm64", result.text)

    def test_indexes_in_indexes_are_followed_three_deep(self):
        self.assertIn(" 1 images 0 missing", self.probe(self.start(fake.NestedIndex), "pull").lines[0])
        result = self.probe(self.start(fake.NestedTooDeep), "pull", expect="limit")
        self.assertIn("nested deeper than 3", result.text)

    def test_an_index_of_attestations_is_no_image(self):
        registry = self.start(fake.AttestationsOnly)
        self.assertIn("not an image", self.probe(registry, "pull", expect="unsupported").text)
        self.assertEqual(len(registry.requests()), 1)  # none of them was fetched

    def test_an_index_may_not_name_too_many_manifests(self):
        registry = self.start(fake.ManyChildren)
        self.assertIn("more than the 1000", self.probe(registry, "pull", expect="limit").text)
        self.assertEqual(len(registry.requests()), 1)

    def test_an_index_cannot_hold_itself(self):
        registry = self.start(fake.SelfReference)
        self.assertIn("digest", self.probe(registry, "pull", expect="corrupt").text)
        self.assertLess(len(registry.requests()), 5)

    def test_a_manifest_that_an_index_names_twice_is_one_image(self):
        registry = self.start(fake.SameChildTwice)
        self.assertIn(" 1 images 0 missing", self.probe(registry, "pull").lines[0])

    def test_what_is_no_registry_is_said(self):
        self.assertIn("a web page", self.probe(self.start(fake.WebPage), "ping", expect="unsupported").text)
        self.assertIn("knows no /v2/", self.probe(self.start(fake.Nothing), "ping", expect="unsupported").text)

    def test_loopback_needs_to_be_allowed(self):
        registry = self.start(fake.Plain)
        self.probe(registry, "ping", allow="10.0.0.0/8", expect="refused")
        self.assertEqual(registry.log, [])


if __name__ == "__main__":
    unittest.main()
