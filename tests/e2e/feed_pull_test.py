"""Pull and reconciliation through real programs: card-a is pushed to, card-b fetches its feed."""

import base64
import concurrent.futures
import hashlib
import http.client
import json
import unittest

from support import INCIDENT, ISSUERS, ClusterTest, issuer_document, test_pan, wait_until

JSON = {"Content-Type": "application/json"}
CARDS = 40
LOST = 3
SECONDS = 40


def bucket(pan):
    """The first byte of a card's position, as the protocol has it."""
    return hashlib.sha256(pan.encode()).hexdigest()[:2]


def jose_header(body):
    """What a compact JWE says in clear."""
    part = body.split(b".")[0]
    return json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))


class PulledFeed(ClusterTest):
    """The tests build on each other, by name."""

    @classmethod
    def adjust_configs(cls):
        def may_pull(principals):
            for principal in principals:
                if principal["name"].startswith("issuer-"):
                    principal["roles"].append("pull")
                if principal["name"] == "desk-a":
                    principal["roles"].append("feed")
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

    # What the programs say.

    def view(self, issuer):
        """Of the receiver."""
        status, answer = self.request("issuer", "GET", "/v1/issuers")
        self.assertEqual(status, 200)
        return next(each for each in answer if each["issuer"] == issuer)

    def sender(self, issuer):
        status, answer = self.request("notifier", "GET", "/v1/feeds")
        self.assertEqual(status, 200)
        return next(each for each in answer if each["issuer"] == issuer)

    def cards(self, issuer):
        status, answer = self.request("issuer", "GET", f"/v1/issuers/{issuer}/cards?limit=1000")
        self.assertEqual(status, 200)
        return answer["cards"]

    def pans(self, cards, issuer_index):
        """The numbers behind masked ones: the last four digits of the test cards differ."""
        by_end = {test_pan(issuer_index, n)[-4:]: test_pan(issuer_index, n) for n in range(CARDS)}
        return [by_end[card["pan"][-4:]] for card in cards]

    def holds(self, issuer, entries):
        def equal():
            held, sent = self.view(issuer), self.sender(issuer)
            return (
                held["entries"] == entries
                and sent["pending"] == 0
                and sent["accepted_through"] == held["through"]
                and sent["applied_through"] == held["through"]
                and sent["digest"] == held["digest"]
            )

        wait_until(equal, SECONDS, f"{issuer} holds {entries} cards, like the sender")

    def pull(self, issuer, method, path, document=None):
        """(status, content type, body) of a request with the certificate of `issuer`."""
        connection = http.client.HTTPSConnection(
            "localhost",
            self.cluster.ports["notifier"]["listen"],
            context=self.tls(f"issuer-{issuer}"),
            timeout=SECONDS,
        )
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, "/v1/feed/" + path, body, JSON if body else {})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read()
        finally:
            connection.close()

    def pull_json(self, issuer, method, path, document=None):
        status, _, body = self.pull(issuer, method, path, document)
        return status, json.loads(body)

    def key_id(self, issuer):
        path = self.cluster.folder / "keys" / "issuers" / f"{issuer}.jwk"
        return json.loads(path.read_text())["kid"]

    def tell_issuer(self, method, path, document):
        status, answer = self.request(
            "issuer", method, f"/v1/issuers/{path}", json.dumps(document).encode(), headers=JSON
        )
        self.assertEqual(status, 200, answer)
        return answer

    # Pull.

    def test_01_the_list_is_fetched_and_acknowledged(self):
        rows = [(test_pan(i, n), "2027-01", "web") for i in (0, 1) for n in range(CARDS)]
        self.load_exposures("extract-1", rows)
        for issuer in ISSUERS:
            self.holds(issuer, CARDS)
        fetched = self.view("card-b")
        self.assertEqual(fetched["order"]["older_entries"], 0)
        self.assertGreaterEqual(fetched["verifications"], 1)

    def test_02_digests_are_compared_and_equal(self):
        buckets = wait_until(lambda: self.view("card-b")["buckets"], SECONDS, "a comparison")
        self.assertEqual(buckets, {"equal": 256, "different": 0})

    def test_03_it_continues_where_it_stopped(self):
        self.cluster.program("issuer").kill()
        self.load_reports("r-1", [("card-b", "R-1", test_pan(1, 3), "m-1")])
        self.cluster.start(["issuer"])
        self.holds("card-b", CARDS)
        self.assertEqual(self.view("card-b")["snapshots"], 0)

    def test_04_answers_about_cards_come_with_the_acknowledgement(self):
        answers = {"mode": "normal", "answers": {"MONITORED": 1000}}
        self.tell_issuer("PUT", "card-b/behaviour", answers)
        self.load_reports("r-2", [("card-b", "R-2", test_pan(1, 5), "m-2")])
        wait_until(lambda: self.view("card-b")["answers"] >= 1, SECONDS, "an answer")
        self.holds("card-b", CARDS)
        self.tell_issuer("PUT", "card-b/behaviour", {"mode": "normal"})

    def test_05_a_long_poll_ends_with_the_entry(self):
        cursor = self.sender("card-b")["through"]
        status, _, body = self.pull("card-b", "GET", f"entries?after={cursor}&wait=0")
        self.assertEqual((status, body), (204, b""))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            poll = pool.submit(self.pull, "card-b", "GET", f"entries?after={cursor}&wait=60")
            self.load_reports("r-3", [("card-b", "R-3", test_pan(1, 7), "m-3")])
            status, kind, body = poll.result(timeout=SECONDS)
        self.assertEqual((status, kind), (200, "application/jose"))
        self.assertEqual(jose_header(body)["kid"], self.key_id("card-b"))
        self.holds("card-b", CARDS)

    def test_06_a_place_that_is_not_ours_is_told(self):
        cursor = self.sender("card-b")["through"]
        status, refused = self.pull_json("card-b", "GET", "entries?after=0&epoch=7")
        self.assertEqual((status, refused["code"], refused["epoch"]), (409, "EPOCH_OVER", 1))
        status, refused = self.pull_json("card-b", "GET", f"entries?after={cursor + 1}")
        self.assertEqual((status, refused["code"]), (409, "CONFLICT"))
        status, refused = self.pull_json("card-b", "POST", "ack", {"accepted_through": 0})
        self.assertEqual((status, refused["code"]), (409, "ACK_BACKWARDS"))
        self.assertEqual(self.sender("card-b")["accepted_through"], cursor)

    def test_07_snapshots_are_whole_or_of_buckets(self):
        status, kind, body = self.pull("card-b", "GET", "snapshot")
        self.assertEqual((status, kind), (200, "application/jose-seq"))
        self.assertGreaterEqual(len(body.splitlines()), 1)
        wanted = sorted({bucket(test_pan(1, n)) for n in range(3)})
        status, _, body = self.pull("card-b", "GET", "snapshot?buckets=" + ",".join(wanted))
        self.assertEqual((status, len(body.splitlines())), (200, len(wanted)))
        kinds = {jose_header(line)["kid"] for line in body.splitlines()}
        self.assertEqual(kinds, {self.key_id("card-b")})

    def test_08_an_issuer_sees_nothing_of_another(self):
        for index, issuer in enumerate(ISSUERS):
            status, state = self.pull_json(issuer, "GET", "status")
            self.assertEqual((status, state["issuer"]), (200, issuer))
            status, digest = self.pull_json(issuer, "GET", "digest")
            self.assertEqual((status, digest["issuer"]), (200, issuer))
            self.assertEqual(digest["sum"], self.view(issuer)["digest"])
            cards = {bucket(test_pan(index, n)) for n in range(CARDS)}
            self.assertEqual(set(digest["buckets"]), cards)
            for path in ("entries?after=0", "snapshot"):
                status, _, body = self.pull(issuer, "GET", path)
                self.assertEqual(status, 200)
                self.assertEqual(jose_header(body)["kid"], self.key_id(issuer))
            status, _, body = self.pull(issuer, "POST", "verify", {"state": "hello"})
            self.assertEqual((status, jose_header(body)["kid"]), (200, self.key_id(issuer)))
            status, refused = self.pull_json(issuer, "GET", "entries?after=0&issuer=card-b")
            self.assertEqual((status, refused["code"]), (400, "BAD_REQUEST"))
        status, refused = self.request("notifier", "GET", "/v1/feed/status", person="desk-a")
        self.assertEqual((status, refused["code"]), (403, "FORBIDDEN"))
        status, refused = self.request("notifier", "GET", "/v1/feeds", person="issuer-card-b")
        self.assertEqual((status, refused["code"]), (403, "FORBIDDEN"))

    def test_09_an_issuer_holds_its_feed_and_goes_on(self):
        asked = {"state": "paused", "reason": "a move"}
        status, state = self.pull_json("card-b", "POST", "status", asked)
        self.assertIn(status, (200, 202), state)
        wait_until(
            lambda: self.pull_json("card-b", "GET", "status")[1]["state"] == "paused",
            SECONDS,
            "the feed is paused",
        )
        status, refused = self.pull_json("card-b", "GET", "entries?after=0")
        self.assertEqual((status, refused["code"]), (409, "CONFLICT"))
        shown = self.cluster.ask("desk-a", "feed", "show", "--issuer", "card-b")
        self.assertEqual((shown["state"], shown["reason"]), ("paused", "a move"))
        self.load_reports("r-4", [("card-b", "R-4", test_pan(1, 9), "m-4")])
        wait_until(lambda: self.sender("card-b")["pending"] == 1, SECONDS, "one entry waits")
        status, state = self.pull_json("card-b", "POST", "status", {"state": "enabled"})
        self.assertIn(status, (200, 202), state)
        self.holds("card-b", CARDS)

    # Reconciliation.

    def lose(self, issuer, issuer_index):
        """Lets the receiver lose cards; gives their buckets and how many cards are in these."""
        lost = self.pans(self.cards(issuer)[:LOST], issuer_index)
        answer = self.tell_issuer("POST", f"{issuer}/forget", {"cards": LOST})
        self.assertEqual(answer, {"forgotten": LOST})
        buckets = {bucket(pan) for pan in lost}
        in_them = [n for n in range(CARDS) if bucket(test_pan(issuer_index, n)) in buckets]
        return buckets, len(in_them)

    def test_10_who_pulls_repairs_just_the_buckets_that_differ(self):
        before = self.view("card-b")
        buckets, _ = self.lose("card-b", 1)

        def repaired():
            now = self.view("card-b")
            return now["repaired_cards"] - before["repaired_cards"] == LOST and now

        after = wait_until(repaired, SECONDS, "the cards come back")
        self.assertEqual(after["repairs"] - before["repairs"], len(buckets))
        self.assertEqual(after["snapshots"], before["snapshots"])
        self.assertEqual((after["entries"], after["digest"]), (CARDS, before["digest"]))
        equal = {"equal": 256, "different": 0}
        wait_until(lambda: self.view("card-b")["buckets"] == equal, SECONDS, "equal again")

    def reconcile(self, issuer):
        return self.cluster.ask("desk-a", "feed", "reconcile", "--issuer", issuer)

    def test_11_who_is_pushed_to_is_repaired_on_order(self):
        before = self.view("card-a")
        buckets, in_them = self.lose("card-a", 0)
        self.assertEqual(self.view("card-a")["entries"], CARDS - LOST)
        result = self.reconcile("card-a")
        self.assertFalse(result["equal_before"])
        self.assertEqual(result["differing"], sorted(buckets))
        self.assertEqual(result["repair_batches"], len(buckets))
        self.assertEqual(result["repaired_entries"], in_them)
        self.assertTrue(result["equal_after"])
        after = self.view("card-a")
        self.assertEqual((after["entries"], after["digest"]), (CARDS, before["digest"]))
        self.assertEqual(after["repaired_cards"] - before["repaired_cards"], LOST)
        self.assertEqual(after["through"], before["through"])

    def test_12_equal_lists_are_left_alone(self):
        before = self.view("card-a")
        result = self.reconcile("card-a")
        self.assertTrue(result["equal_before"] and result["equal_after"])
        self.assertEqual((result["differing"], result["repaired_entries"]), ([], 0))
        self.assertEqual(self.view("card-a")["repairs"], before["repairs"])

    # The end of a card.

    def test_13_a_reissued_card_leaves_the_list(self):
        first = self.cards("card-b")[0]
        answer = {"seq": first["seq"], "status": "REISSUED", "at": "2026-03-01T00:00:00Z"}
        status, taken = self.pull_json("card-b", "POST", "ack", {"cards": [answer]})
        self.assertEqual((status, taken["cards"], taken["unknown_cards"]), (200, 1, 0))
        self.holds("card-b", CARDS - 1)
        self.assertNotIn(first["pan"], [card["pan"] for card in self.cards("card-b")])


if __name__ == "__main__":
    unittest.main()
