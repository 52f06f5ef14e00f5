"""Kafka, a service or an issuer away: clear errors, nothing lost, and all is well afterwards."""

import unittest

from support import ClusterTest, play, test_pan, wait_until


class KafkaAway(ClusterTest):
    populated = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cluster.stop(broker=False)
        cls.cluster.kill_broker()

    def test_services_wait_for_kafka_and_go_on(self):
        # Away at the start: alive, not ready, and intake says so to its callers.
        self.cluster.start(wait=False)
        for name in ("intake", "matcher", "desk", "notifier"):
            program = self.cluster.program(name)
            wait_until(lambda p=program: p.get("/livez"), 20, f"{name} alive without Kafka")
            self.assertIsNone(program.get("/readyz"), f"{name} must not be ready without Kafka")
            self.assertTrue(program.running())
        status, problem = self.upload_csv("/v1/reports", "issuer\n", method="POST")
        self.assertEqual(status, 503)
        self.assertIn(problem["code"], ("BROKER_UNAVAILABLE", "UNAVAILABLE"))

        self.cluster.start_broker()
        for name in ("intake", "matcher", "desk", "notifier"):
            self.cluster.program(name).wait_ready(60)
        self.populate()
        self.load_exposures("extract-1", [(test_pan(0, n), "2027-01", "web") for n in range(50)])

        # Away in the middle: refused with 503, then accepted when it is back, and counted once.
        self.cluster.kill_broker()
        rows = [("card-a", f"R-{n}", test_pan(0, n), f"m{n}") for n in range(20)]
        done = self.cluster.operate(
            "desk-a", "reports", "load", self.write_reports(rows), check=False
        )
        self.assertEqual(done.returncode, play.UNAVAILABLE, done.stderr)
        self.cluster.start_broker()
        answer = self.load_reports("middle", rows)
        self.assertEqual(answer["accepted"], 20)
        self.wait_for_figure(20, seconds=60)

    def write_reports(self, rows):
        head = "issuer,report_id,revision,action,pan,reported_at,fraud_type,member\n"
        lines = [
            f"{i},{r},1,NEWF,{pan},2026-02-01T00:00:00Z,CNP_USE,{member}\n"
            for i, r, pan, member in rows
        ]
        return self.write_file("away.csv", head + "".join(lines))


class IssuerAway(ClusterTest):
    def test_an_issuer_that_was_down_gets_everything_when_it_is_back(self):
        self.cluster.program("issuer").kill()
        cards = [(test_pan(0, n), "2027-01", "web") for n in range(300)]
        cards += [(test_pan(1, n), "2027-01", "web") for n in range(200)]
        self.load_exposures("extract-1", cards)
        held = wait_until(
            lambda: self.feed_failing("card-a"), 30, "the feed tells that the issuer is down"
        )
        self.assertTrue(held["last_error"])
        self.assertEqual(held["state"], "enabled", "held, not given up")
        self.cluster.program("issuer").start()
        self.cluster.program("issuer").wait_ready()
        for issuer, entries in (("card-a", 300), ("card-b", 200)):
            wait_until(
                lambda i=issuer, e=entries: play.feed_done(
                    play.feeds(self.cluster).get(i, {"entries": -1}), {"entries": e}
                ),
                60,
                f"{issuer} holds its {entries} cards, digests equal",
            )

    def feed_failing(self, issuer):
        feed = play.feeds(self.cluster).get(issuer)
        return feed if feed and feed["pending"] > 0 and feed["failures"] > 0 else None


if __name__ == "__main__":
    unittest.main()
