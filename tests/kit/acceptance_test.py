"""The receivers of the kit and the reference issuer pass the acceptance; broken ones fail it."""
import contextlib
import sys
import unittest

import receivers

# Flaw -> the checks that must fail, and those that cannot be run after it.
EVERYTHING_AFTER = "everything after"
BROKEN = {
    "NoSignature": ({"bad_signature"}, set()),
    "NoClock": ({"stale_timestamp"}, set()),
    "RemembersAnyId": ({"bad_signature", "stale_timestamp", "unknown_key"}, set()),
    "AnyIssuer": ({"wrong_audience"}, set()),
    "AppliesDuplicates": ({"late_duplicate", "split_batch"}, set()),
    "IgnoresGap": ({"gap"}, set()),
    "SmallBatches": ({"batch_sizes"}, set()),
    "EqualDigests": ({"digest_by_bucket"}, set()),
    "HashesOtherwise": ({"digest"}, {"digest_by_bucket"}),
    "DropsUnknown": ({"unknown_member"}, set()),
    "AnyReplacing": ({"early_replacing"}, set()),
    "TellsFormerEpoch": ({"snapshot"}, EVERYTHING_AFTER),
    "GapOnVerification": ({"verification"}, EVERYTHING_AFTER),
    "KeepsReplaced": ({"replacing"}, {
        "early_replacing", "notice", "other_epoch", "new_epoch", "left_empty"}),
}


def by_result(report, result):
    return {check["id"] for check in report["checks"] if check["result"] == result}


class AcceptanceTest(unittest.TestCase):
    @contextlib.contextmanager
    def started(self, start, *arguments, key_kind="ec"):
        with receivers.Place(key_kind) as place, start(place, *arguments) as started:
            yield place, started

    def assert_accepted(self, place, started, *more, **options):
        code, report = receivers.acceptance(place, started, *more, **options)
        self.assertEqual([check for check in report.get("checks", [report])
                          if check.get("result") != "passed"], [])
        self.assertEqual(code, 0)
        return report

    def assert_no_card_number_on_disk(self, place):
        """Test cards begin with 35699900 and have 16 digits."""
        for path in place.folder.rglob("*"):
            if path.is_file():
                self.assertNotRegex(path.read_bytes(), rb"35699900[0-9]{8}", path.name)

    def check_sample(self, start, key_kind):
        with self.started(start, key_kind=key_kind) as (place, started):
            self.assert_accepted(place, started)
            self.assert_no_card_number_on_disk(place)

    def test_python_sample_is_accepted_with_an_ec_key(self):
        self.check_sample(receivers.python_receiver, "ec")

    def test_python_sample_is_accepted_with_an_rsa_key(self):
        self.check_sample(receivers.python_receiver, "rsa")

    def test_java_sample_is_accepted_with_an_ec_key(self):
        self.check_sample(receivers.java_receiver, "ec")

    def test_java_sample_is_accepted_with_an_rsa_key(self):
        self.check_sample(receivers.java_receiver, "rsa")

    def test_reference_issuer_is_accepted(self):
        self.check_sample(receivers.reference_receiver, "ec")

    def test_reference_issuer_is_accepted_under_message_signatures(self):
        for algorithm in ("ed25519", "EC"):
            with self.subTest(algorithm=algorithm), receivers.Place() as place:
                private, public = receivers.message_key(place, algorithm)
                signing = ["--signature", "http-message-signatures", "--signing-key", str(private)]
                start = receivers.reference_receiver(place, signature_keys=[str(public)])
                with start as started:
                    self.assert_accepted(place, started, signing=signing)
                    code, report = receivers.acceptance(place, started)
                    self.assertEqual(code, 2, "it was not told of the secret")
                    self.assertIn("401", report["checks"][0]["why"])

    def test_reference_issuer_is_accepted_while_its_journal_is_compacted(self):
        """Nor does a kill change anything: the second run goes on where the first ended."""
        journal = {"superseded_max": "1KiB"}
        with receivers.Place() as place:
            for epoch in ("10", "11"):
                with receivers.reference_receiver(place, journal=journal) as started:
                    self.assert_accepted(place, started, "--epoch", epoch)
                    started.until(lambda each: "journal_compacted" in each.log.read_text(),
                                  "its journal is compacted")
                    self.assert_no_card_number_on_disk(place)
                started.log.unlink()

    def test_python_sample_keeps_its_place_over_a_kill(self):
        self.check_kill(receivers.python_receiver)

    def test_java_sample_keeps_its_place_over_a_kill(self):
        self.check_kill(receivers.java_receiver)

    def check_kill(self, start):
        """The acceptance leaves epoch 11. After a kill, what is older is still refused."""
        with receivers.Place() as place:
            with start(place) as started:
                self.assert_accepted(place, started, "--epoch", "10")
            started.log.unlink()
            with start(place) as started:
                code, report = receivers.acceptance(place, started, "--epoch", "10")
                self.assertEqual(code, 2)
                self.assertEqual(by_result(report, "failed"), {"snapshot"}, report)
                self.assertIn("409", report["checks"][1]["why"])
                self.assert_accepted(place, started, "--epoch", "11")

    def test_each_flaw_fails_exactly_its_checks(self):
        for flaw, (failed, not_run) in BROKEN.items():
            with self.subTest(flaw=flaw), \
                    self.started(receivers.broken_receiver, flaw) as (place, started):
                code, report = receivers.acceptance(place, started)
                self.assertEqual(code, 2, report)
                self.assertEqual(by_result(report, "failed"), failed, report)
                if not_run == EVERYTHING_AFTER:
                    ids = [check["id"] for check in report["checks"]]
                    not_run = set(ids[1 + max(ids.index(each) for each in failed):])
                self.assertEqual(by_result(report, "not run"), not_run, report)
                for check in report["checks"]:
                    if check["result"] == "failed":
                        self.assertTrue(check["why"] and check["mend"], check)

    def test_a_client_that_is_no_sender_is_refused(self):
        for start in (receivers.python_receiver, receivers.java_receiver):
            with self.started(start) as (place, started):
                code, report = receivers.acceptance(place, started, client="somebody")
                self.assertEqual(code, 2)
                self.assertIn("403", report["checks"][0]["why"])

    def test_a_client_of_another_authority_gets_no_answer(self):
        for start in (receivers.python_receiver, receivers.java_receiver):
            with self.started(start) as (place, started):
                code, report = receivers.acceptance(place, started, client="stranger")
                self.assertEqual(code, 69, report)


if __name__ == "__main__":
    sys.exit(unittest.main())
