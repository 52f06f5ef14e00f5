"""A report that a later revision moves to another card counts once, and under that card."""

import datetime
import os
import time
import unittest

from support import ClusterTest, play, test_pan, wait_until

HEAD = "issuer,report_id,revision,action,pan,reported_at,fraud_type,member\n"
# So many reports move together that some surely cross partitions.
REPORTS = 8
# Reports sent after others, enough to reach every partition: counted, so are those before them.
MARKERS = 40


class MovedReports(ClusterTest):
    """Reports R-n of card-a's customers; their revisions name a card of card-a or of card-b."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cards = [(test_pan(i, n), "2027-01", "web") for i in (0, 1) for n in range(400)]
        cls.load_exposures(cls, "extract-1", cards)
        cls.used = 0

    def setUp(self):
        # Cards and reports of this test alone.
        type(self).used += REPORTS
        self.first = self.used - REPORTS
        self.before = self.counts()
        self.relayed = self.cluster.metrics("intake").get(
            "cardwatch_intake_corrections_relayed_total", 0
        )

    def send(self, revision, issuer_index, action="UPDT"):
        """One revision of each report, naming its card with the given issuer."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        rows = [
            f"card-a,R-{n},{revision},{action},{test_pan(issuer_index, n)},{stamp},CNP_USE,m{n}\n"
            for n in range(self.first, self.first + REPORTS)
        ]
        path = self.write_file(f"{self.id()}-{revision}.csv", HEAD + "".join(rows))
        (answer,) = play.operate(self.cluster, "desk-a", "reports", "load", path)
        self.assertEqual(answer["accepted"], REPORTS)

    def counts(self, unit="reports", known_at=None):
        """Reports by the issuer of the card that they stand on."""
        arguments = ["counts", "--incident", "leak-1", "--unit", unit, "--by", "issuer"]
        if known_at:
            arguments += ["--known-at", known_at]
        answer = play.operate(self.cluster, "auditor", *arguments)
        rows = {row["issuer"]: row["count"] for row in answer["rows"]}
        self.assertEqual(answer["figure"], sum(rows.values()))
        return rows.get("card-a", 0), rows.get("card-b", 0)

    def expect(self, card_a, card_b, known_at=None):
        """This test's reports on either issuer's cards, in every unit."""
        wanted = (self.before[0] + card_a, self.before[1] + card_b)
        for unit in ("reports", "cards"):
            wait_until(
                lambda u=unit: self.counts(u, known_at) == wanted,
                60,
                f"{wanted} {unit} (now {self.counts(unit, known_at)})",
            )

    def stamp(self):
        """An instant after everything received so far and before everything to come."""
        time.sleep(0.01)
        now = datetime.datetime.now(datetime.timezone.utc)
        time.sleep(0.01)
        return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"

    def test_a_move_counts_once_and_the_past_stays_as_it_was_known(self):
        self.send(1, 0, "NEWF")
        self.expect(REPORTS, 0)
        on_first = self.stamp()
        self.send(2, 1)
        self.expect(0, REPORTS)
        on_second = self.stamp()
        self.send(3, 0)
        self.expect(REPORTS, 0)
        self.expect(REPORTS, 0, known_at=on_first)
        self.expect(0, REPORTS, known_at=on_second)

    def test_revisions_that_come_in_reverse_order(self):
        self.send(2, 1)
        self.expect(0, REPORTS)
        self.send(1, 0, "NEWF")
        self.wait_until_all_is_counted()
        self.expect(0, REPORTS)

    def test_a_close_of_the_new_card_leaves_the_report_on_none(self):
        self.send(1, 0, "NEWF")
        self.send(2, 1)
        self.expect(0, REPORTS)
        self.send(3, 1, "CLSE")
        self.expect(0, 0)
        self.send(4, 0, "REOP")
        self.expect(REPORTS, 0)

    def test_an_intake_killed_before_it_relayed_makes_up_for_it(self):
        intake = self.cluster.program("intake")
        os.environ["CARDWATCH_CORRECTIONS_ENABLED"] = "false"
        self.addCleanup(os.environ.pop, "CARDWATCH_CORRECTIONS_ENABLED", None)
        intake.kill()
        intake.start()
        intake.wait_ready()
        self.send(1, 0, "NEWF")
        self.send(2, 1)
        # Nobody has told the old cards yet.
        self.expect_on_both()
        intake.kill()
        del os.environ["CARDWATCH_CORRECTIONS_ENABLED"]
        intake.start()
        self.expect(0, REPORTS)
        intake.wait_ready()

    def expect_on_both(self):
        wanted = (self.before[0] + REPORTS, self.before[1] + REPORTS)
        wait_until(lambda: self.counts("cards") == wanted, 60, f"{wanted} cards")

    def wait_until_all_is_counted(self):
        """Returns when the copies of all corrections were written, and were read by the matcher."""
        wait_until(self.relay_is_done, 60, "the relay of corrections is done")
        known = self.counts()
        cards = range(400 - MARKERS, 400)
        self.load_reports(
            "markers", [("card-b", f"M-{n}", test_pan(1, n), f"x{n}") for n in cards]
        )
        wanted = known[1] + MARKERS
        wait_until(lambda: self.counts()[1] == wanted, 60, "the markers are counted")
        self.before = (self.before[0], self.before[1] + MARKERS)

    def relay_is_done(self):
        metrics = self.cluster.metrics("intake")
        relayed = metrics.get("cardwatch_intake_corrections_relayed_total", 0)
        pending = metrics.get("cardwatch_intake_corrections_pending_reports")
        return relayed >= self.relayed + 2 * REPORTS and pending == 0


if __name__ == "__main__":
    unittest.main()
