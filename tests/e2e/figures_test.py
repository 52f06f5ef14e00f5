"""A published figure is immutable, can be counted again, and says what has changed since."""

import json
import unittest

from support import INCIDENT, ClusterTest, issuer_document, play, test_pan, wait_until

HEAD = "issuer,report_id,revision,action,pan,reported_at,received_at,fraud_type\n"
AS_OF = "2026-02-10"
KNOWN_AT = "2026-02-15T00:00:00.000Z"

DIFFERENT = 2
FORBIDDEN = 77


class PublishedFigures(ClusterTest):
    """Two issuers; only card-a ever reports. The tests build on each other, by name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rows = "".join(f"{test_pan(i, n)},2027-01,web\n" for i in (0, 1) for n in range(20))
        path = cls.write_file("extract-1.csv", "pan,expiry,channel\n" + rows)
        play.operate(
            cls.cluster, "desk-a", "exposures", "load", "--incident", "leak-1",
            "--file", "extract-1", "--received-at", "2026-01-02T00:00:00Z", path,
        )
        for n in range(3):
            cls.report(n, f"2026-02-0{n + 1}T01:00:00Z", f"2026-02-0{n + 2}T01:00:00Z")

    @classmethod
    def populate(cls):
        cls.apply("incident", INCIDENT | {"effective_at": "2026-01-01T00:00:00Z"})
        for index in range(len(cls.issuers)):
            cls.apply("issuer", issuer_document(cls.cluster, index))

    @classmethod
    def report(cls, number, reported_at, received_at):
        row = f"card-a,R-{number},1,NEWF,{test_pan(0, number)},{reported_at},{received_at},CNP_USE"
        path = cls.write_file(f"reports-{number}.csv", HEAD + row + "\n")
        (answer,) = play.operate(cls.cluster, "desk-a", "reports", "load", path)
        assert answer["accepted"] == 1, answer

    def ask(self, person, *arguments):
        return play.operate(self.cluster, person, "counts", *arguments)

    def count(self, *arguments):
        return self.ask("auditor", "--incident", "leak-1", *arguments)

    def wait_for(self, figure):
        wait_until(
            lambda: self.count("--as-of", AS_OF, "--known-at", KNOWN_AT)["figure"] == figure,
            60,
            f"a figure of {figure}",
        )

    def publish(self):
        return self.ask(
            "desk-a", "publish", "--incident", "leak-1", "--as-of", AS_OF,
            "--known-at", KNOWN_AT, "--by", "issuer",
        )

    def verify(self, number):
        """(exit code, answer)."""
        done = self.cluster.operate(
            "auditor", "counts", "verify", f"leak-1/{number}", "--output", "json", check=False
        )
        return done.returncode, json.loads(done.stdout)

    def test_1_a_figure_is_published_and_verified(self):
        self.wait_for(3)
        figure = self.publish()
        self.assertEqual((figure["number"], figure["figure"]), (1, 3))
        self.assertEqual(figure["by"], "desk-a")
        self.assertEqual(figure["known_at"], KNOWN_AT)
        self.assertTrue(figure["offsets"]["matches.v1"])
        asked = self.count("--as-of", AS_OF, "--known-at", KNOWN_AT, "--digest")
        self.assertEqual(figure["digest"], asked["digest"])
        code, answer = self.verify(1)
        self.assertEqual((code, answer["equal"]), (0, True))

    def test_2_only_control_may_publish(self):
        done = self.cluster.operate(
            "auditor", "counts", "publish", "--incident", "leak-1", check=False
        )
        self.assertEqual(done.returncode, FORBIDDEN)

    def test_3_a_figure_survives_the_desk(self):
        desk = self.cluster.program("desk")
        desk.kill()
        desk.start()
        desk.wait_ready()
        (figure,) = self.ask("auditor", "published", "--incident", "leak-1")
        self.assertEqual((figure["number"], figure["figure"]), (1, 3))
        self.assertEqual(self.verify(1)[0], 0)

    def test_4_what_came_later_changes_no_figure_but_what_was_backdated_does(self):
        self.report(10, "2026-02-05T01:00:00Z", "2026-02-20T01:00:00Z")
        wait_until(lambda: self.count("--as-of", AS_OF)["figure"] == 4, 60, "the later report")
        self.assertEqual(self.verify(1)[0], 0)

        self.report(11, "2026-02-05T01:00:00Z", "2026-02-06T01:00:00Z")
        self.wait_for(4)
        code, answer = self.verify(1)
        self.assertEqual((code, answer["equal"]), (DIFFERENT, False))
        self.assertEqual(answer["figure"], {"published": 3, "now": 4})
        self.assertTrue(answer["published_set_found"])
        self.assertEqual(answer["gained"], {"reports": 0, "cards": 1, "members": 0})
        self.assertEqual(answer["lost"], {"reports": 0, "cards": 0, "members": 0})
        self.assertEqual(answer["rows"], [{"issuer": "card-a", "published": 3, "now": 4}])

    def test_5_publishing_again_makes_another_figure(self):
        figure = self.publish()
        self.assertEqual((figure["number"], figure["figure"]), (2, 4))
        first, second = self.ask("auditor", "published", "--incident", "leak-1")
        self.assertEqual((first["figure"], second["figure"]), (3, 4))
        self.assertEqual(self.verify(2)[0], 0)

    def test_6_a_series_is_the_figures_of_its_days(self):
        series = self.ask(
            "auditor", "series", "--incident", "leak-1", "--since", "2026-02-01",
            "--as-of", AS_OF, "--known-at", "each",
        )
        self.assertEqual(len(series["points"]), 10)
        for point in series["points"]:
            alone = self.count("--since", "2026-02-01", "--as-of", point["to"],
                               "--known-at", point["known_at"])
            self.assertEqual(point["figure"], alone["figure"], point)
        self.assertEqual(sum(point["new"] for point in series["points"]), 4)

    def test_7_a_figure_names_who_was_not_heard_from(self):
        answer = self.count("--as-of", AS_OF)
        self.assertTrue(answer["provisional"])
        (silent,) = answer["not_heard_from"]
        self.assertEqual(silent["issuer"], "card-b")
        self.assertIsNone(silent["last_received_at"])
        earlier = self.count("--as-of", AS_OF, "--known-at", KNOWN_AT)
        last = {s["issuer"]: s["last_received_at"] for s in earlier["not_heard_from"]}
        self.assertEqual(last["card-a"], "2026-02-06T01:00:00.000Z")
        table = self.cluster.operate(
            "auditor", "counts", "--incident", "leak-1", "--as-of", AS_OF
        ).stdout
        self.assertIn("provisional: not heard from since 2026-02-10: card-b (never)", table)


if __name__ == "__main__":
    unittest.main()
