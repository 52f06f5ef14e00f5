"""An issuer without an endpoint fetches its feed, acknowledges it and answers about its cards."""

import json
import unittest

from support import INCIDENT, ClusterTest, issuer_document, test_pan, wait_until

JSON = {"Content-Type": "application/json"}
CARDS = 40


class PulledFeed(ClusterTest):
    """card-a is pushed to, card-b fetches. The tests build on each other, by name."""

    @classmethod
    def adjust_configs(cls):
        def may_pull(principals):
            for principal in principals:
                if principal["name"] == "issuer-card-b":
                    principal["roles"].append("pull")
            return principals

        def pulls(issuers):
            pki = cls.cluster.folder / "pki"
            issuers[1] |= {
                "pull_url": cls.cluster.url("notifier"),
                "pull_wait": "1s",
                "pull_interval": "100ms",
                "pull_digest_interval": "1s",
                "pull_certificate": str(pki / "issuer-card-b.pem"),
                "pull_key": str(pki / "issuer-card-b.key"),
            }
            return issuers

        cls.adjust_config("notifier", "principals", may_pull)
        cls.adjust_config("issuer", "issuers", pulls)

    @classmethod
    def populate(cls):
        fetching = issuer_document(cls.cluster, 1)
        del fetching["feed"]["url"], fetching["feed"]["signing_secret"]
        fetching["feed"] |= {"mode": "pull"}
        cls.apply("incident", INCIDENT)
        cls.apply("issuer", issuer_document(cls.cluster, 0))
        cls.apply("issuer", fetching)

    def view(self, issuer):
        status, answer = self.request("issuer", "GET", "/v1/issuers")
        self.assertEqual(status, 200)
        return next(each for each in answer if each["issuer"] == issuer)

    def sender(self, issuer):
        status, answer = self.request("notifier", "GET", "/v1/feeds")
        self.assertEqual(status, 200)
        return next(each for each in answer if each["issuer"] == issuer)

    def holds(self, issuer, entries):
        def equal():
            held, sent = self.view(issuer), self.sender(issuer)
            return (
                held["entries"] == entries
                and sent["accepted_through"] == held["through"]
                and sent["applied_through"] == held["through"]
                and sent["digest"] == held["digest"]
            )

        wait_until(equal, 60, f"{issuer} holds {entries}: {self.view(issuer)}")

    def test_1_the_list_is_fetched_and_acknowledged(self):
        rows = [(test_pan(i, n), "2027-01", "web") for i in (0, 1) for n in range(CARDS)]
        self.load_exposures("extract-1", rows)
        self.holds("card-a", CARDS)
        self.holds("card-b", CARDS)
        fetched = self.view("card-b")
        self.assertEqual(fetched["order"]["older_entries"], 0)
        self.assertGreaterEqual(fetched["verifications"], 1)

    def test_2_digests_are_compared_and_equal(self):
        buckets = wait_until(lambda: self.view("card-b")["buckets"], 30, "a comparison")
        self.assertEqual(buckets, {"equal": 256, "different": 0})

    def test_3_it_continues_where_it_stopped(self):
        self.cluster.program("issuer").kill()
        self.load_reports("r-1", [("card-b", "R-1", test_pan(1, 3), "m-1")])
        self.cluster.start(["issuer"])
        self.holds("card-b", CARDS)
        self.assertEqual(self.view("card-b")["snapshots"], 0)

    def test_4_answers_about_cards_come_with_the_acknowledgement(self):
        body = json.dumps({"mode": "normal", "answers": {"MONITORED": 1000}}).encode()
        path = "/v1/issuers/card-b/behaviour"
        status, _ = self.request("issuer", "PUT", path, body, headers=JSON)
        self.assertEqual(status, 200)
        self.load_reports("r-2", [("card-b", "R-2", test_pan(1, 5), "m-2")])
        wait_until(lambda: self.view("card-b")["answers"] >= 1, 30, "an answer")
        self.holds("card-b", CARDS)


if __name__ == "__main__":
    unittest.main()
