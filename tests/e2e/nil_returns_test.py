"""An issuer that says it has nothing to report is heard from, as far as it says so."""

import datetime
import json
import unittest

from support import ClusterTest, play, wait_until

JSON = {"Content-Type": "application/json"}
DAY = 24 * 3600


def instant(seconds_from_now):
    now = datetime.datetime.now(datetime.timezone.utc)
    at = now + datetime.timedelta(seconds=seconds_from_now)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class NilReturns(ClusterTest):
    """Two issuers, none of which ever reports. The tests build on each other, by name."""

    def count(self, *arguments):
        return play.operate(
            self.cluster, "auditor", "counts", "--incident", "leak-1", *arguments
        )

    def not_heard_from(self, as_of):
        return {i["issuer"] for i in self.count("--as-of", as_of)["not_heard_from"]}

    def send(self, issuer, until):
        body = json.dumps({"until": until}).encode()
        return self.request(
            "intake", "POST", "/v1/reports/nil", body, f"issuer-{issuer}", JSON
        )

    def profile(self, issuer):
        """A profile of the command line with the issuer's own certificate."""
        config = self.cluster.folder / "config"
        text = (config / "profile-desk-a.yaml").read_text()
        (config / f"profile-{issuer}.yaml").write_text(text.replace("desk-a", f"issuer-{issuer}"))
        return issuer

    def yesterday(self):
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=9)
        return (at - datetime.timedelta(days=1)).strftime("%Y-%m-%d")

    def test_1_an_issuer_is_heard_from_up_to_its_nil_return(self):
        self.assertEqual(self.not_heard_from(self.yesterday()), {"card-a", "card-b"})
        until = instant(0)
        status, answer = self.send("card-a", until)
        self.assertEqual((status, answer["status"]), (202, "recorded"))
        self.assertEqual((answer["issuer"], answer["until"]), ("card-a", until))
        wait_until(
            lambda: self.not_heard_from(self.yesterday()) == {"card-b"}, 30, "card-a heard from"
        )
        again, answer = self.send("card-a", until)
        self.assertEqual((again, answer["status"]), (200, "unchanged"))

    def test_2_it_never_goes_back_nor_far_ahead(self):
        status, problem = self.send("card-a", instant(-2 * DAY))
        self.assertEqual((status, problem["code"]), (409, "NIL_RETURN_BACKWARDS"))
        status, problem = self.send("card-a", instant(2 * DAY))
        self.assertEqual((status, problem["code"]), (422, "TIMESTAMP_RANGE"))

    def test_3_silence_is_visible_and_the_command_line_ends_it(self):
        def silent():
            answer = play.operate(self.cluster, "auditor", "issuer", "silent", "--limit", "1ms")
            return {issuer["issuer"] for issuer in answer["issuers"]}

        wait_until(lambda: "card-b" in silent(), 30, "card-b silent for a second")
        person = self.profile("card-b")
        answer = play.operate(
            self.cluster, person, "issuer", "nil-return", "--until", instant(3600)
        )
        self.assertEqual(answer["status"], "recorded")
        wait_until(lambda: "card-b" not in silent(), 30, "card-b heard from")


if __name__ == "__main__":
    unittest.main()
